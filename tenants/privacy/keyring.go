package privacy

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"sync"
)

// KeySize is the length of every key in bytes: AES-256's, and SHA-256's output as RFC 2104 §3 advises for an HMAC's key.
const KeySize = 32

var errNoKey = errors.New("privacy: there is no key")

// Family is what keys are for, and the beginning of their files' names.
type Family string

// The families of keys.
const (
	Seals   Family = "privacy" // they seal
	Indexes Family = "owner"   // they make blind indexes
)

// File is the name of a key's file: "privacy-0001.key".
func (f Family) File(id KeyID) string { return fmt.Sprintf("%s-%04d.key", f, id) }

// Source gives the keys that exist now, by number: those that seal of KeySize bytes each, those of the blind index of KeySize or more.
type Source func() (map[KeyID][]byte, error)

// Keyring seals and blinds under the newest key, and opens and searches under every one that it has. It is safe for concurrent use, and reads its sources again
// when it meets a key that it does not know, so that another process may begin with a new key at any time.
type Keyring struct {
	indexes, seals Source
	random         io.Reader
	mu             sync.RWMutex
	held           held
}

// held is what the sources gave last.
type held struct {
	indexes map[KeyID][]byte
	index   KeyID // the newest
	seals   map[KeyID]cipher.AEAD
	seal    KeyID // the newest
}

// NewKeyring binds a ring to the sources of its keys, those of the blind index and those that seal, and to a source of randomness.
func NewKeyring(indexes, seals Source, random io.Reader) (*Keyring, error) {
	k := &Keyring{indexes: indexes, seals: seals, random: random}
	return k, k.Reload()
}

// Reload reads the keys again. Where that fails, the ring goes on with those that it has.
func (k *Keyring) Reload() error {
	indexes, err := k.indexes()
	if err != nil {
		return fmt.Errorf("privacy: read keys of the blind index: %w", err)
	}
	seals, err := k.seals()
	if err != nil {
		return fmt.Errorf("privacy: read keys: %w", err)
	}
	fresh := held{indexes: indexes, seals: map[KeyID]cipher.AEAD{}}
	for id, key := range indexes {
		if len(key) < KeySize {
			return fmt.Errorf("privacy: key %d of the blind index has fewer than %d bytes", id, KeySize)
		}
		fresh.index = max(fresh.index, id)
	}
	for id, key := range seals {
		if fresh.seals[id], err = newAEAD(key); err != nil {
			return fmt.Errorf("key %d: %w", id, err)
		}
		fresh.seal = max(fresh.seal, id)
	}
	if len(indexes) == 0 || len(seals) == 0 {
		return errNoKey
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = fresh
	return nil
}

func (k *Keyring) now() held {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.held
}

// Newest is the key that Seal uses now.
func (k *Keyring) Newest() KeyID { return k.now().seal }

// NewestIndex is the key that Mark uses now.
func (k *Keyring) NewestIndex() KeyID { return k.now().index }

// Changing tells whether there are several keys of the blind index, so that one value may have several marks.
func (k *Keyring) Changing() bool { return len(k.now().indexes) > 1 }

// Seal makes the envelope of a text for one place, under the newest key. Nonces are random: one key seals at most 2³² texts (NIST SP 800-38D §8.3).
func (k *Keyring) Seal(at Place, text string) ([]byte, error) {
	return k.SealWith(k.Newest(), at, text)
}

// SealWith is Seal under a certain key, for texts of one row that must share it. Error: ErrKeyMissing.
func (k *Keyring) SealWith(id KeyID, at Place, text string) ([]byte, error) {
	aead := k.now().seals[id]
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
	now, err := k.meet(Seals, id)
	if err != nil {
		return "", err
	}
	return open(now.seals[id], at, envelope)
}

// Meet reads the keys again where the ring lacks one that somebody else has used. Error: ErrKeyMissing.
func (k *Keyring) Meet(family Family, id KeyID) error {
	_, err := k.meet(family, id)
	return err
}

// meet gives keys among which a certain one is.
func (k *Keyring) meet(family Family, id KeyID) (held, error) {
	if now := k.now(); now.holds(family, id) {
		return now, nil
	}
	if err := k.Reload(); err != nil {
		return held{}, errors.Join(ErrKeyMissing, err)
	}
	now := k.now()
	if !now.holds(family, id) {
		return held{}, ErrKeyMissing
	}
	return now, nil
}

func (h held) holds(family Family, id KeyID) bool {
	if family == Indexes {
		return h.indexes[id] != nil
	}
	return h.seals[id] != nil
}

// newest is the key of a family that is used now.
func (h held) newest(family Family) KeyID {
	if family == Indexes {
		return h.index
	}
	return h.seal
}
