package vehicles

import (
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
)

// columns are those of the file: a row states a vehicle and, where they are not empty, one period of its plate and one of its owner's residence.
var columns = []string{"vin", "class", "usage", "fuel", "origin", "cylinders", "type_code", "model_year", "first_registered",
	"plate", "plate_from", "plate_to", "municipality_code", "residence_from", "residence_to"}

// ownerFile are the columns that a file may have besides: one period of ownership.
var ownerFile = []string{"owner_id", "owner_from", "owner_to", "owner_name", "owner_phone"}

const (
	colVIN = iota
	colClass
	colUsage
	colFuel
	colOrigin
	colCylinders
	colType
	colModelYear
	colFirstRegistered
	colPlate
	colPlateFrom
	colPlateTo
	colMunicipality
	colResidenceFrom
	colResidenceTo
	colOwner
	colOwnerFrom
	colOwnerTo
	colOwnerName
	colOwnerPhone
)

// staged are the columns of the staging table in the order in which parser.row fills them; id is the vehicle's if its VIN is new.
var staged = []string{"line integer", "id uuid", "vin text", "class text", "usage text", "fuel text", "origin text", "cylinders smallint", "type_code text",
	"model_year smallint", "first_registered date", "plate text", "plate_from date", "plate_to date", "residence integer", "residence_from date", "residence_to date",
	"owner jsonb", "owner_from date", "owner_to date"}

var (
	errPeriod = fault.Define(fault.Invalid, "period_order", "پایان دوره باید پس از آغاز آن باشد.", "A period must end after it begins.")
	errNoCity = fault.Define(fault.Invalid, "municipality_unknown", "شهرداری‌ای با این کد ثبت نشده است.", "No municipality with this code is registered.")
	errAlone  = fault.Define(fault.Invalid, "period_alone", "تاریخ آمده است، ولی پلاک، شهرداری یا مالک آن خالی است.", "There is a date but no plate, municipality or owner that it belongs to.")
)

var (
	cylinders = csvimport.Whole(0, 24)
	modelYear = csvimport.Whole(1300, 1500)
	cityCode  = csvimport.Whole(1, 999)
)

// parser checks one row at a time.
type parser struct {
	day    func(string) (time.Time, error)
	cities map[int64]bool
	newID  func() uuid.UUID
	owners ownerParser
}

func (p *parser) row(r *csvimport.Record, values []any) {
	v := p.vehicle(r)
	r.Key = string(v.VIN)
	// Plain types: the driver looks longer at named ones.
	copy(values[1:], []any{[16]byte(v.ID), string(v.VIN), string(v.Class), string(v.Usage), string(v.Fuel), string(v.Origin), v.Cylinders, v.TypeCode, v.ModelYear, v.FirstRegistered})
	values[11], values[14] = nil, nil
	if r.Text(colPlate) != "" {
		values[11] = csvimport.Cell(r, colPlate, canonicalPlate)
	}
	if r.Text(colMunicipality) != "" {
		values[14] = csvimport.Cell(r, colMunicipality, p.city)
	}
	values[12], values[13] = p.period(r, colPlate)
	values[15], values[16] = p.period(r, colMunicipality)
	values[17] = p.owners.cell(r)
	values[18], values[19] = p.period(r, colOwner)
}

func (p *parser) vehicle(r *csvimport.Record) Vehicle {
	return Vehicle{
		ID:              p.newID(),
		VIN:             csvimport.Cell(r, colVIN, identifiers.ParseVIN),
		Class:           csvimport.Cell(r, colClass, ParseClass),
		Usage:           csvimport.Cell(r, colUsage, ParseUsage),
		Fuel:            csvimport.Cell(r, colFuel, ParseFuel),
		Origin:          csvimport.Cell(r, colOrigin, ParseOrigin),
		Cylinders:       int(csvimport.Cell(r, colCylinders, cylinders)),
		TypeCode:        csvimport.Cell(r, colType, csvimport.Required),
		ModelYear:       int(csvimport.Cell(r, colModelYear, modelYear)),
		FirstRegistered: csvimport.Cell(r, colFirstRegistered, p.day),
	}
}

// period reads the two dates behind a column; the end is open where its cell is empty. Both are nil where the column is empty.
func (p *parser) period(r *csvimport.Record, column int) (from, to any) {
	first, last := column+1, column+2
	if r.Text(column) == "" {
		for _, date := range []int{first, last} {
			if r.Text(date) != "" {
				r.Refuse(date, errAlone)
			}
		}
		return nil, nil
	}
	begin := csvimport.Cell(r, first, p.day)
	if r.Text(last) == "" {
		return begin, nil
	}
	end := csvimport.Cell(r, last, p.day)
	if !end.After(begin) {
		r.Refuse(last, errPeriod)
	}
	return begin, end
}

func (p *parser) city(cell string) (int64, error) {
	code, err := cityCode(cell)
	if err == nil && !p.cities[code] {
		return 0, errNoCity
	}
	return code, err
}

func canonicalPlate(cell string) (string, error) {
	plate, err := identifiers.ParsePlate(cell)
	return plate.String(), err
}
