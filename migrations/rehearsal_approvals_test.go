package migrations_test

import (
	"database/sql"
	"os"
	"testing"

	"github.com/pressly/goose/v3"

	"mofasa/migrations"
	"mofasa/migrations/pgtest"
)

// tariffLife is a schema in which drafts and corrections wait for a second person, and no list of approvals knows of it.
const tariffLife = 6

// What waits for a second person when the list of approvals is made stands in it afterwards; what does not wait does not.
func TestWhatWaitsIsAmongTheApprovals(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, pgtest.Open(t, db.OwnerURL), os.DirFS("sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), tariffLife); err != nil {
		t.Fatal(err)
	}
	app := pgtest.Open(t, db.AppURL)
	wait(t, app)
	if _, err := migrations.Apply(t.Context(), db.OwnerURL); err != nil {
		t.Fatal(err)
	}
	tx := platform(t, app)
	defer func() { _ = tx.Rollback() }()
	var waiting string
	if err := tx.QueryRow(`SELECT string_agg(format('%s %s %s by %s and %s', municipality_id, kind, reason, (SELECT username FROM people WHERE id = requested_by), cardinality(authors)), ', ' ORDER BY kind)
	  FROM approvals WHERE state = 'open' AND expires_at > now() + interval '29 days'`).Scan(&waiting); err != nil {
		t.Fatal(err)
	}
	if want := "0 tariff_correction listed by a and 0, 17 tariff_publication submitted by a and 1"; waiting != want {
		t.Errorf("%s, want %s", waiting, want)
	}
	var all int
	if err := tx.QueryRow(`SELECT count(*) FROM approvals`).Scan(&all); err != nil || all != 2 {
		t.Errorf("%d approvals, %v", all, err)
	}
}

// wait leaves a draft and a correction of each state.
func wait(t *testing.T, app *sql.DB) {
	t.Helper()
	tx := platform(t, app)
	for _, statement := range []string{
		`INSERT INTO people (id, username, password_hash, name_fa, role) SELECT gen_random_uuid(), u, 'x', u, 'tariff_editor' FROM unnest(ARRAY['a', 'b']) u`,
		`INSERT INTO tariff_versions (id, authority, fiscal_year, number, body, published_at)
		  SELECT 'national/1403/' || n, 'national', 1403, n, jsonb_build_object('from', n), now() FROM generate_series(1, 2) n`,
		`INSERT INTO tariff_drafts (municipality_id, id, fiscal_year, body, reason, state, edited_by, drafted_at, submitted_by, submitted_at, decided_by)
		  SELECT 17, gen_random_uuid(), 1403, '{"id": "17/1403/1"}', s, s, ARRAY[a.id], now(), a.id, now(), b.id FROM people a, people b, unnest(ARRAY['draft', 'submitted', 'approved', 'withdrawn']) s
		  WHERE a.username = 'a' AND b.username = 'b'`,
		`INSERT INTO correction_runs (municipality_id, id, wrong_version, right_version, reason, state, listed_by, listed_at, bills, credit_rial, extra_rial)
		  SELECT 0, gen_random_uuid(), 'national/1403/1', 'national/1403/2', s, s, id, now(), 0, 0, 0 FROM people, unnest(ARRAY['listed', 'withdrawn']) s WHERE username = 'a'`,
	} {
		if _, err := tx.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}
