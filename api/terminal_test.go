package api_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/payments/pcpos"
	"mofasa/tenants/devices"
)

// till is a card terminal's agent of the cashier's office, as the portal speaks to it.
type till struct {
	id  uuid.UUID
	key ed25519.PrivateKey
}

func enrolTill(t *testing.T, s *apitest.Server) till {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	manager, anyone := s.SignIn(apitest.Manager), s.Anonymous()
	var invited gen.DeviceInvitation
	manager.Must(manager.Do("POST", "/v1/devices", map[string]string{"name": "کارت‌خوان", "kind": "terminal_agent"}), 201, &invited)
	encode := base64.RawURLEncoding.EncodeToString
	body := map[string]string{"code": invited.Code, "public_key": encode(public), "signature": encode(ed25519.Sign(private, devices.EnrolmentMessage(invited.Code)))}
	var enrolled gen.Device
	anyone.Must(anyone.Do("POST", "/v1/public/device-enrolments", body), 201, &enrolled)
	return till{enrolled.Id, private}
}

// start sends an order's bills to the till and gives the payment with the order that the till was signed.
func (d till) start(t *testing.T, s *apitest.Server, c *apitest.Client, order uuid.UUID) (gen.Payment, pcpos.SaleOrder) {
	t.Helper()
	var p gen.Payment
	c.Must(c.Once("POST", "/v1/orders/"+order.String()+"/payments", map[string]any{"method": "terminal", "device_id": d.id}), 201, &p)
	if p.State != gen.PaymentStateSent || p.TerminalOrder == nil {
		t.Fatalf("%+v", p)
	}
	sale, err := pcpos.VerifySaleOrder(*p.TerminalOrder, s.Keys.Find, d.id, s.Clock.Now())
	if err != nil || int64(sale.Amount) != p.AmountRial || sale.PaymentID != p.Id {
		t.Fatalf("%+v, %v", sale, err)
	}
	return p, sale
}

// approved is what the till says where all went well.
func (d till) approved(s *apitest.Server, sale pcpos.SaleOrder, rrn string) pcpos.Outcome {
	return pcpos.Outcome{PaymentID: sale.PaymentID, DeviceID: d.id, OrderID: sale.OrderID, Amount: sale.Amount, State: pcpos.StateApproved, Charged: sale.Amount, Terminal: "01234567",
		RRN: rrn, TransactionNo: "000123", MaskedPAN: "603799******1234", Code: "00", Evidence: pcpos.ByResponse, At: s.Clock.Now().Truncate(time.Second)}
}

func (d till) report(t *testing.T, c *apitest.Client, o pcpos.Outcome) apitest.Answer {
	t.Helper()
	signed, err := pcpos.SignOutcome(o, d.key)
	if err != nil {
		t.Fatal(err)
	}
	return c.Do("POST", "/v1/payments/"+o.PaymentID.String()+"/outcome", map[string]string{"outcome": signed})
}

func TestACardTerminalPaysAnOrder(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	d, c := enrolTill(t, s), s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	p, sale := d.start(t, s, c, order.Id)
	if len(sale.Accounts) != 3 {
		t.Errorf("the terminal splits among %+v", sale.Accounts)
	}
	c.Refused(c.Once("POST", "/v1/orders/"+order.Id.String()+"/payments", map[string]any{"method": "gateway"}), 409, "payment_in_flight")
	c.Refused(c.Do("POST", "/v1/payments/"+p.Id.String()+"/terminal-release", nil), 409, "payment_undecided")
	other := s.SignIn(apitest.OtherCashier)
	other.Refused(d.report(t, other, d.approved(s, sale, "123456789012")), 404, "payment_unknown")

	unknown := d.approved(s, sale, "")
	unknown.State, unknown.Charged, unknown.Evidence, unknown.MaskedPAN, unknown.TransactionNo, unknown.Code, unknown.Terminal = pcpos.StateUnknown, 0, pcpos.NoEvidence, "", "", "", ""
	var now gen.Payment
	c.Must(d.report(t, c, unknown), 200, &now)
	if now.State != gen.PaymentStateUnknown {
		t.Fatalf("%+v", now)
	}
	second := c.Order(apitest.OtherPlate)
	terminal := map[string]any{"method": "terminal", "device_id": d.id}
	s.Clock.Advance(11 * time.Minute) // nor does the agent's silence change why
	if c.Must(c.Do("GET", "/v1/payments/"+p.Id.String(), nil), 200, &now); now.State != gen.PaymentStateUnknown || now.Reason == nil || *now.Reason != "terminal_unknown" {
		t.Errorf("%+v", now)
	}
	c.Refused(c.Once("POST", "/v1/orders/"+second.Id.String()+"/payments", terminal), 409, "payment_terminal_unknown")
	for range 2 { // brought twice, it counts once
		c.Must(d.report(t, c, d.approved(s, sale, "123456789012")), 200, &now)
		if now.State != gen.PaymentStateCaptured || now.Receipt == nil || now.Receipt.Rrn == nil || *now.Receipt.Rrn != "123456789012" {
			t.Fatalf("%+v", now)
		}
	}
	if got := c.GetOrder(order.Id); got.State != gen.OrderStatePaid {
		t.Errorf("order is %s", got.State)
	}
	d.start(t, s, c, second.Id)
	var released gen.TerminalRelease
	c.Must(c.Do("POST", "/v1/payments/"+p.Id.String()+"/terminal-release", nil), 200, &released)
	if id, err := pcpos.VerifyRelease(released.Release, s.Keys.Find, d.id, s.Clock.Now()); err != nil || id != p.Id {
		t.Errorf("release of %s: %v", id, err)
	}
	wantSound(t, s)
}

