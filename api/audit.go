package api

import (
	"bytes"
	"context"
	"strings"

	"mofasa/api/gen"
	"mofasa/billing/inquiries"
	"mofasa/tenants/audit"
	"mofasa/tenants/vehicles"
)

// auditPage and auditFile are how many entries a page and a file have where nobody says; looksPage how many looks.
const (
	auditPage = 100
	auditFile = 5000
	looksPage = 100
)

// ListAudit shows the log of the own organisation.
func (s *server) ListAudit(ctx context.Context, r gen.ListAuditRequestObject) (gen.ListAuditResponseObject, error) {
	q, err := auditQuery(gen.ExportAuditParams(r.Params), auditPage)
	if err != nil {
		return nil, err
	}
	page, more, err := s.Audit.List(ctx, scopeOf(ctx), q)
	if err != nil {
		return nil, err
	}
	answer := gen.ListAudit200JSONResponse{Entries: []gen.AuditEntry{}}
	for _, e := range page {
		answer.Entries = append(answer.Entries, auditView(e))
	}
	if more {
		answer.Next = optional(page[len(page)-1].Key().String())
	}
	return answer, nil
}

// ExportAudit gives a file of entries. It is whole before the first byte is sent, so that a file that breaks off never looks complete.
func (s *server) ExportAudit(ctx context.Context, r gen.ExportAuditRequestObject) (gen.ExportAuditResponseObject, error) {
	q, err := auditQuery(r.Params, auditFile)
	if err != nil {
		return nil, err
	}
	q.Export = true
	page, more, err := s.Audit.List(ctx, scopeOf(ctx), q)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	w, err := audit.NewCSV(&file)
	if err != nil {
		return nil, err
	}
	for _, e := range page {
		if err := w.Write(e); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	answer := gen.ExportAudit200TextcsvResponse{Body: &file, ContentLength: int64(file.Len())}
	if more {
		answer.Headers.NextCursor = optional(page[len(page)-1].Key().String())
	}
	return answer, nil
}

// auditQuery reads what both operations are asked for; a day begins in Tehran.
func auditQuery(p gen.ExportAuditParams, limit int) (audit.Query, error) {
	q := audit.Query{Owner: given(p.Owner), Action: given(p.Action), TargetKind: given(p.TargetKind), TargetID: given(p.TargetId), Limit: limit}
	if p.Limit != nil {
		q.Limit = *p.Limit
	}
	var in reading
	if p.From != nil {
		q.From = in.date("from", p.From).Time()
	}
	if p.To != nil {
		q.To = in.date("to", p.To).Time()
	}
	q.After = in.auditKey(p.After)
	return q, in.err
}

// auditKey reads where a page of the log ended; an absent one is the first page.
func (in *reading) auditKey(text *string) *audit.Key {
	if text == nil {
		return nil
	}
	key, err := audit.ParseKey(*text)
	in.blame("after", err)
	return &key
}

func auditView(e audit.Entry) gen.AuditEntry {
	v := gen.AuditEntry{Id: e.ID, At: e.At, Owner: e.Owner, ActorKind: gen.AuditEntryActorKind(e.ActorKind), PersonId: e.PersonID, PersonName: optional(e.PersonName),
		Action: e.Action, TargetKind: e.TargetKind, TargetId: e.TargetID, Purpose: optional(e.Purpose), RequestId: optional(e.RequestID)}
	if len(e.Details) > 0 {
		v.Details = &e.Details
	}
	if e.Municipality != 0 {
		v.AboutMunicipality = &e.Municipality
	}
	return v
}

// WhoLookedUpVehicle lists who has looked at a vehicle.
func (s *server) WhoLookedUpVehicle(ctx context.Context, r gen.WhoLookedUpVehicleRequestObject) (gen.WhoLookedUpVehicleResponseObject, error) {
	named, err := inquiries.Name(scopeOf(ctx), given(r.Body.Plate), given(r.Body.Vin))
	if err != nil {
		return nil, err
	}
	in := reading{}
	q := vehicles.Question{Purpose: strings.TrimSpace(r.Body.Purpose), Names: true, After: in.auditKey(r.Body.After), Limit: looksPage}
	if in.err != nil {
		return nil, in.err
	}
	vehicle, page, more, err := s.Vehicles.WhoLooked(ctx, named, q)
	if err != nil {
		return nil, inContract(err, "vehicle", namedBy(r.Body.Plate))
	}
	answer := gen.WhoLookedUpVehicle200JSONResponse{VehicleId: vehicle, Looks: []gen.VehicleLook{}}
	for _, l := range page {
		answer.Looks = append(answer.Looks, lookView(l))
	}
	if more {
		answer.Next = optional(page[len(page)-1].Key().String())
	}
	return answer, nil
}

func lookView(l audit.Look) gen.VehicleLook {
	v := gen.VehicleLook{At: l.At, Action: l.Action, Purpose: l.Purpose, By: gen.VehicleLookBy(l.By.Kind)}
	if l.By.OfficeName != "" {
		v.OfficeId, v.OfficeName = &l.By.OfficeID, &l.By.OfficeName
	}
	if l.By.MunicipalityID != 0 {
		v.MunicipalityCode, v.MunicipalityName = &l.By.MunicipalityID, &gen.Text{Fa: l.By.MunicipalityFA, En: l.By.MunicipalityEN}
	}
	switch {
	case l.Who == nil:
	case l.Who.Program:
		v.ClientId, v.ClientName = &l.Who.ID, optional(l.Who.Name)
	default:
		v.PersonId, v.PersonName = &l.Who.ID, optional(l.Who.Name)
	}
	return v
}

// DiscloseLooks lists, for the owner of a vehicle, when, why and from where somebody has looked at it.
func (s *server) DiscloseLooks(ctx context.Context, r gen.DiscloseLooksRequestObject) (gen.DiscloseLooksResponseObject, error) {
	in := reading{}
	after := in.auditKey(r.Params.After)
	if in.err != nil {
		return nil, in.err
	}
	vehicle, page, more, err := s.Vehicles.LooksForOwner(ctx, scopeOf(ctx).NamingVehicle(r.VehicleId), after, looksPage)
	if err != nil {
		return nil, err
	}
	answer := gen.DiscloseLooks200JSONResponse{VehicleId: vehicle, Looks: []gen.NamelessLook{}}
	for _, l := range page {
		look := gen.NamelessLook{At: l.At, Action: l.Action, Purpose: l.Purpose, By: gen.NamelessLookBy(l.By.Kind)}
		if l.By.MunicipalityID != 0 {
			look.MunicipalityCode, look.MunicipalityName = &l.By.MunicipalityID, &gen.Text{Fa: l.By.MunicipalityFA, En: l.By.MunicipalityEN}
		}
		answer.Looks = append(answer.Looks, look)
	}
	if more {
		answer.Next = optional(page[len(page)-1].Key().String())
	}
	return answer, nil
}
