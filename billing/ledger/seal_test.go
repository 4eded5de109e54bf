package ledger_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"

	"mofasa/billing/ledger"
	"mofasa/migrations"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// TestEachChainHolds seals the books of two cities and the platform, each for itself.
func TestEachChainHolds(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	if broken := b.verify(); broken != "" {
		t.Errorf("no books: %s", broken)
	}
	b.postMany(1, 3)
	b.postMany(2, 2)
	b.post(ledger.Entry{MunicipalityID: ledger.Platform, Kind: "suspense", SourceKind: "suspense", SourceID: uuid.New(),
		Postings: []ledger.Posting{{Account: ledger.Receivable("sep"), Amount: 7}, {Account: ledger.Suspense, Amount: -7}}})
	b.keep()
	first := b.heads()
	b.postMany(1, 2)
	b.keep()
	last := b.heads()
	if first[1].Sequence != 3 || last[1].Sequence != 5 || last[2].Sequence != 2 || last[0].Sequence != 1 || len(last) != 3 || last[2] != first[2] {
		t.Errorf("%v, then %v", first, last)
	}
	if broken := b.verify(first[0], first[1], first[2], last[1]); broken != "" {
		t.Error(broken)
	}
	foreign, long, swapped, vanished := first[1], last[1], last[1], last[1]
	foreign.Chain[0]++
	long.Sequence++
	swapped.MunicipalityID, swapped.Sequence = 2, 2
	vanished.MunicipalityID = 5
	for _, kept := range []ledger.Head{foreign, long, swapped, vanished} {
		// The true newest head beside it hides nothing, wherever it stands.
		want := fmt.Sprintf("the chain is not the one of a head that was kept: municipality %d: %s", kept.MunicipalityID, kept.Head.String())
		if broken := b.verify(last[1], kept, last[1]); broken != want {
			t.Errorf("with head %s: %q, want %q", kept, broken, want)
		}
	}
	_, head, err := b.TrialBalance(b.context(), scope.Municipality(1), b.clock())
	if err != nil || head != last[1] {
		t.Errorf("city 1 reads its head as %s, %v", head, err)
	}
}

