package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/tenants/scope"
)

// forgery is a statement that a scope must not be able to carry out.
type forgery struct {
	in   scope.Scope
	sql  string
	args []any
}

// forgeries lists, in the scope of the office or city that owns the rows, every statement by which a defect in a use case could forge a clearance, free what was
// paid, or send money elsewhere.
func forgeries(t *testing.T, v visit) map[string]forgery {
	t.Helper()
	own := scope.Office(v.office).NamingVehicle(v.vehicle)
	far := scope.Office(officeOf(t, v.Server, apitest.FarCashier)).NamingVehicle(v.vehicle)
	city := scope.Municipality(apitest.Shiraz)
	opens := scope.Office(v.office).NamingPlate(apitest.OtherPlate)
	return map[string]forgery{
		"claim paid":         {opens, `UPDATE due_claims SET state = 'paid', paid_at = scope_now() WHERE order_id = ?`, []any{v.open}},
		"bill paid":          {opens, `UPDATE bills SET state = 'paid', paid_at = scope_now() WHERE order_id = ?`, []any{v.open}},
		"order paid":         {opens, `UPDATE orders SET state = 'paid' WHERE id = ?`, []any{v.open}},
		"claim for ever":     {opens, `UPDATE due_claims SET claimed_until = '3000-01-01' WHERE order_id = ?`, []any{v.open}},
		"paid claim freed":   {own, `UPDATE due_claims SET state = 'released', paid_at = NULL WHERE order_id = ?`, []any{v.order}},
		"paid bill reopened": {own, `UPDATE bills SET state = 'open', paid_at = NULL WHERE order_id = ?`, []any{v.order}},
		"payment uncaptured": {own, `UPDATE payments SET state = 'failed', captured_at = NULL WHERE id = ?`, []any{v.payment}},
		"payment made up": {own, `INSERT INTO payments (id, office_id, order_id, method, provider, terminal, merchant_ref, amount_rial, state, created_at, expires_at, captured_at)
		  SELECT ?, office_id, id, 'gateway', 'sep', '1', 'x', total_rial, 'captured', scope_now(), scope_now(), scope_now() FROM orders WHERE id = ?`, []any{uuid.New(), v.order}},
		"receipt made up":        {own, `INSERT INTO receipts (office_id, payment_id, order_id, amount_rial, at) VALUES (?, ?, ?, 1, scope_now())`, []any{v.office, v.payment, v.order}},
		"split to a stranger":    {own, `INSERT INTO payment_bills (municipality_id, payment_id, bill_id, office_id, iban, amount_rial) SELECT municipality_id, ?, id, office_id, 'IR000000000000000000000000', 1 FROM bills WHERE order_id = ?`, []any{v.payment, v.order}},
		"certificate revived":    {own, `INSERT INTO certificate_events (serial, number, office_id, kind, at) VALUES (?, 3, ?, 'issued', scope_now())`, []any{v.serial, v.office}},
		"certificate made up":    {opens, `INSERT INTO certificates (serial, office_id, order_id, vehicle_id, through_year, jws, proof, issued_at, issued_by) SELECT 'x', office_id, id, vehicle_id, 1405, 'x', 'x', scope_now(), person_id FROM orders WHERE id = ?`, []any{v.open}},
		"serial lowered":         {own, `UPDATE bill_serials SET next = 1`, nil},
		"claim unagreed":         {far, `INSERT INTO due_claims (municipality_id, vehicle_id, fiscal_year, office_id, order_id, state, amount_rial, claimed_until) VALUES (?, ?, 1388, ?, ?, 'claimed', 1000, scope_now())`, []any{apitest.Tehran, v.vehicle, far.OfficeID(), v.order}},
		"bill unagreed":          {far, `INSERT INTO bills (municipality_id, id, office_id, order_id, vehicle_id, bill_id, payment_id, amount_rial, state, issued_at, valid_until) VALUES (?, ?, ?, ?, ?, '1', '2', 1000, 'open', scope_now(), scope_now())`, []any{apitest.Tehran, uuid.New(), far.OfficeID(), v.order, v.vehicle}},
		"city posts":             {city, `INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, accounts, amounts) VALUES (?, ?, scope_now(), 'x', 'x', ?, '{a,b}', '{1,-1}')`, []any{apitest.Shiraz, uuid.New(), uuid.New()}},
		"city moves its account": {city, `UPDATE municipality_accounts SET iban = 'IR000000000000000000000000'`, nil},
		"city frees a paid due":  {city, `UPDATE due_claims SET state = 'released', paid_at = NULL`, nil},
		"city promotes itself":   {city, `UPDATE people SET role = 'tariff_approver'`, nil},
		"city takes a password":  {city, `UPDATE people SET password_hash = 'x'`, nil},
		"city drops a factor":    {city, `UPDATE people SET second_factor = NOT second_factor`, nil},
		"office takes a name":    {own, `UPDATE people SET name_fa = 'x'`, nil},
		"city takes a home":      {city, `UPDATE people SET municipality_id = NULL`, nil},
		"city enrols":            {city, `INSERT INTO people (id, municipality_id, username, password_hash, name_fa, role) VALUES (?, ?, 'x', '', 'x', 'tariff_approver')`, []any{uuid.New(), apitest.Shiraz}},
		"bill of a paused city": {own, `INSERT INTO bills (municipality_id, id, office_id, order_id, vehicle_id, bill_id, payment_id, amount_rial, state, issued_at, valid_until)
		  SELECT ?, ?, office_id, id, vehicle_id, '1', '2', 1000, 'open', scope_now(), scope_now() FROM orders WHERE id = ?`, []any{pausedCity, uuid.New(), v.order}},
		"money to a paused city": {own, `INSERT INTO payment_bills (municipality_id, payment_id, bill_id, office_id, iban, amount_rial)
		  SELECT municipality_id, ?, ?, ?, iban, 1 FROM municipality_accounts WHERE municipality_id = ?`, []any{v.attempt, uuid.New(), v.office, pausedCity}},
		"fee to a stranger": {own, `INSERT INTO payment_fees (payment_id, order_id, office_id, iban, amount_rial)
		  SELECT payment_id, order_id, office_id, 'IR000000000000000000000000', amount_rial FROM payment_fees WHERE payment_id = ?`, []any{v.attempt}},
		"another fee": {own, `INSERT INTO payment_fees (payment_id, order_id, office_id, iban, amount_rial)
		  SELECT payment_id, order_id, office_id, iban, amount_rial + 1 FROM payment_fees WHERE payment_id = ?`, []any{v.attempt}},
		"order without the fee":    {opens, orderWith(`NULL, NULL, NULL, NULL, NULL, NULL`), []any{v.open}},
		"order with less":          {opens, orderWith(`fee_service, fee_class, fee_from, fee_revision, fee_rial - 1, 0`), []any{v.open}},
		"share that nobody agreed": {opens, orderWith(`fee_service, fee_class, fee_from, fee_revision, fee_rial, 1`), []any{v.open}},
		"agreement's number chosen": {own, `INSERT INTO agreements (municipality_id, office_id, number, valid_from, proposal_id) SELECT municipality_id, office_id, 32767, valid_from, id
		  FROM agreement_proposals WHERE state = 'accepted' AND office_id = ?`, []any{v.office}},
		"deposit topped up": {own, `INSERT INTO deposit_moves (office_id, number, kind, amount_rial, available_rial, held_rial, source_kind, source_id, at) VALUES (scope_office(), 3, 'topup', 1, 90001, 10000, 'topup', ?, scope_now())`, []any{v.vehicle}},
		"refund granted": {own, `INSERT INTO refunds (municipality_id, id, group_id, payment_id, bill_id, office_id, kind, amount_rial, state, channel, reason, requested_by, requested_at, expires_at, granted_at)
		  SELECT municipality_id, gen_random_uuid(), gen_random_uuid(), payment_id, bill_id, office_id, 'refund', 1, 'granted', 'payout', 'x', ?, scope_now(), scope_now(), scope_now() FROM payment_bills LIMIT 1`, []any{v.spare["office"].person}},
		"refund beside another request's": {own, `INSERT INTO refunds (municipality_id, id, group_id, payment_id, bill_id, office_id, kind, amount_rial, state, reason, requested_by, requested_at, expires_at)
		  SELECT municipality_id, gen_random_uuid(), ?, payment_id, bill_id, office_id, 'refund', 1, 'waiting', 'x', ?, scope_now(), scope_now() FROM payment_bills WHERE municipality_id = 520 LIMIT 1`, []any{v.vehicle, v.spare["office"].person}},
		"transfer credited": {own, `UPDATE deposit_transfers SET state = 'credited', decided_by = ?, decided_at = scope_now()`, []any{v.spare["office"].person}},
		"transfer declared credited": {own, `INSERT INTO deposit_transfers (id, office_id, amount_rial, reference, paid_on, state, declared_by, declared_at, decided_by, decided_at)
		  SELECT gen_random_uuid(), office_id, 1, 'FORGED', paid_on, 'credited', declared_by, scope_now(), ?, scope_now() FROM deposit_transfers`, []any{v.spare["office"].person}},
		"withdrawal paid":        {own, `UPDATE deposit_withdrawals SET state = 'paid', decided_by = ?, decided_at = scope_now(), reference = 'x'`, []any{v.spare["office"].person}},
		"shift's totals made up": {own, `INSERT INTO shift_totals (shift_id, method, office_id, payments, taken_rial, expected_rial, counted_rial, difference_rial) VALUES (?, 'gateway', scope_office(), 1, 1, 1, 1, 0)`, []any{v.vehicle}},
		"office promotes itself": {own, `UPDATE people SET role = 'office_manager'`, nil},
		"office enrols":          {own, `INSERT INTO people (id, office_id, username, password_hash, name_fa, role) VALUES (?, ?, 'x', '', 'x', 'office_manager')`, []any{uuid.New(), v.office}},
	}
}

