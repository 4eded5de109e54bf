package api_test

import (
	"context"
	"maps"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/payments/gateway"
	"mofasa/cmd/banksim/sim"
)

// sale is one payment of one order with its session at the bank.
type sale struct {
	order uuid.UUID
	token string
}

// forger is a server whose payments of Tehran go over one provider.
type forger struct {
	*desk
	provider sim.Provider
	sold     int
}

func newForger(t *testing.T, provider sim.Provider) *forger {
	t.Helper()
	f := &forger{desk: newDesk(t), provider: provider}
	if provider != sim.SEP { // SEP's is the platform's
		f.open(f.body(string(provider), apitest.Tehran))
	}
	return f
}

// sell opens a payment, in a scenario of the bank's.
func (f *forger) sell(scenario string) sale {
	f.t.Helper()
	f.Bank.Scenario(f.t, `{"name":"`+scenario+`"}`)
	c := f.SignIn(apitest.Cashier)
	order := c.Order(apitest.FleetPlate(f.sold))
	f.sold++
	if p := c.Start(order.Id); p.Provider != string(f.provider) || p.State != gen.PaymentStateSent {
		f.t.Fatalf("a payment over %s is %s", p.Provider, p.State)
	}
	return sale{order.Id, f.session().Token}
}

func (f *forger) paid(scenario string) sale {
	f.t.Helper()
	s := f.sell(scenario)
	f.press(s.token, "pay")
	return s
}

// genuine is what the bank sends a sale's payer back with.
func (f *forger) genuine(s sale) url.Values { return back(f.sessionOf(s.token)) }

// changed is what the bank sends, with some values in the place of its own. Names that the provider does not use are left out.
func (f *forger) changed(s sale, other map[string]string) url.Values {
	values := f.genuine(s)
	for name, value := range other {
		if values.Has(name) || name == "Amount" {
			values.Set(name, value)
		}
	}
	return values
}

func (f *forger) bring(values url.Values) { f.t.Helper(); f.comeBack(f.provider, values) }

// referenceNames are how providers call the reference of a sale; Zarinpal's is its token.
var referenceNames = []string{"RefNum", "SaleReferenceId"}

// withReference is a sale's return with a reference of somebody's choice.
func (f *forger) withReference(s sale, reference string) url.Values {
	other := map[string]string{}
	for _, name := range referenceNames {
		other[name] = reference
	}
	return f.changed(s, other)
}

// ends are the states that a forgery may end in, by provider, and how many payments are captured in all.
type ends map[sim.Provider]struct {
	state    gen.PaymentState
	captured int
}

func everywhere(state gen.PaymentState, captured int) ends {
	all := ends{}
	for _, p := range []sim.Provider{sim.SEP, sim.Zarinpal, sim.Mellat} {
		all[p] = struct {
			state    gen.PaymentState
			captured int
		}{state, captured}
	}
	return all
}

func (e ends) but(p sim.Provider, state gen.PaymentState, captured int) ends {
	e = maps.Clone(e)
	entry := e[p]
	entry.state, entry.captured = state, captured
	e[p] = entry
	return e
}

const (
	sent, captured, unknown, failed, suspense = gen.PaymentStateSent, gen.PaymentStateCaptured, gen.PaymentStateUnknown, gen.PaymentStateFailed, gen.PaymentStateSuspense
)

