package calendar

import (
	"strconv"
	"unicode/utf8"

	"mofasa/tenants/fault"
)

var (
	errFormat = fault.Define(fault.Invalid, "calendar_format",
		"تاریخ باید به شکل ۱۴۰۴/۰۱/۳۱ نوشته شود.", "Write the date as 1404/01/31.")
	errDate = fault.Define(fault.Invalid, "calendar_date",
		"چنین روزی در تقویم نیست.", "The calendar has no such day.")
	errRange = fault.Define(fault.Invalid, "calendar_range",
		"سال باید میان ۱۳۰۰ و ۱۵۰۰ باشد.", "The year must be between 1300 and 1500.")
	errYear = fault.Define(fault.Invalid, "calendar_year",
		"سال باید یک سال شمسی میان ۱۳۰۰ و ۱۵۰۰ باشد.", "The year must be a Jalali year between 1300 and 1500.")
)

const (
	shape   = "0000/00/00" // 0 stands for a digit
	monthAt = 5
	dayAt   = 8
)

// Parse reads "1404/01/31": ten characters, Latin digits, leading zeros. calendar_format with the position of the first
// wrong character, or the errors of NewDate with the position of the wrong part.
func Parse(text string) (Date, error) {
	if at := misfit(text); at >= 0 {
		return Date{}, errFormat.At(at)
	}
	return NewDate(number(text[:4]), number(text[monthAt:7]), number(text[dayAt:]))
}

// MarshalText writes String; it refuses a date that is not Valid, so an absent date needs omitzero.
func (d Date) MarshalText() ([]byte, error) {
	return d.AppendText(nil)
}

// UnmarshalText is Parse.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// misfit is the rune offset at which text leaves the shape, or -1.
func misfit(text string) int {
	for at := range len(shape) {
		if at >= len(text) {
			return at
		}
		digit := text[at] >= '0' && text[at] <= '9'
		if shape[at] == '0' && !digit || shape[at] == '/' && text[at] != '/' {
			return at // all characters before are ASCII, so the byte offset is the rune offset
		}
	}
	if len(text) > len(shape) {
		return len(shape)
	}
	return -1
}

// number reads digits that misfit has checked.
func number(digits string) int {
	n := 0
	for _, digit := range []byte(digits) {
		n = 10*n + int(digit-'0')
	}
	return n
}

// String writes d as "1404/01/31".
func (d Date) String() string { return string(d.append(make([]byte, 0, len(shape)), '0')) }

// Persian is String in Persian digits: "۱۴۰۴/۰۱/۳۱".
func (d Date) Persian() string { return string(d.append(make([]byte, 0, 2*len(shape)), '۰')) }

// AppendText appends MarshalText to text.
func (d Date) AppendText(text []byte) ([]byte, error) {
	if _, err := NewDate(d.Year, d.Month, d.Day); err != nil {
		return text, err
	}
	return d.append(text, '0'), nil
}

func (d Date) append(text []byte, zero rune) []byte {
	text = append(appendNumber(text, d.Year, 4, zero), '/')
	text = append(appendNumber(text, d.Month, 2, zero), '/')
	return appendNumber(text, d.Day, 2, zero)
}

// appendNumber writes n with leading zeros to the width, in the digits that begin with zero.
func appendNumber(text []byte, n, width int, zero rune) []byte {
	if n < 0 {
		text, n = append(text, '-'), -n
	}
	digits := strconv.Itoa(n)
	for range width - len(digits) {
		text = utf8.AppendRune(text, zero)
	}
	for _, digit := range digits {
		text = utf8.AppendRune(text, zero+digit-'0')
	}
	return text
}
