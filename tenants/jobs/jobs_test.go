package jobs_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/jobs"
	"mofasa/tenants/scope"
)

type visit struct {
	Thing uuid.UUID `json:"thing"`
}

func (visit) Kind() string { return "visit" }

// ground is a database with a runner on a clock that a test moves.
type ground struct {
	*scope.Runner
	db    *pgtest.DB
	ctx   context.Context
	ahead time.Duration
}

func newGround(t *testing.T) *ground {
	t.Helper()
	g := &ground{db: pgtest.New(t), ctx: scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})}
	db, pool, err := scope.Open(g.db.AppURL, 5)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	g.Runner = scope.NewRunner(db, func() time.Time { return time.Now().Add(g.ahead) }, uuid.New)
	return g
}

// crew works the kinds until the test ends, or until stop is called.
func (g *ground) crew(t *testing.T, log *slog.Logger, kinds ...jobs.Kind) (stop func()) {
	t.Helper()
	pool, err := scope.OpenPlatform(g.db.AppURL, 4)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := (jobs.Crew{Pool: pool, Log: log, Every: 100 * time.Millisecond}).Run(ctx, kinds...); err != nil {
			t.Error(err)
		}
	})
	stop = func() { cancel(); running.Wait(); _ = pool.Close() }
	t.Cleanup(stop)
	return stop
}

func (g *ground) insert(t *testing.T, in scope.Scope, thing uuid.UUID, at time.Time, end error) {
	t.Helper()
	err := g.InTx(g.ctx, in, func(tx *scope.Tx) error {
		if err := jobs.Insert(tx, visit{thing}, at); err != nil {
			return err
		}
		if tx.Scope != in {
			t.Errorf("the transaction is left in %s", tx.Scope)
		}
		return end
	})
	if !errors.Is(err, end) {
		t.Fatal(err)
	}
}

