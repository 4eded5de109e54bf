package sales_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/banksim/terminal"
	"mofasa/cmd/posagent/internal/journal"
	"mofasa/cmd/posagent/internal/link"
	"mofasa/cmd/posagent/internal/sales"
	"mofasa/tenants/fault"
)

const (
	firstIBAN  = "IR080170000000100200300400"
	secondIBAN = "IR430610000000700800900100"
)

func keyOf(seed string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(seed, ed25519.SeedSize)))
}

func publicOf(seed string) ed25519.PublicKey { return keyOf(seed).Public().(ed25519.PublicKey) }

func serverKeys(kid string) (ed25519.PublicKey, bool) { return publicOf("s"), kid == "server" }

var device = uuid.MustParse("01936d5e-0000-7000-8000-000000000002")

// rig is a desk over real TCP to a simulated terminal.
type rig struct {
	*sales.Desk
	t       *testing.T
	pos     *terminal.Terminal
	address string
	dir     string
	key     ed25519.PrivateKey
	retries []time.Duration
	cancel  context.CancelFunc
	ctx     context.Context
	next    *atomic.Int64
	shut    func()
	book    *journal.Journal
	young   bool                                // its next journal begins now
	wrap    func(sales.Terminal) sales.Terminal // of the agents opened from now on
}

// quick are the protocol's waits, shortened in proportion.
func quick() link.Timers {
	return link.Timers{Connect: time.Second, Control: 400 * time.Millisecond, Attempts: 3, Response: 2 * time.Second, Repeat: 400 * time.Millisecond, Late: 300 * time.Millisecond,
		Report: time.Second, Total: 8 * time.Second}
}

func newRig(t *testing.T, o terminal.Options) *rig {
	t.Helper()
	r := &rig{t: t, pos: terminal.New(o), dir: t.TempDir(), key: keyOf("d"), retries: []time.Duration{time.Hour}, next: &atomic.Int64{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.address = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.pos.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	r.open()
	t.Cleanup(func() { r.close() })
	return r
}

// open starts an agent over the rig's folder.
func (r *rig) open() {
	r.t.Helper()
	book, entries, err := journal.Open(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	r.book = book
	if len(entries) == 0 && !r.young { // as of an agent that is in use
		opened := journal.Entry{Kind: journal.Opened, At: time.Now().Add(-time.Hour)}
		if err := book.Append(opened); err != nil {
			r.t.Fatal(err)
		}
		entries = append(entries, opened)
	}
	var wire sales.Terminal = link.Terminal{Address: r.address, Timers: quick()}
	if r.wrap != nil {
		wire = r.wrap(wire)
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.Desk, err = sales.New(sales.Options{Journal: book, Terminal: wire, Device: device, Key: r.key, ServerKeys: serverKeys,
		Clock: time.Now, Retries: r.retries, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, entries)
	if err != nil {
		r.t.Fatal(err)
	}
	desk := r.Desk
	r.shut = func() { r.cancel(); desk.Wait(); _ = book.Close() }
}

func (r *rig) close() { r.shut() }

// order is a new order, divided between two accounts.
func (r *rig) order(amount money.Rial) pcpos.SaleOrder {
	n := r.next.Add(1)
	return pcpos.SaleOrder{PaymentID: uuid.New(), DeviceID: device, OrderID: fmt.Sprintf("140508290%05d", n), Amount: amount, Expires: time.Now().Add(time.Minute).UTC().Truncate(time.Second),
		Accounts: []pcpos.Account{{Type: pcpos.IBANRow, IBAN: firstIBAN, Amount: amount - 1_000}, {Type: pcpos.IBANRow, IBAN: secondIBAN, Amount: 1_000}}}
}

func (r *rig) signed(o pcpos.SaleOrder) string {
	r.t.Helper()
	token, err := pcpos.SignSaleOrder(o, "server", keyOf("s"), time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

// sell begins a sale and waits until nobody is at it.
func (r *rig) sell(o pcpos.SaleOrder) sales.View {
	r.t.Helper()
	if _, err := r.Start(r.ctx, r.signed(o)); err != nil {
		r.t.Fatal(err)
	}
	return r.rest(o.PaymentID)
}

// rest waits for the end of what is under way.
func (r *rig) rest(payment uuid.UUID) sales.View {
	r.t.Helper()
	for until := time.Now().Add(15 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		v, err := r.Get(payment)
		if err != nil {
			r.t.Fatal(err)
		}
		if r.idle(v) {
			return v
		}
	}
	v, _ := r.Get(payment)
	r.t.Fatalf("still under way: %+v", v)
	return v
}

func (r *rig) idle(v sales.View) bool {
	if v.Phase == sales.Unknown && v.NextTry != nil && v.NextTry.After(time.Now()) {
		return true
	}
	return v.Phase == sales.Done || v.Phase == sales.Released
}

// recoverNow searches once more.
func (r *rig) recoverNow(payment uuid.UUID) sales.View {
	r.t.Helper()
	before, _ := r.Get(payment)
	if _, err := r.Recover(r.ctx, payment, ""); err != nil {
		r.t.Fatal(err)
	}
	for until := time.Now().Add(15 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if v, _ := r.Get(payment); v.Phase == sales.Done || v.Phase == sales.Unknown && v.NextTry != nil && before.NextTry != nil && v.NextTry.After(*before.NextTry) {
			return v
		}
	}
	r.t.Fatal("the search does not end")
	return sales.View{}
}

func (r *rig) outcome(v sales.View, o pcpos.SaleOrder) pcpos.Outcome {
	r.t.Helper()
	outcome, err := pcpos.VerifyOutcome(v.Outcome, publicOf("d"))
	if err != nil {
		r.t.Fatalf("%+v: %v", v, err)
	}
	if err := outcome.Matches(o); err != nil {
		r.t.Error(err)
	}
	if outcome.State != v.State || outcome.RRN != v.RRN || outcome.Code != v.Code || outcome.Charged != v.Charged {
		r.t.Errorf("shown %+v, signed %+v", v, outcome)
	}
	return outcome
}

// agree holds the terminal's books against a signed outcome: approved is one payment with this reference, amount and division; declined is none.
func (r *rig) agree(o pcpos.SaleOrder, outcome pcpos.Outcome) {
	r.t.Helper()
	var own []terminal.Transaction
	for _, done := range r.pos.Transactions() {
		if done.OrderID == o.OrderID {
			own = append(own, done)
		}
	}
	charged, requests := int64(0), 0
	for _, done := range own {
		charged, requests = charged+done.Charged, requests+done.Requests
	}
	if requests > 1 {
		r.t.Errorf("the terminal was asked %d times to sell one order", requests)
	}
	switch outcome.State {
	case pcpos.StateApproved:
		if len(own) != 1 || charged != int64(o.Amount) || own[0].RRN != outcome.RRN || len(own[0].Splits) != 2 || own[0].Splits[0].Amount != int64(o.Accounts[0].Amount) || own[0].Splits[1].IBAN != secondIBAN {
			r.t.Errorf("approved %+v, but the books say %+v", outcome, own)
		}
	case pcpos.StateDeclined:
		if charged != 0 {
			r.t.Errorf("declined %+v, but the books say %+v", outcome, own)
		}
	case pcpos.StateMismatch:
		if charged == 0 {
			r.t.Errorf("mismatch %+v, but the books say %+v", outcome, own)
		}
	}
}

func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func want[T comparable](t *testing.T, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s: got %v, want %v", what, got, wanted)
	}
}
