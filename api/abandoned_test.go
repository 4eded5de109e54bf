package api_test

import (
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/cmd/banksim/sim"
)

// windows are how long each provider's payments may be undecided, from their beginning.
var windows = map[sim.Provider]time.Duration{sim.SEP: time.Hour, sim.Zarinpal: 24 * time.Hour, sim.Mellat: time.Hour}

// TestAnAbandonedPage tells the operator until when nothing else can be begun, refuses everything else as long as the page may still be paid, and lets the order be paid again
// when that time has come.
func TestAnAbandonedPage(t *testing.T) {
	t.Parallel()
	for provider, window := range windows {
		t.Run(string(provider), func(t *testing.T) {
			t.Parallel()
			f := newForger(t, provider)
			f.Bank.Scenario(t, `{"name":"pay"}`)
			c := f.SignIn(apitest.Cashier)
			order := c.Order(apitest.FleetPlate(0))
			path := "/v1/orders/" + order.Id.String()
			p := c.Start(order.Id)
			if p.DecidedBy == nil || !p.DecidedBy.Equal(p.CreatedAt.Add(window)) {
				t.Fatalf("%s: begun %s, decided by %v", provider, p.CreatedAt, p.DecidedBy)
			}
			for _, method := range []string{"gateway", "deposit"} {
				c.Refused(c.Once("POST", path+"/payments", map[string]string{"method": method}), 409, "payment_in_flight")
			}
			c.Refused(c.Once("POST", path+"/cancellation", nil), 409, "payment_in_flight")
			if shown := c.GetOrder(order.Id).Payments[0]; shown.State != sent || shown.DecidedBy == nil || !shown.DecidedBy.Equal(*p.DecidedBy) {
				t.Errorf("%+v", shown)
			}
			f.Clock.Advance(window + time.Second)
			f.resolve()
			if shown := f.SignIn(apitest.Cashier).GetOrder(order.Id).Payments[0]; shown.State != failed || shown.DecidedBy != nil {
				t.Errorf("when the time has come it is %s, decided by %v", shown.State, shown.DecidedBy)
			}
			wantBooks(t, f.Server, 0)
			endow(t, f.Server, apitest.Cashier, 1_000_000_000)
			c = f.SignIn(apitest.Cashier)
			again := c.Order(apitest.FleetPlate(0)) // its claims are free for anybody
			var done gen.Payment
			c.Must(byDeposit(c, again.Id), 201, &done)
			if done.State != captured || done.DecidedBy != nil {
				t.Errorf("%+v", done)
			}
		})
	}
}

// TestACancelledPageFailsAtOnce where the provider says so: the order is free in the next moment. Mellat says nothing of a sale that has no reference, so that the order waits.
func TestACancelledPageFailsAtOnce(t *testing.T) {
	t.Parallel()
	for provider, want := range map[sim.Provider]gen.PaymentState{sim.SEP: failed, sim.Zarinpal: failed, sim.Mellat: sent} {
		t.Run(string(provider), func(t *testing.T) {
			t.Parallel()
			f := newForger(t, provider)
			s := f.sell("pay")
			f.press(s.token, "cancel")
			c := f.SignIn(apitest.Cashier)
			f.Clock.Advance(3 * time.Second) // nobody came back: looking asks
			shown := c.GetOrder(s.order).Payments[0]
			if shown.State != want || (shown.DecidedBy == nil) != (want == failed) {
				t.Fatalf("%+v", shown)
			}
			answer := c.Once("POST", "/v1/orders/"+s.order.String()+"/payments", map[string]string{"method": "gateway"})
			if want == failed {
				c.Must(answer, 201, nil)
			} else {
				c.Refused(answer, 409, "payment_in_flight")
			}
		})
	}
}
