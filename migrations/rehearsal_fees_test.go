package migrations_test

import (
	"os"
	"testing"

	"github.com/pressly/goose/v3"

	"mofasa/migrations"
	"mofasa/migrations/pgtest"
)

// feeless is the last schema whose orders only showed a fee, and whose packs made no text of an agreement.
const feeless = 14

// What was paid, shown and offered before stays what it was: the split of a payment, a fee that nobody charged, texts in the order in which they were offered, among them the
// template of a city's newest pack.
func TestFeesAndTextsMigrateWithTheirMeaning(t *testing.T) {
	t.Parallel()
	db := pgtest.Empty(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, pgtest.Open(t, db.OwnerURL), os.DirFS("sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), feeless); err != nil {
		t.Fatal(err)
	}
	app := pgtest.Open(t, db.AppURL)
	tx := platform(t, app)
	const one = `'11111111-1111-1111-1111-111111111111'`
	for _, statement := range []string{
		`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix) VALUES (1, 'a', 'a', 'a', 'a', 'a', 1, 1), (2, 'b', 'b', 'a', 'a', 'a', 2, 1)`,
		`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES (` + one + `, 1, 'x', '1', '2020-01-01')`,
		`INSERT INTO people (id, office_id, username, password_hash, name_fa, role) VALUES (` + one + `, ` + one + `, 'a', 'x', 'x', 'office_cashier')`,
		`INSERT INTO vehicles (id, vin, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered) VALUES (` + one + `, 'v', 'a', 'a', 'a', 'a', 4, 'x', 1400, '2021-05-01')`,
		`INSERT INTO inquiries (id, office_id, person_id, vehicle_id, purpose, at, dues) VALUES (` + one + `, ` + one + `, ` + one + `, ` + one + `, 'x', now(), '[]')`,
		`INSERT INTO orders (id, office_id, person_id, vehicle_id, inquiry_id, plate, total_rial, state, created_at, valid_until, fee_service, fee_rial)
		  VALUES (` + one + `, ` + one + `, ` + one + `, ` + one + `, ` + one + `, 'p', 5000, 'paid', now(), now(), 'clearance', 120000)`,
		`INSERT INTO bills (municipality_id, id, office_id, order_id, vehicle_id, bill_id, payment_id, amount_rial, state, issued_at, valid_until, paid_at)
		  VALUES (1, ` + one + `, ` + one + `, ` + one + `, ` + one + `, '1', '2', 5000, 'paid', now(), now(), now())`,
		`INSERT INTO payments (id, office_id, order_id, method, provider, terminal, merchant_ref, amount_rial, state, created_at, expires_at, captured_at)
		  VALUES (` + one + `, ` + one + `, ` + one + `, 'gateway', 'sep', '1', 'x', 5000, 'captured', now(), now(), now())`,
		`INSERT INTO payment_bills (municipality_id, payment_id, bill_id, office_id, iban, amount_rial) VALUES (1, ` + one + `, ` + one + `, ` + one + `, 'IR000000000000000000000000', 5000)`,
		`INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, bill_id, accounts, amounts) VALUES (1, ` + one + `, now(), 'capture', 'payment', ` + one + `, ` + one + `, '{a,b}', '{5000,-5000}')`,
		`INSERT INTO agreement_texts (municipality_id, version, body_fa, offered_by, offered_at) VALUES (1, 'late', 'دیر', ` + one + `, '2026-03-01'), (1, 'early', 'زود', ` + one + `, '2026-01-01'), (2, 'x', 'x', ` + one + `, '2026-01-01')`,
		`INSERT INTO municipality_configs (municipality_id, number, body, reason, at, actor_kind, actor_id) VALUES (1, 1, '{"agreement_template": "کهنه"}', 'x', '2026-01-15', 'system', NULL),
		  (1, 2, '{"agreement_template": "متن\n ۱"}', 'x', '2026-02-01', 'person', ` + one + `), (2, 1, '{"agreement_template": " \n"}', 'x', '2026-02-01', 'system', NULL)`,
	} {
		if _, err := tx.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.Apply(t.Context(), db.OwnerURL); err != nil {
		t.Fatal(err)
	}
	tx = platform(t, app)
	defer func() { _ = tx.Rollback() }()
	for query, want := range map[string]string{
		`SELECT string_agg(municipality_id || ':' || number || ' ' || version || ' ' || coalesce(config, 0) || ' ' || body_fa, ', ' ORDER BY municipality_id, number) FROM agreement_texts`: "1:1 early 0 زود, 1:2 pack-2 2 متن\n ۱, 1:3 late 0 دیر, 2:1 x 0 x",
		`SELECT bool_and(hash = sha256(convert_to(body_fa, 'UTF8')))::text FROM agreement_texts`:                                                                                            "true",
		`SELECT count(*) || ' ' || sum(amount_rial) FROM payment_bills`:                                                                                                                     "1 5000",
		`SELECT fee_rial || ' ' || (fee_class IS NULL AND fee_office_rial IS NULL)::text FROM orders`:                                                                                       "120000 true",
		`SELECT count(*)::text FROM ledger_entries`:                                                                                                                                         "1",
	} {
		var got string
		if err := tx.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", query, got, err, want)
		}
	}
}
