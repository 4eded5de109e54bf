package api

import (
	"bytes"
	"context"
	"io"
	"slices"

	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/billing/certificates"
)

// IssueCertificate certifies that an order's vehicle is cleared.
func (s *server) IssueCertificate(ctx context.Context, r gen.IssueCertificateRequestObject) (gen.IssueCertificateResponseObject, error) {
	request := certificates.Request{OfficeID: officeOf(ctx), OrderID: r.Body.OrderId, Key: keyFor(ctx, r.Params.IdempotencyKey)}
	if r.Body.ThroughFiscalYear != nil {
		request.Through = calendar.FiscalYear(*r.Body.ThroughFiscalYear)
	}
	c, err := s.Certificates.CertifyClearance(ctx, request)
	if err != nil {
		return nil, err
	}
	return gen.IssueCertificate201JSONResponse(s.certificateView(c)), nil
}

// GetCertificate shows one that the office issued.
func (s *server) GetCertificate(ctx context.Context, r gen.GetCertificateRequestObject) (gen.GetCertificateResponseObject, error) {
	c, err := s.Certificates.Certificate(ctx, officeOf(ctx), r.Serial)
	if err != nil {
		return nil, err
	}
	return gen.GetCertificate200JSONResponse(s.certificateView(c)), nil
}

// GetCertificatePDF renders the page to hand over.
func (s *server) GetCertificatePDF(ctx context.Context, r gen.GetCertificatePDFRequestObject) (gen.GetCertificatePDFResponseObject, error) {
	body, err := s.Certificates.PDF(ctx, officeOf(ctx), r.Serial)
	if err != nil {
		return nil, err
	}
	cache := "private, no-store"
	return gen.GetCertificatePDF200ApplicationpdfResponse{Body: bytes.NewReader(body), ContentLength: int64(len(body)),
		Headers: gen.GetCertificatePDF200ResponseHeaders{CacheControl: &cache}}, nil
}

// CheckCertificate tells anybody whether a certificate is valid.
func (s *server) CheckCertificate(ctx context.Context, r gen.CheckCertificateRequestObject) (gen.CheckCertificateResponseObject, error) {
	b := r.Body
	bySerial, byDocument := b.Serial != nil && b.Proof != nil, b.Document != nil
	if bySerial == byDocument {
		return nil, errInvalid.On("serial").On("document")
	}
	var verdict certificates.Verdict
	var err error
	if byDocument {
		verdict, err = s.Certificates.CheckDocument(ctx, *b.Document)
	} else {
		verdict, err = s.Certificates.Check(ctx, *b.Serial, *b.Proof)
	}
	if err != nil {
		return nil, err
	}
	return gen.CheckCertificate200JSONResponse(verdictView(verdict)), nil
}

// CheckCertificatePage is the page behind the QR code.
func (s *server) CheckCertificatePage(ctx context.Context, r gen.CheckCertificatePageRequestObject) (gen.CheckCertificatePageResponseObject, error) {
	verdict, err := s.Certificates.Check(ctx, r.Serial, r.Proof)
	if err != nil {
		return nil, err
	}
	var page io.Reader
	page, err = renderPage("check.html", verdict)
	return gen.CheckCertificatePage200TexthtmlResponse{Body: page}, err
}

func (s *server) certificateView(c certificates.Certificate) gen.Certificate {
	return gen.Certificate{Serial: string(c.Serial), Status: gen.CertificateStatus(c.Status), ThroughFiscalYear: c.ThroughYear, IssuedAt: c.IssuedAt,
		VerifyUrl: s.Certificates.URL(c), Document: c.JWS}
}

func verdictView(v certificates.Verdict) gen.CertificateCheck {
	view := gen.CertificateCheck{Valid: v.Reason == certificates.Valid}
	if !view.Valid {
		reason := gen.CertificateCheckReason(v.Reason)
		view.Reason, view.EndedAt = &reason, moment(v.EndedAt)
	}
	if v.Document.Serial == "" {
		return view
	}
	doc := v.Document
	checked := gen.CheckedCertificate{Serial: string(doc.Serial), IssuedAt: doc.IssuedAt, ThroughFiscalYear: doc.ThroughFiscalYear, Plate: optional(doc.Vehicle.Plate),
		VinTail: doc.Vehicle.VIN[max(0, len(doc.Vehicle.VIN)-6):], TypeNameFa: doc.Vehicle.TypeName, OfficeNameFa: doc.OfficeName, TotalRial: doc.TotalRial}
	for _, d := range doc.Dues {
		checked.Cities = append(checked.Cities, gen.CheckedCity{NameFa: d.MunicipalityNameFA, FiscalYears: slices.Clone(d.FiscalYears), AmountRial: d.AmountRial})
	}
	view.Certificate = &checked
	return view
}
