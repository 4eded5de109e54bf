package simulation

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments"
	"mofasa/tenants/scope"
)

var (
	oneSeed  = flag.Int64("seed", -1, "run this seed alone, and print its steps")
	howMany  = flag.Int("seeds", 2000, "how many seeds TestSimulation runs")
	firstOne = flag.Int("from", 0, "the first of them")
)

// workers are the worlds that are simulated side by side.
const workers = 3

// TestSimulation lets every seed have its way, and then holds everybody's books against each other.
func TestSimulation(t *testing.T) {
	t.Parallel()
	if *oneSeed >= 0 {
		w := newWorld(t)
		r := newRun(t, w, uint64(*oneSeed))
		r.live()
		t.Log(strings.Join(r.trace, "\n"))
		report(t, w, []*run{r})
		return
	}
	var lived tally
	var all sync.WaitGroup
	began := time.Now()
	for range workers {
		all.Go(func() {
			for first := lived.next(); first < *firstOne+*howMany; first = lived.next() {
				lived.world(t, first, min(first+seedsPerWorld, *firstOne+*howMany))
			}
		})
	}
	all.Wait()
	t.Logf("%d seeds in %v: %d requests, %d steps, %d processes killed\npayments: %s\nrefusals: %s", lived.seeds, time.Since(began).Round(time.Second), lived.requests, lived.points,
		lived.kills, counts(lived.ends), counts(lived.refusals))
	if *howMany >= 1500 && !t.Failed() {
		lived.wantEverything(t)
	}
}

// tally sums up what many seeds lived through.
type tally struct {
	mu                             sync.Mutex
	given                          int // seeds
	seeds, requests, points, kills int
	ends, refusals                 map[string]int
}

// next gives a worker its next world of seeds.
func (l *tally) next() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.given += seedsPerWorld
	return *firstOne + l.given - seedsPerWorld
}

// world lives some seeds in one world. A seed that breaks something ends it all.
func (l *tally) world(t *testing.T, first, end int) {
	if t.Failed() {
		return
	}
	w := newWorld(t)
	var lived []*run
	for seed := first; seed < end && !t.Failed(); seed++ {
		r := newRun(t, w, uint64(seed))
		r.live()
		lived = append(lived, r)
		l.add(r)
		if len(r.failures) > 0 {
			break
		}
	}
	report(t, w, lived)
}

func (l *tally) add(r *run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ends == nil {
		l.ends, l.refusals = map[string]int{}, map[string]int{}
	}
	l.seeds, l.requests, l.points, l.kills = l.seeds+1, l.requests+r.began, l.points+r.points, l.kills+r.kills
	for of, n := range r.ends {
		l.ends[of] += n
	}
	for of, n := range r.refusals {
		l.refusals[of] += n
	}
}

// wantEverything fails where many seeds never met what they are there for.
func (l *tally) wantEverything(t *testing.T) {
	t.Helper()
	for _, end := range []string{"gateway captured", "deposit captured", "topup captured", "gateway failed cancelled", "gateway failed reversed", "gateway failed provider_refused",
		"gateway failed session_not_opened", "gateway suspense mismatch", "gateway suspense duplicate_reference"} {
		if l.ends[end] == 0 {
			t.Errorf("no payment ended as %q", end)
		}
	}
	for _, code := range []string{"due_claimed", "due_paid", "payment_in_flight", "order_not_open", "nothing_to_pay", "deposit_short"} {
		if l.refusals[code] == 0 {
			t.Errorf("nobody was refused with %s", code)
		}
	}
}

func counts(of map[string]int) string {
	var list []string
	for _, word := range slices.Sorted(maps.Keys(of)) {
		list = append(list, fmt.Sprintf("%s %d", word, of[word]))
	}
	return strings.Join(list, ", ")
}

// report says what a world's seeds broke, and how to see it again. A rule over the whole database that only mofasa verify knows names its seeds by their offices.
func report(t *testing.T, w *world, lived []*run) bool {
	t.Helper()
	for _, r := range lived {
		if len(r.failures) > 0 {
			t.Errorf("seed %d (again: go test ./billing/payments/simulation -run 'TestSimulation$' -seed %d -v):\n%s\nits steps:\n%s", r.seed, r.seed, strings.Join(r.failures, "\n"),
				strings.Join(r.trace, "\n"))
		}
	}
	if t.Failed() {
		return false
	}
	rule, row := w.verify(t)
	if rule != "" {
		t.Errorf("seeds %d to %d: mofasa verify: %s: %s", lived[0].seed, lived[len(lived)-1].seed, rule, row)
	}
	return rule == ""
}

// live is a seed's life: a while in which anything may happen, and then quiet in which all that is unfinished comes to its end.
func (r *run) live() {
	r.newOrder()
	r.drain()
	for turn, beginnings := 0, 6+r.rng.IntN(5); turn < 400 && (beginnings > 0 || len(r.tasks) > 0); turn++ {
		ready := r.ready()
		if beginnings > 0 && len(r.tasks) < 4 && (len(ready) == 0 || r.rng.IntN(10) == 0) {
			beginnings--
			r.something()
			continue
		}
		if len(ready) == 0 {
			continue
		}
		if r.rng.IntN(90) == 0 {
			r.kills++
			r.crash(r.rng.IntN(2)) // and another process takes its place
			continue
		}
		r.step(r.pick(ready))
		switch n := r.rng.IntN(120); {
		case n < 15:
			r.payer()
		case n == 15:
			r.later()
		}
	}
	r.quiet()
	r.audit()
}

