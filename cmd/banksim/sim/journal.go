package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// entry is one line of the journal: a session as it now stands, a bill that was paid, or how far the clock is ahead.
type entry struct {
	Transaction *Transaction  `json:"transaction,omitempty"`
	Advanced    time.Duration `json:"advanced_ns,omitempty"`
	Bill        *BillPayment  `json:"bill,omitempty"`
}

// journal is an append-only JSONL file. It is not synced: it survives the process, not the machine.
type journal struct{ file *os.File }

// openJournal reads every whole line and cuts a half-written last one off, which a killed process leaves behind. A missing
// folder is made.
func openJournal(path string) (*journal, []entry, error) {
	const ownerOnly, ownerOnlyFolder = 0o600, 0o700
	if err := os.MkdirAll(filepath.Dir(path), ownerOnlyFolder); err != nil {
		return nil, nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, ownerOnly)
	if err != nil {
		return nil, nil, err
	}
	entries, whole, err := readJournal(path)
	if err == nil {
		err = file.Truncate(whole)
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return &journal{file}, entries, nil
}

// readJournal gives the entries and the length of the file up to its last line break.
func readJournal(path string) ([]entry, int64, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	whole := raw[:bytes.LastIndexByte(raw, '\n')+1]
	var entries []entry
	for line := range bytes.Lines(whole) {
		var next entry
		if err := json.Unmarshal(line, &next); err != nil {
			return nil, 0, fmt.Errorf("%s line %d: %w", path, len(entries)+1, err)
		}
		entries = append(entries, next)
	}
	return entries, int64(len(whole)), nil
}

func (j *journal) write(next entry) error {
	line, err := json.Marshal(next)
	if err != nil {
		return err
	}
	_, err = j.file.Write(append(line, '\n'))
	return err
}

func (j *journal) close() error { return j.file.Close() }

// record appends an entry. A simulator whose journal cannot be written stops answering rather than forgetting money: the
// panic ends the call that wanted the change. The caller holds mu.
func (s *Server) record(next entry) {
	if s.journal == nil {
		return
	}
	if err := s.journal.write(next); err != nil {
		panic(fmt.Errorf("banksim journal: %w", err))
	}
}

// reload replays entries into an empty server.
func (s *Server) reload(entries []entry) {
	for _, old := range entries {
		switch {
		case old.Bill != nil:
			s.bills = append(s.bills, *old.Bill)
		case old.Transaction != nil:
			s.keep(old.Transaction)
		default:
			s.advanced = old.Advanced
		}
	}
}
