package certificates

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"mofasa/tenants/fault"
)

var (
	errSerial = fault.Define(fault.Invalid, "certificate_serial",
		"شماره گواهی نادرست است؛ شماره سیزده حرف و رقم دارد، مانند 7K3Q-9XPT-2WAB-X.",
		"The certificate serial is malformed; it has thirteen letters and digits, such as 7K3Q-9XPT-2WAB-X.")
	errSerialCheck = fault.Define(fault.Invalid, "certificate_serial_check",
		"حرف کنترل شماره گواهی نمی‌خواند؛ یک حرف یا رقم اشتباه وارد شده است.",
		"The check character of the certificate serial does not match; a letter or digit is mistyped.")
)

// crockford is the base32 alphabet of Douglas Crockford: no I, L, O (confused with 1 and 0) and no U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	serialRandom = 12 // characters of five random bits each
	serialGroup  = 4
)

// Serial is the public number of a certificate in canonical form, such as "7K3Q-9XPT-2WAB-X": twelve random characters
// (60 bits) in groups of four and a check character.
type Serial string

// NewSerial draws a serial from a source of random bytes. It fails only where the source does.
func NewSerial(random io.Reader) (Serial, error) {
	var raw [8]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fmt.Errorf("certificates: draw serial: %w", err)
	}
	bits := binary.BigEndian.Uint64(raw[:])
	values := make([]byte, serialRandom)
	for i := range values {
		values[i] = byte(bits & 31)
		bits >>= 5
	}
	return formatSerial(append(values, checkValue(values))), nil
}

// ParseSerial reads what a person typed: lower case is folded, O is read as 0, I and L as 1, hyphens and spaces are
// ignored. Errors: certificate_serial (with the rune offset of a foreign character), certificate_serial_check.
func ParseSerial(text string) (Serial, error) {
	values := make([]byte, 0, serialRandom+1)
	offset := 0
	for _, r := range text {
		if r != '-' && r != ' ' {
			value := strings.IndexRune(crockford, foldSerial(r))
			if value < 0 || len(values) > serialRandom {
				return "", errSerial.At(offset)
			}
			values = append(values, byte(value))
		}
		offset++
	}
	if len(values) != serialRandom+1 {
		return "", errSerial
	}
	if checkValue(values[:serialRandom]) != values[serialRandom] {
		return "", errSerialCheck
	}
	return formatSerial(values), nil
}

// foldSerial maps the letters that the alphabet leaves out to the digits that they are mistaken for.
func foldSerial(r rune) rune {
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return r
}

// checkValue weights the characters with distinct powers of a generator of GF(32), x⁵+x²+1. By the rule of Reed-Solomon
// codes every single mistyped character and every exchange of two characters changes it.
func checkValue(values []byte) byte {
	var sum byte
	for _, v := range values {
		sum = (sum ^ v) << 1
		if sum&32 != 0 {
			sum ^= 0b100101
		}
	}
	return sum
}

// formatSerial writes values below 32 in groups of four.
func formatSerial(values []byte) Serial {
	var b strings.Builder
	for i, v := range values {
		if i > 0 && i%serialGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(crockford[v])
	}
	return Serial(b.String())
}
