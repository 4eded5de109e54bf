package ledger

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// entryRow is an entry on its way into the table.
type entryRow struct {
	MunicipalityID int           `json:"municipality_id"`
	ID             uuid.UUID     `json:"id"`
	Kind           string        `json:"kind"`
	SourceKind     string        `json:"source_kind"`
	SourceID       uuid.UUID     `json:"source_id"`
	BillID         uuid.NullUUID `json:"bill_id"`
	OfficeID       uuid.NullUUID `json:"office_id"`
	Accounts       []Account     `json:"accounts"`
	Amounts        []money.Rial  `json:"amounts"`
}

// Post appends entries to the books, all in one statement, at the transaction's time. It adds rows and touches none that another transaction could hold. Posting the
// same cause twice violates a constraint and rolls the use case back.
func Post(tx *scope.Tx, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	post, err := Posted(tx, entries...)
	if err != nil {
		return err
	}
	if err := tx.DB.Exec(post.SQL, post.Args...).Error; err != nil {
		return fmt.Errorf("post %d entries of %s %s: %w", len(entries), entries[0].SourceKind, entries[0].SourceID, err)
	}
	return nil
}

// Posted is Post for scope.Tx's Send.
func Posted(tx *scope.Tx, entries ...Entry) (scope.Statement, error) {
	rows := make([]entryRow, len(entries))
	for i, e := range entries {
		if err := e.Validate(); err != nil {
			return scope.Statement{}, err
		}
		rows[i] = e.row(tx.NewID())
	}
	body, err := json.Marshal(rows)
	if err != nil {
		return scope.Statement{}, fmt.Errorf("encode entries: %w", err)
	}
	return scope.Statement{SQL: `INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, bill_id, office_id, accounts, amounts)
	  SELECT municipality_id, id, ?, kind, source_kind, source_id, bill_id, office_id, accounts, amounts FROM json_to_recordset(?::json)
	  AS e (municipality_id integer, id uuid, kind text, source_kind text, source_id uuid, bill_id uuid, office_id uuid, accounts text[], amounts bigint[])`,
		Args: []any{tx.Now, string(body)}}, nil
}

func (e Entry) row(id uuid.UUID) entryRow {
	r := entryRow{MunicipalityID: e.MunicipalityID, ID: id, Kind: e.Kind, SourceKind: e.SourceKind, SourceID: e.SourceID, BillID: uuid.NullUUID{UUID: e.BillID, Valid: e.BillID != uuid.Nil},
		OfficeID: uuid.NullUUID{UUID: e.OfficeID, Valid: e.OfficeID != uuid.Nil}}
	for _, p := range e.Postings {
		r.Accounts, r.Amounts = append(r.Accounts, p.Account), append(r.Amounts, p.Amount)
	}
	return r
}
