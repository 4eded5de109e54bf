package pairing_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/cmd/posagent/internal/pairing"
)

func TestTheKeyIsMadeOnceAndForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "state")
	key, err := pairing.Key(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := pairing.Key(dir)
	if err != nil || !again.Equal(key) {
		t.Errorf("another key, %v", err)
	}
	for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "device-key.pem"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", path, info, err)
		}
	}
	if _, _, err := pairing.Load(dir); !errors.Is(err, pairing.ErrUnpaired) {
		t.Errorf("a key alone is a pairing: %v", err)
	}
	for _, spoilt := range []string{"", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if err := os.WriteFile(filepath.Join(dir, "device-key.pem"), []byte(spoilt), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := pairing.Key(dir); err == nil {
			t.Errorf("%q is a key", spoilt)
		}
	}
}

func TestOnlyAServerThatNobodyCanImitate(t *testing.T) {
	t.Parallel()
	for address, wanted := range map[string]string{
		"https://mofasa.example.ir/": "https://mofasa.example.ir", "http://127.0.0.1:8080": "http://127.0.0.1:8080", "http://localhost:8080": "http://localhost:8080",
		"http://mofasa.example.ir": "", "http://127.0.0.1.example.ir": "", "mofasa.example.ir": "", "https://a@b": "", "https://b?x=1": "", "ftp://127.0.0.1": "", "": "",
	} {
		got, err := pairing.ServerURL(address)
		if got != wanted || (err == nil) != (wanted != "") {
			t.Errorf("%s: %q %v", address, got, err)
		}
	}
}

// publisher is a server whose keys a test can change.
type publisher struct {
	*httptest.Server
	keys  atomic.Value // []string of kid
	asked atomic.Int32
	fails atomic.Bool
}

func public(kid string) ed25519.PublicKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(kid, ed25519.SeedSize))[:ed25519.SeedSize]).Public().(ed25519.PublicKey)
}

func newPublisher(t *testing.T, kids ...string) *publisher {
	t.Helper()
	p := &publisher{}
	p.keys.Store(kids)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.asked.Add(1)
		if p.fails.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		set := map[string][]map[string]string{"keys": {{"kty": "RSA", "kid": "rsa"}, {"kty": "OKP", "crv": "Ed25519", "kid": "short", "x": "AAAA"}}}
		for _, kid := range p.keys.Load().([]string) {
			set["keys"] = append(set["keys"], map[string]string{"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": base64.RawURLEncoding.EncodeToString(public(kid))})
		}
		_ = json.NewEncoder(w).Encode(set)
	}))
	t.Cleanup(p.Close)
	return p
}

// The server changes its keys: a new one is found when it is first met, kept for a start without a server, and not asked for at every forgery.
func TestTheRingFollowsTheServersKeys(t *testing.T) {
	t.Parallel()
	p := newPublisher(t, "a")
	dir := t.TempDir()
	server, keys, err := pairing.ReadServer(t.Context(), p.URL)
	if err != nil || len(keys) != 1 || keys[0].ID != "a" {
		t.Fatalf("%s %+v %v", server, keys, err)
	}
	if _, err := pairing.Key(dir); err != nil {
		t.Fatal(err)
	}
	paired := pairing.Pairing{DeviceID: uuid.New(), Server: server, Keys: keys}
	if err := paired.Save(dir); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_000_000, 0)
	ring := pairing.NewRing(t.Context(), dir, paired, func() time.Time { return now }, slog.New(slog.NewTextHandler(io.Discard, nil)))
	find := func(kid string, known bool, asked int32) {
		t.Helper()
		key, ok := ring.Find(kid)
		if ok != known || known && !key.Equal(public(kid)) || p.asked.Load() != asked {
			t.Errorf("%s: %t, asked %d times", kid, ok, p.asked.Load())
		}
	}
	find("a", true, 1)
	p.keys.Store([]string{"a", "b"})
	find("b", true, 2)
	for range 5 {
		find("forged", false, 2)
	}
	now = now.Add(11 * time.Second)
	find("forged", false, 3)
	now = now.Add(11 * time.Second)
	p.fails.Store(true)
	find("c", false, 4)
	find("b", true, 4)
	again, _, err := pairing.Load(dir)
	if err != nil || len(again.Keys) != 2 {
		t.Errorf("%+v %v", again, err)
	}
	fixed := pairing.NewRing(t.Context(), dir, pairing.Pairing{Keys: keys}, time.Now, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if _, ok := fixed.Find("b"); ok || p.asked.Load() != 4 {
		t.Error("fixed keys are looked up")
	}
}

func TestAServerWithoutKeysIsRefused(t *testing.T) {
	t.Parallel()
	p := newPublisher(t)
	if _, _, err := pairing.ReadServer(t.Context(), p.URL); err == nil {
		t.Error("no key is enough")
	}
	p.fails.Store(true)
	if _, _, err := pairing.ReadServer(t.Context(), p.URL); err == nil {
		t.Error("a failing server is enough")
	}
}
