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
	ErrSplitLimit   = fault.Define(fault.Unavailable, "payment_split_limit",
		"حساب‌های یکی از شهرداری‌ها بیش از آن است که درگاه در یک پرداخت تقسیم کند؛ به پشتیبانی خبر دهید.",
		"A municipality has more accounts than the provider divides one payment among; tell support.")
	ErrInSuspense = fault.Define(fault.Conflict, "payment_in_suspense",
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
	Fee         *Fee // nil: the payment has none
	CreatedAt   time.Time
	ExpiresAt   time.Time
	Checks      int // how often the resolver has asked
	Receipt     *Receipt
}

// Part is what one account of a city gets of a payment, sent there by the bank itself. The parts of a bill sum to it.
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
	if p.Fee != nil {
		request.Splits = append(request.Splits, gateway.Split{IBAN: p.Fee.IBAN, Amount: p.Fee.Amount})
	}
	return request
}

// total is what the payer pays: every part, and the fee.
func (p Payment) total() (money.Rial, error) {
	amounts := make([]money.Rial, 0, len(p.Parts)+1)
	for _, part := range p.Parts {
		amounts = append(amounts, part.Amount)
	}
	if p.Fee != nil {
		amounts = append(amounts, p.Fee.Amount)
	}
	return money.Sum(amounts...)
}

// bills is what each bill gets of the payment, by municipality, whichever accounts it goes to.
func (p Payment) bills() []Part {
	var list []Part
	for _, part := range p.Parts {
		if last := len(list) - 1; last >= 0 && list[last].BillID == part.BillID {
			list[last].Amount += part.Amount // each a part of the payment, which was summed with an overflow check
			continue
		}
		list = append(list, Part{MunicipalityID: part.MunicipalityID, BillID: part.BillID, Amount: part.Amount})
	}
	return list
}

func (p Payment) municipalities() []int {
	var ids []int
	for _, b := range p.bills() {
		ids = append(ids, b.MunicipalityID)
	}
	return ids
}

// BillIDs lists the bills that the payment pays, by municipality.
func (p Payment) BillIDs() []uuid.UUID {
	ids := []uuid.UUID{}
	for _, b := range p.bills() {
		ids = append(ids, b.BillID)
	}
	return ids
}
