package api

import (
	"context"
	"slices"
	"time"

	"mofasa/api/ratelimit"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
)

// errDelayed refuses a try after too many wrong ones, right or wrong.
var errDelayed = fault.Define(fault.RateLimited, "sign_in_delayed",
	"پس از چند تلاش نادرست، باید کمی صبر کنید و سپس دوباره وارد شوید. زمان انتظار با هر تلاش نادرست بیشتر می‌شود.",
	"After several wrong attempts, wait before you try again. The wait grows with each wrong attempt.")

// knownFor is how long an account is known at a network after it has signed in there.
const knownFor = 90 * 24 * time.Hour

// failures are the delays after wrong secrets. Each is a bucket that a failure takes one from; while it is empty, the next try waits until one is back: a minute after
// five failures, eight minutes after ten, an hour after twenty. Nobody waits for longer, so that nobody is shut out for good by somebody else's guesses.
func failures(whose string, by Subject) []LimitRule {
	return []LimitRule{
		failure("failures-"+whose+"-short", 5, 5*time.Minute, by),
		failure("failures-"+whose+"-long", 10, 80*time.Minute, by),
		failure("failures-"+whose+"-day", 20, 20*time.Hour, by),
	}
}

func failure(name string, requests int, window time.Duration, by Subject) LimitRule {
	return LimitRule{Limit: ratelimit.Limit{Name: name, Requests: requests, Window: window, OnFailure: ratelimit.FailOpen}, Subject: by, Cost: 1, Failure: true}
}

// failuresOfAccounts delay an account at the network from which it is guessed at, and nowhere else: a stranger does not keep its owner out. Guesses from many
// networks have a bound of their own, which holds back whoever comes from a network that the account has not signed in from lately; one network alone, or
// two, do not reach it.
func failuresOfAccounts(whose string) []LimitRule {
	anywhere := failure("failures-"+whose+"-anywhere", 100, 24*time.Hour, ByAccount)
	anywhere.Known = true
	return append(failures(whose, ByAccountAtNetwork), anywhere)
}

// failuresByAddress let a whole office mistype behind one address, but nobody go through a list of accounts, not by all the addresses of a network either. Whom
// the network knows is not held back by what else comes from it.
func failuresByAddress() []LimitRule {
	network := failure("failures-network-day", 600, 24*time.Hour, ByNetwork)
	network.Known = true
	return []LimitRule{failure("failures-address-short", 30, 15*time.Minute, ByAddress), failure("failures-address-day", 150, 24*time.Hour, ByAddress), network}
}

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
// that many tries at once are no more than many tries in turn. Success forgives whoever signed in, at the network where they did, and lets the account be known there; it
// does not forgive the address, or one good account would buy guesses at all others, nor what failed elsewhere.
func (s *server) settleFailures(ctx context.Context, n counted, err error) {
	if len(n.failed) == 0 || wrongSecret(err) {
		return
	}
	back := make([]ratelimit.Take, len(n.failed))
	for i, f := range n.failed {
		if back[i] = f.Take; err == nil {
			back[i] = f.forgiven()
		}
	}
	if err := s.Limits.Give(context.WithoutCancel(ctx), n.group, back); err != nil {
		s.Log.WarnContext(ctx, "failures not given back", "error", err)
	}
}

// forgiven is what success gives back.
func (f failureTake) forgiven() ratelimit.Take {
	t := f.Take
	if f.by == ByPerson || f.by == ByAccountAtNetwork {
		t.Cost = t.Limit.Requests
	}
	if t.Pass.Name != "" {
		t.Pass.For = knownFor
	}
	return t
}

// wrongSecret holds for a wrong password, code or client secret. A code that is missing is none: whoever is asked for it has shown the right password.
func wrongSecret(err error) bool {
	f := fault.Of(err)
	return f != nil && slices.Contains([]string{identity.ErrCredentials.Code, identity.ErrFactorInvalid.Code, identity.ErrClient.Code}, f.Code)
}
