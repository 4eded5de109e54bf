package api_test

import (
	"bytes"
	"strings"
	"testing"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/tenants/scope"
)

func TestTheWholeVisit(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)

	inquiry := c.Inquire("۱۲ ب ۱۴۵ ایران ۴۷")
	if len(inquiry.Municipalities) != 3 || inquiry.PayableRial <= 0 || len(inquiry.Unattributed) != 0 {
		t.Fatalf("inquiry: %+v", inquiry)
	}
	for _, m := range inquiry.Municipalities {
		for _, d := range m.Dues {
			var sum int64
			for _, line := range d.Lines {
				sum += line.AmountRial
			}
			if d.State != gen.DueStateAssessed || sum != d.TotalRial || d.TotalRial%1000 != 0 || len(d.Explanation) < 2 {
				t.Errorf("%s %d: %+v", m.Municipality.NameEn, d.FiscalYear, d)
			}
		}
	}

	var order gen.Order
	c.Must(c.Once("POST", "/v1/orders", apitest.OrderOf(inquiry)), 201, &order)
	if len(order.Bills) != 3 || order.TotalRial != inquiry.PayableRial {
		t.Fatalf("order: %+v", order)
	}
	payment := c.Pay(order.Id)
	if payment.State != gen.PaymentStateCaptured || payment.Receipt == nil || payment.AmountRial != order.TotalRial {
		t.Fatalf("payment: %+v", payment)
	}
	paid := c.GetOrder(order.Id)
	if paid.State != gen.OrderStatePaid || paid.PaidRial != order.TotalRial {
		t.Fatalf("order after payment: %+v", paid)
	}

	var certificate gen.Certificate
	c.Must(c.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, &certificate)
	if certificate.ThroughFiscalYear != 1405 || certificate.Status != gen.CertificateStatusIssued {
		t.Fatalf("certificate: %+v", certificate)
	}
	pdf := c.Do("GET", "/v1/certificates/"+certificate.Serial+"/pdf", nil)
	if pdf.Status != 200 || !bytes.HasPrefix(pdf.Body, []byte("%PDF-")) {
		t.Fatalf("pdf: %d %.20s", pdf.Status, pdf.Body)
	}
	wantChecks(t, s, certificate)

	after := c.Inquire(apitest.Plate)
	if after.PayableRial != 0 {
		t.Errorf("still owes %d", after.PayableRial)
	}
	var entries int
	var sum int64
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT count(DISTINCT entry_id), sum(amount_rial) FROM ledger_postings`).Row().Scan(&entries, &sum)
	})
	if err != nil || entries != 3 || sum != 0 {
		t.Errorf("ledger: %d entries, sum %d, %v", entries, sum, err)
	}
}

func wantChecks(t *testing.T, s *apitest.Server, certificate gen.Certificate) {
	t.Helper()
	anyone := s.Anonymous()
	path := strings.TrimPrefix(certificate.VerifyUrl, s.URL)
	page := anyone.Do("GET", path, nil)
	if page.Status != 200 || !strings.Contains(string(page.Body), "این گواهی معتبر است") {
		t.Errorf("public page: %d %s", page.Status, page.Body)
	}
	parts := strings.Split(path, "/")
	for name, check := range map[string]struct {
		body  map[string]string
		valid bool
	}{
		"by serial and proof": {map[string]string{"serial": parts[2], "proof": parts[3]}, true},
		"wrong proof":         {map[string]string{"serial": parts[2], "proof": "AAAAAAAAAAAAAAAA"}, false},
		"document":            {map[string]string{"document": certificate.Document}, true},
		"tampered document":   {map[string]string{"document": certificate.Document[:len(certificate.Document)-9] + "AAAAAAAAA"}, false},
	} {
		var verdict gen.CertificateCheck
		anyone.Must(anyone.Do("POST", "/v1/public/certificate-checks", check.body), 200, &verdict)
		if verdict.Valid != check.valid {
			t.Errorf("%s: %+v", name, verdict)
		}
	}
}
