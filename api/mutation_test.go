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
	"mofasa/tenants/scope"
)

// policy is one row-level security policy.
type policy struct {
	table, name, command, roles string
	using, check                sql.NullString
	restrictive                 bool
}

func (p policy) String() string { return p.name + " on " + p.table }

// suite is everything that holds row-level security: the walk over every table, forgeries that must fail, and uses that must not.
type suite struct {
	v       visit
	forged  map[string]forgery
	uses    map[string]use
	readers []scope.Scope
	seen    map[string]string // what they see of each table
}

func newSuite(t *testing.T) suite {
	t.Helper()
	v := begun(t)
	s := suite{v: v, forged: forgeries(t, v), uses: uses(t, v), readers: readers(t, v), seen: map[string]string{}}
	maps.DeleteFunc(s.forged, func(_ string, f forgery) bool { _, succeeds := f.succeeds(v); return succeeds }) // a test of its own complains
	tables := everyTable(t, v.Server)
	for _, table := range tables {
		s.seen[table] = outlook(t, v, s.readers, table)
	}
	if found := s.notices(t, tables...); found != "" {
		t.Fatalf("with every policy in place: %s", found)
	}
	return s
}

// TestEveryPolicyIsGuarded opens each policy in turn, for everybody and every row, and expects the walk, a forgery or a use that must stop short to notice.
// Dropping a restrictive one opens it just as well.
func TestEveryPolicyIsGuarded(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	owner := pgtest.Open(t, s.v.DB.OwnerURL)
	policies := everyPolicy(t, owner)
	if len(policies) < 150 {
		t.Fatalf("only %d policies", len(policies))
	}
	for _, p := range policies {
		if p.using.String == "true" || !p.using.Valid && p.check.String == "true" {
			continue // the owner's own, open on purpose: they let single functions look where their callers cannot
		}
		p.alter(t, owner, "true", "true")
		if s.leaks(t, p.table) == "" {
			t.Errorf("nobody notices that %s (%s) is open to all", p, p.command)
		}
		p.alter(t, owner, p.using.String, p.check.String)
	}
	if found := s.notices(t, everyTable(t, s.v.Server)...); found != "" {
		t.Fatalf("with every policy back in place: %s", found)
	}
}

// TestEveryDroppedPolicyIsMissed drops each policy in turn, of all roles and commands, and expects the suite to fail: a scope sees less than before, cannot do what
// the policy is there for, or (a restrictive one) does more than it may. One that nobody misses is dead.
func TestEveryDroppedPolicyIsMissed(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	owner := pgtest.Open(t, s.v.DB.OwnerURL)
	policies := everyPolicy(t, owner)
	for _, p := range policies {
		if _, named := s.uses[p.String()]; !named && !p.restrictive && (p.command != "ALL" && p.command != "SELECT" || strings.Contains(p.roles, "owner")) {
			t.Errorf("no use of %s (%s) is named", p, p.command)
		}
	}
	for key := range s.uses {
		name, _, _ := strings.Cut(key, ":")
		if !slices.ContainsFunc(policies, func(p policy) bool { return p.String() == name }) {
			t.Errorf("there is no %s", name)
		}
	}
	for _, p := range s.survivors(t, owner, policies) {
		t.Errorf("nobody misses %s (%s for %s)", p, p.command, p.roles)
	}
	if after := everyPolicy(t, owner); !slices.Equal(after, policies) {
		t.Errorf("the policies are not as they were: %v", after)
	}
}

// TestARedundantPolicyIsReported gives a table the same policy twice: either of the two could go.
func TestARedundantPolicyIsReported(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	owner := pgtest.Open(t, s.v.DB.OwnerURL)
	for _, original := range []string{"municipality on bills", "office_cancels on orders", "owner_reads on sessions", "city_takes on bills"} {
		policies := everyPolicy(t, owner)
		first := policies[slices.IndexFunc(policies, func(p policy) bool { return p.String() == original })]
		second := first
		second.name = "twin"
		if missed := s.survivors(t, owner, []policy{first}); len(missed) != 0 {
			t.Errorf("nobody misses %s", first)
		}
		second.create(t, owner)
		if missed := s.survivors(t, owner, []policy{first, second}); len(missed) != 2 {
			t.Errorf("of two equal policies %v could go", missed)
		}
		second.drop(t, owner)
	}
}

