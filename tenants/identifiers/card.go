package identifiers

import (
	"log/slog"
	"strings"

	"mofasa/tenants/fault"
)

var (
	errCardLength    = fault.Define(fault.Invalid, "card_length", "شمارهٔ کارت باید ۱۶ رقم باشد", "A card number has 16 digits")
	errCardCharacter = fault.Define(fault.Invalid, "card_character", "شمارهٔ کارت تنها از رقم ساخته می‌شود", "A card number consists of digits only")
	errCardChecksum  = fault.Define(fault.Invalid, "card_checksum", "شمارهٔ کارت درست نیست؛ رقم‌ها را دوباره ببینید", "The card number's check digit does not match")
	errCardIssuer    = fault.Define(fault.Invalid, "card_issuer", "این کارت از بانک‌های عضو شتاب نیست", "The card was not issued by an Iranian bank")
)

// CardNumber is the 16-digit number of an Iranian bank card. Nothing may store or answer it whole: Masked is what is kept.
type CardNumber string

// ParseCardNumber reads 16 digits. Errors: card_character, card_length, card_checksum (Luhn, ISO/IEC 7812-1 annex B),
// card_issuer (the first six digits are no Iranian bank's).
func ParseCardNumber(s string) (CardNumber, error) {
	d, err := number{16, 16, errCardCharacter, errCardLength}.read(s)
	if err != nil {
		return "", err
	}
	if luhn(d) != 0 {
		return "", errCardChecksum
	}
	if _, iranian := issuers[d[:6]]; !iranian {
		return "", errCardIssuer.At(fold(s)[0].at)
	}
	return CardNumber(d), nil
}

// luhn is the weighted sum modulo ten; a valid number gives zero.
func luhn(d string) int {
	sum := 0
	for i := range len(d) {
		v := digit(d, i)
		if (len(d)-i)%2 == 0 {
			v = v*2/10 + v*2%10
		}
		sum += v
	}
	return sum % 10
}

// Bank is the Persian name of the issuing bank.
func (n CardNumber) Bank() (fa string, known bool) {
	fa, known = issuers[string(n[:min(6, len(n))])]
	return fa, known
}

// Masked keeps the first six and the last four digits, the most that PCI DSS 4.0, 3.4.1, lets one show: "603799******0004".
func (n CardNumber) Masked() string {
	if len(n) != 16 {
		return strings.Repeat("*", len(n))
	}
	return string(n[:6]) + "******" + string(n[12:])
}

// String is the whole number; see CardNumber for what may not be done with it.
func (n CardNumber) String() string { return string(n) }

// LogValue keeps the number out of logs.
func (n CardNumber) LogValue() slog.Value { return redacted() }
