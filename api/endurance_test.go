package api_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/payments/gateway"
	"mofasa/migrations/pgtest"
)

// resolveFor lets the program's clock run for a while, with the resolver at work.
func resolveFor(t *testing.T, s *apitest.Server, whole time.Duration) {
	t.Helper()
	for range 4 {
		s.Clock.Advance(whole / 4)
		for {
			found, err := s.Program.Payments.ResolveNext(s.System())
			if err != nil {
				t.Fatal(err)
			}
			if !found {
				break
			}
		}
	}
}

// TestNothingIsUnknownForEver lets the provider never answer properly: once every window has closed, what was never claimed has failed and can be paid anew,
// and what may have been claimed waits for a person.
func TestNothingIsUnknownForEver(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]gen.PaymentState{
		`{"bends":[{"call":"receipt","way":"code","code":8}]}`: gen.PaymentStateFailed,
		`{"bends":[{"call":"receipt","way":"error"}]}`:         gen.PaymentStateFailed,
		`{"name":"verify_address"}`:                            gen.PaymentStateSuspense,
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			s := apitest.New(t, apitest.Options{})
			c := s.SignIn(apitest.Cashier)
			order := c.Order(apitest.Plate)
			s.Bank.Scenario(t, scenario)
			payment := c.Start(order.Id)
			if want == gen.PaymentStateSuspense {
				s.Bank.Decide(t, payment, "pay")
			}
			resolveFor(t, s, 3*time.Hour)
			c = s.SignIn(apitest.Cashier)
			if got := c.GetOrder(order.Id).Payments[0]; got.State != want {
				t.Fatalf("three hours later it is %s", got.State)
			}
			if want == gen.PaymentStateFailed {
				if again := c.Pay(c.Order(apitest.Plate).Id); again.State != gen.PaymentStateCaptured {
					t.Errorf("%+v", again)
				}
			}
		})
	}
}

// twelveCities moves the showcase vehicle's owner every year, so that an order takes two payments.
func twelveCities(t *testing.T, s *apitest.Server) {
	t.Helper()
	owner := pgtest.Open(t, s.DB.OwnerURL)
	script := `ALTER TABLE vehicle_residences NO FORCE ROW LEVEL SECURITY; DELETE FROM vehicle_residences WHERE vehicle_id = '%[1]s';`
	for i := range 12 {
		script += fmt.Sprintf(` INSERT INTO vehicle_residences (vehicle_id, valid_from, valid_to, residence) VALUES ('%%[1]s', '%d-03-01', '%d-03-01', %d);`, 2014+i, 2015+i, 10+i)
	}
	script += ` INSERT INTO vehicle_residences (vehicle_id, valid_from, residence) VALUES ('%[1]s', '2026-03-01', 21); ALTER TABLE vehicle_residences FORCE ROW LEVEL SECURITY`
	if _, err := owner.ExecContext(t.Context(), fmt.Sprintf(script, vehicleOf(t, s, apitest.VIN))); err != nil {
		t.Fatal(err)
	}
}

func TestAnOrderOverTwelveCitiesTakesTwoPayments(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	twelveCities(t, s)
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	if first := c.Pay(order.Id); len(order.Bills) != 12 || len(first.Bills) != 9 || c.GetOrder(order.Id).State != gen.OrderStatePartPaid {
		t.Fatalf("%d bills, %+v", len(order.Bills), first)
	}
	if second := c.Pay(order.Id); len(second.Bills) != 3 || c.GetOrder(order.Id).State != gen.OrderStatePaid {
		t.Fatalf("%+v", second)
	}
	c.Must(c.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, nil)
	wantBooks(t, s, 12)
}

// TestSuspenseHoldsUpOnlyItsOwnBills parks the first nine cities' money: the other three can still be paid, and nobody is asked to pay the nine again.
func TestSuspenseHoldsUpOnlyItsOwnBills(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	twelveCities(t, s)
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	s.Bank.Scenario(t, `{"name":"verify_other_amount"}`)
	if p := c.Pay(order.Id); p.State != gen.PaymentStateSuspense {
		t.Fatalf("%+v", p)
	}
	if rest := c.Pay(order.Id); rest.State != gen.PaymentStateCaptured || len(rest.Bills) != 3 {
		t.Fatalf("%+v", rest)
	}
	c.Refused(c.Once("POST", "/v1/orders/"+order.Id.String()+"/payments", map[string]string{"method": "gateway"}), 409, "payment_in_suspense")
	wantBooks(t, s, 3)
}

