package payments

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/tenants/scope"
)

// Standing is where an order stands, with everything that hangs on it: its bills, payments and certificate. Version is another one after every change; it says nothing
// else.
type Standing struct {
	State   bills.OrderState
	Version string
}

// Watch tells whoever waits beside an order that it has changed. One process asks one question for all its watchers at once, however many there are.
type Watch struct {
	tx  *scope.Runner
	log *slog.Logger

	mu       sync.Mutex
	watchers map[uuid.UUID]map[*watcher]struct{}
	over     bool // Run has ended
}

// watcher is one who waits. Its channel holds the latest standing alone: whoever is slow misses what was in between.
type watcher struct {
	news chan Standing
	told Standing
}

// NewWatch makes a watch that nobody waits at.
func NewWatch(tx *scope.Runner, log *slog.Logger) *Watch {
	return &Watch{tx: tx, log: log, watchers: map[uuid.UUID]map[*watcher]struct{}{}}
}

// Join waits beside an order, which the caller may see: the channel gives its standing soon, and again after every change, and is closed when Run ends, at once if it
// has. Leave must be called once.
func (w *Watch) Join(order uuid.UUID) (news <-chan Standing, leave func()) {
	one := &watcher{news: make(chan Standing, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		close(one.news)
		return one.news, func() {}
	}
	if w.watchers[order] == nil {
		w.watchers[order] = map[*watcher]struct{}{}
	}
	w.watchers[order][one] = struct{}{}
	return one.news, func() { w.leave(order, one) }
}

func (w *Watch) leave(order uuid.UUID, one *watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.watchers[order], one)
	if len(w.watchers[order]) == 0 {
		delete(w.watchers, order)
	}
}

// Run asks every so often where the watched orders stand, until ctx ends; then it sends all watchers away.
func (w *Watch) Run(ctx context.Context, every time.Duration) {
	ctx = scope.WithActor(ctx, scope.Actor{Kind: scope.ActorSystem})
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			w.dismiss()
			return
		case <-ticker.C:
		}
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "watch of orders", "error", err)
		}
	}
}

func (w *Watch) look(ctx context.Context) error {
	orders := w.orders()
	if len(orders) == 0 {
		return nil
	}
	var found map[uuid.UUID]Standing
	err := w.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		found, err = standings(tx, orders)
		return err
	})
	if err != nil {
		return err
	}
	w.tell(found)
	return nil
}

func (w *Watch) orders() []uuid.UUID {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids := make([]uuid.UUID, 0, len(w.watchers))
	for id := range w.watchers {
		ids = append(ids, id)
	}
	return ids
}

func (w *Watch) tell(found map[uuid.UUID]Standing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, now := range found {
		for one := range w.watchers[id] {
			one.tell(now)
		}
	}
}

// tell replaces what was not fetched yet. The caller holds the watch's lock, so nobody else sends.
func (one *watcher) tell(now Standing) {
	if one.told == now {
		return
	}
	one.told = now
	select {
	case <-one.news:
	default:
	}
	one.news <- now
}

func (w *Watch) dismiss() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ones := range w.watchers {
		for one := range ones {
			close(one.news)
		}
	}
	clear(w.watchers)
	w.over = true
}
