package tariffs

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

var errNobody = errors.New("tariffs: a person must act")

// Legislation is the life of a tariff version: drafted and revised by one person, submitted, approved by a second one, published.
// Every method that writes is one transaction with an audit row, in the scope of the person who acts (scope.Actor of the context),
// and its errors name tariff_authority in a scope that has no tariff. Whoever calls it has checked the person's permission.
type Legislation struct {
	tx *scope.Runner
}

// NewLegislation binds the use cases to their transactions.
func NewLegislation(tx *scope.Runner) *Legislation { return &Legislation{tx: tx} }

// Proposal is the JSON text of a whole version and why it is wanted. Authority, number and id are derived: the scope's authority
// and its next number for the year.
type Proposal struct {
	Text   []byte
	Reason string
}

// Draft stores a proposal that is well formed; whether it is lawful Submit and Problems say. Errors: tariff_reason, those of Parse.
func (l *Legislation) Draft(ctx context.Context, s scope.Scope, p Proposal) (draft Draft, err error) {
	err = l.inAuthority(ctx, s, func(tx *scope.Tx, authority string) error {
		if p.Reason = strings.TrimSpace(p.Reason); p.Reason == "" {
			return errReason.On("reason")
		}
		v, err := nextVersion(tx, authority, p.Text)
		if err != nil {
			return err
		}
		draft = Draft{ID: tx.NewID(), Version: v, Reason: p.Reason, State: Drafted, Revision: 1, EditedBy: []uuid.UUID{tx.Actor.ID}, DraftedAt: tx.Now}
		if err := insertDraft(tx, &draft); err != nil {
			return err
		}
		return record(tx, "tariff.drafted", &draft, nil)
	})
	return draft, err
}

// Revise puts another text in the place of a draft's, which takes the next number of today. at.Revision must be the one that the editor
// has read. Errors: tariff_draft_unknown, tariff_draft_revision, tariff_draft_state, tariff_draft_year, those of Parse.
func (l *Legislation) Revise(ctx context.Context, s scope.Scope, at Target, text []byte) (Draft, error) {
	return l.move(ctx, s, at.ID, "tariff.revised", func(tx *scope.Tx, d *Draft) error {
		if err := d.expectRead(at, Drafted); err != nil {
			return err
		}
		v, err := nextVersion(tx, d.Version.Authority, text)
		if err != nil {
			return err
		}
		return d.rewrite(v, tx.Actor.ID)
	})
}

// Submit asks for the approval of a draft that could be published today. Errors: tariff_draft_unknown, tariff_draft_revision,
// tariff_draft_state; tariff_number_taken, tariff_gap, tariff_same_day, tariff_order, tariff_past; tariff_no_national, tariff_locked.
func (l *Legislation) Submit(ctx context.Context, s scope.Scope, at Target) (Draft, error) {
	return l.move(ctx, s, at.ID, "tariff.submitted", func(tx *scope.Tx, d *Draft) error {
		if err := d.expect(at, Drafted); err != nil {
			return err
		}
		d.State, d.SubmittedBy, d.SubmittedAt = Submitted, tx.Actor.ID, tx.Now
		if err := checkPublishable(tx, &d.Version); err != nil {
			return err
		}
		return d.askApproval(tx)
	})
}

// Approve is a second person's word that the draft may be published: not of its editors, not who submitted it, and not later than thirty days after that;
// then it must be given back and submitted anew. at.Revision must be the one that the person has read. Errors: tariff_second_person, approval_expired, and
// those of Submit.
func (l *Legislation) Approve(ctx context.Context, s scope.Scope, at Target) (Draft, error) {
	return l.move(ctx, s, at.ID, "tariff.approved", func(tx *scope.Tx, d *Draft) error {
		if err := d.expectRead(at, Submitted); err != nil {
			return err
		}
		if d.wroteOrSubmitted(tx.Actor.ID) {
			return errSecondPerson
		}
		d.State, d.DecidedBy, d.DecidedAt = Approved, tx.Actor.ID, tx.Now
		if err := checkPublishable(tx, &d.Version); err != nil {
			return err
		}
		_, err := approvals.DecideOn(tx, d.approval(), approvals.Approve, "")
		return err
	})
}

