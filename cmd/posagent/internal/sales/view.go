package sales

import (
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/billing/payments/pcpos"
	"mofasa/tenants/fault"
)

// Phase is how far a sale has come. The protocol says nothing between the acknowledgement of the request and the answer, so Waiting covers card and PIN.
type Phase string

// The phases, in the order of a good sale; Recovering and Unknown may alternate.
const (
	Connecting Phase = "connecting"
	Connected  Phase = "connected"
	Waiting    Phase = "waiting_for_card"
	Recovering Phase = "recovering"
	Unknown    Phase = "unknown"
	Done       Phase = "done"
	Released   Phase = "released"
)

// Event is one step of a sale, as the page sees it.
type Event struct {
	Number int       `json:"number"` // from 1
	Phase  Phase     `json:"phase"`
	At     time.Time `json:"at"`
}

// Pending is the state of a sale that has no outcome yet.
const Pending pcpos.State = "pending"

// View is where a sale stands. Outcome is the signed word for the server; what stands beside it is for the page to show.
type View struct {
	PaymentID uuid.UUID   `json:"payment_id"`
	OrderID   string      `json:"order_id"`
	Amount    money.Rial  `json:"amount_rial"`
	Phase     Phase       `json:"phase"`
	State     pcpos.State `json:"state"`
	Message   fault.Text  `json:"message"`
	Outcome   string      `json:"outcome,omitempty"`
	Code      string      `json:"code,omitempty"`
	Charged   money.Rial  `json:"charged_rial,omitempty"`
	RRN       string      `json:"rrn,omitempty"`
	MaskedPAN string      `json:"masked_pan,omitempty"`
	Terminal  string      `json:"terminal,omitempty"`
	CreatedAt time.Time   `json:"created_at"`
	UpdatedAt time.Time   `json:"updated_at"`
	NextTry   *time.Time  `json:"next_search_at,omitempty"` // of an unknown sale
}

// tell adds an event. The caller holds mu.
func (d *Desk) tell(a *attempt, p Phase) {
	const most = 200 // of a sale that stays unknown for days, the oldest go
	number := 1
	if n := len(a.events); n > 0 {
		number = a.events[n-1].Number + 1
	}
	a.events = append(a.events, Event{Number: number, Phase: p, At: d.options.Clock()})
	if len(a.events) > most {
		a.events = a.events[len(a.events)-most:]
	}
	close(a.changed)
	a.changed = make(chan struct{})
}

// view copies an attempt for its reader. The caller holds mu.
func (a *attempt) view() View {
	last := a.events[len(a.events)-1]
	v := View{PaymentID: a.order.PaymentID, OrderID: a.order.OrderID, Amount: a.order.Amount, Phase: last.Phase, State: Pending, CreatedAt: a.createdAt, UpdatedAt: last.At}
	if o := a.outcome; o != nil {
		v.State, v.Outcome, v.Code, v.Charged, v.RRN, v.MaskedPAN, v.Terminal = o.State, a.signed, o.Code, o.Charged, o.RRN, o.MaskedPAN, o.Terminal
		if next := a.nextTry; a.open() && !next.IsZero() {
			v.NextTry = &next
		}
	}
	v.Message = message(v)
	return v
}

// Get tells where a sale stands, or pos_payment_unknown.
func (d *Desk) Get(payment uuid.UUID) (View, error) {
	v, _, _, err := d.Follow(payment, 0)
	return v, err
}

// Follow gives a sale, its events after the given number, and a channel that is closed at the next one.
func (d *Desk) Follow(payment uuid.UUID, after int) (View, []Event, <-chan struct{}, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, known := d.attempts[payment]
	if !known {
		return View{}, nil, nil, errNoSale
	}
	var news []Event
	for _, e := range a.events {
		if e.Number > after {
			news = append(news, e)
		}
	}
	return a.view(), news, a.changed, nil
}

// Summary is what the agent says of itself.
type Summary struct {
	State  string `json:"state"`            // ready, busy, or unknown: a sale's outcome is not known, and no other may begin
	Sale   *View  `json:"sale,omitempty"`   // that keeps another from beginning
	Latest *View  `json:"latest,omitempty"` // the last one begun
}

