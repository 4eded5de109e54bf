package money

import (
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// script is how a number is written: its digit zero and its separators.
type script struct {
	zero             rune
	thousands, point string
}

// String is the exact decimal in Latin digits, without separators or trailing zeros: "1573456.789", "-0.5", "0".
func (e Exact) String() string {
	var room [64]byte
	return string(e.append(room[:0], script{'0', "", "."}))
}

// English is String with thousands separators: "1,573,456.789".
func (e Exact) English() string { return string(e.AppendEnglish(nil)) }

// Persian is the amount as an Iranian reads it, in Persian digits with the separators ٬ and ٫: "۱٬۵۷۳٬۴۵۶٫۷۸۹".
func (e Exact) Persian() string { return string(e.AppendPersian(nil)) }

// AppendEnglish appends English to text.
func (e Exact) AppendEnglish(text []byte) []byte { return e.append(text, script{'0', ",", "."}) }

// AppendPersian appends Persian to text.
func (e Exact) AppendPersian(text []byte) []byte { return e.append(text, script{'۰', "٬", "٫"}) }

// English is the amount with thousands separators: "1,574,000".
func (r Rial) English() string { return r.Exact().English() }

// Persian is the amount in Persian digits with the thousands separator ٬: "۱٬۵۷۴٬۰۰۰".
func (r Rial) Persian() string { return r.Exact().Persian() }

// Per is the rate as a number in a whole of at most 1,000,000: 1500 ppm are 0.15 per 100 and 1.5 per 1000.
func (p PPM) Per(whole int64) Exact {
	e, _ := Rial(p).Exact().Times(PPM(whole)) // the six digits that the division takes are there, so it is exact
	return e
}

// PersianDigits replaces the Latin digits of text by Persian ones and leaves everything else.
func PersianDigits(text string) string {
	persian := make([]byte, 0, 2*len(text))
	for _, r := range text {
		if r >= '0' && r <= '9' {
			r += '۰' - '0'
		}
		persian = utf8.AppendRune(persian, r)
	}
	return string(persian)
}

func (e Exact) append(text []byte, s script) []byte {
	if e.hi < 0 {
		text = append(text, '-')
	}
	var room [2 * fractionDigits]byte
	whole, units := e.whole(room[:0])
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			text = append(text, s.thousands...)
		}
		text = s.digit(text, digit)
	}
	if units == 0 {
		return text
	}
	text = append(text, s.point...)
	for _, digit := range fraction(room[:0], units) {
		text = s.digit(text, digit)
	}
	return text
}

func (s script) digit(text []byte, latin byte) []byte {
	return utf8.AppendRune(text, s.zero+rune(latin-'0'))
}

const fractionDigits = 18

// whole appends the digits of the whole rial of |e|, and gives the units of 10^-18 rial that are left.
func (e Exact) whole(digits []byte) (whole []byte, units uint64) {
	wholeHi, wholeLo, units := e.parts()
	top, rest := bits.Div64(wholeHi, wholeLo, scale)
	if top == 0 {
		return strconv.AppendUint(digits, rest, 10), units
	}
	return padded(strconv.AppendUint(digits, top, 10), rest), units
}

// fraction appends units of 10^-18 rial as decimals without trailing zeros.
func fraction(digits []byte, units uint64) []byte {
	digits = padded(digits, units)
	for digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits
}

// padded appends n with leading zeros to 18 digits.
func padded(digits []byte, n uint64) []byte {
	for below := uint64(scale / 10); below > 1 && n < below; below /= 10 {
		digits = append(digits, '0')
	}
	return strconv.AppendUint(digits, n, 10)
}
