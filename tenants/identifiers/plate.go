package identifiers

import (
	"log/slog"
	"strings"
)

// Kind is the shape of a plate.
type Kind int

// The kinds of plate. The zero Kind belongs to no plate.
const (
	_          Kind = iota
	Car             // two digits, a letter, three digits, a two-digit region
	Motorcycle      // a three-digit region, five digits
)

// Plate is a national number plate in the parts that a drawing needs, all digits ASCII. It belongs to an owner, not to a
// vehicle. Plates are comparable; only ParsePlate makes a valid one, and the zero Plate is none.
type Plate struct {
	Kind        Kind
	TwoDigits   string // car only
	Letter      string // car only: one Persian letter, "الف", "تشریفات", "D" or "S"
	ThreeDigits string // car only
	Region      string // two digits on a car, three on a motorcycle
	Serial      string // motorcycle only: five digits
}

// String is the canonical form for storage and the API: "12ب14547" for a car, "12145478" for a motorcycle, "" for no plate.
func (p Plate) String() string {
	if p.Kind == Motorcycle {
		return p.Region + p.Serial
	}
	return p.TwoDigits + p.Letter + p.ThreeDigits + p.Region
}

// rightToLeftMark keeps the digits around a Latin letter in plate order when the text runs from right to left.
const rightToLeftMark = "\u200f"

// Format is for people: "۱۲ ب ۱۴۵ ایران ۴۷" for a car, "۱۲۱-۴۵۴۷۸" for a motorcycle, "" for no plate. ParsePlate reads it back.
func (p Plate) Format() string {
	switch p.Kind {
	case Car:
		letter := p.Letter
		if p.Letter == "D" || p.Letter == "S" {
			letter += rightToLeftMark
		}
		return persianDigits(p.TwoDigits + " " + letter + " " + p.ThreeDigits + " ایران " + p.Region)
	case Motorcycle:
		return persianDigits(p.Region + "-" + p.Serial)
	}
	return ""
}

func persianDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return '۰' + r - '0'
		}
		return r
	}, s)
}

// Category is the use that the plate declares; motorcycles are private, no plate has none.
func (p Plate) Category() Category {
	if p.Kind == Motorcycle {
		return Private
	}
	return plateLetters[p.Letter]
}

// Province is the Persian name of the province where the region was first given out, or TehranOrAlborz. It is a hint: the
// plate follows its owner when the owner moves, so it never says which municipality is entitled to a duty. An unknown region
// is no error, since new ones are opened.
func (p Plate) Province() (fa string, known bool) {
	if p.Kind == Motorcycle {
		fa, known = motorcycleProvinces[p.Region]
	} else {
		fa, known = carProvinces[p.Region]
	}
	return fa, known
}

// LogValue keeps the plate out of logs.
func (p Plate) LogValue() slog.Value { return redacted() }
