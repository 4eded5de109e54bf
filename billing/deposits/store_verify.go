package deposits

import "mofasa/tenants/scope"

// Checks hold deposits against the platform's books, and against what caused their movements.
func Checks() []scope.Check {
	return []scope.Check{
		{Name: "a deposit is not what the books say that its office is owed", SQL: `SELECT coalesce(m.office_id, l.office_id)::text
		  FROM (SELECT DISTINCT ON (office_id) office_id, available_rial + held_rial AS rial FROM deposit_moves ORDER BY office_id, number DESC) m
		  FULL JOIN (SELECT substr(p.account, 9)::uuid AS office_id, -sum(p.amount) AS rial FROM ledger_entries e, unnest(e.accounts, e.amounts) AS p(account, amount)
		    WHERE e.municipality_id = 0 AND p.account LIKE 'deposit:%' GROUP BY p.account) l ON l.office_id = m.office_id
		  WHERE coalesce(m.rial, 0) <> coalesce(l.rial, 0) LIMIT 1`},
		{Name: "a transfer is not credited as it was decided", SQL: `SELECT t.id::text FROM deposit_transfers t
		  LEFT JOIN deposit_moves m ON m.source_kind = 'topup' AND m.source_id = t.id AND m.kind = 'topup'
		  LEFT JOIN ledger_entries e ON e.municipality_id = 0 AND e.source_kind = 'deposit_transfer' AND e.source_id = t.id AND e.kind = 'topup'
		  WHERE CASE t.state WHEN 'credited' THEN (m.office_id, m.amount_rial, e.amounts[1]) IS DISTINCT FROM (t.office_id, t.amount_rial, t.amount_rial)
		    ELSE m.number IS NOT NULL OR e.id IS NOT NULL END LIMIT 1`},
		{Name: "a withdrawal did not move its deposit as it was decided", SQL: `SELECT w.id::text FROM deposit_withdrawals w
		  LEFT JOIN deposit_moves h ON h.source_kind = 'withdrawal' AND h.source_id = w.id AND h.kind = 'hold'
		  LEFT JOIN deposit_moves r ON r.source_kind = 'withdrawal' AND r.source_id = w.id AND r.kind = 'release'
		  LEFT JOIN deposit_moves p ON p.source_kind = 'withdrawal' AND p.source_id = w.id AND p.kind = 'withdrawal'
		  LEFT JOIN ledger_entries e ON e.municipality_id = 0 AND e.source_kind = 'deposit_withdrawal' AND e.source_id = w.id AND e.kind = 'withdrawal'
		  WHERE (h.office_id, h.amount_rial) IS DISTINCT FROM (w.office_id, -w.amount_rial)
		    OR CASE w.state WHEN 'refused' THEN w.amount_rial END IS DISTINCT FROM r.amount_rial
		    OR CASE w.state WHEN 'paid' THEN w.amount_rial END IS DISTINCT FROM -p.amount_rial
		    OR CASE w.state WHEN 'paid' THEN w.amount_rial END IS DISTINCT FROM e.amounts[1] LIMIT 1`},
		{Name: "a movement by transfer or withdrawal has none behind it", SQL: `SELECT m.office_id::text || ' movement ' || m.number FROM deposit_moves m
		  WHERE m.source_kind = 'topup' AND NOT EXISTS (SELECT 1 FROM deposit_transfers t WHERE t.id = m.source_id)
		    OR m.source_kind = 'withdrawal' AND NOT EXISTS (SELECT 1 FROM deposit_withdrawals w WHERE w.id = m.source_id) LIMIT 1`},
	}
}
