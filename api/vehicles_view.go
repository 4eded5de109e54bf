package api

import (
	"time"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/vehicles"
)

func recordView(r vehicles.Record) gen.VehicleRecord {
	v := gen.VehicleRecord{Id: r.Vehicle.ID, Vin: r.Vehicle.VIN.String(), Class: string(r.Vehicle.Class), Usage: string(r.Vehicle.Usage), Fuel: string(r.Vehicle.Fuel),
		Origin: string(r.Vehicle.Origin), Cylinders: r.Vehicle.Cylinders, TypeCode: r.Vehicle.TypeCode, ModelYear: r.Vehicle.ModelYear,
		FirstRegistered: dayView(r.Vehicle.FirstRegistered), Category: optional(r.Vehicle.Category), Merged: []gen.MergedVehicle{},
		Plates: entriesView(r, r.Plates), Residences: entriesView(r, r.Residences), Owners: entriesView(r, r.Owners),
		Gaps: []gen.GapDeclaration{}, Corrections: []gen.SupersededEntry{}, ExternalPayments: []gen.ExternalPayment{}}
	if r.Retired != nil {
		v.Retirement = &gen.VehicleRetirement{Day: dayView(r.Retired.Day), Manner: gen.VehicleRetirementManner(r.Retired.Manner), Reference: r.Retired.Reference}
	}
	for _, d := range r.Merged {
		v.Merged = append(v.Merged, gen.MergedVehicle{Id: d.ID, Vin: d.VIN.String()})
	}
	for _, g := range r.Gaps {
		v.Gaps = append(v.Gaps, gen.GapDeclaration{History: gen.HistoryName(g.History), From: dayView(g.From), To: endView(g.To), Reason: g.Reason})
	}
	for _, s := range r.Superseded {
		v.Corrections = append(v.Corrections, supersededView(r, s))
	}
	for _, p := range r.Payments {
		v.ExternalPayments = append(v.ExternalPayments, gen.ExternalPayment{Id: p.ID, Municipality: cityView(r.Cities[p.MunicipalityID]), FiscalYear: p.FiscalYear,
			AmountRial: p.AmountRial, PaidOn: dayView(p.PaidOn), Reference: p.Reference, ReportedAt: p.ReportedAt})
	}
	return v
}

func supersededView(r vehicles.Record, s vehicles.Superseded) gen.SupersededEntry {
	v := gen.SupersededEntry{History: gen.HistoryName(s.History), Cause: gen.SupersededEntryCause(s.Cause), Was: entryView(r, s.Was), Now: entryView(r, s.Now), Reason: s.Reason, At: s.At}
	if s.Actor != uuid.Nil {
		v.PersonId = &s.Actor
	}
	return v
}

func entriesView(r vehicles.Record, periods []vehicles.Period) []gen.HistoryEntry {
	views := make([]gen.HistoryEntry, 0, len(periods))
	for _, p := range periods {
		views = append(views, entryView(r, p))
	}
	return views
}

// entryView never shows the hash of an owner's ID, by which two vehicles of one owner could be matched.
func entryView(r vehicles.Record, p vehicles.Period) gen.HistoryEntry {
	v := gen.HistoryEntry{From: dayView(p.From), To: endView(p.To), Plate: optional(p.Plate)}
	if p.Residence != 0 {
		city := cityView(r.Cities[p.Residence])
		v.Municipality = &city
	}
	if p.Owner.ID != "" {
		v.Owner = &gen.MaskedOwner{Kind: gen.OwnerKind(p.Owner.Kind), Id: p.Owner.ID, Name: p.Owner.Name, Phone: optional(p.Owner.Phone)}
	}
	return v
}

func cityView(m municipalities.Municipality) gen.Municipality {
	return gen.Municipality{Code: m.ID, NameFa: m.NameFA, NameEn: m.NameEN, ProvinceFa: m.ProvinceFA}
}

// dayView writes a stored day as the Jalali one.
func dayView(day time.Time) string { return calendar.FromGregorian(day.Date()).String() }

func endView(day time.Time) *string {
	if day.IsZero() {
		return nil
	}
	return optional(dayView(day))
}
