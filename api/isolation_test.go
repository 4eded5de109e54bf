package api_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// TestTenantTablesAreIsolated fills every tenant table by a real visit, then walks them: the owner sees its rows; a foreign municipality or office
// sees none, changes none, and cannot plant one.
func TestTenantTablesAreIsolated(t *testing.T) {
	t.Parallel()
	s := visited(t)
	if found := walkIsolation(t, s); len(found) > 0 {
		t.Errorf("isolation is broken:\n%s", strings.Join(found, "\n"))
	}
}

// TestIsolationWalkNoticesEveryMissingPolicy weakens each tenant table in turn and expects the walk to name it.
func TestIsolationWalkNoticesEveryMissingPolicy(t *testing.T) {
	t.Parallel()
	s := visited(t)
	owner := pgtest.Open(t, s.DB.OwnerURL)
	for _, table := range tenantTables(t, s, "municipality_id") {
		for name, weaken := range map[string][2]string{
			"its policy dropped":      {`DROP POLICY municipality ON ` + table, `CREATE POLICY municipality ON ` + table + ` FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality())`},
			"row security turned off": {`ALTER TABLE ` + table + ` DISABLE ROW LEVEL SECURITY`, `ALTER TABLE ` + table + ` ENABLE ROW LEVEL SECURITY`},
			"an open policy added":    {`CREATE POLICY leak ON ` + table + ` TO mofasa_app USING (true) WITH CHECK (true)`, `DROP POLICY leak ON ` + table},
		} {
			if _, err := owner.ExecContext(t.Context(), weaken[0]); err != nil {
				t.Fatal(err)
			}
			if found := walkIsolation(t, s); !slices.ContainsFunc(found, func(line string) bool { return strings.HasPrefix(line, table+":") }) {
				t.Errorf("%s with %s passes the walk", table, name)
			}
			if _, err := owner.ExecContext(t.Context(), weaken[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// visited is a server after one whole visit, so that every tenant table has rows.
func visited(t *testing.T) *apitest.Server {
	t.Helper()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	c.Pay(order.Id)
	c.Must(c.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, nil)
	return s
}

const foreignCity = 1 // a municipality that the visit did not touch

// walkIsolation returns a line per breach, starting with the table's name.
func walkIsolation(t *testing.T, s *apitest.Server) []string {
	t.Helper()
	var found []string
	for _, table := range tenantTables(t, s, "municipality_id") {
		own, foreign := scope.Municipality(apitest.Shiraz), scope.Municipality(foreignCity)
		found = append(found, breaches(t, s, table, "municipality_id = "+fmt.Sprint(apitest.Shiraz), own, foreign)...)
	}
	ours, theirs := officeOf(t, s, apitest.Cashier), officeOf(t, s, apitest.OtherCashier)
	for _, table := range tenantTables(t, s, "office_id") {
		if table == "people" || table == "agreements" || table == "ledger_entries" || table == "offices" {
			continue // an office only reads these, or not at all; the door's tests cover them
		}
		found = append(found, breaches(t, s, table, fmt.Sprintf("office_id = '%s'", ours), scope.Office(ours), scope.Office(theirs))...)
	}
	return found
}

// breaches looks at one table: rows that match belong to own and must be out of foreign's sight and reach.
func breaches(t *testing.T, s *apitest.Server, table, match string, own, foreign scope.Scope) []string {
	t.Helper()
	var found []string
	report := func(format string, args ...any) {
		found = append(found, table+": "+foreign.String()+": "+fmt.Sprintf(format, args...))
	}
	if table != "due_claims" || own.Kind() == scope.KindMunicipality { // an office sees claims only of the vehicle that it names
		if n := count(t, s, own, table, match); n == 0 {
			report("its owner %s sees no row", own)
		}
	}
	if n := count(t, s, foreign, table, match); n != 0 {
		report("sees %d foreign rows", n)
	}
	column := strings.Fields(match)[0]
	if n, err := affect(s, foreign, `UPDATE `+table+` SET `+column+` = `+column+` WHERE `+match); err == nil && n != 0 {
		report("updates %d foreign rows", n)
	}
	if n, err := affect(s, foreign, `DELETE FROM `+table+` WHERE `+match); err == nil && n != 0 {
		report("deletes %d foreign rows", n)
	}
	if err := plant(t, s, foreign, table, match); err == nil {
		report("plants a row in a foreign name")
	}
	return found
}

var errRollback = errors.New("rolled back on purpose")

func count(t *testing.T, s *apitest.Server, in scope.Scope, table, match string) (n int) {
	t.Helper()
	err := s.Program.Runner.InTx(s.System(), in, func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT count(*) FROM ` + table + ` WHERE ` + match).Row().Scan(&n)
	})
	if err != nil {
		t.Fatalf("%s in %s: %v", table, in, err)
	}
	return n
}

func affect(s *apitest.Server, in scope.Scope, statement string) (n int64, err error) {
	err = s.Program.Runner.InTx(s.System(), in, func(tx *scope.Tx) error {
		done := tx.DB.Exec(statement)
		n = done.RowsAffected
		return errors.Join(done.Error, errRollback)
	})
	if errors.Is(err, errRollback) && n >= 0 && !strings.Contains(err.Error(), "SQLSTATE") {
		err = nil
	}
	return n, err
}

// plant copies a foreign row, which the platform can read, and tries to insert it with a fresh key in the foreign scope. Only row security may stop it,
// so another error is a defect of the test.
func plant(t *testing.T, s *apitest.Server, in scope.Scope, table, match string) error {
	t.Helper()
	var row string
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT row_to_json(x) FROM ` + table + ` x WHERE ` + match + ` LIMIT 1`).Row().Scan(&row)
	})
	if err != nil {
		t.Fatalf("%s: no row to copy: %v", table, err)
	}
	err = s.Program.Runner.InTx(s.System(), in, func(tx *scope.Tx) error {
		done := tx.DB.Exec(`INSERT INTO `+table+` OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_record(NULL::`+table+`, ?)`, row)
		if done.Error == nil {
			return errRollback
		}
		return done.Error
	})
	if errors.Is(err, errRollback) || scope.Constraint(err) != "" {
		return nil // the row itself was acceptable to row security
	}
	if !strings.Contains(err.Error(), "row-level security") && !strings.Contains(err.Error(), "permission denied") {
		t.Fatalf("%s: planting fails for another reason: %v", table, err)
	}
	return err
}

func tenantTables(t *testing.T, s *apitest.Server, column string) []string {
	t.Helper()
	rows, err := pgtest.Open(t, s.DB.OwnerURL).QueryContext(context.Background(), `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
	  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = $1 AND c.relname NOT IN ('offices') ORDER BY 1`, column)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if len(names) < 8 {
		t.Fatalf("only %v have %s", names, column)
	}
	return names
}

func officeOf(t *testing.T, s *apitest.Server, username string) uuid.UUID {
	t.Helper()
	var id uuid.UUID
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT office_id FROM people WHERE username = ?`, username).Row().Scan(&id)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestForeignOfficesSeeNothingThroughTheAPI repeats every read and every follow-up of one office's visit as another office.
func TestForeignOfficesSeeNothingThroughTheAPI(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	ours, theirs := s.SignIn(apitest.Cashier), s.SignIn(apitest.OtherCashier)
	inquiry := ours.Inquire(apitest.Plate)
	theirs.Refused(theirs.Once("POST", "/v1/orders", apitest.OrderOf(inquiry)), 404, "inquiry_unknown")
	order := ours.Order(apitest.Plate)
	path := "/v1/orders/" + order.Id.String()
	theirs.Refused(theirs.Do("GET", path, nil), 404, "order_unknown")
	theirs.Refused(theirs.Once("POST", path+"/payments", map[string]string{"method": "gateway"}), 404, "order_unknown")
	theirs.Refused(theirs.Once("POST", path+"/cancellation", nil), 404, "order_unknown")
	ours.Pay(order.Id)
	theirs.Refused(theirs.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 404, "order_unknown")
	var issued struct{ Serial string }
	ours.Must(ours.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, &issued)
	theirs.Refused(theirs.Do("GET", "/v1/certificates/"+issued.Serial, nil), 404, "certificate_unknown")
	theirs.Refused(theirs.Do("GET", "/v1/certificates/"+issued.Serial+"/pdf", nil), 404, "certificate_unknown")
}
