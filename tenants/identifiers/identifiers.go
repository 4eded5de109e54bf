// Package identifiers reads and writes the numbers that name a vehicle, a person, a company, an account or a card in Iran.
// It is pure: nothing here asks whether such a vehicle or person exists. Every parser accepts what a clerk types (any
// digits, Arabic letters, spaces, dashes), gives one canonical form, and otherwise returns a *fault.Error whose code says
// what is wrong and whose Position is the rune offset in the given string, or -1 where no single place is to blame.
//
// Each type redacts itself in structured logs; String gives the value and is for storage and answers only.
package identifiers

import (
	"log/slog"

	"mofasa/tenants/fault"
)

// redacted is what a log line shows instead of an identifier.
func redacted() slog.Value { return slog.StringValue("[redacted]") }

// number is how long a purely decimal identifier is and which faults it answers with.
type number struct {
	least, most       int
	character, length *fault.Error
}

// read takes the digits out of a number that may be grouped by spaces and dashes.
func (n number) read(s string) (string, error) { return n.digits(fold(s), runeCount(s)) }

// digits is read for a part of a folded string; end is where a missing digit is missed.
func (n number) digits(glyphs []glyph, end int) (string, error) {
	var out []byte
	beyond := -1
	for _, g := range glyphs {
		switch {
		case g.r == dash:
		case !isDigit(g.r):
			return "", n.character.At(g.at)
		case len(out) < n.most:
			out = append(out, byte(g.r))
		case beyond < 0:
			beyond = g.at
		}
	}
	if beyond >= 0 {
		return "", n.length.At(beyond)
	}
	if len(out) < n.least {
		return "", n.length.At(end)
	}
	return string(out), nil
}

// allSame reports whether one digit fills the number; such numbers pass the checksums and belong to nobody.
func allSame(digits string) bool {
	for i := range len(digits) {
		if digits[i] != digits[0] {
			return false
		}
	}
	return true
}

// digit is the value of the i-th digit.
func digit(digits string, i int) int { return int(digits[i] - '0') }
