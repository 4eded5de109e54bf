package audit

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

const insertSQL = `INSERT INTO audit_log (id, at, owner, actor_kind, actor_id, action, target_kind, target_id, purpose, details, request_id, about_municipality)
  VALUES (?, ?, scope_owner(), ?, ?, ?, ?, ?, nullif(?, ''), ?, nullif(?, ''), nullif(?::integer, 0))`

// Write appends a record to the log with the transaction's actor, time and owner.
func Write(tx *scope.Tx, r Record) error {
	s := Statement(tx, r)
	if err := tx.DB.Exec(s.SQL, s.Args...).Error; err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	return nil
}

// Statement is Write for a pipeline. Details that JSON cannot hold fail the statement.
func Statement(tx *scope.Tx, r Record) scope.Statement {
	details, _ := json.Marshal(r.Details) // what fails leaves no JSON, which PostgreSQL refuses
	return scope.Statement{SQL: insertSQL, Args: []any{tx.NewID(), tx.Now, string(tx.Actor.Kind), uuid.NullUUID{UUID: tx.Actor.ID, Valid: tx.Actor.ID != uuid.Nil},
		r.Action, r.TargetKind, r.TargetID, r.Purpose, string(details), tx.Actor.RequestID, r.Municipality}}
}
