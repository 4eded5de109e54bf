package app

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"mofasa/tenants/identity"
)

// The kinds of signing keys.
const (
	tokenKeys       = "token"
	certificateKeys = "certificate"
)

const (
	// keyReload is how often a process looks for keys that were added or removed.
	keyReload = 10 * time.Second
	// keySettles is for how long a new key only verifies, so that every process knows it before the first one signs with it.
	keySettles = time.Minute
)

// LoadKeys reads the signing keys of access tokens and of certificates from dir: files token-*.pem and certificate-*.pem. The one of the last name signs, unless it
// is so new that another process may not know it yet. Where a kind has no file yet, one is made.
func LoadKeys(dir string) (tokens, certificates *identity.Keyring, err error) {
	if tokens, err = loadRing(dir, tokenKeys); err != nil {
		return nil, nil, err
	}
	certificates, err = loadRing(dir, certificateKeys)
	return tokens, certificates, err
}

// WatchTokenKeys keeps the ring of access tokens as dir has it until ctx ends. Where dir cannot be read, the ring stays as it is.
func WatchTokenKeys(ctx context.Context, ring *identity.Keyring, dir string, log *slog.Logger) {
	ticker := time.NewTicker(keyReload)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		fresh, err := loadRing(dir, tokenKeys)
		if err != nil {
			log.Warn("token keys stay as they are", "error", err)
			continue
		}
		ring.Replace(fresh)
	}
}

// KeyFile is a signing key in its folder.
type KeyFile struct {
	Name    string // token-0001.pem
	Since   time.Time
	Signing bool
}

// TokenKeyFiles lists the keys of access tokens in dir, oldest first.
func TokenKeyFiles(dir string, now time.Time) ([]KeyFile, error) {
	return keyFiles(dir, tokenKeys, now)
}

// RotateTokenKeys adds a key of access tokens to dir and removes those whose tokens have all expired: the ones after which another key has signed for longer than a
// token lives. It names the new file and the removed ones.
func RotateTokenKeys(dir string, now time.Time) (added string, removed []string, err error) {
	files, err := keyFiles(dir, tokenKeys, now)
	if err != nil {
		return "", nil, err
	}
	last := 0
	for i, file := range files {
		number, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(file.Name, tokenKeys+"-"), ".pem"))
		if err != nil {
			return "", nil, fmt.Errorf("keys: %s has no number in its name", file.Name)
		}
		last = max(last, number)
		if i+1 < len(files) && now.Sub(files[i+1].Since) > keySettles+keyReload+identity.TokenLife {
			removed = append(removed, file.Name)
		}
	}
	added = fmt.Sprintf("%s-%04d.pem", tokenKeys, last+1)
	if err := makeKey(filepath.Join(dir, added)); err != nil {
		return "", nil, err
	}
	for _, name := range removed {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return added, nil, fmt.Errorf("keys: %w", err)
		}
	}
	return added, removed, nil
}

// keyFiles lists the keys of a kind by name, and marks the one that signs: the last that has settled, or else the first.
func keyFiles(dir, kind string, now time.Time) ([]KeyFile, error) {
	names, err := filepath.Glob(filepath.Join(dir, kind+"-*.pem"))
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	slices.Sort(names)
	files := make([]KeyFile, len(names))
	signer := 0
	for i, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
		files[i] = KeyFile{Name: filepath.Base(name), Since: info.ModTime()}
		if now.Sub(files[i].Since) >= keySettles {
			signer = i
		}
	}
	if len(files) > 0 {
		files[signer].Signing = true
	}
	return files, nil
}

func loadRing(dir, kind string) (*identity.Keyring, error) {
	files, err := keyFiles(dir, kind, time.Now())
	if err == nil && len(files) == 0 {
		if err := makeKey(filepath.Join(dir, kind+"-0001.pem")); err != nil {
			return nil, err
		}
		files, err = keyFiles(dir, kind, time.Now())
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(files, func(a, b KeyFile) int { // a ring signs with its last key
		return map[bool]int{true: 1}[a.Signing] - map[bool]int{true: 1}[b.Signing]
	})
	pems := make([][]byte, len(files))
	for i, file := range files {
		if pems[i], err = os.ReadFile(filepath.Join(dir, file.Name)); err != nil {
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
