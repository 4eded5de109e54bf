package sales

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/posagent/internal/journal"
	"mofasa/tenants/fault"
)

// neverBegun is the code of an order that was refused for ever.
const neverBegun = "never_begun"

// begin learns since when the journal knows every sale, and opens an empty one.
func (d *Desk) begin(entries []journal.Entry) error {
	if len(entries) > 0 {
		d.since = entries[0].At
		return nil
	}
	d.since = d.options.Clock()
	return d.options.Journal.Append(journal.Entry{Kind: journal.Opened, At: d.since})
}

// remembers holds where the journal would know of a sale by this order. Without it "never" could be said of a card that was charged while another journal was in its place.
func (d *Desk) remembers(o pcpos.SaleOrder) bool { return o.Issued.Add(-pcpos.Leeway).After(d.since) }

// hindrance is why a new order cannot begin, or nil. The caller holds mu.
func (d *Desk) hindrance(o pcpos.SaleOrder) *fault.Error {
	if _, used := d.orders[o.OrderID]; used {
		return errOtherOrder.On("order_id")
	}
	standing := d.standing()
	switch {
	case standing == nil:
		return nil
	case standing.active:
		return errInProgress.With("payment_id", standing.order.PaymentID)
	}
	return errUnknownStands.With("payment_id", standing.order.PaymentID)
}

// turnAway refuses an order for ever and gives its signed outcome with the refusal. Where that cannot be recorded, or would be more than the journal knows, the refusal goes
// alone and holds for this once. The caller holds mu.
func (d *Desk) turnAway(o pcpos.SaleOrder, refusal *fault.Error) error {
	if d.stopped || !d.remembers(o) {
		return refusal
	}
	a, err := d.refuseForEver(o, pcpos.NotSent)
	if err != nil {
		return refusal.Because(err)
	}
	return refusal.With("outcome", a.signed)
}

// neverBegun refuses an expired order that nobody brought here in time. Before it expires nothing is said: somebody may still bring it. The caller holds mu.
func (d *Desk) neverBegun(payment uuid.UUID, signed string) (View, error) {
	o, err := pcpos.VerifyExpiredOrder(signed, d.options.ServerKeys, d.options.Device, d.options.Clock())
	switch {
	case errors.Is(err, pcpos.ErrNotExpired):
		return View{}, errOpenOrder
	case err != nil || o.PaymentID != payment:
		return View{}, errOrder.Because(err)
	case !d.remembers(o):
		return View{}, errForgotten
	case d.stopped:
		return View{}, errJournal.Because(errStopped)
	}
	a, err := d.refuseForEver(o, pcpos.NeverBegun)
	if err != nil {
		return View{}, errJournal.Because(err)
	}
	return a.view(), nil
}

// refuseForEver records that an order never begins, and only then lets anybody see the outcome. The caller holds mu.
func (d *Desk) refuseForEver(o pcpos.SaleOrder, evidence pcpos.Evidence) (*attempt, error) {
	a := turned(o, d.options.Clock())
	outcome := d.declined(a, neverBegun, evidence)
	signed, err := pcpos.SignOutcome(outcome, d.options.Key)
	if err == nil {
		err = d.options.Journal.Append(journal.Entry{Kind: journal.Never, PaymentID: o.PaymentID, At: a.createdAt, Order: &o, Outcome: &outcome, Signed: signed})
	}
	if err != nil {
		d.options.Log.Error("a refusal could not be recorded", "payment", o.PaymentID, "error", err)
		return nil, err
	}
	a.outcome, a.signed = &outcome, signed
	d.attempts[o.PaymentID] = a
	d.tell(a, Done)
	return a, nil
}

// turned is an attempt that never begins: neither the latest sale nor the owner of its order number.
func turned(o pcpos.SaleOrder, at time.Time) *attempt {
	return &attempt{order: o, createdAt: at, never: true, changed: make(chan struct{})}
}

func (d *Desk) replayNever(e journal.Entry) error {
	if e.Order == nil || e.Order.PaymentID != e.PaymentID || e.Outcome == nil || e.Signed == "" {
		return errSequence
	}
	a := turned(*e.Order, e.At)
	a.outcome, a.signed = e.Outcome, e.Signed
	d.attempts[e.PaymentID] = a
	return nil
}
