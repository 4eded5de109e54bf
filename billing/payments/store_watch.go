package payments

import (
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/payments/gateway"
	"mofasa/tenants/scope"
)

// session is the payment that a return names.
type session struct {
	ID       uuid.UUID
	Terminal string
}

// findBySession finds it by the provider's token, or by our own number where there is no token. Nil: there is none.
func findBySession(tx *scope.Tx, provider string, back gateway.Callback) (session, error) {
	var found []session
	err := tx.DB.Raw(`SELECT id, terminal FROM payments WHERE provider = ? AND (token = ? OR (? = '' AND merchant_ref = ?))`, provider, back.Token, back.Token, back.MerchantReference).Scan(&found).Error
	if err != nil || len(found) == 0 {
		return session{}, err
	}
	return found[0], nil
}

// keepReturn keeps a reference that came back, once, and five of them at most. Two at once take turns at the payment's row.
func keepReturn(tx *scope.Tx, payment uuid.UUID, reference string) error {
	if err := tx.DB.Exec(`SELECT 1 FROM payments WHERE id = ? FOR UPDATE`, payment).Error; err != nil {
		return fmt.Errorf("hold a payment: %w", err)
	}
	err := tx.DB.Exec(`INSERT INTO payment_returns (payment_id, number, reference, at) SELECT ?, n, ?, ? FROM (SELECT count(*) + 1 AS n FROM payment_returns WHERE payment_id = ?) x WHERE n <= 5
	  ON CONFLICT ON CONSTRAINT payment_returns_once DO NOTHING`, payment, reference, tx.Now, payment).Error
	if err != nil {
		return fmt.Errorf("keep what came back: %w", err)
	}
	return nil
}

// returns lists the references that came back, oldest first.
func returns(tx *scope.Tx, payment uuid.UUID) (references []string, err error) {
	if err := tx.DB.Raw(`SELECT reference FROM payment_returns WHERE payment_id = ? ORDER BY number`, payment).Scan(&references).Error; err != nil {
		return nil, fmt.Errorf("read what came back: %w", err)
	}
	return references, nil
}

// unfinished lists the payments that a check must bring to their end.
func unfinished(tx *scope.Tx) (ids []uuid.UUID, err error) {
	if err := tx.DB.Raw(`SELECT id FROM payments WHERE state IN ('created','sent','unknown','confirmed') AND method IN ('gateway','terminal') ORDER BY id`).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("list unfinished payments: %w", err)
	}
	return ids, nil
}

// mayAsk tells whether nobody has looked at an unfinished payment for a while, and notes that somebody does now.
func mayAsk(tx *scope.Tx, payment uuid.UUID) (bool, error) {
	noted := tx.DB.Exec(`UPDATE payments SET asked_at = ? WHERE id = ? AND state IN ('created','sent','unknown','confirmed') AND (asked_at IS NULL OR asked_at <= ?)`,
		tx.Now, payment, tx.Now.Add(-LookEvery))
	if noted.Error != nil {
		return false, fmt.Errorf("note a look: %w", noted.Error)
	}
	return noted.RowsAffected == 1, nil
}

// stuck counts what waits for a provider's word or for people.
func stuck(tx *scope.Tx) (found Stuck, err error) {
	var row struct {
		Unknown, Items, Rial int64
		OldestUnknown        float64
		OldestItem           float64
	}
	err = tx.DB.Raw(`SELECT u.n AS unknown, u.oldest AS oldest_unknown, i.n AS items, i.oldest AS oldest_item, i.rial FROM
	  (SELECT count(*) AS n, coalesce(extract(epoch FROM CAST(? AS timestamptz) - min(created_at)), 0)::float8 AS oldest FROM payments WHERE state = 'unknown') u,
	  (SELECT count(*) AS n, coalesce(extract(epoch FROM CAST(? AS timestamptz) - min(opened_at)), 0)::float8 AS oldest, coalesce(sum(amount_rial), 0)::bigint AS rial
	    FROM suspense_items WHERE closed_at IS NULL) i`, tx.Now, tx.Now).Take(&row).Error
	if err != nil {
		return Stuck{}, fmt.Errorf("count what is stuck: %w", err)
	}
	return Stuck{Unknown: row.Unknown, OldestUnknown: seconds(row.OldestUnknown), Suspense: row.Items, OldestSuspense: seconds(row.OldestItem), SuspenseRial: row.Rial}, nil
}

func pageForm(tx *scope.Tx, payment uuid.UUID) (form string, err error) {
	if err := tx.DB.Raw(`SELECT coalesce((SELECT page_form FROM payments WHERE id = ? AND state = 'sent' AND expires_at > ?), '')`, payment, tx.Now).Row().Scan(&form); err != nil {
		return "", fmt.Errorf("read the payer's page: %w", err)
	}
	return form, nil
}
