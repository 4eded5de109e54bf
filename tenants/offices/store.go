package offices

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Open enters an office by its licence number in the register, or gives the id of the one that is there. It is for seeds; an operator opens an office by Service.
func Open(tx *scope.Tx, o Office) (uuid.UUID, error) {
	var id uuid.UUID
	var fresh bool
	err := tx.DB.Raw(`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES (?, ?, ?, ?, ?)
	  ON CONFLICT ON CONSTRAINT offices_licence DO UPDATE SET name_fa = excluded.name_fa RETURNING id, xmax = 0`,
		o.ID, o.MunicipalityID, o.NameFA, o.LicenceNo, o.ValidFrom).Row().Scan(&id, &fresh)
	if err != nil {
		return uuid.Nil, fmt.Errorf("open office: %w", err)
	}
	if !fresh {
		return id, audit.Write(tx, audit.Record{Action: "office.opened", TargetKind: "office", TargetID: id.String(), Municipality: o.MunicipalityID})
	}
	o.Class = Standard
	return id, record(tx, o, Event{Kind: Opened})
}

// today is the fiscal day of the transaction.
func today(tx *scope.Tx) (day time.Time, err error) {
	if err := tx.DB.Raw(`SELECT scope_today()`).Row().Scan(&day); err != nil {
		return day, fmt.Errorf("read today: %w", err)
	}
	return day.UTC(), nil
}

type officeRow struct {
	ID             uuid.UUID
	MunicipalityID int
	ParentID       uuid.NullUUID
	Class, NameFA  string
	LicenceNo      string
	ValidFrom      time.Time
	ValidTo        sql.NullTime
	State          string
}

const selectOffice = `SELECT id, municipality_id, parent_id, class, name_fa, licence_no, valid_from, valid_to, state FROM offices `

func (r officeRow) office() Office {
	return Office{ID: r.ID, MunicipalityID: r.MunicipalityID, ParentID: r.ParentID.UUID, Class: r.Class, NameFA: r.NameFA, LicenceNo: r.LicenceNo,
		ValidFrom: r.ValidFrom.UTC(), ValidTo: day(r.ValidTo), State: State(r.State)}
}

// day is a DATE column, zero for NULL.
func day(t sql.NullTime) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}

// stored is a day or an instant for a column, NULL for zero.
func stored(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }

func nullID(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

func oneOffice(tx *scope.Tx, query string, args ...any) (Office, error) {
	var r officeRow
	err := tx.DB.Raw(query, args...).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Office{}, ErrUnknown
	}
	if err != nil {
		return Office{}, fmt.Errorf("load office: %w", err)
	}
	return r.office(), nil
}

func loadOffice(tx *scope.Tx, id uuid.UUID) (Office, error) {
	return oneOffice(tx, selectOffice+`WHERE id = ?`, id)
}

func lockOffice(tx *scope.Tx, id uuid.UUID) (Office, error) {
	return oneOffice(tx, selectOffice+`WHERE id = ? FOR UPDATE`, id)
}

func offices(tx *scope.Tx, query string, args ...any) ([]Office, error) {
	var rows []officeRow
	if err := tx.DB.Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list offices: %w", err)
	}
	list := make([]Office, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.office())
	}
	return list, nil
}

func listOffices(tx *scope.Tx) ([]Office, error) {
	return offices(tx, selectOffice+`ORDER BY licence_no COLLATE "C"`)
}

func listBranches(tx *scope.Tx, parent uuid.UUID) ([]Office, error) {
	return offices(tx, selectOffice+`WHERE parent_id = ? ORDER BY licence_no COLLATE "C"`, parent)
}

// checkParent holds the parent of a new branch, so that it cannot be closed meanwhile.
func checkParent(tx *scope.Tx, parent uuid.UUID) error {
	if parent == uuid.Nil {
		return nil
	}
	o, err := lockOffice(tx, parent)
	if errors.Is(err, ErrUnknown) {
		return errParent.On("parent_id")
	}
	if err != nil {
		return err
	}
	var works bool
	if err := tx.DB.Raw(`SELECT office_works(?)`, parent).Row().Scan(&works); err != nil {
		return fmt.Errorf("ask about parent: %w", err)
	}
	if !works || o.ParentID != uuid.Nil {
		return errParent.On("parent_id")
	}
	return nil
}

func checkNoBranches(tx *scope.Tx, id uuid.UUID) error {
	var open bool
	if err := tx.DB.Raw(`SELECT EXISTS (SELECT FROM offices WHERE parent_id = ? AND state <> 'closed')`, id).Row().Scan(&open); err != nil {
		return fmt.Errorf("look for branches: %w", err)
	}
	if open {
		return errBranches
	}
	return nil
}

func insertOffice(tx *scope.Tx, o Office) error {
	err := tx.DB.Exec(`INSERT INTO offices (id, municipality_id, parent_id, class, name_fa, licence_no, valid_from, valid_to, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		o.ID, o.MunicipalityID, nullID(o.ParentID), o.Class, o.NameFA, o.LicenceNo, o.ValidFrom, stored(o.ValidTo), string(o.State)).Error
	switch scope.Constraint(err) {
	case "offices_licence":
		return errTaken.On("licence_no")
	case "offices_municipality_id_fkey":
		return errCity.On("municipality_code")
	}
	if err != nil {
		return fmt.Errorf("insert office: %w", err)
	}
	return nil
}

func updateOffice(tx *scope.Tx, o Office) error {
	if err := tx.DB.Exec(`UPDATE offices SET valid_to = ?, state = ?, class = ? WHERE id = ?`, stored(o.ValidTo), string(o.State), o.Class, o.ID).Error; err != nil {
		return fmt.Errorf("update office: %w", err)
	}
	return nil
}

func insertEvent(tx *scope.Tx, office uuid.UUID, e Event) error {
	err := tx.DB.Exec(`INSERT INTO office_events (id, office_id, kind, at, actor_kind, actor_id, reason, valid_to, class) VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?)`,
		e.ID, office, string(e.Kind), e.At, string(tx.Actor.Kind), nullID(e.ActorID), e.Reason, stored(e.ValidTo), e.Class).Error
	if err != nil {
		return fmt.Errorf("write history of office: %w", err)
	}
	return nil
}

func listEvents(tx *scope.Tx, office uuid.UUID) ([]Event, error) {
	var rows []struct {
		ID      uuid.UUID
		Kind    string
		At      time.Time
		ActorID uuid.NullUUID
		Reason  string
		ValidTo sql.NullTime
		Class   string
	}
	err := tx.DB.Raw(`SELECT id, kind, at, actor_id, coalesce(reason, '') AS reason, valid_to, class FROM office_events WHERE office_id = ? ORDER BY at, id`, office).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read history of office: %w", err)
	}
	events := make([]Event, 0, len(rows))
	for _, r := range rows {
		events = append(events, Event{ID: r.ID, Kind: EventKind(r.Kind), At: r.At.UTC(), ActorID: r.ActorID.UUID, Reason: r.Reason, ValidTo: day(r.ValidTo), Class: r.Class})
	}
	return events, nil
}

// officeOfLicence finds an office by number wherever it stands: a city may name one that it does not see.
func officeOfLicence(tx *scope.Tx, licence string) (uuid.UUID, error) {
	var id uuid.NullUUID
	if err := tx.DB.Raw(`SELECT office_of_licence(?)`, licence).Row().Scan(&id); err != nil {
		return uuid.Nil, fmt.Errorf("find office by licence: %w", err)
	}
	if !id.Valid {
		return uuid.Nil, ErrUnknown.On("office")
	}
	return id.UUID, nil
}
