package api

import (
	"context"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/payments"
)

// CreatePayment starts one attempt to pay an order.
func (s *server) CreatePayment(ctx context.Context, r gen.CreatePaymentRequestObject) (gen.CreatePaymentResponseObject, error) {
	p, err := s.Payments.Start(ctx, payments.Request{OfficeID: officeOf(ctx), OrderID: r.OrderId, Method: payments.Method(r.Body.Method), DeviceID: idOr(r.Body.DeviceId), Key: keyFor(ctx, r.Params.IdempotencyKey)})
	if err != nil {
		return nil, err
	}
	view, err := s.paymentView(ctx, p)
	if err != nil {
		return nil, err
	}
	if p.State == payments.Unknown || p.State == payments.Created {
		return gen.CreatePayment202JSONResponse(view), nil
	}
	return gen.CreatePayment201JSONResponse(view), nil
}

// ReportOutcome takes the signed word of a card terminal's agent, which the portal brings.
func (s *server) ReportOutcome(ctx context.Context, r gen.ReportOutcomeRequestObject) (gen.ReportOutcomeResponseObject, error) {
	p, err := s.Payments.Report(ctx, officeOf(ctx), r.PaymentId, r.Body.Outcome)
	if err != nil {
		return nil, err
	}
	view, err := s.paymentView(ctx, p)
	return gen.ReportOutcome200JSONResponse(view), err
}

// ReleaseTerminal gives the word that lets a card terminal sell again.
func (s *server) ReleaseTerminal(ctx context.Context, r gen.ReleaseTerminalRequestObject) (gen.ReleaseTerminalResponseObject, error) {
	word, err := s.Payments.Release(ctx, officeOf(ctx), r.PaymentId)
	if err != nil {
		return nil, err
	}
	return gen.ReleaseTerminal200JSONResponse{Release: word}, nil
}

// paymentView is a payment with what its card terminal is to be told, and when it is decided at the latest.
func (s *server) paymentView(ctx context.Context, p payments.Payment) (gen.Payment, error) {
	view := paymentView(p)
	word, err := s.Payments.SaleOrder(p)
	if word != "" {
		view.TerminalOrder = &word
	}
	view.DecidedBy = moment(s.Payments.DecidedBy(ctx, p))
	return view, err
}

func paymentView(p payments.Payment) gen.Payment {
	v := gen.Payment{Id: p.ID, State: gen.PaymentState(p.State), Method: gen.PaymentMethod(p.Method), Provider: p.Provider, AmountRial: int64(p.Amount), RefundedRial: int64(p.Refunded),
		Reference: optional(p.Reference), Reason: optional(p.Reason), DepositLow: depositLow(p), CreatedAt: p.CreatedAt, ExpiresAt: p.ExpiresAt, Bills: p.BillIDs()}
	if p.State == payments.Sent {
		v.RedirectUrl = optional(p.RedirectURL)
	}
	if p.Fee != nil {
		fee := int64(p.Fee.Amount)
		v.FeeRial = &fee
	}
	if p.Receipt != nil {
		v.Receipt = &gen.Receipt{Number: p.Receipt.Number, At: p.Receipt.At, AmountRial: int64(p.Receipt.Amount), FeeRial: v.FeeRial, Rrn: optional(p.RRN), MaskedPan: optional(p.MaskedPAN)}
	}
	return v
}

// idOr is an optional id; without one it is uuid.Nil.
func idOr(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}
