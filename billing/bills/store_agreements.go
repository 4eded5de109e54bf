package bills

import (
	"fmt"

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
