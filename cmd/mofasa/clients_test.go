package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/scope"
)

func (c console) clients(stdin string, args ...string) (string, error) {
	c.t.Helper()
	open := func(context.Context) (*scope.Runner, *sql.DB, func(), error) { return c.run, nil, func() {}, nil }
	return c.execute(newClientsCommand(open), stdin, args)
}

var clientLines = regexp.MustCompile(`^client   (\S+)\nsecret   (\S+)\n`)

func TestClientsCommand(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	as := []string{"--user", apitest.CityAdmin, "--password-file", "-"}
	out, err := c.clients(apitest.Password, append([]string{"create", "--name", "داشبورد شهر", "--scopes", "tariffs.read, valuations.read", "--days", "30"}, as...)...)
	made := clientLines.FindStringSubmatch(out)
	if err != nil || made == nil {
		t.Fatalf("%q, %v", out, err)
	}
	service := identity.NewService(c.run, apitest.NewKeyring(t), time.Now, cheapPassword)
	grant := func(secret string) error {
		_, err := service.GrantClient(asSystem(t.Context()), made[1], secret, "tariffs.read")
		return err
	}
	if err := grant(made[2]); err != nil {
		t.Error(err)
	}
	out, err = c.clients(apitest.Password, append([]string{"rotate", "--client", made[1], "--overlap-hours", "1"}, as...)...)
	next := clientLines.FindStringSubmatch(out)
	if err != nil || next == nil || next[2] == made[2] {
		t.Fatalf("%q, %v", out, err)
	}
	if err := grant(made[2]); err != nil {
		t.Errorf("the first secret in the overlap: %v", err)
	}
	if err := grant(next[2]); err != nil {
		t.Error(err)
	}
	listed, err := c.clients(apitest.Password, append([]string{"list"}, as...)...)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(listed, made[1]+"  two secrets  ") || !strings.Contains(listed, "tariffs.read,valuations.read  داشبورد شهر") {
		t.Errorf("%s", listed)
	}
	if strings.Contains(listed, next[2]) {
		t.Error("the list shows a secret")
	}
	foreign := []string{"revoke", "--client", made[1], "--user", apitest.ForeignAdmin, "--password-file", "-"}
	out, err = c.clients(apitest.Password, foreign...)
	wantRefusal(t, "a stranger", out, err, "No such client is registered, or it is revoked. (client_unknown)")
	if out, err := c.clients(apitest.Password, append([]string{"revoke", "--client", made[1]}, as...)...); out != made[1]+" revoked\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	if grant(next[2]) == nil {
		t.Error("a revoked client gets a token")
	}
	for name, r := range map[string]struct{ prefix, user, scopes string }{
		"not held":   {"scopes: A client's scopes are among those that read", apitest.CityAdmin, "decisions.read"},
		"a deed":     {"scopes: A client's scopes are among those that read", apitest.CityAdmin, "people.manage"},
		"no manager": {"Your role does not permit this. (not_permitted)", apitest.CityEditor, "tariffs.read"},
	} {
		out, err := c.clients(apitest.Password, "create", "--name", "x", "--scopes", r.scopes, "--user", r.user, "--password-file", "-")
		wantRefusal(t, name, out, err, r.prefix)
	}
}

var invitationLines = regexp.MustCompile(`^new\.person invited as treasurer of municipality 218\ntoken    (\S+)\nexpires  (\S+)\n$`)

func TestPeopleInvite(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	out, err := c.people(identitytest.NationalID("new.person"), "invite", "--national-id-file", "-", "--username", "new.person", "--name", "سارا", "--role", "treasurer", "--municipality", "218")
	made := invitationLines.FindStringSubmatch(out)
	if err != nil || made == nil {
		t.Fatalf("%q, %v", out, err)
	}
	service := identity.NewService(c.run, nil, time.Now, cheapPassword)
	if _, err := service.Accept(asSystem(t.Context()), made[1], "a good long sentence"); err != nil {
		t.Fatal(err)
	}
	if out, err := c.probe(identity.ExternalPaymentsReport, "a good long sentence", "--user", "new.person", "--password-file", "-"); !strings.HasPrefix(out, "municipality 218") || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	out, err = c.people(identitytest.NationalID("new.person"), "invite", "--national-id-file", "-", "--username", "new.person", "--name", "سارا", "--role", "treasurer", "--municipality", "218")
	wantRefusal(t, "again", out, err, "username: This user name is somebody else's. (username_taken)")
	out, err = c.people(identitytest.NationalID("x"), "invite", "--national-id-file", "-", "--username", "x", "--name", "x", "--role", "treasurer", "--municipality", "999")
	wantRefusal(t, "nowhere", out, err, "municipality: No such office or municipality is registered. (home_unknown)")
	out, err = c.people("", "reset-second-factor", "new.person")
	wantRefusal(t, "no factor", out, err, "You have no second factor. (second_factor_missing)")
}

func TestKeysCommand(t *testing.T) {
	t.Parallel()
	c, dir := console{t: t}, t.TempDir()
	keys := func(args ...string) string {
		out, err := c.execute(newTokenKeysCommand(func() (string, error) { return dir, nil }), "", args)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := keys("rotate"); got != "token-0001.pem added; it signs in a minute\n" {
		t.Errorf("%q", got)
	}
	keys("rotate")
	listed := keys("list")
	if lines := strings.Split(strings.TrimSpace(listed), "\n"); len(lines) != 3 || !strings.HasSuffix(lines[1], "signs and verifies") || !strings.HasSuffix(lines[2], " verifies") {
		t.Errorf("%s", listed)
	}
	for _, name := range []string{"token-0001.pem", "token-0002.pem"} {
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if got := keys("rotate"); got != "token-0001.pem removed\ntoken-0003.pem added; it signs in a minute\n" {
		t.Errorf("%q", got)
	}
}
