package scope_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

func TestBulkTxCopiesAndRollsBack(t *testing.T) {
	t.Parallel()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	run := scope.NewRunner(db, time.Now, uuid.New)
	ctx := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})
	rows := func() pgx.CopyFromSource { return pgx.CopyFromRows([][]any{{"a", "الف"}, {"b", "ب"}}) }
	columns := []string{"code", "name_fa"}
	stop := errors.New("stop")

	for _, end := range []error{stop, nil} {
		err = run.InBulkTx(ctx, scope.Platform(), func(tx *scope.BulkTx) error {
			if err := tx.DB.Exec(`CREATE TEMP TABLE staged (code text, name_fa text) ON COMMIT DROP`).Error; err != nil {
				return err
			}
			if n, err := tx.CopyFrom("staged", columns, rows()); n != 2 || err != nil {
				t.Errorf("copied %d, %v", n, err)
			}
			if err := tx.DB.Exec(`INSERT INTO vehicle_types SELECT code, name_fa FROM staged`).Error; err != nil {
				return err
			}
			return end
		})
		if !errors.Is(err, end) {
			t.Errorf("error %v, want %v", err, end)
		}
		var stored int
		if err := run.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(`SELECT count(*) FROM vehicle_types`).Scan(&stored).Error }); err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 2, false: 0}[end == nil]; stored != want {
			t.Errorf("after %v: %d rows, want %d", end, stored, want)
		}
	}
	err = run.InBulkTx(ctx, scope.Platform(), func(tx *scope.BulkTx) error {
		_, err := tx.CopyFrom("vehicle_types", columns, rows())
		return err
	})
	if err == nil {
		t.Error("COPY went past row-level security")
	}
	if err := run.InBulkTx(context.WithoutCancel(t.Context()), scope.Platform(), func(*scope.BulkTx) error { return nil }); err == nil {
		t.Error("a transaction began without an actor")
	}
}
