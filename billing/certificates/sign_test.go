package certificates

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const testKID = "2026-11"

// published is a key set of one key, and counts nothing else as known.
func published(kid string) (ed25519.PublicKey, bool) {
	_, public := testKey(testKID)
	return public, kid == testKID
}

func signedSpecimen(t testing.TB, rows int) string {
	t.Helper()
	key, _ := testKey(testKID)
	jws, err := Sign(specimen(rows), key)
	return must(t, jws, err)
}

func TestSignIsStable(t *testing.T) {
	t.Parallel()
	jws := signedSpecimen(t, 2)
	golden(t, "document.jws", []byte(jws))
	doc, err := Verify(jws, published)
	if got := must(t, doc, err); !reflect.DeepEqual(got, specimen(2)) {
		t.Errorf("verified document %+v", got)
	}
}

// An outsider needs no code of ours: RFC 7515 §5.2 and RFC 8032 suffice.
func TestSignedDocumentFollowsTheStandards(t *testing.T) {
	t.Parallel()
	_, public := testKey(testKID)
	jws := signedSpecimen(t, 2)
	cut := strings.LastIndex(jws, ".")
	signature, err := base64.RawURLEncoding.DecodeString(jws[cut+1:])
	if !ed25519.Verify(public, []byte(jws[:cut]), must(t, signature, err)) {
		t.Error("the signature does not cover header and payload")
	}
	head, payload, _ := strings.Cut(jws[:cut], ".")
	decoded, err := base64.RawURLEncoding.DecodeString(head)
	if got := string(must(t, decoded, err)); got != `{"alg":"EdDSA","kid":"2026-11","typ":"mofasa-clearance+jws"}` {
		t.Errorf("header %s", got)
	}
	decoded, err = base64.RawURLEncoding.DecodeString(payload)
	golden(t, "document.json", must(t, decoded, err))
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	key, _ := testKey(testKID)
	invalid := specimen(1)
	invalid.TotalRial++
	tests := map[string]struct {
		doc Document
		key Key
	}{
		"invalid document": {invalid, key},
		"no key":           {specimen(1), Key{ID: testKID}},
		"no key id":        {specimen(1), Key{Private: key.Private}},
		"public key":       {specimen(1), Key{ID: testKID, Private: key.Private[:32]}},
	}
	for name, test := range tests {
		if jws, err := Sign(test.doc, test.key); err == nil {
			t.Errorf("%s: signed as %s", name, jws)
		}
	}
}

func TestSignVerifyRoundTrip(t *testing.T) {
	t.Parallel()
	key, _ := testKey(testKID)
	rapid.Check(t, func(t *rapid.T) {
		d := documents(t)
		jws, err := Sign(d, key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Verify(jws, published)
		if err != nil || !reflect.DeepEqual(got, d) {
			t.Fatalf("%+v verified as %+v: %v", d, got, err)
		}
	})
}

func TestVerifyRefusesEveryFlippedBit(t *testing.T) {
	t.Parallel()
	jws := signedSpecimen(t, 1)
	for i := range len(jws) {
		for bit := range 8 {
			changed := []byte(jws)
			changed[i] ^= 1 << bit
			_, err := Verify(string(changed), published)
			if !errors.Is(err, errSignature) && !errors.Is(err, errUnknownKey) {
				t.Fatalf("bit %d of byte %d (%q): %v", bit, i, changed[i], err)
			}
		}
	}
}

func TestVerifyRefusesEveryDeletionAndInsertion(t *testing.T) {
	t.Parallel()
	jws := signedSpecimen(t, 1)
	for i := range len(jws) + 1 {
		texts := []string{jws[:i]}
		if i == len(jws) {
			texts = nil
		} else {
			texts = append(texts, jws[:i]+jws[i+1:])
		}
		for _, added := range []string{"\n", "\r", "=", " ", ".", "A"} {
			texts = append(texts, jws[:i]+added+jws[i:])
		}
		for _, text := range texts {
			if _, err := Verify(text, published); err == nil {
				t.Fatalf("accepted with a change at %d: %q", i, text)
			}
		}
	}
}

// These texts carry a true signature of the published key, and still are no certificates.
func TestVerifyPinsHeaderAndPayload(t *testing.T) {
	t.Parallel()
	const goodHead = `{"alg":"EdDSA","kid":"2026-11","typ":"mofasa-clearance+jws"}`
	raw, err := specimen(1).Canonical()
	goodBody := string(must(t, raw, err))
	tests := map[string]struct{ head, body, code string }{
		"as signed":           {goodHead, goodBody, ""},
		"no algorithm":        {`{"alg":"none","kid":"2026-11","typ":"mofasa-clearance+jws"}`, goodBody, "certificate_signature"},
		"symmetric algorithm": {`{"alg":"HS256","kid":"2026-11","typ":"mofasa-clearance+jws"}`, goodBody, "certificate_signature"},
		"another type":        {`{"alg":"EdDSA","kid":"2026-11","typ":"JWT"}`, goodBody, "certificate_signature"},
		"no type":             {`{"alg":"EdDSA","kid":"2026-11"}`, goodBody, "certificate_signature"},
		"no key id":           {`{"alg":"EdDSA","kid":"","typ":"mofasa-clearance+jws"}`, goodBody, "certificate_signature"},
		"unknown key":         {`{"alg":"EdDSA","kid":"2025-01","typ":"mofasa-clearance+jws"}`, goodBody, "certificate_unknown_key"},
		"header order":        {`{"kid":"2026-11","alg":"EdDSA","typ":"mofasa-clearance+jws"}`, goodBody, "certificate_signature"},
		"critical extension":  {`{"alg":"EdDSA","kid":"2026-11","typ":"mofasa-clearance+jws","crit":["b64"],"b64":false}`, goodBody, "certificate_signature"},
		"embedded key":        {`{"alg":"EdDSA","jwk":{},"kid":"2026-11","typ":"mofasa-clearance+jws"}`, goodBody, "certificate_signature"},
		"repeated key id":     {`{"alg":"EdDSA","kid":"x","kid":"2026-11","typ":"mofasa-clearance+jws"}`, goodBody, "certificate_signature"},
		"header not JSON":     {`alg`, goodBody, "certificate_signature"},
		"payload not JSON":    {goodHead, `serial`, "certificate_signature"},
		"unknown field":       {goodHead, strings.Replace(goodBody, `{"serial"`, `{"x":1,"serial"`, 1), "certificate_signature"},
		"white space":         {goodHead, goodBody + "\n", "certificate_signature"},
	}
	for name, test := range tests {
		_, err := Verify(signRaw(test.head, test.body), published)
		if test.code == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		wantFault(t, err, test.code)
	}
}

// signRaw signs any header and payload as a JWS.
func signRaw(head, body string) string {
	key, _ := testKey(testKID)
	text := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString([]byte(body))
	return text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key.Private, []byte(text)))
}

