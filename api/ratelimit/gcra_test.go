package ratelimit

import (
	"math/bits"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// epoch is 2026-11-20 in microseconds: the size of number that the program meets.
const epoch = int64(1_795_132_800_000_000)

func drawLimit(t *rapid.T) Limit {
	requests := rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(1, maxRequests)).Draw(t, "requests")
	least := max(minWindow.Microseconds(), int64(requests))
	window := rapid.OneOf(
		rapid.Int64Range(least, min(maxWindow.Microseconds(), least*50)),
		rapid.Int64Range(least, maxWindow.Microseconds()),
	).Draw(t, "window")
	return Limit{Name: "l", Requests: requests, Window: micros(window), OnFailure: FailOpen}
}

// drawAny is a limit of either kind.
func drawAny(t *rapid.T) Limit {
	if rapid.Bool().Draw(t, "rate") {
		return drawLimit(t)
	}
	l := Limit{Name: "l", Quota: true, OnFailure: FailOpen}
	l.Window = rapid.SampledFrom([]time.Duration{time.Millisecond, 5 * time.Millisecond, time.Second, time.Hour, 8 * time.Hour, day}).Draw(t, "window")
	l.Requests = rapid.IntRange(1, int(min(l.Window.Microseconds(), maxRequests))).Draw(t, "requests")
	return l
}

// A quota admits exactly its requests in each window of Tehran's clock, whatever the times and costs.
func TestQuotaHoldsInEachWindow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := drawAny(t)
		l.Quota, l.Window, l.Requests = true, time.Hour, rapid.IntRange(1, 10).Draw(t, "n")
		used, now, tat := map[int64]int{}, epoch, int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += rapid.Int64Range(0, 20*60*1_000_000).Draw(t, "pause")
			cost := rapid.IntRange(0, l.Requests).Draw(t, "cost")
			window := (now + tehran) / l.Window.Microseconds()
			fits := used[window]+max(cost, 1) <= l.Requests
			o := decide(now, tat, l, cost)
			if o.admitted != fits {
				t.Fatalf("%d used, %d asked of %d: admitted %v", used[window], cost, l.Requests, o.admitted)
			}
			if o.admitted {
				used[window] += cost
			} else if next := now + o.wait; (next+tehran)%l.Window.Microseconds() != 0 || o.wait <= 0 {
				t.Fatalf("the wait of %d µs does not end with the window", o.wait)
			}
			tat = o.tat
			if s := state(now, tat, l); s.Remaining != l.Requests-used[window] || (s.Reset == 0) != (used[window] == 0) {
				t.Fatalf("%+v with %d used", s, used[window])
			}
		}
	})
}

// The day of a daily quota begins at midnight in Tehran, in summer as in winter.
func TestDailyQuotaEndsAtMidnightInTehran(t *testing.T) {
	t.Parallel()
	tehranTime, err := time.LoadLocation("Asia/Tehran")
	if err != nil {
		t.Fatal(err)
	}
	l := Limit{Name: "daily", Requests: 1, Window: day, Quota: true, OnFailure: FailOpen}
	for _, month := range []time.Month{time.January, time.July} {
		evening := time.Date(2027, month, 10, 23, 59, 59, 0, tehranTime).UnixMicro()
		o := decide(evening, 0, l, 1)
		if !o.admitted {
			t.Fatal("the first of the day is refused")
		}
		if again := decide(evening, o.tat, l, 1); again.admitted || again.wait != 1_000_000 {
			t.Errorf("%s: %+v", month, again)
		}
		if tomorrow := decide(evening+1_000_000, o.tat, l, 1); !tomorrow.admitted {
			t.Errorf("%s: the next day is refused", month)
		}
	}
}

// In any stretch of time e, at most Requests + Requests×e/Window units are admitted.
func TestGCRANeverAdmitsMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t)
		if err := l.Validate(); err != nil {
			t.Fatal(err)
		}
		type admission struct{ at, units int64 }
		var admitted []admission
		now, tat := epoch, int64(0)
		pause := rapid.OneOf(rapid.Int64Range(0, 3*l.interval()), rapid.Int64Range(0, 2*l.span()))
		cost := rapid.OneOf(rapid.IntRange(0, min(3, l.Requests)), rapid.IntRange(0, l.Requests))
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += pause.Draw(t, "pause")
			units := cost.Draw(t, "cost")
			o := decide(now, tat, l, units)
			if o.admitted {
				admitted = append(admitted, admission{now, int64(units)})
			}
			tat = o.tat
		}
		window := l.Window.Microseconds()
		for i := range admitted {
			var sum int64
			for _, a := range admitted[i:] {
				sum += a.units
				// sum ≤ Requests + Requests×elapsed/window, multiplied out: no rounding.
				if elapsed := a.at - admitted[i].at; productAbove(sum, window, int64(l.Requests), window+elapsed) {
					t.Fatalf("%d units in %d µs under %d per %d µs", sum, elapsed, l.Requests, window)
				}
			}
		}
	})
}

