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

// ErrMethod refuses a method that cannot be begun here.
var ErrMethod = fault.Define(fault.Invalid, "payment_method", "این شیوهٔ پرداخت در اینجا پذیرفته نیست.", "This method of payment is not taken here.")

// Method is how the money moves.
type Method string

// The methods, as agreements name them.
const (
	ByGateway  Method = "gateway"  // the payer's card on a provider's page
	ByTerminal Method = "terminal" // the payer's card at the office's card terminal
	ByDeposit  Method = "deposit"  // cash at the counter, against the office's prepaid money
	ByBank     Method = "bank"     // bill ID and payment ID at any bank
)

// The life of an attempt. A payer has Lifetime to pay; Closed after the attempt began no window is open any more of a provider that says nothing else, so what is still
// not paid never will be: 20 minutes to pay, 30 to verify, and slack. A card terminal that has told nothing for Silent is a matter for people.
const (
	Lifetime = 20 * time.Minute
	Closed   = time.Hour
	Silent   = 24 * time.Hour
)

// Payment is one attempt to pay bills of an order.
type Payment struct {
	ID          uuid.UUID
	OfficeID    uuid.UUID
	OrderID     uuid.UUID // Nil: the payment tops up the office's deposit
	PersonID    uuid.UUID // who took it; Nil: nobody at a counter
	ShiftID     uuid.UUID // in which it was begun, or Nil
	DeviceID    uuid.UUID // the till that it was sent to, or Nil
	Method      Method
	Provider    string
	Terminal    string
	MerchantRef string
	Amount      money.Rial
	Refunded    money.Rial // given back, or promised to be
	State       State
	Version     int // how many edges it has taken
	Token       string
	RedirectURL string // where the payer's browser goes
	PageForm    string // the provider's page with the fields of a form as its query, where that must be posted to it; empty: a link is enough
	Reference   string
	RRN         string
	MaskedPAN   string
	Reason      string
	Parts       []Part
	Fee         *Fee // nil: the payment has none
	CreatedAt   time.Time
	ExpiresAt   time.Time
	Receipt     *Receipt
	DepositLow  bool // of a payment from the deposit that has just been made: it left less than the office wants to be warned of
}

// TopsUp holds for a payment that pays no order but the office's own deposit.
func (p Payment) TopsUp() bool { return p.OrderID == uuid.Nil }

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
