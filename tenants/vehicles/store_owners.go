package vehicles

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/identifiers"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

func insertIdentity(tx *scope.Tx, id uuid.UUID, o identity) error {
	err := tx.DB.Exec(`INSERT INTO owner_identities (id, name_enc, phone_enc, id_enc, recorded_at) VALUES (?, ?, ?, ?, ?)`, id, o.name, o.phone, o.id, tx.Now).Error
	if err != nil {
		return fmt.Errorf("keep identity: %w", err)
	}
	return nil
}

func loadIdentity(tx *scope.Tx, id uuid.UUID) (o identity, err error) {
	err = tx.DB.Raw(`SELECT name_enc, phone_enc, id_enc FROM owner_identities WHERE id = ?`, id).Row().Scan(&o.name, &o.phone, &o.id)
	if err != nil {
		return identity{}, fmt.Errorf("load identity: %w", err)
	}
	return o, nil
}

// meetIndex lets the ring learn of a key under which somebody already stores: without it a search would miss their rows in silence. Error: privacy.ErrKeyMissing.
func meetIndex(tx *scope.Tx, ring *privacy.Keyring) error {
	var newest privacy.KeyID
	if err := tx.DB.Raw(`SELECT coalesce(max(index_key), 0) FROM vehicle_owners`).Row().Scan(&newest); err != nil {
		return fmt.Errorf("look for the newest index: %w", err)
	}
	if newest <= ring.NewestIndex() {
		return nil
	}
	if err := ring.Meet(privacy.Indexes, newest); err != nil {
		return fmt.Errorf("key %d of the blind index: %w", newest, err)
	}
	return nil
}

// ownedBy reads whole vehicles, so that a page never ends between two periods of one. What a duplicate still says the kept vehicle says, too.
func ownedBy(tx *scope.Tx, owner OwnerKey, marks []privacy.Mark, after uuid.UUID) ([]Owned, bool, error) {
	column := map[bool]string{true: "phone_hash", false: "id_hash"}[owner.kind == ""]
	blind := make([][]byte, len(marks))
	for i, m := range marks {
		blind[i] = m.Sum
	}
	var rows []struct {
		VehicleID uuid.UUID
		VIN       identifiers.VIN
		Plate     string
		ValidFrom time.Time
		ValidTo   *time.Time
		More      bool
	}
	err := tx.DB.Raw(`WITH found AS (SELECT DISTINCT vehicle_id FROM vehicle_owners WHERE `+column+` IN @blind AND vehicle_id > @after
	      AND NOT EXISTS (SELECT FROM vehicles d WHERE d.id = vehicle_id AND d.merged_into IS NOT NULL) ORDER BY 1 LIMIT @most + 1),
	    page AS (SELECT vehicle_id FROM found ORDER BY 1 LIMIT @most)
	  SELECT v.id AS vehicle_id, v.vin, coalesce(p.plate, '') AS plate, o.valid_from, o.valid_to, (SELECT count(*) FROM found) > @most AS more
	  FROM page JOIN vehicles v ON v.id = page.vehicle_id JOIN vehicle_owners o ON o.vehicle_id = v.id AND o.`+column+` IN @blind
	  LEFT JOIN vehicle_plates p ON p.vehicle_id = v.id AND p.valid_to IS NULL ORDER BY v.id, o.valid_from`,
		map[string]any{"blind": blind, "after": after, "most": ownersAtOnce}).Scan(&rows).Error
	if err != nil {
		return nil, false, fmt.Errorf("find vehicles of an owner: %w", err)
	}
	var page []Owned
	more := false
	for _, r := range rows {
		o := Owned{VehicleID: r.VehicleID, VIN: r.VIN, Plate: r.Plate, From: r.ValidFrom}
		if r.ValidTo != nil {
			o.To = *r.ValidTo
		}
		page, more = append(page, o), r.More
	}
	return page, more, nil
}
