package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/deposits"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// endow gives the office of somebody a deposit.
func endow(t *testing.T, s *apitest.Server, username string, amount money.Rial) {
	t.Helper()
	office := officeOf(t, s, username)
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error { return deposits.TakeOver(tx, office, amount) })
	if err != nil {
		t.Fatal(err)
	}
}

func deposit(c *apitest.Client) (d gen.Deposit) {
	c.Must(c.Do("GET", "/v1/deposit", nil), 200, &d)
	return d
}

func byDeposit(c *apitest.Client, order uuid.UUID) apitest.Answer {
	return c.Once("POST", "/v1/orders/"+order.String()+"/payments", map[string]string{"method": "deposit"})
}

func TestTheDepositFromTopUpToWithdrawal(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	manager, cashier, stranger, operator := s.SignIn(apitest.Manager), s.SignIn(apitest.Cashier), s.SignIn(apitest.OtherManager), s.SignIn(apitest.PlatformOperator)

	// By card.
	manager.Refused(manager.Once("POST", "/v1/deposit/topups", map[string]int{"amount_rial": 9_999}), 422, "topup_amount")
	var top, seen gen.Payment
	manager.Must(manager.Once("POST", "/v1/deposit/topups", map[string]int{"amount_rial": 5_000_000}), 201, &top)
	path := "/v1/payments/" + top.Id.String()
	stranger.Refused(stranger.Do("GET", path, nil), 404, "payment_unknown")
	page := manager.Return(s.Bank.Decide(t, top, "pay"))
	if text := string(page.Body); page.Status != 200 || !strings.Contains(text, "به سپردهٔ دفتر افزوده شد") || strings.Contains(text, "گواهی") {
		t.Errorf("the page after a top-up: %s", text)
	}
	cashier.Must(cashier.Do("GET", path, nil), 200, &seen)
	if seen.State != gen.PaymentStateCaptured || seen.Receipt == nil || len(seen.Bills) != 0 || deposit(cashier).AvailableRial != 5_000_000 {
		t.Fatalf("%+v, %+v", seen, deposit(cashier))
	}

	// By transfer.
	declared := map[string]any{"amount_rial": 90_000_000, "reference": "۱۴۰۴-9001", "paid_on": "1404/05/01"}
	var sent gen.DepositTransfer
	manager.Must(manager.Once("POST", "/v1/deposit/transfers", declared), 201, &sent)
	if sent.Reference != "1404-9001" || sent.PaidOn != "1404/05/01" {
		t.Errorf("%+v", sent)
	}
	stranger.Refused(stranger.Once("POST", "/v1/deposit/transfers", declared), 409, "deposit_reference_taken")
	var waiting gen.DepositTransferList
	operator.Must(operator.Do("GET", "/v1/deposits/transfers?state=declared", nil), 200, &waiting)
	if len(waiting.Transfers) != 1 || deposit(manager).AvailableRial != 5_000_000 {
		t.Errorf("%+v", waiting)
	}
	credit := "/v1/deposits/transfers/" + sent.Id.String() + "/credit"
	operator.Must(operator.Once("POST", credit, nil), 200, nil)
	operator.Refused(operator.Once("POST", credit, nil), 409, "deposit_decided")
	var lost gen.DepositTransfer
	manager.Must(manager.Once("POST", "/v1/deposit/transfers", map[string]any{"amount_rial": 10_000, "reference": "lost-1", "paid_on": "1404/05/02"}), 201, &lost)
	operator.Must(operator.Once("POST", "/v1/deposits/transfers/"+lost.Id.String()+"/refusal", map[string]string{"remark": "not there"}), 200, nil)

	// Spent, with the warning.
	manager.Must(manager.Do("PUT", "/v1/deposit/warning", map[string]int{"below_rial": 95_000_000}), 200, nil)
	if d := deposit(manager); d.Low || d.AvailableRial != 95_000_000 {
		t.Errorf("%+v", d)
	}
	order := cashier.Order(apitest.OtherPlate)
	var paid gen.Payment
	cashier.Must(byDeposit(cashier, order.Id), 201, &paid)
	if paid.State != gen.PaymentStateCaptured || paid.DepositLow == nil || !*paid.DepositLow {
		t.Errorf("%+v", paid)
	}
	d := deposit(cashier)
	if d.AvailableRial != 95_000_000-paid.AmountRial || !d.Low || d.LowSince == nil {
		t.Errorf("%+v", d)
	}

	// And back.
	account := "IR860610000009990000009001"
	manager.Refused(manager.Once("POST", "/v1/deposit/withdrawals", map[string]any{"amount_rial": d.AvailableRial + 1, "iban": account}), 409, "deposit_short")
	var kept, back gen.DepositWithdrawal
	manager.Must(manager.Once("POST", "/v1/deposit/withdrawals", map[string]any{"amount_rial": 10_000, "iban": account}), 201, &kept)
	manager.Must(manager.Once("POST", "/v1/deposit/withdrawals", map[string]any{"amount_rial": 20_000, "iban": account}), 201, &back)
	if held := deposit(manager); held.HeldRial != 30_000 || held.AvailableRial != d.AvailableRial-30_000 {
		t.Errorf("%+v", held)
	}
	operator.Must(operator.Once("POST", "/v1/deposits/withdrawals/"+back.Id.String()+"/payment", map[string]string{"reference": "7001"}), 200, nil)
	operator.Must(operator.Once("POST", "/v1/deposits/withdrawals/"+kept.Id.String()+"/refusal", map[string]string{"remark": "a wrong account"}), 200, nil)
	if held := deposit(manager); held.HeldRial != 0 || held.AvailableRial != d.AvailableRial-20_000 {
		t.Errorf("%+v", held)
	}
	wantStatement(t, cashier, order.Id)
	var everybody gen.DepositList
	operator.Must(operator.Do("GET", "/v1/deposits", nil), 200, &everybody)
	if len(everybody.Deposits) < 2 || !everybody.Deposits[0].Low || everybody.Deposits[0].OfficeId != officeOf(t, s, apitest.Cashier) {
		t.Errorf("%+v", everybody)
	}
	if other := deposit(stranger); other.AvailableRial != 0 || other.OfficeId == d.OfficeId {
		t.Errorf("another office reads %+v", other)
	}
	wantVerified(t, s)
}

