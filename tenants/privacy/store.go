package privacy

import (
	"errors"
	"fmt"
	"strings"

	"mofasa/tenants/scope"
)

// storedRow is one row with its envelopes in the order of the table's columns.
type storedRow struct {
	id        string
	envelopes [][]byte
}

// olderRows locks the next rows that an older key seals; those that somebody else has locked are left to them.
func olderRows(tx *scope.Tx, t Table, newest KeyID, after string) (list []storedRow, err error) {
	if after == "" {
		after = "00000000-0000-0000-0000-000000000000"
	}
	rows, err := tx.DB.Raw(`SELECT id::text, `+strings.Join(t.Columns, ", ")+` FROM `+t.Name+` WHERE `+t.keyed()+` < ? AND id > ?::uuid ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED`,
		int(newest), after, AtOnce).Rows()
	if err != nil {
		return nil, fmt.Errorf("read rows of %s: %w", t.Name, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		r := storedRow{envelopes: make([][]byte, len(t.Columns))}
		into := []any{&r.id}
		for i := range r.envelopes {
			into = append(into, &r.envelopes[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("read row of %s: %w", t.Name, err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

func updateRow(tx *scope.Tx, t Table, id string, envelopes [][]byte) error {
	var args []any
	for _, e := range envelopes {
		args = append(args, e)
	}
	done := tx.DB.Exec(`UPDATE `+t.Name+` SET `+strings.Join(t.Columns, " = ?, ")+` = ? WHERE id = ?::uuid`, append(args, id)...)
	if done.Error != nil {
		return fmt.Errorf("update row of %s: %w", t.Name, done.Error)
	}
	if done.RowsAffected != 1 {
		return fmt.Errorf("update row of %s: %d rows", t.Name, done.RowsAffected)
	}
	return nil
}

func countKeys(tx *scope.Tx, t Table) (counts []Count, err error) {
	err = tx.DB.Raw(`SELECT ? AS "table", ? AS family, `+t.keyed()+` AS key, count(*) AS rows FROM `+t.Name+` GROUP BY 3 ORDER BY 3`, t.Name, string(Seals)).Scan(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count keys of %s: %w", t.Name, err)
	}
	return counts, nil
}