// TestABreakIsLocated breaks sealed books in each way, as the owner of the tables, and expects municipality and entry to be named.
func TestABreakIsLocated(t *testing.T) {
	t.Parallel()
	const fourth = `(SELECT entry_id FROM ledger_seals WHERE municipality_id = 2 AND sequence = 4)`
	const eighth = `(SELECT entry_id FROM ledger_seals WHERE municipality_id = 2 AND sequence = 8)`
	const forged = `INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, accounts, amounts, txid)
	  SELECT 2, '00000000-0000-7000-8000-000000000001', at, kind, 'forged', source_id, accounts, amounts, `
	const entry = "municipality 2: entry 00000000-0000-7000-8000-000000000001"
	for name, c := range map[string]struct{ sabotage, rule, where string }{
		"the time":             {`UPDATE ledger_entries SET at = at + interval '1 microsecond' WHERE id = ` + fourth, "a sealed entry was changed", "sealed as 4"},
		"the amounts":          {`UPDATE ledger_entries SET amounts = '{7,-7}' WHERE id = ` + fourth, "a sealed entry was changed", "sealed as 4"},
		"an account":           {`UPDATE ledger_entries SET accounts[2] = 'revenue:penalty' WHERE id = ` + fourth, "a sealed entry was changed", "sealed as 4"},
		"the bill":             {`UPDATE ledger_entries SET bill_id = NULL WHERE id = ` + fourth, "a sealed entry was changed", "sealed as 4"},
		"the office":           {`UPDATE ledger_entries SET office_id = gen_random_uuid() WHERE id = ` + fourth, "a sealed entry was changed", "sealed as 4"},
		"the transaction":      {`UPDATE ledger_entries SET txid = '3' WHERE id = ` + fourth, "a sealed entry was changed", "sealed as 4"},
		"a later transaction":  {`UPDATE ledger_entries SET txid = '9000000000000000000' WHERE id = ` + fourth, "a sealed entry was changed", "sealed as 4"},
		"the city":             {`UPDATE ledger_entries SET municipality_id = 3 WHERE id = ` + fourth, "a sealed entry was removed", "sealed as 4"},
		"the id":               {`UPDATE ledger_entries SET id = 'ffffffff-ffff-7fff-8000-000000000000' WHERE id = ` + fourth, "a sealed entry was removed", "sealed as 4"},
		"two entries":          {`UPDATE ledger_entries SET amounts = '{7,-7}' WHERE id IN (` + fourth + `, ` + eighth + `)`, "a sealed entry was changed", "sealed as 4"},
		"an entry taken away":  {`DELETE FROM ledger_entries WHERE id = ` + fourth, "a sealed entry was removed", "sealed as 4"},
		"the last entry":       {`DELETE FROM ledger_entries WHERE id = ` + eighth, "a sealed entry was removed", "sealed as 8"},
		"all entries":          {`DELETE FROM ledger_entries WHERE municipality_id = 2`, "a sealed entry was removed", "sealed as 1"},
		"an entry and seal":    {`DELETE FROM ledger_entries WHERE id = ` + fourth + `; DELETE FROM ledger_seals WHERE municipality_id = 2 AND sequence = 4`, "a seal is missing", "seal 4"},
		"the first seal":       {`DELETE FROM ledger_seals WHERE municipality_id = 2 AND sequence = 1`, "a seal is missing", "seal 1"},
		"put in between":       {forged + `txid FROM ledger_entries WHERE id = ` + fourth, "an entry was inserted", entry + ", after the one sealed as 3"},
		"put in first":         {forged + `'1' FROM ledger_entries WHERE id = ` + fourth, "an entry was inserted", entry + ", after the one sealed as 0"},
		"of the future":        {forged + `'9000000000000000000' FROM ledger_entries WHERE id = ` + fourth, "an entry claims a transaction", entry},
		"a seal":               {`UPDATE ledger_seals SET row_hash = sha256('x') WHERE municipality_id = 2 AND sequence = 4`, "a seal was changed", "sealed as 4"},
		"a link":               {`UPDATE ledger_seals SET chain_hash = sha256('x') WHERE municipality_id = 2 AND sequence = 4`, "a seal was changed", "sealed as 4"},
		"a seal's place":       {`UPDATE ledger_seals SET txid = '3' WHERE municipality_id = 2 AND sequence = 4`, "a seal was changed", "sealed as 4"},
		"a seal's entry":       {`UPDATE ledger_seals SET entry_id = gen_random_uuid() WHERE municipality_id = 2 AND sequence = 4`, "a seal was changed", "sealed as 4"},
		"a roll-up":            {`UPDATE ledger_rollups SET credit_rial = credit_rial + 1 WHERE municipality_id = 2 AND account = 'revenue:annual_duty'`, "a roll-up is not", "municipality 2: revenue:annual_duty of day "},
		"a roll-up taken away": {`DELETE FROM ledger_rollups WHERE municipality_id = 2 AND account = 'receivable:sep'`, "a roll-up is not", "municipality 2: receivable:sep of day "},
		"a roll-up of nothing": {`INSERT INTO ledger_rollups VALUES (2, 'revenue:x', 1, 5, 5)`, "a roll-up is not", "municipality 2: revenue:x of day 1"},
		"an account of no chart": {`INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, accounts, amounts)
		  VALUES (2, gen_random_uuid(), now(), 'x', 'x', gen_random_uuid(), '{receivable:sep,revenu:x}', '{1,-1}')`, "an account is not in the chart", "municipality 2: revenu:x"},
		"no sum of zero": {`ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_balanced; INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, accounts, amounts)
		  VALUES (2, gen_random_uuid(), now(), 'x', 'x', gen_random_uuid(), '{receivable:sep,revenue:x}', '{1,-2}')`, "the books do not sum to zero", "municipality 2: "},
		"books of nobody": {`INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, accounts, amounts)
		  VALUES (999, gen_random_uuid(), now(), 'x', 'x', gen_random_uuid(), '{receivable:sep,revenue:x}', '{1,-1}')`, "there is no such municipality", "municipality 999: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBooks(t)
			b.postMany(1, 2)
			b.postMany(2, 8)
			b.keep()
			if broken := b.verify(); broken != "" {
				t.Fatalf("before: %s", broken)
			}
			b.owner(c.sabotage)
			v, err := b.Verify(b.context(), nil)
			if err != nil || v.Rule == "" || !strings.HasPrefix(v.Rule, c.rule) || !strings.HasPrefix(v.Where, "municipality ") || !strings.Contains(v.Where, c.where) {
				t.Errorf("%q, %q, %v, want %q, %q", v.Rule, v.Where, err, c.rule, c.where)
			}
		})
	}
}

