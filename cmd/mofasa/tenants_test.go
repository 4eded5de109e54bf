package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/tenants/scope"
)

// tenants runs "tenants".
func (c console) tenants(stdin string, args ...string) (string, error) {
	c.t.Helper()
	open := func(context.Context) (*scope.Runner, *sql.DB, func(), error) { return c.run, nil, func() {}, nil }
	return c.execute(newTenantsCommand(open), stdin, args)
}

// operates runs it as the platform's operator.
func (c console) operates(args ...string) (string, error) {
	c.t.Helper()
	return c.tenants(apitest.Password+"\n", append(args, "--user", apitest.PlatformOperator, "--password-file", "-")...)
}

// packFolder writes every city's pack, as far as most.
func packFolder(t *testing.T, c console, most int) string {
	t.Helper()
	folder := t.TempDir()
	for code := 1; code <= most; code++ {
		text := c.must(c.tenants("", "export", fmt.Sprint(code)))
		writeFile(t, filepath.Join(folder, fmt.Sprintf("%03d.yaml", code)), strings.Replace(text, "order_validity_minutes: 30", "order_validity_minutes: 25", 1))
	}
	return folder
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPacksOf330Cities applies a folder with a pack for each of 330 cities and three that are wrong, through the command.
func TestPacksOf330Cities(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	folder := packFolder(t, c, 330)
	text, err := os.ReadFile(filepath.Join(folder, "330.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]string{
		"bad-iban.yaml": strings.NewReplacer("code: 330", "code: 901", "IR", "IR9", "company: 330", "company: 901").Replace(string(text)),
		"bad-bill.yaml": strings.NewReplacer("code: 330", "code: 902", "company: 330", "company: 1", "fa: ", "fa: نو ").Replace(string(text)),
		"bad-bird.yaml": strings.NewReplacer("code: 330", "code: 903", "company: 330", "company: 400", "fa: ", "fa: تازه ").Replace(string(text)), // of a city without a file
	} {
		writeFile(t, filepath.Join(folder, name), wrong)
	}
	out, err := c.tenants("", "validate", folder)
	if err == nil || err.Error() != "some packs were refused: 3" || !strings.HasSuffix(out, "\n330 packs are well formed, 3 are not\n") {
		t.Errorf("%v\n%.600s", err, out)
	}
	began := time.Now()
	out, err = c.operates("apply", folder, "--reason", "shorter orders")
	took := time.Since(began)
	t.Logf("333 packs in %s", took)
	if took > time.Minute {
		t.Errorf("333 packs take %s", took)
	}
	if err == nil || err.Error() != "some packs were refused: 4" { // 001.yaml and bad-bill.yaml contradict each other
		t.Errorf("%v", err)
	}
	for _, want := range []string{"bad-iban.yaml:10: accounts.*: ", "(iban_", "bad-bill.yaml: bill.prefix: Another municipality", "001.yaml: bill.prefix: ", "bad-bird.yaml: bill.prefix: Another municipality",
		"330.yaml: 330 becomes configuration 1, 1 changes\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%.900s", want, out)
		}
	}
	if n := c.count(`SELECT count(*) FROM municipality_configs WHERE actor_kind = 'person'`); n != 329 {
		t.Errorf("%d configurations", n)
	}
	if n := c.count(`SELECT count(*) FROM municipalities WHERE id > 900`); n != 0 {
		t.Errorf("%d cities came out of refused packs", n)
	}
	if out, err = c.operates("apply", filepath.Join(folder, "330.yaml"), "--reason", "again"); err != nil || !strings.HasSuffix(out, "330 unchanged, configuration 1\n") {
		t.Errorf("%s %v", out, err)
	}
}

func TestTenantsAtTheConsole(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	before := c.must(c.tenants("", "export", "122"))
	file := filepath.Join(t.TempDir(), "shiraz.yaml")
	writeFile(t, file, before)
	c.must(c.operates("apply", file, "--reason", "as it is"))
	writeFile(t, file, strings.Replace(before, "share_ppm: 0", "share_ppm: 1000", 1))
	if out := c.must(c.tenants("", "diff", file)); out != file+": 122 would become configuration 2, 1 changes\n  settings.rollout.share_ppm: 0 → 1000\n" {
		t.Error(out)
	}
	c.must(c.operates("apply", file, "--reason", "first offices"))
	if out := c.must(c.operates("rollback", "122", "1", "--reason", "too early")); out != "122 becomes configuration 3, 1 changes\n" {
		t.Error(out)
	}
	if after := c.must(c.tenants("", "export", "122")); after != before {
		t.Errorf("%s\n%s", before, after)
	}
	if second := c.must(c.tenants("", "export", "122", "--number", "2")); !strings.Contains(second, "share_ppm: 1000\n") {
		t.Error(second)
	}
	folder := filepath.Join(t.TempDir(), "122")
	for _, refused := range []struct {
		want string
		args []string
	}{
		{"stage: The municipality does not go from its present stage to this one. (municipality_stage, state active) شهرداری", []string{"stage", "122", "pilot", "--reason", "r"}},
		{"stage: The municipality does not go", []string{"close", "122", "--reason", "r", "--to", folder}},
		{"stage: Closing a municipality hands over", []string{"stage", "122", "closed", "--reason", "r"}},
		{"number: The municipality has no configuration", []string{"rollback", "122", "9", "--reason", "r"}},
		{"municipality: There is no municipality", []string{"stage", "901", "pilot", "--reason", "r"}},
		{"code: \"x\" is no municipality's code", []string{"stage", "x", "pilot", "--reason", "r"}},
	} {
		out, err := c.operates(refused.args...)
		wantRefusal(t, strings.Join(refused.args, " "), out, err, refused.want)
	}
	out, err := c.tenants(apitest.Password+"\n", "stage", "122", "paused", "--reason", "r", "--user", apitest.CityEditor, "--password-file", "-")
	wantRefusal(t, "an editor", out, err, "Your role does not permit this. (not_permitted)")
	if out := c.must(c.operates("stage", "122", "paused", "--reason", "the bank is down")); out != "122 Shiraz: active to paused\n" {
		t.Error(out)
	}
	wants(t, c.must(c.tenants("", "list", "122")), "122 Shiraz, paused, may go to [pilot active closed]", "stage 3 "+day(t)+" active to paused the bank is down",
		"configuration 3 "+day(t)+" as 1 too early")
	wants(t, c.must(c.tenants("", "list", "--stage", "paused")), "122 paused 3 Shiraz Fars")
	if out := c.must(c.operates("close", "122", "--reason", "the contract has ended", "--to", folder)); !strings.HasPrefix(out, "122 closed: ") {
		t.Error(out)
	}
	for name, want := range map[string]string{"manifest.json": `"stage": "closed"`, "municipality_configs.jsonl": `"number": 3`, "people.jsonl": `"username": "city.editor"`} {
		body, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || !strings.Contains(string(body), want) || strings.Contains(string(body), "argon2") {
			t.Errorf("%s: %v %.200s", name, err, body)
		}
	}
	out, err = c.operates("close", "122", "--reason", "r", "--to", folder)
	wantRefusal(t, "a full folder", out, err, "to: the folder is not empty")
	c.must(c.operates("close", "122", "--reason", "r", "--to", folder+"-again"))
}
