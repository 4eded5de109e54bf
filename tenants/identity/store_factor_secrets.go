package identity

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// FormerFactorKey is the family of the one key that sealed the secrets of second factors before the keys of personal data did.
const FormerFactorKey privacy.Family = "second-factor"

// FactorSecrets seals the secrets of authenticators under the keys of personal data, and brings those of before to them (privacy.Rows).
type FactorSecrets struct {
	ring   *privacy.Keyring
	former []byte
}

// NewFactorSecrets binds it to the keys of personal data, and to the key of before (32 bytes; nil: there is none).
func NewFactorSecrets(ring *privacy.Keyring, former []byte) *FactorSecrets {
	return &FactorSecrets{ring: ring, former: former}
}

// formerSize is the length of a secret as the former key sealed it: nonce, secret, tag. An envelope is longer.
const formerSize = 12 + factorSecret + 16

func factorPlace(person uuid.UUID) privacy.Place {
	return privacy.Place{Table: "second_factors", Column: "secret", Row: person.String()}
}

func (f *FactorSecrets) seal(person uuid.UUID, secret []byte) ([]byte, error) {
	return f.ring.Seal(factorPlace(person), string(secret))
}

// open reads a secret. Errors: privacy.ErrKeyMissing, privacy.ErrTampered, errSealed.
func (f *FactorSecrets) open(person uuid.UUID, sealed []byte) ([]byte, error) {
	if len(sealed) != formerSize {
		secret, err := f.ring.Open(factorPlace(person), sealed)
		return []byte(secret), err
	}
	if f.former == nil {
		return nil, fmt.Errorf("%s: %w", FormerFactorKey.File(1), privacy.ErrKeyMissing)
	}
	return unseal(f.former, sealed, person[:])
}

// String is the table's name.
func (*FactorSecrets) String() string { return "second_factors" }

// factorKeyed is the number of the key of a sealed secret: 0 of the former one, null where a factor was removed.
const factorKeyed = `CASE WHEN length(secret) = 48 THEN 0 WHEN length(secret) > 48 THEN envelope_key(secret) END`

// Renew seals the next secrets anew.
func (f *FactorSecrets) Renew(tx *scope.Tx, ring *privacy.Keyring, after string) (privacy.Batch, error) {
	b := privacy.Batch{Key: ring.Newest()}
	if after == "" {
		after = uuid.Nil.String()
	}
	var rows []struct {
		PersonID uuid.UUID
		Secret   []byte
	}
	err := tx.DB.Raw(`SELECT person_id, secret FROM second_factors WHERE `+factorKeyed+` < ? AND person_id > ?::uuid ORDER BY person_id LIMIT ? FOR UPDATE SKIP LOCKED`,
		b.Key, after, privacy.AtOnce).Scan(&rows).Error
	if err != nil {
		return b, fmt.Errorf("read second factors: %w", err)
	}
	for _, r := range rows {
		b.Last = r.PersonID.String()
		secret, err := f.open(r.PersonID, r.Secret)
		if errors.Is(err, errSealed) || errors.Is(err, privacy.ErrTampered) || errors.Is(err, privacy.ErrKeyMissing) {
			b.Broken = append(b.Broken, fmt.Sprintf("%s %s: %v", f, r.PersonID, err))
			continue
		}
		if err != nil {
			return b, err
		}
		sealed, err := ring.SealWith(b.Key, factorPlace(r.PersonID), string(secret))
		if err != nil {
			return b, err
		}
		if err := tx.DB.Exec(`UPDATE second_factors SET secret = ? WHERE person_id = ?`, sealed, r.PersonID).Error; err != nil {
			return b, fmt.Errorf("write second factor: %w", err)
		}
		b.Done++
	}
	return b, nil
}

// Count counts secrets by key, those under the former one too, and says so where there is the former key and none under it.
func (f *FactorSecrets) Count(tx *scope.Tx) ([]privacy.Count, error) {
	var rows []struct {
		Key  privacy.KeyID
		Rows int64
	}
	if err := tx.DB.Raw(`SELECT ` + factorKeyed + ` AS key, count(*) AS rows FROM second_factors WHERE length(secret) > 0 GROUP BY 1 ORDER BY 1`).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count second factors by key: %w", err)
	}
	former := privacy.Count{Table: f.String(), Family: FormerFactorKey, Key: 1, Held: f.former != nil}
	var counts []privacy.Count
	for _, r := range rows {
		if r.Key == 0 {
			former.Rows = r.Rows
			continue
		}
		counts = append(counts, privacy.Count{Table: f.String(), Family: privacy.Seals, Key: r.Key, Rows: r.Rows})
	}
	if former.Rows > 0 || former.Held {
		counts = append(counts, former)
	}
	return counts, nil
}
