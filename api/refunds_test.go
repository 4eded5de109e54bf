package api_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/deposits"
	"mofasa/billing/payments"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/jobs"
	"mofasa/tenants/scope"
)

// refunding is a paid and certified visit over three cities, and the people who give money back.
type refunding struct {
	*apitest.Server
	t                                  *testing.T
	cashier, manager, treasurer, admin *apitest.Client
	operator, second                   *apitest.Client
	order                              gen.Order
	payment                            gen.Payment
	certificate                        gen.Certificate
}

func newRefunding(t *testing.T, scenario string) *refunding {
	t.Helper()
	return newRefundingOver(t, scenario, apitest.Options{})
}

// newRefundingOver is newRefunding over another program.
func newRefundingOver(t *testing.T, scenario string, o apitest.Options) *refunding {
	t.Helper()
	r := newPaidOver(t, scenario, o)
	r.cashier.Must(r.cashier.Once("POST", "/v1/certificates", map[string]any{"order_id": r.order.Id}), 201, &r.certificate)
	return r
}

// newPaidOver is the same without a certificate: the payment may not fit.
func newPaidOver(t *testing.T, scenario string, o apitest.Options) *refunding {
	t.Helper()
	r := &refunding{t: t, Server: apitest.New(t, o)}
	r.Platform(`UPDATE people SET role = 'platform_operator' WHERE username = ?`, apitest.Support)
	r.Platform(`UPDATE municipalities SET settings = settings || '{"refund_threshold_rial": 1000000000}' WHERE id = ?`, apitest.Shiraz)
	r.cashier, r.manager, r.treasurer, r.admin = r.SignIn(apitest.Cashier), r.SignIn(apitest.Manager), r.SignIn(apitest.Treasurer), r.SignIn(apitest.CityAdmin)
	r.operator, r.second = r.SignIn(apitest.PlatformOperator), r.SignIn(apitest.Support)
	if scenario != "" {
		r.Bank.Scenario(t, scenario)
	}
	r.order = r.cashier.Order(apitest.Plate)
	r.payment = r.cashier.Pay(r.order.Id)
	return r
}

// part is a city's part of the payment as somebody sees it.
func (r *refunding) part(c *apitest.Client, city int) gen.Refundable {
	r.t.Helper()
	var all gen.PaymentRefunds
	c.Must(c.Do("GET", "/v1/payments/"+r.payment.Id.String()+"/refunds", nil), 200, &all)
	for _, p := range all.Parts {
		if p.MunicipalityCode == city {
			return p
		}
	}
	r.t.Fatalf("nothing of %d in %+v", city, all.Parts)
	return gen.Refundable{}
}

func (r *refunding) path(what string) string {
	return "/v1/payments/" + r.payment.Id.String() + "/" + what
}

// refund asks for money back and gives what came of it.
func (r *refunding) refund(c *apitest.Client, expected int64, more map[string]any) []gen.Refund {
	r.t.Helper()
	var made gen.RefundList
	c.Must(c.Once("POST", r.path("refunds"), refundBody(expected, more)), 201, &made)
	return made.Refunds
}

func refundBody(expected int64, more map[string]any) map[string]any {
	body := map[string]any{"expected_available_rial": expected, "reason": "paid by mistake"}
	for name, value := range more {
		body[name] = value
	}
	return body
}

func (r *refunding) decide(c *apitest.Client, id uuid.UUID, verdict string) apitest.Answer {
	r.t.Helper()
	return c.Once("POST", "/v1/approvals/"+id.String()+"/decision", map[string]string{"verdict": verdict, "remark": "looked at"})
}

// now is the payment as its office sees it.
func (r *refunding) now() gen.Payment {
	r.t.Helper()
	for _, p := range r.cashier.GetOrder(r.order.Id).Payments {
		if p.Id == r.payment.Id {
			return p
		}
	}
	r.t.Fatal("the payment is gone")
	return gen.Payment{}
}

// work does the jobs that are due.
func (r *refunding) work() {
	r.t.Helper()
	for _, kind := range r.Program.Payments.Jobs() {
		for more, err := true, error(nil); more; {
			if more, err = jobs.WorkNext(r.System(), r.Program.Runner, kind); err != nil {
				r.t.Fatal(err)
			}
		}
	}
}

// waiting counts the refunds that somebody is to transfer.
func (r *refunding) waiting() int64 {
	r.t.Helper()
	return rows(r.t, r.Server, `SELECT count(*) FROM refunds WHERE state = 'granted' AND channel = 'payout'`)[0]
}

