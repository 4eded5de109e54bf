package payments

import (
	"context"
	"slices"

	"mofasa/billing/deposits"
	"mofasa/billing/shifts"
	"mofasa/tenants/scope"
)

// checks hold I1, I2 and I3 against the rows: money in the books is money that a provider confirmed, once, and what is paid was paid by it; beside it
// stand corrections that a second person approved, each once, and set off as the bills say.
var checks = append([]scope.Check{
	{Name: "nobody asks about an unfinished payment", SQL: `SELECT p.id::text FROM payments p WHERE p.state IN ('created','sent','unknown','confirmed') AND p.method IN ('gateway','terminal')
	  AND NOT EXISTS (SELECT 1 FROM river_job j WHERE j.kind = 'payment_check' AND j.args = jsonb_build_object('payment', p.id)
	    AND j.state IN ('available','pending','retryable','running','scheduled')) LIMIT 1`},
	{Name: "a ledger entry does not sum to zero", SQL: `SELECT id::text FROM ledger_entries WHERE postings_sum(amounts) <> 0 LIMIT 1`},
	{Name: "a captured payment is not what its cities got, and the fee", SQL: `SELECT p.id::text FROM payments p WHERE p.captured_at IS NOT NULL AND p.order_id IS NOT NULL
	  AND p.amount_rial <> coalesce((SELECT sum(x.amount_rial) FROM payment_bills x WHERE x.payment_id = p.id), 0)
	    + coalesce((SELECT f.amount_rial FROM payment_fees f WHERE f.payment_id = p.id), 0) LIMIT 1`},
	{Name: "the accounts of a city do not get what its bill demands", SQL: `SELECT x.payment_id::text || ' bill ' || x.bill_id FROM payment_bills x
	  JOIN bills b ON b.municipality_id = x.municipality_id AND b.id = x.bill_id GROUP BY x.municipality_id, x.payment_id, x.bill_id, b.amount_rial
	  HAVING sum(x.amount_rial) <> b.amount_rial LIMIT 1`},
	{Name: "a captured payment is not what was posted", SQL: `SELECT p.id::text FROM payments p WHERE p.captured_at IS NOT NULL AND p.order_id IS NOT NULL
	  AND p.amount_rial IS DISTINCT FROM (SELECT sum(e.amounts[1]) FROM ledger_entries e WHERE e.source_kind = 'payment' AND e.source_id = p.id AND e.kind IN ('capture', 'fee')) LIMIT 1`},
	{Name: "a captured top-up is not in the office's deposit and the books", SQL: `SELECT p.id::text FROM payments p WHERE p.captured_at IS NOT NULL AND p.order_id IS NULL
	  AND NOT EXISTS (SELECT 1 FROM deposit_moves m JOIN ledger_entries e ON e.municipality_id = 0 AND e.source_kind = 'payment' AND e.source_id = p.id AND e.kind = 'topup'
	    WHERE m.source_kind = 'payment' AND m.source_id = p.id AND m.kind = 'topup' AND m.office_id = p.office_id AND m.amount_rial = p.amount_rial AND e.amounts[1] = p.amount_rial) LIMIT 1`},
	{Name: "a payment from a deposit did not take from it", SQL: `SELECT p.id::text FROM payments p WHERE p.captured_at IS NOT NULL AND p.method = 'deposit'
	  AND NOT EXISTS (SELECT 1 FROM deposit_moves m JOIN ledger_entries e ON e.municipality_id = 0 AND e.source_kind = 'payment' AND e.source_id = p.id AND e.kind = 'deposit'
	    WHERE m.source_kind = 'payment' AND m.source_id = p.id AND m.kind = 'capture' AND m.office_id = p.office_id AND m.amount_rial = -p.amount_rial AND e.amounts[1] = p.amount_rial) LIMIT 1`},
	{Name: "a deposit is not the sum of its movements", SQL: `SELECT office_id::text || ' movement ' || number FROM (SELECT office_id, number, available_rial, held_rial, kind, amount_rial,
	    row_number() OVER w AS row, coalesce(lag(available_rial) OVER w, 0) AS available, coalesce(lag(held_rial) OVER w, 0) AS held
	    FROM deposit_moves WINDOW w AS (PARTITION BY office_id ORDER BY number)) m
	  WHERE number <> row OR available_rial <> available + CASE WHEN kind = 'withdrawal' THEN 0 ELSE amount_rial END
	    OR held_rial <> held + CASE kind WHEN 'withdrawal' THEN amount_rial WHEN 'hold' THEN -amount_rial WHEN 'release' THEN -amount_rial ELSE 0 END LIMIT 1`},
	{Name: "a city's part is not what was posted in its books", SQL: `SELECT x.payment_id::text || ' municipality ' || x.municipality_id
	  FROM (SELECT municipality_id, payment_id, bill_id, sum(amount_rial) AS amount FROM payment_bills GROUP BY municipality_id, payment_id, bill_id) x
	  JOIN payments p ON p.id = x.payment_id AND p.captured_at IS NOT NULL LEFT JOIN ledger_entries e ON e.municipality_id = x.municipality_id
	    AND e.source_kind = 'payment' AND e.source_id = x.payment_id AND e.bill_id = x.bill_id AND e.kind = 'capture'
	  WHERE e.amounts[1] IS DISTINCT FROM x.amount LIMIT 1`},
	{Name: "an entry stands for a payment that was not captured", SQL: `SELECT e.id::text FROM ledger_entries e WHERE e.kind IN ('capture', 'fee')
	  AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.id = e.source_id AND p.captured_at IS NOT NULL) LIMIT 1`},
	{Name: "a captured payment has no receipt over its amount", SQL: `SELECT p.id::text FROM payments p WHERE p.captured_at IS NOT NULL
	  AND NOT EXISTS (SELECT 1 FROM receipts r WHERE r.payment_id = p.id AND r.amount_rial = p.amount_rial) LIMIT 1`},
	{Name: "a paid bill was not paid exactly once", SQL: `SELECT b.id::text FROM bills b WHERE b.state = 'paid' AND 1 <> (SELECT count(DISTINCT p.id) FROM payment_bills x
	  JOIN payments p ON p.id = x.payment_id AND p.captured_at IS NOT NULL WHERE x.municipality_id = b.municipality_id AND x.bill_id = b.id) LIMIT 1`},
	{Name: "a paid due has no paid bill", SQL: `SELECT c.vehicle_id::text || ' municipality ' || c.municipality_id || ' year ' || c.fiscal_year FROM due_claims c WHERE c.state = 'paid'
	  AND NOT EXISTS (SELECT 1 FROM bill_dues d JOIN bills b ON b.municipality_id = d.municipality_id AND b.id = d.bill_id WHERE d.municipality_id = c.municipality_id
	    AND d.vehicle_id = c.vehicle_id AND d.fiscal_year = c.fiscal_year AND b.order_id = c.order_id AND b.state = 'paid' AND d.amount_rial = c.amount_rial) LIMIT 1`},
	{Name: "a paid bill is over dues that are not paid", SQL: `SELECT b.id::text FROM bills b JOIN bill_dues d ON d.municipality_id = b.municipality_id AND d.bill_id = b.id
	  WHERE b.state = 'paid' AND NOT EXISTS (SELECT 1 FROM due_claims c WHERE c.municipality_id = d.municipality_id AND c.vehicle_id = d.vehicle_id
	    AND c.fiscal_year = d.fiscal_year AND c.order_id = b.order_id AND c.state = 'paid') LIMIT 1`},
}, append(feeChecks, correctionChecks...)...)

