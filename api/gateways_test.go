package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/cmd/banksim/sim"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/scope"
)

// desk is a server with two operators of the platform.
type desk struct {
	*apitest.Server
	t             *testing.T
	first, second *apitest.Client
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s := apitest.New(t, apitest.Options{})
	return &desk{Server: s, t: t, first: s.SignIn(apitest.PlatformOperator), second: enrolOperator(t, s, "second.operator", identitytest.NationalID("second.operator"))}
}

// account is where a city's money goes.
func (d *desk) account(city int) (iban string) {
	d.t.Helper()
	err := d.Program.Runner.InTx(d.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT iban FROM municipality_accounts WHERE municipality_id = ? AND charge = '*'`, city).Row().Scan(&iban)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return iban
}

// body asks for a terminal of a city at a provider, which sends money to the city's own account.
func (d *desk) body(provider string, city int) map[string]any {
	b := map[string]any{"municipality_code": city, "provider": provider, "terminal": apitest.CityTerminal, "reason": "the city's own contract"}
	switch provider {
	case "zarinpal":
		b["terminal"], b["secrets"], b["settings"] = "tehran-zp", map[string]string{"merchant_id": apitest.Merchant}, map[string]string{"own_account": d.account(city)}
	case "mellat":
		b["terminal"], b["secrets"], b["settings"] = apitest.Till, map[string]string{"user_name": "tehran", "password": "hunter2hunter2"}, map[string]string{"own_account": d.account(city)}
	}
	return b
}

func (d *desk) ask(body map[string]any) (asked gen.Gateway) {
	d.t.Helper()
	d.first.Must(d.first.Once("POST", "/v1/gateways", body), 202, &asked)
	return asked
}

func (d *desk) approve(g gen.Gateway) apitest.Answer {
	d.t.Helper()
	return d.second.Do("POST", "/v1/approvals/"+g.ApprovalId.String()+"/decision", map[string]string{"verdict": "approve"})
}

// open opens a terminal by two people, and lets the server know it.
func (d *desk) open(body map[string]any) gen.Gateway {
	d.t.Helper()
	asked := d.ask(body)
	d.second.Must(d.approve(asked), 200, nil)
	d.reload()
	return asked
}

func (d *desk) close(g gen.Gateway) {
	d.t.Helper()
	var asked gen.Gateway
	d.first.Must(d.first.Once("POST", "/v1/gateways/"+g.Id.String()+"/closing", map[string]string{"reason": "the contract is over"}), 202, &asked)
	d.second.Must(d.approve(asked), 200, nil)
	d.reload()
}

func (d *desk) reload() {
	d.t.Helper()
	if err := d.Program.Gateways.Reload(d.System()); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) list() (listed gen.GatewayList) {
	d.t.Helper()
	d.first.Must(d.first.Do("GET", "/v1/gateways", nil), 200, &listed)
	return listed
}

// session is the newest at the bank.
func (d *desk) session() sim.Transaction {
	all := d.Bank.Sim.Transactions()
	return all[len(all)-1]
}

func (d *desk) sessionOf(token string) sim.Transaction {
	all := d.Bank.Sim.Transactions()
	return all[slices.IndexFunc(all, func(t sim.Transaction) bool { return t.Token == token })]
}

// press decides on the bank's page without going back.
func (d *desk) press(token, decision string) {
	d.t.Helper()
	form := url.Values{"Token": {token}, "decision": {decision}}
	request, err := http.NewRequestWithContext(d.t.Context(), "POST", d.Bank.URL+"/OnlinePG/Decision", strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		d.t.Fatal(err)
	}
	_ = response.Body.Close()
}

// back is what a payer's browser brings back from the bank, as the bank says that it was paid.
func back(s sim.Transaction) url.Values {
	switch s.Provider {
	case sim.Zarinpal:
		return url.Values{"Authority": {s.Token}, "Status": {"OK"}}
	case sim.Mellat:
		return url.Values{"RefId": {s.Token}, "ResCode": {"0"}, "SaleOrderId": {s.ResNum}, "SaleReferenceId": {s.RefNum}, "CardHolderPan": {"603799******0014"}, "FinalAmount": {fmt.Sprint(s.Amount)}}
	default:
		return url.Values{"Token": {s.Token}, "RefNum": {s.RefNum}}
	}
}

// comeBack brings values to the callback of a provider, as its payers do. It is answered with a page, or refused as unreadable.
func (d *desk) comeBack(provider sim.Provider, values url.Values) {
	d.t.Helper()
	path := "/v1/callbacks/" + string(provider)
	c := d.Anonymous()
	var answer apitest.Answer
	if provider == sim.Mellat {
		answer = c.Do("POST", path, []byte(values.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	} else {
		answer = c.Do("GET", path+"?"+values.Encode(), nil)
	}
	if answer.Status != 200 && answer.Status != 400 { // a value that comes twice is refused at the door
		d.t.Errorf("a return to %s is answered %d %s", path, answer.Status, answer.Body)
	}
}

// pay pays an order's next slice to the end, over whichever terminal it goes.
func (d *desk) pay(c *apitest.Client, order uuid.UUID) gen.Payment {
	d.t.Helper()
	p := c.Start(order)
	token := d.session().Token
	d.press(token, "pay")
	d.comeBack(sim.Provider(p.Provider), back(d.sessionOf(token)))
	return p
}

func (d *desk) resolve() {
	d.t.Helper()
	for range 6 {
		d.Clock.Advance(40 * time.Second)
		for found := true; found; {
			var err error
			if found, err = d.Program.Payments.ResolveNext(d.System()); err != nil {
				d.t.Fatal(err)
			}
		}
	}
}

func (d *desk) state(order uuid.UUID) gen.PaymentState {
	d.t.Helper()
	paid := d.SignIn(apitest.Cashier).GetOrder(order).Payments
	return paid[len(paid)-1].State
}

// TestATerminalTakesTwoPeople asks for a city's own terminal, opens it by another person, replaces it and closes it.
func TestATerminalTakesTwoPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := d.SignIn(apitest.Cashier)
	pay := func(plate int, provider string) gen.Order {
		t.Helper()
		order := c.Order(apitest.FleetPlate(plate))
		if p := c.Start(order.Id); p.Provider != provider {
			t.Errorf("plate %d is paid over %s, want %s", plate, p.Provider, provider)
		}
		return order
	}
	asked := d.ask(d.body("zarinpal", apitest.Tehran))
	d.reload()
	pay(0, "sep")
	d.first.Refused(d.first.Do("POST", "/v1/approvals/"+asked.ApprovalId.String()+"/decision", map[string]string{"verdict": "approve"}), 403, "approval_second_person")
	d.second.Must(d.approve(asked), 200, nil)
	d.reload()
	under := pay(1, "zarinpal")
	token := d.session().Token
	if s := d.session(); s.Provider != sim.Zarinpal || s.Terminal != apitest.Merchant || len(s.Splits) != 0 {
		t.Errorf("the bank sees %+v", s)
	}
	if both := c.Order(apitest.Plate); len(both.Bills) != 3 { // the bill of Tehran goes over Tehran's terminal, those of other cities over the platform's
		t.Errorf("%d bills", len(both.Bills))
	} else {
		first, second := d.pay(c, both.Id), d.pay(c, both.Id)
		if len(first.Bills)+len(second.Bills) != 3 || first.Provider == second.Provider || c.GetOrder(both.Id).State != gen.OrderStatePaid {
			t.Errorf("%s pays %d bills, %s %d", first.Provider, len(first.Bills), second.Provider, len(second.Bills))
		}
	}

	var overtaken gen.Gateway
	d.first.Must(d.first.Once("POST", "/v1/gateways/"+asked.Id.String()+"/closing", map[string]string{"reason": "x"}), 202, &overtaken)
	replaced := d.open(d.body("mellat", apitest.Tehran))
	d.second.Refused(d.approve(overtaken), 409, "gateway_state") // it was closed by what took its place
	pay(2, "mellat")
	d.close(replaced)
	pay(3, "sep")
	if got := d.list().Gateways; len(got) != 2 || got[0].State != gen.GatewayStateClosed || got[1].State != gen.GatewayStateClosed || got[1].ClosedAt == nil {
		t.Errorf("the registry: %+v", got)
	}
	d.press(token, "pay") // at the terminal that was replaced
	d.comeBack(sim.Zarinpal, back(d.sessionOf(token)))
	if got := d.state(under.Id); got != gen.PaymentStateCaptured {
		t.Errorf("the payment that was under way when its terminal was closed is %s", got)
	}
}

// TestSecretsOfTerminalsStayHidden looks for them wherever they could show.
func TestSecretsOfTerminalsStayHidden(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	body := d.body("mellat", apitest.Tehran)
	asked := d.first.Once("POST", "/v1/gateways", body)
	d.open(d.body("zarinpal", apitest.Tehran))
	texts := map[string]string{"the answer": string(asked.Body), "the registry": string(d.first.Do("GET", "/v1/gateways", nil).Body), "the approvals": string(d.second.Do("GET", "/v1/approvals?state=open", nil).Body),
		"the log": d.Logs.String()}
	for _, table := range []string{"gateways", "approvals", "audit_log", "idempotency_keys"} {
		var rows string
		if err := d.Program.Runner.InTx(d.System(), scope.Platform(), func(tx *scope.Tx) error {
			return tx.DB.Raw(`SELECT coalesce(string_agg(x::text, ' '), '') FROM ` + table + ` x`).Row().Scan(&rows)
		}); err != nil {
			t.Fatal(err)
		}
		texts[table] = rows
	}
	for where, text := range texts {
		for _, secret := range []string{apitest.Merchant, "hunter2", fmt.Sprintf("%x", apitest.Merchant), fmt.Sprintf("%x", "hunter2")} {
			if text == "" || strings.Contains(text, secret) {
				t.Errorf("%s holds the secret %s: %s", where, secret, text)
			}
		}
	}
}

func TestTerminalsThatCannotBe(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open(d.body("sep", apitest.Shiraz))
	other := map[string]string{"own_account": "IR040610000009990000000001"}
	for name, is := range map[string]struct {
		provider string
		city     int
		change   map[string]any
		status   int
		code     string
	}{
		"a platform's that keeps a share":          {"zarinpal", apitest.Tehran, map[string]any{"municipality_code": 0}, 422, "gateway_own_share"},
		"a platform's of one account":              {"mellat", apitest.Tehran, map[string]any{"municipality_code": 0}, 422, "gateway_own_share"},
		"a city's that keeps a share elsewhere":    {"zarinpal", apitest.Tehran, map[string]any{"settings": other}, 422, "gateway_own_share"},
		"a city's of another account":              {"mellat", apitest.Tehran, map[string]any{"settings": other}, 422, "gateway_own_share"},
		"an account that is none":                  {"zarinpal", apitest.Tehran, map[string]any{"settings": map[string]string{"own_account": "IR000610000009990000000001"}}, 422, "gateway_settings"},
		"no account":                               {"mellat", apitest.Tehran, map[string]any{"settings": map[string]string{}}, 422, "gateway_settings"},
		"a number for an account that is none":     {"mellat", apitest.Tehran, map[string]any{"settings": map[string]any{"own_account": d.account(apitest.Tehran), "sub_services": map[string]int{"x": 1}}}, 422, "gateway_settings"},
		"a secret too few":                         {"zarinpal", apitest.Tehran, map[string]any{"secrets": map[string]string{}}, 422, "gateway_settings"},
		"half a secret":                            {"mellat", apitest.Tehran, map[string]any{"secrets": map[string]string{"user_name": "x"}}, 422, "gateway_settings"},
		"a secret too many":                        {"sep", apitest.Tehran, map[string]any{"secrets": map[string]string{"merchant_id": apitest.Merchant}}, 422, "gateway_settings"},
		"settings of another provider":             {"sep", apitest.Tehran, map[string]any{"settings": other}, 422, "gateway_settings"},
		"a terminal that is no number":             {"sep", apitest.Tehran, map[string]any{"terminal": "x"}, 422, "gateway_settings"},
		"a number with a nought in front":          {"mellat", apitest.Tehran, map[string]any{"terminal": "0" + apitest.Till}, 422, "gateway_settings"},
		"a city that is none":                      {"sep", 999, nil, 422, "gateway_city"},
		"the terminal of the configuration":        {"sep", apitest.Tehran, map[string]any{"terminal": apitest.Terminal}, 409, "gateway_terminal_taken"},
		"another city's terminal":                  {"sep", apitest.Tehran, nil, 409, "gateway_terminal_taken"},
		"a secret id in the place of a public one": {"zarinpal", apitest.Tehran, map[string]any{"terminal": apitest.Merchant}, 422, "gateway_settings"},
	} {
		body := map[string]any{"municipality_code": is.city, "provider": is.provider, "terminal": apitest.CityTerminal, "reason": "x"}
		if is.city != 999 {
			body = d.body(is.provider, is.city)
		}
		for key, value := range is.change {
			body[key] = value
		}
		if a := d.first.Once("POST", "/v1/gateways", body); a.Status != is.status || a.Problem().Code != gen.ProblemCode(is.code) {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if got := d.list().Gateways; len(got) != 1 {
		t.Errorf("%d terminals are registered", len(got))
	}
	waits := d.ask(d.body("zarinpal", apitest.Tehran))
	d.first.Refused(d.first.Once("POST", "/v1/gateways/"+waits.Id.String()+"/closing", map[string]string{"reason": "x"}), 409, "gateway_state")
	d.first.Refused(d.first.Once("POST", "/v1/gateways/"+uuid.NewString()+"/closing", map[string]string{"reason": "x"}), 404, "gateway_unknown")

	// What was right when it was asked for may be wrong when it is approved.
	d.Platform(`UPDATE municipality_accounts SET iban = 'IR040610000009990000000001' WHERE municipality_id = ? AND charge = '*'`, apitest.Tehran)
	d.second.Refused(d.approve(waits), 422, "gateway_own_share")
}

// TestARunningProcessObeysWithinTwoSeconds opens a terminal while a process runs beside, and watches what it chooses.
func TestARunningProcessObeysWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx, cancel := context.WithCancel(d.System())
	defer cancel()
	go d.Program.Gateways.Run(ctx, time.Second)
	asked := d.ask(d.body("sep", apitest.Tehran))
	c := d.SignIn(apitest.Cashier)
	before := c.Order(apitest.FleetPlate(0))
	c.Start(before.Id)
	if s := d.session(); s.Terminal != apitest.Terminal {
		t.Errorf("before it is opened: %s", s.Terminal)
	}
	after := c.Order(apitest.FleetPlate(1))
	d.second.Must(d.approve(asked), 200, nil)
	time.Sleep(2 * time.Second)
	c.Start(after.Id)
	if s := d.session(); s.Terminal != apitest.CityTerminal {
		t.Errorf("two seconds after it was opened: %s", s.Terminal)
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// TestThePayersFormToMellat follows the payer from our page to the bank's and back.
func TestThePayersFormToMellat(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open(d.body("mellat", apitest.Tehran))
	c := d.SignIn(apitest.Cashier)
	order := c.Order(apitest.FleetPlate(0))
	p := c.Start(order.Id)
	path, ours := strings.CutPrefix(*p.RedirectUrl, d.URL)
	if !ours {
		t.Fatalf("the payer goes to %s", *p.RedirectUrl)
	}
	payer := d.Anonymous()
	page := payer.Do("GET", path, nil)
	payer.Must(page, 200, nil)
	if csp := page.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action "+d.Bank.URL) || page.Header.Get("Referrer-Policy") != "origin" {
		t.Errorf("the page's headers: %v", page.Header)
	}
	fields := hiddenField.FindAllStringSubmatch(string(page.Body), -1)
	if len(fields) != 1 || fields[0][1] != "RefId" || fields[0][2] != d.session().Token || !strings.Contains(string(page.Body), `action="`+d.Bank.URL+`/pgwchannel/startpay.mellat"`) {
		t.Fatalf("the form: %s", page.Body)
	}
	d.press(d.session().Token, "pay")
	d.comeBack(sim.Mellat, back(d.session()))
	if got := d.state(order.Id); got != gen.PaymentStateCaptured {
		t.Errorf("the payment is %s", got)
	}
	if s := d.session(); s.Verifies != 1 || s.Settles != 1 {
		t.Errorf("the bank verified %d times and settled %d times", s.Verifies, s.Settles)
	}
	payer.Refused(payer.Do("GET", path, nil), 404, "not_found") // nothing to pay any more
	payer.Refused(payer.Do("GET", "/v1/payments/"+uuid.NewString()+"/page", nil), 404, "not_found")
}

// TestATerminalWhoseKeyIsMissing runs a process that cannot open a city's secrets: the city's bills go over the platform's terminal there, and nobody loses a payment.
func TestATerminalWhoseKeyIsMissing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Privacy.Add(2)
	if err := d.Program.Keys.Reload(); err != nil {
		t.Fatal(err)
	}
	d.open(d.body("zarinpal", apitest.Tehran))
	under := d.SignIn(apitest.Cashier).Order(apitest.FleetPlate(0))
	d.SignIn(apitest.Cashier).Start(under.Id)
	d.press(d.session().Token, "pay")
	keyless := apitest.New(t, apitest.Options{DB: d.DB, Bank: d.Bank, Keys: d.Keys})
	if err := keyless.Program.Gateways.Reload(keyless.System()); err != nil {
		t.Fatal(err)
	}
	c := keyless.SignIn(apitest.Cashier)
	if p := c.Start(c.Order(apitest.FleetPlate(1)).Id); p.Provider != "sep" {
		t.Errorf("it goes over %s", p.Provider)
	}
	if logs := keyless.Logs.String(); !strings.Contains(logs, "gateway cannot be opened") || strings.Contains(logs, apitest.Merchant) {
		t.Error("the log does not tell, or tells too much")
	}
	keyless.Clock.Advance(time.Minute)
	if _, err := keyless.Program.Payments.ResolveNext(keyless.System()); err == nil {
		t.Error("a payment of an unknown terminal is no error")
	}
	d.Clock.Advance(2 * time.Minute)
	d.resolve()
	if got := d.state(under.Id); got != gen.PaymentStateCaptured {
		t.Errorf("where the key is, the payment is %s", got)
	}
}
