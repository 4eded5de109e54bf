package ratelimit

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mofasa/api/ratelimit/localredis"
	"mofasa/tenants/fault"
)

// clock is a hand-driven clock for Memory.
type clock struct{ micros atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.micros.Store(epoch)
	return c
}

func (c *clock) now() time.Time          { return time.UnixMicro(c.micros.Load()) }
func (c *clock) advance(d time.Duration) { c.micros.Add(d.Microseconds()) }

func startRedis(t testing.TB, settings ...string) *localredis.Server {
	t.Helper()
	server, err := localredis.Start(context.Background(), t.TempDir(), settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

func openRedis(t testing.TB, url string) *Redis {
	t.Helper()
	r, err := OpenRedis(url, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func take(t testing.TB, s Source, group string, takes ...Take) Decision {
	t.Helper()
	d, err := s.Take(context.Background(), group, takes)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func give(t testing.TB, s Source, group string, takes ...Take) {
	t.Helper()
	if err := s.Give(context.Background(), group, takes); err != nil {
		t.Fatal(err)
	}
}

// implementation is a source under the conformance suite and how time passes for it.
type implementation struct {
	Source
	sleep func(time.Duration)
}

// pure is judge with nothing but a map of numbers around it: the decision function as a source.
type pure struct {
	now     func() time.Time
	mu      sync.Mutex
	numbers map[string]int64
}

func (p *pure) Take(_ context.Context, group string, takes []Take) (Decision, error) {
	if err := check(group, takes); err != nil {
		return Decision{}, err
	}
	return p.judge(group, takes), nil
}

func (p *pure) Give(_ context.Context, group string, takes []Take) error {
	if err := check(group, takes); err != nil {
		return err
	}
	p.judge(group, returned(takes))
	return nil
}

func (p *pure) judge(group string, takes []Take) Decision {
	p.mu.Lock()
	defer p.mu.Unlock()
	keys := keysOf(group, takes)
	numbers := make([]int64, len(keys))
	for i, key := range keys {
		numbers[i] = p.numbers[key]
	}
	d, after := judge(p.now().UnixMicro(), numbers, takes)
	for i, key := range keys {
		p.numbers[key] = after[i]
	}
	return d
}

// TestConformance holds one suite against every source. A fallback over a healthy Redis, and one over a dead Redis with
// one process, are sources like the others.
func TestConformance(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	dead := startRedis(t)
	dead.Kill()
	c := newClock()
	healthy := NewFallback(openRedis(t, server.URL()), NewMemory(10_000, time.Now), 3,
		func(err error) { t.Errorf("a healthy Redis was given up: %v", err) })
	healthy.timeout = patience
	implementations := map[string]implementation{
		"pure":          {&pure{now: c.now, numbers: map[string]int64{}}, c.advance},
		"memory":        {NewMemory(10_000, c.now), c.advance},
		"redis":         {openRedis(t, server.URL()), time.Sleep},
		"fallback":      {healthy, time.Sleep},
		"fallback dead": {NewFallback(openRedis(t, dead.URL()), NewMemory(10_000, time.Now), 1, nil), time.Sleep},
	}
	checks := map[string]func(*testing.T, implementation, string){
		"burst":          conformBurst,
		"all or nothing": conformAllOrNothing,
		"look":           conformLook,
		"give back":      conformGiveBack,
		"independence":   conformIndependence,
		"refill":         conformRefill,
		"errors":         conformErrors,
		"parallel":       conformParallel,
		"longest name":   conformLongestName,
		"quota":          conformQuota,
		"quota and rate": conformQuotaBesideRate,
		"distinct":       conformDistinct,
		"distinct quota": conformDistinctInAQuota,
		"several deny":   conformSeveralDeny,
		"pass":           conformPass,
		"pass ends":      conformPassEnds,
	}
	for name, s := range implementations {
		for check, conform := range checks {
			t.Run(name+"/"+check, func(t *testing.T) {
				// The hand-driven clock is shared, so only sources on real time run side by side.
				if name != "memory" && name != "pure" {
					t.Parallel()
				}
				conform(t, s, name+"/"+check)
			})
		}
	}
}

func conformBurst(t *testing.T, s implementation, group string) {
	l := perHour("burst", 5)
	for want := 4; want >= 0; want-- {
		d := take(t, s, group, Take{Limit: l, Key: "k", Cost: 1})
		if !d.Allowed || d.Err() != nil || d.Denied != "" || d.RetryAfter != 0 || d.States[0].Remaining != want {
			t.Fatalf("with %d to be left: %+v", want, d)
		}
		// Seconds have passed at most since the first; the next unit comes 12 minutes after it.
		if reset := d.States[0].Reset; reset > 12*time.Minute || reset < 11*time.Minute {
			t.Fatalf("reset %s", reset)
		}
	}
	d := take(t, s, group, Take{Limit: l, Key: "k", Cost: 1})
	if d.Allowed || d.Denied != "burst" || d.States[0].Remaining != 0 || d.Unavailable {
		t.Fatalf("the sixth: %+v", d)
	}
	if d.RetryAfter > 12*time.Minute || d.RetryAfter < 11*time.Minute || d.RetryAfter != d.States[0].Reset {
		t.Fatalf("retry after %s, reset %s", d.RetryAfter, d.States[0].Reset)
	}
	if d.States[0].Name != "burst" || d.States[0].Requests != 5 || d.States[0].Window != time.Hour {
		t.Fatalf("policy %+v", d.States[0])
	}
}

func conformAllOrNothing(t *testing.T, s implementation, group string) {
	wide, narrow := perHour("wide", 10), perHour("narrow", 2)
	both := []Take{{Limit: wide, Key: "k", Cost: 3}, {Limit: narrow, Key: "k", Cost: 1}}
	for range 2 {
		if d := take(t, s, group, both...); !d.Allowed {
			t.Fatalf("%+v", d)
		}
	}
	d := take(t, s, group, both...)
	if d.Allowed || d.Denied != "narrow" || d.States[0].Remaining != 4 || d.States[1].Remaining != 0 {
		t.Fatalf("%+v", d)
	}
	if d := take(t, s, group, Take{Limit: wide, Key: "k", Cost: 4}); !d.Allowed || d.States[0].Remaining != 0 {
		t.Fatalf("the denied call charged the other limit: %+v", d)
	}
}

func conformLook(t *testing.T, s implementation, group string) {
	l := perHour("look", 2)
	look, one := Take{Limit: l, Key: "k", Cost: 0}, Take{Limit: l, Key: "k", Cost: 1}
	for range 3 {
		if d := take(t, s, group, look); !d.Allowed || d.States[0].Remaining != 2 || d.States[0].Reset != 0 {
			t.Fatalf("looking at a full bucket: %+v", d)
		}
	}
	take(t, s, group, one)
	take(t, s, group, one)
	if d := take(t, s, group, look); d.Allowed || d.Denied != "look" || d.RetryAfter == 0 {
		t.Fatalf("looking at an empty bucket: %+v", d)
	}
	if d := take(t, s, group, look, Take{Limit: perHour("other", 2), Key: "k", Cost: 1}); d.Allowed || d.States[1].Remaining != 2 {
		t.Fatalf("a look that fails must hold back the charge beside it: %+v", d)
	}
}

func conformGiveBack(t *testing.T, s implementation, group string) {
	l, watched := perHour("give", 3), perHour("watched", 1)
	takes := []Take{{Limit: l, Key: "k", Cost: 3}, {Limit: watched, Key: "k", Cost: 0}}
	take(t, s, group, takes...)
	give(t, s, group, takes...)
	if d := take(t, s, group, takes...); !d.Allowed || d.States[0].Remaining != 0 || d.States[1].Remaining != 1 {
		t.Fatalf("after giving back: %+v", d)
	}
	for range 5 {
		give(t, s, group, takes...)
	}
	if d := take(t, s, group, takes...); !d.Allowed || d.States[0].Remaining != 0 {
		t.Fatalf("a bucket grew above its limit: %+v", d)
	}
	give(t, s, group, Take{Limit: l, Key: "never taken", Cost: 2})
	if d := take(t, s, group, Take{Limit: l, Key: "never taken", Cost: 1}); d.States[0].Remaining != 2 {
		t.Fatalf("a bucket grew above its limit: %+v", d)
	}
}

// Two users behind one address (one group), one user in two groups, and two limits on one key have nothing to do with each other.
func conformIndependence(t *testing.T, s implementation, group string) {
	address, user := perHour("address", 3), perHour("user", 1)
	from := func(name string) Decision {
		return take(t, s, group, Take{Limit: address, Key: "2001:db8::7", Cost: 1}, Take{Limit: user, Key: name, Cost: 1})
	}
	if d := from("zahra"); !d.Allowed {
		t.Fatalf("%+v", d)
	}
	if d := from("zahra"); d.Allowed || d.Denied != "user" {
		t.Fatalf("the first user's second request: %+v", d)
	}
	if d := from("reza"); !d.Allowed || d.States[0].Remaining != 1 {
		t.Fatalf("the second user pays for the first, or the address for a denied request: %+v", d)
	}
	if d := from("sara"); !d.Allowed {
		t.Fatalf("%+v", d)
	}
	if d := from("omid"); d.Allowed || d.Denied != "address" || d.States[1].Remaining != 1 {
		t.Fatalf("the address is used up, a new user is not: %+v", d)
	}
	if d := take(t, s, group+" elsewhere", Take{Limit: user, Key: "zahra", Cost: 1}); !d.Allowed {
		t.Fatalf("another group is another bucket: %+v", d)
	}
}

func conformRefill(t *testing.T, s implementation, group string) {
	l := Limit{Name: "refill", Requests: 2, Window: 2 * time.Second, OnFailure: FailOpen}
	if d := take(t, s, group, Take{Limit: l, Key: "k", Cost: 2}); !d.Allowed {
		t.Fatalf("%+v", d)
	}
	d := take(t, s, group, Take{Limit: l, Key: "k", Cost: 1})
	if d.Allowed || d.RetryAfter <= 0 || d.RetryAfter > time.Second {
		t.Fatalf("%+v", d)
	}
	s.sleep(d.RetryAfter)
	if d := take(t, s, group, Take{Limit: l, Key: "k", Cost: 1}); !d.Allowed {
		t.Fatalf("after the time that was asked for: %+v", d)
	}
	s.sleep(2100 * time.Millisecond)
	if d := take(t, s, group, Take{Limit: l, Key: "k", Cost: 0}); !d.Allowed || d.States[0].Remaining != 2 || d.States[0].Reset != 0 {
		t.Fatalf("after more than the window: %+v", d)
	}
}

func conformErrors(t *testing.T, s implementation, group string) {
	l := perHour("errors", 1)
	if d := take(t, s, group); !d.Allowed || len(d.States) != 0 {
		t.Fatalf("no takes: %+v", d)
	}
	if _, err := s.Take(context.Background(), "", []Take{{Limit: l, Key: "k", Cost: 1}}); err == nil {
		t.Fatal("a take without a group passed")
	}
	if err := s.Give(context.Background(), group, []Take{{Limit: l, Key: "k", Cost: 2}}); err == nil {
		t.Fatal("a cost above the limit was given back")
	}
}

func conformParallel(t *testing.T, s implementation, group string) {
	wide, narrow := perHour("wide", 100), perHour("narrow", 40)
	var admitted, mine atomic.Int64
	var wait sync.WaitGroup
	for worker := range 20 {
		wait.Go(func() {
			for range 10 {
				d, err := s.Take(context.Background(), group, []Take{{Limit: wide, Key: "all", Cost: 1}, {Limit: narrow, Key: "all", Cost: 1}})
				if err != nil {
					t.Error(err)
				}
				if d.Allowed {
					admitted.Add(1)
				}
				if d := take(t, s, group, Take{Limit: wide, Key: fmt.Sprint(worker), Cost: 1}); d.Allowed {
					mine.Add(1)
				}
			}
		})
	}
	wait.Wait()
	if admitted.Load() != 40 || mine.Load() != 200 {
		t.Fatalf("admitted %d of 200 under a limit of 40, and %d of 200 under none", admitted.Load(), mine.Load())
	}
	if d := take(t, s, group, Take{Limit: wide, Key: "all", Cost: 60}); !d.Allowed || d.States[0].Remaining != 0 {
		t.Fatalf("denied calls charged: %+v", d)
	}
}

// The extremes of numbers and names survive the wire.
func conformLongestName(t *testing.T, s implementation, group string) {
	l := Limit{Name: "n23456789-123456789-123456789-123456789-123456789-123456789-1234", Requests: maxRequests, Window: maxWindow, OnFailure: FailOpen}
	key := "کاربر\x00{}\r\n " + string(make([]byte, 5000))
	if d := take(t, s, group, Take{Limit: l, Key: key, Cost: maxRequests - 1}); !d.Allowed || d.States[0].Remaining != 1 {
		t.Fatalf("%+v", d)
	}
	if d := take(t, s, group, Take{Limit: l, Key: key, Cost: maxRequests}); d.Allowed || d.RetryAfter < maxWindow-time.Hour || d.RetryAfter > maxWindow {
		t.Fatalf("%+v", d)
	}
}

// windowed is a quota whose window is short enough to wait for. Its windows begin on whole multiples of it, so that a test which starts
// at the beginning of one has nearly all of it.
var windowed = Limit{Name: "windowed", Requests: 3, Window: 2 * time.Second, Quota: true, OnFailure: FailOpen}

// intoWindow waits until a window of windowed has just begun, and gives what a full bucket then says.
func intoWindow(t *testing.T, s implementation, group string) {
	t.Helper()
	one := Take{Limit: windowed, Key: "beginning", Cost: 1}
	if d := take(t, s, group, one); d.States[0].Reset > 0 {
		s.sleep(d.States[0].Reset)
	}
	d := take(t, s, group, one)
	if !d.Allowed || d.States[0].Remaining != 2 || d.States[0].Reset < 1500*time.Millisecond {
		t.Fatalf("a window has begun: %+v", d)
	}
}

func conformQuota(t *testing.T, s implementation, group string) {
	one := Take{Limit: windowed, Key: "k", Cost: 1}
	intoWindow(t, s, group)
	for want := 2; want >= 0; want-- {
		if d := take(t, s, group, one); !d.Allowed || d.States[0].Remaining != want || d.States[0].Requests != 3 || d.States[0].Reset > 2*time.Second {
			t.Fatalf("with %d to be left: %+v", want, d)
		}
	}
	d := take(t, s, group, one)
	if d.Allowed || d.Denied != "windowed" || d.RetryAfter != d.States[0].Reset || d.RetryAfter > 2*time.Second {
		t.Fatalf("the fourth: %+v", d)
	}
	if d := take(t, s, group, Take{Limit: windowed, Key: "k", Cost: 0}); d.Allowed {
		t.Fatalf("a look at a used up quota: %+v", d)
	}
	give(t, s, group, one)
	if d := take(t, s, group, one); !d.Allowed {
		t.Fatalf("after giving back: %+v", d)
	}
	s.sleep(d.RetryAfter)
	if d := take(t, s, group, Take{Limit: windowed, Key: "k", Cost: 3}); !d.Allowed || d.States[0].Remaining != 0 {
		t.Fatalf("the next window has all units at once: %+v", d)
	}
	s.sleep(d.RetryAfter)
	give(t, s, group, Take{Limit: windowed, Key: "k", Cost: 3})
	if d := take(t, s, group, Take{Limit: windowed, Key: "k", Cost: 0}); !d.Allowed || d.States[0].Remaining != 3 || d.States[0].Reset != 0 {
		t.Fatalf("units of an earlier window given back: %+v", d)
	}
}

func conformQuotaBesideRate(t *testing.T, s implementation, group string) {
	daily := Limit{Name: "daily", Requests: 2, Window: day, Quota: true, OnFailure: FailOpen}
	both := []Take{{Limit: perHour("rate", 10), Key: "k", Cost: 1}, {Limit: daily, Key: "k", Cost: 1}}
	for want := 1; want >= 0; want-- {
		if d := take(t, s, group, both...); !d.Allowed || d.States[1].Remaining != want || d.States[1].Reset > day {
			t.Fatalf("%+v", d)
		}
	}
	if d := take(t, s, group, both...); d.Allowed || d.Denied != "daily" || d.States[0].Remaining != 8 {
		t.Fatalf("%+v", d)
	}
	// The same name as a rate is another bucket: a number of one kind is never read as the other.
	if d := take(t, s, group, Take{Limit: perHour("daily", 2), Key: "k", Cost: 1}); !d.Allowed || d.States[0].Remaining != 1 {
		t.Fatalf("%+v", d)
	}
}

func conformDistinct(t *testing.T, s implementation, group string) {
	l := perHour("distinct", 3)
	of := func(key, item string) Take { return Take{Limit: l, Key: key, Cost: 1, Item: item} }
	for i, item := range []string{"a", "a", "b", "a", "b"} {
		if d := take(t, s, group, of("k", item)); !d.Allowed || d.States[0].Remaining != []int{2, 2, 1, 1, 1}[i] {
			t.Fatalf("%d: %+v", i, d)
		}
	}
	if d := take(t, s, group, of("another", "a")); d.States[0].Remaining != 2 {
		t.Fatalf("an item is known to one bucket alone: %+v", d)
	}
	if d := take(t, s, group, Take{Limit: perHour("beside", 1), Key: "k", Cost: 1, Item: "a"}, of("k", "c")); !d.Allowed || d.States[1].Remaining != 0 {
		t.Fatalf("%+v", d)
	}
	if d := take(t, s, group, of("k", "d")); d.Allowed || d.Denied != "distinct" {
		t.Fatalf("the fourth: %+v", d)
	}
	if d := take(t, s, group, of("k", "d")); d.Allowed {
		t.Fatalf("a denied item was marked: %+v", d)
	}
	if d := take(t, s, group, of("k", "c")); !d.Allowed {
		t.Fatalf("a known one tells nothing new: %+v", d)
	}
	// All or nothing holds for marks, too.
	if d := take(t, s, group, Take{Limit: perHour("beside", 1), Key: "k", Cost: 1, Item: "z"}, of("fresh", "x")); d.Allowed || d.Denied != "beside" {
		t.Fatalf("%+v", d)
	}
	if d := take(t, s, group, of("fresh", "x")); !d.Allowed || d.States[0].Remaining != 2 {
		t.Fatalf("the denied call marked an item: %+v", d)
	}
	give(t, s, group, of("fresh", "x"))
	if d := take(t, s, group, of("fresh", "y")); d.States[0].Remaining != 1 {
		t.Fatalf("what was seen was given back: %+v", d)
	}
}

// Whoever shows a pass that the bucket has granted is let through an empty bucket, costs nothing and gets nothing back; everybody else is counted as ever.
func conformPass(t *testing.T, s implementation, group string) {
	l := perHour("pass", 2)
	of := func(name string, grant time.Duration) Take {
		return Take{Limit: l, Key: "k", Cost: 1, Pass: Pass{Name: name, For: grant}}
	}
	left := func() int {
		return take(t, s, group, Take{Limit: l, Key: "k", Cost: 0, Pass: Pass{Name: "home"}}).States[0].Remaining
	}
	if d := take(t, s, group, of("home", 0)); !d.Allowed || d.States[0].Remaining != 1 {
		t.Fatalf("a pass that nobody has granted: %+v", d)
	}
	give(t, s, group, of("home", 0)) // given back, and not granted
	if d := take(t, s, group, of("home", 0)); !d.Allowed || d.States[0].Remaining != 1 {
		t.Fatalf("a pass that nobody has granted: %+v", d)
	}
	if d := take(t, s, group, of("home", time.Hour)); !d.Allowed || d.States[0].Remaining != 0 {
		t.Fatalf("no take grants: %+v", d)
	}
	give(t, s, group, of("home", time.Hour))
	for range 5 {
		if d := take(t, s, group, of("home", 0)); !d.Allowed || d.States[0].Remaining != 1 {
			t.Fatalf("a granted pass costs nothing: %+v", d)
		}
		give(t, s, group, of("home", 0))
		give(t, s, group, of("home", time.Hour))
	}
	if left() != 1 {
		t.Fatalf("who paid nothing got something back: %d are left", left())
	}
	if d := take(t, s, group, of("away", 0)); !d.Allowed || d.States[0].Remaining != 0 {
		t.Fatalf("another pass: %+v", d)
	}
	for name, denied := range map[string]Take{"another pass": of("away", 0), "none": {Limit: l, Key: "k", Cost: 1}} {
		if d := take(t, s, group, denied); d.Allowed || d.Denied != "pass" {
			t.Fatalf("%s: %+v", name, d)
		}
	}
	if d := take(t, s, group, of("home", 0)); !d.Allowed || d.States[0].Remaining != 0 {
		t.Fatalf("through an empty bucket: %+v", d)
	}
	if d := take(t, s, group, of("home", 0), Take{Limit: perHour("beside", 1), Key: "k", Cost: 1}); !d.Allowed || d.States[1].Remaining != 0 {
		t.Fatalf("through one bucket, counted by another: %+v", d)
	}
	if d := take(t, s, group, of("home", 0), Take{Limit: perHour("beside", 1), Key: "k", Cost: 1}); d.Allowed || d.Denied != "beside" {
		t.Fatalf("a pass is one bucket's: %+v", d)
	}
	if d := take(t, s, group, Take{Limit: l, Key: "another", Cost: 1, Pass: Pass{Name: "home"}}); d.States[0].Remaining != 1 {
		t.Fatalf("a pass is one key's: %+v", d)
	}
}

// A pass ends unless it is granted again, also in a quota.
func conformPassEnds(t *testing.T, s implementation, group string) {
	for _, l := range []Limit{perHour("ends", 5), {Name: "ends-quota", Requests: 5, Window: day, Quota: true, OnFailure: FailOpen}} {
		shown := Take{Limit: l, Key: "k", Cost: 1, Pass: Pass{Name: "home"}}
		granted := shown
		granted.Pass.For = time.Second
		take(t, s, group, shown)
		give(t, s, group, granted)
		s.sleep(700 * time.Millisecond)
		give(t, s, group, granted)
		s.sleep(700 * time.Millisecond)
		if d := take(t, s, group, shown); !d.Allowed || d.States[0].Remaining != 5 {
			t.Fatalf("%s: granted again: %+v", l.Name, d)
		}
		s.sleep(400 * time.Millisecond)
		if d := take(t, s, group, shown); !d.Allowed || d.States[0].Remaining != 4 {
			t.Fatalf("%s: after its end: %+v", l.Name, d)
		}
	}
}

// An item is forgotten with its window, and then counts again.
func conformDistinctInAQuota(t *testing.T, s implementation, group string) {
	intoWindow(t, s, group)
	short := Limit{Name: "short", Requests: 2, Window: time.Second, OnFailure: FailOpen}
	takes := []Take{{Limit: windowed, Key: "k", Cost: 1, Item: "a"}, {Limit: short, Key: "k", Cost: 1, Item: "a"}}
	for range 2 {
		if d := take(t, s, group, takes...); !d.Allowed || d.States[0].Remaining != 2 {
			t.Fatalf("%+v", d)
		}
	}
	s.sleep(2 * time.Second)
	if d := take(t, s, group, Take{Limit: windowed, Key: "k", Cost: 1, Item: "a"}, Take{Limit: short, Key: "k", Cost: 1, Item: "b"}); !d.Allowed || d.States[0].Remaining != 2 || d.States[1].Remaining != 1 {
		t.Fatalf("in the next window: %+v", d)
	}
	if d := take(t, s, group, Take{Limit: short, Key: "k", Cost: 1, Item: "a"}); !d.Allowed || d.States[0].Remaining != 0 {
		t.Fatalf("after its window: %+v", d)
	}
}

func conformSeveralDeny(t *testing.T, s implementation, group string) {
	takes := []Take{{Limit: perHour("one", 1), Key: "k", Cost: 1}, {Limit: perHour("many", 9), Key: "k", Cost: 1}, {Limit: Limit{Name: "slow", Requests: 1, Window: day, OnFailure: FailOpen}, Key: "k", Cost: 1}}
	take(t, s, group, takes...)
	d := take(t, s, group, takes...)
	if d.Allowed || d.Denied != "slow" || !slices.Equal(d.Violated, []string{"one", "slow"}) {
		t.Fatalf("%+v", d)
	}
	f := fault.Of(d.Err())
	if f == nil || f.Extra["limit"] != "slow" || !slices.Equal(f.Extra["violated-policies"].([]string), d.Violated) {
		t.Fatalf("%+v", f)
	}
}
