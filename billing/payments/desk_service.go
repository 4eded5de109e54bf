package payments

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/approvals"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// remedyLife is how long a proposed remedy waits for a second person.
const remedyLife = 30 * 24 * time.Hour

// mostListed bounds a list of items.
const mostListed = 200

// Desk lists the items of the suspense desk that a scope sees, the newest first: the platform's all, an office's its own, a city's what came for its own bills.
func (s *Service) Desk(ctx context.Context, in scope.Scope, q DeskQuery) (list []Item, err error) {
	if q.Limit <= 0 || q.Limit > mostListed {
		q.Limit = mostListed
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = listItems(tx, q)
		return err
	})
	return list, err
}

// Item tells the story of an item in a scope that sees it, with the remedies that are possible now; to a city, how its own bills and books stand, and no more.
// Errors: suspense_unknown.
func (s *Service) Item(ctx context.Context, in scope.Scope, id uuid.UUID) (Tale, error) {
	var tale Tale
	err := s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		item, err := anItem(tx, id, false)
		if err != nil {
			return err
		}
		if in.Kind() == scope.KindMunicipality {
			tale, err = tellCity(tx, item)
			return err
		}
		tale, err = s.tell(ctx, tx, item.Source, item.SourceID, &item)
		return err
	})
	return tale, err
}

// reverseWindow is how long after a payment began its provider reverses it; 0: not at all.
func (s *Service) reverseWindow(ctx context.Context, p *Payment) time.Duration {
	if p == nil || p.Method != ByGateway || s.providers == nil {
		return 0
	}
	provider, err := s.providers.Of(ctx, p.Provider, p.Terminal)
	if err != nil || provider.Limits().ReverseBeforeClaim {
		return 0
	}
	return provider.Limits().Windows.Reverse
}

// errDry rolls a dry run back.
var errDry = errors.New("payments: a dry run changes nothing")

// DryRun carries a remedy out in a transaction that is rolled back, and says what it would have done. Errors: suspense_unknown, suspense_closed, suspense_under_way,
// remedy_impossible, remedy_unknown, remedy_iban, remedy_evidence, remedy_bill.
func (s *Service) DryRun(ctx context.Context, p Proposal) (Effect, error) {
	var effect Effect
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		if effect, err = s.remedy(ctx, tx, p); err != nil {
			return err
		}
		return errDry
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return effect, err
}

// remedy carries a proposal out; for one that needs the provider, as if it had said yes.
func (s *Service) remedy(ctx context.Context, tx *scope.Tx, p Proposal) (Effect, error) {
	if err := p.check(); err != nil {
		return Effect{}, err
	}
	m, err := s.remedyOf(tx, p)
	if err != nil {
		return Effect{}, err
	}
	if m.item.ApprovalID != uuid.Nil {
		return Effect{}, ErrUnderWay
	}
	window := s.reverseWindow(ctx, m.payment)
	if p.Remedy == Reverse {
		if _, possible := (Tale{Item: &m.item, Payment: m.payment}).needs(Reverse, tx.Now, window); !possible {
			return Effect{}, ErrRemedy
		}
		m.effect.Asks = true
		err = m.reversed(tx)
	} else {
		err = s.carryOut(tx, m, window)
	}
	if err != nil {
		return Effect{}, err
	}
	return m.account(tx)
}

// Propose asks a second person to let a remedy be carried out, once per Idempotency-Key. It is tried first: what a dry run refuses cannot be proposed. Errors: those of DryRun;
// approval_reason (reason), approval_pending.
func (s *Service) Propose(ctx context.Context, p Proposal, reason string, key scope.Key) (approvals.Approval, error) {
	effect, err := s.DryRun(ctx, p)
	if err != nil {
		return approvals.Approval{}, err
	}
	if err := p.check(); err != nil {
		return approvals.Approval{}, err
	}
	var asked approvals.Approval
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		asked, err = scope.Once(tx, key, func() (approvals.Approval, error) {
			item, err := anItem(tx, p.Item, true)
			if err != nil {
				return approvals.Approval{}, err
			}
			names, amount := p.Remedy.Names(), cmp.Or(item.Amount, p.Amount)
			return approvals.Open(tx, approvals.Request{Target: approvals.Target{Kind: approvals.SuspenseRemedy, ID: p.Item.String(), In: scope.Platform()},
				Summary: fault.Text{FA: fmt.Sprintf("میز مبالغ معلق، %d ریال (%s): %s", amount, item.Reason, names.FA), EN: fmt.Sprintf("Suspense of %d rial (%s): %s", amount, item.Reason, names.EN)},
				Payload: struct {
					Proposal
					Entries int `json:"entries"`
				}{p, len(effect.Entries)}, Reason: reason, Life: remedyLife})
		})
		return err
	})
	return asked, err
}

// Remedied carries an approved remedy out, in the transaction of the decision. One that needs the provider is enqueued, and carried out when it has said yes.
func (s *Service) Remedied(tx *scope.Tx, a approvals.Approval) error {
	var p Proposal
	if err := json.Unmarshal(a.Payload, &p); err != nil {
		return fmt.Errorf("read proposed remedy: %w", err)
	}
	if p.Remedy == Reverse {
		return s.askReversal(tx, p, a.ID)
	}
	_, err := s.finish(tx, p, a.ID)
	return err
}

// finish carries a remedy out and closes its item.
func (s *Service) finish(tx *scope.Tx, p Proposal, approval uuid.UUID) (Effect, error) {
	effect, err := s.remedy(tx.DB.Statement.Context, tx, p)
	if err != nil {
		return effect, err
	}
	if err := closeItem(tx, p.Item, p.Remedy, approval); err != nil {
		return effect, err
	}
	return effect, (&matter{item: Item{ID: p.Item}, proposal: p}).record(tx, approval, suspenseOf(effect))
}

// suspenseOf is what an effect takes out of suspense.
func suspenseOf(e Effect) (sum money.Rial) {
	for _, posted := range e.Entries {
		for _, line := range posted.Postings {
			if line.Account == ledger.Suspense && line.Amount > 0 {
				sum += line.Amount
			}
		}
	}
	return sum
}
