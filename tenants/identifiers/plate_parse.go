package identifiers

import (
	"cmp"
	"slices"

	"mofasa/tenants/fault"
)

var (
	errPlateLength = fault.Define(fault.Invalid, "plate_length", "شمار رقم‌های پلاک درست نیست", "The plate has too few or too many digits")
	errPlateDigit  = fault.Define(fault.Invalid, "plate_digit", "در این جای پلاک صفر نمی‌آید", "Zero does not occur in this place of a plate")
	errPlateLetter = fault.Define(fault.Invalid, "plate_letter", "حرف پلاک نوشته نشده یا شناخته نشد", "The plate's letter is missing or unknown")
	errPlateRegion = fault.Define(fault.Invalid, "plate_region", "کد ایران (منطقه) با صفر آغاز نمی‌شود", "A plate's region does not begin with zero")
	errPlateOrder  = fault.Define(fault.Invalid, "plate_order", "ترتیب پلاک روشن نیست؛ این‌گونه بنویسید: ۱۲ ب ۱۴۵ ایران ۴۷", "The order of the plate's parts is unclear; write it like 12ب145 ایران 47")
)

// ParsePlate reads a plate in any of these writings; digits, letters and dashes may be Persian, Arabic, Latin or full-width,
// the word may be ایران, IRAN or IR, and separators may be left out:
//
//	12 ب 145 - 47          two digits, letter, three digits, region
//	12 ب 145 ایران 47      the same with the word before the region
//	ایران 47 - 12 ب 145    region first, if the word marks it
//	145 ب 12 ایران 47      from right to left, if the word marks the region, which may stand first, too
//	121-45478              motorcycle: region, serial
//
// A writing whose parts could be meant in another order is refused (plate_order), not guessed. A region that nobody knows is
// accepted. Errors: plate_length, plate_letter, plate_order, plate_region (begins with 0), plate_digit (0 stands only last in
// a region or in a motorcycle's serial).
func ParsePlate(s string) (Plate, error) {
	runs, err := plateRuns(s)
	if err != nil {
		return Plate{}, err
	}
	p := plateParts{end: runeCount(s)}
	switch shape(runs) {
	case "n":
		return p.motorcycle(runs[0].glyphs)
	case "nln":
		p.left, p.letter, p.right = runs[0].glyphs, runs[1].letter, runs[2].glyphs
		return p.unmarked()
	case "nlnwn":
		p.left, p.letter, p.right, p.region = runs[0].glyphs, runs[1].letter, runs[2].glyphs, runs[4].glyphs
		return p.marked()
	case "wnln":
		n := runs[1].glyphs
		if !cutAt(n, 2) {
			return Plate{}, errPlateOrder.At(n[0].at)
		}
		first := min(2, len(n))
		p.region, p.left, p.letter, p.right = n[:first], n[first:], runs[2].letter, runs[3].glyphs
		return p.marked()
	default:
		return Plate{}, p.misshapen(runs)
	}
}

// plateParts is a typed plate cut into pieces whose order is not decided yet.
type plateParts struct {
	left, right []glyph // digits before and after the letter
	letter      string
	region      []glyph
	end         int // rune count of the text: where a missing piece is missed
}

// unmarked is a car without the word ایران: only the canonical order is certain.
func (p plateParts) unmarked() (Plate, error) {
	all := slices.Concat(p.left, p.right)
	if len(all) != 7 {
		return Plate{}, p.wrongLength(all, 7)
	}
	if len(p.left) != 2 || !cutAt(p.right, 3) {
		return Plate{}, errPlateOrder.At(all[0].at)
	}
	p.right, p.region = p.right[:3], p.right[3:]
	return p.car()
}

// marked is a car whose region the word ایران names, so that either direction is certain.
func (p plateParts) marked() (Plate, error) {
	all := slices.Concat(p.left, p.right)
	switch {
	case len(p.region) != 2:
		return Plate{}, p.wrongLength(p.region, 2)
	case len(all) != 5:
		return Plate{}, p.wrongLength(all, 5)
	case len(p.left) == 3:
		p.left, p.right = p.right, p.left
	case len(p.left) != 2:
		return Plate{}, errPlateOrder.At(all[0].at)
	}
	return p.car()
}

func (p plateParts) car() (Plate, error) {
	err := cmp.Or(noZero(p.left), noZero(p.right), checkRegion(p.region))
	if err != nil {
		return Plate{}, err
	}
	return Plate{Kind: Car, TwoDigits: text(p.left), Letter: p.letter, ThreeDigits: text(p.right), Region: text(p.region)}, nil
}

func (p plateParts) motorcycle(n []glyph) (Plate, error) {
	switch {
	case len(n) == 7 && !n[3].spaced: // a car whose letter was left out
		return Plate{}, errPlateLetter.At(n[2].at)
	case len(n) != 8:
		return Plate{}, p.wrongLength(n, 8)
	case !cutAt(n, 3):
		return Plate{}, errPlateOrder.At(n[0].at)
	}
	if err := cmp.Or(checkRegion(n[:3]), noZero(n[3:7])); err != nil {
		return Plate{}, err
	}
	return Plate{Kind: Motorcycle, Region: text(n[:3]), Serial: text(n[3:])}, nil
}

func (p plateParts) wrongLength(digits []glyph, want int) error {
	if len(digits) > want {
		return errPlateLength.At(digits[want].at)
	}
	return errPlateLength.At(p.end)
}

// misshapen blames what keeps the pieces from being a plate: a letter too many or too few, the place of the word, digits.
func (p plateParts) misshapen(runs []run) error {
	letters, word := 0, -1
	for _, r := range runs {
		switch r.kind {
		case 'l':
			if letters++; letters > 1 {
				return errPlateLetter.At(r.glyphs[0].at)
			}
		case 'w':
			word = r.glyphs[0].at
		}
	}
	switch {
	case len(runs) > 0 && letters == 0:
		return errPlateLetter.At(p.end)
	case word >= 0:
		return errPlateOrder.At(word)
	}
	return errPlateLength.At(p.end)
}

// checkRegion: zero stands only last, as in 10 or 120.
func checkRegion(region []glyph) error {
	if region[0].r == '0' {
		return errPlateRegion.At(region[0].at)
	}
	return noZero(region[:len(region)-1])
}

func noZero(digits []glyph) error {
	for _, g := range digits {
		if g.r == '0' {
			return errPlateDigit.At(g.at)
		}
	}
	return nil
}

// cutAt reports whether the digits are unbroken or broken at i, among other places: else the writer meant other groups.
func cutAt(digits []glyph, i int) bool {
	broken := slices.ContainsFunc(digits[1:], func(g glyph) bool { return g.spaced })
	return !broken || i < len(digits) && digits[i].spaced
}
