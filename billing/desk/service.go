package desk

import (
	"context"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// Service reads for an office's desk.
type Service struct{ tx *scope.Runner }

// NewService binds the service to its transactions.
func NewService(tx *scope.Runner) *Service { return &Service{tx: tx} }

// Search gives a page of the office's visits, the newest first; more tells whether older ones follow. Errors: visit_number (number).
func (s *Service) Search(ctx context.Context, office uuid.UUID, q Query) (page []Visit, more bool, err error) {
	if q.Number != "" {
		if q.paper, err = number(q.Number); err != nil {
			return nil, false, err
		}
	}
	err = s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) error {
		page, err = search(tx, office, q)
		return err
	})
	if more = len(page) > q.Limit; more {
		page = page[:q.Limit]
	}
	return page, more, err
}

// Timeline tells all that happened to a visit, from the inquiry to the certificate, the oldest first. Errors: visit_unknown.
func (s *Service) Timeline(ctx context.Context, office, order uuid.UUID) (events []Event, err error) {
	err = s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) error {
		events, err = timeline(tx, order)
		if err == nil && len(events) == 0 {
			err = errVisit
		}
		return err
	})
	return events, err
}

// Usage tells what each operator of the office has done on each day of a period: the newest day first, and only days on which somebody did something.
// Errors: usage_period, usage_period_long (to).
func (s *Service) Usage(ctx context.Context, office uuid.UUID, p Period) (list []Usage, err error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	err = s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) error {
		list, err = usage(tx, office, p)
		return err
	})
	return list, err
}