// feeChecks hold the fee against the order that fixed it, and the platform's books against the fee.
var feeChecks = []scope.Check{
	{Name: "a payment takes another fee than its order fixed", SQL: `SELECT f.payment_id::text FROM payment_fees f JOIN payments p ON p.id = f.payment_id JOIN orders o ON o.id = p.order_id
	  WHERE o.id <> f.order_id OR o.fee_class IS NULL OR o.fee_rial <> f.amount_rial LIMIT 1`},
	{Name: "the fee of an order is not what the schedule said", SQL: `SELECT o.id::text FROM orders o JOIN fee_schedule s
	    ON (s.service, s.office_class, s.valid_from, s.revision) = (o.fee_service, o.fee_class, o.fee_from, o.fee_revision) WHERE s.amount_rial <> o.fee_rial LIMIT 1`},
	{Name: "the fee of an order was taken twice", SQL: `SELECT x.order_id::text FROM payment_fees x JOIN payments p ON p.id = x.payment_id AND p.captured_at IS NOT NULL
	  WHERE NOT ` + feeGone + ` GROUP BY x.order_id HAVING count(*) > 1 LIMIT 1`},
	// Of a payment without a fee somebody had taken it before, and not given it back before it began. A bank collects bills alone.
	{Name: "an order is paid without its fee", SQL: `SELECT o.id::text FROM orders o JOIN payments n ON n.order_id = o.id AND n.captured_at IS NOT NULL AND n.method <> 'bank'
	  WHERE o.state = 'paid' AND o.fee_class IS NOT NULL AND o.fee_rial > 0 AND NOT EXISTS (SELECT 1 FROM payment_fees f WHERE f.payment_id = n.id)
	  AND NOT EXISTS (SELECT 1 FROM payment_fees x JOIN payments p ON p.id = x.payment_id WHERE x.order_id = o.id AND p.created_at <= n.created_at AND (NOT ` + feeGone + ` OR n.created_at <=
	    CASE WHEN p.captured_at IS NULL THEN (SELECT max(e.at) FROM payment_events e WHERE e.payment_id = p.id)
	      ELSE (SELECT max(r.granted_at) FROM refunds r WHERE r.payment_id = p.id AND r.municipality_id = 0) END)) LIMIT 1`},
	{Name: "a fee is not in the platform's books as its order shared it", SQL: `SELECT f.payment_id::text FROM payment_fees f JOIN payments p ON p.id = f.payment_id AND p.captured_at IS NOT NULL
	  JOIN orders o ON o.id = f.order_id LEFT JOIN ledger_entries e ON e.municipality_id = 0 AND e.source_kind = 'payment' AND e.source_id = f.payment_id AND e.kind = 'fee'
	  CROSS JOIN LATERAL (SELECT coalesce(-sum(x.amount) FILTER (WHERE x.account = 'office_fee:' || f.office_id), 0) AS office,
	      coalesce(-sum(x.amount) FILTER (WHERE x.account = 'platform_fee'), 0) AS platform FROM unnest(e.accounts, e.amounts) AS x(account, amount)) posted
	  WHERE (posted.office, posted.platform, e.amounts[1]) IS DISTINCT FROM (o.fee_office_rial::numeric, (f.amount_rial - o.fee_office_rial)::numeric, f.amount_rial) LIMIT 1`},
}

