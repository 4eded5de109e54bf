package csvimport

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"mofasa/tenants/fault"
)

// longestLine bounds what one line may make us hold in memory, in bytes.
const longestLine = 64 << 10

// reader gives the records of a file. A record is one line, so a quotation mark that is not closed spoils one row and not the rest of the file.
type reader struct {
	lines  *bufio.Reader
	csv    *csv.Reader // reads one line at a time from line
	line   bytes.Reader
	bytes  int64
	number int   // of the current line, from 1
	rows   int   // records given
	order  []int // where in the file each of our columns stands; -1 where it does not
	width  int   // of the header, in cells
	record Record
}

// open reads the header. Errors: ErrEmpty; ErrHeader with a field for each missing, unknown or repeated column.
func open(file io.Reader, columns, optional []string) (*reader, error) {
	r := &reader{lines: bufio.NewReaderSize(file, longestLine)}
	r.csv = csv.NewReader(&r.line)
	r.csv.FieldsPerRecord, r.csv.ReuseRecord = -1, true
	header, err := r.next()
	if errors.Is(err, io.EOF) {
		return nil, ErrEmpty
	}
	if fault.Of(err) != nil {
		return nil, ErrHeader.Because(err)
	}
	if err != nil {
		return nil, err
	}
	known := slices.Concat(columns, optional)
	if r.order, err = arrange(header, known, len(columns)); err != nil {
		return nil, err
	}
	r.width, r.record = len(header), Record{columns: known, cells: make([]string, len(known))}
	return r, nil
}

// read gives the next record, already refused where its line is not one; it is valid until the next call. io.EOF ends the file.
func (r *reader) read() (*Record, error) {
	cells, err := r.next()
	refusal := fault.Of(err)
	if err != nil && refusal == nil {
		return nil, err
	}
	r.rows++
	r.record.reset(r.number)
	switch {
	case refusal != nil:
		r.record.refuseRow(refusal)
	case len(cells) != r.width:
		r.record.refuseRow(errCount)
	default:
		r.record.fill(cells, r.order)
	}
	return &r.record, nil
}

// next splits the next line that is not blank: a spreadsheet ends its file in lines of empty cells.
func (r *reader) next() ([]string, error) {
	for {
		line, err := r.nextLine()
		if err != nil {
			return nil, err
		}
		r.line.Reset(line)
		cells, err := r.csv.Read()
		var quotes *csv.ParseError
		switch {
		case errors.As(err, &quotes):
			return nil, errQuote
		case errors.Is(err, io.EOF): // an empty line
			continue
		case err != nil:
			return nil, fmt.Errorf("split line %d: %w", r.number, err)
		}
		if slices.ContainsFunc(cells, notBlank) {
			return cells, nil
		}
	}
}

// nextLine reads one line, without the byte order mark that Windows puts at the start of a file.
func (r *reader) nextLine() ([]byte, error) {
	line, err := r.lines.ReadSlice('\n')
	r.number++
	r.bytes += int64(len(line))
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, r.skipLine()
	}
	if len(line) == 0 || err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if r.number == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	return line, nil
}

func (r *reader) skipLine() error {
	for {
		rest, err := r.lines.ReadSlice('\n')
		r.bytes += int64(len(rest))
		if err == nil || errors.Is(err, io.EOF) {
			return errTooLong
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func notBlank(cell string) bool { return strings.TrimSpace(cell) != "" }

// arrange finds each of our columns in the header, which must have the first so many.
func arrange(header, columns []string, required int) ([]int, error) {
	wrong := *ErrHeader
	order := make([]int, len(columns))
	for i, name := range columns {
		order[i] = slices.IndexFunc(header, func(cell string) bool { return strings.TrimSpace(cell) == name })
		if order[i] < 0 && i < required {
			wrong.Fields = append(wrong.Fields, errColumnMissing.On(name).Fields...)
		}
	}
	for i, cell := range header {
		name := strings.TrimSpace(cell)
		switch {
		case !slices.Contains(columns, name):
			wrong.Fields = append(wrong.Fields, errColumnUnknown.On(presentable(name, i)).Fields...)
		case slices.IndexFunc(header, func(other string) bool { return strings.TrimSpace(other) == name }) < i:
			wrong.Fields = append(wrong.Fields, errColumnRepeated.On(name).Fields...)
		}
	}
	if len(wrong.Fields) > 0 {
		return nil, &wrong
	}
	return order, nil
}

// presentable is an unknown column's name, or its number where it does not look like a name: in a file without a header it is
// somebody's plate.
func presentable(name string, i int) string {
	if name == "" || len(name) > 40 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return fmt.Sprintf("#%d", i+1)
	}
	return name
}

func proper(cell string) bool { return utf8.ValidString(cell) && strings.IndexByte(cell, 0) < 0 }
