// Package impact tells what drafts of a tariff would change for the real fleet: every vehicle's dues of the drafts' years, reckoned with the published
// tariffs and with the drafts beside them, summed in memory that does not grow with the fleet.
package impact

import (
	"slices"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

// What a preview refuses with.
var (
	errNoDrafts = fault.Define(fault.Invalid, "preview_no_drafts",
		"پیش‌نمایش دست‌کم یک پیش‌نویس می‌خواهد و هر پیش‌نویس را یک بار.", "A preview needs at least one draft, and each draft once.")
	errThreshold = fault.Define(fault.Invalid, "preview_threshold",
		"آستانه باید مبلغی بالاتر از صفر به ریال باشد.", "The threshold must be an amount in rial above zero.")
	errOverflow = fault.Define(fault.Invalid, "preview_overflow",
		"جمع مبلغ‌ها از بیشینهٔ قابل‌نمایش گذشت؛ نرخ‌های پیش‌نویس را بررسی کنید.", "The sums pass what can be counted; check the rates of the drafts.")
)

// Report is what drafts change. An amount is a balance on the day On: what could be ordered then for the drafts' years, with penalty and rounded; a due
// under review, exempt or with something missing counts as 0. Dues that are paid, being paid or reported as paid outside are counted as settled and nowhere
// else: no draft changes them.
type Report struct {
	On             calendar.Date         `json:"on"` // of assessment, the same for both sides
	Years          []calendar.FiscalYear `json:"years"`
	Threshold      money.Rial            `json:"threshold_rial"`
	Vehicles       int64                 `json:"vehicles"` // read from the register
	VehicleYears   int64                 `json:"vehicle_years"`
	Settled        int64                 `json:"settled"` // vehicle-years; not among vehicle_years
	Total          Sums                  `json:"total"`
	ByClass        []ClassSums           `json:"by_class"`        // by class
	ByYear         []YearSums            `json:"by_year"`         // by year
	ByMunicipality []MunicipalitySums    `json:"by_municipality"` // by id
	Largest        []Change              `json:"largest"`         // at most LargestKept, the largest difference first
	NewlyZero      int64                 `json:"newly_zero"`      // vehicles that owed something before and certainly nothing after
	NewlyAbove     int64                 `json:"newly_above"`     // vehicle-years at most at the threshold before and above it after
	States         StateCounts           `json:"states"`
	Contradicting  int64                 `json:"contradicting"` // vehicles whose facts contradict themselves: counted here alone
	Unreckonable   int64                 `json:"unreckonable"`  // vehicles whose due passes every number on one side: counted here alone
}

// LargestKept is how many of the largest changes a report holds.
const LargestKept = 100

// Sums are balances of vehicle-years, in rial.
type Sums struct {
	VehicleYears int64      `json:"vehicle_years"`
	Changed      int64      `json:"changed"` // vehicle-years whose balance differs
	Before       money.Rial `json:"before_rial"`
	After        money.Rial `json:"after_rial"`
	Difference   money.Rial `json:"difference_rial"` // after less before
}

// ClassSums are the sums of a class.
type ClassSums struct {
	Class tariffs.Class `json:"class"`
	Sums
}

// YearSums are the sums of a fiscal year.
type YearSums struct {
	Year calendar.FiscalYear `json:"year"`
	Sums
}

// MunicipalitySums are the sums of a municipality, with its name and province.
type MunicipalitySums struct {
	Municipality
	Sums
}

// Municipality names a city.
type Municipality struct {
	ID         int    `json:"code"`
	NameFA     string `json:"name_fa"`
	NameEN     string `json:"name_en"`
	ProvinceFA string `json:"province_fa"`
	ProvinceEN string `json:"province_en"`
}

// Change is a due whose balance differs. It never names a plate, a VIN or an owner.
type Change struct {
	VehicleID      uuid.UUID           `json:"vehicle_id"`
	Class          tariffs.Class       `json:"class"`
	TypeCode       string              `json:"type_code"`
	Year           calendar.FiscalYear `json:"year"`
	MunicipalityID int                 `json:"municipality_code"`
	Before         money.Rial          `json:"before_rial"`
	After          money.Rial          `json:"after_rial"`
	StateBefore    dues.State          `json:"state_before"`
	StateAfter     dues.State          `json:"state_after"`
}

// StateCounts are vehicle-years that have no balance on a side, and why; an unrated levy stands beside a balance.
type StateCounts struct {
	Exempt           Sides `json:"exempt"`
	UnderReview      Sides `json:"under_review"`
	MissingTariff    Sides `json:"missing_tariff"`
	MissingValuation Sides `json:"missing_valuation"`
	MissingResidence Sides `json:"missing_residence"`
	Unrated          Sides `json:"unrated"`
}

// Sides is a count with the published tariffs and with the drafts.
type Sides struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
}

// Plan is what is compared, for whom and on which day.
type Plan struct {
	before, after tariffs.Book
	years         []calendar.FiscalYear
	window        dues.Window
	on            calendar.Date
	threshold     money.Rial
	city          int // whose dues count; 0: every city's
}

// NewPlan compares the published tariffs with the same and the drafts, for the dues of a municipality, or of all with 0. The day of assessment is today, or the
// day from which the last of the drafts holds, where that comes later. Errors: preview_no_drafts, preview_threshold, and those of tariffs.NewBook where
// the drafts cannot follow what is published.
func NewPlan(published tariffs.Book, drafts []tariffs.Version, today calendar.Date, threshold money.Rial, city int) (*Plan, error) {
	if len(drafts) == 0 {
		return nil, errNoDrafts.On("drafts")
	}
	if threshold <= 0 {
		return nil, errThreshold.On("threshold")
	}
	after, err := tariffs.NewBook(slices.Concat(published.Versions(), drafts)...)
	if err != nil {
		return nil, err
	}
	p := &Plan{before: published, after: after, on: today, threshold: threshold, city: city}
	for i := range drafts {
		p.years = append(p.years, drafts[i].FiscalYear)
		if from := drafts[i].HoldsFrom(); from.After(p.on) {
			p.on = from
		}
	}
	slices.Sort(p.years)
	p.years = slices.Compact(p.years)
	p.window = dues.Window{First: p.years[0], Last: p.years[len(p.years)-1]}
	return p, nil
}

// counts says whether a due belongs to the preview. Of another city's dues a city knows too little to count them.
func (p *Plan) counts(a *dues.Amounts) bool {
	return (p.city == 0 || a.MunicipalityID == p.city) && slices.Contains(p.years, a.FiscalYear)
}
