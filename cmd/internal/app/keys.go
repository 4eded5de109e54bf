package app

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"mofasa/tenants/identity"
)

// LoadKeys reads the signing keys of access tokens and of certificates from dir: files token-*.pem and certificate-*.pem, oldest name first, the
// last one signs. Where a kind has no file yet, one is made.
func LoadKeys(dir string) (tokens, certificates *identity.Keyring, err error) {
	if tokens, err = loadRing(dir, "token"); err != nil {
		return nil, nil, err
	}
	certificates, err = loadRing(dir, "certificate")
	return tokens, certificates, err
}

func loadRing(dir, kind string) (*identity.Keyring, error) {
	names, err := filepath.Glob(filepath.Join(dir, kind+"-*.pem"))
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if len(names) == 0 {
		name := filepath.Join(dir, kind+"-0001.pem")
		if err := makeKey(name); err != nil {
			return nil, err
		}
		names = []string{name}
	}
	slices.Sort(names)
	pems := make([][]byte, len(names))
	for i, name := range names {
		if pems[i], err = os.ReadFile(name); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
	}
	return identity.NewKeyring(pems...)
}

// makeKey writes a new key that only this user can read. If another process was first, its key stands.
func makeKey(name string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	body, err := identity.EncodeKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(body)
	if err = errors.Join(err, temporary.Close()); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if err := os.Link(temporary.Name(), name); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}
