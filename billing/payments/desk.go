package payments

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
)

// What the suspense desk refuses with.
var (
	ErrItemUnknown = fault.Define(fault.NotFound, "suspense_unknown",
		"چنین موردی در میز مبالغ معلق نیست.", "There is no such item at the suspense desk.")
	ErrItemClosed = fault.Define(fault.Conflict, "suspense_closed",
		"این مورد پیش‌تر بسته شده است.", "This item is closed already.")
	ErrUnderWay = fault.Define(fault.Conflict, "suspense_under_way",
		"برگشت این پول از ارائه‌دهنده خواسته شده و پاسخ آن در راه است.", "The provider has been asked to reverse this money, and its answer is on the way.")
	ErrRemedy = fault.Define(fault.Conflict, "remedy_impossible",
		"این راه‌حل در وضع کنونی شدنی نیست؛ مورد را دوباره ببینید.", "This remedy cannot be carried out as things stand; look at the item again.")
	errRemedyName     = fault.Define(fault.Invalid, "remedy_unknown", "چنین راه‌حلی نیست.", "There is no such remedy.")
	errRemedyIBAN     = fault.Define(fault.Invalid, "remedy_iban", "شبای پرداخت‌کننده لازم است و درست نیست.", "The payer's IBAN is needed, and is not right.")
	errRemedyEvidence = fault.Define(fault.Invalid, "remedy_evidence",
		"شمارهٔ مدرک ارائه‌دهنده یا بانک لازم است (حداکثر ۱۰۰ نویسه).", "The reference of the provider's or bank's evidence is needed, of at most 100 characters.")
	errRemedyAmount = fault.Define(fault.Invalid, "remedy_amount",
		"مبلغی که مدرک ارائه‌دهنده نشان می‌دهد لازم است (به ریال، بیش از صفر).", "The amount that the provider's evidence shows is needed, in rial and above zero.")
	errRemedyBill = fault.Define(fault.Invalid, "remedy_bill",
		"قبضی باز با همین مبلغ و این دو شناسه نیست.", "There is no open bill of this amount with these two numbers.")
)

// Remedy is one way to end an item of the suspense desk.
type Remedy string

// The remedies. Each is new entries and steps of the payment's graph; nothing that stands is changed.
const (
	Apply     Remedy = "apply"     // pay the bills that the money came for
	ApplyTo   Remedy = "apply_to"  // pay another open bill of the same amount
	GiveBack  Remedy = "give_back" // pay it out to whoever paid it, by a transfer
	Reverse   Remedy = "reverse"   // let the provider give it back to the card
	ToDeposit Remedy = "top_up"    // add it to the office's deposit
	Dismiss   Remedy = "dismiss"   // no money stayed, by the provider's books
)

// Remedies lists them.
func Remedies() []Remedy { return []Remedy{Apply, ApplyTo, GiveBack, Reverse, ToDeposit, Dismiss} }

// Names says what a remedy does.
func (r Remedy) Names() fault.Text {
	return map[Remedy]fault.Text{
		Apply:     {FA: "قبض‌های خودش با این پول پرداخت شود", EN: "pay with it the bills that it came for"},
		ApplyTo:   {FA: "قبض باز دیگری با همین مبلغ پرداخت شود", EN: "pay with it another open bill of the same amount"},
		GiveBack:  {FA: "با حواله به پرداخت‌کننده پس داده شود", EN: "give it back to the payer by a transfer"},
		Reverse:   {FA: "ارائه‌دهنده آن را به کارت برگرداند", EN: "let the provider reverse it to the card"},
		ToDeposit: {FA: "به سپردهٔ دفتر افزوده شود", EN: "add it to the office's deposit"},
		Dismiss:   {FA: "بسته شود، چون به گواهی ارائه‌دهنده پولی نمانده است", EN: "close it, since no money stayed by the provider's word"},
	}[r]
}

// Item is one matter of the suspense desk.
type Item struct {
	ID         uuid.UUID
	Source     SourceKind
	SourceID   uuid.UUID
	OfficeID   uuid.UUID
	Provider   string
	Reason     string
	Amount     money.Rial // what stands in suspense for it; 0: not known to be ours
	Said       map[string]any
	OpenedAt   time.Time
	ClosedAt   time.Time // zero: it is open
	Remedy     Remedy
	ApprovalID uuid.UUID // of the remedy that closed it, or that is under way
}

