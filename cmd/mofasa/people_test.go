package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/spf13/cobra"

	"mofasa/api/apitest"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/privacy"
	"mofasa/tenants/privacy/privacytest"
	"mofasa/tenants/scope"
)

var cheapPassword = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16}

// people runs "people" with something on standard input.
func (c console) people(stdin string, args ...string) (string, error) {
	c.t.Helper()
	open := func(context.Context) (*scope.Runner, *sql.DB, func(), error) { return c.run, nil, func() {}, nil }
	return c.execute(newStaffCommand(staffing{open: open, cost: cheapPassword, keys: func() (*privacy.Keyring, error) {
		keys := privacytest.NewKeys()
		return privacy.NewKeyring(keys.Indexes, keys.All, rand.Reader)
	}}), stdin, args)
}

// probe acts as somebody and says in which scope, as whom, and what is left on standard input.
func (c console) probe(permission identity.Permission, stdin string, args ...string) (string, error) {
	c.t.Helper()
	cmd := addPersonFlags(&cobra.Command{Use: "probe", RunE: func(cmd *cobra.Command, _ []string) error {
		ctx, s, err := actAs(cmd, c.run, permission)
		if err != nil {
			return err
		}
		actor, _ := scope.ActorOf(ctx)
		rest, err := io.ReadAll(cmd.InOrStdin())
		fmt.Fprintf(cmd.OutOrStdout(), "%s, %s, %s, %q", s, actor.Kind, c.username(actor), rest)
		return err
	}})
	return c.execute(cmd, stdin, args)
}

