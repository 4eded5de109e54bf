// Package journal remembers every attempt of a terminal agent on disk before anything leaves the process: one line per fact, each synced to the disk before the next step,
// never changed. What a killed process leaves half-written is cut off; a damaged line before the last stops the agent, since a forgotten sale could be taken twice.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/pcpos"
)

// Kind says what a fact tells of its attempt.
type Kind string

// The kinds, in the order in which they can follow each other.
const (
	Opened   Kind = "opened"   // the first line: of what came before it, the journal knows nothing
	Never    Kind = "never"    // the order is refused for ever; nothing has been sent
	Created  Kind = "created"  // the order was accepted; nothing has been sent
	Sending  Kind = "sending"  // the request leaves now: from here on the card may be charged
	Refused  Kind = "refused"  // the terminal said by itself that it did not run it
	Outcome  Kind = "outcome"  // what is known, signed; an unknown one may be followed by another
	Released Kind = "released" // the server settled an unknown attempt elsewhere
)

// Entry is one fact.
type Entry struct {
	Kind      Kind             `json:"kind"`
	PaymentID uuid.UUID        `json:"payment_id"` // nil of Opened
	At        time.Time        `json:"at"`
	Order     *pcpos.SaleOrder `json:"order,omitempty"`   // of Created and Never
	Refusal   string           `json:"refusal,omitempty"` // of Refused
	Outcome   *pcpos.Outcome   `json:"outcome,omitempty"` // of Outcome and Never
	Signed    string           `json:"signed,omitempty"`  // the same, as a JWS
}

// ErrDamaged says that a line before the last cannot be read.
var ErrDamaged = errors.New("journal: damaged")

const name = "journal.jsonl"

// disk is what a journal needs of its file.
type disk interface {
	io.ReadWriteSeeker
	io.Closer
	Truncate(size int64) error
	Sync() error
}

// Journal is the open file. Its user serializes the calls.
type Journal struct {
	file   disk
	size   int64 // of what is whole and synced
	broken error // set for ever once a failed write could not be undone
}

// Open reads dir's journal, or makes one, and cuts an unfinished last line off.
func Open(dir string) (*Journal, []Entry, error) {
	path := filepath.Join(dir, name)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("journal: %w", err)
	}
	j := &Journal{file: file}
	entries, err := j.load()
	if err == nil {
		err = j.cut()
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return j, entries, nil
}

// Close gives the file back.
func (j *Journal) Close() error { return j.file.Close() }

func (j *Journal) load() ([]Entry, error) {
	raw, err := io.ReadAll(j.file)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var entries []Entry
	for len(raw) > 0 {
		line, rest, whole := bytes.Cut(raw, []byte("\n"))
		entry, err := decode(line)
		if !whole || err != nil && len(rest) == 0 {
			return entries, nil // the last line was being written
		}
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrDamaged, len(entries)+1, err)
		}
		entries, raw = append(entries, entry), rest
		j.size += int64(len(line)) + 1
	}
	return entries, nil
}

// cut removes what follows the last whole line.
func (j *Journal) cut() error {
	if err := j.file.Truncate(j.size); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if _, err := j.file.Seek(j.size, io.SeekStart); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return j.file.Sync()
}

// Append writes a fact and returns once the disk has it. After an error the fact does not count, and nothing may be done that it was to precede.
func (j *Journal) Append(e Entry) error {
	if j.broken != nil {
		return j.broken
	}
	line, err := encode(e)
	if err != nil {
		return err
	}
	_, err = j.file.Write(line)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		if undo := j.cut(); undo != nil {
			j.broken = fmt.Errorf("journal: cannot be written any more: %w", undo)
		}
		return fmt.Errorf("journal: %w", err)
	}
	j.size += int64(len(line))
	return nil
}

// encode is a check sum of eight hexadecimal digits, a blank, and JSON.
func encode(e Entry) ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(body), body), nil
}

func decode(line []byte) (Entry, error) {
	sum, body, ok := bytes.Cut(line, []byte(" "))
	wanted, err := strconv.ParseUint(string(sum), 16, 32)
	if !ok || err != nil || uint32(wanted) != crc32.ChecksumIEEE(body) {
		return Entry{}, errors.New("the check sum differs")
	}
	var e Entry
	if err := json.Unmarshal(body, &e); err != nil {
		return Entry{}, err
	}
	return e, nil
}

// syncDir makes a new file's name durable. Windows has no such call and needs none.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
