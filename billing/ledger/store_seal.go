package ledger

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

// sealableColumns reads an entry as sealedColumns has it.
func sealableColumns() string {
	texts := make([]string, len(sealedColumns))
	for i, c := range sealedColumns {
		texts[i] = c.text
	}
	return strings.Join(texts, ", ")
}

func (e *sealable) into() []any {
	targets := make([]any, len(e))
	for i := range e {
		targets[i] = &e[i]
	}
	return targets
}

// sealNext links the next final entries of one municipality's books. One sealer at a time: the others find the lock taken.
func sealNext(tx *scope.Tx, municipality, most int) (sealed int, head Head, err error) {
	var mine bool
	if err := tx.DB.Raw(`SELECT pg_try_advisory_xact_lock(hashtextextended('ledger seal', ?::bigint))`, municipality).Row().Scan(&mine); err != nil {
		return 0, Head{}, fmt.Errorf("lock the chain: %w", err)
	}
	if !mine {
		return 0, Head{}, nil
	}
	head, last, err := loadHead(tx, municipality)
	if err != nil {
		return 0, head, err
	}
	entries, err := entriesOf(tx.DB.Raw(`SELECT `+sealableColumns()+` FROM ledger_entries e WHERE e.municipality_id = ? AND (e.txid, e.id) > (?::text::xid8, ?::uuid)
	  AND e.txid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY e.municipality_id, e.txid, e.id LIMIT ?`, municipality, last.txid, last.id, most))
	if err != nil || len(entries) == 0 {
		return 0, head, err
	}
	head, err = insertSeals(tx, head, entries)
	return len(entries), head, err
}

// loadHead reads the newest seal of one chain and where its entry stands.
func loadHead(tx *scope.Tx, municipality int) (Head, place, error) {
	head, last := Head{MunicipalityID: municipality}, firstPlace
	var chain []byte
	var ahead bool
	err := tx.DB.Raw(`SELECT sequence, chain_hash, txid::text, entry_id::text, txid >= pg_snapshot_xmax(pg_current_snapshot()) FROM ledger_seals
	  WHERE municipality_id = ? ORDER BY sequence DESC LIMIT 1`, municipality).Row().Scan(&head.Sequence, &chain, &last.txid, &last.id, &ahead)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return head, last, nil
	case err != nil:
		return head, last, fmt.Errorf("read the newest seal: %w", err)
	case ahead:
		return head, last, errOtherCluster
	}
	copy(head.Chain[:], chain) // the table holds 32 bytes
	return head, last, nil
}

// entriesOf reads what a query of sealableColumns gives.
func entriesOf(query *gorm.DB) (list []sealable, err error) {
	rows, err := query.Rows()
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e sealable
		if err := rows.Scan(e.into()...); err != nil {
			return nil, fmt.Errorf("read entry: %w", err)
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

func insertSeals(tx *scope.Tx, head Head, entries []sealable) (Head, error) {
	type row struct {
		Sequence  int64  `json:"sequence"`
		EntryID   string `json:"entry_id"`
		TxID      string `json:"txid"`
		RowHash   string `json:"row_hash"`
		ChainHash string `json:"chain_hash"`
	}
	rows := make([]row, len(entries))
	for i, e := range entries {
		hash := e.hash()
		head = head.next(hash)
		rows[i] = row{Sequence: head.Sequence, EntryID: e.place().id, TxID: e.place().txid, RowHash: hash.String(), ChainHash: head.Chain.String()}
	}
	body, err := json.Marshal(rows)
	if err != nil {
		return head, fmt.Errorf("encode seals: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO ledger_seals (municipality_id, sequence, entry_id, txid, row_hash, chain_hash, sealed_at)
	  SELECT ?::integer, s.sequence, s.entry_id, s.txid::xid8, decode(s.row_hash, 'hex'), decode(s.chain_hash, 'hex'), ?
	  FROM json_to_recordset(?::json) AS s (sequence bigint, entry_id uuid, txid text, row_hash text, chain_hash text)`, head.MunicipalityID, tx.Now, string(body)).Error
	if err != nil {
		return head, fmt.Errorf("store seals of municipality %d: %w", head.MunicipalityID, err)
	}
	return head, nil
}

// loadStates reads every chain that has entries or seals, with how many entries wait for the sealer.
func loadStates(tx *scope.Tx) (list []State, err error) {
	codes, err := everyChain(tx)
	for _, municipality := range codes {
		var s State
		var last place
		if s.Head, last, err = loadHead(tx, municipality); err != nil {
			return nil, err
		}
		err = tx.DB.Raw(`SELECT count(*) FROM ledger_entries e WHERE e.municipality_id = ? AND (e.txid, e.id) > (?::text::xid8, ?::uuid)`,
			municipality, last.txid, last.id).Row().Scan(&s.Waiting)
		if err != nil {
			return nil, fmt.Errorf("count entries that wait: %w", err)
		}
		list = append(list, s)
	}
	return list, err
}

// everyChain lists the municipalities that have entries or seals.
func everyChain(tx *scope.Tx) (codes []int, err error) {
	err = tx.DB.Raw(every("ledger_entries") + ` UNION ` + every("ledger_seals") + ` ORDER BY 1`).Scan(&codes).Error
	if err != nil {
		return nil, fmt.Errorf("list the chains: %w", err)
	}
	return codes, nil
}
