package tariffs_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

var law = fault.Text{FA: "مصوبه", EN: "decision"}

func date(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// council is a city's version for 1395 with every part that a city may have: trucks and motorcycles are left to it.
func council(t testing.TB) tariffs.Version {
	t.Helper()
	scope := func(class tariffs.Class) tariffs.Scope {
		return tariffs.Scope{Classes: []tariffs.Class{class}, Origins: tariffs.Origins()}
	}
	small, large := scope(tariffs.Truck), scope(tariffs.Truck)
	small.Cylinders, large.Cylinders = tariffs.Span{Through: 5}, tariffs.Span{From: 6}
	old := scope(tariffs.Motorcycle)
	old.ModelYears = tariffs.Span{From: 1370, Through: 1385}
	v := tariffs.Version{
		Authority: "17", FiscalYear: 1395, Number: 1, ID: "17/1395/1",
		Rules: []tariffs.Rule{
			{Charge: tariffs.AnnualDuty, Scope: small, Fixed: &tariffs.Fixed{Amount: 300_000, Per: tariffs.PerVehicle}, Legal: law},
			{Charge: tariffs.AnnualDuty, Scope: large, Fixed: &tariffs.Fixed{Amount: 100_000, Per: tariffs.PerCylinder}, Legal: law},
			{Charge: tariffs.AnnualDuty, Scope: scope(tariffs.Motorcycle), Rate: 500, Legal: law},
			{Charge: tariffs.AnnualDuty, Scope: old, Priority: 1, Rate: 700, Age: version(t, 1395).Rules[0].Age, Legal: law},
		},
		Exemptions: []tariffs.Exemption{{ID: "farm", Charge: tariffs.AnnualDuty,
			Scope: tariffs.Scope{Classes: []tariffs.Class{tariffs.Truck}, Usages: []tariffs.Usage{tariffs.Agricultural}, Categories: []tariffs.Category{"tractor_1"}}, Legal: law}},
		Discounts: []tariffs.Discount{
			{ID: "early", Kind: tariffs.EarlyPayment, Charge: tariffs.AnnualDuty, Scope: tariffs.Scope{Classes: []tariffs.Class{tariffs.Truck}},
				Rate: 100_000, From: date(t, "1395/01/01"), Through: date(t, "1395/03/31"), Legal: law},
			{ID: "fair", Kind: tariffs.CouncilDecision, Charge: tariffs.AnnualDuty, Scope: tariffs.Scope{Classes: []tariffs.Class{tariffs.Truck}},
				Rate: 50_000, From: date(t, "1396/01/01"), Through: date(t, "1396/06/31"), Legal: law},
		},
		Waivers:   []tariffs.Waiver{{ID: "nowruz", Charge: tariffs.AnnualDuty, Rate: 500_000, From: date(t, "1397/01/01"), Through: date(t, "1397/01/31"), Legal: law}},
		FirstYear: tariffs.YearShare{Mode: tariffs.ByMonths, Legal: law},
		LastYear:  []tariffs.LastYear{{Reason: tariffs.Exported, YearShare: tariffs.YearShare{Mode: tariffs.NoYear, Legal: law}}, {Reason: tariffs.Scrapped, YearShare: tariffs.YearShare{Mode: tariffs.ByMonths, Legal: law}}},
		Penalty:   tariffs.Penalty{PerMonth: 10_000, Start: tariffs.DueDay, Due: tariffs.MonthDay{Month: 6, Day: 31}, Months: tariffs.StartedMonths, Max: 240_000, Legal: law},
	}
	if err := v.Validate(); err != nil {
		t.Fatal(err)
	}
	return v
}

func code(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Code
	}
	return ""
}

func field(err error) string {
	if f := fault.Of(err); f != nil && len(f.Fields) == 1 {
		return f.Fields[0].Name
	}
	return ""
}

