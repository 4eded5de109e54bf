package tariffs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

func national(t testing.TB) tariffs.Book {
	t.Helper()
	book, err := tariffs.National()
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func version(t testing.TB, year calendar.FiscalYear) tariffs.Version {
	t.Helper()
	book := national(t)
	found, ok := book.Find(year, year.End())
	if !ok {
		t.Fatalf("no tariff for %d", year)
	}
	// A deep copy by JSON, so that a test may change it.
	text, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	v, err := tariffs.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func anyVehicle(t *rapid.T) tariffs.Vehicle {
	return tariffs.Vehicle{
		Class: rapid.SampledFrom(tariffs.Classes()).Draw(t, "class"), Usage: rapid.SampledFrom(tariffs.Usages()).Draw(t, "usage"),
		Fuel: rapid.SampledFrom(tariffs.Fuels()).Draw(t, "fuel"), Origin: rapid.SampledFrom(tariffs.Origins()).Draw(t, "origin"),
	}
}

func TestNationalCoversItsYears(t *testing.T) {
	t.Parallel()
	book := national(t)
	if got := len(book.Versions()); got != 1405-1387+1+2 {
		t.Errorf("%d versions", got)
	}
	for year := calendar.FiscalYear(1380); year <= 1410; year++ {
		v, found := book.Find(year, year.End())
		if want := year >= 1387 && year <= 1405; found != want {
			t.Errorf("%d found: %v", year, found)
		}
		if !found {
			if v != nil {
				t.Errorf("%d: a version that was not found", year)
			}
			continue
		}
		number := 1
		if year == 1401 || year == 1402 {
			number = 2 // with the list of cities
		}
		if v.ID != fmt.Sprintf("national/%d/%d", year, number) || v.FiscalYear != year || v.Authority != tariffs.NationalAuthority || v.Number != number {
			t.Errorf("%d: %s %s %d %d", year, v.ID, v.Authority, v.FiscalYear, v.Number)
		}
	}
	if _, found := (tariffs.Book{}).Find(1403, date(t, "1403/06/01")); found {
		t.Error("the empty book has a tariff")
	}
}

// The rates as the two laws give them, for every kind of vehicle.
func TestNationalRates(t *testing.T) {
	t.Parallel()
	book := national(t)
	for _, class := range tariffs.Classes() {
		for _, origin := range tariffs.Origins() {
			for year := calendar.FiscalYear(1387); year <= 1405; year++ {
				var want money.PPM
				switch {
				case year >= 1401 && origin == tariffs.Imported:
					want = 1500
				case year >= 1401 || class == tariffs.PassengerCar || class == tariffs.DoubleCabPickup:
					want = 1000
				}
				checkRate(t, book, year, class, origin, want)
			}
		}
	}
}

func checkRate(t *testing.T, book tariffs.Book, year calendar.FiscalYear, class tariffs.Class, origin tariffs.Origin, want money.PPM) {
	t.Helper()
	v, _ := book.Find(year, year.Start())
	for _, usage := range tariffs.Usages() {
		for _, fuel := range tariffs.Fuels() {
			rule, found := v.Rule(tariffs.AnnualDuty, tariffs.Vehicle{Class: class, Usage: usage, Fuel: fuel, Origin: origin})
			if found != (want > 0) || found && (rule.Rate != want || (rule.Age != nil) != (year <= 1400)) {
				t.Errorf("%d %s %s %s %s: %v %+v, want %d ppm", year, class, usage, fuel, origin, found, rule, want)
			}
		}
	}
}

func TestRuleOfAnotherChargeOrClass(t *testing.T) {
	t.Parallel()
	v := version(t, 1403)
	car := tariffs.Vehicle{Class: tariffs.PassengerCar, Usage: tariffs.Private, Fuel: tariffs.Petrol, Origin: tariffs.Domestic}
	if _, found := v.Rule("pollution_levy", car); found {
		t.Error("a rule for a charge that the tariff does not levy")
	}
	car.Class = "spaceship"
	if _, found := v.Rule(tariffs.AnnualDuty, car); found {
		t.Error("a rule for an unknown class")
	}
	v.Rules[0].Usages, v.Rules[0].Fuels = []tariffs.Usage{tariffs.Taxi}, []tariffs.Fuel{tariffs.CNG}
	taxi := tariffs.Vehicle{Class: tariffs.PassengerCar, Usage: tariffs.Taxi, Fuel: tariffs.CNG, Origin: tariffs.Domestic}
	for _, c := range []struct {
		usage tariffs.Usage
		fuel  tariffs.Fuel
		fits  bool
	}{{tariffs.Taxi, tariffs.CNG, true}, {tariffs.Private, tariffs.CNG, false}, {tariffs.Taxi, tariffs.Petrol, false}} {
		taxi.Usage, taxi.Fuel = c.usage, c.fuel
		if _, found := v.Rule(tariffs.AnnualDuty, taxi); found != c.fits {
			t.Errorf("%s %s fits: %v", c.usage, c.fuel, found)
		}
	}
}

func TestAgeSurcharge(t *testing.T) {
	t.Parallel()
	rule := version(t, 1395).Rules[0].Age
	for _, c := range []struct {
		years int
		fuel  tariffs.Fuel
		want  money.PPM
	}{
		{-1, tariffs.Petrol, 0}, {0, tariffs.Petrol, 0}, {9, tariffs.Petrol, 0}, {10, tariffs.Petrol, 0}, {11, tariffs.Petrol, 100_000}, {15, tariffs.Diesel, 500_000},
		{19, tariffs.Hybrid, 900_000}, {20, tariffs.Petrol, 1_000_000}, {21, tariffs.Petrol, 1_000_000}, {90, tariffs.Petrol, 1_000_000},
		{15, tariffs.CNG, 0}, {90, tariffs.CNG, 0},
	} {
		if got := rule.Surcharge(c.years, c.fuel); got != c.want {
			t.Errorf("%d years, %s: %d ppm, want %d", c.years, c.fuel, got, c.want)
		}
	}
	var none *tariffs.Age
	if got := none.Surcharge(50, tariffs.Petrol); got != 0 {
		t.Errorf("no rule gives %d ppm", got)
	}
}

func TestMonthsLate(t *testing.T) {
	t.Parallel()
	whole := version(t, 1403).Penalty
	started := whole
	started.Months = tariffs.StartedMonths
	for _, c := range []struct {
		on             string
		whole, started int
	}{{"1403/06/01", 0, 0}, {"1403/12/30", 0, 0}, {"1404/01/01", 0, 1}, {"1404/01/31", 0, 1}, {"1404/02/01", 1, 2}, {"1406/01/01", 24, 25}} {
		on, err := calendar.Parse(c.on)
		if err != nil {
			t.Fatal(err)
		}
		if w, s := whole.MonthsLate(1403, on), started.MonthsLate(1403, on); w != c.whole || s != c.started {
			t.Errorf("on %s: %d whole, %d started; want %d, %d", c.on, w, s, c.whole, c.started)
		}
	}
}

// A version read from jsonb, whose keys come in another order, is written with the same bytes.
func TestVersionIsCanonicalJSON(t *testing.T) {
	t.Parallel()
	for _, v := range national(t).Versions() {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var loose map[string]any
		if err := json.Unmarshal(text, &loose); err != nil {
			t.Fatal(err)
		}
		reordered, err := json.MarshalIndent(loose, "", "  ")
		if err != nil || bytes.Equal(reordered, text) {
			t.Fatalf("%s, %v", reordered, err)
		}
		back, err := tariffs.Parse(reordered)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(back); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%s\nbecame\n%s\n%v", text, again, err)
		}
	}
}

func TestParseIsStrict(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(version(t, 1403))
	if err != nil {
		t.Fatal(err)
	}
	good := string(text)
	for name, bad := range map[string]string{
		"empty":          "",
		"array":          "[" + good + "]",
		"cut":            good[:len(good)-1],
		"twice":          good + good,
		"trailing":       good + "x",
		"unknown field":  strings.Replace(good, `"rate_ppm"`, `"rate_pmm"`, 1),
		"unknown top":    strings.Replace(good, `{`, `{"discount":1,`, 1),
		"fraction":       strings.Replace(good, `"rate_ppm":1000`, `"rate_ppm":1000.5`, 1),
		"rounding mode":  strings.Replace(good, `"mode":"up"`, `"mode":"ceil"`, 1),
		"rate as a text": strings.Replace(good, `"rate_ppm":1000`, `"rate_ppm":"1000"`, 1),
	} {
		if _, err := tariffs.Parse([]byte(bad)); fault.Of(err) == nil || fault.Of(err).Code != "tariff_syntax" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tariffs.Parse([]byte(good + "\n")); err != nil {
		t.Error(err)
	}
}

func TestValidateNamesTheFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code, field string
		spoil       func(*tariffs.Version)
	}{
		{"tariff_year", "fiscal_year", func(v *tariffs.Version) { v.FiscalYear = 1386; v.ID = "national/1386/1" }},
		{"tariff_year", "fiscal_year", func(v *tariffs.Version) { v.FiscalYear = 1501; v.ID = "national/1501/1" }},
		{"tariff_id", "id", func(v *tariffs.Version) { v.ID = "national/1395/2" }},
		{"tariff_id", "id", func(v *tariffs.Version) { v.Number = 0; v.ID = "national/1395/0" }},
		{"tariff_id", "id", func(v *tariffs.Version) { v.Authority = ""; v.ID = "/1395/1" }},
		{"tariff_rules", "rules", func(v *tariffs.Version) { v.Rules = nil }},
		{"tariff_charge", "rules[0].charge", func(v *tariffs.Version) { v.Rules[0].Charge = "levy" }},
		{"tariff_scope", "rules[0].classes", func(v *tariffs.Version) { v.Rules[0].Classes = nil }},
		{"tariff_scope", "rules[0].classes", func(v *tariffs.Version) { v.Rules[0].Classes[1] = "spaceship" }},
		{"tariff_scope", "rules[0].classes", func(v *tariffs.Version) { v.Rules[0].Classes[1] = v.Rules[0].Classes[0] }},
		{"tariff_scope", "rules[0].origins", func(v *tariffs.Version) { v.Rules[0].Origins = nil }},
		{"tariff_scope", "rules[0].origins", func(v *tariffs.Version) { v.Rules[0].Origins[0] = "lunar" }},
		{"tariff_scope", "rules[0].usages", func(v *tariffs.Version) { v.Rules[0].Usages = []tariffs.Usage{"race"} }},
		{"tariff_scope", "rules[0].fuels", func(v *tariffs.Version) { v.Rules[0].Fuels = []tariffs.Fuel{tariffs.CNG, tariffs.CNG} }},
		{"tariff_rate", "rules[0].rate_ppm", func(v *tariffs.Version) { v.Rules[0].Rate = 0 }},
		{"tariff_rate", "rules[0].rate_ppm", func(v *tariffs.Version) { v.Rules[0].Rate = -1 }},
		{"tariff_rate", "rules[0].rate_ppm", func(v *tariffs.Version) { v.Rules[0].Rate = money.One + 1 }},
		{"tariff_age", "rules[0].age", func(v *tariffs.Version) { v.Rules[0].Age.FreeYears = -1 }},
		{"tariff_age", "rules[0].age", func(v *tariffs.Version) { v.Rules[0].Age.PerYear = 0 }},
		{"tariff_age", "rules[0].age", func(v *tariffs.Version) { v.Rules[0].Age.Max = v.Rules[0].Age.PerYear - 1 }},
		{"tariff_age", "rules[0].age", func(v *tariffs.Version) { v.Rules[0].Age.Max = 10*money.One + 1 }},
		{"tariff_age", "rules[0].age", func(v *tariffs.Version) { v.Rules[0].Age.ExemptFuels = []tariffs.Fuel{"coal"} }},
		{"tariff_legal", "rules[0].age.legal", func(v *tariffs.Version) { v.Rules[0].Age.Legal.FA = "" }},
		{"tariff_legal", "rules[0].legal", func(v *tariffs.Version) { v.Rules[0].Legal.EN = "" }},
		{"tariff_overlap", "rules[1]", func(v *tariffs.Version) { v.Rules = append(v.Rules, v.Rules[0]) }},
		{"tariff_penalty", "penalty", func(v *tariffs.Version) { v.Penalty.PerMonth = 0 }},
		{"tariff_penalty", "penalty", func(v *tariffs.Version) { v.Penalty.Start = "" }},
		{"tariff_penalty", "penalty", func(v *tariffs.Version) { v.Penalty.Max = -1 }},
		{"tariff_penalty", "penalty.months", func(v *tariffs.Version) { v.Penalty.Months = "some" }},
		{"tariff_legal", "penalty.legal", func(v *tariffs.Version) { v.Penalty.Legal = fault.Text{} }},
		{"tariff_from", "from", func(v *tariffs.Version) { v.From = v.FiscalYear.Start() }},
		{"tariff_from", "from", func(v *tariffs.Version) { v.From = (v.FiscalYear - 1).End() }},
		{"tariff_from", "from", func(v *tariffs.Version) { v.From = calendar.Date{Year: 1395, Month: 13, Day: 1} }},
		{"tariff_rounding", "rounding", func(v *tariffs.Version) { v.Rounding.Unit = 0 }},
		{"tariff_rounding", "rounding", func(v *tariffs.Version) { v.Rounding.Unit = 1_000_001 }},
		{"tariff_rounding", "rounding", func(v *tariffs.Version) { v.Rounding.Mode = "" }},
		{"tariff_legal", "rounding.legal", func(v *tariffs.Version) { v.Rounding.Legal.FA = "" }},
	} {
		v := version(t, 1395)
		c.spoil(&v)
		f := fault.Of(v.Validate())
		if f == nil || f.Code != c.code || len(f.Fields) != 1 || f.Fields[0].Name != c.field {
			t.Errorf("%s on %s: got %+v", c.code, c.field, f)
		}
		if _, err := tariffs.NewBook(v); fault.Of(err) == nil || fault.Of(err).Code != c.code {
			t.Errorf("%s: a book took it: %v", c.code, err)
		}
	}
}

