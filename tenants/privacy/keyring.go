package privacy

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"
)

// KeySize is the length of every key in bytes: AES-256's, and SHA-256's output as RFC 2104 §3 advises for an HMAC's key.
const KeySize = 32

var errNoKey = errors.New("privacy: there is no key")

// Source gives the keys that exist now, by number, each of KeySize bytes.
type Source func() (map[KeyID][]byte, error)

// Keyring seals under the newest key, opens under every one it has, and blinds under a key of its own. It is safe for concurrent use, and reads its source again
// when it meets a key that it does not know, so that another process may begin with a new key at any time.
type Keyring struct {
	index  []byte
	source Source
	random io.Reader
	mu     sync.RWMutex
	keys   map[KeyID]cipher.AEAD
	newest KeyID
}

// NewKeyring binds a ring to the secret of its blind index (32 bytes or more), which never changes, to its source of keys, and to a source of randomness.
func NewKeyring(index []byte, source Source, random io.Reader) (*Keyring, error) {
	if len(index) < KeySize {
		return nil, fmt.Errorf("privacy: the key of the blind index has fewer than %d bytes", KeySize)
	}
	k := &Keyring{index: index, source: source, random: random}
	return k, k.Reload()
}

// Reload reads the keys again. Where that fails, the ring goes on with those that it has.
func (k *Keyring) Reload() error {
	raw, err := k.source()
	if err != nil {
		return fmt.Errorf("privacy: read keys: %w", err)
	}
	keys, newest := map[KeyID]cipher.AEAD{}, KeyID(0)
	for id, key := range raw {
		if keys[id], err = newAEAD(key); err != nil {
			return fmt.Errorf("key %d: %w", id, err)
		}
		newest = max(newest, id)
	}
	if len(keys) == 0 {
		return errNoKey
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.newest = keys, newest
	return nil
}

// Newest is the key that Seal uses now.
func (k *Keyring) Newest() KeyID {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.newest
}

// Seal makes the envelope of a text for one place, under the newest key. Nonces are random: one key seals at most 2³² texts (NIST SP 800-38D §8.3).
func (k *Keyring) Seal(at Place, text string) ([]byte, error) {
	return k.SealWith(k.Newest(), at, text)
}

// SealWith is Seal under a certain key, for texts of one row that must share it. Error: ErrKeyMissing.
func (k *Keyring) SealWith(id KeyID, at Place, text string) ([]byte, error) {
	aead := k.key(id)
	if aead == nil {
		return nil, ErrKeyMissing
	}
	return seal(id, aead, k.random, at, text)
}

// Open reads the text of an envelope that is stored at a place. Errors: ErrEnvelope, ErrKeyMissing, ErrTampered.
func (k *Keyring) Open(at Place, envelope []byte) (string, error) {
	id, err := KeyOf(envelope)
	if err != nil {
		return "", err
	}
	aead := k.key(id)
	if aead == nil {
		if err := k.Reload(); err != nil {
			return "", errors.Join(ErrKeyMissing, err)
		}
		if aead = k.key(id); aead == nil {
			return "", ErrKeyMissing
		}
	}
	return open(aead, at, envelope)
}

// Blind is the index of a value: HMAC-SHA-256 (RFC 2104) under the ring's own key. Equal values have equal indexes, and nobody without the key can try values one by
// one. The kind, which holds no colon, keeps values of different kinds apart.
func (k *Keyring) Blind(kind, value string) []byte {
	mac := hmac.New(sha256.New, k.index)
	mac.Write([]byte("mofasa " + kind + ":" + value))
	return mac.Sum(nil)
}

func (k *Keyring) key(id KeyID) cipher.AEAD {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.keys[id]
}
