package payments

import (
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/tenants/scope"
)

// standings reads where orders stand; one whose time is over has expired, as its readers see it. What makes a version is whatever a page about the order shows: its state
// and its bills', every payment's with what went back of it, and the life of its certificate.
func standings(tx *scope.Tx, orders []uuid.UUID) (map[uuid.UUID]Standing, error) {
	var rows []struct {
		ID      uuid.UUID
		State   string
		Version string
	}
	err := tx.DB.Raw(`SELECT o.id, o.state, md5(concat_ws(' ', o.state,
	  (SELECT string_agg(b.id || b.state, ',' ORDER BY b.id) FROM bills b WHERE b.order_id = o.id),
	  (SELECT string_agg(concat_ws(':', p.id, p.state, p.version, p.refunded_rial), ',' ORDER BY p.id) FROM payments p WHERE p.order_id = o.id),
	  (SELECT string_agg(concat_ws(':', e.serial, e.number), ',' ORDER BY e.serial, e.number) FROM certificates c JOIN certificate_events e ON e.serial = c.serial WHERE c.order_id = o.id)
	  )) AS version FROM (SELECT id, CASE WHEN state = 'open' AND valid_until < ? AND NOT EXISTS (SELECT 1 FROM due_claims c WHERE c.order_id = orders.id AND c.state = 'paying')
	    THEN 'expired' ELSE state END AS state FROM orders WHERE id IN ?) o`, tx.Now, orders).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read where orders stand: %w", err)
	}
	found := make(map[uuid.UUID]Standing, len(rows))
	for _, r := range rows {
		found[r.ID] = Standing{State: bills.OrderState(r.State), Version: r.Version}
	}
	return found, nil
}
