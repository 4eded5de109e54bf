package dues

import (
	"errors"
	"fmt"

	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
)

var (
	// ErrCitesIncomplete says that the cites do not name the vehicle, the city or the tariff: they were stored before they did, or
	// the due had no amount.
	ErrCitesIncomplete = errors.New("dues: the cites are not enough to recompute from")
	// ErrTariffUnknown says that the book has no such version of the cited authority and year.
	ErrTariffUnknown = errors.New("dues: a cited tariff version is unknown")
)

// Recompute derives a reckoned due (assessed, exempt, under review) again from what it cites, equal in every byte to the first
// time, whatever was published since. Errors: ErrCitesIncomplete, ErrTariffUnknown, or cites that contradict themselves.
func Recompute(c Cites, year calendar.FiscalYear, book tariffs.Book) (Due, error) {
	if c.Vehicle == nil || c.MunicipalityID == 0 || c.TariffID == "" {
		return Due{}, ErrCitesIncomplete
	}
	r := reckoning{explaining: true, steps: make([]Step, 0, maxSteps), city: c.MunicipalityID, year: year, day: c.ResidenceDay, on: c.On,
		vehicle: c.Vehicle, subject: c.Vehicle.Vehicle, decisions: c.Decisions}
	r.subject.ModelYear = c.Vehicle.ModelYear
	facts := Facts{Vehicle: *c.Vehicle, Decisions: c.Decisions, On: c.On}
	if c.ValuationID != "" {
		facts.Valuations = []Valuation{{ID: c.ValuationID, FiscalYear: year, Base: c.Base, Basis: c.Basis}}
		r.value = &facts.Valuations[0]
	}
	if err := facts.check(); err != nil {
		return Due{}, fmt.Errorf("cites of a due: %w", err)
	}
	var err error
	if r.national, err = cited(book, c.TariffID, 0, year); err != nil {
		return Due{}, err
	}
	if c.LocalTariffID != "" {
		if r.local, err = cited(book, c.LocalTariffID, c.MunicipalityID, year); err != nil {
			return Due{}, err
		}
	}
	r.explain(nil, residenceStep(r.city, r.year, r.day))
	if err := r.run(); err != nil {
		return Due{}, fmt.Errorf("due of %d: %w", year, err)
	}
	return r.due(c.Vehicle), nil
}

// cited finds a version and checks that it is of the authority, 0 for the nation, and the year.
func cited(book tariffs.Book, id string, municipality int, year calendar.FiscalYear) (*tariffs.Version, error) {
	v, found := book.Version(id)
	if !found || v.Municipality() != municipality || v.FiscalYear != year {
		return nil, fmt.Errorf("%w for %d: %q", ErrTariffUnknown, year, id)
	}
	return v, nil
}
