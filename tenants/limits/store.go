package limits

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// fingerprint changes with everything that is written: rows only come, and are only ever removed once.
type fingerprint struct{ Written, Removed int64 }

func takeFingerprint(tx *scope.Tx) (f fingerprint, err error) {
	err = tx.DB.Raw(`SELECT count(*), count(removed_at) FROM limit_overrides`).Row().Scan(&f.Written, &f.Removed)
	return f, err
}

type row struct {
	ID            uuid.UUID
	LimitName     string
	SubjectKind   Kind
	Subject       string
	Requests      int
	WindowSeconds int64
	ValidFrom     time.Time
	ValidTo       *time.Time
	Reason        string
	WrittenBy     uuid.UUID
	WrittenAt     time.Time
}

// standing lists what was not removed, also what holds no more or not yet.
func standing(tx *scope.Tx) ([]Override, error) {
	var rows []row
	err := tx.DB.Raw(`SELECT id, limit_name, subject_kind, subject, requests, window_seconds, valid_from, valid_to, reason, written_by, written_at
	  FROM limit_overrides WHERE removed_at IS NULL ORDER BY limit_name, subject_kind, subject`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read limit overrides: %w", err)
	}
	list := make([]Override, len(rows))
	for i, r := range rows {
		list[i] = Override{ID: r.ID, Limit: r.LimitName, Subject: Subject{r.SubjectKind, r.Subject}, Requests: r.Requests, Window: time.Duration(r.WindowSeconds) * time.Second,
			From: r.ValidFrom, Reason: r.Reason, WrittenBy: r.WrittenBy, WrittenAt: r.WrittenAt}
		if r.ValidTo != nil {
			list[i].To = *r.ValidTo
		}
	}
	return list, nil
}

func insert(tx *scope.Tx, o Override, city int) error {
	err := tx.DB.Exec(`INSERT INTO limit_overrides (id, limit_name, subject_kind, subject, requests, window_seconds, valid_from, valid_to, reason, written_by, written_at)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, o.ID, o.Limit, o.Subject.Kind, o.Subject.ID, o.Requests, int64(o.Window/time.Second), o.From,
		sql.NullTime{Time: o.To, Valid: !o.To.IsZero()}, o.Reason, o.WrittenBy, o.WrittenAt).Error
	if err != nil {
		return fmt.Errorf("write limit override: %w", err)
	}
	d := details(o.Limit, o.Subject)
	d["requests"], d["window_seconds"] = o.Requests, int64(o.Window/time.Second)
	return audit.Write(tx, audit.Record{Action: "limit.overridden", TargetKind: "limit_override", TargetID: o.ID.String(), Municipality: city, Details: d})
}

// cityOf is the municipality among a subject and the wider ones that it belongs to; 0 where there is none.
func cityOf(subjects []Subject) int {
	for _, s := range subjects {
		if s.Kind == Municipality {
			code, _ := strconv.Atoi(s.ID) // chain writes a number, or has found the city by it
			return code
		}
	}
	return 0
}

// remove ends what stands; nil where nothing does. The lock lets two writers of one subject follow each other.
func remove(tx *scope.Tx, limit string, s Subject) (*uuid.UUID, error) {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('limit_overrides/' || ?, 0))`, limit+"/"+string(s.Kind)+"/"+s.ID).Error; err != nil {
		return nil, fmt.Errorf("lock limit override: %w", err)
	}
	var id uuid.UUID
	err := tx.DB.Raw(`UPDATE limit_overrides SET removed_by = ?, removed_at = ? WHERE limit_name = ? AND subject_kind = ? AND subject = ? AND removed_at IS NULL RETURNING id`,
		tx.Actor.ID, tx.Now, limit, s.Kind, s.ID).Row().Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("remove limit override: %w", err)
	}
	return &id, nil
}

// homes says to which office and city a subject belongs.
var homes = map[Kind]string{
	Office: `SELECT NULL::uuid, municipality_id FROM offices WHERE id = ?`,
	Person: `SELECT p.office_id, coalesce(p.municipality_id, o.municipality_id) FROM people p LEFT JOIN offices o ON o.id = p.office_id WHERE p.id = ?`,
	Client: `SELECT c.office_id, coalesce(c.city, o.municipality_id) FROM api_clients c LEFT JOIN offices o ON o.id = c.office_id WHERE c.id = ?`,
}

// chain finds a subject and the wider ones that it belongs to.
func chain(tx *scope.Tx, s Subject) ([]Subject, error) {
	if s.Kind == Municipality {
		return []Subject{s}, cityExists(tx, s)
	}
	id, err := uuid.Parse(s.ID)
	if query := homes[s.Kind]; err != nil || query == "" || id.String() != s.ID {
		return nil, ErrNoSubject
	}
	var office uuid.NullUUID
	var city sql.NullInt64
	err = tx.DB.Raw(homes[s.Kind], id).Row().Scan(&office, &city)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoSubject
	}
	if err != nil {
		return nil, fmt.Errorf("find limit subject: %w", err)
	}
	list := []Subject{s}
	if office.Valid {
		list = append(list, Subject{Office, office.UUID.String()})
	}
	if city.Valid {
		list = append(list, SubjectCity(int(city.Int64)))
	}
	return list, nil
}

func cityExists(tx *scope.Tx, s Subject) error {
	code, err := strconv.Atoi(s.ID)
	if err != nil || strconv.Itoa(code) != s.ID {
		return ErrNoSubject
	}
	var found bool
	if err := tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM municipalities WHERE id = ?)`, code).Row().Scan(&found); err != nil {
		return fmt.Errorf("find limit subject: %w", err)
	}
	if !found {
		return ErrNoSubject
	}
	return nil
}

// names says how a kind of subject is called where ids are not at hand.
var names = map[Kind]string{
	Office: `SELECT id FROM offices WHERE licence_no = ?`,
	Person: `SELECT id FROM people WHERE username = ?`,
}

// named finds an office by its licence number and a person by their user name; other kinds are named by their ids.
func named(tx *scope.Tx, kind Kind, name string) (Subject, error) {
	query, ok := names[kind]
	if !ok {
		return Subject{kind, name}, nil
	}
	var id uuid.UUID
	err := tx.DB.Raw(query, name).Row().Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return Subject{}, ErrNoSubject
	}
	if err != nil {
		return Subject{}, fmt.Errorf("find limit subject: %w", err)
	}
	return Subject{kind, id.String()}, nil
}
