package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/posagent/internal/pairing"
)

func runCommand(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := command()
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// The agent enrols itself as a device of the office at the real server, whose published key then verifies its sale orders.
func TestPairWithTheServer(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	manager := s.SignIn(apitest.Manager)
	var invited struct {
		Code   string
		Device struct{ ID uuid.UUID }
	}
	manager.Must(manager.Do("POST", "/v1/devices", map[string]string{"name": "کارت‌خوان باجهٔ ۲", "kind": "terminal_agent"}), 201, &invited)
	dir := t.TempDir()
	if out, err := runCommand(t, "pair", "--state", dir, "--server", s.URL, "--code", "AAAA-AAAA-AAAA-AAAA"); err == nil || !strings.Contains(err.Error(), "device_code") {
		t.Errorf("a wrong code: %s %v", out, err)
	}
	out, err := runCommand(t, "pair", "--state", dir, "--server", s.URL, "--code", strings.ToLower(invited.Code))
	if err != nil || !strings.Contains(out, "paired: device "+invited.Device.ID.String()) {
		t.Fatalf("%s %v", out, err)
	}
	paired, key, err := pairing.Load(dir)
	if err != nil || paired.DeviceID != invited.Device.ID || paired.Server != s.URL {
		t.Fatalf("%+v %v", paired, err)
	}
	var list struct {
		Devices []struct {
			State     string
			PublicKey string `json:"public_key"`
		}
	}
	manager.Must(manager.Do("GET", "/v1/devices", nil), 200, &list)
	if shown := base64.RawURLEncoding.EncodeToString(pairing.Public(key)); len(list.Devices) != 1 || list.Devices[0].State != "enrolled" || list.Devices[0].PublicKey != shown || !strings.Contains(out, shown) {
		t.Errorf("%+v, %s", list, out)
	}
	kid, signer := s.Keys.Signer()
	o := pcpos.SaleOrder{PaymentID: uuid.New(), DeviceID: paired.DeviceID, OrderID: "1", Amount: 5_000, Expires: time.Now().Add(time.Minute)}
	token, err := pcpos.SignSaleOrder(o, kid, signer, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	keys := func(kid string) (ed25519.PublicKey, bool) {
		for _, k := range paired.Keys {
			if k.ID == kid {
				return k.Public(), true
			}
		}
		return nil, false
	}
	if _, err := pcpos.VerifySaleOrder(token, keys, paired.DeviceID, time.Now()); err != nil {
		t.Errorf("an order of this server: %v", err)
	}
}

// Where the PC cannot reach the server, what it prints enrols it by hand, and the server's key is given.
func TestPairByHand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out, err := runCommand(t, "pair", "--state", dir)
	if err != nil || !regexp.MustCompile(`^public key: [\w-]{43}\nkey id: [\w-]{16}\n$`).MatchString(out) {
		t.Fatalf("%q %v", out, err)
	}
	out, err = runCommand(t, "pair", "--state", dir, "--code", "abcd-efgh-2345-wxyz")
	_, body, found := strings.Cut(out, "enrolment: ")
	var e pairing.Enrolment
	if err != nil || !found || json.Unmarshal([]byte(body), &e) != nil {
		t.Fatalf("%q %v", out, err)
	}
	public, _ := base64.RawURLEncoding.DecodeString(e.PublicKey)
	signature, _ := base64.RawURLEncoding.DecodeString(e.Signature)
	if !ed25519.Verify(public, []byte("mofasa device enrolment v1\nABCDEFGH2345WXYZ"), signature) {
		t.Errorf("%+v is not signed as the contract says", e)
	}
	id := uuid.NewString()
	for name, args := range map[string][]string{"no id": {"--device", "x", "--server-key", e.PublicKey}, "no key": {"--device", id}, "a short key": {"--device", id, "--server-key", "AAAA"}, "plain http": {"--device", id, "--server", "http://example.ir"}} {
		if out, err := runCommand(t, append([]string{"pair", "--state", dir}, args...)...); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
	if _, err := runCommand(t, "pair", "--state", dir, "--device", id, "--server-key", e.PublicKey); err != nil {
		t.Fatal(err)
	}
	paired, _, err := pairing.Load(dir)
	if err != nil || paired.DeviceID.String() != id || paired.Keys[0].ID != pcpos.KeyID(public) {
		t.Errorf("%+v %v", paired, err)
	}
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := runCommand(t, "serve", "--state", dir, "--terminal", "127.0.0.1:1", "--origin", "https://portal.example.ir"); err == nil || !strings.Contains(err.Error(), "not paired") {
		t.Errorf("an unpaired agent: %v", err)
	}
	if _, err := runCommand(t, "pair", "--state", dir, "--device", uuid.NewString(), "--server-key", base64.RawURLEncoding.EncodeToString(serverKey().Public().(ed25519.PublicKey))); err != nil {
		t.Fatal(err)
	}
	good := map[string]string{"--state": dir, "--terminal": "127.0.0.1:1", "--origin": "https://portal.example.ir", "--listen": "127.0.0.1:0"}
	for _, bad := range [][2]string{
		{"--listen", "0.0.0.0:0"}, {"--listen", ":0"}, {"--terminal", "127.0.0.1"}, {"--terminal", ":8888"}, {"--origin", "*"}, {"--origin", "https://portal.example.ir/"},
		{"--origin", "https://Portal.example.ir"}, {"--origin", "null"},
	} {
		args := []string{"serve"}
		for flag, value := range good {
			if flag == bad[0] {
				value = bad[1]
			}
			args = append(args, flag, value)
		}
		if _, err := runCommand(t, args...); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
}
