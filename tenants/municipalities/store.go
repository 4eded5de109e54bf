package municipalities

import (
	"fmt"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

var (
	errNameTaken = fault.Define(fault.Conflict, "municipality_name_taken", "شهرداری دیگری در همین استان این نام را دارد.",
		"Another municipality of the province has this name.")
	errPrefixTaken = fault.Define(fault.Conflict, "municipality_bill_taken", "شهرداری دیگری همین پیش‌شماره و کد شرکت را در قبض دارد.",
		"Another municipality has this prefix and company code in its bills.")
	errAccountTwo = fault.Define(fault.Conflict, "municipality_account_two_people",
		"حساب شهری که کار می‌کند از راه فایل عوض نمی‌شود؛ بستهٔ تازهٔ شهر را بدهید تا نفر دوم تأیید کند.",
		"The account of a city that works does not change by a file; apply a new pack of the city, which a second person approves.")
)

// All lists every municipality by ID.
func All(tx *scope.Tx) ([]Municipality, error) {
	var found []Municipality
	if err := tx.DB.Raw(selectSQL + ` ORDER BY id`).Scan(&found).Error; err != nil {
		return nil, fmt.Errorf("load municipalities: %w", err)
	}
	return found, nil
}

// Load finds municipalities by ID; one that does not exist is absent from the answer.
func Load(tx *scope.Tx, ids []int) (map[int]Municipality, error) {
	found := make(map[int]Municipality, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []Municipality
	if err := tx.DB.Raw(selectSQL+` WHERE id IN ?`, ids).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("load municipalities: %w", err)
	}
	for _, m := range rows {
		found[m.ID] = m
	}
	return found, nil
}

const selectSQL = `SELECT id, name_fa, name_en, province_fa, stage FROM municipalities`

// merge never changes two names at once into each other's: such a swap takes a second run.
func merge(tx *scope.Tx) (csvimport.Merged, error) {
	for _, refuse := range []struct {
		fault *fault.Error
		query string
	}{
		{csvimport.ErrRepeated, `SELECT r.line, 'code' AS field, NULL AS key FROM import_municipality_rows r
		  WHERE EXISTS (SELECT FROM import_municipality_rows o WHERE o.code = r.code AND o.line <> r.line)`},
		{errNameTaken, `SELECT r.line, 'name_fa' AS field, NULL AS key FROM import_municipality_rows r
		  WHERE EXISTS (SELECT FROM import_municipality_rows o WHERE (o.province_fa, o.name_fa) = (r.province_fa, r.name_fa) AND o.code <> r.code)
		    OR EXISTS (SELECT FROM municipalities m WHERE (m.province_fa, m.name_fa) = (r.province_fa, r.name_fa) AND m.id <> r.code)`},
		{errAccountTwo, `SELECT r.line, 'iban' AS field, NULL AS key FROM import_municipality_rows r
		  JOIN municipalities m ON m.id = r.code AND m.stage <> 'draft' JOIN municipality_accounts a ON a.municipality_id = m.id AND a.charge = '*' AND a.iban <> r.iban`},
		{errPrefixTaken, `SELECT r.line, 'bill_prefix' AS field, NULL AS key FROM import_municipality_rows r
		  JOIN municipalities m ON (m.bill_company, m.bill_prefix) = (r.code, r.bill_prefix) AND m.id <> r.code`},
	} {
		if err := csvimport.RefuseRows(tx, refuse.fault, refuse.query); err != nil {
			return csvimport.Merged{}, err
		}
	}
	merged, err := compare(tx)
	if err != nil {
		return merged, err
	}
	if err := csvimport.Exec(tx, writeSQL...); err != nil {
		return merged, err
	}
	return merged, beginLives(tx)
}

// beginLives writes the steps by which the new cities of an import became active, as if somebody had taken them.
func beginLives(tx *scope.Tx) error {
	err := tx.DB.Exec(`INSERT INTO municipality_stages (municipality_id, number, was, stage, reason, at, actor_kind, actor_id)
	  SELECT i.code, s.number, s.was, s.stage, 'ورود از فایل', ?, ?, ? FROM import_municipalities i, (VALUES (1, 'draft', 'pilot'), (2, 'pilot', 'active')) s (number, was, stage) WHERE i.new`,
		tx.Now, string(tx.Actor.Kind), actorID(tx)).Error
	if err != nil {
		return fmt.Errorf("write the stages of imported cities: %w", err)
	}
	return nil
}

// compare makes import_municipalities, the rows that passed, and tells what writing them will do. The changed account of a draft is named in the audit log,
// because money will go there.
func compare(tx *scope.Tx) (merged csvimport.Merged, err error) {
	err = csvimport.Exec(tx, `CREATE TEMP TABLE import_municipalities ON COMMIT DROP AS
	  SELECT r.*, m.id IS NULL AS new,
	    m.id IS NOT NULL AND ((r.name_fa, r.name_en, r.province_fa, r.province_en, r.county_fa, r.code, r.bill_prefix)
	      IS DISTINCT FROM (m.name_fa, m.name_en, m.province_fa, m.province_en, m.county_fa, m.bill_company, m.bill_prefix)) AS renamed,
	    m.id IS NOT NULL AND a.iban IS DISTINCT FROM r.iban AS moved,
	    m.id IS NOT NULL AND NOT EXISTS (SELECT FROM bill_serials s WHERE s.municipality_id = m.id) AS unnumbered
	  FROM import_municipality_rows r LEFT JOIN municipalities m ON m.id = r.code
	  LEFT JOIN municipality_accounts a ON a.municipality_id = m.id AND a.charge = '*'
	  WHERE NOT EXISTS (SELECT FROM import_refusals f WHERE f.line = r.line)`)
	if err != nil {
		return merged, err
	}
	err = tx.DB.Raw(`SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE renamed OR moved OR unnumbered) FROM import_municipalities`).
		Row().Scan(&merged.Inserted, &merged.Changed)
	if err != nil {
		return merged, fmt.Errorf("count municipalities: %w", err)
	}
	var moved []int
	if err := tx.DB.Raw(`SELECT code FROM import_municipalities WHERE moved ORDER BY code`).Scan(&moved).Error; err != nil {
		return merged, fmt.Errorf("list changed accounts: %w", err)
	}
	if len(moved) > 0 {
		merged.Details = map[string]any{"accounts_changed": moved}
	}
	return merged, nil
}

var writeSQL = []string{
	`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix)
	  SELECT code, name_fa, name_en, province_fa, province_en, county_fa, code, bill_prefix FROM import_municipalities WHERE new OR renamed
	  ON CONFLICT (id) DO UPDATE SET name_fa = excluded.name_fa, name_en = excluded.name_en, province_fa = excluded.province_fa, province_en = excluded.province_en,
	    county_fa = excluded.county_fa, bill_company = excluded.bill_company, bill_prefix = excluded.bill_prefix`,
	`INSERT INTO municipality_accounts (municipality_id, charge, iban) SELECT code, '*', iban FROM import_municipalities WHERE new OR moved
	  ON CONFLICT (municipality_id, charge) DO UPDATE SET iban = excluded.iban`,
	`INSERT INTO bill_serials (municipality_id, next) SELECT code, 1 FROM import_municipalities ON CONFLICT (municipality_id) DO NOTHING`,
}
