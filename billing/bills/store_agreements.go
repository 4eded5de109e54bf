package bills

import (
	"database/sql"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/inquiries"
	"mofasa/tenants/scope"
)

// holdCeiling is the agreement with a city and what of the day's ceiling is used up, read once nobody else can use it up: orders of the office that count against the
// same ceiling wait for each other until they end.
func holdCeiling(tx *scope.Tx, m inquiries.Municipality) (inquiries.Agreement, error) {
	held := *m.Agreement
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('ceiling ' || CAST(? AS integer)::text || ' ' || scope_office()::text, 0))`, m.ID).Error; err != nil {
		return held, fmt.Errorf("lock ceiling of the day: %w", err)
	}
	var err error
	held.Taken, err = inquiries.TakenToday(tx, m.ID)
	return held, err
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
