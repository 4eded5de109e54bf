package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/posagent/internal/journal"
	"mofasa/cmd/posagent/internal/link"
	"mofasa/cmd/posagent/internal/loopback"
	"mofasa/cmd/posagent/internal/pairing"
	"mofasa/cmd/posagent/internal/sales"
)

const defaultListen = "127.0.0.1:8899"

// settings are what serve is told.
type settings struct {
	listen, terminal, state string
	origins                 []string
}

func serveCommand() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer the portal on this machine and speak to the terminal",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), s, cmd.OutOrStdout()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&s.listen, "listen", defaultListen, "loopback address and port; port 0 takes a free one")
	flags.StringVar(&s.terminal, "terminal", "", "host:port of the terminal; its own port is 8888")
	flags.StringSliceVar(&s.origins, "origin", nil, "origin of the portal, such as https://portal.example.ir; repeatable")
	must(cmd.MarkFlagRequired("terminal"))
	must(cmd.MarkFlagRequired("origin"))
	stateFlag(cmd, &s.state)
	return cmd
}

// serve opens the door last: the journal has been read, and what it left open is concluded or being searched for.
func serve(ctx context.Context, s settings, out io.Writer) (err error) {
	if err := s.check(); err != nil {
		return err
	}
	lock, err := journal.Hold(s.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	paired, key, err := pairing.Load(s.state)
	if err != nil {
		return err
	}
	book, entries, err := journal.Open(s.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	log := slog.New(slog.NewTextHandler(out, nil))
	keys := pairing.NewRing(ctx, s.state, paired, time.Now, log)
	desk, err := sales.New(sales.Options{Journal: book, Terminal: link.Terminal{Address: s.terminal, Timers: link.Standard()}, Device: paired.DeviceID, Key: key,
		ServerKeys: keys.Find, Clock: time.Now, Log: log}, entries)
	if err != nil {
		return err
	}
	defer desk.Wait()
	listener, err := loopback.Listen(s.listen)
	if err != nil {
		return err
	}
	door := &loopback.Door{Desk: desk, Origins: s.origins, Port: listener.Addr().(*net.TCPAddr).Port, Life: ctx, Log: log,
		Identity: loopback.Identity{DeviceID: paired.DeviceID, KeyID: pcpos.KeyID(pairing.Public(key)), Terminal: s.terminal}}
	fmt.Fprintf(out, "posagent: device %s listens on http://%s for %s, terminal %s\n", paired.DeviceID, listener.Addr(), strings.Join(s.origins, ", "), s.terminal)
	go desk.Run(ctx)
	return run(ctx, listener, door.Handler())
}

// check refuses what would open the agent to more than the portal.
func (s settings) check() error {
	if host, port, err := net.SplitHostPort(s.terminal); err != nil || host == "" || port == "" {
		return fmt.Errorf("--terminal %q is not host:port", s.terminal)
	}
	for _, origin := range s.origins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || origin != u.Scheme+"://"+strings.ToLower(u.Host) {
			return fmt.Errorf("--origin %q is not scheme://host, as a browser writes it", origin)
		}
	}
	return nil
}

func run(ctx context.Context, listener net.Listener, handler http.Handler) error {
	const headerTimeout, bodyTimeout, idle, grace = 5 * time.Second, 10 * time.Second, time.Minute, 3 * time.Second
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, IdleTimeout: idle, MaxHeaderBytes: 16 << 10}
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
