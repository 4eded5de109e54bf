package api

import (
	"context"
	"encoding/json"
	"fmt"

	"mofasa/api/gen"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateways"
	"mofasa/tenants/approvals"
	"mofasa/tenants/identity"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
)

// Executes is how each kind that is decided in the list of approvals is carried out.
func Executes(cities *municipalities.Service, paid *payments.Service) map[approvals.Kind]approvals.Execute {
	return map[approvals.Kind]approvals.Execute{approvals.RoleGrant: identity.GrantRole, approvals.CityAccounts: cities.Accounts, approvals.FeeAccount: offices.TakeFeeAccount, approvals.KeeperInvitation: identity.AppointKeeper,
		approvals.GatewayChange: gateways.Carry, approvals.SuspenseRemedy: paid.Remedied, approvals.Refund: paid.RefundApproved,
		approvals.RefundOutcome: paid.VerdictApproved}
}

// ListApprovals shows what waits for a second person, or was decided.
func (s *server) ListApprovals(ctx context.Context, r gen.ListApprovalsRequestObject) (gen.ListApprovalsResponseObject, error) {
	found, err := s.Approvals.List(ctx, scopeOf(ctx), approvals.Query{State: approvals.State(given(r.Params.State)), Kind: approvals.Kind(given(r.Params.Kind)),
		Before: given(r.Params.Before), Limit: given(r.Params.Limit)})
	if err != nil {
		return nil, err
	}
	list := make([]gen.Approval, len(found))
	for i := range found {
		if list[i], err = approvalView(found[i]); err != nil {
			return nil, err
		}
	}
	return gen.ListApprovals200JSONResponse{Approvals: list}, nil
}

// GetApproval shows one request.
func (s *server) GetApproval(ctx context.Context, r gen.GetApprovalRequestObject) (gen.GetApprovalResponseObject, error) {
	found, err := s.Approvals.Get(ctx, scopeOf(ctx), r.ApprovalId)
	if err != nil {
		return nil, err
	}
	view, err := approvalView(found)
	return gen.GetApproval200JSONResponse(view), err
}

// DecideApproval is the second person's word.
func (s *server) DecideApproval(ctx context.Context, r gen.DecideApprovalRequestObject) (gen.DecideApprovalResponseObject, error) {
	found, err := s.Approvals.Decide(ctx, scopeOf(ctx), r.ApprovalId, approvals.Verdict(r.Body.Verdict), given(r.Body.Remark))
	if err != nil {
		return nil, err
	}
	view, err := approvalView(found)
	return gen.DecideApproval200JSONResponse(view), err
}

func approvalView(a approvals.Approval) (gen.Approval, error) {
	v := gen.Approval{Id: a.ID, Kind: gen.ApprovalKind(a.Kind), TargetId: a.Target.ID, Workplace: scopeView(a.In), Summary: textView(a.Summary), Reason: a.Reason,
		State: gen.ApprovalState(a.State), RequestedBy: a.RequestedBy, RequesterNameFa: optional(a.RequesterName), RequestedAt: a.RequestedAt, ExpiresAt: a.ExpiresAt,
		DecidedBy: somebody(a.DecidedBy), DeciderNameFa: optional(a.DeciderName), DecidedAt: moment(a.DecidedAt), Remark: optional(a.Remark)}
	if err := json.Unmarshal(a.Payload, &v.Details); err != nil {
		return v, fmt.Errorf("details of approval %s: %w", a.ID, err)
	}
	return v, nil
}

// scopeView names the office, the city or the platform of a scope.
func scopeView(s scope.Scope) gen.Workplace {
	switch s.Kind() {
	case scope.KindOffice:
		return gen.Workplace{Home: gen.WorkplaceHomeOffice, OfficeId: somebody(s.OfficeID())}
	case scope.KindMunicipality:
		city := s.MunicipalityID()
		return gen.Workplace{Home: gen.WorkplaceHomeMunicipality, MunicipalityCode: &city}
	default:
		return gen.Workplace{Home: gen.WorkplaceHomePlatform}
	}
}
