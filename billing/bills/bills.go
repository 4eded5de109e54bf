// Package bills settles a visit: an order claims dues across cities so that nobody else can pay them meanwhile, fixes their amounts,
// and demands them with one bill per municipality, payable at any bank by its bill ID and payment ID.
package bills

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// LongestValidity bounds how long an order holds its claims while nobody pays, which its cities' settings say: the database lets an office claim no longer.
const LongestValidity = time.Hour

// What an order refuses with.
var (
	ErrOrderUnknown   = fault.Define(fault.NotFound, "order_unknown", "این سبد تسویه پیدا نشد.", "This order was not found.")
	ErrDueUnknown     = fault.Define(fault.Invalid, "due_unknown", "این بدهی در استعلام نبود.", "This due was not part of the inquiry.")
	ErrDueTwice       = fault.Define(fault.Invalid, "due_twice", "یک بدهی دو بار آمده است.", "A due is listed twice.")
	ErrDuePaid        = fault.Define(fault.Conflict, "due_paid", "این بدهی پرداخت شده است.", "This due has been paid.")
	ErrDueClaimed     = fault.Define(fault.Conflict, "due_claimed", "این بدهی در سبد تسویهٔ دیگری است.", "This due stands in another order.")
	ErrAmountsChanged = fault.Define(fault.Conflict, "amounts_changed",
		"مبلغ‌ها از زمان استعلام تغییر کرده است. استعلام تازه پیوست است.", "Amounts have changed since the inquiry. A new inquiry is attached.")
	ErrDueExempt = fault.Define(fault.Invalid, "due_exempt", "برای این سال بدهی‌ای نیست؛ معاف است.", "Nothing is owed for this year: it is exempt.")
	ErrDueReview = fault.Define(fault.Conflict, "due_under_review",
		"این بدهی به تصمیم شهرداری در دست بررسی است و اکنون پرداخت نمی‌شود.", "This due is under review by decision and cannot be paid now.")
	ErrMissingTariff = fault.Define(fault.Invalid, "missing_tariff",
		"تعرفهٔ این سال برای این خودرو تعریف نشده است.", "No tariff is defined for this vehicle in this year.")
	ErrMissingValuation = fault.Define(fault.Invalid, "missing_valuation",
		"ارزش مبنای این خودرو در این سال اعلام نشده است.", "No valuation is published for this vehicle in this year.")
	ErrMissingResidence = fault.Define(fault.Invalid, "missing_residence",
		"محل سکونت مالک در این سال معلوم نیست.", "The owner's residence in this year is not known.")
	ErrPaused    = fault.Define(fault.Invalid, "municipality_paused", "این شهرداری اکنون پرداخت نمی‌پذیرد.", "This municipality takes no payments now.")
	ErrNotYet    = fault.Define(fault.Invalid, "municipality_not_yet", "این شهرداری هنوز برای دفتر شما باز نشده است.", "This municipality is not open to your office yet.")
	ErrClosed    = fault.Define(fault.Invalid, "municipality_closed", "کار این شهرداری در این سامانه پایان یافته است.", "This municipality has left the platform.")
	ErrNoAccount = fault.Define(fault.Unavailable, "municipality_account_missing",
		"حساب بانکی یکی از شهرداری‌ها تعریف نشده است؛ پرداخت ممکن نیست.", "A municipality has no bank account defined; payment is not possible.")
	ErrNotOpen  = fault.Define(fault.Conflict, "order_not_open", "این سبد دیگر باز نیست.", "This order is no longer open.")
	ErrInFlight = fault.Define(fault.Conflict, "payment_in_flight",
		"پرداختی برای این سبد در جریان است؛ تا روشن شدن نتیجه صبر کنید.", "A payment for this order is in flight; wait for its outcome.")
)

// OrderState is where an order stands.
type OrderState string

// The states of an order.
const (
	Open      OrderState = "open"
	PartPaid  OrderState = "part_paid"
	Paid      OrderState = "paid"
	Cancelled OrderState = "cancelled"
	Expired   OrderState = "expired"  // its claims have lapsed unpaid
	Refunded  OrderState = "refunded" // what of it was paid has been given back
)

// BillState is where a bill stands.
type BillState string

// The states of a bill.
const (
	BillOpen      BillState = "open"
	BillPaid      BillState = "paid"
	BillCancelled BillState = "cancelled"
	BillRefunded  BillState = "refunded" // its dues are owed again
)

// Selection is one due that the payer wants to settle.
type Selection struct {
	MunicipalityID int
	FiscalYear     calendar.FiscalYear
}

// Order is the set of dues, across cities, that a payer settles in one visit.
type Order struct {
	ID         uuid.UUID
	OfficeID   uuid.UUID
	InquiryID  uuid.UUID
	State      OrderState
	Vehicle    inquiries.Vehicle
	Bills      []Bill // by municipality
	Total      money.Rial
	Fee        *inquiries.Fee // nil: none is charged. It is not in Total
	FeeShare   money.Rial     // of the fee, what is the office's; the rest is the platform's
	CreatedAt  time.Time
	ValidUntil time.Time
}

// PaidAmount is what of the order has been captured.
func (o Order) PaidAmount() money.Rial {
	var paid money.Rial
	for _, b := range o.Bills {
		if b.State == BillPaid {
			paid += b.Amount // each part of Total, which was summed with an overflow check
		}
	}
	return paid
}

