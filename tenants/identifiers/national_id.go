package identifiers

import (
	"log/slog"
	"strings"

	"mofasa/tenants/fault"
)

var (
	errNationalIDLength    = fault.Define(fault.Invalid, "national_id_length", "کد ملی باید ۱۰ رقم باشد", "A national ID has 10 digits")
	errNationalIDCharacter = fault.Define(fault.Invalid, "national_id_character", "کد ملی تنها از رقم ساخته می‌شود", "A national ID consists of digits only")
	errNationalIDPattern   = fault.Define(fault.Invalid, "national_id_pattern", "این کد ملی به کسی داده نمی‌شود", "No such national ID is ever issued")
	errNationalIDChecksum  = fault.Define(fault.Invalid, "national_id_checksum", "کد ملی درست نیست؛ رقم‌ها را دوباره ببینید", "The national ID's check digit does not match")
)

// NationalID is a natural person's کد ملی: ten digits, the last of them a check digit. Only ParseNationalID makes a valid one.
type NationalID string

// ParseNationalID reads 8 to 10 digits; missing leading zeros, which spreadsheets swallow, are put back.
// Errors: national_id_character, national_id_length, national_id_pattern (one digit repeated, or six zeros in the middle),
// national_id_checksum.
func ParseNationalID(s string) (NationalID, error) {
	d, err := number{8, 10, errNationalIDCharacter, errNationalIDLength}.read(s)
	if err != nil {
		return "", err
	}
	d = strings.Repeat("0", 10-len(d)) + d
	if allSame(d) || d[3:9] == "000000" {
		return "", errNationalIDPattern
	}
	if digit(d, 9) != nationalIDCheck(d) {
		return "", errNationalIDChecksum
	}
	return NationalID(d), nil
}

// nationalIDCheck weighs the first nine digits 10 down to 2, modulo 11 (National Organization for Civil Registration).
func nationalIDCheck(d string) int {
	sum := 0
	for i := range 9 {
		sum += digit(d, i) * (10 - i)
	}
	if r := sum % 11; r >= 2 {
		return 11 - r
	}
	return sum % 11
}

// String is the ten digits.
func (id NationalID) String() string { return string(id) }

// LogValue keeps the number out of logs.
func (id NationalID) LogValue() slog.Value { return redacted() }
