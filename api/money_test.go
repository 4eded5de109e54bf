package api_test

import (
	"context"
	"sync"
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

// TestTwoOfficesRaceForOneDue lets two offices settle the same vehicle at once, fifty times: one pays, the other is told until when to wait (I2).
func TestTwoOfficesRaceForOneDue(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	offices := []*apitest.Client{s.SignIn(apitest.Cashier), s.SignIn(apitest.OtherCashier)}
	for round := range 50 {
		plate := apitest.FleetPlate(round)
		asked := []gen.Inquiry{offices[0].Inquire(plate), offices[1].Inquire(plate)}
		answers := make([]apitest.Answer, 2)
		var both sync.WaitGroup
		for i, office := range offices {
			both.Go(func() { answers[i] = office.Once("POST", "/v1/orders", apitest.OrderOf(asked[i])) })
		}
		both.Wait()
		winner := 0
		if answers[0].Status != 201 {
			winner = 1
		}
		loser := 1 - winner
		var order gen.Order
		offices[winner].Must(answers[winner], 201, &order)
		offices[loser].Refused(answers[loser], 409, "due_claimed")
		if until := answers[loser].Problem().ClaimedUntil; until == nil || !until.After(time.Now()) {
			t.Fatalf("round %d: the loser is not told until when: %s", round, answers[loser].Body)
		}
		if p := offices[winner].Pay(order.Id); p.State != gen.PaymentStateCaptured {
			t.Fatalf("round %d: %+v", round, p)
		}
		offices[loser].Refused(offices[loser].Once("POST", "/v1/orders", apitest.OrderOf(asked[loser])), 409, "due_paid")
	}
	wantBooks(t, s, 50)
}

// TestTheSecondToClaimIsTold lets an order come exactly between another's claim and its commit: it waits, and is told that the due stands in another order.
func TestTheSecondToClaimIsTold(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	first := s.SignIn(apitest.Cashier).Order(apitest.OtherPlate)
	second := s.SignIn(apitest.OtherCashier)
	asked := second.Inquire(apitest.Plate)
	owner := pgtest.Open(t, s.DB.OwnerURL)
	if _, err := owner.ExecContext(t.Context(), `ALTER TABLE due_claims NO FORCE ROW LEVEL SECURITY`); err != nil {
		t.Fatal(err)
	}
	open, err := owner.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.ExecContext(t.Context(), `INSERT INTO due_claims (municipality_id, vehicle_id, fiscal_year, office_id, order_id, state, amount_rial, claimed_until)
	  VALUES ($1, $2, 1404, $3, $4, 'claimed', 1000, now() + interval '20 minutes')`, apitest.Shiraz, vehicleOf(t, s, apitest.VIN), officeOf(t, s, apitest.Cashier), first.Id); err != nil {
		t.Fatal(err)
	}
	answered := make(chan apitest.Answer)
	go func() { answered <- second.Once("POST", "/v1/orders", orderFor(asked.Id, apitest.Shiraz, 1404)) }()
	select {
	case a := <-answered:
		t.Fatalf("it did not wait: %d %s", a.Status, a.Body)
	case <-time.After(300 * time.Millisecond):
	}
	if err := open.Commit(); err != nil {
		t.Fatal(err)
	}
	second.Refused(<-answered, 409, "due_claimed")
}

// wantBooks counts entries and holds the books against the captured payments: equal amounts, every entry balanced (I1, I3).
func wantBooks(t *testing.T, s *apitest.Server, entries int) {
	t.Helper()
	var n, unbalanced int
	var posted, captured, suspended, parked int64
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT count(*) FILTER (WHERE kind = 'capture'), count(*) FILTER (WHERE postings_sum(amounts) <> 0), coalesce(sum(amounts[1]) FILTER (WHERE kind = 'capture'), 0)::bigint,
		  (SELECT coalesce(sum(amount_rial), 0)::bigint FROM payments WHERE state = 'captured'), coalesce(sum(amounts[1]) FILTER (WHERE kind = 'suspense'), 0)::bigint,
		  (SELECT coalesce(sum(amount_rial), 0)::bigint FROM suspense_items) FROM ledger_entries`).Row().Scan(&n, &unbalanced, &posted, &captured, &suspended, &parked)
	})
	if err != nil || n != entries || unbalanced != 0 || posted != captured || suspended != parked {
		t.Errorf("books: %d entries (want %d), %d unbalanced, posted %d, captured %d, suspended %d, parked %d, %v", n, entries, unbalanced, posted, captured, suspended, parked, err)
	}
}

func TestOneKeyOneEffect(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	body := apitest.OrderOf(c.Inquire(apitest.Plate))
	key := []string{"Idempotency-Key", uuid.NewString()}
	// Ten clerks' double clicks at once.
	answers := make([]apitest.Answer, 10)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = c.Do("POST", "/v1/orders", body, key...) })
	}
	all.Wait()
	var first gen.Order
	c.Must(answers[0], 201, &first)
	for _, a := range answers[1:] {
		if a.Status != 201 || string(a.Body) != string(answers[0].Body) {
			t.Fatalf("a repetition answers %d %s\nnot %s", a.Status, a.Body, answers[0].Body)
		}
	}
	c.Refused(c.Do("POST", "/v1/orders", map[string]any{"inquiry_id": first.InquiryId, "dues": []map[string]int{{"municipality_code": 1, "fiscal_year": 1400}}}, key...), 409, "idempotency_key_reused")

	pay := []string{"Idempotency-Key", uuid.NewString()}
	path := "/v1/orders/" + first.Id.String() + "/payments"
	one := c.Do("POST", path, map[string]string{"method": "gateway"}, pay...)
	two := c.Do("POST", path, map[string]string{"method": "gateway"}, pay...)
	if one.Status != 201 || string(one.Body) != string(two.Body) {
		t.Fatalf("payments differ: %d %s\n%d %s", one.Status, one.Body, two.Status, two.Body)
	}
	c.Refused(c.Once("POST", path, map[string]string{"method": "gateway"}), 409, "payment_in_flight")
	if got := c.GetOrder(first.Id); len(got.Payments) != 1 {
		t.Errorf("%d payments", len(got.Payments))
	}
}

// TestTheBankMisbehaves walks every way in which a gateway disappoints, and where the payment must end.
func TestTheBankMisbehaves(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]gen.PaymentState{
		`{"name":"pay"}`:                  gen.PaymentStateCaptured,
		`{"name":"cancel"}`:               gen.PaymentStateFailed,
		`{"name":"fail"}`:                 gen.PaymentStateFailed,
		`{"name":"pay_without_callback"}`: gen.PaymentStateCaptured,
		`{"name":"callback_twice"}`:       gen.PaymentStateCaptured,
		`{"name":"raw_reference"}`:        gen.PaymentStateCaptured,
		`{"name":"verify_lost"}`:          gen.PaymentStateCaptured,
		`{"name":"verify_garbage"}`:       gen.PaymentStateCaptured,
		`{"name":"verify_dropped"}`:       gen.PaymentStateCaptured,
		`{"name":"verify_error"}`:         gen.PaymentStateCaptured,
		`{"name":"verify_other_amount"}`:  gen.PaymentStateSuspense,
		`{"name":"verify_repeated"}`:      gen.PaymentStateCaptured,
		`{"name":"verify_too_late"}`:      gen.PaymentStateFailed,
		`{"name":"verify_reversed"}`:      gen.PaymentStateFailed,
		`{"name":"verify_not_found"}`:     gen.PaymentStateUnknown,
		`{"name":"verify_address"}`:       gen.PaymentStateUnknown,
		`{"name":"receipt_lost"}`:         gen.PaymentStateCaptured,
		`{"name":"receipt_error"}`:        gen.PaymentStateCaptured,
		`{"bends":[{"call":"verify","way":"lost","times":1},{"call":"verify","way":"code","code":-6}]}`: gen.PaymentStateSuspense,
		`{"bends":[{"call":"verify","way":"lost","times":1},{"call":"verify","way":"code","code":2}]}`:  gen.PaymentStateCaptured,
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			s := apitest.New(t, apitest.Options{})
			c := s.SignIn(apitest.Cashier)
			order := c.Order(apitest.Plate)
			s.Bank.Scenario(t, scenario)
			payment := c.Start(order.Id)
			if location := s.Bank.Decide(t, payment, "pay"); location != "" {
				c.Must(c.Return(location), 200, nil)
			}
			for range 6 { // the resolver comes by a few times
				s.Clock.Advance(40 * time.Second)
				for {
					if found, err := s.Program.Payments.ResolveNext(s.System()); err != nil {
						t.Fatal(err)
					} else if !found {
						break
					}
				}
			}
			got := c.GetOrder(order.Id)
			if len(got.Payments) != 1 || got.Payments[0].State != want {
				t.Fatalf("payment ends %+v, want %s", got.Payments, want)
			}
			entries := 0
			if want == gen.PaymentStateCaptured {
				entries = 3
			}
			wantBooks(t, s, entries)
			if want == gen.PaymentStateFailed { // the claims are back with the order, which can be paid anew
				s.Bank.Scenario(t, `{"name":"pay"}`)
				if again := c.Pay(order.Id); again.State != gen.PaymentStateCaptured {
					t.Errorf("second attempt: %+v", again)
				}
			}
		})
	}
}

func TestTheProviderDoesNotOpenASession(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]struct {
		status int
		first  gen.PaymentState
	}{
		`{"name":"token_refused"}`: {201, gen.PaymentStateFailed},
		`{"name":"token_error"}`:   {202, gen.PaymentStateUnknown},
		`{"name":"token_lost"}`:    {202, gen.PaymentStateUnknown},
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			s := apitest.New(t, apitest.Options{})
			c := s.SignIn(apitest.Cashier)
			order := c.Order(apitest.Plate)
			s.Bank.Scenario(t, scenario)
			var payment gen.Payment
			c.Must(c.Once("POST", "/v1/orders/"+order.Id.String()+"/payments", map[string]string{"method": "gateway"}), want.status, &payment)
			if payment.State != want.first || payment.RedirectUrl != nil {
				t.Fatalf("%+v", payment)
			}
			s.Clock.Advance(2 * time.Minute)
			if _, err := s.Program.Payments.ResolveNext(s.System()); err != nil {
				t.Fatal(err)
			}
			if got := c.GetOrder(order.Id).Payments[0]; got.State != gen.PaymentStateFailed {
				t.Errorf("nobody can have paid, but it is %s", got.State)
			}
			if again := c.Pay(order.Id); again.State != gen.PaymentStateCaptured {
				t.Errorf("second attempt: %+v", again)
			}
		})
	}
}

// dying loses the process right after the provider has answered a verification: the answer never reaches the program.
type dying struct{ gateway.Gateway }

func (d dying) Verify(ctx context.Context, reference string, sale gateway.Sale) (gateway.Answer, error) {
	if _, err := d.Gateway.Verify(ctx, reference, sale); err != nil {
		return gateway.Answer{}, err
	}
	panic("the process dies here")
}

// TestDeathBetweenSuccessAndCapture takes the process down after the bank has confirmed and before anything is captured; its successor captures once (I3).
func TestDeathBetweenSuccessAndCapture(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{Wrap: func(g gateway.Gateway) gateway.Gateway { return dying{g} }})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	location := s.Bank.Decide(t, c.Start(order.Id), "pay")
	c.Refused(c.Return(location), 500, "internal")
	if p := c.GetOrder(order.Id).Payments[0]; p.State == gen.PaymentStateCaptured || p.State == gen.PaymentStateFailed {
		t.Fatalf("before the restart: %+v", p)
	}

	heir := apitest.New(t, apitest.Options{DB: s.DB, Bank: s.Bank, Keys: s.Keys})
	heir.Clock.Advance(payments.Lease + time.Minute)
	var workers sync.WaitGroup
	for range 4 { // several workers wake up at once, and the callback comes again
		workers.Go(func() {
			if _, err := heir.Program.Payments.ResolveNext(heir.System()); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Go(func() {
		if a := heir.Anonymous().Do("GET", location[len(s.URL):], nil); a.Status != 200 {
			t.Errorf("late callback: %d %s", a.Status, a.Body)
		}
	})
	workers.Wait()
	c = heir.SignIn(apitest.Cashier)
	if got := c.GetOrder(order.Id); got.State != gen.OrderStatePaid || got.Payments[0].State != gen.PaymentStateCaptured {
		t.Errorf("after the restart: %+v", got)
	}
	wantBooks(t, heir, 3)
}