// survivors drops each policy for a moment, and lists those that nobody misses.
func (s suite) survivors(t *testing.T, owner *sql.DB, policies []policy) (list []policy) {
	t.Helper()
	for _, p := range policies {
		p.drop(t, owner)
		if s.notices(t, p.table) == "" {
			list = append(list, p)
		}
		p.create(t, owner)
	}
	return list
}

// everyPolicy lists those of all roles.
func everyPolicy(t *testing.T, owner *sql.DB) (list []policy) {
	t.Helper()
	rows, err := owner.QueryContext(t.Context(), `SELECT tablename, policyname, cmd, array_to_string(roles, ', '), qual, with_check, permissive = 'RESTRICTIVE' FROM pg_policies
	  WHERE schemaname = 'public' ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var p policy
		if err := rows.Scan(&p.table, &p.name, &p.command, &p.roles, &p.using, &p.check, &p.restrictive); err != nil {
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
	define(t, owner, fmt.Sprintf(`ALTER POLICY %s ON %s`, p.name, p.table)+p.clauses(using, check))
}

func (p policy) drop(t *testing.T, owner *sql.DB) {
	t.Helper()
	define(t, owner, fmt.Sprintf(`DROP POLICY %s ON %s`, p.name, p.table))
}

// create makes the policy as it was listed.
func (p policy) create(t *testing.T, owner *sql.DB) {
	t.Helper()
	kind := map[bool]string{true: "RESTRICTIVE", false: "PERMISSIVE"}[p.restrictive]
	define(t, owner, fmt.Sprintf(`CREATE POLICY %s ON %s AS %s FOR %s TO %s`, p.name, p.table, kind, p.command, p.roles)+p.clauses(p.using.String, p.check.String))
}

// clauses are the expressions, as far as the policy has them.
func (p policy) clauses(using, check string) (text string) {
	if p.using.Valid {
		text += ` USING (` + using + `)`
	}
	if p.check.Valid {
		text += ` WITH CHECK (` + check + `)`
	}
	return text
}

func define(t *testing.T, owner *sql.DB, statement string) {
	t.Helper()
	if _, err := owner.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

var target = regexp.MustCompile(`^(?:UPDATE|INSERT INTO|DELETE FROM) (\w+)`)

// notices is the first difference that dropping something from the tables makes: in what is seen, used, forged or walked; or "".
func (s suite) notices(t *testing.T, tables ...string) string {
	t.Helper()
	for _, table := range tables {
		if seen := outlook(t, s.v, s.readers, table); seen != s.seen[table] {
			return table + " shows " + seen + "instead of " + s.seen[table]
		}
	}
	return s.leaks(t, tables...)
}

// leaks is the first thing that a use, a forgery or the walk of the tables finds, or "".
func (s suite) leaks(t *testing.T, tables ...string) string {
	t.Helper()
	for name, u := range s.uses {
		of, _, _ := strings.Cut(name, ":")
		if _, table, _ := strings.Cut(of, " on "); slices.Contains(tables, table) {
			if found := u.fails(s.v); found != "" {
				return name + ": " + found
			}
		}
	}
	for name, f := range s.forged {
		if found := target.FindStringSubmatch(f.sql); found != nil && slices.Contains(tables, found[1]) {
			if how, succeeds := f.succeeds(s.v); succeeds {
				return name + ": " + how
			}
		}
	}
	for _, table := range tables {
		if found := breaches(t, s.v, table); len(found) > 0 {
			return table + ": " + strings.Join(found, "; ")
		}
	}
	return ""
}
