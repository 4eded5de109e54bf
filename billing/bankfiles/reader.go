package bankfiles

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"mofasa/tenants/fault"
)

// What a whole file is refused with.
var (
	ErrHeader = fault.Define(fault.Invalid, "bank_file_header",
		"سطر نخست این فایل سرآیند فایل بازگشتی بانک نیست.", "The first line of this file is not the header of a bank's return file.")
	ErrService = fault.Define(fault.Invalid, "bank_file_service",
		"این فایل از قبض‌های شهرداری نیست.", "This is not a file of municipal bills.")
)

// longest is how much of a line is kept; what is longer is no line of such a file.
const longest = 200

// Reader reads a file, a line at a time.
type Reader struct {
	from   *bufio.Reader
	number int
	ahead  []string // lines that were read to find the layout
	Header Header
}

// patience is how many broken lines a file may begin with before its header alone says the layout.
const patience = 20

// NewReader reads the header, and finds the layout by the first line that is as wide as one; the header's own width counts only where no line tells.
// Errors: bank_file_header, bank_file_service; those of the source.
func NewReader(source io.Reader) (*Reader, error) {
	r := &Reader{from: bufio.NewReaderSize(source, 1<<16)}
	first, err := r.text()
	if errors.Is(err, io.EOF) {
		return nil, ErrHeader
	}
	if err != nil {
		return nil, err
	}
	var ok bool
	if r.Header, ok = header(first); !ok {
		return nil, ErrHeader
	}
	if r.Header.Service != "6" {
		return nil, ErrService
	}
	return r, r.look()
}

func (r *Reader) look() error {
	for range patience {
		text, err := r.text()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.ahead = append(r.ahead, text)
		switch len(text) {
		case lineA:
			r.Header.Layout = A
			return nil
		case lineB:
			r.Header.Layout = B
			return nil
		}
	}
	return nil
}

// Next is the next line, in order; a line that cannot be read has a Problem, and the file goes on. io.EOF ends it.
func (r *Reader) Next() (Line, error) {
	var text string
	if len(r.ahead) > 0 {
		text, r.ahead = r.ahead[0], r.ahead[1:]
	} else {
		var err error
		if text, err = r.text(); err != nil {
			return Line{}, err
		}
	}
	r.number++
	return line(r.number+1, text, r.Header.Layout), nil
}

// text is the next line that is not empty, without its end; of an overlong one the beginning, which is still too long.
func (r *Reader) text() (string, error) {
	for {
		text, err := r.raw()
		if err != nil || text != "" {
			return text, err
		}
	}
}

func (r *Reader) raw() (string, error) {
	var kept []byte
	for {
		piece, err := r.from.ReadSlice('\n')
		kept = append(kept, piece[:min(len(piece), longest-min(len(kept), longest))]...)
		switch {
		case err == nil, errors.Is(err, io.EOF) && len(kept) > 0:
			return strings.TrimRight(string(kept), "\r\n\x1a"), nil // some banks end a file as DOS did
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return "", io.EOF
		default:
			return "", fmt.Errorf("read bank file: %w", err)
		}
	}
}
