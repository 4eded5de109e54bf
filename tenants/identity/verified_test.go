package identity

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

func freshKeyring(t *testing.T) *Keyring {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := EncodeKey(key)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := NewKeyring(body)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// TestVerifiedTokensEnd parses a token twice, the second time from memory, and then at every moment and under every ring at which it is worth nothing.
func TestVerifiedTokensEnd(t *testing.T) {
	t.Parallel()
	keys, now := freshKeyring(t), time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	claims := Claims{PersonID: uuid.New(), SessionID: uuid.New(), Home: Home{Kind: AtPlatform}}
	token, expires, err := SignToken(keys, claims, now)
	if err != nil {
		t.Fatal(err)
	}
	wantClaims := func(what string, at time.Time, want bool) {
		t.Helper()
		got, err := ParseToken(keys, token, at)
		if want && (err != nil || got != claims) || !want && !errors.Is(err, ErrToken) {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	wantClaims("at first", now, true)
	if _, known := keys.ring.Load().verified.find(idOf(token), now); !known {
		t.Fatal("it is not remembered")
	}
	wantClaims("a minute later", now.Add(time.Minute), true)
	keys.ring.Load().verified.keep(idOf("remembered"), verifiedToken{claims: claims, until: expires})
	if got, err := ParseToken(keys, "remembered", now); err != nil || got != claims {
		t.Errorf("what is remembered is checked again: %+v, %v", got, err)
	}
	wantClaims("at its end", expires, false)
	wantClaims("after its end", expires.Add(time.Hour), false)
	wantClaims("just before its end", expires.Add(-time.Millisecond), true)
	if _, err := ParseToken(keys, token[:len(token)-2]+"xx", now); !errors.Is(err, ErrToken) {
		t.Errorf("beside a remembered token: %v", err)
	}
	keys.Replace(freshKeyring(t))
	wantClaims("signed by a key that is gone", now, false)
}

func TestVerifiedTokensBegin(t *testing.T) {
	t.Parallel()
	keys, now := freshKeyring(t), time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	kid, key := keys.Signer()
	later := jwt.NewWithClaims(jwt.SigningMethodEdDSA, tokenClaims{Home: AtPlatform, RegisteredClaims: jwt.RegisteredClaims{Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: uuid.NewString(),
		NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(time.Minute))}})
	later.Header["kid"] = kid
	token, err := later.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	for i, good := range []bool{false, true, false, true} {
		at := now.Add(time.Duration(i%2-1) * time.Second)
		if _, err := ParseToken(keys, token, at); (err == nil) != good {
			t.Errorf("%d: at %s: %v", i, at, err)
		}
	}
}

func TestVerifiedTokensAreBounded(t *testing.T) {
	t.Parallel()
	var v verified
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for i := range 2*maxVerified + 10 {
		id := idOf(fmt.Sprint(i))
		v.keep(id, verifiedToken{until: now.Add(time.Minute)})
		if _, known := v.find(id, now); !known || len(v.tokens) > maxVerified {
			t.Fatalf("%d: %t, %d", i, known, len(v.tokens))
		}
	}
}
