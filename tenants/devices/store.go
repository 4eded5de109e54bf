package devices

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

type row struct {
	ID            uuid.UUID
	OfficeID      uuid.UUID
	Name          string
	Kind, State   string
	PublicKey     []byte
	InvitedAt     time.Time
	CodeExpiresAt time.Time
	EnrolledAt    sql.NullTime
	RevokedAt     sql.NullTime
	Reason        string
}

const columns = `id, office_id, name, kind, state, public_key, invited_at, code_expires_at, enrolled_at, revoked_at, coalesce(reason, '') AS reason`

func (r row) device(now time.Time) Device {
	d := Device{ID: r.ID, OfficeID: r.OfficeID, Name: r.Name, Kind: Kind(r.Kind), State: stateAt(State(r.State), r.CodeExpiresAt, now), PublicKey: r.PublicKey,
		InvitedAt: r.InvitedAt.UTC(), CodeExpiresAt: r.CodeExpiresAt.UTC(), Reason: r.Reason}
	if r.EnrolledAt.Valid {
		d.EnrolledAt = r.EnrolledAt.Time.UTC()
	}
	if r.RevokedAt.Valid {
		d.RevokedAt = r.RevokedAt.Time.UTC()
	}
	return d
}

func insert(tx *scope.Tx, d Device, code []byte) error {
	err := tx.DB.Exec(`INSERT INTO devices (id, office_id, name, kind, state, code_hash, code_expires_at, invited_by, invited_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ID, d.OfficeID, d.Name, string(d.Kind), string(d.State), code, d.CodeExpiresAt, tx.Actor.ID, d.InvitedAt).Error
	if err != nil {
		return fmt.Errorf("insert device: %w", err)
	}
	return nil
}

// enrol uses a code up. Of two who send it at once one finds it used.
func enrol(tx *scope.Tx, code, key []byte) (Device, error) {
	var r row
	err := tx.DB.Raw(`UPDATE devices SET state = 'enrolled', public_key = ?, enrolled_at = ? WHERE code_hash = ? AND state = 'invited' AND code_expires_at > ?
	  AND office_works(office_id) AND office_works(coalesce((SELECT o.parent_id FROM offices o WHERE o.id = office_id), office_id)) RETURNING `+columns,
		key, tx.Now, code, tx.Now).Take(&r).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return Device{}, errCode.On("code")
	case scope.Constraint(err) == "devices_key":
		return Device{}, errKeyTaken.On("public_key")
	case err != nil:
		return Device{}, fmt.Errorf("enrol device: %w", err)
	}
	return r.device(tx.Now), nil
}

// Find is a device of the transaction's scope. Errors: ErrUnknown.
func Find(tx *scope.Tx, id uuid.UUID) (Device, error) {
	return one(tx, ErrUnknown, `SELECT `+columns+` FROM devices WHERE id = ?`, id)
}

func revoke(tx *scope.Tx, id uuid.UUID, reason string) (Device, error) {
	return one(tx, errRevoked, `UPDATE devices SET state = 'revoked', revoked_by = ?, revoked_at = ?, reason = ? WHERE id = ? AND state <> 'revoked' RETURNING `+columns,
		tx.Actor.ID, tx.Now, reason, id)
}

func one(tx *scope.Tx, missing error, query string, args ...any) (Device, error) {
	var r row
	err := tx.DB.Raw(query, args...).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Device{}, missing
	}
	if err != nil {
		return Device{}, fmt.Errorf("read device: %w", err)
	}
	return r.device(tx.Now), nil
}

func list(tx *scope.Tx) ([]Device, error) {
	var rows []row
	if err := tx.DB.Raw(`SELECT ` + columns + ` FROM devices ORDER BY invited_at DESC, id DESC`).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	devices := make([]Device, 0, len(rows))
	for _, r := range rows {
		devices = append(devices, r.device(tx.Now))
	}
	return devices, nil
}
