package payments

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// Lease is how long a resolver that took a payment may work on it before another may take it: longer than two calls of the provider.
const Lease = time.Minute

// resolvers work side by side in a process, so that one slow answer does not hold up the rest.
const resolvers = 4

// RunResolver asks providers about every unfinished payment when its time comes, until ctx ends. It runs in as many processes as wanted.
func (s *Service) RunResolver(ctx context.Context, every time.Duration) {
	var all sync.WaitGroup
	for range resolvers {
		all.Go(func() { s.resolveAll(ctx, every) })
	}
	all.Wait()
}

func (s *Service) resolveAll(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		found, err := s.ResolveNext(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "resolver", "error", err)
		}
		if found && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// ResolveNext takes the payment whose check is most overdue, if there is one, and resolves it.
func (s *Service) ResolveNext(ctx context.Context) (bool, error) {
	var due []uuid.UUID
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		due, err = takeDue(tx)
		return err
	})
	if err != nil || len(due) == 0 {
		return false, err
	}
	_, err = s.Resolve(ctx, due[0])
	return true, err
}
