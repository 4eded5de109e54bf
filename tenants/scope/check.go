package scope

import (
	"database/sql"
	"errors"
	"fmt"
)

// Check is one thing that must never be true of stored rows: a query that names the first row for which it is.
type Check struct {
	Name string // what would be wrong, in words
	SQL  string // one text column; no row where all is well
}

// FirstBroken runs checks in order and names the first that finds a row, with the row; "" where none does.
func FirstBroken(tx *Tx, checks []Check) (name, row string, err error) {
	for _, c := range checks {
		err := tx.DB.Raw(c.SQL).Row().Scan(&row)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return "", "", fmt.Errorf("check %q: %w", c.Name, err)
		}
		return c.Name, row, nil
	}
	return "", "", nil
}