// Open holds for an item that waits.
func (i Item) Open() bool { return i.ClosedAt.IsZero() }

// Proposal is a remedy for an item, with what it needs.
type Proposal struct {
	Item     uuid.UUID `json:"item"`
	Remedy   Remedy    `json:"remedy"`
	IBAN     string    `json:"iban,omitempty"`     // of the payer, to give back
	Evidence string    `json:"evidence,omitempty"` // reference of the provider's or bank's paper: to dismiss money, and to apply what was never confirmed
	Bill     string    `json:"bill_id,omitempty"`  // of the other bill
	Payment  string    `json:"payment_id,omitempty"`

	Amount money.Rial `json:"amount_rial,omitempty"` // that the evidence shows: of what was never confirmed
}

// check refuses a proposal that lacks what its remedy needs.
func (p *Proposal) check() error {
	switch {
	case !slices.Contains(Remedies(), p.Remedy):
		return errRemedyName.On("remedy")
	case len([]rune(p.Evidence)) > 100:
		return errRemedyEvidence.On("evidence")
	case p.Amount < 0:
		return errRemedyAmount.On("amount_rial")
	case p.Remedy == GiveBack:
		iban, err := identifiers.ParseIBAN(p.IBAN)
		if err != nil {
			return errRemedyIBAN.On("iban").Because(err)
		}
		p.IBAN = string(iban)
	case p.Remedy == ApplyTo:
		if _, err := bills.ParseMunicipalPair(p.Bill, p.Payment); err != nil {
			return errRemedyBill.On("bill_id").Because(err)
		}
	}
	return nil
}

// Suggestion is a remedy that is possible as things stand, and what it needs beside a reason.
type Suggestion struct {
	Remedy Remedy
	Text   fault.Text
	Needs  []string // "iban", "evidence", "amount_rial", "bill_id", "payment_id"
}

// Claim is where one due of a bill stands now.
type Claim struct {
	FiscalYear   int
	State        string
	OrderID      uuid.UUID // that holds or paid it
	ClaimedUntil time.Time
}

// BillNow is a bill as it stands now, with its dues.
type BillNow struct {
	MunicipalityID int
	ID             uuid.UUID
	OrderID        uuid.UUID
	Pair           bills.Pair
	Amount         money.Rial
	State          string
	Account        bool // its city has one that money can go to
	Claims         []Claim
}

// payable tells whether money for this bill's own order can pay it now: nobody else holds or has paid one of its dues.
func (b BillNow) payable(now time.Time) bool {
	if b.State != "open" && b.State != "cancelled" {
		return false
	}
	return !slices.ContainsFunc(b.Claims, func(c Claim) bool {
		own := c.OrderID == b.OrderID && (c.State == "claimed" || c.State == "paying")
		free := c.State == "released" || c.State == "claimed" && c.ClaimedUntil.Before(now)
		return !own && !free
	})
}

// Tale is the whole story of a payment, or of an item of the desk: what we sent, what came, what is in the books, and how things stand.
type Tale struct {
	Item        *Item // nil: it never was at the desk
	Payment     *Payment
	Line        *BankLine
	Steps       []Step
	Entries     []Posted
	OrderID     uuid.UUID
	OrderState  string
	Bills       []BillNow
	FeeTaken    bool     // the fee that the payment is to take is with another payment of its order
	Refunds     []Refund // what of the payment went back after it was captured, or is to: also by the payer's bank
	Payouts     []Payout // what of its items at the desk was given back by a transfer, or is to be
	Suggestions []Suggestion
}

// Posted is an entry of the books.
type Posted struct {
	At time.Time
	ledger.Entry
}

// suggest lists what is possible as things stand.
func (t Tale) suggest(now time.Time, window time.Duration) []Suggestion {
	if t.Item == nil || !t.Item.Open() || t.Item.ApprovalID != uuid.Nil {
		return nil
	}
	var list []Suggestion
	for _, r := range Remedies() {
		if needs, possible := t.needs(r, now, window); possible {
			list = append(list, Suggestion{r, r.Names(), needs})
		}
	}
	return list
}

