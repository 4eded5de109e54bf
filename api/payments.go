package api

import (
	"context"
	"io"

	"mofasa/api/gen"
	"mofasa/billing/payments"
	"mofasa/billing/payments/sep"
)

// CreatePayment starts one attempt to pay an order.
func (s *server) CreatePayment(ctx context.Context, r gen.CreatePaymentRequestObject) (gen.CreatePaymentResponseObject, error) {
	p, err := s.Payments.Start(ctx, payments.Request{OfficeID: officeOf(ctx), OrderID: r.OrderId, Key: keyFor(ctx, r.Params.IdempotencyKey)})
	if err != nil {
		return nil, err
	}
	if p.State == payments.Unknown || p.State == payments.Created {
		return gen.CreatePayment202JSONResponse(paymentView(p)), nil
	}
	return gen.CreatePayment201JSONResponse(paymentView(p)), nil
}

func paymentView(p payments.Payment) gen.Payment {
	v := gen.Payment{Id: p.ID, State: gen.PaymentState(p.State), Method: gen.PaymentMethod(p.Method), Provider: p.Provider, AmountRial: int64(p.Amount),
		Reference: optional(p.Reference), Reason: optional(p.Reason), CreatedAt: p.CreatedAt, ExpiresAt: p.ExpiresAt, Bills: p.BillIDs()}
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

// SepCallback receives the payer coming back from the gateway by a link.
func (s *server) SepCallback(ctx context.Context, _ gen.SepCallbackRequestObject) (gen.SepCallbackResponseObject, error) {
	page, err := s.returned(ctx)
	return gen.SepCallback200TexthtmlResponse{Body: page}, err
}

// SepCallbackForm receives the payer coming back from the gateway by a form.
func (s *server) SepCallbackForm(ctx context.Context, _ gen.SepCallbackFormRequestObject) (gen.SepCallbackFormResponseObject, error) {
	page, err := s.returned(ctx)
	return gen.SepCallbackForm200TexthtmlResponse{Body: page}, err
}

// returned asks the provider about the payment that the callback names, whatever else the callback says, and tells the payer. The callback is read as it
// came over the wire: its form is the provider's, not ours.
func (s *server) returned(ctx context.Context) (io.Reader, error) {
	callback, err := sep.ParseCallback(rawForm(ctx))
	if err != nil {
		return renderPage("returned.html", nil)
	}
	payment, err := s.Payments.Returned(ctx, callback.Token, callback.ResNum)
	if err != nil {
		return nil, err
	}
	return renderPage("returned.html", payment)
}
