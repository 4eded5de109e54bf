// Package privacytest gives tests keys.
package privacytest

import (
	"bytes"
	"crypto/rand"
	"maps"
	"sync"
	"testing"

	"mofasa/tenants/privacy"
)

// Keys is a source of keys that a test changes.
type Keys struct {
	mu   sync.Mutex
	held map[privacy.KeyID][]byte
}

// NewKeys holds key 1.
func NewKeys() *Keys {
	k := &Keys{held: map[privacy.KeyID][]byte{}}
	k.Add(1)
	return k
}

// Add makes a key; equal numbers are equal keys.
func (k *Keys) Add(id privacy.KeyID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held[id] = bytes.Repeat([]byte{byte(id), byte(id >> 8)}, privacy.KeySize/2)
}

// Remove forgets a key.
func (k *Keys) Remove(id privacy.KeyID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.held, id)
}

// All is a privacy.Source.
func (k *Keys) All() (map[privacy.KeyID][]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.held), nil
}

// Index is the secret of every test's blind index.
const Index = "the owner key of every test server"

// Ring is a keyring over keys.
func (k *Keys) Ring(t testing.TB) *privacy.Keyring {
	t.Helper()
	ring, err := privacy.NewKeyring([]byte(Index), k.All, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// NewKeyring is a ring with one key.
func NewKeyring(t testing.TB) *privacy.Keyring {
	t.Helper()
	return NewKeys().Ring(t)
}
