package dues

import (
	"cmp"
	"fmt"
	"slices"

	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

var errResidences = fault.Define(fault.Conflict, "residence_conflict",
	"برای یک روز دو محل سکونت با تاریخ شروع یکسان ثبت شده است؛ نخست یکی را اصلاح کنید.",
	"Two residences that begin on the same day compete; correct one of them first.")

// Assess lists what the vehicle owes for every fiscal year from its first registration (never before 1387) through the year
// of f.On, and whatever was settled besides, by fiscal year and municipality. A missing fact is a state of its due, not an
// error. residence_conflict where two residences compete; any other error means that the facts contradict themselves.
func Assess(f Facts) ([]Due, error) {
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("facts of a due: %w", err)
	}
	first, last := f.years()
	dues := make([]Due, 0, max(0, int(last-first)+1)+len(f.Settled))
	for _, s := range f.Settled {
		dues = append(dues, settled(s, f.On))
	}
	for year := first; year <= last; year++ {
		due, owed, err := f.year(year)
		if err != nil {
			return nil, err
		}
		if owed {
			dues = append(dues, due)
		}
	}
	slices.SortFunc(dues, func(a, b Due) int {
		return cmp.Or(cmp.Compare(a.FiscalYear, b.FiscalYear), cmp.Compare(a.MunicipalityID, b.MunicipalityID))
	})
	return dues, nil
}

// years is the span that the vehicle owes; it is empty before the first registration.
func (f *Facts) years() (first, last calendar.FiscalYear) {
	first = max(tariffs.FirstYear, f.Vehicle.FirstRegistered.FiscalYear())
	if f.On.Before(f.Vehicle.FirstRegistered) {
		return first, first - 1
	}
	return first, f.On.FiscalYear()
}

// year is the due that the entitled city still has for the year; owed is false where the year is settled with it, or where
// no residence is known and some city settled the year.
func (f *Facts) year(year calendar.FiscalYear) (due Due, owed bool, err error) {
	day := f.decisive(year)
	city, err := f.resident(day)
	if err != nil {
		return Due{}, false, err
	}
	for _, s := range f.Settled {
		if s.FiscalYear == year && (city == 0 || s.MunicipalityID == city) {
			return Due{}, false, nil
		}
	}
	due = Due{MunicipalityID: city, FiscalYear: year, Cites: Cites{ResidenceDay: day, On: f.On}}
	if city == 0 {
		due.Cites.ResidenceDay = calendar.Date{}
		return due.missing(MissingResidence, residenceUnknown(year, day)), true, nil
	}
	due.Steps = append(make([]Step, 0, maxSteps), residenceStep(&due))
	due, err = f.price(due)
	return due, true, err
}

// price finds what the law and the published list say about the due and reckons it.
func (f *Facts) price(due Due) (Due, error) {
	version, found := f.Tariffs.Find(due.FiscalYear)
	if !found {
		return due.missing(MissingTariff, tariffUnknown(due.FiscalYear)), nil
	}
	due.Cites.TariffID = version.ID
	rule, found := version.Rule(tariffs.AnnualDuty, f.Vehicle.Vehicle)
	if !found {
		return due.missing(MissingTariff, ruleUnknown(version, f.Vehicle.Vehicle)), nil
	}
	at := slices.IndexFunc(f.Valuations, func(v Valuation) bool { return v.FiscalYear == due.FiscalYear })
	if at < 0 {
		return due.missing(MissingValuation, valuationUnknown(due.FiscalYear, f.Vehicle.TypeCode)), nil
	}
	due.Cites.ValuationID = f.Valuations[at].ID
	r := reckoning{due: due, version: version, rule: rule}
	if err := r.run(&f.Vehicle, f.Valuations[at]); err != nil {
		return Due{}, fmt.Errorf("due of %d: %w", due.FiscalYear, err)
	}
	return r.due, nil
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
	for _, r := range f.Residences {
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

func (r Residence) covers(day calendar.Date) bool {
	return !day.Before(r.From) && (r.To.IsZero() || day.Before(r.To))
}

func (d Due) missing(state State, why Step) Due {
	d.State = state
	d.Steps = append(d.Steps, why)
	return d
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
