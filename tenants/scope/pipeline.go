package scope

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// ErrNoRow says that a statement of a pipeline that should have answered one row answered none.
var ErrNoRow = errors.New("scope: no row")

// Statement is one statement of a pipeline, with ? for its arguments. Into receives its one row; without Into it is only executed.
type Statement struct {
	SQL  string
	Args []any
	Into []any
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
	return conn.Raw(func(driver any) error { return send(ctx, driver.(*stdlib.Conn).Conn(), tx, plan(tx)) })
}

func send(ctx context.Context, conn *pgx.Conn, tx *Tx, statements []Statement) (err error) {
	batch := &pgx.Batch{}
	batch.Queue(numbered(enterSQL), tx.enterArgs()...)
	for _, s := range statements {
		batch.Queue(numbered(s.SQL), s.Args...)
	}
	results := conn.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	if _, err := results.Exec(); err != nil {
		return fmt.Errorf("enter scope: %w", err)
	}
	for _, s := range statements {
		if err := collect(results, s); err != nil {
			return err
		}
	}
	return nil
}

func collect(results pgx.BatchResults, s Statement) error {
	if s.Into == nil {
		_, err := results.Exec()
		return err
	}
	err := results.QueryRow().Scan(s.Into...)
	if errors.Is(err, pgx.ErrNoRows) || errors.Is(err, sql.ErrNoRows) {
		return ErrNoRow
	}
	return err
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
