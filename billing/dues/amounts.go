package dues

import (
	"cmp"
	"fmt"
	"slices"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
)

// Amounts is a due without its explanation and cites, for whoever reckons a whole fleet.
type Amounts struct {
	MunicipalityID int // 0: residence unknown
	FiscalYear     calendar.FiscalYear
	State          State
	Total, Balance money.Rial
	Unrated        bool // the pollution levy is due here and has no published rate
	lines          [headCount]money.Rial
}

// Of is the amount of the head's line, 0 where the due has none.
func (a *Amounts) Of(head Head) money.Rial {
	for at, h := range heads() {
		if h == head {
			return a.lines[at]
		}
	}
	return 0
}

// AssessAmounts appends to list what Assess answers for the same facts, in the same order, without explaining it. It allocates
// nothing where the list has room. Errors: as Assess; the list is then as it was.
func AssessAmounts(f *Facts, list []Amounts) ([]Amounts, error) {
	if err := f.check(); err != nil {
		return list, fmt.Errorf("facts of a due: %w", err)
	}
	before := len(list)
	for i := range f.Settled {
		s := &f.Settled[i]
		if !f.Window.holds(s.FiscalYear) {
			continue
		}
		a := Amounts{MunicipalityID: s.MunicipalityID, FiscalYear: s.FiscalYear, State: s.State, Total: s.Amount}
		if s.State == Claimed {
			a.Balance = s.Amount
		}
		list = append(list, a)
	}
	first, last := f.years()
	for year := first; year <= last; year++ {
		var r reckoning
		owed, err := f.year(year, &r)
		if err != nil {
			return list[:before], err
		}
		if owed {
			list = append(list, r.amounts())
		}
	}
	if len(f.Settled) > 0 { // the years alone stand in order
		slices.SortFunc(list[before:], func(a, b Amounts) int {
			return cmp.Or(cmp.Compare(a.FiscalYear, b.FiscalYear), cmp.Compare(a.MunicipalityID, b.MunicipalityID))
		})
	}
	return list, nil
}

func (r *reckoning) amounts() Amounts {
	a := Amounts{MunicipalityID: r.city, FiscalYear: r.year, State: r.state, Unrated: r.unrated}
	if r.reckoned() {
		a.Total, a.Balance, a.lines = r.total, r.balance(), r.lines
	}
	return a
}