func TestAPartPaidOrderGivesItsRestBack(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	twelveCities(t, s)
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	c.Pay(order.Id)
	var left gen.Order
	c.Must(c.Once("POST", "/v1/orders/"+order.Id.String()+"/cancellation", nil), 200, &left)
	cancelled := 0
	for _, b := range left.Bills {
		if b.State == gen.BillStateCancelled {
			cancelled++
		}
	}
	if left.State != gen.OrderStatePartPaid || cancelled != 3 {
		t.Fatalf("%s, %d cancelled", left.State, cancelled)
	}
	rest := c.Order(apitest.Plate)
	c.Pay(rest.Id)
	c.Must(c.Once("POST", "/v1/certificates", map[string]any{"order_id": rest.Id}), 201, nil)
}

// TestClaimedUntilIsNeverPast asks about a due whose payment began just before its order lapsed.
func TestClaimedUntilIsNeverPast(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	order := s.SignIn(apitest.Cashier).Order(apitest.Plate)
	s.Clock.Advance(29 * time.Minute)
	ours := s.SignIn(apitest.Cashier)
	ours.Start(order.Id)
	s.Clock.Advance(10 * time.Minute)
	due := s.SignIn(apitest.OtherCashier).Inquire(apitest.Plate).Municipalities[0].Dues[0]
	if due.State != gen.DueStateClaimed || due.ClaimedUntil == nil || !due.ClaimedUntil.After(s.Clock.Now()) {
		t.Errorf("%s until %v, now %v", due.State, due.ClaimedUntil, s.Clock.Now())
	}
	if got := ours.GetOrder(order.Id).State; got != gen.OrderStateOpen {
		t.Errorf("with a payment in flight the order is %s", got)
	}
}

// stopping loses the process while it opens a session at the provider.
type stopping struct{ gateway.Gateway }

func (stopping) Start(context.Context, gateway.StartRequest) (gateway.Session, error) {
	panic("the process dies here")
}

func TestAReplayAfterACrashTellsTheTruth(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{Wrap: func(g gateway.Gateway) gateway.Gateway { return stopping{g} }})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	path, key := "/v1/orders/"+order.Id.String()+"/payments", []string{"Idempotency-Key", uuid.NewString()}
	c.Refused(c.Do("POST", path, map[string]string{"method": "gateway"}, key...), 500, "internal")
	for _, want := range []struct {
		status int
		state  gen.PaymentState
	}{{202, gen.PaymentStateCreated}, {201, gen.PaymentStateFailed}} {
		var p gen.Payment
		c.Must(c.Do("POST", path, map[string]string{"method": "gateway"}, key...), want.status, &p)
		if p.State != want.state {
			t.Errorf("the replay says %s, want %s", p.State, want.state)
		}
		resolveFor(t, s, 8*time.Minute)
	}
}

// racing makes two resolvers verify one payment: the first in time, the second, whose answer comes first, too late.
type racing struct {
	gateway.Gateway
	asked  *sync.WaitGroup
	late   chan struct{}
	claims chan int
}

func (r racing) Inquire(ctx context.Context, reference string, sale gateway.Sale) (gateway.Answer, error) {
	a, err := r.Gateway.Inquire(ctx, reference, sale)
	r.asked.Done()
	r.asked.Wait()
	return a, err
}

func (r racing) Verify(ctx context.Context, reference string, sale gateway.Sale) (gateway.Answer, error) {
	if <-r.claims == 1 {
		a, err := r.Gateway.Verify(ctx, reference, sale)
		<-r.late
		time.Sleep(300 * time.Millisecond)
		return a, err
	}
	defer close(r.late)
	return gateway.Answer{State: gateway.Expired, Code: "-6"}, nil
}

