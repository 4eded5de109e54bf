package csvimport

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// A COPY ends after so many rows or refusals: refusals wait in memory, and only one COPY can run on a connection.
const (
	rowsPerCopy     = 100_000
	refusalsPerCopy = 10_000
	rowsPerReport   = 1_000
)

// staging is a pgx.CopyFromSource that checks the rows as PostgreSQL takes them.
type staging struct {
	load     Load
	rows     *reader
	parse    Parse
	watch    func(Progress)
	columns  []string // of the staging table
	values   []any
	copied   int // in this COPY
	refusals []refusal
	faults   map[string]*fault.Error // by code: those that occurred
	ended    bool
	err      error
}

func newStaging(load Load, rows *reader, parse Parse, watch func(Progress)) *staging {
	s := &staging{load: load, rows: rows, parse: parse, watch: watch, values: make([]any, len(load.Staged)), faults: map[string]*fault.Error{}}
	for _, definition := range load.Staged {
		name, _, _ := strings.Cut(definition, " ")
		s.columns = append(s.columns, name)
	}
	return s
}

func (s *staging) fill(tx *scope.BulkTx) error {
	for !s.ended {
		s.copied = 0
		if _, err := tx.CopyFrom(s.load.Table, s.columns, s); err != nil {
			return err
		}
		if err := copyRefusals(tx, s.refusals); err != nil {
			return err
		}
		s.refusals = s.refusals[:0]
	}
	return nil
}

// Next checks rows until one passes.
func (s *staging) Next() bool {
	for s.copied < rowsPerCopy && len(s.refusals) < refusalsPerCopy {
		passed, err := s.check()
		if errors.Is(err, io.EOF) {
			s.ended = true
			return false
		}
		if err != nil {
			s.err = err
			return false
		}
		if passed {
			s.copied++
			return true
		}
	}
	return false
}

func (s *staging) check() (passed bool, err error) {
	r, err := s.rows.read()
	if errors.Is(err, io.EOF) {
		return false, io.EOF
	}
	if err != nil {
		return false, fmt.Errorf("read the file at line %d: %w", s.rows.number, err)
	}
	if s.rows.rows%rowsPerReport == 0 {
		s.watch(Progress{Stage: Reading, Bytes: s.rows.bytes, Rows: s.rows.rows})
	}
	s.values[0] = r.Line
	if r.readable() {
		s.parse(r, s.values)
	}
	for _, refused := range r.refusals {
		refused.key = r.Key
		s.refusals = append(s.refusals, refused)
		s.faults[refused.fault.Code] = refused.fault
	}
	return len(r.refusals) == 0, r.err
}

// Values are those of the row that passed last.
func (s *staging) Values() ([]any, error) { return s.values, nil }

// Err is why the file could not be read to its end.
func (s *staging) Err() error { return s.err }

// texts are the Persian texts of every code that the result file can hold.
func (s *staging) texts(merging []*fault.Error) map[string]string {
	texts := map[string]string{}
	for _, f := range s.faults {
		texts[f.Code] = f.Text.FA
	}
	for _, f := range merging {
		texts[f.Code] = f.Text.FA
	}
	return texts
}
