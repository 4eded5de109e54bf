package vehicles

import (
	"fmt"
	"strings"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

var (
	errFactsDiffer = fault.Define(fault.Invalid, "vehicle_facts_differ", "این مشخصه در سطر دیگری از همین خودرو چیز دیگری است.",
		"Another row of the same vehicle states this fact differently.")
	errIncomplete = fault.Define(fault.Invalid, "vehicle_incomplete", "سطر دیگری از همین خودرو پذیرفته نشد؛ خودرو یا کامل وارد می‌شود یا هیچ.",
		"Another row of the same vehicle was refused; a vehicle is imported whole or not at all.")
	errPlateTaken = fault.Define(fault.Conflict, "plate_taken", "این پلاک در همین زمان روی خودروی دیگری است.", "Another vehicle wears this plate at the same time.")
)

// facts are what the rows of a vehicle must agree on, and what an import brings up to date.
var facts = []string{"class", "usage", "fuel", "origin", "cylinders", "type_code", "model_year", "first_registered"}

func cityCodes(tx *scope.Tx) (map[int64]bool, error) {
	var codes []int64
	if err := tx.DB.Raw(`SELECT id FROM municipalities`).Scan(&codes).Error; err != nil {
		return nil, fmt.Errorf("load municipality codes: %w", err)
	}
	known := make(map[int64]bool, len(codes))
	for _, code := range codes {
		known[code] = true
	}
	return known, nil
}

// resolve makes import_vehicles, one row for each VIN of the file as its first row states it, and refuses rows that state it otherwise.
func resolve(tx *scope.Tx) error {
	own, stored := of("f", facts), of("v", facts)
	err := csvimport.Exec(tx, `CREATE TEMP TABLE import_vehicles ON COMMIT DROP AS
	  SELECT f.line, f.vin, coalesce(v.id, f.id) AS id, v.id IS NOT NULL AS stored, (`+own+`) IS DISTINCT FROM (`+stored+`) AS changed, `+own+`
	  FROM (SELECT DISTINCT ON (vin) * FROM import_vehicle_rows ORDER BY vin, line) f LEFT JOIN vehicles v ON v.vin = f.vin`,
		`ANALYZE import_vehicles`)
	if err != nil {
		return err
	}
	var which strings.Builder
	for _, fact := range facts {
		fmt.Fprintf(&which, " WHEN r.%[1]s <> f.%[1]s THEN '%[1]s'", fact)
	}
	return csvimport.RefuseRows(tx, errFactsDiffer, `SELECT r.line, CASE`+which.String()+` END AS field, r.vin AS key
	  FROM import_vehicle_rows r JOIN import_vehicles f ON f.vin = r.vin WHERE r.line <> f.line AND (`+of("r", facts)+`) <> (`+own+`)`)
}

// refuseMerged keeps an old file from bringing a merged registration back to life.
func refuseMerged(tx *scope.Tx) error {
	return csvimport.RefuseRows(tx, errMerged, `SELECT r.line, 'vin' AS field, r.vin AS key FROM import_vehicle_rows r
	  JOIN vehicles v ON v.vin = r.vin WHERE v.merged_into IS NOT NULL`)
}

// checkPlatesAcross refuses a plate that two vehicles would wear at the same time. The file may take a plate off one vehicle and put it on another;
// then the second falls with the first (import_handovers.holder), and so on.
func checkPlatesAcross(tx *scope.Tx) error {
	const meet = `p.valid_from < coalesce(q.valid_to, 'infinity') AND q.valid_from < coalesce(p.valid_to, 'infinity')`
	err := csvimport.RefuseRows(tx, errPlateTaken, `SELECT p.line, 'plate' AS field, p.vin AS key FROM import_plates p
	  WHERE EXISTS (SELECT FROM import_plates q WHERE q.plate = p.plate AND q.vehicle_id <> p.vehicle_id AND `+meet+`)`)
	if err != nil {
		return err
	}
	err = csvimport.Exec(tx, `CREATE TEMP TABLE import_handovers ON COMMIT DROP AS
	  SELECT p.line, p.vin, o.vin AS holder FROM vehicle_plates q
	  JOIN import_plates p ON p.plate = q.plate AND p.vehicle_id <> q.vehicle_id AND `+meet+`
	  LEFT JOIN import_plates o ON o.vehicle_id = q.vehicle_id AND o.valid_from = q.valid_from`)
	if err != nil {
		return err
	}
	err = csvimport.RefuseRows(tx, errPlateTaken, `SELECT line, 'plate' AS field, vin AS key FROM import_handovers WHERE holder IS NULL`)
	if err != nil {
		return err
	}
	return csvimport.RefuseRows(tx, errPlateTaken, `WITH RECURSIVE lost (vin) AS (
	    SELECT key FROM import_refusals WHERE key IS NOT NULL
	    UNION SELECT h.vin FROM import_handovers h JOIN lost ON h.holder = lost.vin)
	  SELECT line, 'plate' AS field, vin AS key FROM import_handovers WHERE holder IN (SELECT vin FROM lost)`)
}

// dropRefused forgets every vehicle of which some row is refused.
func dropRefused(tx *scope.Tx) error {
	err := csvimport.Exec(tx, `CREATE TEMP TABLE import_refused ON COMMIT DROP AS SELECT DISTINCT key AS vin FROM import_refusals WHERE key IS NOT NULL`, `ANALYZE import_refused`)
	if err != nil {
		return err
	}
	err = csvimport.RefuseRows(tx, errIncomplete, `SELECT r.line, 'vin' AS field, r.vin AS key FROM import_vehicle_rows r JOIN import_refused x ON x.vin = r.vin
	  WHERE NOT EXISTS (SELECT FROM import_refusals f WHERE f.line = r.line)`)
	if err != nil {
		return err
	}
	for _, table := range []string{"import_vehicle_rows", "import_vehicles", "import_plates", "import_residences", "import_owners"} {
		if err := csvimport.Exec(tx, `DELETE FROM `+table+` r USING import_refused x WHERE x.vin = r.vin`); err != nil {
			return err
		}
	}
	return nil
}

// count tells what write will do, by rows of the file.
func count(tx *scope.Tx) (merged csvimport.Merged, err error) {
	err = tx.DB.Raw(`SELECT count(*) FILTER (WHERE NOT v.stored), count(*) FILTER (WHERE v.stored AND (v.changed OR `+plates.news("p")+` OR `+residences.news("h")+` OR `+owners.news("o")+` OR coalesce(o.renewed, false)))
	  FROM import_vehicle_rows r JOIN import_vehicles v ON v.vin = r.vin
	  LEFT JOIN import_plates p ON p.vehicle_id = v.id AND p.valid_from = r.plate_from
	  LEFT JOIN import_residences h ON h.vehicle_id = v.id AND h.valid_from = r.residence_from
	  LEFT JOIN import_owners o ON o.vehicle_id = v.id AND o.valid_from = r.owner_from`).Row().Scan(&merged.Inserted, &merged.Changed)
	if err != nil {
		return merged, fmt.Errorf("count vehicles: %w", err)
	}
	return merged, nil
}

func write(tx *scope.Tx) error {
	names := strings.Join(facts, ", ")
	updates := make([]string, len(facts))
	for i, fact := range facts {
		updates[i] = fact + ` = excluded.` + fact
	}
	err := csvimport.Exec(tx, `INSERT INTO vehicles (id, vin, `+names+`) SELECT id, vin, `+names+` FROM import_vehicles WHERE NOT stored OR changed ORDER BY id
	  ON CONFLICT (vin) DO UPDATE SET `+strings.Join(updates, ", "))
	if err != nil {
		return err
	}
	if err := plates.write(tx); err != nil {
		return err
	}
	if err := residences.write(tx); err != nil {
		return err
	}
	return writeOwners(tx)
}

// of names columns of one table: "v.class, v.usage".
func of(table string, columns []string) string {
	return table + "." + strings.Join(columns, ", "+table+".")
}
