package ratelimit

import (
	"time"

	"mofasa/tenants/fault"
)

// ErrLimited refuses a request that is over one of its limits (429).
var ErrLimited = fault.Define(fault.RateLimited, "rate_limited",
	"تعداد درخواست‌های شما از حد مجاز بیشتر شده است؛ کمی بعد دوباره تلاش کنید.",
	"Too many requests; try again a little later.")

// ErrUnavailable refuses a request under a limit that fails closed, while it cannot be counted (503).
var ErrUnavailable = fault.Define(fault.Unavailable, "rate_limiter_unavailable",
	"این درخواست موقتاً پذیرفته نمی‌شود؛ چند ثانیهٔ دیگر دوباره تلاش کنید.",
	"This request cannot be accepted for the moment; try again in a few seconds.")

// State is one limit's bucket after a decision.
type State struct {
	Name      string
	Requests  int           // units in a full bucket
	Window    time.Duration // time that refills an empty bucket
	Remaining int           // whole units left, never negative
	Reset     time.Duration // until one more unit than Remaining is there; 0 if the bucket is full
}

// Decision answers one Take call. When it is not allowed, nothing was charged to any limit.
type Decision struct {
	Allowed     bool
	Denied      string        // name of the denying limit; of several, the one with the longest wait
	Violated    []string      // names of all denying limits, in the order of the takes
	States      []State       // in the order of the takes; empty when Unavailable
	RetryAfter  time.Duration // until the same call could be allowed; 0 if it is
	Degraded    bool          // decided without Redis
	Unavailable bool          // denied because a limit could not be counted, not because it is used up
}

// Err is nil for an allowed decision, else ErrLimited or ErrUnavailable with the time to come back. Both name the limits: "limit" is
// Denied, "violated-policies" all of them as in draft-ietf-httpapi-ratelimit-headers-11 §5.1.
func (d Decision) Err() error {
	named := func(f *fault.Error) error {
		return f.With("limit", d.Denied).With("violated-policies", d.Violated).Retry(d.RetryAfter)
	}
	switch {
	case d.Allowed:
		return nil
	case d.Unavailable:
		return named(ErrUnavailable)
	default:
		return named(ErrLimited)
	}
}