func TestCouncilTariffKeepsToTheLaw(t *testing.T) {
	t.Parallel()
	nation, v := version(t, 1395), council(t)
	if err := v.Against(&nation); err != nil {
		t.Error(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	back, err := tariffs.Parse(text)
	if again, _ := json.Marshal(back); err != nil || string(again) != string(text) {
		t.Errorf("%v\n%s\n%s", err, text, again)
	}
	truck := tariffs.Vehicle{Class: tariffs.Truck, Usage: tariffs.Private, Fuel: tariffs.Diesel, Origin: tariffs.Domestic}
	car := truck
	car.Class = tariffs.PassengerCar
	if !nation.LeavesTo(17, tariffs.AnnualDuty, truck) || nation.LeavesTo(17, tariffs.AnnualDuty, car) || nation.LeavesTo(17, tariffs.PollutionLevy, truck) {
		t.Error("the law of 1387 leaves the wrong vehicles to councils")
	}
	later := version(t, 1401)
	if later.LeavesTo(17, tariffs.AnnualDuty, truck) || !later.LeavesTo(520, tariffs.PollutionLevy, truck) || later.LeavesTo(17, tariffs.PollutionLevy, truck) {
		t.Error("the law of 1400 leaves the wrong charges to councils")
	}
}

func TestContradictionsNameTheRule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code, field, national string
		spoil                 func(v, nation *tariffs.Version)
	}{
		{"tariff_year", "fiscal_year", "", func(_, n *tariffs.Version) { n.FiscalYear = 1396 }},
		{"tariff_locked", "rules[2]", "national/1395/1 rules[0]", func(v, _ *tariffs.Version) {
			v.Rules[2].Classes = []tariffs.Class{tariffs.Bus, tariffs.DoubleCabPickup}
		}},
		{"tariff_locked", "rules[0]", "national/1395/1 levies", func(v, _ *tariffs.Version) { v.Rules[0].Charge = tariffs.PollutionLevy }},
		{"tariff_locked", "exemptions[0]", "national/1395/1 rules[0]", func(v, _ *tariffs.Version) { v.Exemptions[0].Classes = nil }},
		{"tariff_locked", "discounts[1]", "national/1395/1 rules[0]", func(v, _ *tariffs.Version) { v.Discounts[1].Classes = nil }},
		{"", "", "", func(v, n *tariffs.Version) {
			v.Discounts[1].Classes = nil
			n.Leaves.Discounts = []tariffs.Charge{tariffs.AnnualDuty}
		}},
		{"tariff_locked", "waivers[0]", "", func(v, _ *tariffs.Version) { v.Waivers[0].Charge = tariffs.PollutionLevy }},
		{"", "", "", func(v, n *tariffs.Version) { v.Rules, n.Leaves.Waivers = nil, []tariffs.Charge{tariffs.AnnualDuty} }},
		{"tariff_locked", "rounding", "national/1395/1 rounding", func(v, n *tariffs.Version) { v.Rounding = n.Rounding; v.Rounding.Mode = money.Down }},
		{"", "", "", func(v, n *tariffs.Version) { v.Rounding = n.Rounding }},
		{"", "", "", func(v, n *tariffs.Version) {
			v.Rounding = n.Rounding
			v.Rounding.Mode, n.Leaves.Rounding = money.Down, true
		}},
		{"tariff_locked", "minimum", "", func(v, _ *tariffs.Version) { v.Minimum = tariffs.Minimum{Amount: 1000, Legal: law} }},
		{"", "", "", func(v, n *tariffs.Version) {
			v.Minimum, n.Leaves.Minimum = tariffs.Minimum{Amount: 1000, Legal: law}, true
		}},
	} {
		nation, v := version(t, 1395), council(t)
		c.spoil(&v, &nation)
		err := v.Against(&nation)
		if code(err) != c.code || field(err) != c.field {
			t.Errorf("%s on %s: %v on %s", c.code, c.field, err, field(err))
		} else if err != nil && c.national != "" && fault.Of(err).Extra["contradicts"] != c.national {
			t.Errorf("%s names %v", c.field, fault.Of(err).Extra)
		}
	}
}

func TestAnOverlapNamesTheOtherRule(t *testing.T) {
	t.Parallel()
	v := version(t, 1405)
	v.Rules = append(v.Rules, v.Rules[1])
	if err := v.Validate(); code(err) != "tariff_overlap" || field(err) != "rules[2]" || fault.Of(err).Extra["contradicts"] != "rules[1]" {
		t.Errorf("%v on %s", err, field(err))
	}
}