// pick chooses who goes on. Who waits for a network, or for its own goroutine to be woken after a commit, often waits for long, while others come and go.
func (r *run) pick(ready []*task) *task {
	const quick, slow = 12, 1
	weight := func(t *task) int {
		if t.at == "committed" || strings.HasPrefix(t.at, "bank") {
			return slow
		}
		return quick
	}
	total := 0
	for _, t := range ready {
		total += weight(t)
	}
	at := r.rng.IntN(total)
	for _, t := range ready {
		if at -= weight(t); at < 0 {
			return t
		}
	}
	return nil
}

// something begins whatever the seed wants next.
func (r *run) something() {
	switch n := r.rng.IntN(24); {
	case n < 3 || len(r.orders) == 0 && n < 6:
		r.newOrder()
	case n < 9:
		r.newPayment()
	case n < 10:
		r.newTopUp()
	case n < 11:
		r.newCancel()
	case n < 13:
		r.repeat()
	case n < 18:
		r.callback()
		if r.rng.IntN(2) == 0 {
			r.callback()
		}
	case n < 23:
		r.resolver(new(bool))
	default:
		r.later()
	}
	r.payer()
}

// later lets the clock jump, often past some window of the bank or of ours.
func (r *run) later() {
	r.jump([]time.Duration{3 * time.Second, 70 * time.Second, 11 * time.Minute, 21 * time.Minute, 32 * time.Minute, 64 * time.Minute}[r.rng.IntN(6)])
}

// drain lets every task end.
func (r *run) drain() {
	for ready := r.ready(); len(ready) > 0; ready = r.ready() {
		r.step(ready[r.rng.IntN(len(ready))])
	}
	if len(r.tasks) > 0 {
		r.fail("%d requests never end", len(r.tasks))
	}
}

// quiet lets the bank answer, the callers ask again, and the resolver ask until nothing is open.
func (r *run) quiet() {
	r.drain()
	r.say("quiet")
	r.bank.faults = false
	for _, q := range slices.Clone(r.requests) {
		if len(q.answers) == 0 || r.rng.IntN(3) == 0 {
			r.deliver(q)
			r.drain()
		}
	}
	for range 40 {
		r.payer()
		r.callback()
		r.drain()
	}
	for _, pause := range []time.Duration{time.Minute + time.Second, 9 * time.Minute, 15 * time.Minute, 20 * time.Minute, time.Hour, time.Hour, 48 * time.Hour} {
		r.resolveAll()
		if len(r.unfinished()) == 0 {
			r.forget()
			return
		}
		r.jump(pause)
	}
	r.fail("payments stay open: %v", r.unfinished())
}

// forget removes the checks that are planned and not needed any more, which the next seed would come across.
func (r *run) forget() {
	err := r.plain.InTx(systemContext(context.Background()), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(`DELETE FROM river_job`).Error })
	if err != nil {
		r.fail("forget: %v", err)
	}
}

// resolveAll does every check that is due.
func (r *run) resolveAll() {
	for found, n := true, 0; found && n < 100; n++ {
		found = false
		r.resolver(&found)
		r.drain()
	}
}

// unfinished lists the payments that somebody still waits for, and those that people decide about while the bank is still asked.
func (r *run) unfinished() (ids []uuid.UUID) {
	err := r.plain.InTx(systemContext(context.Background()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT id FROM payments p WHERE office_id IN ? AND (state IN ? OR state = 'suspense' AND reason = 'never_verified'
			  AND EXISTS (SELECT 1 FROM river_job j WHERE j.args = jsonb_build_object('payment', p.id) AND j.finalized_at IS NULL)) ORDER BY created_at, id`, r.offices(),
			[]payments.State{payments.Created, payments.Sent, payments.Unknown, payments.Confirmed}).Scan(&ids).Error
	})
	if err != nil {
		r.fail("unfinished: %v", err)
	}
	return ids
}

func (r *run) offices() []uuid.UUID { return []uuid.UUID{r.desks[0].office, r.desks[1].office} }

// TestASeedReproduces: the same seed takes the same steps, in whatever world it lives.
func TestASeedReproduces(t *testing.T) {
	t.Parallel()
	first, second := newWorld(t), newWorld(t)
	for seed := range uint64(15) {
		one := newRun(t, first, seed)
		one.live()
		if seed%2 == 0 {
			newRun(t, second, seed+100).live() // another life before it
		}
		two := newRun(t, second, seed)
		two.live()
		if !slices.Equal(one.trace, two.trace) {
			at := 0
			for at < min(len(one.trace), len(two.trace)) && one.trace[at] == two.trace[at] {
				at++
			}
			t.Fatalf("seed %d takes other steps from step %d on:\n%s\n%s", seed, at, strings.Join(one.trace[at:min(at+5, len(one.trace))], "\n"), strings.Join(two.trace[at:min(at+5, len(two.trace))], "\n"))
		}
	}
}
