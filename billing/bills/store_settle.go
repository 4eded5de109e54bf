package bills

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// settleSQL does all of it or nothing. The order is locked, and so are, by the order of locks, its bills and the claims that it holds: what the statement looks at first is
// what it then changes.
const settleSQL = `WITH asked AS (SELECT municipality_id, id, vehicle_id, state FROM bills WHERE order_id = ? AND id = ANY (?)),
  held AS (SELECT d.municipality_id, d.fiscal_year, a.vehicle_id, EXISTS (SELECT 1 FROM due_claims c WHERE c.municipality_id = d.municipality_id AND c.vehicle_id = a.vehicle_id
      AND c.fiscal_year = d.fiscal_year AND c.order_id = ? AND c.state = ?) AS paying
    FROM asked a JOIN bill_dues d ON d.municipality_id = a.municipality_id AND d.bill_id = a.id),
  fit AS (SELECT (SELECT count(*) FROM asked WHERE state = 'open') = ? AND (SELECT bool_and(paying) FROM held) AS ok),
  settled AS (UPDATE bills b SET state = 'paid', paid_at = ? FROM asked a, fit WHERE fit.ok AND b.municipality_id = a.municipality_id AND b.id = a.id),
  claimed AS (UPDATE due_claims c SET state = 'paid', paid_at = ? FROM held h, fit WHERE fit.ok AND c.municipality_id = h.municipality_id AND c.vehicle_id = h.vehicle_id
    AND c.fiscal_year = h.fiscal_year),
  ordered AS (UPDATE orders o SET state = CASE WHEN EXISTS (SELECT 1 FROM bills b WHERE b.order_id = o.id AND b.state IN ('open','cancelled') AND b.id <> ALL (?)) THEN 'part_paid' ELSE 'paid' END
    FROM fit WHERE fit.ok AND o.id = ?)
  SELECT coalesce(ok, false) FROM fit`

// Settle marks bills of a locked order, their claims and, with the last bill that nobody gave back, the order as paid, and tells what each of these bills demands under each charge. It gives
// false, having changed nothing, where a bill or a claim was not waiting for this payment: the money then belongs in suspense.
func Settle(tx *scope.Tx, order uuid.UUID, billIDs []uuid.UUID) (demanded map[uuid.UUID][]ChargeSum, settled bool, err error) {
	return settle(tx, order, billIDs, "paying")
}

// SettleAtOnce is Settle for a payment that is captured in the transaction in which it begins, so that no claim is held for it before: the order's claims are locked here
// and must still be its own. Statements of the caller's go first in the same trip.
func SettleAtOnce(tx *scope.Tx, order uuid.UUID, billIDs []uuid.UUID, first ...scope.Statement) (demanded map[uuid.UUID][]ChargeSum, settled bool, err error) {
	lock := scope.Statement{SQL: `SELECT 1 FROM due_claims WHERE order_id = ? AND state = 'claimed' ORDER BY municipality_id, vehicle_id, fiscal_year FOR UPDATE`, Args: []any{order}}
	return settle(tx, order, billIDs, "claimed", append(first, lock)...)
}

func settle(tx *scope.Tx, order uuid.UUID, billIDs []uuid.UUID, from string, first ...scope.Statement) (demanded map[uuid.UUID][]ChargeSum, settled bool, err error) {
	var body []byte
	ids := texts(billIDs)
	err = tx.Send(append(first,
		scope.Statement{SQL: settleSQL, Args: []any{order, ids, order, from, len(billIDs), tx.Now, tx.Now, ids, order}, Into: []any{&settled}},
		scope.Statement{SQL: chargesSQL, Args: []any{order, ids}, Into: []any{&body}})...)
	if err != nil {
		return nil, false, fmt.Errorf("settle bills: %w", err)
	}
	demanded, err = decodeCharges(body)
	return demanded, settled, err
}

// chargesSQL reads of each billed due what its postings need.
const chargesSQL = `SELECT coalesce(json_agg(json_build_object('bill', d.bill_id, 'lines', d.lines, 'cites', json_build_object('decisions', d.cites->'decisions'))
    ORDER BY d.municipality_id, d.bill_id, d.fiscal_year), '[]')
  FROM bills b JOIN bill_dues d ON d.municipality_id = b.municipality_id AND d.bill_id = b.id WHERE b.order_id = ? AND b.id = ANY (?)`

// decodeCharges sums them by bill and charge, over the fiscal years.
func decodeCharges(body []byte) (map[uuid.UUID][]ChargeSum, error) {
	var rows []struct {
		Bill uuid.UUID `json:"bill"`
		BilledDue
	}
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, fmt.Errorf("decode billed dues: %w", err)
	}
	billed := map[uuid.UUID][]BilledDue{}
	for _, r := range rows {
		billed[r.Bill] = append(billed[r.Bill], r.BilledDue)
	}
	demanded := make(map[uuid.UUID][]ChargeSum, len(billed))
	for id, list := range billed {
		sums, err := charges(list)
		if err != nil {
			return nil, err
		}
		demanded[id] = sums
	}
	return demanded, nil
}

// texts are ids as the driver writes an array of them.
func texts(ids []uuid.UUID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return list
}
