package api

import "strings"

// plain holds for the kinds of text of which nearly every log line is made, and which are never personal: ids as we make them, words without a digit, and a
// word before an id. It is quick where the filter is slow; a test holds it against the filter.
func plain(s string) bool {
	word, id, two := strings.Cut(s, " ")
	return isID(s) || isWords(s) || two && isWords(word) && isID(id)
}

// isID holds for a UUID and for the id of a trace, in lower case.
func isID(s string) bool {
	if len(s) != 36 && len(s) != 32 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if dash := len(s) == 36 && (i == 8 || i == 13 || i == 18 || i == 23); dash != (c == '-') || !dash && !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

// isWords holds for ASCII without digits, with no word as long as a VIN and nothing like a token.
func isWords(s string) bool {
	word := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x80 || '0' <= c && c <= '9' {
			return false
		}
		if word++; !('a' <= c|0x20 && c|0x20 <= 'z') {
			word = 0
		}
		if word >= 17 {
			return false
		}
	}
	return !strings.Contains(s, "eyJ")
}
