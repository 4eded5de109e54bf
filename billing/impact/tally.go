package impact

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

// Tally sums what it is given, vehicle by vehicle in any order. Its size depends on the number of cities and years, never on that of vehicles. It is for one
// goroutine; Merge brings several together.
type Tally struct {
	plan          *Plan
	before, after []dues.Amounts // of the vehicle at hand
	report        Report         // its counts and its total
	classes       map[tariffs.Class]*Sums
	years         []Sums // by place in the plan
	cities        []Sums // by id
	largest       largest
}

// highestCity is the highest municipality code there is.
const highestCity = 999

// NewTally makes an empty tally.
func NewTally(p *Plan) *Tally {
	return &Tally{plan: p, classes: map[tariffs.Class]*Sums{}, years: make([]Sums, len(p.years)), cities: make([]Sums, highestCity+1)}
}

// Add counts one vehicle; its tariffs, day and window become the plan's. Each vehicle is added once, with all that is known of it. The error is
// preview_overflow, or a defect; the tally is useless then.
func (t *Tally) Add(id uuid.UUID, f *dues.Facts) error {
	f.On, f.Window = t.plan.on, t.plan.window
	t.report.Vehicles++
	var errBefore, errAfter error
	f.Tariffs = t.plan.before
	t.before, errBefore = dues.AssessAmounts(f, t.before[:0])
	f.Tariffs = t.plan.after
	t.after, errAfter = dues.AssessAmounts(f, t.after[:0])
	if err := cmp.Or(errBefore, errAfter); err != nil {
		t.refuse(err)
		return nil
	}
	return t.compare(id, &f.Vehicle)
}

// refuse counts a vehicle that cannot be reckoned; one such vehicle does not stop a preview.
func (t *Tally) refuse(err error) {
	if errors.Is(err, money.ErrOverflow) || errors.Is(err, money.ErrInexact) {
		t.report.Unreckonable++
		return
	}
	t.report.Contradicting++
}

// compare pairs the dues of both sides: which dues there are does not depend on the tariffs.
func (t *Tally) compare(id uuid.UUID, v *dues.Vehicle) error {
	if len(t.before) != len(t.after) {
		return fmt.Errorf("impact: %d dues before and %d after", len(t.before), len(t.after))
	}
	owedBefore, owesAfter := false, false
	for i := range t.before {
		b, a := &t.before[i], &t.after[i]
		if b.MunicipalityID != a.MunicipalityID || b.FiscalYear != a.FiscalYear {
			return fmt.Errorf("impact: due %d of municipality %d is due %d of %d after", b.FiscalYear, b.MunicipalityID, a.FiscalYear, a.MunicipalityID)
		}
		if !t.plan.counts(b) {
			continue
		}
		if b.State == dues.Paid || b.State == dues.Claimed {
			t.report.Settled++
			continue
		}
		owedBefore = owedBefore || b.Balance > 0
		owesAfter = owesAfter || a.Balance > 0 || a.State != dues.Assessed && a.State != dues.Exempt
		t.count(b, a)
		if err := t.sum(v.Class, b, a); err != nil {
			return err
		}
		if b.Balance != a.Balance && t.largest.admits(size(b.Balance, a.Balance)) {
			t.largest.offer(Change{VehicleID: id, Class: v.Class, TypeCode: v.TypeCode, Year: b.FiscalYear, MunicipalityID: b.MunicipalityID,
				Before: b.Balance, After: a.Balance, StateBefore: b.State, StateAfter: a.State})
		}
	}
	if owedBefore && !owesAfter {
		t.report.NewlyZero++
	}
	return nil
}

func (t *Tally) count(b, a *dues.Amounts) {
	t.report.VehicleYears++
	t.report.States.add(b, func(s *Sides) *int64 { return &s.Before })
	t.report.States.add(a, func(s *Sides) *int64 { return &s.After })
	if b.Balance <= t.plan.threshold && a.Balance > t.plan.threshold {
		t.report.NewlyAbove++
	}
}