func (c console) username(actor scope.Actor) (name string) {
	c.t.Helper()
	err := c.run.InTx(asSystem(c.t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT username FROM people WHERE id = ?`, actor.ID).Row().Scan(&name)
	})
	if err != nil {
		c.t.Error(err)
	}
	return name
}

func (c console) execute(cmd *cobra.Command, stdin string, args []string) (string, error) {
	var stdout bytes.Buffer
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&stdout)
	cmd.SetErr(io.Discard)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(asSystem(c.t.Context()))
	return stdout.String(), err
}

// wantRefusal expects an error that begins so and nothing printed.
func wantRefusal(t *testing.T, what, out string, err error, prefix string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), prefix) || out != "" {
		t.Errorf("%s: %q, %v, want %q …", what, out, err, prefix)
	}
}

func TestActAs(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	file := filepath.Join(t.TempDir(), "password")
	for name, content := range map[string]string{"plain": apitest.Password, "a line": apitest.Password + "\n", "Windows": "\ufeff" + apitest.Password + "\r\nmore"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := c.probe(identity.TariffsEdit, "rest", "--user", apitest.CityEditor, "--password-file", file)
		if want := `municipality 122, person, city.editor, "rest"`; out != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", name, out, err, want)
		}
	}
	for username, want := range map[string]string{
		apitest.NationalEditor: `platform, person, national.editor, "rest\n"`,
		apitest.ForeignEditor:  `municipality 1, person, foreign.editor, "rest\n"`,
	} {
		if out, err := c.probe(identity.TariffsEdit, apitest.Password+"\nrest\n", "--user", username, "--password-file", "-"); out != want || err != nil {
			t.Errorf("%q, %v, want %q", out, err, want)
		}
	}
	for name, r := range map[string]struct {
		permission    identity.Permission
		stdin, prefix string
		args          []string
	}{
		"wrong password":    {identity.TariffsEdit, "wrong password", "The user name or the password is wrong. (credentials_invalid) ", []string{"--user", apitest.CityEditor, "--password-file", "-"}},
		"nobody":            {identity.TariffsEdit, apitest.Password, "The user name or the password is wrong. (credentials_invalid) ", []string{"--user", "nobody", "--password-file", "-"}},
		"not permitted":     {identity.TariffsApprove, apitest.Password, "Your role does not permit this. (not_permitted) ", []string{"--user", apitest.CityEditor, "--password-file", "-"}},
		"not at a city":     {identity.ValuationsEdit, apitest.Password, "Your role does not permit this. (not_permitted) ", []string{"--user", apitest.CityEditor, "--password-file", "-"}},
		"nothing there":     {identity.TariffsEdit, "\nlater", "password-file: the password is missing", []string{"--user", apitest.CityEditor, "--password-file", "-"}},
		"no keyboard":       {identity.TariffsEdit, apitest.Password, "password-file: the password is missing", []string{"--user", apitest.CityEditor}},
		"no file":           {identity.TariffsEdit, "", "password-file: open ", []string{"--user", apitest.CityEditor, "--password-file", file + ".no"}},
		"no user":           {identity.TariffsEdit, apitest.Password, `required flag(s) "user" not set`, []string{"--password-file", "-"}},
		"an empty user":     {identity.TariffsEdit, apitest.Password, "user: who acts is missing", []string{"--user", "", "--password-file", "-"}},
		"a password's flag": {identity.TariffsEdit, "", "unknown flag: --password", []string{"--user", apitest.CityEditor, "--password", apitest.Password}},
	} {
		out, err := c.probe(r.permission, r.stdin, r.args...)
		wantRefusal(t, name, out, err, r.prefix)
	}
	if n := c.count(`SELECT count(*) FROM audit_log l JOIN people p ON p.id::text = l.target_id WHERE p.username = ? AND action = 'sign_in.refused'`, apitest.CityEditor); n != 1 {
		t.Errorf("%d refusals on record, want 1", n)
	}
	if n := c.count(`SELECT count(*) FROM audit_log l JOIN people p ON p.id::text = l.target_id WHERE p.username = ? AND action = 'sign_in.granted'`, apitest.CityEditor); n != 5 {
		t.Errorf("%d sign-ins on record, want 5", n)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	const secret = "twelve signs"
	enrol := func(stdin string, args ...string) (string, error) {
		return c.people(stdin, append([]string{"enrol", "--name", "سارا", "--password-file", "-", "--national-id-file", "-"}, args...)...)
	}
	for _, p := range []struct {
		username, role, where, told, scope string
		args                               []string
		permission                         identity.Permission
	}{
		{"new.treasurer", "treasurer", "municipality 218", "new.treasurer enrolled as treasurer of municipality 218\n", "municipality 218", []string{"--municipality", "218"}, identity.ExternalPaymentsReport},
		{"new.cashier", "office_cashier", "office 72-0001", "new.cashier enrolled as office_cashier of office 72-0001\n", "office ", []string{"--office", "72-0001"}, identity.PaymentsCreate},
		{"new.operator", "platform_operator", "platform", "new.operator enrolled as platform_operator of the platform\n", "platform", nil, identity.VehiclesEdit},
	} {
		if out, err := enrol(secret+"\n"+identitytest.NationalID(p.username)+"\n", append(p.args, "--username", p.username, "--role", p.role)...); out != p.told || err != nil {
			t.Errorf("%q, %v", out, err)
		}
		as := func() (string, error) {
			return c.probe(p.permission, secret, "--user", p.username, "--password-file", "-")
		}
		if out, err := as(); !strings.HasPrefix(out, p.scope) || err != nil {
			t.Errorf("%s acts in %q, %v", p.username, out, err)
		}
		if out, err := c.people("", "lock", p.username); out != p.username+" locked\n" || err != nil {
			t.Errorf("%q, %v", out, err)
		}
		out, err := as()
		wantRefusal(t, "locked", out, err, "The user name or the password is wrong.")
		listed, err := c.people("", "list")
		if err != nil {
			t.Error(err)
		}
		wants(t, listed, p.username+" "+p.role+" "+p.where+" locked سارا")
		if out, err := c.people("", "unlock", p.username); out != p.username+" unlocked\n" || err != nil {
			t.Errorf("%q, %v", out, err)
		}
		if _, err := as(); err != nil {
			t.Error(err)
		}
	}
	listed, err := c.people("", "list", "--municipality", "218")
	if want := "user           role       works for         state   name\nnew.treasurer  treasurer  municipality 218  active  سارا\n"; listed != want || err != nil {
		t.Errorf("%v\n%s", err, listed)
	}
	if n := c.count(`SELECT count(*) FROM audit_log WHERE action IN ('person.locked', 'person.unlocked')`); n != 6 {
		t.Errorf("%d changes on record, want 6", n)
	}
}

func TestPeopleRefuses(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	for name, r := range map[string]struct{ stdin, prefix, args string }{
		"short":            {"eleven sign\n0084575948", "password: The password must have 12 to 200 characters. (person_password) ", "enrol --username x --name x --role treasurer --municipality 122 --password-file - --national-id-file -"},
		"unfit at a city":  {apitest.Password + "\n0084575948", "role: There is no such role where the person works. (person_role) ", "enrol --username x --name x --role platform_operator --municipality 122 --password-file - --national-id-file -"},
		"unfit":            {apitest.Password + "\n0084575948", "role: There is no such role where the person works. (person_role) ", "enrol --username x --name x --role treasurer --password-file - --national-id-file -"},
		"unknown role":     {apitest.Password + "\n0084575948", "role: There is no such role", "enrol --username x --name x --role mayor --password-file - --national-id-file -"},
		"unknown city":     {apitest.Password + "\n0084575948", "municipality: No such office or municipality is registered. (home_unknown) ", "enrol --username x --name x --role treasurer --municipality 999 --password-file - --national-id-file -"},
		"city zero":        {apitest.Password + "\n0084575948", "municipality: No such office or municipality is registered. (home_unknown) ", "enrol --username x --name x --role treasurer --municipality 0 --password-file - --national-id-file -"},
		"unknown licence":  {apitest.Password + "\n0084575948", "office: No such office or municipality is registered. (home_unknown) ", "enrol --username x --name x --role office_clerk --office 72-9999 --password-file - --national-id-file -"},
		"empty licence":    {apitest.Password + "\n0084575948", "office: No such office", "enrol --username x --name x --role office_clerk --office= --password-file - --national-id-file -"},
		"somebody else's":  {apitest.Password + "\n0084575948", "username: This user name is of somebody who works elsewhere. (person_elsewhere) ", "enrol --username cashier --name x --role treasurer --municipality 122 --password-file - --national-id-file -"},
		"two homes":        {apitest.Password + "\n0084575948", "if any flags in the group [office municipality] are set none of the others can be", "enrol --username x --name x --role treasurer --municipality 122 --office 72-0001 --password-file - --national-id-file -"},
		"no password":      {"", "password-file: the password is missing", "enrol --username x --name x --role treasurer --municipality 122"},
		"no ID":            {apitest.Password, "national-id-file: the national ID is missing", "enrol --username x --name x --role treasurer --municipality 122 --password-file -"},
		"an empty ID":      {apitest.Password, "national-id-file: the national ID is missing", "enrol --username x --name x --role treasurer --municipality 122 --password-file - --national-id-file -"},
		"a wrong ID":       {apitest.Password + "\n0084575947", "national_id: The national ID's check digit does not match (national_id_checksum) ", "enrol --username x --name x --role treasurer --municipality 122 --password-file - --national-id-file -"},
		"an ID's flag":     {apitest.Password, "unknown flag: --national-id", "enrol --username x --name x --role treasurer --national-id 0084575948"},
		"no role":          {"", `required flag(s) "role" not set`, "enrol --username x --name x"},
		"lock of a nobody": {"", "username: Nobody with this user name works here. (person_unknown) ", "lock nobody"},
		"unlock of nobody": {"", "username: Nobody with this user name works here. (person_unknown) ", "unlock nobody"},
	} {
		out, err := c.people(r.stdin, strings.Fields(r.args)...)
		wantRefusal(t, name, out, err, r.prefix)
	}
	if n := c.count(`SELECT count(*) FROM people WHERE username = 'x'`) + c.count(`SELECT count(*) FROM audit_log WHERE action = 'person.enrolled' AND target_id IN (SELECT id::text FROM people WHERE name_fa = 'x')`); n != 0 {
		t.Errorf("%d traces of refused people", n)
	}
}
