package journal

import (
	"errors"
	"slices"
	"testing"
)

// watched is a disk that remembers what was done to it, and can fail.
type watched struct {
	disk
	done      []string
	failSync  bool
	failWrite bool
}

var errDisk = errors.New("no space left")

func (w *watched) Write(p []byte) (int, error) {
	w.done = append(w.done, "write")
	if w.failWrite {
		n, _ := w.disk.Write(p[:len(p)/2])
		return n, errDisk
	}
	return w.disk.Write(p)
}

func (w *watched) Sync() error {
	w.done = append(w.done, "sync")
	if w.failSync {
		w.failSync = false
		return errDisk
	}
	return w.disk.Sync()
}

// Append returns only after a sync that followed its write; a fact that failed halfway leaves the facts before and after it whole.
func TestAppendSyncs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, _, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{disk: j.file}
	j.file = w
	fact := func(refusal string) error { return j.Append(Entry{Kind: Refused, Refusal: refusal}) }
	if err := fact("first"); err != nil || !slices.Equal(w.done, []string{"write", "sync"}) {
		t.Errorf("%v %v", w.done, err)
	}
	w.failSync = true
	if err := fact("not synced"); !errors.Is(err, errDisk) {
		t.Errorf("a fact that the disk refused: %v", err)
	}
	w.failWrite = true
	if err := fact("half written"); !errors.Is(err, errDisk) {
		t.Errorf("a fact of half a line: %v", err)
	}
	w.failWrite = false
	if err := errors.Join(fact("last"), j.Close()); err != nil {
		t.Fatal(err)
	}
	j, entries, err := Open(dir)
	if err != nil || len(entries) != 2 || entries[0].Refusal != "first" || entries[1].Refusal != "last" {
		t.Errorf("%+v %v", entries, err)
	}
	_ = j.Close()
}
