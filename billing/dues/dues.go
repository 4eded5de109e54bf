// Package dues answers what one vehicle owes each city for each fiscal year, and why. It is a pure function of dated facts:
// nothing is stored, nothing is fetched, and the same facts give the same answer for ever.
package dues

import (
	"time"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

// Facts is everything that a due depends on. Lists may come in any order.
type Facts struct {
	Vehicle    Vehicle
	Residences []Residence
	Valuations []Valuation // of the vehicle's type
	Tariffs    tariffs.Book
	Settled    []Settled
	On         calendar.Date // the day of assessment
}

// Vehicle is the vehicle as the tariff sees it.
type Vehicle struct {
	tariffs.Vehicle
	TypeCode        string        // of the valuation list
	ModelYear       int           // Jalali
	FirstRegistered calendar.Date // the first day that the vehicle owes anything
}

// Residence says in which city the owner lived from the day From until the day before To; a zero To means still.
type Residence struct {
	MunicipalityID int
	From           calendar.Date
	To             calendar.Date
}

// Valuation is the published base value of the vehicle's type for one fiscal year, in rial.
type Valuation struct {
	ID         string
	FiscalYear calendar.FiscalYear
	Base       money.Rial
}

// Settled is what is already decided about a city's fiscal year: it was paid, or somebody is paying it now. Only claims that
// still hold belong here.
type Settled struct {
	MunicipalityID int
	FiscalYear     calendar.FiscalYear
	State          State      // Paid or Claimed
	Amount         money.Rial // what was paid, or what the claim fixed
	Until          time.Time  // when the claim ends
}

// State says whether a due may be ordered: only an assessed one may.
type State string

// The states. The missing ones have no amount and refuse with their reason; they never become zero.
const (
	Assessed         State = "assessed"
	Paid             State = "paid"
	Claimed          State = "claimed"
	MissingTariff    State = "missing_tariff"
	MissingValuation State = "missing_valuation"
	MissingResidence State = "missing_residence"
)

// Due is what the vehicle owes one municipality for one fiscal year. Total is what the year costs, Balance what is still to
// be paid of it; the lines of an assessed due sum to Total, the other states have none.
type Due struct {
	MunicipalityID int                 `json:"municipality_id"` // 0: residence unknown
	FiscalYear     calendar.FiscalYear `json:"fiscal_year"`
	State          State               `json:"state"`
	Lines          []Line              `json:"lines,omitempty"`
	Total          money.Rial          `json:"total"`
	Balance        money.Rial          `json:"balance"`
	ClaimedUntil   time.Time           `json:"claimed_until,omitzero"`
	Steps          []Step              `json:"steps"`
	Cites          Cites               `json:"cites"`
}

// Head names a line of a due.
type Head string

// The heads. Rounding is what the total has above the other lines, or below them where the tariff rounds down.
const (
	AnnualDuty   Head = "annual_duty"
	AgeSurcharge Head = "age_surcharge"
	Penalty      Head = "penalty"
	Rounding     Head = "rounding"
)

// Line is one head of a due in whole rial; a head without an amount has no line.
type Line struct {
	Head   Head       `json:"head"`
	Amount money.Rial `json:"amount"`
}

// Step is one sentence of the explanation, in the order in which the amount came about. Amount is its result as an exact
// decimal in rial ("1573456.789"), empty where the step only chooses. Legal is empty where no law speaks.
type Step struct {
	Code   string     `json:"code"`
	Text   fault.Text `json:"text"`
	Amount string     `json:"amount,omitempty"`
	Legal  fault.Text `json:"legal,omitzero"`
	Inputs []Input    `json:"inputs"`
}

// Input is a fact that a step used, in Latin digits and without separators.
type Input struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Cites names what a due was computed from, enough to compute it again.
type Cites struct {
	TariffID     string        `json:"tariff_id,omitempty"`
	ValuationID  string        `json:"valuation_id,omitempty"`
	ResidenceDay calendar.Date `json:"residence_day,omitzero"` // the day whose residence decided the city
	On           calendar.Date `json:"on"`                     // the day of assessment
}