func TestATerminalsWordIsCompared(t *testing.T) {
	t.Parallel()
	for name, is := range map[string]struct {
		change func(*pcpos.Outcome)
		want   gen.PaymentState
		reason string
	}{
		"declined":       {func(o *pcpos.Outcome) { *o = declined(*o) }, gen.PaymentStateFailed, "terminal_declined"},
		"another amount": {func(o *pcpos.Outcome) { o.State, o.Charged = pcpos.StateMismatch, o.Amount-1000 }, gen.PaymentStateSuspense, "mismatch"},
		"another order":  {func(o *pcpos.Outcome) { o.OrderID = "42" }, gen.PaymentStateSuspense, "mismatch"},
		"a guess":        {func(o *pcpos.Outcome) { o.Evidence = pcpos.ByAmount }, gen.PaymentStateSuspense, "terminal_guess"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := apitest.New(t, apitest.Options{})
			d, c := enrolTill(t, s), s.SignIn(apitest.Cashier)
			_, sale := d.start(t, s, c, c.Order(apitest.Plate).Id)
			o := d.approved(s, sale, "123456789012")
			is.change(&o)
			var now gen.Payment
			c.Must(d.report(t, c, o), 200, &now)
			if now.State != is.want || now.Reason == nil || *now.Reason != is.reason {
				t.Errorf("%+v", now)
			}
			wantSound(t, s)
		})
	}
}

func declined(o pcpos.Outcome) pcpos.Outcome {
	o.State, o.Charged, o.RRN, o.MaskedPAN, o.TransactionNo, o.Code, o.Evidence = pcpos.StateDeclined, 0, "", "", "", "51", pcpos.ByResponse
	return o
}

func TestATerminalIsNotForged(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	d, c := enrolTill(t, s), s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	c.Refused(c.Once("POST", "/v1/orders/"+order.Id.String()+"/payments", map[string]any{"method": "terminal", "device_id": uuid.New()}), 422, "payment_device")
	p, sale := d.start(t, s, c, order.Id)
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.Refused(till{d.id, stranger}.report(t, c, d.approved(s, sale, "123456789012")), 422, "pos_outcome")
	elsewhere := d.approved(s, sale, "123456789012")
	elsewhere.PaymentID = uuid.New()
	signed, err := pcpos.SignOutcome(elsewhere, d.key)
	if err != nil {
		t.Fatal(err)
	}
	c.Refused(c.Do("POST", "/v1/payments/"+p.Id.String()+"/outcome", map[string]string{"outcome": signed}), 422, "pos_outcome")

	manager := s.SignIn(apitest.Manager)
	manager.Must(manager.Do("POST", "/v1/devices/"+d.id.String()+"/revocation", map[string]string{"reason": "stolen"}), 200, nil)
	var now gen.Payment
	c.Must(d.report(t, c, d.approved(s, sale, "123456789012")), 200, &now)
	if now.State != gen.PaymentStateSuspense || now.Reason == nil || *now.Reason != "device_revoked" {
		t.Errorf("the word of a revoked device: %+v", now)
	}
	wantSound(t, s)
}

