package sales

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/posagent/internal/journal"
	"mofasa/cmd/posagent/internal/link"
)

// Start begins the sale that the server has signed, once: asked again with the same order it tells where that sale stands. The sale goes on by itself until ctx, the
// agent's life, ends. An order that is refused though the server meant it for this agent is refused for ever, and its refusal carries the signed outcome.
// Errors: pos_order, pos_order_changed, pos_unknown_stands, pos_in_progress, pos_order_refused, pos_journal.
func (d *Desk) Start(ctx context.Context, signed string) (View, error) {
	now := d.options.Clock()
	order, err := pcpos.VerifySaleOrder(signed, d.options.ServerKeys, d.options.Device, now)
	if err != nil {
		return View{}, errOrder.Because(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if a, known := d.attempts[order.PaymentID]; known {
		if !same(a.order, order) {
			return View{}, errOtherOrder.On("payment_id")
		}
		if a.never {
			return View{}, errNever.With("outcome", a.signed)
		}
		return a.view(), nil
	}
	if refusal := d.hindrance(order); refusal != nil {
		return View{}, d.turnAway(order, refusal)
	}
	if d.stopped {
		return View{}, errJournal.Because(errStopped)
	}
	if err := d.options.Journal.Append(journal.Entry{Kind: journal.Created, PaymentID: order.PaymentID, At: now, Order: &order}); err != nil {
		return View{}, errJournal.Because(err)
	}
	a := d.add(order, now)
	a.active = true
	d.tell(a, Connecting)
	d.goDo(func() { d.sell(ctx, a) })
	return a.view(), nil
}

var errStopped = errors.New("the agent is ending")

// same compares orders but for when they expire: the server may sign one again.
func same(a, b pcpos.SaleOrder) bool {
	a.Expires, b.Expires = time.Time{}, time.Time{}
	one, errOne := json.Marshal(a)
	two, errTwo := json.Marshal(b)
	return errors.Join(errOne, errTwo) == nil && string(one) == string(two)
}

// sell carries an attempt out.
func (d *Desk) sell(ctx context.Context, a *attempt) {
	d.line.Lock()
	defer d.line.Unlock()
	defer d.locked(func() { a.active = false })
	err := d.take(ctx, a)
	if err == nil && !d.undecided(a) {
		return
	}
	switch code := refusals(err); {
	case errors.Is(err, link.ErrUnreachable), errors.Is(err, link.ErrBusy), errors.Is(err, link.ErrNotSent):
		d.settle(a, d.declined(a, code, pcpos.NotSent))
		return
	case code != "":
		d.refuse(a, code)
	default:
		d.settle(a, d.unknown(a))
	}
	d.search(ctx, a)
}

// refusals is our code for the terminal's own word that it took nothing, or for what kept the request here; "" where nobody can tell.
func refusals(err error) string {
	for known, code := range map[error]string{link.ErrUnreachable: "unreachable", link.ErrBusy: "busy", link.ErrNotSent: "not_recorded", link.ErrRefused: "refused", link.ErrCancelled: "cancelled"} {
		if errors.Is(err, known) {
			return code
		}
	}
	return ""
}

func (d *Desk) take(ctx context.Context, a *attempt) error {
	request, err := a.order.Sale().Request()
	if err != nil {
		return errors.Join(link.ErrNotSent, err)
	}
	frame, err := request.Frame()
	if err != nil {
		return errors.Join(link.ErrNotSent, err)
	}
	return d.options.Terminal.Sell(ctx, frame, link.Steps{
		Connected: func() { d.locked(func() { d.tell(a, Connected) }) },
		Sending: func() error {
			var err error
			d.locked(func() { err = d.record(a) })
			return err
		},
		Waiting: func() { d.locked(func() { d.tell(a, Waiting) }) },
		Answered: func(r pcpos.Response) error {
			var err error
			d.locked(func() {
				a.heard = r.Code
				if outcome, decided := judgeResponse(d.outcome(a), a.order, r); decided {
					err = d.conclude(a, outcome)
				}
			})
			return err
		},
	})
}

func (d *Desk) locked(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// record makes the sale durable as one that may be charged from now on.
func (d *Desk) record(a *attempt) error {
	now := d.options.Clock()
	if err := d.options.Journal.Append(journal.Entry{Kind: journal.Sending, PaymentID: a.order.PaymentID, At: now}); err != nil {
		return err
	}
	a.sentAt = now
	return nil
}

func (d *Desk) undecided(a *attempt) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return a.outcome == nil
}

func (d *Desk) refuse(a *attempt, code string) {
	d.locked(func() {
		if err := d.options.Journal.Append(journal.Entry{Kind: journal.Refused, PaymentID: a.order.PaymentID, At: d.options.Clock(), Refusal: code}); err != nil {
			d.options.Log.Error("a refusal could not be recorded", "payment", a.order.PaymentID, "error", err)
			return // a search alone then decides
		}
		a.refusal = code
	})
}

func (d *Desk) settle(a *attempt, o pcpos.Outcome) { d.locked(func() { _ = d.conclude(a, o) }) }

// conclude signs and records an outcome, and only then lets anybody see it. Where that fails the sale stays open, and blocks the next. The caller holds mu.
func (d *Desk) conclude(a *attempt, o pcpos.Outcome) error {
	if a.outcome != nil && (a.outcome.State.Final() || a.outcome.State == o.State) {
		d.tell(a, a.phase())
		return nil
	}
	signed, err := pcpos.SignOutcome(o, d.options.Key)
	if err == nil {
		err = d.options.Journal.Append(journal.Entry{Kind: journal.Outcome, PaymentID: a.order.PaymentID, At: o.At, Outcome: &o, Signed: signed})
	}
	if err != nil {
		d.options.Log.Error("an outcome could not be recorded", "payment", a.order.PaymentID, "state", o.State, "error", err)
		d.tell(a, Unknown)
		return err
	}
	a.outcome, a.signed = &o, signed
	d.tell(a, a.phase())
	return nil
}

// outcome is what every outcome of an attempt begins with.
func (d *Desk) outcome(a *attempt) pcpos.Outcome {
	return pcpos.Outcome{PaymentID: a.order.PaymentID, DeviceID: d.options.Device, OrderID: a.order.OrderID, Amount: a.order.Amount, At: d.options.Clock().UTC().Truncate(time.Second)}
}

func (d *Desk) declined(a *attempt, code string, evidence pcpos.Evidence) pcpos.Outcome {
	o := d.outcome(a)
	o.State, o.Code, o.Evidence = pcpos.StateDeclined, code, evidence
	return o
}

func (d *Desk) unknown(a *attempt) pcpos.Outcome {
	o := d.outcome(a)
	o.State, o.Code, o.Evidence = pcpos.StateUnknown, a.heard, pcpos.NoEvidence
	return o
}

// Release ends the blocking of an unknown sale that the server has settled elsewhere. Errors: pos_release, pos_payment_unknown, pos_journal.
func (d *Desk) Release(payment uuid.UUID, signed string) (View, error) {
	now := d.options.Clock()
	freed, err := pcpos.VerifyRelease(signed, d.options.ServerKeys, d.options.Device, now)
	if err != nil || freed != payment {
		return View{}, errRelease.Because(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	a, known := d.attempts[payment]
	switch {
	case !known:
		return View{}, errNoSale
	case a.active:
		return View{}, errInProgress
	case a.open() && a.outcome != nil:
		if err := d.options.Journal.Append(journal.Entry{Kind: journal.Released, PaymentID: payment, At: now}); err != nil {
			return View{}, errJournal.Because(err)
		}
		a.released = true
		d.tell(a, Released)
	}
	return a.view(), nil
}
