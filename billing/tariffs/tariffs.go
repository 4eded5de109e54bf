// Package tariffs holds the law as data: versioned rules of one authority for one fiscal year, each with its legal
// reference. It chooses rules and computes nothing; package dues does the arithmetic.
package tariffs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// NationalAuthority is the authority of the rules that hold in every city and that no city may change.
const NationalAuthority = "national"

// MunicipalAuthority is the authority of a municipality's own rules: its code in Latin digits.
func MunicipalAuthority(municipality int) string { return strconv.Itoa(municipality) }

// Charge is a head that a tariff levies.
type Charge string

// The charges. A municipality levies the annual duty only on what the national rules leave to it.
const (
	AnnualDuty    Charge = "annual_duty"    // VAT law of 1387, Art. 43(b); VAT law of 1400, Art. 29(a)
	PollutionLevy Charge = "pollution_levy" // VAT law of 1400, Art. 29(b): only in the cities that the Cabinet lists for the year
)

// Charges lists every charge in the order in which a due shows them.
func Charges() []Charge { return []Charge{AnnualDuty, PollutionLevy} }

// ChargeNames lists every charge as text, for packages that know no tariffs.
func ChargeNames() []string {
	var names []string
	for _, c := range Charges() {
		names = append(names, string(c))
	}
	return names
}

// Valid says whether c is a known charge.
func (c Charge) Valid() bool { return c == AnnualDuty || c == PollutionLevy }

// Version is the published tariff of one authority for one fiscal year. It never changes after publication: a correction is a
// new version with the next number. Its JSON is canonical: reading and writing it again gives the same bytes. A municipality's
// version may leave Penalty, Rounding, Minimum and the year shares empty: then the national ones hold.
type Version struct {
	ID         string              `json:"id"`        // "national/1403/1": authority, fiscal year, number
	Authority  string              `json:"authority"` // NationalAuthority, or MunicipalAuthority
	FiscalYear calendar.FiscalYear `json:"fiscal_year"`
	Number     int                 `json:"number"`        // from 1, without a gap
	From       calendar.Date       `json:"from,omitzero"` // first day of assessment on which it holds; zero: the first day of the fiscal year
	Rules      []Rule              `json:"rules"`         // of those of a charge that fit a vehicle, one has the highest priority
	Exemptions []Exemption         `json:"exemptions,omitempty"`
	Discounts  []Discount          `json:"discounts,omitempty"`
	Waivers    []Waiver            `json:"waivers,omitempty"`
	Levies     []Levy              `json:"levies,omitempty"`    // national alone
	Leaves     Leaves              `json:"leaves,omitzero"`     // national alone
	FirstYear  YearShare           `json:"first_year,omitzero"` // zero: in full
	LastYear   []LastYear          `json:"last_year,omitempty"` // a reason without an entry: in full
	Penalty    Penalty             `json:"penalty,omitzero"`
	Rounding   Rounding            `json:"rounding,omitzero"`
	Minimum    Minimum             `json:"minimum,omitzero"` // zero: every amount is owed
}

// Levy says in which municipalities, by code, a charge is due in the version's year. A listed charge for which neither the
// nation nor the city has published a rate is missing; it never becomes zero.
type Levy struct {
	Charge         Charge     `json:"charge"`
	Municipalities []int      `json:"municipalities"`
	Legal          fault.Text `json:"legal"`
}

// Leaves is what the national law lets a municipality decide about the national charges and the whole due. What it does not
// name is locked; a municipality's own rules are its own.
type Leaves struct {
	Discounts []Charge   `json:"discounts,omitempty"` // charges on which a council may give discounts
	Waivers   []Charge   `json:"waivers,omitempty"`   // charges whose penalty a council may waive
	Rounding  bool       `json:"rounding,omitempty"`
	Minimum   bool       `json:"minimum,omitempty"`
	Legal     fault.Text `json:"legal"`
}

// VersionID is the ID of a version: "national/1403/1".
func VersionID(authority string, year calendar.FiscalYear, number int) string {
	return fmt.Sprintf("%s/%d/%d", authority, year, number)
}

