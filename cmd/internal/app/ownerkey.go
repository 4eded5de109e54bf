package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	ownerKeyName = "owner-0001.key"
	ownerKeySize = 32 // bytes: the output of SHA-256, as RFC 2104 §3 advises for an HMAC's key
)

// LoadOwnerKey reads the key under which the registry hashes owners' IDs from owner-0001.key in dir: 32 bytes. Where the file is missing, one is made that only
// this user can read. It never writes over a key: without the old one, known owners are no longer recognised.
func LoadOwnerKey(dir string) ([]byte, error) {
	name := filepath.Join(dir, ownerKeyName)
	key, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeOwnerKey(dir, name); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
		key, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if len(key) != ownerKeySize {
		return nil, fmt.Errorf("keys: %s has %d bytes instead of %d", name, len(key), ownerKeySize)
	}
	return key, nil
}

// makeOwnerKey gives the file its name when it is whole. If another process was first, its key stands.
func makeOwnerKey(dir, name string) error {
	key := make([]byte, ownerKeySize)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(key)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Link(temporary.Name(), name); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