// sound holds every rule of mofasa verify against the database.
func (r *refunding) sound() {
	r.t.Helper()
	wantVerified(r.t, r.Server)
	if rule, row, err := r.Program.Certificates.Verify(r.System()); rule != "" || err != nil {
		r.t.Errorf("%s: %s, %v", rule, row, err)
	}
	if v, err := r.Program.Ledger.Verify(r.System(), nil); v.Rule != "" || err != nil {
		r.t.Errorf("%s: %s, %v", v.Rule, v.Where, err)
	}
}

// balance is what stands on an account of some books.
func (r *refunding) balance(city int, account string) int64 {
	r.t.Helper()
	return rows(r.t, r.Server, `SELECT coalesce(sum(amount_rial), 0)::bigint FROM ledger_postings WHERE municipality_id = ? AND account LIKE ?`, city, account)[0]
}

func (r *refunding) check() gen.CertificateCheck {
	r.t.Helper()
	var check gen.CertificateCheck
	proof := r.certificate.VerifyUrl[strings.LastIndex(r.certificate.VerifyUrl, "/")+1:]
	r.cashier.Must(r.cashier.Do("POST", "/v1/public/certificate-checks", map[string]string{"serial": r.certificate.Serial, "proof": proof}), 200, &check)
	return check
}

// TestACityGivesItsBillBack: at once below its threshold; the dues are owed again and the certificate is superseded with the same breath; the treasurer transfers it, and the
// due is paid again once.
func TestACityGivesItsBillBack(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	r.sound()
	part := r.part(r.treasurer, apitest.Shiraz)
	if part.AvailableRial != part.PaidRial || part.PaidRial == 0 || !r.check().Valid {
		t.Fatalf("%+v", part)
	}
	made := r.refund(r.treasurer, part.AvailableRial, nil)
	if len(made) != 1 || made[0].State != gen.RefundStateGranted || !made[0].Whole || *made[0].Channel != gen.RefundChannelPayout || made[0].AmountRial != part.PaidRial || made[0].ApprovalId != nil {
		t.Fatalf("%+v", made)
	}
	r.sound()
	if p := r.now(); p.RefundedRial != part.PaidRial || p.State != gen.PaymentStateCaptured {
		t.Errorf("%+v", p)
	}
	check := r.check()
	if check.Valid || *check.Reason != gen.CertificateCheckReasonSuperseded || check.EndedAt == nil || check.EndedAt.Sub(*made[0].GrantedAt).Abs() > time.Second {
		t.Errorf("%+v", check)
	}
	page := r.Anonymous().Do("GET", strings.TrimPrefix(r.certificate.VerifyUrl, r.URL), nil)
	if page.Status != 200 || !strings.Contains(string(page.Body), "پس داده شده") || strings.Contains(string(page.Body), "این گواهی معتبر است") {
		t.Errorf("%d %s", page.Status, page.Body)
	}
	if revenue, owed := r.balance(apitest.Shiraz, "revenue:%"), r.balance(apitest.Shiraz, "refunds_payable"); revenue != 0 || owed != -part.PaidRial {
		t.Errorf("revenue %d, to be given back %d", revenue, owed)
	}
	for _, b := range r.cashier.GetOrder(r.order.Id).Bills {
		if want := map[bool]gen.BillState{true: gen.BillStateRefunded, false: gen.BillStatePaid}[b.Municipality.Code == apitest.Shiraz]; b.State != want {
			t.Errorf("%d: %s", b.Municipality.Code, b.State)
		}
	}

	paid := "/v1/refunds/" + made[0].Id.String() + "/paid"
	r.operator.Refused(r.operator.Once("POST", paid, map[string]string{"reference": "88-1"}), 404, "refund_unknown")
	var done gen.Refund
	r.treasurer.Must(r.treasurer.Once("POST", paid, map[string]string{"reference": "88-1"}), 200, &done)
	if done.State != gen.RefundStatePaid || *done.Reference != "88-1" || done.PaidAt == nil || r.balance(apitest.Shiraz, "refunds_payable") != 0 || r.balance(apitest.Shiraz, "bank:%") != -part.PaidRial {
		t.Errorf("%+v", done)
	}
	r.treasurer.Refused(r.treasurer.Once("POST", paid, map[string]string{"reference": "88-2"}), 409, "refund_state")
	r.sound()

	if q := r.cashier.Inquire(apitest.Plate); q.PayableRial == 0 {
		t.Fatal("nothing is owed again")
	}
	again := r.SignIn(apitest.OtherCashier)
	order := again.Order(apitest.Plate)
	if p := again.Pay(order.Id); p.State != gen.PaymentStateCaptured {
		t.Fatalf("%+v", p)
	}
	r.sound()
	again.Must(again.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, nil)
	if r.cashier.Inquire(apitest.Plate).PayableRial != 0 || r.check().Valid {
		t.Error("the first certificate lives again, or something is owed")
	}
	r.sound()
}

