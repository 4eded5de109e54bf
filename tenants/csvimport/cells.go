package csvimport

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestText bounds a name or a code, in characters.
const longestText = 100

// persian writes the letters of Arabic keyboards as those of Persian (ISIRI 6219), so that one name has one spelling.
var persian = strings.NewReplacer("ي", "ی", "ى", "ی", "ك", "ک")

// Required refuses an empty cell (import_required), control characters and more than 100 characters (import_text).
func Required(cell string) (string, error) {
	if cell == "" {
		return "", errRequired
	}
	if len(cell) > longestText && utf8.RuneCountInString(cell) > longestText || strings.IndexFunc(cell, unicode.IsControl) >= 0 {
		return "", errText
	}
	return cell, nil
}

// Name is Required in Persian spelling: Arabic ي and ك become ی and ک.
func Name(cell string) (string, error) {
	name, err := Required(cell)
	if err != nil {
		return "", err
	}
	return persian.Replace(name), nil
}

// Whole makes a parser of whole numbers in Latin digits. Its errors: import_required, import_number, import_range.
func Whole(least, most int64) func(string) (int64, error) {
	return func(cell string) (int64, error) {
		if cell == "" {
			return 0, errRequired
		}
		number, err := strconv.ParseUint(cell, 10, 63)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return 0, errRange
		case err != nil:
			return 0, errNumber
		case int64(number) < least || int64(number) > most:
			return 0, errRange
		}
		return int64(number), nil
	}
}
