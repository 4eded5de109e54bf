package api_test

import (
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/ledger"
	"mofasa/tenants/scope"
)

// reader reads books as one person.
type reader struct{ *apitest.Client }

func (r reader) balance(query string) (b gen.BooksBalance) {
	r.Must(r.Do("GET", "/v1/ledger/trial-balance"+query, nil), 200, &b)
	return b
}

func (r reader) statement(account, query string) (s gen.AccountStatement) {
	r.Must(r.Do("GET", "/v1/ledger/statement?account="+url.QueryEscape(account)+query, nil), 200, &s)
	return s
}

// of is one account of a trial balance.
func of(b gen.BooksBalance, account string) gen.AccountBalance {
	if i := slices.IndexFunc(b.Accounts, func(a gen.AccountBalance) bool { return a.Account == account }); i >= 0 {
		return b.Accounts[i]
	}
	return gen.AccountBalance{}
}

// TestBooksAreReadByWhoKeepsThem pays an order and suspends some money, and reads the books of a city, of one that got nothing, and of the platform.
func TestBooksAreReadByWhoKeepsThem(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier := s.SignIn(apitest.Cashier)
	cashier.Pay(cashier.Order(apitest.Plate).Id)
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return ledger.Post(tx, ledger.Entry{MunicipalityID: ledger.Platform, Kind: "suspense", SourceKind: "suspense", SourceID: uuid.New(),
			Postings: []ledger.Posting{{Account: ledger.Receivable("sep"), Amount: 7}, {Account: ledger.Suspense, Amount: -7}}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Program.Ledger.Roll(s.System()); err != nil {
		t.Fatal(err)
	}
	treasurer, auditor, operator := reader{s.SignIn(apitest.Treasurer)}, reader{s.SignIn(apitest.CityAuditor)}, reader{s.SignIn(apitest.PlatformOperator)}
	books := treasurer.balance("")
	sep, duty := of(books, "receivable:sep"), of(books, "revenue:annual_duty")
	if books.Books.Of != gen.BooksOfMunicipality || *books.Books.MunicipalityCode != apitest.Shiraz || books.DebitRial != books.CreditRial || sep.BalanceRial <= 0 || sep.DebitRial != sep.BalanceRial ||
		duty.BalanceRial >= 0 || duty.NormalSide != gen.AccountBalanceNormalSideCredit || duty.Name.Fa != "درآمد" || duty.Detail == nil || *duty.Detail != "annual_duty" || books.Before != nil {
		t.Errorf("%+v", books)
	}
	if again := auditor.balance("?on=1499/12/29"); of(again, "receivable:sep").BalanceRial != sep.BalanceRial || again.Before == nil {
		t.Errorf("the auditor reads %+v", again)
	}
	if before := treasurer.balance("?on=1404/01/01"); len(before.Accounts) != 0 || before.DebitRial != 0 {
		t.Errorf("long ago %+v", before)
	}
	lines := treasurer.statement("receivable:sep", "&from=1404/01/01&to=1499/01/01")
	if len(lines.Lines) != 1 || lines.OpeningRial != 0 || lines.ClosingRial != sep.BalanceRial || lines.Lines[0].BalanceRial != sep.BalanceRial || lines.Lines[0].Kind != "capture" || lines.Lines[0].Bill == nil || lines.Next != nil {
		t.Errorf("%+v", lines)
	}
	if strange := (reader{s.SignIn(apitest.ForeignTreasurer)}).balance(""); of(strange, "suspense").BalanceRial != 0 || *strange.Books.MunicipalityCode == apitest.Shiraz {
		t.Errorf("another city reads %+v", strange)
	}
	own := operator.balance("")
	if own.Books.Of != gen.BooksOfPlatform || own.Books.MunicipalityCode != nil || of(own, "suspense").BalanceRial != -7 || of(own, "receivable:sep").BalanceRial != 7 || len(own.Accounts) != 2 {
		t.Errorf("the platform reads %+v", own)
	}
	for query, code := range map[string]string{"account=deposit:x": "ledger_account", "account=revenu:x": "ledger_account", "account=x;": "invalid_request", "account=suspense&after=1.x.1": "invalid_request",
		"account=suspense&from=1405/13/01": "calendar_date", "account=suspense&after=999999999999999999." + uuid.NewString() + ".1": "ledger_cursor", "account=suspense&limit=0": "invalid_request"} {
		treasurer.Refused(treasurer.Do("GET", "/v1/ledger/statement?"+query, nil), 422, code)
	}
	treasurer.Refused(treasurer.Do("GET", "/v1/ledger/trial-balance?on=1405/13/01", nil), 422, "calendar_date")
}

// TestAStatementIsPagedAndAHeadShown reads many lines page by page, and the head of the chain once entries are sealed.
func TestAStatementIsPagedAndAHeadShown(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		for range 25 {
			err := ledger.Post(tx, ledger.Entry{MunicipalityID: apitest.Shiraz, Kind: "adjustment", SourceKind: "correction", SourceID: uuid.New(),
				Postings: []ledger.Posting{{Account: ledger.Revenue("penalty"), Amount: 10}, {Account: ledger.Payable(ledger.Correction), Amount: -10}, {Account: ledger.Revenue("penalty"), Amount: 1},
					{Account: ledger.Payable(ledger.Correction), Amount: -1}}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	treasurer := reader{s.SignIn(apitest.Treasurer)}
	var balance int64
	lines := 0
	for after := ""; ; {
		page := treasurer.statement("revenue:penalty", "&limit=7"+after)
		if page.OpeningRial != balance {
			t.Errorf("a page opens with %d after %d", page.OpeningRial, balance)
		}
		for _, l := range page.Lines {
			if balance += l.AmountRial; l.BalanceRial != balance {
				t.Errorf("balance %d, want %d", l.BalanceRial, balance)
			}
		}
		if lines += len(page.Lines); page.Next == nil {
			break
		}
		after = "&after=" + *page.Next
	}
	if lines != 50 || balance != 275 {
		t.Errorf("%d lines, %d rial", lines, balance)
	}
	if head := treasurer.balance("").Head; head != nil {
		t.Errorf("head %s before anything is sealed", *head)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) { // transactions of other tests hold the sealer back
		if n, err := s.Program.Ledger.Seal(s.System()); err != nil || n > 0 {
			break
		}
	}
	if head := treasurer.balance("").Head; head == nil || !regexp.MustCompile(`^122:25:[0-9a-f]{64}$`).MatchString(*head) {
		t.Errorf("head %v", head)
	}
}
