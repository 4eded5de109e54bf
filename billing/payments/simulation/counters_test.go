package simulation

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/deposits"
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

var ordersEach = flag.Int("orders", 50, "how many orders each cashier of TestCashiers tries to place")

// The crowd of TestCashiers: cashiers of few offices, so that they share deposits, at few vehicles, so that they meet.
const (
	cashiers    = 64
	sharedDesks = 16
	crowdCars   = 200
)

// crowd is many cashiers at work at once on one pool of connections.
type crowd struct {
	t     *testing.T
	w     *world
	bank  *bank
	own   services
	desks []desk

	mu       sync.Mutex
	seen     map[string]inquiries.Inquiry // what each office was shown first, of each vehicle: most of what is ordered by it is outdated
	refusals map[string]int
	placed   int
	captured int
}

// TestCashiers lets 64 cashiers try to place -orders orders each (1,000 in make soak) over 200 vehicles that owe several cities, and pay, cancel or leave them. Each due is
// paid once at most, and nobody is told of a deadlock or of anything else that has no words for a user.
func TestCashiers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := &crowd{t: t, w: w, desks: w.desks[:sharedDesks], seen: map[string]inquiries.Inquiry{}, refusals: map[string]int{}}
	c.bank = &bank{s: &sched{}, rng: rand.New(rand.NewPCG(1, 1)), now: time.Now}
	db, pool, err := scope.Open(w.db.AppURL, 24)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	run := scope.NewRunner(db, time.Now, newID)
	asked := inquiries.NewService(run, w.books)
	c.own = services{inquiries: asked, bills: bills.NewService(run, w.books, asked), payments: payments.NewService(run, payments.Only(c.bank), "http://sim/", slog.New(slog.DiscardHandler))}
	c.fillDeposits(run)
	began := time.Now()
	var all sync.WaitGroup
	for i := range cashiers {
		all.Go(func() { c.work(i) })
	}
	all.Wait()
	if rule, row := w.verify(t); rule != "" {
		t.Errorf("mofasa verify: %s: %s", rule, row)
	}
	paid, twice, deadlocks := c.count()
	t.Logf("%d orders tried in %v: %d placed, %d payments captured, %d dues paid; refused: %s; %d deadlocks that nobody heard of", cashiers**ordersEach, time.Since(began).Round(time.Second),
		c.placed, c.captured, paid, counts(c.refusals), deadlocks)
	if twice > 0 || paid == 0 || c.placed < cashiers || c.refusals["due_claimed"] == 0 {
		t.Errorf("%d dues were paid more than once", twice)
	}
}

func (c *crowd) fillDeposits(run *scope.Runner) {
	c.t.Helper()
	err := run.InTx(systemContext(c.t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		for _, d := range c.desks {
			if err := deposits.TakeOver(tx, d.office, money.Rial(1e13)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// work is one cashier's day.
func (c *crowd) work(number int) {
	random, at := rand.New(rand.NewPCG(uint64(number), 7)), c.desks[number%len(c.desks)]
	ctx := at.actor(c.t.Context())
	for range *ordersEach {
		if c.t.Failed() {
			return
		}
		order, err := c.place(ctx, at, vin(random.IntN(crowdCars)), random.Uint64())
		if !c.fine("order", err) || order.ID == uuid.Nil {
			continue
		}
		switch n := random.IntN(20); {
		case n < 2:
			_, err = c.own.payments.Start(ctx, payments.Request{OfficeID: at.office, OrderID: order.ID, Method: payments.ByDeposit, Key: freshKey()})
			c.fine("pay from the deposit", err)
		case n < 4:
			c.payByCard(ctx, at, order.ID)
		case n < 19:
			_, err = c.own.bills.CancelOrder(ctx, at.office, order.ID, freshKey())
			c.fine("cancel", err)
		}
	}
}

func freshKey() scope.Key {
	return scope.Key{Value: uuid.NewString(), Operation: "x", Hash: []byte("x")}
}

// place orders some dues of a vehicle as they were when the office first asked.
func (c *crowd) place(ctx context.Context, at desk, vin string, draw uint64) (bills.Order, error) {
	c.mu.Lock()
	shown, known := c.seen[at.office.String()+vin]
	c.mu.Unlock()
	if !known {
		var err error
		if shown, err = c.own.inquiries.Inquire(ctx, inquiries.Question{OfficeID: at.office, VIN: vin, Purpose: "settlement"}); err != nil {
			return bills.Order{}, err
		}
		c.mu.Lock()
		c.seen[at.office.String()+vin] = shown
		c.mu.Unlock()
	}
	chosen := choose(shown, draw)
	if len(chosen) == 0 {
		return bills.Order{}, nil
	}
	order, err := c.own.bills.CreateOrder(ctx, bills.Request{OfficeID: at.office, InquiryID: shown.ID, Dues: chosen, Key: freshKey()})
	if err == nil {
		c.mu.Lock()
		c.placed++
		c.mu.Unlock()
	}
	return order, err
}

// payByCard pays an order over the gateway; the payer's browser comes back twice at once, while somebody cancels.
func (c *crowd) payByCard(ctx context.Context, at desk, order uuid.UUID) {
	p, err := c.own.payments.Start(ctx, payments.Request{OfficeID: at.office, OrderID: order, Method: payments.ByGateway, Key: freshKey()})
	if !c.fine("pay by card", err) {
		return
	}
	c.bank.pay(p.Token)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			_, err := c.own.payments.Returned(systemContext(c.t.Context()), provider, gateway.Callback{Token: p.Token})
			c.fine("callback", err)
		})
	}
	_, err = c.own.bills.CancelOrder(ctx, at.office, order, freshKey())
	c.fine("cancel while it is paid", err)
	all.Wait()
}

// fine counts refusals; an error without words for the user fails the test.
func (c *crowd) fine(what string, err error) bool {
	var refused *fault.Error
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		return true
	case errors.As(err, &refused):
		c.refusals[refused.Code]++
	default:
		c.t.Errorf("%s: %v", what, err)
	}
	return false
}

func (c *crowd) count() (paid, twice, deadlocks int) {
	err := c.w.plain.InTx(systemContext(c.t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT (SELECT count(*) FROM due_claims WHERE state = 'paid'), (SELECT count(*) FROM payments WHERE state = 'captured'), (SELECT count(*) FROM (SELECT 1 FROM payments p JOIN payment_bills x ON x.payment_id = p.id
		  JOIN bill_dues d ON d.municipality_id = x.municipality_id AND d.bill_id = x.bill_id WHERE p.state = 'captured'
		  GROUP BY d.municipality_id, d.vehicle_id, d.fiscal_year HAVING count(*) > 1) t), (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database())`).Row().
			Scan(&paid, &c.captured, &twice, &deadlocks)
	})
	if err != nil {
		c.t.Error(fmt.Errorf("count: %w", err))
	}
	return paid, twice, deadlocks
}
