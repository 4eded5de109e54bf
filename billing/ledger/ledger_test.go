package ledger_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/migrations/pgtest"
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
			entry.Postings = append(entry.Postings, ledger.Posting{Account: "x", Amount: money.Rial(a)})
		}
		if (entry.Validate() == nil) != (sum == 0 && !idle) {
			t.Fatalf("amounts %v: %v", amounts, entry.Validate())
		}
	})
}

func TestPostKeepsEntriesBalancedAndOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	gdb, pool, err := scope.Open(db.AppURL, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	owner := pgtest.Open(t, db.OwnerURL)
	if _, err := owner.ExecContext(t.Context(), `ALTER TABLE municipalities NO FORCE ROW LEVEL SECURITY;
	  INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix) VALUES (1, 'الف', 'A', 'ب', 'B', 'پ', 1, 10);
	  ALTER TABLE municipalities FORCE ROW LEVEL SECURITY`); err != nil {
		t.Fatal(err)
	}
	runner := scope.NewRunner(gdb, time.Now, uuid.New)
	ctx := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})
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
