package certificates

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"mofasa/tenants/fault"
)

var (
	errSignature = fault.Define(fault.Invalid, "certificate_signature",
		"امضای گواهی معتبر نیست؛ متن گواهی پس از صدور تغییر کرده یا این گواهی این‌جا صادر نشده است.",
		"The certificate's signature is not valid; its text was changed after it was issued, or it was not issued here.")
	errUnknownKey = fault.Define(fault.Invalid, "certificate_unknown_key",
		"کلید امضای این گواهی در فهرست کلیدهای منتشرشده نیست.",
		"The key that signed this certificate is not among the published keys.")
)

// signedType names the payload in the JWS header (RFC 7515 §4.1.9), so that no other token of the program passes for a
// certificate and no certificate for a token.
const signedType = "mofasa-clearance+jws"

const (
	signedAlg  = "EdDSA" // RFC 8037 §3.1
	proofBytes = 12
)

// base64url is strict: unused bits of the last character must be zero (RFC 7515 §2).
var base64url = base64.RawURLEncoding.Strict()

// Key is a signing key and the id under which its public half is published.
type Key struct {
	ID      string
	Private ed25519.PrivateKey
}

// String gives the id alone, so that a printed key never shows its private half.
func (k Key) String() string { return k.ID }

// GoString is String, for the %#v verb.
func (k Key) GoString() string { return k.ID }

// header holds the fields of the JOSE header in the order in which they are written.
type header struct {
	Alg string `json:"alg"`
	KID string `json:"kid"`
	Typ string `json:"typ"`
}

// Sign gives the JWS in compact serialization (RFC 7515 §7.1), with EdDSA over Ed25519 (RFC 8037). The same document and
// key give the same bytes. It fails for a document that Validate refuses and for an incomplete key.
func Sign(doc Document, key Key) (string, error) {
	payload, err := doc.Canonical()
	if err != nil {
		return "", err
	}
	if key.ID == "" || len(key.Private) != ed25519.PrivateKeySize {
		return "", errors.New("certificates: signing key is incomplete")
	}
	head, err := json.Marshal(header{Alg: signedAlg, KID: key.ID, Typ: signedType})
	if err != nil {
		return "", fmt.Errorf("certificates: encode header: %w", err)
	}
	signed := base64url.EncodeToString(head) + "." + base64url.EncodeToString(payload)
	signature, err := jwt.SigningMethodEdDSA.Sign(signed, key.Private)
	if err != nil {
		return "", fmt.Errorf("certificates: sign: %w", err)
	}
	return signed + "." + base64url.EncodeToString(signature), nil
}

// Verify checks a JWS with the public key that keys gives for its key id, and gives the document. Algorithm and type are
// pinned; header and payload must be in canonical form, so that exactly one text verifies for a document and key.
// Errors: certificate_signature, certificate_unknown_key. A document that verifies may still be superseded or revoked;
// only the register knows that.
func Verify(jws string, keys func(kid string) (ed25519.PublicKey, bool)) (Document, error) {
	parts := strings.Split(jws, ".")
	if len(parts) != 3 {
		return Document{}, errSignature.Because(errors.New("not a compact JWS"))
	}
	kid, err := parseHeader(parts[0])
	if err != nil {
		return Document{}, errSignature.Because(err)
	}
	public, known := keys(kid)
	if !known {
		return Document{}, errUnknownKey
	}
	payload, err := checkSignature(parts, public)
	if err != nil {
		return Document{}, errSignature.Because(err)
	}
	doc, err := parseDocument(payload)
	if err != nil {
		return Document{}, errSignature.Because(err)
	}
	return doc, nil
}

// parseHeader gives the key id of a header that is exactly what Sign writes.
func parseHeader(part string) (string, error) {
	raw, err := decodePart(part)
	if err != nil {
		return "", err
	}
	var h header
	if err := json.Unmarshal(raw, &h); err != nil {
		return "", fmt.Errorf("header: %w", err)
	}
	if h.Alg != signedAlg || h.Typ != signedType || h.KID == "" {
		return "", errors.New("header: foreign algorithm or type")
	}
	canonical, err := json.Marshal(h)
	if err != nil || !bytes.Equal(canonical, raw) {
		return "", errors.New("header: not in canonical form")
	}
	return h.KID, nil
}

// checkSignature gives the payload of a JWS that the key has signed.
func checkSignature(parts []string, public ed25519.PublicKey) ([]byte, error) {
	signature, err := decodePart(parts[2])
	if err != nil {
		return nil, err
	}
	if err := jwt.SigningMethodEdDSA.Verify(parts[0]+"."+parts[1], signature, public); err != nil {
		return nil, err
	}
	return decodePart(parts[1])
}

// decodePart refuses what the decoder would forgive: line breaks inside the text.
func decodePart(part string) ([]byte, error) {
	raw, err := base64url.DecodeString(part)
	if err != nil {
		return nil, fmt.Errorf("base64url: %w", err)
	}
	if base64url.EncodeToString(raw) != part {
		return nil, errors.New("base64url: not in canonical form")
	}
	return raw, nil
}

// Proof is what the QR code shows beside the serial: the first 96 bits of the SHA-256 of the JWS in base64url, 16
// characters. Whoever has not seen the paper cannot make one, so guessing serials shows nothing.
func Proof(jws string) string {
	sum := sha256.Sum256([]byte(jws))
	return base64url.EncodeToString(sum[:proofBytes])
}

// VerifyURL is the address of the public page of a certificate: base, "/v/", serial, "/", proof. It holds no plate, VIN
// or name.
func VerifyURL(base string, serial Serial, proof string) string {
	return strings.TrimRight(base, "/") + "/v/" + string(serial) + "/" + proof
}
