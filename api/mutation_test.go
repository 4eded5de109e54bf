package api_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mofasa/migrations/pgtest"
)

// policy is one row-level security policy of the application's login.
type policy struct {
	table, name, command string
	using, check         sql.NullString
	restrictive          bool
}

// TestEveryPolicyIsGuarded opens each policy in turn, for everybody and every row, and expects the walk or a forgery to notice. A dropped permissive policy only
// forbids more, so that is no leak to be noticed; an open one is what a mistake in it would be at worst. Dropping a restrictive one opens it just as well.
func TestEveryPolicyIsGuarded(t *testing.T) {
	t.Parallel()
	v := visited(t)
	forged := forgeries(t, v)
	maps.DeleteFunc(forged, func(_ string, f forgery) bool { _, succeeds := f.succeeds(v); return succeeds }) // a test of its own complains
	owner := pgtest.Open(t, v.DB.OwnerURL)
	policies := everyPolicy(t, owner)
	if len(policies) < 80 {
		t.Fatalf("only %d policies", len(policies))
	}
	if found := noticed(t, v, forged, everyTable(t, v.Server)...); found != "" {
		t.Fatalf("with every policy in place: %s", found)
	}
	for _, p := range policies {
		p.alter(t, owner, "true", "true")
		if noticed(t, v, forged, p.table) == "" {
			t.Errorf("nobody notices that %s on %s (%s) is open to all", p.name, p.table, p.command)
		}
		p.alter(t, owner, p.using.String, p.check.String)
	}
	if found := noticed(t, v, forged, everyTable(t, v.Server)...); found != "" {
		t.Fatalf("with every policy back in place: %s", found)
	}
}

// everyPolicy lists those that bind the application's login. The owner's own are open on purpose: they let single functions look where their callers cannot.
func everyPolicy(t *testing.T, owner *sql.DB) (list []policy) {
	t.Helper()
	rows, err := owner.QueryContext(t.Context(), `SELECT tablename, policyname, cmd, qual, with_check, permissive = 'RESTRICTIVE' FROM pg_policies
	  WHERE schemaname = 'public' AND roles <> '{mofasa_owner}' ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var p policy
		if err := rows.Scan(&p.table, &p.name, &p.command, &p.using, &p.check, &p.restrictive); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// alter replaces the expressions that the policy has.
func (p policy) alter(t *testing.T, owner *sql.DB, using, check string) {
	t.Helper()
	statement := fmt.Sprintf(`ALTER POLICY %s ON %s`, p.name, p.table)
	if p.using.Valid {
		statement += ` USING (` + using + `)`
	}
	if p.check.Valid {
		statement += ` WITH CHECK (` + check + `)`
	}
	if _, err := owner.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

var target = regexp.MustCompile(`^(?:UPDATE|INSERT INTO|DELETE FROM) (\w+)`)

// noticed is the first thing that the walk of the tables or a forgery upon one of them finds, or "".
func noticed(t *testing.T, v visit, forged map[string]forgery, tables ...string) string {
	t.Helper()
	for name, f := range forged {
		if found := target.FindStringSubmatch(f.sql); found != nil && slices.Contains(tables, found[1]) {
			if how, succeeds := f.succeeds(v); succeeds {
				return name + ": " + how
			}
		}
	}
	for _, table := range tables {
		if found := breaches(t, v, table); len(found) > 0 {
			return table + ": " + strings.Join(found, "; ")
		}
	}
	return ""
}
