package tariffs_test

import (
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// TestTwoCataloguesOverOneDatabase stands for two processes: what one publishes the other assesses with, a second later.
func TestTwoCataloguesOverOneDatabase(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	started := time.Now()
	one, two := tariffs.NewCatalogue(h.run, time.Now), tariffs.NewCatalogue(h.run, time.Now)
	book := func(c *tariffs.Catalogue) tariffs.Book {
		b, err := c.Book(system(t))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	book(one)
	book(two)
	h.publish(zanjan, council(t))
	published := time.Now()
	for _, c := range []*tariffs.Catalogue{one, two} {
		for {
			if _, found := book(c).Version("17/1395/1"); found {
				break
			}
			if time.Since(published) > 2*time.Second {
				t.Fatalf("a version is not seen after two seconds; started %s ago", time.Since(started))
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// TestAnUnchangedSecondParsesNothing compares addresses: a book that was read again has other ones.
func TestAnUnchangedSecondParsesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	var seconds atomic.Int64
	c := tariffs.NewCatalogue(h.run, func() time.Time { return time.Unix(seconds.Load(), 0) })
	find := func(id string) *tariffs.Version {
		b, err := c.Book(system(t))
		if err != nil {
			t.Fatal(err)
		}
		v, _ := b.Version(id)
		return v
	}
	seconds.Store(1000)
	first := find("national/1403/1")
	for range 5 {
		seconds.Add(10)
		if find("national/1403/1") != first {
			t.Fatal("the book was read again, though nothing was published")
		}
	}
	h.publish(zanjan, council(t))
	if find("17/1395/1") != nil {
		t.Error("within the second the database was asked")
	}
	seconds.Add(1)
	if find("17/1395/1") == nil || find("national/1403/1") == first {
		t.Error("a second later the publication is not seen")
	}
	// All who ask at once in a new second share one look.
	seconds.Add(1)
	shared := find("national/1403/1")
	h.publish(scope.Municipality(18), func() tariffs.Version { v := council(t); v.Authority = ""; return v }())
	seconds.Add(1)
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[*tariffs.Version]bool{}
	for range 20 {
		all.Go(func() {
			v := find("national/1403/1")
			mu.Lock()
			defer mu.Unlock()
			seen[v] = true
		})
	}
	all.Wait()
	if len(seen) != 1 || seen[shared] {
		t.Errorf("%d books in one second", len(seen))
	}
}

func TestACatalogueTellsAFailure(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	c := tariffs.NewCatalogue(h.run, time.Now)
	ctx, cancel := context.WithCancel(system(t))
	cancel()
	if _, err := c.Book(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if b, err := c.Book(system(t)); err != nil || len(b.Versions()) == 0 {
		t.Errorf("%v after a failure", err)
	}
}

// TestMigratedRowsAreTheNationalTariff stores the versions as they were before they had a day, lets the migration write the days, and
// compares with what the program ships.
func TestMigratedRowsAreTheNationalTariff(t *testing.T) {
	t.Parallel()
	db, pool, err := scope.Open(pgtest.New(t).OwnerURL, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	migration, err := os.ReadFile("../../migrations/sql/00006_tariffs.sql")
	if err != nil {
		t.Fatal(err)
	}
	updates := regexp.MustCompile(`(?m)^UPDATE tariff_versions .*;$`).FindAllString(string(migration), -1)
	run := scope.NewRunner(db, time.Now, nil)
	inScope(t, run, scope.Platform(), func(tx *scope.Tx) error {
		if err := tx.DB.Exec(`ALTER TABLE tariff_versions NO FORCE ROW LEVEL SECURITY`).Error; err != nil {
			return err
		}
		if err := tx.DB.Exec(`DROP INDEX tariff_versions_from`).Error; err != nil {
			return err
		}
		for _, v := range national(t).Versions() {
			v.From = calendar.Date{}
			if err := tx.DB.Exec(`INSERT INTO tariff_versions VALUES (?, ?, ?, ?, CAST(? AS jsonb) - 'from', now())`, v.ID, v.Authority, int(v.FiscalYear), v.Number, string(text(t, v))).Error; err != nil {
				return err
			}
		}
		if _, err := tariffs.LoadBook(tx); err == nil {
			t.Error("two versions of one day are loaded")
		}
		for _, update := range updates {
			if err := tx.DB.Exec(update).Error; err != nil {
				return err
			}
		}
		if published, err := tariffs.SaveNational(tx); err != nil || published != 0 {
			t.Errorf("%d versions differ, %v", published, err)
		}
		book, err := tariffs.LoadBook(tx)
		if len(updates) != 2 || !slices.EqualFunc(book.Versions(), national(t).Versions(), func(a, b tariffs.Version) bool { return string(text(t, a)) == string(text(t, b)) }) {
			t.Errorf("%d updates, %v", len(updates), err)
		}
		return err
	})
}
