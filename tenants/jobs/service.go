package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"

	"mofasa/tenants/scope"
)

// Crew is who works in a process: how many jobs at once, and how often it looks for more.
type Crew struct {
	Pool  *sql.DB // of scope.OpenPlatform
	Log   *slog.Logger
	Size  int           // jobs at once; 0: 16
	Every time.Duration // 0: half a second
}

// Run works jobs of these kinds until ctx ends, and then lets those under way finish for a few seconds. It runs in as many processes as wanted. Error: the database is
// not there, or a kind is given twice.
func (c Crew) Run(ctx context.Context, kinds ...Kind) error {
	client, err := c.client(kinds)
	if err != nil {
		return err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	<-ctx.Done()
	patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), Timeout/2)
	defer cancel()
	if err := client.Stop(patient); errors.Is(err, context.DeadlineExceeded) {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), Timeout/2)
		defer cancel()
		return client.StopAndCancel(last)
	} else if err != nil {
		return fmt.Errorf("stop jobs: %w", err)
	}
	return nil
}

func (c Crew) client(kinds []Kind) (*river.Client[*sql.Tx], error) {
	if c.Size == 0 {
		c.Size = 16
	}
	if c.Every == 0 {
		c.Every = time.Second / 2
	}
	workers := river.NewWorkers()
	for _, k := range kinds {
		if err := k.add(workers, c.Log); err != nil {
			return nil, fmt.Errorf("jobs: %w", err)
		}
	}
	client, err := river.NewClient(riverdatabasesql.New(c.Pool), &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: c.Size}}, Workers: workers, FetchPollInterval: c.Every,
		JobTimeout: Timeout, RescueStuckJobsAfter: Rescue, Logger: slog.New(worried{c.Log.Handler()}),
		ReindexerSchedule: river.NeverSchedule(), // only the owner may
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return client, nil
}

// worried passes on warnings and errors: River tells every few seconds that it is well.
type worried struct{ slog.Handler }

// Enabled holds from warnings on.
func (w worried) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WorkNext does the most overdue job of a kind by the runner's own clock, in the caller's time; false: none is due. It leases jobs as Run does, which knows only the
// wall's clock.
func WorkNext(ctx context.Context, runner *scope.Runner, k Kind) (bool, error) {
	var job *taken
	err := runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		job, err = take(tx, k.name)
		return err
	})
	if err != nil || job == nil {
		return false, err
	}
	again, failed := k.work(ctx, job.Args)
	if failed != nil {
		again = AfterError
	}
	return true, errors.Join(failed, runner.InTx(context.WithoutCancel(ctx), scope.Platform(), func(tx *scope.Tx) error { return putBack(tx, *job, again) }))
}

// asSystem lets work act as the program itself.
func asSystem(ctx context.Context) context.Context {
	return scope.WithActor(ctx, scope.Actor{Kind: scope.ActorSystem})
}
