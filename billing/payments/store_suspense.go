package payments

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

func insertItem(tx *scope.Tx, it Parked) (uuid.UUID, error) {
	if it.Said == nil {
		it.Said = map[string]any{}
	}
	said, err := json.Marshal(it.Said)
	if err != nil {
		return uuid.Nil, fmt.Errorf("encode suspense: %w", err)
	}
	id := tx.NewID()
	err = tx.DB.Exec(`INSERT INTO suspense_items (id, source_kind, source_id, office_id, provider, reason, amount_rial, said, opened_at)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?)`, id, string(it.Source), it.ID, known(it.OfficeID), it.Provider, it.Reason, it.Amount, string(said), tx.Now).Error
	if err != nil {
		return uuid.Nil, fmt.Errorf("open suspense: %w", err)
	}
	return id, nil
}

// insertParts tells the cities whose bills the money is for, each of its own bill and what came for that alone.
func insertParts(tx *scope.Tx, item uuid.UUID, it Parked) error {
	from, of := `(SELECT municipality_id, bill_id, sum(amount_rial) AS amount_rial FROM payment_bills WHERE payment_id = ? GROUP BY municipality_id, bill_id) b`, any(it.ID)
	if it.Source == OfBankLine {
		from, of = `(SELECT municipality_id, id AS bill_id, CAST(`+fmt.Sprint(int64(it.Amount))+` AS bigint) AS amount_rial FROM bills WHERE bill_id = ?) b`, it.Bill
	}
	err := tx.DB.Exec(`INSERT INTO suspense_parts (municipality_id, item_id, bill_id, source_kind, source_id, office_id, provider, reason, amount_rial, opened_at)
	  SELECT b.municipality_id, ?, b.bill_id, ?, ?, ?, ?, ?, b.amount_rial, ? FROM `+from, item, string(it.Source), it.ID, known(it.OfficeID), it.Provider, it.Reason, tx.Now, of).Error
	if err != nil {
		return fmt.Errorf("tell cities of suspense: %w", err)
	}
	return nil
}

// closeParts ends what the cities see of an item.
func closeParts(tx *scope.Tx, item uuid.UUID, by Remedy) error {
	if err := tx.DB.Exec(`UPDATE suspense_parts SET closed_at = ?, remedy = ? WHERE item_id = ?`, tx.Now, string(by), item).Error; err != nil {
		return fmt.Errorf("close suspense of cities: %w", err)
	}
	return nil
}

// confirmItem notes the money of a payment's open item, once; false: it is noted already.
func confirmItem(tx *scope.Tx, payment uuid.UUID, amount money.Rial) (item uuid.UUID, first bool, err error) {
	var ids []uuid.UUID
	err = tx.DB.Raw(`UPDATE suspense_items SET amount_rial = ? WHERE source_kind = 'payment' AND source_id = ? AND closed_at IS NULL AND amount_rial = 0 RETURNING id`, amount, payment).Scan(&ids).Error
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("confirm suspense: %w", err)
	}
	if len(ids) == 0 {
		return uuid.Nil, false, nil
	}
	return ids[0], true, nil
}
