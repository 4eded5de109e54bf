// Package inquiries answers an office's recorded, purpose-bound look-up: one vehicle's dues in all cities, from one consistent
// reading of the facts. It decides nothing about amounts; package dues does.
package inquiries

import (
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// What an inquiry refuses with.
var (
	ErrVehicleUnknown = fault.Define(fault.NotFound, "vehicle_unknown",
		"خودرویی با این پلاک یا این شناسه ثبت نشده است.", "No vehicle with this plate or VIN is registered.")
	ErrOneKey = fault.Define(fault.Invalid, "plate_or_vin",
		"دقیقاً یکی از پلاک و شناسهٔ خودرو (VIN) را بفرستید.", "Send exactly one of plate and VIN.")
	ErrUnknown = fault.Define(fault.NotFound, "inquiry_unknown",
		"این استعلام پیدا نشد. دوباره استعلام بگیرید.", "This inquiry was not found. Make a new one.")
	ErrTooOld = fault.Define(fault.Conflict, "inquiry_too_old",
		"از این استعلام بیش از یک روز گذشته است؛ خودرو را دوباره جست‌وجو کنید.", "This inquiry is more than a day old; look the vehicle up again.")
)

// Vehicle is the vehicle as the answer shows it.
type Vehicle struct {
	ID              uuid.UUID
	VIN             string
	Plate           string // canonical, "" where it wears none
	TypeNameFA      string
	Facts           dues.Vehicle
	FirstRegistered calendar.Date
}

// Municipality is a city that is entitled to some year.
type Municipality struct {
	ID         int    `json:"id"`
	NameFA     string `json:"name_fa"`
	NameEN     string `json:"name_en"`
	ProvinceFA string `json:"province_fa"`
	Stage      string `json:"stage"`
	Reached    bool   `json:"reached"`  // it is no pilot, or one whose rollout has reached the office
	Validity   int    `json:"validity"` // how many minutes an order holds its dues
	Agreed     bool   `json:"agreed"`   // the office has an agreement with it today
	Account    bool   `json:"account"`  // it has an account that money can go to; known only where the office has an agreement

	Agreement *Agreement `json:"agreement,omitempty" gorm:"-"` // what the office may collect for it today; nil: nothing, or not read
}

// Fee is what the payer gives for the office's service, with the line of the schedule that says so. It is no part of any duty, and no total of dues holds it.
type Fee struct {
	Service   string     `json:"service"`
	Amount    money.Rial `json:"amount"`
	Class     string     `json:"class"` // of the office; empty: the fee was shown and is no part of what is paid
	ValidFrom string     `json:"from"`  // Gregorian, as stored
	Revision  int        `json:"revision"`
	Reference string     `json:"reference"` // the decree
}

// Charged tells whether the fee is a part of what the payer pays.
func (f *Fee) Charged() bool { return f != nil && f.Class != "" && f.Amount > 0 }

// CityState says whether the office can order a city's dues.
type CityState string

// The states of a city in an answer.
const (
	Answered    CityState = "answered"
	Paused      CityState = "paused"       // the city takes no payments now
	NotYet      CityState = "not_yet"      // the city is not open to the office yet
	Closed      CityState = "closed"       // the city has left the platform
	NoAgreement CityState = "no_agreement" // the office may not collect for it
)

// City is one municipality's part of the answer.
type City struct {
	Municipality Municipality
	State        CityState
	Dues         []dues.Due
	Refused      map[calendar.FiscalYear]*fault.Error // why the office may not collect a due; absent: its agreement is not in the way
	Payable      money.Rial                           // each due alone is within the agreement; all together may be above a ceiling
}

// Inquiry is the whole answer.
type Inquiry struct {
	ID           uuid.UUID
	At           time.Time
	Purpose      string
	Vehicle      Vehicle
	Cities       []City
	Unattributed []dues.Due // fiscal years for which no residence is known
	Payable      money.Rial
	Fee          *Fee // of a clearance; nil: none is charged
	Held         []Held
}

// Held says that a claimed due stands in an unfinished order of the asking office, so that the operator can go on with it.
type Held struct {
	MunicipalityID int
	FiscalYear     calendar.FiscalYear
	OrderID        uuid.UUID
}

// Assessment is what the facts say before anybody records that they were asked.
type Assessment struct {
	Vehicle        Vehicle
	Municipalities []Municipality // ascending by id
	Dues           []dues.Due
	Fee            *Fee
	Held           []Held
}

// State of a municipality for the asking office.
func (m Municipality) State() CityState {
	switch {
	case m.Stage == "closed":
		return Closed
	case m.Stage == "draft" || m.Stage == "pilot" && !m.Reached:
		return NotYet
	case m.Stage != "active" && m.Stage != "pilot":
		return Paused
	case !m.Agreed:
		return NoAgreement
	}
	return Answered
}

// group arranges the dues of an assessment by city.
func (a Assessment) group() (cities []City, unattributed []dues.Due, payable money.Rial, err error) {
	for _, m := range a.Municipalities {
		city := City{Municipality: m, State: m.State()}
		for _, d := range a.Dues {
			if d.MunicipalityID != m.ID {
				continue
			}
			city.Dues = append(city.Dues, d)
			if err = city.refuse(d); err != nil {
				return nil, nil, 0, err
			}
			if city.State == Answered && d.State == dues.Assessed && city.Refused[d.FiscalYear] == nil {
				if city.Payable, err = city.Payable.Add(d.Balance); err != nil {
					return nil, nil, 0, err
				}
			}
		}
		if payable, err = payable.Add(city.Payable); err != nil {
			return nil, nil, 0, err
		}
		if len(city.Dues) > 0 {
			cities = append(cities, city)
		}
	}
	for _, d := range a.Dues {
		if d.MunicipalityID == 0 {
			unattributed = append(unattributed, d)
		}
	}
	return cities, unattributed, payable, nil
}

// Shown is what the operator saw of one due; an order compares it with what is owed then.
type Shown struct {
	MunicipalityID int
	FiscalYear     calendar.FiscalYear
	Balance        money.Rial
}

// Record is a stored inquiry.
type Record struct {
	ID        uuid.UUID
	VehicleID uuid.UUID
	Purpose   string
	Age       time.Duration // when it was read
	Shown     []Shown
}

// Balance is what the operator was shown for a due, and whether it was shown at all.
func (r Record) Balance(municipality int, year calendar.FiscalYear) (money.Rial, bool) {
	for _, s := range r.Shown {
		if s.MunicipalityID == municipality && s.FiscalYear == year {
			return s.Balance, true
		}
	}
	return 0, false
}
