package api_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// reference tables are for everybody to read and for the platform alone to write.
var reference = []string{"municipalities", "vehicle_types", "valuations", "valuation_changes", "tariff_versions", "fee_schedule", "fee_accounts"}

// secret tables are the platform's alone: nobody else sees, writes or changes a row.
var secret = []string{"audit_seals", "owner_identities", "humans", "limit_overrides", "sessions", "second_factors", "river_job", "river_queue", "river_leader", "gateways", "payment_returns", "bank_files", "bank_lines", "suspense_payouts"}

// ours says, for every other table, which rows are the visited office's, vehicle's or city's own: what a stranger must not see. A table that is neither here nor
// in reference or secret fails the walk.
func ours(v visit) map[string]string {
	office, vehicle := fmt.Sprintf("office_id = '%s'", v.office), fmt.Sprintf("vehicle_id = '%s'", v.vehicle)
	city, owner := fmt.Sprintf("municipality_id = %d", apitest.Shiraz), fmt.Sprintf("owner = 'office:%s'", v.office)
	return map[string]string{
		"office_events": office, "devices": office, "agreement_texts": city, "agreement_proposals": city,
		"offices": fmt.Sprintf("id = '%s'", v.office), "people": office, "invitations": office, "api_clients": office, "audit_log": owner, "idempotency_keys": owner,
		"vehicles": fmt.Sprintf("id = '%s'", v.vehicle), "vehicle_plates": vehicle, "vehicle_residences": vehicle, "vehicle_owners": vehicle,
		"vehicle_gaps": vehicle, "vehicle_corrections": vehicle, "vehicle_retirements": vehicle, "external_payments": city,
		"municipality_stages": city, "municipality_configs": city,
		"tariff_drafts": city, "tariff_previews": city, "due_decisions": city, "correction_runs": city, "correction_items": city, "approvals": city,
		"deposit_moves": office, "deposit_warnings": office, "deposit_alerts": office, "deposit_transfers": office, "deposit_withdrawals": office,
		"shifts": office, "shift_payments": office, "shift_totals": office, "shift_rules": office, "receipt_prints": office,
		"inquiries": office, "orders": office, "payments": office, "payment_events": office, "suspense_items": office, "payment_fees": office, "receipts": office, "certificates": office, "certificate_events": office,
		"municipality_accounts": city, "suspense_parts": city, "agreements": city + " AND " + office, "due_claims": city, "bill_serials": city, "bills": city, "bill_dues": city,
		"refunds": city, "payment_bills": city, "ledger_entries": city, "ledger_rollups": city, "ledger_rolled": city, "ledger_seals": city, "certificate_dues": city,
	}
}

// readable lists what a stranger may see all the same: an office reads the accounts and the wordings of every city that it has an agreement with, and a city its offices.
func readable(table string, in scope.Scope) bool {
	return (table == "municipality_accounts" || table == "agreement_texts") && in.Kind() == scope.KindOffice || table == "offices" && in.Kind() == scope.KindMunicipality
}

// TestEveryTableIsIsolated fills every table by a real visit, then walks them: the owner sees its rows; a foreign municipality, a foreign office, one that names
// another vehicle, and the public see none of them, change none, and cannot plant one.
func TestEveryTableIsIsolated(t *testing.T) {
	t.Parallel()
	v := visited(t)
	for _, table := range everyTable(t, v.Server) {
		if found := breaches(t, v, table); len(found) > 0 {
			t.Errorf("isolation of %s is broken:\n%s", table, strings.Join(found, "\n"))
		}
	}
}

