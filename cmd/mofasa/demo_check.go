package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mofasa/api/gen"
)

// genuine is what the public page says of a valid certificate.
const genuine = "این گواهی معتبر است"

func (w *walk) certify(ctx context.Context) (string, error) {
	if err := w.api.call(ctx, http.MethodPost, "/v1/certificates", gen.CertificateRequest{OrderId: w.order.Id}, &w.certificate); err != nil {
		return "", err
	}
	r := &w.result.Certificate
	r.Serial, r.VerifyURL = w.certificate.Serial, w.certificate.VerifyUrl
	return fmt.Sprintf("%s, cleared in all cities through %d, signed (Ed25519, %d bytes)", w.certificate.Serial, w.certificate.ThroughFiscalYear, len(w.certificate.Document)), nil
}

func (w *walk) savePDF(ctx context.Context) (string, error) {
	body, err := w.api.fetch(ctx, http.MethodGet, "/v1/certificates/"+w.certificate.Serial+"/pdf", nil)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(string(body), "%PDF-") {
		return "", errors.New("what came is no PDF")
	}
	return fmt.Sprintf("%s bytes in %s", thousands(int64(len(body))), w.pdf), writeWhole(w.pdf, body)
}

// checkGenuine holds the certificate as issued against the public endpoint, in both ways, and against the page of its QR code.
func (w *walk) checkGenuine(ctx context.Context) (string, error) {
	serial, proof, err := readVerifyURL(w.certificate.VerifyUrl)
	if err != nil {
		return "", err
	}
	for name, body := range map[string]gen.CertificateCheckRequest{
		"serial and proof":    {Serial: &serial, Proof: &proof},
		"the signed document": {Document: &w.certificate.Document},
	} {
		verdict, err := w.check(ctx, body)
		if err != nil {
			return "", err
		}
		if !verdict.Valid || verdict.Certificate == nil || verdict.Certificate.TotalRial < w.order.TotalRial {
			return "", fmt.Errorf("by %s the certificate is not valid", name)
		}
		w.certified = verdict.Certificate.TotalRial
	}
	valid, err := w.checkPage(ctx, serial, proof)
	if err == nil && !valid {
		err = errors.New("the public page does not call the certificate valid")
	}
	w.result.Certificate.Valid = err == nil
	return "valid: by serial and proof, by the signed document, and on the public page", err
}

// checkTampered changes the amount in the signed document, and the proof in the address: both must be refused.
func (w *walk) checkTampered(ctx context.Context) (string, error) {
	serial, proof, err := readVerifyURL(w.certificate.VerifyUrl)
	if err != nil {
		return "", err
	}
	document, err := tamper(w.certificate.Document, w.certified)
	if err != nil {
		return "", err
	}
	wrong := otherEnd(proof)
	var reasons []string
	for _, body := range []gen.CertificateCheckRequest{{Document: &document}, {Serial: &serial, Proof: &wrong}} {
		verdict, err := w.check(ctx, body)
		if err != nil {
			return "", err
		}
		if verdict.Valid || verdict.Reason == nil {
			return "", errors.New("a tampered certificate passes")
		}
		reasons = append(reasons, string(*verdict.Reason))
	}
	valid, err := w.checkPage(ctx, serial, wrong)
	if err == nil && valid {
		err = errors.New("the public page accepts a wrong proof")
	}
	w.result.Certificate.TamperedRefused = err == nil
	return fmt.Sprintf("refused: another amount in the document (%s), a wrong proof (%s), and its page", reasons[0], reasons[1]), err
}

func (w *walk) check(ctx context.Context, body gen.CertificateCheckRequest) (verdict gen.CertificateCheck, err error) {
	err = w.public.call(ctx, http.MethodPost, "/v1/public/certificate-checks", body, &verdict)
	return verdict, err
}

func (w *walk) checkPage(ctx context.Context, serial, proof string) (valid bool, err error) {
	page, err := w.public.fetch(ctx, http.MethodGet, "/v/"+url.PathEscape(serial)+"/"+url.PathEscape(proof), nil)
	return strings.Contains(string(page), genuine), err
}

// readVerifyURL takes the two pieces of a QR code's address: …/v/SERIAL/PROOF.
func readVerifyURL(address string) (serial, proof string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", err
	}
	parts := strings.Split(u.Path, "/")
	if len(parts) != 4 || parts[1] != "v" {
		return "", "", errors.New("the certificate's address is not /v/SERIAL/PROOF")
	}
	return parts[2], parts[3], nil
}

// tamper doubles an amount wherever the payload of a signed document (JWS compact, RFC 7515) states it, and keeps the signature.
func tamper(document string, amount int64) (string, error) {
	parts := strings.Split(document, ".")
	if len(parts) != 3 {
		return "", errors.New("the document is no compact JWS")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", err
	}
	changed := strings.ReplaceAll(string(payload), strconv.FormatInt(amount, 10), strconv.FormatInt(2*amount, 10))
	if changed == string(payload) {
		return "", errors.New("the document does not state the amount")
	}
	return parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(changed)) + "." + parts[2], nil
}

// otherEnd changes the last letter.
func otherEnd(text string) string {
	last := "A"
	if strings.HasSuffix(text, last) {
		last = "B"
	}
	return text[:len(text)-1] + last
}
