package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mofasa/api/ratelimit/localredis"
)

// patience is the timeout of tests in which Redis may be dead but a busy machine must not make it look slow.
const patience = 5 * time.Second

// reports collects what a fallback tells its operator.
type reports struct {
	mu   sync.Mutex
	seen []string
}

func (r *reports) add(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.seen = append(r.seen, "down")
	} else {
		r.seen = append(r.seen, "up")
	}
}

func (r *reports) are(want ...string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Equal(r.seen, want)
}

// admitted counts how many of n takes are allowed, and that all of them are degraded or none is.
func admitted(t *testing.T, s Source, n int, degraded bool, one Take) (allowed int) {
	t.Helper()
	for range n {
		d := take(t, s, "g", one)
		if d.Degraded != degraded {
			t.Fatalf("degraded: %v, want %v", d.Degraded, degraded)
		}
		if d.Allowed {
			allowed++
		}
	}
	return allowed
}

// Redis is killed and comes back empty in the middle of a run: each life of it admits one limit, the outage one share.
func TestFallbackKilledAndRestarted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, err := localredis.Start(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	c, told := newClock(), &reports{}
	f := NewFallback(openRedis(t, server.URL()), NewMemory(1000, c.now), 2, told.add)
	f.timeout = patience
	open := Take{Limit: perHour("open", 20), Key: "k", Cost: 1}
	shut := Take{Limit: Limit{Name: "shut", Requests: 20, Window: time.Hour, OnFailure: FailClosed}, Key: "k", Cost: 1}

	if n := admitted(t, f, 50, false, open); n != 20 {
		t.Fatalf("Redis admitted %d of 20", n)
	}
	if d := take(t, f, "g", shut); !d.Allowed || d.Degraded {
		t.Fatalf("%+v", d)
	}

	server.Kill()
	time.Sleep(refusalLife) // for which what Redis has just refused is still refused
	if n := admitted(t, f, 50, true, open); n != 5 {
		t.Fatalf("a quarter of 20 is 5, admitted %d", n)
	}
	d := take(t, f, "g", open)
	if d.States[0].Requests != 20 || d.States[0].Remaining != 0 || d.Unavailable {
		t.Fatalf("the policy that clients see must not change: %+v", d)
	}
	d = take(t, f, "g", open, shut)
	if d.Allowed || d.Denied != "shut" || !d.Unavailable || !d.Degraded || d.RetryAfter != time.Second || !errors.Is(d.Err(), ErrUnavailable) {
		t.Fatalf("a limit that fails closed: %+v", d)
	}
	c.advance(time.Second)
	if d := take(t, f, "g", shut); d.Allowed || !d.Unavailable {
		t.Fatalf("a probe of a dead Redis: %+v", d)
	}

	if server, err = localredis.Start(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	if n := admitted(t, f, 5, true, open); n != 0 {
		t.Fatalf("%d admitted before the probe", n)
	}
	awaitRedis(t, f, c, shut)
	if n := admitted(t, f, 50, false, open); n > 20 {
		t.Fatalf("the second life admitted %d of 20", n)
	}
	if !told.are("down", "up") {
		t.Fatalf("reports %v", told.seen)
	}
}

// awaitRedis lets pauses pass on the hand-driven clock until Redis decides again. The client itself may hold off dialling for a second.
func awaitRedis(t *testing.T, f *Fallback, c *clock, probe Take) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		c.advance(time.Second)
		if d := take(t, f, "g", probe); !d.Degraded {
			if !d.Allowed {
				t.Fatalf("%+v", d)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no recovery")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Processes over one Redis that freezes mid-run and keeps its memory: however many there are and however the requests are spread over
// them, all together admit at most limit × (1 + 1/processes).
func TestFallbackBoundsOverAdmission(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		processes, limit int
		first            int // requests of the first process alone before the outage; else all share them
	}{{1, 40, 0}, {2, 40, 0}, {3, 90, 0}, {4, 64, 0}, {4, 64, 64}, {8, 640, 640}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			t.Parallel()
			boundOverAdmission(t, c.processes, c.limit, c.first)
		})
	}
}

func boundOverAdmission(t *testing.T, processes, limit, first int) {
	server := startRedis(t)
	one := Take{Limit: perHour("open", limit), Key: "k", Cost: 1}
	sources, clocks := make([]*Fallback, processes), make([]*clock, processes)
	for i := range sources {
		clocks[i] = newClock()
		sources[i] = NewFallback(openRedis(t, server.URL()), NewMemory(1000, clocks[i].now), processes, nil)
	}
	var byRedis, locally atomic.Int64
	hammer := func(requests int, sources ...*Fallback) {
		var wait sync.WaitGroup
		for _, f := range sources {
			for range 2 {
				wait.Go(func() {
					for range requests {
						switch d := take(t, f, "g", one); {
						case d.Allowed && d.Degraded:
							locally.Add(1)
						case d.Allowed:
							byRedis.Add(1)
						}
					}
				})
			}
		}
		wait.Wait()
	}
	hammer(first, sources[0])
	hammer(limit/processes/4, sources...)
	server.Pause()
	time.Sleep(refusalLife) // for which what Redis has just refused is still refused
	hammer(limit, sources...)
	if got, want := locally.Load(), int64(processes*max(1, limit/processes/processes)); got != want {
		t.Errorf("without Redis %d were admitted, the processes' shares are %d", got, want)
	}
	server.Resume()
	for i, f := range sources {
		awaitRedis(t, f, clocks[i], Take{Limit: perHour("probe", 100), Key: "k", Cost: 1})
	}
	hammer(limit, sources...)
	server.Kill() // a second outage adds nothing: the local buckets are kept
	hammer(limit, sources...)
	total, bound := byRedis.Load()+locally.Load(), int64(limit+limit/processes)
	if total > bound || total <= int64(limit) {
		t.Errorf("%d admitted by %d processes under a limit of %d, the bound is %d", total, processes, limit, bound)
	}
}

