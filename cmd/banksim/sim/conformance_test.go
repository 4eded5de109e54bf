package sim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/gateway/gatewaytest"
	"mofasa/billing/payments/mellat"
	"mofasa/billing/payments/sep"
	"mofasa/billing/payments/zarinpal"
	"mofasa/cmd/banksim/sim"
)

const (
	terminal = "13579246"
	merchant = "1c9a7d3e-0000-4000-8000-5a5a5a5a5a5a"
	shahr    = "IR430610000000700800900100"
	melli    = "IR080170000000100200300400"
)

// morning is early enough in Tehran for every window to end on the same day.
func morning() time.Time { return time.Date(2026, 11, 20, 6, 45, 0, 0, time.UTC) }

func TestSEPConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, func(t *testing.T) gatewaytest.Rig {
		b := newBank(t, sim.Options{Terminals: []string{terminal}})
		return gatewaytest.Rig{
			Gateway: b.adapter(t, terminal), Returned: sep.Returned, Bank: b, Accounts: []string{shahr, melli},
			UnknownReference: "Qm9+uXa1/Kd0ZtT7eYp3WvLr8sHc", UnknownToken: "7d1f0c9ab2e44f0aa1c3d4e5f6071829",
			Codes: sepCodes(), Documented: sep.Codes(),
			Impossible: map[gatewaytest.Fault]string{gatewaytest.ClaimLost: "verify is the whole claim", gatewaytest.ClaimDropped: "verify is the whole claim"},
		}
	})
}

func TestZarinpalConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, func(t *testing.T) gatewaytest.Rig {
		b := newBank(t, sim.Options{Terminals: []string{merchant}})
		b.named = sim.Zarinpal
		return gatewaytest.Rig{
			Gateway: b.zarinpal(t, merchant), Returned: zarinpal.Returned, Bank: b, Accounts: []string{shahr, melli},
			UnknownReference: "A00000000000000000000000000000000000", UnknownToken: "A00000000000000000000000000000000000",
			Codes: zarinpalCodes(), Documented: zarinpal.Codes(),
			Impossible: map[gatewaytest.Fault]string{
				gatewaytest.ClaimLost: "verify is the whole claim", gatewaytest.ClaimDropped: "verify is the whole claim",
			},
		}
	})
}

func TestMellatConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, func(t *testing.T) gatewaytest.Rig {
		b := newBank(t, sim.Options{Terminals: []string{"2468013"}, Password: "p<&>", Clock: morning})
		b.named = sim.Mellat
		return gatewaytest.Rig{
			Gateway: b.mellat(t, 2468013), Returned: mellat.Returned, Bank: b, Accounts: []string{shahr, melli},
			UnknownReference: "187654321098", UnknownToken: "123-AF82041a2Bf68989c7ff9",
			Codes: mellatCodes(), Documented: mellat.Codes(),
		}
	})
}

// bank is a simulator behind HTTP, commanded over its admin API.
type bank struct {
	url   string
	named sim.Provider // whose faults Arrange spells; empty: SEP
	calls atomic.Int64
	sim   *sim.Server
}

var _ gatewaytest.Bank = (*bank)(nil)

