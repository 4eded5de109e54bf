package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"mofasa/api"
	"mofasa/cmd/internal/app"
)

// sealEvery is how often a process looks for audit entries to seal and for ledger entries to seal and to roll up, and keysEvery how often it reads the keys of personal data again.
const (
	sealEvery = 2 * time.Second
	keysEvery = 10 * time.Second
)

// gatewaysEvery is how often a process looks whether a terminal was opened or closed.
const gatewaysEvery = time.Second

// watchEvery is how often a process looks whether an order has changed beside which somebody waits.
const watchEvery = time.Second

// previewEvery is how often a process looks for a preview that waits.
const previewEvery = time.Second

func newServeCommand() *cobra.Command {
	var worker bool
	cmd := &cobra.Command{Use: "serve", Short: "Serve the API and the portal", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		c, err := app.LoadConfig()
		if err != nil {
			return err
		}
		p, err := app.Build(c, os.Stderr, api.DefaultLimits())
		if err != nil {
			return err
		}
		defer p.Close()
		ctx, cancel := context.WithCancel(cmd.Context())
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel() // the worker ends with the server, also where the server never began
		running.Go(func() { keepKeys(ctx, p) })
		running.Go(func() { p.Gateways.Run(ctx, gatewaysEvery) })
		running.Go(func() { p.Watch.Run(ctx, watchEvery) })
		running.Go(func() { app.WatchTokenKeys(ctx, p.TokenKeys, c.KeysDir, p.Log) })
		if worker {
			running.Go(func() { work(ctx, p) })
		}
		return serve(ctx, p, c.Listen)
	}}
	cmd.Flags().BoolVar(&worker, "with-worker", true, "resolve payments and run previews in this process, too")
	return cmd
}

func newWorkerCommand() *cobra.Command {
	return &cobra.Command{Use: "worker", Short: "Bring unfinished payments and waiting previews to their end, and seal the audit log and the books", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		c, err := app.LoadConfig()
		if err != nil {
			return err
		}
		p, err := app.Build(c, os.Stderr, api.DefaultLimits())
		if err != nil {
			return err
		}
		defer p.Close()
		p.Log.Info("worker started")
		ctx, cancel := context.WithCancel(cmd.Context())
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		running.Go(func() { p.Gateways.Run(ctx, gatewaysEvery) })
		work(ctx, p)
		return nil
	}}
}

// work does what waits, until ctx ends: payments whose check is due, one preview at a time, audit entries to seal, and ledger entries to seal and to roll up.
func work(ctx context.Context, p *app.Program) {
	var all sync.WaitGroup
	all.Go(func() { doJobs(ctx, p) })
	all.Go(func() { p.Payments.RunAdoption(ctx) })
	all.Go(func() { p.Previews.RunPreviews(ctx, previewEvery) })
	all.Go(func() { p.Audit.RunSealer(ctx, sealEvery) })
	all.Go(func() { p.Ledger.RunRoller(ctx, sealEvery) })
	all.Go(func() { p.Ledger.RunSealer(ctx, sealEvery) })
	all.Wait()
}

// doJobs does the jobs of the queue: payments whose check is due. Without a database at the start it tries again.
func doJobs(ctx context.Context, p *app.Program) {
	for ctx.Err() == nil {
		if err := p.Work(ctx); err != nil && ctx.Err() == nil {
			p.Log.Error("jobs", "error", err)
			wait(ctx, time.Second)
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// keepKeys lets a running process seal under a new key of personal data soon after there is one.
func keepKeys(ctx context.Context, p *app.Program) {
	ticker := time.NewTicker(keysEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := p.Keys.Reload(); err != nil {
			p.Log.Error("keys of personal data", "error", err)
		}
	}
}

// serve answers until ctx ends, then lets requests under way finish.
func serve(ctx context.Context, p *app.Program, address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (is the port in use?): %w", address, err)
	}
	server := &http.Server{Handler: p.Handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute}
	p.Log.Info("serving", "address", listener.Addr().String())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
