package tariffs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"mofasa/tenants/fault"
)

var errKeyTwice = fault.Define(fault.Invalid, "tariff_key_twice",
	"یک کلید در متن تعرفه دو بار آمده است.", "The tariff names a key twice.")

// Parse reads one version from its JSON and validates it. What is no JSON of a version (an unknown field, a wrong type, text
// after the end) is tariff_syntax, a key that an object names twice, in whatever case, is tariff_key_twice, and the rest is as
// Validate names it. Every fault carries the extensions "line" and "column", counted from 1.
func Parse(data []byte) (Version, error) {
	var v Version
	if err := decode(data, &v); err != nil {
		return Version{}, err
	}
	return v, placed(v.Validate(), data)
}

func decode[T any](data []byte, into *T) error {
	if err := keysOnce(data); err != nil {
		return err
	}
	d, err := strictly(data, into)
	if err != nil {
		return located(errSyntax, data, offset[T](data, d, err), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return located(errSyntax, data, d.InputOffset(), errors.New("text after the end"))
	}
	return nil
}

func strictly(data []byte, into any) (*json.Decoder, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d, d.Decode(into)
}

// offset is where decoding into a T failed.
func offset[T any](data []byte, d *json.Decoder, err error) int64 {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return syntax.Offset
	}
	at, found := culprit(data, func(document []byte) bool {
		_, err := strictly(document, new(T))
		return err != nil
	})
	if found {
		return at
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return int64(len(data))
	}
	return d.InputOffset()
}

// keysOnce refuses an object that names a key twice: the decoder would silently take the last. It leaves every other fault of
// the text to the decoder, but for a zero character, which JSON may hold and the database may not.
func keysOnce(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	w := walker{data: data, d: d}
	var open []map[string]bool // the keys of each open object; nil for an array
	key := false               // whether the next token is one
	for {
		at := w.next()
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
			name, isText := token.(string)
			if strings.ContainsRune(name, 0) {
				return located(errSyntax, data, at, errors.New("a zero character, which the database cannot keep"))
			}
			if isText && key {
				name, key = strings.ToLower(strings.ToUpper(name)), false // the decoder folds case, too
				if open[len(open)-1][name] {
					return located(errKeyTwice, data, at, fmt.Errorf("key %q", name))
				}
				open[len(open)-1][name] = true
				continue
			}
		}
		key = len(open) > 0 && open[len(open)-1] != nil
	}
}
