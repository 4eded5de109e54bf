package api

import (
	"slices"
	"strings"
	"time"

	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/vehicles"
)

// reading turns the texts of a body into values; the first fault stays.
type reading struct{ err error }

func (in *reading) blame(field string, err error) {
	if in.err == nil && err != nil {
		in.err = fault.OnField(err, field)
	}
}

// day reads a Jalali day; an absent one is the absent day.
func (in *reading) day(field string, text *gen.Day) time.Time {
	if text == nil {
		return time.Time{}
	}
	return storedDay(in.date(field, text))
}

// date is day as the calendar knows it.
func (in *reading) date(field string, text *string) calendar.Date {
	if text == nil {
		return calendar.Date{}
	}
	day, err := calendar.Parse(*text)
	in.blame(field, err)
	return day
}

// plate reads any writing of a plate; an absent one is no plate.
func (in *reading) plate(text *string) identifiers.Plate {
	if text == nil {
		return identifiers.Plate{}
	}
	plate, err := identifiers.ParsePlate(*text)
	in.blame("plate", err)
	return plate
}

// owner reads who a vehicle belongs to; an absent one is nobody.
func (in *reading) owner(o *gen.Owner) vehicles.Owner {
	if o == nil {
		return vehicles.Owner{}
	}
	var owner vehicles.Owner
	var wrongID, wrongName error
	if o.Kind == gen.OwnerKindLegal {
		var id identifiers.LegalID
		id, wrongID = identifiers.ParseLegalID(o.Id)
		owner, wrongName = vehicles.NewLegalPerson(id, o.Name)
	} else {
		var id identifiers.NationalID
		id, wrongID = identifiers.ParseNationalID(o.Id)
		owner, wrongName = vehicles.NewPerson(id, o.Name)
	}
	in.blame("owner.id", wrongID)
	in.blame("owner.name", wrongName)
	return owner.WithPhone(in.mobile("owner.phone", o.Phone))
}

// mobile reads any writing of a mobile number; an absent one is "".
func (in *reading) mobile(field string, text *string) identifiers.Mobile {
	if text == nil {
		return ""
	}
	number, err := identifiers.ParseMobile(*text)
	in.blame(field, err)
	return number
}

// registryDays lets the registry reckon in Tehran's days and Jalali years.
var registryDays = vehicles.Days{
	Today:      func(now time.Time) time.Time { return storedDay(calendar.DateOf(now)) },
	FiscalYear: func(day time.Time) int { return int(calendar.FromGregorian(day.Date()).FiscalYear()) },
}

// storedDay is a day as a DATE column keeps it; the absent day stays absent.
func storedDay(d calendar.Date) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	year, month, day := d.Gregorian()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// inContract gives the fields of the registry's faults the names that the contract has for them (also holds further pairs of names), and writes the day in a
// history as a Jalali one.
func inContract(err error, also ...string) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	pairs := append(also, "vehicle", "vehicle_id", "keep", "vehicle_id", "duplicate", "duplicate_id", "report", "external_payment_id", "amount", "amount_rial")
	renamed := *f
	renamed.Fields = slices.Clone(f.Fields)
	for i, field := range renamed.Fields {
		for p := 0; p < len(pairs); p += 2 {
			if field.Name == pairs[p] {
				renamed.Fields[i].Name = pairs[p+1]
				break
			}
		}
	}
	from, _ := f.Extra["from"].(string)
	if day, err := time.Parse(time.DateOnly, from); err == nil {
		return renamed.With("from", dayView(day))
	}
	return &renamed
}

// namedBy is the field by which a body names its vehicle.
func namedBy(plate *string) string {
	if plate != nil {
		return "plate"
	}
	return "vin"
}

func remark(text *gen.Remark) string { return strings.TrimSpace(given(text)) }

func given[T any](value *T) T {
	if value == nil {
		return *new(T)
	}
	return *value
}