// TestPartsOfABill go back without touching dues and certificate, until the last part makes it whole.
func TestPartsOfABill(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	part := r.part(r.treasurer, apitest.Shiraz)
	first := part.PaidRial/3 + 7
	made := r.refund(r.treasurer, part.PaidRial, map[string]any{"amount_rial": first, "payer_iban": "IR040610000009990000000001"})
	if made[0].Whole || made[0].State != gen.RefundStateGranted || *made[0].PayerIban != "IR040610000009990000000001" || !r.check().Valid {
		t.Fatalf("%+v", made)
	}
	if got := r.balance(apitest.Shiraz, "revenue:%"); got != first-part.PaidRial {
		t.Errorf("revenue %d", got)
	}
	r.sound()
	wrong := r.treasurer.Once("POST", r.path("refunds"), refundBody(part.PaidRial, nil))
	r.treasurer.Refused(wrong, 412, "refund_available_changed")
	if !strings.Contains(string(wrong.Body), `"available_rial":`) || r.part(r.treasurer, apitest.Shiraz).AvailableRial != part.PaidRial-first {
		t.Errorf("%s", wrong.Body)
	}
	r.treasurer.Refused(r.treasurer.Once("POST", r.path("refunds"), refundBody(part.PaidRial-first, map[string]any{"amount_rial": part.PaidRial})), 422, "refund_amount")
	r.treasurer.Refused(r.treasurer.Once("POST", r.path("refunds"), refundBody(part.PaidRial-first, map[string]any{"payer_iban": "IR00"})), 422, "refund_iban")
	if made = r.refund(r.treasurer, part.PaidRial-first, nil); !made[0].Whole || r.check().Valid || r.balance(apitest.Shiraz, "revenue:%") != 0 {
		t.Errorf("%+v", made)
	}
	r.sound()
	r.treasurer.Refused(r.treasurer.Once("POST", r.path("refunds"), refundBody(0, nil)), 409, "payment_not_refundable")
	key := uuid.NewString()
	twice := []apitest.Answer{r.operator.Do("POST", r.path("refunds"), refundBody(r.payment.AmountRial-part.PaidRial, nil), "Idempotency-Key", key),
		r.operator.Do("POST", r.path("refunds"), refundBody(r.payment.AmountRial-part.PaidRial, nil), "Idempotency-Key", key)}
	if twice[0].Status != 201 || string(twice[0].Body) != string(twice[1].Body) {
		t.Errorf("%s\n%s", twice[0].Body, twice[1].Body)
	}
	r.sound()
}