// TestACutTailShowsAgainstAKeptHead takes the newest entries away with their seals, and whole books, which nothing inside the database can tell.
func TestACutTailShowsAgainstAKeptHead(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.postMany(1, 6)
	b.postMany(2, 2)
	b.keep()
	kept := b.heads()
	const again = `; DELETE FROM ledger_rolled; DELETE FROM ledger_rollups`
	b.owner(`DELETE FROM ledger_entries WHERE id IN (SELECT entry_id FROM ledger_seals WHERE sequence > 4); DELETE FROM ledger_seals WHERE sequence > 4` + again)
	if broken := b.verify(); broken != "" {
		t.Errorf("without the head: %s", broken)
	}
	want := "the chain is not the one of a head that was kept: municipality 1: " + kept[1].Head.String()
	if broken := b.verify(kept[2], kept[1]); broken != want {
		t.Errorf("with it: %q", broken)
	}
	// Also when others were written and sealed in their place.
	b.postMany(1, 5)
	b.keep()
	if broken := b.verify(kept[1]); broken != want {
		t.Errorf("after a rewrite: %q", broken)
	}
	b.owner(`DELETE FROM ledger_entries WHERE municipality_id = 2; DELETE FROM ledger_seals WHERE municipality_id = 2` + again)
	if broken := b.verify(kept[2]); !strings.Contains(broken, "municipality 2: ") {
		t.Errorf("without books: %q", broken)
	}
}

// TestEveryColumnIsSealed fails when ledger_entries has a column that no hash covers.
func TestEveryColumnIsSealed(t *testing.T) {
	t.Parallel()
	rows := newBooks(t).texts(`SELECT attname FROM pg_attribute WHERE attrelid = 'ledger_entries'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname`)
	sealed := ledger.SealedColumns()
	slices.Sort(sealed)
	if !slices.Equal(rows, sealed) {
		t.Errorf("the table has %q, sealed are %q", rows, sealed)
	}
}

// unsealed is the last schema whose books had no chain.
const unsealed = 18

// TestOldEntriesJoinTheChain migrates a database that already has entries, and rolls them up and seals them with those that come later.
func TestOldEntriesJoinTheChain(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.db = pgtest.Empty(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, pgtest.Open(t, b.db.OwnerURL), os.DirFS("../../migrations/sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), unsealed); err != nil {
		t.Fatal(err)
	}
	b.open()
	b.in(scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix) VALUES (1, 'ش', 'C', 'ا', 'P', 'ش', 1, 10)`).Error
	})
	b.in(scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, accounts, amounts) SELECT i % 2, gen_random_uuid(), now(), 'capture', 'payment',
		  gen_random_uuid(), '{receivable:sep,suspense}', ARRAY[i, -i] FROM generate_series(1, 20) i`).Error
	})
	if _, err := migrations.Apply(t.Context(), b.db.OwnerURL); err != nil {
		t.Fatal(err)
	}
	b.postMany(1, 3)
	b.keep()
	heads := b.heads()
	if broken := b.verify(heads[0], heads[1]); broken != "" || heads[0].Sequence != 10 || heads[1].Sequence != 13 {
		t.Errorf("%v, %s", heads, broken)
	}
	if err := b.agree(1); err != nil {
		t.Error(err)
	}
	if got := b.texts(`SELECT e.amounts[1]::text FROM ledger_seals s JOIN ledger_entries e ON e.id = s.entry_id WHERE s.municipality_id = 1 AND s.sequence > 10 ORDER BY s.sequence`); fmt.Sprint(got) != "[1 2 3]" {
		t.Errorf("the newest are %v", got)
	}
}
