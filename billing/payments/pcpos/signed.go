package pcpos

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"mofasa/billing/money"
)

// Issuer is the server's name in what it signs for a device; a device signs in its own.
const Issuer = "mofasa"

// The types of signed words (RFC 7515 §4.1.9): none of them passes for another, nor for an access token.
const (
	orderType   = "mofasa-sale-order+jwt"
	releaseType = "mofasa-sale-release+jwt"
	outcomeType = "mofasa-pos-outcome+jwt"
)

// Leeway is how far the clock of an office's PC may be off.
const Leeway = time.Minute

// SaleOrder is the server's word that a terminal is to take one amount for one payment. It is what keeps a page, or whoever sits before it, from choosing the amount.
type SaleOrder struct {
	PaymentID uuid.UUID  // the attempt, stored by the server before the order is signed
	DeviceID  uuid.UUID  // the one agent that may carry it out
	OrderID   string     // 1 to 20 digits, never used twice: the key of the search after a cut
	Amount    money.Rial // MinAmount to MaxAmount
	Accounts  []Account  // sum to exactly Amount; empty: the terminal's own account
	Terminal  string     // number of the terminal that must take it; empty: whichever is attached
	Expires   time.Time  // after which the sale may not begin
	Issued    time.Time  `json:"-"` // set by verification alone
}

// Keys finds a verification key by its id.
type Keys func(kid string) (ed25519.PublicKey, bool)

type orderClaims struct {
	OrderID  string     `json:"order_id"`
	Amount   money.Rial `json:"amount_rial"`
	Accounts []Account  `json:"accounts,omitempty"`
	Terminal string     `json:"terminal,omitempty"`
	jwt.RegisteredClaims
}

var (
	errClaims = errors.New("pcpos: signed word is incomplete")
	errType   = errors.New("pcpos: signed word of another type")
	errNoKey  = errors.New("pcpos: signed by an unknown key")
)

// ErrNotExpired says that a sale may still begin by an order.
var ErrNotExpired = errors.New("pcpos: the order has not expired")

// Check refuses an order that no terminal could carry out (ErrData), or that names no payment or device.
func (o SaleOrder) Check() error {
	if o.PaymentID == uuid.Nil || o.DeviceID == uuid.Nil || o.Expires.IsZero() {
		return errClaims
	}
	_, err := o.Sale().Request()
	return err
}

// Sale is the order as the terminal hears it.
func (o SaleOrder) Sale() Sale {
	return Sale{Amount: o.Amount, OrderID: o.OrderID, Accounts: o.Accounts}
}

// SignSaleOrder makes the compact JWS (EdDSA, RFC 8037) with the server's token key; the time is in whole seconds. It fails for an order that Check refuses.
func SignSaleOrder(o SaleOrder, kid string, key ed25519.PrivateKey, now time.Time) (string, error) {
	if err := o.Check(); err != nil {
		return "", err
	}
	return sign(orderType, kid, key, orderClaims{OrderID: o.OrderID, Amount: o.Amount, Accounts: o.Accounts, Terminal: o.Terminal, RegisteredClaims: o.registered(now)})
}

func (o SaleOrder) registered(now time.Time) jwt.RegisteredClaims {
	return jwt.RegisteredClaims{Issuer: Issuer, Audience: jwt.ClaimStrings{o.DeviceID.String()}, Subject: o.PaymentID.String(), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(o.Expires)}
}

// VerifySaleOrder checks type, signature, issuer, that the order is for this device, that it has not expired, and that a terminal can carry it out.
func VerifySaleOrder(token string, keys Keys, device uuid.UUID, now time.Time) (SaleOrder, error) {
	return verifyOrder(token, keys, device, serverOptions(device, now))
}

