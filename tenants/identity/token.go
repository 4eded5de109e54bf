package identity

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// TokenLife is how long an access token is good for.
const TokenLife = 15 * time.Minute

const (
	issuer   = "mofasa"
	audience = "mofasa-api"
)

type tokenClaims struct {
	Home         HomeKind  `json:"home"`
	Office       uuid.UUID `json:"office,omitzero"`
	Municipality int       `json:"municipality,omitzero"`
	Session      uuid.UUID `json:"sid,omitzero"`
	Client       bool      `json:"client,omitzero"` // the subject is an API client
	jwt.RegisteredClaims
}

// SignToken makes an access token (JWT, EdDSA, RFC 8037) that is good from now for TokenLife.
func SignToken(keys *Keyring, c Claims, now time.Time) (token string, expires time.Time, err error) {
	kid, key := keys.Signer()
	expires = now.Add(TokenLife).Truncate(time.Second)
	subject := c.PersonID
	if c.ClientID != uuid.Nil {
		subject = c.ClientID
	}
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, tokenClaims{Home: c.Home.Kind, Office: c.OfficeID, Municipality: c.MunicipalityID, Session: c.SessionID, Client: c.ClientID != uuid.Nil, RegisteredClaims: jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: subject.String(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
	}})
	t.Header["kid"] = kid
	token, err = t.SignedString(key)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("sign token: %w", err)
	}
	return token, expires, nil
}

// ParseToken checks signature, issuer, audience, time and that the token names somebody and a home; every failure is ErrToken.
func ParseToken(keys *Keyring, token string, now time.Time) (Claims, error) {
	ring, id := keys.ring.Load(), idOf(token)
	if claims, known := ring.verified.find(id, now); known {
		return claims, nil
	}
	var c tokenClaims
	_, err := jwt.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if key, ok := ring.find(kid); ok {
			return key, nil
		}
		return nil, errors.New("unknown key")
	}, jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return Claims{}, ErrToken.Because(err)
	}
	claims, err := c.claims()
	if err != nil {
		return Claims{}, ErrToken.Because(err)
	}
	ring.verified.keep(id, c.good(claims))
	return claims, nil
}

// good is when a token whose signature is good says that it is.
func (c tokenClaims) good(claims Claims) verifiedToken {
	t := verifiedToken{claims: claims, until: c.ExpiresAt.Time}
	if c.NotBefore != nil {
		t.from = c.NotBefore.Time
	}
	return t
}

// claims reads what a token of a good signature says. A client has no session, and whoever is in one is a person.
func (c tokenClaims) claims() (Claims, error) {
	subject, err := uuid.Parse(c.Subject)
	claims := Claims{PersonID: subject, SessionID: c.Session, Home: Home{Kind: c.Home, OfficeID: c.Office, MunicipalityID: c.Municipality}}
	if c.Client {
		claims.PersonID, claims.ClientID = uuid.Nil, subject
	}
	switch {
	case err != nil:
		return Claims{}, err
	case subject == uuid.Nil:
		return Claims{}, errors.New("no subject")
	case !claims.whole():
		return Claims{}, errors.New("no home")
	case c.Client && c.Session != uuid.Nil:
		return Claims{}, errors.New("a client in a session")
	}
	return claims, nil
}