// forgery is what somebody does to a payment by what their browser brings; it gives the payment to look at.
var returnForgeries = map[string]struct {
	do   func(f *forger) sale
	ends ends
}{
	"what nobody forges": {func(f *forger) sale {
		s := f.paid("pay")
		f.bring(f.genuine(s))
		return s
	}, everywhere(captured, 1)},

	// A made-up success.
	"an unpaid sale is called paid": {func(f *forger) sale {
		s := f.sell("pay")
		f.bring(f.withReference(s, "123456789012"))
		return s
	}, everywhere(sent, 0)},
	"the bank itself calls an unpaid sale paid": {func(f *forger) sale {
		s := f.paid("forged_callback")
		f.bring(f.genuine(s))
		return s
	}, everywhere(sent, 0)},
	"a cancelled sale is called paid": {func(f *forger) sale {
		s := f.sell("pay")
		f.press(s.token, "cancel")
		f.bring(f.withReference(s, "123456789012"))
		return s
	}, everywhere(failed, 0).but(sim.Mellat, sent, 0)}, // Mellat tells of no sale without its true reference: it ends when its windows close
	"more and other things are claimed": {func(f *forger) sale {
		s := f.sell("pay")
		values := f.withReference(s, "123456789012")
		for name, value := range map[string]string{"State": "OK", "Status": "OK", "StateCode": "0", "Amount": "1", "FinalAmount": "1", "code": "100"} {
			if !values.Has(name) {
				values.Set(name, value)
			}
		}
		f.bring(values)
		return s
	}, everywhere(sent, 0)},

	// A replay.
	"another sale's reference pays this one": {func(f *forger) sale {
		first := f.paid("pay")
		f.bring(f.genuine(first))
		s := f.sell("pay")
		f.bring(f.withReference(s, f.sessionOf(first.token).RefNum))
		return s
	}, everywhere(sent, 1)},
	"another sale's return comes again": {func(f *forger) sale {
		first := f.paid("pay")
		f.bring(f.genuine(first))
		s := f.sell("pay")
		f.bring(f.genuine(first))
		return s
	}, everywhere(sent, 1)},
	"two sales' sessions are mixed": {func(f *forger) sale {
		first, s := f.paid("pay"), f.sell("pay")
		values := f.genuine(first)
		switch f.provider {
		case sim.Mellat: // RefId of the one, SaleOrderId of the other
			values.Set("SaleOrderId", f.sessionOf(s.token).ResNum)
		case sim.SEP:
			values.Set("Token", s.token)
		default:
			values.Set("Authority", strings.ToLower(s.token))
		}
		f.bring(values)
		return s
	}, everywhere(sent, 1).but(sim.Mellat, sent, 0)}, // the one that was paid is found paid, but where only its return tells how to ask

	// Less money, somebody else's terminal.
	"less was paid": {func(f *forger) sale {
		s := f.paid("smaller_amount")
		f.bring(f.genuine(s))
		return s
	}, everywhere(unknown, 0).but(sim.SEP, suspense, 0)},
	"another terminal was paid": {func(f *forger) sale {
		s := f.paid("wrong_terminal")
		f.bring(f.genuine(s))
		return s
	}, everywhere(unknown, 0).but(sim.SEP, suspense, 0)},

	// Twice, at once, never, and denied.
	"it comes twice": {func(f *forger) sale {
		s := f.paid("callback_twice")
		f.bring(f.genuine(s))
		f.bring(f.genuine(s))
		return s
	}, everywhere(captured, 1)},
	"it comes eight times at once": {func(f *forger) sale {
		s := f.paid("pay")
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { f.bring(f.genuine(s)) })
		}
		all.Wait()
		return s
	}, everywhere(captured, 1)},
	"it never comes": {func(f *forger) sale { return f.paid("pay_without_callback") }, everywhere(captured, 1).but(sim.Mellat, sent, 0)},
	"a forged one comes before the true one": {func(f *forger) sale {
		s := f.paid("pay")
		for _, made := range []string{"111111111111", "222222222222"} {
			f.bring(f.withReference(s, made))
		}
		f.bring(f.genuine(s))
		return s
	}, everywhere(captured, 1)},
	"forged ones come at once with the true one": {func(f *forger) sale {
		s := f.paid("pay")
		var all sync.WaitGroup
		for _, reference := range []string{"111111111111", f.sessionOf(s.token).RefNum, "222222222222", "333333333333"} {
			all.Go(func() { f.bring(f.withReference(s, reference)) })
		}
		all.Wait()
		return s
	}, everywhere(captured, 1)},
	"a paid sale is called cancelled": {func(f *forger) sale {
		s := f.paid("pay")
		f.bring(f.changed(s, map[string]string{"Status": "NOK", "RefNum": "", "ResCode": "17"}))
		return s
	}, everywhere(captured, 1).but(sim.Mellat, sent, 0)},
	"a paid sale is called cancelled, and then paid": {func(f *forger) sale {
		s := f.paid("pay")
		f.bring(f.changed(s, map[string]string{"Status": "NOK", "RefNum": "", "ResCode": "17"}))
		f.bring(f.genuine(s))
		return s
	}, everywhere(captured, 1)},

	// The bank's answer to our question is lost.
	"the claim's answer is lost": {func(f *forger) sale {
		s := f.paid("verify_lost")
		f.bring(f.genuine(s))
		return s
	}, everywhere(captured, 1)},
	"the inquiry's answer is lost": {func(f *forger) sale {
		s := f.paid("receipt_lost")
		f.bring(f.genuine(s))
		return s
	}, everywhere(captured, 1)},

	// Words that mean nothing.
	"nobody's session": {func(f *forger) sale {
		s := f.sell("pay")
		f.bring(f.changed(s, map[string]string{"Token": "0123456789abcdef", "Authority": "A00000000000000000000000000000000000", "RefId": "AF82041a2Bf68989c7ff9"}))
		return s
	}, everywhere(sent, 0)},
	"nothing at all": {func(f *forger) sale { s := f.sell("pay"); f.bring(url.Values{}); return s }, everywhere(sent, 0)},
	"two of everything": {func(f *forger) sale {
		s := f.paid("pay_without_callback")
		values := f.genuine(s)
		for name := range values {
			values.Add(name, "1")
		}
		f.bring(values)
		return s
	}, everywhere(captured, 1).but(sim.Mellat, sent, 0)}, // read by nobody; the resolver asks all the same
}

