package offices

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// Methods are the ways to pay that terms may name.
func Methods() []string { return []string{"gateway", "terminal", "deposit", "bank"} }

// Agreements is the life of an agreement: one person of the city proposes a change, a second one approves it, and the office's manager accepts the wording.
// An end needs no acceptance.
type Agreements struct {
	tx    *scope.Runner
	words vocabulary
	once  *scope.Key
}

// NewAgreements binds the use cases to their transactions and to the charges that terms may name.
func NewAgreements(tx *scope.Runner, charges []string) *Agreements {
	return &Agreements{tx: tx, words: vocabulary{charges: charges, methods: Methods()}}
}

// Once makes the next use case happen once per key.
func (a *Agreements) Once(key scope.Key) *Agreements {
	return &Agreements{tx: a.tx, words: a.words, once: &key}
}

// Propose stores a change that waits for a second person of the city. Errors: office_unknown (office), agreement_valid_from, agreement_valid_to, agreement_kind,
// agreement_charges, agreement_methods, agreement_fee_share, agreement_ceiling, agreement_text_version, agreement_text_unknown, agreement_reason, each with its
// field; agreement_nothing_to_end.
func (a *Agreements) Propose(ctx context.Context, in scope.Scope, c Change) (Proposal, error) {
	return inCity(ctx, a, in, func(tx *scope.Tx) (Proposal, error) {
		day, err := today(tx)
		if err != nil {
			return Proposal{}, err
		}
		c.Reason = strings.TrimSpace(c.Reason)
		if err := c.check(a.words, day); err != nil {
			return Proposal{}, err
		}
		if err := checkEndable(tx, c); err != nil {
			return Proposal{}, err
		}
		p := Proposal{ID: tx.NewID(), MunicipalityID: in.MunicipalityID(), Change: c, State: Proposed, ProposedBy: tx.Actor.ID, ProposedAt: tx.Now, ExpiresAt: tx.Now.Add(Lifetime)}
		if err := insertProposal(tx, p); err != nil {
			return Proposal{}, err
		}
		if err := askSecondPerson(tx, p); err != nil {
			return Proposal{}, err
		}
		if err := p.audit(tx, "agreement.proposed"); err != nil {
			return Proposal{}, err
		}
		return loadProposal(tx, p.ID)
	})
}

func checkEndable(tx *scope.Tx, c Change) error {
	if c.Kind != End {
		return nil
	}
	ends, err := endsLast(tx, c.OfficeID)
	if err == nil && ends {
		return errNothingToEnd
	}
	return err
}

func askSecondPerson(tx *scope.Tx, p Proposal) error {
	summary := fault.Text{FA: "تغییر توافق‌نامه با یک دفتر", EN: "Change the agreement with an office"}
	if p.Kind == End {
		summary = fault.Text{FA: "پایان توافق‌نامه با یک دفتر", EN: "End the agreement with an office"}
	}
	_, err := approvals.Open(tx, approvals.Request{Target: p.target(), Summary: summary, Payload: map[string]any{"proposal": p.ID, "office": p.OfficeID}, Reason: p.Reason, Life: Lifetime})
	return err
}

// target is what the second person decides about.
func (p *Proposal) target() approvals.Target {
	return approvals.Target{Kind: approvals.AgreementChange, ID: p.ID.String()}
}

// Approve is a second person's word on a proposal: terms are offered to the office, an end comes into force on its day. Errors: agreement_proposal_unknown,
// agreement_proposal_state, agreement_second_person, agreement_valid_from where the day of an end is past, agreement_meanwhile.
func (a *Agreements) Approve(ctx context.Context, in scope.Scope, id uuid.UUID) (Proposal, error) {
	return a.decide(ctx, in, id, func(tx *scope.Tx, p *Proposal) error {
		if err := p.expect(tx.Now, Proposed); err != nil {
			return err
		}
		if p.ProposedBy == tx.Actor.ID {
			return errSecondPerson
		}
		if _, err := approvals.DecideOn(tx, p.target(), approvals.Approve, ""); err != nil {
			return err
		}
		p.State, p.DecidedBy, p.DecidedAt = Approved, tx.Actor.ID, tx.Now
		return updateProposal(tx, *p)
	}, func(tx *scope.Tx, p *Proposal) error {
		if p.Kind != End {
			return nil
		}
		day, err := today(tx)
		if err != nil {
			return err
		}
		if p.ValidFrom.Before(day) {
			return errFrom.On("valid_from")
		}
		return insertAgreement(tx, *p, p.ValidFrom)
	})
}

// Refuse ends a proposal, or an offer that the office has not accepted; whoever made it takes it back by this. Errors: agreement_reason (remark),
// agreement_proposal_unknown, agreement_proposal_state.
func (a *Agreements) Refuse(ctx context.Context, in scope.Scope, id uuid.UUID, remark string) (Proposal, error) {
	return a.decide(ctx, in, id, func(tx *scope.Tx, p *Proposal) error {
		if !said(remark, 500) {
			return errWhy.On("remark")
		}
		if err := p.expect(tx.Now, Proposed, Approved, Expired); err != nil || p.Kind == End && p.State == Approved {
			return errProposalState.With("state", string(p.stateAt(tx.Now)))
		}
		if err := approvals.Close(tx, p.target(), remark); err != nil {
			return err
		}
		p.State, p.DecidedBy, p.DecidedAt, p.Remark = Refused, tx.Actor.ID, tx.Now, strings.TrimSpace(remark)
		return updateProposal(tx, *p)
	}, nil)
}

