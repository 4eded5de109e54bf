package dues_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

const tehran, shiraz = 520, 122

// with adds a city's version to the national book.
func with(t testing.TB, v tariffs.Version) tariffs.Book {
	t.Helper()
	v.ID = tariffs.VersionID(v.Authority, v.FiscalYear, v.Number)
	book, err := tariffs.NewBook(append(national(t).Versions(), v)...)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func decision(t testing.TB, kind dues.DecisionKind) dues.Decision {
	t.Helper()
	return dues.Decision{ID: "d1", Kind: kind, FromYear: 1402, ThroughYear: 1402, Actor: "u-7", ValidFrom: day(t, "1402/01/01"),
		Reason: fault.Text{FA: "رأی هیئت", EN: "ruling of the board"}}
}

// plain owes 3,000,000 for 1402 and twelve months' penalty of it: 720,000.
func plain(t testing.TB) dues.Facts {
	t.Helper()
	f := worth(car(t, 1402, "1402/01/01", "1404/01/10"), 1402, 3_000_000_000)
	f.Residences[0].MunicipalityID = zanjan
	return f
}

func TestDecisionsChangeADue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		shape func(*dues.Decision)
		state dues.State
		total money.Rial
		lines []dues.Line
	}{
		{"exempt", func(d *dues.Decision) { d.Kind = dues.GrantExemption }, dues.Exempt, 0, nil},
		{"exempt from another charge", func(d *dues.Decision) { d.Kind, d.Charge = dues.GrantExemption, tariffs.PollutionLevy }, dues.Assessed, 3_720_000, nil},
		{"discount by rate", func(d *dues.Decision) { d.Kind, d.Rate = dues.GrantDiscount, 100_000 }, dues.Assessed, 3_348_000,
			[]dues.Line{{"annual_duty", 3_000_000}, {"discount", -300_000}, {"penalty", 648_000}}},
		{"discount by amount", func(d *dues.Decision) { d.Kind, d.Amount = dues.GrantDiscount, 1_000_000 }, dues.Assessed, 2_480_000, nil},
		{"discount of all", func(d *dues.Decision) { d.Kind, d.Amount = dues.GrantDiscount, 9_000_000 }, dues.Exempt, 0,
			[]dues.Line{{"annual_duty", 3_000_000}, {"discount", -3_000_000}}},
		{"penalty waived", func(d *dues.Decision) { d.Kind, d.Rate = dues.WaivePenalty, money.One }, dues.Assessed, 3_000_000,
			[]dues.Line{{"annual_duty", 3_000_000}, {"penalty", 720_000}, {"penalty_waiver", -720_000}}},
		{"part of the penalty waived", func(d *dues.Decision) { d.Kind, d.Amount = dues.WaivePenalty, 20_000 }, dues.Assessed, 3_700_000, nil},
		{"extra", func(d *dues.Decision) { d.Kind, d.Amount = dues.AddExtra, 55_500 }, dues.Assessed, 3_776_000,
			[]dues.Line{{"annual_duty", 3_000_000}, {"penalty", 720_000}, {"extra", 55_500}, {"rounding", 500}}},
		{"credit", func(d *dues.Decision) { d.Kind, d.Amount = dues.GiveCredit, 720_000 }, dues.Assessed, 3_000_000, nil},
		{"credit of more", func(d *dues.Decision) { d.Kind, d.Amount = dues.GiveCredit, 9_000_000 }, dues.Exempt, 0,
			[]dues.Line{{"annual_duty", 3_000_000}, {"penalty", 720_000}, {"credit", -3_720_000}}},
		{"review", func(d *dues.Decision) { d.Kind = dues.HoldForReview }, dues.UnderReview, 3_720_000, nil},
		{"another year", func(d *dues.Decision) { d.Kind, d.FromYear, d.ThroughYear = dues.GrantExemption, 1403, 1404 }, dues.Assessed, 3_720_000, nil},
		{"another city", func(d *dues.Decision) { d.Kind, d.MunicipalityID = dues.GrantExemption, abhar }, dues.Assessed, 3_720_000, nil},
		{"not valid yet", func(d *dues.Decision) { d.Kind, d.ValidFrom = dues.GrantExemption, day(t, "1404/01/11") }, dues.Assessed, 3_720_000, nil},
		{"not valid any more", func(d *dues.Decision) { d.Kind, d.ValidTo = dues.GrantExemption, day(t, "1404/01/10") }, dues.Assessed, 3_720_000, nil},
		{"still valid", func(d *dues.Decision) { d.Kind, d.ValidTo = dues.GrantExemption, day(t, "1404/01/11") }, dues.Exempt, 0, nil},
	} {
		f := plain(t)
		f.Decisions = []dues.Decision{decision(t, "")}
		c.shape(&f.Decisions[0])
		d := of(t, assess(t, f), 1402)
		if d.State != c.state || d.Total != c.total || c.lines != nil && !slices.Equal(d.Lines, c.lines) {
			t.Errorf("%s: %s, %d, %v", c.name, d.State, d.Total, d.Lines)
		}
		holds := !strings.HasPrefix(c.name, "another ") && !strings.HasPrefix(c.name, "not valid")
		if (len(d.Cites.Decisions) == 1) != holds {
			t.Errorf("%s: cites %v", c.name, d.Cites.Decisions)
		}
		told := slices.ContainsFunc(d.Steps, func(s dues.Step) bool {
			return slices.Contains(s.Inputs, dues.Input{Name: "decision", Value: f.Decisions[0].ID}) &&
				strings.Contains(s.Text.FA, f.Decisions[0].Reason.FA) && strings.Contains(s.Text.EN, f.Decisions[0].Reason.EN)
		})
		if counts := holds && c.name != "exempt from another charge"; told != counts {
			t.Errorf("%s: the explanation tells the decision and its reason: %t", c.name, told)
		}
	}
}

func TestBadDecisionsAreRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*dues.Decision){
		"no id":              func(d *dues.Decision) { d.ID = "" },
		"no actor":           func(d *dues.Decision) { d.Actor = "" },
		"no reason":          func(d *dues.Decision) { d.Reason.EN = "" },
		"no kind":            func(d *dues.Decision) { d.Kind = "gift" },
		"unknown charge":     func(d *dues.Decision) { d.Charge = "levy" },
		"years back":         func(d *dues.Decision) { d.ThroughYear = 1401 },
		"gregorian":          func(d *dues.Decision) { d.FromYear, d.ThroughYear = 2023, 2024 },
		"no day":             func(d *dues.Decision) { d.ValidFrom = calendar.Date{} },
		"over before":        func(d *dues.Decision) { d.ValidTo = d.ValidFrom },
		"both":               func(d *dues.Decision) { d.Amount = 1 },
		"neither":            func(d *dues.Decision) { d.Rate = 0 },
		"more than all":      func(d *dues.Decision) { d.Rate = money.One + 1 },
		"negative":           func(d *dues.Decision) { d.Rate, d.Amount = 0, -1 },
		"extra by rate":      func(d *dues.Decision) { d.Kind = dues.AddExtra },
		"exempt by a rate":   func(d *dues.Decision) { d.Kind = dues.GrantExemption },
		"municipality below": func(d *dues.Decision) { d.MunicipalityID = -1 },
	} {
		f := plain(t)
		f.Decisions = []dues.Decision{decision(t, dues.GrantDiscount)}
		f.Decisions[0].Rate = 1
		assess(t, f)
		spoil(&f.Decisions[0])
		if _, err := dues.Assess(f); err == nil {
			t.Errorf("%s passed", name)
		}
	}
	f := plain(t)
	f.Decisions = []dues.Decision{decision(t, dues.HoldForReview), decision(t, dues.GrantExemption)}
	if _, err := dues.Assess(f); err == nil {
		t.Error("an id twice passed")
	}
}

func heavy(amount money.Rial, per tariffs.Unit) tariffs.Version {
	return tariffs.Version{Authority: tariffs.MunicipalAuthority(zanjan), FiscalYear: 1395, Number: 1,
		Rules: []tariffs.Rule{{Charge: tariffs.AnnualDuty, Scope: tariffs.Scope{Classes: []tariffs.Class{tariffs.Truck}, Origins: tariffs.Origins()},
			Fixed: &tariffs.Fixed{Amount: amount, Per: per}, Legal: fault.Text{FA: "مصوبهٔ شورای شهر", EN: "decision of the city council"}}}}
}

