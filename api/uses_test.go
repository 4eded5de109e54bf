package api_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"mofasa/api/apitest"
	"mofasa/tenants/scope"
)

// use is what a scope must be able to do, statement by statement in one transaction that is rolled back, for which a policy is there.
type use struct {
	in   scope.Scope
	sql  []string
	args [][]any
	want string // the number of rows of the last statement, "1" where absent; of a SELECT its one text
}

// does makes a use of one statement.
func does(in scope.Scope, statement string, args ...any) use {
	return use{in: in, sql: []string{statement}, args: [][]any{args}}
}

// then adds a statement.
func (u use) then(statement string, args ...any) use {
	u.sql, u.args = append(u.sql, statement), append(u.args, args)
	return u
}

// gives says what the last statement answers.
func (u use) gives(want string) use { u.want = want; return u }

// fails tells what happens instead of what is wanted, or "".
func (u use) fails(v visit) (found string) {
	want := u.want
	if want == "" {
		want = "1"
	}
	err := v.Program.Runner.InTx(v.System(), u.in, func(tx *scope.Tx) error {
		for i, statement := range u.sql {
			if strings.HasPrefix(statement, "SELECT") {
				var text sql.NullString
				if err := tx.DB.Raw(statement, u.args[i]...).Row().Scan(&text); err != nil {
					return err
				}
				found = text.String
				continue
			}
			done := tx.DB.Exec(statement, u.args[i]...)
			if done.Error != nil {
				return done.Error
			}
			found = fmt.Sprint(done.RowsAffected)
		}
		return errRollback
	})
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		return pg.Code + " " + pg.Message
	case !errors.Is(err, errRollback):
		return err.Error()
	case found != want:
		return fmt.Sprintf("%q, want %q", found, want)
	}
	return ""
}

