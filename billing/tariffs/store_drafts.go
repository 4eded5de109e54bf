package tariffs

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/billing/calendar"
	"mofasa/tenants/scope"
)

type draftRow struct {
	ID          uuid.UUID
	Body        string
	Reason      string
	State       string
	Revision    int
	EditedBy    string // ids with commas
	DraftedAt   time.Time
	SubmittedBy uuid.NullUUID
	SubmittedAt sql.NullTime
	DecidedBy   uuid.NullUUID
	DecidedAt   sql.NullTime
	Remark      sql.NullString
	PublishedBy uuid.NullUUID
	PublishedAt sql.NullTime
}

const selectDraft = `SELECT id, body, reason, state, revision, array_to_string(edited_by, ',') AS edited_by, drafted_at,
  submitted_by, submitted_at, decided_by, decided_at, remark, published_by, published_at FROM tariff_drafts `

func (r *draftRow) draft() (Draft, error) {
	v, err := Parse([]byte(r.Body))
	if err != nil {
		return Draft{}, fmt.Errorf("stored tariff draft %s: %s", r.ID, err) // not the reader's fault
	}
	d := Draft{ID: r.ID, Version: v, Reason: r.Reason, State: DraftState(r.State), Revision: r.Revision, DraftedAt: r.DraftedAt.UTC(),
		SubmittedBy: r.SubmittedBy.UUID, SubmittedAt: instant(r.SubmittedAt), DecidedBy: r.DecidedBy.UUID, DecidedAt: instant(r.DecidedAt),
		Remark: r.Remark.String, PublishedBy: r.PublishedBy.UUID, PublishedAt: instant(r.PublishedAt)}
	for _, editor := range strings.Split(r.EditedBy, ",") {
		id, err := uuid.Parse(editor)
		if err != nil {
			return Draft{}, fmt.Errorf("editors of tariff draft %s: %w", r.ID, err)
		}
		d.EditedBy = append(d.EditedBy, id)
	}
	return d, nil
}

// instant is a time in UTC, zero for none.
func instant(t sql.NullTime) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}

func oneDraft(tx *scope.Tx, query string, args ...any) (Draft, error) {
	var row draftRow
	err := tx.DB.Raw(query, args...).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Draft{}, ErrDraftUnknown.On("draft")
	}
	if err != nil {
		return Draft{}, fmt.Errorf("load tariff draft: %w", err)
	}
	return row.draft()
}

// loadDraft reads a draft that the scope sees.
func loadDraft(tx *scope.Tx, id uuid.UUID) (Draft, error) {
	return oneDraft(tx, selectDraft+`WHERE id = ?`, id)
}

// lockDraft holds a draft of the scope's own authority. It is the first lock of every change of a draft.
func lockDraft(tx *scope.Tx, id uuid.UUID) (Draft, error) {
	return oneDraft(tx, selectDraft+`WHERE municipality_id = ? AND id = ? FOR UPDATE`, tx.Scope.MunicipalityID(), id)
}

func loadDrafts(tx *scope.Tx, q DraftQuery) ([]Draft, error) {
	var rows []draftRow
	err := tx.DB.Raw(selectDraft+`WHERE (? = '' OR body->>'authority' = ?) AND (? = 0 OR fiscal_year = ?) AND (? = '' OR state = ?) ORDER BY drafted_at DESC, id DESC`,
		q.Authority, q.Authority, int(q.FiscalYear), int(q.FiscalYear), string(q.State), string(q.State)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list tariff drafts: %w", err)
	}
	drafts := make([]Draft, 0, len(rows))
	for i := range rows {
		d, err := rows[i].draft()
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, d)
	}
	return drafts, nil
}

