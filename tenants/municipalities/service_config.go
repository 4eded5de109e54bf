package municipalities

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
)

// Plan is what applying a pack would do or has done.
type Plan struct {
	Created     bool // there was no such city; it begins as a draft
	Was         int  // the number of the configuration before
	Number      int  // the number of the one that holds now; Was, where nothing changes
	Changes     []Change
	TariffDraft uuid.UUID // stands for the pack's tariff part, or Nil
	Waiting     uuid.UUID // the request that a second person must approve before any of it holds, or Nil
	stage       Stage
}

// Application asks for a pack to be applied.
type Application struct {
	Pack   Pack
	Reason string
	Number *int // the configuration that the caller has read; nil: whichever it is
	Known  bool // refuse to create a city

	approved bool // by a second person
}

// Parse reads a pack from YAML or JSON, with what Laws know to be wrong. Errors: *PackError.
func (s *Service) Parse(text []byte) (Pack, error) { return ParsePack(text, s.laws.Check) }

// Config reads a city's configuration; number 0 stands for the newest. A city that was only imported has number 0. Errors: tenant_unknown,
// municipality_config_unknown.
func (s *Service) Config(ctx context.Context, in scope.Scope, code, number int) (found Config, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		if _, err := tenantOf(tx, code); err != nil {
			return err
		}
		found, err = loadConfig(tx, code, number)
		if number == 0 && errors.Is(err, errConfigUnknown) {
			found, err = current(tx, code)
		}
		return err
	})
	return found, err
}

// Configs lists a city's configurations, newest first, without their packs. Errors: tenant_unknown.
func (s *Service) Configs(ctx context.Context, in scope.Scope, code int) (list []Config, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		if _, err := tenantOf(tx, code); err != nil {
			return err
		}
		list, err = configs(tx, code)
		return err
	})
	return list, err
}

// Diff says what applying a pack would change of what holds now, and keeps nothing. Errors: tenant_unknown where known is set and there is no such city.
func (s *Service) Diff(ctx context.Context, in scope.Scope, p Pack, known bool) (plan Plan, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		plan, _, err = s.plan(tx, p, known)
		return err
	})
	return plan, err
}

// Apply makes a pack the city's newest configuration, and all of it holds at once, or none of it. A pack that changes nothing becomes no configuration. A city that is
// not there yet begins as a draft. The tariff part becomes a draft, never a version; the agreement template becomes the city's present text (offices.TakeTemplate). Where a city that has accounts and is no draft would get others, a second
// person must approve it first: the plan's Waiting names the request, which only a person can make (municipality_accounts_person, approval_pending).
// Errors: tenant_unknown, municipality_reason, municipality_closed_config, municipality_config_moved, municipality_bill_used; *PackError with
// municipality_name_taken or municipality_bill_taken; those of Laws.Draft.
func (s *Service) Apply(ctx context.Context, in scope.Scope, a Application) (plan Plan, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		plan, err = s.apply(tx, a, 0)
		return err
	})
	return plan, err
}

// Rollback makes a new configuration whose body is that of an older one, to the byte. Errors: municipality_config_unknown, and those of Apply.
func (s *Service) Rollback(ctx context.Context, in scope.Scope, code, to int, reason string) (plan Plan, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		if _, err := tenantOf(tx, code); err != nil {
			return err
		}
		if to < 1 {
			return errConfigUnknown.On("number")
		}
		old, err := loadConfig(tx, code, to)
		if err != nil {
			return err
		}
		plan, err = s.apply(tx, Application{Pack: old.Pack, Reason: reason, Known: true}, to)
		return err
	})
	return plan, err
}

func (s *Service) apply(tx *scope.Tx, a Application, restores int) (Plan, error) {
	a.Reason = strings.TrimSpace(a.Reason)
	if a.Reason == "" {
		return Plan{}, errStageReason.On("reason")
	}
	plan, now, err := s.plan(tx, a.Pack, a.Known)
	if err != nil {
		return Plan{}, err
	}
	if a.Number != nil && *a.Number != plan.Was {
		return Plan{}, errConfigMoved.On("number").With("number", plan.Was)
	}
	if len(plan.Changes) == 0 && plan.Was > 0 {
		return plan, recordConfig(tx, "municipality.config_kept", plan, a, restores)
	}
	if !a.approved && movesMoney(plan.stage, now, a.Pack) {
		return ask(tx, plan, a, restores)
	}
	if err := writeCity(tx, a.Pack); err != nil {
		return Plan{}, err
	}
	if plan.TariffDraft, err = s.draft(tx, now, a.Pack); err != nil {
		return Plan{}, err
	}
	plan.Number = plan.Was + 1
	if err := insertConfig(tx, Config{Number: plan.Number, Pack: a.Pack, Restores: restores, TariffDraft: plan.TariffDraft, Reason: a.Reason}); err != nil {
		return Plan{}, err
	}
	if err := offices.TakeTemplate(tx, a.Pack.Code, plan.Number, a.Pack.AgreementTemplate); err != nil {
		return Plan{}, err
	}
	return plan, recordConfig(tx, "municipality.configured", plan, a, restores)
}

func recordConfig(tx *scope.Tx, action string, plan Plan, a Application, restores int) error {
	return audit.Write(tx, audit.Record{Action: action, TargetKind: "municipality", TargetID: codeText(a.Pack.Code), Municipality: a.Pack.Code,
		Details: map[string]any{"number": plan.Number, "restores": restores, "changed": paths(plan.Changes), "reason": a.Reason}})
}

// plan holds the city's row, where there is one, and compares the pack with what holds now.
func (s *Service) plan(tx *scope.Tx, p Pack, known bool) (Plan, *Config, error) {
	stage, err := lockStage(tx, p.Code)
	if errors.Is(err, ErrUnknown) && !known {
		changes, err := differences(nil, &p)
		return Plan{Created: true, Changes: changes}, nil, err
	}
	if err != nil {
		return Plan{}, nil, err
	}
	if stage == Closed {
		return Plan{}, nil, errConfigClosed
	}
	now, err := current(tx, p.Code)
	if err != nil {
		return Plan{}, nil, err
	}
	changes, err := differences(&now.Pack, &p)
	if err != nil {
		return Plan{}, nil, err
	}
	if now.Pack.Bill != p.Bill {
		if err := unusedBill(tx, p.Code); err != nil {
			return Plan{}, nil, err
		}
	}
	return Plan{stage: stage, Was: now.Number, Number: now.Number, Changes: changes, TariffDraft: now.TariffDraft}, &now, nil
}

func (s *Service) draft(tx *scope.Tx, now *Config, p Pack) (uuid.UUID, error) {
	if s.laws.Draft == nil {
		return uuid.Nil, nil
	}
	change := TariffChange{Code: p.Code, Now: p.Tariff}
	if now != nil {
		change.Draft, change.Was = now.TariffDraft, now.Pack.Tariff
	}
	return s.laws.Draft(tx, change)
}