// TestForgedReturns holds each provider's callback against every way to forge one: what it says counts for nothing, and what the provider says is compared.
func TestForgedReturns(t *testing.T) {
	t.Parallel()
	for _, provider := range []sim.Provider{sim.SEP, sim.Zarinpal, sim.Mellat} {
		for name, forgery := range returnForgeries {
			t.Run(string(provider)+"/"+name, func(t *testing.T) {
				t.Parallel()
				f := newForger(t, provider)
				s := forgery.do(f)
				f.resolve()
				want := forgery.ends[provider]
				if got := f.state(s.order); got != want.state {
					t.Errorf("the payment is %s, want %s", got, want.state)
				}
				wantBooks(t, f.Server, want.captured)
				if unpaid := f.sessionOf(s.token); want.state != captured && want.state != suspense && unpaid.Verifies+unpaid.Settles > 0 && want.state != unknown {
					t.Errorf("the bank was told to keep the money: %+v", unpaid)
				}
			})
		}
	}
}

// lying answers every inquiry as about one sale.
type lying struct {
	gateway.Gateway
	mu    *sync.Mutex
	first *gateway.Answer
}

func (l lying) Inquire(ctx context.Context, reference string, sale gateway.Sale) (gateway.Answer, error) {
	a, err := l.Gateway.Inquire(ctx, reference, sale)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && a.State == gateway.Paid {
		if l.first.Reference == "" {
			*l.first = a
		}
		a.Reference = l.first.Reference
	}
	return a, err
}

// TestOneReferencePaysOnce lets the provider itself name the same reference for two sales: the second one's money is for people to look at (I3).
func TestOneReferencePaysOnce(t *testing.T) {
	t.Parallel()
	liar := lying{mu: &sync.Mutex{}, first: &gateway.Answer{}}
	s := apitest.New(t, apitest.Options{Wrap: func(g gateway.Gateway) gateway.Gateway { liar.Gateway = g; return liar }})
	c := s.SignIn(apitest.Cashier)
	states := map[gen.PaymentState]int{}
	for i := range 2 {
		states[c.Pay(c.Order(apitest.FleetPlate(i)).Id).State]++
	}
	if states[captured] != 1 || states[suspense] != 1 {
		t.Errorf("of two payments of one reference: %v", states)
	}
	wantBooks(t, s, 1)
}

// TestMellatsReferenceOutlivesTheProcess stops the process between the payer's return, which alone names the reference, and the bank's answer: the next one claims the money.
func TestMellatsReferenceOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	f := newForger(t, sim.Mellat)
	s := f.paid("receipt_lost")
	f.bring(f.genuine(s))
	heir := apitest.New(t, apitest.Options{DB: f.DB, Bank: f.Bank, Keys: f.Keys})
	heir.Clock.Advance(time.Minute)
	for found := true; found; {
		var err error
		if found, err = heir.Program.Payments.ResolveNext(heir.System()); err != nil {
			t.Fatal(err)
		}
	}
	if got := heir.SignIn(apitest.Cashier).GetOrder(s.order).Payments[0]; got.State != captured {
		t.Errorf("after the restart it is %s", got.State)
	}
}