func (c *StateCounts) add(a *dues.Amounts, side func(*Sides) *int64) {
	if a.Unrated {
		*side(&c.Unrated)++
	}
	switch a.State {
	case dues.Exempt:
		*side(&c.Exempt)++
	case dues.UnderReview:
		*side(&c.UnderReview)++
	case dues.MissingTariff:
		*side(&c.MissingTariff)++
	case dues.MissingValuation:
		*side(&c.MissingValuation)++
	case dues.MissingResidence:
		*side(&c.MissingResidence)++
	}
}

// sum adds a due wherever it belongs. Balances are never negative, so that whether a sum overflows does not depend on the order.
func (t *Tally) sum(class tariffs.Class, b, a *dues.Amounts) error {
	ofClass, known := t.classes[class]
	if !known {
		ofClass = &Sums{}
		t.classes[class] = ofClass
	}
	one := Sums{VehicleYears: 1, Before: b.Balance, After: a.Balance}
	if b.Balance != a.Balance {
		one.Changed = 1
	}
	year, _ := slices.BinarySearch(t.plan.years, b.FiscalYear)
	for _, s := range [...]*Sums{&t.report.Total, ofClass, &t.years[year], &t.cities[b.MunicipalityID]} {
		if err := s.add(&one); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sums) add(other *Sums) (err error) {
	s.VehicleYears += other.VehicleYears
	s.Changed += other.Changed
	if s.Before, err = s.Before.Add(other.Before); err != nil {
		return errOverflow.Because(err)
	}
	if s.After, err = s.After.Add(other.After); err != nil {
		return errOverflow.Because(err)
	}
	return nil
}

// Merge adds what another tally of the same plan has counted. Errors: preview_overflow.
func (t *Tally) Merge(other *Tally) error {
	t.report.merge(&other.report)
	for class, sums := range other.classes {
		if _, known := t.classes[class]; !known {
			t.classes[class] = &Sums{}
		}
		if err := t.classes[class].add(sums); err != nil {
			return err
		}
	}
	for _, pair := range [][2][]Sums{{t.years, other.years}, {t.cities, other.cities}} {
		for i := range pair[1] {
			if err := pair[0][i].add(&pair[1][i]); err != nil {
				return err
			}
		}
	}
	for _, c := range other.largest {
		t.largest.offer(c)
	}
	return t.report.Total.add(&other.report.Total)
}

func (r *Report) merge(other *Report) {
	r.Vehicles += other.Vehicles
	r.VehicleYears += other.VehicleYears
	r.Settled += other.Settled
	r.NewlyZero += other.NewlyZero
	r.NewlyAbove += other.NewlyAbove
	r.Contradicting += other.Contradicting
	r.Unreckonable += other.Unreckonable
	own, others := r.States.all(), other.States.all()
	for i := range own {
		own[i].Before += others[i].Before
		own[i].After += others[i].After
	}
}

func (c *StateCounts) all() [6]*Sides {
	return [...]*Sides{&c.Exempt, &c.UnderReview, &c.MissingTariff, &c.MissingValuation, &c.MissingResidence, &c.Unrated}
}

// Report is what has been counted so far. names knows the municipalities; one that it does not know stands there by its id alone.
func (t *Tally) Report(names map[int]Municipality) Report {
	r := t.report
	r.On, r.Years, r.Threshold, r.Largest = t.plan.on, t.plan.years, t.plan.threshold, t.largest.sorted()
	r.Total.end()
	r.ByClass, r.ByYear, r.ByMunicipality = []ClassSums{}, []YearSums{}, []MunicipalitySums{}
	for _, class := range slices.Sorted(maps.Keys(t.classes)) {
		r.ByClass = append(r.ByClass, ClassSums{class, t.classes[class].end()})
	}
	for i, year := range t.plan.years {
		r.ByYear = append(r.ByYear, YearSums{year, t.years[i].end()})
	}
	for id := range t.cities {
		if sums := t.cities[id].end(); id > 0 && sums.VehicleYears > 0 {
			city := names[id]
			city.ID = id
			r.ByMunicipality = append(r.ByMunicipality, MunicipalitySums{city, sums})
		}
	}
	return r
}

// end fills in the difference, which cannot overflow: neither side is negative.
func (s *Sums) end() Sums {
	s.Difference = s.After - s.Before
	return *s
}
