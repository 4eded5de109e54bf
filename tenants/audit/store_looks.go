package audit

import (
	"database/sql"
	"fmt"

	"mofasa/tenants/scope"
)

// Looks reads who has read personal data about a target, as far as the scope sees the log. more tells whether older ones follow.
func Looks(tx *scope.Tx, q LookQuery) (page []Look, more bool, err error) {
	var afterAt, afterID any
	if q.After != nil {
		afterAt, afterID = q.After.At, q.After.ID
	}
	var rows []entryRow
	err = tx.DB.Raw(`SELECT a.id, a.at, a.action, a.purpose, a.actor_kind, a.actor_id, coalesce(p.name_fa, c.name_fa, '') AS person_name, split_part(a.owner, ':', 1) AS kind, o.id AS office_id,
	    coalesce(o.name_fa, '') AS office_name, coalesce(m.id, 0) AS municipality_id, coalesce(m.name_fa, '') AS municipality_fa, coalesce(m.name_en, '') AS municipality_en
	  FROM (SELECT * FROM audit_log WHERE target_kind = @kind AND target_id IN @targets AND purpose IS NOT NULL
	    AND (CAST(@after_at AS timestamptz) IS NULL OR (at, id) < (@after_at, CAST(@after_id AS uuid))) ORDER BY at DESC, id DESC LIMIT @limit) a
	  LEFT JOIN people p ON p.id = a.actor_id `+programs+` LEFT JOIN offices o ON a.owner = 'office:' || o.id
	  LEFT JOIN municipalities m ON m.id = o.municipality_id OR a.owner = 'municipality:' || m.id
	  ORDER BY a.at DESC, a.id DESC`, sql.Named("kind", q.TargetKind), sql.Named("targets", q.TargetIDs), sql.Named("after_at", afterAt), sql.Named("after_id", afterID),
		sql.Named("limit", q.Limit+1)).Scan(&rows).Error
	if err != nil {
		return nil, false, fmt.Errorf("read looks: %w", err)
	}
	if more = len(rows) > q.Limit; more {
		rows = rows[:q.Limit]
	}
	for _, r := range rows {
		l := Look{ID: r.ID, At: r.At.UTC(), Action: r.Action, Purpose: r.Purpose, By: Body{Kind: r.Kind, OfficeID: r.OfficeID.UUID, OfficeName: r.OfficeName,
			MunicipalityID: r.MunicipalityID, MunicipalityFA: r.MunicipalityFA, MunicipalityEN: r.MunicipalityEN}}
		if r.ActorID.Valid {
			l.Who = &Who{ID: r.ActorID.UUID, Name: r.PersonName, Program: r.ActorKind == string(scope.ActorClient)}
		}
		if !q.Names {
			l = l.withoutNames()
		}
		page = append(page, l)
	}
	return page, more, nil
}