// uses names for each policy that is about writing, or about what runs as the owner, what the policy is there for. A key is "policy on table", with more after a
// colon where a policy has several.
func uses(t *testing.T, v visit) map[string]use {
	t.Helper()
	own, opens := scope.Office(v.office).NamingVehicle(v.vehicle), scope.Office(v.office).NamingPlate(apitest.OtherPlate)
	city, platform := scope.Municipality(apitest.Shiraz), scope.Platform()
	elsewhere := scope.Office(officeOf(t, v.Server, apitest.FarCashier))
	k := keepUses(t, v)
	grant := does(city, `UPDATE approvals SET state = 'approved', decided_by = ?, decider_human = ?, decided_at = scope_now() WHERE municipality_id = 122 AND id = ?`, k.secondAdmin, k.human, k.grant).
		then(`UPDATE people SET role = 'treasurer' WHERE id = ?`, k.promoted)
	request := func(in scope.Scope, row int, office any, by uuid.UUID) use {
		return does(in, `INSERT INTO approvals (municipality_id, id, office_id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, requested_at, expires_at)
		  VALUES (?, gen_random_uuid(), ?, 'role_grant', 'x', 'x', 'x', '{}', 'x', 'open', ?, scope_now(), scope_now() + interval '1 day')`, row, office, by)
	}
	decide := func(in scope.Scope, s spare) use {
		return does(in, `UPDATE approvals SET state = 'withdrawn', decided_at = scope_now() WHERE id = ?`, s.approval)
	}
	ends := func(in scope.Scope, s spare) use {
		return does(in, `SELECT end_sessions(?, 'locked')::text`, s.person).then(`SELECT session_is_open(?, ?)::text`, s.session, s.person)
	}
	attempts := does(opens, `INSERT INTO payments (id, office_id, order_id, method, provider, terminal, merchant_ref, amount_rial, state, created_at, expires_at)
		  SELECT gen_random_uuid(), office_id, id, 'gateway', 'sep', '1', 'another', total_rial, 'created', scope_now(), scope_now() FROM orders WHERE id = ?`, v.open)
	office, shiraz, staff := v.spare["office"], v.spare["municipality"], v.spare["platform"]
	return map[string]use{
		"municipality_proposes on agreement_proposals": does(city, `INSERT INTO agreement_proposals (municipality_id, id, office_id, kind, valid_from, fee_share_ppm, text_version, reason, proposed_by, proposed_at, expires_at, state)
		  SELECT municipality_id, gen_random_uuid(), office_id, kind, valid_from, fee_share_ppm, text_version, reason, proposed_by, scope_now(), scope_now() + interval '1 day', 'proposed'
		  FROM agreement_proposals WHERE id = ?`, v.vehicle),
		"municipality_decides on agreement_proposals": does(city, `UPDATE agreement_proposals SET state = 'refused', remark = 'x' WHERE municipality_id = 122 AND id = ?`, v.vehicle),
		"office_accepts on agreement_proposals":       does(own, `UPDATE agreement_proposals SET state = 'accepted', accepted_by = ?, accepted_at = scope_now() WHERE id = ?`, office.person, v.vehicle),
		"municipality_words on agreement_texts": does(city, `INSERT INTO agreement_texts (municipality_id, version, number, hash, body_fa, offered_by, offered_at)
		  VALUES (122, 'another', 90, sha256('x'), 'x', ?, scope_now())`, shiraz.person),
		"municipality_ends on agreements": does(city, `INSERT INTO agreements (municipality_id, office_id, valid_from, number, ends, proposal_id)
		  SELECT municipality_id, office_id, valid_from, next_agreement_number(municipality_id, office_id), true, id FROM agreement_proposals WHERE id = ?`, k.end),
		"office_accepts on agreements": does(own, `INSERT INTO agreements (municipality_id, office_id, valid_from, number, proposal_id)
		  SELECT municipality_id, office_id, valid_from, next_agreement_number(municipality_id, office_id), id FROM agreement_proposals WHERE id = ?`, k.accepted),

		"owner_reads on agreements": does(own, `SELECT next_agreement_number(122, scope_office())::text`).gives("2"),

		"platform_requests on approvals":     request(platform, 0, nil, staff.person),
		"municipality_requests on approvals": request(city, apitest.Shiraz, nil, shiraz.person),
		"office_requests on approvals":       request(own, 0, v.office, office.person),
		"platform_decides on approvals":      decide(platform, staff),
		"municipality_decides on approvals":  decide(city, shiraz),
		"office_decides on approvals":        decide(own, office),
		"owner_reads on approvals":           grant,

		"owner_reads on bill_serials": does(own, `SELECT (draw_bill_serial(?) > 0)::text`, apitest.Tehran).gives("true"),
		"owner_draws on bill_serials": does(own, `SELECT (draw_bill_serial(?) > 0)::text`, apitest.Tehran).gives("true"),
		"office_issues on bills": does(opens, `INSERT INTO bills (municipality_id, id, office_id, order_id, vehicle_id, bill_id, payment_id, amount_rial, state, issued_at, valid_until)
		  SELECT municipality_id, gen_random_uuid(), office_id, order_id, vehicle_id, '1', '2', 1000, 'open', scope_now(), scope_now() FROM bills WHERE order_id = ? LIMIT 1`, v.open),
		"office_cancels on bills": does(opens, `UPDATE bills SET state = 'cancelled' WHERE order_id = ?`, v.open),
		"office_certifies on certificates": does(own, `INSERT INTO certificates (serial, office_id, order_id, vehicle_id, through_year, jws, proof, issued_at, issued_by)
		  SELECT 'another', office_id, order_id, vehicle_id, through_year, jws, proof, scope_now(), issued_by FROM certificates WHERE serial = ?`, v.serial),
		"office_certifies on certificate_events": does(own, `INSERT INTO certificate_events (serial, number, office_id, kind, at) VALUES ('bare', 1, ?, 'issued', scope_now())`, v.office),
		"office_certifies on certificate_dues": does(own, `INSERT INTO certificate_dues (municipality_id, serial, fiscal_year, office_id, amount_rial)
		  SELECT municipality_id, 'bare', fiscal_year, office_id, amount_rial FROM certificate_dues WHERE serial = ? LIMIT 1`, v.serial),

		"office_warns on deposit_warnings":   does(elsewhere, `INSERT INTO deposit_warnings (office_id, below_rial) VALUES (scope_office(), 1)`),
		"office_changes on deposit_warnings": does(own, `UPDATE deposit_warnings SET below_rial = 1 WHERE office_id = scope_office()`),
		"office_asks on refunds": does(own, `INSERT INTO refunds (municipality_id, id, group_id, payment_id, bill_id, office_id, kind, amount_rial, state, reason, requested_by, requested_at, expires_at)
		  SELECT municipality_id, payment_id, payment_id, payment_id, bill_id, office_id, 'refund', 1, 'waiting', 'x', ?, scope_now(), scope_now() + interval '1 day' FROM payment_bills WHERE municipality_id = 520 LIMIT 1`, v.spare["office"].person),
		"office_declares on deposit_transfers": does(own, `INSERT INTO deposit_transfers (id, office_id, amount_rial, reference, paid_on, state, declared_by, declared_at)
		  VALUES (gen_random_uuid(), scope_office(), 10000, 'ANOTHER', '2026-01-05', 'declared', ?, scope_now())`, office.person),
		"office_asks on deposit_withdrawals": does(own, `INSERT INTO deposit_withdrawals (id, office_id, amount_rial, iban, state, asked_by, asked_at)
		  VALUES (gen_random_uuid(), scope_office(), 10000, 'IR860610000009990000009001', 'asked', ?, scope_now())`, office.person),
		"office_opens on shifts":          does(own, `INSERT INTO shifts (id, office_id, number, person_id, opened_at, opening_float_rial) VALUES (gen_random_uuid(), scope_office(), 900, ?, scope_now(), 0)`, office.person),
		"office_closes on shifts":         does(own, `UPDATE shifts SET closed_at = scope_now(), closed_by = ?, in_flight = 0, in_flight_rial = 0 WHERE id = ?`, office.person, v.vehicle),
		"office_rules on shift_rules":     does(elsewhere, `INSERT INTO shift_rules (office_id, required) VALUES (scope_office(), true)`),
		"office_changes on shift_rules":   does(own, `UPDATE shift_rules SET required = true WHERE office_id = scope_office()`),
		"office_prints on receipt_prints": does(own, `INSERT INTO receipt_prints (receipt_number, number, kind, office_id, at, person_id) SELECT number, 900, 'copy', office_id, scope_now(), ? FROM receipts WHERE payment_id = ?`, office.person, v.payment),
		"office_invites on devices": does(own, `INSERT INTO devices (id, office_id, name, kind, state, code_hash, code_expires_at, invited_by, invited_at)
		  VALUES (gen_random_uuid(), scope_office(), 'x', 'till', 'invited', sha256('another'), scope_now(), ?, scope_now())`, office.person),
		"office_revokes on devices": does(own, `UPDATE devices SET state = 'revoked', revoked_by = ?, revoked_at = scope_now(), reason = 'x' WHERE id = ?`, office.person, v.vehicle),
		"office_claims on due_claims": does(own, `INSERT INTO due_claims (municipality_id, vehicle_id, fiscal_year, office_id, order_id, state, amount_rial, claimed_until)
		  VALUES (?, ?, 1388, scope_office(), ?, 'claimed', 1000, scope_now())`, apitest.Tehran, v.vehicle, v.order),
		"office_takes_over on due_claims": does(opens, `UPDATE due_claims SET state = 'released' WHERE order_id = ? AND fiscal_year = (SELECT max(fiscal_year) FROM due_claims WHERE order_id = ?)`, v.open, v.open),
		"municipality_decides on due_decisions": does(city, `INSERT INTO due_decisions (municipality_id, id, vehicle_id, kind, from_year, through_year, reason_fa, reason_en, valid_from, recorded_at, actor_kind)
		  VALUES (122, gen_random_uuid(), ?, 'review', 1390, 1390, 'x', 'x', '2026-01-01', scope_now(), 'system')`, v.vehicle),

		"owner_reads on humans":   does(own, `SELECT know_human(gen_random_uuid(), ARRAY[sha256('another'), sha256('human')], 1, '')::text`).gives(k.human.String()),
		"owner_records on humans": does(own, `SELECT (know_human(?, ARRAY[sha256('another')], 1, decode(repeat('01', 40), 'hex')) = ?)::text`, v.vehicle, v.vehicle).gives("true"),

		"office_invites on invitations": does(own, `INSERT INTO invitations (id, office_id, username, name_fa, role, token_hash, invited_at, expires_at)
		  VALUES (gen_random_uuid(), scope_office(), 'x', 'x', 'office_clerk', sha256('another'), scope_now(), scope_now() + interval '1 day')`),
		"municipality_invites on invitations": does(city, `INSERT INTO invitations (id, city, username, name_fa, role, token_hash, invited_at, expires_at)
		  VALUES (gen_random_uuid(), scope_municipality(), 'x', 'x', 'auditor', sha256('another'), scope_now(), scope_now() + interval '1 day')`),
		"office_voids on invitations":       does(own, `UPDATE invitations SET expires_at = scope_now() WHERE office_id = scope_office()`),
		"municipality_voids on invitations": does(city, `UPDATE invitations SET expires_at = scope_now() WHERE city = scope_municipality()`),

		"owner_reads on offices":             does(own, `SELECT office_works(?)::text`, k.branch).gives("true"),
		"owner_reads on offices: by licence": does(scope.Municipality(foreignCity), `SELECT office_of_licence('branch')::text`).gives(k.branch.String()),
		"office_orders on orders": does(opens, `INSERT INTO orders (id, office_id, person_id, vehicle_id, inquiry_id, plate, total_rial, state, created_at, valid_until, fee_service, fee_class, fee_from,
		  fee_revision, fee_rial, fee_office_rial) SELECT gen_random_uuid(), office_id, person_id, vehicle_id, inquiry_id, plate, total_rial, 'open', scope_now(), scope_now(), fee_service, fee_class,
		  fee_from, fee_revision, fee_rial, fee_office_rial FROM orders WHERE id = ?`, v.open),
		"office_cancels on orders":    does(opens, `UPDATE orders SET state = 'cancelled' WHERE id = ?`, v.open),
		"office_attempts on payments": attempts,
		"office_begins on payment_events": attempts.then(`INSERT INTO payment_events (payment_id, number, office_id, at, event, to_state, actor_kind)
		  SELECT id, 0, office_id, scope_now(), 'payment.attempted', state, 'person' FROM payments WHERE merchant_ref = 'another' AND order_id = ?`, v.open),
		"office_splits on payment_fees": attempts.then(`INSERT INTO payment_fees (payment_id, order_id, office_id, iban, amount_rial) SELECT p.id, o.id, o.office_id, f.iban, o.fee_rial
		  FROM orders o JOIN payments p ON p.order_id = o.id, fee_accounts f WHERE o.id = ? ORDER BY f.number DESC LIMIT 1`, v.open),
		"office_opens on payments": does(own, `UPDATE payments SET state = 'failed', reason = 'x' WHERE id = ?`, v.attempt),
		"office_splits on payment_bills": does(own, `INSERT INTO payment_bills (municipality_id, payment_id, bill_id, office_id, iban, amount_rial)
		  SELECT b.municipality_id, ?, b.id, b.office_id, a.iban, 1 FROM bills b JOIN municipality_accounts a USING (municipality_id) WHERE b.order_id = ? LIMIT 1`, v.attempt, v.open),

		"office_keeps on people":                               does(own, `UPDATE people SET state = 'locked' WHERE id = ?`, office.person),
		"municipality_keeps on people":                         does(city, `UPDATE people SET role = 'auditor' WHERE id = ?`, shiraz.person),
		"municipality_keeps on people: to a grave role by two": grant,
		"owner_reads on people":                                does(own, `UPDATE people SET state = 'locked' WHERE id = ?`, office.person),
		"owner_reads on people: not of strangers":              ends(city, office).gives("true"),
		"owner_reads on sessions":                              does(scope.Public(""), `SELECT session_is_open(?, ?)::text`, office.session, office.person).gives("true"),
		"owner_ends on sessions: of an office":                 ends(own, office).gives("false"),
		"owner_ends on sessions":                               ends(city, shiraz).gives("false"),
		"owner_ends on sessions: not of strangers":             ends(city, office).gives("true"),
		"owner_ends on sessions: not of nobody":                ends(scope.Public(""), office).gives("true"),

		"municipality_writes on tariff_drafts": does(city, `INSERT INTO tariff_drafts (municipality_id, id, fiscal_year, body, reason, state, edited_by, drafted_at)
		  SELECT 122, gen_random_uuid(), fiscal_year, body, 'x', 'draft', edited_by, scope_now() FROM tariff_drafts WHERE id = ?`, k.approved),
		"municipality_changes on tariff_drafts": does(city, `UPDATE tariff_drafts SET body = body || '{"name": "x"}', revision = 2 WHERE municipality_id = 122 AND state = 'draft'`),
		"owner_reads on tariff_drafts":          does(city, `UPDATE tariff_drafts SET body = body || '{"name": "x"}', revision = 2 WHERE municipality_id = 122 AND state = 'draft'`),
		"municipality_writes on tariff_previews": does(city, `INSERT INTO tariff_previews (municipality_id, id, drafts, revisions, threshold_rial, state, requested_at)
		  VALUES (122, gen_random_uuid(), ARRAY[?::uuid], '{1}', 1, 'queued', scope_now())`, k.approved),
		"municipality_changes on tariff_previews": does(city, `UPDATE tariff_previews SET cancel_requested = true WHERE municipality_id = 122`),
		"municipality_publishes on tariff_versions": does(city, `INSERT INTO tariff_versions (id, authority, fiscal_year, number, body, published_at)
		  SELECT body->>'id', '122', fiscal_year, (body->>'number')::smallint, body, scope_now() FROM tariff_drafts WHERE id = ?`, k.approved),

		"owner_reads on vehicles":       does(scope.Office(v.office).NamingVIN(apitest.VIN), `SELECT scope_vehicle()::text`).gives(v.vehicle.String()),
		"owner_reads on vehicle_plates": does(scope.Office(v.office).NamingPlate(apitest.Plate), `SELECT scope_vehicle()::text`).gives(v.vehicle.String()),
	}
}