func TestValidateNamesTheFaultOfATerm(t *testing.T) {
	t.Parallel()
	early := func(v *tariffs.Version) *tariffs.Discount { return &v.Discounts[0] }
	for _, c := range []struct {
		code, field string
		spoil       func(*tariffs.Version)
	}{
		{"tariff_id", "id", func(v *tariffs.Version) { v.Authority, v.ID = "zanjan", "zanjan/1395/1" }},
		{"tariff_id", "id", func(v *tariffs.Version) { v.Authority, v.ID = "017", "017/1395/1" }},
		{"tariff_rules", "rules", func(v *tariffs.Version) { v.Rules, v.Discounts, v.Waivers = nil, nil, nil }},
		{"tariff_rate", "rules[0].rate_ppm", func(v *tariffs.Version) { v.Rules[0].Rate = 1 }},
		{"tariff_fixed", "rules[0].fixed", func(v *tariffs.Version) { v.Rules[0].Fixed.Amount = 0 }},
		{"tariff_fixed", "rules[0].fixed", func(v *tariffs.Version) { v.Rules[0].Fixed.Amount = 1_000_000_000_001 }},
		{"tariff_fixed", "rules[0].fixed", func(v *tariffs.Version) { v.Rules[0].Fixed.Per = "wheel" }},
		{"tariff_scope", "rules[0].cylinders", func(v *tariffs.Version) { v.Rules[0].Cylinders = tariffs.Span{From: 6, Through: 5} }},
		{"tariff_scope", "rules[0].cylinders", func(v *tariffs.Version) { v.Rules[0].Cylinders.Through = 17 }},
		{"tariff_scope", "rules[3].model_years", func(v *tariffs.Version) { v.Rules[3].ModelYears = tariffs.Span{From: 1990} }},
		{"tariff_scope", "rules[0].categories", func(v *tariffs.Version) { v.Rules[0].Categories = []tariffs.Category{"Farm"} }},
		{"tariff_overlap", "rules[1]", func(v *tariffs.Version) { v.Rules[1].Cylinders.From = 5 }},
		{"tariff_overlap", "rules[3]", func(v *tariffs.Version) { v.Rules[3].Priority = 0 }},
		{"tariff_exemption", "exemptions[0]", func(v *tariffs.Version) { v.Exemptions[0].ID = "" }},
		{"tariff_exemption", "exemptions[0]", func(v *tariffs.Version) { v.Exemptions[0].Charge = "levy" }},
		{"tariff_exemption", "exemptions[1]", func(v *tariffs.Version) { v.Exemptions = append(v.Exemptions, v.Exemptions[0]) }},
		{"tariff_scope", "exemptions[0].usages", func(v *tariffs.Version) { v.Exemptions[0].Usages[0] = "race" }},
		{"tariff_legal", "exemptions[0].legal", func(v *tariffs.Version) { v.Exemptions[0].Legal.EN = "" }},
		{"tariff_discount", "discounts[0]", func(v *tariffs.Version) { early(v).ID = "z" + early(v).ID; early(v).Rate = 0 }},
		{"tariff_discount", "discounts[0]", func(v *tariffs.Version) { early(v).Rate = money.One + 1 }},
		{"tariff_discount", "discounts[0]", func(v *tariffs.Version) { early(v).Kind = "gift" }},
		{"tariff_discount", "discounts[0]", func(v *tariffs.Version) { early(v).Through = calendar.Date{} }},
		{"tariff_discount", "discounts[0]", func(v *tariffs.Version) { early(v).Through = calendar.Date{Year: 1396, Month: 1, Day: 1} }},
		{"tariff_discount", "discounts[0]", func(v *tariffs.Version) { early(v).From = calendar.Date{Year: 1395, Month: 4, Day: 1} }},
		{"tariff_discount", "discounts[1]", func(v *tariffs.Version) { v.Discounts[1].ID = "early" }},
		{"tariff_legal", "discounts[0].legal", func(v *tariffs.Version) { early(v).Legal = fault.Text{} }},
		{"tariff_waiver", "waivers[0]", func(v *tariffs.Version) { v.Waivers[0].Rate = -1 }},
		{"tariff_waiver", "waivers[0]", func(v *tariffs.Version) { v.Waivers[0].Through = calendar.Date{Year: 1396, Month: 12, Day: 30} }},
		{"tariff_legal", "waivers[0].legal", func(v *tariffs.Version) { v.Waivers[0].Legal.FA = "" }},
		{"tariff_year_share", "first_year", func(v *tariffs.Version) { v.FirstYear.Mode = "half" }},
		{"tariff_legal", "first_year.legal", func(v *tariffs.Version) { v.FirstYear.Legal.FA = "" }},
		{"tariff_year_share", "last_year[1]", func(v *tariffs.Version) { v.LastYear[1].Reason = tariffs.Exported }},
		{"tariff_year_share", "last_year[0]", func(v *tariffs.Version) { v.LastYear[0].Reason = "sold" }},
		{"tariff_penalty", "penalty", func(v *tariffs.Version) { v.Penalty.Due = tariffs.MonthDay{Month: 12, Day: 30} }},
		{"tariff_penalty", "penalty", func(v *tariffs.Version) { v.Penalty.Start = tariffs.NextYear }},
		{"tariff_minimum", "minimum", func(v *tariffs.Version) { v.Minimum.Amount = -1 }},
		{"tariff_legal", "minimum.legal", func(v *tariffs.Version) { v.Minimum.Amount = 1 }},
		{"tariff_locked", "levies[0]", func(v *tariffs.Version) {
			v.Levies = []tariffs.Levy{{Charge: tariffs.PollutionLevy, Municipalities: []int{17}, Legal: law}}
		}},
		{"tariff_locked", "leaves", func(v *tariffs.Version) { v.Leaves.Rounding = true }},
	} {
		v := council(t)
		c.spoil(&v)
		if err := v.Validate(); code(err) != c.code || field(err) != c.field {
			t.Errorf("%s on %s: %v on %s", c.code, c.field, err, field(err))
		}
	}
	for _, c := range []struct {
		code, field string
		levy        tariffs.Levy
	}{
		{"tariff_levy", "levies[0]", tariffs.Levy{Charge: tariffs.AnnualDuty, Municipalities: []int{1}, Legal: law}},
		{"tariff_levy", "levies[0]", tariffs.Levy{Charge: tariffs.PollutionLevy, Legal: law}},
		{"tariff_levy", "levies[0]", tariffs.Levy{Charge: tariffs.PollutionLevy, Municipalities: []int{2, 2}, Legal: law}},
		{"tariff_levy", "levies[0]", tariffs.Levy{Charge: tariffs.PollutionLevy, Municipalities: []int{0}, Legal: law}},
		{"tariff_legal", "levies[0].legal", tariffs.Levy{Charge: tariffs.PollutionLevy, Municipalities: []int{1}}},
	} {
		v := version(t, 1401)
		v.Levies = []tariffs.Levy{c.levy}
		if err := v.Validate(); code(err) != c.code || field(err) != c.field {
			t.Errorf("%s on %s: %v", c.code, c.field, err)
		}
	}
}

