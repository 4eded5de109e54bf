package identity

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

type factorRow struct {
	Username string
	On       bool
	Secret   []byte // sealed; empty where none is being set up
	LastStep int64
	Recovery [][]byte
}

// lockFactor holds the person, so that of two uses of one code the second finds it used. The factor is read by a statement of its own: one that waits for a lock
// goes on with what it had read of other tables before.
func lockFactor(tx *scope.Tx, person uuid.UUID) (factorRow, error) {
	var f factorRow
	var recovery string
	err := tx.DB.Raw(`SELECT username, second_factor FROM people WHERE id = ? FOR UPDATE`, person).Row().Scan(&f.Username, &f.On)
	if errors.Is(err, sql.ErrNoRows) {
		return f, ErrToken
	}
	if err != nil {
		return f, fmt.Errorf("hold person: %w", err)
	}
	err = tx.DB.Raw(`SELECT secret, last_step, array_to_string(ARRAY(SELECT encode(r, 'hex') FROM unnest(recovery) r), ' ') FROM second_factors WHERE person_id = ?`, person).Row().
		Scan(&f.Secret, &f.LastStep, &recovery)
	if errors.Is(err, sql.ErrNoRows) {
		return f, nil
	}
	if err != nil {
		return f, fmt.Errorf("find second factor: %w", err)
	}
	for _, digits := range strings.Fields(recovery) {
		code, err := hex.DecodeString(digits)
		if err != nil {
			return f, fmt.Errorf("read recovery codes: %w", err)
		}
		f.Recovery = append(f.Recovery, code)
	}
	return f, nil
}

func startFactor(tx *scope.Tx, person uuid.UUID, sealed []byte) error {
	err := tx.DB.Exec(`INSERT INTO second_factors AS f (person_id, secret, changed_at) VALUES (?, ?, ?)
	  ON CONFLICT (person_id) DO UPDATE SET secret = excluded.secret, last_step = 0, recovery = '{}', changed_at = excluded.changed_at`, person, sealed, tx.Now).Error
	if err != nil {
		return fmt.Errorf("start second factor: %w", err)
	}
	return nil
}

// keepFactor stores the last step that was used and the recovery codes that are left.
func keepFactor(tx *scope.Tx, person uuid.UUID, step int64, recovery [][]byte) error {
	digits := make([]string, len(recovery))
	for i, code := range recovery {
		digits[i] = hex.EncodeToString(code)
	}
	err := tx.DB.Exec(`UPDATE second_factors SET last_step = ?, recovery = ARRAY(SELECT decode(r, 'hex') FROM unnest(string_to_array(?, ' ')) r), changed_at = ? WHERE person_id = ?`,
		step, strings.Join(digits, " "), tx.Now, person).Error
	if err != nil {
		return fmt.Errorf("keep second factor: %w", err)
	}
	return nil
}

func switchFactor(tx *scope.Tx, person uuid.UUID, on bool) error {
	if err := tx.DB.Exec(`UPDATE people SET second_factor = ? WHERE id = ?`, on, person).Error; err != nil {
		return fmt.Errorf("switch second factor: %w", err)
	}
	return nil
}

// clearFactor forgets the secret, too.
func clearFactor(tx *scope.Tx, person uuid.UUID) error {
	if err := switchFactor(tx, person, false); err != nil {
		return err
	}
	return startFactor(tx, person, []byte{})
}
