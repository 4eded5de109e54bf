package api_test

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

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

// TestAProgramMakesTheWholeVisit lets an office's own program do what its cashier does, from the inquiry to the certificate: every row names the program and nobody, the
// log tells its name, and what is grave stays closed to it whatever its keeper may do.
func TestAProgramMakesTheWholeVisit(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	manager := s.SignIn(apitest.Manager)
	c, id := integrator(t, s, manager, "سامانهٔ دفتر", "inquiries.create", "orders.create", "orders.read", "payments.create", "certificates.issue", "certificates.read")

	inquiry := c.Inquire(apitest.Plate)
	var order gen.Order
	c.Must(c.Once("POST", "/v1/orders", apitest.OrderOf(inquiry)), 201, &order)
	payment := c.Pay(order.Id)
	if payment.State != gen.PaymentStateCaptured || payment.Receipt == nil || c.GetOrder(order.Id).State != gen.OrderStatePaid {
		t.Fatalf("payment: %+v", payment)
	}
	var certificate gen.Certificate
	c.Must(c.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, &certificate)
	if pdf := c.Do("GET", "/v1/certificates/"+certificate.Serial+"/pdf", nil); pdf.Status != 200 || !bytes.HasPrefix(pdf.Body, []byte("%PDF-")) {
		t.Fatalf("pdf: %d %.20s", pdf.Status, pdf.Body)
	}
	wantChecks(t, s, certificate)
	for table, columns := range map[string][2]string{"inquiries": {"person_id", "client_id"}, "orders": {"person_id", "client_id"}, "certificates": {"issued_by", "issued_by_client"}} {
		if n := count(t, s, scope.Platform(), table, columns[0]+` IS NULL AND `+columns[1]+` = '`+id+`'`); n != 1 {
			t.Errorf("%d rows of %s name the program", n, table)
		}
	}
	wantOneActor(t, s, id)
	var page gen.AuditPage
	manager.Must(manager.Do("GET", "/v1/audit", nil), 200, &page)
	told := map[string]bool{}
	for _, e := range page.Entries {
		if e.ActorKind == gen.AuditEntryActorKindClient && e.PersonName != nil && *e.PersonName == "سامانهٔ دفتر" {
			told[e.Action] = true
		}
	}
	for _, action := range []string{"inquiry.made", "order.created", "payment.attempted", "certificate.issued"} {
		if !told[action] {
			t.Errorf("the log does not tell that the program did %s: %v", action, told)
		}
	}
	for _, o := range operations(t) {
		if o.permission() == "self" || slices.Contains([]string{"people.manage", "approvals.decide", "clients.manage", "agreements.accept", "devices.manage", "tariffs.edit", "tariffs.approve", "owners.reveal"}, o.permission()) {
			c.Refused(c.Once(o.method, o.url(), bodies[o.OperationID]), 403, "not_permitted")
		}
	}
	for _, grave := range []string{"people.manage", "approvals.decide", "clients.manage", "agreements.accept", "devices.manage"} {
		body := map[string]any{"name_fa": "x", "scopes": []string{grave}, "expires_at": s.Clock.Now().Add(time.Hour)}
		manager.Refused(manager.Do("POST", "/v1/clients", body), 422, "client_scopes")
	}
	// Each operation is held against its own scope.
	reader, _ := integrator(t, s, manager, "x", "inquiries.create")
	reader.Inquire(apitest.OtherPlate)
	reader.Refused(reader.Once("POST", "/v1/orders", apitest.OrderOf(inquiry)), 403, "not_permitted")
	manager.Must(manager.Do("POST", "/v1/clients/"+id+"/revocation", nil), 204, nil)
	c.Refused(c.Once("POST", "/v1/orders", apitest.OrderOf(inquiry)), 401, "token_invalid")
}

// integrator registers a client of the keeper's home and gives one that calls with its token, and its id.
func integrator(t *testing.T, s *apitest.Server, keeper *apitest.Client, name string, scopes ...string) (*apitest.Client, string) {
	t.Helper()
	var made gen.CreatedClient
	keeper.Must(keeper.Do("POST", "/v1/clients", map[string]any{"name_fa": name, "scopes": scopes, "expires_at": s.Clock.Now().Add(24 * time.Hour)}), 201, &made)
	c := s.Anonymous()
	var token gen.ClientToken
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {made.Client.Id.String()}, "client_secret": {made.Secret}}
	c.Must(c.Do("POST", "/v1/oauth/token", []byte(form.Encode()), "Content-Type", "application/x-www-form-urlencoded"), 200, &token)
	c.Token = token.AccessToken
	return c, made.Client.Id.String()
}

// wantOneActor writes rows of the counter that name nobody, and a person and a program at once.
func wantOneActor(t *testing.T, s *apitest.Server, program string) {
	t.Helper()
	for table, copied := range map[string]string{
		"inquiries":    `(person_id, client_id, id, office_id, vehicle_id, purpose, at, dues) SELECT %s, gen_random_uuid(), office_id, vehicle_id, purpose, at, dues`,
		"orders":       `(person_id, client_id, id, office_id, vehicle_id, inquiry_id, plate, total_rial, state, created_at, valid_until) SELECT %s, gen_random_uuid(), office_id, vehicle_id, inquiry_id, plate, total_rial, state, created_at, valid_until`,
		"certificates": `(issued_by, issued_by_client, serial, office_id, order_id, vehicle_id, through_year, jws, proof, issued_at) SELECT %s, 'x', office_id, order_id, vehicle_id, through_year, jws, proof, issued_at`,
	} {
		for actors, fits := range map[string]bool{
			"NULL::uuid, NULL::uuid": false, "(SELECT id FROM people LIMIT 1), '" + program + "'::uuid": false, "NULL::uuid, '" + program + "'::uuid": true, "(SELECT id FROM people LIMIT 1), NULL::uuid": true,
		} {
			_, err := affect(s, scope.Platform(), `INSERT INTO `+table+` `+fmt.Sprintf(copied, actors)+` FROM `+table)
			if refused := err != nil && scope.Constraint(err) == table+"_actor"; err != nil && !refused || refused == fits {
				t.Errorf("%s by %s: %v", table, actors, err)
			}
		}
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
