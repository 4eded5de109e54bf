package ratelimit

import (
	"fmt"
	"testing"
	"time"
)

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	c := newClock()
	m := NewMemory(100, c.now)
	l := perHour("l", 10)
	for i := range 1000 {
		take(t, m, "g", Take{Limit: l, Key: fmt.Sprint(i), Cost: 1})
		if len(m.buckets) > 100 {
			t.Fatalf("%d buckets", len(m.buckets))
		}
	}
	if len(m.buckets) != 100 {
		t.Fatalf("%d buckets", len(m.buckets))
	}
}

// A flood of new keys pushes out nearly full buckets before it reaches the one that is used up.
func TestMemoryEvictsTheFullest(t *testing.T) {
	t.Parallel()
	c := newClock()
	m := NewMemory(50, c.now)
	l := perHour("l", 10)
	take(t, m, "g", Take{Limit: l, Key: "attacker", Cost: 10})
	for i := range 5000 {
		take(t, m, "g", Take{Limit: l, Key: fmt.Sprint(i), Cost: 1})
	}
	if d := take(t, m, "g", Take{Limit: l, Key: "attacker", Cost: 1}); d.Allowed {
		t.Fatal("the bucket that was used up has been forgotten")
	}
}

func TestMemoryForgetsFullBuckets(t *testing.T) {
	t.Parallel()
	c := newClock()
	m := NewMemory(50, c.now)
	one := Take{Limit: perHour("l", 10), Key: "k", Cost: 1}
	take(t, m, "g", one)
	give(t, m, "g", one)
	give(t, m, "g", Take{Limit: one.Limit, Key: "stranger", Cost: 1})
	if len(m.buckets) != 0 {
		t.Fatalf("%d buckets", len(m.buckets))
	}
}

// A clock that steps back by a day locks nobody out for longer than the limit's own window.
func TestMemorySurvivesAClockThatStepsBack(t *testing.T) {
	t.Parallel()
	c := newClock()
	m := NewMemory(50, c.now)
	one := Take{Limit: perHour("l", 2), Key: "k", Cost: 1}
	take(t, m, "g", one)
	c.advance(-24 * time.Hour)
	d := take(t, m, "g", one)
	if d.Allowed || d.RetryAfter > time.Hour/2 {
		t.Fatalf("%+v", d)
	}
	c.advance(d.RetryAfter)
	if d := take(t, m, "g", one); !d.Allowed {
		t.Fatalf("after the time that was asked for: %+v", d)
	}
}
