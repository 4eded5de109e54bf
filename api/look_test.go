package api_test

import (
	"context"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// watched counts the questions to a provider, and lets each take its time.
type watched struct {
	gateway.Gateway
	asked *atomic.Int32
	slow  *atomic.Int64
}

func (w watched) Inquire(ctx context.Context, reference string, sale gateway.Sale) (gateway.Answer, error) {
	w.asked.Add(1)
	time.Sleep(time.Duration(w.slow.Load()))
	return w.Gateway.Inquire(ctx, reference, sale)
}

func newWatched(t *testing.T, o apitest.Options) (*apitest.Server, watched) {
	t.Helper()
	w := watched{asked: &atomic.Int32{}, slow: &atomic.Int64{}}
	o.Wrap = func(g gateway.Gateway) gateway.Gateway { w.Gateway = g; return w }
	return apitest.New(t, o), w
}

// TestLookingAsksTheProvider lets an operator look at a payment whose payer never came back: it is captured before their eyes.
func TestLookingAsksTheProvider(t *testing.T) {
	t.Parallel()
	s, w := newWatched(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	p := c.Start(order.Id)
	if got := c.GetOrder(order.Id).Payments[0]; got.State != gen.PaymentStateSent || w.asked.Load() != 1 {
		t.Fatalf("before it is paid: %s after %d questions", got.State, w.asked.Load())
	}
	s.Bank.Decide(t, p, "pay")
	if got := c.GetOrder(order.Id).Payments[0]; got.State != gen.PaymentStateSent || w.asked.Load() != 1 {
		t.Errorf("within two seconds of the last question it is %s after %d questions", got.State, w.asked.Load())
	}
	s.Clock.Advance(payments.LookEvery)
	if got := c.GetOrder(order.Id); got.State != gen.OrderStatePaid || got.Payments[0].State != gen.PaymentStateCaptured || got.Payments[0].Receipt == nil || w.asked.Load() != 2 {
		t.Errorf("two seconds later the order is %s after %d questions: %+v", got.State, w.asked.Load(), got.Payments[0])
	}
	s.Clock.Advance(payments.LookEvery)
	c.GetOrder(order.Id)
	c.Must(c.Do("GET", "/v1/payments/"+p.Id.String(), nil), 200, nil)
	if w.asked.Load() != 2 {
		t.Error("a payment at its end is asked about")
	}
}

// TestLookingAtAPaymentAlone is the same for whoever looks at the payment, as at a top-up of the deposit.
func TestLookingAtAPaymentAlone(t *testing.T) {
	t.Parallel()
	s, w := newWatched(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	p := c.Start(c.Order(apitest.Plate).Id)
	s.Bank.Decide(t, p, "pay")
	var got gen.Payment
	c.Must(c.Do("GET", "/v1/payments/"+p.Id.String(), nil), 200, &got)
	if got.State != gen.PaymentStateCaptured || w.asked.Load() != 1 {
		t.Errorf("it is %s after %d questions", got.State, w.asked.Load())
	}
}

// TestLookersShareAQuestion lets many look at once, in two processes: there is one question, and nobody waits much longer than two seconds for a slow provider.
func TestLookersShareAQuestion(t *testing.T) {
	t.Parallel()
	s, w := newWatched(t, apitest.Options{})
	other, v := newWatched(t, apitest.Options{DB: s.DB, Bank: s.Bank, Keys: s.Keys})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	s.Bank.Decide(t, c.Start(order.Id), "pay")
	w.slow.Store(int64(4 * time.Second))
	v.slow.Store(int64(4 * time.Second))
	there := other.SignIn(apitest.Cashier)
	began := time.Now()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { c.GetOrder(order.Id) })
		all.Go(func() { there.GetOrder(order.Id) })
	}
	all.Wait()
	if took := time.Since(began); took > 3500*time.Millisecond {
		t.Errorf("sixteen lookers waited %s", took)
	}
	if n := w.asked.Load() + v.asked.Load(); n != 1 {
		t.Errorf("sixteen lookers of one payment asked %d times", n)
	}
	for deadline := time.Now().Add(20 * time.Second); state(t, s, order.Id) != "captured"; time.Sleep(100 * time.Millisecond) { // the question itself went on
		if time.Now().After(deadline) {
			t.Fatalf("the payment is %s", state(t, s, order.Id))
		}
	}
}

// state reads an order's only payment without looking at it as an operator does.
func state(t *testing.T, s *apitest.Server, order uuid.UUID) (state string) {
	t.Helper()
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT state FROM payments WHERE order_id = ?`, order).Row().Scan(&state)
	})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// TestTwoLookersGetOneAnswer lets two look at once: both see what the one question has brought.
func TestTwoLookersGetOneAnswer(t *testing.T) {
	t.Parallel()
	s, w := newWatched(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	s.Bank.Decide(t, c.Start(order.Id), "pay")
	w.slow.Store(int64(time.Second))
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if got := c.GetOrder(order.Id).State; got != gen.OrderStatePaid {
				t.Errorf("a looker sees the order %s", got)
			}
		})
	}
	both.Wait()
	if w.asked.Load() != 1 {
		t.Errorf("%d questions", w.asked.Load())
	}
}

var gauge = regexp.MustCompile(`(?m)^(mofasa_(?:payments|suspense|jobs)_\w+)(?:\{kind="(\w+)"\})? (\S+)$`)

// gauges scrapes those of stuck work.
func gauges(t *testing.T, s *apitest.Server) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, line := range gauge.FindAllStringSubmatch(string(s.Anonymous().Do("GET", "/metrics", nil).Body), -1) {
		found[line[1]+line[2]] = line[3]
	}
	return found
}

// TestGaugesTellOfStuckWork leaves a payment unknown, one in suspense and their jobs undone, and reads of them.
func TestGaugesTellOfStuckWork(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	want := func(when string, want map[string]string) {
		t.Helper()
		got := gauges(t, s)
		for name, value := range want {
			if !regexp.MustCompile(`^` + value + `$`).MatchString(got[name]) {
				t.Errorf("%s: %s is %q, want %s", when, name, got[name], value)
			}
		}
	}
	none := map[string]string{"mofasa_payments_unknown": "0", "mofasa_payments_unknown_oldest_seconds": "0", "mofasa_suspense_items": "0", "mofasa_suspense_oldest_seconds": "0", "mofasa_suspense_rial": "0",
		"mofasa_jobs_waitingpayment_check": ""}
	want("at first", none)
	s.Bank.Scenario(t, `{"name":"verify_other_amount"}`)
	parked := c.Pay(c.Order(apitest.Plate).Id)
	s.Bank.Scenario(t, `{"name":"token_error"}`)
	c.Must(c.Once("POST", "/v1/orders/"+c.Order(apitest.OtherPlate).Id.String()+"/payments", map[string]string{"method": "gateway"}), 202, nil)
	want("from the cache", none)
	s.Clock.Advance(30 * time.Second)
	want("half a minute later", map[string]string{"mofasa_payments_unknown": "1", "mofasa_payments_unknown_oldest_seconds": `3\d\.\d+`, "mofasa_suspense_items": "1", "mofasa_suspense_oldest_seconds": `3\d\.\d+`,
		"mofasa_suspense_rial": `\d+\.?\d*e?\+?\d*`, "mofasa_jobs_waitingpayment_check": "2", "mofasa_jobs_oldest_secondspayment_check": `[23]\d\.\d+`})
	if parked.State != gen.PaymentStateSuspense || gauges(t, s)["mofasa_suspense_rial"] == "0" {
		t.Errorf("%+v, %v", parked, gauges(t, s))
	}
	if _, err := s.Program.Payments.ResolveNext(s.System()); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(6 * time.Second)
	want("after one of the jobs", map[string]string{"mofasa_jobs_waitingpayment_check": "1"})

	if _, err := pgtest.Open(t, s.DB.OwnerURL).ExecContext(t.Context(), `ALTER TABLE suspense_items RENAME TO gone`); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(6 * time.Second)
	if got := gauges(t, s); len(got) != 0 {
		t.Errorf("where nothing can be counted it is told: %v", got)
	}
}
