package identity

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

type account struct {
	ID           uuid.UUID
	OfficeID     uuid.NullUUID
	CityID       sql.NullInt64 // of a city's own person
	OfficeCityID sql.NullInt64 // where the office stands
	Username     string
	PasswordHash string
	State        string
	SecondFactor bool
}

func (a *account) home() Home {
	switch {
	case a.OfficeID.Valid:
		return Home{Kind: AtOffice, OfficeID: a.OfficeID.UUID, MunicipalityID: int(a.OfficeCityID.Int64)}
	case a.CityID.Valid:
		return Home{Kind: AtMunicipality, MunicipalityID: int(a.CityID.Int64)}
	default:
		return Home{Kind: AtPlatform}
	}
}

const accountSQL = `SELECT p.id, p.office_id, p.municipality_id AS city_id, o.municipality_id AS office_city_id, p.username, p.password_hash, p.state, p.second_factor
	  FROM people p LEFT JOIN offices o ON o.id = p.office_id`

// findAccount takes the same one look whatever the home is.
func findAccount(tx *scope.Tx, username string) (*account, error) {
	var a account
	err := tx.DB.Raw(accountSQL+` WHERE p.username = ?`, username).Take(&a).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find account: %w", err)
	}
	return &a, nil
}

type personRow struct {
	Person
	state, officeState string
	licensed           bool // the licence is valid on the transaction's day; of a branch, its parent works, too
	kept               bool // of an API client: its home has an active keeper
}

// statement finds the person only where the token says that they work, and while the session that it names is open.
func (r *personRow) statement(c Claims) scope.Statement {
	office, city := c.columns()
	session := uuid.NullUUID{UUID: c.SessionID, Valid: c.SessionID != uuid.Nil}
	return scope.Statement{SQL: `SELECT p.id, p.name_fa, p.role, p.state, p.second_factor, coalesce(o.name_fa, ''), coalesce(o.state, ''), coalesce(o.licence_no, ''),
	  coalesce(o.valid_from <= scope_today() AND (o.valid_to IS NULL OR o.valid_to > scope_today()) AND CASE WHEN o.parent_id IS NULL THEN true ELSE office_works(o.parent_id) END, false),
	  coalesce(m.id, 0), coalesce(m.name_fa, ''), coalesce(m.name_en, ''), coalesce(m.province_fa, ''), coalesce(m.stage, '')
	  FROM people p LEFT JOIN offices o ON o.id = p.office_id LEFT JOIN municipalities m ON m.id = coalesce(p.municipality_id, o.municipality_id)
	  WHERE p.id = ? AND p.office_id IS NOT DISTINCT FROM ? AND p.municipality_id IS NOT DISTINCT FROM ?
	    AND (?::uuid IS NULL OR session_is_open(?, p.id))`, Args: []any{c.PersonID, office, city, session, session},
		Into: []any{&r.ID, &r.NameFA, &r.Role, &r.state, &r.SecondFactor, &r.OfficeNameFA, &r.officeState, &r.LicenceNo, &r.licensed,
			&r.City.ID, &r.City.NameFA, &r.City.NameEN, &r.City.ProvinceFA, &r.City.Stage}}
}

// columns are the two columns of a home in people: at most one of them is not NULL.
func (h Home) columns() (office uuid.NullUUID, city sql.NullInt64) {
	office = uuid.NullUUID{UUID: h.OfficeID, Valid: h.Kind == AtOffice}
	return office, sql.NullInt64{Int64: int64(h.MunicipalityID), Valid: h.Kind == AtMunicipality}
}

// person is the row's person, unless they or their office may not work now.
func (r *personRow) person() (Person, error) {
	if r.state != active {
		return Person{}, ErrToken
	}
	if r.Home.Kind == AtOffice && (r.officeState != active || !r.licensed) {
		return Person{}, ErrOfficeSuspended
	}
	r.MunicipalityID = r.City.ID
	return r.Person, nil
}

// savePerson adds somebody, or gives a user name of the same home and the same human, or of one who was not known yet, another password, name and role.
func savePerson(tx *scope.Tx, p NewPerson, who human, hash string) (uuid.UUID, error) {
	if err := keepOneIn(tx, p); err != nil {
		return uuid.Nil, err
	}
	var id uuid.UUID
	office, city := p.Home.columns()
	humanID, masked := who.columns()
	err := tx.DB.Raw(`INSERT INTO people AS p (id, office_id, municipality_id, username, password_hash, name_fa, role, human_id, national_id_masked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT ON CONSTRAINT people_username DO UPDATE SET password_hash = excluded.password_hash, name_fa = excluded.name_fa, role = excluded.role,
	      human_id = excluded.human_id, national_id_masked = excluded.national_id_masked
	    WHERE p.office_id IS NOT DISTINCT FROM excluded.office_id AND p.municipality_id IS NOT DISTINCT FROM excluded.municipality_id
	      AND (p.human_id IS NULL OR p.human_id = excluded.human_id)
	  RETURNING id`, tx.NewID(), office, city, p.Username, hash, p.NameFA, string(p.Role), humanID, masked).Row().Scan(&id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return uuid.Nil, whose(tx, p)
	case scope.Constraint(err) == oneHuman:
		return uuid.Nil, errHumanHere.On("national_id").Because(err)
	case scope.Constraint(err) == "people_municipality_id_fkey":
		return uuid.Nil, errNoHome.On("municipality").Because(err)
	case err != nil:
		return uuid.Nil, fmt.Errorf("save person: %w", err)
	}
	return id, nil
}

// whose says why a user name cannot be enrolled again: it is of another home, or of another human.
func whose(tx *scope.Tx, p NewPerson) error {
	m, err := findNamed(tx, p.Username)
	switch {
	case err != nil:
		return err
	case m.Home.same(p.Home):
		return errHumanOther.On("national_id")
	default:
		return errElsewhere.On("username")
	}
}

func findOffice(tx *scope.Tx, licence string) (Home, error) {
	h := Home{Kind: AtOffice}
	err := tx.DB.Raw(`SELECT id, municipality_id FROM offices WHERE licence_no = ?`, licence).Row().Scan(&h.OfficeID, &h.MunicipalityID)
	if errors.Is(err, sql.ErrNoRows) {
		return Home{}, errNoHome.On("office")
	}
	if err != nil {
		return Home{}, fmt.Errorf("find office: %w", err)
	}
	return h, nil
}

func listPeople(tx *scope.Tx) ([]Listed, error) {
	var found []Listed
	err := tx.DB.Raw(`SELECT p.id, p.username, p.name_fa, p.role, p.state, coalesce(o.licence_no, '') AS licence_no, coalesce(p.municipality_id, 0) AS municipality_id
	  FROM people p LEFT JOIN offices o ON o.id = p.office_id ORDER BY p.office_id IS NOT NULL, p.municipality_id NULLS FIRST, o.licence_no, p.username`).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	return found, nil
}
