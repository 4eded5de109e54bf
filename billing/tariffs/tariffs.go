// Package tariffs holds the law as data: versioned rules of one authority for one fiscal year, each with its legal
// reference. It chooses rules and computes nothing; package dues does the arithmetic.
package tariffs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// NationalAuthority is the authority of the rules that hold in every city and that no city may change.
const NationalAuthority = "national"

// Charge is a head that a tariff levies.
type Charge string

// AnnualDuty is the yearly duty on vehicles: VAT law of 1387, Art. 43(b); VAT law of 1400, Art. 29(a).
const AnnualDuty Charge = "annual_duty"

// Version is the published tariff of one authority for one fiscal year. It never changes after publication: a correction is a
// new version with the next number. Its JSON is canonical: reading and writing it again gives the same bytes.
type Version struct {
	ID         string              `json:"id"`        // "national/1403/1": authority, fiscal year, number
	Authority  string              `json:"authority"` // NationalAuthority
	FiscalYear calendar.FiscalYear `json:"fiscal_year"`
	Number     int                 `json:"number"` // from 1
	Rules      []Rule              `json:"rules"`  // at most one rule of a charge fits a vehicle
	Penalty    Penalty             `json:"penalty"`
	Rounding   Rounding            `json:"rounding"`
}

// Rule levies one charge on the vehicles of its scope, as a rate of the base value. An empty Usages or Fuels means every one.
type Rule struct {
	Charge  Charge     `json:"charge"`
	Classes []Class    `json:"classes"`
	Origins []Origin   `json:"origins"`
	Usages  []Usage    `json:"usages,omitempty"`
	Fuels   []Fuel     `json:"fuels,omitempty"`
	Rate    money.PPM  `json:"rate_ppm"`
	Age     *Age       `json:"age,omitempty"` // nil: no surcharge
	Legal   fault.Text `json:"legal"`
}

// Age is a surcharge on an old vehicle: PerYear of the charge for each year of age above FreeYears, at most Max.
type Age struct {
	FreeYears   int        `json:"free_years"`
	PerYear     money.PPM  `json:"per_year_ppm"`
	Max         money.PPM  `json:"max_ppm"`
	ExemptFuels []Fuel     `json:"exempt_fuels,omitempty"`
	Legal       fault.Text `json:"legal"`
}

// Penalty is simple interest for late payment: PerMonth of charge and surcharge for each month after the start.
type Penalty struct {
	PerMonth money.PPM  `json:"per_month_ppm"`
	Start    Start      `json:"start"`
	Months   Months     `json:"months"`
	Max      money.PPM  `json:"max_ppm,omitempty"` // of charge and surcharge; 0: no cap
	Legal    fault.Text `json:"legal"`
}

// Start names the day on which a penalty begins to run.
type Start string

// NextYear starts the penalty on 1 Farvardin of the year after the fiscal year.
const NextYear Start = "next_year"

// Months says how months of delay are counted.
type Months string

// The ways to count.
const (
	WholeMonths   Months = "whole"   // only elapsed months
	StartedMonths Months = "started" // the running month, too
)

// Rounding is how the total of a due becomes payable.
type Rounding struct {
	Unit  money.Rial     `json:"unit"`
	Mode  money.Rounding `json:"mode"`
	Legal fault.Text     `json:"legal"`
}

// VersionID is the ID of a version: "national/1403/1".
func VersionID(authority string, year calendar.FiscalYear, number int) string {
	return fmt.Sprintf("%s/%d/%d", authority, year, number)
}

// Rule is the rule of the charge that fits the vehicle. None means that the tariff is missing, never that the charge is zero.
func (v *Version) Rule(charge Charge, vehicle Vehicle) (*Rule, bool) {
	for i := range v.Rules {
		if r := &v.Rules[i]; r.Charge == charge && r.Fits(vehicle) {
			return r, true
		}
	}
	return nil, false
}

// Fits says whether the vehicle is in the rule's scope.
func (r *Rule) Fits(v Vehicle) bool {
	return slices.Contains(r.Classes, v.Class) && slices.Contains(r.Origins, v.Origin) &&
		(len(r.Usages) == 0 || slices.Contains(r.Usages, v.Usage)) &&
		(len(r.Fuels) == 0 || slices.Contains(r.Fuels, v.Fuel))
}

// Surcharge is the rate of the age surcharge for a vehicle that is so many years old: fiscal year minus model year.
func (a *Age) Surcharge(years int, fuel Fuel) money.PPM {
	if a == nil || years <= a.FreeYears || slices.Contains(a.ExemptFuels, fuel) {
		return 0
	}
	return min(a.PerYear*money.PPM(years-a.FreeYears), a.Max)
}

// From is the first day on which the penalty for the fiscal year runs.
func (p Penalty) From(year calendar.FiscalYear) calendar.Date { return (year + 1).Start() }

// MonthsLate counts the months of delay for which the penalty of the fiscal year is due on the given day.
func (p Penalty) MonthsLate(year calendar.FiscalYear, on calendar.Date) int {
	if p.Months == StartedMonths {
		return calendar.MonthsStarted(p.From(year), on)
	}
	return calendar.MonthsBetween(p.From(year), on)
}

// Book is an immutable set of valid versions. The zero Book is empty.
type Book struct{ versions []Version } // by authority, fiscal year, number

// NewBook checks every version (see Version.Validate) and that no id comes twice (tariff_twice).
func NewBook(versions ...Version) (Book, error) {
	b := Book{versions: slices.Clone(versions)}
	slices.SortFunc(b.versions, func(x, y Version) int { return x.compare(y.Authority, y.FiscalYear, y.Number) })
	for i := range b.versions {
		v := &b.versions[i]
		if err := v.Validate(); err != nil {
			return Book{}, fmt.Errorf("tariff version %q: %w", v.ID, err)
		}
		if i > 0 && b.versions[i-1].ID == v.ID {
			return Book{}, errTwice.Because(fmt.Errorf("tariff version %q", v.ID))
		}
	}
	return b, nil
}

// Find is the national version with the highest number for the fiscal year; it is shared and must not be changed.
func (b Book) Find(year calendar.FiscalYear) (*Version, bool) {
	after := sort.Search(len(b.versions), func(i int) bool {
		return b.versions[i].compare(NationalAuthority, year, math.MaxInt) > 0
	})
	if after == 0 || b.versions[after-1].compare(NationalAuthority, year, b.versions[after-1].Number) != 0 {
		return nil, false
	}
	return &b.versions[after-1], true
}

// Versions lists the versions by authority, fiscal year and number; their rules are shared and must not be changed.
func (b Book) Versions() []Version { return slices.Clone(b.versions) }

func (v *Version) compare(authority string, year calendar.FiscalYear, number int) int {
	return cmp.Or(cmp.Compare(v.Authority, authority), cmp.Compare(v.FiscalYear, year), cmp.Compare(v.Number, number))
}
