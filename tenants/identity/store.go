package identity

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

type account struct {
	ID             uuid.UUID
	OfficeID       uuid.UUID
	MunicipalityID int
	PasswordHash   string
	State          string
}

func findAccount(tx *scope.Tx, username string) (*account, error) {
	var a account
	err := tx.DB.Raw(`SELECT p.id, p.office_id, o.municipality_id, p.password_hash, p.state FROM people p JOIN offices o ON o.id = p.office_id
	  WHERE p.username = ?`, username).Take(&a).Error
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
	licensed           bool // the licence is valid on the transaction's day
}

func (r *personRow) statement(id uuid.UUID) scope.Statement {
	return scope.Statement{SQL: `SELECT p.id, p.name_fa, p.role, p.state, o.id, o.name_fa, o.state, o.licence_no,
	  o.valid_from <= scope_today() AND (o.valid_to IS NULL OR o.valid_to > scope_today()), m.id, m.name_fa, m.name_en, m.province_fa
	  FROM people p JOIN offices o ON o.id = p.office_id JOIN municipalities m ON m.id = o.municipality_id WHERE p.id = ?`, Args: []any{id},
		Into: []any{&r.ID, &r.NameFA, &r.Role, &r.state, &r.OfficeID, &r.OfficeNameFA, &r.officeState, &r.LicenceNo, &r.licensed,
			&r.City.ID, &r.City.NameFA, &r.City.NameEN, &r.City.ProvinceFA}}
}

// person is the row's person, unless they or their office may not work now.
func (r *personRow) person() (Person, error) {
	if r.state != "active" {
		return Person{}, ErrToken
	}
	if r.officeState != "active" || !r.licensed {
		return Person{}, ErrOfficeSuspended
	}
	return r.Person, nil
}

func savePerson(tx *scope.Tx, p NewPerson, hash string) (uuid.UUID, error) {
	var id uuid.UUID
	err := tx.DB.Raw(`INSERT INTO people (id, office_id, username, password_hash, name_fa, role) VALUES (?, ?, ?, ?, ?, ?)
	  ON CONFLICT ON CONSTRAINT people_username DO UPDATE SET password_hash = excluded.password_hash, name_fa = excluded.name_fa, role = excluded.role
	  RETURNING id`, tx.NewID(), p.Office, p.Username, hash, p.NameFA, string(p.Role)).Row().Scan(&id)
	if err != nil {
		return uuid.Nil, fmt.Errorf("save person: %w", err)
	}
	return id, nil
}
