package simulation

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/tenants/scope"
)

// row is a payment as it stands, with what the books say of it.
type row struct {
	ID          uuid.UUID
	OrderID     *uuid.UUID
	Method      string
	MerchantRef string
	State       string
	AmountRial  int64
	Receivable  int64 // from the provider: what cities, the platform and suspense posted
	Drawn       int64 // from the deposit
	Items       int   // open at the suspense desk
	Receipts    int64
	Reason      string
}

// end is how a payment ended, as a word to count by.
func (p row) end() string {
	kind := p.Method
	if p.OrderID == nil {
		kind = "topup"
	}
	return strings.TrimSpace(kind + " " + p.State + " " + p.Reason)
}

const rowsSQL = `SELECT p.id, p.order_id, p.method, p.merchant_ref, p.state, p.amount_rial, coalesce(p.reason, '') AS reason,
  (SELECT coalesce(sum(l.amount_rial), 0)::bigint FROM ledger_postings l WHERE l.account = ? AND (l.source_id = p.id OR l.source_id IN (SELECT i.id FROM suspense_items i
    WHERE i.source_id = p.id))) AS receivable,
  (SELECT coalesce(-sum(m.amount_rial), 0)::bigint FROM deposit_moves m WHERE m.source_id = p.id AND m.kind = 'capture') AS drawn,
  (SELECT count(*) FROM suspense_items i WHERE i.source_id = p.id AND i.closed_at IS NULL) AS items,
  (SELECT coalesce(sum(r.amount_rial), 0)::bigint FROM receipts r WHERE r.payment_id = p.id) AS receipts
  FROM payments p WHERE p.office_id IN ? ORDER BY p.id`

// audit compares the bank's books, the clients' memories and the database.
func (r *run) audit() {
	var rows []row
	err := r.plain.InTx(systemContext(context.Background()), scope.Platform(), func(tx *scope.Tx) error {
		if err := tx.DB.Raw(rowsSQL, string(ledger.Receivable(provider)), r.offices()).Scan(&rows).Error; err != nil {
			return err
		}
		return r.auditRows(tx)
	})
	if err != nil {
		r.fail("audit: %v", err)
		return
	}
	for _, p := range rows {
		r.auditPayment(p)
		r.ends[p.end()]++
	}
	r.auditBank(rows)
	r.auditAnswers(rows)
}

// auditRows asks the database alone: every entry balances, each due was paid once, what is paid was paid by a captured payment, nothing is held for nobody.
func (r *run) auditRows(tx *scope.Tx) error {
	for _, q := range []struct{ rule, sql string }{
		{"I1: an entry does not balance", `SELECT id::text FROM ledger_entries WHERE office_id IN ? AND postings_sum(amounts) <> 0`},
		{"I2: a due was paid twice", `SELECT d.vehicle_id::text FROM payments p JOIN payment_bills x ON x.payment_id = p.id JOIN bill_dues d ON d.municipality_id = x.municipality_id
		  AND d.bill_id = x.bill_id WHERE p.office_id IN ? AND p.state = 'captured' GROUP BY d.municipality_id, d.vehicle_id, d.fiscal_year HAVING count(*) > 1`},
		{"I2: a due is paid and nobody paid it, or the other way round", `SELECT c.vehicle_id::text FROM due_claims c WHERE c.office_id IN ? AND (c.state = 'paid') <>
		  EXISTS (SELECT 1 FROM payments p JOIN payment_bills x ON x.payment_id = p.id JOIN bill_dues d ON d.municipality_id = x.municipality_id AND d.bill_id = x.bill_id
		    WHERE p.state = 'captured' AND d.municipality_id = c.municipality_id AND d.vehicle_id = c.vehicle_id AND d.fiscal_year = c.fiscal_year)`},
		{"a due is held for a payment that has ended", `SELECT c.order_id::text FROM due_claims c WHERE c.office_id IN ? AND c.state = 'paying'
		  AND NOT EXISTS (SELECT 1 FROM payments p JOIN payment_bills x ON x.payment_id = p.id JOIN bills b ON b.id = x.bill_id WHERE p.order_id = c.order_id
		    AND b.municipality_id = c.municipality_id AND p.state = 'suspense')`},
		{"a deposit fell below zero", `SELECT office_id::text FROM deposit_moves WHERE office_id IN ? AND available_rial < 0`},
		{"a story skips a step", `SELECT e.payment_id::text FROM payment_events e JOIN payments p ON p.id = e.payment_id WHERE e.office_id IN ?
		  GROUP BY e.payment_id HAVING count(*) <> max(p.version) + 1 OR max(e.number) <> max(p.version)`},
	} {
		var found []string
		if err := tx.DB.Raw(q.sql+` LIMIT 1`, r.offices()).Scan(&found).Error; err != nil {
			return err
		}
		if len(found) > 0 {
			r.fail("%s: %s", q.rule, found[0])
		}
	}
	return nil
}

