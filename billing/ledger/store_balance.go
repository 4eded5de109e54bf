package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// errOtherCluster refuses to go on where the order of transactions has lost its meaning.
var errOtherCluster = errors.New("ledger: the books are rolled up or sealed to a transaction that this server has not begun: the database was restored into another cluster (see the package's README)")

// partsSQL gives the debits and credits of a set of books up to a key, of all that is committed at one moment: whole days from the roll-ups, the last day from its
// entries, and of the days before it the entries that are not rolled up yet.
func partsSQL(only string) string {
	const posted = ` SELECT p.account, greatest(p.amount, 0), greatest(-p.amount, 0) FROM ledger_entries e, unnest(e.accounts, e.amounts) WITH ORDINALITY AS p(account, amount, line)
	  WHERE e.municipality_id = @books`
	return `WITH mark AS (SELECT coalesce(r.txid, '0'::xid8) AS txid, coalesce(r.entry_id, '00000000-0000-0000-0000-000000000000'::uuid) AS id,
	    coalesce(r.txid >= pg_snapshot_xmax(pg_current_snapshot()), false) AS ahead FROM (SELECT 1) one LEFT JOIN ledger_rolled r ON r.municipality_id = @books ),
	  parts (account, debit, credit) AS (SELECT account, debit_rial, credit_rial FROM ledger_rollups WHERE municipality_id = @books AND day < @day ` + only + `
	    UNION ALL` + posted + ` AND e.at >= @begins AND e.at <= @at AND (e.at, e.id, p.line) <= (@at , @entry , @line )` + only + `
	    UNION ALL` + posted + ` AND (e.txid, e.id) > ((SELECT txid FROM mark), (SELECT id FROM mark)) AND e.at < @begins` + only + `)
	  `
}

const thisAccount = ` AND account = @account`

// partsArgs are the arguments of partsSQL; without a key everything is meant.
func partsArgs(municipality int, until *Key, account Account) []any {
	args := []any{sql.Named("books", municipality), sql.Named("account", string(account))}
	if until == nil {
		return append(args, sql.Named("day", math.MaxInt32), sql.Named("begins", "infinity"), sql.Named("at", "infinity"), sql.Named("entry", Key{}.EntryID), sql.Named("line", 0))
	}
	day, begins := dayOf(until.At)
	return append(args, sql.Named("day", day), sql.Named("begins", begins), sql.Named("at", until.At), sql.Named("entry", until.EntryID), sql.Named("line", until.Line))
}

// BalanceAt is the balance, debit less credit, of one account by all entries before an instant; an absent instant is the present. Balances of the past can only change
// where an entry's transaction began before the instant and has not ended.
func BalanceAt(tx *scope.Tx, municipality int, account Account, at time.Time) (money.Rial, error) {
	return balance(tx, municipality, account, until(at))
}

func balance(tx *scope.Tx, municipality int, account Account, until *Key) (sum money.Rial, err error) {
	var ahead bool
	err = tx.DB.Raw(partsSQL(thisAccount)+`SELECT coalesce(sum(debit) - sum(credit), 0)::bigint, (SELECT ahead FROM mark) FROM parts`,
		partsArgs(municipality, until, account)...).Row().Scan(&sum, &ahead)
	if err == nil && ahead {
		err = errOtherCluster
	}
	if err != nil {
		return 0, fmt.Errorf("balance of %s in the books of municipality %d: %w", account, municipality, err)
	}
	return sum, nil
}

// TrialBalanceAt sums one municipality's books (Platform: the platform's own) by all entries before an instant; an absent instant is the present. Books that do not sum
// to zero are an error (I1).
func TrialBalanceAt(tx *scope.Tx, municipality int, at time.Time) (trial Trial, err error) {
	var rows []struct {
		Account       Account
		Debit, Credit money.Rial
		Ahead         bool
	}
	err = tx.DB.Raw(partsSQL("")+`SELECT account, sum(debit)::bigint AS debit, sum(credit)::bigint AS credit, (SELECT ahead FROM mark) AS ahead FROM parts
	  GROUP BY account ORDER BY account COLLATE "C"`, partsArgs(municipality, until(at), "")...).Scan(&rows).Error
	for _, r := range rows {
		if r.Ahead {
			err = errOtherCluster
		}
		err = errors.Join(err, trial.add(r.Account, r.Debit, r.Credit))
	}
	if err == nil {
		err = trial.Validate()
	}
	if err != nil {
		return Trial{}, fmt.Errorf("trial balance of municipality %d: %w", municipality, err)
	}
	return trial, nil
}

// Statement lists the postings on one account of one municipality's books, the oldest first, each with the balance after it.
func Statement(tx *scope.Tx, municipality int, q Query) (page Page, err error) {
	start := q.After
	if start == nil {
		start = &Key{At: q.From}
	}
	if page.Opening, err = balance(tx, municipality, q.Account, start); err != nil {
		return Page{}, err
	}
	to := q.To
	if to.IsZero() {
		to = latest
	}
	err = tx.DB.Raw(statementSQL, append(partsArgs(municipality, start, q.Account), sql.Named("to", to), sql.Named("limit", q.Limit+1))...).Scan(&page.Lines).Error
	if err != nil {
		return Page{}, fmt.Errorf("statement of %s in the books of municipality %d: %w", q.Account, municipality, err)
	}
	if page.More = len(page.Lines) > q.Limit; page.More {
		page.Lines = page.Lines[:q.Limit]
	}
	return page, page.run()
}

// statementSQL reads in the order of an index; nothing before the page is unfolded.
const statementSQL = `SELECT e.at, e.id AS entry_id, p.line, e.kind, e.source_kind, e.source_id, e.bill_id, e.office_id, p.amount
	  FROM ledger_entries e, unnest(e.accounts, e.amounts) WITH ORDINALITY AS p(account, amount, line)
	  WHERE e.municipality_id = @books AND e.at >= @at AND e.at < @to AND p.account = @account AND (e.at, e.id, p.line) > (@at , @entry , @line )
	  ORDER BY e.at, e.id, p.line LIMIT @limit`
