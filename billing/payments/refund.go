package payments

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
)

// What giving money back refuses with.
var (
	ErrPaymentUnknown = fault.Define(fault.NotFound, "payment_unknown", "چنین پرداختی نزد شما نیست.", "You have no such payment.")
	ErrRefundUnknown  = fault.Define(fault.NotFound, "refund_unknown", "چنین استردادی نزد شما ثبت نشده است.", "No such refund is on record with you.")
	ErrNotRefundable  = fault.Define(fault.Conflict, "payment_not_refundable",
		"از این پرداخت پولی برای پس دادن نمانده است.", "Nothing of this payment is left to be given back.")
	ErrAvailable = fault.Define(fault.Precondition, "refund_available_changed",
		"مبلغ قابل استرداد آن نیست که گمان کرده‌اید؛ مبلغ درست در پاسخ آمده است.", "What can be given back is not what you believe; the answer says what it is.")
	ErrRefundPending = fault.Define(fault.Conflict, "refund_pending",
		"استردادی از همین پرداخت در انتظار تأیید است.", "A refund of this payment is waiting for approval.")
	ErrRefundState = fault.Define(fault.Conflict, "refund_state",
		"این استرداد اکنون در وضعی نیست که این کار شدنی باشد.", "The refund does not stand where this can be done.")
	ErrRefundReference = fault.Define(fault.Conflict, "refund_reference_taken",
		"این شمارهٔ بانک پیش‌تر برای بازگشت پول دیگری ثبت شده است.", "This number of the bank is on record for other money that went back.")
	ErrRefundCorrected = fault.Define(fault.Conflict, "refund_corrected",
		"این قبض پس از پرداخت اصلاح شده و کسری آن با بدهی دیگری خواسته شده است؛ تنها بخشی از پول آن را می‌توان پس داد.",
		"The bill was corrected after it was paid, and what it lacked is demanded with another due; only a part of its money can be given back.")
	ErrChargebackTooMuch = fault.Define(fault.Conflict, "chargeback_too_much",
		"از پول این پرداخت چیزی نمانده است که برگشت بانک به پای آن ثبت شود: همهٔ آن پیش‌تر پس داده شده، یا سپردهٔ دفتری را شارژ کرده است. با سند آنچه پس داده شده به بانک اعتراض کنید؛ اگر بانک پول را برنگرداند، حسابداری سامانه زیان را بیرون از این دفتر ثبت می‌کند و از پرداخت‌کننده یا دفتر می‌خواهد.",
		"Nothing of this payment is left against which the bank's taking can be entered: all of it has gone back before, or it topped up an office's deposit. Object to the bank with the record of what went back; if the bank keeps the money, the platform's accountants enter the loss outside these books and claim it from the payer or the office.")
	errRefundAmount = fault.Define(fault.Invalid, "refund_amount",
		"مبلغ استرداد بیش از ماندهٔ قابل استرداد است.", "The amount is more than what can be given back.")
	errRefundBill = fault.Define(fault.Invalid, "refund_bill",
		"بخشی از پول را تنها از یک قبض می‌توان پس داد؛ قبض را نام ببرید.", "A part is given back of one bill alone; name the bill.")
	errRefundReason = fault.Define(fault.Invalid, "refund_reason", "دلیل لازم است (حداکثر ۱۰۰۰ نویسه).", "A reason is needed, of at most 1,000 characters.")
	errRefundIBAN   = fault.Define(fault.Invalid, "refund_iban", "شبای پرداخت‌کننده درست نیست.", "The payer's IBAN is not right.")
	errRefundNumber = fault.Define(fault.Invalid, "refund_reference",
		"شمارهٔ بانک لازم است (حداکثر ۱۰۰ نویسه).", "The bank's number is needed, of at most 100 characters.")
)

// RefundKind says who takes the money back.
type RefundKind string

// The kinds.
const (
	ByUs   RefundKind = "refund"     // we give it
	ByThem RefundKind = "chargeback" // the payer's bank has taken it
)

// RefundState is where a refund stands.
type RefundState string

// The states. What was granted is promised: the books and the dues say so already.
const (
	RefundWaiting RefundState = "waiting" // for a second person
	RefundGranted RefundState = "granted" // the money is on its way, or to be paid out
	RefundPaid    RefundState = "paid"
	RefundRefused RefundState = "refused" // also where nobody decided in time
)

