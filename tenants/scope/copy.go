package scope

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

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

// SnapshotTx is a read-only transaction whose every statement sees the same state of the database, and that can COPY out of it.
type SnapshotTx struct {
	*Tx
	conn *sql.Conn
}

// InSnapshot runs fn once in a read-only transaction in scope s with the actor of ctx, on a connection of its own. All that fn reads is of one moment
// (REPEATABLE READ). Whoever streams for long holds back vacuum for as long.
func (r *Runner) InSnapshot(ctx context.Context, s Scope, fn func(*SnapshotTx) error) error {
	actor, ok := ActorOf(ctx)
	if !ok {
		return errNoActor
	}
	return r.db.WithContext(ctx).Connection(func(db *gorm.DB) error {
		conn, ok := db.Statement.ConnPool.(*sql.Conn)
		if !ok {
			return errNoConnection
		}
		return db.Transaction(func(db *gorm.DB) error {
			now := r.clock().UTC().Truncate(time.Microsecond)
			tx := &SnapshotTx{Tx: &Tx{DB: db, Scope: s, Actor: actor, Now: now, ids: r.ids}, conn: conn}
			if err := tx.enter(); err != nil {
				return fmt.Errorf("enter scope: %w", err)
			}
			return fn(tx)
		}, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	})
}

// CopyTo streams the rows of a query, which holds no input, as COPY … TO STDOUT writes them (text format): each Write gets one whole row with its line end, in
// memory that is valid until it returns. It counts the rows. Where ctx ends or a Write fails, PostgreSQL is told to stop, and the connection is
// given up: the pool makes another one.
func (tx *SnapshotTx) CopyTo(w io.Writer, query string) (int64, error) {
	var copied int64
	err := tx.conn.Raw(func(driver any) error {
		conn, ok := driver.(*stdlib.Conn)
		if !ok {
			return errNoConnection
		}
		tag, err := conn.Conn().PgConn().CopyTo(tx.DB.Statement.Context, w, "COPY ("+query+") TO STDOUT")
		copied = tag.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("copy out: %w", err)
	}
	return copied, nil
}
