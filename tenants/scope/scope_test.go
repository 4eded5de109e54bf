package scope_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

var frozen = time.Date(2026, 11, 20, 8, 30, 0, 123456789, time.UTC)

func open(t *testing.T, connections int) (*scope.Runner, *sql.DB, context.Context) {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, connections)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	ctx := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})
	return scope.NewRunner(db, func() time.Time { return frozen }, uuid.New), pool, ctx
}

func TestTransactionCarriesItsOwnTimeAndActor(t *testing.T) {
	t.Parallel()
	runner, _, ctx := open(t, 2)
	err := runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		var kind string
		var now time.Time
		if err := tx.DB.Raw(`SELECT scope_kind(), scope_now()`).Row().Scan(&kind, &now); err != nil {
			return err
		}
		if kind != "platform" || !now.Equal(tx.Now) || tx.Now.Nanosecond()%1000 != 0 {
			t.Errorf("%s, %s, %s", kind, now, tx.Now)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.InTx(t.Context(), scope.Platform(), func(*scope.Tx) error { return nil }); err == nil {
		t.Error("a transaction without an actor began")
	}
	if err := runner.Pipeline(t.Context(), scope.Platform(), func(*scope.Tx) []scope.Statement { return nil }); err == nil {
		t.Error("a pipeline without an actor began")
	}
}

// TestScopeEndsWithItsTransaction uses one connection for everything: what a transaction or a pipeline set must be gone for the next.
func TestScopeEndsWithItsTransaction(t *testing.T) {
	t.Parallel()
	runner, pool, ctx := open(t, 1)
	for name, run := range map[string]func() error{
		"committed": func() error { return runner.InTx(ctx, scope.Platform(), func(*scope.Tx) error { return nil }) },
		"rolled back": func() error {
			_ = runner.InTx(ctx, scope.Platform(), func(*scope.Tx) error { return errors.New("no") })
			return nil
		},
		"pipeline": func() error {
			return runner.Pipeline(ctx, scope.Platform(), func(*scope.Tx) []scope.Statement { return nil })
		},
	} {
		if err := run(); err != nil {
			t.Fatal(err)
		}
		var left string
		if err := pool.QueryRowContext(ctx, `SELECT coalesce(scope_kind(), '')`).Scan(&left); err != nil || left != "" {
			t.Errorf("%s: scope %q is left on the connection, %v", name, left, err)
		}
		var seen int
		if err := pool.QueryRowContext(ctx, `SELECT count(*) FROM tariff_versions`).Scan(&seen); err != nil || seen != 0 {
			t.Errorf("%s: %d rows are seen without a scope, %v", name, seen, err)
		}
	}
}

func TestPipelineIsOneTransaction(t *testing.T) {
	t.Parallel()
	runner, _, ctx := open(t, 2)
	record := audit.Record{Action: "x", TargetKind: "x", TargetID: "x"}
	err := runner.Pipeline(ctx, scope.Platform(), func(tx *scope.Tx) []scope.Statement {
		return []scope.Statement{audit.Statement(tx, record), {SQL: `SELECT 1 / ?::int`, Args: []any{0}}}
	})
	if err == nil {
		t.Fatal("a division by zero passed")
	}
	var rows int
	answer := []scope.Statement{{SQL: `SELECT count(*) FROM audit_log WHERE action = ?`, Args: []any{"x"}, Into: []any{&rows}}}
	if err := runner.Pipeline(ctx, scope.Platform(), func(*scope.Tx) []scope.Statement { return answer }); err != nil || rows != 0 {
		t.Errorf("%d rows are left of a failed pipeline, %v", rows, err)
	}
	none := []scope.Statement{{SQL: `SELECT 1 WHERE false`, Into: []any{&rows}}}
	if err := runner.Pipeline(ctx, scope.Platform(), func(*scope.Tx) []scope.Statement { return none }); !errors.Is(err, scope.ErrNoRow) {
		t.Errorf("no row is %v", err)
	}
}

func TestAuditIsWrittenInItsOwnersName(t *testing.T) {
	t.Parallel()
	runner, _, ctx := open(t, 2)
	office := uuid.New()
	if err := runner.InTx(ctx, scope.Office(office), func(tx *scope.Tx) error {
		return audit.Write(tx, audit.Record{Action: "looked", TargetKind: "vehicle", TargetID: "v", Purpose: "settlement"})
	}); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[scope.Scope]int{scope.Office(office): 1, scope.Office(uuid.New()): 0, scope.Municipality(1): 0, scope.Public(""): 0, scope.Platform(): 1} {
		var n int
		err := runner.InTx(ctx, in, func(tx *scope.Tx) error { return tx.DB.Raw(`SELECT count(*) FROM audit_log`).Row().Scan(&n) })
		if err != nil || n != want {
			t.Errorf("%s sees %d rows, want %d, %v", in, n, want, err)
		}
	}
}

func TestRetriesAreBounded(t *testing.T) {
	t.Parallel()
	runner, _, ctx := open(t, 2)
	deadlock := &pgconn.PgError{Code: "40P01"}
	for failures, want := range map[int]int{0: 1, 2: 3, 9: 3} {
		runs := 0
		err := runner.InTx(ctx, scope.Platform(), func(*scope.Tx) error {
			runs++
			if runs <= failures {
				return deadlock
			}
			return nil
		})
		if runs != want || (err == nil) != (failures < 3) {
			t.Errorf("%d failures: %d runs, %v", failures, runs, err)
		}
	}
	runs := 0
	_ = runner.InTx(ctx, scope.Platform(), func(*scope.Tx) error { runs++; return errors.New("something else") })
	if runs != 1 {
		t.Errorf("an ordinary error was tried %d times", runs)
	}
}

// TestOnceUnderContention lets twenty requests with one key run at once: one effect, twenty equal answers.
func TestOnceUnderContention(t *testing.T) {
	t.Parallel()
	runner, _, ctx := open(t, 20)
	office := uuid.New()
	key := scope.Key{Value: "key-0000001", Operation: "CreateOrder", Hash: []byte("hash")}
	var mu sync.Mutex
	effects, answers := 0, map[string]int{}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			var answer string
			err := runner.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
				answer, err = scope.Once(tx, key, func() (string, error) {
					mu.Lock()
					defer mu.Unlock()
					effects++
					return uuid.NewString(), nil
				})
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			answers[answer]++
		})
	}
	all.Wait()
	if effects != 1 || len(answers) != 1 {
		t.Errorf("%d effects, answers %v", effects, answers)
	}
	once := func(in scope.Scope, k scope.Key) error {
		return runner.InTx(ctx, in, func(tx *scope.Tx) error {
			_, err := scope.Once(tx, k, func() (string, error) { return "fresh", nil })
			return err
		})
	}
	for name, other := range map[string]scope.Key{"another body": {Value: key.Value, Operation: key.Operation, Hash: []byte("other")},
		"another operation": {Value: key.Value, Operation: "CreatePayment", Hash: key.Hash}} {
		if err := once(scope.Office(office), other); !errors.Is(err, scope.ErrKeyReused) {
			t.Errorf("%s under the same key: %v", name, err)
		}
	}
	if err := once(scope.Office(uuid.New()), scope.Key{Value: key.Value, Operation: "x", Hash: []byte("x")}); err != nil {
		t.Errorf("the same key of another office: %v", err)
	}
}

