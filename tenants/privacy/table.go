package privacy

import (
	"cmp"
	"fmt"
	"slices"

	"mofasa/tenants/scope"
)

// Table is a table whose rows hold envelopes. Its key is the uuid column id, the place of an envelope is table, column and id, and the envelopes of a row share
// their key, which the table's index knows by envelope_key of the last column. All columns but the last may be null.
type Table struct {
	Name    string
	Columns []string
}

// String is the table's name.
func (t Table) String() string { return t.Name }

func (t Table) keyed() string { return "envelope_key(" + t.Columns[len(t.Columns)-1] + ")" }

// Renew opens and seals the envelopes of rows.
func (t Table) Renew(tx *scope.Tx, ring *Keyring, after string) (Batch, error) {
	b := Batch{Key: ring.Newest()}
	rows, err := olderRows(tx, t, b.Key, after)
	if err != nil {
		return b, err
	}
	for _, r := range rows {
		b.Last = r.id
		fresh, err := t.again(ring, r, b.Key)
		if err != nil {
			b.Broken = append(b.Broken, fmt.Sprintf("%s %s: %v", t.Name, r.id, err))
			continue
		}
		if err := updateRow(tx, t, r.id, fresh); err != nil {
			return b, err
		}
		b.Done++
	}
	return b, nil
}

// again opens and seals all envelopes of a row; a null stays one.
func (t Table) again(ring *Keyring, r storedRow, newest KeyID) ([][]byte, error) {
	fresh := make([][]byte, len(t.Columns))
	for i, column := range t.Columns {
		if r.envelopes[i] == nil {
			continue
		}
		at := Place{Table: t.Name, Column: column, Row: r.id}
		text, err := ring.Open(at, r.envelopes[i])
		if err != nil {
			return nil, err
		}
		if fresh[i], err = ring.SealWith(newest, at, text); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// Count counts rows by the key of their envelopes.
func (t Table) Count(tx *scope.Tx) ([]Count, error) { return countKeys(tx, t) }

// unused are the keys that are held, are not the newest of their family, and that no row needs.
func (h held) unused(counts []Count) (none []Count) {
	add := func(family Family, id KeyID) {
		needed := slices.ContainsFunc(counts, func(c Count) bool { return c.Family == family && c.Key == id })
		if id != h.newest(family) && !needed {
			none = append(none, Count{Family: family, Key: id, Held: true})
		}
	}
	for id := range h.indexes {
		add(Indexes, id)
	}
	for id := range h.seals {
		add(Seals, id)
	}
	slices.SortFunc(none, func(a, b Count) int { return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Key, b.Key)) })
	return none
}
