package csvimport

import (
	"fmt"
	"slices"
	"strings"

	"mofasa/tenants/fault"
)

// Record is one row of the file while it is checked.
type Record struct {
	Line int    // in the file, from 1, the header included
	Key  string // set by Parse where rows belong together: what Merge may need to know of a refused row; never written to the result file

	columns  []string
	cells    []string // in the order of columns
	refusals []refusal
	err      error // a defect of ours, which ends the run
}

// refusal is why a row is not imported.
type refusal struct {
	line   int
	column string // "" where the row as a whole is wrong
	fault  *fault.Error
	key    string
}

// Text is the cell of a column, without surrounding space.
func (r *Record) Text(column int) string { return r.cells[column] }

// Refuse keeps the row out because of one column, for its first reason. An err that is not a *fault.Error ends the whole run.
func (r *Record) Refuse(column int, err error) {
	name := r.columns[column]
	if slices.ContainsFunc(r.refusals, func(earlier refusal) bool { return earlier.column == name }) {
		return
	}
	f := fault.Of(err)
	if f == nil {
		r.err = fmt.Errorf("line %d, column %s: %w", r.Line, name, err)
		return
	}
	r.refusals = append(r.refusals, refusal{line: r.Line, column: name, fault: f})
}

// Cell parses the cell of a column; where parse refuses it, the row is refused and the result means nothing.
func Cell[T any](r *Record, column int, parse func(string) (T, error)) T {
	value, err := parse(r.cells[column])
	if err != nil {
		r.Refuse(column, err)
	}
	return value
}

func (r *Record) refuseRow(f *fault.Error) {
	r.refusals = append(r.refusals, refusal{line: r.Line, fault: f})
}

func (r *Record) reset(line int) {
	r.Line, r.Key, r.refusals = line, "", r.refusals[:0]
}

func (r *Record) fill(cells []string, order []int) {
	for i, at := range order {
		if at < 0 {
			continue
		}
		r.cells[i] = strings.TrimSpace(cells[at])
		if !proper(r.cells[i]) {
			r.Refuse(i, errEncoding)
		}
	}
}

// readable says whether the cells are those of this row.
func (r *Record) readable() bool { return len(r.refusals) == 0 || r.refusals[0].column != "" }
