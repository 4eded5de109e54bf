package tariffs

import (
	"context"
	"fmt"
	"sync"
	"time"

	"mofasa/tenants/scope"
)

// freshness is how long a process may use a book before it looks for a newer one.
const freshness = time.Second

// Catalogue gives every use case the published tariffs. At most once a second per process it asks the database whether anything
// was published, and only then reads the versions again.
type Catalogue struct {
	tx    *scope.Runner
	clock func() time.Time
	mu    sync.Mutex // held while asking, so that one asks for all
	book  Book
	seen  fingerprint
	asked time.Time // zero: never
}

// NewCatalogue binds a catalogue to its transactions and clock.
func NewCatalogue(tx *scope.Runner, clock func() time.Time) *Catalogue {
	return &Catalogue{tx: tx, clock: clock}
}

// Book is the published tariffs, at most a second old. A caller keeps the book that it was given for the whole use case.
func (c *Catalogue) Book(ctx context.Context) (Book, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	asking := c.clock()
	if !c.asked.IsZero() && asking.Sub(c.asked) < freshness {
		return c.book, nil
	}
	book, seen := c.book, c.seen
	err := c.tx.InTx(ctx, scope.Public(""), func(tx *scope.Tx) (err error) {
		// What is published between the two statements is in the book and not in the fingerprint, so the next second reads it again.
		if seen, err = takeFingerprint(tx); err != nil || !c.asked.IsZero() && seen == c.seen {
			return err
		}
		book, err = LoadBook(tx)
		return err
	})
	if err != nil {
		return Book{}, fmt.Errorf("load tariffs: %w", err)
	}
	c.book, c.seen, c.asked = book, seen, asking
	return c.book, nil
}
