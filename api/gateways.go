package api

import (
	"context"

	"mofasa/api/gen"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/gateways"
)

// ListGateways shows the registry of online terminals, without secrets.
func (s *server) ListGateways(ctx context.Context, _ gen.ListGatewaysRequestObject) (gen.ListGatewaysResponseObject, error) {
	found, err := s.Gateways.List(ctx, scopeOf(ctx))
	view := gen.ListGateways200JSONResponse{Gateways: make([]gen.Gateway, 0, len(found))}
	for _, t := range found {
		view.Gateways = append(view.Gateways, gatewayView(t))
	}
	return view, err
}

// AskForGateway leaves a terminal to a second person.
func (s *server) AskForGateway(ctx context.Context, r gen.AskForGatewayRequestObject) (gen.AskForGatewayResponseObject, error) {
	settings, secrets := given(r.Body.Settings), given(r.Body.Secrets)
	asked, err := s.Gateways.Ask(ctx, scopeOf(ctx), gateways.Application{MunicipalityID: r.Body.MunicipalityCode, Provider: string(r.Body.Provider), Number: r.Body.Terminal,
		Settings: gateways.Settings{OwnAccount: given(settings.OwnAccount), Description: given(settings.Description), SubServices: given(settings.SubServices)},
		Secrets:  gateways.Secrets{MerchantID: gateway.Secret(given(secrets.MerchantId)), UserName: gateway.Secret(given(secrets.UserName)), Password: gateway.Secret(given(secrets.Password))},
		Reason:   r.Body.Reason, Key: keyFor(ctx, r.Params.IdempotencyKey)})
	if err != nil {
		return nil, err
	}
	return gen.AskForGateway202JSONResponse(gatewayView(asked)), nil
}

// AskToCloseGateway leaves the closing of a terminal to a second person.
func (s *server) AskToCloseGateway(ctx context.Context, r gen.AskToCloseGatewayRequestObject) (gen.AskToCloseGatewayResponseObject, error) {
	asked, err := s.Gateways.AskToClose(ctx, scopeOf(ctx), r.GatewayId, r.Body.Reason, keyFor(ctx, r.Params.IdempotencyKey))
	if err != nil {
		return nil, err
	}
	return gen.AskToCloseGateway202JSONResponse(gatewayView(asked)), nil
}

func gatewayView(t gateways.Terminal) gen.Gateway {
	v := gen.Gateway{Id: t.ID, MunicipalityCode: t.MunicipalityID, Provider: gen.GatewayProvider(t.Provider), Terminal: t.Number, State: gen.GatewayState(t.State), AskedBy: t.AskedBy, AskedAt: t.AskedAt,
		OpenedAt: moment(t.OpenedAt), ClosedAt: moment(t.ClosedAt), ApprovalId: somebody(t.Approval)}
	v.Settings = gen.GatewaySettings{OwnAccount: optional(t.Settings.OwnAccount), Description: optional(t.Settings.Description)}
	if len(t.Settings.SubServices) > 0 {
		v.Settings.SubServices = &t.Settings.SubServices
	}
	return v
}
