package approvals

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

type row struct {
	ID                   uuid.UUID
	MunicipalityID       int
	OfficeID             uuid.NullUUID
	Kind, TargetID       string
	SummaryFA, SummaryEN string
	Payload              string
	Reason, State        string
	RequestedBy          uuid.UUID
	Requester, Decider   string
	Authors              string // ids with commas
	RequestedAt          time.Time
	ExpiresAt            time.Time
	DecidedBy            uuid.NullUUID
	DecidedAt            sql.NullTime
	Remark               string
	RequesterHuman       uuid.NullUUID
	AuthorHumans         string // ids with commas
}

const columns = `SELECT a.id, a.municipality_id, a.office_id, a.kind, a.target_id, a.summary_fa, a.summary_en, a.payload, a.reason, a.state, a.requested_by,
  array_to_string(a.authors, ',') AS authors, a.requested_at, a.expires_at, a.decided_by, a.decided_at, coalesce(a.remark, '') AS remark,
  a.requester_human, array_to_string(a.author_humans, ',') AS author_humans`

const (
	selectNamed = columns + `, coalesce(r.name_fa, '') AS requester, coalesce(d.name_fa, '') AS decider
  FROM approvals a LEFT JOIN people r ON r.id = a.requested_by LEFT JOIN people d ON d.id = a.decided_by`
	selectBare = columns + ` FROM approvals a`
	// own holds for the requests of the transaction's scope, which the platform's policy does not narrow, and for those that the platform oversees.
	own = ` (a.municipality_id = ? AND a.office_id IS NOT DISTINCT FROM ? OR ? AND a.kind = '` + string(RoleGrant) + `')`
)

func ownArgs(tx *scope.Tx) []any {
	return []any{tx.Scope.MunicipalityID(), office(tx.Scope), tx.Scope.Kind() == scope.KindPlatform}
}

func office(s scope.Scope) uuid.NullUUID { return person(s.OfficeID()) }

func person(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

func (r *row) approval() (Approval, error) {
	a := Approval{ID: r.ID, Target: Target{Kind: Kind(r.Kind), ID: r.TargetID, In: r.scope()}, Summary: fault.Text{FA: r.SummaryFA, EN: r.SummaryEN},
		Payload: json.RawMessage(r.Payload), Reason: r.Reason, State: State(r.State), RequestedBy: r.RequestedBy, RequesterName: r.Requester,
		RequestedAt: r.RequestedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), DecidedBy: r.DecidedBy.UUID, DeciderName: r.Decider, Remark: r.Remark}
	if r.DecidedAt.Valid {
		a.DecidedAt = r.DecidedAt.Time.UTC()
	}
	a.requester = r.RequesterHuman.UUID
	var err error
	if a.Authors, err = ids(r.Authors); err == nil {
		a.involved, err = ids(r.AuthorHumans)
	}
	if err != nil {
		return Approval{}, fmt.Errorf("authors of approval %s: %w", r.ID, err)
	}
	return a, nil
}

// ids reads ids with commas.
func ids(text string) (list []uuid.UUID, err error) {
	if text == "" {
		return nil, nil
	}
	for _, one := range strings.Split(text, ",") {
		id, err := uuid.Parse(one)
		if err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, nil
}

// array is ids as PostgreSQL reads them.
func array(ids []uuid.UUID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return "{" + strings.Join(texts, ",") + "}"
}

// humanOf is the human behind a user name, whatever home's it is; Nil where that is not on record.
func humanOf(tx *scope.Tx, id uuid.UUID) (uuid.UUID, error) {
	var human uuid.NullUUID
	if err := tx.DB.Raw(`SELECT human_of(?)`, id).Row().Scan(&human); err != nil {
		return uuid.Nil, fmt.Errorf("find human: %w", err)
	}
	return human.UUID, nil
}

func (r *row) scope() scope.Scope {
	switch {
	case r.OfficeID.Valid:
		return scope.Office(r.OfficeID.UUID)
	case r.MunicipalityID != 0:
		return scope.Municipality(r.MunicipalityID)
	default:
		return scope.Platform()
	}
}

func one(tx *scope.Tx, query string, args ...any) (Approval, error) {
	var found row
	err := tx.DB.Raw(query, args...).Take(&found).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Approval{}, ErrUnknown
	}
	if err != nil {
		return Approval{}, fmt.Errorf("read approval: %w", err)
	}
	return found.approval()
}

