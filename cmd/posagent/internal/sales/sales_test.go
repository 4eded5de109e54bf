package sales_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/banksim/terminal"
	"mofasa/cmd/posagent/internal/link"
	"mofasa/cmd/posagent/internal/sales"
	"mofasa/tenants/fault"
)

func TestTheStepsOfASale(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{Customer: 50 * time.Millisecond})
	o := r.order(3_720_000)
	v, err := r.Start(r.ctx, r.signed(o))
	if err != nil || v.State != sales.Pending || v.Phase != sales.Connecting || v.Amount != o.Amount || v.Outcome != "" {
		t.Fatalf("%+v %v", v, err)
	}
	want(t, "status", r.Status().State, "busy")
	_, err = r.Start(r.ctx, r.signed(r.order(5_000)))
	wantCode(t, "another sale meanwhile", err, "pos_in_progress")
	want(t, "whose", fault.Of(err).Extra["payment_id"], any(o.PaymentID))
	r.rest(o.PaymentID)
	_, events, _, err := r.Follow(o.PaymentID, 0)
	var phases []sales.Phase
	for _, e := range events {
		phases = append(phases, e.Phase)
	}
	if err != nil || !slices.Equal(phases, []sales.Phase{sales.Connecting, sales.Connected, sales.Waiting, sales.Done}) {
		t.Errorf("%v %v", phases, err)
	}
	_, events, _, _ = r.Follow(o.PaymentID, 3)
	if len(events) != 1 || events[0].Number != 4 {
		t.Errorf("after the third: %+v", events)
	}
	want(t, "status", r.Status().State, "ready")
	want(t, "latest", r.Status().Latest.PaymentID, o.PaymentID)
	waitFor(t, "the terminal is told that the answer arrived", func() bool { return r.pos.Transactions()[0].Acknowledged })
}

// The same order again is the same sale, also when the server signs it anew; anything else under its payment or number is refused.
func TestOneOrderOneSale(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	o := r.order(3_720_000)
	first := r.sell(o)
	renewed := o
	renewed.Expires = o.Expires.Add(time.Minute)
	for _, again := range []pcpos.SaleOrder{o, renewed} {
		v, err := r.Start(r.ctx, r.signed(again))
		if err != nil || v.Outcome != first.Outcome {
			t.Errorf("%+v %v", v, err)
		}
	}
	for name, change := range map[string]func(*pcpos.SaleOrder){
		"another amount": func(o *pcpos.SaleOrder) { o.Amount++; o.Accounts = nil }, "other accounts": func(o *pcpos.SaleOrder) { o.Accounts = nil },
		"another payment": func(o *pcpos.SaleOrder) { o.PaymentID = uuid.New() }, "another order number": func(o *pcpos.SaleOrder) { o.OrderID = "9" },
	} {
		other := o
		change(&other)
		_, err := r.Start(r.ctx, r.signed(other))
		wantCode(t, name, err, "pos_order_changed")
	}
	want(t, "sales", len(r.pos.Transactions()), 1)
}

// Of many pages that begin sales at once, one sale begins.
func TestOneSaleAtATime(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{Customer: 100 * time.Millisecond})
	var all sync.WaitGroup
	var mu sync.Mutex
	begun := 0
	for range 8 {
		token := r.signed(r.order(2_000))
		all.Go(func() {
			_, err := r.Start(r.ctx, token)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				begun++
			}
		})
	}
	all.Wait()
	want(t, "begun", begun, 1)
	r.Wait()
	want(t, "sold", len(r.pos.Transactions()), 1)
}

