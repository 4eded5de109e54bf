package main

import (
	"fmt"
	"slices"
	"time"

	"mofasa/billing/payments"
)

// happening is one line of a story.
type happening struct {
	at   time.Time
	text string
}

// events are the steps of a payment, what went back of it and what was posted, in the order of their time.
func events(t payments.Tale) []happening {
	var list []happening
	add := func(at time.Time, format string, values ...any) {
		if !at.IsZero() {
			list = append(list, happening{at, fmt.Sprintf(format, values...)})
		}
	}
	for _, s := range t.Steps {
		add(s.At, " %-18s %s  by %s%s%s", s.Event, change(payments.Change{From: string(s.From), To: string(s.To)}), s.ActorKind, because(s.Reason), words(s.Said))
	}
	for _, r := range t.Refunds {
		what := fmt.Sprintf("%s %s of %s rial (%s)", r.Kind, r.ID, r.Amount.English(), billName(r.BillID))
		add(r.RequestedAt, "%s asked for%s", what, because(r.Reason))
		add(r.GrantedAt, "%s granted, by %s", what, r.Channel)
		add(r.AskedAt, "%s: the provider was last asked to reverse it", what)
		add(r.DoubtedAt, "%s: the provider cannot tell what it did", what)
		add(r.PaidAt, "%s paid, reference %s", what, dash(r.Reference))
	}
	for _, p := range t.Payouts {
		what := fmt.Sprintf("payout %s of %s rial to %s", p.ID, p.Amount.English(), p.IBAN)
		add(p.AskedAt, "%s asked for", what)
		add(p.PaidAt, "%s paid, reference %s", what, p.Reference)
	}
	for _, e := range t.Entries {
		add(e.At, "%s", entryText(e))
	}
	slices.SortStableFunc(list, func(a, b happening) int { return a.at.Compare(b.at) })
	return list
}
