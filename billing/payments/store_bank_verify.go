package payments

import "mofasa/tenants/scope"

// bankChecks hold what banks told, and the suspense desk, against payments and books.
var bankChecks = []scope.Check{
	{Name: "a bank file's tally is not that of its lines", SQL: `SELECT f.name FROM bank_files f CROSS JOIN LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE outcome = 'captured') AS captured,
	    count(*) FILTER (WHERE outcome = 'suspended') AS suspended, count(*) FILTER (WHERE outcome = 'repeated') AS repeated, count(*) FILTER (WHERE outcome = 'malformed') AS malformed,
	    coalesce(sum(amount_rial) FILTER (WHERE outcome = 'captured'), 0)::bigint AS paid, coalesce(sum(amount_rial) FILTER (WHERE outcome IN ('suspended','malformed')), 0)::bigint AS parked
	    FROM bank_lines l WHERE l.file_id = f.id) x WHERE (f.done_lines, f.captured, f.suspended, f.repeated, f.malformed, f.captured_rial, f.suspended_rial)
	  IS DISTINCT FROM (x.n, x.captured, x.suspended, x.repeated, x.malformed, x.paid, x.parked) LIMIT 1`},
	{Name: "a bank file is posted and its lines are not what it says", SQL: `SELECT f.name FROM bank_files f WHERE f.finished_at IS NOT NULL
	  AND f.total_rial IS DISTINCT FROM (SELECT coalesce(sum(amount_rial), 0)::bigint FROM bank_lines l WHERE l.file_id = f.id) LIMIT 1`},
	{Name: "a captured bank line has no payment of its amount", SQL: `SELECT l.id::text FROM bank_lines l WHERE l.outcome = 'captured' AND NOT EXISTS (SELECT 1 FROM payments p
	  WHERE p.id = l.payment AND p.method = 'bank' AND p.amount_rial = l.amount_rial AND p.state IN ('captured','reversed','refunded')) LIMIT 1`},
	{Name: "no bank has told of a bank's payment", SQL: `SELECT p.id::text FROM payments p WHERE p.method = 'bank' AND NOT EXISTS (SELECT 1 FROM bank_lines l WHERE l.payment = p.id AND l.outcome = 'captured')
	  AND NOT EXISTS (SELECT 1 FROM payment_events e JOIN suspense_items i ON i.source_kind = 'bank_line' AND i.source_id::text = e.said->>'bank_line' AND i.remedy IN ('apply','apply_to')
	    WHERE e.payment_id = p.id AND i.amount_rial = p.amount_rial) LIMIT 1`},
	{Name: "a bank line that paid nothing has no item at the suspense desk", SQL: `SELECT l.id::text FROM bank_lines l WHERE l.outcome IN ('suspended','malformed')
	  AND NOT EXISTS (SELECT 1 FROM suspense_items i WHERE i.source_kind = 'bank_line' AND i.source_id = l.id AND i.amount_rial = l.amount_rial) LIMIT 1`},
	{Name: "open items are not what stands in the suspense account", SQL: `SELECT 'suspense ' || x.open || ' booked ' || x.booked FROM (SELECT
	    (SELECT coalesce(sum(amount_rial), 0) FROM suspense_items WHERE closed_at IS NULL) AS open,
	    (SELECT -coalesce(sum(amount_rial), 0) FROM ledger_postings WHERE municipality_id = 0 AND account = 'suspense') AS booked) x WHERE x.open <> x.booked`},
	{Name: "an item of the suspense desk is not in the books", SQL: `SELECT i.id::text FROM suspense_items i WHERE i.amount_rial > 0 AND NOT EXISTS (SELECT 1 FROM ledger_entries e
	  WHERE e.municipality_id = 0 AND e.source_kind = 'suspense' AND e.source_id = i.id AND e.kind = 'suspense' AND e.accounts[2] = 'suspense' AND e.amounts[2] = -i.amount_rial) LIMIT 1`},
	{Name: "a payment in suspense is not at the desk, or one at the desk not in suspense", SQL: `SELECT p.id::text FROM payments p WHERE (p.state = 'suspense') IS DISTINCT FROM
	  EXISTS (SELECT 1 FROM suspense_items i WHERE i.source_kind = 'payment' AND i.source_id = p.id AND i.closed_at IS NULL) LIMIT 1`},
	{Name: "an item was closed by nobody's approval", SQL: `SELECT i.id::text FROM suspense_items i WHERE i.closed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM approvals a
	  WHERE a.id = i.approval_id AND a.kind = 'suspense_remedy' AND a.target_id = i.id::text AND a.state = 'approved') LIMIT 1`},
	{Name: "a city is not told of what came for its bill", SQL: `SELECT i.id::text FROM suspense_items i JOIN payment_bills x ON i.source_kind = 'payment' AND x.payment_id = i.source_id
	  WHERE NOT EXISTS (SELECT 1 FROM suspense_parts s WHERE s.municipality_id = x.municipality_id AND s.item_id = i.id AND s.bill_id = x.bill_id) LIMIT 1`},
	{Name: "a city is told otherwise of an item than it stands", SQL: `SELECT i.id::text FROM suspense_items i JOIN suspense_parts s ON s.item_id = i.id
	  WHERE (i.closed_at, i.remedy, i.reason, i.source_id) IS DISTINCT FROM (s.closed_at, s.remedy, s.reason, s.source_id) LIMIT 1`},
	{Name: "money was given back without a request to pay it out", SQL: `SELECT i.id::text FROM suspense_items i WHERE i.remedy = 'give_back'
	  AND NOT EXISTS (SELECT 1 FROM suspense_payouts o WHERE o.item_id = i.id AND o.amount_rial = i.amount_rial) LIMIT 1`},
}
