// Package privacy keeps personal data readable for those who hold a key that the database does not: it seals texts for storage and derives the blind index
// by which they are found.
package privacy

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// An envelope is a version, the number of its key (two bytes, big-endian), a random nonce of 96 bits, and AES-256-GCM's ciphertext with its tag (NIST SP 800-38D).
const (
	version    = 1
	headerSize = 3
	nonceSize  = 12
	tagSize    = 16
	// Overhead is how many bytes longer an envelope is than its text.
	Overhead = headerSize + nonceSize + tagSize
)

// KeyID numbers a key; a newer key has a higher number.
type KeyID uint16

var (
	// ErrEnvelope says that bytes are no envelope.
	ErrEnvelope = errors.New("privacy: not an envelope")
	// ErrTampered says that an envelope was changed, or stands in another place than it was sealed for.
	ErrTampered = errors.New("privacy: the envelope was changed or moved")
	// ErrKeyMissing says that this process does not have the key of an envelope.
	ErrKeyMissing = errors.New("privacy: the key is missing")
)

// Place is where an envelope is stored. It opens nowhere else.
type Place struct{ Table, Column, Row string }

// bound is the associated data: the place with the envelope's header. The parts hold no bar, so that no two places read alike.
func (p Place) bound(header []byte) ([]byte, error) {
	for _, part := range []string{p.Table, p.Column, p.Row} {
		if part == "" || strings.Contains(part, "|") {
			return nil, fmt.Errorf("privacy: %q cannot be part of a place", part)
		}
	}
	return append([]byte("mofasa privacy|"+p.Table+"|"+p.Column+"|"+p.Row+"|"), header...), nil
}

// KeyOf reads the number of the key that an envelope is sealed with. Error: ErrEnvelope.
func KeyOf(envelope []byte) (KeyID, error) {
	if len(envelope) < Overhead || envelope[0] != version {
		return 0, ErrEnvelope
	}
	return KeyID(binary.BigEndian.Uint16(envelope[1:])), nil
}

func seal(id KeyID, aead cipher.AEAD, random io.Reader, at Place, text string) ([]byte, error) {
	envelope := make([]byte, headerSize+nonceSize, Overhead+len(text))
	envelope[0] = version
	binary.BigEndian.PutUint16(envelope[1:], uint16(id))
	bound, err := at.bound(envelope[:headerSize])
	if err != nil {
		return nil, err
	}
	nonce := envelope[headerSize:]
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("privacy: nonce: %w", err)
	}
	return aead.Seal(envelope, nonce, []byte(text), bound), nil
}

func open(aead cipher.AEAD, at Place, envelope []byte) (string, error) {
	bound, err := at.bound(envelope[:headerSize])
	if err != nil {
		return "", err
	}
	text, err := aead.Open(nil, envelope[headerSize:headerSize+nonceSize], envelope[headerSize+nonceSize:], bound)
	if err != nil {
		return "", ErrTampered
	}
	return string(text), nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("privacy: a key has %d bytes instead of %d", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("privacy: %w", err)
	}
	return cipher.NewGCM(block)
}
