package bills

import (
	"database/sql"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// collectedToday is what the office has taken, or may still take, for a city by bills of the present fiscal day. Orders of the office that count against the same
// ceiling wait for each other until they end.
func collectedToday(tx *scope.Tx, municipality int) (money.Rial, error) {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('ceiling ' || CAST(? AS integer)::text || ' ' || scope_office()::text, 0))`, municipality).Error; err != nil {
		return 0, fmt.Errorf("lock ceiling of the day: %w", err)
	}
	var sum money.Rial
	err := tx.DB.Raw(`SELECT coalesce(sum(b.amount_rial), 0)::bigint FROM bills b WHERE b.municipality_id = ? AND b.office_id = scope_office()
	  AND b.issued_at >= scope_today()::timestamp AT TIME ZONE 'Asia/Tehran' AND (b.state = 'paid' OR b.state = 'open' AND (b.valid_until >= scope_now()
	    OR EXISTS (SELECT 1 FROM payment_bills x JOIN payments p ON p.id = x.payment_id WHERE x.municipality_id = b.municipality_id AND x.bill_id = b.id AND p.state <> 'failed')))`,
		municipality).Row().Scan(&sum)
	if err != nil {
		return 0, fmt.Errorf("sum bills of the day: %w", err)
	}
	return sum, nil
}

// AgreedMethod refuses to begin a payment by a method that the agreement with a city of the order's open bills does not cover today. Errors: ErrNoAgreement,
// ErrMethodNotAgreed.
func AgreedMethod(tx *scope.Tx, order uuid.UUID, method string) error {
	var rows []struct {
		MunicipalityID int
		Permitted      sql.NullBool // NULL: there is no agreement
	}
	err := tx.DB.Raw(`SELECT b.municipality_id, (SELECT a.methods IS NULL OR CAST(? AS text) = ANY (a.methods) FROM holding_agreements a
	    WHERE a.municipality_id = b.municipality_id AND a.office_id = scope_office()) AS permitted
	  FROM bills b WHERE b.order_id = ? AND b.state = 'open' ORDER BY b.municipality_id`, method, order).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read agreements of an order: %w", err)
	}
	for _, r := range rows {
		switch {
		case !r.Permitted.Valid:
			return of(ErrNoAgreement, r.MunicipalityID)
		case !r.Permitted.Bool:
			return of(ErrMethodNotAgreed, r.MunicipalityID)
		}
	}
	return nil
}
