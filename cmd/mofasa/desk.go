package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/certificates"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/gateways"
	"mofasa/billing/payments/sep"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/scope"
)

var errNoTerminal = errors.New("configuration: MOFASA_SEP_TERMINAL is not set, so that no provider is known")

// deskService is the service of the desk, of refunds and of the stories. It knows the providers' windows as the server does, and asks no provider: what needs one is left to
// the worker.
func deskService(cmd *cobra.Command, runner *scope.Runner) *payments.Service {
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	known := providers{sync.OnceValues(func() (*gateways.Registry, error) { return registry(runner, log) }), log}
	return payments.NewService(runner, known, "", log).Superseding(certificates.Supersede)
}

// providers are those of the configuration and of the registry, made when one is first needed.
type providers struct {
	registry func() (*gateways.Registry, error)
	log      *slog.Logger
}

// Choose picks the terminal of an order's next payment.
func (p providers) Choose(tx *scope.Tx, order uuid.UUID) (gateway.Gateway, []int, error) {
	r, err := p.registry()
	if err != nil {
		return nil, nil, err
	}
	return r.Choose(tx, order)
}

// Of is the terminal that a payment was sent to.
func (p providers) Of(ctx context.Context, provider, terminal string) (gateway.Gateway, error) {
	r, err := p.registry()
	if err != nil {
		p.log.WarnContext(ctx, "the windows of providers are not known here", "error", err)
		return nil, err
	}
	return r.Of(ctx, provider, terminal)
}

// registry makes the registry of the configuration. Keys are never made here: without those that seal the terminals' secrets none of them could be opened.
func registry(runner *scope.Runner, log *slog.Logger) (*gateways.Registry, error) {
	c, err := app.LoadConfig()
	if err != nil {
		return nil, err
	}
	if c.SEPTerminal == "" {
		return nil, errNoTerminal
	}
	standard, err := sep.New(sep.Config{BaseURL: c.SEPURL, PageURL: c.SEPPageURL, TerminalID: c.SEPTerminal})
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(c.KeysDir); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	ring, err := app.LoadKeyring(c.KeysDir)
	if err != nil {
		return nil, err
	}
	return gateways.NewRegistry(runner, ring, app.Hosts(c), standard, log), nil
}