// decide locks a proposal of the city, changes it, and does what follows.
func (a *Agreements) decide(ctx context.Context, in scope.Scope, id uuid.UUID, change, follow func(*scope.Tx, *Proposal) error) (Proposal, error) {
	return inCity(ctx, a, in, func(tx *scope.Tx) (Proposal, error) {
		p, err := lockProposal(tx, id)
		if err != nil {
			return Proposal{}, err
		}
		if err := change(tx, &p); err != nil {
			return Proposal{}, err
		}
		if follow != nil {
			if err := follow(tx, &p); err != nil {
				return Proposal{}, err
			}
		}
		return p, p.audit(tx, "agreement."+string(p.State))
	})
}

// Accept is the office's word on approved terms, by their version of the text: they hold from their day on, or from today where that is past. Errors:
// agreement_proposal_unknown, agreement_proposal_state, agreement_other_text (text_version), agreement_valid_to where they would have ended, agreement_meanwhile.
func (a *Agreements) Accept(ctx context.Context, in scope.Scope, id uuid.UUID, version string) (Proposal, error) {
	if in.Kind() != scope.KindOffice {
		return Proposal{}, errHome
	}
	return once(ctx, a.tx, in, a.once, func(tx *scope.Tx) (Proposal, error) {
		p, err := lockProposal(tx, id)
		if err != nil {
			return Proposal{}, err
		}
		from, err := p.accept(tx, version)
		if err != nil {
			return Proposal{}, err
		}
		if err := checkLastWord(tx, p); err != nil {
			return Proposal{}, err
		}
		if err := updateProposal(tx, p); err != nil {
			return Proposal{}, err
		}
		if err := insertAgreement(tx, p, from); err != nil {
			return Proposal{}, err
		}
		return p, p.audit(tx, "agreement.accepted")
	})
}

// checkLastWord refuses an offer after which the city has said something else that came into force: an end, or other terms that the office has accepted.
func checkLastWord(tx *scope.Tx, p Proposal) error {
	overtaken, err := saidSince(tx, p)
	if err == nil && overtaken {
		err = errMeanwhile
	}
	return err
}

// accept takes the office's word and says from which day the terms hold.
func (p *Proposal) accept(tx *scope.Tx, version string) (from time.Time, err error) {
	day, err := today(tx)
	if err != nil {
		return day, err
	}
	from = p.ValidFrom
	if from.Before(day) {
		from = day
	}
	if err := p.expect(tx.Now, Approved); err != nil {
		return from, err
	}
	switch {
	case p.Kind != NewTerms:
		return from, errProposalState.With("state", string(p.State))
	case p.TextVersion != version:
		return from, errOtherText.On("text_version")
	case !p.ValidTo.IsZero() && !p.ValidTo.After(from):
		return from, errTo.On("valid_to")
	}
	p.State, p.AcceptedBy, p.AcceptedAt = Accepted, tx.Actor.ID, tx.Now
	return from, nil
}

// Proposals lists the proposals that the scope sees, newest first: a city's own, and what was approved for an office.
func (a *Agreements) Proposals(ctx context.Context, in scope.Scope) (list []Proposal, err error) {
	err = a.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = listProposals(tx)
		return err
	})
	return list, err
}

// Proposal reads one of them with its wording. Errors: agreement_proposal_unknown.
func (a *Agreements) Proposal(ctx context.Context, in scope.Scope, id uuid.UUID) (p Proposal, err error) {
	err = a.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		if p, err = loadProposal(tx, id); err != nil {
			return err
		}
		if p.TextVersion == "" {
			return nil
		}
		w, err := loadText(tx, p.MunicipalityID, p.TextVersion)
		p.TextFA = w.BodyFA
		return err
	})
	return p, err
}

// List names the agreements that the scope sees, past and to come, by municipality, office and number.
func (a *Agreements) List(ctx context.Context, in scope.Scope) (list []Agreement, err error) {
	err = a.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = listAgreements(tx)
		return err
	})
	return list, err
}

func (p *Proposal) audit(tx *scope.Tx, action string) error {
	return audit.Write(tx, audit.Record{Action: action, TargetKind: "agreement_proposal", TargetID: p.ID.String(), Municipality: p.MunicipalityID,
		Details: map[string]any{"municipality": p.MunicipalityID, "office": p.OfficeID, "kind": p.Kind, "text_version": p.TextVersion}})
}

func inCity[T any](ctx context.Context, a *Agreements, in scope.Scope, fn func(*scope.Tx) (T, error)) (answer T, err error) {
	if in.Kind() != scope.KindMunicipality {
		return answer, errHome
	}
	return once(ctx, a.tx, in, a.once, fn)
}
