package certificates_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"os"

	"mofasa/billing/certificates"
)

// A reader who has kept the published keys checks a certificate without asking anybody. Whether it has been revoked since
// then, only the public page knows.
func ExampleVerify() {
	published := map[string]string{ // kid and x of the JWKS (RFC 8037 §2)
		"2026-11": "KO5eDOfVeh4Ojzk9e8Q6qemlksbdLt3QR_FUi_7ZdPM",
	}
	keys := func(kid string) (ed25519.PublicKey, bool) {
		key, err := base64.RawURLEncoding.DecodeString(published[kid])
		return key, err == nil && len(key) == ed25519.PublicKeySize
	}
	jws, err := os.ReadFile("testdata/document.jws")
	if err != nil {
		fmt.Println(err)
		return
	}
	doc, err := certificates.Verify(string(jws), keys)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(doc.Serial, doc.Vehicle.Plate, doc.ThroughFiscalYear, doc.TotalRial)
	// Output: 7K3Q-9XPT-2WAB-X 12ب14547 1404 11011000
}
