package payments

import "mofasa/tenants/scope"

// refundChecks hold what went back against what came, the books, the dues and the people who let it go.
var refundChecks = []scope.Check{
	{Name: "what went back of a payment is not what its refunds say", SQL: `SELECT p.id::text FROM payments p WHERE p.refunded_rial <> coalesce((SELECT sum(r.amount_rial) FROM refunds r
	  WHERE r.payment_id = p.id AND r.state IN ('granted','paid')), 0) LIMIT 1`},
	{Name: "more of a bill went back than was paid for it", SQL: `SELECT r.payment_id::text || ' municipality ' || r.municipality_id FROM refunds r WHERE r.state IN ('granted','paid')
	  GROUP BY r.payment_id, r.municipality_id HAVING sum(r.amount_rial) > CASE r.municipality_id WHEN 0 THEN (SELECT coalesce(sum(f.amount_rial), 0) FROM payment_fees f WHERE f.payment_id = r.payment_id)
	    ELSE (SELECT coalesce(sum(x.amount_rial), 0) FROM payment_bills x WHERE x.payment_id = r.payment_id AND x.municipality_id = r.municipality_id) END LIMIT 1`},
	{Name: "a refund is of no captured payment", SQL: `SELECT r.id::text FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.state IN ('granted','paid') AND p.captured_at IS NULL LIMIT 1`},
	{Name: "a granted refund is not in the books", SQL: `SELECT r.id::text FROM refunds r WHERE r.state IN ('granted','paid') AND NOT EXISTS (SELECT 1 FROM ledger_entries e
	  CROSS JOIN LATERAL unnest(e.accounts, e.amounts) AS x(account, amount) WHERE e.municipality_id = r.municipality_id AND e.source_kind = 'refund' AND e.source_id = r.id AND e.kind = 'refund'
	    AND e.bill_id IS NOT DISTINCT FROM r.bill_id AND x.account = 'refunds_payable' AND x.amount = -r.amount_rial) LIMIT 1`},
	{Name: "a refund is paid and not in the books, or in the books and not paid", SQL: `SELECT r.id::text FROM refunds r WHERE (r.state = 'paid') IS DISTINCT FROM EXISTS (SELECT 1 FROM ledger_entries e
	  CROSS JOIN LATERAL unnest(e.accounts, e.amounts) AS x(account, amount) WHERE e.municipality_id = r.municipality_id AND e.source_kind = 'refund' AND e.source_id = r.id AND e.kind = 'refund_paid'
	    AND x.account = 'refunds_payable' AND x.amount = r.amount_rial) LIMIT 1`},
	{Name: "an entry stands for a refund that nobody granted", SQL: `SELECT e.id::text FROM ledger_entries e WHERE e.source_kind = 'refund'
	  AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.id = e.source_id AND r.state IN ('granted','paid')) LIMIT 1`},
	{Name: "a refund to a deposit is not in it", SQL: `SELECT r.id::text FROM refunds r WHERE r.channel = 'deposit' AND NOT EXISTS (SELECT 1 FROM deposit_moves m
	  WHERE m.source_kind = 'refund' AND m.source_id = r.id AND m.kind = 'refund' AND m.office_id = r.office_id AND m.amount_rial = r.amount_rial) LIMIT 1`},
	// What a correction has credited to the payer does not go back.
	{Name: "a bill is refunded and its money is not, or the other way round", SQL: `SELECT b.id::text FROM bills b JOIN payments p ON p.captured_at IS NOT NULL
	    AND p.id IN (SELECT x.payment_id FROM payment_bills x WHERE x.municipality_id = b.municipality_id AND x.bill_id = b.id)
	  CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount_rial), 0) AS rial FROM refunds r WHERE r.payment_id = p.id AND r.municipality_id = b.municipality_id AND r.state IN ('granted','paid')) back
	  WHERE (b.state = 'refunded') IS DISTINCT FROM (back.rial > 0 AND back.rial >= b.amount_rial - greatest(0, (SELECT coalesce(-sum(l.amount_rial), 0) FROM correction_items i
	    JOIN ledger_postings l ON l.municipality_id = i.municipality_id AND l.source_kind = 'correction' AND l.source_id = i.run_id AND l.bill_id = i.bill_id AND l.kind = 'adjustment'
	      AND l.account IN ('payable:correction','receivable:correction') WHERE i.municipality_id = b.municipality_id AND i.bill_id = b.id))) LIMIT 1`},
	{Name: "a refunded bill was never paid", SQL: `SELECT b.id::text FROM bills b WHERE b.state = 'refunded' AND NOT EXISTS (SELECT 1 FROM payment_bills x JOIN payments p ON p.id = x.payment_id
	  AND p.captured_at IS NOT NULL WHERE x.municipality_id = b.municipality_id AND x.bill_id = b.id) LIMIT 1`},
	{Name: "the dues of a refunded bill are still paid by it", SQL: `SELECT b.id::text FROM bills b JOIN bill_dues d ON d.municipality_id = b.municipality_id AND d.bill_id = b.id
	  JOIN due_claims c ON c.municipality_id = d.municipality_id AND c.vehicle_id = d.vehicle_id AND c.fiscal_year = d.fiscal_year AND c.order_id = b.order_id
	  WHERE b.state = 'refunded' AND c.state IN ('paid','paying') LIMIT 1`},
	{Name: "a payment has gone back in whole and does not say so, or says so and has not", SQL: `SELECT p.id::text FROM payments p WHERE p.captured_at IS NOT NULL AND (p.state IN ('reversed','refunded')) IS DISTINCT FROM
	  (p.refunded_rial = p.amount_rial AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.id AND r.state = 'granted')) LIMIT 1`},
	{Name: "a refund that needed a second person was let go by nobody", SQL: `SELECT r.id::text FROM refunds r WHERE r.state IN ('granted','paid') AND (r.kind = 'chargeback' OR r.approval_id IS NOT NULL)
	  AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.id = r.approval_id AND a.kind = 'refund' AND a.target_id = r.group_id::text AND a.state = 'approved' AND a.decided_by <> r.requested_by) LIMIT 1`},
	{Name: "a reversal that the provider never answered was decided by nobody", SQL: `SELECT r.id::text FROM refunds r WHERE r.verdict_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM approvals a
	  WHERE a.id = r.verdict_id AND a.kind = 'refund_outcome' AND a.target_id = r.group_id::text AND a.state = 'approved'
	    AND (a.payload->>'went_back')::boolean = (r.channel = 'reverse')) LIMIT 1`},
	{Name: "a payout of the suspense desk is paid and not in the books, or in the books and not paid", SQL: `SELECT o.id::text FROM suspense_payouts o WHERE (o.paid_at IS NOT NULL) IS DISTINCT FROM
	  EXISTS (SELECT 1 FROM ledger_entries e CROSS JOIN LATERAL unnest(e.accounts, e.amounts) AS x(account, amount) WHERE e.municipality_id = 0 AND e.source_kind = 'suspense' AND e.source_id = o.item_id
	    AND e.kind = 'payout' AND x.account = 'refunds_payable' AND x.amount = o.amount_rial) LIMIT 1`},
	{Name: "an order is not in the state that its bills say", SQL: `SELECT o.id::text FROM orders o JOIN (SELECT order_id, count(*) FILTER (WHERE state = 'paid') AS paid,
	    count(*) FILTER (WHERE state = 'refunded') AS back, count(*) FILTER (WHERE state = 'open') AS open, count(*) FILTER (WHERE state = 'cancelled') AS off FROM bills GROUP BY order_id) b
	    ON b.order_id = o.id WHERE o.state <> CASE WHEN b.paid > 0 AND b.open + b.off > 0 THEN 'part_paid' WHEN b.paid > 0 THEN 'paid' WHEN b.back > 0 AND b.open = 0 AND o.state <> 'cancelled' THEN 'refunded'
	      WHEN o.state IN ('part_paid','paid','refunded') THEN 'open' ELSE o.state END LIMIT 1`},
}
