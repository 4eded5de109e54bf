package offices

import (
	"fmt"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Open enters an office by its licence number in the register, or gives the id of the one that is there.
func Open(tx *scope.Tx, o Office) (uuid.UUID, error) {
	var id uuid.UUID
	err := tx.DB.Raw(`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES (?, ?, ?, ?, ?)
	  ON CONFLICT ON CONSTRAINT offices_licence DO UPDATE SET name_fa = excluded.name_fa RETURNING id`,
		o.ID, o.MunicipalityID, o.NameFA, o.LicenceNo, o.ValidFrom).Row().Scan(&id)
	if err != nil {
		return uuid.Nil, fmt.Errorf("open office: %w", err)
	}
	return id, audit.Write(tx, audit.Record{Action: "office.opened", TargetKind: "office", TargetID: id.String()})
}

// AgreeWithAll makes an agreement from the office's first day with every municipality that has none with it.
func AgreeWithAll(tx *scope.Tx, office uuid.UUID) error {
	return agree(tx, office, `SELECT m.id, o.id, o.valid_from FROM municipalities m, offices o WHERE o.id = ?`, office)
}

// Agree makes an agreement from the office's first day with each of the municipalities that has none with it.
func Agree(tx *scope.Tx, office uuid.UUID, municipalities []int) error {
	return agree(tx, office, `SELECT m.id, o.id, o.valid_from FROM municipalities m, offices o WHERE o.id = ? AND m.id IN ?`, office, municipalities)
}

func agree(tx *scope.Tx, office uuid.UUID, query string, args ...any) error {
	err := tx.DB.Exec(`INSERT INTO agreements (municipality_id, office_id, valid_from) `+query+` ON CONFLICT DO NOTHING`, args...).Error
	if err != nil {
		return fmt.Errorf("make agreements: %w", err)
	}
	return audit.Write(tx, audit.Record{Action: "agreements.made", TargetKind: "office", TargetID: office.String()})
}
