package migrations_test

import (
	"os"
	"testing"

	"github.com/pressly/goose/v3"

	"mofasa/migrations"
	"mofasa/migrations/pgtest"
)

// unnumbered is the last schema whose agreements had no numbers.
const unnumbered = 7

// Agreements that exist get numbers in the order of their days, and hold on the days on which they held: over every charge, by every method, without a ceiling.
func TestAgreementsMigrateWithTheirMeaning(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, pgtest.Open(t, db.OwnerURL), os.DirFS("sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), unnumbered); err != nil {
		t.Fatal(err)
	}
	app := pgtest.Open(t, db.AppURL)
	tx := platform(t, app)
	for _, statement := range []string{
		`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix) VALUES (1, 'a', 'a', 'a', 'a', 'a', 1, 1), (2, 'b', 'b', 'a', 'a', 'a', 2, 1)`,
		`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES ('11111111-1111-1111-1111-111111111111', 1, 'x', '1', '2020-01-01')`,
		`INSERT INTO agreements (municipality_id, office_id, valid_from, valid_to) SELECT m, id, f::date, t::date FROM offices, (VALUES (1, '2026-06-01', NULL), (1, '2024-01-01', '2025-01-01'),
		  (2, '2024-01-01', NULL)) v (m, f, t)`,
	} {
		if _, err := tx.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.Apply(t.Context(), db.OwnerURL); err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{"2023-06-01": "", "2024-06-01": "1:1 2:1", "2025-06-01": "2:1", "2026-06-01": "1:2 2:1"} {
		tx, err := app.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(`SELECT enter_scope('platform', NULL, NULL, NULL, NULL, NULL, NULL, ($1 || ' 12:00+03:30')::timestamptz)`, day); err != nil {
			t.Fatal(err)
		}
		var holding string
		var unbounded bool
		if err := tx.QueryRow(`SELECT coalesce(string_agg(municipality_id || ':' || number, ' ' ORDER BY municipality_id), ''),
		  coalesce(bool_and(charges IS NULL AND methods IS NULL AND order_ceiling_rial IS NULL AND day_ceiling_rial IS NULL), true) FROM holding_agreements`).Scan(&holding, &unbounded); err != nil {
			t.Fatal(err)
		}
		if holding != want || !unbounded {
			t.Errorf("on %s: %q, want %q, without bounds: %t", day, holding, want, unbounded)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}
