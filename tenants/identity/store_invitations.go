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
	HumanID                uuid.NullUUID
	NationalIDMasked       string
}

// who is the human who was invited; nobody known, of an older invitation.
func (r *invitationRow) who() human { return human{r.HumanID.UUID, r.NationalIDMasked} }

// newInvitation is an invitation with what is stored of it alone.
type newInvitation struct {
	Invitation
	who   human
	hash  []byte
	waits bool
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

// voidInvitationsBy ends what waits of somebody's invitations, and counts it.
func voidInvitationsBy(tx *scope.Tx, person uuid.UUID) (int64, error) {
	done := tx.DB.Exec(`UPDATE invitations SET expires_at = ? WHERE invited_by = ? AND accepted_at IS NULL AND expires_at > ?`, tx.Now, person, tx.Now)
	if done.Error != nil {
		return 0, fmt.Errorf("void invitations: %w", done.Error)
	}
	return done.RowsAffected, nil
}

// confirmInvitation lets what waits for a second person be taken up. Errors: person_changed where it is void.
func confirmInvitation(tx *scope.Tx, id uuid.UUID) error {
	done := tx.DB.Exec(`UPDATE invitations SET waits = false, expires_at = ? WHERE id = ? AND waits AND expires_at > ?`, tx.Now.Add(InvitationLife), id, tx.Now)
	if done.Error != nil {
		return fmt.Errorf("confirm invitation: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return errMoved
	}
	return nil
}

func insertInvitation(tx *scope.Tx, in Invited, made newInvitation) error {
	office, city := in.Home.columns()
	humanID, masked := made.who.columns()
	err := tx.DB.Exec(`INSERT INTO invitations (id, office_id, city, username, name_fa, role, token_hash, invited_by, invited_at, expires_at, human_id, national_id_masked, waits)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		made.ID, office, city, in.Username, strings.TrimSpace(in.NameFA), string(in.Role), made.hash, uuid.NullUUID{UUID: tx.Actor.ID, Valid: tx.Actor.ID != uuid.Nil}, tx.Now, made.Expires,
		humanID, masked, made.waits).Error
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
	err := tx.DB.Raw(`SELECT id, office_id, city, username, name_fa, role, human_id, coalesce(national_id_masked, '') AS national_id_masked FROM invitations
	  WHERE token_hash = ? AND accepted_at IS NULL AND NOT waits AND expires_at > ? FOR UPDATE`, hash, tx.Now).
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
func insertPerson(tx *scope.Tx, p NewPerson, who human, hash string) (uuid.UUID, error) {
	id := tx.NewID()
	office, city := p.Home.columns()
	humanID, masked := who.columns()
	err := tx.DB.Exec(`INSERT INTO people (id, office_id, municipality_id, username, password_hash, name_fa, role, human_id, national_id_masked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, office, city, p.Username, hash, p.NameFA, string(p.Role), humanID, masked).Error
	switch scope.Constraint(err) {
	case "people_username":
		return uuid.Nil, errTaken.On("username").Because(err)
	case oneHuman:
		return uuid.Nil, errHumanHere.Because(err)
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("save person: %w", err)
	}
	return id, nil
}
