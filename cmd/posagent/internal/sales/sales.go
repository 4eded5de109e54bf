// Package sales is what a terminal agent knows of its sales: one at a time, each recorded before it is sent, each brought to a signed outcome, and none begun while the
// outcome of another is unknown.
package sales

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/posagent/internal/journal"
	"mofasa/cmd/posagent/internal/link"
	"mofasa/tenants/fault"
)

// What a sale is refused with. None of them has sent anything to the terminal.
var (
	errOrder = fault.Define(fault.Invalid, "pos_order", "این دستور پرداخت امضای سامانه را ندارد، برای این دستگاه نیست، یا مهلتش گذشته است.",
		"This sale order is not signed by the server, is not for this device, or has expired.")
	errOtherOrder = fault.Define(fault.Conflict, "pos_order_changed", "این پرداخت یا این شمارهٔ سفارش پیش‌تر با محتوای دیگری آمده است.",
		"This payment or order number was here before with other contents.")
	errUnknownStands = fault.Define(fault.Conflict, "pos_unknown_stands", "نتیجهٔ پرداخت پیشین هنوز نامعلوم است؛ تا روشن نشود پرداخت تازه آغاز نمی‌شود.",
		"The outcome of an earlier payment is still unknown; no other begins before it is known.")
	errInProgress = fault.Define(fault.Conflict, "pos_in_progress", "کارت‌خوان در حال انجام پرداخت دیگری است.", "The terminal is at another payment.")
	errNoSale     = fault.Define(fault.NotFound, "pos_payment_unknown", "این دستگاه چنین پرداختی را نمی‌شناسد.", "This device knows no such payment.")
	errJournal    = fault.Define(fault.Unavailable, "pos_journal", "ثبت پرداخت روی دیسک ممکن نشد؛ چیزی به کارت‌خوان نرفت.", "The payment could not be recorded on disk; nothing was sent to the terminal.")
	errNever      = fault.Define(fault.Conflict, "pos_order_refused", "این دستور پرداخت پیش‌تر رد شده است و هرگز آغاز نمی‌شود؛ چیزی از کارت کم نشد.",
		"This sale order was refused before and never begins. The card was not charged.")
	errOpenOrder = fault.Define(fault.Conflict, "pos_order_open", "مهلت این دستور پرداخت هنوز نگذشته است و ممکن است آغاز شود.", "This sale order has not expired yet; a sale may still begin by it.")
	errForgotten = fault.Define(fault.Conflict, "pos_order_forgotten", "دفتر این برنامه از این دستور پرداخت تازه‌تر است و نمی‌تواند دربارهٔ آن گواهی دهد.",
		"This agent's journal is younger than the order, so that it cannot speak for it.")
	errRelease = fault.Define(fault.Invalid, "pos_release", "این آزادسازی امضای سامانه را ندارد یا برای این پرداخت نیست.", "This release is not signed by the server, or not for this payment.")
)

// Terminal is the wire to the device; link.Terminal is one.
type Terminal interface {
	Sell(ctx context.Context, request pcpos.Frame, steps link.Steps) error
	Ask(ctx context.Context, call pcpos.Call) (pcpos.Call, error)
}

// Options are what a Desk works with.
type Options struct {
	Journal    *journal.Journal
	Terminal   Terminal
	Device     uuid.UUID          // this agent, as the server knows it
	Key        ed25519.PrivateKey // of this agent
	ServerKeys pcpos.Keys
	Clock      func() time.Time
	Retries    []time.Duration // between searches for an unknown sale; the last one repeats. Empty: 30 s, 2 min, 10 min
	Log        *slog.Logger
}

// Desk is the agent's state. It is safe for concurrent use.
type Desk struct {
	options Options
	line    sync.Mutex // one connection to the terminal at a time
	work    sync.WaitGroup

	mu       sync.Mutex
	attempts map[uuid.UUID]*attempt
	orders   map[string]uuid.UUID
	latest   uuid.UUID
	since    time.Time // the journal knows every sale that began after it
	stopped  bool
}

