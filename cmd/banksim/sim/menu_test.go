package sim_test

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
	"mofasa/cmd/banksim/sim"
)

// menuRow is a row of the README's table whose fault an amount chooses: …901 000 | `slow`, or a range of amounts with the words that name it.
var menuRow = regexp.MustCompile("(?m)^\\| …(\\d{3}) 000(?: to …(\\d{3}) 000)? \\| `(\\w+)`")

// order is one way to ask for a fault: by amount, or by the control API.
type order struct {
	fault    string
	amount   money.Rial
	scenario string // what the control API is told; "" by amount
	minutes  int    // of a late success
}

// menu reads the table: each row by every amount that it names, and by its name.
func menu(t *testing.T) (orders []order) {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	faults, _, _ := strings.Cut(string(readme)[strings.Index(string(readme), "## Faults"):], "## The bill counter")
	for _, row := range menuRow.FindAllStringSubmatch(faults, -1) {
		from, _ := strconv.Atoi(row[1])
		to, _ := strconv.Atoi(cmp.Or(row[2], row[1]))
		for ending := from; ending <= to; ending++ {
			minutes, scenario := 5, fmt.Sprintf(`{"name":%q}`, row[3])
			if row[2] != "" {
				minutes = ending - from + 1
				scenario = fmt.Sprintf(`{"late_minutes":%d}`, minutes)
			}
			orders = append(orders, order{row[3], money.Rial(7_000_000 + ending*1000), "", minutes}, order{row[3], 3_720_000, scenario, minutes})
		}
	}
	return orders
}

// guest is a sale at one provider with a fault ordered for it.
type guest struct {
	order
	*testing.T
	bank     *bank
	gateway  gateway.Gateway
	provider sim.Provider
	session  gateway.Session
	returns  atomic.Int64 // that reached the merchant, without a browser
	early    int64        // of these, before the start was answered
}

func newGuest(t *testing.T, provider sim.Provider, o order) *guest {
	t.Helper()
	v := &guest{order: o, T: t, provider: provider, bank: newBank(t, sim.Options{Magic: true, Password: "p<&>", Clock: morning})}
	switch v.bank.named = provider; provider {
	case sim.Zarinpal:
		v.gateway = v.bank.zarinpal(t, merchant)
	case sim.Mellat:
		v.gateway = v.bank.mellat(t, 2468013)
	default:
		v.gateway = v.bank.adapter(t, terminal)
	}
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { v.returns.Add(1) }))
	t.Cleanup(site.Close)
	if o.scenario != "" {
		v.bank.admin(t, "/_sim/scenario", o.scenario)
	}
	var err error
	if v.session, err = v.gateway.Start(t.Context(), gateway.StartRequest{MerchantReference: "77", Amount: o.amount, CallbackURL: site.URL}); err != nil {
		t.Fatal(err)
	}
	v.early = v.returns.Load()
	return v
}

func (v *guest) book() sim.Transaction { return v.bank.transactions(v.T)[0] }
func (v *guest) sale() gateway.Sale {
	return gateway.Sale{Token: v.session.Token, MerchantReference: "77", Amount: v.amount}
}
func (v *guest) pay() url.Values { return v.bank.Decide(v.T, v.session, true) }

// reference is the one in the bank's books, as it is asked by.
func (v *guest) reference() string {
	if v.provider == sim.Zarinpal {
		return v.session.Token
	}
	return v.book().RefNum
}

func (v *guest) inquire() gateway.State {
	a, _ := v.gateway.Inquire(v.Context(), v.reference(), v.sale())
	return a.State
}

func (v *guest) verify() (gateway.Answer, error) {
	return v.gateway.Verify(v.Context(), v.reference(), v.sale())
}

// uncertain verifies without an answer.
func (v *guest) uncertain() {
	v.Helper()
	_, err := v.verify()
	if unsure := (*gateway.Uncertain)(nil); !errors.As(err, &unsure) {
		v.Errorf("verify: %v", err)
	}
}

// ours verifies at last.
func (v *guest) ours() {
	v.Helper()
	if a, err := v.verify(); err != nil || a.State != gateway.Verified && a.State != gateway.Repeated {
		v.Errorf("verify: %+v, %v", a, err)
	}
}

// otherwise is never taken for ours: the answer does not match, or is a no.
func (v *guest) otherwise() {
	v.Helper()
	v.pay()
	a, err := v.verify()
	bare := a.State == gateway.Repeated && a.Reference == ""
	if err == nil && !bare && a.Matches(v.reference(), v.gateway.Terminal(), v.sale()) == nil && a.State == gateway.Verified {
		v.Errorf("it is taken for ours: %+v", a)
	}
	if v.book().PaidAt.IsZero() {
		v.Error("the card was not charged")
	}
}

