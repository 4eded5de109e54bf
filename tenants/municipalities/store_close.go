package municipalities

import (
	"fmt"
	"strings"

	"mofasa/tenants/scope"
)

// ownTable is a table that holds rows of one city, with the query that writes a row of it as JSON.
type ownTable struct {
	name  string
	query string
}

// ownTables derives from the schema what a city takes along: its row of the list, what the log says of it, and every table with a municipality_id. Row security
// shows the city its own rows alone, and what is a secret for signing in stays here whoever asks. Rows come in the order of the key, so that the same rows give
// the same file.
func ownTables(tx *scope.Tx) ([]ownTable, error) {
	var rows []struct{ Name, Query string }
	err := tx.DB.Raw(`WITH held AS (
	    SELECT c.oid, c.relname::text AS name, CASE WHEN c.relname = 'municipalities' THEN 'id = ' WHEN c.relname = 'audit_log' THEN 'owner = ''municipality:'' || ' ELSE 'municipality_id = ' END AS filter
	    FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace AND has_table_privilege(c.oid, 'SELECT')
	      AND (c.relname IN ('municipalities', 'audit_log') OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'municipality_id' AND NOT a.attisdropped)))
	  SELECT h.name, format('SELECT to_jsonb(t) - %L::text[] FROM %I t WHERE t.%s $1::integer ORDER BY %s',
	    ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = h.oid AND a.attnum > 0 AND a.attname ~ '(password|secret|token|hash|recovery)'),
	    h.name, h.filter,
	    coalesce((SELECT string_agg(format('t.%I', a.attname), ', ' ORDER BY k.place) FROM pg_index i, unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, place), pg_attribute a
	      WHERE i.indrelid = h.oid AND i.indisprimary AND a.attrelid = h.oid AND a.attnum = k.attnum), '1')) AS query
	  FROM held h ORDER BY h.name`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the tables of a municipality: %w", err)
	}
	tables := make([]ownTable, len(rows))
	for i, r := range rows {
		tables[i] = ownTable{name: r.Name, query: strings.Replace(r.Query, "$1", "?", 1)}
	}
	return tables, nil
}

// each reads row by row; the table may be larger than the memory.
func (t ownTable) each(tx *scope.Tx, code int, visit func(row []byte) error) error {
	rows, err := tx.DB.Raw(t.query, code).Rows()
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var row []byte
		if err := rows.Scan(&row); err != nil {
			return fmt.Errorf("read: %w", err)
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	return rows.Err()
}
