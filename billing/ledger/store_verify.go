package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"mofasa/tenants/scope"
)

// openChain lets the seals and the entries of one municipality's books run side by side in their order, each read once from beginning to end.
func openChain(tx *scope.Tx, municipality int) error {
	err := tx.DB.Exec(`DECLARE seals NO SCROLL CURSOR FOR SELECT sequence, entry_id::text, txid::text, row_hash, chain_hash FROM ledger_seals
	  WHERE municipality_id = ? ORDER BY municipality_id, sequence`, municipality).Error
	if err != nil {
		return fmt.Errorf("open the seals of municipality %d: %w", municipality, err)
	}
	err = tx.DB.Exec(`DECLARE entries NO SCROLL CURSOR FOR SELECT `+sealableColumns()+` FROM ledger_entries e WHERE e.municipality_id = ?
	  ORDER BY e.municipality_id, e.txid, e.id`, municipality).Error
	if err != nil {
		return fmt.Errorf("open the entries of municipality %d: %w", municipality, err)
	}
	return nil
}

// verifyChain derives one municipality's chain again and counts the entries that hold.
func verifyChain(tx *scope.Tx, municipality int, kept []Head) (entries int64, found breach, err error) {
	if err := openChain(tx, municipality); err != nil {
		return 0, breach{}, err
	}
	c := chain{head: Head{MunicipalityID: municipality}, last: firstPlace, kept: kept, rest: &stream{tx: tx, municipality: municipality}}
	if found, err = c.run(tx); err == nil && found.rule == "" {
		found, err = firstOfTheFuture(tx, municipality, c.last)
	}
	if err != nil {
		return 0, breach{}, err
	}
	if err := tx.DB.Exec(`CLOSE ALL`).Error; err != nil {
		return 0, breach{}, fmt.Errorf("close the chain of municipality %d: %w", municipality, err)
	}
	return c.head.Sequence, found, nil
}

// chain is how far one chain was derived again.
type chain struct {
	head Head
	last place
	kept []Head // that are longer
	rest *stream
}

// run derives the chain to its end, or to the first breach.
func (c *chain) run(tx *scope.Tx) (found breach, err error) {
	for {
		seals, err := nextSeals(tx)
		if err != nil {
			return breach{}, err
		}
		for _, s := range seals {
			if found, err = c.extend(s); err != nil || found.rule != "" {
				return found, err
			}
		}
		if len(seals) > 0 {
			continue
		}
		if len(c.kept) > 0 {
			return breach{ruleHead, c.kept[0].Head.String()}, nil
		}
		return breach{}, nil
	}
}

// extend holds the next seal against the chain, its entry and what was kept.
func (c *chain) extend(s seal) (found breach, err error) {
	next, found := c.head.link(s)
	if found.rule == "" {
		found, err = c.rest.hold(s)
	}
	if err != nil || found.rule != "" {
		return found, err
	}
	c.head, c.last = next, s.place
	c.kept, found = c.head.continues(c.kept)
	return found, nil
}

// stream hands out the entries of one municipality's books in the order of the chain.
type stream struct {
	tx           *scope.Tx
	municipality int
	page         []sealable
}

// hold judges the next entry by the next seal.
func (s *stream) hold(next seal) (breach, error) {
	if len(s.page) == 0 {
		var err error
		if s.page, err = entriesOf(s.tx.DB.Raw(nextPage("entries"))); err != nil {
			return breach{}, err
		}
	}
	if len(s.page) == 0 {
		return s.moved(next.judge(nil), next.id)
	}
	e := &s.page[0]
	if found := next.judge(e); found.rule == ruleInserted {
		return s.moved(found, e.place().id)
	} else if found.rule != "" {
		return s.moved(found, next.id)
	}
	s.page = s.page[1:]
	return breach{}, nil
}