// The lists of the two Cabinet decrees, by the names of the cities in the project's own list.
func TestLeviedCitiesAreTheDecrees(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../../tenants/municipalities/data/municipalities.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]int{}
	for _, row := range rows[1:] {
		if codes[row[1]], err = strconv.Atoi(row[0]); err != nil {
			t.Fatal(err)
		}
	}
	of := func(names ...string) (want []int) {
		for _, name := range names {
			if codes[name] == 0 {
				t.Fatal(name)
			}
			want = append(want, codes[name])
		}
		slices.Sort(want)
		return want
	}
	eight := []string{"تهران", "کرج", "اصفهان", "تبریز", "مشهد", "اهواز", "قم", "اراک"}
	lists := map[calendar.FiscalYear][]int{1401: of(eight...), 1402: of(append(eight, "شیراز")...)}
	book := national(t)
	for _, v := range book.Versions() {
		var got []int
		if len(v.Levies) > 0 {
			got = v.Levies[0].Municipalities
		}
		if want := lists[v.FiscalYear]; v.Number == 1 && got != nil || v.Number == 2 && !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", v.ID, got, want)
		}
	}
	for year := range lists { // the correction adds the list and changes nothing else
		decree := map[calendar.FiscalYear]calendar.Date{1401: date(t, "1401/05/09"), 1402: date(t, "1402/03/30")}[year]
		now, _ := book.Find(year, decree)
		was, found := book.Find(year, decree.AddDays(-1))
		if !found || now.Number != 2 || was.Number != 1 || now.HoldsFrom() != decree || was.HoldsFrom() != year.Start() {
			t.Fatal(year)
		}
		changes := tariffs.Diff(*was, *now)
		if len(changes) != 2 || changes[0].Kind != tariffs.Changed || changes[0].Path != "from" ||
			changes[1].Kind != tariffs.Added || changes[1].Path != "levies/pollution_levy" {
			t.Errorf("%d: %+v", year, changes)
		}
	}
}

