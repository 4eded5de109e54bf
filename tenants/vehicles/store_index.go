package vehicles

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// OwnerIndex is what owners are found by: the hashes that periods of ownership carry. Those of owners from before identities were kept can never be brought to
// another key, since nobody knows their IDs.
var OwnerIndex privacy.Rows = ownerIndex{}

type ownerIndex struct{}

// String is the table's name.
func (ownerIndex) String() string { return "vehicle_owners" }

// indexedRow is a period of ownership with what its hashes are made of.
type indexedRow struct {
	VehicleID uuid.UUID
	ValidFrom time.Time
	Owner     ownerColumns `gorm:"embedded"`
	NameEnc   []byte
	PhoneEnc  []byte
	IDEnc     []byte `gorm:"column:id_enc"`
}

// Renew hashes the next owners anew. It locks the vehicle, too, as every use case does: whoever has read the old hash to write it back with the period goes first or
// waits, so that what is counted afterwards is true.
func (x ownerIndex) Renew(tx *scope.Tx, ring *privacy.Keyring, after string) (privacy.Batch, error) {
	b := privacy.Batch{Key: ring.NewestIndex()}
	vehicle, from, _ := strings.Cut(after, " ")
	if after == "" {
		vehicle, from = uuid.Nil.String(), "0001-01-01"
	}
	var rows []indexedRow
	err := tx.DB.Raw(`SELECT o.vehicle_id, o.valid_from, o.kind, o.index_key, o.id_hash, o.id_masked, o.name_masked, o.phone_hash, o.phone_masked, o.identity_id,
	    i.name_enc, i.phone_enc, i.id_enc
	  FROM vehicle_owners o JOIN vehicles v ON v.id = o.vehicle_id JOIN owner_identities i ON i.id = o.identity_id
	  WHERE o.index_key < ? AND (o.vehicle_id, o.valid_from) > (?::uuid, ?::date) ORDER BY o.vehicle_id, o.valid_from LIMIT ? FOR NO KEY UPDATE OF v, o SKIP LOCKED`,
		b.Key, vehicle, from, privacy.AtOnce).Scan(&rows).Error
	if err != nil {
		return b, fmt.Errorf("read owners: %w", err)
	}
	for _, r := range rows {
		b.Last = r.VehicleID.String() + " " + dayText(r.ValidFrom)
		err := x.renew(tx, ring, r)
		switch {
		case errors.Is(err, privacy.ErrTampered), errors.Is(err, privacy.ErrKeyMissing), errors.Is(err, privacy.ErrEnvelope):
			b.Broken = append(b.Broken, fmt.Sprintf("%s %s: %v", x, b.Last, err))
		case err != nil:
			return b, err
		default:
			b.Done++
		}
	}
	return b, nil
}

// renew opens an owner, holds them against the old hash, and writes the new one.
func (ownerIndex) renew(tx *scope.Tx, ring *privacy.Keyring, r indexedRow) error {
	was := r.Owner.mark()
	o, err := identity{r.NameEnc, r.PhoneEnc, r.IDEnc}.unseal(ring, was.Identity, was.Kind)
	if err != nil {
		return err
	}
	if err := o.fits(ring, was); err != nil {
		return err
	}
	now, err := o.mark(ring, was.Identity)
	if err != nil {
		return err
	}
	err = tx.DB.Exec(`UPDATE vehicle_owners SET (index_key, id_hash, phone_hash) = ROW(?, ?, ?) WHERE vehicle_id = ? AND valid_from = ?`,
		now.index.id.Key, now.index.id.Sum, now.index.phone.Sum, r.VehicleID, r.ValidFrom).Error
	if err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	return nil
}

// Count counts the owners by the key of their hashes.
func (x ownerIndex) Count(tx *scope.Tx) (counts []privacy.Count, err error) {
	err = tx.DB.Raw(`SELECT ? AS "table", ? AS family, index_key AS key, count(*) AS rows, identity_id IS NULL AS stuck FROM vehicle_owners GROUP BY index_key, identity_id IS NULL ORDER BY 3, 5`,
		x.String(), string(privacy.Indexes)).Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count owners by key: %w", err)
	}
	return counts, nil
}
