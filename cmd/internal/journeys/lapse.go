package main

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"

	"github.com/google/uuid"
)

// lapsed moves an order and its claims into the past by more than any order is valid.
var lapsed = []string{
	`SET LOCAL session_replication_role = replica`, // what happened stays as it is otherwise
	`UPDATE orders SET created_at = created_at - interval '2 hours', valid_until = valid_until - interval '2 hours' WHERE id = $1`,
	`UPDATE bills SET issued_at = issued_at - interval '2 hours', valid_until = valid_until - interval '2 hours' WHERE order_id = $1`,
	`UPDATE due_claims SET claimed_until = claimed_until - interval '2 hours' WHERE order_id = $1`,
}

// lapse lets the time of one order go by, since a journey cannot wait for half an hour, nor put the server's clock forward for everybody.
func (g *ground) lapse(r *http.Request) (any, error) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(g.postgres.AdminURL())
	if err != nil {
		return nil, err
	}
	at.Path = "/" + database
	db, err := sql.Open("pgx", at.String())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return map[string]any{}, moveBack(r.Context(), db, id)
}

func moveBack(ctx context.Context, db *sql.DB, id uuid.UUID) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // committed or not, it is over
	for at, statement := range lapsed {
		var arguments []any
		if at > 0 {
			arguments = []any{id}
		}
		if _, err := tx.ExecContext(ctx, statement, arguments...); err != nil {
			return err
		}
	}
	return tx.Commit()
}
