package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// secretSize is the length of a secret in bytes: the output of SHA-256, as RFC 2104 §3 advises for an HMAC's key, and a key of AES-256.
const secretSize = 32

// LoadOwnerKey reads the key under which the registry hashes owners' IDs from owner-0001.key in dir, as loadSecret does. Without the old one, known owners are
// no longer recognised.
func LoadOwnerKey(dir string) ([]byte, error) { return loadSecret(dir, "owner-0001.key") }

// LoadFactorKey reads the key that seals the secrets of second factors from second-factor-0001.key in dir, as loadSecret does. Without the old one nobody's
// authenticator fits any more.
func LoadFactorKey(dir string) ([]byte, error) { return loadSecret(dir, "second-factor-0001.key") }

// loadSecret reads 32 bytes from a file. Where it is missing, one is made that only this user can read; it never writes over a key.
func loadSecret(dir, file string) ([]byte, error) {
	name := filepath.Join(dir, file)
	key, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKeyFile(dir, name); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
		key, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if len(key) != secretSize {
		return nil, fmt.Errorf("keys: %s has %d bytes instead of %d", name, len(key), secretSize)
	}
	return key, nil
}

// makeKeyFile writes a random key of 32 bytes and gives the file its name when it is whole. If another process was first, its key stands.
func makeKeyFile(dir, name string) error {
	key := make([]byte, secretSize)
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
