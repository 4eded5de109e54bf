package audit

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"mofasa/tenants/scope"
)

// rowColumns reads a row as sealedColumns has it.
func rowColumns() string {
	texts := make([]string, len(sealedColumns))
	for i, c := range sealedColumns {
		texts[i] = c.text
	}
	return strings.Join(texts, ", ")
}

func (r *row) into() []any {
	targets := make([]any, len(r))
	for i := range r {
		targets[i] = &r[i]
	}
	return targets
}

// sealNext links the next rows. One sealer at a time: the others find the lock taken. The order is that of transactions and, in each, of ids; all that is
// older than the oldest running transaction of this statement's own snapshot is there to be seen, or never will be.
func sealNext(tx *scope.Tx, most int) (int, Head, error) {
	var mine bool
	if err := tx.DB.Raw(`SELECT pg_try_advisory_xact_lock(hashtextextended('audit seal', 0))`).Row().Scan(&mine); err != nil {
		return 0, Head{}, fmt.Errorf("lock the chain: %w", err)
	}
	if !mine {
		return 0, Head{}, nil
	}
	head, last, err := loadHead(tx)
	if err != nil {
		return 0, head, err
	}
	rows, err := finalRows(tx, last, most)
	if err != nil || len(rows) == 0 {
		return 0, head, err
	}
	head, err = insertSeals(tx, head, rows)
	return len(rows), head, err
}

// place is where a row stands in the order of the chain.
type place struct{ txid, id string }

// loadHead reads the newest seal and where its row stands.
func loadHead(tx *scope.Tx) (Head, place, error) {
	var head Head
	last := place{txid: "0", id: "00000000-0000-0000-0000-000000000000"}
	var chain []byte
	var foreign bool
	err := tx.DB.Raw(`SELECT sequence, chain_hash, txid::text, audit_id::text, txid >= pg_snapshot_xmax(pg_current_snapshot()) FROM audit_seals ORDER BY sequence DESC LIMIT 1`).
		Row().Scan(&head.Sequence, &chain, &last.txid, &last.id, &foreign)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return head, last, nil
	case err != nil:
		return head, last, fmt.Errorf("read the newest seal: %w", err)
	case foreign:
		return head, last, errOtherCluster
	}
	copy(head.Chain[:], chain) // the table holds 32 bytes
	return head, last, nil
}

func finalRows(tx *scope.Tx, last place, most int) (list []row, err error) {
	rows, err := tx.DB.Raw(`SELECT `+rowColumns()+` FROM audit_log a WHERE (a.txid, a.id) > (?::text::xid8, ?::uuid) AND a.txid < pg_snapshot_xmin(pg_current_snapshot())
	  ORDER BY a.txid, a.id LIMIT ?`, last.txid, last.id, most).Rows()
	if err != nil {
		return nil, fmt.Errorf("read rows to seal: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r row
		if err := rows.Scan(r.into()...); err != nil {
			return nil, fmt.Errorf("read row to seal: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

func insertSeals(tx *scope.Tx, head Head, rows []row) (Head, error) {
	type seal struct {
		Sequence  int64  `json:"sequence"`
		AuditID   string `json:"audit_id"`
		TxID      string `json:"txid"`
		RowHash   string `json:"row_hash"`
		ChainHash string `json:"chain_hash"`
	}
	seals := make([]seal, len(rows))
	for i, r := range rows {
		hash := r.hash()
		head = head.next(hash)
		seals[i] = seal{Sequence: head.Sequence, AuditID: r.id(), TxID: r.txid(), RowHash: hash.String(), ChainHash: head.Chain.String()}
	}
	body, err := json.Marshal(seals)
	if err != nil {
		return head, fmt.Errorf("encode seals: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO audit_seals (sequence, audit_id, txid, row_hash, chain_hash, sealed_at)
	  SELECT s.sequence, s.audit_id, s.txid::xid8, decode(s.row_hash, 'hex'), decode(s.chain_hash, 'hex'), ?
	  FROM jsonb_to_recordset(?::jsonb) AS s (sequence bigint, audit_id uuid, txid text, row_hash text, chain_hash text)`, tx.Now, string(body)).Error
	if err != nil {
		return head, fmt.Errorf("store seals: %w", err)
	}
	return head, nil
}

// linksAfter reads the next seals with their rows.
func linksAfter(tx *scope.Tx, sequence int64, most int) (list []link, err error) {
	rows, err := tx.DB.Raw(`SELECT s.sequence, s.audit_id::text, s.txid::text, s.row_hash, s.chain_hash, a.id IS NULL, `+rowColumns()+`
	  FROM audit_seals s LEFT JOIN audit_log a ON a.id = s.audit_id WHERE s.sequence > ? ORDER BY s.sequence LIMIT ?`, sequence, most).Rows()
	if err != nil {
		return nil, fmt.Errorf("read seals: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l link
		if err := rows.Scan(append([]any{&l.sequence, &l.id, &l.txid, &l.rowHash, &l.chainHash, &l.gone}, l.row.into()...)...); err != nil {
			return nil, fmt.Errorf("read seal: %w", err)
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// firstUnsealed finds a row that has no seal where the chain is already past it, or one of a transaction that this server has not begun. after counts the seals
// that stand before its place.
func firstUnsealed(tx *scope.Tx) (where string, after int64, rule string, err error) {
	var id string
	err = tx.DB.Raw(`SELECT a.id::text, coalesce((SELECT max(s.sequence) FROM audit_seals s WHERE (s.txid, s.audit_id) < (a.txid, a.id)), 0) FROM audit_log a,
	    (SELECT txid, audit_id FROM audit_seals ORDER BY sequence DESC LIMIT 1) last
	  WHERE (a.txid, a.id) <= (last.txid, last.audit_id) AND NOT EXISTS (SELECT FROM audit_seals s WHERE s.audit_id = a.id) ORDER BY a.txid, a.id LIMIT 1`).Row().Scan(&id, &after)
	if err == nil {
		return fmt.Sprintf("row %s, after the one sealed as %d", id, after), after, ruleInserted, nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.DB.Raw(`SELECT id::text, 9223372036854775807 FROM audit_log WHERE txid >= pg_snapshot_xmax(pg_current_snapshot()) ORDER BY txid, id LIMIT 1`).Row().Scan(&id, &after)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", 0, "", nil
	case err != nil:
		return "", 0, "", fmt.Errorf("look for rows without a seal: %w", err)
	}
	return "row " + id, after, ruleFuture, nil
}

func loadState(tx *scope.Tx) (State, error) {
	head, last, err := loadHead(tx)
	if err != nil {
		return State{}, err
	}
	state := State{Head: head}
	err = tx.DB.Raw(`SELECT count(*) FROM audit_log a WHERE (a.txid, a.id) > (?::text::xid8, ?::uuid)`, last.txid, last.id).Row().Scan(&state.Waiting)
	if err != nil {
		return State{}, fmt.Errorf("count rows that wait: %w", err)
	}
	return state, nil
}