// TestTheWholePaymentByTheProvider: two operators, inside the window; the answer is lost once.
func TestTheWholePaymentByTheProvider(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		scenario string
		state    gen.PaymentState
		channel  gen.RefundChannel
		late     time.Duration // between the grant and the job
		before   time.Duration // between the payment and the request
	}{
		"at once":                   {"", gen.PaymentStateReversed, gen.RefundChannelReverse, 0, 0},
		"its answer is lost":        {`{"bends":[{"call":"reverse","way":"lost","times":1}]}`, gen.PaymentStateReversed, gen.RefundChannelReverse, 0, 0},
		"it is not reached":         {`{"bends":[{"call":"reverse","way":"dropped","times":2}]}`, gen.PaymentStateReversed, gen.RefundChannelReverse, 0, 0},
		"it refuses":                {`{"bends":[{"call":"reverse","way":"code","code":-6}]}`, gen.PaymentStateCaptured, gen.RefundChannelPayout, 0, 0},
		"too late when it is asked": {"", gen.PaymentStateCaptured, gen.RefundChannelPayout, time.Hour, 0},
		"too late from the start":   {"", gen.PaymentStateCaptured, gen.RefundChannelPayout, 0, 51 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRefunding(t, c.scenario)
			r.Clock.Advance(c.before)
			if c.before > 0 { // access tokens live a quarter of an hour
				r.operator, r.second, r.cashier = r.SignIn(apitest.PlatformOperator), r.SignIn(apitest.Support), r.SignIn(apitest.Cashier)
			}
			made := r.refund(r.operator, r.payment.AmountRial, nil)
			if len(made) != 3 || made[0].State != gen.RefundStateWaiting || made[0].ApprovalId == nil || made[2].GroupId != made[0].GroupId {
				t.Fatalf("%+v", made)
			}
			r.sound()
			r.operator.Refused(r.operator.Once("POST", r.path("refunds"), refundBody(r.payment.AmountRial, nil)), 409, "refund_pending")
			r.operator.Refused(r.decide(r.operator, *made[0].ApprovalId, "approve"), 403, "approval_second_person")
			if !r.check().Valid {
				t.Error("what waits has ended the certificate")
			}
			r.second.Must(r.decide(r.second, *made[0].ApprovalId, "approve"), 200, nil)
			r.sound()
			if r.check().Valid || r.now().RefundedRial != r.payment.AmountRial {
				t.Error("what was granted has not ended the certificate")
			}
			if n := r.waiting(); (n == 3) != (c.before > 0) {
				t.Errorf("%d are to be transferred before the provider is asked", n)
			}
			r.Clock.Advance(c.late)
			for range 3 {
				r.work()
				r.Clock.Advance(16 * time.Second)
			}
			r.cashier, r.operator = r.SignIn(apitest.Cashier), r.SignIn(apitest.PlatformOperator)
			if p := r.now(); p.State != c.state {
				t.Errorf("the payment is %s", p.State)
			}
			var list gen.PaymentRefunds
			r.operator.Must(r.operator.Do("GET", r.path("refunds"), nil), 200, &list)
			for _, f := range list.Refunds {
				if *f.Channel != c.channel || (f.State == gen.RefundStatePaid) != (c.channel == gen.RefundChannelReverse) {
					t.Errorf("%+v", f)
				}
			}
			if order := r.cashier.GetOrder(r.order.Id); order.State != gen.OrderStateRefunded {
				t.Errorf("the order is %s", order.State)
			}
			r.sound()
			if c.channel == gen.RefundChannelReverse {
				if n := r.balance(apitest.Shiraz, "%"); n != 0 || r.balance(apitest.Shiraz, "receivable:sep") != 0 || r.balance(apitest.Shiraz, "refunds_payable") != 0 {
					t.Error("the provider's account does not stand at zero")
				}
				return
			}
			treasurer := r.SignIn(apitest.Treasurer)
			var own gen.RefundList
			treasurer.Must(treasurer.Do("GET", "/v1/refunds?state=granted", nil), 200, &own)
			if len(own.Refunds) != 1 || own.Refunds[0].MunicipalityCode != apitest.Shiraz {
				t.Fatalf("%+v", own)
			}
			treasurer.Must(treasurer.Once("POST", "/v1/refunds/"+own.Refunds[0].Id.String()+"/paid", map[string]string{"reference": "R-1"}), 200, nil)
			r.sound()
		})
	}
}

// TestBackToTheDeposit: what was paid from it goes back at once, in all books.
func TestBackToTheDeposit(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	office := officeOf(t, r.Server, apitest.Cashier)
	err := r.Program.Runner.InTx(r.System(), scope.Platform(), func(tx *scope.Tx) error { return deposits.TakeOver(tx, office, 1_000_000_000) })
	if err != nil {
		t.Fatal(err)
	}
	before := r.balance(0, "deposit:"+office.String())
	r.order = r.cashier.Order(apitest.FleetPlate(3))
	r.cashier.Must(r.cashier.Once("POST", "/v1/orders/"+r.order.Id.String()+"/payments", map[string]string{"method": "deposit"}), 201, &r.payment)
	if r.payment.State != gen.PaymentStateCaptured {
		t.Fatalf("%+v", r.payment)
	}
	made := r.refund(r.operator, r.payment.AmountRial, nil)
	if made[0].State == gen.RefundStateWaiting {
		r.second.Must(r.decide(r.second, *made[0].ApprovalId, "approve"), 200, nil)
	}
	if p := r.now(); p.State != gen.PaymentStateRefunded || p.RefundedRial != p.AmountRial {
		t.Errorf("%+v", p)
	}
	if got := rows(t, r.Server, `SELECT amount_rial FROM deposit_moves WHERE office_id = ? AND kind = 'refund'`, office); !slices.Equal(got, []int64{r.payment.AmountRial}) {
		t.Errorf("%v", got)
	}
	if r.balance(0, "payable:city:520") != 0 || r.balance(apitest.Tehran, "receivable:deposit") != 0 || r.balance(0, "deposit:"+office.String()) != before {
		t.Error("a book does not stand at zero")
	}
	if r.cashier.Inquire(apitest.FleetPlate(3)).PayableRial == 0 {
		t.Error("the due is still paid")
	}
	r.order = r.cashier.Order(apitest.FleetPlate(3))
	r.cashier.Must(r.cashier.Once("POST", "/v1/orders/"+r.order.Id.String()+"/payments", map[string]string{"method": "deposit"}), 201, nil)
	r.sound()
}

