package identifiers

import (
	"log/slog"
	"strings"
	"unicode"

	"mofasa/tenants/fault"
)

var (
	errIBANLength    = fault.Define(fault.Invalid, "iban_length", "شمارهٔ شبا باید IR و ۲۴ رقم باشد", "An Iranian IBAN is IR and 24 digits")
	errIBANCountry   = fault.Define(fault.Invalid, "iban_country", "تنها شبای ایران (IR) پذیرفته می‌شود", "Only Iranian IBANs (IR) are accepted")
	errIBANCharacter = fault.Define(fault.Invalid, "iban_character", "پس از IR تنها رقم می‌آید", "Only digits follow IR")
	errIBANChecksum  = fault.Define(fault.Invalid, "iban_checksum", "شمارهٔ شبا درست نیست؛ رقم‌ها را دوباره ببینید", "The IBAN's check digits do not match")
)

const ibanDigits = 24

// IBAN is an Iranian account number (شبا, ISO 13616): "IR", two check digits, three digits of the bank, nineteen of the
// account. Only ParseIBAN makes a valid one.
type IBAN string

// ParseIBAN reads "IR" (in either case) and 24 digits, or the 24 digits alone.
// Errors: iban_country, iban_character, iban_length, iban_checksum (ISO 7064 MOD 97-10).
func ParseIBAN(s string) (IBAN, error) {
	glyphs := fold(s)
	if len(glyphs) > 0 && !isDigit(glyphs[0].r) {
		for i, want := range "IR" {
			if i == len(glyphs) || unicode.ToUpper(glyphs[i].r) != want {
				return "", errIBANCountry.At(glyphs[0].at)
			}
		}
		glyphs = glyphs[2:]
	}
	d, err := number{ibanDigits, ibanDigits, errIBANCharacter, errIBANLength}.digits(glyphs, runeCount(s))
	if err != nil {
		return "", err
	}
	return checkIBAN(d)
}

// checkIBAN also refuses check digits 00, 01 and 99, which satisfy the remainder and which no bank computes.
func checkIBAN(d string) (IBAN, error) {
	rest := 0
	for _, c := range d[2:] + "1827" + d[:2] { // I = 18, R = 27
		rest = (rest*10 + int(c-'0')) % 97
	}
	if rest != 1 || d[:2] < "02" || d[:2] > "98" {
		return "", errIBANChecksum
	}
	return IBAN("IR" + d), nil
}

// BankCode is the three digits of the bank, such as "061".
func (n IBAN) BankCode() string {
	if len(n) != 2+ibanDigits {
		return ""
	}
	return string(n[4:7])
}

// Bank is the bank's Persian name, as it was when the account was opened; merged banks keep their codes.
func (n IBAN) Bank() (fa string, known bool) {
	fa, known = banks[n.BankCode()]
	return fa, known
}

// Format groups the number by four for reading, as printed on cheques: "IR82 0540 1026 8002 0817 9090 02".
func (n IBAN) Format() string {
	var b strings.Builder
	for i := 0; i < len(n); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(n[i:min(i+4, len(n))]))
	}
	return b.String()
}

// String is "IR" and the 24 digits.
func (n IBAN) String() string { return string(n) }

// LogValue keeps the number out of logs.
func (n IBAN) LogValue() slog.Value { return redacted() }
