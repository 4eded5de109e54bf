package privacy

import (
	"context"
	"fmt"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Rows are stored rows that a change of keys makes anew. Table is one kind of them; who stores blind indexes brings another.
type Rows interface {
	// String is the table's name.
	String() string
	// Renew makes at most AtOnce rows that stand after a cursor ("" is the beginning) anew under the newest key, in one transaction. It passes by what somebody
	// else has locked.
	Renew(tx *scope.Tx, ring *Keyring, after string) (Batch, error)
	// Count counts the rows by key. Which keys of the ring are held is not its concern.
	Count(tx *scope.Tx) ([]Count, error)
}

// AtOnce bounds one transaction of a rotation, and so how long its rows are locked.
const AtOnce = 200

// Batch is what one transaction of a rotation did. Last is the cursor of its last row, "" where none was left; Broken are rows that stay as they are, as "table id:
// why".
type Batch struct {
	Last   string
	Key    KeyID // the newest, to which rows were brought
	Done   int
	Broken []string
}

// Service makes what is stored anew when there is a new key.
type Service struct {
	tx   *scope.Runner
	ring *Keyring
	rows []Rows
}

// NewService binds the service to its transactions, the keys, and all rows that depend on them.
func NewService(tx *scope.Runner, ring *Keyring, rows ...Rows) *Service {
	return &Service{tx: tx, ring: ring, rows: rows}
}

// Rotation is what a rotation did: rows made anew, and those that could not be, as "table id: why".
type Rotation struct {
	Done   int
	Broken []string
}

// Rotate brings every row of an older key to the newest one, in small transactions beside all other work. It may end at any time and be begun again, and several
// may run: each takes rows that nobody else has. A row that does not open stays as it is and is named; the rest goes on. tell hears the rows done so far.
func (s *Service) Rotate(ctx context.Context, tell func(done int)) (Rotation, error) {
	var done Rotation
	if err := s.ring.Reload(); err != nil {
		return done, err
	}
	for _, rows := range s.rows {
		for {
			before, broken := done.Done, len(done.Broken)
			if err := s.pass(ctx, rows, &done, tell); err != nil {
				return done, err
			}
			if done.Done == before { // whoever writes under the old key behind the pass is met by the next one
				break
			}
			done.Broken = done.Broken[:broken]
		}
	}
	return done, nil
}

// pass walks some rows once, in their order.
func (s *Service) pass(ctx context.Context, rows Rows, done *Rotation, tell func(int)) error {
	for after := ""; ; {
		var b Batch
		err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
			if b, err = rows.Renew(tx, s.ring, after); err != nil || b.Done == 0 {
				return err
			}
			return audit.Write(tx, audit.Record{Action: "privacy.rotated", TargetKind: "table", TargetID: rows.String(), Details: map[string]any{"rows": b.Done, "key": b.Key}})
		})
		if err != nil {
			return fmt.Errorf("rotate %s: %w", rows.String(), err)
		}
		if b.Last == "" {
			return nil
		}
		after, done.Done, done.Broken = b.Last, done.Done+b.Done, append(done.Broken, b.Broken...)
		tell(done.Done)
	}
}

// Count is how many rows of a table are under a key. Held tells whether this process has it, Newest whether it is the one in use. Stuck rows cannot be brought to
// another key: what they were made of is not kept.
type Count struct {
	Table        string
	Family       Family
	Key          KeyID
	Rows         int64
	Stuck        bool
	Held, Newest bool
}

// Old tells whether the key must be kept for these rows.
func (c Count) Old() bool { return c.Rows > 0 && !c.Newest }

// Status counts rows by table and key, with a count of zero for every key that this process has and no row needs.
func (s *Service) Status(ctx context.Context) (counts []Count, err error) {
	if err := s.ring.Reload(); err != nil {
		return nil, err
	}
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		counts = nil
		for _, rows := range s.rows {
			found, err := rows.Count(tx)
			if err != nil {
				return err
			}
			counts = append(counts, found...)
		}
		return nil
	})
	now := s.ring.now()
	for i := range counts {
		c := &counts[i]
		if c.Family == Seals || c.Family == Indexes { // whoever has a key of their own knows it themselves
			c.Held, c.Newest = now.holds(c.Family, c.Key), c.Key == now.newest(c.Family)
		}
	}
	return append(counts, now.unused(counts)...), err
}
