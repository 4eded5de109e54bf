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

// Catalogue gives every use case the published tariffs, read from the database at most once a second per process.
type Catalogue struct {
	tx     *scope.Runner
	clock  func() time.Time
	mu     sync.Mutex
	book   Book
	loaded time.Time
}

// NewCatalogue binds a catalogue to its transactions and clock.
func NewCatalogue(tx *scope.Runner, clock func() time.Time) *Catalogue {
	return &Catalogue{tx: tx, clock: clock}
}

// Book is the published tariffs, at most a second old. A caller keeps the book that it was given for the whole use case.
func (c *Catalogue) Book(ctx context.Context) (Book, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.loaded.IsZero() && c.clock().Sub(c.loaded) < freshness {
		return c.book, nil
	}
	err := c.tx.InTx(ctx, scope.Public(""), func(tx *scope.Tx) (err error) {
		c.book, err = LoadBook(tx)
		return err
	})
	if err != nil {
		return Book{}, fmt.Errorf("load tariffs: %w", err)
	}
	c.loaded = c.clock()
	return c.book, nil
}
