package api_test

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/tenants/scope"
)

func openShift(c *apitest.Client, float int64) (sh gen.Shift) {
	c.Must(c.Once("POST", "/v1/shifts", map[string]int64{"opening_float_rial": float}), 201, &sh)
	return sh
}

func closeShift(c *apitest.Client, shift uuid.UUID, counted map[string]int64) apitest.Answer {
	body := map[string]any{"counted": []map[string]any{}}
	for method, amount := range counted {
		body["counted"] = append(body["counted"].([]map[string]any), map[string]any{"method": method, "amount_rial": amount})
	}
	return c.Once("POST", "/v1/shifts/"+shift.String()+"/closing", body)
}

func taken(totals []gen.ShiftTotal) (payments int, rial int64) {
	for _, s := range totals {
		payments, rial = payments+s.Payments, rial+s.TakenRial
	}
	return payments, rial
}

func TestAShiftFromOpeningToLaterAdditions(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier, manager, stranger := s.SignIn(apitest.Cashier), s.SignIn(apitest.Manager), s.SignIn(apitest.OtherManager)
	endow(t, s, apitest.Cashier, 1_000_000_000)

	manager.Must(manager.Do("PUT", "/v1/shifts/rule", map[string]bool{"required": true}), 200, nil)
	first := cashier.Order(apitest.FleetPlate(1))
	cashier.Refused(byDeposit(cashier, first.Id), 409, "shift_needed")
	cashier.Refused(cashier.Do("GET", "/v1/shifts/current", nil), 404, "shift_not_open")
	sh := openShift(cashier, 500_000)
	cashier.Refused(cashier.Once("POST", "/v1/shifts", map[string]int64{"opening_float_rial": 0}), 409, "shift_open")

	var cash gen.Payment
	cashier.Must(byDeposit(cashier, first.Id), 201, &cash)
	card := cashier.Pay(cashier.Order(apitest.FleetPlate(2)).Id)
	late := cashier.Start(cashier.Order(apitest.FleetPlate(3)).Id)
	var now gen.Shift
	cashier.Must(cashier.Do("GET", "/v1/shifts/current", nil), 200, &now)
	if n, rial := taken(now.Totals); n != 2 || rial != cash.AmountRial+card.AmountRial || now.InFlight.Payments != 1 || now.InFlight.AmountRial != late.AmountRial {
		t.Fatalf("%+v", now)
	}

	path := "/v1/shifts/" + sh.Id.String()
	stranger.Refused(closeShift(stranger, sh.Id, nil), 404, "shift_unknown")
	stranger.Refused(stranger.Do("GET", path, nil), 404, "shift_unknown")
	cashier.Refused(closeShift(cashier, sh.Id, map[string]int64{"deposit": 1}), 422, "shift_count_missing")
	var closed gen.Shift
	cashier.Must(closeShift(cashier, sh.Id, map[string]int64{"deposit": cash.AmountRial + 500_000 - 7_000, "gateway": card.AmountRial}), 200, &closed)
	for _, total := range closed.Totals {
		want := map[gen.PaymentMethod]int64{"deposit": -7_000, "gateway": 0}[total.Method]
		if total.DifferenceRial == nil || *total.DifferenceRial != want {
			t.Errorf("%+v", total)
		}
	}
	cashier.Refused(closeShift(cashier, sh.Id, nil), 409, "shift_closed")

	// The payer comes back after the closing.
	cashier.Must(cashier.Return(s.Bank.Decide(t, late, "pay")), 200, nil)
	var later gen.Shift
	manager.Must(manager.Do("GET", path, nil), 200, &later)
	if n, rial := taken(later.Later); n != 1 || rial != late.AmountRial || later.InFlight != closed.InFlight {
		t.Errorf("later: %+v", later)
	}
	n, rial := taken(later.Totals)
	if wasN, was := taken(closed.Totals); n != wasN || rial != was {
		t.Errorf("the closed totals moved: %+v", later)
	}
	openShift(manager, 0)
	for c, want := range map[*apitest.Client]int{cashier: 1, manager: 2, stranger: 0} {
		var list gen.ShiftList
		c.Must(c.Do("GET", "/v1/shifts", nil), 200, &list)
		if len(list.Shifts) != want {
			t.Errorf("%d shifts, want %d", len(list.Shifts), want)
		}
	}
	var rule gen.ShiftRule
	cashier.Must(cashier.Do("GET", "/v1/shifts/rule", nil), 200, &rule)
	if !rule.Required {
		t.Error("the rule is gone")
	}
	wantVerified(t, s)
}

