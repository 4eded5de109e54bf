package scope

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"mofasa/tenants/fault"
)

// ErrKeyReused says that an Idempotency-Key came again with another request.
var ErrKeyReused = fault.Define(fault.Conflict, "idempotency_key_reused",
	"این کلید تکرار پیش‌تر برای درخواست دیگری به کار رفته است. برای درخواست تازه کلید تازه بفرستید.",
	"This Idempotency-Key was used for another request. Send a new key with a new request.")

// Key identifies one effect that must happen once: the caller's Idempotency-Key, the operation, and a hash of the request.
type Key struct {
	Value     string
	Operation string
	Hash      []byte
}

// Once runs fn if this key was never seen in this scope, and stores its answer in the same transaction; otherwise it gives the stored
// answer back without running fn. Another request under the same key is ErrKeyReused. A concurrent twin waits for the first to commit.
func Once[T any](tx *Tx, key Key, fn func() (T, error)) (T, error) {
	var answer T
	inserted := tx.DB.Exec(`INSERT INTO idempotency_keys (owner, key, operation, request_hash, created_at) VALUES (scope_owner(), ?, ?, ?, ?)
	  ON CONFLICT DO NOTHING`, key.Value, key.Operation, key.Hash, tx.Now)
	if inserted.Error != nil {
		return answer, fmt.Errorf("claim idempotency key: %w", inserted.Error)
	}
	if inserted.RowsAffected == 0 {
		return answer, replay(tx, key, &answer)
	}
	answer, err := fn()
	if err != nil {
		return answer, err
	}
	return answer, Remember(tx, key, answer)
}

// Remember replaces the stored answer of a key, for an operation whose answer is complete only after a provider has been asked.
func Remember(tx *Tx, key Key, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	if err := tx.DB.Exec(`UPDATE idempotency_keys SET answer = ? WHERE owner = scope_owner() AND key = ?`, string(body), key.Value).Error; err != nil {
		return fmt.Errorf("store answer: %w", err)
	}
	return nil
}

func replay(tx *Tx, key Key, answer any) error {
	var row struct {
		Operation   string
		RequestHash []byte
		Answer      []byte
	}
	err := tx.DB.Raw(`SELECT operation, request_hash, answer FROM idempotency_keys WHERE owner = scope_owner() AND key = ?`, key.Value).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return fmt.Errorf("idempotency key vanished: %w", err)
	}
	if err != nil {
		return fmt.Errorf("read idempotency key: %w", err)
	}
	if row.Operation != key.Operation || !bytes.Equal(row.RequestHash, key.Hash) {
		return ErrKeyReused
	}
	if err := json.Unmarshal(row.Answer, answer); err != nil {
		return fmt.Errorf("decode stored answer: %w", err)
	}
	return nil
}
