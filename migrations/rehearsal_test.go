package migrations_test

import (
	"database/sql"
	"os"
	"testing"

	"github.com/pressly/goose/v3"

	"mofasa/migrations"
	"mofasa/migrations/pgtest"
)

// registry is the last schema whose lists of cities with the pollution levy held from no day of their own.
const registry = 5

// A database that already has the versions of 1401 gets the day of the decree into the second one, and keeps the first to the byte.
func TestTariffsMigrateWithPublishedVersions(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	owner := pgtest.Open(t, db.OwnerURL)
	provider, err := goose.NewProvider(goose.DialectPostgres, owner, os.DirFS("sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), registry); err != nil {
		t.Fatal(err)
	}
	publish(t, pgtest.Open(t, db.AppURL), "national/1401/1", "national/1401/2", "national/1402/1", "national/1402/2", "national/1403/1")
	if _, err := migrations.Apply(t.Context(), db.OwnerURL); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"national/1401/1": "", "national/1401/2": "1401/05/09", "national/1402/1": "", "national/1402/2": "1402/03/30", "national/1403/1": ""}
	tx := platform(t, pgtest.Open(t, db.AppURL))
	defer func() { _ = tx.Rollback() }()
	for id, from := range want {
		var got string
		var rest bool
		if err := tx.QueryRow(`SELECT coalesce(body->>'from', ''), body - 'from' = jsonb_build_object('id', id) FROM tariff_versions WHERE id = $1`, id).Scan(&got, &rest); err != nil {
			t.Fatal(err)
		}
		if got != from || !rest {
			t.Errorf("%s holds from %q, want %q; the rest as it was: %t", id, got, from, rest)
		}
	}
}

func publish(t *testing.T, app *sql.DB, ids ...string) {
	t.Helper()
	tx := platform(t, app)
	for _, id := range ids {
		_, err := tx.Exec(`INSERT INTO tariff_versions (id, authority, fiscal_year, number, body, published_at)
		  VALUES ($1::text, split_part($1, '/', 1), split_part($1, '/', 2)::smallint, split_part($1, '/', 3)::smallint, jsonb_build_object('id', $1::text), now())`, id)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// platform begins a transaction in the platform's scope.
func platform(t *testing.T, app *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := app.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(`SELECT enter_scope('platform', NULL, NULL, NULL, NULL, NULL, NULL, now())`); err != nil {
		t.Fatal(err)
	}
	return tx
}
