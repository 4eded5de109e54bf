package migrations_test

import (
	"database/sql"
	"os"
	"testing"

	"github.com/pressly/goose/v3"

	"mofasa/migrations"
	"mofasa/migrations/pgtest"
)

// bare finds a question about the scope that a policy would put for each row. PostgreSQL writes a subquery of its own as "( SELECT scope_kind() AS scope_kind)".
const bare = `(?<!SELECT )scope_(kind|is_platform|municipality|office|vehicle|certificate|now|today|owner)\(\)`

// TestPoliciesAskForTheScopeOnce names each policy that asks for every row. A migration that makes policies ends with SELECT policies_ask_once().
func TestPoliciesAskForTheScopeOnce(t *testing.T) {
	t.Parallel()
	owner := pgtest.Open(t, pgtest.New(t).OwnerURL)
	for _, name := range asking(t, owner) {
		t.Errorf("%s asks for the scope of every row", name)
	}
	if _, err := owner.ExecContext(t.Context(), `CREATE POLICY late ON bills FOR SELECT TO mofasa_app USING (scope_kind() = 'x' AND office_id = (SELECT scope_office()))`); err != nil {
		t.Fatal(err)
	}
	if found := asking(t, owner); len(found) != 1 || found[0] != "late on bills" {
		t.Errorf("%q", found)
	}
	var rewritten int
	if err := owner.QueryRowContext(t.Context(), `SELECT policies_ask_once()`).Scan(&rewritten); err != nil || rewritten != 1 || len(asking(t, owner)) != 0 {
		t.Errorf("%d rewritten, %v, %q are left", rewritten, err, asking(t, owner))
	}
}

func asking(t *testing.T, owner *sql.DB) []string {
	t.Helper()
	return texts(t, owner, `SELECT policyname || ' on ' || tablename FROM pg_policies WHERE schemaname = 'public' AND (qual ~ '`+bare+`' OR with_check ~ '`+bare+`') ORDER BY 1`)
}

func texts(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// asked is the schema whose policies ask for every row.
const asked = 15

// The rewriting changes nothing of a policy but who is asked how often: without the subqueries, every policy reads as before.
func TestAskingOnceMeansTheSame(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	owner := pgtest.Open(t, db.OwnerURL)
	provider, err := goose.NewProvider(goose.DialectPostgres, owner, os.DirFS("sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	const list = `SELECT concat_ws(' ', tablename, policyname, permissive, roles, cmd, regexp_replace(qual, '\( SELECT (scope_\w+\(\)) AS \w+\)', '\1', 'g'), '/',
	  regexp_replace(with_check, '\( SELECT (scope_\w+\(\)) AS \w+\)', '\1', 'g')) FROM pg_policies WHERE tablename <> 'bill_serials' ORDER BY 1`
	before := texts(t, owner, list)
	if found := asking(t, owner); len(found) < 100 {
		t.Fatalf("only %d policies ask for every row", len(found))
	}
	if _, err := provider.UpTo(t.Context(), asked+1); err != nil {
		t.Fatal(err)
	}
	after := texts(t, owner, list)
	if len(before) != len(after) {
		t.Fatalf("%d policies, then %d", len(before), len(after))
	}
	for i := range before {
		if before[i] != after[i] {
			t.Errorf("%s\nbecame\n%s", before[i], after[i])
		}
	}
	if _, err := migrations.Apply(t.Context(), db.OwnerURL); err != nil {
		t.Fatal(err)
	}
}
