package ledger

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// Post appends entries to the books. Posting the same cause twice violates a constraint and rolls the use case back.
func Post(tx *scope.Tx, entries ...Entry) error {
	for _, e := range entries {
		if err := e.Validate(); err != nil {
			return err
		}
		accounts, amounts := make([]string, len(e.Postings)), make([]string, len(e.Postings))
		for i, p := range e.Postings {
			accounts[i], amounts[i] = strconv.Quote(string(p.Account)), strconv.FormatInt(int64(p.Amount), 10)
		}
		err := tx.DB.Exec(`INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, bill_id, office_id, accounts, amounts)
		  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::text[], ?::bigint[])`, e.MunicipalityID, tx.NewID(), tx.Now, e.Kind, e.SourceKind, e.SourceID,
			uuid.NullUUID{UUID: e.BillID, Valid: e.BillID != uuid.Nil}, e.OfficeID,
			array(accounts), array(amounts)).Error
		if err != nil {
			return fmt.Errorf("post to municipality %d: %w", e.MunicipalityID, err)
		}
	}
	return nil
}

// array writes a PostgreSQL array literal of items that need no further quoting.
func array(items []string) string { return "{" + strings.Join(items, ",") + "}" }
