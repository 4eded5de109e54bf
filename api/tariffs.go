package api

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
)

// ListTariffVersions shows what is published, and where it stands today.
func (s *server) ListTariffVersions(ctx context.Context, r gen.ListTariffVersionsRequestObject) (gen.ListTariffVersionsResponseObject, error) {
	found, err := s.Tariffs.Versions(ctx, scopeOf(ctx), tariffs.VersionQuery{Authority: given(r.Params.Authority), FiscalYear: calendar.FiscalYear(given(r.Params.FiscalYear))})
	if err != nil {
		return nil, err
	}
	list := make([]gen.TariffVersionSummary, 0, len(found))
	for i := range found {
		list = append(list, versionView(&found[i]))
	}
	return gen.ListTariffVersions200JSONResponse{Versions: list}, nil
}

// GetTariffVersion shows one published version.
func (s *server) GetTariffVersion(ctx context.Context, r gen.GetTariffVersionRequestObject) (gen.GetTariffVersionResponseObject, error) {
	year := calendar.FiscalYear(r.FiscalYear)
	found, err := s.Tariffs.Versions(ctx, scopeOf(ctx), tariffs.VersionQuery{Authority: r.Authority, FiscalYear: year})
	if err != nil {
		return nil, err
	}
	for i := range found {
		if found[i].Number != r.Number {
			continue
		}
		body, err := documentView(found[i].Version)
		return gen.GetTariffVersion200JSONResponse{Summary: versionView(&found[i]), Version: body}, err
	}
	return nil, tariffs.ErrVersionUnknown
}

// DiffTariffs compares two versions or drafts.
func (s *server) DiffTariffs(ctx context.Context, r gen.DiffTariffsRequestObject) (gen.DiffTariffsResponseObject, error) {
	changes, err := s.Tariffs.Diff(ctx, scopeOf(ctx), r.Params.Before, r.Params.After)
	if err != nil {
		return nil, err
	}
	answer := gen.DiffTariffs200JSONResponse{Before: r.Params.Before, After: r.Params.After, Changes: []gen.TariffChange{}}
	for _, c := range changes {
		answer.Changes = append(answer.Changes, gen.TariffChange{Kind: gen.TariffChangeKind(c.Kind), Path: c.Path, Before: optional(c.Before), After: optional(c.After), Text: textView(c.Text)})
	}
	return answer, nil
}

// ValidateTariff says what hinders the publication of a text.
func (s *server) ValidateTariff(ctx context.Context, r gen.ValidateTariffRequestObject) (gen.ValidateTariffResponseObject, error) {
	_, problems, err := s.Tariffs.Problems(ctx, scopeOf(ctx), *r.Body)
	if err != nil {
		return nil, err
	}
	answer := gen.ValidateTariff200JSONResponse{Valid: len(problems) == 0, Problems: []gen.TariffProblem{}}
	for _, f := range problems {
		answer.Problems = append(answer.Problems, tariffProblemView(f))
	}
	return answer, nil
}

// ListTariffDrafts shows what is proposed, newest first.
func (s *server) ListTariffDrafts(ctx context.Context, r gen.ListTariffDraftsRequestObject) (gen.ListTariffDraftsResponseObject, error) {
	authority, err := tariffs.AuthorityOf(scopeOf(ctx))
	if err != nil {
		return nil, err
	}
	found, err := s.Tariffs.Drafts(ctx, scopeOf(ctx), tariffs.DraftQuery{Authority: authority, State: tariffs.DraftState(given(r.Params.State))})
	if err != nil {
		return nil, err
	}
	list := make([]gen.TariffDraft, len(found))
	for i := range found {
		if list[i], err = draftView(found[i]); err != nil {
			return nil, err
		}
	}
	return gen.ListTariffDrafts200JSONResponse{Drafts: list}, nil
}

// GetTariffDraft shows one draft.
func (s *server) GetTariffDraft(ctx context.Context, r gen.GetTariffDraftRequestObject) (gen.GetTariffDraftResponseObject, error) {
	found, err := s.Tariffs.Read(ctx, scopeOf(ctx), r.DraftId.String())
	if err != nil {
		return nil, err
	}
	view, err := draftView(*found.Draft)
	return gen.GetTariffDraft200JSONResponse(view), err
}