// GiveBack returns a submitted draft, or an approved one that cannot be published any more, to its editors with a remark.
// Errors: tariff_reason, tariff_draft_unknown, tariff_draft_revision, tariff_draft_state.
func (l *Legislation) GiveBack(ctx context.Context, s scope.Scope, at Target, remark string) (Draft, error) {
	return l.move(ctx, s, at.ID, "tariff.given_back", func(tx *scope.Tx, d *Draft) error {
		if remark = strings.TrimSpace(remark); remark == "" {
			return errReason.On("remark")
		}
		if err := d.expect(at, Submitted, Approved); err != nil {
			return err
		}
		d.State, d.DecidedBy, d.DecidedAt, d.Remark = Drafted, tx.Actor.ID, tx.Now, remark
		return approvals.Close(tx, d.approval(), remark)
	})
}

// Withdraw ends a draft that was not published. Errors: as GiveBack.
func (l *Legislation) Withdraw(ctx context.Context, s scope.Scope, at Target, remark string) (Draft, error) {
	return l.move(ctx, s, at.ID, "tariff.withdrawn", func(tx *scope.Tx, d *Draft) error {
		if remark = strings.TrimSpace(remark); remark == "" {
			return errReason.On("remark")
		}
		if err := d.expect(at, Drafted, Submitted, Approved); err != nil {
			return err
		}
		d.State, d.Remark = Withdrawn, remark
		return approvals.Close(tx, d.approval(), remark)
	})
}

// Publish makes an approved draft the authority's next version, if what is published at this moment still allows it: of two that
// took the same number one is published and the other refused. Errors: as Submit; national_id_unknown.
func (l *Legislation) Publish(ctx context.Context, s scope.Scope, at Target) (Publication, error) {
	var contradicts []Contradiction
	draft, err := l.move(ctx, s, at.ID, "tariff.published", func(tx *scope.Tx, d *Draft) error {
		if err := d.expect(at, Approved); err != nil {
			return err
		}
		if err := approvals.Known(tx); err != nil {
			return err
		}
		book, err := loadYear(tx, d.Version.FiscalYear)
		if err != nil {
			return err
		}
		today := calendar.DateOf(tx.Now)
		if err := book.publishable(&d.Version, today); err != nil {
			return err
		}
		contradicts = book.contradictions(&d.Version, today)
		if err := publishDraft(tx, d); err != nil {
			return err
		}
		d.State, d.PublishedBy, d.PublishedAt = Published, tx.Actor.ID, tx.Now
		return nil
	})
	return Publication{Draft: draft, Contradicts: contradicts}, err
}

// move locks a draft of the scope's authority, changes it, stores it and records that.
func (l *Legislation) move(ctx context.Context, s scope.Scope, id uuid.UUID, action string, change func(*scope.Tx, *Draft) error) (draft Draft, err error) {
	err = l.inAuthority(ctx, s, func(tx *scope.Tx, _ string) error {
		if draft, err = lockDraft(tx, id); err != nil {
			return err
		}
		was := draft.State
		if err := change(tx, &draft); err != nil {
			return err
		}
		if err := updateDraft(tx, &draft); err != nil {
			return err
		}
		return record(tx, action, &draft, map[string]any{"was": was})
	})
	return draft, err
}

func (l *Legislation) inAuthority(ctx context.Context, s scope.Scope, fn func(tx *scope.Tx, authority string) error) error {
	authority, err := AuthorityOf(s)
	if err != nil {
		return err
	}
	return l.tx.InTx(ctx, s, func(tx *scope.Tx) error {
		if tx.Actor.Kind != scope.ActorPerson || tx.Actor.ID == uuid.Nil {
			return errNobody
		}
		return fn(tx, authority)
	})
}

// nextVersion reads a text as the authority's next version of its year, and checks that it is well formed.
func nextVersion(tx *scope.Tx, authority string, text []byte) (Version, error) {
	v, err := read(text, authority)
	if err != nil {
		return Version{}, err
	}
	book, err := loadYear(tx, v.FiscalYear, authority)
	if err != nil {
		return Version{}, err
	}
	book.numbered(&v)
	return v, placed(v.Validate(), text)
}

func checkPublishable(tx *scope.Tx, v *Version) error {
	book, err := loadYear(tx, v.FiscalYear, NationalAuthority, v.Authority)
	if err != nil {
		return err
	}
	return book.publishable(v, calendar.DateOf(tx.Now))
}

func record(tx *scope.Tx, action string, d *Draft, more map[string]any) error {
	details := map[string]any{"version": d.Version.ID, "revision": d.Revision}
	for key, value := range more {
		details[key] = value
	}
	return audit.Write(tx, audit.Record{Action: action, TargetKind: "tariff_draft", TargetID: d.ID.String(), Details: details})
}
