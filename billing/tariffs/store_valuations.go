package tariffs

import (
	"fmt"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/scope"
)

func mergeValuations(tx *scope.Tx) (merged csvimport.Merged, err error) {
	err = csvimport.RefuseRows(tx, csvimport.ErrRepeated, `SELECT line, 'type_code' AS field, NULL AS key
	  FROM (SELECT line, count(*) OVER (PARTITION BY type_code, fiscal_year) AS times FROM import_valuation_rows) r WHERE times > 1`)
	if err != nil {
		return merged, err
	}
	err = csvimport.RefuseRows(tx, errTypeName, `SELECT line, 'type_name_fa' AS field, NULL AS key
	  FROM (SELECT line, name_fa, first_value(name_fa) OVER (PARTITION BY type_code ORDER BY line) AS first_name FROM import_valuation_rows) r WHERE name_fa <> first_name`)
	if err != nil {
		return merged, err
	}
	if err := csvimport.Exec(tx, `DELETE FROM import_valuation_rows r USING import_refusals f WHERE f.line = r.line`); err != nil {
		return merged, err
	}
	err = tx.DB.Raw(`SELECT count(*) FILTER (WHERE v.base_rial IS NULL), count(*) FILTER (WHERE v.base_rial <> r.base_rial OR v.base_rial = r.base_rial AND t.name_fa <> r.name_fa)
	  FROM import_valuation_rows r LEFT JOIN vehicle_types t ON t.code = r.type_code
	  LEFT JOIN valuations v ON v.fiscal_year = r.fiscal_year AND v.type_code = r.type_code`).Row().Scan(&merged.Inserted, &merged.Changed)
	if err != nil {
		return merged, fmt.Errorf("count valuations: %w", err)
	}
	return merged, csvimport.Exec(tx,
		`INSERT INTO vehicle_types AS t (code, name_fa) SELECT DISTINCT type_code, name_fa FROM import_valuation_rows
		  ON CONFLICT (code) DO UPDATE SET name_fa = excluded.name_fa WHERE t.name_fa <> excluded.name_fa`,
		`INSERT INTO valuations AS v (fiscal_year, type_code, base_rial) SELECT fiscal_year, type_code, base_rial FROM import_valuation_rows
		  ON CONFLICT (fiscal_year, type_code) DO UPDATE SET base_rial = excluded.base_rial WHERE v.base_rial <> excluded.base_rial`)
}
