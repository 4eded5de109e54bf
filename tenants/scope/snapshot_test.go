package scope_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// snapshots is a runner with one connection and another with its own.
func snapshots(t *testing.T) (single, other *scope.Runner, ctx context.Context) {
	t.Helper()
	url := pgtest.New(t).AppURL
	open := func() *scope.Runner {
		db, pool, err := scope.Open(url, 1)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = pool.Close() })
		return scope.NewRunner(db, time.Now, uuid.New)
	}
	return open(), open(), scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})
}

func TestASnapshotIsOfOneMomentAndReadsOnly(t *testing.T) {
	t.Parallel()
	run, other, ctx := snapshots(t)
	types := `SELECT code, name_fa FROM vehicle_types ORDER BY code`
	err := run.InSnapshot(ctx, scope.Platform(), func(tx *scope.SnapshotTx) error {
		var before bytes.Buffer
		if n, err := tx.CopyTo(&before, types); n != 0 || err != nil {
			t.Errorf("an empty table: %d rows, %v", n, err)
		}
		err := other.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
			return tx.DB.Exec(`INSERT INTO vehicle_types VALUES ('a', E'الف\tب'), ('b', 'ب')`).Error
		})
		if err != nil {
			return err
		}
		if n, err := tx.CopyTo(&before, types); n != 0 || err != nil || before.Len() != 0 {
			t.Errorf("%d rows of a later moment, %q, %v", n, before.String(), err)
		}
		return tx.DB.Exec(`INSERT INTO vehicle_types VALUES ('c', 'پ')`).Error
	})
	if err == nil || !strings.Contains(err.Error(), "25006") {
		t.Errorf("a snapshot wrote: %v", err)
	}
	var rows lines
	err = run.InSnapshot(ctx, scope.Platform(), func(tx *scope.SnapshotTx) error {
		n, err := tx.CopyTo(&rows, types)
		if n != 2 {
			t.Errorf("%d rows", n)
		}
		return err
	})
	if err != nil || len(rows) != 2 || rows[0] != "a\tالف\\tب\n" || rows[1] != "b\tب\n" {
		t.Errorf("%q, %v", rows, err)
	}
	if err := run.InSnapshot(ctx, scope.Office(uuid.New()), func(tx *scope.SnapshotTx) error {
		n, err := tx.CopyTo(&rows, `SELECT username FROM people`)
		if n != 0 {
			t.Errorf("an office copied %d people", n)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	if err := run.InSnapshot(t.Context(), scope.Platform(), func(*scope.SnapshotTx) error { return nil }); err == nil {
		t.Error("a snapshot was taken without an actor")
	}
}

// lines keeps what each Write got.
type lines []string

func (l *lines) Write(row []byte) (int, error) {
	*l = append(*l, string(row))
	return len(row), nil
}

// Whoever stops reading, or is stopped, leaves a pool that works and no query behind.
func TestACopyThatEndsEarlyLeavesThePoolWhole(t *testing.T) {
	t.Parallel()
	stop := errors.New("enough")
	for name, end := range map[string]func(context.CancelFunc) error{
		"cancelled": func(cancel context.CancelFunc) error { cancel(); return nil },
		"refused":   func(context.CancelFunc) error { return stop },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, other, ctx := snapshots(t)
			until, cancel := context.WithCancel(ctx)
			defer cancel()
			err := run.InSnapshot(until, scope.Platform(), func(tx *scope.SnapshotTx) error {
				_, err := tx.CopyTo(early(func() error { return end(cancel) }), `SELECT i, pg_sleep(0.001) FROM generate_series(1, 1000000) i`)
				return err
			})
			if err == nil || name == "cancelled" && !errors.Is(err, context.Canceled) || name == "refused" && !errors.Is(err, stop) {
				t.Errorf("ended with %v", err)
			}
			for range 3 {
				var one int
				if err := run.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(`SELECT 1`).Scan(&one).Error }); err != nil || one != 1 {
					t.Fatalf("the pool of one connection: %d, %v", one, err)
				}
			}
			wantNoCopy(t, other, ctx)
		})
	}
}

type early func() error

func (e early) Write(row []byte) (int, error) { return len(row), e() }

func wantNoCopy(t *testing.T, run *scope.Runner, ctx context.Context) {
	t.Helper()
	var copying int
	for range 100 {
		err := run.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
			return tx.DB.Raw(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'COPY (%'`).Scan(&copying).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		if copying == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%d COPY still run", copying)
}
