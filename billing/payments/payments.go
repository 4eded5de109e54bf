// Package payments takes money exactly once. An attempt is stored before anything leaves the process; what a provider has not said is
// unknown, never failed; what does not fit is parked in suspense; what it confirms is posted to each city's books in one transaction.
package payments

import (
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/fault"
)

// What a payment refuses with.
var (
	ErrNothingToPay = fault.Define(fault.Conflict, "nothing_to_pay", "همهٔ قبض‌های این سبد پرداخت شده است.", "Every bill of this order is paid.")
	ErrInSuspense   = fault.Define(fault.Conflict, "payment_in_suspense",
		"پولی برای قبض‌های مانده رسیده که هنوز بررسی نشده است؛ دوباره نگیرید و به پشتیبانی خبر دهید.",
		"Money for the remaining bills has arrived and is under review; do not collect it again, and tell support.")
)

// State is where a payment stands.
type State string

// The states. Captured, failed and suspense are final here; in every other the resolver asks again.
const (
	Created   State = "created"   // stored, the provider has not answered yet
	Sent      State = "sent"      // the payer may pay
	Unknown   State = "unknown"   // the provider did not answer; nobody knows
	Confirmed State = "confirmed" // the card was charged, our claim of the money is under way
	Captured  State = "captured"  // claimed, posted, receipt given
	Failed    State = "failed"    // the provider says that no money stays
	Suspense  State = "suspense"  // something does not fit; a person decides
)

// Final holds for states that the resolver leaves alone.
func (s State) Final() bool { return s == Captured || s == Failed || s == Suspense }

// The life of an attempt. A payer has Lifetime to pay; Closed after the attempt began no provider window is open any more, so what is still
// not paid never will be: 20 minutes to pay, 30 to verify, and slack.
const (
	Lifetime = 20 * time.Minute
	Closed   = time.Hour
)

// Payment is one attempt to pay bills of an order.
type Payment struct {
	ID          uuid.UUID
	OfficeID    uuid.UUID
	OrderID     uuid.UUID
	Method      string
	Provider    string
	Terminal    string
	MerchantRef string
	Amount      money.Rial
	State       State
	Token       string
	RedirectURL string
	Reference   string
	RRN         string
	MaskedPAN   string
	Reason      string
	Parts       []Part
	CreatedAt   time.Time
	ExpiresAt   time.Time
	Checks      int // how often the resolver has asked
	Receipt     *Receipt
}

// Part is what one city gets of a payment, sent to its account by the bank itself.
type Part struct {
	MunicipalityID int
	BillID         uuid.UUID
	IBAN           string
	Amount         money.Rial
}

// Receipt is what the payer gets for a captured payment.
type Receipt struct {
	Number int64
	At     time.Time
	Amount money.Rial
}

// sale is what the provider's answers are compared with.
func (p Payment) sale() gateway.Sale {
	return gateway.Sale{Token: p.Token, MerchantReference: p.MerchantRef, Amount: p.Amount}
}

func (p Payment) startRequest(callback string) gateway.StartRequest {
	request := gateway.StartRequest{MerchantReference: p.MerchantRef, Amount: p.Amount, CallbackURL: callback, Lifetime: Lifetime}
	for _, part := range p.Parts {
		request.Splits = append(request.Splits, gateway.Split{IBAN: part.IBAN, Amount: part.Amount})
	}
	return request
}

func (p Payment) municipalities() []int {
	ids := make([]int, len(p.Parts))
	for i, part := range p.Parts {
		ids[i] = part.MunicipalityID
	}
	return ids
}

// BillIDs lists the bills that the payment pays, by municipality.
func (p Payment) BillIDs() []uuid.UUID {
	ids := make([]uuid.UUID, len(p.Parts))
	for i, part := range p.Parts {
		ids[i] = part.BillID
	}
	return ids
}
