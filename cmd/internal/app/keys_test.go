package app

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/identity"
)

// age makes a file as old as given.
func age(t *testing.T, dir, name string, by time.Duration) {
	t.Helper()
	at := time.Now().Add(-by)
	if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
		t.Fatal(err)
	}
}

func ringOf(t *testing.T, dir string) *identity.Keyring {
	t.Helper()
	ring, err := loadRing(dir, tokenKeys)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func rotated(t *testing.T, dir string) (added string, removed []string) {
	t.Helper()
	added, removed, err := RotateTokenKeys(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return added, removed
}

// TestRotation goes through the life of a key: it verifies, signs, verifies what it has signed, and is gone.
func TestRotation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ring := ringOf(t, dir)
	age(t, dir, "token-0001.pem", time.Hour)
	first, _ := ring.Signer()
	claims := identity.Claims{PersonID: uuid.New(), Home: identity.Home{Kind: identity.AtPlatform}}
	old, _, err := identity.SignToken(ring, claims, time.Now())
	if err != nil {
		t.Fatal(err)
	}

	if added, removed := rotated(t, dir); added != "token-0002.pem" || len(removed) != 0 {
		t.Fatalf("added %s, removed %v", added, removed)
	}
	if info, err := os.Stat(filepath.Join(dir, "token-0002.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	ring.Replace(ringOf(t, dir))
	if kid, _ := ring.Signer(); kid != first || len(ring.Publics()) != 2 {
		t.Errorf("%s signs of %d, want the first until the second has settled", kid, len(ring.Publics()))
	}
	age(t, dir, "token-0002.pem", 2*time.Minute)
	ring.Replace(ringOf(t, dir))
	second, _ := ring.Signer()
	if second == first {
		t.Error("the new key does not sign")
	}
	if got, err := identity.ParseToken(ring, old, time.Now()); err != nil || got != claims {
		t.Errorf("a token of the old key: %+v, %v", got, err)
	}

	if added, removed := rotated(t, dir); added != "token-0003.pem" || len(removed) != 0 {
		t.Errorf("added %s, removed %v while the old key's tokens live", added, removed)
	}
	age(t, dir, "token-0002.pem", 17*time.Minute)
	if added, removed := rotated(t, dir); added != "token-0004.pem" || !slices.Equal(removed, []string{"token-0001.pem"}) {
		t.Errorf("added %s, removed %v", added, removed)
	}
	ring.Replace(ringOf(t, dir))
	if _, err := identity.ParseToken(ring, old, time.Now()); err == nil {
		t.Error("a token of a removed key is good")
	}
	if files, err := TokenKeyFiles(dir, time.Now()); err != nil || len(files) != 3 || files[0].Name != "token-0002.pem" || !files[0].Signing || files[1].Signing {
		t.Errorf("%+v, %v", files, err)
	}
}

func TestFormerFactorKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if key, err := LoadFormerFactorKey(dir); err != nil || key != nil {
		t.Fatalf("a new installation has a former key: %x, %v", key, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("made %v", left)
	}
	made := bytes.Repeat([]byte("k"), 32)
	if err := os.WriteFile(filepath.Join(dir, "second-factor-0001.key"), made, 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := LoadFormerFactorKey(dir); err != nil || !slices.Equal(key, made) {
		t.Errorf("%x, %v", key, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "second-factor-0001.key"), made[:16], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadFormerFactorKey(dir); err == nil {
		t.Error("half a key is taken")
	}
}
