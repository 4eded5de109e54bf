package identifiers

import (
	"log/slog"
	"strings"

	"mofasa/tenants/fault"
)

var (
	errVINLength    = fault.Define(fault.Invalid, "vin_length", "شناسهٔ خودرو (VIN) باید ۱۷ نویسه باشد", "A VIN has 17 characters")
	errVINCharacter = fault.Define(fault.Invalid, "vin_character", "در شناسهٔ خودرو (VIN) تنها رقم و حرف بزرگ لاتین جز I و O و Q می‌آید", "A VIN holds digits and Latin letters other than I, O and Q only")
)

const vinLength = 17

// vinYears are the codes of the tenth character in order (ISO 3779, annex; 30-year cycle), beginning with the year 2000.
const vinYears = "Y123456789ABCDEFGHJKLMNPRSTVWX"

// VIN is a vehicle identification number (ISO 3779): 17 of A–Z and 0–9 without I, O and Q. Only ParseVIN makes a valid one.
type VIN string

// ParseVIN checks the form and upper-cases the letters. It leaves the check digit of position 9 alone: Iranian factories do
// not compute it. Look-alikes (O for 0, I for 1) are refused, never corrected. Errors: vin_character, vin_length.
func ParseVIN(s string) (VIN, error) {
	out := make([]byte, 0, vinLength)
	beyond := -1
	for _, g := range fold(s) {
		c, ok := vinCharacter(g.r)
		switch {
		case g.r == dash:
		case !ok:
			return "", errVINCharacter.At(g.at)
		case len(out) < vinLength:
			out = append(out, c)
		case beyond < 0:
			beyond = g.at
		}
	}
	if beyond >= 0 {
		return "", errVINLength.At(beyond)
	}
	if len(out) < vinLength {
		return "", errVINLength.At(runeCount(s))
	}
	return VIN(out), nil
}

func vinCharacter(r rune) (byte, bool) {
	if 'a' <= r && r <= 'z' {
		r -= 'a' - 'A'
	}
	valid := isDigit(r) || 'A' <= r && r <= 'Z' && r != 'I' && r != 'O' && r != 'Q'
	return byte(r), valid
}

// ModelYearHint reads the Gregorian model year from the tenth character, as a year of 2000–2029; older and newer vehicles
// share the codes, and some makers do not use them, so it only ever helps a clerk, never decides a duty.
func (v VIN) ModelYearHint() (year int, known bool) {
	if len(v) != vinLength {
		return 0, false
	}
	i := strings.IndexByte(vinYears, v[9])
	return 2000 + i, i >= 0
}

// String is the 17 characters.
func (v VIN) String() string { return string(v) }

// LogValue keeps the number out of logs.
func (v VIN) LogValue() slog.Value { return redacted() }
