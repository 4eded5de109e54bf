package tariffs

import (
	"cmp"
	"fmt"
	"slices"

	"mofasa/billing/calendar"
	"mofasa/tenants/fault"
)

var (
	errNumbers = fault.Define(fault.Conflict, "tariff_number",
		"نسخه‌های تعرفهٔ یک مرجع در یک سال باید از شمارهٔ ۱ و پشت سر هم باشند.",
		"An authority's versions of a fiscal year are numbered from 1 without a gap.")
	errGap = fault.Define(fault.Conflict, "tariff_gap",
		"نسخهٔ نخست باید از نخستین روز سال مالی اجرا شود، وگرنه روزهایی بی‌تعرفه می‌ماند.",
		"The first version must hold from the first day of the fiscal year; otherwise some days have no tariff.")
	errSameDay = fault.Define(fault.Conflict, "tariff_same_day",
		"نسخهٔ دیگری از همین مرجع و سال از همان روز اجرا می‌شود.",
		"Another version of this authority and year holds from the same day.")
	errOrder = fault.Define(fault.Conflict, "tariff_order",
		"نسخه‌ای با شمارهٔ بالاتر نمی‌تواند پیش از نسخهٔ پیشین خود اجرا شود.",
		"A later number cannot hold from an earlier day than the version before it.")
)

// Book is an immutable set of valid versions. The zero Book is empty. What it finds is shared and must not be changed.
type Book struct {
	versions []Version // by authority, fiscal year, number
	runs     [][]run   // by municipality, 0 for the nation, and by year from calendar.FirstYear on: looked up for every due of a fleet
	byID     map[string]int
}

// place is an authority, 0 for the nation, and a year.
type place struct {
	municipality int
	year         calendar.FiscalYear
}

// run is where the versions of a place stand in the book.
type run struct{ first, count int }

func (b *Book) run(at place) run {
	if at.municipality < len(b.runs) {
		if years, i := b.runs[at.municipality], int(at.year-calendar.FirstYear); i >= 0 && i < len(years) {
			return years[i]
		}
	}
	return run{}
}

// count takes the version at the place as the next one there.
func (b *Book) count(at place, version int) {
	for at.municipality >= len(b.runs) {
		b.runs = append(b.runs, nil)
	}
	if b.runs[at.municipality] == nil {
		b.runs[at.municipality] = make([]run, calendar.LastYear-calendar.FirstYear+1)
	}
	here := &b.runs[at.municipality][at.year-calendar.FirstYear]
	if here.count == 0 {
		here.first = version
	}
	here.count++
}

// NewBook checks every version (see Version.Validate) and that those of an authority and a year follow each other: tariff_twice
// for one that comes twice, tariff_number, tariff_gap, tariff_same_day, tariff_order. It takes a municipality's version
// that contradicts the national one (see Version.Against): the national rules hold anyway, and older dues cite it.
func NewBook(versions ...Version) (Book, error) {
	b := Book{versions: slices.Clone(versions), byID: map[string]int{}}
	slices.SortFunc(b.versions, func(x, y Version) int { return x.compare(y.Authority, y.FiscalYear, y.Number) })
	for i := range b.versions {
		v := &b.versions[i]
		at := place{v.Municipality(), v.FiscalYear}
		var before *Version
		if here := b.run(at); here.count > 0 {
			before = &b.versions[here.first+here.count-1]
		}
		if err := cmp.Or(v.Validate(), v.follows(before)); err != nil {
			return Book{}, fmt.Errorf("tariff version %q: %w", v.ID, err)
		}
		b.count(at, i)
		b.byID[v.ID] = i
	}
	return b, nil
}

// follows checks the number and the day of a version against the version before it, nil for the first of its authority and year.
func (v *Version) follows(before *Version) error {
	if before == nil {
		if v.Number != 1 {
			return errNumbers.On("number")
		}
		if v.HoldsFrom() != v.FiscalYear.Start() {
			return errGap.On("from")
		}
		return nil
	}
	switch {
	case v.Number == before.Number:
		return errTwice.On("number")
	case v.Number != before.Number+1:
		return errNumbers.On("number")
	case v.HoldsFrom() == before.HoldsFrom():
		return errSameDay.On("from")
	case v.HoldsFrom().Before(before.HoldsFrom()):
		return errOrder.On("from")
	}
	return nil
}

// Find is the national version of the fiscal year that holds for an assessment on the day. None does before the year begins.
func (b Book) Find(year calendar.FiscalYear, on calendar.Date) (*Version, bool) {
	return b.find(place{0, year}, on)
}

// Local is the municipality's version of the fiscal year that holds for an assessment on the day; none is usual.
func (b Book) Local(municipality int, year calendar.FiscalYear, on calendar.Date) (*Version, bool) {
	if municipality <= 0 {
		return nil, false
	}
	return b.find(place{municipality, year}, on)
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

func (b Book) find(at place, on calendar.Date) (*Version, bool) {
	here := b.run(at)
	for i := here.first + here.count - 1; i >= here.first; i-- {
		if v := &b.versions[i]; !on.Before(v.HoldsFrom()) {
			return v, true
		}
	}
	return nil, false
}

// series lists the versions of an authority, 0 for the nation, and a fiscal year by number; nobody may change them.
func (b Book) series(municipality int, year calendar.FiscalYear) []Version {
	here := b.run(place{municipality, year})
	return b.versions[here.first : here.first+here.count : here.first+here.count]
}