// TestFourEyesOfACity: above its own threshold the treasurer only asks, and parts add up; the office always asks; a refusal ends it.
func TestFourEyesOfACity(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	part := r.part(r.treasurer, apitest.Shiraz)
	r.Platform(`UPDATE municipalities SET settings = settings || jsonb_build_object('refund_threshold_rial', ?::bigint) WHERE id = ?`, part.PaidRial/2, apitest.Shiraz)
	half := map[string]any{"amount_rial": part.PaidRial / 2}
	if made := r.refund(r.treasurer, part.PaidRial, half); made[0].State != gen.RefundStateGranted {
		t.Fatalf("%+v", made)
	}
	left := part.PaidRial - part.PaidRial/2
	made := r.refund(r.treasurer, left, map[string]any{"amount_rial": 1000})
	if made[0].State != gen.RefundStateWaiting || r.part(r.treasurer, apitest.Shiraz).AvailableRial != left {
		t.Fatalf("%+v", made)
	}
	r.admin.Must(r.decide(r.admin, *made[0].ApprovalId, "refuse"), 200, nil)
	var list gen.RefundList
	r.treasurer.Must(r.treasurer.Do("GET", "/v1/refunds?state=refused", nil), 200, &list)
	if len(list.Refunds) != 1 || list.Refunds[0].Id != made[0].Id {
		t.Errorf("%+v", list)
	}
	r.sound()

	bill := r.part(r.manager, apitest.Shiraz).BillId
	body := refundBody(left, map[string]any{"bill_id": bill})
	r.cashier.Refused(r.cashier.Once("POST", r.path("refund-requests"), body), 403, "not_permitted")
	r.manager.Refused(r.manager.Once("POST", r.path("refunds"), body), 403, "not_permitted")
	other := r.SignIn(apitest.OtherManager)
	other.Refused(other.Once("POST", r.path("refund-requests"), body), 404, "payment_unknown")
	var asked gen.RefundList
	r.manager.Must(r.manager.Once("POST", r.path("refund-requests"), body), 202, &asked)
	if len(asked.Refunds) != 1 || asked.Refunds[0].State != gen.RefundStateWaiting || !r.check().Valid {
		t.Fatalf("%+v", asked)
	}
	r.treasurer.Refused(r.treasurer.Once("POST", r.path("refunds"), refundBody(left, nil)), 409, "refund_pending")
	r.admin.Must(r.decide(r.admin, *asked.Refunds[0].ApprovalId, "approve"), 200, nil)
	if r.check().Valid || r.part(r.manager, apitest.Shiraz).AvailableRial != 0 {
		t.Error("the office's request was approved, and nothing has come of it")
	}
	r.sound()
	foreign := r.SignIn(apitest.ForeignTreasurer)
	foreign.Refused(foreign.Once("POST", r.path("refunds"), refundBody(left, nil)), 404, "payment_unknown")
	r.admin.Refused(r.decide(r.admin, *made[0].ApprovalId, "approve"), 409, "approval_decided")
}

// TestFourEyesCountAllOfAPayment: the platform's people do not pass the threshold bill by bill, each of them below it.
func TestFourEyesCountAllOfAPayment(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	var all gen.PaymentRefunds
	r.operator.Must(r.operator.Do("GET", r.path("refunds"), nil), 200, &all)
	var back int64
	waited := false
	for _, part := range all.Parts {
		amount := min(part.AvailableRial, int64(payments.RefundThreshold)*3/5)
		back += amount
		made := r.refund(r.operator, part.AvailableRial, map[string]any{"bill_id": part.BillId, "amount_rial": amount})
		if want := back > int64(payments.RefundThreshold); (made[0].State == gen.RefundStateWaiting) != want { // what waits counts, too
			t.Errorf("%d of %d: %s", amount, back, made[0].State)
		} else if want {
			waited = true
		}
	}
	if !waited {
		t.Errorf("only %d went back", back)
	}
	r.sound()
}

