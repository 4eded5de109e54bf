package payments

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

// nextPosOrder draws an order number for a card terminal: digits alone.
func nextPosOrder(tx *scope.Tx) (string, error) {
	var number string
	if err := tx.DB.Raw(`SELECT nextval('pos_orders')::text`).Row().Scan(&number); err != nil {
		return "", fmt.Errorf("draw order number: %w", err)
	}
	return number, nil
}

// noneStands refuses where the agent has said that it cannot tell how an earlier sale ended.
func noneStands(tx *scope.Tx, device uuid.UUID) error {
	var standing []uuid.UUID
	err := tx.DB.Raw(`SELECT id FROM payments WHERE state = 'unknown' AND method = 'terminal' AND device_id = ? AND reason = ? LIMIT 1`, device, terminalUnknown).Scan(&standing).Error
	if err != nil {
		return fmt.Errorf("find what stands at a terminal: %w", err)
	}
	if len(standing) > 0 {
		return ErrTerminalStands.With("payment_id", standing[0])
	}
	return nil
}

func noRow(err error) bool { return errors.Is(err, gorm.ErrRecordNotFound) }

// heard adds what came to the story of a payment that it no longer moves.
func heard(tx *scope.Tx, p *Payment, said map[string]any) error {
	p.Version++
	if err := tx.DB.Exec(`UPDATE payments SET version = ? WHERE id = ?`, p.Version, p.ID).Error; err != nil {
		return fmt.Errorf("count what came: %w", err)
	}
	return tell(tx, p, WasAsked, p.State, said)
}