// Status sums the desk up.
func (d *Desk) Status() Summary {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := Summary{State: "ready"}
	if a, any := d.attempts[d.latest]; any {
		v := a.view()
		s.Latest = &v
	}
	if a := d.standing(); a != nil {
		v := a.view()
		s.State, s.Sale = "unknown", &v
		if a.active && a.outcome == nil {
			s.State = "busy"
		}
	}
	return s
}

// message is what the page shows to the operator.
func message(v View) fault.Text {
	switch v.State {
	case pcpos.StateApproved:
		return fault.Text{FA: "پرداخت انجام شد.", EN: "Paid."}
	case pcpos.StateMismatch:
		return fault.Text{FA: "کارت‌خوان مبلغ یا پایانهٔ دیگری اعلام کرد؛ دوباره نگیرید و به پشتیبانی خبر دهید.", EN: "The terminal reports another amount or terminal; do not collect again, and tell support."}
	case pcpos.StateDeclined:
		if own, ok := ownCodes[v.Code]; ok {
			return own
		}
		return pcpos.Lookup(v.Code).Text
	case pcpos.StateUnknown:
		if v.Phase == Released {
			return fault.Text{FA: "سامانه این پرداخت را از راه دیگری روشن کرده است.", EN: "The server has settled this payment elsewhere."}
		}
		return fault.Text{FA: "نتیجهٔ پرداخت نامعلوم است؛ دوباره نگیرید. سامانه از کارت‌خوان می‌پرسد.", EN: "The outcome is unknown; do not collect again. The terminal is being asked."}
	}
	return phases[v.Phase]
}

var phases = map[Phase]fault.Text{
	Connecting: {FA: "در حال اتصال به کارت‌خوان…", EN: "Connecting to the terminal…"},
	Connected:  {FA: "کارت‌خوان وصل شد.", EN: "The terminal is connected."},
	Waiting:    {FA: "کارت را بکشید و رمز را وارد کنید.", EN: "Swipe the card and enter the PIN."},
	Recovering: {FA: "در حال پرسیدن نتیجه از کارت‌خوان…", EN: "Asking the terminal for the outcome…"},
	Unknown:    {FA: "نتیجهٔ پرداخت نامعلوم است؛ دوباره نگیرید.", EN: "The outcome is unknown; do not collect again."},
}

// ownCodes are the agent's own reasons why a card was surely not charged.
var ownCodes = map[string]fault.Text{
	"unreachable":  {FA: "کارت‌خوان در دسترس نیست؛ روشن بودن و شبکهٔ آن را ببینید. چیزی از کارت کم نشد.", EN: "The terminal cannot be reached; see that it is on and in the network. The card was not charged."},
	"busy":         {FA: "کارت‌خوان آماده نیست؛ کمی بعد دوباره بفرستید. چیزی از کارت کم نشد.", EN: "The terminal is not ready; try again shortly. The card was not charged."},
	"not_recorded": {FA: "ثبت پرداخت روی دیسک ممکن نشد و چیزی به کارت‌خوان نرفت.", EN: "The payment could not be recorded on disk, and nothing was sent to the terminal."},
	"interrupted":  {FA: "برنامه پیش از فرستادن پرداخت بسته شد؛ چیزی از کارت کم نشد.", EN: "The program ended before the payment was sent. The card was not charged."},
	"cancelled":    {FA: "مشتری در کارت‌خوان انصراف داد.", EN: "The customer cancelled at the terminal."},
	neverBegun:     {FA: "این پرداخت در این دستگاه آغاز نشد و دیگر آغاز نمی‌شود؛ چیزی از کارت کم نشد.", EN: "This payment was not begun at this device, and never will be. The card was not charged."},
	"refused":      {FA: "کارت‌خوان درخواست را نپذیرفت؛ چیزی از کارت کم نشد.", EN: "The terminal refused the request. The card was not charged."},
}
