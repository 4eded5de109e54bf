package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"mofasa/cmd/banksim/sim"
)

// command is the command line: banksim serve.
func command() *cobra.Command {
	root := &cobra.Command{Use: "banksim", Short: "Simulated bank for tests and demonstrations", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(serveCommand())
	return root
}

func serveCommand() *cobra.Command {
	var address string
	var options sim.Options
	serve := &cobra.Command{
		Use:   "serve",
		Short: "Serve the SEP online gateway and its payment page",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd, address, options)
		},
	}
	flags := serve.Flags()
	flags.StringVar(&address, "addr", "127.0.0.1:9090", "address to listen on; port 0 takes a free one")
	flags.StringVar(&options.PublicURL, "public-url", "", "where browsers reach the simulator (default http://ADDR)")
	flags.StringVar(&options.Journal, "journal", "", "JSONL file that keeps transactions over a restart")
	flags.StringSliceVar(&options.Terminals, "terminal", nil, "terminal that exists, repeatable (default every number)")
	return serve
}

// serve listens until the command's context ends, then lets running requests finish.
func serve(cmd *cobra.Command, address string, options sim.Options) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if options.PublicURL == "" {
		options.PublicURL = "http://" + listener.Addr().String()
	}
	bank, err := sim.New(options)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	fmt.Fprintf(cmd.OutOrStdout(), "banksim: listening on %s, payment page at %s\n", listener.Addr(), options.PublicURL)
	return errors.Join(run(cmd.Context(), listener, bank.Handler()), bank.Close())
}

func run(ctx context.Context, listener net.Listener, handler http.Handler) error {
	const headerTimeout, grace = 10 * time.Second, 5 * time.Second
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		stopped <- server.Shutdown(last)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
