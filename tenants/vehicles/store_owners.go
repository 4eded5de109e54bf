package vehicles

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
)

func insertIdentity(tx *scope.Tx, id uuid.UUID, name, number []byte) error {
	err := tx.DB.Exec(`INSERT INTO owner_identities (id, name_enc, id_enc, recorded_at) VALUES (?, ?, ?, ?)`, id, name, number, tx.Now).Error
	if err != nil {
		return fmt.Errorf("keep identity: %w", err)
	}
	return nil
}

func loadIdentity(tx *scope.Tx, id uuid.UUID) (name, number []byte, err error) {
	err = tx.DB.Raw(`SELECT name_enc, id_enc FROM owner_identities WHERE id = ?`, id).Row().Scan(&name, &number)
	if err != nil {
		return nil, nil, fmt.Errorf("load identity: %w", err)
	}
	return name, number, nil
}

// ownedBy reads whole vehicles, so that a page never ends between two periods of one.
func ownedBy(tx *scope.Tx, blind []byte, after uuid.UUID) ([]Owned, bool, error) {
	var rows []struct {
		VehicleID uuid.UUID
		VIN       identifiers.VIN
		Plate     string
		ValidFrom time.Time
		ValidTo   *time.Time
		More      bool
	}
	err := tx.DB.Raw(`WITH found AS (SELECT DISTINCT vehicle_id FROM vehicle_owners WHERE id_hash = @blind AND vehicle_id > @after ORDER BY 1 LIMIT @most + 1),
	    page AS (SELECT vehicle_id FROM found ORDER BY 1 LIMIT @most)
	  SELECT v.id AS vehicle_id, v.vin, coalesce(p.plate, '') AS plate, o.valid_from, o.valid_to, (SELECT count(*) FROM found) > @most AS more
	  FROM page JOIN vehicles v ON v.id = page.vehicle_id JOIN vehicle_owners o ON o.vehicle_id = v.id AND o.id_hash = @blind
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
