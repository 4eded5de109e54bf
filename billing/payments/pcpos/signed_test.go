package pcpos_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"mofasa/billing/payments/pcpos"
	"mofasa/tenants/fault"
)

// keyOf is a key that a test can have again.
func keyOf(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
}

var now = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func server(kid string) (ed25519.PublicKey, bool) {
	return keyOf('s').Public().(ed25519.PublicKey), kid == "server"
}

func order() pcpos.SaleOrder {
	return pcpos.SaleOrder{PaymentID: uuid.MustParse("01936d5e-0000-7000-8000-000000000001"), DeviceID: uuid.MustParse("01936d5e-0000-7000-8000-000000000002"),
		OrderID: "14050829000123", Amount: 3_720_000, Terminal: "C0000301", Expires: now.Add(5 * time.Minute),
		Accounts: []pcpos.Account{{Type: pcpos.IBANRow, IBAN: firstIBAN, Amount: 3_500_000}, {Type: pcpos.IBANRow, IBAN: secondIBAN, Amount: 220_000}}}
}

func TestSaleOrders(t *testing.T) {
	t.Parallel()
	o := order()
	token := ok[string](t)(pcpos.SignSaleOrder(o, "server", keyOf('s'), now))
	back := ok[pcpos.SaleOrder](t)(pcpos.VerifySaleOrder(token, server, o.DeviceID, now))
	if one, two := asJSON(t, o), asJSON(t, back); one != two {
		t.Errorf("%s becomes %s", one, two)
	}
	ok[pcpos.SaleOrder](t)(pcpos.VerifySaleOrder(token, server, o.DeviceID, now.Add(5*time.Minute+59*time.Second)))
	ok[pcpos.SaleOrder](t)(pcpos.VerifySaleOrder(signedAs(t, "mofasa-sale-order+jwt", pcpos.Issuer), server, o.DeviceID, now))
	for name, err := range map[string]error{
		"another device":       second1(pcpos.VerifySaleOrder(token, server, uuid.New(), now)),
		"expired":              second1(pcpos.VerifySaleOrder(token, server, o.DeviceID, now.Add(6*time.Minute+time.Second))),
		"from the future":      second1(pcpos.VerifySaleOrder(token, server, o.DeviceID, now.Add(-time.Hour))),
		"an unknown key":       second1(pcpos.VerifySaleOrder(token, func(string) (ed25519.PublicKey, bool) { return nil, false }, o.DeviceID, now)),
		"another key":          second1(pcpos.VerifySaleOrder(ok[string](t)(pcpos.SignSaleOrder(o, "server", keyOf('x'), now)), server, o.DeviceID, now)),
		"another amount":       second1(pcpos.VerifySaleOrder(bent(t, token, "3720000", "3720001"), server, o.DeviceID, now)),
		"another account":      second1(pcpos.VerifySaleOrder(bent(t, token, firstIBAN, secondIBAN), server, o.DeviceID, now)),
		"no signature":         second1(pcpos.VerifySaleOrder(token[:strings.LastIndex(token, ".")+1], server, o.DeviceID, now)),
		"alg none":             second1(pcpos.VerifySaleOrder(unsigned(token), server, o.DeviceID, now)),
		"a release":            second1(pcpos.VerifySaleOrder(ok[string](t)(pcpos.SignRelease(pcpos.Release{PaymentID: o.PaymentID, DeviceID: o.DeviceID, Expires: o.Expires}, "server", keyOf('s'), now)), server, o.DeviceID, now)),
		"another issuer":       second1(pcpos.VerifySaleOrder(signedAs(t, "mofasa-sale-order+jwt", "someone"), server, o.DeviceID, now)),
		"an access token":      second1(pcpos.VerifySaleOrder(signedAs(t, "JWT", pcpos.Issuer), server, o.DeviceID, now)),
		"an amount of nothing": second1(pcpos.VerifySaleOrder(resignedBy(t, 's', token, `"amount_rial":3720000`, `"amount_rial":0`), server, o.DeviceID, now)),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, spoil := range map[string]func(*pcpos.SaleOrder){
		"no payment": func(o *pcpos.SaleOrder) { o.PaymentID = uuid.Nil }, "no device": func(o *pcpos.SaleOrder) { o.DeviceID = uuid.Nil },
		"for ever": func(o *pcpos.SaleOrder) { o.Expires = time.Time{} }, "a rial more": func(o *pcpos.SaleOrder) { o.Amount++ }, "no order number": func(o *pcpos.SaleOrder) { o.OrderID = "" },
	} {
		wrong := order()
		spoil(&wrong)
		if _, err := pcpos.SignSaleOrder(wrong, "server", keyOf('s'), now); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

func TestReleases(t *testing.T) {
	t.Parallel()
	o := order()
	token := ok[string](t)(pcpos.SignRelease(pcpos.Release{PaymentID: o.PaymentID, DeviceID: o.DeviceID, Expires: o.Expires}, "server", keyOf('s'), now))
	want(t, "payment", ok[uuid.UUID](t)(pcpos.VerifyRelease(token, server, o.DeviceID, now)), o.PaymentID)
	sale := ok[string](t)(pcpos.SignSaleOrder(o, "server", keyOf('s'), now))
	for name, err := range map[string]error{
		"a sale order":   second1(pcpos.VerifyRelease(sale, server, o.DeviceID, now)),
		"another device": second1(pcpos.VerifyRelease(token, server, uuid.New(), now)),
		"expired":        second1(pcpos.VerifyRelease(token, server, o.DeviceID, o.Expires.Add(2*time.Minute))),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func approved() pcpos.Outcome {
	o := order()
	return pcpos.Outcome{PaymentID: o.PaymentID, DeviceID: o.DeviceID, OrderID: o.OrderID, Amount: o.Amount, State: pcpos.StateApproved, Charged: o.Amount, Terminal: "C0000301", RRN: "432109876543",
		TransactionNo: "001201", MaskedPAN: "603799******0014", Code: "00", PaidAt: paidAt(10, 15, 42), Evidence: pcpos.ByResponse, At: now}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	device := keyOf('d').Public().(ed25519.PublicKey)
	o := approved()
	token := ok[string](t)(pcpos.SignOutcome(o, keyOf('d')))
	back := ok[pcpos.Outcome](t)(pcpos.VerifyOutcome(token, device))
	o.KeyID = pcpos.KeyID(device)
	want(t, "outcome", back, o)
	if err := back.Matches(order()); err != nil {
		t.Error(err)
	}
	sale := ok[string](t)(pcpos.SignSaleOrder(order(), pcpos.KeyID(device), keyOf('d'), now))
	for name, err := range map[string]error{
		"another device":  second1(pcpos.VerifyOutcome(token, keyOf('x').Public().(ed25519.PublicKey))),
		"no key":          second1(pcpos.VerifyOutcome(token, nil)),
		"another amount":  second1(pcpos.VerifyOutcome(bent(t, token, "3720000", "3720001"), device)),
		"another payment": second1(pcpos.VerifyOutcome(bent(t, token, "0000-7000", "0000-7001"), device)),
		"a sale order":    second1(pcpos.VerifyOutcome(sale, device)),
		"nothing":         second1(pcpos.VerifyOutcome("", device)),
	} {
		if !errors.Is(err, pcpos.ErrOutcome) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An outcome that contradicts itself is neither signed nor, when something else signed it, believed.
func TestOutcomesHoldTogether(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*pcpos.Outcome){
		"approved with another amount":  func(o *pcpos.Outcome) { o.Charged-- },
		"approved without a reference":  func(o *pcpos.Outcome) { o.RRN = "" },
		"approved with a code":          func(o *pcpos.Outcome) { o.Code = "51" },
		"declined with money":           func(o *pcpos.Outcome) { o.State, o.Code, o.RRN = pcpos.StateDeclined, "51", "" },
		"declined with a reference":     func(o *pcpos.Outcome) { o.State, o.Code, o.Charged = pcpos.StateDeclined, "51", 0 },
		"declined with the code of 00":  func(o *pcpos.Outcome) { o.State, o.RRN, o.Charged = pcpos.StateDeclined, "", 0 },
		"unknown with money":            func(o *pcpos.Outcome) { o.State = pcpos.StateUnknown },
		"another state":                 func(o *pcpos.Outcome) { o.State = "paid" },
		"a whole card number":           func(o *pcpos.Outcome) { o.MaskedPAN = "6037990000000014" },
		"no time":                       func(o *pcpos.Outcome) { o.At = time.Time{} },
		"no evidence":                   func(o *pcpos.Outcome) { o.Evidence = "" },
		"a mismatch without an amount":  func(o *pcpos.Outcome) { o.State, o.Charged = pcpos.StateMismatch, 0 },
		"an approval of a short number": func(o *pcpos.Outcome) { o.RRN = "1" },
	} {
		o := approved()
		spoil(&o)
		if _, err := pcpos.SignOutcome(o, keyOf('d')); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
	forged := resigned(t, ok[string](t)(pcpos.SignOutcome(approved(), keyOf('d'))), "432109876543", "43210987654")
	if _, err := pcpos.VerifyOutcome(forged, keyOf('d').Public().(ed25519.PublicKey)); !errors.Is(err, pcpos.ErrOutcome) {
		t.Errorf("a short reference under a good signature: %v", err)
	}
	ok[pcpos.Outcome](t)(pcpos.VerifyOutcome(resigned(t, ok[string](t)(pcpos.SignOutcome(approved(), keyOf('d'))), "432109876543", "432109876544"), keyOf('d').Public().(ed25519.PublicKey)))
}

func TestOutcomesBelongToTheirOrder(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*pcpos.SaleOrder){
		"payment_id": func(o *pcpos.SaleOrder) { o.PaymentID = uuid.New() }, "device_id": func(o *pcpos.SaleOrder) { o.DeviceID = uuid.New() },
		"order_id": func(o *pcpos.SaleOrder) { o.OrderID = "1" }, "amount_rial": func(o *pcpos.SaleOrder) { o.Amount++ }, "terminal": func(o *pcpos.SaleOrder) { o.Terminal = "C0000302" },
	} {
		o := order()
		change(&o)
		f := fault.Of(approved().Matches(o))
		if f == nil || f.Code != "pos_outcome" || f.Fields[0].Name != field {
			t.Errorf("%s: %v", field, f)
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	return string(ok[[]byte](t)(json.Marshal(v)))
}

func edited(t *testing.T, token, before, after string) (head, payload string) {
	t.Helper()
	parts := strings.Split(token, ".")
	body := string(ok[[]byte](t)(base64.RawURLEncoding.DecodeString(parts[1])))
	if !strings.Contains(body, before) {
		t.Fatalf("%s is not in %s", before, body)
	}
	return parts[0], base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(body, before, after, 1)))
}

// bent changes the payload and keeps the signature.
func bent(t *testing.T, token, before, after string) string {
	t.Helper()
	head, payload := edited(t, token, before, after)
	return head + "." + payload + token[strings.LastIndex(token, "."):]
}

// resigned changes the payload and signs it anew with the device's key.
func resigned(t *testing.T, token, before, after string) string {
	t.Helper()
	return resignedBy(t, 'd', token, before, after)
}

func resignedBy(t *testing.T, signer byte, token, before, after string) string {
	t.Helper()
	head, payload := edited(t, token, before, after)
	return head + "." + payload + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(keyOf(signer), []byte(head+"."+payload)))
}

// unsigned says that it needs no signature.
func unsigned(token string) string {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"server","typ":"mofasa-sale-order+jwt"}`))
	return head + "." + strings.Split(token, ".")[1] + "."
}

// signedAs is a whole order under the server's key, in another name or of another type.
func signedAs(t *testing.T, kind, issuer string) string {
	t.Helper()
	o := order()
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{"iss": issuer, "aud": []string{o.DeviceID.String()}, "sub": o.PaymentID.String(), "iat": now.Unix(), "exp": o.Expires.Unix(),
		"order_id": o.OrderID, "amount_rial": o.Amount})
	token.Header["kid"], token.Header["typ"] = "server", kind
	return ok[string](t)(token.SignedString(keyOf('s')))
}