// moved tells an entry that was put in or taken away from one whose transaction was changed: that one has a seal and stands elsewhere.
func (s *stream) moved(found breach, id string) (breach, error) {
	if found.rule != ruleInserted && found.rule != ruleRemoved {
		return found, nil
	}
	var sequence int64
	err := s.tx.DB.Raw(`SELECT s.sequence FROM ledger_seals s JOIN ledger_entries e ON e.municipality_id = s.municipality_id AND e.id = s.entry_id
	  WHERE s.municipality_id = ? AND s.entry_id = ?::uuid`, s.municipality, id).Row().Scan(&sequence)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return found, nil
	case err != nil:
		return breach{}, fmt.Errorf("look for a moved entry: %w", err)
	}
	return breach{ruleChanged, seal{sequence: sequence, place: place{id: id}}.String()}, nil
}

// nextPage reads on where a cursor stands.
func nextPage(cursor string) string { return "FETCH " + strconv.Itoa(verifyAtOnce) + " FROM " + cursor }

func nextSeals(tx *scope.Tx) (list []seal, err error) {
	rows, err := tx.DB.Raw(nextPage("seals")).Rows()
	if err != nil {
		return nil, fmt.Errorf("read seals: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s seal
		if err := rows.Scan(&s.sequence, &s.id, &s.txid, &s.rowHash, &s.chainHash); err != nil {
			return nil, fmt.Errorf("read seal: %w", err)
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// firstOfTheFuture finds an entry behind the chain that claims a transaction which this server has not begun.
func firstOfTheFuture(tx *scope.Tx, municipality int, last place) (breach, error) {
	return first(tx, ruleFuture, `SELECT 'entry ' || id FROM ledger_entries WHERE municipality_id = ? AND (txid, id) > (?::text::xid8, ?::uuid)
	  AND txid >= pg_snapshot_xmax(pg_current_snapshot()) ORDER BY txid, id LIMIT 1`, municipality, last.txid, last.id)
}

// verifyRollups derives the roll-ups of one municipality again from the entries that they stand for.
func verifyRollups(tx *scope.Tx, municipality int) (breach, error) {
	return first(tx, ruleRollup, `WITH summed AS (SELECT p.account, `+dayOfEntry+` AS day,
	      sum(greatest(p.amount, 0)) AS debit, sum(greatest(-p.amount, 0)) AS credit
	    FROM ledger_rolled m JOIN ledger_entries e ON e.municipality_id = m.municipality_id AND (e.txid, e.id) <= (m.txid, m.entry_id), unnest(e.accounts, e.amounts) AS p(account, amount)
	    WHERE m.municipality_id = @books GROUP BY 1, 2)
	  SELECT coalesce(r.account, s.account) || ' of day ' || coalesce(r.day, s.day) FROM (SELECT * FROM ledger_rollups WHERE municipality_id = @books) r
	    FULL JOIN summed s ON s.account = r.account AND s.day = r.day WHERE (r.debit_rial, r.credit_rial) IS DISTINCT FROM (s.debit, s.credit)
	  ORDER BY coalesce(r.day, s.day), coalesce(r.account, s.account) LIMIT 1`, sql.Named("books", municipality))
}

// verifyChart looks for an account that these books should not have, and for books that are nobody's.
func verifyChart(tx *scope.Tx, municipality int) (breach, error) {
	found, err := first(tx, ruleBooks, `SELECT 'its books have entries' WHERE ? NOT IN (SELECT 0 UNION ALL SELECT id FROM municipalities)`, municipality)
	if err != nil || found.rule != "" {
		return found, err
	}
	trial, err := TrialBalanceAt(tx, municipality, time.Time{})
	if errors.Is(err, errUnbalanced) {
		return breach{ruleBalance, err.Error()}, nil
	}
	if err != nil {
		return breach{}, err
	}
	for _, a := range trial.Accounts {
		if _, ok := a.Account.Kind(BooksOf(municipality)); !ok {
			return breach{ruleAccount, string(a.Account)}, nil
		}
	}
	return breach{}, nil
}

// first gives the breach that a query finds, or none.
func first(tx *scope.Tx, rule, query string, args ...any) (breach, error) {
	var where string
	err := tx.DB.Raw(query, args...).Row().Scan(&where)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return breach{}, nil
	case err != nil:
		return breach{}, fmt.Errorf("check that not %s: %w", rule, err)
	}
	return breach{rule, where}, nil
}
