package ratelimit

import (
	"context"
	"sync"
	"time"
)

// evictionSample is how many buckets an eviction looks at: enough to find a nearly full one, few enough to cost nothing.
const evictionSample = 16

// Memory counts limits inside this process. It is safe for parallel use and holds at most a fixed number of buckets: one more
// evicts, of a random sample, the bucket that is nearest to full, since forgetting it gives away the least.
type Memory struct {
	now     func() time.Time
	bound   int
	mu      sync.Mutex
	buckets map[string]entry
}

// entry is what is stored under one key, as in Redis: a bucket's TAT or a mark, and when it is worth nothing more.
type entry struct{ number, ends int64 }

// NewMemory makes a source for at most buckets buckets (at least 1), about 160 bytes each, on the given clock.
func NewMemory(buckets int, now func() time.Time) *Memory {
	return &Memory{now: now, bound: max(buckets, 1), buckets: map[string]entry{}}
}

// Take charges all takes or none. It fails only on programming errors.
func (m *Memory) Take(_ context.Context, group string, takes []Take) (Decision, error) {
	if err := check(group, takes); err != nil {
		return Decision{}, err
	}
	return m.charge(group, takes), nil
}

// Give returns the units of an earlier allowed Take. It fails only on programming errors.
func (m *Memory) Give(_ context.Context, group string, takes []Take) error {
	if err := check(group, takes); err != nil {
		return err
	}
	m.charge(group, returned(takes))
	return nil
}

func (m *Memory) charge(group string, takes []Take) Decision {
	keys := keysOf(group, takes)
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now().UnixMicro()
	numbers := make([]int64, len(keys))
	for i, key := range keys {
		numbers[i] = m.buckets[key].number
	}
	d, after := judge(now, numbers, takes)
	for i, key := range keys {
		if after[i] == numbers[i] {
			continue
		}
		e := entry{number: after[i], ends: after[i]}
		if i < len(takes) {
			e.ends = takes[i].Limit.ends(now, after[i])
		}
		m.store(key, e, now)
	}
	return d
}

// know takes the passes over that a Give grants, and leaves the buckets alone.
func (m *Memory) know(group string, takes []Take) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	for _, t := range takes {
		if t.Pass.For > 0 {
			ends := now.Add(t.Pass.For).UnixMicro()
			m.store(keysOf(group, []Take{t})[1], entry{number: ends, ends: ends}, now.UnixMicro())
		}
	}
}

// store forgets a full bucket: it is worth no more than an unknown one.
func (m *Memory) store(key string, e entry, now int64) {
	if e.ends <= now {
		delete(m.buckets, key)
		return
	}
	if _, known := m.buckets[key]; !known && len(m.buckets) >= m.bound {
		m.evict()
	}
	m.buckets[key] = e
}

// evict relies on Go's random order of map iteration for its sample.
func (m *Memory) evict() {
	victim, least, seen := "", int64(0), 0
	for key, e := range m.buckets {
		if seen == 0 || e.ends < least {
			victim, least = key, e.ends
		}
		if seen++; seen == evictionSample {
			break
		}
	}
	delete(m.buckets, victim)
}
