// Package bankfiles reads the return files in which banks tell which bills were paid at them: a header, then a fixed-width line of digits for each payment, in two
// layouts that differ in the width of their dates. It is pure, and reads a line at a time.
package bankfiles

import (
	"strings"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
)

// Layout is how wide the dates of a file are.
type Layout string

// The layouts: a date is yymmdd in A and yyyymmdd in B.
const (
	A Layout = "a"
	B Layout = "b"
)

// Widths of a header and of a line, in characters.
const (
	headerA, headerB = 30, 32
	lineA, lineB     = 46, 48
)

func (l Layout) dateDigits() int {
	if l == B {
		return 8
	}
	return 6
}

func (l Layout) width() int {
	if l == B {
		return lineB
	}
	return lineA
}

// Header is a file's first line.
type Header struct {
	Layout  Layout
	Service string // kind of company, one digit: "6" is a municipality
	Company string // three digits, as in a bill ID
	Bank    string // two digits
	Sent    calendar.Date
	Total   int64 // as it stands there: in thousand rial, or with some banks in rial
	Lines   int
}

// Says tells whether the header's total is this sum. Banks write thousand rial; some are known to write rial.
func (h Header) Says(sum money.Rial) bool {
	return int64(sum) == h.Total || int64(sum) == h.Total*thousand
}

// Rest is what the header's total leaves over a sum of the lines that could be read; false where it is less. A total that covers the sum when it is read as rial is
// rial: read as thousands, less than a thousandth of the file's money could be read at all.
func (h Header) Rest(sum money.Rial) (money.Rial, bool) {
	total := money.Rial(h.Total * thousand)
	if asRial := money.Rial(h.Total); asRial >= sum && sum > 0 {
		total = asRial
	}
	return total - sum, total >= sum
}

const thousand = 1000

// Problem says why a line cannot be taken as it stands.
type Problem string

// The problems of lines.
const (
	Length Problem = "line_length"
	Digits Problem = "line_digits"
	Day    Problem = "line_date"
)

// Line is one paid bill, or a line that cannot be read.
type Line struct {
	Number  int    // in the file; the header is line 1
	Branch  string // six digits
	Channel string // two digits: 59 internet, 02 cash machine, 14 terminal, …; unknown ones are kept as they are
	Paid    calendar.Date
	Bill    string // bill ID, 13 digits with zeros in front
	Payment string // payment ID, 13 digits with zeros in front
	Trace   string // six digits; repeats
	Raw     string // as it came, made printable
	Problem Problem
}

// Amount is what the payment ID says was paid: its digits but the last five, in thousand rial; 0 for a line whose numbers cannot be read.
func (l Line) Amount() money.Rial {
	if len(l.Payment) != idDigits {
		return 0
	}
	return money.Rial(digits(l.Payment[:idDigits-5])) * thousand
}

const idDigits = 13

// header reads a file's first line, whichever layout it has.
func header(text string) (Header, bool) {
	h := Header{Layout: A}
	if len(text) == headerB {
		h.Layout = B
	}
	if len(text) != headerA && len(text) != headerB || !numeric(text) {
		return Header{}, false
	}
	date := 6 + h.Layout.dateDigits()
	day, ok := h.Layout.date(text[6:date])
	h.Service, h.Company, h.Bank, h.Sent = text[:1], text[1:4], text[4:6], day
	h.Total, h.Lines = digits(text[date:date+10]), int(digits(text[date+10:]))
	return h, ok
}

// line reads a payment's line in a layout.
func line(number int, text string, l Layout) Line {
	found := Line{Number: number, Raw: printable(text)}
	switch {
	case len(text) != l.width():
		found.Problem = Length
		return found
	case !numeric(text):
		found.Problem = Digits
		return found
	}
	date := 8 + l.dateDigits()
	day, ok := l.date(text[8:date])
	if !ok {
		found.Problem = Day
	}
	found.Branch, found.Channel, found.Paid = text[:6], text[6:8], day
	found.Bill, found.Payment, found.Trace = text[date:date+idDigits], text[date+idDigits:date+2*idDigits], text[date+2*idDigits:]
	return found
}

// date reads yymmdd or yyyymmdd. Two digits from 70 on are years of the fourteenth century, the others of the fifteenth.
func (l Layout) date(text string) (calendar.Date, bool) {
	year, rest := int(digits(text[:len(text)-4])), text[len(text)-4:]
	if l == A {
		year += 1400
		if year >= 1470 {
			year -= 100
		}
	}
	day, err := calendar.NewDate(year, int(digits(rest[:2])), int(digits(rest[2:])))
	return day, err == nil
}

func numeric(text string) bool { return strings.Trim(text, "0123456789") == "" }

// digits is the number that at most 18 digits write.
func digits(text string) (n int64) {
	for _, c := range []byte(text) {
		n = 10*n + int64(c-'0')
	}
	return n
}

// printable keeps a line for a reader's eyes: what is no printable ASCII is a question mark.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
