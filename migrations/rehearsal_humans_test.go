package migrations_test

import (
	"os"
	"testing"

	"github.com/pressly/goose/v3"

	"mofasa/migrations"
	"mofasa/migrations/pgtest"
)

// nameless is a schema in which user names stand for people.
const nameless = 13

// Whoever was locked stays locked, in the name of whose log says so; who they are nobody knows, and what they asked for and decided stands.
func TestWhoWasLockedStaysLocked(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, pgtest.Open(t, db.OwnerURL), os.DirFS("sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), nameless); err != nil {
		t.Fatal(err)
	}
	app := pgtest.Open(t, db.AppURL)
	before := platform(t, app)
	for _, statement := range []string{
		`INSERT INTO people (id, username, password_hash, name_fa, role, state)
		  SELECT gen_random_uuid(), u, 'x', u, 'auditor', CASE WHEN u = 'active' THEN 'active' ELSE 'locked' END FROM unnest(ARRAY['active', 'both', 'home', 'nobody', 'platform']) u`,
		`INSERT INTO audit_log (id, at, owner, actor_kind, action, target_kind, target_id)
		  SELECT gen_random_uuid(), now() + n * interval '1 second', o, 'system', 'person.locked', 'person', p.id::text
		  FROM (VALUES ('home', 'municipality:1', 1), ('platform', 'platform', 1), ('both', 'platform', 1), ('both', 'municipality:1', 2), ('active', 'platform', 1)) AS l (u, o, n)
		  JOIN people p ON p.username = l.u`,
		`INSERT INTO approvals (municipality_id, id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, requested_at, expires_at)
		  SELECT 0, gen_random_uuid(), 'role_grant', 'x', 'x', 'x', '{}', 'x', 'open', id, now(), now() + interval '1 day' FROM people WHERE username = 'active'`,
		`INSERT INTO approvals (municipality_id, id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, requested_at, expires_at)
		  SELECT 0, gen_random_uuid(), 'role_grant', 'y', 'x', 'x', '{}', 'x', 'open', id, now(), now() + interval '1 day' FROM people WHERE username = 'home'`,
		`UPDATE approvals SET state = 'approved', decided_at = now(), decided_by = (SELECT id FROM people WHERE username = 'both') WHERE target_id = 'y'`,
	} {
		if _, err := before.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := before.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.Apply(t.Context(), db.OwnerURL); err != nil {
		t.Fatal(err)
	}
	after := platform(t, app)
	defer func() { _ = after.Rollback() }()
	var locks string
	var waiting int
	if err := after.QueryRow(`SELECT string_agg(username || ' ' || coalesce(locked_by, '-') || coalesce(human_id::text, ''), ', ' ORDER BY username), (SELECT count(*) FROM approvals WHERE requester_human IS NULL AND state IN ('open', 'approved'))
	  FROM people`).Scan(&locks, &waiting); err != nil {
		t.Fatal(err)
	}
	if want := "active -, both home, home home, nobody home, platform platform"; locks != want || waiting != 2 {
		t.Errorf("%s, %d requests", locks, waiting)
	}
}
