package sales

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/posagent/internal/link"
)

// Run searches for unknown sales when their time comes, until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	const often = time.Second
	ticker := time.NewTicker(often)
	defer ticker.Stop()
	for {
		d.locked(func() {
			for _, a := range d.attempts {
				if a.open() && !d.options.Clock().Before(a.nextTry) {
					d.pursue(ctx, a)
				}
			}
		})
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Recover searches for an unknown sale at once, and tells where it stands meanwhile; what is known is only told. For a payment that was never brought here it takes the
// server's order, where there is one: once that has expired it is refused for ever, and its outcome says so. Errors: pos_payment_unknown, pos_order, pos_order_open,
// pos_order_forgotten, pos_journal.
func (d *Desk) Recover(ctx context.Context, payment uuid.UUID, signed string) (View, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, known := d.attempts[payment]
	switch {
	case !known && signed == "":
		return View{}, errNoSale
	case !known:
		return d.neverBegun(payment, signed)
	}
	if a.outcome == nil || !a.outcome.State.Final() {
		d.pursue(ctx, a)
	}
	return a.view(), nil
}

// pursue starts one search, unless one is under way. The caller holds mu.
func (d *Desk) pursue(ctx context.Context, a *attempt) {
	if a.active {
		return
	}
	a.active = true
	d.tell(a, Recovering)
	d.goDo(func() {
		d.line.Lock()
		defer d.line.Unlock()
		defer d.locked(func() { a.active = false })
		d.search(ctx, a)
	})
}

// search asks the terminal by the order number until something is certain, and says when to ask again where nothing is. The caller holds line.
func (d *Desk) search(ctx context.Context, a *attempt) {
	var found finding
	if !a.sentAt.IsZero() { // written once, by whoever was at it before
		found = d.find(ctx, a)
	}
	terminal := ""
	if len(found.records)+len(found.unnamed) > 0 {
		terminal = d.terminalID(ctx)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	outcome, decided := d.weigh(a, found, terminal)
	if !decided {
		outcome = d.unknown(a)
	}
	_ = d.conclude(a, outcome)
	a.nextTry = d.options.Clock().Add(d.options.Retries[min(a.tries, len(d.options.Retries)-1)])
	a.tries++
}

// weigh turns what was found into an outcome. The caller holds mu.
func (d *Desk) weigh(a *attempt, found finding, terminal string) (pcpos.Outcome, bool) {
	o := d.outcome(a)
	o.Evidence, o.Terminal = found.evidence, terminal
	switch {
	case a.sentAt.IsZero(): // its end could not be recorded before
		return d.declined(a, "not_recorded", pcpos.NotSent), true
	case len(found.records) > 0:
		return judgeRecords(o, a.order, found.records)
	case found.nothing && a.refusal != "":
		return d.declined(a, a.refusal, pcpos.ByRefusal), true
	case found.unnamed != nil:
		var taken []string
		for _, other := range d.attempts {
			if other != a && other.outcome != nil {
				taken = append(taken, other.outcome.RRN)
			}
		}
		if record, one := guess(a.order, a.sentAt, link.Standard().Total, found.unnamed, taken); one {
			o.Evidence = pcpos.ByAmount
			return judgeRecords(o, a.order, []pcpos.Record{record})
		}
	}
	return o, false
}

// finding is what the terminal's memory says of an order number.
type finding struct {
	records  []pcpos.Record // of this order, newest first
	evidence pcpos.Evidence
	nothing  bool           // the terminal searched, and has nothing: no proof by itself
	unnamed  []pcpos.Record // the last transactions without order numbers, of a terminal that cannot search
}

// find asks by search v2, search v1 and the last transactions with order numbers, and only a terminal that answers none of them for the last transactions without. An answer
// about another order is no answer.
func (d *Desk) find(ctx context.Context, a *attempt) finding {
	var all finding
	answered := false
	for _, function := range []pcpos.Function{pcpos.SearchSecond, pcpos.SearchFirst, pcpos.LastTransactionsByID} {
		records, err := d.ask(ctx, function, a.order.OrderID)
		if errors.Is(err, link.ErrUnreachable) || errors.Is(err, link.ErrBusy) {
			return finding{}
		}
		if err != nil {
			continue
		}
		answered = true
		own := slices.DeleteFunc(slices.Clone(records), func(r pcpos.Record) bool { return r.OrderID != a.order.OrderID })
		if len(own) > 0 {
			all = finding{records: own, evidence: pcpos.BySearch}
			if function == pcpos.LastTransactionsByID {
				all.evidence = pcpos.ByList
			}
			return all
		}
		all.nothing = all.nothing || len(records) == 0 && function != pcpos.LastTransactionsByID
	}
	if !answered {
		all.unnamed, _ = d.ask(ctx, pcpos.LastTransactions, "")
	}
	return all
}

func (d *Desk) ask(ctx context.Context, function pcpos.Function, order string) ([]pcpos.Record, error) {
	var call pcpos.Call
	var err error
	if function == pcpos.SearchFirst || function == pcpos.SearchSecond {
		call, err = pcpos.Search(function, order)
	} else {
		call, err = pcpos.Last(function, pcpos.MaxLast)
	}
	if err != nil {
		return nil, err
	}
	answer, err := d.options.Terminal.Ask(ctx, call)
	if err != nil {
		d.options.Log.Warn("the terminal did not answer a search", "function", int(function), "error", err)
		return nil, err
	}
	return pcpos.DecodeRecords(answer)
}

// terminalID is the number of the attached terminal, or "" where it does not say.
func (d *Desk) terminalID(ctx context.Context) string {
	answer, err := d.options.Terminal.Ask(ctx, pcpos.Call{Function: pcpos.DeviceInfo})
	if err != nil {
		return ""
	}
	device, err := pcpos.DecodeDevice(answer.Payload)
	if err != nil {
		return ""
	}
	return device.Terminal
}
