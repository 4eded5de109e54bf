package simulation

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// idStream makes ids that a seed alone decides.
type idStream struct {
	mu  sync.Mutex
	rng *rand.ChaCha8
}

func newStream(seed uint64, of int) *idStream {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(of))
	return &idStream{rng: rand.NewChaCha8(key)}
}

func (s *idStream) next() uuid.UUID {
	s.mu.Lock()
	defer s.mu.Unlock()
	var id uuid.UUID
	_, _ = s.rng.Read(id[:]) // never fails
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

// request is what somebody sends under an Idempotency-Key, and what they have heard of it.
type request struct {
	name    string
	by      desk
	key     scope.Key
	send    func(ctx context.Context, s services, r *request) (answer, error)
	answers []answer
	flying  int
}

// answer is what a caller keeps of one.
type answer struct {
	id      uuid.UUID
	amount  money.Rial
	order   *bills.Order
	payment *payments.Payment
}

// run is one seed's life in a world.
type run struct {
	*sched
	*world
	seed     uint64
	rng      *rand.Rand
	now      time.Time
	clock    sync.Mutex
	bank     *bank
	desks    []desk
	vins     []string
	requests []*request
	orders   []bills.Order // that a client knows of
	sessions []string      // whose page a payer has been sent to
	began    int           // tasks so far
	failures []string
	ends     map[string]int // how many payments ended how
	refusals map[string]int
	kills    int
}

// seed's vehicles and offices are the world's own for it.
func newRun(t testing.TB, w *world, seed uint64) *run {
	at := int(seed % seedsPerWorld)
	r := &run{world: w, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), now: opening, ends: map[string]int{}, refusals: map[string]int{}, desks: w.desks[at*officesPerSeed : (at+1)*officesPerSeed]}
	r.sched = &sched{t: t, watch: w.watch, parked: make(chan *task)}
	r.bank = &bank{s: r.sched, rng: rand.New(rand.NewPCG(seed, 2)), now: r.present, faults: true}
	flag := func() bool { return r.rng.IntN(2) == 0 }
	r.bank.ways = manners{forgets: flag(), bare: flag(), repeats: flag(), strict: r.rng.IntN(3) == 0, late: flag(), byMerchant: flag()}
	r.bank.ways.bare = r.bank.ways.bare && !r.bank.ways.late // whoever tells of a smaller amount only once compares it by itself
	for i := range 1 + r.rng.IntN(vehiclesPerSeed) {
		r.vins = append(r.vins, vin(at*vehiclesPerSeed+i))
	}
	return r
}

func (r *run) present() time.Time {
	r.clock.Lock()
	defer r.clock.Unlock()
	return r.now
}

func (r *run) jump(by time.Duration) {
	r.clock.Lock()
	defer r.clock.Unlock()
	r.now = r.now.Add(by)
	r.say("the clock jumps by %v", by)
}

