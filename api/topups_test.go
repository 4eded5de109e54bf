package api_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/payments"
)

func topUp(c *apitest.Client, amount, status int) (p gen.Payment) {
	c.Must(c.Once("POST", "/v1/deposit/topups", map[string]int{"amount_rial": amount}), status, &p)
	return p
}

func topUps(c *apitest.Client, query string) (list []gen.Payment) {
	var page gen.TopUpList
	c.Must(c.Do("GET", "/v1/deposit/topups"+query, nil), 200, &page)
	return page.Payments
}

func idsOf(list []gen.Payment) (ids []uuid.UUID) {
	for _, p := range list {
		ids = append(ids, p.Id)
	}
	return ids
}

// TestTopUpsAreListedToTheirOfficeAlone: whoever has lost the answer, or the page, finds the top-up again, and nobody else does; what an order took is none.
func TestTopUpsAreListedToTheirOfficeAlone(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	manager, cashier, stranger := s.SignIn(apitest.Manager), s.SignIn(apitest.Cashier), s.SignIn(apitest.OtherManager)
	if found := topUps(cashier, ""); len(found) != 0 {
		t.Errorf("nothing was begun, and %+v is there", found)
	}
	s.Bank.Scenario(t, `{"name":"token_lost"}`)
	foreign := topUp(stranger, 7_000_000, 202)
	mine := topUp(manager, 5_000_000, 201)
	cashier.Start(cashier.Order(apitest.OtherPlate).Id)
	for query, want := range map[string][]uuid.UUID{"": {mine.Id}, "?undecided=true": {mine.Id}} {
		if found := topUps(cashier, query); !slices.Equal(idsOf(found), want) || found[0].AmountRial != 5_000_000 || found[0].DecidedBy == nil || found[0].RedirectUrl == nil || len(found[0].Bills) != 0 {
			t.Errorf("%q shows %+v", query, found)
		}
		if found := topUps(stranger, query); !slices.Equal(idsOf(found), []uuid.UUID{foreign.Id}) {
			t.Errorf("%q shows another office %+v", query, found)
		}
	}
	clerk := s.SignIn(apitest.Clerk)
	clerk.Refused(clerk.Do("GET", "/v1/deposit/topups", nil), 403, "not_permitted")

	manager.Must(manager.Return(s.Bank.Decide(t, mine, "pay")), 200, nil)
	if found := topUps(cashier, "?undecided=true"); len(found) != 0 {
		t.Errorf("it is captured, and %+v is undecided", found)
	}
	if found := topUps(cashier, ""); len(found) != 1 || found[0].State != gen.PaymentStateCaptured || found[0].Receipt == nil || found[0].DecidedBy != nil {
		t.Errorf("%+v", found)
	}
}

// TestUndecidedTopUpsAreThoseThatTheGraphWaitsFor puts a top-up into each state.
func TestUndecidedTopUpsAreThoseThatTheGraphWaitsFor(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	manager := s.SignIn(apitest.Manager)
	var all, waits []uuid.UUID
	for _, state := range payments.States() {
		p := topUp(manager, 1_000_000, 201)
		s.Platform(`UPDATE payments SET state = ?, captured_at = CASE WHEN ? = 'captured' THEN now() END, next_check_at = NULL WHERE id = ?`, string(state), string(state), p.Id)
		all = append(all, p.Id)
		if !slices.Contains([]payments.State{payments.Captured, payments.Reversed, payments.Refunded, payments.Failed}, state) {
			waits = append(waits, p.Id)
		}
	}
	slices.Reverse(all)
	slices.Reverse(waits)
	if found := idsOf(topUps(manager, "")); !slices.Equal(found, all) {
		t.Errorf("%v, want %v", found, all)
	}
	if found := idsOf(topUps(manager, "?undecided=true")); len(waits) != 5 || !slices.Equal(found, waits) {
		t.Errorf("%v, want %v", found, waits)
	}
}

// TestTopUpsComePageByPage begins with the newest.
func TestTopUpsComePageByPage(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	manager := s.SignIn(apitest.Manager)
	var all []uuid.UUID
	for n := range 5 {
		all = append(all, topUp(manager, 1_000_000+n, 201).Id)
	}
	s.Platform(`INSERT INTO payments (id, office_id, method, provider, terminal, merchant_ref, amount_rial, state, created_at, expires_at)
	  SELECT gen_random_uuid(), office_id, method, provider, terminal, 'more ' || n, 10000, 'failed', created_at, expires_at FROM payments, generate_series(1, 50) n WHERE id = ?`, all[0])
	if found := topUps(manager, ""); len(found) != 50 {
		t.Errorf("a page is of %d", len(found))
	}
	slices.Reverse(all)
	var read []uuid.UUID
	for query, page := "?undecided=true&limit=2", all[:2]; len(page) == 2 && len(read) <= len(all); query = fmt.Sprintf("?undecided=true&limit=2&before_payment=%s", read[len(read)-1]) {
		page = idsOf(topUps(manager, query))
		read = append(read, page...)
	}
	if !slices.Equal(read, all) {
		t.Errorf("%v, want %v", read, all)
	}
	for _, limit := range []string{"0", "201"} {
		manager.Refused(manager.Do("GET", "/v1/deposit/topups?limit="+limit, nil), 422, "invalid_request")
	}
}
