package ledger_test

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// posting is one line of the naive model: a plain list of everything that was posted.
type posting struct {
	ledger.Key
	account ledger.Account
	amount  money.Rial
}

// model is one city's books as a list.
type model []posting

func (m model) balance(account ledger.Account, before time.Time) (sum money.Rial) {
	for _, p := range m {
		if p.account == account && (before.IsZero() || p.At.Before(before)) {
			sum += p.amount
		}
	}
	return sum
}

func (m model) trial(before time.Time) (accounts []ledger.Total) {
	for _, p := range m {
		if !before.IsZero() && !p.At.Before(before) {
			continue
		}
		i := slices.IndexFunc(accounts, func(t ledger.Total) bool { return t.Account == p.account })
		if i < 0 {
			i, accounts = len(accounts), append(accounts, ledger.Total{Account: p.account})
		}
		accounts[i].Debit += max(p.amount, 0)
		accounts[i].Credit += max(-p.amount, 0)
		accounts[i].Balance += p.amount
	}
	slices.SortFunc(accounts, func(a, b ledger.Total) int { return cmp.Compare(a.Account, b.Account) })
	return accounts
}

// statement lists what a statement lists, as "amount balance".
func (m model) statement(account ledger.Account, from, to time.Time) (lines []string) {
	sorted := slices.Clone(m)
	slices.SortFunc(sorted, func(a, b posting) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.EntryID.String(), b.EntryID.String()), cmp.Compare(a.Line, b.Line))
	})
	var balance money.Rial
	for _, p := range sorted {
		if p.account != account || !to.IsZero() && !p.At.Before(to) {
			continue
		}
		if balance += p.amount; !p.At.Before(from) {
			lines = append(lines, fmt.Sprint(p.amount, balance))
		}
	}
	return lines
}

// instants lie around the ends of days in Tehran and in UTC, years apart, and before 1970.
func instants() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		day := rapid.SampledFrom([]time.Time{time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(2020, 3, 20, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}).Draw(t, "day")
		hour := rapid.SampledFrom([]time.Duration{0, 20*time.Hour + 30*time.Minute, 12 * time.Hour}).Draw(t, "hour")
		return day.Add(hour + time.Duration(rapid.IntRange(-2, 2).Draw(t, "micros"))*time.Microsecond)
	})
}

var someAccounts = []ledger.Account{ledger.Receivable("sep"), ledger.Revenue("annual_duty"), ledger.Revenue("penalty"), ledger.Payable(ledger.Correction)}

// TestBalancesAreThoseOfTheNaiveModel posts at any times in any order, rolls up now and then, and asks for balances, trial balances and statements of any time.
func TestBalancesAreThoseOfTheNaiveModel(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	city := 0
	rapid.Check(t, func(t *rapid.T) {
		if city++; city > cities {
			t.Skip("no cities are left")
		}
		var m model
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "step") == 0 {
				if _, err := b.Roll(b.context()); err != nil {
					t.Fatal(err)
				}
				continue
			}
			m = append(m, b.postDrawn(t, city)...)
		}
		b.hold(t, city, m)
	})
}

// postDrawn posts one to three entries of an instant and gives their postings.
func (b *books) postDrawn(t *rapid.T, city int) (added model) {
	b.setClock(instants().Draw(t, "at"))
	var entries []ledger.Entry
	for range rapid.IntRange(1, 3).Draw(t, "entries") {
		e := capture(city, 1)
		e.Postings = nil
		var sum money.Rial
		for range rapid.IntRange(1, 3).Draw(t, "legs") {
			amount := money.Rial(rapid.SampledFrom([]int64{-7, -1, 1, 10, 1 << 50}).Draw(t, "amount"))
			e.Postings = append(e.Postings, ledger.Posting{Account: rapid.SampledFrom(someAccounts).Draw(t, "account"), Amount: amount})
			sum += amount
		}
		if sum == 0 {
			e.Postings[0].Amount, sum = e.Postings[0].Amount*3, e.Postings[0].Amount*2
		}
		e.Postings = append(e.Postings, ledger.Posting{Account: someAccounts[0], Amount: -sum})
		entries = append(entries, e)
	}
	b.post(entries...)
	for _, e := range entries {
		id := uuid.MustParse(b.texts(`SELECT id::text FROM ledger_entries WHERE municipality_id = ? AND source_id = ?`, city, e.SourceID)[0])
		for i, p := range e.Postings {
			added = append(added, posting{Key: ledger.Key{At: b.at, EntryID: id, Line: i + 1}, account: p.Account, amount: p.Amount})
		}
	}
	return added
}

