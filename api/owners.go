package api

import (
	"context"
	"strings"

	"mofasa/api/gen"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/vehicles"
)

// DiscloseOwner shows an owner in clear.
func (s *server) DiscloseOwner(ctx context.Context, r gen.DiscloseOwnerRequestObject) (gen.DiscloseOwnerResponseObject, error) {
	var in reading
	entry := in.day("entry", r.Body.Entry)
	if in.err != nil {
		return nil, in.err
	}
	d, err := s.Vehicles.DiscloseOwner(ctx, scopeOf(ctx).NamingVehicle(r.VehicleId), entry, strings.TrimSpace(r.Body.Purpose))
	if err != nil {
		return nil, inContract(err)
	}
	return gen.DiscloseOwner200JSONResponse{Body: gen.DisclosedOwner{Kind: gen.OwnerKind(d.Kind), Id: d.ID, Name: d.Name, Phone: optional(d.Phone), From: dayView(d.From), To: endView(d.To)},
		Headers: gen.DiscloseOwner200ResponseHeaders{CacheControl: optional("no-store")}}, nil
}

// SearchOwner lists the vehicles of an owner.
func (s *server) SearchOwner(ctx context.Context, r gen.SearchOwnerRequestObject) (gen.SearchOwnerResponseObject, error) {
	var in reading
	owner := in.ownerKey(r.Body)
	if in.err != nil {
		return nil, in.err
	}
	page, more, err := s.Vehicles.FindByOwner(ctx, scopeOf(ctx), owner, given(r.Body.After), strings.TrimSpace(r.Body.Purpose))
	if err != nil {
		return nil, inContract(err)
	}
	answer := gen.OwnedVehicles{Vehicles: []gen.OwnedVehicle{}}
	for _, o := range page {
		answer.Vehicles = append(answer.Vehicles, gen.OwnedVehicle{VehicleId: o.VehicleID, Vin: o.VIN.String(), Plate: optional(o.Plate), From: dayView(o.From), To: endView(o.To)})
	}
	if more {
		answer.Next = &page[len(page)-1].VehicleID
	}
	return gen.SearchOwner200JSONResponse{Body: answer, Headers: gen.SearchOwner200ResponseHeaders{CacheControl: optional("no-store")}}, nil
}

// ownerKey reads whom to look for: by exactly one of a person's ID, a company's ID and a mobile number.
func (in *reading) ownerKey(by *gen.OwnerSearch) vehicles.OwnerKey {
	named := 0
	for _, text := range []*string{by.NationalId, by.LegalId, by.Phone} {
		if text != nil {
			named++
		}
	}
	switch {
	case named != 1:
		in.blame("national_id", vehicles.ErrOneOwnerID)
	case by.NationalId != nil:
		id, err := identifiers.ParseNationalID(*by.NationalId)
		in.blame("national_id", err)
		return vehicles.PersonID(id)
	case by.LegalId != nil:
		id, err := identifiers.ParseLegalID(*by.LegalId)
		in.blame("legal_id", err)
		return vehicles.LegalPersonID(id)
	default:
		return vehicles.Phone(in.mobile("phone", by.Phone))
	}
	return vehicles.OwnerKey{}
}