func insertDraft(tx *scope.Tx, d *Draft) error {
	body, err := json.Marshal(d.Version)
	if err != nil {
		return fmt.Errorf("encode tariff draft: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO tariff_drafts (municipality_id, id, fiscal_year, body, reason, state, revision, edited_by, drafted_at)
	  VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS uuid[]), ?)`,
		tx.Scope.MunicipalityID(), d.ID, int(d.Version.FiscalYear), string(body), d.Reason, string(d.State), d.Revision, array(d.EditedBy), d.DraftedAt).Error
	if err != nil {
		return fmt.Errorf("insert tariff draft: %w", err)
	}
	return nil
}

// updateDraft stores a locked draft. Errors: tariff_second_person, by the table's own rule.
func updateDraft(tx *scope.Tx, d *Draft) error {
	body, err := json.Marshal(d.Version)
	if err != nil {
		return fmt.Errorf("encode tariff draft: %w", err)
	}
	err = tx.DB.Exec(`UPDATE tariff_drafts SET body = ?, state = ?, revision = ?, edited_by = CAST(? AS uuid[]), submitted_by = ?, submitted_at = ?,
	  decided_by = ?, decided_at = ?, remark = nullif(?, ''), published_by = ?, published_at = ? WHERE municipality_id = ? AND id = ?`,
		string(body), string(d.State), d.Revision, array(d.EditedBy), person(d.SubmittedBy), moment(d.SubmittedAt),
		person(d.DecidedBy), moment(d.DecidedAt), d.Remark, person(d.PublishedBy), moment(d.PublishedAt), tx.Scope.MunicipalityID(), d.ID).Error
	if scope.Constraint(err) == "tariff_drafts_two_people" {
		return errSecondPerson
	}
	if err != nil {
		return fmt.Errorf("update tariff draft: %w", err)
	}
	return nil
}

// publishDraft writes the version while the draft is still approved: a city's scope may publish nothing else.
func publishDraft(tx *scope.Tx, d *Draft) error {
	v := &d.Version
	err := tx.DB.Exec(`INSERT INTO tariff_versions (id, authority, fiscal_year, number, body, published_at)
	  SELECT ?, ?, ?, ?, body, ? FROM tariff_drafts WHERE municipality_id = ? AND id = ?`,
		v.ID, v.Authority, int(v.FiscalYear), v.Number, tx.Now, tx.Scope.MunicipalityID(), d.ID).Error
	switch scope.Constraint(err) {
	case "tariff_versions_pkey", "tariff_versions_number":
		return errTaken.On("number")
	case "tariff_versions_from":
		return errSameDay.On("from")
	}
	if err != nil {
		return fmt.Errorf("publish tariff version %q: %w", v.ID, err)
	}
	return nil
}

func loadVersion(tx *scope.Tx, id string) (Version, error) {
	var bodies []string
	if err := tx.DB.Raw(`SELECT body FROM tariff_versions WHERE id = ?`, id).Scan(&bodies).Error; err != nil {
		return Version{}, fmt.Errorf("load tariff version: %w", err)
	}
	if len(bodies) == 0 {
		return Version{}, ErrVersionUnknown.On("version")
	}
	return storedVersion(bodies[0])
}

func loadVersions(tx *scope.Tx, authority string, year calendar.FiscalYear) ([]PublishedVersion, error) {
	var rows []struct {
		Body        string
		PublishedAt time.Time
	}
	err := tx.DB.Raw(`SELECT body, published_at FROM tariff_versions WHERE (? = '' OR authority = ?) AND (? = 0 OR fiscal_year = ?)
	  ORDER BY authority COLLATE "C", fiscal_year, number`, authority, authority, int(year), int(year)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list tariff versions: %w", err)
	}
	versions := make([]PublishedVersion, 0, len(rows))
	for _, row := range rows {
		v, err := storedVersion(row.Body)
		if err != nil {
			return nil, err
		}
		versions = append(versions, PublishedVersion{Version: v, PublishedAt: row.PublishedAt.UTC()})
	}
	return versions, nil
}

func array(ids []uuid.UUID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return "{" + strings.Join(texts, ",") + "}"
}

func person(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

func moment(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }
