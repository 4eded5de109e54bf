package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mofasa/api/ratelimit/localredis"
	"mofasa/cmd/internal/app"
	"mofasa/migrations/localpg"
	"mofasa/tenants/scope"
)

// demoRoom is more than a first run writes, in bytes: the database with its write-ahead log.
const demoRoom = 300 << 20

// defaultPort is where the demo's server listens if nobody else does.
const defaultPort = 8080

// demoOptions are the command line.
type demoOptions struct {
	dir       string // everything lives in dir/demo
	port      int
	portGiven bool // a taken port is then an error, not a reason to take the next
	once      bool
}

func newDemoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{Use: "demo", Short: "Start everything privately, clear a vehicle through the public API, and stay up", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP) // a closed terminal ends the demo as Ctrl-C does
			defer stop()
			signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // nobody reads on: the job goes on, and what was started is stopped
			o.portGiven = cmd.Flags().Changed("port")
			return runDemo(ctx, cmd.OutOrStdout(), o)
		}}
	cmd.Flags().BoolVar(&o.once, "once", false, "stop everything after the job")
	cmd.Flags().StringVar(&o.dir, "dir", "var", "folder of everything that the demo leaves")
	cmd.Flags().IntVar(&o.port, "port", defaultPort, "port of the server; without this flag the next free one is taken if it is in use")
	return cmd
}

// demo is one run: what it has started, and what it knows so far.
type demo struct {
	demoOptions
	tell   *teller
	folder *folder
	began  time.Time

	config   app.Config
	postgres *localpg.Server
	redis    *localredis.Server
	children []*child // in the order of their start
	runner   *scope.Runner
	close    func() error // of the runner's connections
	program  string       // this one
	bank     string       // the simulated bank, as the Makefile builds it beside this program
	bankPort int
	plate    string // of the vehicle to clear
	result   demoResult
}

// runDemo does the job, and leaves nothing running unless it is to stay up.
func runDemo(ctx context.Context, out io.Writer, o demoOptions) error {
	d := &demo{demoOptions: o, tell: &teller{out: out}, began: time.Now()}
	folder, err := openFolder(filepath.Join(o.dir, "demo"), demoRoom)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer folder.close()
	d.folder = folder
	if err := errors.Join(folder.forget("result.json", "certificate.pdf"), d.choosePorts()); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	err = d.run(ctx)
	if stopErr := d.stop(context.WithoutCancel(ctx)); err == nil {
		err = stopErr
	}
	return err
}

func (d *demo) run(ctx context.Context) error {
	d.tell.title("Mofasa demo · everything below " + d.folder.path)
	if err := d.stand(ctx); err != nil {
		return err
	}
	d.tell.title("The main job, through the public API of " + d.config.PublicURL)
	job := d.walk()
	if err := job.do(ctx); err != nil {
		return err
	}
	d.result.ElapsedMS = milliseconds(time.Since(d.began))
	if err := d.result.save(d.folder.file("result.json")); err != nil {
		return fmt.Errorf("demo: result: %w", err)
	}
	d.tell.title(fmt.Sprintf("Done in %s", seconds(time.Since(d.began))))
	if d.once {
		d.tell.facts([][2]string{{"Certificate", d.folder.file("certificate.pdf")}, {"Result", d.folder.file("result.json")}})
		return nil
	}
	if err := d.invite(ctx, job.certificate.VerifyUrl); err != nil {
		return err
	}
	return d.stayUp(ctx)
}

// invite says what can be looked at now.
func (d *demo) invite(ctx context.Context, verifyURL string) error {
	other, err := d.nextPlates(ctx)
	if err != nil {
		return fmt.Errorf("demo: find vehicles to try: %w", err)
	}
	d.tell.facts([][2]string{
		{"Portal", d.config.PublicURL},
		{"Sign in", fmt.Sprintf("%s, %s or %s, password %s", demoManager, demoCashier, demoClerk, demoPassword)},
		{"CLI and API", usernames(cityStaff()) + ", " + usernames(nationalStaff()) + ", same password"},
		{"Vehicles", other},
		{"Certificate", d.folder.file("certificate.pdf")},
		{"Anyone checks", verifyURL},
		{"Result", d.folder.file("result.json")},
		{"Logs", d.folder.file("server.log")},
		{"Stop", "Ctrl-C; the data stays, and the next demo goes on from it"},
	})
	return nil
}

// stayUp waits for Ctrl-C, or for a part of the demo to end by itself.
func (d *demo) stayUp(ctx context.Context) error {
	ended := make(chan *child, len(d.children))
	for _, c := range d.children {
		go func() {
			<-c.done
			ended <- c
		}()
	}
	select {
	case <-ctx.Done():
		fmt.Fprintln(d.tell.out, "\nstopping…")
		return nil
	case c := <-ended:
		return fmt.Errorf("demo: %w; see %s", c.endedEarly(), c.log)
	}
}

// stop ends what was started, last first.
func (d *demo) stop(ctx context.Context) error {
	for i := len(d.children) - 1; i >= 0; i-- {
		d.children[i].stop()
	}
	if d.close != nil {
		_ = d.close() // PostgreSQL ends these connections in any case
	}
	if d.redis != nil {
		d.redis.Stop()
	}
	if d.postgres == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := d.postgres.Stop(ctx); err != nil {
		return fmt.Errorf("demo: PostgreSQL did not stop: %w", err)
	}
	return nil
}