// auditPayment holds one payment against its own postings.
func (r *run) auditPayment(p row) {
	captured := p.State == string(payments.Captured)
	want := int64(0)
	if captured {
		want = p.AmountRial
	}
	switch {
	case p.Receipts != want:
		r.fail("payment %s is %s over %d and receipted over %d", p.ID, p.State, p.AmountRial, p.Receipts)
	case p.Method == string(payments.ByDeposit) && (!captured || p.Drawn != p.AmountRial):
		r.fail("payment %s over %d from a deposit is %s and took %d", p.ID, p.AmountRial, p.State, p.Drawn)
	case (p.State == string(payments.Suspense)) != (p.Items > 0):
		r.fail("payment %s is %s with %d open items of the suspense desk", p.ID, p.State, p.Items)
	}
}

// auditBank holds the bank's books against ours, sale by sale (I3). The only money that may stand at the bank without standing in our books is what the bank itself
// denies: it waits for people, named.
func (r *run) auditBank(rows []row) {
	kept := map[string]int64{}
	for _, s := range r.bank.sales {
		kept[s.ours] += int64(s.kept())
	}
	for _, p := range rows {
		if p.Method != string(payments.ByGateway) {
			continue
		}
		if denied := r.bank.ways.strict && p.State == string(payments.Suspense) && (p.Reason == "expired_after_claim" || p.Reason == "never_verified") && p.Receivable == 0; denied {
			delete(kept, p.MerchantRef)
			continue
		}
		if kept[p.MerchantRef] != p.Receivable {
			r.fail("I3: the bank keeps %d of payment %s (%s, %q), our books say %d", kept[p.MerchantRef], p.ID, p.State, p.Reason, p.Receivable)
		}
		delete(kept, p.MerchantRef)
	}
	for ours, amount := range kept {
		if amount != 0 {
			r.fail("I3: the bank keeps %d of a sale %s that we do not know", amount, ours)
		}
	}
}

// auditAnswers holds what clients were told against what there is: every answer names a row of its own, and every row was asked for.
func (r *run) auditAnswers(rows []row) {
	told := map[uuid.UUID]string{}
	for _, q := range r.requests {
		if len(q.answers) == 0 {
			continue
		}
		id := q.answers[0].id
		if other, twice := told[id]; twice && q.answers[0].payment != nil {
			r.fail("I10: %s and %s were answered with one payment", q.name, other)
		}
		told[id] = q.name
		for _, a := range q.answers {
			r.auditAnswer(rows, q, a)
		}
	}
	for _, p := range rows {
		if told[p.ID] == "" {
			r.fail("I10: payment %s (%s) is nobody's answer", p.ID, p.State)
		}
	}
}

func (r *run) auditAnswer(rows []row, q *request, a answer) {
	if a.payment == nil {
		return
	}
	at := slices.IndexFunc(rows, func(p row) bool { return p.ID == a.id })
	switch {
	case at < 0:
		r.fail("%s was answered with payment %s, which there is not", q.name, a.id)
	case a.payment.State == payments.Captured && rows[at].State != string(payments.Captured):
		r.fail("%s was told that the payment is captured, and it is %s", q.name, rows[at].State)
	case money.Rial(rows[at].AmountRial) != a.amount:
		r.fail("%s was answered with %d, the payment is over %d", q.name, a.amount, rows[at].AmountRial)
	}
}