// TestFailedEffectLeavesItsKeyFree lets a request fail and come again with the same key.
func TestFailedEffectLeavesItsKeyFree(t *testing.T) {
	t.Parallel()
	runner, _, ctx := open(t, 2)
	key := scope.Key{Value: "key-0000002", Operation: "x", Hash: []byte("x")}
	for _, fail := range []bool{true, false} {
		err := runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
			answer, err := scope.Once(tx, key, func() (string, error) {
				if fail {
					return "", errors.New("refused")
				}
				return "done", nil
			})
			if err == nil && answer != "done" {
				t.Errorf("answer %q", answer)
			}
			return err
		})
		if (err != nil) != fail || err != nil && !strings.Contains(err.Error(), "refused") {
			t.Errorf("fail=%v: %v", fail, err)
		}
	}
}

// TestEnteringChangesTheScopeBehindIt: what is sent behind it and done later is in the other scope, which names the same vehicle.
func TestEnteringChangesTheScopeBehindIt(t *testing.T) {
	t.Parallel()
	runner, _, ctx := open(t, 1)
	office, vehicle := uuid.New(), uuid.New()
	err := runner.InTx(ctx, scope.Office(office), func(tx *scope.Tx) error {
		own, kinds, named := tx.Scope, [3]string{}, ""
		if err := tx.Send(tx.Naming(`SELECT ?::uuid`, vehicle)); err != nil {
			return err
		}
		asked := func(into *string) scope.Statement {
			return scope.Statement{SQL: `SELECT scope_kind()`, Into: []any{into}}
		}
		err := tx.Send(asked(&kinds[0]), tx.Entering(scope.Platform()), asked(&kinds[1]), scope.Statement{SQL: `SELECT scope_vehicle()::text`, Into: []any{&named}})
		if tx.Scope.Kind() != scope.KindPlatform || named != vehicle.String() {
			t.Errorf("in %s, with the vehicle %s", tx.Scope, named)
		}
		if err != nil {
			return err
		}
		if err := tx.Send(tx.Entering(own)); err != nil {
			return err
		}
		if err := tx.DB.Raw(`SELECT scope_kind()`).Row().Scan(&kinds[2]); err != nil {
			return err
		}
		if kinds != [3]string{"office", "platform", "office"} || tx.Scope.OfficeID() != office {
			t.Errorf("in %v, and %s in the end", kinds, tx.Scope)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSendIsOneTripOfTheTransaction: statements see what those before them did and what the transaction did before, and a failing one undoes all.
func TestSendIsOneTripOfTheTransaction(t *testing.T) {
	t.Parallel()
	runner, _, ctx := open(t, 1)
	office, vehicle := uuid.New(), uuid.New()
	var kind string
	var rows, touched int64
	record := audit.Record{Action: "sent", TargetKind: "x", TargetID: "x"}
	err := runner.InTx(ctx, scope.Office(office), func(tx *scope.Tx) error {
		if err := audit.Write(tx, record); err != nil {
			return err
		}
		err := tx.Send(audit.Statement(tx, record), tx.Naming(`SELECT ?::uuid`, vehicle),
			scope.Statement{SQL: `SELECT count(*), scope_vehicle()::text FROM audit_log WHERE action = ?`, Args: []any{"sent"}, Into: []any{&rows, &kind}},
			scope.Statement{SQL: `UPDATE idempotency_keys SET answer = NULL WHERE key = ANY (?)`, Args: []any{[]string{"none"}}, Touched: &touched})
		if rows != 2 || kind != vehicle.String() || tx.VehicleID != vehicle || touched != 0 {
			t.Errorf("%d rows, vehicle %s and %s, %d touched", rows, kind, tx.VehicleID, touched)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = runner.InTx(ctx, scope.Office(office), func(tx *scope.Tx) error {
		return tx.Send(audit.Statement(tx, record), scope.Statement{SQL: `SELECT 1 / ?::int`, Args: []any{0}}, audit.Statement(tx, record))
	})
	if err == nil {
		t.Fatal("a division by zero passed")
	}
	left := []scope.Statement{{SQL: `SELECT count(*) FROM audit_log WHERE action = 'sent'`, Into: []any{&rows}}}
	if err := runner.Pipeline(ctx, scope.Office(office), func(*scope.Tx) []scope.Statement { return left }); err != nil || rows != 2 {
		t.Errorf("%d rows are left, %v", rows, err)
	}
	if err := runner.Pipeline(ctx, scope.Office(office), func(tx *scope.Tx) []scope.Statement {
		if tx.Send(left...) == nil {
			t.Error("a pipeline sent statements before itself")
		}
		return left
	}); err != nil {
		t.Error(err)
	}
}
