package vehicles

import (
	"slices"
	"time"

	"mofasa/tenants/fault"
)

// History names one of a vehicle's dated relations; a stable code for storage and API.
type History string

// The histories of a vehicle.
const (
	PlateHistory     History = "plate"
	ResidenceHistory History = "residence"
	OwnerHistory     History = "owner"
)

// Period is what held from a day until the day before To; an absent To means that it still holds. Days are midnight UTC of Gregorian days, as stored.
// Which of Plate (canonical), Residence (a municipality's code) and Owner is set follows from the history.
type Period struct {
	From, To  time.Time
	Plate     string
	Residence int
	Owner     OwnerMark
}

// Gap declares that a history says nothing from a day until the day before To, and why; an absent To leaves its end open.
type Gap struct {
	History  History
	From, To time.Time
	Reason   string
}

var (
	errBeforePeriod = fault.Define(fault.Conflict, "day_before_period", "این روز پیش از آغاز دورهٔ جاری یا همان روز است.", "The day is not after the first day of the running period.")
	errLaterPeriod  = fault.Define(fault.Conflict, "period_later", "پس از این روز دورهٔ دیگری ثبت شده است.", "A period after this day is on record.")
	errOverlap      = fault.Define(fault.Conflict, "period_overlap", "دورهٔ درست‌شده با دورهٔ دیگری از همین سابقه هم‌پوشانی دارد.", "The corrected period overlaps another one of the history.")
	errGap          = fault.Define(fault.Conflict, "history_gap", "در سابقه روزهایی خالی می‌ماند؛ دلیل آن را بنویسید تا اعلام شود.",
		"The history would say nothing about some days; state the reason, which declares them.")
	errGapCovered   = fault.Define(fault.Conflict, "gap_covered", "در این روزها دوره‌ای ثبت شده است.", "A period covers some of these days.")
	errGapDeclared  = fault.Define(fault.Conflict, "gap_declared", "بخشی از این روزها پیش‌تر اعلام شده است.", "Some of these days are declared already.")
	errEntryUnknown = fault.Define(fault.NotFound, "entry_unknown", "دوره‌ای که از این روز آغاز شود ثبت نشده است.", "No period on record begins on this day.")
	errSame         = fault.Define(fault.Conflict, "entry_unchanged", "این مقدار همان است که ثبت شده است.", "This is what is on record already.")
)

// never stands for an open end.
var never = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// span is the days from the first to before the second.
type span struct{ from, to time.Time }

func (p Period) span() span { return span{p.From, orNever(p.To)} }
func (g Gap) span() span    { return span{g.From, orNever(g.To)} }

func orNever(day time.Time) time.Time {
	if day.IsZero() {
		return never
	}
	return day
}

func (s span) meets(o span) bool    { return s.from.Before(o.to) && o.from.Before(s.to) }
func (s span) contains(o span) bool { return !o.from.Before(s.from) && !o.to.After(s.to) }

// says tells whether two periods state the same, whenever they do.
func (p Period) says(q Period) bool {
	return p.Plate == q.Plate && p.Residence == q.Residence && p.Owner.Same(q.Owner)
}

// change is one row to write: a new period, or another shape of the one that begins on was.From.
type change struct {
	was *Period
	now Period
}

// timeline is one history of one vehicle, in the order of days, and what a use case does to it.
type timeline struct {
	name    History
	periods []Period
	gaps    []Gap
	until   time.Time // the day on which the vehicle left the register: from it on nothing is missing
	before  []span    // the undeclared holes that were there when it was loaded
	changes []change
	closeOn time.Time // when open declarations end, or absent
	newGaps []Gap
}

func (t *timeline) replace(i int, now Period) {
	was := t.periods[i]
	t.periods[i] = now
	t.changes = append(t.changes, change{was: &was, now: now})
}

