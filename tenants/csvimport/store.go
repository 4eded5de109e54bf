package csvimport

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// refusalsTable holds why rows are not imported, until the end of the transaction.
const refusalsTable = "import_refusals"

var refusalColumns = []string{"line", "field", "code", "position", "key"}

// Exec runs statements in order.
func Exec(tx *scope.Tx, statements ...string) error {
	for _, statement := range statements {
		if err := tx.DB.Exec(statement).Error; err != nil {
			return fmt.Errorf("import step %.60q: %w", statement, err)
		}
	}
	return nil
}

// RefuseRows keeps staged rows out for a fault that Load.Faults lists. The query gives line, field (the column of the file) and key (what Parse set, or
// null). Merge must leave those rows alone: they stay in the staging table.
func RefuseRows(tx *scope.Tx, f *fault.Error, query string) error {
	err := tx.DB.Exec(`INSERT INTO `+refusalsTable+` (line, field, code, position, key) SELECT q.line, q.field, ?, -1, q.key FROM (`+query+`) q`, f.Code).Error
	if err != nil {
		return fmt.Errorf("refuse rows for %s: %w", f.Code, err)
	}
	return nil
}

// TakeTurn lets one import at a time look at what is stored and change it, until the transaction ends. A use case that writes what files bring takes it, too.
func TakeTurn(tx *scope.Tx) error {
	return Exec(tx, `SELECT pg_advisory_xact_lock(hashtextextended('mofasa import', 0))`)
}

// prepare takes the turn and makes the staging tables.
func prepare(tx *scope.Tx, load Load) error {
	if err := TakeTurn(tx); err != nil {
		return err
	}
	return Exec(tx,
		`SET LOCAL work_mem = '128MB'`, // rows are checked against each other by hashing
		`CREATE TEMP TABLE `+load.Table+` (`+strings.Join(load.Staged, ", ")+`) ON COMMIT DROP`,
		`CREATE TEMP TABLE `+refusalsTable+` (line integer NOT NULL, field text NOT NULL, code text NOT NULL, position integer NOT NULL, key text) ON COMMIT DROP`)
}

// analyze tells the planner how many rows were staged; nobody else does that for a temporary table.
func analyze(tx *scope.Tx, table string) error { return Exec(tx, `ANALYZE `+table+`, `+refusalsTable) }

func copyRefusals(tx *scope.BulkTx, refusals []refusal) error {
	if len(refusals) == 0 {
		return nil
	}
	_, err := tx.CopyFrom(refusalsTable, refusalColumns, pgx.CopyFromSlice(len(refusals), func(i int) ([]any, error) {
		r := refusals[i]
		var key any
		if r.key != "" {
			key = r.key
		}
		return []any{r.line, r.column, r.fault.Code, r.fault.Position(), key}, nil
	}))
	return err
}

func countRefused(tx *scope.Tx) (rows int, err error) {
	if err := tx.DB.Raw(`SELECT count(DISTINCT line) FROM ` + refusalsTable).Row().Scan(&rows); err != nil {
		return 0, fmt.Errorf("count refused rows: %w", err)
	}
	return rows, nil
}

// writeResult writes a CSV file: line,column,code,detail_fa, by line. It never holds a value of the imported file.
func writeResult(tx *scope.Tx, to io.Writer, texts map[string]string) error {
	rows, err := tx.DB.Raw(`SELECT line, field, code, position FROM ` + refusalsTable + ` ORDER BY line, field, code`).Rows()
	if err != nil {
		return fmt.Errorf("read refused rows: %w", err)
	}
	defer rows.Close()
	out := csv.NewWriter(to)
	_ = out.Write([]string{"line", "column", "code", "detail_fa"}) // Flush reports what went wrong
	for rows.Next() {
		var line, position int
		var field, code string
		if err := rows.Scan(&line, &field, &code, &position); err != nil {
			return fmt.Errorf("read a refused row: %w", err)
		}
		_ = out.Write([]string{strconv.Itoa(line), field, code, detail(texts[code], position)}) // as above
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read refused rows: %w", err)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the result file: %w", err)
	}
	return nil
}

// detail adds which character of the cell is wrong, counted from 1.
func detail(text string, position int) string {
	if position < 0 {
		return text
	}
	return strings.TrimSuffix(text, ".") + " (نویسهٔ " + persianNumber(position+1) + ")"
}

func persianNumber(n int) string {
	return strings.Map(func(digit rune) rune { return digit - '0' + '۰' }, strconv.Itoa(n))
}
