package api_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

func TestMalformedIdentifiersSayWhichAndWhere(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	for _, bad := range []struct {
		body     map[string]string
		field    string
		code     string
		position int
	}{
		{map[string]string{"plate": "12ب10547"}, "plate", "plate_digit", 4},
		{map[string]string{"plate": "12ب145"}, "plate", "plate_length", 6},
		{map[string]string{"plate": "۱۲چ۱۴۵۴۷"}, "plate", "plate_letter", 2},
		{map[string]string{"vin": "NAAM01CA0ER12345"}, "vin", "vin_length", 16},
		{map[string]string{"vin": "NAAM01CA0EO123456"}, "vin", "vin_character", 10},
	} {
		bad.body["purpose"] = "settlement"
		a := c.Do("POST", "/v1/inquiries", bad.body)
		c.Refused(a, 422, bad.code)
		errors := *a.Problem().Errors
		if len(errors) != 1 || errors[0].Field != bad.field || errors[0].Position == nil || *errors[0].Position != bad.position {
			t.Errorf("%v: %s", bad.body, a.Body)
		}
	}
	for name, body := range map[string]any{"neither": map[string]string{"purpose": "settlement"},
		"both": map[string]string{"plate": apitest.Plate, "vin": apitest.VIN, "purpose": "settlement"}} {
		a := c.Do("POST", "/v1/inquiries", body)
		if a.Problem().Code != "plate_or_vin" || a.Status != 422 {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
	c.Refused(c.Do("POST", "/v1/inquiries", map[string]string{"plate": apitest.Plate, "purpose": "curiosity"}), 422, "invalid_request")
	c.Refused(c.Do("POST", "/v1/inquiries", map[string]string{"plate": "99ی99999", "purpose": "settlement"}), 404, "vehicle_unknown")
}

// TestWhatIsMissingRefuses lists a due that cannot be computed with its state, and refuses to order it: it never becomes zero (I9).
func TestWhatIsMissingRefuses(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	valueless := c.Inquire(apitest.NoValue)
	if valueless.PayableRial != 0 || len(valueless.Municipalities) != 1 {
		t.Fatalf("%+v", valueless)
	}
	for _, d := range valueless.Municipalities[0].Dues {
		if d.State == gen.DueStateAssessed || len(d.Lines) != 0 || len(d.Explanation) == 0 {
			t.Errorf("%+v", d)
		}
	}
	c.Refused(c.Once("POST", "/v1/orders", orderFor(valueless.Id, apitest.Tehran, 1403)), 422, "missing_valuation")

	homeless := c.Inquire(apitest.Homeless)
	if len(homeless.Unattributed) != 2 || homeless.Unattributed[0].State != gen.DueStateMissingResidence {
		t.Fatalf("%+v", homeless.Unattributed)
	}
	c.Refused(c.Once("POST", "/v1/orders", orderFor(homeless.Id, apitest.Isfahan, 1401)), 422, "due_unknown")
	var order gen.Order
	c.Must(c.Once("POST", "/v1/orders", apitest.OrderOf(homeless)), 201, &order)
	c.Pay(order.Id)
	c.Refused(c.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 409, "dues_outstanding")
}

func orderFor(inquiry uuid.UUID, municipality int, years ...int) map[string]any {
	dues := []map[string]int{}
	for _, year := range years {
		dues = append(dues, map[string]int{"municipality_code": municipality, "fiscal_year": year})
	}
	return map[string]any{"inquiry_id": inquiry, "dues": dues}
}

func TestAnOfficeCollectsOnlyUnderAnAgreement(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	far := s.SignIn(apitest.FarCashier)
	inquiry := far.Inquire(apitest.Plate)
	for _, m := range inquiry.Municipalities {
		if want := m.Municipality.Code == apitest.Shiraz; (m.State == gen.MunicipalityDuesStateAnswered) != want || (m.PayableRial > 0) != want {
			t.Errorf("%s: %s, payable %d", m.Municipality.NameEn, m.State, m.PayableRial)
		}
	}
	far.Refused(far.Once("POST", "/v1/orders", orderFor(inquiry.Id, apitest.Tehran, 1394)), 403, "no_agreement")
	var order gen.Order
	far.Must(far.Once("POST", "/v1/orders", apitest.OrderOf(inquiry)), 201, &order)
	if len(order.Bills) != 1 {
		t.Errorf("%+v", order.Bills)
	}
	if p := far.Pay(order.Id); p.State != gen.PaymentStateCaptured {
		t.Errorf("%+v", p)
	}
}

func TestAPausedCityTakesNothing(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	before := c.Inquire(apitest.Plate)
	s.Platform(`UPDATE municipalities SET stage = 'paused' WHERE id = ?`, apitest.Isfahan)
	c.Refused(c.Once("POST", "/v1/orders", apitest.OrderOf(before)), 422, "municipality_paused")
	for _, m := range c.Inquire(apitest.Plate).Municipalities {
		if (m.State == gen.MunicipalityDuesStatePaused) != (m.Municipality.Code == apitest.Isfahan) {
			t.Errorf("%s is %s", m.Municipality.NameEn, m.State)
		}
	}
}

// TestChangedAmountsComeWithANewInquiry lets a valuation be corrected between inquiry and order.
func TestChangedAmountsComeWithANewInquiry(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	before := c.Inquire(apitest.Plate)
	s.Platform(`UPDATE valuations SET base_rial = base_rial * 2 WHERE type_code = 'peugeot-405' AND fiscal_year = 1400`)
	a := c.Once("POST", "/v1/orders", apitest.OrderOf(before))
	c.Refused(a, 409, "amounts_changed")
	fresh := a.Problem().Inquiry
	if fresh == nil || fresh.PayableRial <= before.PayableRial || fresh.Id == before.Id {
		t.Fatalf("%s", a.Body)
	}
	var order gen.Order
	c.Must(c.Once("POST", "/v1/orders", apitest.OrderOf(*fresh)), 201, &order)
	if order.TotalRial != fresh.PayableRial {
		t.Errorf("order %d, inquiry %d", order.TotalRial, fresh.PayableRial)
	}
}

func TestOrdersOfOddDues(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	q := c.Inquire(apitest.Plate)
	c.Refused(c.Once("POST", "/v1/orders", orderFor(q.Id, apitest.Shiraz, 1404, 1404)), 422, "due_twice")
	c.Refused(c.Once("POST", "/v1/orders", orderFor(q.Id, apitest.Shiraz, 1395)), 422, "due_unknown")
	c.Refused(c.Once("POST", "/v1/orders", orderFor(uuid.New(), apitest.Shiraz, 1404)), 404, "inquiry_unknown")
	c.Refused(c.Once("POST", "/v1/orders", map[string]any{"inquiry_id": q.Id, "dues": []int{}}), 422, "invalid_request")
}

func TestClaimsLapseAndCanBeGivenBack(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	ours := s.SignIn(apitest.Cashier)
	order := ours.Order(apitest.Plate)
	var cancelled gen.Order
	ours.Must(ours.Once("POST", "/v1/orders/"+order.Id.String()+"/cancellation", nil), 200, &cancelled)
	if cancelled.State != gen.OrderStateCancelled {
		t.Fatalf("%+v", cancelled)
	}
	ours.Refused(ours.Once("POST", "/v1/orders/"+order.Id.String()+"/payments", map[string]string{"method": "gateway"}), 409, "order_not_open")

	second := ours.Order(apitest.Plate)
	s.Clock.Advance(31 * time.Minute)
	theirs := s.SignIn(apitest.OtherCashier)
	if third := theirs.Order(apitest.Plate); third.TotalRial != second.TotalRial {
		t.Errorf("%d, %d", third.TotalRial, second.TotalRial)
	}
	ours = s.SignIn(apitest.Cashier)
	if got := ours.GetOrder(second.Id); got.State != gen.OrderStateExpired {
		t.Errorf("the lapsed order is %s", got.State)
	}
	ours.Refused(ours.Once("POST", "/v1/orders/"+second.Id.String()+"/payments", map[string]string{"method": "gateway"}), 409, "order_not_open")
}

// TestAPaymentInFlightKeepsItsClaims holds the claims of a payment that nobody knows the outcome of, long after the order has lapsed.
func TestAPaymentInFlightKeepsItsClaims(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	ours := s.SignIn(apitest.Cashier)
	order := ours.Order(apitest.Plate)
	for _, m := range ours.Inquire(apitest.Plate).Municipalities {
		for _, d := range m.Dues {
			if d.OrderId == nil || *d.OrderId != order.Id || d.State != gen.DueStateClaimed {
				t.Errorf("the own order is not named: %+v", d)
			}
		}
	}
	ours.Start(order.Id)
	ours.Refused(ours.Once("POST", "/v1/orders/"+order.Id.String()+"/cancellation", nil), 409, "payment_in_flight")
	s.Clock.Advance(time.Hour)
	theirs := s.SignIn(apitest.OtherCashier)
	q := theirs.Inquire(apitest.Plate)
	if q.PayableRial != 0 || q.Municipalities[0].Dues[0].OrderId != nil {
		t.Fatalf("payable %d, foreign order %v", q.PayableRial, q.Municipalities[0].Dues[0].OrderId)
	}
	theirs.Refused(theirs.Once("POST", "/v1/orders", orderFor(q.Id, apitest.Shiraz, 1404)), 409, "due_claimed")
}

func TestForgedCallbacksChangeNothing(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	paid := c.Order(apitest.Plate)
	genuine := c.Pay(paid.Id)
	open := c.Order(apitest.OtherPlate)
	unpaid := c.Start(open.Id)
	token := (*unpaid.RedirectUrl)[strings.Index(*unpaid.RedirectUrl, "token=")+6:]
	// A made-up success, somebody else's genuine reference, an unknown token: all are only reasons to ask.
	for _, query := range []string{"Token=" + token + "&RefNum=made-up", "Token=" + token + "&RefNum=" + *genuine.Reference, "Token=no-such-token&RefNum=" + *genuine.Reference, ""} {
		c.Must(s.Anonymous().Do("GET", "/v1/callbacks/sep?"+query, nil), 200, nil)
	}
	if got := c.GetOrder(open.Id); got.Payments[0].State != gen.PaymentStateSent || got.PaidRial != 0 {
		t.Errorf("a forged callback moved the payment: %+v", got.Payments[0])
	}
	wantBooks(t, s, 3)
}

func TestEveryLookIsAudited(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	q := c.Inquire(apitest.Plate)
	var purpose, action, details string
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT action, purpose, details FROM audit_log WHERE target_kind = 'vehicle' AND actor_kind = 'person' AND actor_id IS NOT NULL
		  AND request_id IS NOT NULL`).Row().Scan(&action, &purpose, &details)
	})
	if err != nil || action != "inquiry.made" || purpose != "settlement" || !strings.Contains(details, q.Id.String()) {
		t.Errorf("%s %s %s %v", action, purpose, details, err)
	}
}

func TestRevokingWorksAtOnce(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	c.Must(c.Do("GET", "/v1/me", nil), 200, nil)
	s.Platform(`UPDATE people SET role = 'office_clerk' WHERE username = ?`, apitest.Cashier)
	c.Refused(c.Once("POST", "/v1/orders", orderFor(uuid.New(), 1, 1400)), 403, "not_permitted")
	s.Platform(`UPDATE people SET state = 'locked' WHERE username = ?`, apitest.Cashier)
	c.Refused(c.Do("GET", "/v1/me", nil), 401, "token_invalid")
	s.Platform(`UPDATE people SET state = 'active' WHERE username = ?`, apitest.Cashier)
	s.Platform(`UPDATE offices SET state = 'suspended'`)
	c.Refused(c.Do("GET", "/v1/me", nil), 403, "office_not_active")
	s.Platform(`UPDATE offices SET state = 'active'`)
	s.Clock.Advance(20 * time.Minute)
	c.Refused(c.Do("GET", "/v1/me", nil), 401, "token_invalid")
}

func TestSignInTellsNothing(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.Anonymous()
	for _, name := range []string{apitest.Cashier, "no.such.person"} {
		a := c.Do("POST", "/v1/sessions", map[string]string{"username": name, "password": "wrong"})
		c.Refused(a, 401, "credentials_invalid")
	}
	var session gen.Session
	a := c.Do("POST", "/v1/sessions", map[string]string{"username": apitest.Cashier, "password": apitest.Password})
	c.Must(a, 201, &session)
	if a.Header.Get("Cache-Control") != "no-store" || session.Me.Office.Municipality.Code != apitest.Tehran || len(session.Me.Permissions) != len(identity.OfficeCashier.Permissions(identity.AtOffice)) {
		t.Errorf("%s", a.Body)
	}
	var claims map[string]any
	if err := json.Unmarshal(apitest.TokenPayload(t, session.AccessToken), &claims); err != nil || claims["permissions"] != nil {
		t.Errorf("claims %v %v", claims, err)
	}
}
