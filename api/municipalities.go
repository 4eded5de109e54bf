package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"mofasa/api/gen"
	"mofasa/tenants/fault"
	"mofasa/tenants/municipalities"
)

// ListMunicipalities shows the platform every city and a city itself.
func (s *server) ListMunicipalities(ctx context.Context, r gen.ListMunicipalitiesRequestObject) (gen.ListMunicipalitiesResponseObject, error) {
	found, err := s.Municipalities.List(ctx, scopeOf(ctx))
	if err != nil {
		return nil, err
	}
	answer := gen.ListMunicipalities200JSONResponse{Municipalities: []gen.Tenant{}}
	for _, t := range found {
		if r.Params.Stage == nil || t.Stage == municipalities.Stage(*r.Params.Stage) {
			answer.Municipalities = append(answer.Municipalities, tenantView(t))
		}
	}
	return answer, nil
}

// GetMunicipality shows where a city stands and how it came there.
func (s *server) GetMunicipality(ctx context.Context, r gen.GetMunicipalityRequestObject) (gen.GetMunicipalityResponseObject, error) {
	life, err := s.Municipalities.Read(ctx, scopeOf(ctx), r.MunicipalityCode)
	if err != nil {
		return nil, err
	}
	return gen.GetMunicipality200JSONResponse(lifeView(life)), nil
}

// MoveMunicipality takes a city to another stage.
func (s *server) MoveMunicipality(ctx context.Context, r gen.MoveMunicipalityRequestObject) (gen.MoveMunicipalityResponseObject, error) {
	life, err := s.Municipalities.MoveTo(ctx, scopeOf(ctx), r.MunicipalityCode, municipalities.Stage(r.Body.Stage), r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return gen.MoveMunicipality200JSONResponse(lifeView(life)), nil
}

// GetMunicipalityConfig shows a configuration, the newest where no number is given, and lists all.
func (s *server) GetMunicipalityConfig(ctx context.Context, r gen.GetMunicipalityConfigRequestObject) (gen.GetMunicipalityConfigResponseObject, error) {
	found, err := s.Municipalities.Config(ctx, scopeOf(ctx), r.MunicipalityCode, given(r.Params.Number))
	if err != nil {
		return nil, err
	}
	all, err := s.Municipalities.Configs(ctx, scopeOf(ctx), r.MunicipalityCode)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(found.Pack)
	if err != nil {
		return nil, fmt.Errorf("show pack: %w", err)
	}
	answer := gen.GetMunicipalityConfig200JSONResponse{Number: found.Number, Pack: body, Versions: []gen.MunicipalityConfigVersion{}}
	for _, c := range all {
		v := gen.MunicipalityConfigVersion{Number: c.Number, At: c.At, Reason: c.Reason, ActorId: somebody(c.ActorID), TariffDraftId: somebody(c.TariffDraft)}
		if c.Restores > 0 {
			v.Restores = &c.Restores
		}
		answer.Versions = append(answer.Versions, v)
	}
	return answer, nil
}

// DiffMunicipalityPack says what a pack would change.
func (s *server) DiffMunicipalityPack(ctx context.Context, r gen.DiffMunicipalityPackRequestObject) (gen.DiffMunicipalityPackResponseObject, error) {
	p, err := s.packFor(ctx, r.MunicipalityCode, r.Body.Pack)
	if err != nil {
		return nil, err
	}
	plan, err := s.Municipalities.Diff(ctx, scopeOf(ctx), p, true)
	if err != nil {
		return nil, inPack(err)
	}
	return gen.DiffMunicipalityPack200JSONResponse(planView(plan)), nil
}

// ApplyMunicipalityPack makes a pack the city's configuration.
func (s *server) ApplyMunicipalityPack(ctx context.Context, r gen.ApplyMunicipalityPackRequestObject) (gen.ApplyMunicipalityPackResponseObject, error) {
	p, err := s.packFor(ctx, r.MunicipalityCode, r.Body.Pack)
	if err != nil {
		return nil, err
	}
	plan, err := s.Municipalities.Apply(ctx, scopeOf(ctx), municipalities.Application{Pack: p, Reason: r.Body.Reason, Number: &r.Body.Number, Known: true})
	if err != nil {
		return nil, inPack(err)
	}
	return gen.ApplyMunicipalityPack200JSONResponse(planView(plan)), nil
}

// RollBackMunicipalityConfig makes an older configuration the newest.
func (s *server) RollBackMunicipalityConfig(ctx context.Context, r gen.RollBackMunicipalityConfigRequestObject) (gen.RollBackMunicipalityConfigResponseObject, error) {
	plan, err := s.Municipalities.Rollback(ctx, scopeOf(ctx), r.MunicipalityCode, r.Body.Number, r.Body.Reason)
	if err != nil {
		return nil, inPack(err)
	}
	return gen.RollBackMunicipalityConfig200JSONResponse(planView(plan)), nil
}

// packFor reads the pack of a city that is there.
func (s *server) packFor(ctx context.Context, code int, body []byte) (municipalities.Pack, error) {
	if _, err := s.Municipalities.Read(ctx, scopeOf(ctx), code); err != nil {
		return municipalities.Pack{}, err
	}
	p, err := s.Municipalities.Parse(bytes.TrimSpace(body))
	if err != nil {
		return p, inPack(err)
	}
	if p.Code != code {
		return p, municipalities.ErrCode.On("pack.code")
	}
	return p, nil
}

// inPack names the fields of a wrong pack as they stand in the body.
func inPack(err error) error {
	f := fault.Of(err)
	if f == nil || f.Code != municipalities.ErrPack.Code {
		return err
	}
	named := *f
	named.Fields = make([]fault.Field, len(f.Fields))
	for i, field := range f.Fields {
		field.Name = "pack." + field.Name
		named.Fields[i] = field
	}
	return &named
}

func tenantView(t municipalities.Tenant) gen.Tenant {
	return gen.Tenant{Code: t.ID, NameFa: t.NameFA, NameEn: t.NameEN, ProvinceFa: t.ProvinceFA, ProvinceEn: t.ProvinceEN, CountyFa: t.CountyFA,
		Stage: gen.TenantStage(t.Stage), ConfigNumber: t.Config}
}

func lifeView(l municipalities.Life) gen.TenantLife {
	v := gen.TenantLife{Municipality: tenantView(l.Tenant), Next: []gen.TenantStage{}, Moves: []gen.TenantMove{}}
	for _, stage := range l.Stage.Next() {
		v.Next = append(v.Next, gen.TenantStage(stage))
	}
	for _, m := range l.Moves {
		v.Moves = append(v.Moves, gen.TenantMove{Number: m.Number, Was: gen.TenantStage(m.Was), Stage: gen.TenantStage(m.Stage), Reason: m.Reason, At: m.At, ActorId: somebody(m.ActorID)})
	}
	return v
}

func planView(p municipalities.Plan) gen.MunicipalityPlan {
	v := gen.MunicipalityPlan{Was: p.Was, Number: p.Number, Changes: []gen.MunicipalityChange{}, TariffDraftId: somebody(p.TariffDraft), ApprovalId: somebody(p.Waiting)}
	for _, c := range p.Changes {
		v.Changes = append(v.Changes, gen.MunicipalityChange{Path: c.Path, Before: optional(c.Before), After: optional(c.After)})
	}
	return v
}
