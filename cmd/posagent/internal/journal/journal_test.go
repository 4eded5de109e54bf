package journal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/posagent/internal/journal"
)

var at = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func facts() []journal.Entry {
	id := uuid.MustParse("01936d5e-0000-7000-8000-000000000001")
	return []journal.Entry{
		{Kind: journal.Created, PaymentID: id, At: at, Order: &pcpos.SaleOrder{PaymentID: id, OrderID: "1", Amount: 5_000}},
		{Kind: journal.Sending, PaymentID: id, At: at},
		{Kind: journal.Refused, PaymentID: id, At: at, Refusal: "cancelled"},
	}
}

func open(t *testing.T, dir string) (*journal.Journal, []journal.Entry) {
	t.Helper()
	j, entries, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, entries
}

func appendAll(t *testing.T, j *journal.Journal) {
	t.Helper()
	for _, e := range facts() {
		if err := j.Append(e); err != nil {
			t.Fatal(err)
		}
	}
}

func file(dir string) string { return filepath.Join(dir, "journal.jsonl") }

func written(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	j, _ := open(t, dir)
	appendAll(t, j)
	raw, err := os.ReadFile(file(dir))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Cut anywhere, the journal holds the facts whose lines were whole, and goes on after them.
func TestATornLineIsCutOff(t *testing.T) {
	t.Parallel()
	raw := written(t)
	for length := range len(raw) + 1 {
		dir := t.TempDir()
		if err := os.WriteFile(file(dir), raw[:length], 0o600); err != nil {
			t.Fatal(err)
		}
		j, entries, err := journal.Open(dir)
		if err != nil {
			t.Fatalf("%d bytes: %v", length, err)
		}
		whole := bytes.Count(raw[:length], []byte("\n"))
		if len(entries) != whole {
			t.Fatalf("%d bytes: %d facts, want %d", length, len(entries), whole)
		}
		if length%7 != 0 && length < len(raw) {
			_ = j.Close()
			continue // the disk is synced for each of the others
		}
		if err := errors.Join(j.Append(facts()[2]), j.Close()); err != nil {
			t.Fatal(err)
		}
		j, entries = open(t, dir)
		_ = j.Close()
		if len(entries) != whole+1 || entries[whole].Refusal != "cancelled" {
			t.Fatalf("%d bytes and one more fact: %+v", length, entries)
		}
	}
}

// A last line that is whole but wrong was being written; a wrong line before it means that a sale may be forgotten, and nothing starts.
func TestADamagedLine(t *testing.T) {
	t.Parallel()
	raw := written(t)
	first := bytes.IndexByte(raw, '\n') + 1
	last := bytes.LastIndexByte(raw[:len(raw)-1], '\n') + 1
	for place, wanted := range map[int]int{20: -1, first + 20: -1, last + 20: 2} {
		dir := t.TempDir()
		bent := bytes.Clone(raw)
		bent[place] ^= 1
		if err := os.WriteFile(file(dir), bent, 0o600); err != nil {
			t.Fatal(err)
		}
		j, entries, err := journal.Open(dir)
		if wanted < 0 {
			if !errors.Is(err, journal.ErrDamaged) {
				t.Errorf("byte %d: %d facts, %v", place, len(entries), err)
			}
			continue
		}
		if err != nil || len(entries) != wanted {
			t.Errorf("byte %d: %d facts, %v", place, len(entries), err)
			continue
		}
		_ = j.Close()
	}
}

func TestFactsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, none := open(t, dir)
	if len(none) != 0 {
		t.Errorf("a new journal holds %+v", none)
	}
	appendAll(t, j)
	_, entries := open(t, dir)
	for i, want := range facts() {
		got := entries[i]
		if got.Kind != want.Kind || got.PaymentID != want.PaymentID || !got.At.Equal(want.At) || got.Refusal != want.Refusal || (got.Order == nil) != (want.Order == nil) {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if info, err := os.Stat(file(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// A fact that could not be written is an error, and leaves no half line before the next.
func TestAFailedWriteDoesNotCount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, _ := open(t, dir)
	appendAll(t, j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(facts()[1]); err == nil {
		t.Error("a closed journal takes a fact")
	}
	if err := j.Append(facts()[1]); err == nil {
		t.Error("a broken journal takes a fact")
	}
	if _, entries := open(t, dir); len(entries) != 3 {
		t.Errorf("%d facts", len(entries))
	}
}

func TestOneAgentPerFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	lock, err := journal.Hold(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Hold(dir); err == nil {
		t.Error("two agents hold one folder")
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := journal.Hold(dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Release()
}
