package sim_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/gateway/gatewaytest"
	"mofasa/billing/payments/sep"
	"mofasa/cmd/banksim/sim"
)

const terminal = "13579246"

func TestSEPConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, func(t *testing.T) gatewaytest.Rig {
		b := newBank(t, sim.Options{Terminals: []string{terminal}})
		return gatewaytest.Rig{
			Gateway:          b.adapter(t, terminal),
			Bank:             b,
			UnknownReference: "Qm9+uXa1/Kd0ZtT7eYp3WvLr8sHc",
			SessionLife:      20 * time.Minute,
			VerifyWindow:     sep.VerifyWindow,
			ReverseWindow:    sep.ReverseWindow,
		}
	})
}

// bank is a simulator behind HTTP, commanded over its admin API.
type bank struct {
	url   string
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
		if r.Method == http.MethodPost && r.Header.Get("Content-Type") == "application/json" && r.URL.Path[:2] != "/_" {
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

func (b *bank) adapter(t *testing.T, terminalID string) *sep.Adapter {
	t.Helper()
	adapter, err := sep.New(sep.Config{
		BaseURL:    b.url,
		TerminalID: terminalID,
		Client:     &http.Client{Transport: &http.Transport{}},
		Timeout:    2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return adapter
}

func scenarioOf(fault gatewaytest.Fault) string {
	return map[gatewaytest.Fault]string{
		gatewaytest.StartRefused:       `{"name":"token_refused"}`,
		gatewaytest.StartLost:          `{"name":"token_lost"}`,
		gatewaytest.StartUnavailable:   `{"name":"token_error"}`,
		gatewaytest.PaymentFails:       `{"name":"fail"}`,
		gatewaytest.InquireLost:        `{"name":"receipt_lost"}`,
		gatewaytest.InquireUnavailable: `{"name":"receipt_error"}`,
		gatewaytest.VerifyLost:         `{"name":"verify_lost"}`,
		gatewaytest.VerifyDropped:      `{"name":"verify_dropped"}`,
		gatewaytest.VerifySlow:         `{"name":"verify_slow"}`,
		gatewaytest.VerifyUnavailable:  `{"name":"verify_error"}`,
		gatewaytest.VerifyGarbage:      `{"name":"verify_garbage"}`,
		gatewaytest.VerifyOtherAmount:  `{"name":"verify_other_amount"}`,
		gatewaytest.VerifyRepeated:     `{"name":"verify_repeated"}`,
		gatewaytest.VerifyMisconfig:    `{"name":"verify_address"}`,
		gatewaytest.ReverseLost:        `{"name":"reverse_lost"}`,
		gatewaytest.ReverseMisconfig:   `{"name":"reverse_address"}`,
	}[fault]
}

func (b *bank) Arrange(t testing.TB, fault gatewaytest.Fault) {
	t.Helper()
	b.admin(t, "/_sim/scenario", scenarioOf(fault))
}

func (b *bank) Advance(t testing.TB, by time.Duration) {
	t.Helper()
	b.admin(t, "/_sim/clock", `{"advance":"`+by.String()+`"}`)
}

func (b *bank) Calls() int { return int(b.calls.Load()) }

func (b *bank) Bookings(t testing.TB, reference string) gatewaytest.Booking {
	t.Helper()
	for _, sale := range b.transactions(t) {
		if sale.RefNum == reference {
			return gatewaytest.Booking{Verified: sale.Verifies > 0, Reversed: sale.Reverses > 0}
		}
	}
	t.Fatal("the bank does not know the reference")
	return gatewaytest.Booking{}
}

func (b *bank) Pay(t testing.TB, session gateway.Session) string {
	t.Helper()
	return b.returned(t, session, "pay").RefNum
}

func (b *bank) Cancel(t testing.TB, session gateway.Session) {
	t.Helper()
	if callback := b.returned(t, session, "cancel"); !(callback.RefNum == "") {
		t.Fatal("a cancelled session came back with a reference")
	}
}

// returned does what a browser does: open the page, press a button, and follow the redirect as far as the merchant.
func (b *bank) returned(t testing.TB, session gateway.Session, decision string) sep.Callback {
	t.Helper()
	status, page := get(t, session.RedirectURL)
	if status != http.StatusOK {
		t.Fatalf("page: HTTP %d: %s", status, page)
	}
	response := b.decide(t, session.Token, decision)
	location, err := url.Parse(response.Header.Get("Location"))
	if response.StatusCode != http.StatusFound || err != nil {
		t.Fatalf("decision: HTTP %d, %v", response.StatusCode, err)
	}
	callback, err := sep.ParseCallback(location.RawQuery)
	if err != nil || callback.Token != session.Token {
		t.Fatalf("callback %q: %v", location.RawQuery, err)
	}
	return callback
}