func TestBookFindsTheVersionInForce(t *testing.T) {
	t.Parallel()
	first, second, third, local := version(t, 1403), version(t, 1403), version(t, 1403), version(t, 1404)
	second.Number, second.From = 2, date(t, "1403/02/10")
	third.Number, third.From = 3, date(t, "1404/05/01") // of the year that is over, for assessments from then on
	local.Authority = "17"
	versions := []tariffs.Version{local, third, second, first}
	for i := range versions {
		v := &versions[i]
		v.ID = tariffs.VersionID(v.Authority, v.FiscalYear, v.Number)
	}
	book, err := tariffs.NewBook(versions...)
	if err != nil {
		t.Fatal(err)
	}
	for on, want := range map[string]string{"1402/12/29": "", "1403/01/01": "national/1403/1", "1403/02/09": "national/1403/1", "1403/02/10": "national/1403/2",
		"1404/04/31": "national/1403/2", "1404/05/01": "national/1403/3", "1409/01/01": "national/1403/3"} {
		v, found := book.Find(1403, date(t, on))
		if found != (want != "") || found && v.ID != want || !found && v != nil {
			t.Errorf("%s: %v, want %q", on, v, want)
		}
	}
	if _, found := book.Find(1404, date(t, "1404/06/01")); found {
		t.Error("a city's tariff was taken for the national one")
	}
	if versions[0].Authority != "17" {
		t.Error("the caller's list was reordered")
	}
	ids := []string{}
	for _, v := range book.Versions() {
		ids = append(ids, v.ID)
	}
	if !slices.Equal(ids, []string{"17/1404/1", "national/1403/1", "national/1403/2", "national/1403/3"}) {
		t.Error(ids)
	}
}

