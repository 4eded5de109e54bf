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
	"mofasa/cmd/banksim/terminal"
)

// command is the command line: banksim serve.
func command() *cobra.Command {
	root := &cobra.Command{Use: "banksim", Short: "Simulated bank for tests and demonstrations", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(serveCommand())
	return root
}

// settings are what serve is told.
type settings struct {
	address, terminalAddress string
	customer                 time.Duration // at the card terminal
	options                  sim.Options
}

func serveCommand() *cobra.Command {
	var s settings
	serve := &cobra.Command{
		Use:   "serve",
		Short: "Serve the online gateways of SEP, Zarinpal and Mellat, the bill counter, and a card terminal",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd, s)
		},
	}
	flags, options := serve.Flags(), &s.options
	flags.StringVar(&s.address, "addr", "127.0.0.1:9090", "address to listen on; port 0 takes a free one")
	flags.StringVar(&s.terminalAddress, "terminal-addr", "", "address of a card terminal that speaks Sadad PcPos, such as 127.0.0.1:9091 (default none)")
	flags.DurationVar(&s.customer, "terminal-customer", 2*time.Second, "how long a customer takes with card and PIN")
	flags.StringVar(&options.PublicURL, "public-url", "", "where browsers reach the simulator (default http://ADDR)")
	flags.StringVar(&options.Journal, "journal", "", "JSONL file that keeps transactions over a restart")
	flags.StringSliceVar(&options.Terminals, "terminal", nil, "terminal or merchant id that exists, repeatable (default every one)")
	flags.StringVar(&options.Password, "password", "", "password that Mellat's merchants must send (default any)")
	flags.BoolVar(&options.Magic, "magic", false, "the last six digits of an amount choose a fault, see README.md")
	return serve
}

// serve listens until the command's context ends, then lets running requests finish.
func serve(cmd *cobra.Command, s settings) (err error) {
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return err
	}
	if s.options.PublicURL == "" {
		s.options.PublicURL = "http://" + listener.Addr().String()
	}
	bank, err := sim.New(s.options)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, bank.Close()) }()
	fmt.Fprintf(cmd.OutOrStdout(), "banksim: listening on %s, payment page at %s\n", listener.Addr(), s.options.PublicURL)
	handler := http.NewServeMux()
	handler.Handle("/", bank.Handler())
	if s.terminalAddress == "" {
		return run(cmd.Context(), listener, handler)
	}
	device, err := net.Listen("tcp", s.terminalAddress)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	pos := terminal.New(terminal.Options{Customer: s.customer, Magic: s.options.Magic})
	handler.Handle("/_sim/terminal/", pos.Handler())
	fmt.Fprintf(cmd.OutOrStdout(), "banksim: card terminal on %s\n", device.Addr())
	ended := make(chan error, 1)
	go func() { ended <- pos.Serve(cmd.Context(), device) }()
	return errors.Join(run(cmd.Context(), listener, handler), <-ended)
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
