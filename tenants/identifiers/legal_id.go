package identifiers

import (
	"log/slog"

	"mofasa/tenants/fault"
)

var (
	errLegalIDLength    = fault.Define(fault.Invalid, "legal_id_length", "شناسهٔ ملی باید ۱۱ رقم باشد", "A legal ID has 11 digits")
	errLegalIDCharacter = fault.Define(fault.Invalid, "legal_id_character", "شناسهٔ ملی تنها از رقم ساخته می‌شود", "A legal ID consists of digits only")
	errLegalIDPattern   = fault.Define(fault.Invalid, "legal_id_pattern", "این شناسهٔ ملی به هیچ شخص حقوقی داده نمی‌شود", "No such legal ID is ever issued")
	errLegalIDChecksum  = fault.Define(fault.Invalid, "legal_id_checksum", "شناسهٔ ملی درست نیست؛ رقم‌ها را دوباره ببینید", "The legal ID's check digit does not match")
)

// LegalID is a legal person's شناسهٔ ملی: eleven digits, the last of them a check digit. Only ParseLegalID makes a valid one.
type LegalID string

// ParseLegalID reads eleven digits. Errors: legal_id_character, legal_id_length, legal_id_pattern (one digit repeated, or
// the fourth to ninth all zero), legal_id_checksum.
func ParseLegalID(s string) (LegalID, error) {
	d, err := number{11, 11, errLegalIDCharacter, errLegalIDLength}.read(s)
	if err != nil {
		return "", err
	}
	if allSame(d) || d[3:9] == "000000" {
		return "", errLegalIDPattern
	}
	if digit(d, 10) != legalIDCheck(d) {
		return "", errLegalIDChecksum
	}
	return LegalID(d), nil
}

// legalIDCheck adds the tenth digit plus two to each of the first ten, weighs them, modulo 11, ten counting as zero
// (State Organization for Registration of Deeds).
func legalIDCheck(d string) int {
	weights := [...]int{29, 27, 23, 19, 17}
	shift, sum := digit(d, 9)+2, 0
	for i := range 10 {
		sum += (shift + digit(d, i)) * weights[i%len(weights)]
	}
	return sum % 11 % 10
}

// String is the eleven digits.
func (id LegalID) String() string { return string(id) }

// LogValue keeps the number out of logs.
func (id LegalID) LogValue() slog.Value { return redacted() }
