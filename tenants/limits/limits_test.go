package limits_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/limits"
	"mofasa/tenants/scope"
)

var definitions = []limits.Definition{{Name: "rate", Window: time.Minute, Kinds: []limits.Kind{limits.Person, limits.Municipality}}}

// desk is a database with one person of the platform, on a clock that a test moves.
type desk struct {
	*limits.Service
	runner *scope.Runner
	url    string
	ahead  atomic.Int64
	person limits.Subject
	ctx    context.Context
}

func (d *desk) now() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) }

func newDesk(t *testing.T) *desk {
	t.Helper()
	db := pgtest.New(t)
	gorm, pool, err := scope.Open(db.AppURL, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	d := &desk{url: db.OwnerURL}
	d.runner = scope.NewRunner(gorm, d.now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	d.Service = limits.NewService(d.runner, definitions)
	id := uuid.New()
	d.person = limits.Subject{Kind: limits.Person, ID: id.String()}
	d.ctx = scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: id})
	err = d.runner.InTx(d.ctx, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO people (id, username, password_hash, name_fa, role) VALUES (?, 'operator', '', 'x', 'platform_operator')`, id).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) override(t *testing.T, requests int) {
	t.Helper()
	if _, err := d.Override(d.ctx, scope.Platform(), limits.Override{Limit: "rate", Subject: d.person, Requests: requests, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
}

// requests is what the catalogue says of the person; 0: nothing.
func (d *desk) requests(t *testing.T, c *limits.Catalogue) int {
	t.Helper()
	book, err := c.Book(d.ctx)
	if err != nil {
		t.Fatal(err)
	}
	o, _ := book.Find("rate", d.now(), d.person)
	return o.Requests
}

func TestCatalogueIsAtMostTwoSecondsOld(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := limits.NewCatalogue(d.runner, d.now)
	if n := d.requests(t, c); n != 0 {
		t.Fatal(n)
	}
	for _, want := range []int{7, 8} {
		d.override(t, want)
		d.ahead.Add(int64(time.Second))
		if n := d.requests(t, c); n != want {
			t.Fatalf("a second later %d, want %d", n, want)
		}
	}
	if err := d.Remove(d.ctx, scope.Platform(), "rate", d.person); err != nil {
		t.Fatal(err)
	}
	d.ahead.Add(int64(2 * time.Second))
	if n := d.requests(t, c); n != 0 {
		t.Fatalf("removed, and still %d", n)
	}
	d.override(t, 9)
	d.ahead.Add(-int64(time.Hour)) // a clock that steps back keeps nothing old
	d.override(t, 10)
	if n := d.requests(t, c); n != 10 {
		t.Fatalf("on a clock that stepped back %d", n)
	}
}

// TestCatalogueAsksOnce has many ask within a second: they share one look at the database, and none at all comes with the next request.
func TestCatalogueAsksOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	frozen := time.Now()
	c := limits.NewCatalogue(d.runner, func() time.Time { return frozen })
	d.override(t, 5)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if n := d.requests(t, c); n != 5 {
				t.Errorf("%d", n)
			}
		})
	}
	all.Wait()
	if _, err := pgtest.Open(t, d.url).Exec(`REVOKE SELECT ON limit_overrides FROM mofasa_app`); err != nil {
		t.Fatal(err)
	}
	if n := d.requests(t, c); n != 5 { // would fail if it asked
		t.Errorf("%d", n)
	}
}

func TestCatalogueOutlivesTheDatabase(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := limits.NewCatalogue(d.runner, d.now)
	d.override(t, 5)
	if n := d.requests(t, c); n != 5 {
		t.Fatal(n)
	}
	owner := pgtest.Open(t, d.url)
	if _, err := owner.Exec(`REVOKE SELECT ON limit_overrides FROM mofasa_app`); err != nil {
		t.Fatal(err)
	}
	d.ahead.Add(int64(time.Minute))
	book, err := c.Book(d.ctx)
	if o, _ := book.Find("rate", d.now(), d.person); err == nil || o.Requests != 5 {
		t.Fatalf("%+v, %v", o, err)
	}
	if n := d.requests(t, c); n != 5 { // asked a moment ago
		t.Fatal(n)
	}
	if _, err := owner.Exec(`GRANT SELECT ON limit_overrides TO mofasa_app`); err != nil {
		t.Fatal(err)
	}
	d.override(t, 6)
	d.ahead.Add(int64(time.Second))
	if n := d.requests(t, c); n != 6 {
		t.Fatal(n)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	a, city := limits.Subject{Kind: limits.Person, ID: "a"}, limits.SubjectCity(520)
	book := limits.NewBook([]limits.Override{
		{Limit: "rate", Subject: a, Requests: 1, From: at, To: at.Add(time.Hour)}, {Limit: "rate", Subject: city, Requests: 2, From: at.Add(-time.Hour)},
	})
	for _, c := range []struct {
		limit    string
		at       time.Time
		subjects []limits.Subject
		want     int
	}{
		{"rate", at, []limits.Subject{a, city}, 1},
		{"rate", at.Add(-time.Second), []limits.Subject{a, city}, 2},
		{"rate", at.Add(time.Hour), []limits.Subject{a, city}, 2},
		{"rate", at.Add(-2 * time.Hour), []limits.Subject{a, city}, 0},
		{"rate", at, []limits.Subject{limits.SubjectCity(52)}, 0},
		{"other", at, []limits.Subject{a, city}, 0},
		{"rate", at, nil, 0},
	} {
		if o, found := book.Find(c.limit, c.at, c.subjects...); o.Requests != c.want || found != (c.want > 0) {
			t.Errorf("%+v: %d", c, o.Requests)
		}
	}
	if _, found := (limits.Book{}).Find("rate", at, a); found {
		t.Error("the zero book has one")
	}
}

// TestTwoWritersOfOneOverride leave one that stands, and both rows.
func TestTwoWritersOfOneOverride(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() { d.override(t, i+1) })
	}
	all.Wait()
	list, err := d.List(d.ctx, scope.Platform())
	if err != nil || len(list) != 1 || list[0].WrittenBy.String() != d.person.ID {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := d.Remove(d.ctx, scope.Platform(), "rate", limits.SubjectCity(1)); !errors.Is(err, limits.ErrNoOverride) {
		t.Error(err)
	}
	if _, err := d.Override(d.ctx, scope.Municipality(1), limits.Override{Limit: "rate", Subject: d.person, Requests: 1, Reason: "x"}); err == nil {
		t.Error("a city overrides")
	}
}
