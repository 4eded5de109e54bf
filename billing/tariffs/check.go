package tariffs

import (
	"cmp"
	"slices"

	"mofasa/billing/calendar"
	"mofasa/tenants/fault"
)

// read takes the text of an editor of the authority: id and number are not theirs to choose, so what the text says of them does not
// count, and it may leave the authority out. Errors: tariff_syntax, tariff_key_twice, tariff_authority.
func read(text []byte, authority string) (Version, error) {
	var v Version
	if err := decode(text, &v); err != nil {
		return Version{}, err
	}
	if v.Authority != "" && v.Authority != authority {
		return Version{}, placed(errAuthority.On("authority"), text)
	}
	v.Authority = authority
	return v, nil
}

// numbered gives the version the next number of its authority and year in the book.
func (b Book) numbered(v *Version) {
	v.Number = len(b.series(v.Municipality(), v.FiscalYear)) + 1
	v.ID = VersionID(v.Authority, v.FiscalYear, v.Number)
}

// admits says whether the version may be published into the book on the day: tariff_number_taken, the faults of NewBook about its
// day, tariff_past, and of a city tariff_no_national and tariff_locked. All that can be told is told, nil is in between.
func (b Book) admits(v *Version, today calendar.Date) []error {
	return []error{b.inTurn(v, today), b.lawful(v, today)}
}

// inTurn checks number and day. The day of a later number is not past: quotes since then cite the number before it.
func (b Book) inTurn(v *Version, today calendar.Date) error {
	own := b.series(v.Municipality(), v.FiscalYear)
	if next := len(own) + 1; v.Number != next {
		return errTaken.On("number").With("next", next)
	}
	if len(own) == 0 {
		return v.follows(nil)
	}
	if err := v.follows(&own[len(own)-1]); err != nil {
		return err
	}
	if v.HoldsFrom().Before(today) {
		return errPast.On("from")
	}
	return nil
}

// lawful checks a city's version against the national one that is in force when it begins to be followed.
func (b Book) lawful(v *Version, today calendar.Date) error {
	if v.National() {
		return nil
	}
	national, found := b.Find(v.FiscalYear, later(today, v.HoldsFrom()))
	if !found {
		return errNoNational.On("fiscal_year")
	}
	return v.Against(national)
}

// contradictions are those of the version that is being published with the versions of the other level that hold with it, today or later.
func (b Book) contradictions(v *Version, today calendar.Date) []Contradiction {
	from := later(today, v.HoldsFrom())
	var all []Contradiction
	for i := range b.versions {
		other := &b.versions[i]
		if other.FiscalYear != v.FiscalYear || other.National() == v.National() || b.ends(i, from) {
			continue
		}
		city, national := v, other
		if v.National() {
			city, national = other, v
		}
		if f := fault.Of(city.Against(national)); f != nil {
			all = append(all, Contradiction{City: city.ID, National: national.ID, Fault: f})
		}
	}
	return all
}

// ends says whether a later number holds from the day on.
func (b Book) ends(i int, day calendar.Date) bool {
	v := &b.versions[i]
	next, found := b.find(place{v.Municipality(), v.FiscalYear}, day)
	return found && next.Number > v.Number
}

func later(a, b calendar.Date) calendar.Date {
	if a.Before(b) {
		return b
	}
	return a
}

// problems lists all that can be told to be wrong with an editor's version: the first fault of every part, and, unless its
// identity is at fault, day and law. text is where it was read from.
func (b Book) problems(v *Version, text []byte, today calendar.Date) []*fault.Error {
	found := v.faults()
	if found[0] == nil {
		found = slices.Concat(found, b.admits(v, today))
	}
	var all []*fault.Error
	for _, err := range found {
		if f := fault.Of(placed(err, text)); f != nil {
			all = append(all, f)
		}
	}
	return all
}

// publishable is the first of the version's faults.
func (b Book) publishable(v *Version, today calendar.Date) error {
	return cmp.Or(append([]error{v.Validate()}, b.admits(v, today)...)...)
}
