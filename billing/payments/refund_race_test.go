package payments_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/deposits"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// once is a provider that reverses a sale at one question, of which the answer is lost, and refuses every other.
type once struct {
	gateway.Gateway
	asked, does int    // does: at which question it reverses
	meanwhile   func() // happens once, while it is looked for (atAsking: while it is asked)
	atAsking    bool
}

func (o *once) happens(asking bool) {
	if f := o.meanwhile; f != nil && asking == o.atAsking {
		o.meanwhile = nil
		f()
	}
}

func (o *once) Choose(*scope.Tx, uuid.UUID) (gateway.Gateway, []int, error) { return o, nil, nil }

func (o *once) Of(context.Context, string, string) (gateway.Gateway, error) {
	o.happens(false)
	return o, nil
}

func (o *once) Reverse(context.Context, string, gateway.Sale) (gateway.Answer, error) {
	o.asked++
	if o.asked == o.does {
		return gateway.Answer{}, &gateway.Uncertain{Op: gateway.OpReverse, Err: io.ErrUnexpectedEOF}
	}
	o.happens(true)
	return gateway.Answer{}, &gateway.Refused{Op: gateway.OpReverse, Code: "-6"}
}

func (o *once) Inquire(ctx context.Context, reference string, s gateway.Sale) (gateway.Answer, error) {
	a, err := o.Gateway.Inquire(ctx, reference, s)
	if o.asked >= o.does {
		a.State = gateway.Reversed
	}
	return a, err
}

// TestTwoWorkersOfOneReversal: while one does the job, another asks the provider, which reverses the payment, and hears nothing. What the first one knows is then no proof that
// the money did not go back.
func TestTwoWorkersOfOneReversal(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]struct {
		atAsking bool
		does     int
		late     time.Duration // when the first one begins
	}{
		"after the first has read that nobody asked": {does: 1},
		"while the first is asking":                  {atAsking: true, does: 2},
		"and for the first it is too late to ask":    {does: 1, late: 55 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t)
			provider := &once{Gateway: c.bank, does: happens.does, atAsking: happens.atAsking}
			request := c.reversal(provider)
			work := func() {
				c.wait(time.Minute)
				if err := c.payments.ReverseRefund(c.system(), request); err != nil {
					t.Error(err)
				}
			}
			provider.meanwhile = func() {
				c.wait(-happens.late)
				work()
				c.wait(happens.late)
			}
			c.wait(happens.late)
			work()
			if paid := c.one(`SELECT count(*) FROM refunds WHERE channel = 'payout'`); paid != "0" || provider.asked == 0 {
				t.Fatalf("%s are to be transferred, though the provider has given them back", paid)
			}
			work()
			if left := c.one(`SELECT count(*) FROM refunds WHERE state <> 'paid' OR channel <> 'reverse'`); left != "0" {
				t.Errorf("%s refunds are not done", left)
			}
			c.verified()
		})
	}
}

// reversal is the request to give a payment back that a provider has captured, granted and on its way by it.
func (c *counter) reversal(provider *once) uuid.UUID {
	c.Helper()
	c.payments = payments.NewService(c.run, provider, "http://counter/", slog.New(slog.DiscardHandler)).
		Superseding(func(*scope.Tx, uuid.UUID, int, []int) error { return nil })
	c.bank.paid = true
	p, err := c.payments.Resolve(c.system(), c.start(cashierA, c.order(cashierA, 0).ID, payments.ByGateway).ID)
	if err != nil || p.State != payments.Captured {
		c.Fatalf("%+v, %v", p, err)
	}
	made, err := c.payments.Refund(c.as(asks), scope.Platform(), payments.RefundRequest{PaymentID: p.ID, Expected: p.Amount, Reason: "دلیل", Key: key("refund")})
	if err != nil || made[0].State != payments.RefundGranted || made[0].Channel != payments.ByReversal {
		c.Fatalf("%+v, %v", made, err)
	}
	return made[0].GroupID
}

