// Package ratelimit decides whether one more request may go on. A request is held against several named limits at once,
// all or nothing, by GCRA (the generic cell rate algorithm of ITU-T I.371): in Redis in one round trip, or in this
// process while Redis is down. It knows no web framework; the api writes its decisions with WriteHeaders.
package ratelimit

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// FailureMode says what becomes of a limit that Redis cannot count. The zero value is invalid: each limit states its own.
type FailureMode int

// The failure modes of a limit.
const (
	FailOpen   FailureMode = iota + 1 // go on, counted inside this process against its share of the limit
	FailClosed                        // refuse until Redis counts again
)

// Limit is named data: at most Requests in one burst, refilled evenly over Window.
// In any stretch of time e it admits at most Requests + Requests×e/Window. A quota does not refill: each window of Tehran's
// clock, such as a day, has its own Requests.
type Limit struct {
	Name      string        // ^[a-z][a-z0-9_-]{0,63}$; the policy name in the headers and a part of the Redis key
	Requests  int           // 1 to 1,000,000 units; also the burst
	Window    time.Duration // 1 ms to 31 days, at least 1 µs for each unit; whole seconds keep the headers exact; of a quota a part of 24 h
	Quota     bool          // counted by whole windows, the first of which begins at midnight in Tehran
	OnFailure FailureMode
}

const (
	maxRequests = 1_000_000
	minWindow   = time.Millisecond
	maxWindow   = 31 * 24 * time.Hour
	day         = 24 * time.Hour
)

// tehran is what Tehran's clock is ahead of UTC, in microseconds: the same all year since daylight saving time was repealed in
// 1401 (IANA tzdata 2022b). Windows of quotas are reckoned by it on the counting server's clock.
const tehran = int64(3*time.Hour+30*time.Minute) / int64(time.Microsecond)

// isName holds for ^[a-z][a-z0-9_-]{0,63}$, which is asked of every take.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || i > 0 && ('0' <= c && c <= '9' || c == '_' || c == '-')) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// Validate names the first field of l that is out of its range; nil if none. A wrong limit is a programming error, not a fault.
func (l Limit) Validate() error {
	switch {
	case !isName(l.Name):
		return fmt.Errorf("ratelimit: name %q does not match ^[a-z][a-z0-9_-]{0,63}$", l.Name)
	case l.Requests < 1 || l.Requests > maxRequests:
		return fmt.Errorf("ratelimit: %s: requests %d is not within 1 to %d", l.Name, l.Requests, maxRequests)
	case l.Window < minWindow || l.Window > maxWindow:
		return fmt.Errorf("ratelimit: %s: window %s is not within %s to %s", l.Name, l.Window, minWindow, maxWindow)
	case l.Window.Microseconds() < int64(l.Requests):
		return fmt.Errorf("ratelimit: %s: window %s is under 1 µs for each of %d requests", l.Name, l.Window, l.Requests)
	case l.Quota && day%l.Window != 0:
		return fmt.Errorf("ratelimit: %s: a day is no multiple of the quota's window %s", l.Name, l.Window)
	case l.OnFailure != FailOpen && l.OnFailure != FailClosed:
		return fmt.Errorf("ratelimit: %s: on failure is neither open nor closed", l.Name)
	}
	return nil
}

// Take asks a limit for Cost units of one key's bucket.
// Cost 0 only looks: nothing is charged, and it is denied if nothing is left. A cost above Limit.Requests is an error.
// With an Item only distinct ones are charged: a take whose item was charged to this bucket within the window before (of a quota:
// within this window) is admitted and costs nothing.
type Take struct {
	Limit Limit
	Key   string // whose bucket: a user, an address; hashed before it is stored
	Cost  int
	Item  string // "" counts every take; hashed before it is stored, so what can be guessed must come hashed under a secret already
	Pass  Pass   // of somebody whom the bucket may know; never beside an Item
}

// Pass lets through whom a bucket knows: a take that shows a pass which the bucket has granted is admitted and costs nothing, and Give returns nothing for
// it. Any other take is counted.
type Pass struct {
	Name string        // "" shows none; hashed before it is stored
	For  time.Duration // heard by Give alone: grants the pass from now, at most 366 days; 0 leaves it as it is
}

// maxPass is the longest that a pass is granted for.
const maxPass = 366 * day

func (t Take) check() error {
	switch {
	case t.Key == "":
		return fmt.Errorf("ratelimit: %s: the key is empty", t.Limit.Name)
	case t.Cost < 0 || t.Cost > t.Limit.Requests:
		return fmt.Errorf("ratelimit: %s: cost %d is not within 0 to %d", t.Limit.Name, t.Cost, t.Limit.Requests)
	case t.Item != "" && t.Pass.Name != "":
		return fmt.Errorf("ratelimit: %s: an item and a pass", t.Limit.Name)
	case t.Pass.For < 0 || t.Pass.For > maxPass || t.Pass.For > 0 && t.Pass.Name == "":
		return fmt.Errorf("ratelimit: %s: a pass for %s", t.Limit.Name, t.Pass.For)
	}
	return t.Limit.Validate()
}

// mark is what is stored of the take beside its bucket: its item or its pass, "" for neither.
func (t Take) mark() string { return cmp.Or(t.Item, t.Pass.Name) }

// check finds the programming errors of one call. A limit may stand in it once: both of its buckets would carry one name in
// the headers, and two takes from the same bucket would each be judged without the other.
func check(group string, takes []Take) error {
	if group == "" {
		return errors.New("ratelimit: the group is empty")
	}
	for i, t := range takes {
		if err := t.check(); err != nil {
			return err
		}
		for _, earlier := range takes[:i] {
			if earlier.Limit.Name == t.Limit.Name {
				return fmt.Errorf("ratelimit: %s stands twice in one call", t.Limit.Name)
			}
		}
	}
	return nil
}

// returned is takes with the costs negated and the looks left out: what to charge in order to give them back, and the passes that this grants. Items stay
// charged: what was seen was seen.
func returned(takes []Take) []Take {
	back := make([]Take, 0, len(takes))
	for _, t := range takes {
		if t.Cost > 0 && t.Item == "" {
			t.Cost = -t.Cost
			back = append(back, t)
		}
	}
	return back
}
