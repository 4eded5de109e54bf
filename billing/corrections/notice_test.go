package corrections

import (
	"regexp"
	"strings"
	"testing"

	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

func rials(n int64) money.Rial { return money.Rial(n) }

var latinDigit = regexp.MustCompile(`[0-9]`)

func letter(paid, counted, right int64) Letter {
	return Letter{FiscalYear: paidYear, City: fault.Text{FA: "شیراز", EN: "Shiraz"}, Paid: rials(paid), Counted: rials(counted), Right: rials(right),
		Reason: "نرخ مصوبهٔ 12 اشتباه وارد شده بود {paid}"}
}

func TestALetterTellsEverythingInBothLanguages(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		letter Letter
		fa, en []string
	}{
		"credit": {letter(2_500_000, 2_500_000, 1_250_000),
			[]string{"سال ۱۴۰۳", "۲٬۵۰۰٬۰۰۰ ریال به شهرداری شیراز", "مبلغ درست برای همان روز ۱٬۲۵۰٬۰۰۰ ریال", "بستانکارید", "دلیل اصلاح: نرخ مصوبهٔ ۱۲ اشتباه وارد شده بود {paid}", "کم می‌شود"},
			[]string{"2,500,000 rial were paid to the municipality of Shiraz", "duties of 1403", "the right amount is 1,250,000 rial", "1,250,000 rial were paid too much", "comes off"}},
		"extra": {letter(1_000_000, 1_000_000, 1_500_000),
			[]string{"۵۰۰٬۰۰۰ ریال کمتر از بدهی", "گرفته می‌شود"}, []string{"500,000 rial were paid too little", "collected with"}},
		"once more": {letter(1_000_000, 800_000, 900_000),
			[]string{"۱٬۰۰۰٬۰۰۰ ریال به شهرداری", "تا امروز ۸۰۰٬۰۰۰ ریال", "۱۰۰٬۰۰۰ ریال کمتر"}, []string{"800,000 rial have counted", "100,000 rial were paid too little"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tt.letter.Notice()
			wantAll(t, got.FA, tt.fa)
			wantAll(t, got.EN, tt.en)
			if found := latinDigit.FindString(got.FA); found != "" {
				t.Errorf("the Persian letter has a Latin digit: %s", got.FA)
			}
			if strings.Count(got.FA, "{") != 1 || strings.Count(got.EN, "{") != 1 { // the one of the reason
				t.Errorf("a blank is left:\n%s\n%s", got.FA, got.EN)
			}
		})
	}
}

func wantAll(t *testing.T, text string, parts []string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

func TestAnOutcomeSaysWhatStillWaits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		difference int64
		placed     []Placement
		fa, en     string
	}{
		{7000, []Placement{{1402, 2000}, {1403, 5000}}, "۲٬۰۰۰ ریال از عوارض سال ۱۴۰۲ کم شد.\n۵٬۰۰۰ ریال از عوارض سال ۱۴۰۳ کم شد.",
			"2,000 rial came off the duties of 1402.\n5,000 rial came off the duties of 1403."},
		{7000, []Placement{{1402, 2000}}, "۲٬۰۰۰ ریال از عوارض سال ۱۴۰۲ کم شد.\nبرای ۵٬۰۰۰ ریال بدهی بازی در این شهر نبود؛ این مبلغ در حساب‌های شهرداری بستانکار شما می‌ماند.",
			"2,000 rial came off the duties of 1402.\nFor 5,000 rial no duty was open in this city; the amount remains to your credit in the municipality's books."},
		{-3000, []Placement{{1406, 3000}}, "۳٬۰۰۰ ریال با عوارض سال ۱۴۰۶ گرفته می‌شود.", "3,000 rial are collected with the duties of 1406."},
		{-3000, nil, "برای ۳٬۰۰۰ ریال بدهی بازی در این شهر نبود؛ این مبلغ در حساب‌های شهرداری باقی می‌ماند و اکنون از شما خواسته نمی‌شود.",
			"For 3,000 rial no duty was open in this city; the amount remains in the municipality's books and is not demanded now."},
	} {
		if got := Outcome(rials(tt.difference), tt.placed); got.FA != tt.fa || got.EN != tt.en {
			t.Errorf("%d, %v:\n%s\n%s", tt.difference, tt.placed, got.FA, got.EN)
		}
	}
}
