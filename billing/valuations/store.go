package valuations

import (
	"fmt"

	"github.com/google/uuid"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/scope"
)

// refuse keeps rows out that contradict each other, and forgets them.
func refuse(tx *scope.Tx) error {
	err := csvimport.RefuseRows(tx, csvimport.ErrRepeated, `SELECT line, 'type_code' AS field, NULL AS key
	  FROM (SELECT line, count(*) OVER (PARTITION BY type_code, fiscal_year) AS times FROM import_valuation_rows) r WHERE times > 1`)
	if err != nil {
		return err
	}
	err = csvimport.RefuseRows(tx, errTypeName, `SELECT line, 'type_name_fa' AS field, NULL AS key
	  FROM (SELECT line, name_fa, first_value(name_fa) OVER (PARTITION BY type_code ORDER BY line) AS first_name FROM import_valuation_rows) r WHERE name_fa <> first_name`)
	if err != nil {
		return err
	}
	return csvimport.Exec(tx, `DELETE FROM import_valuation_rows r USING import_refusals f WHERE f.line = r.line`)
}

func merge(tx *scope.Tx) (merged csvimport.Merged, err error) {
	if err := refuse(tx); err != nil {
		return merged, err
	}
	err = tx.DB.Raw(`SELECT count(*) FILTER (WHERE v.base_rial IS NULL), count(*) FILTER (WHERE v.base_rial <> r.base_rial OR v.basis_type IS NOT NULL OR v.base_rial = r.base_rial AND t.name_fa <> r.name_fa)
	  FROM import_valuation_rows r LEFT JOIN vehicle_types t ON t.code = r.type_code
	  LEFT JOIN valuations v ON v.fiscal_year = r.fiscal_year AND v.type_code = r.type_code`).Row().Scan(&merged.Inserted, &merged.Changed)
	if err != nil {
		return merged, fmt.Errorf("count valuations: %w", err)
	}
	err = csvimport.Exec(tx, `INSERT INTO vehicle_types AS t (code, name_fa) SELECT DISTINCT type_code, name_fa FROM import_valuation_rows
	  ON CONFLICT (code) DO UPDATE SET name_fa = excluded.name_fa WHERE t.name_fa <> excluded.name_fa`)
	if err != nil {
		return merged, err
	}
	if err := recordList(tx); err != nil {
		return merged, err
	}
	return merged, csvimport.Exec(tx, `INSERT INTO valuations AS v (fiscal_year, type_code, base_rial) SELECT fiscal_year, type_code, base_rial FROM import_valuation_rows
	  ON CONFLICT (fiscal_year, type_code) DO UPDATE SET base_rial = excluded.base_rial, basis_type = NULL
	    WHERE v.base_rial <> excluded.base_rial OR v.basis_type IS NOT NULL`)
}

// recordList keeps how every value came about that the list gives anew, changes, or puts in the place of an analogy.
func recordList(tx *scope.Tx) error {
	err := tx.DB.Exec(`INSERT INTO valuation_changes (id, fiscal_year, type_code, cause, was_rial, base_rial, recorded_at, actor_kind, actor_id)
	  SELECT r.id, r.fiscal_year, r.type_code, 'list', v.base_rial, r.base_rial, ?, ?, ? FROM import_valuation_rows r
	  LEFT JOIN valuations v ON v.fiscal_year = r.fiscal_year AND v.type_code = r.type_code
	  WHERE v.base_rial IS NULL OR v.base_rial <> r.base_rial OR v.basis_type IS NOT NULL`, tx.Now, string(tx.Actor.Kind), actorID(tx)).Error
	if err != nil {
		return fmt.Errorf("record valuation changes: %w", err)
	}
	return nil
}

func actorID(tx *scope.Tx) uuid.NullUUID {
	return uuid.NullUUID{UUID: tx.Actor.ID, Valid: tx.Actor.ID != uuid.Nil}
}
