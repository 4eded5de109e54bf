package identity

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

type sessionRow struct {
	ID                               uuid.UUID
	PersonID                         uuid.UUID
	TokenHash, RotatedFrom           []byte
	RotatedAt                        *time.Time
	Successor                        []byte
	Address, UserAgent               string
	CreatedAt, LastUsedAt, ExpiresAt time.Time
	EndedAt                          *time.Time
}

const sessionColumns = `id, person_id, token_hash, rotated_from, rotated_at, successor, address, user_agent, created_at, last_used_at, expires_at, ended_at`

// The reasons for which a session ends.
const (
	endedBySignOut  = "signed_out"
	endedByReuse    = "reused"
	endedByPassword = "password"
	endedByFactor   = "second_factor"
	endedByLock     = "locked"
)

func insertSession(tx *scope.Tx, person uuid.UUID, t refreshToken, from Origin) (uuid.UUID, error) {
	id := tx.NewID()
	err := tx.DB.Exec(`INSERT INTO sessions (id, person_id, selector, token_hash, address, user_agent, created_at, last_used_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, person, t.selector, digest(t.verifier), from.network(), from.program(), tx.Now, tx.Now, tx.Now.Add(SessionLife)).Error
	if err != nil {
		return uuid.Nil, fmt.Errorf("open session: %w", err)
	}
	return id, nil
}

// stillSo holds an account as it was when its password was checked, until the transaction ends: a session that opens beside a change of password, a lock or a new
// second factor either ends by it or is refused. Errors: credentials_invalid.
func stillSo(tx *scope.Tx, a *account) error {
	var id uuid.UUID
	err := tx.DB.Raw(`SELECT id FROM people WHERE id = ? AND password_hash = ? AND second_factor = ? AND state = 'active' FOR SHARE`, a.ID, a.PasswordHash, a.SecondFactor).Row().Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrCredentials
	}
	if err != nil {
		return fmt.Errorf("hold account: %w", err)
	}
	return nil
}

// lockSession finds the session of a selector and holds it until the transaction ends, so that two refreshes at once come one after the other.
func lockSession(tx *scope.Tx, selector []byte) (*sessionRow, error) {
	var row sessionRow
	err := tx.DB.Raw(`SELECT `+sessionColumns+` FROM sessions WHERE selector = ? FOR UPDATE`, selector).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find session: %w", err)
	}
	return &row, nil
}

func rotateSession(tx *scope.Tx, id uuid.UUID, next refreshToken, successor []byte, from Origin) error {
	err := tx.DB.Exec(`UPDATE sessions SET rotated_from = token_hash, token_hash = ?, successor = ?, rotated_at = ?, last_used_at = ?, address = ?, user_agent = ? WHERE id = ?`,
		digest(next.verifier), successor, tx.Now, tx.Now, from.network(), from.program(), id).Error
	if err != nil {
		return fmt.Errorf("rotate session: %w", err)
	}
	return nil
}

func openSessions(tx *scope.Tx, person uuid.UUID) ([]sessionRow, error) {
	var rows []sessionRow
	err := tx.DB.Raw(`SELECT `+sessionColumns+` FROM sessions WHERE person_id = ? AND ended_at IS NULL ORDER BY last_used_at DESC, id`, person).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return rows, nil
}

// endSession ends one open session of a person, if they have it.
func endSession(tx *scope.Tx, person, id uuid.UUID, why string) (bool, error) {
	done := tx.DB.Exec(`UPDATE sessions SET ended_at = ?, ended_by = ? WHERE id = ? AND person_id = ? AND ended_at IS NULL`, tx.Now, why, id, person)
	if done.Error != nil {
		return false, fmt.Errorf("end session: %w", done.Error)
	}
	return done.RowsAffected > 0, nil
}

// endSessions ends all open sessions of a person but one (uuid.Nil: all).
func endSessions(tx *scope.Tx, person, but uuid.UUID, why string) error {
	err := tx.DB.Exec(`UPDATE sessions SET ended_at = ?, ended_by = ? WHERE person_id = ? AND id <> ? AND ended_at IS NULL`, tx.Now, why, person, but).Error
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// findByID is findAccount by the person's id.
func findByID(tx *scope.Tx, id uuid.UUID) (*account, error) {
	var a account
	err := tx.DB.Raw(accountSQL+` WHERE p.id = ?`, id).Take(&a).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find account: %w", err)
	}
	return &a, nil
}

// cityOf is the city for which somebody works; 0 of an office's and the platform's people.
func cityOf(tx *scope.Tx, person uuid.UUID) (city int, err error) {
	err = tx.DB.Raw(`SELECT coalesce(municipality_id, 0) FROM people WHERE id = ?`, person).Row().Scan(&city)
	if err != nil {
		return 0, fmt.Errorf("find city of person: %w", err)
	}
	return city, nil
}

// updatePassword changes the hash that was checked and no other: of two changes at once, the second must show the first's password.
func updatePassword(tx *scope.Tx, person uuid.UUID, old, hash string) error {
	done := tx.DB.Exec(`UPDATE people SET password_hash = ? WHERE id = ? AND password_hash = ?`, hash, person, old)
	if done.Error != nil {
		return fmt.Errorf("change password: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return ErrCredentials.On("password")
	}
	return nil
}