// Channel is the way of the money back.
type Channel string

// The channels.
const (
	ByReversal    Channel = "reverse" // the provider gives it back to the card
	ByPayout      Channel = "payout"  // whoever has it transfers it, and says so
	BackToDeposit Channel = "deposit" // to the deposit that it came from
	ByTheirBank   Channel = "bank"    // a chargeback: it is gone already
)

// RefundThreshold is above what a second person grants a refund of the platform, or of a city that has set no threshold of its own (refund_threshold_rial): in all, of one
// payment for the platform, of its own bills of the payment for a city.
const RefundThreshold money.Rial = 50_000_000

// refundLife is how long a refund waits for a second person.
const refundLife = 14 * 24 * time.Hour

// Refund is what of one bill goes back to the payer; of the fee, where it names no bill.
type Refund struct {
	MunicipalityID int // 0: the fee, the platform's own
	ID, GroupID    uuid.UUID
	PaymentID      uuid.UUID
	BillID         uuid.UUID // Nil: the fee
	OfficeID       uuid.UUID
	Kind           RefundKind
	Amount         money.Rial
	State          RefundState
	Whole          bool    // with it all of the bill has gone back: it is owed again
	Channel        Channel // "" while it waits
	Reason         string
	Remark         string // of whoever refused it; "" where nobody did, or their words are not the reader's
	PayerIBAN      string // "" where nobody knows it
	RequestedBy    uuid.UUID
	RequestedAt    time.Time
	ExpiresAt      time.Time
	ApprovalID     uuid.UUID // Nil: it needed none
	GrantedAt      time.Time
	AskedAt        time.Time // when the provider was last asked to reverse it
	DoubtedAt      time.Time // since when nobody can tell by asking whether the provider has reversed it: people say
	VerdictID      uuid.UUID // the approval of what they said; Nil: they said nothing
	PaidAt         time.Time
	PaidBy         uuid.UUID
	Reference      string // the bank's number
}

// RefundRequest asks for money to go back.
type RefundRequest struct {
	PaymentID uuid.UUID
	BillID    uuid.UUID  // Nil: all that is the asker's of the payment
	Amount    money.Rial // 0: all that is left
	Expected  money.Rial // what the asker believes to be left
	WithFee   bool       // the order's fee, too; of the platform alone, and of a whole payment alone
	Reason    string
	IBAN      string // of the payer, for a transfer; may be ""
	Reference string // of a chargeback: the bank's number
	Key       scope.Key

	kind RefundKind
}

// check refuses a request that no payment could suit.
func (r *RefundRequest) check() error {
	r.Reason, r.Reference = strings.TrimSpace(r.Reason), strings.TrimSpace(r.Reference)
	switch {
	case r.Reason == "" || utf8.RuneCountInString(r.Reason) > 1000:
		return errRefundReason.On("reason")
	case r.Amount < 0:
		return errRefundAmount.On("amount_rial")
	case (r.kind == ByThem) != (r.Reference != "") || utf8.RuneCountInString(r.Reference) > 100:
		return errRefundNumber.On("reference")
	case r.IBAN == "":
		return nil
	}
	iban, err := identifiers.ParseIBAN(r.IBAN)
	if err != nil {
		return errRefundIBAN.On("payer_iban").Because(err)
	}
	r.IBAN = iban.String()
	return nil
}

// Refundable is what of a bill, or of the fee, can still be given back.
type Refundable struct {
	MunicipalityID int
	BillID         uuid.UUID
	Amount         money.Rial // that was paid
	Refunded       money.Rial // given back, or promised
	Corrected      money.Rial // what corrections of tariffs have credited to its payer since; negative: demanded with another due
}

// Left is what remains for the payer: what a correction has credited is theirs already.
func (f Refundable) Left() money.Rial { return max(0, f.Amount-f.Refunded-max(0, f.Corrected)) }

// open is what can still go back in a way: a payer's bank takes what it takes, credited or not.
func (f Refundable) open(by RefundKind) money.Rial {
	if by == ByThem {
		return f.Amount - f.Refunded
	}
	return f.Left()
}

