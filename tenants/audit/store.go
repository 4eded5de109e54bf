package audit

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// Write appends a record to the log with the transaction's actor, time and owner.
func Write(tx *scope.Tx, r Record) error {
	details, err := json.Marshal(r.Details)
	if err != nil {
		return fmt.Errorf("encode audit details: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO audit_log (id, at, owner, actor_kind, actor_id, action, target_kind, target_id, purpose, details, request_id)
	  VALUES (?, ?, scope_owner(), ?, ?, ?, ?, ?, nullif(?, ''), ?, nullif(?, ''))`,
		tx.NewID(), tx.Now, string(tx.Actor.Kind), uuid.NullUUID{UUID: tx.Actor.ID, Valid: tx.Actor.ID != uuid.Nil},
		r.Action, r.TargetKind, r.TargetID, r.Purpose, string(details), tx.Actor.RequestID).Error
	if err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	return nil
}
