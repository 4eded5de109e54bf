// Package identitytest gives tests people of whom it is on record who they are.
package identitytest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"mofasa/tenants/identity"
	"mofasa/tenants/privacy"
	"mofasa/tenants/privacy/privacytest"
	"mofasa/tenants/scope"
)

// NationalID is a valid national ID that nobody needs to have: the same for the same user name.
func NationalID(username string) string {
	sum := sha256.Sum256([]byte(username))
	digits := fmt.Sprintf("%09d", 100_000_000+binary.BigEndian.Uint64(sum[:8])%800_000_000)
	weighed := 0
	for i, d := range digits {
		weighed += int(d-'0') * (10 - i)
	}
	check := weighed % 11
	if check >= 2 {
		check = 11 - check
	}
	return digits + fmt.Sprint(check)
}

// Humans knows people under the keys of privacytest.
func Humans() *identity.Humans {
	keys := privacytest.NewKeys()
	ring, err := privacy.NewKeyring(keys.Indexes, keys.All, rand.Reader)
	if err != nil {
		panic(err) // privacytest holds a key of each family
	}
	return identity.NewHumans(ring)
}

// Know makes everybody of whom it is not on record who they are a human of their own, as it stands in the tables; no national ID opens.
func Know(tx *scope.Tx) error {
	for _, statement := range []string{
		`INSERT INTO humans (id, id_index, index_key, id_enc, recorded_at)
		  SELECT id, sha256(convert_to(id::text, 'UTF8')), 1, decode('01' || repeat('0001', 20), 'hex'), now() FROM people WHERE human_id IS NULL ON CONFLICT DO NOTHING`,
		`UPDATE people SET human_id = id, national_id_masked = '*******000' WHERE human_id IS NULL`,
	} {
		if err := tx.DB.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}
