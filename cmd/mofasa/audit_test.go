package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/cmd/internal/app"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/audit"
	"mofasa/tenants/privacy"
	"mofasa/tenants/privacy/privacytest"
	"mofasa/tenants/scope"
)

// record leaves an audit row in a scope.
func (c console) record(in scope.Scope, action string) {
	c.t.Helper()
	err := c.run.InTx(asSystem(c.t.Context()), in, func(tx *scope.Tx) error {
		return audit.Write(tx, audit.Record{Action: action, TargetKind: "test", TargetID: "1"})
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

var sealed = regexp.MustCompile(`^(\d+) sealed, (\d+) wait for transactions that still run\nhead (\d+):([0-9a-f]{64})\n$`)

// sealAll runs "audit seal" until nothing waits, and gives the head.
func (c console) sealAll() string {
	c.t.Helper()
	for range 1000 {
		out, err := c.execute(newAuditCommand(c.opener()), "", []string{"seal"})
		parts := sealed.FindStringSubmatch(out)
		if err != nil || parts == nil {
			c.t.Fatalf("%q, %v", out, err)
		}
		if parts[2] == "0" {
			return parts[3] + ":" + parts[4]
		}
		time.Sleep(5 * time.Millisecond)
	}
	c.t.Fatal("rows are never sealed")
	return ""
}

func TestAuditSealAndVerifyWithAKeptHead(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := console{t: t, run: s.Program.Runner}
	c.record(scope.Platform(), "test.first")
	kept, err := audit.ParseHead(c.sealAll())
	if err != nil {
		t.Fatal(err)
	}
	c.record(scope.Platform(), "test.second")
	c.sealAll()
	for _, head := range []audit.Head{{}, kept} {
		if text, err := verifyingWith(t, s, verification{head: head}); err != nil || !strings.Contains(text, "audit: every rule holds\n") {
			t.Errorf("%q, %v", text, err)
		}
	}
	kept.Chain[3]++
	if text, err := verifyingWith(t, s, verification{head: kept}); !errors.Is(err, errBroken) || !strings.Contains(text, "audit: the chain is not the one of the head that was kept") {
		t.Errorf("%q, %v", text, err)
	}
	script := `ALTER TABLE audit_log NO FORCE ROW LEVEL SECURITY; UPDATE audit_log SET purpose = 'x' WHERE action = 'test.second'; ALTER TABLE audit_log FORCE ROW LEVEL SECURITY`
	if _, err := pgtest.Open(t, s.DB.OwnerURL).ExecContext(t.Context(), script); err != nil {
		t.Fatal(err)
	}
	if text, err := verifyingWith(t, s, verification{}); !errors.Is(err, errBroken) || !strings.Contains(text, "audit: a sealed row was changed: row ") {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAuditExport(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	office := c.officeOf("72-0001")
	c.record(scope.Municipality(apitest.Shiraz), "test.city")
	c.record(scope.Office(office), "test.office")
	c.record(scope.Platform(), "test.platform")
	for name, args := range map[string][]string{"test.city": {"--municipality", "122"}, "test.office": {"--office", "72-0001"}, "test.platform": nil} {
		out, err := c.execute(newAuditCommand(c.opener()), "", append([]string{"export", "--target-kind", "test"}, args...))
		table, wrong := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err := errors.Join(err, wrong); err != nil || len(table) != 2 || table[1][6] != name {
			t.Errorf("%s: %v, %v", name, table, err)
		}
		out, err = c.execute(newAuditCommand(c.opener()), "", append([]string{"export", "--action", name, "--format", "jsonl", "--from", "1400/01/01"}, args...))
		var entry audit.Entry
		if wrong := json.Unmarshal([]byte(out), &entry); err != nil || wrong != nil || entry.Action != name {
			t.Errorf("%s: %q, %v, %v", name, out, err, wrong)
		}
	}
	if n := c.count(`SELECT count(*) FROM audit_log WHERE action = 'audit.exported'`); n != 6 {
		t.Errorf("%d exports on record", n)
	}
	for _, args := range [][]string{{"--format", "xml"}, {"--from", "1405/13/01"}, {"--office", "no such licence"}, {"--office", "72-0001", "--municipality", "1"}} {
		if out, err := c.execute(newAuditCommand(c.opener()), "", append([]string{"export"}, args...)); err == nil {
			t.Errorf("%v: %q", args, out)
		}
	}
}

// seedKeys puts the keys under which the seeded people are known where the commands read them.
func (c console) seedKeys() {
	c.t.Helper()
	seeded := privacytest.NewKeys()
	for family, source := range map[privacy.Family]privacy.Source{privacy.Indexes: seeded.Indexes, privacy.Seals: seeded.All} {
		held, err := source()
		if err == nil {
			err = errors.Join(os.MkdirAll(c.keys, 0o700), os.WriteFile(filepath.Join(c.keys, family.File(1)), held[1], 0o600))
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

// TestPrivacyKeys makes a key, rotates, and counts; the old owner opens all the while.
func TestPrivacyKeys(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	keys := func(args ...string) (string, error) {
		return c.execute(newSealsCommand(privates{open: c.opener(), keys: func() (*privacy.Keyring, error) { return app.LoadKeyring(c.keys) },
			dir: func() (string, error) { return c.keys, nil }}), "", args)
	}
	c.seedKeys()
	c.do(buyerID+"\n"+buyer+"\n", "transfer", "--vin", aPride, "--day", "1400/05/01", "--owner-file", "-", "--gap", "x")
	n := c.count(`SELECT count(*) FROM humans`) // those who sign in are sealed, too
	people := func(index, seal, remark string) string {
		return fmt.Sprintf("humans %s %d%s\nhumans %s %d%s\n", index, n, remark, seal, n, remark)
	}
	for _, step := range []struct{ command, want string }{
		{"status", "table key rows\nowner_identities privacy-0001.key 1\nvehicle_owners owner-0001.key 1\n" + people("owner-0001.key", "privacy-0001.key", "")},
		{"rotate", "0 rows made anew\n"},
		{"new-key", "privacy-0002.key made; now run \"mofasa privacy rotate\"\n"},
		{"rotate", fmt.Sprintf("%d rows made anew\n", 1+n)},
		{"status", "table key rows\nowner_identities privacy-0002.key 1\nvehicle_owners owner-0001.key 1\n" + people("owner-0001.key", "privacy-0002.key", "") +
			"- privacy-0001.key 0 no row needs it\n"},
		{"new-index-key", "owner-0002.key made; now run \"mofasa privacy rotate\"\n"},
		{"status", "table key rows\nowner_identities privacy-0002.key 1\nvehicle_owners owner-0001.key 1 rotate\n" +
			strings.Replace(people("owner-0001.key", "privacy-0002.key", ""), "\n", " rotate\n", 1) + "- privacy-0001.key 0 no row needs it\n"},
		{"rotate", fmt.Sprintf("%d rows made anew\n", 1+n)},
		{"rotate", "0 rows made anew\n"},
		{"status", "table key rows\nowner_identities privacy-0002.key 1\nvehicle_owners owner-0002.key 1\n" + people("owner-0002.key", "privacy-0002.key", "") +
			"- owner-0001.key 0 no row needs it\n- privacy-0001.key 0 no row needs it\n"},
	} {
		out, err := keys(step.command)
		if got := regexp.MustCompile(` *\n`).ReplaceAllString(regexp.MustCompile(` +`).ReplaceAllString(out, " "), "\n"); err != nil || got != step.want {
			t.Errorf("%s: %q, %v, want %q", step.command, got, err, step.want)
		}
	}
	for _, name := range []string{"privacy-0001.key", "owner-0001.key", "privacy-0002.key"} {
		if err := os.Remove(filepath.Join(c.keys, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(c.keys, "privacy-0001.key"), make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := keys("status"); err != nil || !strings.Contains(out, "the key is missing here") {
		t.Errorf("%q, %v", out, err)
	}
	// The number of the lost key is not given again.
	if out, err := keys("new-key"); err != nil || !strings.HasPrefix(out, "privacy-0003.key made") {
		t.Fatalf("%q, %v", out, err)
	}
	if info, err := os.Stat(filepath.Join(c.keys, "privacy-0003.key")); err != nil || info.Mode().Perm() != 0o600 || info.Size() != 32 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestPrivacyKeyFilesAreNeverWrittenOver loads a fresh folder from many processes at once, and refuses files that are no keys.
func TestPrivacyKeyFilesAreNeverWrittenOver(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	at := privacy.Place{Table: "t", Column: "c", Row: "r"}
	envelopes := make(chan []byte, 6)
	for range cap(envelopes) {
		go func() {
			ring, err := app.LoadKeyring(dir)
			if err != nil {
				t.Error(err)
				envelopes <- nil
				return
			}
			envelope, err := ring.Seal(at, "x")
			if err != nil {
				t.Error(err)
			}
			envelopes <- envelope
		}()
	}
	var all [][]byte
	for range cap(envelopes) {
		all = append(all, <-envelopes)
	}
	ring, err := app.LoadKeyring(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, envelope := range all {
		if text, err := ring.Open(at, envelope); text != "x" || err != nil {
			t.Errorf("%q, %v: two processes have two keys", text, err)
		}
	}
	before, _ := os.ReadFile(filepath.Join(dir, "privacy-0001.key"))
	if id, err := app.AddPrivacyKey(dir, privacy.Seals, 1); id != 2 || err != nil {
		t.Errorf("%d, %v", id, err)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, "privacy-0001.key")); !bytes.Equal(before, after) || len(after) != 32 {
		t.Error("the first key was written over")
	}
	for _, name := range []string{"privacy-0.key", "privacy-x.key", "privacy-70000.key", "privacy-0009.key"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := app.LoadKeyring(dir); err == nil {
			t.Errorf("%s is taken", name)
		}
		_ = os.Remove(path)
	}
}

func (c console) officeOf(licence string) (id uuid.UUID) {
	c.t.Helper()
	err := c.run.InTx(asSystem(c.t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT id FROM offices WHERE licence_no = ?`, licence).Row().Scan(&id)
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}
