package ratelimit

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

const (
	primaryTimeout = 150 * time.Millisecond // a request waits no longer than this for Redis
	primaryPause   = time.Second            // after a failure Redis is left alone for this long
)

// Fallback asks its primary source, and while that fails counts inside this process, against limits divided by the square of the
// number of processes: all processes together then add a share of 1/processes. Where one bucket would admit n, the primary and all
// processes together thus admit at most n × (1 + 1/processes), given at least one unit each. The local buckets outlive an outage, so a
// flapping primary adds nothing. Limits that fail closed are refused meanwhile.
type Fallback struct {
	primary   Source
	local     *Memory
	processes int
	timeout   time.Duration
	circuit   circuit
	report    func(error)
}

// NewFallback puts local behind primary. Processes (at least 1) is how many processes share primary. Report, if not nil,
// is told the private cause when primary is given up, and nil when it is back.
func NewFallback(primary Source, local *Memory, processes int, report func(error)) *Fallback {
	if report == nil {
		report = func(error) {}
	}
	return &Fallback{primary: primary, local: local, processes: max(processes, 1), timeout: primaryTimeout, report: report}
}

// Take charges all takes or none, and is Degraded when primary did not answer. It fails only on programming errors and when
// ctx ends, which is not held against primary.
func (f *Fallback) Take(ctx context.Context, group string, takes []Take) (Decision, error) {
	if err := check(group, takes); err != nil {
		return Decision{}, err
	}
	var d Decision
	answered, err := f.try(ctx, func(ctx context.Context) (err error) {
		d, err = f.primary.Take(ctx, group, takes)
		return err
	})
	if answered || err != nil {
		return d, err
	}
	return f.takeLocally(ctx, group, takes)
}

// Give returns the units to whichever source decides now. That may be another one than was charged: the request that
// gives them was not served, so the sum over both sources stays within the bound. The passes that it grants are known here, too: whoever came through this process
// keeps them while primary is down.
func (f *Fallback) Give(ctx context.Context, group string, takes []Take) error {
	if err := check(group, takes); err != nil {
		return err
	}
	answered, err := f.try(ctx, func(ctx context.Context) error { return f.primary.Give(ctx, group, takes) })
	if answered {
		f.local.know(group, takes)
	}
	if answered || err != nil {
		return err
	}
	f.local.charge(group, returned(f.shares(takes)))
	return nil
}

// try calls primary unless the circuit is open. Not answered without an error means: count locally.
func (f *Fallback) try(ctx context.Context, call func(context.Context) error) (answered bool, err error) {
	if !f.circuit.allows(f.local.now()) {
		return false, nil
	}
	bounded, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	err = call(bounded)
	switch {
	case err == nil:
		if f.circuit.close() {
			f.report(nil)
		}
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case hasty(ctx, bounded) && timedOut(err):
		return false, context.DeadlineExceeded
	}
	if f.circuit.open(f.local.now()) {
		f.report(err)
	}
	return false, nil
}

// hasty says that the caller's own deadline is the one that bounds the call. The connection may notice it before ctx does.
func hasty(caller, bounded context.Context) bool {
	own, ok := caller.Deadline()
	end, _ := bounded.Deadline()
	return ok && own.Equal(end)
}

func timedOut(err error) bool {
	var timeout net.Error // context.DeadlineExceeded is one, too
	return errors.As(err, &timeout) && timeout.Timeout()
}

// takeLocally refuses what this process cannot count: limits that fail closed, and a cost above its share.
func (f *Fallback) takeLocally(ctx context.Context, group string, takes []Take) (Decision, error) {
	shares := f.shares(takes)
	for i, t := range takes {
		if t.Limit.OnFailure == FailClosed || t.Cost > shares[i].Limit.Requests {
			return Decision{Denied: t.Limit.Name, Violated: []string{t.Limit.Name}, RetryAfter: primaryPause, Degraded: true, Unavailable: true}, nil
		}
	}
	d, err := f.local.Take(ctx, group, shares)
	d.Degraded = true
	for i := range d.States {
		// The policy that clients see stays the same; only what remains of it shrinks.
		d.States[i].Requests = takes[i].Limit.Requests
	}
	return d, err
}

// shares is takes with each limit divided by the square of the processes, at least one unit each.
func (f *Fallback) shares(takes []Take) []Take {
	shares := make([]Take, len(takes))
	for i, t := range takes {
		t.Limit.Requests = max(t.Limit.Requests/(f.processes*f.processes), 1)
		shares[i] = t
	}
	return shares
}

// circuit keeps requests away from a dead source: after a failure nobody calls it for primaryPause, then one caller probes.
// It holds the moment of the next probe in Unix microseconds, 0 while all is well.
type circuit struct{ probe atomic.Int64 }

// allows says whether this caller may call. A probe that lies further ahead than a pause stems from a clock that stepped back.
func (c *circuit) allows(now time.Time) bool {
	probe := c.probe.Load()
	if probe == 0 {
		return true
	}
	wait := probe - now.UnixMicro()
	if wait > 0 && wait <= primaryPause.Microseconds() {
		return false
	}
	return c.probe.CompareAndSwap(probe, now.Add(primaryPause).UnixMicro())
}

// open records a failure and says whether it is the first.
func (c *circuit) open(now time.Time) bool {
	return c.probe.Swap(now.Add(primaryPause).UnixMicro()) == 0
}

// close records a success and says whether it ends a failure.
func (c *circuit) close() bool { return c.probe.Load() != 0 && c.probe.Swap(0) != 0 }
