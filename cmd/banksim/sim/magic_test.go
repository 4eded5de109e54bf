package sim_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"mofasa/billing/payments/gateway"
	"mofasa/cmd/banksim/sim"
)

// What each ending of an amount arranges; scenarios by name and by amount are the same.
func TestMagicAmounts(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{Magic: true})
	for ending, name := range sim.Magic() {
		if name == "truncated_line" {
			continue // of bill payments
		}
		named, known := sim.Named()[name]
		want(t, name+" is a scenario", known, true)
		if name != "callback_before_response" { // its callback would go out
			wantJSON(t, name, b.arranged(t, 5_000_000+ending), named)
		}
		wantJSON(t, name+" and a rial", b.arranged(t, 5_000_001+ending), sim.Scenario{})
	}
	wantJSON(t, "seven minutes", b.arranged(t, 5_957_000), sim.Scenario{LateMinutes: 7})
	wantJSON(t, "no minutes", b.arranged(t, 5_950_000), sim.Scenario{})
	wantJSON(t, "ten minutes", b.arranged(t, 5_960_000), sim.Scenario{})
	b.admin(t, "/_sim/scenario", `{"name":"cancel"}`)
	wantJSON(t, "what was arranged wins", b.arranged(t, 5_901_000), sim.Scenario{Outcome: sim.OutcomeCancel})
}

// arranged is the scenario of a new session over an amount.
func (b *bank) arranged(t *testing.T, amount int64) sim.Scenario {
	t.Helper()
	_, text := b.post(t, "/onlinepg/onlinepg", `{"action":"token","TerminalId":"1","Amount":`+strconv.FormatInt(amount, 10)+`,"ResNum":"7","RedirectUrl":"https://m.ir"}`)
	wantText(t, text, `"status":1`)
	all := b.transactions(t)
	return all[len(all)-1].Scenario
}

func TestAmountsAreNotMagicByThemselves(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	wantJSON(t, "scenario", b.arranged(t, 5_912_000), sim.Scenario{})
}

// The README's table lists every fault of the menu with its amount, and nothing that is no scenario.
func TestTheMenuIsDocumented(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for ending, name := range sim.Magic() {
		row := "| …" + strconv.FormatInt(ending/1000, 10) + " 000 | `" + name + "` |"
		if !strings.Contains(string(readme), row) {
			t.Errorf("the README has no row %q", row)
		}
	}
	for _, name := range sim.Names() {
		if !strings.Contains(string(readme), "`"+name+"`") {
			t.Errorf("the README does not name %s", name)
		}
	}
}

// A return can be sent once more by hand, as the session stands then.
func TestCallbackByHand(t *testing.T) {
	t.Parallel()
	returns := make(chan url.Values, 2)
	merchantSite := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ParseForm() == nil {
			returns <- r.Form
		}
	}))
	t.Cleanup(merchantSite.Close)
	b := newBank(t, sim.Options{Password: "p<&>"})
	session, err := b.mellat(t, 7).Start(t.Context(), gateway.StartRequest{MerchantReference: "7", Amount: 1000, CallbackURL: merchantSite.URL})
	want(t, "error", err, nil)
	form, err := url.ParseQuery(session.PostForm)
	want(t, "error", err, nil)
	b.Decide(t, session, true)
	b.admin(t, "/_sim/callback", `{"token":"`+form.Get("RefId")+`"}`)
	values := <-returns
	want(t, "reference", values.Get("SaleReferenceId"), b.transactions(t)[0].RefNum)
	want(t, "code", values.Get("ResCode"), "0")
	status, _ := b.post(t, "/_sim/callback", `{"token":"x"}`)
	want(t, "unknown token", status, http.StatusNotFound)
}
