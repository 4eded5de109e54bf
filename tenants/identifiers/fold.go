package identifiers

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	dash    = '-'
	tatweel = 'ـ'
)

// letters maps the look-alikes that keyboards and old databases produce to the letters of Persian (ISIRI 6219).
var letters = map[rune]rune{
	'ي': 'ی', 'ى': 'ی', 'ې': 'ی', 'ۍ': 'ی', 'ے': 'ی',
	'ك': 'ک', 'ڪ': 'ک',
	'ة': 'ه', 'ۃ': 'ه', 'ە': 'ه', 'ہ': 'ه', 'ھ': 'ه',
}

// glyph is one folded rune, the rune offset that it came from, and whether white space stood before it.
type glyph struct {
	r      rune
	at     int
	spaced bool
}

// Fold is the form in which typed text is compared and parsed, never shown. It
//   - turns Persian, Arabic and full-width digits and forms into ASCII, presentation forms into plain letters (Unicode NFKD);
//   - turns Arabic ي ى ك ة and their relatives into Persian ی ک ه, and أ إ آ ٱ into ا, ؤ into و, ئ into ی;
//   - drops diacritics, tatweel, every kind of white space, and invisible format characters (ZWNJ, bidi marks);
//   - writes every dash as "-".
//
// Case stays. Bytes that are not UTF-8 become U+FFFD. Fold of a folded string is the same string.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, g := range fold(s) {
		b.WriteRune(g.r)
	}
	return b.String()
}

func fold(s string) []glyph {
	out := make([]glyph, 0, len(s))
	at, spaced := -1, false
	for i, r := range s {
		at++
		for _, r := range decompose(s[i:], r) {
			switch {
			case unicode.IsSpace(r):
				spaced = true
			case r == tatweel || unicode.In(r, unicode.M, unicode.Cf):
			default:
				out = append(out, glyph{plain(r), at, spaced})
				spaced = false
			}
		}
	}
	return out
}

// decompose works rune by rune, so that positions stay exact; marks are dropped afterwards, so their order cannot matter.
func decompose(rest string, r rune) string {
	if r < utf8.RuneSelf {
		return rest[:1]
	}
	if d := norm.NFKD.PropertiesString(rest).Decomposition(); d != nil {
		return string(d)
	}
	return string(r)
}

func plain(r rune) rune {
	switch {
	case '۰' <= r && r <= '۹':
		return '0' + r - '۰'
	case '٠' <= r && r <= '٩':
		return '0' + r - '٠'
	case r == 'ٱ':
		return 'ا'
	case r == '−' || unicode.Is(unicode.Pd, r):
		return dash
	}
	if persian, ok := letters[r]; ok {
		return persian
	}
	return r
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func runeCount(s string) int { return utf8.RuneCountInString(s) }