// neverBegun is what a till says that will never begin a sale.
func (d till) neverBegun(s *apitest.Server, sale pcpos.SaleOrder, evidence pcpos.Evidence) pcpos.Outcome {
	o := declined(d.approved(s, sale, ""))
	o.Code, o.Terminal, o.Evidence = "never_begun", "", evidence
	return o
}

// An order that its till refuses leaves nothing behind: the same bills are paid another way in the next moment.
func TestATillThatNeverBeginsFreesTheOrder(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	d, c := enrolTill(t, s), s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	_, sale := d.start(t, s, c, order.Id)
	early := d.neverBegun(s, sale, pcpos.NeverBegun)
	c.Refused(d.report(t, c, early), 422, "pos_outcome")
	early.At = sale.Expires.Add(2 * time.Minute)
	c.Refused(d.report(t, c, early), 422, "pos_outcome") // whatever the till's clock says

	var now gen.Payment
	for range 2 { // brought twice, it counts once
		c.Must(d.report(t, c, d.neverBegun(s, sale, pcpos.NotSent)), 200, &now)
		if now.State != gen.PaymentStateFailed || now.Reason == nil || *now.Reason != "terminal_declined" || now.TerminalOrder != nil {
			t.Fatalf("%+v", now)
		}
	}
	d.start(t, s, c, order.Id)
	wantSound(t, s)
}

// An order that was never brought to its till is told of by the till once it has expired, by the order itself, which the server gives until then and no longer.
func TestAnOrderThatNoTillSaw(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	d, c := enrolTill(t, s), s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	p, sale := d.start(t, s, c, order.Id)
	s.Clock.Advance(12 * time.Minute)
	if found, err := s.Program.Payments.ResolveNext(s.System()); err != nil || !found {
		t.Fatalf("no check is due: %v", err)
	}
	var now gen.Payment
	c.Must(c.Do("GET", "/v1/payments/"+p.Id.String(), nil), 200, &now)
	if now.State != gen.PaymentStateUnknown || now.TerminalOrder == nil {
		t.Fatalf("%+v", now)
	}
	if _, err := pcpos.VerifySaleOrder(*now.TerminalOrder, s.Keys.Find, d.id, s.Clock.Now()); err == nil {
		t.Error("a sale may begin by an expired order")
	}
	again, err := pcpos.VerifyExpiredOrder(*now.TerminalOrder, s.Keys.Find, d.id, s.Clock.Now())
	if err != nil || again.PaymentID != sale.PaymentID || again.OrderID != sale.OrderID || again.Amount != sale.Amount || !again.Issued.Equal(sale.Issued) {
		t.Fatalf("%+v %v, want %+v", again, err, sale)
	}
	c.Refused(c.Once("POST", "/v1/orders/"+order.Id.String()+"/payments", map[string]any{"method": "gateway"}), 409, "payment_in_flight")

	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	word := d.neverBegun(s, again, pcpos.NeverBegun)
	for name, change := range map[string]func(*pcpos.Outcome){
		"as of before": func(o *pcpos.Outcome) { o.At = sale.Expires.Add(-time.Second) },
		"of another":   func(o *pcpos.Outcome) { o.DeviceID = uuid.New() },
		"another sale": func(o *pcpos.Outcome) { o.OrderID = "42" }, "another amount": func(o *pcpos.Outcome) { o.Amount++ },
	} {
		wrong := word
		change(&wrong)
		if a := d.report(t, c, wrong); a.Status != 422 {
			t.Errorf("%s: %+v", name, a)
		}
	}
	second := enrolTill(t, s)
	c.Refused(second.report(t, c, word), 422, "pos_outcome")
	c.Refused(till{d.id, stranger}.report(t, c, word), 422, "pos_outcome")
	c.Must(c.Do("GET", "/v1/payments/"+p.Id.String(), nil), 200, &now)
	if now.State != gen.PaymentStateUnknown {
		t.Fatalf("%+v", now)
	}
	now = gen.Payment{}
	c.Must(d.report(t, c, word), 200, &now)
	if now.State != gen.PaymentStateFailed || now.TerminalOrder != nil {
		t.Errorf("%+v", now)
	}
	d.start(t, s, c, order.Id)
	wantSound(t, s)
}

// wantSound holds all rules of payments against the rows.
func wantSound(t *testing.T, s *apitest.Server) {
	t.Helper()
	if rule, row, err := s.Program.Payments.Verify(s.System()); err != nil || rule != "" {
		t.Errorf("verify: %s, %s, %v", rule, row, err)
	}
}