// late is charged a while after the return said unpaid.
func (v *guest) late() {
	v.Helper()
	v.pay()
	v.bank.Advance(v.T, time.Duration(v.minutes)*time.Minute-time.Second)
	if !v.book().PaidAt.IsZero() || v.inquire() == gateway.Paid {
		v.Errorf("charged before %d minutes", v.minutes)
	}
	v.bank.Advance(v.T, 2*time.Second)
	if _ = v.bank.transactions(v.T); v.book().PaidAt.IsZero() || v.inquire() != gateway.Paid {
		v.Errorf("after %d minutes it is %s", v.minutes, v.inquire())
	}
	v.ours()
}

// proofs say what each fault of the menu is.
var proofs = map[string]func(*guest){
	"slow": func(v *guest) { v.pay(); v.uncertain(); v.wants(1); v.ours() },
	"dead_before_effect": func(v *guest) {
		v.pay()
		v.uncertain()
		v.wants(0)
		v.ours()
	},
	"dead_after_effect":        func(v *guest) { v.pay(); v.uncertain(); v.wants(1); v.ours() },
	"duplicate_callback":       func(v *guest) { v.pay(); v.reached(1, 0); v.ours() },
	"callback_before_response": func(v *guest) { v.reached(1, 1); v.ours() },
	"forged_callback": func(v *guest) {
		values := v.pay()
		made := cmp.Or(values.Get("RefNum"), values.Get("SaleReferenceId"), values.Get("Authority"))
		if made == "" || !v.book().PaidAt.IsZero() || v.inquire() == gateway.Paid {
			v.Errorf("%v, %+v", values, v.book())
		}
	},
	"smaller_amount": (*guest).otherwise,
	"late_success":   (*guest).late,
	"reversed_by_bank": func(v *guest) {
		v.pay()
		if a, err := v.verify(); err != nil || a.State != gateway.Reversed {
			v.Errorf("%+v, %v", a, err)
		}
	},
	"wrong_terminal": (*guest).otherwise,
	"fail": func(v *guest) {
		v.pay()
		if !v.book().PaidAt.IsZero() || v.book().State != sim.StateFailed {
			v.Errorf("%+v", v.book())
		}
	},
	"settle_dropped": func(v *guest) {
		v.pay()
		if v.provider == sim.Mellat {
			v.uncertain()
			v.wants(1)
			want(v.T, "settlements", v.book().Settles, 0)
		}
		v.ours()
	},
}

// wants counts the verifications that had their effect.
func (v *guest) wants(verifies int) { v.Helper(); want(v.T, "verified", v.book().Verifies, verifies) }

// reached waits for what the merchant gets without a browser.
func (v *guest) reached(all, early int64) {
	v.Helper()
	for end := time.Now().Add(5 * time.Second); v.returns.Load() < all && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if v.returns.Load() != all || v.early != early {
		v.Errorf("%d returns, %d before the start was answered", v.returns.Load(), v.early)
	}
}

// TestEveryRowOfTheMenu orders every fault of the README's table, by amount and by the control API, at every provider, and holds what happens against what the fault is.
func TestEveryRowOfTheMenu(t *testing.T) {
	t.Parallel()
	served := map[string]bool{}
	for _, o := range menu(t) {
		served[o.fault] = true
		if o.fault == "truncated_line" {
			t.Run(fmt.Sprint(o.fault, o.scenario != ""), func(t *testing.T) { t.Parallel(); wantTruncated(t, o) })
			continue
		}
		proof := proofs[o.fault]
		if proof == nil {
			t.Errorf("nothing proves %s", o.fault)
			continue
		}
		for _, provider := range []sim.Provider{sim.SEP, sim.Zarinpal, sim.Mellat} {
			t.Run(fmt.Sprintf("%s/%s/%d/%t", o.fault, provider, o.amount, o.scenario != ""), func(t *testing.T) {
				t.Parallel()
				proof(newGuest(t, provider, o))
			})
		}
	}
	for _, fault := range strings.Fields("slow dead_before_effect dead_after_effect duplicate_callback callback_before_response forged_callback smaller_amount late_success reversed_by_bank " +
		"wrong_terminal truncated_line fail settle_dropped") {
		if !served[fault] {
			t.Errorf("the table has no row of %s", fault)
		}
	}
	for fault := range proofs {
		if !served[fault] {
			t.Errorf("%s is on no menu", fault)
		}
	}
}

// wantTruncated pays a bill at the counter and looks at its line in both layouts.
func wantTruncated(t *testing.T, o order) {
	t.Helper()
	b := newBank(t, sim.Options{Magic: true})
	const bill = "2100012300966"
	amount, fault := int64(o.amount), ""
	if o.scenario != "" {
		fault = `,"fault":"truncated_line"`
	}
	status, text := b.post(t, "/_sim/bills/pay", fmt.Sprintf(`{"bill_id":"%s","payment_id":"%s","amount":%d,"date":"1405/08/29"%s}`, bill, payable(bill, amount), amount, fault))
	want(t, text, status, http.StatusCreated)
	for layout, width := range map[string]int{"a": 46, "b": 48} {
		_, file := get(t, b.url+"/_sim/files/"+layout+"/14050829")
		lines := strings.Split(file, "\r\n")
		want(t, "cut", len(lines[1]), width/2)
		want(t, "counted", lines[0][len(lines[0])-8:], "00000001")
	}
}