func get(tx *scope.Tx, id uuid.UUID) (Approval, error) {
	a, err := one(tx, selectNamed+` WHERE a.id = ? AND`+own, append([]any{id}, ownArgs(tx)...)...)
	a.State = a.stateAt(tx.Now)
	return a, err
}

// lock holds a request that waits. Row security hides every other one from a lock, so that one is read without it, for its state.
func lock(tx *scope.Tx, id uuid.UUID) (Approval, error) {
	args := append([]any{id}, ownArgs(tx)...)
	a, err := one(tx, selectBare+` WHERE a.id = ? AND`+own+` FOR UPDATE OF a`, args...)
	if errors.Is(err, ErrUnknown) {
		return one(tx, selectBare+` WHERE a.id = ? AND`+own, args...)
	}
	return a, err
}

// lockOn holds the request that waits about a target, or reads the last one about it.
func lockOn(tx *scope.Tx, t Target) (Approval, error) {
	const about = ` WHERE a.municipality_id = ? AND a.office_id IS NOT DISTINCT FROM ? AND a.kind = ? AND a.target_id = ?`
	args := []any{t.In.MunicipalityID(), office(t.In), string(t.Kind), t.ID}
	a, err := one(tx, selectBare+about+` AND a.state = 'open' FOR UPDATE OF a`, args...)
	if errors.Is(err, ErrUnknown) {
		return one(tx, selectBare+about+` ORDER BY a.requested_at DESC, a.id DESC LIMIT 1`, args...)
	}
	return a, err
}

func find(tx *scope.Tx, q Query) ([]Approval, error) {
	var rows []row
	args := append(ownArgs(tx), string(q.State), tx.Now, string(q.State), string(q.Kind), string(q.Kind), person(q.Before), person(q.Before), q.Limit)
	err := tx.DB.Raw(selectNamed+` WHERE`+own+` AND (? = '' OR CASE WHEN a.state = 'open' AND a.expires_at <= ? THEN 'expired' ELSE a.state END = ?)
	  AND (? = '' OR a.kind = ?) AND (CAST(? AS uuid) IS NULL OR a.id < ?) ORDER BY a.id DESC LIMIT ?`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list approvals: %w", err)
	}
	list := make([]Approval, 0, len(rows))
	for i := range rows {
		a, err := rows[i].approval()
		if err != nil {
			return nil, err
		}
		a.State = a.stateAt(tx.Now)
		list = append(list, a)
	}
	return list, nil
}

// among tells whether a human is behind one of several user names.
func among(tx *scope.Tx, human uuid.UUID, people []uuid.UUID) (found bool, err error) {
	err = tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM unnest(CAST(? AS uuid[])) AS p (id) WHERE human_of(p.id) = ?)`, array(people), human).Row().Scan(&found)
	if err != nil {
		return false, fmt.Errorf("compare humans: %w", err)
	}
	return found, nil
}

// insert stores a new request. Errors: approval_pending.
func insert(tx *scope.Tx, a *Approval) error {
	err := tx.DB.Exec(`INSERT INTO approvals (municipality_id, id, office_id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, authors, requested_at, expires_at,
	    requester_human, author_humans) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS uuid[]), ?, ?, ?, CAST(? AS uuid[]))`,
		a.In.MunicipalityID(), a.ID, office(a.In), string(a.Kind), a.Target.ID, a.Summary.FA, a.Summary.EN,
		string(a.Payload), a.Reason, string(a.State), a.RequestedBy, array(a.Authors), a.RequestedAt, a.ExpiresAt, person(a.requester), array(a.involved)).Error
	if scope.Constraint(err) == "approvals_open" {
		return ErrPending
	}
	if err != nil {
		return fmt.Errorf("insert approval: %w", err)
	}
	return nil
}

// save stores what became of a held request. Errors: approval_second_person, approval_same_human and approval_expired, by the table's own rules.
func save(tx *scope.Tx, a *Approval) error {
	done := tx.DB.Exec(`UPDATE approvals SET state = ?, decided_by = ?, decided_at = ?, remark = nullif(?, ''), decider_human = ? WHERE municipality_id = ? AND id = ? AND state = 'open'`,
		string(a.State), person(a.DecidedBy), a.DecidedAt, a.Remark, person(a.decider), a.In.MunicipalityID(), a.ID)
	switch scope.Constraint(done.Error) {
	case "approvals_two_people":
		return ErrSecondPerson
	case "approvals_two_people_humans":
		return ErrSameHuman
	case "approvals_in_time":
		return ErrExpired
	}
	if done.Error != nil {
		return fmt.Errorf("decide approval: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrDecided
	}
	return nil
}
