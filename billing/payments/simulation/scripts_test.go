package simulation

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mofasa/billing/payments"
)

// scripted is a life without chance: nothing is lost but what the test loses.
func scripted(t *testing.T, w *world, seed uint64) *run {
	t.Helper()
	r := newRun(t, w, seed)
	r.bank.faults, r.bank.ways = false, manners{}
	r.vins = r.vins[:1]
	return r
}

func (r *run) wantWhole(t *testing.T, what string) {
	t.Helper()
	r.quiet()
	r.audit()
	if len(r.failures) > 0 {
		t.Fatalf("%s:\n%s\nsteps:\n%s", what, strings.Join(r.failures, "\n"), strings.Join(r.trace, "\n"))
	}
}

// to lets a task run until it stands at a point that begins with at.
func (r *run) to(t *testing.T, name, at string) *task {
	t.Helper()
	for range 200 {
		for _, task := range r.tasks {
			if !strings.HasPrefix(task.name, name) || !task.waiting {
				continue
			}
			if strings.HasPrefix(task.at, at) {
				return task
			}
			r.step(task)
		}
	}
	t.Fatalf("%s never stands at %q:\n%s", name, at, strings.Join(r.trace, "\n"))
	return nil
}

func (r *run) pays(method payments.Method) {
	o := r.orders[len(r.orders)-1]
	by := r.deskOf(o.OfficeID)
	r.ask("pay by "+string(method), by, func(ctx context.Context, s services, q *request) (answer, error) {
		return paid(s.payments.Start(ctx, payments.Request{OfficeID: by.office, OrderID: o.ID, Method: method, Key: q.key}))
	})
}

// visit is an order with a payment by a method and, over the gateway, the payer's way to the bank and back, twice at once.
func (r *run) visit(method payments.Method, onward func()) {
	r.newOrder()
	onward()
	if len(r.orders) == 0 {
		return
	}
	r.pays(method)
	onward()
	if method == payments.ByGateway {
		r.payer()
		for _, s := range r.bank.sales {
			s.callbacks = 2
		}
		r.callback()
		onward()
	}
}

// TestACrashAtEveryStep kills the process at the first point of a visit, then at the second, and so on to its end: between any two writes, and before and after every call.
// Everybody then asks again, and nothing is lost or doubled.
func TestACrashAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, method := range []payments.Method{payments.ByGateway, payments.ByDeposit} {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			points := 0
			for at := range seedsPerWorld {
				r := scripted(t, w, uint64(at))
				r.visit(method, func() {
					for ready := r.ready(); len(ready) > 0; ready = r.ready() {
						if r.points == at {
							r.crash(0)
							r.crash(1)
							r.points++
							continue
						}
						r.step(ready[0])
					}
				})
				if r.points <= at {
					points = at
					break // it ended before it could be killed
				}
				r.wantWhole(t, fmt.Sprintf("killed at point %d", at))
			}
			if points < 20 {
				t.Errorf("a visit had %d points, and was to be killed at each", points)
			}
			t.Logf("%d points", points)
		})
	}
}

// TestTooLateAfterAnothersClaim: one process has claimed the money and died before it heard the answer; another, which knew of no claim when it began to ask, is told that
// it is too late. The money is ours, so the payment must not fail.
func TestTooLateAfterAnothersClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := scripted(t, w, 0)
	r.bank.ways.strict = true
	r.newOrder()
	r.drain()
	r.pays(payments.ByGateway)
	r.drain()
	r.bank.pay(r.sessions[0])
	r.bank.sales[0].callbacks = 2
	r.callback()
	slow := r.to(t, r.tasks[0].name, "bank inquire")
	r.callback()
	quick := r.tasks[1]
	r.to(t, quick.name, "bank answers verify")
	quick.process, slow.process = 0, 1
	r.crash(0)
	r.jump(31 * time.Minute)
	r.drain()
	r.wantWhole(t, "too late after another's claim")
}