func TestOnlyTheServersOrders(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	o := r.order(3_720_000)
	sign := func(o pcpos.SaleOrder, kid, key string, at time.Time) string {
		token, err := pcpos.SignSaleOrder(o, kid, keyOf(key), at)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	elsewhere := o
	elsewhere.DeviceID = uuid.New()
	late := o
	late.Expires = time.Now().Add(-2 * time.Minute)
	release, err := pcpos.SignRelease(pcpos.Release{PaymentID: o.PaymentID, DeviceID: device, Expires: o.Expires}, "server", keyOf("s"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"no order": "", "another signer": sign(o, "server", "x", time.Now()), "an unknown key": sign(o, "other", "s", time.Now()), "another device": sign(elsewhere, "server", "s", time.Now()),
		"expired": sign(late, "server", "s", time.Now().Add(-time.Hour)), "a release": release, "a cut order": r.signed(o)[:100],
	} {
		_, err := r.Start(r.ctx, token)
		wantCode(t, name, err, "pos_order")
	}
	want(t, "sold", len(r.pos.Transactions()), 0)
	_, err = r.Get(o.PaymentID)
	wantCode(t, "nothing is known of it", err, "pos_payment_unknown")
	_, err = r.Recover(r.ctx, o.PaymentID, "")
	wantCode(t, "nor searched for", err, "pos_payment_unknown")
}

// A release that the server signed lets the terminal sell again; the outcome stays unknown, and a late one still arrives.
func TestRelease(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	r.pos.Arrange("", terminal.Named()["wrong_order"], 0)
	o := r.order(3_720_000)
	r.sell(o)
	sign := func(payment uuid.UUID, key string) string {
		token, err := pcpos.SignRelease(pcpos.Release{PaymentID: payment, DeviceID: device, Expires: time.Now().Add(time.Minute)}, "server", keyOf(key), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for name, token := range map[string]string{"another signer": sign(o.PaymentID, "x"), "another payment": sign(uuid.New(), "s"), "an order": r.signed(o)} {
		_, err := r.Release(o.PaymentID, token)
		wantCode(t, name, err, "pos_release")
	}
	stranger := uuid.New()
	_, err := r.Release(stranger, sign(stranger, "s"))
	wantCode(t, "an unknown payment", err, "pos_payment_unknown")
	_, err = r.Start(r.ctx, r.signed(r.order(5_000)))
	wantCode(t, "before", err, "pos_unknown_stands")
	v, err := r.Release(o.PaymentID, sign(o.PaymentID, "s"))
	if err != nil || v.State != pcpos.StateUnknown || v.Phase != sales.Released {
		t.Errorf("%+v %v", v, err)
	}
	r.close()
	r.open() // it is remembered
	want(t, "the next sale", r.sell(r.order(5_000)).State, pcpos.StateApproved)
	r.pos.Arrange(o.OrderID, terminal.Scenario{}, 0)
	if _, err := r.Recover(r.ctx, o.PaymentID, ""); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the late outcome", func() bool { v, _ := r.Get(o.PaymentID); return v.State == pcpos.StateApproved })
}

// A terminal that is off, or something that is no terminal, declines before anything is sent.
func TestNoTerminal(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, terminal.Options{})
	r.close()
	r.address = listener.Addr().String()
	r.open()
	go func() { // a web server, say
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			_ = c.Close()
		}
	}()
	want(t, "no terminal", r.sell(r.order(2_000)).Code, "unreachable")
	_ = listener.Close()
	v := r.sell(r.order(2_000))
	want(t, "off", v.Code, "unreachable")
	want(t, "state", v.State, pcpos.StateDeclined)
}

// Neither the journal nor what the page sees holds a card's number.
func TestNoCardIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	o := r.order(3_720_000)
	v := r.sell(o)
	want(t, "masked", v.MaskedPAN, "603799******0014")
	raw, err := os.ReadFile(filepath.Join(r.dir, "journal.jsonl"))
	if err != nil || bytes.Contains(raw, []byte("6037990000000014")) || !strings.Contains(string(raw), "603799******0014") {
		t.Errorf("%s %v", raw, err)
	}
}

// A sale that cannot be recorded does not leave, and an answer that cannot be recorded is not believed: what was not sent is declined, what was is searched for.
func TestTheDiskFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		breaks func(r *rig, steps *link.Steps)
		state  pcpos.State
		sold   int
	}{
		"before it is sent": {func(r *rig, s *link.Steps) {
			s.Connected = func() { _ = r.book.Close() }
		}, pcpos.StateDeclined, 0},
		"before the answer is kept": {func(r *rig, s *link.Steps) {
			answered := s.Answered
			s.Answered = func(a pcpos.Response) error { _ = r.book.Close(); return answered(a) }
		}, pcpos.StateApproved, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, terminal.Options{})
			r.close()
			r.wrap = func(wire sales.Terminal) sales.Terminal { return faulty{wire, func(s *link.Steps) { tt.breaks(r, s) }} }
			r.open()
			o := r.order(3_720_000)
			if _, err := r.Start(r.ctx, r.signed(o)); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "the failure", func() bool { return r.Status().State == "unknown" })
			v, err := r.Get(o.PaymentID)
			if err != nil || v.State != sales.Pending || v.Outcome != "" {
				t.Errorf("an outcome that no disk has: %+v %v", v, err)
			}
			_, err = r.Start(r.ctx, r.signed(r.order(5_000)))
			wantCode(t, "another sale", err, "pos_unknown_stands")
			r.close()
			r.wrap = nil
			r.open()
			go r.Run(r.ctx)
			outcome := r.outcome(r.rest(o.PaymentID), o)
			want(t, "state", outcome.State, tt.state)
			want(t, "sold", len(r.pos.Transactions()), tt.sold)
			r.agree(o, outcome)
		})
	}
}

// faulty bends the steps of a sale on its way to the real wire.
type faulty struct {
	sales.Terminal
	bend func(*link.Steps)
}

func (f faulty) Sell(ctx context.Context, request pcpos.Frame, steps link.Steps) error {
	f.bend(&steps)
	return f.Terminal.Sell(ctx, request, steps)
}

func TestNothingBeginsAfterTheEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	r.close()
	_, err := r.Start(r.ctx, r.signed(r.order(2_000)))
	wantCode(t, "after the end", err, "pos_journal")
	want(t, "sold", len(r.pos.Transactions()), 0)
}