// whole tells whether with an amount all that is the payer's of a bill has gone back, so that its dues are owed again. What went back in whole before does not again.
func (f Refundable) whole(amount money.Rial) bool {
	return f.BillID != uuid.Nil && amount >= f.Left() && (f.Left() > 0 || f.Refunded == 0)
}

// demanded holds for a bill that we cannot give back in whole: its dues would be owed again at the right amount, and a part of it is demanded with another due already.
func (f Refundable) demanded(by RefundKind) bool { return by == ByUs && f.Corrected < 0 }

func openOf(list []Refundable, by RefundKind) (sum money.Rial) {
	for _, f := range list {
		sum += f.open(by) // parts of a payment, which was summed with an overflow check
	}
	return sum
}

// choose picks what a request is about out of what its asker may give back, and how much of each. Errors: payment_not_refundable, refund_unknown, refund_available_changed,
// refund_bill, refund_amount, refund_corrected.
func (r RefundRequest) choose(own []Refundable) (chosen []Refundable, amounts []money.Rial, err error) {
	for _, f := range own {
		named := r.BillID == uuid.Nil || r.BillID == f.BillID
		if fee := f.BillID == uuid.Nil; named && (!fee || r.WithFee) && f.open(r.kind) > 0 {
			chosen, amounts = append(chosen, f), append(amounts, f.open(r.kind))
		}
	}
	left := openOf(chosen, r.kind)
	switch {
	case r.Expected != left:
		return nil, nil, ErrAvailable.With("available_rial", int64(left))
	case left == 0:
		return nil, nil, ErrNotRefundable
	case r.Amount > left:
		return nil, nil, errRefundAmount.On("amount_rial")
	case r.Amount == 0 || r.Amount == left:
		if i := slices.IndexFunc(chosen, func(f Refundable) bool { return f.demanded(r.kind) }); i >= 0 {
			return nil, nil, ErrRefundCorrected.With("bill_id", chosen[i].BillID)
		}
		return chosen, amounts, nil
	case len(chosen) > 1:
		return nil, nil, errRefundBill.On("bill_id")
	}
	return chosen, []money.Rial{r.Amount}, nil
}

func sumOf(rows []Refund) (sum money.Rial) {
	for _, row := range rows {
		sum += row.Amount // parts of a payment
	}
	return sum
}

// Balance is what stands on an account for one bill.
type Balance struct {
	Account ledger.Account
	Amount  money.Rial
}

// undo is what of a bill's postings goes back with an amount: exactly what still stands where nothing is left of it then, otherwise shares of what was earned, by the largest
// remainder. It never takes more from an account than stands there.
func undo(standing []Balance, amount, left money.Rial) ([]ledger.Posting, error) {
	if amount == left {
		return allOf(standing), nil
	}
	weights := make([]money.Rial, len(standing))
	var earned money.Rial
	weigh := func(revenueAlone bool) {
		earned = 0
		for i, b := range standing {
			if weights[i] = 0; b.Amount < 0 && (!revenueAlone || strings.HasPrefix(string(b.Account), "revenue:")) {
				weights[i] = -b.Amount
				earned += weights[i]
			}
		}
	}
	if weigh(true); earned < amount {
		weigh(false)
	}
	shares, err := money.Allocate(amount, weights)
	if err != nil {
		return nil, err
	}
	var list []ledger.Posting
	for i, share := range shares {
		if share != 0 {
			list = append(list, ledger.Posting{Account: standing[i].Account, Amount: share})
		}
	}
	return list, nil
}

// owedBack is undo for an amount that may be more than what stands: what a correction had credited before the payer's bank took it all is owed by the payer.
func owedBack(standing []Balance, amount money.Rial) ([]ledger.Posting, error) {
	var stands money.Rial
	for _, b := range standing {
		stands -= b.Amount // of one bill's payment
	}
	if amount <= stands {
		return undo(standing, amount, stands)
	}
	var list []ledger.Posting
	if stands > 0 {
		list, amount = allOf(standing), amount-stands
	}
	return append(list, ledger.Posting{Account: ledger.Receivable(ledger.Correction), Amount: amount}), nil
}

func allOf(standing []Balance) []ledger.Posting {
	list := make([]ledger.Posting, len(standing))
	for i, b := range standing {
		list[i] = ledger.Posting{Account: b.Account, Amount: -b.Amount}
	}
	return list
}