// CreateTariffDraft stores a proposal.
func (s *server) CreateTariffDraft(ctx context.Context, r gen.CreateTariffDraftRequestObject) (gen.CreateTariffDraftResponseObject, error) {
	view, err := drafted(s.Tariffs.Draft(ctx, scopeOf(ctx), tariffs.Proposal{Text: r.Body.Version, Reason: r.Body.Reason}))
	return gen.CreateTariffDraft201JSONResponse(view), err
}

// ReviseTariffDraft puts another text in a draft's place.
func (s *server) ReviseTariffDraft(ctx context.Context, r gen.ReviseTariffDraftRequestObject) (gen.ReviseTariffDraftResponseObject, error) {
	view, err := drafted(s.Tariffs.Revise(ctx, scopeOf(ctx), target(r.DraftId, r.Body.Revision), r.Body.Version))
	return gen.ReviseTariffDraft200JSONResponse(view), err
}

// SubmitTariffDraft hands a draft to a second person.
func (s *server) SubmitTariffDraft(ctx context.Context, r gen.SubmitTariffDraftRequestObject) (gen.SubmitTariffDraftResponseObject, error) {
	view, err := drafted(s.Tariffs.Submit(ctx, scopeOf(ctx), target(r.DraftId, r.Body.Revision)))
	return gen.SubmitTariffDraft200JSONResponse(view), err
}

// ApproveTariffDraft is the second person's word.
func (s *server) ApproveTariffDraft(ctx context.Context, r gen.ApproveTariffDraftRequestObject) (gen.ApproveTariffDraftResponseObject, error) {
	view, err := drafted(s.Tariffs.Approve(ctx, scopeOf(ctx), target(r.DraftId, r.Body.Revision)))
	return gen.ApproveTariffDraft200JSONResponse(view), err
}

// GiveBackTariffDraft returns a draft to its editors.
func (s *server) GiveBackTariffDraft(ctx context.Context, r gen.GiveBackTariffDraftRequestObject) (gen.GiveBackTariffDraftResponseObject, error) {
	view, err := drafted(s.Tariffs.GiveBack(ctx, scopeOf(ctx), target(r.DraftId, 0), r.Body.Remark))
	return gen.GiveBackTariffDraft200JSONResponse(view), err
}

// WithdrawTariffDraft ends a draft.
func (s *server) WithdrawTariffDraft(ctx context.Context, r gen.WithdrawTariffDraftRequestObject) (gen.WithdrawTariffDraftResponseObject, error) {
	view, err := drafted(s.Tariffs.Withdraw(ctx, scopeOf(ctx), target(r.DraftId, 0), r.Body.Remark))
	return gen.WithdrawTariffDraft200JSONResponse(view), err
}

// PublishTariffDraft makes an approved draft a version.
func (s *server) PublishTariffDraft(ctx context.Context, r gen.PublishTariffDraftRequestObject) (gen.PublishTariffDraftResponseObject, error) {
	done, err := s.Tariffs.Publish(ctx, scopeOf(ctx), target(r.DraftId, r.Body.Revision))
	if err != nil {
		return nil, err
	}
	v := done.Draft.Version
	answer := gen.PublishTariffDraft201JSONResponse{VersionId: v.ID, From: v.HoldsFrom().String(), Contradicting: []gen.TariffContradiction{}}
	for _, c := range done.Contradicts {
		answer.Contradicting = append(answer.Contradicting, gen.TariffContradiction{City: c.City, National: c.National, Problem: tariffProblemView(c.Fault)})
	}
	return answer, nil
}

func target(id uuid.UUID, revision int) tariffs.Target {
	return tariffs.Target{ID: id, Revision: revision}
}

func drafted(d tariffs.Draft, err error) (gen.TariffDraft, error) {
	if err != nil {
		return gen.TariffDraft{}, err
	}
	view, err := draftView(d)
	if err != nil {
		return gen.TariffDraft{}, fmt.Errorf("show draft: %w", err)
	}
	return view, nil
}
