package vehicles

import (
	"errors"
	"fmt"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

var owners = history{
	name: "owner", field: "owner_id",
	differs: fault.Define(fault.Conflict, "owner_differs", "در سابقهٔ ثبت‌شده، مالک دیگری از همین روز آغاز شده است.", "The stored history has another owner from this day on."),
	overlap: fault.Define(fault.Invalid, "owner_overlap", "این دورهٔ مالکیت با دورهٔ دیگری از همین خودرو هم‌پوشانی دارد.", "The owner's period overlaps another one of the same vehicle."),
}

var errIndexAhead = errors.New("vehicles: a stored owner is hashed under a key that came after this import had begun; run it again")

// checkOwners is history.check for owners, whose values are not compared as texts. Known periods are locked with their vehicles, as every use case does, so that
// nobody writes back what is about to be replaced.
func checkOwners(tx *scope.Tx) error {
	err := csvimport.Exec(tx, `DO $$ BEGIN PERFORM FROM vehicles v WHERE v.id IN (SELECT i.id FROM import_vehicles i WHERE i.stored
	    AND EXISTS (SELECT FROM import_vehicle_rows r WHERE r.vin = i.vin AND r.owner IS NOT NULL)) ORDER BY v.id FOR NO KEY UPDATE; END $$`,
		`CREATE TEMP TABLE import_owners ON COMMIT DROP AS
	  SELECT v.id AS vehicle_id, r.*, s.vehicle_id IS NOT NULL AS stored, s.valid_to AS stored_to,
	    s.kind = r.kind AND position('|' || s.index_key || ':' || encode(s.id_hash, 'hex') || '|' IN r.marks) > 0 AS known,
	    position('|' || s.index_key || ':' IN r.marks) = 0 AS ahead,
	    coalesce(s.identity_id IS NULL OR r.phone_hash IS NOT NULL AND position('|' || s.index_key || ':' || coalesce(encode(s.phone_hash, 'hex'), '') || '|' IN r.phone_marks) = 0, false)
	      AND s.vehicle_id IS NOT NULL AS renewed
	  FROM (SELECT DISTINCT ON (f.vin, o.same, f.owner_from, f.owner_to) f.vin, f.line, f.owner_from AS valid_from, f.owner_to AS valid_to, o.*
	    FROM import_vehicle_rows f CROSS JOIN LATERAL jsonb_to_record(f.owner) AS o (kind text, identity uuid, same text, marks text, phone_marks text, index_key integer, id_hash bytea,
	      id_masked text, name_masked text, phone_hash bytea, phone_masked text, name_enc bytea, phone_enc bytea, id_enc bytea)
	    WHERE f.owner IS NOT NULL ORDER BY f.vin, o.same, f.owner_from, f.owner_to, f.line) r
	  JOIN import_vehicles v ON v.vin = r.vin LEFT JOIN vehicle_owners s ON s.vehicle_id = v.id AND s.valid_from = r.valid_from`,
		`ANALYZE import_owners`)
	if err != nil {
		return err
	}
	var ahead bool
	if err := tx.DB.Raw(`SELECT EXISTS (SELECT FROM import_owners WHERE ahead)`).Row().Scan(&ahead); err != nil {
		return fmt.Errorf("look for newer keys: %w", err)
	}
	if ahead {
		return errIndexAhead
	}
	err = csvimport.RefuseRows(tx, owners.differs, `SELECT line, 'owner_id' AS field, vin AS key FROM import_owners WHERE stored AND NOT known`)
	if err != nil {
		return err
	}
	return owners.checkOverlap(tx)
}

// writeOwners keeps the identities of new periods, of those from before identities were kept, and of those whose mobile number the file states otherwise.
func writeOwners(tx *scope.Tx) error {
	keep := `INSERT INTO owner_identities (id, name_enc, phone_enc, id_enc, recorded_at)
	  SELECT identity, name_enc, phone_enc, id_enc, scope_now() FROM import_owners WHERE NOT stored OR renewed ORDER BY identity`
	return csvimport.Exec(tx, keep,
		`UPDATE vehicle_owners s SET valid_to = p.valid_to FROM import_owners p
	  WHERE p.stored AND p.valid_to IS DISTINCT FROM p.stored_to AND s.vehicle_id = p.vehicle_id AND s.valid_from = p.valid_from`,
		`UPDATE vehicle_owners s SET (index_key, id_hash, id_masked, name_masked, phone_hash, phone_masked, identity_id)
	    = ROW(p.index_key, p.id_hash, p.id_masked, p.name_masked, p.phone_hash, p.phone_masked, p.identity) FROM import_owners p
	  WHERE p.renewed AND s.vehicle_id = p.vehicle_id AND s.valid_from = p.valid_from`,
		`INSERT INTO vehicle_owners (vehicle_id, valid_from, valid_to, kind, index_key, id_hash, id_masked, name_masked, phone_hash, phone_masked, identity_id)
	  SELECT vehicle_id, valid_from, valid_to, kind, index_key, id_hash, id_masked, name_masked, phone_hash, phone_masked, identity FROM import_owners
	  WHERE NOT stored ORDER BY vehicle_id, valid_from`)
}