// wantStatement pages through the statement and holds that it names the order, and no plate.
func wantStatement(t *testing.T, c *apitest.Client, order uuid.UUID) {
	t.Helper()
	var kinds []string
	before := ""
	for {
		a := c.Do("GET", "/v1/deposit/statement?limit=3"+before, nil)
		var page gen.DepositStatement
		c.Must(a, 200, &page)
		for _, m := range page.Moves {
			kinds = append(kinds, string(m.Kind))
			if m.Kind == "capture" && (m.OrderId == nil || *m.OrderId != order || m.ReceiptNumber == nil) {
				t.Errorf("the capture names %v", m)
			}
		}
		if strings.Contains(string(a.Body), apitest.OtherPlate) {
			t.Error("the statement names a plate")
		}
		if page.Next == nil {
			break
		}
		before = fmt.Sprintf("&before=%d", *page.Next)
	}
	if want := []string{"release", "withdrawal", "hold", "hold", "capture", "topup", "topup"}; !slices.Equal(kinds, want) {
		t.Errorf("the statement is %v, want %v", kinds, want)
	}
}

// TestOneDepositTwoProcesses lets two servers on one database spend a deposit that covers some of the orders.
func TestOneDepositTwoProcesses(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	twin := apitest.New(t, apitest.Options{DB: s.DB, Keys: s.Keys, Bank: s.Bank})
	clients := []*apitest.Client{s.SignIn(apitest.Cashier), twin.SignIn(apitest.Cashier)}
	orders := make([]gen.Order, 10)
	for i := range orders {
		orders[i] = clients[0].Order(apitest.FleetPlate(i))
	}
	price := orders[0].TotalRial
	if orders[0].Fee != nil && orders[0].Fee.Charged {
		price += orders[0].Fee.AmountRial
	}
	endow(t, s, apitest.Cashier, money.Rial(price*4+price/2))
	answers := make([]apitest.Answer, len(orders))
	var all sync.WaitGroup
	for i, o := range orders {
		all.Go(func() { answers[i] = byDeposit(clients[i%2], o.Id) })
	}
	all.Wait()
	paid := 0
	for _, a := range answers {
		switch {
		case a.Status == http.StatusCreated:
			paid++
		case a.Status != http.StatusConflict || a.Problem().Code != "deposit_short":
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
	if d := deposit(clients[0]); paid != 4 || d.AvailableRial != price/2 {
		t.Errorf("%d paid, %+v", paid, d)
	}
	wantVerified(t, s)
}