// states counts the jobs by state, as "completed 1, scheduled 2".
func (g *ground) states(t *testing.T) (text string) {
	t.Helper()
	err := g.InTx(g.ctx, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT coalesce(string_agg(state || ' ' || n, ', ' ORDER BY state::text), '') FROM (SELECT state, count(*) AS n FROM river_job GROUP BY 1) x`).Row().Scan(&text)
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (g *ground) exec(t *testing.T, statement string) {
	t.Helper()
	if err := g.InTx(g.ctx, scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(statement).Error }); err != nil {
		t.Fatal(err)
	}
}

func await(t *testing.T, what string, within time.Duration, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("%s did not happen within %s", what, within)
}

func TestAJobIsThereIfItsCauseIs(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	thing := uuid.New()
	g.insert(t, scope.Office(uuid.New()), thing, time.Now(), errors.New("undone"))
	if got := g.states(t); got != "" {
		t.Errorf("after a rollback: %s", got)
	}
	for _, in := range []scope.Scope{scope.Office(uuid.New()), scope.Municipality(122), scope.Platform()} { // once for all of them
		g.insert(t, in, thing, time.Now(), nil)
	}
	if got := g.states(t); got != "scheduled 1" {
		t.Errorf("after three commits about one thing: %s", got)
	}
	g.insert(t, scope.Platform(), uuid.New(), time.Now(), nil)
	if got := g.states(t); got != "scheduled 2" {
		t.Errorf("after a commit about another: %s", got)
	}
}

// TestWorkAsksForMore lets a job be done three times, then be over; and enqueues it anew once it is.
func TestWorkAsksForMore(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	thing, done := uuid.New(), make(chan time.Time, 10)
	g.crew(t, slog.New(slog.DiscardHandler), jobs.Of(func(ctx context.Context, v visit) (time.Duration, error) {
		if actor, ok := scope.ActorOf(ctx); !ok || actor.Kind != scope.ActorSystem || v.Thing != thing {
			t.Errorf("%v works on %s", actor, v.Thing)
		}
		done <- time.Now()
		if len(done) < 3 {
			return 300 * time.Millisecond, nil
		}
		return 0, nil
	}))
	began := time.Now()
	g.insert(t, scope.Platform(), thing, began.Add(500*time.Millisecond), nil)
	await(t, "the end", 20*time.Second, func() bool { return g.states(t) == "completed 1" })
	first, second := <-done, <-done
	if first.Before(began.Add(500*time.Millisecond)) || second.Sub(first) < 250*time.Millisecond {
		t.Errorf("done %s and %s after", first.Sub(began), second.Sub(began))
	}
	g.insert(t, scope.Platform(), thing, time.Now(), nil)
	await(t, "the second end", 20*time.Second, func() bool { return g.states(t) == "completed 2" })
}

// TestErrorsDropNoJob lets work fail and panic where attempts are nearly used up: it waits, with all of its attempts, to be done again.
func TestErrorsDropNoJob(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	var log bytes.Buffer
	var mu sync.Mutex
	failures := map[uuid.UUID]func() error{uuid.New(): func() error { return errors.New("no bank") }, uuid.New(): func() error { panic("no code") }}
	for thing := range failures {
		g.insert(t, scope.Platform(), thing, time.Now(), nil)
	}
	g.exec(t, `UPDATE river_job SET attempt = max_attempts - 1`)
	g.crew(t, slog.New(slog.NewTextHandler(writer{&mu, &log}, nil)), jobs.Of(func(_ context.Context, v visit) (time.Duration, error) { return 0, failures[v.Thing]() }))
	var waiting int
	await(t, "both failures", 20*time.Second, func() bool {
		err := g.InTx(g.ctx, scope.Platform(), func(tx *scope.Tx) error {
			return tx.DB.Raw(`SELECT count(*) FROM river_job WHERE state IN ('available','scheduled') AND scheduled_at > now() AND attempt = max_attempts - 1 AND attempted_at IS NOT NULL`).Row().Scan(&waiting)
		})
		return err == nil && waiting == 2
	})
	mu.Lock()
	defer mu.Unlock()
	if text := log.String(); !strings.Contains(text, "no bank") || !strings.Contains(text, "no code") || !strings.Contains(text, "level=ERROR") {
		t.Errorf("the log tells %q", text)
	}
}

type writer struct {
	mu *sync.Mutex
	to *bytes.Buffer
}

func (w writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

// TestAKilledProcessLeavesNothing leaves a job as a killed process does, and its leadership: another process does the job when the rescue is due, and not before.
func TestAKilledProcessLeavesNothing(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	thing, fresh := uuid.New(), uuid.New()
	g.insert(t, scope.Platform(), thing, time.Now(), nil)
	g.insert(t, scope.Platform(), fresh, time.Now(), nil)
	g.exec(t, `UPDATE river_job SET state = 'running', attempt = 1, attempted_by = '{dead}', attempted_at = now() - CASE WHEN args->>'thing' = '`+thing.String()+`' THEN interval '21 seconds' ELSE interval '1 second' END`)
	g.exec(t, `INSERT INTO river_leader (elected_at, expires_at, leader_id) VALUES (now(), now() + interval '3 seconds', 'dead')`)
	done := make(chan uuid.UUID, 2)
	g.crew(t, slog.New(slog.DiscardHandler), jobs.Of(func(_ context.Context, v visit) (time.Duration, error) { done <- v.Thing; return 0, nil }))
	select {
	case got := <-done:
		if got != thing {
			t.Error("what was taken a second ago is taken away from whoever works on it")
		}
	case <-time.After(40 * time.Second):
		t.Error("nobody does what the dead process had taken")
	}
	const rounds = 30 * time.Second // of River's rescuer
	if jobs.Rescue+rounds > time.Minute-8*time.Second || jobs.Timeout > jobs.Rescue {
		t.Errorf("rescue after %s, timeout %s", jobs.Rescue, jobs.Timeout)
	}
}

// TestWorkNextGoesByTheRunnersClock works jobs in step, where the clock is not the wall's.
func TestWorkNextGoesByTheRunnersClock(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	var fail error
	again, dies := time.Hour, false
	kind := jobs.Of(func(context.Context, visit) (time.Duration, error) {
		if dies {
			panic("gone")
		}
		return again, fail
	})
	step := func(what string, ahead time.Duration, want bool, wantErr string) {
		t.Helper()
		g.ahead += ahead
		found, err := jobs.WorkNext(g.ctx, g.Runner, kind)
		if found != want || (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("%s: %t, %v", what, found, err)
		}
	}
	g.insert(t, scope.Platform(), uuid.New(), time.Now().Add(time.Minute), nil)
	step("before its time", 0, false, "")
	step("at its time", time.Minute, true, "")
	step("before it is due again", 59*time.Minute, false, "")
	fail = errors.New("no bank")
	step("with an error", 2*time.Minute, true, "no bank")
	fail, dies = nil, true
	step("with a panic", jobs.AfterError, true, "gone")
	dies, again = false, 0
	step("for the last time", jobs.AfterError, true, "")
	step("after it is over", time.Hour, false, "")
	if got := g.states(t); got != "completed 1" {
		t.Error(got)
	}
	g.insert(t, scope.Platform(), uuid.New(), time.Now().Add(g.ahead), nil)
	g.exec(t, fmt.Sprintf(`UPDATE river_job SET state = 'running', attempted_at = now() + interval '%d seconds' WHERE state <> 'completed'`, int(g.ahead.Seconds())))
	step("while somebody works on it", jobs.Rescue/2, false, "")
	step("after they have died", jobs.Rescue, true, "")
}

func TestBacklog(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	backlog := func() (list []jobs.Waiting) {
		if err := g.InTx(g.ctx, scope.Platform(), func(tx *scope.Tx) (err error) { list, err = jobs.Backlog(tx); return err }); err != nil {
			t.Fatal(err)
		}
		return list
	}
	if got := backlog(); len(got) != 0 {
		t.Errorf("of an empty queue: %+v", got)
	}
	now := time.Now()
	for _, ago := range []time.Duration{10 * time.Minute, time.Minute, -time.Hour} {
		g.insert(t, scope.Platform(), uuid.New(), now.Add(-ago), nil)
	}
	if got := backlog(); len(got) != 1 || got[0].Kind != "visit" || got[0].Count != 2 || got[0].Oldest.Round(time.Minute) != 10*time.Minute {
		t.Errorf("two are due, one is not: %+v", got)
	}
}

// TestTheTablesAreRivers holds the tables of the migration against those that River makes itself, so that another version of it cannot come without its schema.
func TestTheTablesAreRivers(t *testing.T) {
	t.Parallel()
	theirs := pgtest.Open(t, pgtest.Empty(t).OwnerURL)
	migrator, err := rivermigrate.New(riverdatabasesql.New(theirs), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrator.Migrate(t.Context(), rivermigrate.DirectionUp, nil); err != nil {
		t.Fatal(err)
	}
	ours := pgtest.Open(t, pgtest.New(t).OwnerURL)
	if got, want := shape(t, ours), shape(t, theirs); got != want {
		t.Errorf("ours:\n%s\nRiver's:\n%s", got, want)
	}
}

// shape tells columns, constraints and indexes of River's tables, and its states.
func shape(t *testing.T, db *sql.DB) (text string) {
	t.Helper()
	err := db.QueryRowContext(t.Context(), `SELECT string_agg(line, E'\n' ORDER BY line) FROM (
	  SELECT format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) AS line
	    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	    WHERE c.relname IN ('river_job','river_queue','river_leader') AND a.attnum > 0 AND NOT a.attisdropped
	  UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid::regclass::text IN ('river_job','river_queue','river_leader')
	  UNION ALL SELECT indexdef FROM pg_indexes WHERE tablename IN ('river_job','river_queue','river_leader')
	  UNION ALL SELECT format('%s %s', relname, relpersistence) FROM pg_class WHERE relname IN ('river_job','river_queue','river_leader')
	  UNION ALL SELECT enumlabel || ' ' || row_number() OVER (ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = 'river_job_state'::regtype
	  UNION ALL SELECT 'bits ' || string_agg(river_job_state_in_bitmask(B'10100101', s)::text, ',' ORDER BY s) FROM unnest(enum_range(NULL::river_job_state)) s) x`).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
