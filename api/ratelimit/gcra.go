package ratelimit

import (
	"slices"
	"time"
)

// GCRA keeps one number for each bucket: the theoretical arrival time (TAT), the moment at which the bucket is full again. Times here
// are microseconds since 1970, below 2⁵³ so that Lua's numbers hold them exactly. A quota's number is read the same way from the
// beginning of its window instead of from now, and with one microsecond for each unit: beginning + units used. take.lua computes the same.

// interval is the emission interval in microseconds, rounded up so that rounding never admits more than the limit says.
func (l Limit) interval() int64 {
	if l.Quota {
		return 1
	}
	n := int64(l.Requests)
	return (l.Window.Microseconds() + n - 1) / n
}

// span is how far a bucket's number can run ahead of its base, in microseconds.
func (l Limit) span() int64 { return l.interval() * int64(l.Requests) }

// base is the number of a full bucket.
func (l Limit) base(now int64) int64 {
	if !l.Quota {
		return now
	}
	return now - (now+tehran)%l.Window.Microseconds()
}

// ends is when a bucket with this number is full again; now, if it is.
func (l Limit) ends(now, tat int64) int64 {
	switch base := l.base(now); {
	case tat <= base:
		return now
	case l.Quota:
		return base + l.Window.Microseconds()
	default:
		return tat
	}
}

// outcome is what one limit alone says.
type outcome struct {
	admitted bool
	tat      int64 // after the charge if admitted, else as it stood
	wait     int64 // microseconds until the cost fits; 0 if admitted
}

// decide holds cost units against a bucket. Cost 0 needs one unit and charges none; a negative cost gives back and is always admitted.
func decide(now, tat int64, l Limit, cost int) outcome {
	tat = clamp(now, tat, l)
	base, need := l.base(now), l.interval()*int64(max(cost, 1))
	over := tat + need - (base + l.span())
	switch {
	case cost < 0 || over <= 0:
		return outcome{admitted: true, tat: max(base, tat+l.interval()*int64(cost))}
	case l.Quota:
		return outcome{tat: tat, wait: l.ends(now, tat) - now}
	default:
		return outcome{tat: tat, wait: over}
	}
}

// clamp reads a stored TAT as of now: never before the base (the bucket is full), and never further ahead than an empty bucket.
// The second happens when a clock steps back or a limit's window is shortened; the clamped number is stored even by a denied
// call, or nobody would get in until the clock is back where it was.
func clamp(now, tat int64, l Limit) int64 {
	base := l.base(now)
	return min(max(tat, base), base+l.span())
}

// state reads a bucket as of now.
func state(now, tat int64, l Limit) State {
	tat = clamp(now, tat, l)
	base := l.base(now)
	room := base + l.span() - tat
	s := State{Name: l.Name, Requests: l.Requests, Window: l.Window, Remaining: int(room / l.interval())}
	switch {
	case tat <= base: // full
	case l.Quota:
		s.Reset = micros(l.ends(now, tat) - now)
	default:
		s.Reset = micros(l.interval() - room%l.interval())
	}
	return s
}

// judge makes one decision of all takes. Numbers are as stored for keys: the takes' TATs, then the ends of the marks of their items and passes.
// It returns the numbers to store: the old TATs, clamped, unless every limit admits.
func judge(now int64, numbers []int64, takes []Take) (Decision, []int64) {
	d := Decision{Allowed: true}
	after := slices.Clone(numbers)
	mark := len(takes)
	for i, t := range takes {
		after[i] = clamp(now, numbers[i], t.Limit)
		if t.mark() != "" {
			known := numbers[mark] > now
			if !known || t.Cost < 0 {
				after[mark] = t.markEnds(now, numbers[mark])
			}
			if mark++; known {
				continue
			}
		}
		o := decide(now, numbers[i], t.Limit, t.Cost)
		after[i] = o.tat
		d.hear(t.Limit.Name, o)
	}
	d.States = make([]State, len(takes))
	for i, t := range takes {
		if !d.Allowed {
			after[i] = clamp(now, numbers[i], t.Limit)
		}
		d.States[i] = state(now, after[i], t.Limit)
	}
	if !d.Allowed {
		copy(after[len(takes):], numbers[len(takes):])
	}
	return d, after
}

// hear adds what one limit says; the longest wait is told.
func (d *Decision) hear(name string, o outcome) {
	if o.admitted {
		return
	}
	d.Allowed, d.Violated = false, append(d.Violated, name)
	if wait := micros(o.wait); wait > d.RetryAfter {
		d.Denied, d.RetryAfter = name, wait
	}
}

// hold is how long the call lets the take's mark stand, in microseconds: from now, or where it is negative from the beginning of the quota's window. 0 leaves
// the mark alone.
func (t Take) hold() int64 {
	switch {
	case t.Cost < 0:
		return t.Pass.For.Microseconds()
	case t.Item == "" || t.Cost == 0:
		return 0
	case t.Limit.Quota:
		return -t.Limit.Window.Microseconds()
	default:
		return t.Limit.span()
	}
}

// markEnds is the number of the take's mark after an admitted call.
func (t Take) markEnds(now, before int64) int64 {
	switch hold := t.hold(); {
	case hold > 0:
		return now + hold
	case hold < 0:
		return t.Limit.base(now) - hold
	default:
		return before
	}
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
