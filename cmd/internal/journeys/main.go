// Command journeys stands up the whole of Mofasa for journeys through the portal in a real browser: a private PostgreSQL and Redis, the server with its worker, the simulated
// bank with its card terminal, and a card terminal's agent that is paired with an office. It prints one line of JSON that says where everything is and who can sign in
// (ground.go), makes vehicles and circumstances on request (requests.go), and stops everything when its standard input ends.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"mofasa/cmd/internal/app"
)

func main() {
	runtime.LockOSThread() // on Linux a child dies with the thread that started it, and this one lives as long as the program
	dir := flag.String("dir", "var/journeys", "folder of everything that the journeys leave")
	programs := flag.String("programs", "var/bin", "folder of mofasa, banksim and posagent")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(app.System(ctx), *dir, *programs); err != nil {
		fmt.Fprintln(os.Stderr, "journeys:", err)
		stop()
		os.Exit(1) //nolint:gocritic // everything is stopped
	}
}

// run keeps the ground until standard input ends, a signal comes or a part of it ends by itself.
func run(ctx context.Context, dir, programs string) error {
	g := &ground{programs: programs, failed: make(chan error, 8)}
	err := g.stand(ctx, dir)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(g.place)
	}
	if err == nil {
		err = g.wait(ctx)
	}
	return errors.Join(err, g.stop(context.WithoutCancel(ctx)))
}

func (g *ground) wait(ctx context.Context) error {
	left := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // nobody is there any more, however it ends
		close(left)
	}()
	select {
	case <-ctx.Done():
	case <-left:
	case err := <-g.failed:
		return err
	}
	return nil
}
