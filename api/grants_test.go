package api_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mofasa/migrations/pgtest"
)

// changeable says, once more, which columns of which tables the application's login may change; all other rows are as they were written for ever. What a scope may
// change of them its policies say.
var changeable = map[string]string{
	"agreement_proposals":   "state decided_by decided_at remark accepted_by accepted_at",
	"api_clients":           "secret_hash previous_hash previous_until revoked_at",
	"approvals":             "state decided_by decided_at remark decider_human",
	"bank_files":            "done_lines captured suspended repeated malformed captured_rial suspended_rial finished_at",
	"bills":                 "state paid_at",
	"correction_runs":       "state decided_by decided_at report",
	"devices":               "state public_key enrolled_at revoked_by revoked_at reason",
	"deposit_transfers":     "state decided_by decided_at remark",
	"deposit_warnings":      "below_rial",
	"deposit_withdrawals":   "state decided_by decided_at reference remark",
	"shift_rules":           "required",
	"shifts":                "closed_at closed_by in_flight in_flight_rial note",
	"due_claims":            "office_id order_id state amount_rial claimed_until paid_at",
	"due_decisions":         "vehicle_id",
	"humans":                "id_index index_key id_enc",
	"idempotency_keys":      "answer",
	"invitations":           "expires_at accepted_at person_id waits",
	"ledger_rolled":         "txid entry_id entries",
	"ledger_rollups":        "debit_rial credit_rial",
	"limit_overrides":       "removed_by removed_at",
	"gateways":              "state opened_at closed_at secret_enc",
	"municipalities":        "name_fa name_en province_fa province_en county_fa stage bill_company bill_prefix settings",
	"municipality_accounts": "iban",
	"offices":               "name_fa valid_to state class",
	"orders":                "state valid_until",
	"owner_identities":      "name_enc id_enc phone_enc",
	"payments":              "state token redirect_url reference rrn masked_pan reason expires_at next_check_at checks captured_at version refunded_rial asked_at page_form",
	"people":                "password_hash name_fa role state municipality_id second_factor human_id national_id_masked locked_by",
	"refunds":               "state whole channel approval_id granted_at asked_at doubted_at verdict_id paid_at paid_by reference",
	"suspense_payouts":      "paid_at paid_by reference",
	"river_job":             "kind state attempt attempted_at attempted_by errors finalized_at metadata scheduled_at",
	"river_leader":          "elected_at expires_at leader_id",
	"river_queue":           "metadata paused_at updated_at",
	"second_factors":        "secret last_step recovery changed_at",
	"sessions":              "token_hash rotated_from rotated_at successor address user_agent last_used_at ended_at ended_by",
	"suspense_items":        "amount_rial closed_at remedy approval_id",
	"suspense_parts":        "closed_at remedy",
	"tariff_drafts":         "body reason state revision edited_by submitted_by submitted_at decided_by decided_at remark published_by published_at",
	"tariff_previews":       "state heartbeat_at finished_at vehicles_done vehicles_total cancel_requested failure report",
	"valuations":            "base_rial basis_type",
	"vehicle_gaps":          "vehicle_id valid_to",
	"vehicle_owners":        "vehicle_id valid_from valid_to kind id_hash id_masked name_masked identity_id index_key phone_hash phone_masked",
	"vehicle_plates":        "vehicle_id valid_from valid_to plate",
	"vehicle_residences":    "vehicle_id valid_from valid_to residence",
	"vehicle_types":         "name_fa",
	"vehicles":              "class usage fuel origin cylinders type_code model_year first_registered merged_into category",
}

// removable are the tables from which the application may delete rows, and unwritten the columns that only their default writes.
var (
	removable = []string{"municipality_accounts", "river_job", "river_leader", "river_queue"}
	unwritten = []string{"audit_log.txid"}
)

