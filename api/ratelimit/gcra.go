package ratelimit

import "time"

// GCRA keeps one number for each bucket: the theoretical arrival time (TAT), the moment at which the bucket is full again.
// Times here are microseconds since 1970, below 2⁵³ so that Lua's numbers hold them exactly. take.lua computes the same.

// outcome is what one limit alone says.
type outcome struct {
	admitted bool
	tat      int64 // after the charge if admitted, else as it stood
	wait     int64 // microseconds until the cost fits; 0 if admitted
}

// decide holds cost units against a bucket. Cost 0 needs one unit and charges none; a negative cost gives back and is always admitted.
func decide(now, tat int64, l Limit, cost int) outcome {
	tat = clamp(now, tat, l)
	need := l.interval() * int64(max(cost, 1))
	if over := tat + need - (now + l.span()); cost >= 0 && over > 0 {
		return outcome{tat: tat, wait: over}
	}
	return outcome{admitted: true, tat: max(now, tat+l.interval()*int64(cost))}
}

// clamp reads a stored TAT as of now: never before now (the bucket is full), and never further ahead than an empty bucket.
// The second happens when a clock steps back or a limit's window is shortened; the clamped number is stored even by a denied
// call, or nobody would get in until the clock is back where it was.
func clamp(now, tat int64, l Limit) int64 { return min(max(tat, now), now+l.span()) }

// state reads a bucket as of now.
func state(now, tat int64, l Limit) State {
	tat = clamp(now, tat, l)
	room := now + l.span() - tat
	s := State{Name: l.Name, Requests: l.Requests, Window: l.Window, Remaining: int(room / l.interval())}
	if tat > now {
		s.Reset = micros(l.interval() - room%l.interval())
	}
	return s
}

// judge makes one decision of all takes. It returns the TATs to store, which are the old ones, clamped, unless every limit admits.
func judge(now int64, tats []int64, takes []Take) (Decision, []int64) {
	d := Decision{Allowed: true}
	after := make([]int64, len(takes))
	for i, t := range takes {
		o := decide(now, tats[i], t.Limit, t.Cost)
		after[i] = o.tat
		if !o.admitted && micros(o.wait) > d.RetryAfter {
			d.Allowed, d.Denied, d.RetryAfter = false, t.Limit.Name, micros(o.wait)
		}
	}
	d.States = make([]State, len(takes))
	for i, t := range takes {
		if !d.Allowed {
			after[i] = clamp(now, tats[i], t.Limit)
		}
		d.States[i] = state(now, after[i], t.Limit)
	}
	return d, after
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
