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
	Decisions  []Decision
	On         calendar.Date // the day of assessment
	Window     Window        // the fiscal years that are asked for; zero: every one
}

// Window is a span of fiscal years, both ends included; a zero end is open. It changes no due and no order: what is answered is what
// the same facts without a window answer, less the years outside.
type Window struct{ First, Last calendar.FiscalYear }

// holds says whether the year is asked for.
func (w Window) holds(year calendar.FiscalYear) bool {
	return year >= w.First && (w.Last == 0 || year <= w.Last)
}

// Vehicle is the vehicle as the tariff sees it. Its own ModelYear is the one that counts, not the embedded one.
type Vehicle struct {
	tariffs.Vehicle
	TypeCode        string        `json:"type_code"`        // of the valuation list
	ModelYear       int           `json:"model_year"`       // Jalali
	FirstRegistered calendar.Date `json:"first_registered"` // the first day that the vehicle owes anything
	Ended           calendar.Date `json:"ended,omitzero"`   // the last day that it owes anything; zero: it is still there
	EndReason       tariffs.End   `json:"end_reason,omitempty"`
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
	Basis      Basis // zero: the type is on the list itself
}

// Basis is where a base value comes from that no list gives: a type that is no longer made takes the listed value of another one
// (VAT law of 1387, Art. 42, notes).
type Basis struct {
	TypeCode   string              `json:"type_code"`   // of the other type
	NameFA     string              `json:"name_fa"`     // its name on the list
	FiscalYear calendar.FiscalYear `json:"fiscal_year"` // the year of its value
}

// Settled is what is already decided about a city's fiscal year: it was paid, or somebody is paying it now. Only claims that
// still hold belong here.
type Settled struct {
	MunicipalityID int
	FiscalYear     calendar.FiscalYear
	State          State      // Paid or Claimed
	Amount         money.Rial // what was paid, or what the claim fixed
	Until          time.Time  // when the claim ends
	Report         *Report    // nil: paid here
}

// Report is the source of a payment that a city took outside and reported: it counts as paid and shows where it comes from.
type Report struct {
	Reference string        // the city's own
	PaidOn    calendar.Date // as the city reports it
}

// State says whether a due may be ordered: only an assessed one may.
type State string

// The states. The missing ones have no amount and refuse with their reason; they never become zero.
const (
	Assessed         State = "assessed"
	Exempt           State = "exempt"       // nothing is owed, by law or by decision; the steps say why
	UnderReview      State = "under_review" // reckoned, but a decision holds it back
	Paid             State = "paid"
	Claimed          State = "claimed"
	MissingTariff    State = "missing_tariff"
	MissingValuation State = "missing_valuation"
	MissingResidence State = "missing_residence"
)

// Due is what the vehicle owes one municipality for one fiscal year. Total is what the year costs, Balance what is still to
// be paid of it; the lines of a reckoned due (assessed, exempt, under review) sum to Total, the other states have none.
type Due struct {
	MunicipalityID int                 `json:"municipality_id"` // 0: residence unknown
	FiscalYear     calendar.FiscalYear `json:"fiscal_year"`
	State          State               `json:"state"`
	Lines          []Line              `json:"lines,omitempty"`
	Total          money.Rial          `json:"total"`
	Balance        money.Rial          `json:"balance"`
	ClaimedUntil   time.Time           `json:"claimed_until,omitzero"`
	Unrated        []tariffs.Charge    `json:"unrated,omitempty"` // due here, without a published rate: not in Total, not zero
	Steps          []Step              `json:"steps"`
	Cites          Cites               `json:"cites"`
}

// Head names a line of a due.
type Head string

// The heads, in the order of a due's lines. Discount, PenaltyWaiver and Credit are negative. Rounding is what the total has
// above the other lines, or below them where the tariff rounds down.
const (
	AnnualDuty    Head = "annual_duty"
	PollutionLevy Head = "pollution_levy"
	AgeSurcharge  Head = "age_surcharge"
	Discount      Head = "discount"
	Penalty       Head = "penalty"
	PenaltyWaiver Head = "penalty_waiver"
	Extra         Head = "extra"
	Credit        Head = "credit"
	Rounding      Head = "rounding"
)

// Line is one head of a due in whole rial; a head without an amount has no line.
type Line struct {
	Head   Head       `json:"head"`
	Amount money.Rial `json:"amount"`
}

// Step is one sentence of the explanation, in the order in which the amount came about. Amount is its result as an exact
// decimal in rial ("1573456.789"), empty where the step only chooses. Legal is empty where no law speaks. Charge is the charge
// that the step is about, empty for the whole due. A due holds its steps flat; Tree gives them with children.
type Step struct {
	Code     string         `json:"code"`
	Charge   tariffs.Charge `json:"charge,omitempty"`
	Text     fault.Text     `json:"text"`
	Amount   string         `json:"amount,omitempty"`
	Legal    fault.Text     `json:"legal,omitzero"`
	Inputs   []Input        `json:"inputs"`
	Children []Step         `json:"children,omitempty"`
}

// Input is a fact that a step used, in Latin digits and without separators.
type Input struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Cites is everything that a due was computed from besides the tariffs that it names: Recompute needs no more. Cites that were
// stored before they held the vehicle decode, but cannot be recomputed.
type Cites struct {
	TariffID       string        `json:"tariff_id,omitempty"`       // national
	LocalTariffID  string        `json:"local_tariff_id,omitempty"` // the municipality's, where it had published one
	ValuationID    string        `json:"valuation_id,omitempty"`
	Base           money.Rial    `json:"base_rial,omitempty"` // of the valuation
	Basis          Basis         `json:"basis,omitzero"`      // of a base value by analogy
	MunicipalityID int           `json:"municipality_id,omitempty"`
	ResidenceDay   calendar.Date `json:"residence_day,omitzero"` // the day whose residence decided the city
	Vehicle        *Vehicle      `json:"vehicle,omitempty"`
	Decisions      []Decision    `json:"decisions,omitempty"` // those that held, by id
	On             calendar.Date `json:"on"`                  // the day of assessment
}