// productAbove says whether a×b > c×d, in 128 bits, for numbers that are not negative.
func productAbove(a, b, c, d int64) bool {
	left, leftLow := bits.Mul64(uint64(a), uint64(b))
	right, rightLow := bits.Mul64(uint64(c), uint64(d))
	return left > right || left == right && leftLow > rightLow
}

// What state and decide promise comes true to the microsecond.
func TestGCRAKeepsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t)
		tat := epoch + rapid.Int64Range(-l.span(), 2*l.span()).Draw(t, "ahead")
		s := state(epoch, tat, l)
		if s.Remaining < 0 || s.Remaining > l.Requests || s.Reset < 0 || s.Reset > micros(l.interval()) {
			t.Fatalf("state %+v", s)
		}
		if s.Remaining > 0 && !decide(epoch, tat, l, s.Remaining).admitted {
			t.Fatal("what remains is refused")
		}
		if decide(epoch, tat, l, s.Remaining+1).admitted {
			t.Fatal("more than remains is admitted")
		}
		if (s.Reset == 0) != (s.Remaining == l.Requests) {
			t.Fatalf("reset %s with %d of %d left", s.Reset, s.Remaining, l.Requests)
		}
		if reset := s.Reset.Microseconds(); reset > 0 {
			before, after := state(epoch+reset-1, tat, l).Remaining, state(epoch+reset, tat, l).Remaining
			// A TAT beyond an empty bucket is read as an empty one at each moment, so it does not refill until it is within reach.
			if tat <= epoch+l.span() && (before != s.Remaining || after != s.Remaining+1) {
				t.Fatalf("remaining %d, then %d and %d around the reset", s.Remaining, before, after)
			}
		}
		cost := rapid.IntRange(0, l.Requests).Draw(t, "cost")
		if o := decide(epoch, tat, l, cost); !o.admitted && tat <= epoch+l.span() {
			if decide(epoch+o.wait-1, tat, l, cost).admitted || !decide(epoch+o.wait, tat, l, cost).admitted {
				t.Fatalf("wait %d µs is not exact", o.wait)
			}
		}
	})
}

func TestGCRAGivesBackWhatItTook(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := drawLimit(t)
		tat := epoch + rapid.Int64Range(0, l.span()).Draw(t, "ahead")
		cost := rapid.IntRange(1, l.Requests).Draw(t, "cost")
		taken := decide(epoch, tat, l, cost)
		if taken.admitted {
			if back := decide(epoch, taken.tat, l, -cost); back.tat != tat {
				t.Fatalf("%d after taking and giving %d, was %d", back.tat, cost, tat)
			}
		}
		if back := decide(epoch, tat, l, -l.Requests); !back.admitted || back.tat != epoch {
			t.Fatal("giving more than was taken does not leave exactly a full bucket")
		}
	})
}

func TestDecideByHand(t *testing.T) {
	t.Parallel()
	l := Limit{Name: "l", Requests: 60, Window: time.Minute, OnFailure: FailOpen}
	const second = int64(1_000_000)
	cases := []struct {
		name     string
		ahead    int64 // TAT - now
		cost     int
		admitted bool
		left     int64 // TAT - now afterwards
		wait     int64
	}{
		{"first", -second, 1, true, second, 0},
		{"last", 59 * second, 1, true, 60 * second, 0},
		{"one too many", 60 * second, 1, false, 60 * second, second},
		{"a microsecond early", 59*second + 1, 1, false, 59*second + 1, 1},
		{"all at once", 0, 60, true, 60 * second, 0},
		{"too many at once", 30 * second, 31, false, 30 * second, second},
		{"look at something", 59 * second, 0, true, 59 * second, 0},
		{"look at nothing", 60 * second, 0, false, 60 * second, second},
		{"the clock stepped back", 9000 * second, 1, false, 60 * second, second},
	}
	for _, c := range cases {
		o := decide(epoch, epoch+c.ahead, l, c.cost)
		if o.admitted != c.admitted || o.tat-epoch != c.left || o.wait != c.wait {
			t.Errorf("%s: %+v (TAT %+d)", c.name, o, o.tat-epoch)
		}
	}
}

// Of several denying limits the longest wait is told, or the client would come back only to be denied again.
func TestJudgeTellsTheLongestWait(t *testing.T) {
	t.Parallel()
	short := Limit{Name: "short", Requests: 1, Window: time.Second, OnFailure: FailOpen}
	long := Limit{Name: "long", Requests: 1, Window: time.Minute, OnFailure: FailOpen}
	open := Limit{Name: "open", Requests: 9, Window: time.Minute, OnFailure: FailOpen}
	takes := []Take{{Limit: short, Key: "k", Cost: 1}, {Limit: open, Key: "k", Cost: 1}, {Limit: long, Key: "k", Cost: 1}}
	tats := []int64{epoch + short.span(), epoch, epoch + long.span()}
	for range 2 {
		d, after := judge(epoch, tats, takes)
		if d.Allowed || d.Denied != "long" || d.RetryAfter != time.Minute {
			t.Fatalf("%+v", d)
		}
		if !slices.Equal(after, tats) || d.States[1].Remaining != 9 {
			t.Fatalf("a denied call charged: %v, %+v", after, d.States)
		}
		slices.Reverse(takes)
		slices.Reverse(tats)
	}
}