// TestAnApprovalLetsGoWhatItWasAskedFor: refunds that somebody has put beside those of a request are not granted with it, and keep it from being granted.
func TestAnApprovalLetsGoWhatItWasAskedFor(t *testing.T) {
	t.Parallel()
	byOffice := func(r *refunding) (gen.RefundList, *apitest.Client) {
		var asked gen.RefundList
		part := r.part(r.manager, apitest.Shiraz)
		r.manager.Must(r.manager.Once("POST", r.path("refund-requests"), refundBody(part.AvailableRial, map[string]any{"bill_id": part.BillId})), 202, &asked)
		return asked, r.admin
	}
	byPlatform := func(r *refunding) (gen.RefundList, *apitest.Client) {
		var asked gen.RefundList
		part := r.part(r.operator, apitest.Shiraz)
		r.operator.Must(r.operator.Once("POST", r.path("chargebacks"), refundBody(part.AvailableRial, map[string]any{"bill_id": part.BillId, "reference": "CB-1"})), 202, &asked)
		return asked, r.second
	}
	for name, c := range map[string]struct {
		ask    func(*refunding) (gen.RefundList, *apitest.Client)
		forged string
	}{
		"of another city, for the city": {byOffice, `x.payment_id = r.payment_id AND x.municipality_id <> r.municipality_id`},
		"of another payment":            {byPlatform, `x.payment_id <> r.payment_id AND x.office_id = r.office_id`},
		"of another office":             {byPlatform, `x.office_id <> r.office_id`},
		"of another bill":               {byPlatform, `x.payment_id = r.payment_id AND x.municipality_id <> r.municipality_id`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRefunding(t, "")
			r.cashier.Pay(r.cashier.Order(apitest.OtherPlate).Id)
			again := r.SignIn(apitest.OtherCashier)
			again.Pay(again.Order(apitest.FleetPlate(1)).Id)
			asked, decides := c.ask(r)
			made := asked.Refunds[0]
			if len(asked.Refunds) != 1 || made.GroupId != made.Id {
				t.Errorf("%+v", asked)
			}
			r.Platform(`INSERT INTO refunds (municipality_id, id, group_id, payment_id, bill_id, office_id, kind, amount_rial, state, reason, requested_by, requested_at, expires_at, reference)
			  SELECT x.municipality_id, gen_random_uuid(), r.group_id, x.payment_id, x.bill_id, x.office_id, r.kind, 1, 'waiting', 'x', r.requested_by, r.requested_at, r.expires_at, 'CB-2'
			  FROM refunds r JOIN payment_bills x ON `+c.forged+` WHERE r.id = ? LIMIT 1`, made.Id)
			if n := rows(t, r.Server, `SELECT count(*) FROM refunds WHERE group_id = ?`, made.Id)[0]; n != 2 {
				t.Fatalf("%d refunds", n)
			}
			decides.Refused(r.decide(decides, *made.ApprovalId, "approve"), 409, "refund_state")
			if n := rows(t, r.Server, `SELECT count(*) FROM refunds WHERE state <> 'waiting'`)[0]; n != 0 {
				t.Errorf("%d were granted", n)
			}
			r.sound()
		})
	}
}

// TestARequestThatNobodyDecides is over after a fortnight, and another may be made.
func TestARequestThatNobodyDecides(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	left := r.part(r.manager, apitest.Shiraz)
	body := refundBody(left.AvailableRial, map[string]any{"bill_id": left.BillId})
	var asked gen.RefundList
	r.manager.Must(r.manager.Once("POST", r.path("refund-requests"), body), 202, &asked)
	r.Clock.Advance(15 * 24 * time.Hour)
	r.treasurer, r.admin = r.SignIn(apitest.Treasurer), r.SignIn(apitest.CityAdmin)
	r.admin.Refused(r.decide(r.admin, *asked.Refunds[0].ApprovalId, "approve"), 409, "approval_expired")
	var list gen.RefundList
	r.treasurer.Must(r.treasurer.Do("GET", "/v1/refunds?state=refused", nil), 200, &list)
	if len(list.Refunds) != 1 {
		t.Errorf("%+v", list)
	}
	if made := r.refund(r.treasurer, left.AvailableRial, nil); made[0].State != gen.RefundStateGranted {
		t.Errorf("%+v", made)
	}
	r.sound()
}

