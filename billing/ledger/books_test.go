package ledger_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// cities is how many municipalities a test has, 1, 2, ….
const cities = 900

// seeded is a database with the cities, which every test clones.
var seeded = pgtest.Template{Seed: func(url string) error {
	db, pool, err := scope.Open(url, 1)
	if err != nil {
		return err
	}
	defer pool.Close()
	ctx := scope.WithActor(context.Background(), scope.Actor{Kind: scope.ActorSystem})
	return scope.NewRunner(db, time.Now, uuid.New).InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix)
		  SELECT i, 'شهر ' || i, 'City ' || i, 'استان', 'Province', 'شهرستان', i, 10 FROM generate_series(1, ?::int) i`, cities).Error
	})
}}

// books are empty books with their service. The clock stands where at says, or runs.
type books struct {
	*ledger.Service
	t   testing.TB
	db  *pgtest.DB
	run *scope.Runner

	mu sync.Mutex
	at time.Time
}

func newBooks(t testing.TB) *books {
	t.Helper()
	b := &books{t: t, db: seeded.New(t)}
	b.open()
	return b
}

// open connects to the database with the program's login.
func (b *books) open() {
	b.t.Helper()
	gormDB, pool, err := scope.Open(b.db.AppURL, 40)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = pool.Close() })
	b.run = scope.NewRunner(gormDB, b.clock, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	b.Service = ledger.NewService(b.run, slog.New(slog.NewTextHandler(io.Discard, nil)))
}

func (b *books) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.at.IsZero() {
		return time.Now()
	}
	return b.at
}

func (b *books) setClock(at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = at
}

func (b *books) context() context.Context {
	return scope.WithActor(b.t.Context(), scope.Actor{Kind: scope.ActorSystem})
}

// in runs fn in a scope.
func (b *books) in(s scope.Scope, fn func(tx *scope.Tx) error) {
	b.t.Helper()
	if err := b.run.InTx(b.context(), s, fn); err != nil {
		b.t.Fatal(err)
	}
}

// capture is an entry as a captured payment makes it.
func capture(city int, amount money.Rial) ledger.Entry {
	return ledger.Entry{MunicipalityID: city, Kind: "capture", SourceKind: "payment", SourceID: uuid.New(), BillID: uuid.New(), OfficeID: uuid.New(),
		Postings: []ledger.Posting{{Account: ledger.Receivable("sep"), Amount: amount}, {Account: ledger.Revenue("annual_duty"), Amount: -amount}}}
}

func (b *books) post(entries ...ledger.Entry) {
	b.t.Helper()
	b.in(scope.Platform(), func(tx *scope.Tx) error { return ledger.Post(tx, entries...) })
}

// postMany posts n entries of 1, 2, … rial in a city's books, a transaction each.
func (b *books) postMany(city, n int) {
	b.t.Helper()
	for i := range n {
		b.post(capture(city, money.Rial(i+1)))
	}
}

// texts reads the one text column of a query under the platform's scope.
func (b *books) texts(query string, args ...any) (out []string) {
	b.t.Helper()
	b.in(scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query, args...).Scan(&out).Error })
	return out
}

// waiting counts the entries that are not rolled up, and those that are not sealed.
const waiting = `SELECT (count(*) FILTER (WHERE (e.txid, e.id) > (coalesce(r.txid, '0'), coalesce(r.entry_id, '00000000-0000-0000-0000-000000000000')))
  + count(*) FILTER (WHERE NOT EXISTS (SELECT FROM ledger_seals s WHERE s.municipality_id = e.municipality_id AND s.entry_id = e.id)))::text
  FROM ledger_entries e LEFT JOIN ledger_rolled r ON r.municipality_id = e.municipality_id`

// keep rolls up and seals until nothing waits: transactions of other tests hold the horizon back for a while.
func (b *books) keep() {
	b.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, err := b.Roll(b.context()); err != nil {
			b.t.Fatal(err)
		}
		if _, err := b.Seal(b.context()); err != nil {
			b.t.Fatal(err)
		}
		if b.texts(waiting)[0] == "0" {
			return
		}
	}
	b.t.Fatal("entries wait for ever")
}

// heads reads the head of each chain.
func (b *books) heads() map[int]ledger.Head {
	b.t.Helper()
	states, err := b.Heads(b.context())
	if err != nil {
		b.t.Fatal(err)
	}
	heads := map[int]ledger.Head{}
	for _, s := range states {
		heads[s.MunicipalityID] = s.Head
	}
	return heads
}

// verify gives the rule that is broken and where, as "rule: where", or "".
func (b *books) verify(kept ...ledger.Head) string {
	b.t.Helper()
	v, err := b.Verify(b.context(), kept)
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.TrimPrefix(v.Rule+": "+v.Where, ": ")
}

// owner runs statements as the owner of the tables, whom row-level security would stop.
func (b *books) owner(statements string) {
	b.t.Helper()
	for _, table := range []string{"ledger_entries", "ledger_seals", "ledger_rollups", "ledger_rolled"} {
		statements = fmt.Sprintf("ALTER TABLE %s NO FORCE ROW LEVEL SECURITY; %s; ALTER TABLE %[1]s FORCE ROW LEVEL SECURITY", table, statements)
	}
	if _, err := pgtest.Open(b.t, b.db.OwnerURL).ExecContext(b.t.Context(), statements); err != nil {
		b.t.Fatal(err)
	}
}