// TestBookRefusesVersionsThatDoNotFollow makes every row of a pair of versions wrong in one way: nothing is silently left out.
func TestBookRefusesVersionsThatDoNotFollow(t *testing.T) {
	t.Parallel()
	type row struct {
		number int
		from   string
	}
	for _, c := range []struct {
		code string
		rows []row
	}{
		{"", []row{{1, ""}, {2, "1403/02/10"}, {3, "1403/02/11"}}},
		{"tariff_twice", []row{{1, ""}, {2, "1403/02/10"}, {1, ""}}},
		{"tariff_twice", []row{{1, ""}, {2, "1403/02/10"}, {2, "1403/02/11"}}},
		{"tariff_number", []row{{1, ""}, {3, "1403/02/10"}}},
		{"tariff_number", []row{{2, "1403/02/10"}}},
		{"tariff_gap", []row{{1, "1403/01/02"}}},
		{"tariff_gap", []row{{1, "1403/01/02"}, {2, "1403/02/10"}}},
		{"tariff_same_day", []row{{1, ""}, {2, ""}}},
		{"tariff_same_day", []row{{1, ""}, {2, "1403/02/10"}, {3, "1403/02/10"}}},
		{"tariff_order", []row{{1, ""}, {2, "1403/02/10"}, {3, "1403/02/09"}}},
		{"tariff_order", []row{{1, ""}, {2, "1403/02/10"}, {3, ""}}},
		{"tariff_from", []row{{1, "1403/01/01"}}}, // the same as none: one version has one text
		{"tariff_from", []row{{1, ""}, {2, "1402/12/29"}}},
	} {
		versions := []tariffs.Version{version(t, 1404)} // another year does not make up for it
		for _, r := range c.rows {
			v := version(t, 1403)
			v.Number, v.ID = r.number, tariffs.VersionID(v.Authority, 1403, r.number)
			if r.from != "" {
				v.From = date(t, r.from)
			}
			versions = append(versions, v)
		}
		for range 2 {
			if _, err := tariffs.NewBook(versions...); code(err) != c.code {
				t.Errorf("%+v: %v, want %s", c.rows, err, c.code)
			}
			slices.Reverse(versions)
		}
	}
}

