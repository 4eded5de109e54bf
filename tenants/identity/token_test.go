package identity_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"mofasa/tenants/identity"
)

var (
	officeID = uuid.MustParse("0198a000-0000-7000-8000-000000000001")
	personID = uuid.MustParse("0198a000-0000-7000-8000-000000000002")
	now      = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

func newKeys(t testing.TB) *identity.Keyring {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	body, err := identity.EncodeKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := identity.NewKeyring(body)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestTokenCarriesTheHome(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	for _, home := range []identity.Home{
		{Kind: identity.AtOffice, OfficeID: officeID, MunicipalityID: 520},
		{Kind: identity.AtMunicipality, MunicipalityID: 122},
		{Kind: identity.AtPlatform},
	} {
		claims := identity.Claims{PersonID: personID, Home: home}
		token, expires, err := identity.SignToken(keys, claims, now)
		if err != nil || !expires.Equal(now.Add(identity.TokenLife)) {
			t.Fatalf("%v, expires %s", err, expires)
		}
		if got, err := identity.ParseToken(keys, token, now.Add(identity.TokenLife-time.Second)); err != nil || got != claims {
			t.Errorf("%+v comes back as %+v, %v", claims, got, err)
		}
		if _, err := identity.ParseToken(keys, token, now.Add(identity.TokenLife)); !errors.Is(err, identity.ErrToken) {
			t.Errorf("an expired token: %v", err)
		}
		if _, err := identity.ParseToken(newKeys(t), token, now); !errors.Is(err, identity.ErrToken) {
			t.Errorf("a token of other keys: %v", err)
		}
	}
}

// A token of ours whose home is missing or contradicts itself names nobody; least of all somebody of the platform.
func TestTokenWithoutAWholeHome(t *testing.T) {
	t.Parallel()
	keys := newKeys(t)
	for name, c := range map[string]struct {
		home map[string]any
		good bool
	}{
		"platform":                {map[string]any{"home": "platform"}, true},
		"no home":                 {map[string]any{}, false},
		"no kind":                 {map[string]any{"office": officeID, "municipality": 520}, false},
		"unknown kind":            {map[string]any{"home": "nation"}, false},
		"office without one":      {map[string]any{"home": "office", "municipality": 520}, false},
		"city without one":        {map[string]any{"home": "municipality"}, false},
		"city below zero":         {map[string]any{"home": "municipality", "municipality": -1}, false},
		"city with an office":     {map[string]any{"home": "municipality", "municipality": 122, "office": officeID}, false},
		"platform with a city":    {map[string]any{"home": "platform", "municipality": 122}, false},
		"platform with an office": {map[string]any{"home": "platform", "office": officeID}, false},
	} {
		claims := jwt.MapClaims{"iss": "mofasa", "aud": "mofasa-api", "sub": personID, "exp": now.Add(time.Minute).Unix()}
		for name, value := range c.home {
			claims[name] = value
		}
		kid, key := keys.Signer()
		token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
		token.Header["kid"] = kid
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := identity.ParseToken(keys, signed, now)
		if c.good != (err == nil) || err != nil && !errors.Is(err, identity.ErrToken) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
