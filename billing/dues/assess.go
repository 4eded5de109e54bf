package dues

import (
	"cmp"
	"fmt"
	"slices"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

var errResidences = fault.Define(fault.Conflict, "residence_conflict",
	"برای یک روز دو محل سکونت با تاریخ شروع یکسان ثبت شده است؛ نخست یکی را اصلاح کنید.",
	"Two residences that begin on the same day compete; correct one of them first.")

// Assess lists what the vehicle owes for every fiscal year from its first registration (never before 1387) through the year
// of f.On, and whatever was settled besides, by fiscal year and municipality, as far as f.Window asks for them. A missing fact is a state of its due, not an
// error. residence_conflict where two residences compete; any other error means that the facts contradict themselves.
func Assess(f Facts) ([]Due, error) {
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("facts of a due: %w", err)
	}
	first, last := f.years()
	dues := make([]Due, 0, max(0, int(last-first)+1)+len(f.Settled))
	for _, s := range f.Settled {
		if f.Window.holds(s.FiscalYear) {
			dues = append(dues, settled(s, f.On))
		}
	}
	cited := f.Vehicle
	cited.Vehicle.ModelYear = 0
	for year := first; year <= last; year++ {
		r := reckoning{explaining: true, steps: make([]Step, 0, maxSteps)}
		owed, err := f.year(year, &r)
		if err != nil {
			return nil, err
		}
		if owed {
			dues = append(dues, r.due(&cited))
		}
	}
	slices.SortFunc(dues, func(a, b Due) int {
		return cmp.Or(cmp.Compare(a.FiscalYear, b.FiscalYear), cmp.Compare(a.MunicipalityID, b.MunicipalityID))
	})
	return dues, nil
}

// years is the span that the vehicle owes, as far as the window asks for it; it is empty before the first registration.
func (f *Facts) years() (first, last calendar.FiscalYear) {
	first = max(tariffs.FirstYear, f.Vehicle.FirstRegistered.FiscalYear(), f.Window.First)
	if f.On.Before(f.Vehicle.FirstRegistered) {
		return first, first - 1
	}
	last = f.On.FiscalYear()
	if f.Vehicle.gone(f.On) {
		last = min(last, f.Vehicle.Ended.FiscalYear())
	}
	if f.Window.Last != 0 {
		last = min(last, f.Window.Last)
	}
	return first, last
}

// year reckons the due that the entitled city still has for the year; owed is false where the year is settled with it, or where
// no residence is known and some city settled the year.
func (f *Facts) year(year calendar.FiscalYear, r *reckoning) (owed bool, err error) {
	day := f.decisive(year)
	city, err := f.resident(day)
	if err != nil {
		return false, err
	}
	for i := range f.Settled {
		if s := &f.Settled[i]; s.FiscalYear == year && (city == 0 || s.MunicipalityID == city) {
			return false, nil
		}
	}
	r.city, r.year, r.day, r.on = city, year, day, f.On
	r.vehicle, r.subject, r.decisions = &f.Vehicle, f.Vehicle.Vehicle, f.Decisions
	r.subject.ModelYear = f.Vehicle.ModelYear
	if city == 0 {
		r.day, r.state = calendar.Date{}, MissingResidence
		if r.explaining {
			r.explain(nil, residenceUnknown(year, day))
		}
		return true, nil
	}
	return true, f.price(r)
}

// price finds what the law and the published list say about the due and reckons it.
func (f *Facts) price(r *reckoning) error {
	if r.explaining {
		r.explain(nil, residenceStep(r.city, r.year, r.day))
	}
	national, found := f.Tariffs.Find(r.year, r.on)
	if !found {
		r.state = MissingTariff
		if r.explaining {
			r.explain(nil, tariffUnknown(r.year))
		}
		return nil
	}
	r.national = national
	r.local, _ = f.Tariffs.Local(r.city, r.year, r.on)
	for i := range f.Valuations {
		if f.Valuations[i].FiscalYear == r.year {
			r.value = &f.Valuations[i]
		}
	}
	if err := r.run(); err != nil {
		return fmt.Errorf("due of %d: %w", r.year, err)
	}
	return nil
}

// decisive is the day whose residence decides the city of the year.
func (f *Facts) decisive(year calendar.FiscalYear) calendar.Date {
	if year.Contains(f.Vehicle.FirstRegistered) {
		return f.Vehicle.FirstRegistered
	}
	return year.Start()
}

// resident is the municipality where the owner lived on the day, or 0. Of overlapping residences the one that began last
// holds: an owner who moves often leaves the former residence open.
func (f *Facts) resident(day calendar.Date) (municipality int, err error) {
	var latest calendar.Date
	for i := range f.Residences {
		r := &f.Residences[i]
		if !r.covers(day) || r.From.Before(latest) {
			continue
		}
		if r.From == latest && municipality != r.MunicipalityID {
			err = errResidences
			continue
		}
		if r.From != latest {
			municipality, err, latest = r.MunicipalityID, nil, r.From
		}
	}
	return municipality, err
}

func (r *Residence) covers(day calendar.Date) bool {
	return !day.Before(r.From) && (r.To.IsZero() || day.Before(r.To))
}

// due is the reckoned due with its lines, steps and cites.
func (r *reckoning) due(vehicle *Vehicle) Due {
	d := Due{MunicipalityID: r.city, FiscalYear: r.year, State: r.state, Steps: r.steps,
		Cites: Cites{MunicipalityID: r.city, ResidenceDay: r.day, Vehicle: vehicle, Decisions: r.held(), On: r.on}}
	if r.national != nil {
		d.Cites.TariffID = r.national.ID
	}
	if r.local != nil {
		d.Cites.LocalTariffID = r.local.ID
	}
	if r.valued {
		d.Cites.ValuationID, d.Cites.Base, d.Cites.Basis = r.value.ID, r.value.Base, r.value.Basis
	}
	if r.unrated {
		d.Unrated = []tariffs.Charge{tariffs.PollutionLevy}
	}
	if !r.reckoned() {
		return d
	}
	d.Total, d.Balance = r.total, r.balance()
	d.Lines = make([]Line, 0, 4)
	for at, head := range heads() {
		if amount := r.lines[at]; amount != 0 {
			d.Lines = append(d.Lines, Line{Head: head, Amount: amount})
		}
	}
	return d
}

// reckoned says whether the due has an amount, be it nothing.
func (r *reckoning) reckoned() bool {
	return r.state == Assessed || r.state == Exempt || r.state == UnderReview
}

// balance is what can be paid now: nothing while a review holds the due.
func (r *reckoning) balance() money.Rial {
	if r.state == UnderReview {
		return 0
	}
	return r.total
}

// settled repeats what was decided: a paid year keeps the amount that was paid and leaves nothing to pay.
func settled(s Settled, on calendar.Date) Due {
	due := Due{MunicipalityID: s.MunicipalityID, FiscalYear: s.FiscalYear, State: s.State, Total: s.Amount, Cites: Cites{On: on}}
	if s.State == Claimed {
		due.Balance, due.ClaimedUntil = s.Amount, s.Until
	}
	due.Steps = []Step{settledStep(s)}
	return due
}