func TestCityTaxesWhatTheLawLeaves(t *testing.T) {
	t.Parallel()
	f := car(t, 1390, "1395/01/01", "1396/03/01")
	f.Vehicle.Class, f.Vehicle.Cylinders = tariffs.Truck, 6
	if d := of(t, assess(t, f), 1395); d.State != dues.MissingTariff || !strings.Contains(d.Steps[len(d.Steps)-1].Text.FA, "به شورای شهر واگذاشته") {
		t.Errorf("%+v", d)
	}
	f.Tariffs = with(t, heavy(100_000, tariffs.PerCylinder))
	d := of(t, assess(t, f), 1395) // 600,000 and two months at 2 %, without any valuation
	if d.State != dues.Assessed || d.Total != 624_000 || d.Cites.LocalTariffID != "17/1395/1" || d.Cites.TariffID != "national/1395/1" || d.Cites.Base != 0 {
		t.Errorf("%+v", d)
	}
	if s := step(t, d, "local_tariff"); s.Charge != tariffs.AnnualDuty || input(s, "tariff_id") != "17/1395/1" {
		t.Errorf("%+v", s)
	}
	if tree := dues.Tree(d); len(tree) != 3 || tree[1].Code != "charge" || len(tree[1].Children) != 3 || !strings.Contains(tree[1].Text.FA, "تعرفهٔ شهرداری در چارچوب تعرفهٔ ملی") {
		t.Errorf("%+v", tree)
	}
	f.Vehicle.Cylinders = 0
	if d := of(t, assess(t, f), 1395); d.State != dues.MissingTariff || d.Total != 0 || !strings.Contains(d.Steps[len(d.Steps)-1].Text.EN, "cylinders") {
		t.Errorf("%+v", d)
	}
	f.Residences[0].MunicipalityID = abhar
	if d := of(t, assess(t, f), 1395); d.State != dues.MissingTariff {
		t.Errorf("another city's tariff: %+v", d)
	}
	// A passenger car stays under the national rule, whatever the city writes.
	v := heavy(1, tariffs.PerVehicle)
	v.Rules[0].Classes = tariffs.Classes()
	f = worth(car(t, 1390, "1395/01/01", "1395/03/01"), 1395, 250_000_000)
	f.Tariffs = with(t, v)
	if d := of(t, assess(t, f), 1395); d.Total != 250_000 {
		t.Errorf("%+v", d)
	}
}

func TestPollutionLevyIsNeverZero(t *testing.T) {
	t.Parallel()
	f := worth(worth(car(t, 1401, "1401/01/01", "1402/12/29"), 1401, 1_000_000_000), 1402, 1_000_000_000)
	for _, c := range []struct{ city, in1401, in1402 int }{{tehran, 1, 1}, {shiraz, 0, 1}, {zanjan, 0, 0}} {
		f.Residences[0].MunicipalityID = c.city
		list := assess(t, f)
		for year, want := range map[calendar.FiscalYear]int{1401: c.in1401, 1402: c.in1402} {
			d := of(t, list, year)
			told := slices.ContainsFunc(d.Steps, func(s dues.Step) bool { return s.Code == "levy_unrated" && s.Amount == "" })
			if d.State != dues.Assessed || len(d.Unrated) != want || told != (want == 1) || amount(d, dues.PollutionLevy) != 0 || amount(d, dues.AnnualDuty) != 1_000_000 {
				t.Errorf("%d in city %d: %+v", year, c.city, d)
			}
		}
	}
	levy := tariffs.Version{Authority: tariffs.MunicipalAuthority(tehran), FiscalYear: 1402, Number: 1, Rules: []tariffs.Rule{{Charge: tariffs.PollutionLevy, Rate: 500,
		Scope: tariffs.Scope{Classes: tariffs.Classes(), Origins: tariffs.Origins()}, Legal: fault.Text{FA: "نرخ", EN: "rate"}}}}
	f.Residences[0].MunicipalityID, f.Tariffs = tehran, with(t, levy)
	if d := of(t, assess(t, f), 1402); len(d.Unrated) != 0 || !slices.Equal(d.Lines, []dues.Line{{"annual_duty", 1_000_000}, {"pollution_levy", 500_000}}) {
		t.Errorf("%+v", d)
	}
}