func (r *run) fail(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

// begin lets one of the living processes do something.
func (r *run) begin(name string, ctx context.Context, work func(ctx context.Context, s services) error, end func(dead bool, err error)) {
	r.began++
	t := &task{name: fmt.Sprintf("%s#%d", name, r.began), process: r.rng.IntN(2), ids: newStream(r.seed, r.began)}
	var err error
	t.end = func(dead bool) { end(dead, err) }
	s := r.services(payments.Only(r.bank), r.present, t.ids.next)
	r.start(ctx, t, func(ctx context.Context) { err = work(ctx, s) })
}

// deliver sends a request, for the first time or again.
func (r *run) deliver(q *request) {
	q.flying++
	var got answer
	r.begin(q.name, q.by.actor(context.Background()), func(ctx context.Context, s services) (err error) {
		got, err = q.send(ctx, s, q)
		return err
	}, func(dead bool, err error) {
		q.flying--
		if dead {
			return
		}
		r.hear(q, got, err)
	})
}

// hear is what a client makes of an answer: equal ones for equal keys, and no error but one that says what to do.
func (r *run) hear(q *request, got answer, err error) {
	var refused *fault.Error
	switch {
	case errors.As(err, &refused):
		r.say("    %s is refused: %s", q.name, refused.Code)
		r.refusals[refused.Code]++
		if len(q.answers) > 0 {
			r.fail("I10: %s was answered and is now refused: %v", q.name, err)
		}
		return
	case err != nil:
		r.fail("%s: an error without words for the user: %v", q.name, err)
		return
	case got.id == uuid.Nil:
		return // there was nothing to do
	}
	if len(q.answers) > 0 && (q.answers[0].id != got.id || q.answers[0].amount != got.amount) {
		r.fail("I10: %s was answered with %s over %d and then with %s over %d", q.name, q.answers[0].id, q.answers[0].amount, got.id, got.amount)
	}
	q.answers = append(q.answers, got)
	if got.order != nil && len(q.answers) == 1 {
		r.orders = append(r.orders, *got.order)
	}
	if p := got.payment; p != nil {
		r.say("    %s is %s", q.name, p.State)
		if p.Token != "" && p.State == payments.Sent && !slices.Contains(r.sessions, p.Token) {
			r.sessions = append(r.sessions, p.Token)
		}
	}
}

func (r *run) newKey(operation string) scope.Key {
	value := uuid.UUID{}
	binary.BigEndian.PutUint64(value[:], r.rng.Uint64())
	return scope.Key{Value: value.String(), Operation: operation, Hash: []byte("body")}
}

// ask sends a new request.
func (r *run) ask(name string, by desk, send func(ctx context.Context, s services, r *request) (answer, error)) {
	q := &request{name: fmt.Sprintf("%s-%d", name, len(r.requests)+1), by: by, key: r.newKey(name), send: send}
	r.requests = append(r.requests, q)
	r.deliver(q)
}

// newOrder claims a few of the dues that an inquiry shows. What is chosen stays so when the request is repeated.
func (r *run) newOrder() {
	by, number, draw := r.desks[r.rng.IntN(len(r.desks))], r.vins[r.rng.IntN(len(r.vins))], r.rng.Uint64()
	var asked *inquiries.Inquiry
	r.ask("order", by, func(ctx context.Context, s services, q *request) (answer, error) {
		if asked == nil {
			made, err := s.inquiries.Inquire(ctx, inquiries.Question{OfficeID: by.office, VIN: number, Purpose: "settlement"})
			if err != nil {
				return answer{}, err
			}
			asked = &made
		}
		chosen := choose(*asked, draw)
		if len(chosen) == 0 {
			return answer{}, nil
		}
		order, err := s.bills.CreateOrder(ctx, bills.Request{OfficeID: by.office, InquiryID: asked.ID, Dues: chosen, Key: q.key})
		if errors.Is(err, bills.ErrAmountsChanged) {
			return answer{}, bills.ErrAmountsChanged
		}
		return answer{id: order.ID, amount: order.Total, order: &order}, err
	})
}

func choose(q inquiries.Inquiry, draw uint64) (list []bills.Selection) {
	for _, c := range q.Cities {
		for _, d := range c.Dues {
			if draw >>= 2; c.State == inquiries.Answered && d.State == dues.Assessed && draw%4 > 0 {
				list = append(list, bills.Selection{MunicipalityID: d.MunicipalityID, FiscalYear: d.FiscalYear})
			}
		}
	}
	return list
}

func (r *run) newPayment() {
	if len(r.orders) == 0 {
		return
	}
	o := r.orders[r.rng.IntN(len(r.orders))]
	by := r.deskOf(o.OfficeID)
	method := []payments.Method{payments.ByGateway, payments.ByGateway, payments.ByDeposit}[r.rng.IntN(3)]
	r.ask("pay by "+string(method), by, func(ctx context.Context, s services, q *request) (answer, error) {
		return paid(s.payments.Start(ctx, payments.Request{OfficeID: by.office, OrderID: o.ID, Method: method, Key: q.key}))
	})
}

func paid(p payments.Payment, err error) (answer, error) {
	return answer{id: p.ID, amount: p.Amount, payment: &p}, err
}

func (r *run) newTopUp() {
	by, amount := r.desks[r.rng.IntN(len(r.desks))], money.Rial(1+r.rng.IntN(20))*1_000_000
	r.ask("top up", by, func(ctx context.Context, s services, q *request) (answer, error) {
		return paid(s.payments.StartTopUp(ctx, payments.TopUp{OfficeID: by.office, Amount: amount, Key: q.key}))
	})
}

func (r *run) newCancel() {
	if len(r.orders) == 0 {
		return
	}
	o := r.orders[r.rng.IntN(len(r.orders))]
	by := r.deskOf(o.OfficeID)
	r.ask("cancel", by, func(ctx context.Context, s services, q *request) (answer, error) {
		order, err := s.bills.CancelOrder(ctx, by.office, o.ID, q.key)
		return answer{id: order.ID, amount: order.Total}, err
	})
}

func (r *run) deskOf(office uuid.UUID) desk {
	return r.desks[slices.IndexFunc(r.desks, func(d desk) bool { return d.office == office })]
}

// repeat sends an earlier request again, or another one under its key.
func (r *run) repeat() {
	if len(r.requests) == 0 {
		return
	}
	q := r.requests[r.rng.IntN(len(r.requests))]
	if r.rng.IntN(4) > 0 || len(q.answers) == 0 {
		r.deliver(q)
		return
	}
	forged := *q
	forged.key.Hash = []byte("another body")
	r.begin("forged "+q.name, q.by.actor(context.Background()), func(ctx context.Context, s services) error {
		_, err := q.send(ctx, s, &forged)
		return err
	}, func(dead bool, err error) {
		if !dead && !errors.Is(err, scope.ErrKeyReused) {
			r.fail("I10: another body under the key of %s: %v", q.name, err)
		}
	})
}

// payer decides at the page of some session.
func (r *run) payer() {
	open := slices.DeleteFunc(slices.Clone(r.sessions), func(token string) bool { return r.bank.find(token).state != isOpen })
	if len(open) > 0 {
		token := open[r.rng.IntN(len(open))]
		r.say("the payer of session %s %s", token, r.bank.pay(token))
	}
}

// callback brings the payer of some session back, often twice, rarely in order.
func (r *run) callback() {
	var waiting []*sale
	for _, s := range r.bank.sales {
		if s.callbacks > 0 {
			waiting = append(waiting, s)
		}
	}
	if len(waiting) == 0 {
		return
	}
	s := waiting[r.rng.IntN(len(waiting))]
	s.callbacks--
	token, ours := s.token, ""
	if r.bank.ways.byMerchant {
		token, ours = "", s.ours
	}
	r.begin("callback", systemContext(context.Background()), func(ctx context.Context, s services) error {
		_, err := s.payments.Returned(ctx, provider, gateway.Callback{Token: token, MerchantReference: ours})
		return err
	}, r.system("callback"))
}

// system takes no error: nobody is there to read it.
func (r *run) system(name string) func(bool, error) {
	return func(dead bool, err error) {
		if !dead && err != nil {
			r.fail("%s: %v", name, err)
		}
	}
}

// resolver does one check that is due; not found: there is none.
func (r *run) resolver(found *bool) {
	r.begin("resolver", systemContext(context.Background()), func(ctx context.Context, s services) (err error) {
		*found, err = s.payments.ResolveNext(ctx)
		return err
	}, r.system("resolver"))
}
