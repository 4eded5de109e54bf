package migrations_test

import (
	"testing"

	"mofasa/migrations"
	"mofasa/migrations/pgtest"
)

func TestApplyTwiceRunsNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	first, err := migrations.Apply(t.Context(), db.OwnerURL)
	if err != nil || first == 0 {
		t.Fatalf("first run: %d migrations, %v", first, err)
	}
	second, err := migrations.Apply(t.Context(), db.OwnerURL)
	if err != nil || second != 0 {
		t.Fatalf("second run: %d migrations, %v", second, err)
	}
}

func TestEveryTableForcesRowLevelSecurity(t *testing.T) {
	t.Parallel()
	owner := pgtest.Open(t, pgtest.New(t).OwnerURL)
	rows, err := owner.QueryContext(t.Context(), `SELECT relname FROM pg_class WHERE relkind IN ('r','p') AND relnamespace = 'public'::regnamespace
	  AND relname NOT LIKE 'goose%' AND NOT (relrowsecurity AND relforcerowsecurity)`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		t.Errorf("table %s does not force row-level security", name)
	}
}

func TestTenantTablesLeadTheirKeysWithTheMunicipality(t *testing.T) {
	t.Parallel()
	owner := pgtest.Open(t, pgtest.New(t).OwnerURL)
	// Unique and primary keys of tables that have municipality_id and are a city's own; offices only stand in a city, people only work for one, and gateways are the platform's.
	// refunds_id keeps a request's id to one home, since its refunds in several homes go by it.
	rows, err := owner.QueryContext(t.Context(), `SELECT c.relname, i.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
	  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'municipality_id'
	  WHERE x.indisunique AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('offices','people','gateways') AND i.relname <> 'refunds_id' AND x.indkey[0] <> a.attnum`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, index string
		if err := rows.Scan(&table, &index); err != nil {
			t.Fatal(err)
		}
		t.Errorf("key %s of %s does not start with municipality_id", index, table)
	}
}

func TestApplicationRoleIsWeak(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app := pgtest.Open(t, db.AppURL)
	var strong, owns bool
	err := app.QueryRowContext(t.Context(), `SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb,
	  EXISTS (SELECT 1 FROM pg_class WHERE relowner = pg_roles.oid) FROM pg_roles WHERE rolname = current_user`).Scan(&strong, &owns)
	if err != nil || strong || owns {
		t.Fatalf("strong=%v owns=%v err=%v", strong, owns, err)
	}
	for _, statement := range []string{`DELETE FROM ledger_entries`, `UPDATE ledger_entries SET amounts = '{}'`, `UPDATE audit_log SET action = ''`, `DELETE FROM audit_log`,
		`UPDATE bill_dues SET amount_rial = 1`, `UPDATE certificates SET jws = ''`, `UPDATE certificate_events SET kind = 'issued'`, `UPDATE bills SET amount_rial = 1000`} {
		if _, err := app.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("the application may run %q", statement)
		}
	}
}
