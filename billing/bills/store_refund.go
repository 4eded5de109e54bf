package bills

import (
	"fmt"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// Returned is what is owed again after a bill's money was given back.
type Returned struct {
	VehicleID uuid.UUID
	Years     []int
}

// GiveBack makes the dues of a paid bill of a locked order owed again, payable by anybody. The bill stays, as refunded. Its order is refunded with the last bill that was
// paid, and stands open for what is still unpaid; beside other paid bills it is paid, or paid in part where a bill is neither paid nor given back. False: the bill is not paid.
func GiveBack(tx *scope.Tx, order uuid.UUID, municipality int, bill uuid.UUID) (r Returned, given bool, err error) {
	var vehicles []uuid.UUID
	err = tx.DB.Raw(`UPDATE bills SET state = 'refunded' WHERE municipality_id = ? AND id = ? AND order_id = ? AND state = 'paid' RETURNING vehicle_id`,
		municipality, bill, order).Scan(&vehicles).Error
	if err != nil || len(vehicles) == 0 {
		return r, false, wrapped("give bill back", err)
	}
	r.VehicleID = vehicles[0]
	err = tx.DB.Raw(`UPDATE due_claims c SET state = 'released', paid_at = NULL FROM bill_dues d WHERE d.municipality_id = ? AND d.bill_id = ? AND c.municipality_id = d.municipality_id
	    AND c.vehicle_id = d.vehicle_id AND c.fiscal_year = d.fiscal_year AND c.order_id = ? AND c.state = 'paid' RETURNING c.fiscal_year`,
		municipality, bill, order).Scan(&r.Years).Error
	if err != nil {
		return r, false, fmt.Errorf("give claims back: %w", err)
	}
	var dues int
	if err := tx.DB.Raw(`SELECT count(*) FROM bill_dues WHERE municipality_id = ? AND bill_id = ?`, municipality, bill).Row().Scan(&dues); err != nil {
		return r, false, fmt.Errorf("count billed dues: %w", err)
	}
	if len(r.Years) != dues {
		return r, false, fmt.Errorf("bill %s has %d dues, and paid claims on %d", bill, dues, len(r.Years))
	}
	err = tx.DB.Exec(`UPDATE orders o SET state = CASE WHEN EXISTS (SELECT 1 FROM bills b WHERE b.order_id = o.id AND b.state = 'paid')
	      THEN CASE WHEN EXISTS (SELECT 1 FROM bills b WHERE b.order_id = o.id AND b.state IN ('open','cancelled')) THEN 'part_paid' ELSE 'paid' END
	    WHEN EXISTS (SELECT 1 FROM bills b WHERE b.order_id = o.id AND b.state = 'open') THEN 'open' ELSE 'refunded' END WHERE o.id = ?`, order).Error
	return r, err == nil, wrapped("give order back", err)
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
