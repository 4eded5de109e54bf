package certificates

import (
	"fmt"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Supersede ends every valid certificate that stands over dues of a vehicle in a city, in the transaction that makes them owed again (I4), in the platform's scope. A
// certificate that is being issued for the vehicle is waited for, and one that is asked for waits.
func Supersede(tx *scope.Tx, vehicle uuid.UUID, municipality int, years []int) error {
	if err := lockVehicle(tx, vehicle); err != nil {
		return err
	}
	var serials []string
	err := tx.DB.Raw(`INSERT INTO certificate_events (serial, number, office_id, kind, at, reason) SELECT c.serial, e.number + 1, c.office_id, 'superseded', ?, 'refund' FROM certificates c
	    CROSS JOIN LATERAL (SELECT x.number, x.kind FROM certificate_events x WHERE x.serial = c.serial ORDER BY x.number DESC LIMIT 1) e
	    WHERE c.vehicle_id = ? AND e.kind = 'issued' AND EXISTS (SELECT 1 FROM certificate_dues d WHERE d.serial = c.serial AND d.municipality_id = ? AND d.fiscal_year IN ?)
	  RETURNING serial`, tx.Now, vehicle, municipality, years).Scan(&serials).Error
	if err != nil {
		return fmt.Errorf("supersede certificates: %w", err)
	}
	for _, serial := range serials {
		err := audit.Write(tx, audit.Record{Action: "certificate.superseded", TargetKind: "certificate", TargetID: serial, Municipality: municipality,
			Details: map[string]any{"fiscal_years": years}})
		if err != nil {
			return err
		}
	}
	return nil
}

// lockVehicle lets one transaction at a time certify a vehicle's dues, or take them away. Orders and payments are locked before it, deposits after it.
func lockVehicle(tx *scope.Tx, vehicle uuid.UUID) error {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('certificate ' || CAST(? AS text), 0))`, vehicle.String()).Error; err != nil {
		return fmt.Errorf("lock vehicle for certificates: %w", err)
	}
	return nil
}
