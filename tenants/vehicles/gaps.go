package vehicles

import (
	"slices"
	"time"
)

// holes are the days from the first period on of which neither a period nor a declaration speaks.
func (t *timeline) holes() []span {
	if len(t.periods) == 0 {
		return nil
	}
	var covered []span
	for _, p := range t.periods {
		covered = append(covered, p.span())
	}
	for _, g := range t.gaps {
		covered = append(covered, g.span())
	}
	covered = append(covered, span{orNever(t.until), never}, span{never, never})
	slices.SortFunc(covered, func(a, b span) int { return a.from.Compare(b.from) })
	var found []span
	reached := t.periods[0].From
	for _, c := range covered {
		if c.from.After(reached) {
			found = append(found, span{reached, c.from})
		}
		if c.to.After(reached) {
			reached = c.to
		}
	}
	return found
}

// isOld tells whether a hole was there before: the register may have been loaded with holes, and no use case is refused for those that it leaves as they are.
// A history that had run out is not a hole to step over: what begins anew must say why nothing was known in between.
func (t *timeline) isOld(hole span) bool {
	return slices.ContainsFunc(t.before, func(old span) bool {
		return old.contains(hole) && (!old.to.Equal(never) || hole.to.Equal(never))
	})
}

// settle closes the open declarations that a running period ends, and declares with the reason the holes that this use case leaves; without a reason it
// refuses them.
func (t *timeline) settle(reason string) error {
	if t.runs() {
		t.closeGaps(t.periods[len(t.periods)-1].From)
	}
	for _, hole := range t.holes() {
		if t.isOld(hole) {
			continue
		}
		if reason == "" {
			return errGap.On("gap").With("history", t.name).With("from", hole.from.Format(time.DateOnly))
		}
		gap := Gap{History: t.name, From: hole.from, Reason: reason}
		if !hole.to.Equal(never) {
			gap.To = hole.to
		}
		t.newGaps = append(t.newGaps, gap)
	}
	t.gaps = append(t.gaps, t.newGaps...)
	return nil
}

// closeGaps ends open declarations on a day; one that begins later is stored as ended on its first day and declares nothing any more.
func (t *timeline) closeGaps(day time.Time) {
	t.closeOn = day
	for i := range t.gaps {
		if t.gaps[i].To.IsZero() {
			t.gaps[i].To = day
		}
	}
}

// declare adds a gap. One without an end first ends the period that runs: the plate is taken off, the owner has left.
func (t *timeline) declare(g Gap) error {
	if g.To.IsZero() && t.runs() {
		if err := t.end(g.From); err != nil {
			return err
		}
	}
	for _, p := range t.periods {
		if p.span().meets(g.span()) {
			return errGapCovered.On("from").With("history", t.name)
		}
	}
	for _, other := range t.gaps {
		if other.span().meets(g.span()) {
			return errGapDeclared.On("from").With("history", t.name)
		}
	}
	t.gaps = append(t.gaps, g)
	t.newGaps = append(t.newGaps, g)
	return nil
}
