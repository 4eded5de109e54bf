package shifts

import "mofasa/tenants/scope"

// Checks hold the totals of closed shifts against the payments that stand behind them.
func Checks() []scope.Check {
	return []scope.Check{
		{Name: "a closed shift is not the sum of its payments", SQL: `SELECT s.id::text FROM shifts s
		  JOIN (SELECT shift_id, method, sum(payments) AS payments, sum(taken_rial) AS rial FROM (SELECT shift_id, method, payments, taken_rial FROM shift_totals
		    UNION ALL SELECT shift_id, method, -1, -amount_rial FROM shift_payments) lines GROUP BY shift_id, method) d ON d.shift_id = s.id
		  WHERE s.closed_at IS NULL OR d.payments <> 0 OR d.rial <> 0 LIMIT 1`},
		{Name: "a closed shift counts what its person did not take in it", SQL: `SELECT x.payment_id::text FROM shift_payments x JOIN shifts s ON s.id = x.shift_id JOIN payments p ON p.id = x.payment_id
		  WHERE p.shift_id IS DISTINCT FROM x.shift_id OR p.person_id IS DISTINCT FROM s.person_id OR p.captured_at IS NULL
		    OR (p.method, p.amount_rial, p.office_id) IS DISTINCT FROM (x.method, x.amount_rial, s.office_id) LIMIT 1`},
	}
}
