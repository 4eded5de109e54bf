package identity

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

type invitationRow struct {
	ID                     uuid.UUID
	OfficeID               uuid.NullUUID
	City                   sql.NullInt64
	Username, NameFA, Role string
}

// voidInvitations ends what waits of a user name at a home.
func voidInvitations(tx *scope.Tx, in Invited) error {
	office, city := in.Home.columns()
	err := tx.DB.Exec(`UPDATE invitations SET expires_at = ? WHERE username = ? AND office_id IS NOT DISTINCT FROM ? AND city IS NOT DISTINCT FROM ?
	  AND accepted_at IS NULL AND expires_at > ?`, tx.Now, in.Username, office, city, tx.Now).Error
	if err != nil {
		return fmt.Errorf("void invitations: %w", err)
	}
	return nil
}

func insertInvitation(tx *scope.Tx, in Invited, made Invitation, hash []byte) error {
	office, city := in.Home.columns()
	err := tx.DB.Exec(`INSERT INTO invitations (id, office_id, city, username, name_fa, role, token_hash, invited_by, invited_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		made.ID, office, city, in.Username, strings.TrimSpace(in.NameFA), string(in.Role), hash, uuid.NullUUID{UUID: tx.Actor.ID, Valid: tx.Actor.ID != uuid.Nil}, tx.Now, made.Expires).Error
	switch scope.Constraint(err) {
	case "invitations_city_fkey":
		return errNoHome.On("municipality").Because(err)
	case "invitations_office_id_fkey":
		return errNoHome.On("office").Because(err)
	}
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	return nil
}

// lockInvitation finds an invitation that can be taken up now, and holds it, so that only one does.
func lockInvitation(tx *scope.Tx, hash []byte) (*invitationRow, error) {
	var row invitationRow
	err := tx.DB.Raw(`SELECT id, office_id, city, username, name_fa, role FROM invitations WHERE token_hash = ? AND accepted_at IS NULL AND expires_at > ? FOR UPDATE`, hash, tx.Now).
		Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, errInvitation
	}
	if err != nil {
		return nil, fmt.Errorf("find invitation: %w", err)
	}
	return &row, nil
}

func takeInvitation(tx *scope.Tx, id, person uuid.UUID) error {
	if err := tx.DB.Exec(`UPDATE invitations SET accepted_at = ?, person_id = ? WHERE id = ?`, tx.Now, person, id).Error; err != nil {
		return fmt.Errorf("take invitation: %w", err)
	}
	return nil
}

// insertPerson is savePerson for a user name that nobody has.
func insertPerson(tx *scope.Tx, p NewPerson, hash string) (uuid.UUID, error) {
	id := tx.NewID()
	office, city := p.Home.columns()
	err := tx.DB.Exec(`INSERT INTO people (id, office_id, municipality_id, username, password_hash, name_fa, role) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		id, office, city, p.Username, hash, p.NameFA, string(p.Role)).Error
	if scope.Constraint(err) == "people_username" {
		return uuid.Nil, errTaken.On("username").Because(err)
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("save person: %w", err)
	}
	return id, nil
}
