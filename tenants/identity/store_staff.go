package identity

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

type memberRow struct {
	ID               uuid.UUID
	Username, NameFA string
	Role             Role
	State            Standing
	OfficeID         uuid.NullUUID
	CityID           int // of a city's own person
	OfficeCityID     int // where the office stands, as far as the scope sees it
	LicenceNo        string
	HumanID          uuid.NullUUID
	NationalIDMasked string
	LockedBy         string
}

const selectMember = `SELECT p.id, p.username, p.name_fa, p.role, p.state, p.office_id, coalesce(p.municipality_id, 0) AS city_id,
  coalesce(o.municipality_id, 0) AS office_city_id, coalesce(o.licence_no, '') AS licence_no, p.human_id,
  coalesce(p.national_id_masked, '') AS national_id_masked, coalesce(p.locked_by, '') AS locked_by FROM people p LEFT JOIN offices o ON o.id = p.office_id`

func (r *memberRow) member() Member {
	m := Member{ID: r.ID, Username: r.Username, NameFA: r.NameFA, Role: r.Role, Standing: r.State, Home: Home{Kind: AtPlatform}, LicenceNo: r.LicenceNo,
		NationalID: r.NationalIDMasked, human: r.HumanID.UUID, lockedBy: r.LockedBy}
	switch {
	case r.OfficeID.Valid:
		m.Home = Home{Kind: AtOffice, OfficeID: r.OfficeID.UUID, MunicipalityID: r.OfficeCityID}
	case r.CityID != 0:
		m.Home = Home{Kind: AtMunicipality, MunicipalityID: r.CityID}
	}
	return m
}

func listMembers(tx *scope.Tx, q MemberQuery) ([]Member, error) {
	var rows []memberRow
	if err := tx.DB.Raw(selectMember+` WHERE p.username > ? ORDER BY p.username LIMIT ?`, q.After, q.Limit).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	list := make([]Member, 0, len(rows))
	for i := range rows {
		list = append(list, rows[i].member())
	}
	return list, nil
}

func findMember(tx *scope.Tx, id uuid.UUID) (Member, error) {
	return oneMember(tx, selectMember+` WHERE p.id = ?`, id)
}

func findNamed(tx *scope.Tx, username string) (Member, error) {
	return oneMember(tx, selectMember+` WHERE p.username = ?`, username)
}

func oneMember(tx *scope.Tx, query string, args ...any) (Member, error) {
	var r memberRow
	err := tx.DB.Raw(query, args...).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Member{}, errNobodyHere
	}
	if err != nil {
		return Member{}, fmt.Errorf("find person: %w", err)
	}
	return r.member(), nil
}

// lockMember holds a person and the active keepers of their home, in the order of their ids, and reads the person anew.
func lockMember(tx *scope.Tx, id uuid.UUID) (Member, error) {
	m, err := findMember(tx, id)
	if err != nil {
		return m, err
	}
	office, city := m.Home.columns()
	var ids []uuid.UUID
	if err := tx.DB.Raw(`SELECT id FROM people WHERE id = ? OR office_id IS NOT DISTINCT FROM ? AND municipality_id IS NOT DISTINCT FROM ? AND role = ? AND state = 'active'
	  ORDER BY id FOR UPDATE`, id, office, city, string(m.Home.Kind.Keeper())).Scan(&ids).Error; err != nil {
		return m, fmt.Errorf("hold people: %w", err)
	}
	return findMember(tx, id)
}

// lockNamed is lockMember by user name.
func lockNamed(tx *scope.Tx, username string) (Member, error) {
	m, err := findNamed(tx, username)
	if err != nil {
		return Member{}, err
	}
	return lockMember(tx, m.ID)
}

// keepOneIn refuses an enrolment by which the last active keeper of a home would get another role.
func keepOneIn(tx *scope.Tx, p NewPerson) error {
	m, err := lockNamed(tx, p.Username)
	if errors.Is(err, errNobodyHere) || err == nil && !m.Home.same(p.Home) {
		return nil
	}
	if err != nil {
		return err
	}
	return keepOne(tx, &m, p.Role, m.Standing)
}

// endSessionsOf ends what somebody of the scope's home has open.
func endSessionsOf(tx *scope.Tx, person uuid.UUID) error {
	if err := tx.DB.Exec(`SELECT end_sessions(?, ?)`, person, endedByLock).Error; err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// otherKeepers counts the active keepers of a person's home beside them.
func otherKeepers(tx *scope.Tx, m *Member) (n int, err error) {
	office, city := m.Home.columns()
	err = tx.DB.Raw(`SELECT count(*) FROM people WHERE id <> ? AND office_id IS NOT DISTINCT FROM ? AND municipality_id IS NOT DISTINCT FROM ? AND role = ? AND state = 'active'`,
		m.ID, office, city, string(m.Home.Kind.Keeper())).Row().Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count keepers: %w", err)
	}
	return n, nil
}

func saveMember(tx *scope.Tx, m *Member) error {
	done := tx.DB.Exec(`UPDATE people SET role = ?, state = ?, locked_by = nullif(?, '') WHERE id = ? AND state <> 'left'`, string(m.Role), string(m.Standing), m.lockedBy, m.ID)
	if done.Error != nil {
		return fmt.Errorf("change person: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return errNobodyHere
	}
	return nil
}

// personNow is an active person with home and role, or somebody who may do nothing where the scope sees none.
func personNow(tx *scope.Tx, id uuid.UUID) (Person, error) {
	m, err := findMember(tx, id)
	if errors.Is(err, errNobodyHere) || err == nil && m.Standing != Active {
		return Person{}, nil
	}
	return Person{ID: m.ID, NameFA: m.NameFA, Role: m.Role, Home: m.Home, human: m.human}, err
}
