package api

import (
	"context"
	"io"
	"net/url"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/gateways"
	"mofasa/billing/payments/mellat"
	"mofasa/billing/payments/sep"
	"mofasa/billing/payments/zarinpal"
)

// SepCallback receives the payer coming back from the gateway by a link.
func (s *server) SepCallback(ctx context.Context, _ gen.SepCallbackRequestObject) (gen.SepCallbackResponseObject, error) {
	page, err := s.returned(ctx, gateways.SEP, readSEP)
	return gen.SepCallback200TexthtmlResponse{Body: page}, err
}

// SepCallbackForm receives the payer coming back from the gateway by a form.
func (s *server) SepCallbackForm(ctx context.Context, _ gen.SepCallbackFormRequestObject) (gen.SepCallbackFormResponseObject, error) {
	page, err := s.returned(ctx, gateways.SEP, readSEP)
	return gen.SepCallbackForm200TexthtmlResponse{Body: page}, err
}

// ZarinpalCallback receives the payer coming back from the gateway by a link.
func (s *server) ZarinpalCallback(ctx context.Context, _ gen.ZarinpalCallbackRequestObject) (gen.ZarinpalCallbackResponseObject, error) {
	page, err := s.returned(ctx, gateways.Zarinpal, decoded(zarinpal.Returned))
	return gen.ZarinpalCallback200TexthtmlResponse{Body: page}, err
}

// MellatCallback receives the payer coming back from the gateway by a form.
func (s *server) MellatCallback(ctx context.Context, _ gen.MellatCallbackRequestObject) (gen.MellatCallbackResponseObject, error) {
	page, err := s.returned(ctx, gateways.Mellat, decoded(mellat.Returned))
	return gen.MellatCallback200TexthtmlResponse{Body: page}, err
}

// readSEP reads what came over the wire as it is: SEP leaves the + of a reference as it is.
func readSEP(raw string) (gateway.Callback, error) {
	back, err := sep.ParseCallback(raw)
	return gateway.Callback{Token: back.Token, MerchantReference: back.ResNum, Reference: back.RefNum}, err
}

func decoded(read gateway.Returned) func(raw string) (gateway.Callback, error) {
	return func(raw string) (gateway.Callback, error) {
		values, err := url.ParseQuery(raw)
		if err != nil {
			return gateway.Callback{}, gateway.ErrCallback
		}
		return read(values)
	}
}

// returned asks the provider about the payment that the callback names, whatever else the callback says, and tells the payer. The callback is read as it
// came over the wire: its form is the provider's, not ours.
func (s *server) returned(ctx context.Context, provider string, read func(raw string) (gateway.Callback, error)) (io.Reader, error) {
	back, err := read(rawForm(ctx))
	if err != nil {
		return renderPage("returned.html", nil)
	}
	payment, err := s.Payments.Returned(ctx, provider, back)
	if err != nil {
		return nil, err
	}
	return renderPage("returned.html", payment)
}

// GetPaymentPage is where the payer's browser posts itself to a provider that wants a form; from our own domain, which the provider checks.
func (s *server) GetPaymentPage(ctx context.Context, r gen.GetPaymentPageRequestObject) (gen.GetPaymentPageResponseObject, error) {
	form, err := s.Payments.Page(ctx, uuid.UUID(r.PaymentId))
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(form)
	if err != nil || target.Host == "" {
		return nil, errNoRoute
	}
	fields := target.Query()
	target.RawQuery = ""
	page, err := renderPage("topay.html", struct {
		Action string
		Fields url.Values
	}{target.String(), fields})
	return gen.GetPaymentPage200TexthtmlResponse{Body: page, Headers: gen.GetPaymentPage200ResponseHeaders{ReferrerPolicy: optional("origin"),
		ContentSecurityPolicy: optional("default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action " + target.Scheme + "://" + target.Host)}}, err
}
