// Package pairing is what binds an agent to one office and one server: its own Ed25519 key, made here and never sent anywhere, the device that the server enrolled with it,
// and the keys with which the server signs sale orders.
package pairing

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
)

const (
	keyFile     = "device-key.pem" // PKCS #8
	pairingFile = "pairing.json"
	ownerOnly   = 0o600
)

// ErrUnpaired says that dir holds no finished pairing.
var ErrUnpaired = errors.New("this agent is not paired; run: posagent pair")

// ServerKey is one key with which the server signs (a JWK of RFC 8037, shortened).
type ServerKey struct {
	ID string `json:"kid"`
	X  string `json:"x"` // base64url without padding
}

// Public is the key itself, or nil where X is no Ed25519 key.
func (k ServerKey) Public() ed25519.PublicKey {
	raw, err := base64.RawURLEncoding.DecodeString(k.X)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil
	}
	return raw
}

// Pairing is what is kept beside the key.
type Pairing struct {
	DeviceID uuid.UUID   `json:"device_id"`
	Server   string      `json:"server"` // base URL; empty: the keys are fixed
	Keys     []ServerKey `json:"keys"`
}

// Key reads dir's device key, or makes one that only this user can read.
func Key(dir string) (ed25519.PrivateKey, error) {
	path := filepath.Join(dir, keyFile)
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(dir, path)
	}
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	block, _ := pem.Decode(body)
	if block == nil {
		return nil, fmt.Errorf("device key: %s is not PEM", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("device key: %s holds no Ed25519 key", path)
	}
	return key, nil
}

// Public is the half of a key that others may see.
func Public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func makeKey(dir, path string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	return key, replace(dir, path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// replace writes a file whole or not at all.
func replace(dir, path string, body []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(body)
	if err = errors.Join(err, temporary.Chmod(ownerOnly), temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// Load reads dir's pairing and key, or gives ErrUnpaired.
func Load(dir string) (Pairing, ed25519.PrivateKey, error) {
	body, err := os.ReadFile(filepath.Join(dir, pairingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Pairing{}, nil, ErrUnpaired
	}
	if err != nil {
		return Pairing{}, nil, fmt.Errorf("pairing: %w", err)
	}
	var p Pairing
	if err := json.Unmarshal(body, &p); err != nil || p.DeviceID == uuid.Nil {
		return Pairing{}, nil, fmt.Errorf("pairing: %s is not readable: %w", pairingFile, errors.Join(err, ErrUnpaired))
	}
	key, err := Key(dir)
	return p, key, err
}

// Save keeps a pairing in dir.
func (p Pairing) Save(dir string) error {
	body, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("pairing: %w", err)
	}
	if err := replace(dir, filepath.Join(dir, pairingFile), append(body, '\n')); err != nil {
		return fmt.Errorf("pairing: %w", err)
	}
	return nil
}

// Enrolment is what the server wants to see of a device: its public key and a signature over the code that the office's manager was given, both base64url without padding.
type Enrolment struct {
	Code      string `json:"code"`
	PublicKey string `json:"public_key"`
	Signature string `json:"signature"`
}

// Enrol signs a code as the contract of the device enrolment says: the line "mofasa device enrolment v1", then the code without hyphens.
func Enrol(code string, key ed25519.PrivateKey) Enrolment {
	bare := strings.NewReplacer("-", "", " ", "", "0", "O", "1", "I").Replace(strings.ToUpper(strings.TrimSpace(code)))
	encode := base64.RawURLEncoding.EncodeToString
	return Enrolment{Code: bare, PublicKey: encode(Public(key)), Signature: encode(ed25519.Sign(key, []byte("mofasa device enrolment v1\n"+bare)))}
}