func TestVersionsRelieve(t *testing.T) {
	t.Parallel()
	law := fault.Text{FA: "قانون", EN: "law"}
	for _, c := range []struct {
		name   string
		change func(*tariffs.Version)
		shape  func(*dues.Facts)
		state  dues.State
		total  money.Rial
		code   string
	}{
		{"usage", func(v *tariffs.Version) {
			v.Exemptions = []tariffs.Exemption{{ID: "farm", Charge: tariffs.AnnualDuty, Scope: tariffs.Scope{Usages: []tariffs.Usage{tariffs.Agricultural}}, Legal: law}}
		}, func(f *dues.Facts) { f.Vehicle.Usage, f.Valuations = tariffs.Agricultural, nil }, dues.Exempt, 0, "exempt"},
		{"category", func(v *tariffs.Version) {
			v.Exemptions = []tariffs.Exemption{{ID: "ambulance", Charge: tariffs.AnnualDuty, Scope: tariffs.Scope{Categories: []tariffs.Category{"ambulance"}}, Legal: law}}
		}, func(f *dues.Facts) { f.Vehicle.Category = "ambulance" }, dues.Exempt, 0, "exempt"},
		{"no category", func(v *tariffs.Version) {
			v.Exemptions = []tariffs.Exemption{{ID: "ambulance", Charge: tariffs.AnnualDuty, Scope: tariffs.Scope{Categories: []tariffs.Category{"ambulance"}}, Legal: law}}
		}, func(*dues.Facts) {}, dues.Assessed, 3_720_000, "total"},
		{"discount now", func(v *tariffs.Version) {
			v.Discounts = []tariffs.Discount{{ID: "x", Kind: tariffs.CouncilDecision, Charge: tariffs.AnnualDuty, Rate: 250_000, From: day(t, "1404/01/10"), Through: day(t, "1404/01/10"), Legal: law}}
		}, func(*dues.Facts) {}, dues.Assessed, 2_790_000, "discount"},
		{"discount yesterday", func(v *tariffs.Version) {
			v.Discounts = []tariffs.Discount{{ID: "x", Kind: tariffs.CouncilDecision, Charge: tariffs.AnnualDuty, Rate: 250_000, From: day(t, "1404/01/01"), Through: day(t, "1404/01/09"), Legal: law}}
		}, func(*dues.Facts) {}, dues.Assessed, 3_720_000, "total"},
		{"waiver", func(v *tariffs.Version) {
			v.Waivers = []tariffs.Waiver{{ID: "x", Charge: tariffs.AnnualDuty, Rate: 500_000, From: day(t, "1404/01/01"), Through: day(t, "1404/12/29"), Legal: law}}
		}, func(*dues.Facts) {}, dues.Assessed, 3_360_000, "penalty_waiver"},
		{"below the minimum", func(v *tariffs.Version) { v.Minimum = tariffs.Minimum{Amount: 3_000_001, Legal: law} }, func(*dues.Facts) {}, dues.Exempt, 0, "below_minimum"},
		{"at the minimum", func(v *tariffs.Version) { v.Minimum = tariffs.Minimum{Amount: 3_000_000, Legal: law} }, func(*dues.Facts) {}, dues.Assessed, 3_720_000, "total"},
		{"new by months", func(v *tariffs.Version) { v.FirstYear = tariffs.YearShare{Mode: tariffs.ByMonths, Legal: law} },
			func(f *dues.Facts) { f.Vehicle.FirstRegistered = day(t, "1402/10/30") }, dues.Assessed, 930_000, "year_share"},
		{"new and free", func(v *tariffs.Version) { v.FirstYear = tariffs.YearShare{Mode: tariffs.NoYear, Legal: law} },
			func(*dues.Facts) {}, dues.Exempt, 0, "year_not_owed"},
		{"scrapped by months", func(v *tariffs.Version) {
			v.LastYear = []tariffs.LastYear{{Reason: tariffs.Scrapped, YearShare: tariffs.YearShare{Mode: tariffs.ByMonths, Legal: law}}}
		}, func(f *dues.Facts) { f.Vehicle.Ended, f.Vehicle.EndReason = day(t, "1402/03/01"), tariffs.Scrapped }, dues.Assessed, 930_000, "year_share"},
		{"exported, no rule", func(v *tariffs.Version) {
			v.LastYear = []tariffs.LastYear{{Reason: tariffs.Scrapped, YearShare: tariffs.YearShare{Mode: tariffs.ByMonths, Legal: law}}}
		}, func(f *dues.Facts) { f.Vehicle.Ended, f.Vehicle.EndReason = day(t, "1402/03/01"), tariffs.Exported }, dues.Assessed, 3_720_000, "total"},
		{"new and scrapped in a year", func(v *tariffs.Version) {
			v.FirstYear = tariffs.YearShare{Mode: tariffs.ByMonths, Legal: law}
			v.LastYear = []tariffs.LastYear{{Reason: tariffs.Scrapped, YearShare: tariffs.YearShare{Mode: tariffs.ByMonths, Legal: law}}}
		}, func(f *dues.Facts) {
			f.Vehicle.FirstRegistered = day(t, "1402/05/30")
			f.Vehicle.Ended, f.Vehicle.EndReason = day(t, "1402/06/01"), tariffs.Scrapped
		}, dues.Assessed, 620_000, "year_share"},
	} {
		f := plain(t)
		f.Tariffs = altered(t, c.change)
		c.shape(&f)
		d := of(t, assess(t, f), 1402)
		if d.State != c.state || d.Total != c.total {
			t.Errorf("%s: %s %d %v", c.name, d.State, d.Total, d.Lines)
		}
		step(t, d, c.code)
	}
}