// TestTheWalkNoticesEveryLeak weakens each table in turn and expects the walk to name it.
func TestTheWalkNoticesEveryLeak(t *testing.T) {
	t.Parallel()
	v := visited(t)
	owner := pgtest.Open(t, v.DB.OwnerURL)
	for _, table := range everyTable(t, v.Server) {
		weaknesses := map[string][2]string{
			"row security turned off": {`ALTER TABLE ` + table + ` DISABLE ROW LEVEL SECURITY`, `ALTER TABLE ` + table + ` ENABLE ROW LEVEL SECURITY`},
			"row security not forced": {`ALTER TABLE ` + table + ` NO FORCE ROW LEVEL SECURITY`, `ALTER TABLE ` + table + ` FORCE ROW LEVEL SECURITY`},
			"a wider grant":           {`GRANT TRUNCATE ON ` + table + ` TO mofasa_app`, `REVOKE TRUNCATE ON ` + table + ` FROM mofasa_app`},
			"an open policy added":    {`CREATE POLICY leak ON ` + table + ` TO mofasa_app USING (true) WITH CHECK (true)`, `DROP POLICY leak ON ` + table},
			"an open insert policy":   {`CREATE POLICY leak ON ` + table + ` FOR INSERT TO mofasa_app WITH CHECK (true)`, `DROP POLICY leak ON ` + table},
		}
		if strings.HasPrefix(ours(v)[table], "municipality_id") {
			weaknesses["its policy dropped"] = [2]string{`DROP POLICY municipality ON ` + table, `CREATE POLICY municipality ON ` + table +
				` FOR SELECT TO mofasa_app USING (scope_kind() = 'municipality' AND municipality_id = scope_municipality())`}
		}
		for name, weaken := range weaknesses {
			if _, err := owner.ExecContext(t.Context(), weaken[0]); err != nil {
				t.Fatal(err)
			}
			if len(breaches(t, v, table)) == 0 {
				t.Errorf("%s with %s passes the walk", table, name)
			}
			if _, err := owner.ExecContext(t.Context(), weaken[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// visit is a server after one whole visit, so that every table has rows.
type visit struct {
	*apitest.Server
	office, vehicle, order, payment uuid.UUID
	serial                          string
	strangers                       []scope.Scope
	bare, owner                     *sql.DB // the application's and the owner's login, in no scope
	spare                           map[identity.HomeKind]spare
	open, attempt                   uuid.UUID // of begun
}

const foreignCity = 1 // a municipality that the visit did not touch

func visited(t *testing.T) visit {
	t.Helper()
	v := visit{Server: apitest.New(t, apitest.Options{})}
	v.bare, v.owner = pgtest.Open(t, v.DB.AppURL), pgtest.Open(t, v.DB.OwnerURL)
	c := v.SignIn(apitest.Cashier)
	v.order = c.Order(apitest.Plate).Id
	v.payment = c.Pay(v.order).Id
	var issued struct{ Serial string }
	c.Must(c.Once("POST", "/v1/certificates", map[string]any{"order_id": v.order}), 201, &issued)
	v.serial, v.office, v.vehicle = issued.Serial, officeOf(t, v.Server, apitest.Cashier), vehicleOf(t, v.Server, apitest.VIN)
	foreign := scope.Office(officeOf(t, v.Server, apitest.OtherCashier))
	keepRecords(t, v)
	v.spare = keepSpares(t, v)
	v.strangers = []scope.Scope{scope.Municipality(foreignCity), foreign, foreign.NamingPlate(apitest.OtherPlate), scope.Public("")}
	return v
}

// motorcycles is a tariff of the visited city.
const motorcycles = `{"id": "122/1395/1", "authority": "122", "fiscal_year": 1395, "number": 1, "rules": [{"charge": "annual_duty", "classes": ["motorcycle"],
  "origins": ["domestic", "imported"], "fixed": {"amount": 200000, "per": "vehicle"}, "legal": {"fa": "x", "en": "x"}}]}`

// shirazPack is a configuration of the visited city.
const shirazPack = `{"code": 122, "names": {"fa": "شیراز", "en": "Shiraz"}, "province": {"fa": "فارس", "en": "Fars"}, "county": "شیراز", "accounts": {"*": "IR040610000009990000000001"}, "bill": {"company": 122, "prefix": 10}, "settings": {"rollout": {"districts": [], "share_ppm": 0}, "order_validity_minutes": 30}}`

// keepRecords writes a row of every history of the visited vehicle, as the registry and its city would.
func keepRecords(t *testing.T, v visit) {
	t.Helper()
	for _, s := range []struct {
		in  scope.Scope
		sql string
	}{
		{scope.Platform(), `INSERT INTO second_factors (person_id, secret, changed_at) SELECT p.id, '', now() FROM people p, vehicles v WHERE v.id = ? AND p.username = 'cashier'`},
		{scope.Office(v.office).NamingVehicle(v.vehicle), `INSERT INTO invitations (id, office_id, username, name_fa, role, token_hash, invited_at, expires_at) SELECT gen_random_uuid(), scope_office(), 'x', 'x', 'office_clerk', decode(repeat('00', 32), 'hex'), now(), now() + interval '1 year' FROM vehicles WHERE id = ?`},
		{scope.Office(v.office).NamingVehicle(v.vehicle), `INSERT INTO api_clients (id, office_id, name_fa, scopes, secret_hash, created_at, expires_at) SELECT gen_random_uuid(), scope_office(), 'x', '{orders.read}', decode(repeat('00', 32), 'hex'), now(), now() + interval '10 years' FROM vehicles WHERE id = ?`},
		{scope.Platform(), `INSERT INTO vehicle_owners (vehicle_id, valid_from, kind, id_hash, id_masked, name_masked) VALUES (?, '2014-05-31', 'person', decode(repeat('00', 32), 'hex'), '*******123', 'x***')`},
		{scope.Platform(), `INSERT INTO vehicle_gaps (id, vehicle_id, history, valid_from, valid_to, reason, recorded_at) VALUES (gen_random_uuid(), ?, 'owner', '2014-01-01', '2014-02-01', 'x', now())`},
		{scope.Platform(), `INSERT INTO vehicle_corrections (id, vehicle_id, history, cause, superseded, replacement, reason, recorded_at, actor_kind) VALUES (gen_random_uuid(), ?, 'owner', 'corrected', '{}', '{}', 'x', now(), 'system')`},
		{scope.Platform(), `INSERT INTO vehicle_retirements (vehicle_id, retired_on, manner, reference, recorded_at) VALUES (?, '2026-01-01', 'scrapped', 'x', now())`},
		{scope.Municipality(apitest.Shiraz), `INSERT INTO external_payments (municipality_id, id, vehicle_id, fiscal_year, number, amount_rial, paid_on, reference, reported_at) VALUES (scope_municipality(), gen_random_uuid(), ?, 1390, 1, 1000000, '2012-01-01', 'x', now())`},
		{scope.Platform(), `INSERT INTO fee_schedule (service, office_class, valid_from, revision, amount_rial, reference, set_at) SELECT 'clearance', 'standard', '2025-01-01', 1, 120000, 'x', now() FROM vehicles WHERE id = ?`},
		{scope.Platform(), `INSERT INTO fee_accounts (number, iban, reason, at) SELECT 1, 'IR040610000009990000000001', 'x', now() FROM vehicles WHERE id = ?`},
		{scope.Platform(), `INSERT INTO payment_fees (payment_id, order_id, office_id, iban, amount_rial) SELECT p.id, p.order_id, p.office_id, 'x', 1 FROM payments p, vehicles v WHERE v.id = ? LIMIT 1`},
		{scope.Platform(), `INSERT INTO devices (id, office_id, name, kind, state, code_hash, code_expires_at, invited_by, invited_at)
		  SELECT v.id, p.office_id, 'x', 'till', 'invited', sha256('x'), now(), p.id, now() FROM people p, vehicles v WHERE p.username = 'manager' AND v.id = ?`},
		{scope.Platform(), `INSERT INTO agreement_texts (municipality_id, version, number, hash, body_fa, offered_by, offered_at) SELECT 122, 'walk', 1, sha256('x'), 'x', p.id, now() FROM people p, vehicles v WHERE p.username = 'city.admin' AND v.id = ?`},
		{scope.Platform(), `INSERT INTO agreement_proposals (municipality_id, id, office_id, kind, valid_from, fee_share_ppm, text_version, reason, proposed_by, proposed_at, expires_at, state, decided_by, decided_at)
		  SELECT 122, v.id, m.office_id, 'terms', '2026-01-01', 0, 'walk', 'x', c.id, now(), now() + interval '1 day', 'approved', p.id, now()
		  FROM people c, people p, people m, vehicles v WHERE c.username = 'city.admin' AND p.username = 'city.approver' AND m.username = 'manager' AND v.id = ?`},
		{scope.Municipality(apitest.Shiraz), `INSERT INTO tariff_drafts (municipality_id, id, fiscal_year, body, reason, state, edited_by, drafted_at) SELECT scope_municipality(), gen_random_uuid(), 1395, '` + motorcycles + `', 'x', 'draft', ARRAY[id], now() FROM vehicles WHERE id = ?`},
		{scope.Municipality(apitest.Shiraz), `INSERT INTO tariff_previews (municipality_id, id, drafts, revisions, threshold_rial, state, requested_at) SELECT scope_municipality(), gen_random_uuid(), ARRAY[id], '{1}', 1, 'queued', now() FROM vehicles WHERE id = ?`},
		{scope.Municipality(apitest.Shiraz), `INSERT INTO due_decisions (municipality_id, id, vehicle_id, kind, from_year, through_year, reason_fa, reason_en, valid_from, recorded_at, actor_kind) VALUES (scope_municipality(), gen_random_uuid(), ?, 'review', 1390, 1390, 'x', 'x', '2026-01-01', now(), 'system')`},
		{scope.Platform(), `INSERT INTO limit_overrides (id, limit_name, subject_kind, subject, requests, window_seconds, valid_from, reason, written_by, written_at)
		  SELECT gen_random_uuid(), 'inquiry-office', 'office', p.office_id::text, 100, 60, now(), 'x', p.id, now() FROM people p, vehicles v WHERE p.username = 'cashier' AND v.id = ?`},
		{scope.Platform(), `INSERT INTO valuation_changes (id, fiscal_year, type_code, cause, base_rial, recorded_at, actor_kind) SELECT gen_random_uuid(), 1404, type_code, 'list', 1, now(), 'system' FROM vehicles WHERE id = ?`},
		{scope.Platform(), fmt.Sprintf(`INSERT INTO correction_runs (municipality_id, id, wrong_version, right_version, reason, state, listed_by, listed_at, bills, credit_rial, extra_rial)
		  SELECT %d, v.id, 'national/1401/1', 'national/1401/2', 'x', 'listed', p.id, now(), 1, 0, 0 FROM vehicles v, people p WHERE v.id = ? LIMIT 1`, apitest.Shiraz)},
		{scope.Platform(), fmt.Sprintf(`INSERT INTO correction_items (municipality_id, run_id, bill_id, fiscal_year, vehicle_id, paid_rial, right_rial, lines, notice_fa, notice_en)
		  SELECT municipality_id, vehicle_id, bill_id, fiscal_year, vehicle_id, 1, 1, '{}', 'x', 'x' FROM bill_dues WHERE municipality_id = %d AND vehicle_id = ? LIMIT 1`, apitest.Shiraz)},
		{scope.Platform(), `INSERT INTO municipality_stages (municipality_id, number, was, stage, reason, at, actor_kind) SELECT m.id, 9, 'pilot', 'active', 'x', now(), 'system' FROM vehicles v, municipalities m WHERE v.id = ? AND m.id = 122`},
		{scope.Platform(), `INSERT INTO municipality_configs (municipality_id, number, body, reason, at, actor_kind) SELECT m.id, 1, '` + shirazPack + `', 'x', now(), 'system' FROM vehicles v, municipalities m WHERE v.id = ? AND m.id = 122`},
		{scope.Platform(), `INSERT INTO owner_identities (id, name_enc, id_enc, recorded_at) SELECT id, decode(repeat('01', 40), 'hex'), decode(repeat('01', 40), 'hex'), now() FROM vehicles WHERE id = ?`},
		{scope.Platform(), `INSERT INTO bank_files (id, name, sha256, layout, bank, company, sent_on, lines, total_rial, lost_rial, received_at) SELECT id, 'x', sha256('x'), 'a', '17', '122', '2026-11-20', 1, 0, 0, now() FROM vehicles WHERE id = ?`},
		{scope.Platform(), `INSERT INTO bank_lines (id, line, bank, branch, channel, bill_id, payment_id, trace, number, amount_rial, occurrence, raw, outcome, reason, at) SELECT id, 0, '17', '', '', '', '', '', 'x', 0, 1, '', 'malformed', 'x', now() FROM vehicles WHERE id = ?`},
		{scope.Platform(), `WITH i AS (INSERT INTO suspense_items (id, source_kind, source_id, office_id, provider, reason, amount_rial, opened_at) SELECT v.id, 'bank_line', v.id, p.office_id, 'bank-17', 'x', 0, now() FROM vehicles v, people p WHERE p.username = 'cashier' AND v.id = ? RETURNING id)
		  INSERT INTO suspense_payouts (id, item_id, iban, amount_rial, asked_at) SELECT id, id, 'IR062960000000100324200001', 1, now() FROM i`},
		{scope.Platform(), `INSERT INTO suspense_parts (municipality_id, item_id, bill_id, source_kind, source_id, provider, reason, amount_rial, opened_at)
		  SELECT b.municipality_id, i.id, b.id, 'bank_line', i.source_id, 'bank-17', 'x', 1, now() FROM bills b, suspense_items i WHERE i.id = ? AND b.municipality_id = 122 LIMIT 1`},
		{scope.Platform(), `INSERT INTO ledger_rollups (municipality_id, account, day, debit_rial, credit_rial) SELECT 122, 'revenue:annual_duty', 1, 0, 1 FROM vehicles WHERE id = ?`},
		{scope.Platform(), `INSERT INTO ledger_rolled (municipality_id, txid, entry_id, entries) SELECT 122, '3', id, 1 FROM vehicles WHERE id = ?`},
		{scope.Platform(), `INSERT INTO ledger_seals (municipality_id, sequence, entry_id, txid, row_hash, chain_hash, sealed_at) SELECT 122, 1, id, '3', sha256('x'), sha256('x'), now() FROM vehicles WHERE id = ?`},
		{scope.Platform(), `INSERT INTO river_job (kind, max_attempts, args) SELECT 'walk', 1, jsonb_build_object('thing', id) FROM vehicles WHERE id = ?`},
		{scope.Platform(), `INSERT INTO river_queue (name, updated_at) SELECT 'walk', now() FROM vehicles WHERE id = ?`},
		{scope.Platform(), `INSERT INTO river_leader (elected_at, expires_at, leader_id) SELECT now(), now(), 'walk' FROM vehicles WHERE id = ?`},
		{scope.Platform(), `INSERT INTO gateways (municipality_id, id, provider, terminal, settings, secret_enc, state, asked_by, asked_at)
		  SELECT 122, v.id, 'sep', '1', '{}', decode(repeat('01', 40), 'hex'), 'asked', p.id, now() FROM people p, vehicles v WHERE p.username = 'platform.operator' AND v.id = ?`},
		{scope.Platform(), `INSERT INTO payment_returns (payment_id, number, reference, at) SELECT p.id, 1, 'x', now() FROM payments p, vehicles v WHERE v.id = ? LIMIT 1`},
		{scope.Platform(), `INSERT INTO deposit_moves (office_id, number, kind, amount_rial, available_rial, held_rial, source_kind, source_id, at)
		  SELECT p.office_id, 1, 'topup', 100000, 100000, 0, 'payment', p.id, now() FROM payments p, vehicles v WHERE v.id = ? LIMIT 1`},
		{scope.Platform(), `INSERT INTO deposit_moves (office_id, number, kind, amount_rial, available_rial, held_rial, source_kind, source_id, at)
		  SELECT m.office_id, 2, 'hold', -10000, 90000, 10000, 'withdrawal', v.id, now() FROM deposit_moves m, vehicles v WHERE v.id = ? LIMIT 1`},
		{scope.Platform(), `INSERT INTO deposit_warnings (office_id, below_rial) SELECT m.office_id, 95000 FROM deposit_moves m, vehicles v WHERE v.id = ? LIMIT 1`},
		{scope.Platform(), `INSERT INTO deposit_alerts (office_id, number, below_rial, available_rial, at) SELECT m.office_id, m.number, 95000, 90000, now() FROM deposit_moves m, vehicles v WHERE v.id = ? AND m.number = 2`},
		{scope.Platform(), `INSERT INTO deposit_transfers (id, office_id, amount_rial, reference, paid_on, state, declared_by, declared_at)
		  SELECT v.id, p.office_id, 10000, 'WALK', '2026-01-05', 'declared', p.id, now() FROM people p, vehicles v WHERE p.username = 'manager' AND v.id = ?`},
		{scope.Platform(), `INSERT INTO deposit_withdrawals (id, office_id, amount_rial, iban, state, asked_by, asked_at)
		  SELECT v.id, p.office_id, 10000, 'IR860610000009990000009001', 'asked', p.id, now() FROM people p, vehicles v WHERE p.username = 'manager' AND v.id = ?`},
		{scope.Platform(), `INSERT INTO shifts (id, office_id, number, person_id, opened_at, opening_float_rial) SELECT v.id, p.office_id, 1, p.id, now(), 0 FROM people p, vehicles v WHERE p.username = 'cashier' AND v.id = ?`},
		{scope.Platform(), `INSERT INTO shift_rules (office_id, required) SELECT s.office_id, false FROM shifts s WHERE s.id = ?`},
		{scope.Platform(), `INSERT INTO shift_payments (shift_id, payment_id, office_id, method, amount_rial) SELECT s.id, p.id, p.office_id, p.method, p.amount_rial FROM payments p, shifts s WHERE s.id = ? LIMIT 1`},
		{scope.Platform(), `INSERT INTO shift_totals (shift_id, method, office_id, payments, taken_rial, expected_rial, counted_rial, difference_rial) SELECT id, 'bank', office_id, 1, 1, 1, 1, 0 FROM shifts WHERE id = ?`},
		{scope.Platform(), `INSERT INTO receipt_prints (receipt_number, number, kind, office_id, at, person_id) SELECT r.number, 1, 'original', r.office_id, now(), s.person_id FROM receipts r, shifts s WHERE s.id = ? LIMIT 1`},
		{scope.Platform(), `INSERT INTO refunds (municipality_id, id, group_id, payment_id, bill_id, office_id, kind, amount_rial, state, reason, requested_by, requested_at, expires_at)
		  SELECT x.municipality_id, v.id, v.id, x.payment_id, x.bill_id, x.office_id, 'refund', 1, 'waiting', 'x', p.id, now(), now() + interval '1 day'
		  FROM payment_bills x, people p, vehicles v WHERE x.municipality_id = 122 AND p.username = 'treasurer' AND v.id = ? LIMIT 1`},
		{scope.Platform(), `INSERT INTO payments (id, office_id, method, provider, terminal, merchant_ref, amount_rial, state, created_at, expires_at)
		  SELECT gen_random_uuid(), p.office_id, 'gateway', 'sep', '1', 'walk', 10000, 'failed', now(), now() FROM people p, vehicles v WHERE p.username = 'manager' AND v.id = ?`},
		{scope.Platform(), `INSERT INTO audit_seals (sequence, audit_id, txid, row_hash, chain_hash, sealed_at) SELECT 1, id, '3', sha256('x'), sha256('x'), now() FROM vehicles WHERE id = ?`},
	} {
		if err := v.Program.Runner.InTx(v.System(), s.in, func(tx *scope.Tx) error { return tx.DB.Exec(s.sql, v.vehicle).Error }); err != nil {
			t.Fatal(err)
		}
	}
}

// breaches looks at one table and returns a line per breach.
func breaches(t *testing.T, v visit, table string) []string {
	t.Helper()
	var found []string
	match, isOurs := ours(v)[table]
	isReference := slices.Contains(reference, table)
	isSecret := slices.Contains(secret, table)
	if !isOurs && !isReference && !isSecret {
		return []string{"it is neither in ours nor in reference nor in secret"}
	}
	if isReference || isSecret {
		match = "true"
	}
	if n := unscoped(t, v, table); n != 0 {
		found = append(found, fmt.Sprintf("without a scope: %d rows are seen", n))
	}
	if n := unforced(t, v, table); n != 0 {
		found = append(found, fmt.Sprintf("its owner, whom nobody lets, deletes %d rows", n))
	}
	found = append(found, widened(t, v.owner, table)...)
	for _, own := range []scope.Scope{scope.Municipality(apitest.Shiraz), scope.Office(v.office).NamingVehicle(v.vehicle)} {
		if (own.Kind() == scope.KindMunicipality) == strings.HasPrefix(match, "municipality_id") && !isSecret && count(t, v.Server, own, table, match) == 0 {
			found = append(found, "its owner "+own.String()+" sees no row")
		}
	}
	for _, stranger := range v.strangers {
		report := func(format string, args ...any) {
			found = append(found, stranger.String()+": "+fmt.Sprintf(format, args...))
		}
		if n := count(t, v.Server, stranger, table, match); n != 0 && !isReference && !readable(table, stranger) {
			report("sees %d foreign rows", n)
		}
		if n, err := affect(v.Server, stranger, `DELETE FROM `+table+` WHERE `+match); err == nil && n != 0 {
			report("deletes %d foreign rows", n)
		}
		if n, err := affect(v.Server, stranger, `UPDATE `+table+` SET `+updatable(t, v.Server, table)+` WHERE `+match); err == nil && n != 0 {
			report("updates %d foreign rows", n)
		}
		if err := plant(t, v.Server, stranger, table, match); err == nil {
			report("plants a row in a foreign name")
		}
		for _, blind := range []string{`UPDATE ` + table + ` SET ` + strings.Fields(updatable(t, v.Server, table))[0] + ` = NULL`, `DELETE FROM ` + table} {
			if reaches(t, v.Server, stranger, table, blind) {
				report("%s reaches foreign rows", blind)
			}
		}
	}
	return found
}

// reaches tells whether a statement that reads no column, to which the policies of reading therefore do not apply, gets at more rows than the scope may see.
func reaches(t *testing.T, s *apitest.Server, in scope.Scope, table, statement string) bool {
	t.Helper()
	visible := int64(count(t, s, in, table, "true"))
	n, err := affect(s, in, statement)
	if err != nil {
		return visible == 0 && !strings.Contains(err.Error(), "SQLSTATE 42501") // a constraint stood in the way of a row that was reached
	}
	return n > visible
}

// unscoped counts what a connection sees that has entered no scope.
func unscoped(t *testing.T, v visit, table string) (n int) {
	t.Helper()
	if err := v.bare.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
		t.Fatalf("%s without a scope: %v", table, err)
	}
	return n
}

// unforced counts what the owner of the tables deletes, whom row-level security binds only where it is forced; -1 where a constraint stood in the way.
func unforced(t *testing.T, v visit, table string) int64 {
	t.Helper()
	tx, err := v.owner.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	done, err := tx.ExecContext(t.Context(), `DELETE FROM `+table)
	if scope.Constraint(err) != "" {
		return -1
	}
	if err != nil {
		t.Fatal(err)
	}
	n, err := done.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// updatable is an assignment that changes nothing, on a column that the application may update, or on any where it may update none.
func updatable(t *testing.T, s *apitest.Server, table string) string {
	t.Helper()
	var column string
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0
		  ORDER BY NOT has_column_privilege(current_user, attrelid, attnum, 'UPDATE'), attidentity <> '' OR attgenerated <> '', attnum LIMIT 1`, table).Row().Scan(&column)
	})
	if err != nil {
		t.Fatal(err)
	}
	return column + " = " + column
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

func affect(s *apitest.Server, in scope.Scope, statement string, args ...any) (n int64, err error) {
	err = s.Program.Runner.InTx(s.System(), in, func(tx *scope.Tx) error {
		done := tx.DB.Exec(statement, args...)
		n = done.RowsAffected
		return errors.Join(done.Error, errRollback)
	})
	if err == errRollback || !strings.Contains(err.Error(), "SQLSTATE") {
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
		var columns string // those that the application may write: a default alone says the others
		err := tx.DB.Raw(`SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped
		  AND has_column_privilege(current_user, attrelid, attnum, 'INSERT')`, table).Row().Scan(&columns)
		if err != nil {
			t.Fatal(err)
		}
		done := tx.DB.Exec(`INSERT INTO `+table+` (`+columns+`) OVERRIDING SYSTEM VALUE SELECT `+columns+` FROM json_populate_record(NULL::`+table+`, ?)`, row)
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

func everyTable(t *testing.T, s *apitest.Server) []string {
	t.Helper()
	return tablesOf(t, pgtest.Open(t, s.DB.OwnerURL))
}

func vehicleOf(t *testing.T, s *apitest.Server, vin string) (id uuid.UUID) {
	t.Helper()
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT id FROM vehicles WHERE vin = ?`, vin).Row().Scan(&id)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
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
