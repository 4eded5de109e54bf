package identity

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/municipalities"
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
	ID             uuid.UUID
	NameFA         string `gorm:"column:name_fa"`
	Role           string
	State          string
	OfficeID       uuid.UUID
	OfficeName     string
	OfficeState    string
	LicenceNo      string
	ValidFrom      time.Time
	ValidTo        *time.Time
	MunicipalityID int
	CityFA         string `gorm:"column:city_fa"`
	CityEN         string `gorm:"column:city_en"`
	ProvinceFA     string `gorm:"column:province_fa"`
}

func loadPerson(tx *scope.Tx, id uuid.UUID) (Person, error) {
	var r personRow
	err := tx.DB.Raw(`SELECT p.id, p.name_fa, p.role, p.state, o.id AS office_id, o.name_fa AS office_name, o.state AS office_state, o.licence_no,
	  o.valid_from, o.valid_to, o.municipality_id, m.name_fa AS city_fa, m.name_en AS city_en, m.province_fa
	  FROM people p JOIN offices o ON o.id = p.office_id JOIN municipalities m ON m.id = o.municipality_id WHERE p.id = ?`, id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Person{}, ErrToken.Because(err)
	}
	if err != nil {
		return Person{}, fmt.Errorf("load person: %w", err)
	}
	if r.State != "active" {
		return Person{}, ErrToken
	}
	if r.OfficeState != "active" || tx.Now.Before(r.ValidFrom) || (r.ValidTo != nil && !tx.Now.Before(*r.ValidTo)) {
		return Person{}, ErrOfficeSuspended
	}
	return Person{ID: r.ID, NameFA: r.NameFA, Role: Role(r.Role), OfficeID: r.OfficeID, OfficeNameFA: r.OfficeName,
		LicenceNo: r.LicenceNo, City: municipalities.Municipality{ID: r.MunicipalityID, NameFA: r.CityFA, NameEN: r.CityEN, ProvinceFA: r.ProvinceFA}}, nil
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