// TestAChargeback: two people of the platform, the bank's number once; it ends the dues as a refund does.
func TestAChargeback(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	body := refundBody(r.payment.AmountRial, map[string]any{"reference": "CB-9"})
	r.treasurer.Refused(r.treasurer.Once("POST", r.path("chargebacks"), body), 403, "not_permitted")
	var asked gen.RefundList
	r.operator.Must(r.operator.Once("POST", r.path("chargebacks"), body), 202, &asked)
	r.operator.Refused(r.decide(r.operator, *asked.Refunds[0].ApprovalId, "approve"), 403, "approval_second_person")
	r.second.Must(r.decide(r.second, *asked.Refunds[0].ApprovalId, "approve"), 200, nil)
	if p := r.now(); p.State != gen.PaymentStateReversed || r.check().Valid {
		t.Errorf("%+v", p)
	}
	r.sound()
	first := r.payment
	r.order = r.cashier.Order(apitest.OtherPlate)
	r.payment = r.cashier.Pay(r.order.Id)
	r.operator.Refused(r.operator.Once("POST", r.path("chargebacks"), refundBody(r.payment.AmountRial, map[string]any{"reference": "CB-9"})), 409, "refund_reference_taken")
	part := map[string]any{"reference": "CB-10", "amount_rial": r.payment.AmountRial - 1}
	r.operator.Must(r.operator.Once("POST", r.path("chargebacks"), refundBody(r.payment.AmountRial, part)), 202, &asked)
	r.second.Must(r.decide(r.second, *asked.Refunds[0].ApprovalId, "approve"), 200, nil)
	if p := r.now(); p.State != gen.PaymentStateCaptured || p.RefundedRial != p.AmountRial-1 || r.cashier.Inquire(apitest.OtherPlate).PayableRial != 0 {
		t.Errorf("%+v", p)
	}
	r.sound()
	q := r.cashier.Inquire(apitest.Plate)
	r.cashier.Must(r.cashier.Once("POST", "/v1/orders", orderFor(q.Id, apitest.Shiraz, 1404)), 201, &r.order)
	r.payment = r.cashier.Pay(r.order.Id) // of another city than what CB-10 stands for
	r.operator.Refused(r.operator.Once("POST", r.path("chargebacks"), refundBody(r.payment.AmountRial, map[string]any{"reference": "CB-10"})), 409, "refund_reference_taken")
	r.payment = first
	r.operator.Refused(r.operator.Once("POST", r.path("refunds"), refundBody(0, nil)), 409, "payment_not_refundable")
	r.operator.Refused(r.operator.Once("POST", r.path("chargebacks"), refundBody(0, map[string]any{"reference": "CB-11"})), 409, "chargeback_too_much")
	var topUp gen.Payment
	r.manager.Must(r.manager.Once("POST", "/v1/deposit/topups", map[string]int{"amount_rial": 5_000_000}), 201, &topUp)
	r.operator.Refused(r.operator.Once("POST", "/v1/payments/"+topUp.Id.String()+"/chargebacks", refundBody(1000, map[string]any{"reference": "CB-12"})), 409, "chargeback_too_much")
	r.operator.Refused(r.operator.Once("POST", "/v1/payments/"+uuid.NewString()+"/chargebacks", refundBody(1000, map[string]any{"reference": "CB-13"})), 404, "payment_unknown")
}

// TestAFeeGoesBackOnlyWhenNamed, and then the provider can reverse all of it.
func TestAFeeGoesBackOnlyWhenNamed(t *testing.T) {
	t.Parallel()
	for _, with := range []bool{false, true} {
		r := newRefunding(t, "")
		setFee(t, r.Server, "clearance", "standard", 0, 120_000)
		setFeeAccount(t, r.Server, feeIBAN)
		r.order = r.cashier.Order(apitest.OtherPlate)
		r.payment = r.cashier.Pay(r.order.Id)
		amount := r.payment.AmountRial
		if !with {
			amount -= 120_000
		}
		made := r.refund(r.operator, amount, map[string]any{"with_fee": with})
		if made[0].State == gen.RefundStateWaiting {
			r.second.Must(r.decide(r.second, *made[0].ApprovalId, "approve"), 200, nil)
		}
		r.work()
		want := map[bool]gen.PaymentState{true: gen.PaymentStateReversed, false: gen.PaymentStateCaptured}[with]
		if p := r.now(); p.State != want || p.RefundedRial != amount {
			t.Errorf("with the fee %t: %+v", with, p)
		}
		if fee := r.balance(0, "%\\_fee%"); (fee == 0) != with {
			t.Errorf("with the fee %t: %d are earned", with, -fee)
		}
		r.sound()
	}
}