// Bill is one municipality's demand inside an order.
type Bill struct {
	ID           uuid.UUID
	Municipality inquiries.Municipality
	Pair         Pair
	Amount       money.Rial
	State        BillState
	AtBank       bool // an unpaid one is payable at banks by its Pair: the agreement between office and city covers it today
	Dues         []BilledDue
}

// BilledDue is one fiscal year on a bill, with what its amount cites so that it can be computed again.
type BilledDue struct {
	FiscalYear calendar.FiscalYear `json:"fiscal_year"`
	Amount     money.Rial          `json:"amount"`
	Lines      []dues.Line         `json:"lines"`
	Cites      dues.Cites          `json:"cites"`
}

// choose picks the selected dues out of an assessment, or says why one of them cannot be ordered. The result is ordered by municipality
// and year, the order in which rows are locked everywhere.
func choose(a inquiries.Assessment, shown inquiries.Record, selected []Selection) ([]dues.Due, error) {
	chosen := make([]dues.Due, 0, len(selected))
	for _, want := range selected {
		i := slices.IndexFunc(a.Dues, func(d dues.Due) bool {
			return d.MunicipalityID == want.MunicipalityID && d.FiscalYear == want.FiscalYear
		})
		balance, seen := shown.Balance(want.MunicipalityID, want.FiscalYear)
		if i < 0 || !seen {
			return nil, ErrDueUnknown.On("dues")
		}
		if err := orderable(a.Dues[i]); err != nil {
			return nil, err
		}
		if a.Dues[i].Balance != balance {
			return nil, ErrAmountsChanged
		}
		if slices.ContainsFunc(chosen, func(d dues.Due) bool {
			return d.MunicipalityID == want.MunicipalityID && d.FiscalYear == want.FiscalYear
		}) {
			return nil, ErrDueTwice.On("dues")
		}
		chosen = append(chosen, a.Dues[i])
	}
	slices.SortFunc(chosen, func(x, y dues.Due) int {
		return cmp.Or(cmp.Compare(x.MunicipalityID, y.MunicipalityID), cmp.Compare(x.FiscalYear, y.FiscalYear))
	})
	return chosen, nil
}

// orderable holds for an assessed due alone; what is missing refuses with its reason and never becomes zero (I9).
func orderable(d dues.Due) error {
	switch d.State {
	case dues.Assessed:
		return nil
	case dues.Paid:
		return ErrDuePaid.On("dues")
	case dues.Claimed:
		return ErrDueClaimed.On("dues").With("claimed_until", d.ClaimedUntil)
	case dues.Exempt:
		return ErrDueExempt.On("dues")
	case dues.UnderReview:
		return ErrDueReview.On("dues")
	case dues.MissingTariff:
		return ErrMissingTariff.On("dues")
	case dues.MissingValuation:
		return ErrMissingValuation.On("dues")
	default:
		return ErrMissingResidence.On("dues")
	}
}

// collectable refuses cities for which the office may not collect now.
func collectable(chosen []dues.Due, cities []inquiries.Municipality) error {
	for _, m := range cities {
		if !slices.ContainsFunc(chosen, func(d dues.Due) bool { return d.MunicipalityID == m.ID }) {
			continue
		}
		if refused := refusal(m.State()); refused != nil {
			return refused.On("dues")
		}
		if !m.Account {
			return ErrNoAccount.On("dues")
		}
	}
	return nil
}

// refusal is why nothing is collected for a city in the state, or nil.
func refusal(state inquiries.CityState) *fault.Error {
	switch state {
	case inquiries.Answered:
		return nil
	case inquiries.NotYet:
		return ErrNotYet
	case inquiries.Closed:
		return ErrClosed
	case inquiries.NoAgreement:
		return ErrNoAgreement
	}
	return ErrPaused
}

// validity is how long an order of the chosen dues holds them: as long as the city among them that grants the least.
func validity(chosen []dues.Due, cities []inquiries.Municipality) time.Duration {
	least := LongestValidity
	for _, m := range cities {
		if slices.ContainsFunc(chosen, func(d dues.Due) bool { return d.MunicipalityID == m.ID }) {
			least = min(least, time.Duration(m.Validity)*time.Minute)
		}
	}
	return least
}

// atBank is the method of payment by bill ID and payment ID, as agreements name it.
const atBank = "bank"

// draft makes one unnumbered bill per municipality out of the chosen dues, in their order.
func draft(chosen []dues.Due, cities []inquiries.Municipality, newID func() uuid.UUID) ([]Bill, money.Rial, error) {
	var bills []Bill
	var total money.Rial
	for _, d := range chosen {
		if len(bills) == 0 || bills[len(bills)-1].Municipality.ID != d.MunicipalityID {
			city := cities[slices.IndexFunc(cities, func(m inquiries.Municipality) bool { return m.ID == d.MunicipalityID })]
			bills = append(bills, Bill{ID: newID(), Municipality: city, State: BillOpen, AtBank: city.Agreement != nil && city.Agreement.Permits(atBank)})
		}
		b := &bills[len(bills)-1]
		var err error
		if b.Amount, err = b.Amount.Add(d.Balance); err != nil {
			return nil, 0, err
		}
		if total, err = total.Add(d.Balance); err != nil {
			return nil, 0, err
		}
		b.Dues = append(b.Dues, BilledDue{FiscalYear: d.FiscalYear, Amount: d.Balance, Lines: d.Lines, Cites: d.Cites})
	}
	return bills, total, nil
}
