package tariffs_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/tariffs"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

func newRunner(t *testing.T) *scope.Runner {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return scope.NewRunner(db, time.Now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
}

func system(t *testing.T) context.Context {
	return scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})
}

func inScope(t *testing.T, run *scope.Runner, s scope.Scope, fn func(tx *scope.Tx) error) {
	t.Helper()
	if err := run.InTx(system(t), s, fn); err != nil {
		t.Fatal(err)
	}
}

func TestNationalIsSavedOnceAndLoadsEqual(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	want := national(t)
	for _, published := range []int{len(want.Versions()), 0} {
		inScope(t, run, scope.Platform(), func(tx *scope.Tx) error {
			got, err := tariffs.SaveNational(tx)
			if got != published {
				t.Errorf("published %d, want %d", got, published)
			}
			return err
		})
	}
	inScope(t, run, scope.Public(""), func(tx *scope.Tx) error {
		book, err := tariffs.LoadBook(tx)
		if !reflect.DeepEqual(book, want) {
			t.Errorf("loaded %+v", book.Versions())
		}
		return err
	})
}

func TestNationalIsNotSavedOverAnother(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	inScope(t, run, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO tariff_versions (id, authority, fiscal_year, number, body, published_at) VALUES ('national/1403/1', 'national', 1403, 1, '{}', now())`).Error
	})
	err := run.InTx(system(t), scope.Platform(), func(tx *scope.Tx) error {
		_, err := tariffs.SaveNational(tx)
		return err
	})
	if !errors.Is(err, tariffs.ErrPublished) || !strings.Contains(err.Error(), "national/1403/1") {
		t.Errorf("error %v", err)
	}
	inScope(t, run, scope.Platform(), func(tx *scope.Tx) error {
		var kept int
		if err := tx.DB.Raw(`SELECT count(*) FROM tariff_versions`).Scan(&kept).Error; err != nil || kept != 1 {
			t.Errorf("%d versions, %v", kept, err)
		}
		if _, err := tariffs.LoadBook(tx); err == nil {
			t.Error("a broken version is loaded")
		}
		return nil
	})
}
