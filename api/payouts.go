package api

import (
	"context"

	"mofasa/api/gen"
	"mofasa/billing/payments"
)

// ListPayouts shows what the suspense desk has given back and the treasury is to transfer, or has.
func (s *server) ListPayouts(ctx context.Context, r gen.ListPayoutsRequestObject) (gen.ListPayoutsResponseObject, error) {
	q := payments.PayoutQuery{State: string(given(r.Params.State)), Before: idOr(r.Params.BeforePayout), Limit: given(r.Params.Limit)}
	list, err := s.Payments.Payouts(ctx, scopeOf(ctx), q)
	view := gen.ListPayouts200JSONResponse{Payouts: make([]gen.Payout, len(list))}
	for i, p := range list {
		view.Payouts[i] = payoutView(p)
	}
	return view, err
}

// ReportPayoutPaid says that a payout was transferred.
func (s *server) ReportPayoutPaid(ctx context.Context, r gen.ReportPayoutPaidRequestObject) (gen.ReportPayoutPaidResponseObject, error) {
	paid, err := s.Payments.PayoutPaid(ctx, scopeOf(ctx), r.PayoutId, r.Body.Reference, keyFor(ctx, r.Params.IdempotencyKey))
	return gen.ReportPayoutPaid200JSONResponse(payoutView(paid)), err
}

func payoutView(p payments.Payout) gen.Payout {
	return gen.Payout{Id: p.ID, ItemId: p.ItemID, OfficeId: somebody(p.OfficeID), Provider: p.Provider, Reason: p.Reason, Iban: p.IBAN, AmountRial: int64(p.Amount), AskedAt: p.AskedAt,
		PaidAt: moment(p.PaidAt), PaidBy: somebody(p.PaidBy), Reference: optional(p.Reference)}
}

// ProposeReversalVerdict leaves to a second person what a provider did that never answered.
func (s *server) ProposeReversalVerdict(ctx context.Context, r gen.ProposeReversalVerdictRequestObject) (gen.ProposeReversalVerdictResponseObject, error) {
	asked, err := s.Payments.ProposeVerdict(ctx, payments.ReversalVerdict{Refund: r.RefundId, WentBack: r.Body.WentBack, Evidence: r.Body.Evidence, Reason: r.Body.Reason,
		Key: keyFor(ctx, r.Params.IdempotencyKey)})
	if err != nil {
		return nil, err
	}
	view, err := approvalView(asked)
	return gen.ProposeReversalVerdict202JSONResponse(view), err
}
