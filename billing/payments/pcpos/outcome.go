package pcpos

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// ErrOutcome says that what claims to be a device's outcome is not: another key, another type, or contents that contradict themselves.
var ErrOutcome = fault.Define(fault.Invalid, "pos_outcome", "این نتیجه را کارت‌خوان ثبت‌شدهٔ این دفتر امضا نکرده است.", "This outcome is not signed by the enrolled terminal agent of this office.")

// State is what a device says of an attempt.
type State string

// The states. Unknown may be followed by any other; every other is final.
const (
	StateApproved State = "approved" // charged, with the ordered amount
	StateDeclined State = "declined" // surely not charged
	StateMismatch State = "mismatch" // charged, but not what was ordered: a person decides
	StateUnknown  State = "unknown"  // nobody knows; asked again by order number
)

// Final holds for states that the device changes no more.
func (s State) Final() bool { return s != StateUnknown }

// Evidence is what a state rests on.
type Evidence string

// The evidence, strongest first. ByAmount is a guess by amount and time from a terminal that cannot search: the receiver confirms it before it counts as paid.
const (
	ByResponse Evidence = "response"        // the terminal's own answer to the sale
	BySearch   Evidence = "search"          // found by its order number
	ByList     Evidence = "list"            // found by its order number among the last transactions
	ByAmount   Evidence = "amount_and_time" // one sale of this amount at this time, whose reference no other attempt has
	ByRefusal  Evidence = "refusal"         // the terminal refused or the customer cancelled, and a search finds nothing
	NotSent    Evidence = "not_sent"        // the request never left the agent, nor will it
	NeverBegun Evidence = "never_begun"     // nobody brought the order to the agent before it expired, and its journal refuses it from now on
	NoEvidence Evidence = "none"            // of an unknown attempt
)

// Outcome is a device's word about one attempt.
type Outcome struct {
	PaymentID     uuid.UUID
	DeviceID      uuid.UUID
	OrderID       string
	Amount        money.Rial // as ordered
	State         State
	Charged       money.Rial // as the terminal says; 0 unless approved or mismatch
	Terminal      string     // empty where the terminal did not say
	RRN           string     // twelve digits; unique at the switch
	TransactionNo string     // the terminal's own, six digits (trace)
	MaskedPAN     string     // first six and last four digits
	Code          string     // the terminal's code, or "busy", "unreachable", "cancelled", "refused"
	PaidAt        time.Time  // by the terminal's clock; zero where it did not say
	Evidence      Evidence
	At            time.Time // when the device concluded it, whole seconds
	KeyID         string    // of the device's key; set by VerifyOutcome
}

type outcomeClaims struct {
	OrderID       string     `json:"order_id"`
	Amount        money.Rial `json:"amount_rial"`
	State         State      `json:"state"`
	Charged       money.Rial `json:"charged_rial,omitempty"`
	Terminal      string     `json:"terminal,omitempty"`
	RRN           string     `json:"rrn,omitempty"`
	TransactionNo string     `json:"trace,omitempty"`
	MaskedPAN     string     `json:"masked_pan,omitempty"`
	Code          string     `json:"code,omitempty"`
	PaidAt        time.Time  `json:"paid_at,omitzero"`
	Evidence      Evidence   `json:"evidence"`
	jwt.RegisteredClaims
}

// SignOutcome makes the compact JWS (EdDSA, RFC 8037) under the device's key; issuer is the device, subject the payment, issued-at the time of the conclusion.
func SignOutcome(o Outcome, key ed25519.PrivateKey) (string, error) {
	if err := o.check(); err != nil {
		return "", err
	}
	if len(key) != ed25519.PrivateKeySize {
		return "", errNoKey
	}
	c := outcomeClaims{OrderID: o.OrderID, Amount: o.Amount, State: o.State, Charged: o.Charged, Terminal: o.Terminal, RRN: o.RRN, TransactionNo: o.TransactionNo,
		MaskedPAN: o.MaskedPAN, Code: o.Code, PaidAt: o.PaidAt, Evidence: o.Evidence,
		RegisteredClaims: jwt.RegisteredClaims{Issuer: o.DeviceID.String(), Subject: o.PaymentID.String(), IssuedAt: jwt.NewNumericDate(o.At)}}
	return sign(outcomeType, KeyID(key.Public().(ed25519.PublicKey)), key, c)
}

// VerifyOutcome checks type, signature under the device's public key and that the contents hold together; every failure is ErrOutcome. It does not say that the outcome
// belongs to any payment: the caller finds the payment, that it was ordered from this device, and calls Matches.
func VerifyOutcome(token string, key ed25519.PublicKey) (Outcome, error) {
	id := KeyID(key)
	var c outcomeClaims
	err := verify(token, outcomeType, func(kid string) (ed25519.PublicKey, bool) { return key, kid == id }, &c)
	if err != nil {
		return Outcome{}, ErrOutcome.Because(err)
	}
	o := Outcome{OrderID: c.OrderID, Amount: c.Amount, State: c.State, Charged: c.Charged, Terminal: c.Terminal, RRN: c.RRN, TransactionNo: c.TransactionNo,
		MaskedPAN: c.MaskedPAN, Code: c.Code, PaidAt: c.PaidAt, Evidence: c.Evidence, KeyID: id}
	var ids [2]error
	o.PaymentID, ids[0] = uuid.Parse(c.Subject)
	o.DeviceID, ids[1] = uuid.Parse(c.Issuer)
	if c.IssuedAt != nil {
		o.At = c.IssuedAt.UTC()
	}
	if err := errors.Join(ids[0], ids[1], o.check()); err != nil {
		return Outcome{}, ErrOutcome.Because(err)
	}
	return o, nil
}

var (
	reference = regexp.MustCompile(`^[0-9]{12}$`)
	cardLike  = regexp.MustCompile(`[0-9]{7}`)
)

// check holds that a state says what it must and nothing that contradicts it; no outcome carries a whole card number.
func (o Outcome) check() error {
	if o.PaymentID == uuid.Nil || o.DeviceID == uuid.Nil || o.At.IsZero() || o.OrderID == "" || o.Amount <= 0 || o.Evidence == "" {
		return errClaims
	}
	sound := false
	switch o.State {
	case StateApproved:
		sound = reference.MatchString(o.RRN) && o.Charged == o.Amount && o.Code == Paid
	case StateMismatch:
		sound = reference.MatchString(o.RRN) && o.Charged > 0
	case StateDeclined:
		sound = o.RRN == "" && o.Charged == 0 && o.Code != Paid
	case StateUnknown:
		sound = o.Charged == 0
	}
	if !sound || cardLike.MatchString(o.MaskedPAN) {
		return fmt.Errorf("%w: state %q", errClaims, o.State)
	}
	return nil
}

// Matches compares an outcome with the order that the server signed; it returns nil or ErrOutcome, which blames the first field that differs.
func (o Outcome) Matches(order SaleOrder) error {
	switch {
	case o.PaymentID != order.PaymentID:
		return ErrOutcome.On("payment_id")
	case o.DeviceID != order.DeviceID:
		return ErrOutcome.On("device_id")
	case o.OrderID != order.OrderID:
		return ErrOutcome.On("order_id")
	case o.Amount != order.Amount:
		return ErrOutcome.On("amount_rial")
	case o.State == StateApproved && order.Terminal != "" && o.Terminal != "" && o.Terminal != order.Terminal:
		return ErrOutcome.On("terminal")
	}
	return nil
}
