package scope

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

var errNoConnection = errors.New("scope: the transaction has no connection of its own")

// BulkTx is a transaction that can also COPY.
type BulkTx struct {
	*Tx
	conn *sql.Conn
}

// InBulkTx is InTx on a connection of its own, which COPY needs. fn may run up to three times.
func (r *Runner) InBulkTx(ctx context.Context, s Scope, fn func(*BulkTx) error) error {
	return r.db.WithContext(ctx).Connection(func(db *gorm.DB) error {
		conn, ok := db.Statement.ConnPool.(*sql.Conn)
		if !ok {
			return errNoConnection
		}
		pinned := &Runner{db: db, clock: r.clock, ids: r.ids}
		return pinned.InTx(ctx, s, func(tx *Tx) error { return fn(&BulkTx{Tx: tx, conn: conn}) })
	})
}

// CopyFrom loads rows into a temporary table of this transaction and counts them. PostgreSQL refuses COPY into a table with row-level security,
// so rows are staged and then inserted under the scope's policies.
func (tx *BulkTx) CopyFrom(table string, columns []string, rows pgx.CopyFromSource) (int64, error) {
	var copied int64
	err := tx.conn.Raw(func(driver any) error {
		conn, ok := driver.(*stdlib.Conn)
		if !ok {
			return errNoConnection
		}
		var err error
		copied, err = conn.Conn().CopyFrom(tx.DB.Statement.Context, pgx.Identifier{table}, columns, rows)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("copy into %s: %w", table, err)
	}
	return copied, nil
}
