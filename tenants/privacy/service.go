package privacy

import (
	"context"
	"errors"
	"fmt"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Table is a table whose rows hold envelopes. Its key is the uuid column id, the place of an envelope is table, column and id, and the envelopes of a row share
// their key, which the table's index knows by envelope_key of the last column.
type Table struct {
	Name    string
	Columns []string
}

func (t Table) keyed() string { return "envelope_key(" + t.Columns[len(t.Columns)-1] + ")" }

// Service seals what is stored anew when there is a new key.
type Service struct {
	tx     *scope.Runner
	ring   *Keyring
	tables []Table
}

// NewService binds the service to its transactions, the keys, and every table that holds envelopes.
func NewService(tx *scope.Runner, ring *Keyring, tables ...Table) *Service {
	return &Service{tx: tx, ring: ring, tables: tables}
}

// atOnce bounds one transaction of a rotation, and so how long its rows are locked.
const atOnce = 200

// Rotation is what a rotation did: rows sealed anew, and those that could not be opened, as "table id: why".
type Rotation struct {
	Sealed int
	Broken []string
}

// Rotate seals every row of an older key under the newest one, in small transactions beside all other work. It may end at any time and be begun again, and several
// may run: each takes rows that nobody else has. A row that does not open stays as it is and is named; the rest goes on. tell hears the rows sealed so far.
func (s *Service) Rotate(ctx context.Context, tell func(sealed int)) (Rotation, error) {
	var done Rotation
	if err := s.ring.Reload(); err != nil {
		return done, err
	}
	for _, t := range s.tables {
		for {
			before := done.Sealed
			if err := s.pass(ctx, t, &done, tell); err != nil {
				return done, err
			}
			if done.Sealed == before { // whoever writes under the old key behind the pass is met by the next one
				break
			}
			done.Broken = nil
		}
	}
	return done, nil
}

// pass walks a table once, in the order of ids.
func (s *Service) pass(ctx context.Context, t Table, done *Rotation, tell func(int)) error {
	for after := ""; ; {
		var b batch
		err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
			b, err = s.rotateBatch(tx, t, after)
			return err
		})
		if err != nil {
			return err
		}
		if b.last == "" {
			return nil
		}
		after, done.Sealed, done.Broken = b.last, done.Sealed+b.sealed, append(done.Broken, b.broken...)
		tell(done.Sealed)
	}
}

// batch is what one transaction did; last is the id of its last row.
type batch struct {
	last   string
	sealed int
	broken []string
}

func (s *Service) rotateBatch(tx *scope.Tx, t Table, after string) (b batch, err error) {
	newest := s.ring.Newest()
	rows, err := olderRows(tx, t, newest, after)
	if err != nil || len(rows) == 0 {
		return b, err
	}
	for _, r := range rows {
		b.last = r.id
		fresh, err := s.again(t, r, newest)
		if err != nil {
			b.broken = append(b.broken, fmt.Sprintf("%s %s: %v", t.Name, r.id, err))
			continue
		}
		if err := updateRow(tx, t, r.id, fresh); err != nil {
			return b, err
		}
		b.sealed++
	}
	if b.sealed == 0 {
		return b, nil
	}
	return b, audit.Write(tx, audit.Record{Action: "privacy.rotated", TargetKind: "table", TargetID: t.Name, Details: map[string]any{"rows": b.sealed, "key": newest}})
}

// again opens and seals all envelopes of a row.
func (s *Service) again(t Table, r storedRow, newest KeyID) ([][]byte, error) {
	fresh := make([][]byte, len(t.Columns))
	for i, column := range t.Columns {
		at := Place{Table: t.Name, Column: column, Row: r.id}
		text, err := s.ring.Open(at, r.envelopes[i])
		if err == nil {
			fresh[i], err = s.ring.SealWith(newest, at, text)
		}
		if err != nil {
			return nil, errors.Join(err)
		}
	}
	return fresh, nil
}

// Count is how many rows of a table are sealed under a key. Held tells whether this process has it.
type Count struct {
	Table string
	Key   KeyID
	Rows  int64
	Held  bool
}

// Status counts rows by table and key. Newest is the key that is sealed under now.
func (s *Service) Status(ctx context.Context) (counts []Count, newest KeyID, err error) {
	if err := s.ring.Reload(); err != nil {
		return nil, 0, err
	}
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		counts = nil
		for _, t := range s.tables {
			found, err := countKeys(tx, t)
			if err != nil {
				return err
			}
			counts = append(counts, found...)
		}
		return nil
	})
	for i := range counts {
		counts[i].Held = s.ring.key(counts[i].Key) != nil
	}
	return counts, s.ring.Newest(), err
}
