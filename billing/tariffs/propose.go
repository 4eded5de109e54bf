package tariffs

import (
	"errors"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// Proposed reads the text of a city's proposal as Draft would, without asking which numbers are taken. Errors: those of Parse, tariff_authority.
func Proposed(municipality int, text []byte) (Version, error) {
	v, err := read(text, MunicipalAuthority(municipality))
	if err != nil {
		return Version{}, err
	}
	v.Number = 1
	v.ID = VersionID(v.Authority, v.FiscalYear, v.Number)
	return v, placed(v.Validate(), text)
}

// Propose brings a city's draft in line with what the platform proposes for it, in a transaction of the platform's scope, and gives the draft that stands for
// it, or Nil. standing is the draft of the proposal before, or Nil: while nobody has submitted it, it takes the new text, and without a proposal it is withdrawn;
// otherwise it stays as it is, and a new text becomes another draft. Whoever proposes is an editor of the draft, so two others bring it to publication.
// Errors: those of Legislation.Draft.
func Propose(tx *scope.Tx, municipality int, standing uuid.UUID, p *Proposal) (uuid.UUID, error) {
	if tx.Actor.Kind != scope.ActorPerson || tx.Actor.ID == uuid.Nil {
		return uuid.Nil, errNobody
	}
	city := *tx // the database goes on seeing the platform; the drafts' keys name the city
	city.Scope = scope.Municipality(municipality)
	old, err := unsubmitted(&city, standing)
	if err != nil {
		return uuid.Nil, err
	}
	if p == nil {
		return uuid.Nil, takeBack(&city, old)
	}
	v, err := nextVersion(&city, MunicipalAuthority(municipality), p.Text)
	if err != nil {
		return uuid.Nil, err
	}
	if old != nil && old.Version.FiscalYear == v.FiscalYear {
		if err := old.rewrite(v, tx.Actor.ID); err != nil {
			return uuid.Nil, err
		}
		if err := updateDraft(&city, old); err != nil {
			return uuid.Nil, err
		}
		return old.ID, record(tx, "tariff.revised", old, nil)
	}
	if err := takeBack(&city, old); err != nil {
		return uuid.Nil, err
	}
	draft := Draft{ID: tx.NewID(), Version: v, Reason: p.Reason, State: Drafted, Revision: 1, EditedBy: []uuid.UUID{tx.Actor.ID}, DraftedAt: tx.Now}
	if err := insertDraft(&city, &draft); err != nil {
		return uuid.Nil, err
	}
	return draft.ID, record(tx, "tariff.drafted", &draft, nil)
}

// unsubmitted locks a draft that may still be written; nil: there is none.
func unsubmitted(tx *scope.Tx, id uuid.UUID) (*Draft, error) {
	if id == uuid.Nil {
		return nil, nil
	}
	d, err := lockDraft(tx, id)
	if errors.Is(err, ErrDraftUnknown) || err == nil && d.State != Drafted {
		return nil, nil
	}
	return &d, err
}

// takeBack withdraws a draft whose proposal is gone.
func takeBack(tx *scope.Tx, d *Draft) error {
	if d == nil {
		return nil
	}
	d.State, d.Remark = Withdrawn, "the proposal was taken back"
	if err := updateDraft(tx, d); err != nil {
		return err
	}
	return record(tx, "tariff.withdrawn", d, nil)
}
