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

// Keys are the two sources of keys, which a test changes.
type Keys struct {
	mu      sync.Mutex
	held    map[privacy.KeyID][]byte
	indexes map[privacy.KeyID][]byte
}

// NewKeys holds key 1 of each.
func NewKeys() *Keys {
	k := &Keys{held: map[privacy.KeyID][]byte{}, indexes: map[privacy.KeyID][]byte{1: []byte(Index)}}
	k.Add(1)
	return k
}

// AddIndex makes a key of the blind index; equal numbers are equal keys.
func (k *Keys) AddIndex(id privacy.KeyID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.indexes[id] = bytes.Repeat([]byte{byte(id), byte(id >> 8), 'i', 'x'}, privacy.KeySize/4)
}

// RemoveIndex forgets a key of the blind index.
func (k *Keys) RemoveIndex(id privacy.KeyID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.indexes, id)
}

// Indexes is the privacy.Source of the blind index.
func (k *Keys) Indexes() (map[privacy.KeyID][]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.indexes), nil
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

// All is the privacy.Source of the keys that seal.
func (k *Keys) All() (map[privacy.KeyID][]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.held), nil
}

// Index is the first key of every test's blind index.
const Index = "the owner key of any test server"

// Ring is a keyring over keys.
func (k *Keys) Ring(t testing.TB) *privacy.Keyring {
	t.Helper()
	ring, err := privacy.NewKeyring(k.Indexes, k.All, rand.Reader)
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
