package sim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mofasa/billing/payments/gateway"
	"mofasa/cmd/banksim/sim"
)

// browser never follows redirects: the tests look at them.
func browser() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func get(t testing.TB, address string) (int, string) {
	t.Helper()
	response, err := browser().Get(address)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body(t, response)
}

func body(t testing.TB, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// post sends JSON and gives status and body.
func (b *bank) post(t testing.TB, path, payload string) (int, string) {
	t.Helper()
	response, err := browser().Post(b.url+path, "application/json", strings.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body(t, response)
}

func (b *bank) admin(t testing.TB, path, payload string) {
	t.Helper()
	if status, text := b.post(t, path, payload); status != http.StatusNoContent {
		t.Fatalf("%s %s: HTTP %d %s", path, payload, status, text)
	}
}

// decide sends the payment page's own form.
func (b *bank) decide(t testing.TB, token, decision string) *http.Response {
	t.Helper()
	response, err := browser().PostForm(b.url+"/OnlinePG/Decision", url.Values{"Token": {token}, "decision": {decision}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func (b *bank) transactions(t testing.TB) []sim.Transaction {
	t.Helper()
	_, text := get(t, b.url+"/_sim/transactions")
	var all []sim.Transaction
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (b *bank) start(t testing.TB, g gateway.Gateway, callbackURL string) gateway.Session {
	t.Helper()
	session, err := g.Start(t.Context(), gateway.StartRequest{
		MerchantReference: "14050829-000123", Amount: 3_720_000, CallbackURL: callbackURL,
	})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// state is where the only session stands.
func (b *bank) state(t testing.TB) sim.State {
	t.Helper()
	all := b.transactions(t)
	if len(all) != 1 {
		t.Fatalf("%d sessions, want 1", len(all))
	}
	return all[0].State
}

func want[T comparable](t testing.TB, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Fatalf("%s: got %v, want %v", what, got, wanted)
	}
}

func wantText(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Fatalf("%q is missing in:\n%s", part, text)
		}
	}
}