func TestPriorityAndUnknownCylinders(t *testing.T) {
	t.Parallel()
	v := council(t)
	vehicle := tariffs.Vehicle{Usage: tariffs.Private, Fuel: tariffs.Petrol, Origin: tariffs.Domestic}
	for _, c := range []struct {
		class     tariffs.Class
		cylinders int
		model     int
		fuel      tariffs.Fuel
		rule      int // -1: none
	}{
		{tariffs.Truck, 5, 1390, tariffs.Diesel, 0}, {tariffs.Truck, 6, 1390, tariffs.Diesel, 1}, {tariffs.Truck, 0, 1390, tariffs.Diesel, -1},
		{tariffs.Truck, 0, 1390, tariffs.Electric, -1}, {tariffs.Motorcycle, 0, 1386, tariffs.Petrol, 2}, {tariffs.Motorcycle, 0, 1385, tariffs.Petrol, 3},
		{tariffs.Motorcycle, 1, 1369, tariffs.Petrol, 2}, {tariffs.Bus, 6, 1390, tariffs.Diesel, -1},
	} {
		vehicle.Class, vehicle.Cylinders, vehicle.ModelYear, vehicle.Fuel = c.class, c.cylinders, c.model, c.fuel
		rule, found := v.Rule(tariffs.AnnualDuty, vehicle)
		if found != (c.rule >= 0) || found && rule != &v.Rules[c.rule] || !found && rule != nil {
			t.Errorf("%+v: %v %+v", c, found, rule)
		}
	}
	// A rule for some cylinders above a rule for all: without their number neither is certain.
	v.Rules[0].Cylinders, v.Rules[1].Priority = tariffs.Span{}, 5
	vehicle.Class, vehicle.Cylinders, vehicle.Fuel = tariffs.Truck, 0, tariffs.Diesel
	if _, found := v.Rule(tariffs.AnnualDuty, vehicle); found {
		t.Error("a truck of unknown cylinders took the general rule")
	}
	vehicle.Fuel = tariffs.Electric
	if rule, found := v.Rule(tariffs.AnnualDuty, vehicle); !found || rule != &v.Rules[0] {
		t.Error("an electric truck has no cylinders, and so the general rule")
	}
}

// Which rule holds does not depend on the order in which the version lists its rules.
func TestOrderOfRulesDoesNotMatter(t *testing.T) {
	t.Parallel()
	base := council(t)
	rapid.Check(t, func(t *rapid.T) {
		v := base
		v.Rules = nil
		for range rapid.IntRange(1, 6).Draw(t, "rules") {
			rule := base.Rules[2]
			rule.Classes = rapid.SliceOfNDistinct(rapid.SampledFrom(tariffs.Classes()), 1, 3, rapid.ID).Draw(t, "classes")
			rule.Usages = rapid.SliceOfNDistinct(rapid.SampledFrom(tariffs.Usages()), 0, 2, rapid.ID).Draw(t, "usages")
			from := rapid.IntRange(0, 4).Draw(t, "from")
			rule.Cylinders = tariffs.Span{From: from, Through: rapid.SampledFrom([]int{0, from + 1, from + 3}).Draw(t, "through")}
			rule.Priority = rapid.IntRange(0, 2).Draw(t, "priority")
			rule.Rate = money.PPM(len(v.Rules) + 1) // names the rule
			v.Rules = append(v.Rules, rule)
		}
		if v.Validate() != nil {
			return
		}
		vehicle := anyVehicle(t)
		vehicle.Cylinders = rapid.IntRange(0, 8).Draw(t, "cylinders")
		shuffled := v
		shuffled.Rules = rapid.Permutation(v.Rules).Draw(t, "order")
		one, found := v.Rule(tariffs.AnnualDuty, vehicle)
		other, again := shuffled.Rule(tariffs.AnnualDuty, vehicle)
		if found != again || found && one.Rate != other.Rate {
			t.Fatalf("%v %+v\n%v %+v", found, one, again, other)
		}
		for _, r := range v.Rules {
			if found && vehicle.Cylinders > 0 && r.Fits(vehicle) && r.Priority > one.Priority {
				t.Fatalf("%+v holds over %+v", one, r)
			}
		}
		if len(tariffs.Diff(v, shuffled)) != 0 {
			t.Fatal("another order is a change")
		}
	})
}

