package tariffs

import (
	"context"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// VersionQuery chooses published versions. Zero parts choose all; without a day the standing is that of today.
type VersionQuery struct {
	Authority  string
	FiscalYear calendar.FiscalYear
	On         calendar.Date
}

// Versions lists published versions by authority, fiscal year and number, with their standing on the day.
func (l *Legislation) Versions(ctx context.Context, s scope.Scope, q VersionQuery) (versions []PublishedVersion, err error) {
	err = l.tx.InTx(ctx, s, func(tx *scope.Tx) error {
		if versions, err = loadVersions(tx, q.Authority, q.FiscalYear); err != nil {
			return err
		}
		if q.On.IsZero() {
			q.On = calendar.DateOf(tx.Now)
		}
		stand(versions, q.On)
		return nil
	})
	return versions, err
}

// DraftQuery chooses drafts. Zero parts choose all that the scope sees: a city its own, the platform everybody's.
type DraftQuery struct {
	Authority  string
	FiscalYear calendar.FiscalYear
	State      DraftState
}

// Drafts lists drafts, newest first. Errors: tariff_draft_state for an unknown state.
func (l *Legislation) Drafts(ctx context.Context, s scope.Scope, q DraftQuery) (drafts []Draft, err error) {
	if q.State != "" && !q.State.Valid() {
		return nil, errDraftState.On("state")
	}
	err = l.tx.InTx(ctx, s, func(tx *scope.Tx) error {
		drafts, err = loadDrafts(tx, q)
		return err
	})
	return drafts, err
}

// Document is a published version, or a draft of one.
type Document struct {
	Version Version
	Draft   *Draft // nil for a published version
}

// Read gives the version behind a reference: the id of a published one ("national/1403/1") or of a draft.
// Errors: tariff_version_unknown, tariff_draft_unknown.
func (l *Legislation) Read(ctx context.Context, s scope.Scope, ref string) (doc Document, err error) {
	err = l.tx.InTx(ctx, s, func(tx *scope.Tx) error {
		doc, err = find(tx, ref)
		return err
	})
	return doc, err
}

// Diff lists what the second reference changes against the first; each is as Read takes it.
func (l *Legislation) Diff(ctx context.Context, s scope.Scope, before, after string) (changes []Change, err error) {
	err = l.tx.InTx(ctx, s, func(tx *scope.Tx) error {
		a, err := find(tx, before)
		if err != nil {
			return err
		}
		b, err := find(tx, after)
		if err != nil {
			return err
		}
		changes = Diff(a.Version, b.Version)
		return nil
	})
	return changes, err
}

// Problems says all that can be told to hinder the publication of a text today: where it cannot be read that alone, else the first
// fault of every part of it, of its day and of its lawfulness, each with the field and with "line" and "column". It stores nothing.
// version is what the text would become, with its id.
func (l *Legislation) Problems(ctx context.Context, s scope.Scope, text []byte) (version Version, problems []*fault.Error, err error) {
	authority, err := AuthorityOf(s)
	if err != nil {
		return version, nil, err
	}
	version, err = read(text, authority)
	if f := fault.Of(err); f != nil {
		return version, []*fault.Error{f}, nil
	}
	if err != nil {
		return version, nil, err
	}
	err = l.tx.InTx(ctx, s, func(tx *scope.Tx) error {
		book, err := loadYear(tx, version.FiscalYear, NationalAuthority, authority)
		if err != nil {
			return err
		}
		book.numbered(&version)
		problems = book.problems(&version, text, calendar.DateOf(tx.Now))
		return nil
	})
	return version, problems, err
}

func find(tx *scope.Tx, ref string) (Document, error) {
	if id, err := uuid.Parse(ref); err == nil {
		draft, err := loadDraft(tx, id)
		return Document{Version: draft.Version, Draft: &draft}, err
	}
	v, err := loadVersion(tx, ref)
	return Document{Version: v}, err
}