// hold holds the books against the model, at instants of its own and at the present.
func (b *books) hold(t *rapid.T, city int, m model) {
	ats := []time.Time{{}, instants().Draw(t, "when"), instants().Draw(t, "when")}
	account := rapid.SampledFrom(someAccounts).Draw(t, "account")
	b.in(scope.Municipality(city), func(tx *scope.Tx) error {
		for _, at := range ats {
			if got, err := ledger.BalanceAt(tx, city, account, at); err != nil || got != m.balance(account, at) {
				t.Fatalf("balance of %s before %s: %d, %v, want %d", account, at, got, err, m.balance(account, at))
			}
			if got, err := ledger.TrialBalanceAt(tx, city, at); err != nil || !reflect.DeepEqual(got.Accounts, m.trial(at)) {
				t.Fatalf("trial balance before %s: %+v, %v, want %+v", at, got.Accounts, err, m.trial(at))
			}
		}
		return nil
	})
	q := ledger.Query{Account: account, From: ats[1], To: ats[2], Limit: rapid.IntRange(1, 5).Draw(t, "limit")}
	if rapid.Bool().Draw(t, "from the beginning") {
		q.From = time.Time{}
	}
	if rapid.Bool().Draw(t, "to the end") {
		q.To = time.Time{}
	}
	if got, want := b.lines(t, scope.Municipality(city), q), m.statement(account, q.From, q.To); !slices.Equal(got, want) {
		t.Fatalf("statement %+v: %q, want %q", q, got, want)
	}
}

// lines reads a whole statement, page by page; each page opens where the one before closed.
func (b *books) lines(t *rapid.T, in scope.Scope, q ledger.Query) (lines []string) {
	var closing *money.Rial
	for {
		page, err := b.Statement(b.context(), in, q)
		if err != nil {
			t.Fatal(err)
		}
		if closing != nil && page.Opening != *closing || len(page.Lines) > q.Limit || page.More && len(page.Lines) != q.Limit {
			t.Fatalf("%+v follows a page that closed with %v", page, closing)
		}
		for _, l := range page.Lines {
			lines = append(lines, fmt.Sprint(l.Amount, l.Balance))
		}
		if !page.More {
			return lines
		}
		key, err := ledger.ParseKey(page.Lines[len(page.Lines)-1].Key.String())
		if err != nil {
			t.Fatal(err)
		}
		q.After, closing = &key, &page.Closing
	}
}

// TestBooksAreReadByTheirOwner asks for the books of each scope: its own, and nobody else's.
func TestBooksAreReadByTheirOwner(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.post(capture(1, 100), capture(2, 30), ledger.Entry{MunicipalityID: ledger.Platform, Kind: "suspense", SourceKind: "suspense", SourceID: uuid.New(),
		Postings: []ledger.Posting{{Account: ledger.Receivable("sep"), Amount: 7}, {Account: ledger.Suspense, Amount: -7}}})
	check := func(when string) {
		for in, want := range map[scope.Scope]money.Rial{scope.Municipality(1): 100, scope.Municipality(2): 30, scope.Municipality(3): 0, scope.Platform(): 7} {
			trial, _, err := b.TrialBalance(b.context(), in, time.Time{})
			if err != nil || trial.Of(ledger.Receivable("sep")) != want {
				t.Errorf("%s, %s: %+v, %v, want %d", when, in, trial, err, want)
			}
			page, err := b.Statement(b.context(), in, ledger.Query{Account: ledger.Receivable("sep"), Limit: 10})
			if err != nil || page.Closing != want || (len(page.Lines) == 0) != (want == 0) {
				t.Errorf("%s, %s: %+v, %v, want %d", when, in, page, err, want)
			}
		}
	}
	check("before rolling up")
	b.keep()
	check("rolled up")
	b.in(scope.Municipality(1), func(tx *scope.Tx) error {
		if trial, err := ledger.TrialBalanceAt(tx, 2, time.Time{}); err != nil || trial.Accounts != nil {
			t.Errorf("city 1 reads in city 2's books: %+v, %v", trial, err)
		}
		return nil
	})
	for code, in := range map[string]scope.Scope{"ledger_books": scope.Office(uuid.New()), "ledger_account": scope.Municipality(1)} {
		_, err := b.Statement(b.context(), in, ledger.Query{Account: ledger.Deposit(uuid.New()), Limit: 1})
		if fault.Of(err) == nil || fault.Of(err).Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, _, err := b.TrialBalance(b.context(), scope.Public(""), time.Time{}); fault.Of(err) == nil {
		t.Errorf("the public's books: %v", err)
	}
}

func TestKeysReadBack(t *testing.T) {
	t.Parallel()
	key := ledger.Key{At: time.Date(2026, 11, 20, 1, 2, 3, 4000, time.UTC), EntryID: uuid.New(), Line: 3}
	if got, err := ledger.ParseKey(key.String()); err != nil || got != key {
		t.Errorf("%v, %v, want %v", got, err, key)
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add("1763596800000000.0198f3a2-7b1c-7def-8123-456789abcdef.2")
	f.Add("9999999999999999999.0198f3a2-7b1c-7def-8123-456789abcdef.-2")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ledger.ParseKey(text)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatal(err)
			}
			return
		}
		if again, err := ledger.ParseKey(key.String()); err != nil || again != key {
			t.Fatalf("%q reads as %v, then %v, %v", text, key, again, err)
		}
	})
}

func FuzzParseHead(f *testing.F) {
	f.Add("122:12:" + strings.Repeat("0a", 32))
	f.Add("0x1:-1:aa")
	f.Fuzz(func(t *testing.T, text string) {
		head, err := ledger.ParseHead(text)
		if err != nil {
			if fault.Of(err) == nil || !errors.Is(err, fault.Of(err)) {
				t.Fatal(err)
			}
			return
		}
		if again, err := ledger.ParseHead(head.String()); err != nil || again != head {
			t.Fatalf("%q reads as %v, then %v, %v", text, head, again, err)
		}
	})
}