func TestNothingIsOwedAfterTheEnd(t *testing.T) {
	t.Parallel()
	f := car(t, 1398, "1398/02/01", "1404/01/10")
	f.Vehicle.Ended, f.Vehicle.EndReason = day(t, "1401/12/29"), tariffs.Exported
	if list := assess(t, f); len(list) != 4 || list[3].FiscalYear != 1401 {
		t.Errorf("%+v", list)
	}
	f.On = day(t, "1400/01/10") // not gone yet
	if list := assess(t, f); len(list) != 3 {
		t.Errorf("%+v", list)
	}
	for name, spoil := range map[string]func(*dues.Vehicle){
		"no reason":       func(v *dues.Vehicle) { v.EndReason = "" },
		"no day":          func(v *dues.Vehicle) { v.Ended = calendar.Date{} },
		"unknown reason":  func(v *dues.Vehicle) { v.EndReason = "sold" },
		"before it began": func(v *dues.Vehicle) { v.Ended = day(t, "1398/01/31") },
		"cylinders":       func(v *dues.Vehicle) { v.Cylinders = -1 },
		"category":        func(v *dues.Vehicle) { v.Category = "A" },
	} {
		g := f
		spoil(&g.Vehicle)
		if _, err := dues.Assess(g); err == nil {
			t.Errorf("%s passed", name)
		}
	}
}

func TestRecomputeRefusesWhatItCannotKnow(t *testing.T) {
	t.Parallel()
	var old dues.Cites // as bills stored them before cites held the vehicle
	if err := json.Unmarshal([]byte(`{"tariff_id":"national/1393/1","valuation_id":"V1393","residence_day":"1393/01/01","on":"1395/04/20"}`), &old); err != nil {
		t.Fatal(err)
	}
	if old.TariffID != "national/1393/1" || old.On != day(t, "1395/04/20") || old.Vehicle != nil {
		t.Errorf("%+v", old)
	}
	if _, err := dues.Recompute(old, 1393, national(t)); !errors.Is(err, dues.ErrCitesIncomplete) {
		t.Error(err)
	}
	cites := of(t, assess(t, plain(t)), 1402).Cites
	if _, err := dues.Recompute(cites, 1402, tariffs.Book{}); !errors.Is(err, dues.ErrTariffUnknown) {
		t.Error(err)
	}
	cites.LocalTariffID = "17/1402/1"
	if _, err := dues.Recompute(cites, 1402, national(t)); !errors.Is(err, dues.ErrTariffUnknown) {
		t.Error(err)
	}
	cites.LocalTariffID, cites.Base = "", -1
	if _, err := dues.Recompute(cites, 1402, national(t)); err == nil {
		t.Error("a base below zero")
	}
	if _, err := dues.Recompute(of(t, assess(t, plain(t)), 1402).Cites, 1403, national(t)); err == nil {
		t.Error("another year than the tariff's")
	}
}

