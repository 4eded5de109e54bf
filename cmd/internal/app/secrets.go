package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mofasa/tenants/identity"
	"mofasa/tenants/privacy"
)

// secretSize is the length of a secret in bytes: the output of SHA-256, as RFC 2104 §3 advises for an HMAC's key, and a key of AES-256.
const secretSize = 32

// LoadRequestKey reads the key under which the door hashes repeated requests from request-0001.key in dir, as loadSecret does. An installation in which owners'
// first key did this goes on with a copy of it, so that a request which comes again after the change finds its answer.
func LoadRequestKey(dir string) ([]byte, error) {
	const file = "request-0001.key"
	_, err := os.Stat(filepath.Join(dir, file))
	if key, old := os.ReadFile(keyFile(dir, privacy.Indexes, 1)); errors.Is(err, fs.ErrNotExist) && old == nil && len(key) == secretSize {
		if err := keepKeyFile(dir, filepath.Join(dir, file), key); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
	}
	return loadSecret(dir, file)
}

// LoadFormerFactorKey reads the key that sealed the secrets of second factors before the keys of personal data did, second-factor-0001.key in dir; nil where there is
// none. Until every secret is sealed anew (mofasa privacy rotate), nobody's authenticator of before fits without it.
func LoadFormerFactorKey(dir string) ([]byte, error) {
	name := filepath.Join(dir, identity.FormerFactorKey.File(1))
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return loadSecret(dir, filepath.Base(name))
}

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

// makeKeyFile is keepKeyFile with a random key of 32 bytes.
func makeKeyFile(dir, name string) error {
	key := make([]byte, secretSize)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	return keepKeyFile(dir, name, key)
}

// keepKeyFile writes a key where there is none yet; of two processes at once, the first one's key stands.
func keepKeyFile(dir, name string, key []byte) error {
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
