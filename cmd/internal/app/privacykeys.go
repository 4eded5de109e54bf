package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mofasa/tenants/privacy"
)

// LoadKeyring reads the keys of personal data from dir: the one of the blind index (see LoadOwnerKey), and privacy-0001.key and so on, 32 bytes each, of which
// the highest number seals. Where a kind has no file yet, one is made.
func LoadKeyring(dir string) (*privacy.Keyring, error) {
	index, err := LoadOwnerKey(dir)
	if err != nil {
		return nil, err
	}
	if _, err := privacyKeys(dir); errors.Is(err, fs.ErrNotExist) {
		if err := makeKeyFile(dir, keyFile(dir, 1)); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
	}
	return privacy.NewKeyring(index, func() (map[privacy.KeyID][]byte, error) { return privacyKeys(dir) }, rand.Reader)
}

// AddPrivacyKey makes the next key of personal data in dir, and never writes over one. Its number is also above used, the highest that something is sealed under: the
// number of a lost key is never given again. From its first sight on, every process that reads dir seals under it.
func AddPrivacyKey(dir string, used privacy.KeyID) (privacy.KeyID, error) {
	keys, err := privacyKeys(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	newest := used
	for id := range keys {
		newest = max(newest, id)
	}
	if newest == math.MaxUint16 {
		return 0, errors.New("keys: there is no number left")
	}
	name := keyFile(dir, newest+1)
	if err := makeKeyFile(dir, name); err != nil {
		return 0, fmt.Errorf("keys: %w", err)
	}
	return newest + 1, nil
}

func keyFile(dir string, id privacy.KeyID) string {
	return filepath.Join(dir, fmt.Sprintf("privacy-%04d.key", id))
}

// privacyKeys reads every key; fs.ErrNotExist says that there is none.
func privacyKeys(dir string) (map[privacy.KeyID][]byte, error) {
	names, err := filepath.Glob(filepath.Join(dir, "privacy-*.key"))
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("keys: %s holds no privacy-*.key: %w", dir, fs.ErrNotExist)
	}
	keys := map[privacy.KeyID][]byte{}
	for _, name := range names {
		number := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "privacy-"), ".key")
		id, err := strconv.ParseUint(number, 10, 16)
		if err != nil || id == 0 {
			return nil, fmt.Errorf("keys: %s has no number between 1 and 65535", name)
		}
		if keys[privacy.KeyID(id)], err = os.ReadFile(name); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
	}
	return keys, nil
}
