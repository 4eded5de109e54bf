package sep

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode"
)

// errAmbiguous says that two spellings of one key carry different values; believing either could believe the wrong amount.
var errAmbiguous = errors.New("sep: one key with two values")

// errNotObject hides the decoder's own message, which may quote the answer.
var errNotObject = errors.New("sep: not a JSON object")

// object is a JSON object whose keys are matched without regard to case and spaces: SEP's manuals, samples and servers
// mix them. Values are read as asked for, because numbers arrive as strings and strings as numbers.
type object map[string]json.RawMessage

// parseObject reads one JSON object; a byte order mark before it is skipped, anything after it is an error.
func parseObject(raw []byte) (object, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), &fields); err != nil || fields == nil {
		return nil, errNotObject
	}
	result := make(object, len(fields))
	for key, value := range fields {
		key = plain(key)
		if old, taken := result[key]; taken && !bytes.Equal(old, value) {
			return nil, errAmbiguous
		}
		result[key] = value
	}
	return result, nil
}

// plain is a key or a name without spaces and case.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// text is a string, or the digits of a number; "" for null, missing and everything else.
func (o object) text(key string) string {
	raw := o[plain(key)]
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return ""
	}
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value)
	case json.Number:
		return value.String()
	default:
		return ""
	}
}

// mark is a text that may be stored as a reference: short printable ASCII, otherwise "".
func (o object) mark(key string) string {
	const longest = 64
	if text := o.text(key); wellFormed(text, longest) {
		return text
	}
	return ""
}

// words is the provider's sentence, fit for a record: printable and bounded.
func (o object) words(key string) string {
	const longest = 200
	var words []rune
	for _, r := range o.text(key) {
		if unicode.IsPrint(r) && len(words) < longest {
			words = append(words, r)
		}
	}
	return string(words)
}

// number is a whole number, written as number or string, with or without a fraction of zeros; exponents are not read. It
// is 0 where there is none.
func (o object) number(key string) (int64, bool) {
	whole, fraction, broken := strings.Cut(o.text(key), ".")
	if broken && (fraction == "" || strings.Trim(fraction, "0") != "") {
		return 0, false
	}
	value, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, false // never the largest int64, which ParseInt gives for anything larger
	}
	return value, true
}

// code is a short code of letters, digits and minus, the number's canonical form where it is one; "" for anything else,
// so that nothing longer than a code reaches an error text.
func (o object) code(key string) string {
	const longest = 16
	if number, ok := o.number(key); ok {
		return strconv.FormatInt(number, 10)
	}
	text := o.text(key)
	strange := func(r rune) bool {
		return r > unicode.MaxASCII || (r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}
	if len(text) > longest || strings.ContainsFunc(text, strange) {
		return ""
	}
	return text
}

// flag is a boolean, written as such, as a string, or as 0 and 1.
func (o object) flag(key string) (value, known bool) {
	switch strings.Trim(plain(string(o[plain(key)])), `"`) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	default:
		return false, false
	}
}

// child is a nested object; absent, null and unreadable ones are the same: nothing was told.
func (o object) child(key string) (object, bool) {
	nested, err := parseObject(o[plain(key)])
	return nested, err == nil
}
