package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/migrations/pgtest"
)

// keepBooks rolls up and seals every entry, as the worker does; transactions of other tests hold the horizon back for a while.
func keepBooks(t *testing.T, s *apitest.Server) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		_, rolling := s.Program.Ledger.Roll(s.System())
		_, sealing := s.Program.Ledger.Seal(s.System())
		states, err := s.Program.Ledger.Heads(s.System())
		if err := errors.Join(rolling, sealing, err); err != nil {
			t.Fatal(err)
		}
		var waiting int64
		for _, state := range states {
			waiting += state.Waiting
		}
		if waiting == 0 {
			return
		}
	}
	t.Fatal("entries are never sealed")
}

// TestLedgerPrintsTheBooks reads the books of a city after a visit: balances, days, statements.
func TestLedgerPrintsTheBooks(t *testing.T) {
	t.Parallel()
	s := visitedServer(t)
	c := console{t: t, run: s.Program.Runner}
	books := func(args ...string) string {
		t.Helper()
		out, err := c.execute(newLedgerCommand(c.opener()), "", args)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out
	}
	paid := c.count(`SELECT amounts[1] FROM ledger_entries WHERE municipality_id = 122`)
	for _, when := range []string{"before the roller", "after it"} {
		for _, at := range [][]string{nil, {"--on", "1499/01/01"}} {
			out := books(append([]string{"balance", "--municipality", "122"}, at...)...)
			if !regexp.MustCompile(fmt.Sprintf(`(?m)^ +receivable:sep +%d +0 +%[1]d$`, paid)).MatchString(out) || !regexp.MustCompile(fmt.Sprintf(`(?m)^ +all +%d +%[1]d +0$`, paid)).MatchString(out) ||
				!strings.Contains(out, "revenue:annual_duty") {
				t.Errorf("%s, %v:\n%s", when, at, out)
			}
		}
		if out := books("balance", "--municipality", "122", "--on", "1404/01/01"); strings.Contains(out, "sep") {
			t.Errorf("%s, long ago:\n%s", when, out)
		}
		if out := books("balance"); strings.Contains(out, "sep") {
			t.Errorf("%s, the platform's own:\n%s", when, out)
		}
		line := regexp.MustCompile(fmt.Sprintf(`^opening 0\n\S+Z  capture payment [0-9a-f-]{36}  \+%d  %[1]d\nclosing %[1]d\n$`, paid))
		if out := books("statement", "--municipality", "122", "--account", "receivable:sep", "--from", "1404/01/01", "--to", "۱۴۹۹/۰۱/۰۱"); !line.MatchString(out) {
			t.Errorf("%s: %q, want %s", when, out, line)
		}
		if out := books("statement", "--municipality", "122", "--account", "receivable:sep", "--from", "1499/01/01"); out != fmt.Sprintf("opening %d\nclosing %[1]d\n", paid) {
			t.Errorf("%s, afterwards: %q", when, out)
		}
		keepBooks(t, s)
	}
	for _, args := range [][]string{{"balance", "--on", "1404/13/01"}, {"statement"}, {"statement", "--account", "deposit:x"}, {"statement", "--account", "suspense", "--from", "x"}, {"balance", "--municipality", "x"}} {
		if out, err := c.execute(newLedgerCommand(c.opener()), "", args); err == nil {
			t.Errorf("%v: %q", args, out)
		}
	}
}

// TestLedgerHeadsAreHeldAgainstTheBooks keeps heads in a file, and verifies with it before and after books were rewritten.
func TestLedgerHeadsAreHeldAgainstTheBooks(t *testing.T) {
	t.Parallel()
	s := visitedServer(t)
	c := console{t: t, run: s.Program.Runner}
	if out, err := c.execute(newLedgerCommand(c.opener()), "", []string{"heads"}); err != nil || out != "" {
		t.Errorf("before anything is sealed: %q, %v", out, err)
	}
	keepBooks(t, s)
	out, err := c.execute(newLedgerCommand(c.opener()), "", []string{"heads"})
	printed := regexp.MustCompile(`(?m)^\d+:1:[0-9a-f]{64}$`).FindAllString(out, -1)
	if err != nil || len(printed) != 3 {
		t.Fatalf("%q, %v", out, err)
	}
	path := filepath.Join(t.TempDir(), "heads")
	if err := os.WriteFile(path, []byte(strings.Join(printed, "\n\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	heads, err := readHeads(path)
	if err != nil || len(heads) != 3 {
		t.Fatalf("%v, %v", heads, err)
	}
	if text, err := verifyingWith(t, s, verification{books: heads}); err != nil || !strings.Contains(text, "ledger: every rule holds\n") {
		t.Errorf("%q, %v", text, err)
	}
	breaks := func(sabotage string) {
		t.Helper()
		script := `ALTER TABLE ledger_entries NO FORCE ROW LEVEL SECURITY; ALTER TABLE ledger_seals NO FORCE ROW LEVEL SECURITY; ` + sabotage +
			`; ALTER TABLE ledger_entries FORCE ROW LEVEL SECURITY; ALTER TABLE ledger_seals FORCE ROW LEVEL SECURITY`
		if _, err := pgtest.Open(t, s.DB.OwnerURL).ExecContext(t.Context(), script); err != nil {
			t.Fatal(err)
		}
	}
	breaks(`UPDATE ledger_entries SET office_id = NULL WHERE municipality_id = 122`)
	want := regexp.MustCompile(`(?m)^ledger: a sealed entry was changed: municipality 122: entry [0-9a-f-]{36}, sealed as 1$`)
	if text, err := verifyingWith(t, s, verification{}); !errors.Is(err, errBroken) || !want.MatchString(text) {
		t.Errorf("%q, %v", text, err)
	}
	breaks(`DELETE FROM ledger_seals WHERE municipality_id = 122`) // sealed again, as whoever owns the tables can
	keepBooks(t, s)
	if text, err := verifyingWith(t, s, verification{}); err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := verifyingWith(t, s, verification{books: heads}); !errors.Is(err, errBroken) || !strings.Contains(text, "ledger: the chain is not the one of a head that was kept: municipality 122: 1:") {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.WriteFile(path, []byte(printed[0]+"\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readHeads(path); err == nil || !strings.Contains(refusal(err).Error(), "2") || !strings.Contains(refusal(err).Error(), "ledger_head_format") {
		t.Errorf("a file with a wrong line: %v", err)
	}
	if _, err := readHeads(path + ".missing"); err == nil {
		t.Error("a missing file is read")
	}
}
