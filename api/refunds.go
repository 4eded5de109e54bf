package api

import (
	"context"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/money"
	"mofasa/billing/payments"
)

// ListPaymentRefunds shows what of a payment went back and what is left.
func (s *server) ListPaymentRefunds(ctx context.Context, r gen.ListPaymentRefundsRequestObject) (gen.ListPaymentRefundsResponseObject, error) {
	found, parts, err := s.Payments.RefundsOf(ctx, scopeOf(ctx), r.PaymentId)
	if err != nil {
		return nil, err
	}
	view := gen.ListPaymentRefunds200JSONResponse{Refunds: refundViews(found), Parts: make([]gen.Refundable, 0, len(parts))}
	for _, p := range parts {
		view.Parts = append(view.Parts, gen.Refundable{MunicipalityCode: p.MunicipalityID, BillId: somebody(p.BillID), PaidRial: int64(p.Amount), RefundedRial: int64(p.Refunded),
			CorrectedRial: int64(p.Corrected), AvailableRial: int64(p.Left())})
	}
	return view, nil
}

// CreateRefund gives money back, or leaves it to a second person.
func (s *server) CreateRefund(ctx context.Context, r gen.CreateRefundRequestObject) (gen.CreateRefundResponseObject, error) {
	made, err := s.Payments.Refund(ctx, scopeOf(ctx), refundRequest(ctx, r.PaymentId, *r.Body, r.Params.IdempotencyKey))
	return gen.CreateRefund201JSONResponse{Refunds: refundViews(made)}, err
}

// RequestRefund asks the cities for it.
func (s *server) RequestRefund(ctx context.Context, r gen.RequestRefundRequestObject) (gen.RequestRefundResponseObject, error) {
	made, err := s.Payments.Refund(ctx, scopeOf(ctx), refundRequest(ctx, r.PaymentId, *r.Body, r.Params.IdempotencyKey))
	return gen.RequestRefund202JSONResponse{Refunds: refundViews(made)}, err
}

func refundRequest(ctx context.Context, payment uuid.UUID, b gen.RefundRequest, key string) payments.RefundRequest {
	return payments.RefundRequest{PaymentID: payment, BillID: idOr(b.BillId), Amount: money.Rial(given(b.AmountRial)), Expected: money.Rial(b.ExpectedAvailableRial), WithFee: given(b.WithFee),
		Reason: b.Reason, IBAN: given(b.PayerIban), Key: keyFor(ctx, key)}
}

// RecordChargeback leaves what a bank has taken back to a second person.
func (s *server) RecordChargeback(ctx context.Context, r gen.RecordChargebackRequestObject) (gen.RecordChargebackResponseObject, error) {
	b := r.Body
	made, err := s.Payments.Chargeback(ctx, scopeOf(ctx), payments.RefundRequest{PaymentID: r.PaymentId, BillID: idOr(b.BillId), Amount: money.Rial(given(b.AmountRial)),
		Expected: money.Rial(b.ExpectedAvailableRial), WithFee: given(b.WithFee), Reason: b.Reason, Reference: b.Reference, Key: keyFor(ctx, r.Params.IdempotencyKey)})
	return gen.RecordChargeback202JSONResponse{Refunds: refundViews(made)}, err
}

// ListRefunds shows the refunds of the own home.
func (s *server) ListRefunds(ctx context.Context, r gen.ListRefundsRequestObject) (gen.ListRefundsResponseObject, error) {
	found, err := s.Payments.Refunds(ctx, scopeOf(ctx), payments.RefundQuery{State: payments.RefundState(given(r.Params.State)), Doubt: given(r.Params.Doubtful), Before: idOr(r.Params.BeforeRefund), Limit: given(r.Params.Limit)})
	return gen.ListRefunds200JSONResponse{Refunds: refundViews(found)}, err
}

// ReportRefundPaid says that a refund was transferred.
func (s *server) ReportRefundPaid(ctx context.Context, r gen.ReportRefundPaidRequestObject) (gen.ReportRefundPaidResponseObject, error) {
	paid, err := s.Payments.RefundPaid(ctx, scopeOf(ctx), r.RefundId, r.Body.Reference, keyFor(ctx, r.Params.IdempotencyKey))
	return gen.ReportRefundPaid200JSONResponse(refundView(paid)), err
}

func refundViews(list []payments.Refund) []gen.Refund {
	views := make([]gen.Refund, len(list))
	for i, r := range list {
		views[i] = refundView(r)
	}
	return views
}

func refundView(r payments.Refund) gen.Refund {
	v := gen.Refund{Id: r.ID, GroupId: r.GroupID, PaymentId: r.PaymentID, MunicipalityCode: r.MunicipalityID, BillId: somebody(r.BillID), Kind: gen.RefundKind(r.Kind), AmountRial: int64(r.Amount),
		State: gen.RefundState(r.State), Whole: r.Whole, Reason: r.Reason, Remark: optional(r.Remark), PayerIban: optional(r.PayerIBAN), RequestedBy: r.RequestedBy, RequestedAt: r.RequestedAt, ExpiresAt: r.ExpiresAt,
		ApprovalId: somebody(r.ApprovalID), GrantedAt: moment(r.GrantedAt), PaidAt: moment(r.PaidAt), Reference: optional(r.Reference),
		DoubtedAt: moment(r.DoubtedAt), VerdictId: somebody(r.VerdictID)}
	if r.Channel != "" {
		channel := gen.RefundChannel(r.Channel)
		v.Channel = &channel
	}
	return v
}
