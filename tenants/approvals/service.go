package approvals

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// Execute does what an approved request asks for, in the transaction of the decision; its error undoes the decision.
type Execute func(tx *scope.Tx, a Approval) error

// Service lists requests and decides about those kinds whose approval is carried out at once.
type Service struct {
	tx       *scope.Runner
	executes map[Kind]Execute
	refused  map[Kind]Execute
}

// NewService binds the use cases to their transactions. A kind without an entry is decided by the package of its subject alone.
func NewService(tx *scope.Runner, executes map[Kind]Execute) *Service {
	return &Service{tx: tx, executes: executes, refused: map[Kind]Execute{}}
}

// OnRefusal also does something when a request of a kind is refused, in the transaction of that decision. It is said once, before the service is used.
func (s *Service) OnRefusal(kind Kind, do Execute) *Service {
	s.refused[kind] = do
	return s
}

// Query narrows a list. Zero fields narrow nothing.
type Query struct {
	State  State
	Kind   Kind
	Before uuid.UUID // older than this one
	Limit  int       // 1–200; 0: 200
}

// MostListed bounds a list.
const MostListed = 200

// List reads the requests of a scope, newest first; the platform also sees those about roles at offices and in cities.
func (s *Service) List(ctx context.Context, in scope.Scope, q Query) (list []Approval, err error) {
	if q.Limit <= 0 || q.Limit > MostListed {
		q.Limit = MostListed
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = find(tx, q)
		return err
	})
	return list, err
}

// Pending reads what waits for a decision in a scope, newest first.
func (s *Service) Pending(ctx context.Context, in scope.Scope) ([]Approval, error) {
	return s.List(ctx, in, Query{State: Waiting})
}

// Get reads one request of a scope. Errors: approval_unknown.
func (s *Service) Get(ctx context.Context, in scope.Scope, id uuid.UUID) (a Approval, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		a, err = get(tx, id)
		return err
	})
	return a, err
}

// Decide takes a verdict and, on approval, carries the request out, in one transaction. Errors: those of Decide, those of the kind's own rule, and
// approval_elsewhere for a kind that is decided where its subject is.
func (s *Service) Decide(ctx context.Context, in scope.Scope, id uuid.UUID, v Verdict, remark string) (a Approval, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		if a, err = get(tx, id); err != nil {
			return err
		}
		execute := s.executes[a.Kind]
		if execute == nil {
			return errElsewhere.With("kind", string(a.Kind)).With("target", a.Target.ID)
		}
		if a, err = Decide(tx, id, v, remark); err != nil {
			return err
		}
		if a.State != Approved {
			execute = s.refused[a.Kind]
		}
		if execute == nil {
			return nil
		}
		if err := execute(tx, a); err != nil {
			return fmt.Errorf("carry out approval %s: %w", id, err)
		}
		return nil
	})
	return a, err
}
