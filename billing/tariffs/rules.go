package tariffs

import (
	"slices"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// Scope is a set of vehicles: those that fit every part. An empty part means every value.
type Scope struct {
	Classes    []Class    `json:"classes,omitempty"`
	Origins    []Origin   `json:"origins,omitempty"`
	Usages     []Usage    `json:"usages,omitempty"`
	Fuels      []Fuel     `json:"fuels,omitempty"`
	Categories []Category `json:"categories,omitempty"`
	Cylinders  Span       `json:"cylinders,omitzero"`
	ModelYears Span       `json:"model_years,omitzero"` // Jalali
}

// Span is a range of whole numbers, both ends included; an end of 0 is open.
type Span struct {
	From    int `json:"from,omitempty"`
	Through int `json:"through,omitempty"`
}

// Rule levies one charge on the vehicles of its scope: a rate of the base value, or a fixed amount. It names at least one
// class and origin. Of two rules for the same vehicle the higher priority holds; equal ones are refused.
type Rule struct {
	Charge Charge `json:"charge"`
	Scope
	Priority int        `json:"priority,omitempty"`
	Rate     money.PPM  `json:"rate_ppm,omitempty"`
	Fixed    *Fixed     `json:"fixed,omitempty"`
	Age      *Age       `json:"age,omitempty"` // nil: no surcharge
	Legal    fault.Text `json:"legal"`
}

// Fixed is an amount for each unit of the vehicle.
type Fixed struct {
	Amount money.Rial `json:"amount"`
	Per    Unit       `json:"per"`
}

// Unit is what a fixed amount is counted by.
type Unit string

// The units.
const (
	PerVehicle  Unit = "vehicle"
	PerCylinder Unit = "cylinder"
)

// Age is a surcharge on an old vehicle: PerYear of the charge for each year of age above FreeYears, at most Max.
type Age struct {
	FreeYears   int        `json:"free_years"`
	PerYear     money.PPM  `json:"per_year_ppm"`
	Max         money.PPM  `json:"max_ppm"`
	ExemptFuels []Fuel     `json:"exempt_fuels,omitempty"`
	Legal       fault.Text `json:"legal"`
}

// Exemption frees the vehicles of its scope from a charge, for instance by usage, fuel or category. Of several that fit, the
// one with the first id is named.
type Exemption struct {
	ID     string `json:"id"` // exemptions stand in the order of their ids
	Charge Charge `json:"charge"`
	Scope
	Legal fault.Text `json:"legal"`
}

// Discount takes a share off a charge and its surcharge where the due is assessed from the day From through the day Through:
// for early payment, or by a decision of the council. Discounts of a charge add up.
type Discount struct {
	ID     string       `json:"id"` // discounts stand in the order of their ids
	Kind   DiscountKind `json:"kind"`
	Charge Charge       `json:"charge"`
	Scope
	Rate    money.PPM     `json:"rate_ppm"`
	From    calendar.Date `json:"from"`
	Through calendar.Date `json:"through"`
	Legal   fault.Text    `json:"legal"`
}

// DiscountKind says why a discount is given.
type DiscountKind string

// The kinds of discount.
const (
	EarlyPayment    DiscountKind = "early_payment"    // both days lie in the fiscal year
	CouncilDecision DiscountKind = "council_decision" // validity as the council decided
)

// Waiver takes a share off the penalty of a charge where the due is assessed from the day From through the day Through.
type Waiver struct {
	ID      string        `json:"id"` // waivers stand in the order of their ids
	Charge  Charge        `json:"charge"`
	Rate    money.PPM     `json:"rate_ppm"`
	From    calendar.Date `json:"from"`
	Through calendar.Date `json:"through"`
	Legal   fault.Text    `json:"legal"`
}

// YearShare says how much of a year is owed where the vehicle was not there for all of it.
type YearShare struct {
	Mode  ShareMode  `json:"mode"`
	Legal fault.Text `json:"legal"`
}

// ShareMode is how a broken year counts.
type ShareMode string

// The ways a broken year counts.
const (
	FullYear ShareMode = "full"
	ByMonths ShareMode = "months" // twelfths; the month of the event counts
	NoYear   ShareMode = "none"   // the year is not owed
)

// LastYear is the share of the year in which a vehicle ends for a reason.
type LastYear struct {
	Reason End `json:"reason"`
	YearShare
}

// Fits says whether the vehicle is in the scope.
func (s *Scope) Fits(v Vehicle) bool { return s.fits(&v) }

func (s *Scope) fits(v *Vehicle) bool { return s.fitsBut(v) && s.Cylinders.Covers(v.Cylinders) }

// fitsBut is fits without the cylinders, which may be unknown.
func (s *Scope) fitsBut(v *Vehicle) bool {
	return among(s.Classes, v.Class) && among(s.Origins, v.Origin) && among(s.Usages, v.Usage) && among(s.Fuels, v.Fuel) &&
		among(s.Categories, v.Category) && s.ModelYears.Covers(v.ModelYear)
}

// meets says whether some vehicle is in both scopes.
func (s *Scope) meets(other *Scope) bool {
	return meet(s.Classes, other.Classes) && meet(s.Origins, other.Origins) && meet(s.Usages, other.Usages) &&
		meet(s.Fuels, other.Fuels) && meet(s.Categories, other.Categories) &&
		s.Cylinders.meets(other.Cylinders) && s.ModelYears.meets(other.ModelYears)
}

// Covers says whether n lies in the span; the zero span covers everything.
func (s Span) Covers(n int) bool {
	return (s.From == 0 || n >= s.From) && (s.Through == 0 || n > 0 && n <= s.Through)
}

func (s Span) meets(other Span) bool {
	through := s.Through
	if through == 0 || other.Through != 0 && other.Through < through {
		through = other.Through
	}
	return through == 0 || max(s.From, other.From) <= through
}

// Surcharge is the rate of the age surcharge for a vehicle that is so many years old: fiscal year minus model year.
func (a *Age) Surcharge(years int, fuel Fuel) money.PPM {
	if a == nil || years <= a.FreeYears || slices.Contains(a.ExemptFuels, fuel) {
		return 0
	}
	return min(a.PerYear*money.PPM(years-a.FreeYears), a.Max)
}

// Units is how many times the fixed amount is due; 0 where it counts cylinders and their number is not known.
func (f *Fixed) Units(v Vehicle) int {
	if f.Per == PerCylinder {
		return v.Cylinders
	}
	return 1
}

func within(day, from, through calendar.Date) bool { return !day.Before(from) && !day.After(through) }

// Holds says whether the discount is given on the day for the charge of the vehicle.
func (d *Discount) Holds(charge Charge, v *Vehicle, on calendar.Date) bool {
	return d.Charge == charge && within(on, d.From, d.Through) && d.Scope.fits(v)
}

// Holds says whether the waiver is given on the day for the penalty of the charge.
func (w *Waiver) Holds(charge Charge, on calendar.Date) bool {
	return w.Charge == charge && within(on, w.From, w.Through)
}

// among says whether the value is listed; an empty list has every value.
func among[T comparable](list []T, value T) bool {
	return len(list) == 0 || slices.Contains(list, value)
}

// meet says whether two lists share a value; an empty list has every value.
func meet[T comparable](a, b []T) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(x T) bool { return slices.Contains(b, x) })
}
