package main

import (
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/cmd/internal/app"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// TestAKilledWorkersJobIsDoneWithinAMinute kills the only process in the middle of a job, between the provider's inquiry and its answer to the claim. Nobody looks at the
// payment: the next process' worker does the job that the dead one had taken, and had led the queue.
func TestAKilledWorkersJobIsDoneWithinAMinute(t *testing.T) {
	t.Parallel()
	db, bank := apitest.NewDB(t), apitest.NewBank(t)
	address, keys := freeAddress(t), t.TempDir()
	first := startServer(t, db, bank, address, keys)
	c := apitest.Remote(t, "http://"+address, bank).SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	bank.Scenario(t, `{"callback":"none","bends":[{"call":"verify","way":"slow","delay_ms":30000,"times":1}]}`)
	bank.Decide(t, c.Start(order.Id), "pay")

	holds := peek(t, db)
	is := func(payment, job string) bool {
		return holds(`SELECT EXISTS (SELECT 1 FROM payments p JOIN river_job j ON j.args = jsonb_build_object('payment', p.id) WHERE p.order_id = ? AND p.state = ? AND j.state::text = ?)`,
			order.Id, payment, job)
	}
	waitFor(t, "the worker's claim", func() bool { return is("confirmed", "running") })
	time.Sleep(300 * time.Millisecond)
	kill(t, first)
	died := time.Now()
	if !is("confirmed", "running") {
		t.Fatal("the job is not left as a killed process leaves it")
	}
	startServer(t, db, bank, address, keys)
	waitFor(t, "the capture", func() bool { return is("captured", "completed") })
	if took := time.Since(died); took > time.Minute {
		t.Errorf("it took %s", took)
	}
	wantOneCapture(t, db, order.TotalRial)
}

// peek asks the database itself whether something holds: an operator who looks at an unfinished payment changes it.
func peek(t *testing.T, db *pgtest.DB) func(query string, args ...any) bool {
	t.Helper()
	gorm, pool, err := scope.Open(db.AppURL, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	runner := scope.NewRunner(gorm, time.Now, app.NewID)
	return func(query string, args ...any) (holds bool) {
		err := runner.InTx(asSystem(t.Context()), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query, args...).Row().Scan(&holds) })
		return err == nil && holds
	}
}
