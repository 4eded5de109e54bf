package impact

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Service requests, runs and shows previews.
type Service struct {
	tx  *scope.Runner
	log *slog.Logger
}

// NewService binds the service to its transactions. A run needs two connections at a time.
func NewService(tx *scope.Runner, log *slog.Logger) *Service { return &Service{tx: tx, log: log} }

// Request queues a preview of drafts of the scope's own authority, as they stand now: the nation's in the platform's scope, a city's in its own. threshold is
// the amount, in rial, above which a due counts as newly above. Errors: preview_no_drafts, preview_threshold, preview_draft_unknown, preview_draft_state, and
// those of tariffs.NewBook where the drafts cannot follow what is published.
func (s *Service) Request(ctx context.Context, sc scope.Scope, drafts []uuid.UUID, threshold money.Rial) (Preview, error) {
	var asked Preview
	if err := checkDrafts(drafts); err != nil {
		return asked, err
	}
	err := s.tx.InTx(ctx, sc, func(tx *scope.Tx) error {
		found, err := loadDrafts(tx, drafts)
		if err != nil {
			return err
		}
		if _, err := newPlan(tx, found, threshold); err != nil {
			return err
		}
		asked = Preview{ID: tx.NewID(), MunicipalityID: sc.MunicipalityID(), Drafts: revisions(found), Threshold: threshold, State: Queued,
			RequestedBy: tx.Actor.ID, RequestedAt: tx.Now}
		if err := insertPreview(tx, &asked); err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "tariff_preview.requested", TargetKind: "tariff_preview", TargetID: asked.ID.String(),
			Details: map[string]any{"drafts": asked.Drafts, "threshold_rial": int64(threshold)}})
	})
	return asked, err
}

// newPlan compares drafts with what is published at the moment of tx.
func newPlan(tx *scope.Tx, drafts []draft, threshold money.Rial) (*Plan, error) {
	published, err := tariffs.LoadBook(tx)
	if err != nil {
		return nil, err
	}
	versions := make([]tariffs.Version, len(drafts))
	for i, d := range drafts {
		versions[i] = d.version
	}
	return NewPlan(published, versions, calendar.DateOf(tx.Now), threshold, tx.Scope.MunicipalityID())
}

// Find reads a preview of the scope's own authority; the platform reads every one. Errors: preview_unknown.
func (s *Service) Find(ctx context.Context, sc scope.Scope, id uuid.UUID) (found Preview, err error) {
	err = s.tx.InTx(ctx, sc, func(tx *scope.Tx) error {
		list, err := findPreviews(tx, `p.id = ?`, id)
		if err == nil && len(list) == 0 {
			return errUnknown
		}
		if err == nil {
			found = list[0]
		}
		return err
	})
	return found, err
}

// OfDraft lists the previews of a draft, the newest first.
func (s *Service) OfDraft(ctx context.Context, sc scope.Scope, draft uuid.UUID) (list []Preview, err error) {
	err = s.tx.InTx(ctx, sc, func(tx *scope.Tx) (err error) {
		list, err = findPreviews(tx, `p.drafts @> ARRAY[CAST(? AS uuid)]`, draft)
		return err
	})
	return list, err
}

// Cancel ends a preview of the own authority: one that waits at once, and one that runs within about a second. Errors: preview_unknown, preview_finished.
func (s *Service) Cancel(ctx context.Context, sc scope.Scope, id uuid.UUID) error {
	return s.tx.InTx(ctx, sc, func(tx *scope.Tx) error {
		if err := cancelPreview(tx, id); err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "tariff_preview.cancelled", TargetKind: "tariff_preview", TargetID: id.String()})
	})
}
