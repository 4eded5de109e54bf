package ledger_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

func TestValidateHoldsExactlyForBalancedEntries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.SliceOfN(rapid.Int64Range(-1_000_000, 1_000_000), 0, 6).Draw(t, "amounts")
		var sum int64
		idle := len(amounts) < 2
		entry := ledger.Entry{MunicipalityID: 1}
		for _, a := range amounts {
			sum += a
			idle = idle || a == 0
			entry.Postings = append(entry.Postings, ledger.Posting{Account: ledger.Revenue("x"), Amount: money.Rial(a)})
		}
		if (entry.Validate() == nil) != (sum == 0 && !idle) {
			t.Fatalf("amounts %v: %v", amounts, entry.Validate())
		}
	})
}

func TestPostKeepsEntriesBalancedAndOnce(t *testing.T) {
	t.Parallel()
	books := newBooks(t)
	runner, ctx := books.run, books.context()
	entry := ledger.Entry{MunicipalityID: 1, Kind: "capture", SourceKind: "payment", SourceID: uuid.New(), BillID: uuid.New(), OfficeID: uuid.New(),
		Postings: []ledger.Posting{{ledger.Receivable("sep"), 5000}, {ledger.Revenue("annual_duty"), -4500}, {ledger.Revenue("penalty"), -500}}}
	post := func() error {
		return runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error { return ledger.Post(tx, entry) })
	}
	if err := post(); err != nil {
		t.Fatal(err)
	}
	if err := post(); scope.Constraint(err) != "ledger_entries_source" {
		t.Fatalf("the same cause was entered twice: %v", err)
	}
	wantPostings(ctx, t, runner, scope.Municipality(1), 3)
	wantPostings(ctx, t, runner, scope.Municipality(2), 0)
	// The constraint holds without the rule in Go, too.
	for name, values := range map[string]string{"unbalanced": `'{a,b}', '{5,-4}'`, "one leg": `'{a}', '{0}'`, "ragged": `'{a,b,c}', '{5,-5}'`, "null": `'{a,b,c}', '{5,-5,NULL}'`} {
		err := runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
			return tx.DB.Exec(`INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, accounts, amounts)
			  SELECT 1, gen_random_uuid(), now(), 'x', 'x', gen_random_uuid(), v.a::text[], v.b::bigint[] FROM (VALUES (` + values + `)) v(a, b)`).Error
		})
		if c := scope.Constraint(err); c != "ledger_entries_balanced" && c != "ledger_entries_shape" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func wantPostings(ctx context.Context, t *testing.T, r *scope.Runner, s scope.Scope, want int) {
	t.Helper()
	var n int
	var sum int64
	if err := r.InTx(ctx, s, func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT count(*), coalesce(sum(amount_rial), 0) FROM ledger_postings`).Row().Scan(&n, &sum)
	}); err != nil || n != want || sum != 0 {
		t.Fatalf("postings %d (want %d), sum %d, %v", n, want, sum, err)
	}
}

// TestPostIsOneStatement posts entries of several books at once: all of them, or none.
func TestPostIsOneStatement(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	office := uuid.New()
	suspended := ledger.Entry{MunicipalityID: ledger.Platform, Kind: "suspense", SourceKind: "suspense", SourceID: uuid.New(),
		Postings: []ledger.Posting{{Account: ledger.Receivable("sep"), Amount: 70}, {Account: ledger.Suspense, Amount: -50}, {Account: ledger.Deposit(office), Amount: -20}}}
	first, second := capture(1, 5), capture(2, 6)
	b.post(first, second, suspended)
	want := []string{"0 suspense {receivable:sep,suspense,deposit:" + office.String() + "} {70,-50,-20} true true", "1 capture {receivable:sep,revenue:annual_duty} {5,-5} false false",
		"2 capture {receivable:sep,revenue:annual_duty} {6,-6} false false"}
	got := b.texts(`SELECT concat_ws(' ', municipality_id, kind, accounts, amounts, (bill_id IS NULL)::text, (office_id IS NULL)::text) FROM ledger_entries WHERE at = (SELECT min(at) FROM ledger_entries)
	  AND (municipality_id = 0 OR (source_id, bill_id, office_id) IN ((?, ?, ?), (?, ?, ?))) ORDER BY municipality_id`,
		first.SourceID, first.BillID, first.OfficeID, second.SourceID, second.BillID, second.OfficeID)
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	b.post()
	unbalanced, nobodys, strange := capture(1, 1), capture(cities+1, 1), capture(1, 1)
	unbalanced.Postings[0].Amount++
	strange.Postings[0].Account = ledger.Deposit(office)
	for name, c := range map[string]struct {
		wrong ledger.Entry
		says  string
	}{"unbalanced": {unbalanced, "sum to zero"}, "of no municipality": {nobodys, "row-level security"}, "on an account that cities do not have": {strange, "no such account"}, "twice": {first, "ledger_entries_source"}} {
		err := b.run.InTx(b.context(), scope.Platform(), func(tx *scope.Tx) error { return ledger.Post(tx, capture(3, 1), c.wrong, capture(4, 1)) })
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("an entry %s: %v", name, err)
		}
	}
	if n := b.texts(`SELECT count(*)::text FROM ledger_entries`)[0]; n != "3" {
		t.Errorf("%s entries, want 3", n)
	}
}

// TestTheBooksAreAppendOnly tries to change the books with the program's login.
func TestTheBooksAreAppendOnly(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.postMany(1, 1)
	b.keep()
	for statement, says := range map[string]string{
		`UPDATE ledger_entries SET amounts = '{1,-1}'`: "permission denied", `DELETE FROM ledger_entries`: "permission denied", `TRUNCATE ledger_entries`: "permission denied",
		`UPDATE ledger_seals SET row_hash = chain_hash`: "permission denied", `DELETE FROM ledger_seals`: "permission denied", `DELETE FROM ledger_rollups`: "permission denied",
		`DELETE FROM ledger_rolled`: "permission denied", `UPDATE ledger_rollups SET day = 1`: "permission denied",
		`INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, accounts, amounts, txid) VALUES (1, gen_random_uuid(), now(), 'x', 'x', gen_random_uuid(), '{a,b}', '{1,-1}', '3')`: "permission denied",
	} {
		err := b.run.InTx(b.context(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(statement).Error })
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
