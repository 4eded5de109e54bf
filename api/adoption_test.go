package api_test

import (
	"testing"

	"mofasa/api/apitest"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// TestAPaymentWithoutAJobIsAdopted takes the job of an unfinished payment away, as of one that a program without the queue began: verify names it, and the worker adopts it.
func TestAPaymentWithoutAJobIsAdopted(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	c.Start(c.Order(apitest.OtherPlate).Id) // which has its job
	order := c.Order(apitest.Plate)
	p := c.Start(order.Id)
	s.Bank.Decide(t, p, "pay")
	if _, err := pgtest.Open(t, s.DB.OwnerURL).ExecContext(t.Context(), `ALTER TABLE river_job NO FORCE ROW LEVEL SECURITY; DELETE FROM river_job WHERE args->>'payment' = '`+p.Id.String()+`'; ALTER TABLE river_job FORCE ROW LEVEL SECURITY`); err != nil {
		t.Fatal(err)
	}
	if rule, row, err := s.Program.Payments.Verify(s.System()); err != nil || rule != "nobody asks about an unfinished payment" || row != p.Id.String() {
		t.Errorf("%q, %s, %v", rule, row, err)
	}
	for range 2 {
		if err := s.Program.Payments.Adopt(s.System()); err != nil {
			t.Fatal(err)
		}
	}
	if rule, row, err := s.Program.Payments.Verify(s.System()); err != nil || rule != "" {
		t.Errorf("after it was adopted: %q, %s, %v", rule, row, err)
	}
	var n int
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT count(*) FROM river_job WHERE args->>'payment' = ?`, p.Id.String()).Row().Scan(&n)
	})
	if err != nil || n != 1 {
		t.Errorf("%d jobs, %v", n, err)
	}
	for found := true; found; {
		if found, err = s.Program.Payments.ResolveNext(s.System()); err != nil {
			t.Fatal(err)
		}
	}
	if got := state(t, s, order.Id); got != "captured" {
		t.Errorf("the payment is %s", got)
	}
}