// Whatever scopes two valid rules have, no vehicle fits both.
func TestAtMostOneRuleFits(t *testing.T) {
	t.Parallel()
	base := version(t, 1403)
	rapid.Check(t, func(t *rapid.T) {
		v := base
		v.Rules = nil
		for range rapid.IntRange(1, 4).Draw(t, "rules") {
			rule := base.Rules[0]
			rule.Classes = rapid.SliceOfNDistinct(rapid.SampledFrom(tariffs.Classes()), 1, 2, rapid.ID).Draw(t, "classes")
			rule.Origins = rapid.SliceOfNDistinct(rapid.SampledFrom(tariffs.Origins()), 1, 2, rapid.ID).Draw(t, "origins")
			rule.Usages = rapid.SliceOfNDistinct(rapid.SampledFrom(tariffs.Usages()), 0, 2, rapid.ID).Draw(t, "usages")
			rule.Fuels = rapid.SliceOfNDistinct(rapid.SampledFrom(tariffs.Fuels()), 0, 2, rapid.ID).Draw(t, "fuels")
			v.Rules = append(v.Rules, rule)
		}
		overlap := false
		for _, class := range tariffs.Classes() {
			for _, origin := range tariffs.Origins() {
				for _, usage := range tariffs.Usages() {
					for _, fuel := range tariffs.Fuels() {
						fits := 0
						for i := range v.Rules {
							if v.Rules[i].Fits(tariffs.Vehicle{Class: class, Usage: usage, Fuel: fuel, Origin: origin}) {
								fits++
							}
						}
						overlap = overlap || fits > 1
					}
				}
			}
		}
		if err := v.Validate(); overlap != (err != nil) || err != nil && fault.Of(err).Code != "tariff_overlap" {
			t.Fatalf("overlap %v, %v", overlap, err)
		}
	})
}

func TestEnumsKnowTheirValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := anyVehicle(t)
		if !v.Class.Valid() || !v.Usage.Valid() || !v.Fuel.Valid() || !v.Origin.Valid() {
			t.Fatalf("%+v", v)
		}
	})
	if tariffs.Class("").Valid() || tariffs.Usage("").Valid() || tariffs.Fuel("").Valid() || tariffs.Origin("").Valid() {
		t.Error("an empty value is valid")
	}
}

func FuzzParse(f *testing.F) {
	for _, year := range []calendar.FiscalYear{1395, 1403} {
		text, err := json.Marshal(version(f, year))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	text, err := json.Marshal(council(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(bytes.Replace(text, []byte(`"number":1`), []byte(`"number":1,"NUMBER":2`), 1))
	f.Add(text[:bytes.Index(text, []byte(`"truck"`))+4])
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := tariffs.Parse(text)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("no public meaning: %v", err)
			}
			return
		}
		written, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		back, err := tariffs.Parse(written)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if again, err := json.Marshal(back); err != nil || !bytes.Equal(again, written) {
			t.Fatalf("%s became %s, %v", written, again, err)
		}
		if changes := tariffs.Diff(v, back); len(changes) != 0 {
			t.Fatalf("%+v", changes)
		}
	})
}