func TestVerifyRefusesAnotherKeyUnderTheSameID(t *testing.T) {
	t.Parallel()
	other := ed25519.NewKeyFromSeed([]byte("mofasa certificates test key 002")).Public().(ed25519.PublicKey)
	keys := map[string]ed25519.PublicKey{"another": other, "empty": nil, "short": other[:31]}
	for name, public := range keys {
		_, err := Verify(signedSpecimen(t, 1), func(string) (ed25519.PublicKey, bool) { return public, true })
		if !errors.Is(err, errSignature) {
			t.Errorf("%s key: %v", name, err)
		}
	}
}

func TestKeyDoesNotPrintItsPrivateHalf(t *testing.T) {
	t.Parallel()
	key, _ := testKey(testKID)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, key); got != testKID {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

func TestProof(t *testing.T) {
	t.Parallel()
	// SHA-256 of "abc" (FIPS 180-4, example B.1) begins ba7816bf 8f01cfea 414140de.
	if got := Proof("abc"); got != "ungWv48Bz-pBQUDe" {
		t.Errorf("Proof(abc) = %s", got)
	}
	jws := signedSpecimen(t, 1)
	sum := sha256.Sum256([]byte(jws))
	decoded, err := base64.RawURLEncoding.DecodeString(Proof(jws))
	if got := must(t, decoded, err); string(got) != string(sum[:12]) {
		t.Errorf("proof %x of digest %x", got, sum)
	}
}

func TestVerifyURL(t *testing.T) {
	t.Parallel()
	const want = "https://mofasa.example/v/7K3Q-9XPT-2WAB-X/ungWv48Bz-pBQUDe"
	for _, base := range []string{"https://mofasa.example", "https://mofasa.example/"} {
		if got := VerifyURL(base, specimenSerial, "ungWv48Bz-pBQUDe"); got != want {
			t.Errorf("VerifyURL(%s) = %s", base, got)
		}
	}
}

func FuzzVerify(f *testing.F) {
	genuine := signedSpecimen(f, 2)
	head, rest, _ := strings.Cut(genuine, ".")
	for _, seed := range []string{genuine, "", "..", head + "..", head + "." + rest + ".", "\n" + genuine} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, jws string) {
		doc, err := Verify(jws, published)
		if (err == nil) != (jws == genuine) {
			t.Fatalf("%q: %v", jws, err)
		}
		if err != nil && !errors.Is(err, errSignature) && !errors.Is(err, errUnknownKey) {
			t.Fatalf("%q: no fault: %v", jws, err)
		}
		if err == nil && !reflect.DeepEqual(doc, specimen(2)) {
			t.Fatalf("document %+v", doc)
		}
	})
}
