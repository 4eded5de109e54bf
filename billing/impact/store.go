package impact

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/scope"
)

// draft is a tariff draft as it stands.
type draft struct {
	DraftRevision
	version tariffs.Version
}

// loadDrafts reads drafts of the scope's own authority, in the given order.
func loadDrafts(tx *scope.Tx, ids []uuid.UUID) ([]draft, error) {
	drafts := make([]draft, len(ids))
	for i, id := range ids {
		var body, state string
		d := draft{DraftRevision: DraftRevision{ID: id}}
		err := tx.DB.Raw(`SELECT body, revision, state FROM tariff_drafts WHERE municipality_id = ? AND id = ?`, tx.Scope.MunicipalityID(), id).
			Row().Scan(&body, &d.Revision, &state)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, errDraft.On("drafts")
		}
		if err != nil {
			return nil, fmt.Errorf("load tariff draft: %w", err)
		}
		if state != "draft" && state != "submitted" && state != "approved" {
			return nil, errDraftState.On("drafts")
		}
		if d.version, err = tariffs.Parse([]byte(body)); err != nil {
			return nil, fmt.Errorf("tariff draft %s: %w", id, err)
		}
		drafts[i] = d
	}
	return drafts, nil
}

func revisions(drafts []draft) []DraftRevision {
	list := make([]DraftRevision, len(drafts))
	for i, d := range drafts {
		list[i] = d.DraftRevision
	}
	return list
}

func insertPreview(tx *scope.Tx, p *Preview) error {
	ids, numbers := make([]string, len(p.Drafts)), make([]string, len(p.Drafts))
	for i, d := range p.Drafts {
		ids[i], numbers[i] = d.ID.String(), fmt.Sprint(d.Revision)
	}
	err := tx.DB.Exec(`INSERT INTO tariff_previews (municipality_id, id, drafts, revisions, threshold_rial, state, requested_by, requested_at)
	  VALUES (?, ?, CAST(? AS uuid[]), CAST(? AS integer[]), ?, 'queued', ?, ?)`, p.MunicipalityID, p.ID, array(ids), array(numbers), p.Threshold,
		uuid.NullUUID{UUID: p.RequestedBy, Valid: p.RequestedBy != uuid.Nil}, p.RequestedAt).Error
	if err != nil {
		return fmt.Errorf("insert preview: %w", err)
	}
	return nil
}

func array(items []string) string { return "{" + strings.Join(items, ",") + "}" }

// findPreviews lists previews, the newest first. A draft that is gone counts as revised.
func findPreviews(tx *scope.Tx, where string, argument any) ([]Preview, error) {
	var found []struct {
		ID              uuid.UUID
		MunicipalityID  int
		Drafts          []byte
		Threshold       money.Rial
		State           State
		RequestedBy     uuid.NullUUID
		RequestedAt     time.Time
		FinishedAt      *time.Time
		VehiclesDone    int64
		VehiclesTotal   int64
		CancelRequested bool
		Failure         string
		Report          []byte
		Stale           bool
	}
	err := tx.DB.Raw(`SELECT p.id, p.municipality_id, p.threshold_rial AS threshold, p.state, p.requested_by, p.requested_at, p.finished_at, p.vehicles_done,
	  p.vehicles_total, p.cancel_requested, coalesce(p.failure, '') AS failure, p.report,
	  (SELECT json_agg(json_build_object('id', u.id, 'revision', u.revision) ORDER BY u.at) FROM unnest(p.drafts, p.revisions) WITH ORDINALITY u (id, revision, at)) AS drafts,
	  EXISTS (SELECT FROM unnest(p.drafts, p.revisions) u (id, revision)
	    LEFT JOIN tariff_drafts d ON d.municipality_id = p.municipality_id AND d.id = u.id WHERE d.revision IS DISTINCT FROM u.revision) AS stale
	  FROM tariff_previews p WHERE `+where+` ORDER BY p.requested_at DESC, p.id DESC`, argument).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("find previews: %w", err)
	}
	list := make([]Preview, len(found))
	for i, f := range found {
		list[i] = Preview{ID: f.ID, MunicipalityID: f.MunicipalityID, Threshold: f.Threshold, State: f.State, RequestedBy: f.RequestedBy.UUID, RequestedAt: f.RequestedAt.UTC(),
			VehiclesDone: f.VehiclesDone, VehiclesTotal: f.VehiclesTotal, CancelRequested: f.CancelRequested, Failure: f.Failure, Stale: f.Stale}
		if f.FinishedAt != nil {
			list[i].FinishedAt = f.FinishedAt.UTC()
		}
		if err := list[i].decode(f.Drafts, f.Report); err != nil {
			return nil, fmt.Errorf("decode preview %s: %w", f.ID, err)
		}
	}
	return list, nil
}

func (p *Preview) decode(drafts, report []byte) error {
	if err := json.Unmarshal(drafts, &p.Drafts); err != nil || report == nil {
		return err
	}
	return json.Unmarshal(report, &p.Report)
}

// cancelPreview ends what waits and asks what runs to end.
func cancelPreview(tx *scope.Tx, id uuid.UUID) error {
	changed := tx.DB.Exec(`UPDATE tariff_previews SET cancel_requested = true, state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
	    finished_at = CASE state WHEN 'queued' THEN CAST(? AS timestamptz) END
	  WHERE id = ? AND municipality_id = ? AND state IN ('queued', 'running')`, tx.Now, id, tx.Scope.MunicipalityID())
	if changed.Error != nil {
		return fmt.Errorf("cancel preview: %w", changed.Error)
	}
	if changed.RowsAffected > 0 {
		return nil
	}
	var known bool
	if err := tx.DB.Raw(`SELECT EXISTS (SELECT FROM tariff_previews WHERE id = ? AND municipality_id = ?)`, id, tx.Scope.MunicipalityID()).Row().Scan(&known); err != nil {
		return fmt.Errorf("look for preview: %w", err)
	}
	if !known {
		return errUnknown
	}
	return errFinished
}
