package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/deposits"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// captureScript is the least that taking money once can cost a database: one payment, five postings, one commit, each statement in a trip of its own, as pgbench sends them.
const captureScript = `BEGIN;
INSERT INTO bench_payments (id, order_id, amount_rial, state, at) VALUES (gen_random_uuid(), gen_random_uuid(), 5000000, 'captured', now());
INSERT INTO bench_postings (account, amount_rial, at) VALUES ('receivable', 5000000, now()), ('revenue annual_duty', -3000000, now()),
  ('revenue age_surcharge', -1000000, now()), ('revenue penalty', -900000, now()), ('revenue rounding', -100000, now());
COMMIT;
`

const captureTables = `DROP TABLE IF EXISTS bench_payments, bench_postings;
CREATE TABLE bench_payments (id uuid PRIMARY KEY, order_id uuid NOT NULL, amount_rial bigint NOT NULL, state text NOT NULL, at timestamptz NOT NULL);
CREATE TABLE bench_postings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account text NOT NULL, amount_rial bigint NOT NULL, at timestamptz NOT NULL);
GRANT INSERT ON bench_payments, bench_postings TO mofasa_app;
`

// ordersPerSecond is more than any run captures; so many orders are made ready before the measured part.
const ordersPerSecond = 700

// toPay is an order that waits for its money, and who may pay it.
type toPay struct {
	order uuid.UUID
	by    client
}

// measureCapture pays orders over HTTP from the deposits of their offices, so that no bank is in the way, and lets PostgreSQL alone do the bare minimum: half of the
// limit's time before, half after.
func (b *bench) measureCapture(ctx context.Context) (figure, error) {
	if err := b.findPeople(ctx); err != nil {
		return figure{}, err
	}
	if err := b.psqlFile(ctx, b.config.DatabaseOwnerURL, captureTables); err != nil {
		return figure{}, err
	}
	server, err := b.serve("capture.log", benchLimits())
	if err != nil {
		return figure{}, err
	}
	defer server.stop()
	waiting, err := b.makeReady(ctx, server.url)
	if err != nil {
		return figure{}, err
	}
	if waiting, err = b.warmUp(ctx, waiting); err != nil {
		return figure{}, err
	}
	half := int(math.Ceil(b.span.Seconds() / 2))
	before, err := b.pgbenchRun(ctx, []string{captureScript}, half)
	if err != nil {
		return figure{}, err
	}
	var lasted time.Duration
	taken, err := b.profiled("payments.capture", func() (taken []time.Duration, err error) {
		taken, lasted, err = b.payAll(ctx, waiting, b.span)
		return taken, err
	})
	if err != nil {
		return figure{}, err
	}
	after, err := b.pgbenchRun(ctx, []string{captureScript}, half)
	p99 := percentile(taken, 0.99)
	return figure{Name: "payments.capture", Value: float64(len(taken)) / lasted.Seconds(), Unit: "captures/s", P99MS: &p99,
		Limit: "plain pgbench: a payment, five postings, a commit", LimitValue: (before + after) / 2}, err
}

// warmUp pays the first of the orders and gives those that are left: the first captures of a connection plan their statements, and those planned over empty tables read
// them whole. PostgreSQL plans anew when it has looked at the tables again, which autovacuum does within a minute and a run does here.
func (b *bench) warmUp(ctx context.Context, waiting []toPay) ([]toPay, error) {
	for _, analysed := range []bool{false, true} {
		paid, _, err := b.payAll(ctx, waiting[:len(waiting)/4], b.span/5) // a small fleet is not used up
		if err != nil {
			return nil, err
		}
		waiting = waiting[len(paid):]
		if !analysed {
			if err := run(ctx, b.config.DatabaseOwnerURL, `VACUUM (ANALYZE)`); err != nil {
				return nil, err
			}
		}
	}
	return waiting, nil
}

