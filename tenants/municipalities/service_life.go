package municipalities

import (
	"context"
	"slices"
	"strings"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Service keeps the tenants: their life, their configurations, and what they take along at the end. Every method that writes is one transaction in the
// platform's scope with an audit row; whoever calls it has checked the person's permission.
type Service struct {
	tx   *scope.Runner
	laws Laws
}

// NewService binds the use cases to their transactions and to what knows the tariff part of a pack.
func NewService(tx *scope.Runner, laws Laws) *Service { return &Service{tx: tx, laws: laws} }

// Life is where a city stands and how it came there.
type Life struct {
	Tenant
	Moves []Move // oldest first
}

// List lists the cities that the scope is about: all for the platform, its own for a city.
func (s *Service) List(ctx context.Context, in scope.Scope) (found []Tenant, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		found, err = tenants(tx, 0)
		return err
	})
	return found, err
}

// Read tells where a city stands. Errors: tenant_unknown, also for a city that another one asks about.
func (s *Service) Read(ctx context.Context, in scope.Scope, code int) (life Life, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		life, err = lifeOf(tx, code)
		return err
	})
	return life, err
}

func lifeOf(tx *scope.Tx, code int) (Life, error) {
	tenant, err := tenantOf(tx, code)
	if err != nil {
		return Life{}, err
	}
	moves, err := moves(tx, code)
	return Life{Tenant: tenant, Moves: moves}, err
}

// MoveTo takes a city to another stage. Whatever asks about the city afterwards sees it there: nothing keeps the stage in memory. What is in flight stays so:
// an attempt to pay that was stored before a pause is captured. Closed is reached by Close alone.
// Errors: tenant_unknown, municipality_reason, municipality_stage, municipality_close_exports.
func (s *Service) MoveTo(ctx context.Context, in scope.Scope, code int, stage Stage, reason string) (life Life, err error) {
	if stage == Closed {
		return Life{}, errCloseExports.On("stage")
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		if err := moveTo(tx, code, stage, reason); err != nil {
			return err
		}
		life, err = lifeOf(tx, code)
		return err
	})
	return life, err
}

// moveTo locks the city's row, so that of two moves the second sees what the first has done.
func moveTo(tx *scope.Tx, code int, stage Stage, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return errStageReason.On("reason")
	}
	was, err := lockStage(tx, code)
	if err != nil {
		return err
	}
	if !slices.Contains(was.Next(), stage) {
		return errStage.On("stage").With("state", string(was))
	}
	if err := storeMove(tx, code, Move{Was: was, Stage: stage, Reason: reason}); err != nil {
		return err
	}
	return audit.Write(tx, audit.Record{Action: "municipality.moved", TargetKind: "municipality", TargetID: codeText(code), Municipality: code,
		Details: map[string]any{"was": was, "stage": stage, "reason": reason}})
}
