package tariffs

import (
	_ "embed"
	"fmt"

	"mofasa/billing/calendar"
)

//go:embed national.json
var nationalJSON []byte

//go:embed levies.json
var leviesJSON []byte

// regime is a run of fiscal years under the same law; each year of it becomes a version of its own.
type regime struct {
	From    calendar.FiscalYear `json:"from"`
	Through calendar.FiscalYear `json:"through"`
	Version
}

// listed is a year's next version, which from the day of its decree adds the list of cities with a levy to the version before it.
type listed struct {
	FiscalYear calendar.FiscalYear `json:"fiscal_year"`
	Number     int                 `json:"number"`
	From       calendar.Date       `json:"from"`
	Levies     []Levy              `json:"levies"`
}

// National is the tariff of the national laws for the fiscal years 1387–1405, from the data files of this package: version 1 of
// every year, and from the day of its decree version 2 of the years whose list of cities with the pollution levy is known.
func National() (Book, error) {
	var regimes []regime
	if err := decode(nationalJSON, &regimes); err != nil {
		return Book{}, err
	}
	var lists []listed
	if err := decode(leviesJSON, &lists); err != nil {
		return Book{}, err
	}
	versions := expand(regimes)
	for _, l := range lists {
		next, err := l.after(versions)
		if err != nil {
			return Book{}, err
		}
		versions = append(versions, next)
	}
	return NewBook(versions...)
}

func expand(regimes []regime) (versions []Version) {
	for _, r := range regimes {
		for year := r.From; year <= r.Through; year++ {
			v := r.Version
			v.Authority, v.FiscalYear = NationalAuthority, year
			v.ID = VersionID(v.Authority, year, v.Number)
			versions = append(versions, v)
		}
	}
	return versions
}

func (l listed) after(versions []Version) (Version, error) {
	for _, v := range versions {
		if v.FiscalYear == l.FiscalYear && v.Number == l.Number-1 {
			v.Number, v.From, v.Levies, v.ID = l.Number, l.From, l.Levies, VersionID(v.Authority, v.FiscalYear, l.Number)
			return v, nil
		}
	}
	return Version{}, fmt.Errorf("no version %d of %d to add the levies to", l.Number-1, l.FiscalYear)
}
