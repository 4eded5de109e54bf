package ledger_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

func TestATrialIsValidWhileBothSidesAreEqual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var trial ledger.Trial
		var debit, credit int64
		for range rapid.IntRange(0, 5).Draw(t, "accounts") {
			d, c := rapid.Int64Range(0, 9).Draw(t, "debit"), rapid.Int64Range(0, 9).Draw(t, "credit")
			trial.Accounts = append(trial.Accounts, ledger.Total{Account: "x", Debit: money.Rial(d), Credit: money.Rial(c)})
			debit, credit = debit+d, credit+c
		}
		if (trial.Validate() == nil) != (debit == credit) {
			t.Fatalf("%+v: %v", trial, trial.Validate())
		}
	})
}

func TestTrialBalancesByCityAndAroundASource(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	run := uuid.New()
	entry := func(city int, kind string, source uuid.UUID, postings ...ledger.Posting) ledger.Entry {
		return ledger.Entry{MunicipalityID: city, Kind: kind, SourceKind: kind, SourceID: source, BillID: uuid.New(), OfficeID: uuid.New(), Postings: postings}
	}
	within := func(s scope.Scope, fn func(tx *scope.Tx) error) {
		t.Helper()
		if err := b.run.InTx(b.context(), s, fn); err != nil {
			t.Fatal(err)
		}
	}
	payable := ledger.Payable(ledger.Correction)
	within(scope.Platform(), func(tx *scope.Tx) error {
		return ledger.Post(tx, entry(1, "payment", uuid.New(), ledger.Posting{Account: ledger.Receivable("sep"), Amount: 5000}, ledger.Posting{Account: ledger.Revenue("duty"), Amount: -5000}),
			entry(2, "payment", uuid.New(), ledger.Posting{Account: ledger.Receivable("sep"), Amount: 700}, ledger.Posting{Account: ledger.Revenue("duty"), Amount: -700}),
			entry(1, "correction", run, ledger.Posting{Account: ledger.Revenue("duty"), Amount: 2000}, ledger.Posting{Account: payable, Amount: -2000}))
	})
	total := func(account ledger.Account, debit, credit money.Rial) ledger.Total {
		return ledger.Total{Account: account, Debit: debit, Credit: credit, Balance: debit - credit}
	}
	sep, duty := ledger.Receivable("sep"), ledger.Revenue("duty")
	source := ledger.Source{Kind: "correction", ID: run}
	for _, tt := range []struct {
		in            scope.Scope
		city          int
		before, after []ledger.Total
	}{
		{scope.Platform(), 0, []ledger.Total{total(sep, 5700, 0), total(duty, 0, 5700)}, []ledger.Total{total(payable, 0, 2000), total(sep, 5700, 0), total(duty, 2000, 5700)}},
		{scope.Platform(), 1, []ledger.Total{total(sep, 5000, 0), total(duty, 0, 5000)}, []ledger.Total{total(payable, 0, 2000), total(sep, 5000, 0), total(duty, 2000, 5000)}},
		{scope.Municipality(2), 0, []ledger.Total{total(sep, 700, 0), total(duty, 0, 700)}, []ledger.Total{total(sep, 700, 0), total(duty, 0, 700)}},
		{scope.Municipality(2), 1, nil, nil},
	} {
		within(tt.in, func(tx *scope.Tx) error {
			before, after, err := ledger.TrialBalanceAround(tx, tt.city, source)
			if !reflect.DeepEqual(before.Accounts, tt.before) || !reflect.DeepEqual(after.Accounts, tt.after) {
				t.Errorf("%s, city %d:\n%+v\n%+v", tt.in, tt.city, before, after)
			}
			if books, wrong := ledger.TrialBalanceAt(tx, tt.city, time.Time{}); wrong != nil || tt.city != 0 && !reflect.DeepEqual(books, after) || tt.city != 0 && books.Of(sep) != after.Of(sep) {
				t.Errorf("%s, city %d: %+v, %v", tt.in, tt.city, books, wrong)
			}
			return err
		})
	}
}
