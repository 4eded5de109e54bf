package api

import (
	"context"
	"slices"

	"mofasa/api/ratelimit"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
)

// errDelayed refuses a try after too many wrong ones, right or wrong.
var errDelayed = fault.Define(fault.RateLimited, "sign_in_delayed",
	"پس از چند تلاش نادرست، باید کمی صبر کنید و سپس دوباره وارد شوید. زمان انتظار با هر تلاش نادرست بیشتر می‌شود.",
	"After several wrong attempts, wait before you try again. The wait grows with each wrong attempt.")

// failureTake is one bucket of failures with whose it is.
type failureTake struct {
	ratelimit.Take
	by Subject
}

// delayed is the decision's error. Where failures refuse, it says so.
func delayed(d ratelimit.Decision, n counted) error {
	err := d.Err()
	if err == nil || d.Unavailable || !slices.ContainsFunc(n.failed, func(f failureTake) bool { return f.Limit.Name == d.Denied }) {
		return err
	}
	return errDelayed.With("limit", d.Denied).With("violated-policies", d.Violated).Retry(d.RetryAfter)
}

// settleFailures keeps what was charged for a wrong secret, and gives back what was charged for anything else. A failure is charged before the secret is looked at, so
// that many tries at once are no more than many tries in turn. Success forgives whoever signed in; the address it does not, or one good account would buy
// guesses at all others.
func (s *server) settleFailures(ctx context.Context, n counted, err error) {
	if len(n.failed) == 0 || wrongSecret(err) {
		return
	}
	back := make([]ratelimit.Take, len(n.failed))
	for i, f := range n.failed {
		back[i] = f.Take
		if err == nil && f.by != ByAddress {
			back[i].Cost = f.Limit.Requests
		}
	}
	if err := s.Limits.Give(context.WithoutCancel(ctx), n.group, back); err != nil {
		s.Log.WarnContext(ctx, "failures not given back", "error", err)
	}
}

// wrongSecret holds for a wrong password, code or client secret. A code that is missing is none: whoever is asked for it has shown the right password.
func wrongSecret(err error) bool {
	f := fault.Of(err)
	return f != nil && slices.Contains([]string{identity.ErrCredentials.Code, identity.ErrFactorInvalid.Code, identity.ErrClient.Code}, f.Code)
}