// TestVerifiedMoneyIsNeverDropped gives a payment up on one answer while another confirms it: the confirmed money must not vanish (I3).
func TestVerifiedMoneyIsNeverDropped(t *testing.T) {
	t.Parallel()
	race := racing{asked: &sync.WaitGroup{}, late: make(chan struct{}), claims: make(chan int, 2)}
	race.asked.Add(2)
	race.claims <- 1
	race.claims <- 2
	s := apitest.New(t, apitest.Options{Wrap: func(g gateway.Gateway) gateway.Gateway { race.Gateway = g; return race }})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	p := c.Start(order.Id)
	s.Bank.Decide(t, p, "pay")
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := s.Program.Payments.Resolve(s.System(), p.Id); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if got := c.GetOrder(order.Id).Payments[0]; got.State != gen.PaymentStateSuspense && got.State != gen.PaymentStateCaptured {
		t.Errorf("the bank has verified the money, the payment is %s", got.State)
	}
}

// TestDatesBeginInTehran lets an agreement begin tomorrow and looks half an hour after midnight in Tehran, when it is still yesterday in UTC.
func TestDatesBeginInTehran(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	tehran := time.FixedZone("Tehran", 12600)
	now := s.Clock.Now().In(tehran)
	midnight := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, tehran)
	owner := pgtest.Open(t, s.DB.OwnerURL)
	if _, err := owner.ExecContext(t.Context(), `ALTER TABLE agreements NO FORCE ROW LEVEL SECURITY; UPDATE agreements SET valid_from = '`+midnight.Format(time.DateOnly)+
		`'; ALTER TABLE agreements FORCE ROW LEVEL SECURITY`); err != nil {
		t.Fatal(err)
	}
	for minutes, want := range map[time.Duration]gen.MunicipalityDuesState{-30: gen.MunicipalityDuesStateNoAgreement, 30: gen.MunicipalityDuesStateAnswered} {
		s.Clock.Advance(midnight.Add(minutes * time.Minute).Sub(s.Clock.Now()))
		if got := s.SignIn(apitest.Cashier).Inquire(apitest.Plate).Municipalities[0].State; got != want {
			t.Errorf("%d minutes from midnight: %s, want %s", minutes, got, want)
		}
	}
}

func TestCertificatesThroughOddYears(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	c.Pay(order.Id)
	through := func(year int) apitest.Answer {
		return c.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id, "through_fiscal_year": year})
	}
	c.Refused(through(1390), 422, "nothing_cleared")
	c.Refused(through(1406), 409, "dues_outstanding")
	c.Must(through(1400), 201, nil)
	c.Must(through(1400), 201, nil)
	c.Refused(through(1401), 409, "order_certified")
}

func TestADatabaseErrorIsNoUnknownOrder(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	if _, err := pgtest.Open(t, s.DB.OwnerURL).ExecContext(t.Context(), `ALTER TABLE orders RENAME COLUMN vehicle_id TO gone`); err != nil {
		t.Fatal(err)
	}
	c.Refused(c.Do("GET", "/v1/orders/"+order.Id.String(), nil), 500, "internal")
}

func TestACityWithoutAnAccountIsRefusedBeforeAnythingIsClaimed(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	if _, err := pgtest.Open(t, s.DB.OwnerURL).ExecContext(t.Context(), fmt.Sprintf(`ALTER TABLE municipality_accounts NO FORCE ROW LEVEL SECURITY;
	  DELETE FROM municipality_accounts WHERE municipality_id = %d; ALTER TABLE municipality_accounts FORCE ROW LEVEL SECURITY`, apitest.Shiraz)); err != nil {
		t.Fatal(err)
	}
	c := s.SignIn(apitest.Cashier)
	q := c.Inquire(apitest.Plate)
	c.Refused(c.Once("POST", "/v1/orders", apitest.OrderOf(q)), 503, "municipality_account_missing")
	c.Must(c.Once("POST", "/v1/orders", orderFor(q.Id, apitest.Tehran, 1394)), 201, nil)
}

func TestNothingPassesBesideTheContract(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.Anonymous()
	for _, path := range []string{"/v1/certificates//pdf", "/v1/orders//payments", "/v//", "/v1/"} {
		c.Refused(c.Do("GET", path, nil), 404, "not_found")
	}
}