func newBank(t *testing.T, options sim.Options) *bank {
	t.Helper()
	server, err := sim.New(options)
	if err != nil {
		t.Fatal(err)
	}
	b := &bank{sim: server}
	handler := server.Handler()
	listening := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form := r.Header.Get("Content-Type") == "application/x-www-form-urlencoded"
		if r.Method == http.MethodPost && !form && r.URL.Path[:2] != "/_" {
			b.calls.Add(1)
		}
		handler.ServeHTTP(w, r)
	}))
	b.url = listening.URL
	t.Cleanup(func() {
		listening.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

const patience = 2 * time.Second

func (b *bank) adapter(t *testing.T, terminalID string) *sep.Adapter {
	t.Helper()
	adapter, err := sep.New(sep.Config{BaseURL: b.url, TerminalID: terminalID, Client: &http.Client{Transport: &http.Transport{}}, Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	return adapter
}

func (b *bank) zarinpal(t *testing.T, merchantID gateway.Secret) *zarinpal.Adapter {
	t.Helper()
	adapter, err := zarinpal.New(zarinpal.Config{
		BaseURL: b.url, TerminalID: "tehran-1", MerchantID: merchantID, OwnAccount: shahr, Client: &http.Client{Transport: &http.Transport{}}, Timeout: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	return adapter
}

func (b *bank) mellat(t *testing.T, terminalID int64) *mellat.Adapter {
	t.Helper()
	adapter, err := mellat.New(mellat.Config{
		BaseURL: b.url, TerminalID: terminalID, UserName: "u", Password: "p<&>", Account: shahr, SubServices: map[string]int64{shahr: 88, melli: 74},
		Now: morning, Client: &http.Client{Transport: &http.Transport{}}, Timeout: patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	return adapter
}

func scenarioOf(fault gatewaytest.Fault) string {
	return map[gatewaytest.Fault]string{
		gatewaytest.StartLost:          "token_lost",
		gatewaytest.StartUnavailable:   "token_error",
		gatewaytest.PaymentFails:       "fail",
		gatewaytest.InquireLost:        "receipt_lost",
		gatewaytest.InquireUnavailable: "receipt_error",
		gatewaytest.VerifyLost:         "dead_after_effect",
		gatewaytest.VerifyDropped:      "dead_before_effect",
		gatewaytest.VerifySlow:         "slow",
		gatewaytest.VerifyUnavailable:  "verify_error",
		gatewaytest.VerifyGarbage:      "verify_garbage",
		gatewaytest.VerifyOtherAmount:  "verify_other_amount",
		gatewaytest.VerifyRepeated:     "verify_repeated",
		gatewaytest.ReverseLost:        "reverse_lost",
		gatewaytest.ClaimLost:          "settle_lost",
		gatewaytest.ClaimDropped:       "settle_dropped",
		gatewaytest.ForgedReturn:       "forged_callback",
		gatewaytest.EarlyReturn:        "callback_before_response",
		gatewaytest.LateSuccess:        "late_success",
		gatewaytest.BankReverses:       "reversed_by_bank",
		gatewaytest.WrongTerminal:      "wrong_terminal",
	}[fault]
}

// Arrange asks for a fault by its name. Terminals and addresses are refused by a code of each provider's own, and at Mellat only a sale
// whose settlement was dropped can be reversed.
func (b *bank) Arrange(t testing.TB, fault gatewaytest.Fault) {
	t.Helper()
	format := map[sim.Provider]int{"": 5, sim.Zarinpal: -9, sim.Mellat: 32}[b.named]
	address := map[sim.Provider]int{"": -106, sim.Zarinpal: -10, sim.Mellat: 421}[b.named]
	bends := map[gatewaytest.Fault]string{
		gatewaytest.StartRefused:     fmt.Sprintf(`{"call":"token","way":"code","code":%d,"times":1}`, format),
		gatewaytest.VerifyMisconfig:  fmt.Sprintf(`{"call":"verify","way":"code","code":%d}`, address),
		gatewaytest.ReverseMisconfig: fmt.Sprintf(`{"call":"reverse","way":"code","code":%d}`, address),
		gatewaytest.ReverseLost:      `{"call":"reverse","way":"lost","times":1}`,
	}[fault]
	if bends == "" {
		b.admin(t, "/_sim/scenario", `{"name":"`+scenarioOf(fault)+`"}`)
		return
	}
	if b.named == sim.Mellat && strings.HasPrefix(string(fault), "reverse") {
		bends += `,{"call":"settle","way":"dropped","times":1}`
	}
	b.admin(t, "/_sim/scenario", `{"bends":[`+bends+`]}`)
}

func (b *bank) Answer(t testing.TB, op gateway.Operation, code string) {
	t.Helper()
	call := map[gateway.Operation]string{gateway.OpStart: "token", gateway.OpInquire: "receipt", gateway.OpVerify: "verify", gateway.OpReverse: "reverse"}[op]
	b.admin(t, "/_sim/scenario", fmt.Sprintf(`{"bends":[{"call":%q,"way":"code","code":%s}]}`, call, code))
}

func (b *bank) Advance(t testing.TB, by time.Duration) {
	t.Helper()
	b.admin(t, "/_sim/clock", `{"advance":"`+by.String()+`"}`)
}

func (b *bank) Calls() int { return int(b.calls.Load()) }

func (b *bank) Bookings(t testing.TB, session gateway.Session) gatewaytest.Booking {
	t.Helper()
	for _, sale := range b.transactions(t) {
		if !strings.HasSuffix(session.Token, sale.Token) {
			continue
		}
		booking := gatewaytest.Booking{Verified: sale.Verifies > 0, Claimed: sale.Verifies > 0, Reversed: sale.Reverses > 0, Splits: map[string]money.Rial{}}
		if sale.Provider == sim.Mellat {
			booking.Claimed = sale.Settles > 0
		}
		for _, split := range sale.Splits {
			booking.Splits[split.IBAN+map[int64]string{88: shahr, 74: melli}[split.SubService]] += money.Rial(split.Amount)
		}
		return booking
	}
	t.Fatal("the bank does not know the session")
	return gatewaytest.Booking{}
}

// Pay gives the RefNum that comes back from SEP.
func (b *bank) Pay(t testing.TB, session gateway.Session) string {
	t.Helper()
	return b.Decide(t, session, true).Get("RefNum")
}

var decision = map[bool]string{true: "pay", false: "cancel"}

// Decide does what a browser does: open the page, by link or form, press a button, and follow the way back as far as the merchant.
func (b *bank) Decide(t testing.TB, session gateway.Session, pay bool) url.Values {
	t.Helper()
	status, page := b.open(t, session)
	if status != http.StatusOK && status != http.StatusGone && status != http.StatusConflict {
		t.Fatalf("page: HTTP %d: %s", status, page)
	}
	token := session.Token
	if form, err := url.ParseQuery(session.PostForm); err == nil && session.PostForm != "" {
		token = form.Get("RefId")
	}
	response := b.decide(t, token, decision[pay])
	if response.StatusCode == http.StatusOK {
		return submitted(body(t, response))
	}
	location, err := url.Parse(response.Header.Get("Location"))
	if response.StatusCode != http.StatusFound || err != nil {
		t.Fatalf("decision: HTTP %d, %v", response.StatusCode, err)
	}
	values, err := url.ParseQuery(location.RawQuery)
	if err != nil {
		t.Fatal(err)
	}
	values.Del("order") // of the merchant's own address
	return values
}

func (b *bank) open(t testing.TB, session gateway.Session) (int, string) {
	t.Helper()
	if session.PostForm == "" {
		return get(t, session.RedirectURL)
	}
	response, err := browser().Post(session.RedirectURL, "application/x-www-form-urlencoded", strings.NewReader(session.PostForm))
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body(t, response)
}
