package ledger

import (
	"database/sql"
	"errors"
	"fmt"

	"mofasa/tenants/scope"
)

// firstPlace stands before every entry in the order of transactions.
var firstPlace = place{txid: "0", id: "00000000-0000-0000-0000-000000000000"}

// place is where an entry stands in the order of transactions and, in each, of ids.
type place struct{ txid, id string }

// How far the books are rolled up, and how far they are sealed: one row at most for the municipality b.
const (
	rolledTo = `SELECT r.txid, r.entry_id FROM ledger_rolled r WHERE r.municipality_id = b.municipality_id`
	sealedTo = `SELECT s.txid, s.entry_id FROM ledger_seals s WHERE s.municipality_id = b.municipality_id ORDER BY s.sequence DESC LIMIT 1`
)

// every lists the municipalities that have rows in a table, as many look-ups in its index as there are municipalities.
func every(table string) string {
	return `(WITH RECURSIVE every (municipality_id) AS ((SELECT municipality_id FROM ` + table + ` ORDER BY municipality_id LIMIT 1)
	  UNION ALL SELECT (SELECT t.municipality_id FROM ` + table + ` t WHERE t.municipality_id > b.municipality_id ORDER BY t.municipality_id LIMIT 1)
	    FROM every b WHERE b.municipality_id IS NOT NULL) SELECT municipality_id FROM every WHERE municipality_id IS NOT NULL)`
}

// pending lists the books with entries behind a mark that are final: no transaction as old as theirs still runs, so none can ever appear before them.
func pending(tx *scope.Tx, mark string) (list []int, err error) {
	var rows []struct {
		MunicipalityID int
		Ahead          bool
	}
	err = tx.DB.Raw(`SELECT b.municipality_id, coalesce(m.txid >= pg_snapshot_xmax(pg_current_snapshot()), false) AS ahead
	  FROM ` + every("ledger_entries") + ` b LEFT JOIN LATERAL (` + mark + `) m (txid, id) ON true
	  WHERE m.txid IS NULL OR m.txid >= pg_snapshot_xmax(pg_current_snapshot()) OR EXISTS (SELECT FROM ledger_entries e WHERE e.municipality_id = b.municipality_id
	    AND (e.txid, e.id) > (m.txid, m.id) AND e.txid < pg_snapshot_xmin(pg_current_snapshot()))`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for books that wait: %w", err)
	}
	for _, r := range rows {
		if r.Ahead {
			return nil, errOtherCluster
		}
		list = append(list, r.MunicipalityID)
	}
	return list, nil
}

// dayOfEntry is dayOf for the entry e.
const dayOfEntry = `(e.at AT TIME ZONE interval '3:30')::date - date '1970-01-01'`

// holdMark takes the row that says how far books are rolled up, unless somebody else holds it.
func holdMark(tx *scope.Tx, municipality int) (from place, mine bool, err error) {
	err = tx.DB.Exec(`INSERT INTO ledger_rolled (municipality_id, txid, entry_id, entries) VALUES (?, ?::text::xid8, ?::uuid, 0) ON CONFLICT DO NOTHING`,
		municipality, firstPlace.txid, firstPlace.id).Error
	if err != nil {
		return place{}, false, fmt.Errorf("begin to roll up municipality %d: %w", municipality, err)
	}
	err = tx.DB.Raw(`SELECT txid::text, entry_id::text FROM ledger_rolled WHERE municipality_id = ? FOR UPDATE SKIP LOCKED`, municipality).Row().Scan(&from.txid, &from.id)
	if errors.Is(err, sql.ErrNoRows) {
		return place{}, false, nil
	}
	if err != nil {
		return place{}, false, fmt.Errorf("hold the roll-up of municipality %d: %w", municipality, err)
	}
	return from, true, nil
}

// rollNext adds the next final entries of one municipality's books to their roll-ups, and counts them. The mark moves in the same statement, so that an entry counts once
// whatever fails; where another process rolls these books up, they are left to it.
func rollNext(tx *scope.Tx, municipality, most int) (entries int, err error) {
	from, mine, err := holdMark(tx, municipality)
	if err != nil || !mine {
		return 0, err
	}
	err = tx.DB.Raw(`WITH batch AS (SELECT e.txid, e.id, e.at, e.accounts, e.amounts FROM ledger_entries e WHERE e.municipality_id = @books
	    AND (e.txid, e.id) > (CAST(CAST(@txid AS text) AS xid8), CAST(@id AS uuid)) AND e.txid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY e.txid, e.id LIMIT @most ),
	  summed AS (INSERT INTO ledger_rollups AS r (municipality_id, account, day, debit_rial, credit_rial)
	    SELECT @books , p.account, `+dayOfEntry+`, sum(greatest(p.amount, 0)), sum(greatest(-p.amount, 0))
	    FROM batch e, unnest(e.accounts, e.amounts) AS p(account, amount) GROUP BY 2, 3
	    ON CONFLICT (municipality_id, account, day) DO UPDATE SET debit_rial = r.debit_rial + excluded.debit_rial, credit_rial = r.credit_rial + excluded.credit_rial),
	  marked AS (UPDATE ledger_rolled r SET txid = l.txid, entry_id = l.id, entries = r.entries + (SELECT count(*) FROM batch)
	    FROM (SELECT txid, id FROM batch ORDER BY txid DESC, id DESC LIMIT 1) l WHERE r.municipality_id = @books)
	  SELECT count(*) FROM batch`, sql.Named("books", municipality), sql.Named("txid", from.txid), sql.Named("id", from.id), sql.Named("most", most)).Row().Scan(&entries)
	if err != nil {
		return 0, fmt.Errorf("roll up municipality %d: %w", municipality, err)
	}
	return entries, nil
}