// makeReady fills the offices' deposits and orders what as many vehicles owe as can be paid in the measured part.
func (b *bench) makeReady(ctx context.Context, url string) ([]toPay, error) {
	if err := b.runner.InTx(ctx, scope.Platform(), fillDeposits); err != nil {
		return nil, err
	}
	via := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: b.clients}} // a connection for each client, kept
	tokens, err := b.signIn(ctx, url)
	if err != nil {
		return nil, err
	}
	var staff []client
	for _, token := range tokens {
		staff = append(staff, client{base: url, token: token, via: via})
	}
	plates := b.plates[:min(len(b.plates), int(math.Ceil(b.span.Seconds()*1.4*ordersPerSecond)))]
	b.say("ordering what %s", count(len(plates), "vehicle")+" owe")
	ready, failures := make([]toPay, len(plates)), make([]error, b.clients)
	var next atomic.Int64
	var all sync.WaitGroup
	for i := range b.clients {
		all.Go(func() {
			for n := next.Add(1) - 1; n < int64(len(plates)) && failures[i] == nil; n = next.Add(1) - 1 {
				by := staff[int(n)%len(staff)]
				order, err := orderAll(ctx, by, plates[n])
				ready[n], failures[i] = toPay{order, by}, err
			}
		})
	}
	all.Wait()
	ready = slices.DeleteFunc(ready, func(p toPay) bool { return p.order == uuid.Nil })
	err = errors.Join(failures...)
	if err == nil && len(ready) == 0 {
		err = errors.New("no vehicle owes anything that can be ordered")
	}
	return ready, err
}

// fillDeposits gives every office more than it can spend.
func fillDeposits(tx *scope.Tx) error {
	var offices []uuid.UUID
	if err := tx.DB.Raw(`SELECT id FROM offices ORDER BY id`).Scan(&offices).Error; err != nil {
		return err
	}
	for _, office := range offices {
		if err := deposits.TakeOver(tx, office, money.Rial(1e15)); err != nil {
			return err
		}
	}
	return nil
}

// orderAll orders what a vehicle owes; uuid.Nil where nothing of it can be ordered.
func orderAll(ctx context.Context, c client, plate string) (uuid.UUID, error) {
	var asked gen.Inquiry
	if err := c.call(ctx, http.MethodPost, "/v1/inquiries", map[string]string{"plate": plate, "purpose": "settlement"}, &asked); err != nil {
		return uuid.Nil, err
	}
	request := everything(asked)
	if len(request.Dues) == 0 {
		return uuid.Nil, nil
	}
	var order gen.Order
	err := c.call(ctx, http.MethodPost, "/v1/orders", request, &order)
	return order.Id, err
}

// payAll pays one order after the other, by as many clients as the run has, until a span is over or all are paid.
func (b *bench) payAll(ctx context.Context, waiting []toPay, span time.Duration) ([]time.Duration, time.Duration, error) {
	b.say("capturing, of %s", count(len(waiting), "order"))
	results, failures := make([][]time.Duration, b.clients), make([]error, b.clients)
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	end := began.Add(span)
	for i := range b.clients {
		all.Go(func() {
			for n := next.Add(1) - 1; n < int64(len(waiting)) && time.Now().Before(end); n = next.Add(1) - 1 {
				started := time.Now()
				if failures[i] = payByDeposit(ctx, waiting[n]); failures[i] != nil {
					return
				}
				results[i] = append(results[i], time.Since(started))
			}
		})
	}
	all.Wait()
	return slices.Concat(results...), time.Since(began), errors.Join(failures...)
}

func payByDeposit(ctx context.Context, p toPay) error {
	var paid gen.Payment
	err := p.by.call(ctx, http.MethodPost, "/v1/orders/"+p.order.String()+"/payments", map[string]string{"method": "deposit"}, &paid)
	if err == nil && paid.State != gen.PaymentStateCaptured {
		err = fmt.Errorf("a payment from a deposit is %s", paid.State)
	}
	return err
}
