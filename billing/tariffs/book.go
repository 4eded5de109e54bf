package tariffs

import (
	"fmt"
	"slices"

	"mofasa/billing/calendar"
)

// Book is an immutable set of valid versions. The zero Book is empty. What it finds is shared and must not be changed.
type Book struct {
	versions []Version // by authority, fiscal year, number
	latest   map[place]int
	byID     map[string]int
}

// place is an authority, 0 for the nation, and a year.
type place struct {
	municipality int
	year         calendar.FiscalYear
}

// NewBook checks every version (see Version.Validate) and that no id comes twice (tariff_twice). It takes a municipality's
// version that contradicts the national one (see Version.Against): the national rules hold anyway, and older dues cite it.
func NewBook(versions ...Version) (Book, error) {
	b := Book{versions: slices.Clone(versions), latest: map[place]int{}, byID: map[string]int{}}
	slices.SortFunc(b.versions, func(x, y Version) int { return x.compare(y.Authority, y.FiscalYear, y.Number) })
	for i := range b.versions {
		v := &b.versions[i]
		if err := v.Validate(); err != nil {
			return Book{}, fmt.Errorf("tariff version %q: %w", v.ID, err)
		}
		if i > 0 && b.versions[i-1].ID == v.ID {
			return Book{}, errTwice.Because(fmt.Errorf("tariff version %q", v.ID))
		}
		b.latest[place{v.Municipality(), v.FiscalYear}] = i
		b.byID[v.ID] = i
	}
	return b, nil
}

// Find is the national version with the highest number for the fiscal year.
func (b Book) Find(year calendar.FiscalYear) (*Version, bool) { return b.find(place{0, year}) }

// Local is the municipality's version with the highest number for the fiscal year; none is usual.
func (b Book) Local(municipality int, year calendar.FiscalYear) (*Version, bool) {
	if municipality <= 0 {
		return nil, false
	}
	return b.find(place{municipality, year})
}

// Version is the version with the id, of whatever number: a due cites the one that it was computed from.
func (b Book) Version(id string) (*Version, bool) {
	at, found := b.byID[id]
	if !found {
		return nil, false
	}
	return &b.versions[at], true
}

// Versions lists the versions by authority, fiscal year and number.
func (b Book) Versions() []Version { return slices.Clone(b.versions) }

func (b Book) find(at place) (*Version, bool) {
	i, found := b.latest[at]
	if !found {
		return nil, false
	}
	return &b.versions[i], true
}
