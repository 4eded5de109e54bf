package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mofasa/api/apitest"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

var waitsLine = regexp.MustCompile(`waits    mofasa approvals decide (\S+) --verdict approve\n$`)

// TestGatewaysFromTheCommandLine opens a city's terminal by two people, lists and closes it, and seals its secrets anew.
func TestGatewaysFromTheCommandLine(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	keys := func() (*privacy.Keyring, error) { return app.LoadKeyring(c.keys) }
	as := func(username string, args ...string) []string {
		return append(args, "--user", username, "--password-file", "-")
	}
	run := func(username string, args ...string) (string, error) {
		return c.execute(newTerminalsCommand(terminals{open: c.opener(), keys: keys}), apitest.Password, as(username, args...))
	}
	if out, err := c.people(apitest.Password+"\n"+identitytest.NationalID("second.operator"), "enrol", "--username", "second.operator", "--name", "راهبر", "--role", "platform_operator",
		"--password-file", "-", "--national-id-file", "-"); err != nil {
		t.Fatalf("%q, %v", out, err)
	}
	approve := func(out string, err error) {
		t.Helper()
		waits := waitsLine.FindStringSubmatch(out)
		if err != nil || waits == nil {
			t.Fatalf("%q, %v", out, err)
		}
		if out, err := c.execute(newApprovalsCommand(c.opener()), apitest.Password, as("second.operator", "decide", waits[1], "--verdict", "approve")); err != nil || !strings.HasSuffix(out, ": approved\n") {
			t.Fatalf("%q, %v", out, err)
		}
	}
	refused := func(what, out string, err error, want string) {
		t.Helper()
		if out != "" || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v; want %q", what, out, err, want)
		}
	}
	secrets := filepath.Join(t.TempDir(), "secrets")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(secrets, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const account, another = "IR040610000009990000000001", "IR980190000000000000000001"
	if err := c.run.InTx(asSystem(t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE municipality_accounts SET iban = ? WHERE municipality_id = 122`, account).Error
	}); err != nil {
		t.Fatal(err)
	}
	set := []string{"set", "--municipality", "122", "--provider", "mellat", "--terminal", "7654321", "--own-account", account, "--secrets-file", secrets, "--reason", "the city's own"}
	for text, want := range map[string]string{"": "gateway_settings", "user=x": "secrets-file: lines", "user_name=": "secrets-file: lines", "user_name=x\n": "gateway_settings"} {
		write(text)
		out, err := run(apitest.PlatformOperator, set...)
		refused(text, out, err, want)
	}
	write("user_name=shiraz\n\npassword=hunter2=hunter2\n")
	out, err := run(apitest.Cashier, set...)
	refused("a cashier", out, err, "(not_permitted)")
	out, err = run(apitest.PlatformOperator, append(set, "--sub-service", "x")...)
	refused("half a sub-service", out, err, "sub-service: IBAN=NUMBER")
	out, err = run(apitest.PlatformOperator, append(set, "--sub-service", another+"=7")...)
	refused("no bank's account", out, err, "gateway_settings")
	approve(run(apitest.PlatformOperator, set...))

	out, err = run(apitest.PlatformOperator, "list")
	open := regexp.MustCompile(`122 +mellat +7654321 +open +\S+ +(\S+) +-\n`).FindStringSubmatch(out)
	if err != nil || open == nil || strings.Contains(out, "hunter2") {
		t.Fatalf("%q, %v", out, err)
	}
	if out, err := c.execute(newSealsCommand(privates{open: c.opener(), keys: keys, dir: func() (string, error) { return c.keys, nil }}), "", []string{"status"}); err != nil || !regexp.MustCompile(`gateways +privacy-0001.key +1`).MatchString(out) {
		t.Errorf("%q, %v", out, err)
	}
	out, err = run(apitest.PlatformOperator, "close", "x", "--reason", "x")
	refused("no id", out, err, "(gateway_unknown)")
	approve(run(apitest.PlatformOperator, "close", open[1], "--reason", "the contract is over"))
	if out, err := run(apitest.PlatformOperator, "list"); err != nil || !regexp.MustCompile(`122 +mellat +7654321 +closed `).MatchString(out) {
		t.Errorf("%q, %v", out, err)
	}
}
