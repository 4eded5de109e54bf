package vehicles

import (
	"fmt"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// history is a dated relation of a vehicle, stored in vehicle_<name>s and staged in import_<name>s.
type history struct {
	name    string       // of its value's column
	field   string       // the value's column in the file; that of the begin is name_from
	differs *fault.Error // the stored period that begins on this day has another value
	overlap *fault.Error // two periods of one vehicle share a day
}

var plates = history{
	name: "plate", field: "plate",
	differs: fault.Define(fault.Conflict, "plate_differs", "در سابقهٔ ثبت‌شده، پلاک دیگری از همین روز آغاز شده است.", "The stored history has another plate from this day on."),
	overlap: fault.Define(fault.Invalid, "plate_overlap", "این دورهٔ پلاک با دورهٔ دیگری از همین خودرو هم‌پوشانی دارد.", "The plate's period overlaps another one of the same vehicle."),
}

var residences = history{
	name: "residence", field: "municipality_code",
	differs: fault.Define(fault.Conflict, "residence_differs", "در سابقهٔ ثبت‌شده، محل سکونت دیگری از همین روز آغاز شده است.", "The stored history has another residence from this day on."),
	overlap: fault.Define(fault.Invalid, "residence_overlap", "این دورهٔ سکونت با دورهٔ دیگری از همین خودرو هم‌پوشانی دارد.", "The residence's period overlaps another one of the same vehicle."),
}

// check makes the staged table, one row for each period that the file states, and refuses what cannot stand beside the other periods of the vehicle,
// those of the file and those stored.
func (h history) check(tx *scope.Tx) error {
	err := csvimport.Exec(tx, h.sql(`CREATE TEMP TABLE import_%[1]ss ON COMMIT DROP AS
	  SELECT v.id AS vehicle_id, r.vin, r.line, r.%[1]s, r.valid_from, r.valid_to, s.vehicle_id IS NOT NULL AS stored, s.%[1]s AS stored_%[1]s, s.valid_to AS stored_to
	  FROM (SELECT vin, %[1]s, %[1]s_from AS valid_from, %[1]s_to AS valid_to, min(line) AS line FROM import_vehicle_rows WHERE %[1]s IS NOT NULL GROUP BY 1, 2, 3, 4) r
	  JOIN import_vehicles v ON v.vin = r.vin
	  LEFT JOIN vehicle_%[1]ss s ON s.vehicle_id = v.id AND s.valid_from = r.valid_from`),
		h.sql(`ANALYZE import_%[1]ss`))
	if err != nil {
		return err
	}
	err = csvimport.RefuseRows(tx, h.differs, h.sql(`SELECT line, '%[2]s' AS field, vin AS key FROM import_%[1]ss WHERE stored AND stored_%[1]s <> %[1]s`))
	if err != nil {
		return err
	}
	return h.checkOverlap(tx)
}

// checkOverlap refuses periods of the file that share a day with another one of the vehicle.
func (h history) checkOverlap(tx *scope.Tx) error {
	return csvimport.RefuseRows(tx, h.overlap, h.sql(`SELECT line, '%[1]s_from' AS field, vin AS key FROM (
	    SELECT line, vin, valid_from, valid_to, lead(valid_from) OVER days AS next,
	      max(coalesce(valid_to, 'infinity')) OVER (days ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until
	    FROM (SELECT vehicle_id, vin, line, valid_from, valid_to FROM import_%[1]ss
	      UNION ALL SELECT s.vehicle_id, NULL, NULL, s.valid_from, s.valid_to FROM vehicle_%[1]ss s JOIN import_vehicles v ON v.id = s.vehicle_id AND v.stored
	      WHERE NOT EXISTS (SELECT FROM import_%[1]ss p WHERE p.vehicle_id = s.vehicle_id AND p.valid_from = s.valid_from)) AS periods
	    WINDOW days AS (PARTITION BY vehicle_id ORDER BY valid_from, line)) AS neighbours
	  WHERE line IS NOT NULL AND (busy_until > valid_from OR next < coalesce(valid_to, 'infinity'))`))
}

// write ends periods before it begins others: a plate may have to leave one vehicle before another can wear it (vehicle_plates_current). Rows are
// inserted in the order of their keys, which keeps a large load on few pages of the indexes.
func (h history) write(tx *scope.Tx) error {
	return csvimport.Exec(tx,
		h.sql(`UPDATE vehicle_%[1]ss s SET valid_to = p.valid_to FROM import_%[1]ss p
	  WHERE p.stored AND p.valid_to IS NOT NULL AND p.valid_to IS DISTINCT FROM p.stored_to AND s.vehicle_id = p.vehicle_id AND s.valid_from = p.valid_from`),
		h.sql(`INSERT INTO vehicle_%[1]ss (vehicle_id, valid_from, valid_to, %[1]s) SELECT vehicle_id, valid_from, valid_to, %[1]s FROM import_%[1]ss
	  WHERE NOT stored OR valid_to IS NULL AND stored_to IS NOT NULL ORDER BY vehicle_id, valid_from
	  ON CONFLICT (vehicle_id, valid_from) DO UPDATE SET valid_to = excluded.valid_to`))
}

// news is the condition that a staged period, by its alias, differs from what is stored; the alias may stand for no period.
func (h history) news(alias string) string {
	return fmt.Sprintf(`coalesce(NOT %[1]s.stored OR %[1]s.valid_to IS DISTINCT FROM %[1]s.stored_to, false)`, alias)
}

func (h history) sql(text string) string { return fmt.Sprintf(text, h.name, h.field) }