// VerifyExpiredOrder checks the same of an order by which no sale can begin any more, whatever the clock of the device that verifies it: it has expired longer than Leeway
// ago. ErrNotExpired for one that has not.
func VerifyExpiredOrder(token string, keys Keys, device uuid.UUID, now time.Time) (SaleOrder, error) {
	const ever = 100 * 365 * 24 * time.Hour
	o, err := verifyOrder(token, keys, device, append(serverOptions(device, now), jwt.WithLeeway(ever)))
	if err == nil && !now.After(o.Expires.Add(Leeway)) {
		return SaleOrder{}, ErrNotExpired
	}
	return o, err
}

func verifyOrder(token string, keys Keys, device uuid.UUID, options []jwt.ParserOption) (SaleOrder, error) {
	var c orderClaims
	if err := verify(token, orderType, keys, &c, options...); err != nil {
		return SaleOrder{}, err
	}
	payment, err := uuid.Parse(c.Subject)
	if err != nil || c.IssuedAt == nil {
		return SaleOrder{}, errClaims
	}
	o := SaleOrder{PaymentID: payment, DeviceID: device, OrderID: c.OrderID, Amount: c.Amount, Accounts: c.Accounts, Terminal: c.Terminal, Expires: c.ExpiresAt.UTC(),
		Issued: c.IssuedAt.UTC()}
	return o, o.Check()
}

// Release is the server's word that an unknown attempt has been settled elsewhere (the provider's report, or a person), so that its terminal may sell again.
type Release struct {
	PaymentID uuid.UUID
	DeviceID  uuid.UUID
	Expires   time.Time
}

// SignRelease makes the compact JWS (EdDSA, RFC 8037) with the server's token key. It fails where payment or device is missing.
func SignRelease(r Release, kid string, key ed25519.PrivateKey, now time.Time) (string, error) {
	if r.PaymentID == uuid.Nil || r.DeviceID == uuid.Nil || r.Expires.IsZero() {
		return "", errClaims
	}
	return sign(releaseType, kid, key, SaleOrder{PaymentID: r.PaymentID, DeviceID: r.DeviceID, Expires: r.Expires}.registered(now))
}

// VerifyRelease gives the payment that a release of this device frees.
func VerifyRelease(token string, keys Keys, device uuid.UUID, now time.Time) (uuid.UUID, error) {
	var c jwt.RegisteredClaims
	if err := verify(token, releaseType, keys, &c, serverOptions(device, now)...); err != nil {
		return uuid.Nil, err
	}
	payment, err := uuid.Parse(c.Subject)
	if err != nil || payment == uuid.Nil {
		return uuid.Nil, errClaims
	}
	return payment, nil
}

func serverOptions(device uuid.UUID, now time.Time) []jwt.ParserOption {
	return []jwt.ParserOption{jwt.WithIssuer(Issuer), jwt.WithAudience(device.String()), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(Leeway),
		jwt.WithTimeFunc(func() time.Time { return now })}
}

func sign(kind, kid string, key ed25519.PrivateKey, claims jwt.Claims) (string, error) {
	if len(key) != ed25519.PrivateKeySize || kid == "" {
		return "", errNoKey
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["kid"], token.Header["typ"] = kid, kind
	signed, err := token.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("pcpos: sign: %w", err)
	}
	return signed, nil
}

func verify(token, kind string, keys Keys, into jwt.Claims, options ...jwt.ParserOption) error {
	options = append(options, jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithStrictDecoding())
	_, err := jwt.ParseWithClaims(token, into, func(t *jwt.Token) (any, error) {
		if t.Header["typ"] != kind {
			return nil, errType
		}
		kid, _ := t.Header["kid"].(string)
		if key, ok := keys(kid); ok && len(key) == ed25519.PublicKeySize {
			return key, nil
		}
		return nil, errNoKey
	}, options...)
	return err
}

// KeyID is the JWK thumbprint (RFC 7638, RFC 8037 §2) of a public key, shortened to 16 characters.
func KeyID(public ed25519.PublicKey) string {
	x := base64.RawURLEncoding.EncodeToString(public)
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:16]
}
