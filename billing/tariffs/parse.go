package tariffs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"mofasa/tenants/fault"
)

var errKeyTwice = fault.Define(fault.Invalid, "tariff_key_twice",
	"یک کلید در متن تعرفه دو بار آمده است.", "The tariff names a key twice.")

// Parse reads one version from its JSON and validates it. An unknown field or text after the end is tariff_syntax, a key that an
// object names twice, in whatever case, is tariff_key_twice; both carry the extensions "line" and "column", counted from 1.
func Parse(data []byte) (Version, error) {
	var v Version
	if err := decode(data, &v); err != nil {
		return Version{}, err
	}
	return v, v.Validate()
}

func decode(data []byte, into any) error {
	if err := keysOnce(data); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return located(errSyntax, data, offset(d, err), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return located(errSyntax, data, d.InputOffset(), errors.New("text after the end"))
	}
	return nil
}

// offset is where decoding failed: as near as the decoder tells.
func offset(d *json.Decoder, err error) int64 {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return syntax.Offset
	case errors.As(err, &kind):
		return kind.Offset
	}
	return d.InputOffset()
}

// located is the fault with the line and the column, in runes, of a byte of the text.
func located(f *fault.Error, data []byte, at int64, cause error) error {
	before := data[:min(max(at, 0), int64(len(data)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return f.Because(fmt.Errorf("line %d, column %d: %w", line, column, cause)).With("line", line).With("column", column)
}

// keysOnce refuses an object that names a key twice: the decoder would silently take the last. It leaves every other fault of
// the text to the decoder.
func keysOnce(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	var open []map[string]bool // the keys of each open object; nil for an array
	key := false               // whether the next token is one
	for {
		token, err := d.Token()
		if err != nil {
			return nil
		}
		switch token {
		case json.Delim('{'):
			open, key = append(open, map[string]bool{}), true
			continue
		case json.Delim('['):
			open, key = append(open, nil), false
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		default:
			if name, ok := token.(string); ok && key {
				name, key = strings.ToLower(strings.ToUpper(name)), false // the decoder folds case, too
				if open[len(open)-1][name] {
					return located(errKeyTwice, data, d.InputOffset(), fmt.Errorf("key %q", name))
				}
				open[len(open)-1][name] = true
				continue
			}
		}
		key = len(open) > 0 && open[len(open)-1] != nil
	}
}
