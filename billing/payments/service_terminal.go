package payments

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/pcpos"
	"mofasa/tenants/audit"
	"mofasa/tenants/devices"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// Terminals is the provider of payments at an office's own card terminal (Sadad PcPos 1.5); its terminal is the agent's device.
const Terminals = "pcpos"

// What a card terminal refuses with.
var (
	ErrDevice = fault.Define(fault.Invalid, "payment_device",
		"این کارت‌خوان به دفتر شما وصل نیست؛ نخست عامل کارت‌خوان را در بخش دستگاه‌ها ثبت کنید.", "This terminal's agent is not enrolled at your office; enrol it among the devices first.")
	ErrNotTerminal    = fault.Define(fault.Conflict, "payment_not_terminal", "این پرداخت با کارت‌خوان نیست.", "This payment is not by card terminal.")
	ErrTerminalStands = fault.Define(fault.Conflict, "payment_terminal_unknown",
		"نتیجهٔ پرداخت پیشین با همین کارت‌خوان هنوز نامعلوم است و تا روشن شدن آن فروش دیگری نمی‌پذیرد؛ راه دیگری برگزینید.",
		"The outcome of an earlier payment at this terminal is still unknown, and it takes no other sale until it is known; choose another way.")
	ErrUndecided = fault.Define(fault.Conflict, "payment_undecided",
		"نتیجهٔ این پرداخت هنوز معلوم نیست؛ کارت‌خوان تا آن زمان فروش دیگری نمی‌پذیرد.", "The outcome of this payment is not known yet; until then the terminal takes no other sale.")
)

// posLifetime is how long a sale may begin after its order was signed; posRelease how long a release may be used. posAccounts is how many accounts one sale is
// divided among (Sadad PcPos 1.5, optional field 1).
const (
	posLifetime = 10 * time.Minute
	posRelease  = time.Hour
	posAccounts = 10
	// terminalUnknown is why a payment is unknown whose agent has said that it is; noOutcome, whose agent has said nothing while a sale could begin.
	terminalUnknown = "terminal_unknown"
	noOutcome       = "no_outcome"
)

// Signer is the server's own signing key and its id.
type Signer func() (kid string, key ed25519.PrivateKey)

// SigningBy gives the service the key that signs orders to card terminals.
func (s *Service) SigningBy(signer Signer) *Service {
	signing := *s
	signing.signer = signer
	return &signing
}

var errNoSigner = errors.New("payments: no key for orders to card terminals")

// startTerminal stores an attempt for an enrolled agent and sends it: nobody is called, since the office's page takes the signed order (SaleOrder) to the agent on the
// office's own machine. Errors: those of Start; ErrDevice (device_id); ErrTerminalStands (payment_id), since the agent would refuse the sale, and its bills would wait
// for nothing.
func (s *Service) startTerminal(ctx context.Context, r Request) (Payment, error) {
	var p Payment
	err := s.tx.InTx(ctx, scope.Office(r.OfficeID), func(tx *scope.Tx) (err error) {
		p, err = scope.Once(tx, r.Key, func() (Payment, error) {
			if _, err := agent(tx, r.DeviceID); err != nil {
				return Payment{}, err
			}
			if err := noneStands(tx, r.DeviceID); err != nil {
				return Payment{}, err
			}
			number, err := nextPosOrder(tx)
			if err != nil {
				return Payment{}, err
			}
			attempt, err := s.attempt(tx, r, route{provider: Terminals, terminal: r.DeviceID.String(), most: posAccounts, reference: number, lifetime: posLifetime})
			if err != nil {
				return attempt, err
			}
			_, err = storeStart(tx, &attempt, Sent)
			return attempt, err
		})
		return err
	})
	return p, err
}

// agent is an enrolled terminal agent of the transaction's office.
func agent(tx *scope.Tx, id uuid.UUID) (devices.Device, error) {
	d, err := devices.Find(tx, id)
	if errors.Is(err, devices.ErrUnknown) || err == nil && (d.Kind != devices.TerminalAgent || d.State != devices.Enrolled) {
		return d, ErrDevice.On("device_id")
	}
	return d, err
}

// SaleOrder is the signed order that the terminal's agent carries out for a payment that was sent to it, and for no other amount. Signing it again is harmless: the
// agent knows payments that it has taken. It is given after it has expired, too: then no sale begins by it, but an agent that never saw it says so. Empty where the payment
// is not by terminal, or its agent has spoken.
func (s *Service) SaleOrder(p Payment) (string, error) {
	if p.Method != ByTerminal || p.State != Sent && (p.State != Unknown || p.Reason != noOutcome) {
		return "", nil
	}
	if s.signer == nil {
		return "", errNoSigner
	}
	kid, key := s.signer()
	return pcpos.SignSaleOrder(saleOrder(p), kid, key, p.CreatedAt)
}

