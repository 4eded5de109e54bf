package identifiers

import (
	"log/slog"
	"strings"

	"mofasa/tenants/fault"
)

var (
	errMobileLength    = fault.Define(fault.Invalid, "mobile_length", "شمارهٔ همراه ۱۱ رقم دارد، مانند ۰۹۱۲۱۲۳۴۵۶۷", "A mobile number has 11 digits, such as 09121234567")
	errMobileCharacter = fault.Define(fault.Invalid, "mobile_character", "شمارهٔ همراه تنها از رقم ساخته می‌شود", "A mobile number consists of digits only")
	errMobilePrefix    = fault.Define(fault.Invalid, "mobile_prefix", "شمارهٔ همراه ایران با ۰۹، ‎+۹۸۹ یا ۰۰۹۸۹ آغاز می‌شود", "An Iranian mobile number begins with 09, +989 or 00989")
)

// Mobile is an Iranian mobile number in its national form: "09121234567". Only ParseMobile makes a valid one.
type Mobile string

// ParseMobile reads 09121234567, +989121234567, 00989121234567 and 989121234567 (ITU-T E.164; national numbering plan: country code 98, mobile numbers 9 and nine
// more digits), and 9121234567, whose leading zero a spreadsheet has swallowed. Which operators there are is not asked. Errors: mobile_character, mobile_prefix,
// mobile_length.
func ParseMobile(s string) (Mobile, error) {
	glyphs, international := fold(s), false
	if len(glyphs) > 0 && glyphs[0].r == '+' {
		glyphs, international = glyphs[1:], true
	}
	d, err := number{0, 14, errMobileCharacter, errMobileLength}.digits(glyphs, runeCount(s))
	if err != nil {
		return "", err
	}
	wrong := errMobilePrefix
	if d == "" {
		wrong = errMobileLength
	}
	for _, prefix := range mobilePrefixes(international) {
		rest, found := strings.CutPrefix(d, prefix)
		if found && len(rest) == 9 {
			return Mobile("09" + rest), nil
		}
		if found {
			wrong = errMobileLength
		}
	}
	return "", wrong
}

// mobilePrefixes are what may stand before the last nine digits.
func mobilePrefixes(plus bool) []string {
	if plus {
		return []string{"989"}
	}
	return []string{"09", "00989", "989", "9"}
}

// Masked shows enough to recognise a number by: "0912***4567".
func (m Mobile) Masked() string {
	if len(m) != 11 {
		return strings.Repeat("*", len(m))
	}
	return string(m[:4]) + "***" + string(m[7:])
}

// String is the eleven digits.
func (m Mobile) String() string { return string(m) }

// LogValue keeps the number out of logs.
func (m Mobile) LogValue() slog.Value { return redacted() }
