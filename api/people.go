package api

import (
	"context"

	"mofasa/api/gen"
	"mofasa/tenants/identity"
)

// ListPeople shows who works for the own home; the platform sees everybody.
func (s *server) ListPeople(ctx context.Context, r gen.ListPeopleRequestObject) (gen.ListPeopleResponseObject, error) {
	found, err := s.Staff.List(ctx, scopeOf(ctx), identity.MemberQuery{After: given(r.Params.After), Limit: given(r.Params.Limit)})
	if err != nil {
		return nil, err
	}
	list := make([]gen.StaffMember, 0, len(found))
	for _, m := range found {
		list = append(list, memberView(m))
	}
	return gen.ListPeople200JSONResponse{People: list}, nil
}

// ChangeRole gives somebody another role, or asks a second person for it.
func (s *server) ChangeRole(ctx context.Context, r gen.ChangeRoleRequestObject) (gen.ChangeRoleResponseObject, error) {
	change, err := s.Staff.ChangeRole(ctx, scopeOf(ctx), r.PersonId, identity.Role(r.Body.Role), r.Body.Reason)
	if err != nil {
		return nil, err
	}
	answer := gen.ChangeRole200JSONResponse{Person: memberView(change.Member)}
	if change.Approval != nil {
		view, err := approvalView(*change.Approval)
		if err != nil {
			return nil, err
		}
		answer.Approval = &view
	}
	return answer, nil
}

// ChangeStanding locks, unlocks or dismisses somebody.
func (s *server) ChangeStanding(ctx context.Context, r gen.ChangeStandingRequestObject) (gen.ChangeStandingResponseObject, error) {
	m, err := s.Staff.SetStanding(ctx, scopeOf(ctx), r.PersonId, identity.Standing(r.Body.Standing), r.Body.Reason)
	return gen.ChangeStanding200JSONResponse(memberView(m)), err
}

// RecordNationalID puts on record which human somebody is.
func (s *server) RecordNationalID(ctx context.Context, r gen.RecordNationalIDRequestObject) (gen.RecordNationalIDResponseObject, error) {
	m, err := s.Staff.RecordNationalID(ctx, scopeOf(ctx), r.PersonId, r.Body.NationalId, r.Body.Reason)
	return gen.RecordNationalID200JSONResponse(memberView(m)), err
}

func memberView(m identity.Member) gen.StaffMember {
	v := gen.StaffMember{Id: m.ID, Username: m.Username, NameFa: m.NameFA, Role: string(m.Role), Standing: gen.PersonStanding(m.Standing), Workplace: scopeView(m.Scope()),
		NationalId: optional(m.NationalID), PlatformLocked: m.PlatformLocked()}
	if len(m.Clients) > 0 {
		v.ApiClients = &m.Clients
	}
	if m.Kind == identity.AtOffice && m.MunicipalityID != 0 {
		v.Workplace.MunicipalityCode = &m.MunicipalityID
	}
	return v
}
