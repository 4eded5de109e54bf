package identifiers

import "strings"

// separators are what clerks put between the parts of a plate, besides white space; Fold has made every dash one of them.
const separators = "-/_|.,،"

// run is an unbroken piece of a typed plate: digits, or letters. A glyph is spaced where a separator stood before it.
type run struct {
	kind   byte // 'n' digits, 'l' the letter, 'w' the word ایران
	letter string
	glyphs []glyph
}

// plateRuns cuts the text into digits and letters and names the letters. Only letters end at a separator: how digits were
// grouped is decided once it is known what they are.
func plateRuns(s string) ([]run, error) {
	var runs []run
	spaced := false
	for _, g := range fold(s) {
		if strings.ContainsRune(separators, g.r) {
			spaced = true
			continue
		}
		g.spaced = g.spaced || spaced
		spaced = false
		kind := byte('l')
		if isDigit(g.r) {
			kind = 'n'
		}
		if n := len(runs); n == 0 || runs[n-1].kind != kind || kind == 'l' && g.spaced {
			runs = append(runs, run{kind: kind})
		}
		last := &runs[len(runs)-1]
		last.glyphs = append(last.glyphs, g)
	}
	return runs, nameLetters(runs)
}

func nameLetters(runs []run) error {
	for i, r := range runs {
		if r.kind != 'l' {
			continue
		}
		letter, known := plateLetter(text(r.glyphs))
		switch {
		case known:
			runs[i].letter = letter
		case isWord(text(r.glyphs)):
			runs[i].kind = 'w'
		default:
			return errPlateLetter.At(r.glyphs[0].at)
		}
	}
	return nil
}

// isWord reports whether a folded text is the name of the country, as plates bear it.
func isWord(folded string) bool {
	switch strings.ToLower(folded) {
	case "ایران", "iran", "ir":
		return true
	}
	return false
}

// shape is the kinds of the runs in order, such as "nlnwn".
func shape(runs []run) string {
	kinds := make([]byte, len(runs))
	for i, r := range runs {
		kinds[i] = r.kind
	}
	return string(kinds)
}

func text(glyphs []glyph) string {
	var b strings.Builder
	for _, g := range glyphs {
		b.WriteRune(g.r)
	}
	return b.String()
}
