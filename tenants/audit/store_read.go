package audit

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

type entryRow struct {
	ID                                               uuid.UUID
	At                                               time.Time
	Owner, ActorKind, Action, TargetKind, TargetID   string
	ActorID                                          uuid.NullUUID
	PersonName, Purpose, RequestID                   string
	Details                                          []byte
	AboutMunicipality                                int
	OfficeID                                         uuid.NullUUID
	OfficeName, MunicipalityFA, MunicipalityEN, Kind string
	MunicipalityID                                   int
}

// programs joins the API client that acted, as far as the scope sees it.
const programs = `LEFT JOIN api_clients c ON a.actor_kind = 'client' AND c.id = a.actor_id`

func (r entryRow) entry() (Entry, error) {
	e := Entry{ID: r.ID, At: r.At.UTC(), Owner: r.Owner, ActorKind: r.ActorKind, PersonName: r.PersonName, Action: r.Action, TargetKind: r.TargetKind, TargetID: r.TargetID,
		Purpose: r.Purpose, RequestID: r.RequestID, Municipality: r.AboutMunicipality}
	if r.ActorID.Valid {
		e.PersonID = &r.ActorID.UUID
	}
	if len(r.Details) == 0 {
		return e, nil
	}
	if err := json.Unmarshal(r.Details, &e.Details); err != nil {
		return e, fmt.Errorf("details of audit entry %s: %w", r.ID, err)
	}
	return e, nil
}

// loadEntries reads one entry more than the page holds. Own entries and those about the city come from an index each.
func loadEntries(tx *scope.Tx, q Query, city int) ([]Entry, error) {
	const chosen = ` AND (CAST(@from AS timestamptz) IS NULL OR at >= @from) AND (CAST(@to AS timestamptz) IS NULL OR at < @to) AND (@action = '' OR action = @action)
	  AND (@kind = '' OR target_kind = @kind) AND (@target = '' OR target_id = @target) AND (CAST(@after_at AS timestamptz) IS NULL OR (at, id) < (@after_at, CAST(@after_id AS uuid)))
	  ORDER BY at DESC, id DESC LIMIT @limit`
	args := []any{sql.Named("owner", q.Owner), sql.Named("city", city), sql.Named("from", instant(q.From)), sql.Named("to", instant(q.To)), sql.Named("action", q.Action),
		sql.Named("kind", q.TargetKind), sql.Named("target", q.TargetID), sql.Named("limit", q.Limit+1), sql.Named("after_at", nil), sql.Named("after_id", nil)}
	if q.After != nil {
		args = append(args[:len(args)-2], sql.Named("after_at", q.After.At), sql.Named("after_id", q.After.ID))
	}
	var rows []entryRow
	err := tx.DB.Raw(`SELECT a.id, a.at, a.owner, a.actor_kind, a.actor_id, coalesce(p.name_fa, c.name_fa, '') AS person_name, a.action, a.target_kind, a.target_id,
	    coalesce(a.purpose, '') AS purpose, coalesce(a.request_id, '') AS request_id, coalesce(a.details, '{}') AS details, coalesce(a.about_municipality, 0) AS about_municipality
	  FROM ((SELECT * FROM audit_log WHERE owner = coalesce(nullif(@owner, ''), scope_owner())`+chosen+`)
	    UNION ALL (SELECT * FROM audit_log WHERE about_municipality = nullif(@city, 0) AND owner <> 'municipality:' || CAST(@city AS integer)`+chosen+`)) a
	  LEFT JOIN people p ON p.id = a.actor_id `+programs+` ORDER BY a.at DESC, a.id DESC LIMIT @limit`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	page := make([]Entry, len(rows))
	for i, r := range rows {
		if page[i], err = r.entry(); err != nil {
			return nil, err
		}
	}
	return page, nil
}

func instant(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at
}