// kept are the rows that uses need beside a visit.
type kept struct{ branch, end, accepted, human, secondAdmin, promoted, grant, approved uuid.UUID }

// keepUses writes them as the platform: among them, for each policy of reading, a row that no other policy shows.
func keepUses(t *testing.T, v visit) kept {
	t.Helper()
	k := kept{branch: uuid.New(), end: uuid.New(), human: uuid.New(), secondAdmin: uuid.New(), promoted: uuid.New(), grant: uuid.New(), approved: uuid.New()}
	id := func(username string) string { return `(SELECT id FROM people WHERE username = '` + username + `')` }
	v.Platform(`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from, parent_id) VALUES (?, 122, 'x', 'branch', '2020-01-01', ?)`, k.branch, v.office)
	v.Platform(`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES (?, 218, 'x', 'proposed', '2020-01-01')`, v.vehicle)
	v.Platform(`INSERT INTO agreement_proposals (municipality_id, id, office_id, kind, valid_from, fee_share_ppm, text_version, reason, proposed_by, proposed_at, expires_at, state, decided_by, decided_at)
	  SELECT 122, gen_random_uuid(), ?, 'terms', '2026-01-01', 0, 'walk', 'x', `+id(apitest.CityAdmin)+`, now(), now() + interval '1 day', 'approved', `+id(apitest.CityApprover)+`, now()`, v.vehicle)
	v.Platform(`INSERT INTO agreement_proposals (municipality_id, id, office_id, kind, valid_from, reason, proposed_by, proposed_at, expires_at, state, decided_by, decided_at)
	  SELECT 122, ?, ?, 'end', '2027-01-01', 'x', `+id(apitest.CityAdmin)+`, now(), now() + interval '1 day', 'approved', `+id(apitest.CityApprover)+`, now() - interval '2 days'`, k.end, v.office)
	err := v.Program.Runner.InTx(v.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT id FROM agreement_proposals WHERE state = 'accepted' AND office_id = ?`, v.office).Row().Scan(&k.accepted)
	})
	if err != nil {
		t.Fatal(err)
	}
	v.Platform(`INSERT INTO humans (id, id_index, index_key, id_enc, recorded_at) VALUES (?, sha256('human'), 1, decode(repeat('01', 40), 'hex'), now())`, k.human)
	v.Platform(`INSERT INTO people (id, municipality_id, username, password_hash, name_fa, role, human_id, national_id_masked) VALUES (?, 122, 'second.admin', 'x', 'x', 'municipality_admin', ?, '*******123'),
	  (?, 122, 'promoted', 'x', 'x', 'tariff_editor', NULL, NULL)`, k.secondAdmin, k.human, k.promoted)
	v.Platform(`INSERT INTO approvals (municipality_id, id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, requester_human, requested_at, expires_at)
	  SELECT 122, ?, 'role_grant', ?, 'x', 'x', '{"from": "tariff_editor", "to": "treasurer"}', 'x', 'open', `+id(apitest.CityAdmin)+`, (SELECT human_id FROM people WHERE username = '`+apitest.CityAdmin+`'), now(), now() + interval '10 years'`, k.grant, k.promoted.String())
	v.Platform(`INSERT INTO certificates (serial, office_id, order_id, vehicle_id, through_year, jws, proof, issued_at, issued_by)
	  SELECT 'bare', office_id, order_id, vehicle_id, through_year, jws, proof, issued_at, issued_by FROM certificates WHERE serial = ?`, v.serial)
	v.Platform(`INSERT INTO tariff_drafts (municipality_id, id, fiscal_year, body, reason, state, edited_by, drafted_at, submitted_by, submitted_at, decided_by, decided_at)
	  SELECT 122, ?, 1396, ?::jsonb, 'x', 'approved', ARRAY[`+id(apitest.CityEditor)+`], now(), `+id(apitest.CityEditor)+`, now(), `+id(apitest.CityApprover)+`, now()`,
		k.approved, strings.ReplaceAll(motorcycles, "1395", "1396"))
	v.Platform(`INSERT INTO due_decisions (municipality_id, id, vehicle_id, kind, from_year, through_year, reason_fa, reason_en, valid_from, recorded_at, actor_kind)
	  VALUES (0, gen_random_uuid(), ?, 'review', 1390, 1390, 'x', 'x', '2026-01-01', now(), 'system')`, v.vehicle)
	v.Platform(`INSERT INTO invitations (id, city, username, name_fa, role, token_hash, invited_at, expires_at) VALUES (gen_random_uuid(), 122, 'y', 'y', 'auditor', sha256('y'), now(), now() + interval '1 year')`)
	v.Platform(`INSERT INTO api_clients (id, city, name_fa, scopes, secret_hash, created_at, expires_at) VALUES (gen_random_uuid(), 122, 'y', '{audit.read}', sha256('y'), now(), now() + interval '1 year')`)
	v.Platform(`INSERT INTO audit_log (id, at, owner, actor_kind, action, target_kind, target_id, about_municipality) VALUES (gen_random_uuid(), now(), 'platform', 'system', 'x', 'x', 'x', 122)`)
	v.Platform(`INSERT INTO vehicle_gaps (id, vehicle_id, history, valid_from, valid_to, reason, recorded_at) VALUES (gen_random_uuid(), ?, 'owner', '2013-01-01', '2013-02-01', 'x', now())`, v.vehicle)
	return k
}

// readers are scopes that between them have every reason to read.
func readers(t *testing.T, v visit) []scope.Scope {
	t.Helper()
	far := scope.Office(officeOf(t, v.Server, apitest.FarCashier))
	return []scope.Scope{scope.Platform(), scope.Municipality(apitest.Shiraz), scope.Municipality(foreignCity), scope.Office(v.office), far.NamingVehicle(v.vehicle), scope.Office(v.vehicle),
		scope.Public(v.serial), scope.Public("")}
}

// outlook counts what each reader sees of a table.
func outlook(t *testing.T, v visit, by []scope.Scope, table string) (counts string) {
	t.Helper()
	for _, in := range by {
		counts += fmt.Sprintf("%s %d, ", in, count(t, v.Server, in, table, "true"))
	}
	if slices.Contains(reference, table) { // what everybody reads the platform writes
		counts += fmt.Sprintf("writes are refused: %t, ", plant(t, v.Server, scope.Platform(), table, "true") != nil)
	}
	return counts
}