// attempt is one sale. Its fields are guarded by the desk's mu.
type attempt struct {
	order     pcpos.SaleOrder
	createdAt time.Time
	sentAt    time.Time // zero: the request has not left
	refusal   string    // the terminal's own word that it took nothing
	outcome   *pcpos.Outcome
	signed    string
	heard     string // the terminal's code, where it made nothing certain
	released  bool
	never     bool // its order was refused for ever
	active    bool // a goroutine is at it
	tries     int
	nextTry   time.Time
	events    []Event
	changed   chan struct{} // closed at the next event
}

// phase is where an attempt stands that nobody is at. The caller holds mu.
func (a *attempt) phase() Phase {
	switch {
	case a.outcome != nil && a.outcome.State.Final():
		return Done
	case a.released:
		return Released
	}
	return Unknown
}

// New makes a desk of what the journal holds. What was never sent is concluded as such; what was sent and has no outcome is unknown, and due for a search at once.
func New(o Options, entries []journal.Entry) (*Desk, error) {
	if len(o.Retries) == 0 {
		o.Retries = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute}
	}
	d := &Desk{options: o, attempts: map[uuid.UUID]*attempt{}, orders: map[string]uuid.UUID{}}
	if err := d.begin(entries); err != nil {
		return nil, err
	}
	for i, e := range entries {
		if err := d.replay(e); err != nil {
			return nil, fmt.Errorf("journal entry %d: %w", i+1, err)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.attempts {
		if err := d.resume(a); err != nil {
			return nil, err
		}
	}
	return d, nil
}

var errSequence = errors.New("facts contradict each other")

func (d *Desk) replay(e journal.Entry) error {
	a := d.attempts[e.PaymentID]
	if first := e.Kind == journal.Opened || e.Kind == journal.Created || e.Kind == journal.Never; (a == nil) != first {
		return errSequence
	}
	switch e.Kind {
	case journal.Opened:
	case journal.Never:
		return d.replayNever(e)
	case journal.Created:
		if e.Order == nil || e.Order.PaymentID != e.PaymentID {
			return errSequence
		}
		d.add(*e.Order, e.At)
	case journal.Sending:
		a.sentAt = e.At
	case journal.Refused:
		a.refusal = e.Refusal
	case journal.Outcome:
		if e.Outcome == nil || e.Signed == "" {
			return errSequence
		}
		a.outcome, a.signed = e.Outcome, e.Signed
	case journal.Released:
		a.released = true
	default:
		return errSequence
	}
	return nil
}

// resume concludes what a killed process left open. The caller holds mu.
func (d *Desk) resume(a *attempt) error {
	var err error
	switch {
	case a.outcome == nil && a.sentAt.IsZero():
		err = d.conclude(a, d.declined(a, "interrupted", pcpos.NotSent))
	case a.outcome == nil:
		err = d.conclude(a, d.unknown(a))
	default:
		d.tell(a, a.phase())
	}
	a.nextTry = d.options.Clock()
	return err
}

// add opens an attempt. The caller holds mu, or is alone.
func (d *Desk) add(o pcpos.SaleOrder, at time.Time) *attempt {
	a := &attempt{order: o, createdAt: at, changed: make(chan struct{})}
	d.attempts[o.PaymentID], d.orders[o.OrderID], d.latest = a, o.PaymentID, o.PaymentID
	return a
}

// open holds for a sale whose end is not known. The caller holds mu.
func (a *attempt) open() bool {
	return a.outcome == nil || !a.outcome.State.Final() && !a.released
}

// standing is the sale that keeps another from beginning, or nil. The caller holds mu.
func (d *Desk) standing() *attempt {
	for _, a := range d.attempts {
		if a.open() {
			return a
		}
	}
	return nil
}

// Wait returns once nothing is under way any more; no sale begins afterwards.
func (d *Desk) Wait() {
	d.mu.Lock()
	d.stopped = true
	d.mu.Unlock()
	d.work.Wait()
}

// goDo runs f unless the desk has stopped. The caller holds mu.
func (d *Desk) goDo(f func()) {
	if !d.stopped {
		d.work.Go(f)
	}
}