// needs tells whether a remedy is possible, and what it needs. window is how long the payment's provider still reverses.
func (t Tale) needs(r Remedy, now time.Time, window time.Duration) ([]string, bool) {
	i, p := *t.Item, t.Payment
	switch r {
	case Apply:
		return t.needsToApply(now)
	case ApplyTo:
		return []string{"bill_id", "payment_id"}, i.Amount > 0 && (p == nil || !p.TopsUp())
	case GiveBack:
		return append([]string{"iban"}, t.proof()...), i.Amount > 0 || t.provable()
	case Reverse:
		return nil, p != nil && p.Method == ByGateway && p.Reference != "" && i.Amount > 0 && now.Before(p.CreatedAt.Add(window))
	case ToDeposit:
		return t.proof(), p != nil && (i.Amount > 0 || t.provable()) && (p.TopsUp() || p.Method == ByTerminal)
	default:
		if i.Amount > 0 {
			return []string{"evidence"}, true
		}
		return nil, true
	}
}

func (t Tale) needsToApply(now time.Time) (needs []string, possible bool) {
	if t.Payment == nil && t.Line == nil || len(t.Bills) == 0 || t.FeeTaken || slices.ContainsFunc(t.Bills, func(b BillNow) bool { return !b.payable(now) }) {
		return nil, false
	}
	if t.Line != nil {
		return nil, t.Item.Amount > 0 && t.Item.Amount == t.Bills[0].Amount && t.Bills[0].Account
	}
	return t.proof(), t.provable() || t.Item.Amount == t.Payment.Amount
}

// provable holds for a payment's money that was never confirmed to us, of which the provider's own paper may say how much there is. What counts for another payment is never
// ours twice.
func (t Tale) provable() bool {
	return t.Item.Amount == 0 && t.Payment != nil && t.Payment.Reason != duplicateReference
}

// proof is what people must give to use such money.
func (t Tale) proof() []string {
	if t.provable() {
		return []string{"evidence", "amount_rial"}
	}
	return nil
}

// Why a remedy is impossible where people can do something about it.
var (
	otherAmount = fault.Text{FA: "مبلغی که نزد ارائه‌دهنده است با مبلغ این قبض‌ها و کارمزدشان یکی نیست. آن را به پرداخت‌کننده پس بدهید یا به سپردهٔ دفتر بیفزایید؛ و اگر هنوز تأیید نشده است، شمارهٔ گزارش تسویه و مبلغ همان گزارش را بدهید.",
		EN: "What the provider has is not what these bills and their fee demand. Give it back to the payer or add it to the office's deposit; where it was never confirmed, give the reference of the settlement report and the amount that it shows."}
	feeTaken = fault.Text{FA: "کارمزد این سفارش را پرداخت دیگری گرفته است و دو بار گرفته نمی‌شود. این پول را به پرداخت‌کننده پس بدهید.",
		EN: "Another payment of this order has taken its fee, and it is not taken twice. Give this money back to the payer."}
)

// impossible is remedy_impossible with a reason.
func impossible(why fault.Text) error {
	e := *ErrRemedy
	e.Text = why
	return &e
}

// refusal says why a remedy that is not possible is not.
func (t Tale) refusal(r Remedy) error {
	switch {
	case r == Apply && t.FeeTaken:
		return impossible(feeTaken)
	case r == Apply && t.Item.Amount > 0 && (t.Payment != nil && t.Item.Amount != t.Payment.Amount || t.Line != nil && len(t.Bills) > 0 && t.Item.Amount != t.Bills[0].Amount):
		return impossible(otherAmount)
	}
	return ErrRemedy.With("remedy", string(r))
}

// Effect is what a remedy does, without the ids that it makes: it is the same in a dry run and when it is carried out.
type Effect struct {
	Entries  []Posted
	Payments []Change // steps of payments
	Bills    []Change
	Deposit  money.Rial // added to the office's deposit
	Payout   money.Rial // to be paid out to IBAN
	IBAN     string
	Receipt  bool // one is given
	Asks     bool // the provider is asked first, and all this follows when it says yes
}

// Change is a state before and after; From "" begins.
type Change struct {
	ID       uuid.UUID // Nil: it is made by the remedy
	From, To string
}

// sorted puts an effect in an order of its own, so that two can be compared.
func (e Effect) sorted() Effect {
	text := func(p Posted) string {
		body, _ := json.Marshal(p.Entry) // plain numbers and words
		return string(body)
	}
	slices.SortFunc(e.Entries, func(a, b Posted) int { return cmp.Compare(text(a), text(b)) })
	byState := func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.ID.String(), b.ID.String()), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	}
	slices.SortStableFunc(e.Payments, byState)
	slices.SortFunc(e.Bills, byState)
	return e
}
