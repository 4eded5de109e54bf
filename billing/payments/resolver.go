package payments

import (
	"context"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// Lease is how long a resolver that took a payment may work on it before another may take it.
const Lease = 30 * time.Second

// RunResolver asks providers about every unfinished payment when its time comes, until ctx ends. It runs in as many processes as wanted.
func (s *Service) RunResolver(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		for {
			found, err := s.ResolveNext(ctx)
			if err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "resolver", "error", err)
			}
			if !found || err != nil {
				break
			}
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
