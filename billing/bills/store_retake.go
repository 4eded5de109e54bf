package bills

import (
	"fmt"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// Retake holds the claims of one bill of a locked order for money that has already come, even where the order has lapsed or was cancelled meanwhile, and opens a
// cancelled bill again. It reports false, having changed things that the caller must roll back, where somebody else holds or has paid one of the dues, or the bill is paid
// or given back.
func Retake(tx *scope.Tx, order Head, municipality int, bill uuid.UUID) (bool, error) {
	held := tx.DB.Exec(`UPDATE due_claims c SET office_id = ?, order_id = ?, state = 'paying', amount_rial = d.amount_rial, claimed_until = greatest(c.claimed_until, CAST(? AS timestamptz)), paid_at = NULL
	  FROM bill_dues d JOIN bills b ON b.municipality_id = d.municipality_id AND b.id = d.bill_id
	  WHERE b.municipality_id = ? AND b.id = ? AND b.order_id = ? AND c.municipality_id = b.municipality_id AND c.vehicle_id = b.vehicle_id AND c.fiscal_year = d.fiscal_year
	    AND (c.state = 'released' OR c.state = 'claimed' AND c.claimed_until < ? OR c.order_id = b.order_id AND c.state IN ('claimed','paying'))`,
		order.OfficeID, order.ID, tx.Now, municipality, bill, order.ID, tx.Now)
	if held.Error != nil {
		return false, fmt.Errorf("take claims again: %w", held.Error)
	}
	var dues int64
	if err := tx.DB.Raw(`SELECT count(*) FROM bill_dues WHERE municipality_id = ? AND bill_id = ?`, municipality, bill).Row().Scan(&dues); err != nil {
		return false, fmt.Errorf("count billed dues: %w", err)
	}
	if held.RowsAffected != dues {
		return false, nil
	}
	opened := tx.DB.Exec(`UPDATE bills SET state = 'open' WHERE municipality_id = ? AND id = ? AND order_id = ? AND state IN ('open','cancelled')`, municipality, bill, order.ID)
	if opened.Error != nil {
		return false, fmt.Errorf("open bill again: %w", opened.Error)
	}
	return opened.RowsAffected == 1, nil
}