func TestBookFindsLocalVersionsAndIDs(t *testing.T) {
	t.Parallel()
	first, second := council(t), council(t)
	second.Number, second.ID, second.From = 2, "17/1395/2", date(t, "1395/07/01")
	book, err := tariffs.NewBook(append(national(t).Versions(), second, first)...)
	if err != nil {
		t.Fatal(err)
	}
	for on, want := range map[string]string{"1395/06/31": "17/1395/1", "1395/07/01": "17/1395/2", "1404/01/01": "17/1395/2"} {
		if v, found := book.Local(17, 1395, date(t, on)); !found || v.ID != want {
			t.Errorf("%s: %v %v", on, found, v)
		}
	}
	for _, c := range [][2]int{{17, 1396}, {18, 1395}, {0, 1395}, {-1, 1395}} {
		if v, found := book.Local(c[0], calendar.FiscalYear(c[1]), date(t, "1396/12/01")); found || v != nil {
			t.Errorf("%v: %s", c, v.ID)
		}
	}
	if v, found := book.Find(1395, date(t, "1396/12/01")); !found || v.ID != "national/1395/1" {
		t.Errorf("%v", v)
	}
	for _, id := range []string{"17/1395/1", "17/1395/2", "national/1401/1", "national/1401/2"} {
		if v, found := book.Version(id); !found || v.ID != id {
			t.Error(id)
		}
	}
	if v, found := book.Version("17/1395/3"); found || v != nil {
		t.Error("a version that nobody published")
	}
}

func TestPenaltyFromADueDay(t *testing.T) {
	t.Parallel()
	p := council(t).Penalty
	for on, want := range map[string]int{"1395/06/31": 0, "1395/07/01": 1, "1395/07/30": 1, "1395/08/01": 2, "1396/07/01": 13} {
		if got := p.MonthsLate(1395, date(t, on)); got != want {
			t.Errorf("%s: %d months, want %d", on, got, want)
		}
	}
	p.Due = tariffs.MonthDay{Month: 12, Day: 29}
	if from := p.From(1399); from != date(t, "1399/12/30") { // a leap year
		t.Error(from)
	}
	if from := p.From(1400); from != date(t, "1401/01/01") {
		t.Error(from)
	}
}

func TestSyntaxIsLocated(t *testing.T) {
	t.Parallel()
	text, err := json.MarshalIndent(council(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	good := string(text)
	for _, c := range []struct {
		name, code, old, new string
	}{
		{"a key twice", "tariff_key_twice", `"number": 1,`, `"number": 1, "number": 2,`},
		{"a key twice in another case", "tariff_key_twice", `"number": 1,`, `"number": 1, "Number": 2,`},
		{"a key twice that folds", "tariff_key_twice", `"rules":`, `"ruleſ": [], "rules":`},
		{"a word for a number", "tariff_syntax", `"number": 1,`, `"number": "x",`},
		{"a lost comma", "tariff_syntax", `"number": 1,`, `"number": 1`},
		{"an unknown field", "tariff_syntax", `"number": 1,`, `"number": 1, "numbr": 1,`},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		_, err := tariffs.Parse([]byte(bad))
		if code(err) != c.code || bad == good {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		line, ok := fault.Of(err).Extra["line"].(int)
		if want := 1 + strings.Count(good[:strings.Index(good, c.old)], "\n"); !ok || line < want && c.name != "an unknown field" {
			t.Errorf("%s: line %d, want %d", c.name, line, want)
		}
		if column, ok := fault.Of(err).Extra["column"].(int); !ok || column < 1 {
			t.Errorf("%s: column %d", c.name, column)
		}
	}
	if _, err := tariffs.Parse([]byte(strings.Repeat(`{"a":`, 20_000))); code(err) != "tariff_syntax" {
		t.Error(err)
	}
}

// A file that was cut anywhere is refused, and the place is in it.
func TestACutTextIsRefused(t *testing.T) {
	t.Parallel()
	text, err := json.MarshalIndent(council(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for end := 0; end < len(text); end += 7 {
		_, err := tariffs.Parse(text[:end])
		if code(err) != "tariff_syntax" {
			t.Fatalf("cut at %d: %v", end, err)
		}
		line, _ := fault.Of(err).Extra["line"].(int)
		if lines := 1 + strings.Count(string(text[:end]), "\n"); line < 1 || line > lines {
			t.Errorf("cut at %d: line %d of %d", end, line, lines)
		}
	}
}