// HoldsFrom is the first day of assessment on which the version holds, until the day of the next number.
func (v *Version) HoldsFrom() calendar.Date {
	if v.From.IsZero() {
		return v.FiscalYear.Start()
	}
	return v.From
}

// National says whether the version is of the national authority.
func (v *Version) National() bool { return v.Authority == NationalAuthority }

// highestCode is the highest code of a municipality.
const highestCode = 999

// Municipality is the code of the municipality whose version it is, or 0 for the nation and for no known authority.
func (v *Version) Municipality() int {
	code, err := strconv.Atoi(v.Authority)
	if err != nil || code < 1 || code > highestCode || MunicipalAuthority(code) != v.Authority {
		return 0
	}
	return code
}

// Rule is the rule of the charge that fits the vehicle, by priority. None means that the tariff is missing, never that the
// charge is zero. A vehicle whose cylinders are not known has no rule where the number could decide between two.
func (v *Version) Rule(charge Charge, vehicle Vehicle) (*Rule, bool) { return v.rule(charge, &vehicle) }

func (v *Version) rule(charge Charge, vehicle *Vehicle) (*Rule, bool) {
	var best *Rule
	certain := false
	for i := range v.Rules {
		r := &v.Rules[i]
		if r.Charge != charge || best != nil && r.Priority <= best.Priority || !r.Scope.fitsBut(vehicle) {
			continue
		}
		fits := r.Cylinders.Covers(vehicle.Cylinders)
		if fits || vehicle.Cylinders == 0 && vehicle.Fuel != Electric {
			best, certain = r, fits
		}
	}
	if !certain {
		return nil, false
	}
	return best, true
}

// Levied says whether the charge is due in the municipality at all: the annual duty is everywhere, a levy where it is listed.
func (v *Version) Levied(charge Charge, municipality int) (*Levy, bool) {
	for i := range v.Levies {
		if l := &v.Levies[i]; l.Charge == charge && slices.Contains(l.Municipalities, municipality) {
			return l, true
		}
	}
	return nil, charge == AnnualDuty
}

func (v *Version) compare(authority string, year calendar.FiscalYear, number int) int {
	return cmp.Or(cmp.Compare(v.Authority, authority), cmp.Compare(v.FiscalYear, year), cmp.Compare(v.Number, number))
}

// Penalty is simple interest for late payment: PerMonth of charge and surcharge for each month after the start.
type Penalty struct {
	PerMonth money.PPM  `json:"per_month_ppm"`
	Start    Start      `json:"start"`
	Due      MonthDay   `json:"due,omitzero"` // with the start DueDay alone
	Months   Months     `json:"months"`
	Max      money.PPM  `json:"max_ppm,omitempty"` // of charge and surcharge; 0: no cap
	Legal    fault.Text `json:"legal"`
}

// MonthDay is a day of every fiscal year; the 30th of Esfand is none.
type MonthDay struct {
	Month int `json:"month"`
	Day   int `json:"day"`
}

// Start names the day on which a penalty begins to run.
type Start string

// The starts.
const (
	NextYear Start = "next_year" // 1 Farvardin of the year after the fiscal year
	DueDay   Start = "due_day"   // the day after Penalty.Due of the fiscal year itself
)

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

// Minimum is the least that a year's charges, surcharges and discounts must come to: below it the vehicle is not in debt.
// The penalty does not count, so that a year which is not owed does not become owed by waiting.
type Minimum struct {
	Amount money.Rial `json:"amount"`
	Legal  fault.Text `json:"legal"`
}

// From is the first day on which the penalty for the fiscal year runs.
func (p *Penalty) From(year calendar.FiscalYear) calendar.Date {
	if p.Start == DueDay {
		return calendar.Date{Year: int(year), Month: p.Due.Month, Day: p.Due.Day}.AddDays(1)
	}
	return (year + 1).Start()
}

// MonthsLate counts the months of delay for which the penalty of the fiscal year is due on the given day.
func (p *Penalty) MonthsLate(year calendar.FiscalYear, on calendar.Date) int {
	if p.Months == StartedMonths {
		return calendar.MonthsStarted(p.From(year), on)
	}
	return calendar.MonthsBetween(p.From(year), on)
}
