package identity

import (
	"fmt"

	"github.com/google/uuid"

	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// SealedHumans are the rows of national IDs, for a change of keys (privacy.Rows): both the envelope and the index are brought to the newest one.
type SealedHumans struct{}

// String is the table's name.
func (SealedHumans) String() string { return "humans" }

type sealedRow struct {
	ID    uuid.UUID
	IDEnc []byte
}

// Renew seals and indexes rows anew.
func (t SealedHumans) Renew(tx *scope.Tx, ring *privacy.Keyring, after string) (privacy.Batch, error) {
	b := privacy.Batch{Key: ring.Newest()}
	if after == "" {
		after = uuid.Nil.String()
	}
	var rows []sealedRow
	err := tx.DB.Raw(`SELECT id, id_enc FROM humans WHERE (envelope_key(id_enc) < ? OR index_key < ?) AND id > ? ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED`,
		int(ring.Newest()), int(ring.NewestIndex()), after, privacy.AtOnce).Scan(&rows).Error
	if err != nil {
		return b, fmt.Errorf("read humans: %w", err)
	}
	for _, r := range rows {
		b.Last = r.ID.String()
		id, err := ring.Open(placeOf(r.ID), r.IDEnc)
		if err != nil {
			b.Broken = append(b.Broken, fmt.Sprintf("%s %s: %v", t, r.ID, err))
			continue
		}
		if err := renewHuman(tx, ring, r.ID, id); err != nil {
			return b, err
		}
		b.Done++
	}
	return b, nil
}

func renewHuman(tx *scope.Tx, ring *privacy.Keyring, row uuid.UUID, id string) error {
	sealed, err := ring.Seal(placeOf(row), id)
	if err != nil {
		return fmt.Errorf("seal national ID: %w", err)
	}
	mark := ring.Mark(humanKind, id)
	if err := tx.DB.Exec(`UPDATE humans SET id_enc = ?, id_index = ?, index_key = ? WHERE id = ?`, sealed, mark.Sum, int(mark.Key), row).Error; err != nil {
		return fmt.Errorf("renew human: %w", err)
	}
	return nil
}

// Count counts rows by the keys of their envelopes and of their indexes.
func (SealedHumans) Count(tx *scope.Tx) (counts []privacy.Count, err error) {
	err = tx.DB.Raw(`SELECT 'humans' AS "table", ? AS family, envelope_key(id_enc) AS key, count(*) AS rows FROM humans GROUP BY 3
	  UNION ALL SELECT 'humans', ?, index_key, count(*) FROM humans GROUP BY 3 ORDER BY 2, 3`, string(privacy.Seals), string(privacy.Indexes)).Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count keys of humans: %w", err)
	}
	return counts, nil
}