// asker is a connection or a transaction.
type asker interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// widened names what the application's login may do with a table beyond that.
func widened(t *testing.T, owner asker, table string) (found []string) {
	t.Helper()
	rows, err := owner.QueryContext(t.Context(), `SELECT attname, has_column_privilege('mofasa_app', $1::regclass, attnum, 'UPDATE'), has_column_privilege('mofasa_app', $1::regclass, attnum, 'INSERT'),
	    has_column_privilege('mofasa_app', $1::regclass, attnum, 'REFERENCES') FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var column string
		var updates, inserts, refers bool
		if err := rows.Scan(&column, &updates, &inserts, &refers); err != nil {
			t.Fatal(err)
		}
		if updates && !slices.Contains(strings.Fields(changeable[table]), column) {
			found = append(found, "the application may change "+column)
		}
		if inserts && slices.Contains(unwritten, table+"."+column) {
			found = append(found, "the application may write "+column)
		}
		if refers {
			found = append(found, "the application may refer to "+column)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	var deletes, more bool
	err = owner.QueryRowContext(t.Context(), `SELECT has_table_privilege('mofasa_app', $1::regclass, 'DELETE'), has_table_privilege('mofasa_app', $1::regclass, 'TRUNCATE, TRIGGER')
	  OR EXISTS (SELECT 1 FROM pg_class c, aclexplode(c.relacl) g WHERE c.oid = $1::regclass AND g.grantee <> c.relowner
	    AND (g.grantee = 0 OR g.is_grantable OR g.privilege_type = 'UPDATE'))`, table).Scan(&deletes, &more)
	if err != nil {
		t.Fatal(err)
	}
	if deletes && !slices.Contains(removable, table) {
		found = append(found, "the application may delete rows")
	}
	if more {
		found = append(found, "the application may empty it, hang triggers on it or change columns that are yet to come, or somebody may pass a privilege on, or everybody has one")
	}
	return found
}

// TestGrantsAreAsListed holds every table against the list, and the list against the tables.
func TestGrantsAreAsListed(t *testing.T) {
	t.Parallel()
	owner := pgtest.Open(t, pgtest.New(t).OwnerURL)
	for table, columns := range changeable {
		for _, column := range strings.Fields(columns) {
			var granted bool
			if err := owner.QueryRowContext(t.Context(), `SELECT has_column_privilege('mofasa_app', $1::regclass, $2, 'UPDATE')`, table, column).Scan(&granted); err != nil || !granted {
				t.Errorf("%s of %s is listed and cannot be changed, %v", column, table, err)
			}
		}
	}
	for _, table := range tablesOf(t, owner) {
		for _, found := range widened(t, owner, table) {
			t.Errorf("%s: %s", table, found)
		}
	}
}

// TestEveryWiderGrantIsNoticed grants, for a moment, each privilege that the application does not have.
func TestEveryWiderGrantIsNoticed(t *testing.T) {
	t.Parallel()
	owner := pgtest.Open(t, pgtest.New(t).OwnerURL)
	tried := 0
	for _, table := range tablesOf(t, owner) {
		grants := []string{"UPDATE ON " + table + " TO mofasa_app", "TRUNCATE ON " + table + " TO mofasa_app", "TRIGGER ON " + table + " TO mofasa_app",
			"REFERENCES ON " + table + " TO mofasa_app", "SELECT ON " + table + " TO PUBLIC", "SELECT ON " + table + " TO mofasa_app WITH GRANT OPTION"}
		if !slices.Contains(removable, table) {
			grants = append(grants, "DELETE ON "+table+" TO mofasa_app")
		}
		for _, column := range columnsOf(t, owner, table) {
			if !slices.Contains(strings.Fields(changeable[table]), column) {
				grants = append(grants, fmt.Sprintf("UPDATE (%s) ON %s TO mofasa_app", column, table))
			}
			if slices.Contains(unwritten, table+"."+column) {
				grants = append(grants, fmt.Sprintf("INSERT (%s) ON %s TO mofasa_app", column, table))
			}
		}
		tx, err := owner.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, grant := range grants {
			for _, statement := range []string{"SAVEPOINT s", "GRANT " + grant} {
				if _, err := tx.Exec(statement); err != nil {
					t.Fatalf("%s: %v", statement, err)
				}
			}
			if len(widened(t, tx, table)) == 0 {
				t.Errorf("nobody notices GRANT %s", grant)
			}
			if _, err := tx.Exec("ROLLBACK TO s"); err != nil {
				t.Fatal(err)
			}
			tried++
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
	if tried < 400 {
		t.Errorf("only %d grants were tried", tried)
	}
}

func tablesOf(t *testing.T, owner *sql.DB) []string {
	t.Helper()
	return namesOf(t, owner, `SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> 'goose_db_version' ORDER BY 1`)
}

func columnsOf(t *testing.T, owner *sql.DB, table string) []string {
	t.Helper()
	return namesOf(t, owner, `SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, table)
}

func namesOf(t *testing.T, owner *sql.DB, query string, args ...any) (names []string) {
	t.Helper()
	rows, err := owner.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}
