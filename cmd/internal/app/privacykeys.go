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

// LoadKeyring reads the keys of personal data from dir: owner-0001.key and so on of the blind index, and privacy-0001.key and so on, which seal; 32 bytes each. The
// highest number of each is used, the others are read. Where a kind has no file yet, one is made.
func LoadKeyring(dir string) (*privacy.Keyring, error) {
	for _, family := range []privacy.Family{privacy.Indexes, privacy.Seals} {
		if _, err := privacyKeys(dir, family); errors.Is(err, fs.ErrNotExist) {
			if err := makeKeyFile(dir, keyFile(dir, family, 1)); err != nil {
				return nil, fmt.Errorf("keys: %w", err)
			}
		}
	}
	source := func(family privacy.Family) privacy.Source {
		return func() (map[privacy.KeyID][]byte, error) { return privacyKeys(dir, family) }
	}
	return privacy.NewKeyring(source(privacy.Indexes), source(privacy.Seals), rand.Reader)
}

// AddPrivacyKey makes the next key of a family in dir, and never writes over one. Its number is also above used, the highest that something is stored under: the
// number of a lost key is never given again. From its first sight on, every process that reads dir uses it.
func AddPrivacyKey(dir string, family privacy.Family, used privacy.KeyID) (privacy.KeyID, error) {
	keys, err := privacyKeys(dir, family)
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
	if err := makeKeyFile(dir, keyFile(dir, family, newest+1)); err != nil {
		return 0, fmt.Errorf("keys: %w", err)
	}
	return newest + 1, nil
}

func keyFile(dir string, family privacy.Family, id privacy.KeyID) string {
	return filepath.Join(dir, family.File(id))
}

// privacyKeys reads every key of a family; fs.ErrNotExist says that there is none.
func privacyKeys(dir string, family privacy.Family) (map[privacy.KeyID][]byte, error) {
	names, err := filepath.Glob(filepath.Join(dir, string(family)+"-*.key"))
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("keys: %s holds no %s-*.key: %w", dir, family, fs.ErrNotExist)
	}
	keys := map[privacy.KeyID][]byte{}
	for _, name := range names {
		number := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), string(family)+"-"), ".key")
		id, err := strconv.ParseUint(number, 10, 16)
		if err != nil || id == 0 {
			return nil, fmt.Errorf("keys: %s has no number between 1 and 65535", name)
		}
		key, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
		if len(key) != secretSize {
			return nil, fmt.Errorf("keys: %s has %d bytes instead of %d", name, len(key), secretSize)
		}
		keys[privacy.KeyID(id)] = key
	}
	return keys, nil
}