const pausedCity = 2 // with which the visiting office has an agreement

// begun is a visit with an open order and an attempt to pay another one that is still being made, after a city was paused.
func begun(t *testing.T) visit {
	t.Helper()
	v := visited(t)
	c := v.SignIn(apitest.Cashier)
	v.open = c.Order(apitest.OtherPlate).Id
	v.attempt = c.Start(c.Order(apitest.FleetPlate(7)).Id).Id
	v.Platform(`UPDATE payments SET state = 'created' WHERE id = ?`, v.attempt)
	v.Platform(`UPDATE municipalities SET stage = 'paused' WHERE id = ?`, pausedCity)
	v.Platform(`INSERT INTO agreement_proposals (municipality_id, id, office_id, kind, valid_from, fee_share_ppm, text_version, reason, proposed_by, proposed_at, expires_at, state, decided_by,
	    decided_at, accepted_by, accepted_at) SELECT municipality_id, gen_random_uuid(), office_id, kind, valid_from, fee_share_ppm, text_version, reason, proposed_by, proposed_at, expires_at,
	    'accepted', decided_by, decided_at, decided_by, now() FROM agreement_proposals LIMIT 1`)
	return v
}

// orderWith is a copy of an order with another fee.
func orderWith(fee string) string {
	return `INSERT INTO orders (id, office_id, person_id, vehicle_id, inquiry_id, plate, total_rial, state, created_at, valid_until, fee_service, fee_class, fee_from, fee_revision, fee_rial,
	  fee_office_rial) SELECT gen_random_uuid(), office_id, person_id, vehicle_id, inquiry_id, plate, total_rial, 'open', created_at, valid_until, ` + fee + ` FROM orders WHERE id = ?`
}

// succeeds tells whether the statement changes anything, or is refused for another reason than permission.
func (f forgery) succeeds(v visit) (string, bool) {
	n, err := affect(v.Server, f.in, f.sql, f.args...)
	switch {
	case err == nil && n != 0:
		return fmt.Sprintf("%d rows", n), true
	case err != nil && !strings.Contains(err.Error(), "SQLSTATE 42501"):
		return "refused for another reason than permission: " + err.Error(), true
	}
	return "", false
}

// TestSQLInAnOfficesScopeCannotSayPaid tries every forgery. Only the platform's scope may say that something is paid.
func TestSQLInAnOfficesScopeCannotSayPaid(t *testing.T) {
	t.Parallel()
	v := begun(t)
	for name, f := range forgeries(t, v) {
		if how, succeeds := f.succeeds(v); succeeds {
			t.Errorf("%s: %s", name, how)
		}
	}
}
