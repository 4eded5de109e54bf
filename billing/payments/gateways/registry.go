package gateways

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// Registry is payments.Providers over the terminals that are registered, and over the one of the configuration. What it chooses from is kept in memory and read again
// by Run; a payment's own terminal is found however long it has been closed.
type Registry struct {
	tx       *scope.Runner
	ring     *privacy.Keyring
	hosts    Hosts
	standard gateway.Gateway
	log      *slog.Logger

	mu    sync.RWMutex
	now   market
	known map[name]gateway.Gateway
	read  version
}

// name is what a stored payment calls its terminal.
type name struct{ provider, terminal string }

// version counts what has ever been opened and closed: it is another after every change.
type version struct{ Opened, Closed int }

// unread is the version of a registry that must be read again, whatever stands there.
var unread = version{-1, -1}

// NewRegistry binds the registry. Standard is the platform's terminal by configuration, which takes what no other one does.
func NewRegistry(tx *scope.Runner, ring *privacy.Keyring, hosts Hosts, standard gateway.Gateway, log *slog.Logger) *Registry {
	r := &Registry{tx: tx, ring: ring, hosts: hosts, standard: standard, log: log, read: unread}
	r.now, r.known = r.standing(nil)
	return r
}

var _ payments.Providers = (*Registry)(nil)

// Choose picks the terminal of an order's next payment and the cities whose bills it takes; of none for a payment into an office's deposit, which the platform's takes.
// Errors: municipality_account_missing, payment_in_suspense.
func (r *Registry) Choose(tx *scope.Tx, order uuid.UUID) (gateway.Gateway, []int, error) {
	r.mu.RLock()
	now := r.now
	r.mu.RUnlock()
	if order == uuid.Nil {
		return now.platform[0].Gateway, nil, nil
	}
	parts, fee, err := payments.OpenParts(tx, order)
	if err != nil {
		return nil, nil, err
	}
	to, cities := now.choose(parts, fee)
	return to.Gateway, cities, nil
}

// Of finds the terminal that a payment was sent to, also after it was closed.
func (r *Registry) Of(ctx context.Context, provider, terminal string) (gateway.Gateway, error) {
	if g := r.find(name{provider, terminal}); g != nil {
		return g, nil
	}
	if err := r.Reload(ctx); err != nil {
		return nil, err
	}
	if g := r.find(name{provider, terminal}); g != nil {
		return g, nil
	}
	return nil, fmt.Errorf("gateways: terminal %s of %s is not registered", terminal, provider)
}

func (r *Registry) find(n name) gateway.Gateway {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.known[n]
}

// Run reads the registry again when it has changed, until ctx ends.
func (r *Registry) Run(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if err := r.Reload(ctx); err != nil && ctx.Err() == nil {
			r.log.ErrorContext(ctx, "gateways", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Reload reads the registry, if it has changed.
func (r *Registry) Reload(ctx context.Context) error {
	r.mu.RLock()
	was := r.read
	r.mu.RUnlock()
	var rows []stored
	var is version
	err := r.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		if is, err = changes(tx); err != nil || is == was {
			return err
		}
		rows, err = used(tx)
		return err
	})
	if err != nil || is == was {
		return err
	}
	now, known := r.standing(rows)
	if len(known) < len(distinct(rows))+1 {
		is = unread // one of them could not be made: its key may come yet
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now, r.known, r.read = now, known, is
	return nil
}

func distinct(rows []stored) map[name]bool {
	names := map[name]bool{}
	for _, row := range rows {
		names[name{row.Provider, row.Number}] = true
	}
	return names
}

// standing makes the terminals of rows, oldest first. One that cannot be made is told and left out: its city's bills go over the platform's meanwhile.
func (r *Registry) standing(rows []stored) (market, map[name]gateway.Gateway) {
	now, known := market{cities: map[int]line{}}, map[name]gateway.Gateway{}
	for _, row := range rows {
		secrets, err := row.unseal(r.ring)
		if err != nil {
			r.log.Error("gateway cannot be opened", "gateway", row.ID, "error", err)
			continue
		}
		g, err := r.hosts.build(row.Terminal, secrets)
		if err != nil {
			r.log.Error("gateway cannot be made", "gateway", row.ID, "error", err)
			continue
		}
		known[name{row.Provider, row.Number}] = g
		switch {
		case row.State == Open && row.MunicipalityID == 0:
			now.platform = append(now.platform, line{g, row.Settings})
		case row.State == Open:
			now.cities[row.MunicipalityID] = line{g, row.Settings}
		}
	}
	now.platform = append(now.platform, line{r.standard, Settings{}})
	known[name{r.standard.Provider(), r.standard.Terminal()}] = r.standard
	return now, known
}
