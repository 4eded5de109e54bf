package dues

import (
	"errors"
	"fmt"

	"mofasa/billing/calendar"
)

// check refuses facts that contradict themselves: the store's constraints forbid every one of them.
func (f *Facts) check() error {
	switch {
	case !f.On.Valid():
		return errors.New("day of assessment is not a day")
	case !f.Vehicle.FirstRegistered.Valid():
		return errors.New("first registration is not a day")
	case !calendar.FiscalYear(f.Vehicle.ModelYear).Valid():
		return fmt.Errorf("model year %d is not a Jalali year", f.Vehicle.ModelYear)
	}
	if err := f.Vehicle.checkDetails(); err != nil {
		return err
	}
	return errors.Join(f.checkResidences(), f.checkValuations(), f.checkSettled(), f.checkDecisions())
}

func (v *Vehicle) checkDetails() error {
	switch {
	case v.Cylinders < 0 || v.Category != "" && !v.Category.Valid():
		return fmt.Errorf("%d cylinders, category %q", v.Cylinders, v.Category)
	case v.Ended.IsZero() && v.EndReason == "":
		return nil
	case !v.Ended.Valid() || !v.EndReason.Valid() || v.Ended.Before(v.FirstRegistered):
		return fmt.Errorf("ended on %s for %q", v.Ended, v.EndReason)
	}
	return nil
}

func (f *Facts) checkResidences() error {
	for i, r := range f.Residences {
		if r.MunicipalityID <= 0 || !r.From.Valid() || !r.To.IsZero() && !r.To.After(r.From) {
			return fmt.Errorf("residence %d: municipality %d from %s to %s", i, r.MunicipalityID, r.From, r.To)
		}
	}
	return nil
}

// checkValuations refuses a base of zero, too: it would let a missing value pass as a due of nothing.
func (f *Facts) checkValuations() error {
	var seen [calendar.LastYear - calendar.FirstYear + 1]bool
	for i := range f.Valuations {
		v := &f.Valuations[i]
		if v.Base <= 0 || v.ID == "" || !v.FiscalYear.Valid() {
			return fmt.Errorf("valuation %d: id %q, year %d, base %d", i, v.ID, v.FiscalYear, v.Base)
		}
		if v.Basis != (Basis{}) && !v.Basis.complete(f.Vehicle.TypeCode) {
			return fmt.Errorf("valuation %d: by analogy with %+v", i, v.Basis)
		}
		at := v.FiscalYear - calendar.FirstYear
		if seen[at] {
			return fmt.Errorf("valuation %d: second for %d", i, v.FiscalYear)
		}
		seen[at] = true
	}
	return nil
}

// complete refuses a half-told analogy, and one of a type with itself.
func (b *Basis) complete(of string) bool {
	return b.TypeCode != "" && b.NameFA != "" && b.FiscalYear.Valid() && b.TypeCode != of
}

func (f *Facts) checkSettled() error {
	for i, s := range f.Settled {
		if s.MunicipalityID <= 0 || s.Amount < 0 || s.State != Paid && s.State != Claimed {
			return fmt.Errorf("settled %d: municipality %d, state %q, amount %d", i, s.MunicipalityID, s.State, s.Amount)
		}
		if s.Report != nil && (s.State != Paid || s.Report.Reference == "" || !s.Report.PaidOn.Valid()) {
			return fmt.Errorf("settled %d: %s by a report of %s with reference %q", i, s.State, s.Report.PaidOn, s.Report.Reference)
		}
		for _, earlier := range f.Settled[:i] {
			if s.MunicipalityID == earlier.MunicipalityID && s.FiscalYear == earlier.FiscalYear {
				return fmt.Errorf("settled %d: second for municipality %d and %d", i, s.MunicipalityID, s.FiscalYear)
			}
		}
	}
	return nil
}
