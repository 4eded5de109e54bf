package certificates

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	t.Parallel()
	tests := map[int64]string{
		0:                   "صفر",
		1:                   "یک",
		11:                  "یازده",
		20:                  "بیست",
		21:                  "بیست و یک",
		100:                 "صد",
		101:                 "صد و یک",
		342:                 "سیصد و چهل و دو",
		1_000:               "یک هزار",
		1_019:               "یک هزار و نوزده",
		600_000:             "ششصد هزار",
		1_200_000:           "یک میلیون و دویست هزار",
		28_314_000:          "بیست و هشت میلیون و سیصد و چهارده هزار",
		1_000_000_001:       "یک میلیارد و یک",
		999_999:             "نهصد و نود و نه هزار و نهصد و نود و نه",
		3_000_500_000_000:   "سه تریلیون و پانصد میلیون",
		1_573_000:           "یک میلیون و پانصد و هفتاد و سه هزار",
		-5_000:              "منفی پنج هزار",
		7_000_000_000_000e3: "هفت کوادریلیون",
	}
	for amount, want := range tests {
		if got := Words(amount); got != want {
			t.Errorf("Words(%d) = %s, want %s", amount, got, want)
		}
	}
	for _, extreme := range []int64{math.MaxInt64, math.MinInt64} {
		if !strings.Contains(Words(extreme), "نه کوینتیلیون و دویست و بیست و سه کوادریلیون") {
			t.Errorf("Words(%d) = %s", extreme, Words(extreme))
		}
	}
}

// Reading the words gives the amount back, so no two amounts share their words.
func TestWordsCanBeReadBack(t *testing.T) {
	t.Parallel()
	values := map[string]int64{}
	for i, word := range unitWords {
		values[word] = int64(i)
	}
	for i := 2; i < 10; i++ {
		values[tenWords[i]] = int64(10 * i)
	}
	for i := 1; i < 10; i++ {
		values[hundredWords[i]] = int64(100 * i)
	}
	scales := map[string]int64{}
	for i, power := 1, int64(1000); i < len(scaleWords); i, power = i+1, power*1000 {
		scales[strings.TrimSpace(scaleWords[i])] = power
	}
	read := func(words string) (total int64) {
		var group int64
		for _, word := range strings.Fields(words) {
			if power, isScale := scales[word]; isScale {
				total, group = total+group*power, 0
			} else if word != "و" {
				value, known := values[word]
				if !known {
					t.Fatalf("unknown word %q in %q", word, words)
				}
				group += value
			}
		}
		return total + group
	}
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, math.MaxInt64).Draw(t, "amount")
		if got := read(Words(amount)); got != amount {
			t.Fatalf("%d reads back as %d: %s", amount, got, Words(amount))
		}
	})
}

func TestYearsText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		years []int
		want  string
	}{
		{[]int{1404}, "۱۴۰۴"},
		{[]int{1403, 1404}, "۱۴۰۳، ۱۴۰۴"},
		{[]int{1399, 1400, 1401, 1402}, "۱۳۹۹ تا ۱۴۰۲"},
		{[]int{1399, 1400, 1401, 1404}, "۱۳۹۹ تا ۱۴۰۱، ۱۴۰۴"},
		{[]int{1395, 1397, 1398, 1399, 1401, 1402}, "۱۳۹۵، ۱۳۹۷ تا ۱۳۹۹، ۱۴۰۱، ۱۴۰۲"},
	}
	for _, test := range tests {
		if got := Years(test.years); got != test.want {
			t.Errorf("Years(%v) = %s, want %s", test.years, got, test.want)
		}
	}
}

func TestDigitsText(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"9401204567610":   "۹۴۰۱۲۰۴۵۶۷۶۱۰",
		"72-11 1234":      "۷۲-۱۱ ۱۲۳۴",
		"A0000412":        "A0000412",
		"RRN 731205":      "RRN 731205",
		"۷۲-۱۱":           "۷۲-۱۱",
		"":                "",
		"1234/الف-شهر 12": "1234/الف-شهر 12",
	}
	for number, want := range tests {
		if got := digitsText(number); got != want {
			t.Errorf("digitsText(%q) = %q, want %q", number, got, want)
		}
	}
}