// correctionChecks hold the accounts between a city and its payers against approved corrections of tariffs and the bills that settle them.
var correctionChecks = []scope.Check{
	{Name: "a capture settles other corrections than its bill cites", SQL: `SELECT e.id::text FROM ledger_entries e
	  CROSS JOIN LATERAL (SELECT coalesce(sum(p.amount) FILTER (WHERE p.account = 'payable:correction'), 0) AS credit,
	      coalesce(-sum(p.amount) FILTER (WHERE p.account = 'receivable:correction'), 0) AS extra FROM unnest(e.accounts, e.amounts) AS p(account, amount)) posted
	  CROSS JOIN LATERAL (SELECT coalesce(sum(least(c.credit, l.credit)), 0) AS credit, coalesce(sum(least(c.extra, l.extra)), 0) AS extra FROM bill_dues d
	    CROSS JOIN LATERAL (SELECT coalesce(sum((x->>'amount')::bigint) FILTER (WHERE x->>'kind' = 'credit'), 0) AS credit,
	        coalesce(sum((x->>'amount')::bigint) FILTER (WHERE x->>'kind' = 'extra'), 0) AS extra
	      FROM jsonb_array_elements(d.cites->'decisions') x WHERE coalesce(x->>'correction', '') <> '') c
	    CROSS JOIN LATERAL (SELECT coalesce(-sum((x->>'amount')::bigint) FILTER (WHERE x->>'head' = 'credit'), 0) AS credit,
	        coalesce(sum((x->>'amount')::bigint) FILTER (WHERE x->>'head' = 'extra'), 0) AS extra FROM jsonb_array_elements(d.lines) x) l
	    WHERE d.municipality_id = e.municipality_id AND d.bill_id = e.bill_id) cited
	  WHERE e.kind = 'capture' AND (posted.credit, posted.extra) IS DISTINCT FROM (cited.credit, cited.extra) LIMIT 1`},
	{Name: "an adjustment is not what an approved correction says", SQL: `SELECT e.id::text FROM ledger_entries e WHERE e.kind = 'adjustment'
	  AND NOT EXISTS (SELECT 1 FROM correction_items i JOIN correction_runs r ON r.id = i.run_id AND r.state = 'approved'
	    WHERE e.source_kind = 'correction' AND i.municipality_id = e.municipality_id AND i.run_id = e.source_id AND i.bill_id = e.bill_id
	      AND (SELECT sum((h->>'right')::bigint - (h->>'was')::bigint) FROM jsonb_array_elements(i.lines->'heads') h)
	        = (SELECT sum(p.amount) FROM unnest(e.accounts, e.amounts) AS p(account, amount) WHERE p.account IN ('payable:correction', 'receivable:correction'))) LIMIT 1`},
	{Name: "an approved correction is not in the books", SQL: `SELECT i.run_id::text || ' bill ' || i.bill_id FROM correction_items i JOIN correction_runs r ON r.id = i.run_id
	  AND r.state = 'approved' WHERE NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.municipality_id = i.municipality_id AND e.source_kind = 'correction'
	    AND e.source_id = i.run_id AND e.bill_id = i.bill_id AND e.kind = 'adjustment') LIMIT 1`},
	{Name: "more of a city's corrections is settled than there was", SQL: `SELECT municipality_id::text FROM ledger_postings
	  WHERE account IN ('payable:correction', 'receivable:correction') GROUP BY municipality_id
	  HAVING sum(amount_rial) FILTER (WHERE account = 'payable:correction') > 0 OR sum(amount_rial) FILTER (WHERE account = 'receivable:correction') < 0 LIMIT 1`},
}

// Verify names the first row that breaks I1, I2 or I3, and which rule it breaks; "" where every one holds.
func (s *Service) Verify(ctx context.Context) (rule, row string, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		rule, row, err = scope.FirstBroken(tx, slices.Concat(deposits.Checks(), shifts.Checks(), checks, bankChecks, refundChecks))
		return err
	})
	return rule, row, err
}
