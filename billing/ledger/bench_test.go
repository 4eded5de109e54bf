package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// BenchmarkPost posts a capture over several cities: in one statement, and entry by entry. ns/entry counts the posting alone, inside an open transaction.
func BenchmarkPost(b *testing.B) {
	rig := newBooks(b)
	for _, n := range []int{1, 3, 9} {
		for name, post := range map[string]func(*scope.Tx, []ledger.Entry) error{
			"together": func(tx *scope.Tx, entries []ledger.Entry) error { return ledger.Post(tx, entries...) },
			"single": func(tx *scope.Tx, entries []ledger.Entry) error {
				for _, e := range entries {
					if err := ledger.Post(tx, e); err != nil {
						return err
					}
				}
				return nil
			},
		} {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				var spent time.Duration
				for b.Loop() {
					entries := make([]ledger.Entry, n)
					for i := range entries {
						entries[i] = capture(i+1, money.Rial(i+1))
					}
					rig.in(scope.Platform(), func(tx *scope.Tx) error {
						began := time.Now()
						defer func() { spent += time.Since(began) }()
						return post(tx, entries)
					})
				}
				b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N*n), "ns/entry")
			})
		}
	}
}

// fill posts entries of one city over two years, with five postings each.
func (b *books) fill(city, entries int) {
	b.in(scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, bill_id, office_id, accounts, amounts)
		  SELECT ?, gen_random_uuid(), now() - i * interval '2 years' / ?::int, 'capture', 'payment', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
		    '{receivable:sep,revenue:annual_duty,revenue:age_surcharge,revenue:penalty,revenue:rounding}', ARRAY[i * 10 + 6, -i * 9, -i, -1, -5] FROM generate_series(1, ?::bigint) i`, city, entries, entries).Error
	})
}

// BenchmarkBooks rolls up, seals, reads and verifies 300,000 entries of one city and 100 of each of 200.
func BenchmarkBooks(b *testing.B) {
	rig := newBooks(b)
	const most, cities = 300_000, 200
	rig.fill(1, most)
	for city := range cities {
		rig.fill(city+2, 100)
	}
	const all = most + cities*100
	rate := func(name string, work func()) {
		began := time.Now()
		work()
		b.Logf("%s: %.0f entries a second", name, all/time.Since(began).Seconds())
	}
	rate("roll up", func() { _, _ = rig.Roll(rig.context()) })
	rate("seal", func() { _, _ = rig.Seal(rig.context()) })
	rig.keep()
	rate("verify", func() {
		if broken := rig.verify(); broken != "" {
			b.Fatal(broken)
		}
	})
	rig.post(capture(1, 1))
	for name, at := range map[string]time.Time{"now": {}, "a year ago": time.Now().AddDate(-1, 0, 0)} {
		b.Run("balance/"+name, func(b *testing.B) {
			for b.Loop() {
				rig.in(scope.Platform(), func(tx *scope.Tx) error {
					_, err := ledger.BalanceAt(tx, 1, ledger.Revenue("annual_duty"), at)
					return err
				})
			}
		})
		b.Run("trial/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := rig.TrialBalance(rig.context(), scope.Municipality(1), at); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("statement", func(b *testing.B) {
		for b.Loop() {
			q := ledger.Query{Account: ledger.Revenue("annual_duty"), From: time.Now().AddDate(-1, 0, 0), Limit: 100, After: &ledger.Key{At: time.Now().AddDate(0, -6, 0), EntryID: uuid.New(), Line: 1}}
			if _, err := rig.Statement(rig.context(), scope.Municipality(1), q); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("nothing to keep", func(b *testing.B) {
		for b.Loop() {
			_, _ = rig.Roll(rig.context())
			_, _ = rig.Seal(rig.context())
		}
	})
}