// TestPaymentsRaceWithTheClosing pays from the deposit while the shift is closed: what is paid in it is all in its totals, and what comes after is in no shift.
func TestPaymentsRaceWithTheClosing(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	twin := apitest.New(t, apitest.Options{DB: s.DB, Keys: s.Keys, Bank: s.Bank})
	clients := []*apitest.Client{s.SignIn(apitest.Cashier), twin.SignIn(apitest.Cashier)}
	endow(t, s, apitest.Cashier, 1_000_000_000_000)
	orders := make([]gen.Order, 12)
	for i := range orders {
		orders[i] = clients[0].Order(apitest.FleetPlate(i))
	}
	sh := openShift(clients[0], 0)
	var first gen.Payment
	clients[0].Must(byDeposit(clients[0], orders[0].Id), 201, &first)
	answers := make([]apitest.Answer, len(orders))
	var all sync.WaitGroup
	for i, o := range orders[1:] {
		all.Go(func() { answers[i+1] = byDeposit(clients[i%2], o.Id) })
	}
	var closing apitest.Answer
	all.Go(func() { closing = closeShift(clients[1], sh.Id, map[string]int64{"deposit": 0}) })
	all.Wait()
	var closed, found gen.Shift
	clients[1].Must(closing, 200, &closed)
	clients[1].Must(clients[1].Do("GET", "/v1/shifts/"+sh.Id.String(), nil), 200, &found)
	for _, a := range answers[1:] {
		if a.Status != http.StatusCreated {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	n, _ := taken(found.Totals)
	inside := count(t, s, scope.Platform(), "payments", "shift_id = '"+sh.Id.String()+"'")
	outside := count(t, s, scope.Platform(), "payments", "shift_id IS NULL")
	if n != inside || inside+outside != len(orders) || len(found.Later) != 0 || found.InFlight.Payments != 0 {
		t.Errorf("%d in the totals, %d begun in the shift, %d outside; %+v", n, inside, outside, found)
	}
	wantVerified(t, s)
}

func TestReceiptsArePrintedOnceAndThenCopied(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier, clerk, stranger := s.SignIn(apitest.Cashier), s.SignIn(apitest.Clerk), s.SignIn(apitest.OtherCashier)
	paid := cashier.Pay(cashier.Order(apitest.Plate).Id)
	path := "/v1/receipts/" + strconv.FormatInt(paid.Receipt.Number, 10) + "/prints"
	stranger.Refused(stranger.Once("POST", path, nil), 404, "receipt_unknown")
	key := []string{"Idempotency-Key", uuid.NewString()}
	var original, again gen.ReceiptPrint
	cashier.Must(cashier.Do("POST", path, nil, key...), 201, &original)
	cashier.Must(cashier.Do("POST", path, nil, key...), 201, &again)
	var sum int64
	for _, b := range original.Bills {
		sum += b.AmountRial
	}
	if original.Kind != gen.ReceiptPrintKindOriginal || original.Copy != 0 || again.Copy != 0 || len(original.Bills) != 3 || sum > paid.AmountRial || original.Payment.Id != paid.Id ||
		original.Payment.Receipt.Number != paid.Receipt.Number || original.OfficeLicenceNo != "72-0001" || original.OrderId == nil {
		t.Fatalf("%+v", original)
	}
	// Whoever prints, and however many at once, every copy has its own number.
	copies := make([]int, 12)
	var all sync.WaitGroup
	for i := range copies {
		all.Go(func() {
			a := []*apitest.Client{cashier, clerk}[i%2].Once("POST", path, nil)
			var p gen.ReceiptPrint
			cashier.Must(a, 201, &p)
			copies[i] = p.Copy
			if p.Kind != gen.ReceiptPrintKindCopy {
				t.Errorf("%+v", p)
			}
		})
	}
	all.Wait()
	slices.Sort(copies)
	for i, n := range copies {
		if n != i+1 {
			t.Fatalf("the copies are %v", copies)
		}
	}
	if n := count(t, s, scope.Platform(), "receipt_prints", "kind = 'original'"); n != 1 {
		t.Errorf("%d originals", n)
	}
}
