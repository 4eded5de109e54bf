package ledger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// naiveSums adds all entries of one moment up, as "account balance", without any roll-up.
const naiveSums = `SELECT account || ' ' || sum(amount_rial) FROM ledger_postings WHERE municipality_id = ? GROUP BY account ORDER BY account COLLATE "C"`

// agree compares the balances that the roll-ups give with those of all entries, in one snapshot.
func (b *books) agree(city int) error {
	return b.run.InSnapshot(b.context(), scope.Platform(), func(tx *scope.SnapshotTx) error {
		var want []string
		if err := tx.DB.Raw(naiveSums, city).Scan(&want).Error; err != nil {
			return err
		}
		trial, err := ledger.TrialBalanceAt(tx.Tx, city, time.Time{})
		if err != nil {
			return err
		}
		var got []string
		for _, a := range trial.Accounts {
			got = append(got, fmt.Sprint(a.Account, " ", int64(a.Balance)))
			if one, err := ledger.BalanceAt(tx.Tx, city, a.Account, time.Time{}); err != nil || one != a.Balance {
				return fmt.Errorf("%s alone: %d, %w", a.Account, one, err)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("city %d: %q, want %q", city, got, want)
		}
		return nil
	})
}

// TestRollUpsEqualTheSumsWhileAllPost posts from 32 goroutines, some transactions long, some rolled back, while three rollers and three sealers work and a reader compares.
func TestRollUpsEqualTheSumsWhileAllPost(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	var writers, keepers sync.WaitGroup
	stop := make(chan struct{})
	for i := range 7 {
		keepers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				var err error
				switch {
				case i < 3:
					_, err = b.Roll(b.context())
				case i < 6:
					_, err = b.Seal(b.context())
				default:
					err = b.agree(1 + rand.IntN(3))
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for w := range 32 {
		writers.Go(func() {
			for i := range 20 {
				err := b.run.InTx(b.context(), scope.Platform(), func(tx *scope.Tx) error {
					for range 1 + i%3 {
						if err := ledger.Post(tx, capture(1+w%3, money.Rial(1+rand.Int64N(1000))), capture(1+i%3, 5)); err != nil {
							return err
						}
						if err := tx.DB.Exec(`SELECT pg_sleep(? / 1000.0)`, rand.IntN(10)).Error; err != nil {
							return err
						}
					}
					if i%7 == 0 {
						return errRolledBack
					}
					return nil
				})
				if (err != nil) != (i%7 == 0) {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	keepers.Wait()
	b.keep()
	for city := 1; city <= 3; city++ {
		if err := b.agree(city); err != nil {
			t.Error(err)
		}
	}
	if broken := b.verify(); broken != "" {
		t.Error(broken)
	}
	// 32 goroutines, 17 committed transactions each, with 33 pairs of entries.
	if got := b.texts(`SELECT concat_ws(' ', (SELECT count(*) FROM ledger_entries), (SELECT sum(entries) FROM ledger_rolled), (SELECT count(*) FROM ledger_seals))`)[0]; got != "2112 2112 2112" {
		t.Errorf("entries, rolled up, sealed: %s", got)
	}
}

var errRolledBack = errors.New("rolled back")

// TestPostingWaitsForNobody posts while every roll-up, mark and chain of the books is locked.
func TestPostingWaitsForNobody(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.postMany(1, 3)
	b.keep()
	b.in(scope.Platform(), func(tx *scope.Tx) error {
		if err := tx.DB.Exec(`UPDATE ledger_rolled SET entries = entries; UPDATE ledger_rollups SET debit_rial = debit_rial;
		  SELECT pg_advisory_xact_lock(hashtextextended('ledger seal', 1))`).Error; err != nil {
			return err
		}
		return b.run.InTx(b.context(), scope.Platform(), func(tx *scope.Tx) error {
			if err := tx.DB.Exec(`SET LOCAL lock_timeout = '1s'`).Error; err != nil {
				return err
			}
			return ledger.Post(tx, capture(1, 1), capture(1, 2))
		})
	})
	if err := b.agree(1); err != nil {
		t.Error(err)
	}
}

// TestACrashCountsNothingTwice breaks a roll-up after its sums were written and before its mark is, then rolls up again.
func TestACrashCountsNothingTwice(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.postMany(1, 2)
	b.keep()
	b.postMany(1, 5)
	b.owner(`CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF (SELECT sum(debit_rial) FROM ledger_rollups) < 36 THEN RAISE ''crashed''; END IF; RETURN NEW; END';
	  CREATE TRIGGER crash AFTER UPDATE ON ledger_rollups FOR EACH ROW EXECUTE FUNCTION crash()`)
	before := b.texts(`SELECT r::text || m::text FROM ledger_rollups r, ledger_rolled m ORDER BY 1`)
	for crashed := false; !crashed; time.Sleep(5 * time.Millisecond) {
		_, err := b.Roll(b.context())
		if crashed = err != nil; crashed && !strings.Contains(err.Error(), "crashed") {
			t.Fatal(err)
		}
	}
	if after := b.texts(`SELECT r::text || m::text FROM ledger_rollups r, ledger_rolled m ORDER BY 1`); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("a crash left %q, want %q", after, before)
	}
	if err := b.agree(1); err != nil {
		t.Error(err)
	}
	b.owner(`DROP TRIGGER crash ON ledger_rollups`)
	b.keep()
	if err := b.agree(1); err != nil {
		t.Error(err)
	}
	if broken := b.verify(); broken != "" {
		t.Error(broken)
	}
	if n, err := b.Roll(b.context()); n != 0 || err != nil {
		t.Errorf("nothing is left, and %d are rolled up, %v", n, err)
	}
}

// TestALongTransactionIsWaitedFor commits an entry long after younger transactions have committed theirs: nothing passes it, nothing is missed, and balances are right meanwhile.
func TestALongTransactionIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.postMany(1, 3)
	b.keep()
	b.postMany(1, 1)
	written, finish, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- b.run.InTx(b.context(), scope.Platform(), func(tx *scope.Tx) error {
			if err := ledger.Post(tx, capture(1, 1000)); err != nil {
				return err
			}
			close(written)
			<-finish
			return ledger.Post(tx, capture(1, 2000))
		})
	}()
	<-written
	b.postMany(1, 4)
	rolled, sealed := 0, 0
	for deadline := time.Now().Add(30 * time.Second); rolled+sealed < 2 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		r, err := b.Roll(b.context())
		s, wrong := b.Seal(b.context())
		if rolled, sealed = rolled+r, sealed+s; err != nil || wrong != nil {
			t.Errorf("%v, %v", err, wrong)
		}
	}
	if rolled != 1 || sealed != 1 {
		t.Errorf("%d entries rolled up and %d sealed, of which one stands before a transaction that runs", rolled, sealed)
	}
	if err := b.agree(1); err != nil {
		t.Error(err)
	}
	close(finish)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := b.agree(1); err != nil {
		t.Error(err)
	}
	b.keep()
	if err := b.agree(1); err != nil {
		t.Error(err)
	}
	order := b.texts(`SELECT e.amounts[1]::text FROM ledger_seals s JOIN ledger_entries e ON e.id = s.entry_id WHERE s.municipality_id = 1 ORDER BY s.sequence`)
	if fmt.Sprint(order) != "[1 2 3 1 1000 2000 1 2 3 4]" {
		t.Errorf("sealed in the order %v", order)
	}
	if broken := b.verify(); broken != "" {
		t.Error(broken)
	}
}

// TestRollUpsGoOnInSteps rolls up more than one transaction takes, in several books.
func TestRollUpsGoOnInSteps(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.in(scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, accounts, amounts)
		  SELECT 7, gen_random_uuid(), now() - i * interval '1 hour', 'capture', 'test', gen_random_uuid(), '{receivable:sep,revenue:annual_duty}', ARRAY[i, -i] FROM generate_series(1, 12000) i`).Error
	})
	b.postMany(9, 2)
	b.keep()
	if got := b.texts(`SELECT municipality_id || ' ' || entries FROM ledger_rolled ORDER BY municipality_id`); fmt.Sprint(got) != "[7 12000 9 2]" {
		t.Errorf("%v", got)
	}
	for _, city := range []int{7, 9} {
		if err := b.agree(city); err != nil {
			t.Error(err)
		}
	}
	if broken := b.verify(); broken != "" {
		t.Error(broken)
	}
}

// TestARestoreElsewhereIsNoticed moves the marks into the future, as a dump that is restored into a young cluster does: nothing goes on, and no balance is given.
func TestARestoreElsewhereIsNoticed(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.postMany(1, 2)
	b.keep()
	b.owner(`UPDATE ledger_rolled SET txid = '9000000000000000000'`)
	_, rolling := b.Roll(b.context())
	_, _, trial := b.TrialBalance(b.context(), scope.Municipality(1), time.Time{})
	_, statement := b.Statement(b.context(), scope.Municipality(1), ledger.Query{Account: ledger.Revenue("annual_duty"), Limit: 1})
	b.owner(`UPDATE ledger_seals SET txid = '9000000000000000000' WHERE sequence = 2`)
	_, sealing := b.Seal(b.context())
	_, heads := b.Heads(b.context())
	for name, err := range map[string]error{"heads": heads, "roll": rolling, "seal": sealing, "trial balance": trial, "statement": statement} {
		if err == nil || !strings.Contains(err.Error(), "restored") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