// A frozen Redis costs one request the timeout, and then nobody until the next probe.
func TestFallbackSlowRedis(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	c := newClock()
	f := NewFallback(openRedis(t, server.URL()), NewMemory(1000, c.now), 1, nil)
	one := Take{Limit: perHour("open", 1000), Key: "k", Cost: 1}
	f.timeout = patience
	if d := take(t, f, "g", one); d.Degraded {
		t.Fatalf("%+v", d)
	}
	f.timeout = primaryTimeout
	server.Pause()
	for range 2 {
		began := time.Now()
		if d := take(t, f, "g", one); !d.Degraded || !d.Allowed {
			t.Fatalf("%+v", d)
		}
		if waited := time.Since(began); waited < primaryTimeout || waited > 10*primaryTimeout {
			t.Fatalf("the probe took %s", waited)
		}
		began = time.Now()
		admitted(t, f, 100, true, one)
		if waited := time.Since(began); waited > 5*primaryTimeout {
			t.Fatalf("100 requests beside an open circuit took %s", waited)
		}
		c.advance(time.Second)
	}
}

// A caller that hangs up says nothing about Redis.
func TestFallbackCallerGone(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	told := &reports{}
	f := NewFallback(openRedis(t, server.URL()), NewMemory(1000, time.Now), 1, told.add)
	f.timeout = patience
	one := Take{Limit: perHour("open", 10), Key: "k", Cost: 1}
	take(t, f, "g", one)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Take(gone, "g", []Take{one}); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	if err := f.Give(gone, "g", []Take{one}); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	server.Pause()
	hasty, cancel := context.WithTimeout(context.Background(), primaryTimeout/10)
	defer cancel()
	if _, err := f.Take(hasty, "g", []Take{one}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v", err)
	}
	server.Resume()
	if d := take(t, f, "g", one); d.Degraded || !told.are() {
		t.Fatalf("the circuit opened: %+v, %v", d, told.seen)
	}
}

func TestFallbackGivesBackLocally(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	server.Kill()
	f := NewFallback(openRedis(t, server.URL()), NewMemory(1000, newClock().now), 2, nil)
	one := Take{Limit: perHour("open", 2), Key: "k", Cost: 1}
	if d := take(t, f, "g", one); !d.Allowed {
		t.Fatalf("%+v", d)
	}
	give(t, f, "g", one)
	if n := admitted(t, f, 5, true, one); n != 1 {
		t.Fatalf("%d admitted, the share is 1", n)
	}
}

// Passes that were granted through this process are good while Redis is gone; buckets begin full.
func TestFallbackKeepsPasses(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	f := NewFallback(openRedis(t, server.URL()), NewMemory(1000, time.Now), 1, nil)
	shown := Take{Limit: perHour("guard", 1), Key: "k", Cost: 1, Pass: Pass{Name: "home"}}
	granted := shown
	granted.Pass.For = time.Hour
	if d := take(t, f, "g", shown); !d.Allowed || d.Degraded {
		t.Fatalf("%+v", d)
	}
	give(t, f, "g", granted)
	server.Kill()
	stranger := Take{Limit: perHour("guard", 1), Key: "k", Cost: 1, Pass: Pass{Name: "away"}}
	if n := admitted(t, f, 5, true, stranger); n != 1 {
		t.Fatalf("%d strangers admitted, the limit is 1", n)
	}
	if n := admitted(t, f, 5, true, shown); n != 5 {
		t.Fatalf("admitted %d of 5 with a pass", n)
	}
}

func TestFallbackShares(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	server.Kill()
	f := NewFallback(openRedis(t, server.URL()), NewMemory(1000, newClock().now), 10, nil)
	if n := admitted(t, f, 5, true, Take{Limit: perHour("small", 3), Key: "k", Cost: 1}); n != 1 {
		t.Fatalf("%d admitted; a share is never under one", n)
	}
	d := take(t, f, "g", Take{Limit: perHour("bulk", 50), Key: "k", Cost: 6})
	if d.Allowed || !d.Unavailable || d.Denied != "bulk" {
		t.Fatalf("a cost of 6 does not fit a share of 5: %+v", d)
	}
}

func TestCircuit(t *testing.T) {
	t.Parallel()
	c, clock := circuit{}, newClock()
	if !c.allows(clock.now()) || c.close() {
		t.Fatal("a new circuit is not closed")
	}
	if !c.open(clock.now()) || c.open(clock.now()) || c.allows(clock.now()) {
		t.Fatal("a failure does not open it, once")
	}
	clock.advance(primaryPause)
	if !c.allows(clock.now()) || c.allows(clock.now()) {
		t.Fatal("not exactly one caller probes")
	}
	clock.advance(-24 * time.Hour)
	if !c.allows(clock.now()) {
		t.Fatal("a clock that steps back keeps Redis away")
	}
	if !c.close() || c.close() || !c.allows(clock.now()) {
		t.Fatal("a success does not close it, once")
	}
}
