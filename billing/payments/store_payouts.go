package payments

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// payouts reads payouts by the end of a query.
func payouts(tx *scope.Tx, where string, args ...any) ([]Payout, error) {
	var rows []struct {
		ID, ItemID       uuid.UUID
		OfficeID, PaidBy uuid.NullUUID
		Provider, Reason string
		IBAN             string `gorm:"column:iban"`
		AmountRial       int64
		AskedAt          time.Time
		PaidAt           sql.NullTime
		Reference        sql.NullString
	}
	err := tx.DB.Raw(`SELECT o.id, o.item_id, i.office_id, i.provider, i.reason, o.iban, o.amount_rial, o.asked_at, o.paid_at, o.paid_by, o.reference
	  FROM suspense_payouts o JOIN suspense_items i ON i.id = o.item_id `+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read payouts: %w", err)
	}
	list := make([]Payout, len(rows))
	for n, r := range rows {
		list[n] = Payout{ID: r.ID, ItemID: r.ItemID, OfficeID: r.OfficeID.UUID, Provider: r.Provider, Reason: r.Reason, IBAN: r.IBAN, Amount: money.Rial(r.AmountRial), AskedAt: r.AskedAt.UTC(),
			PaidAt: moment(r.PaidAt), PaidBy: r.PaidBy.UUID, Reference: r.Reference.String}
	}
	return list, nil
}

func listPayouts(tx *scope.Tx, q PayoutQuery) ([]Payout, error) {
	where, args := []string{"true"}, []any{}
	if q.State != "" {
		where, args = append(where, `(o.paid_at IS NULL) = ?`), append(args, q.State == "waiting")
	}
	if q.Before != uuid.Nil {
		where, args = append(where, `(o.asked_at, o.id) < (SELECT b.asked_at, b.id FROM suspense_payouts b WHERE b.id = ?)`), append(args, q.Before)
	}
	return payouts(tx, `WHERE `+strings.Join(where, ` AND `)+` ORDER BY o.asked_at DESC, o.id DESC LIMIT ?`, append(args, q.Limit)...)
}

// aPayout reads one payout and holds its row. Errors: payout_unknown.
func aPayout(tx *scope.Tx, id uuid.UUID) (Payout, error) {
	list, err := payouts(tx, `WHERE o.id = ? FOR UPDATE OF o`, id)
	if err != nil {
		return Payout{}, err
	}
	if len(list) == 0 {
		return Payout{}, ErrPayoutUnknown
	}
	return list[0], nil
}

func savePayout(tx *scope.Tx, p Payout) error {
	err := tx.DB.Exec(`UPDATE suspense_payouts SET paid_at = ?, paid_by = ?, reference = ? WHERE id = ?`, p.PaidAt, known(p.PaidBy), p.Reference, p.ID).Error
	if err != nil {
		return fmt.Errorf("store payout: %w", err)
	}
	return nil
}

// transferred refuses a number of a transfer from the platform's account that stands for other money already; whoever asks first is waited for.
func transferred(tx *scope.Tx, reference string) error {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('transfer ' || CAST(? AS text), 0))`, reference).Error; err != nil {
		return fmt.Errorf("lock transfer: %w", err)
	}
	var taken bool
	err := tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM suspense_payouts WHERE reference = ?) OR EXISTS (SELECT 1 FROM refunds WHERE municipality_id = 0 AND reference = ? AND state <> 'refused')`,
		reference, reference).Row().Scan(&taken)
	if err != nil {
		return fmt.Errorf("look for transfer: %w", err)
	}
	if taken {
		return ErrRefundReference.On("reference")
	}
	return nil
}