// depositOf is what an office's deposit holds, and how often it moved.
func (c *counter) depositOf(office uuid.UUID) string {
	c.Helper()
	return c.one(`SELECT count(*) || ' moves, ' || (array_agg(available_rial ORDER BY number DESC))[1] FROM deposit_moves WHERE office_id = ?`, office)
}

// TestALostClaimLeavesTheDepositUntouched: a due that another office's order holds meanwhile is not paid from the deposit.
func TestALostClaimLeavesTheDepositUntouched(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]string{
		"to another order": `UPDATE due_claims SET order_id = $2 WHERE order_id = $1 AND fiscal_year = 1403`,
		"given up":         `UPDATE due_claims SET state = 'released' WHERE order_id = $1 AND fiscal_year = 1403 AND order_id <> $2`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCounter(t)
			o, other := c.order(cashierA, 0), c.order(cashierB, 1)
			before, books := c.depositOf(counterA), c.books()
			script := strings.NewReplacer("$1", "'"+o.ID.String()+"'", "$2", "'"+other.ID.String()+"'").Replace(lost)
			if _, err := pgtest.Open(t, c.owner).ExecContext(t.Context(), "ALTER TABLE due_claims NO FORCE ROW LEVEL SECURITY; "+script+"; ALTER TABLE due_claims FORCE ROW LEVEL SECURITY"); err != nil {
				t.Fatal(err)
			}
			moved := c.books()
			if moved == books {
				t.Fatal("no claim was lost")
			}
			p, err := c.payments.Start(c.as(cashierA), payments.Request{OfficeID: counterA, OrderID: o.ID, Method: payments.ByDeposit, Key: key("pay")})
			if !errors.Is(err, bills.ErrNotOpen) {
				t.Errorf("%+v, %v", p, err)
			}
			if got := c.depositOf(counterA); got != before || c.books() != moved {
				t.Errorf("the deposit: %s, before %s", got, before)
			}
		})
	}
}

// TestADepositAndABankRace for the same bills: each is paid once, and the deposit gives what it paid.
func TestADepositAndABankRace(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	const rounds = 8
	c.platform(func(tx *scope.Tx) error { return deposits.TakeOver(tx, counterA, 1_000_000_000) })
	var all sync.WaitGroup
	var total int
	for car := range rounds {
		o := c.order(cashierA, car)
		total += len(o.Bills)
		all.Go(func() {
			_, err := c.payments.Start(c.as(cashierA), payments.Request{OfficeID: counterA, OrderID: o.ID, Method: payments.ByDeposit, Key: key("pay")})
			if err != nil && !errors.Is(err, payments.ErrNothingToPay) {
				t.Error(err)
			}
		})
		all.Go(func() {
			body := file(100*car+1, o.Bills...)
			if _, err := c.payments.ImportBankFile(c.as(asks), fmt.Sprintf("race-%d.txt", car), strings.NewReader(body)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := c.one(`SELECT count(DISTINCT x.bill_id) || ' of ' || count(*) FROM payments p JOIN (SELECT DISTINCT payment_id, bill_id FROM payment_bills) x ON x.payment_id = p.id
	  WHERE p.state = 'captured'`); n != fmt.Sprintf("%d of %d", total, total) {
		t.Errorf("%s bills are paid, of %d", n, total)
	}
	var lines, taken, paid money.Rial
	c.platform(func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT (SELECT count(*) FROM bank_lines WHERE outcome IN ('captured','suspended')), (SELECT coalesce(-sum(amount_rial), 0)::bigint FROM deposit_moves WHERE kind = 'capture'),
		  (SELECT coalesce(sum(amount_rial), 0)::bigint FROM payments WHERE state = 'captured' AND method = 'deposit')`).Row().Scan(&lines, &taken, &paid)
	})
	if int(lines) != total || taken != paid {
		t.Errorf("%d of %d lines, %d taken for %d", lines, total, taken, paid)
	}
	c.verified()
}
