package jobs

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"

	"mofasa/tenants/scope"
)

// inserter needs no connection of its own and is never started: it writes on the transactions that it is given.
var inserter = sync.OnceValues(func() (*river.Client[*sql.Tx], error) {
	return river.NewClient(riverdatabasesql.New(nil), &river.Config{Logger: slog.New(slog.DiscardHandler)})
})

var errNoTransaction = errors.New("jobs: a job is enqueued on a transaction")

// Insert enqueues a job on a transaction of any scope, to be done at a moment or soon after. Where a job of equal args waits already, or is at work, that one stays
// as it is.
func Insert(tx *scope.Tx, args Args, at time.Time) error {
	client, err := inserter()
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	conn, ok := tx.DB.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return errNoTransaction
	}
	insert := func() error {
		if _, err := client.InsertTx(tx.DB.Statement.Context, conn, args, options(at)); err != nil {
			return fmt.Errorf("enqueue %s: %w", args.Kind(), err)
		}
		return nil
	}
	if tx.Scope.Kind() == scope.KindPlatform {
		return insert()
	}
	return tx.As(scope.Platform(), insert)
}

// Waiting is what of one kind is due and not done.
type Waiting struct {
	Kind   string
	Count  int64
	Oldest time.Duration // since it was due; 0: nothing waits
}

// Backlog counts the jobs that are due at the transaction's time, by kind, in the platform's scope.
func Backlog(tx *scope.Tx) (list []Waiting, err error) {
	var rows []struct {
		Kind  string
		Count int64
		Due   time.Time
	}
	err = tx.DB.Raw(`SELECT kind, count(*) AS count, min(scheduled_at) AS due FROM river_job WHERE state IN ('available','retryable','scheduled','running') AND scheduled_at <= ?
	  GROUP BY kind ORDER BY kind`, tx.Now).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	for _, r := range rows {
		list = append(list, Waiting{Kind: r.Kind, Count: r.Count, Oldest: tx.Now.Sub(r.Due)})
	}
	return list, nil
}

// taken is a job at work.
type taken struct {
	ID   int64
	Args json.RawMessage
}

// take leases the next job of a kind that is due, or was left by whoever took it.
func take(tx *scope.Tx, kind string) (*taken, error) {
	var found []taken
	err := tx.DB.Raw(`UPDATE river_job SET state = 'running', attempt = attempt + 1, attempted_at = ?, attempted_by = array_append(attempted_by, 'in step')
	  WHERE id = (SELECT id FROM river_job WHERE kind = ? AND (state IN ('available','retryable','scheduled') AND scheduled_at <= ? OR state = 'running' AND attempted_at <= ?)
	    ORDER BY scheduled_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, args`, tx.Now, kind, tx.Now, tx.Now.Add(-Rescue)).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("take a job: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return &found[0], nil
}

// putBack ends a lease: done, or due again.
func putBack(tx *scope.Tx, job taken, again time.Duration) error {
	state, due, ended := "scheduled", tx.Now.Add(again), sql.NullTime{}
	if again == 0 {
		state, due, ended = "completed", tx.Now, sql.NullTime{Time: tx.Now, Valid: true}
	}
	err := tx.DB.Exec(`UPDATE river_job SET state = CAST(? AS river_job_state), scheduled_at = ?, finalized_at = ?, attempt = greatest(attempt - 1, 0)
	  WHERE id = ? AND state = 'running'`, state, due, ended, job.ID).Error
	if err != nil {
		return fmt.Errorf("put job back: %w", err)
	}
	return nil
}
