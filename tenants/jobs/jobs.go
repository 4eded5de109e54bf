// Package jobs is the queue of work that waits. A job is enqueued on the transaction that causes it, so it exists if and only if its cause does; it is worked at least
// once, by whichever process comes first, again after that process died, and as long as it asks for more. River keeps the queue in PostgreSQL (riverqueue.com).
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Args says what a job is about: ids alone, since rows of the queue are no place for personal data. Its Kind is snake_case and stable.
type Args interface{ Kind() string }

// Kind is one kind of jobs with its work. Make one with Of.
type Kind struct {
	name string
	work func(ctx context.Context, raw json.RawMessage) (again time.Duration, err error)
	add  func(*river.Workers, *slog.Logger) error
}

// Of binds the work of a kind to its args. What work returns says when it wants to be done again, counted from now; 0: never. It is safe to be done twice, and in two
// places at once. Its error, or panic, is logged and it is done again soon: no number of errors makes a job be dropped.
func Of[A Args](work func(ctx context.Context, args A) (again time.Duration, err error)) Kind {
	var kind A
	return Kind{name: kind.Kind(),
		work: func(ctx context.Context, raw json.RawMessage) (time.Duration, error) {
			var args A
			if err := json.Unmarshal(raw, &args); err != nil {
				return 0, fmt.Errorf("read args of %s: %w", kind.Kind(), err)
			}
			return guarded(func() (time.Duration, error) { return work(ctx, args) })
		},
		add: func(to *river.Workers, log *slog.Logger) error {
			return river.AddWorkerSafely(to, &worker[A]{work: work, log: log})
		}}
}

// What was taken by a process that died is free again after Rescue, at the next round of the rescuer; River's rounds are half a minute apart, so nothing lies for more
// than a minute. Timeout is how long work may take before its context ends; AfterError is how long a job rests that went wrong.
const (
	Timeout    = 20 * time.Second
	Rescue     = 20 * time.Second
	AfterError = 10 * time.Second
)

// options let one job of equal args wait at a time, for as long as it takes.
func options(at time.Time) *river.InsertOpts {
	return &river.InsertOpts{MaxAttempts: math.MaxInt16, ScheduledAt: at, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled}}}
}

// worker is a kind's work as River wants it. An error is no failed attempt: attempts are counted, and a job that has used them up would be dropped.
type worker[A Args] struct {
	river.WorkerDefaults[A]
	work func(ctx context.Context, args A) (time.Duration, error)
	log  *slog.Logger
}

// Work does the job. It never gives River an error.
func (w *worker[A]) Work(ctx context.Context, job *river.Job[A]) error {
	again, err := guarded(func() (time.Duration, error) { return w.work(asSystem(ctx), job.Args) })
	if err != nil {
		w.log.ErrorContext(ctx, "job", "kind", job.Kind, "job", job.ID, "error", err)
		again = AfterError
	}
	if again == 0 {
		return nil
	}
	return river.JobSnooze(again)
}

// NextRetry lets a rescued job be worked at once.
func (w *worker[A]) NextRetry(job *river.Job[A]) time.Time { return job.AttemptedAt.Add(Rescue) }

// guarded turns a panic into an error.
func guarded(work func() (time.Duration, error)) (again time.Duration, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	again, err = work()
	return max(again, 0), err
}
