package ratelimit

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// trips is how many calls of the script Redis has had.
func trips(t *testing.T, r *Redis) int {
	t.Helper()
	found := regexp.MustCompile(`cmdstat_evalsha:calls=(\d+)`).FindStringSubmatch(r.client.Info(context.Background(), "commandstats").Val())
	if found == nil {
		return 0
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// refusing is a source on a hand-driven clock whose Redis has just refused one call. The clock goes for the age of refusals alone: Redis has its own.
func refusing(t *testing.T) (*Redis, *clock, Take) {
	t.Helper()
	c := newClock()
	r, err := OpenRedis(startRedis(t).URL(), c.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	one := Take{Limit: perHour("one", 2), Key: "k", Cost: 1}
	for i := range 3 {
		if d := take(t, r, "g", one); d.Allowed != (i < 2) {
			t.Fatalf("%d: %+v", i, d)
		}
	}
	return r, c, one
}

// TestRefusalsCostNoTrip asks on after a refusal: one trip for each half second, and headers that go on counting.
func TestRefusalsCostNoTrip(t *testing.T) {
	t.Parallel()
	r, c, one := refusing(t)
	before, last := trips(t, r), time.Hour
	for i := range 1000 {
		c.advance(time.Millisecond)
		d := take(t, r, "g", one)
		if d.Allowed || d.Denied != "one" || len(d.Violated) != 1 || d.States[0].Remaining != 0 || d.States[0].Requests != 2 {
			t.Fatalf("%d: %+v", i, d)
		}
		if i < 400 && (d.RetryAfter >= last || d.RetryAfter != d.States[0].Reset || d.RetryAfter < 29*time.Minute) {
			t.Fatalf("%d: after %s to wait %s: %+v", i, last, d.RetryAfter, d.States[0])
		}
		last = d.RetryAfter
	}
	if n := trips(t, r) - before; n != 2 {
		t.Errorf("a second of refusals made %d trips", n)
	}
}

// TestRefusalsEnd lets each thing happen that could let a call through, and expects Redis to be asked at once.
func TestRefusalsEnd(t *testing.T) {
	t.Parallel()
	wider := func(take Take) Take {
		take.Limit.Requests = 50
		return take
	}
	for name, x := range map[string]struct {
		happens func(*testing.T, *Redis, *clock, Take)
		ask     func(Take) Take
		allowed bool
	}{
		"given back":             {happens: func(t *testing.T, r *Redis, _ *clock, one Take) { give(t, r, "g", one) }, allowed: true},
		"an override":            {ask: wider},
		"another key":            {ask: func(take Take) Take { take.Key = "another"; return take }, allowed: true},
		"an item":                {ask: func(take Take) Take { take.Item = "i"; return take }},
		"a pass":                 {ask: func(take Take) Take { take.Pass.Name = "p"; return take }},
		"half a second":          {happens: func(_ *testing.T, _ *Redis, c *clock, _ Take) { c.advance(refusalLife) }},
		"the clock steps back":   {happens: func(_ *testing.T, _ *Redis, c *clock, _ Take) { c.advance(-time.Second) }},
		"nothing":                {},
		"another group's change": {happens: func(t *testing.T, r *Redis, _ *clock, one Take) { give(t, r, "another", one) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, c, one := refusing(t)
			if x.happens != nil {
				x.happens(t, r, c, one)
			}
			if x.ask != nil {
				one = x.ask(one)
			}
			before, fromMemory := trips(t, r), name == "nothing" || name == "another group's change"
			if d := take(t, r, "g", one); d.Allowed != x.allowed {
				t.Errorf("%+v", d)
			}
			if asked := trips(t, r) - before; asked != map[bool]int{true: 0, false: 1}[fromMemory] {
				t.Errorf("%d trips", asked)
			}
		})
	}
}

// TestRefusalsLastNoLongerThanTheWait asks again when the wait that was told is over.
func TestRefusalsLastNoLongerThanTheWait(t *testing.T) {
	t.Parallel()
	r := openRedis(t, startRedis(t).URL())
	one := Take{Limit: Limit{Name: "quick", Requests: 1, Window: 100 * time.Millisecond, OnFailure: FailOpen}, Key: "k", Cost: 1}
	for range 5 {
		for d := take(t, r, "g", one); !d.Allowed; d = take(t, r, "g", one) {
			time.Sleep(d.RetryAfter)
		}
		d := take(t, r, "g", one)
		if d.Allowed || d.RetryAfter > 100*time.Millisecond {
			t.Fatalf("%+v", d)
		}
		time.Sleep(d.RetryAfter)
		if d := take(t, r, "g", one); !d.Allowed {
			t.Fatalf("after the wait that was told: %+v", d)
		}
	}
}

// A refusal that was on its way while something was given back is not kept: Redis may have decided before.
func TestRefusalBesideAGiftIsNotKept(t *testing.T) {
	t.Parallel()
	r, one := refusals{now: time.Now}, []Take{{Limit: perHour("one", 1), Key: "k", Cost: 1}}
	told := refusal{time.Now(), time.Now().UnixMicro(), []int64{time.Now().Add(time.Hour).UnixMicro()}}
	_, _, given := r.recall("g", one)
	r.forget("g")
	r.remember("g", one, told, given)
	if _, refused, _ := r.recall("g", one); refused {
		t.Error("refused after something was given back")
	}
	_, _, given = r.recall("g", one)
	r.remember("g", one, told, given)
	if d, refused, _ := r.recall("g", one); !refused || d.Denied != "one" {
		t.Errorf("not remembered: %+v", d)
	}
}

// However many calls are refused, few are remembered.
func TestRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	r := refusals{now: time.Now}
	told := refusal{time.Now(), time.Now().UnixMicro(), []int64{time.Now().Add(time.Hour).UnixMicro()}}
	for i := range 3*maxRefusals + 5 {
		one := []Take{{Limit: perHour("one", 1), Key: fmt.Sprint(i), Cost: 1}}
		for range 2 {
			r.remember(fmt.Sprint("g", i%100), one, told, 0)
		}
		held := 0
		if i%512 == 0 || i > 3*maxRefusals {
			for _, calls := range r.groups {
				held += len(calls)
			}
			if held != r.count || held > maxRefusals || held == 0 {
				t.Fatalf("%d are held, %d counted", held, r.count)
			}
		}
	}
	if r.forget("g1"); len(r.groups["g1"]) != 0 || r.count < 0 || r.count > maxRefusals {
		t.Errorf("%d left", r.count)
	}
}