func TestRenderReadsAloud(t *testing.T) {
	t.Parallel()
	f := plain(t)
	f.Vehicle.TypeCode = "X"
	f.Decisions = []dues.Decision{decision(t, dues.WaivePenalty)}
	f.Decisions[0].Rate = 500_000
	d := of(t, assess(t, f), 1402)
	if got, want := dues.Render(d, dues.Persian), `عوارض سال ۱۴۰۲: محاسبه‌شده، ۳٬۳۶۰٬۰۰۰ ریال
۱. مالک در ۱۴۰۲/۰۱/۰۱، نخستین روز سال، ساکن این شهر بوده است؛ پس عوارض سال ۱۴۰۲ به شهرداری همین شهر می‌رسد.
   مستند: مادهٔ ۴۱ قانون دائمی مالیات بر ارزش افزوده مصوب ۱۴۰۰
۲. ارزش مبنای این نوع خودرو در سال ۱۴۰۲ برابر ۳٬۰۰۰٬۰۰۰٬۰۰۰ ریال است.
۳. عوارض سالانه، بر پایهٔ تعرفهٔ ملی سال ۱۴۰۲
  ۳-۱. عوارض سالانه ۱ در هزار ارزش مبناست: ۳٬۰۰۰٬۰۰۰ ریال.
     مستند: بند (الف) مادهٔ ۲۹ قانون دائمی مالیات بر ارزش افزوده مصوب ۱۴۰۰: یک در هزار قیمت فروش کارخانه
  ۳-۲. پرداخت از ۱۴۰۳/۰۱/۰۱، ۱۲ ماه کامل دیر شده است؛ جریمه ماهی ۲ درصد از ۳٬۰۰۰٬۰۰۰ ریال است: ۷۲۰٬۰۰۰ ریال.
     مستند: مادهٔ ۳۷ قانون دائمی مالیات بر ارزش افزوده مصوب ۱۴۰۰
  ۳-۳. با تصمیم ۱۴۰۲/۰۱/۰۱ از جریمه ۳۶۰٬۰۰۰ ریال کم می‌شود: رأی هیئت
۴. جمع ۳٬۳۶۰٬۰۰۰ ریال است و گرد کردن لازم ندارد.
   مستند: دستورالعمل شناسهٔ قبض و شناسهٔ پرداخت: مبلغ قبض مضربی از هزار ریال است
تاریخ محاسبه: ۱۴۰۴/۰۱/۱۰
`; got != want {
		t.Errorf("%s", got)
	}
	f.Residences = nil
	if got := dues.Render(of(t, assess(t, f), 1402), dues.English); !strings.HasPrefix(got, "Dues of 1402: residence missing\n1. The owner's residence") {
		t.Error(got)
	}
}

func TestAReportedPaymentShowsItsSource(t *testing.T) {
	t.Parallel()
	f := plain(t)
	f.Settled = []dues.Settled{{MunicipalityID: zanjan, FiscalYear: 1402, State: dues.Paid, Amount: 3_000_000,
		Report: &dues.Report{Reference: "F-12", PaidOn: day(t, "1402/05/01")}}}
	d := of(t, assess(t, f), 1402)
	s := step(t, d, "paid")
	if d.State != dues.Paid || d.Balance != 0 || d.Total != 3_000_000 || input(s, "source") != "city_report" || input(s, "reference") != "F-12" ||
		!strings.Contains(s.Text.FA, "۱۴۰۲/۰۵/۰۱، شمارهٔ پیگیری F-۱۲") || !strings.Contains(s.Text.EN, "on 1402/05/01, reference F-12.") {
		t.Errorf("%+v", d)
	}
	for name, spoil := range map[string]func(*dues.Settled){
		"claimed":      func(s *dues.Settled) { s.State = dues.Claimed },
		"no reference": func(s *dues.Settled) { s.Report = &dues.Report{PaidOn: s.Report.PaidOn} },
		"no day":       func(s *dues.Settled) { s.Report = &dues.Report{Reference: "F-12"} },
	} {
		g := f
		g.Settled = slices.Clone(f.Settled)
		spoil(&g.Settled[0])
		if _, err := dues.Assess(g); err == nil {
			t.Errorf("%s passed", name)
		}
	}
}
