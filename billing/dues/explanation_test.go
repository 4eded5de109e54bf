package dues_test

import (
	"slices"
	"strings"
	"testing"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

func TestExplanationReadsAloud(t *testing.T) {
	t.Parallel()
	f := worth(worth(car(t, 1380, "1390/05/10", "1397/02/15"), 1395, 250_000_777), 1390, 200_000_000)
	list := assess(t, f)
	texts := func(d dues.Due) (fa, en []string) {
		for _, s := range d.Steps {
			fa, en = append(fa, s.Text.FA), append(en, s.Text.EN)
		}
		return fa, en
	}
	fa, en := texts(of(t, list, 1395))
	if want := []string{
		"مالک در ۱۳۹۵/۰۱/۰۱، نخستین روز سال، ساکن این شهر بوده است؛ پس عوارض سال ۱۳۹۵ به شهرداری همین شهر می‌رسد.",
		"ارزش مبنای این نوع خودرو در سال ۱۳۹۵ برابر ۲۵۰٬۰۰۰٬۷۷۷ ریال است.",
		"عوارض سالانه ۱ در هزار ارزش مبناست: ۲۵۰٬۰۰۰٫۷۷۷ ریال.",
		"خودرو ۱۵ ساله است؛ برای هر سال بیش از ۱۰ سال، ۱۰ درصد و روی هم حداکثر ۱۰۰ درصد به عوارض افزوده می‌شود: ۱۲۵٬۰۰۰٫۳۸۸۵ ریال.",
		"پرداخت از ۱۳۹۶/۰۱/۰۱، ۱۳ ماه کامل دیر شده است؛ جریمه ماهی ۲ درصد از ۳۷۵٬۰۰۱٫۱۶۵۵ ریال است: ۹۷٬۵۰۰٫۳۰۳۰۳ ریال.",
		"جمع ۴۷۲٬۵۰۱٫۴۶۸۵۳ ریال است که رو به بالا تا مضرب ۱٬۰۰۰ ریال گرد می‌شود: ۴۷۳٬۰۰۰ ریال.",
	}; !slices.Equal(fa, want) {
		t.Error(strings.Join(fa, "\n"))
	}
	if want := []string{
		"The owner lived in this city on 1395/01/01, the first day of the year, so the duty of 1395 belongs to its municipality.",
		"The base value of this vehicle type for 1395 is 250,000,777 rial.",
		"The annual duty is 1 per thousand of the base value: 250,000.777 rial.",
		"The vehicle is 15 years old; each year above 10 adds 10 % to the duty, at most 100 %: 125,000.3885 rial.",
		"Since 1396/01/01 payment is 13 whole months late; the penalty is 2 % a month of 375,001.1655 rial: 97,500.30303 rial.",
		"The sum is 472,501.46853 rial, rounded up to the next multiple of 1,000 rial: 473,000 rial.",
	}; !slices.Equal(en, want) {
		t.Error(strings.Join(en, "\n"))
	}
	fa, en = texts(of(t, list, 1390))
	if !strings.Contains(fa[0], "۱۳۹۰/۰۵/۱۰، روز نخستین شماره‌گذاری خودرو") || !strings.Contains(en[0], "first registration") ||
		fa[len(fa)-1] != "جمع ۴۹۲٬۰۰۰ ریال است و گرد کردن لازم ندارد." {
		t.Errorf("%s\n%s", fa, en)
	}
}

func TestWordsOfSpecialCases(t *testing.T) {
	t.Parallel()
	f := worth(car(t, 1380, "1395/01/01", "1396/02/01"), 1395, 250_000_777)
	f.Vehicle.Fuel = tariffs.CNG
	f.Tariffs = altered(t, func(v *tariffs.Version) {
		v.Penalty.Months, v.Penalty.Max, v.Rounding.Mode = tariffs.StartedMonths, 500_000, money.HalfEven
	})
	d := of(t, assess(t, f), 1395)
	for code, want := range map[string][2]string{
		"age_exempt": {"چون گازسوز است", "as a gas-burning vehicle"},
		"penalty":    {"۲ ماه (با ماه جاری)", "2 started months late"},
		"total":      {"به نزدیک‌ترین مضرب ۱٬۰۰۰ ریال", "to the nearest multiple of 1,000 rial"},
	} {
		if s := step(t, d, code); !strings.Contains(s.Text.FA, want[0]) || !strings.Contains(s.Text.EN, want[1]) {
			t.Errorf("%s: %s %s", code, s.Text.FA, s.Text.EN)
		}
	}
	if s := step(t, d, "penalty"); !strings.Contains(s.Text.FA, "، حداکثر ۵۰ درصد است:") || !strings.Contains(s.Text.EN, ", at most 50 %:") {
		t.Errorf("cap: %s %s", s.Text.FA, s.Text.EN)
	}
	f.On = day(t, "1396/01/05")
	if s := step(t, of(t, assess(t, f), 1395), "penalty"); !strings.Contains(s.Text.EN, "1 started month late") {
		t.Error(s.Text.EN)
	}
}

// Every step of every state speaks both languages, in their own digits, and cites law where an amount follows from it.
func TestEveryStepSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	for _, class := range tariffs.Classes() {
		f := car(t, 1370, "1385/01/01", "1407/08/29")
		f.Vehicle.Class = class
		for year := calendar.FiscalYear(1392); year <= 1405; year++ {
			f = worth(f, year, 123_456_789)
		}
		f.Residences[0].From = day(t, "1389/01/01")
		f.Settled = []dues.Settled{{MunicipalityID: zanjan, FiscalYear: 1399, State: dues.Paid, Amount: 1}}
		for _, d := range assess(t, f) {
			for _, s := range d.Steps {
				if s.Code == "" || s.Text.FA == "" || s.Text.EN == "" || strings.ContainsAny(s.Text.FA, "0123456789يك%") ||
					strings.ContainsAny(s.Text.EN, "۰۱۲۳۴۵۶۷۸۹٬٫") || strings.Contains(s.Text.EN+s.Text.FA, "{}") {
					t.Errorf("%d %s: %q %q", d.FiscalYear, s.Code, s.Text.FA, s.Text.EN)
				}
				if strings.Contains(s.Text.EN, "unknown class") || len(s.Inputs) == 0 {
					t.Errorf("%d %s: %q %v", d.FiscalYear, s.Code, s.Text.EN, s.Inputs)
				}
				lawful := slices.Contains([]string{"residence", "annual_duty", "age_surcharge", "penalty", "total"}, s.Code)
				if lawful && (s.Legal.FA == "" || s.Legal.EN == "") {
					t.Errorf("%d %s cites no law", d.FiscalYear, s.Code)
				}
			}
		}
	}
}