// end closes the running period on a day; where none runs, nothing may be on record after the day.
func (t *timeline) end(day time.Time) error {
	if len(t.periods) == 0 {
		return nil
	}
	i := len(t.periods) - 1
	last := t.periods[i]
	switch {
	case last.To.After(day), !last.To.IsZero() && !last.From.Before(day):
		return errLaterPeriod.On("day").With("history", t.name)
	case !last.To.IsZero():
		return nil
	case !last.From.Before(day):
		return errBeforePeriod.On("day").With("history", t.name)
	}
	last.To = day
	t.replace(i, last)
	return nil
}

// refuseSame refuses a value that holds already: what goes on needs no new period.
func (t *timeline) refuseSame(p Period) error {
	if t.runs() && t.periods[len(t.periods)-1].says(p) {
		return errSame.On(string(t.name))
	}
	return nil
}

// runs tells whether the last period is open.
func (t *timeline) runs() bool {
	n := len(t.periods)
	return n > 0 && t.periods[n-1].To.IsZero()
}

// begin ends what runs and begins p on p.From.
func (t *timeline) begin(p Period) error {
	if err := t.end(p.From); err != nil {
		return err
	}
	t.periods = append(t.periods, p)
	t.changes = append(t.changes, change{now: p})
	return nil
}

// entry is the period that begins on a day.
func (t *timeline) entry(from time.Time) (Period, error) {
	for _, p := range t.periods {
		if p.From.Equal(from) {
			return p, nil
		}
	}
	return Period{}, errEntryUnknown.On("entry")
}

// correct puts right in the place of the period that begins on a day, which there must be. A neighbour that touched the wrong one keeps touching the right one, so that a day
// written wrongly is corrected in one step.
func (t *timeline) correct(from time.Time, right Period) error {
	i := slices.IndexFunc(t.periods, func(p Period) bool { return p.From.Equal(from) })
	wrong := t.periods[i]
	if wrong.says(right) && wrong.span() == right.span() && wrong.Owner.Identity == right.Owner.Identity { // an owner named again may be spelt better
		return errSame.On(string(t.name))
	}
	if i > 0 && t.periods[i-1].To.Equal(wrong.From) && !right.From.Equal(wrong.From) {
		previous := t.periods[i-1]
		previous.To = right.From
		t.replace(i-1, previous)
	}
	// The first day is the key: whoever leaves one goes first, so that the other can take it.
	earlier := right.From.Before(wrong.From)
	if earlier {
		t.replace(i, right)
	}
	if i+1 < len(t.periods) && t.periods[i+1].From.Equal(wrong.To) && !right.To.Equal(wrong.To) {
		next := t.periods[i+1]
		next.From = orNever(right.To)
		t.replace(i+1, next)
	}
	if !earlier {
		t.replace(i, right)
	}
	return t.checkOrder()
}

// checkOrder sorts the periods and refuses two that share a day and one that has none.
func (t *timeline) checkOrder() error {
	slices.SortFunc(t.periods, func(a, b Period) int { return a.From.Compare(b.From) })
	for i, p := range t.periods {
		if !p.span().from.Before(p.span().to) || i > 0 && t.periods[i-1].span().meets(p.span()) {
			return errOverlap.On(string(t.name)).With("from", p.From.Format(time.DateOnly))
		}
	}
	return nil
}

// absorb takes the other's periods over and gives those that it took. What this history says already, over all the same days, stays where it is.
func (t *timeline) absorb(other *timeline) ([]Period, error) {
	var moved []Period
	for _, p := range other.periods {
		met := slices.IndexFunc(t.periods, func(k Period) bool { return k.span().meets(p.span()) })
		if met < 0 {
			moved = append(moved, p)
			continue
		}
		if kept := t.periods[met]; !kept.says(p) || !kept.span().contains(p.span()) {
			return nil, errMergeOverlap.On("duplicate").With("history", t.name).With("from", p.From.Format(time.DateOnly))
		}
	}
	t.periods = append(t.periods, moved...)
	t.gaps = append(t.gaps, other.gaps...)
	t.before = append(t.before, other.before...)
	return moved, t.checkOrder()
}
