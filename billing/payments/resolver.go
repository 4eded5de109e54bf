package payments

import (
	"cmp"
	"context"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/gateway"
	"mofasa/tenants/jobs"
	"mofasa/tenants/scope"
)

// Check is the job of asking about one payment until it is at its end. There is never a second one for a payment.
type Check struct {
	Payment uuid.UUID `json:"payment"`
}

// Kind is "payment_check".
func (Check) Kind() string { return "payment_check" }

// Lease is how long whoever took a check may work on it before another may take it.
const Lease = jobs.Rescue

// Jobs are the kinds of jobs that payments need done.
func (s *Service) Jobs() []jobs.Kind {
	return []jobs.Kind{jobs.Of(s.check), jobs.Of(s.reverse), jobs.Of(s.reverseRefund)}
}

// ResolveNext does the most overdue check by the clock of the service's transactions; false: none is due.
func (s *Service) ResolveNext(ctx context.Context) (bool, error) {
	return jobs.WorkNext(ctx, s.tx, jobs.Of(s.check))
}

// watch enqueues the check of an attempt that somebody else must report on.
func watch(tx *scope.Tx, p Payment) error {
	if p.Method != ByGateway && p.Method != ByTerminal {
		return nil
	}
	return jobs.Insert(tx, Check{p.ID}, tx.Now.Add(p.again(tx.Now, gateway.Windows{})))
}

// adoptEvery is how often payments are looked for that have no job.
const adoptEvery = 10 * time.Minute

// RunAdoption enqueues, at once and then every ten minutes until ctx ends, the checks that are missing: of attempts that a program without the queue began.
func (s *Service) RunAdoption(ctx context.Context) {
	ticker := time.NewTicker(adoptEvery)
	defer ticker.Stop()
	for {
		if err := s.Adopt(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "payments without a job", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Adopt enqueues the check of every unfinished payment that has none.
func (s *Service) Adopt(ctx context.Context) error {
	return s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		ids, err := unfinished(tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := jobs.Insert(tx, Check{id}, tx.Now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) check(ctx context.Context, c Check) (time.Duration, error) {
	p, err := s.Resolve(ctx, c.Payment)
	if err != nil || p.State.Final() && !p.unheard() {
		return 0, err
	}
	_, now, err := s.read(ctx, c.Payment)
	if err != nil {
		return 0, err
	}
	if p.unheard() {
		return s.hear(ctx, p, now)
	}
	return p.again(now, s.windows(ctx, p)), nil
}

// unheard holds for a payment that people decide about because nobody ever answered the claim of its money.
func (p Payment) unheard() bool {
	return p.State == Suspense && p.Reason == neverVerified && p.Method == ByGateway
}

// hear asks about a claim once more that stayed without an answer when every window was over: it may have been heard by a process that died, and then its money has to
// stand in suspense (I3). Nothing new is claimed so late; a day later the provider's settlement report is left.
func (s *Service) hear(ctx context.Context, p Payment, now time.Time) (time.Duration, error) {
	provider, err := s.providers.Of(ctx, p.Provider, p.Terminal)
	if err != nil {
		return 0, err
	}
	answer, askErr := provider.Verify(ctx, p.Reference, p.sale())
	s.warn(ctx, p, "verify", askErr)
	if askErr == nil && answer.State.Decides() {
		_, err = s.settle(ctx, p, verdict{state: Suspense, reason: p.Reason, answer: answer}.of("verify"))
		return 0, err
	}
	age := now.Sub(p.CreatedAt)
	if age > closes(provider.Limits().Windows)+Unheard {
		return 0, nil
	}
	return max(seldomest, age/oftener), nil
}

// windows are those of the payment's provider; zero where it has none, or is not known any more.
func (s *Service) windows(ctx context.Context, p Payment) gateway.Windows {
	if p.Method != ByGateway {
		return gateway.Windows{}
	}
	provider, err := s.providers.Of(ctx, p.Provider, p.Terminal)
	if err != nil {
		return gateway.Windows{}
	}
	return provider.Limits().Windows
}

// closes is how old a payment is when every window of its provider is surely over.
func closes(w gateway.Windows) time.Duration { return cmp.Or(w.Closed, Closed) }

// DecidedBy is when an unfinished payment is decided at the latest, whatever its provider says: it has failed, is captured, or is a matter for people. Zero: it is decided.
func (s *Service) DecidedBy(ctx context.Context, p Payment) time.Time {
	switch {
	case p.State.Final():
		return time.Time{}
	case p.Method == ByTerminal:
		return p.CreatedAt.Add(Silent)
	case p.Token == "":
		return p.CreatedAt.Add(opening)
	}
	return p.CreatedAt.Add(closes(s.windows(ctx, p)))
}

// Unheard is how long a provider is still asked about a claim that it has not answered, after every window is over.
const Unheard = 24 * time.Hour

const (
	soonest   = 2 * time.Second
	seldomest = 30 * time.Second
	oftener   = 10 // questions that fit into the shortest window, at least
)

// again is how long after now a payment is asked about once more; 0: never. The pause grows with the payment's age, from two seconds to half a minute or a tenth of the
// provider's shortest window. When nothing can be claimed any more it grows on, and the last question comes when every window is over.
func (p Payment) again(now time.Time, w gateway.Windows) time.Duration {
	age := now.Sub(p.CreatedAt)
	switch {
	case p.State.Final():
		return 0
	case p.Method == ByTerminal && now.Before(p.ExpiresAt):
		return p.ExpiresAt.Sub(now) + time.Second
	case p.Method == ByTerminal:
		return max(Silent-age, seldomest) + time.Second
	}
	pause := min(max(age, soonest), often(w))
	if over := age - max(w.Pay, Lifetime) - cmp.Or(w.Verify, Lifetime); over > 0 {
		pause = max(pause, over/4)
	}
	if left := closes(w) - age; left > 0 {
		pause = min(pause, left+time.Second)
	}
	return pause
}

// often is the longest pause while a window is open.
func often(w gateway.Windows) time.Duration {
	longest := seldomest
	for _, window := range []time.Duration{w.Pay, w.Inquire, w.Verify} {
		if window > 0 {
			longest = min(longest, window/oftener)
		}
	}
	return longest
}
