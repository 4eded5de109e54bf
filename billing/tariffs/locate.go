package tariffs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"mofasa/tenants/fault"
)

// located is the fault with the line and the column, in runes, of a byte of the text.
func located(f *fault.Error, data []byte, at int64, cause error) error {
	before := data[:min(max(at, 0), int64(len(data)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return f.Because(fmt.Errorf("line %d, column %d: %w", line, column, cause)).With("line", line).With("column", column)
}

// placed adds to a fault of a version the line and the column of its field in the text that the version was read from.
func placed(err error, data []byte) error {
	f := fault.Of(err)
	if f == nil || len(f.Fields) == 0 {
		return err
	}
	name := f.Fields[0].Name
	return located(f, data, standsAt(data, name), fmt.Errorf("field %q", name))
}

// standsAt is where the value at a path such as "rules[0].legal" stands in the text, or the nearest value around it.
func standsAt(data []byte, path string) (at int64) {
	w := walker{data: data, d: json.NewDecoder(bytes.NewReader(data))}
	w.walk(node{}, func(n node) bool {
		if n.path == "" || n.path == path || strings.HasPrefix(path, n.path) && strings.IndexByte(".[", path[len(n.path)]) >= 0 {
			at = n.at
		}
		return false
	})
	return at
}

// culprit is where the first key or value stands that the decoder refuses even on its own. It decodes every one alone in the
// place that it has, since the decoder does not tell where it met an unknown field or a text that is no date.
func culprit(data []byte, refuses func(document []byte) bool) (at int64, found bool) {
	w := walker{data: data, d: json.NewDecoder(bytes.NewReader(data))}
	found = w.walk(node{}, func(n node) bool {
		at = n.at
		return refuses([]byte(n.before + n.text + n.after))
	})
	return at, found
}

// node is a key or a value of a JSON text.
type node struct {
	path          string // "rules[0].legal"
	at            int64
	text          string // the value, of an object or array only the brackets; null for a key
	before, after string // what makes a document of the text
}

// walker visits the keys and values of a JSON text in their order, as far as the text is JSON.
type walker struct {
	data   []byte
	d      *json.Decoder
	broken bool // the text is no JSON from here on; the decoder would promise more for ever
}

// walk visits the next value and what is in it until visit says stop.
func (w *walker) walk(n node, visit func(node) bool) (stopped bool) {
	n.at = w.next()
	token, err := w.d.Token()
	if err != nil {
		w.broken = true
		return false
	}
	switch token {
	case json.Delim('{'):
		n.text = "{}"
		return visit(n) || w.members(n, visit)
	case json.Delim('['):
		n.text = "[]"
		return visit(n) || w.elements(n, visit)
	}
	n.text = string(w.data[n.at:w.d.InputOffset()])
	return visit(n)
}

func (w *walker) members(of node, visit func(node) bool) bool {
	for !w.broken && w.d.More() {
		n := node{path: of.path, at: w.next(), text: "null"}
		token, err := w.d.Token()
		if err != nil {
			return false
		}
		name, _ := token.(string)
		if n.path != "" {
			n.path += "."
		}
		n.path += strings.ToLower(name)
		n.before, n.after = of.before+"{"+string(w.data[n.at:w.d.InputOffset()])+":", "}"+of.after
		key := n
		key.path += " " // no path of a value
		if visit(key) || w.walk(n, visit) {
			return true
		}
	}
	_, err := w.d.Token()
	return err != nil
}

func (w *walker) elements(of node, visit func(node) bool) bool {
	for i := 0; !w.broken && w.d.More(); i++ {
		if w.walk(node{path: at(of.path, i), before: of.before + "[", after: "]" + of.after}, visit) {
			return true
		}
	}
	_, err := w.d.Token()
	return err != nil
}

// next is where the next key or value begins.
func (w *walker) next() int64 {
	at := w.d.InputOffset()
	for at < int64(len(w.data)) && strings.IndexByte(" \t\r\n,:", w.data[at]) >= 0 {
		at++
	}
	return at
}