// TestRefundsRace: of ten at once one is granted; and one beside the issue of a second certificate leaves no valid certificate over what is owed.
func TestRefundsRace(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	part := r.part(r.treasurer, apitest.Shiraz)
	answers := make([]apitest.Answer, 10)
	var all sync.WaitGroup
	for i := range answers {
		c := []*apitest.Client{r.treasurer, r.operator}[i%2]
		all.Go(func() {
			answers[i] = c.Once("POST", r.path("refunds"), refundBody(part.PaidRial, map[string]any{"bill_id": part.BillId}))
		})
	}
	all.Wait()
	won := 0
	for _, a := range answers {
		switch {
		case a.Status == 201:
			won++
		case a.Status != 412 && a.Problem().Code != "refund_pending":
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
	if won != 1 {
		t.Errorf("%d were granted", won)
	}
	r.sound()
}

// TestARefundBesideASecondCertificate pays another year's due of the vehicle at another office, and certifies it while the first is given back.
func TestARefundBesideASecondCertificate(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	second := r.SignIn(apitest.OtherCashier)
	for round := range 8 {
		plate := apitest.FleetPlate(10 + round)
		q := r.cashier.Inquire(plate)
		var first, last gen.Order
		dues := q.Municipalities[0].Dues
		r.cashier.Must(r.cashier.Once("POST", "/v1/orders", orderFor(q.Id, apitest.Tehran, dues[0].FiscalYear)), 201, &r.order)
		first = r.order
		r.payment = r.cashier.Pay(first.Id)
		last = second.Order(plate)
		second.Pay(last.Id)
		var both sync.WaitGroup
		both.Go(func() {
			r.refund(r.operator, r.payment.AmountRial, nil)
		})
		both.Go(func() {
			if a := second.Once("POST", "/v1/certificates", map[string]any{"order_id": last.Id}); a.Status != 201 && a.Problem().Code != "dues_outstanding" {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
		both.Wait()
		r.sound()
	}
}

// TestVerifyNamesBrokenRefunds breaks a row for each rule about money that went back, as only the owner of the tables can.
func TestVerifyNamesBrokenRefunds(t *testing.T) {
	t.Parallel()
	for rule, sabotage := range map[string]string{
		"what went back of a payment is not what its refunds say":                      `UPDATE payments SET refunded_rial = refunded_rial - 1 WHERE refunded_rial > 0`,
		"more of a bill went back than was paid for it":                                `UPDATE refunds SET amount_rial = amount_rial + 1 WHERE whole; UPDATE payments SET refunded_rial = refunded_rial + 1 WHERE refunded_rial > 0`,
		"a granted refund is not in the books":                                         `DELETE FROM ledger_entries WHERE kind = 'refund' AND municipality_id = 520`,
		"a refund is paid and not in the books, or in the books and not paid":          `DELETE FROM ledger_entries WHERE kind = 'refund_paid'`,
		"an entry stands for a refund that nobody granted":                             `UPDATE refunds SET state = 'refused', granted_at = NULL, channel = NULL WHERE municipality_id = 520; UPDATE payments SET refunded_rial = refunded_rial - 1000 WHERE refunded_rial > 0`,
		"a refund to a deposit is not in it":                                           `UPDATE refunds SET channel = 'deposit'`,
		"a bill is refunded and its money is not, or the other way round":              `UPDATE bills SET state = 'refunded' WHERE municipality_id = 520 AND state = 'paid'; UPDATE due_claims SET state = 'released', paid_at = NULL WHERE municipality_id = 520`,
		"a refunded bill was never paid":                                               `UPDATE bills SET state = 'refunded', paid_at = now() WHERE state = 'open'`,
		"the dues of a refunded bill are still paid by it":                             `UPDATE due_claims SET state = 'paying', paid_at = NULL WHERE municipality_id = 122`,
		"a payment has gone back in whole and does not say so, or says so and has not": `UPDATE payments SET state = 'refunded' WHERE refunded_rial > 0`,
		"a refund that needed a second person was let go by nobody":                    `UPDATE refunds SET approval_id = gen_random_uuid()`,
		"a valid certificate stands over a due that is not paid":                       `DELETE FROM certificate_events WHERE kind = 'superseded'`,
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			r := newRefunding(t, "")
			r.cashier.Order(apitest.OtherPlate)
			part := r.part(r.treasurer, apitest.Shiraz)
			made := r.refund(r.treasurer, part.PaidRial, nil)
			r.treasurer.Must(r.treasurer.Once("POST", "/v1/refunds/"+made[0].Id.String()+"/paid", map[string]string{"reference": "TR-1"}), 200, nil)
			tehran := r.part(r.operator, apitest.Tehran)
			r.refund(r.operator, tehran.PaidRial, map[string]any{"bill_id": tehran.BillId, "amount_rial": 1000})
			r.sound()
			script := sabotage + ";"
			for _, table := range []string{"payments", "ledger_entries", "refunds", "bills", "due_claims", "certificate_events"} {
				script = "ALTER TABLE " + table + " NO FORCE ROW LEVEL SECURITY; " + script + " ALTER TABLE " + table + " FORCE ROW LEVEL SECURITY;"
			}
			if _, err := pgtest.Open(t, r.DB.OwnerURL).ExecContext(t.Context(), script); err != nil {
				t.Fatal(err)
			}
			found, row, err := r.Program.Payments.Verify(r.System())
			if found == "" {
				found, row, err = r.Program.Certificates.Verify(r.System())
			}
			if found != rule || err != nil {
				t.Errorf("%q: %s, %v", found, row, err)
			}
		})
	}
}
