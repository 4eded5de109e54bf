package deposits_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/deposits"
	"mofasa/billing/money"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// process is one of several that move the same deposits.
type process struct {
	*scope.Runner
	ctx context.Context
}

func open(t *testing.T, url string) process {
	t.Helper()
	gorm, pool, err := scope.Open(url, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return process{scope.NewRunner(gorm, time.Now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) }),
		scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})}
}

func (p process) apply(office uuid.UUID, kind deposits.Kind, amount money.Rial) (m deposits.Move, err error) {
	err = p.InTx(p.ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		m, err = deposits.Apply(tx, office, kind, amount, deposits.Source{Kind: "payment", ID: tx.NewID()})
		return err
	})
	return m, err
}

func newOffice(t *testing.T, p process) uuid.UUID {
	t.Helper()
	id := uuid.New()
	err := p.InTx(p.ctx, scope.Platform(), func(tx *scope.Tx) error {
		err := tx.DB.Exec(`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix)
		  VALUES (1, 'a', 'a', 'a', 'a', 'a', 1, 1) ON CONFLICT DO NOTHING`).Error
		if err != nil {
			return err
		}
		return tx.DB.Exec(`INSERT INTO offices (id, municipality_id, licence_no, name_fa, valid_from) VALUES (?, 1, ?, 'دفتر', '2024-01-01')`, id, id.String()[:8]).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestNeverBelowZeroAcrossProcesses(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	first, second := open(t, db.AppURL), open(t, db.AppURL)
	office := newOffice(t, first)
	if _, err := first.apply(office, deposits.TopUp, 1_000_000); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	left, short := money.Rial(1_000_000), 0
	var all sync.WaitGroup
	for i := range 32 {
		p := []process{first, second}[i%2]
		all.Go(func() {
			for range 8 {
				amount := money.Rial(1000 + rand.N(9000))
				kind := []deposits.Kind{deposits.Capture, deposits.Hold}[rand.N(2)]
				_, err := p.apply(office, kind, -amount)
				mu.Lock()
				switch {
				case err == nil:
					left -= amount
				case errors.Is(err, deposits.ErrShort):
					short++
				default:
					t.Errorf("apply: %v", err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	var standing deposits.Standing
	var moves []deposits.Move
	err := first.InTx(first.ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		if standing, err = deposits.Read(tx, office); err == nil {
			moves, err = deposits.Statement(tx, office, 0, 1000)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if standing.Available != left || left < 0 || short == 0 {
		t.Errorf("available %d, want %d; %d were refused", standing.Available, left, short)
	}
	var held money.Rial
	for i, m := range moves {
		if m.Number != int64(len(moves)-i) || m.Available < 0 {
			t.Fatalf("movement %d stands at %d with %d available", m.Number, i, m.Available)
		}
		if m.Kind == deposits.Hold {
			held -= m.Amount
		}
	}
	if held != standing.Held {
		t.Errorf("held %d, want %d", standing.Held, held)
	}
}

func TestMovements(t *testing.T) {
	t.Parallel()
	p := open(t, pgtest.New(t).AppURL)
	office, other := newOffice(t, p), newOffice(t, p)
	for i, step := range []struct {
		kind            deposits.Kind
		amount          money.Rial
		available, held money.Rial
		short           bool
	}{
		{deposits.Capture, -1, 0, 0, true},
		{deposits.TopUp, 1000, 1000, 0, false},
		{deposits.Hold, -400, 600, 400, false},
		{deposits.Capture, -601, 0, 0, true}, // what is held is not there for anything else
		{deposits.Release, 150, 750, 250, false},
		{deposits.Withdraw, -251, 0, 0, true},
		{deposits.Withdraw, -250, 750, 0, false},
		{deposits.Capture, -750, 0, 0, false},
		{deposits.Refund, 20, 20, 0, false},
	} {
		m, err := p.apply(office, step.kind, step.amount)
		if step.short {
			if !errors.Is(err, deposits.ErrShort) {
				t.Fatalf("step %d: %v", i, err)
			}
			continue
		}
		if err != nil || m.Available != step.available || m.Held != step.held {
			t.Fatalf("step %d: %+v, %v", i, m, err)
		}
	}
	err := p.InTx(p.ctx, scope.Office(other), func(tx *scope.Tx) error {
		if s, err := deposits.Read(tx, office); err != nil || s != (deposits.Standing{}) {
			t.Errorf("another office reads %+v, %v", s, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = p.InTx(p.ctx, scope.Office(office), func(tx *scope.Tx) error {
		_, err := deposits.Apply(tx, office, deposits.TopUp, 1, deposits.Source{Kind: "payment", ID: tx.NewID()})
		return err
	})
	if err == nil {
		t.Error("an office topped up its own deposit by SQL")
	}
}

func TestASourceMovesOnce(t *testing.T) {
	t.Parallel()
	p := open(t, pgtest.New(t).AppURL)
	office, source := newOffice(t, p), deposits.Source{Kind: "payment", ID: uuid.New()}
	once := func() error {
		return p.InTx(p.ctx, scope.Platform(), func(tx *scope.Tx) error {
			_, err := deposits.Apply(tx, office, deposits.TopUp, 5, source)
			return err
		})
	}
	if err := once(); err != nil {
		t.Fatal(err)
	}
	if err := once(); scope.Constraint(err) != "deposit_moves_source" {
		t.Errorf("second top-up by one payment: %v", err)
	}
}
