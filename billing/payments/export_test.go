package payments

import (
	"context"

	"github.com/google/uuid"

	"mofasa/tenants/jobs"
)

// Sorted is an effect in its own order.
func Sorted(e Effect) Effect { return e.sorted() }

// WorkReversals does the reversals that are due.
func (s *Service) WorkReversals(ctx context.Context) error {
	_, err := jobs.WorkNext(ctx, s.tx, jobs.Of(s.reverse))
	return err
}

// ReverseRefund does the job of a request's reversal, whoever else does it.
func (s *Service) ReverseRefund(ctx context.Context, request uuid.UUID) error {
	_, err := s.reverseRefund(ctx, RefundReversal{request})
	return err
}
