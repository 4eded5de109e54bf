package scope

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// ErrNoRow says that a statement of a pipeline that should have answered one row answered none.
var ErrNoRow = errors.New("scope: no row")

// Statement is one statement of a pipeline, with ? for its arguments, which PostgreSQL's driver encodes: a slice is an array. Into receives its one row; without Into
// it is only executed, and Touched, if there is one, receives the number of rows.
type Statement struct {
	SQL     string
	Args    []any
	Into    []any
	Touched *int64
}

// Pipeline runs statements that need no answer of each other in one transaction and one network trip: the scope, then the statements. PostgreSQL makes
// everything up to the end of the pipeline one transaction; a failing statement undoes all of it. The Tx that plan gets has no database handle.
// It is for hot paths; what decides between its statements uses InTx.
func (r *Runner) Pipeline(ctx context.Context, s Scope, plan func(tx *Tx) []Statement) error {
	actor, ok := ActorOf(ctx)
	if !ok {
		return errNoActor
	}
	pool, err := r.db.DB()
	if err != nil {
		return fmt.Errorf("database pool: %w", err)
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("take connection: %w", err)
	}
	defer conn.Close()
	tx := &Tx{Scope: s, Actor: actor, Now: r.clock().UTC().Truncate(time.Microsecond), ids: r.ids}
	entered := Statement{SQL: enterSQL, Args: tx.enterArgs()}
	return conn.Raw(func(driver any) error {
		return send(ctx, driver.(*stdlib.Conn).Conn(), append([]Statement{entered}, plan(tx)...))
	})
}

// Send runs statements of a transaction in one network trip. None of them may need an answer of another one to be written; each sees what those before it did. The first
// one that fails ends the transaction.
func (tx *Tx) Send(statements ...Statement) error {
	if tx.conn == nil {
		return errNoConnection
	}
	return tx.conn.Raw(func(driver any) error {
		return send(tx.DB.Statement.Context, driver.(*stdlib.Conn).Conn(), statements)
	})
}

func send(ctx context.Context, conn *pgx.Conn, statements []Statement) (err error) {
	batch := &pgx.Batch{}
	for _, s := range statements {
		batch.Queue(numbered(s.SQL), native(s.Args)...)
	}
	results := conn.SendBatch(ctx, batch)
	defer func() {
		if ended := results.Close(); err == nil {
			err = ended
		}
	}()
	for _, s := range statements {
		if err := collect(results, s); err != nil {
			return err
		}
	}
	return nil
}

func collect(results pgx.BatchResults, s Statement) error {
	if s.Into == nil {
		tag, err := results.Exec()
		if s.Touched != nil {
			*s.Touched = tag.RowsAffected()
		}
		return err
	}
	err := results.QueryRow().Scan(s.Into...)
	if errors.Is(err, pgx.ErrNoRows) || errors.Is(err, sql.ErrNoRows) {
		return ErrNoRow
	}
	return err
}

// native gives the driver ids as its own type: it would first try and fail to write ours, and then write them as text.
func native(args []any) []any {
	list := make([]any, len(args))
	for i, arg := range args {
		switch id := arg.(type) {
		case uuid.UUID:
			list[i] = pgtype.UUID{Bytes: id, Valid: true}
		case uuid.NullUUID:
			list[i] = pgtype.UUID{Bytes: id.UUID, Valid: id.Valid}
		default:
			list[i] = arg
		}
	}
	return list
}

// numbered turns ? into $1, $2, …, as GORM does for the same SQL.
func numbered(query string) string {
	parts := strings.Split(query, "?")
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String()
}
