// Package ratelimit decides whether one more request may go on. A request is held against several named limits at once,
// all or nothing, by GCRA (the generic cell rate algorithm of ITU-T I.371): in Redis in one round trip, or in this
// process while Redis is down. It knows no web framework; the api writes its decisions with WriteHeaders.
package ratelimit

import (
	"errors"
	"fmt"
	"regexp"
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
// In any stretch of time e it admits at most Requests + Requests×e/Window.
type Limit struct {
	Name      string        // ^[a-z][a-z0-9_-]{0,63}$; the policy name in the headers and a part of the Redis key
	Requests  int           // 1 to 1,000,000 units; also the burst
	Window    time.Duration // 1 ms to 31 days, at least 1 µs for each unit; whole seconds keep the headers exact
	OnFailure FailureMode
}

const (
	maxRequests = 1_000_000
	minWindow   = time.Millisecond
	maxWindow   = 31 * 24 * time.Hour
)

var limitName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)

// Validate names the first field of l that is out of its range; nil if none. A wrong limit is a programming error, not a fault.
func (l Limit) Validate() error {
	switch {
	case !limitName.MatchString(l.Name):
		return fmt.Errorf("ratelimit: name %q does not match %s", l.Name, limitName)
	case l.Requests < 1 || l.Requests > maxRequests:
		return fmt.Errorf("ratelimit: %s: requests %d is not within 1 to %d", l.Name, l.Requests, maxRequests)
	case l.Window < minWindow || l.Window > maxWindow:
		return fmt.Errorf("ratelimit: %s: window %s is not within %s to %s", l.Name, l.Window, minWindow, maxWindow)
	case l.Window.Microseconds() < int64(l.Requests):
		return fmt.Errorf("ratelimit: %s: window %s is under 1 µs for each of %d requests", l.Name, l.Window, l.Requests)
	case l.OnFailure != FailOpen && l.OnFailure != FailClosed:
		return fmt.Errorf("ratelimit: %s: on failure is neither open nor closed", l.Name)
	}
	return nil
}

// interval is the emission interval in microseconds, rounded up so that rounding never admits more than the limit says.
func (l Limit) interval() int64 {
	n := int64(l.Requests)
	return (l.Window.Microseconds() + n - 1) / n
}

// span is how far a bucket can run ahead of now, in microseconds: the time in which an empty one is full again.
func (l Limit) span() int64 { return l.interval() * int64(l.Requests) }

// Take asks a limit for Cost units of one key's bucket.
// Cost 0 only looks: nothing is charged, and it is denied if nothing is left. A cost above Limit.Requests is an error.
type Take struct {
	Limit Limit
	Key   string // whose bucket: a user, an address; hashed before it is stored
	Cost  int
}

func (t Take) check() error {
	if t.Key == "" {
		return fmt.Errorf("ratelimit: %s: the key is empty", t.Limit.Name)
	}
	if t.Cost < 0 || t.Cost > t.Limit.Requests {
		return fmt.Errorf("ratelimit: %s: cost %d is not within 0 to %d", t.Limit.Name, t.Cost, t.Limit.Requests)
	}
	return t.Limit.Validate()
}

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

// returned is takes with the costs negated and the looks left out: what to charge in order to give them back.
func returned(takes []Take) []Take {
	back := make([]Take, 0, len(takes))
	for _, t := range takes {
		if t.Cost > 0 {
			t.Cost = -t.Cost
			back = append(back, t)
		}
	}
	return back
}
