package api

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/billing/decisions"
	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

// DecideDues stores a decision about a vehicle's dues.
func (s *server) DecideDues(ctx context.Context, r gen.DecideDuesRequestObject) (gen.DecideDuesResponseObject, error) {
	named, err := inquiries.Name(scopeOf(ctx), given(r.Body.Plate), given(r.Body.Vin))
	if err != nil {
		return nil, err
	}
	var in reading
	request := decisions.Request{Kind: dues.DecisionKind(r.Body.Kind), Charge: tariffs.Charge(given(r.Body.Charge)), FromYear: calendar.FiscalYear(r.Body.FromYear),
		ThroughYear: calendar.FiscalYear(r.Body.ThroughYear), Rate: money.PPM(given(r.Body.RatePpm)), Amount: money.Rial(given(r.Body.AmountRial)),
		Reason: fault.Text{FA: r.Body.Reason.Fa, EN: r.Body.Reason.En}, ValidFrom: in.date("valid_from", r.Body.ValidFrom), ValidTo: in.date("valid_to", r.Body.ValidTo)}
	if in.err != nil {
		return nil, in.err
	}
	view, err := decided(s.Decisions.Once(keyFor(ctx, r.Params.IdempotencyKey)).Decide(ctx, named, request))
	return gen.DecideDues201JSONResponse(view), inContract(err, "vehicle", namedBy(r.Body.Plate))
}

// EndDecision ends a decision of the own authority.
func (s *server) EndDecision(ctx context.Context, r gen.EndDecisionRequestObject) (gen.EndDecisionResponseObject, error) {
	var in reading
	day := in.date("day", r.Body.Day)
	if in.err != nil {
		return nil, in.err
	}
	once := s.Decisions.Once(keyFor(ctx, r.Params.IdempotencyKey))
	view, err := decided(once.End(ctx, scopeOf(ctx), r.DecisionId, day, fault.Text{FA: r.Body.Reason.Fa, EN: r.Body.Reason.En}))
	return gen.EndDecision200JSONResponse(view), inContract(err, "decision", "decision_id")
}

// LookUpDecisions shows what was decided about a vehicle.
func (s *server) LookUpDecisions(ctx context.Context, r gen.LookUpDecisionsRequestObject) (gen.LookUpDecisionsResponseObject, error) {
	named, err := inquiries.Name(scopeOf(ctx), given(r.Body.Plate), given(r.Body.Vin))
	if err != nil {
		return nil, err
	}
	found, err := s.Decisions.OfVehicle(ctx, named, strings.TrimSpace(r.Body.Purpose))
	if err != nil {
		return nil, inContract(err, "vehicle", namedBy(r.Body.Plate))
	}
	answer := gen.LookUpDecisions200JSONResponse{Decisions: []gen.Decision{}}
	for _, d := range found {
		view, err := decisionView(d)
		if err != nil {
			return nil, err
		}
		answer.Decisions = append(answer.Decisions, view)
	}
	return answer, nil
}

func decided(d decisions.Decision, err error) (gen.Decision, error) {
	if err != nil {
		return gen.Decision{}, err
	}
	return decisionView(d)
}

func decisionView(d decisions.Decision) (gen.Decision, error) {
	id, err := uuid.Parse(d.ID)
	v := gen.Decision{Id: id, Authority: authorityView(d.MunicipalityID), VehicleId: d.VehicleID, Kind: gen.DecisionKind(d.Kind), Charge: optional(string(d.Charge)),
		FromYear: int(d.FromYear), ThroughYear: int(d.ThroughYear), RatePpm: amountView(int64(d.Rate)), AmountRial: amountView(int64(d.Amount)), Reason: textView(d.Reason),
		Actor: d.Actor, ValidFrom: d.ValidFrom.String(), ValidTo: jalali(d.ValidTo), RecordedAt: d.RecordedAt, State: gen.DecisionState(d.State), CorrectionId: optional(d.Correction)}
	if d.End != nil {
		v.End = &gen.DecisionEnd{Day: d.End.Day.String(), Reason: textView(d.End.Reason), Actor: d.End.Actor, RecordedAt: d.End.RecordedAt}
	}
	return v, err
}
