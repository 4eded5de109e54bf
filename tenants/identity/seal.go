package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
)

// secretSize is the length, in bytes, of every random secret that we hand out: what nobody guesses needs no slow hash.
const secretSize = 32

var errSealed = errors.New("sealed text does not open")

// newSecret makes n random bytes. crypto/rand ends the program where the system has none.
func newSecret(n int) []byte {
	secret := make([]byte, n)
	_, _ = rand.Read(secret)
	return secret
}

// digest is how a secret that somebody else keeps is stored.
func digest(secret []byte) []byte {
	sum := sha256.Sum256(secret)
	return sum[:]
}

// is compares a secret with a stored digest in a time that tells nothing of either.
func is(secret, stored []byte) bool {
	return len(stored) == sha256.Size && subtle.ConstantTimeCompare(digest(secret), stored) == 1
}

// written is a secret as its holder gets it: unpadded URL-safe base64 (RFC 4648 section 5).
func written(secret []byte) string { return base64.RawURLEncoding.EncodeToString(secret) }

// unwritten reads a secret of n bytes; anything else is nil, which no digest fits.
func unwritten(text string, n int) []byte {
	if len(text) != base64.RawURLEncoding.EncodedLen(n) {
		return nil
	}
	secret, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil
	}
	return secret
}

// seal encrypts with AES-256-GCM (NIST SP 800-38D) under a key of 32 bytes, with a random nonce in front. It opens only for the same owner.
func seal(key, plain, owner []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	return gcm.Seal(nil, nil, plain, owner), nil
}

func unseal(key, sealed, owner []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nil, sealed, owner)
	if err != nil {
		return nil, errors.Join(errSealed, err)
	}
	return plain, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	if len(key) != secretSize {
		return nil, fmt.Errorf("seal: a key of %d bytes instead of %d", len(key), secretSize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
