package certificates

import (
	"strings"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
)

// The words of Persian numerals, each list by its digit.
var (
	unitWords = [...]string{
		"صفر", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه",
		"ده", "یازده", "دوازده", "سیزده", "چهارده", "پانزده", "شانزده", "هفده", "هجده", "نوزده",
	}
	tenWords     = [...]string{"", "", "بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود"}
	hundredWords = [...]string{"", "صد", "دویست", "سیصد", "چهارصد", "پانصد", "ششصد", "هفتصد", "هشتصد", "نهصد"}
	scaleWords   = [...]string{"", " هزار", " میلیون", " میلیارد", " تریلیون", " کوادریلیون", " کوینتیلیون"}
)

// and joins the parts of a Persian numeral.
const and = " و "

// Words writes an amount as it stands on a cheque: 1_200_000 is "یک میلیون و دویست هزار"; one thousand is "یک هزار", so
// that no word can be put before it. A negative amount starts with "منفی".
func Words(amount int64) string {
	if amount == 0 {
		return unitWords[0]
	}
	rest, sign := uint64(amount), ""
	if amount < 0 {
		rest, sign = -rest, "منفی "
	}
	var parts []string
	for scale := 0; rest > 0; scale++ {
		if group := rest % 1000; group > 0 {
			parts = append([]string{groupWords(group) + scaleWords[scale]}, parts...)
		}
		rest /= 1000
	}
	return sign + strings.Join(parts, and)
}

// groupWords writes 1 to 999.
func groupWords(n uint64) string {
	var parts []string
	if n >= 100 {
		parts = append(parts, hundredWords[n/100])
	}
	n %= 100
	if n >= 20 {
		parts = append(parts, tenWords[n/10])
		n %= 10
	}
	if n > 0 {
		parts = append(parts, unitWords[n])
	}
	return strings.Join(parts, and)
}

// Years writes ascending fiscal years as a reader says them: runs of three and more as "۱۳۹۹ تا ۱۴۰۲", others with
// commas.
func Years(years []int) string {
	var parts []string
	for i := 0; i < len(years); {
		j := i
		for j+1 < len(years) && years[j+1] == years[j]+1 {
			j++
		}
		if j-i < 2 {
			j = i
		}
		part := yearText(years[i])
		if j > i {
			part += " تا " + yearText(years[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, "، ")
}

func yearText(year int) string { return calendar.FiscalYear(year).Persian() }

// digitsText writes a number that stands alone in Persian digits, and one that has Latin letters as it is: letters and
// Persian digits do not mix.
func digitsText(number string) string {
	for _, r := range number {
		if (r < '0' || r > '9') && r < 0x80 && r != '-' && r != ' ' {
			return number
		}
	}
	return money.PersianDigits(number)
}
