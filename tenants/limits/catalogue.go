package limits

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"mofasa/tenants/scope"
)

const (
	freshness = time.Second            // a process asks no more often whether anything was written
	staleness = 2 * time.Second        // and no request goes by an older book while the database answers
	askWithin = 500 * time.Millisecond // limits wait no longer for the database
)

// Catalogue gives every request the overrides that stand, without a query of its own: at most once a second per process it asks the
// database whether anything was written or removed, and only then reads them again.
type Catalogue struct {
	tx     *scope.Runner
	clock  func() time.Time
	asking sync.Mutex
	held   atomic.Pointer[holding]
}

// holding is a book with what it was read from and when.
type holding struct {
	book  Book
	seen  fingerprint
	asked time.Time
}

func (h *holding) age(now time.Time) time.Duration {
	if h == nil || now.Before(h.asked) { // a clock that stepped back says nothing about the age
		return staleness
	}
	return now.Sub(h.asked)
}

// NewCatalogue binds a catalogue to its transactions and clock.
func NewCatalogue(tx *scope.Runner, clock func() time.Time) *Catalogue {
	return &Catalogue{tx: tx, clock: clock}
}

// Book is what stands, at most two seconds old. Where the database does not answer it is the last one known (at first an empty one),
// and the error says why; it is asked again a second later.
func (c *Catalogue) Book(ctx context.Context) (Book, error) {
	age := c.held.Load().age(c.clock())
	if age < freshness {
		return c.held.Load().book, nil
	}
	if age >= staleness {
		c.asking.Lock()
	} else if !c.asking.TryLock() {
		return c.held.Load().book, nil // somebody asks already
	}
	defer c.asking.Unlock()
	now := c.clock()
	if was := c.held.Load(); was.age(now) < freshness {
		return was.book, nil
	}
	return c.ask(ctx, now)
}

// ask looks for a newer book. What is written between the two statements is in the book and not in the fingerprint, so the next second reads it again.
func (c *Catalogue) ask(ctx context.Context, now time.Time) (Book, error) {
	next := holding{asked: now}
	was := c.held.Load()
	if was != nil {
		next.book, next.seen = was.book, was.seen
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askWithin) // a caller who hangs up does not end it for the others
	defer cancel()
	err := c.tx.InTx(scope.WithActor(ctx, scope.Actor{Kind: scope.ActorSystem}), scope.Platform(), func(tx *scope.Tx) error {
		seen, err := takeFingerprint(tx)
		if err != nil || was != nil && seen == was.seen {
			return err
		}
		list, err := standing(tx)
		if err == nil {
			next.book, next.seen = NewBook(list), seen
		}
		return err
	})
	c.held.Store(&next)
	if err != nil {
		return next.book, fmt.Errorf("load limit overrides: %w", err)
	}
	return next.book, nil
}
