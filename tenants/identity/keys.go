package identity

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"sync/atomic"
)

// Keyring holds Ed25519 keys of one use: one signs, all of them verify. It is safe for parallel use, and can be replaced while it is in use.
type Keyring struct{ ring atomic.Pointer[ring] }

type ring struct {
	signer  ed25519.PrivateKey
	kid     string
	publics []PublicKey

	verified verified // access tokens that it has found good
}

// PublicKey is one verification key with its id.
type PublicKey struct {
	ID  string
	Key ed25519.PublicKey
}

// NewKeyring makes a ring of PKCS #8 PEM private keys; the last one signs.
func NewKeyring(pems ...[]byte) (*Keyring, error) {
	if len(pems) == 0 {
		return nil, errors.New("keyring: no key")
	}
	keys := &ring{}
	for i, body := range pems {
		key, err := parseKey(body)
		if err != nil {
			return nil, fmt.Errorf("keyring: key %d: %w", i, err)
		}
		public := key.Public().(ed25519.PublicKey)
		keys.signer, keys.kid = key, keyID(public)
		keys.publics = append(keys.publics, PublicKey{ID: keys.kid, Key: public})
	}
	made := &Keyring{}
	made.ring.Store(keys)
	return made, nil
}

// Replace takes over another ring's keys: from now on its signer signs, and what none of its keys has signed is refused.
func (r *Keyring) Replace(with *Keyring) { r.ring.Store(with.ring.Load()) }

// Signer is the signing key and its id.
func (r *Keyring) Signer() (string, ed25519.PrivateKey) {
	now := r.ring.Load()
	return now.kid, now.signer
}

// Find looks a verification key up by its id.
func (r *Keyring) Find(kid string) (ed25519.PublicKey, bool) { return r.ring.Load().find(kid) }

func (r *ring) find(kid string) (ed25519.PublicKey, bool) {
	for _, p := range r.publics {
		if p.ID == kid {
			return p.Key, true
		}
	}
	return nil, false
}

// Publics lists the verification keys for the JWKS. The caller does not change the list.
func (r *Keyring) Publics() []PublicKey { return r.ring.Load().publics }

// EncodeKey writes a private key as PKCS #8 PEM.
func EncodeKey(key ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func parseKey(body []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(body)
	if block == nil {
		return nil, errors.New("not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("not an Ed25519 key")
	}
	return private, nil
}

// keyID is the JWK thumbprint (RFC 7638, RFC 8037 §2) of the public key, shortened to 16 characters.
func keyID(public ed25519.PublicKey) string {
	x := base64.RawURLEncoding.EncodeToString(public)
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:16]
}