func saleOrder(p Payment) pcpos.SaleOrder {
	o := pcpos.SaleOrder{PaymentID: p.ID, DeviceID: p.DeviceID, OrderID: p.MerchantRef, Amount: p.Amount, Expires: p.ExpiresAt}
	for _, split := range p.startRequest("").Splits {
		o.Accounts = append(o.Accounts, pcpos.Account{Type: pcpos.IBANRow, IBAN: split.IBAN, Amount: split.Amount})
	}
	return o
}

// Report takes what an agent has signed about one of the office's payments: its page brings it, and the key of the stored device speaks for it. That no card was charged
// counts for our own order alone, and that nobody brought the order only once it has expired.
// Errors: ErrPaymentUnknown, ErrNotTerminal, pcpos.ErrOutcome (outcome).
func (s *Service) Report(ctx context.Context, office, id uuid.UUID, outcome string) (Payment, error) {
	p, by, err := s.reported(ctx, office, id)
	if err != nil {
		return p, err
	}
	said, err := pcpos.VerifyOutcome(outcome, by.key)
	if err != nil {
		return p, err
	}
	early := said.Evidence == pcpos.NeverBegun && (said.At.Before(p.ExpiresAt) || by.now.Before(p.ExpiresAt))
	stranger := said.State == pcpos.StateDeclined && said.Matches(saleOrder(p)) != nil
	if said.PaymentID != p.ID || said.DeviceID != p.DeviceID || early || stranger {
		return p, pcpos.ErrOutcome.On("outcome")
	}
	return s.settle(ctx, p, judgeOutcome(p, said, by.revoked))
}

// reporter is whose word comes, and when.
type reporter struct {
	key     ed25519.PublicKey
	revoked bool
	now     time.Time
}

func (s *Service) reported(ctx context.Context, office, id uuid.UUID) (p Payment, by reporter, err error) {
	err = s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) error {
		if p, err = find(tx, id); err != nil {
			return err
		}
		d, err := devices.Find(tx, p.DeviceID)
		if err != nil {
			return err
		}
		by = reporter{key: d.PublicKey, revoked: d.State == devices.Revoked, now: tx.Now}
		return audit.Write(tx, audit.Record{Action: "payment.outcome_brought", TargetKind: "payment", TargetID: id.String(), Details: map[string]any{"device": d.ID}})
	})
	return p, by, err
}

// judgeOutcome reads an agent's word. What was charged for another amount, by a guess, or by the word of a device that was taken away is for people to decide.
func judgeOutcome(p Payment, o pcpos.Outcome, revoked bool) verdict {
	a := gateway.Answer{State: gateway.Verified, Reference: o.RRN, RRN: o.RRN, TraceNo: o.TransactionNo, MaskedPAN: o.MaskedPAN, Terminal: o.Terminal, MerchantReference: o.OrderID,
		Amount: o.Amount, Affective: o.Charged, Code: o.Code, PaidAt: o.PaidAt}
	switch o.State {
	case pcpos.StateDeclined:
		a.State = gateway.Failed
		return verdict{state: Failed, reason: "terminal_declined", answer: a}
	case pcpos.StateUnknown:
		return verdict{state: Unknown, reason: terminalUnknown}
	case pcpos.StateMismatch:
		return verdict{state: Suspense, reason: "mismatch", answer: a}
	}
	switch {
	case o.Matches(saleOrder(p)) != nil:
		return verdict{state: Suspense, reason: "mismatch", answer: a}
	case revoked:
		return verdict{state: Suspense, reason: "device_revoked", answer: a}
	case o.Evidence == pcpos.ByAmount:
		return verdict{state: Suspense, reason: "terminal_guess", answer: a}
	}
	return verdict{state: Captured, answer: a}
}

// Release is the server's signed word to an agent that a payment whose outcome it could not learn has been settled without it, so that its terminal may sell again.
// Errors: ErrPaymentUnknown, ErrNotTerminal, ErrUndecided.
func (s *Service) Release(ctx context.Context, office, id uuid.UUID) (string, error) {
	var p Payment
	var now time.Time
	err := s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		now = tx.Now
		if p, err = find(tx, id); err != nil {
			return err
		}
		if !p.State.Final() {
			return ErrUndecided
		}
		return audit.Write(tx, audit.Record{Action: "payment.terminal_released", TargetKind: "payment", TargetID: id.String(), Details: map[string]any{"device": p.DeviceID}})
	})
	switch {
	case err != nil:
		return "", err
	case s.signer == nil:
		return "", errNoSigner
	}
	kid, key := s.signer()
	return pcpos.SignRelease(pcpos.Release{PaymentID: p.ID, DeviceID: p.DeviceID, Expires: now.Add(posRelease)}, kid, key, now)
}

// find is one of the office's payments by card terminal.
func find(tx *scope.Tx, id uuid.UUID) (Payment, error) {
	p, err := load(tx, id, false)
	switch {
	case noRow(err):
		return p, ErrPaymentUnknown
	case err == nil && p.Method != ByTerminal:
		return p, ErrNotTerminal
	}
	return p, err
}
