package dues_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

const zanjan, abhar = 17, 42

func day(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

func national(t testing.TB) tariffs.Book {
	t.Helper()
	book, err := tariffs.National()
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// altered is the national book with one change to every version.
func altered(t testing.TB, change func(*tariffs.Version)) tariffs.Book {
	t.Helper()
	versions := national(t).Versions()
	for i := range versions {
		change(&versions[i])
	}
	book, err := tariffs.NewBook(versions...)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// car is a private petrol car that has lived in Zanjan since before the duty began.
func car(t testing.TB, modelYear int, registered, on string) dues.Facts {
	t.Helper()
	return dues.Facts{
		Vehicle: dues.Vehicle{
			Vehicle: tariffs.Vehicle{
				Class: tariffs.PassengerCar, Usage: tariffs.Private, Fuel: tariffs.Petrol, Origin: tariffs.Domestic,
			},
			TypeCode: "405-GLX", ModelYear: modelYear, FirstRegistered: day(t, registered),
		},
		Residences: []dues.Residence{{MunicipalityID: zanjan, From: day(t, "1370/01/01")}},
		Tariffs:    national(t),
		On:         day(t, on),
	}
}

func worth(f dues.Facts, year calendar.FiscalYear, base money.Rial) dues.Facts {
	f.Valuations = append(slices.Clone(f.Valuations), dues.Valuation{ID: "V" + year.String(), FiscalYear: year, Base: base})
	return f
}

func assess(t testing.TB, f dues.Facts) []dues.Due {
	t.Helper()
	list, err := dues.Assess(f)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// of is the one due of the year.
func of(t testing.TB, list []dues.Due, year calendar.FiscalYear) dues.Due {
	t.Helper()
	var found []dues.Due
	for _, d := range list {
		if d.FiscalYear == year {
			found = append(found, d)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d dues for %d: %+v", len(found), year, found)
	}
	return found[0]
}

func step(t testing.TB, d dues.Due, code string) dues.Step {
	t.Helper()
	i := slices.IndexFunc(d.Steps, func(s dues.Step) bool { return s.Code == code })
	if i < 0 {
		t.Fatalf("no step %q in %+v", code, d.Steps)
	}
	return d.Steps[i]
}

func input(s dues.Step, name string) string {
	i := slices.IndexFunc(s.Inputs, func(in dues.Input) bool { return in.Name == name })
	if i < 0 {
		return "absent"
	}
	return s.Inputs[i].Value
}

func amount(d dues.Due, head dues.Head) money.Rial {
	for _, line := range d.Lines {
		if line.Head == head {
			return line.Amount
		}
	}
	return 0
}

func TestLinesOfADue(t *testing.T) {
	t.Parallel()
	f := worth(car(t, 1380, "1395/01/01", "1398/02/15"), 1395, 250_000_777)
	d := of(t, assess(t, f), 1395)
	// duty 250,000.777; surcharge 50 % = 125,000.3885; penalty 25 × 2 % of 375,001.1655 = 187,500.58275; sum 562,501.74825
	want := []dues.Line{{"annual_duty", 250_000}, {"age_surcharge", 125_000}, {"penalty", 187_500}, {"rounding", 500}}
	if !slices.Equal(d.Lines, want) || d.Total != 563_000 {
		t.Errorf("%v, total %d", d.Lines, d.Total)
	}
	for code, exact := range map[string]string{
		"valuation": "250000777", "annual_duty": "250000.777", "age_surcharge": "125000.3885", "penalty": "187500.58275", "total": "563000",
	} {
		if got := step(t, d, code).Amount; got != exact {
			t.Errorf("%s is %s, want %s", code, got, exact)
		}
	}
	f.Tariffs = altered(t, func(v *tariffs.Version) { v.Rounding.Mode = money.Down })
	if d := of(t, assess(t, f), 1395); amount(d, dues.Rounding) != -500 || d.Total != 562_000 {
		t.Errorf("rounded down: %v, total %d", d.Lines, d.Total)
	}
}

func TestAgeBeginsToCountAfterTheFreeYears(t *testing.T) {
	t.Parallel()
	for _, fuel := range []tariffs.Fuel{tariffs.Petrol, tariffs.CNG} {
		for age, codes := range map[int]map[tariffs.Fuel]string{10: {}, 11: {tariffs.Petrol: "age_surcharge", tariffs.CNG: "age_exempt"}} {
			f := worth(car(t, 1395-age, "1395/01/01", "1395/01/01"), 1395, 250_000_000)
			f.Vehicle.Fuel = fuel
			var got string
			for _, s := range of(t, assess(t, f), 1395).Steps {
				if strings.HasPrefix(s.Code, "age") {
					got += s.Code
				}
			}
			if got != codes[fuel] {
				t.Errorf("%d years, %s: %q, want %q", age, fuel, got, codes[fuel])
			}
		}
	}
}

func TestPenaltyIsDataOfTheVersion(t *testing.T) {
	t.Parallel()
	f := worth(car(t, 1402, "1402/01/01", "1404/01/10"), 1402, 3_000_000_000)
	if d := of(t, assess(t, f), 1402); amount(d, dues.Penalty) != 720_000 {
		t.Errorf("whole months: %v", d.Lines)
	}
	f.Tariffs = altered(t, func(v *tariffs.Version) { v.Penalty.Months = tariffs.StartedMonths })
	if d := of(t, assess(t, f), 1402); amount(d, dues.Penalty) != 780_000 {
		t.Errorf("started months: %v", d.Lines)
	}
	f.Tariffs = altered(t, func(v *tariffs.Version) { v.Penalty.Max = 100_000 })
	if d := of(t, assess(t, f), 1402); amount(d, dues.Penalty) != 300_000 || input(step(t, d, "penalty"), "max_ppm") != "100000" {
		t.Errorf("capped: %v", d.Lines)
	}
	f.Tariffs = altered(t, func(v *tariffs.Version) { v.Penalty.PerMonth = 30_000 })
	if d := of(t, assess(t, f), 1402); amount(d, dues.Penalty) != 1_080_000 {
		t.Errorf("3 %% a month: %v", d.Lines)
	}
}

func TestYearsThatAVehicleOwes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		registered, on string
		first, last    calendar.FiscalYear
	}{
		{"1375/05/01", "1405/08/29", 1387, 1405},
		{"1387/01/01", "1387/01/01", 1387, 1387},
		{"1402/12/29", "1403/01/01", 1402, 1403},
		{"1403/12/30", "1403/12/30", 1403, 1403},
		{"1404/01/02", "1404/01/01", 1, 0},
		{"1375/05/01", "1386/12/29", 1, 0},
		{"1405/02/01", "1404/12/29", 1, 0},
	} {
		list := assess(t, car(t, 1380, c.registered, c.on))
		var years []calendar.FiscalYear
		for _, d := range list {
			years = append(years, d.FiscalYear)
		}
		var want []calendar.FiscalYear
		for y := c.first; y <= c.last; y++ {
			want = append(want, y)
		}
		if !slices.Equal(years, want) {
			t.Errorf("registered %s, on %s: %v", c.registered, c.on, years)
		}
	}
}

func TestResidenceDecidesTheCity(t *testing.T) {
	t.Parallel()
	f := car(t, 1400, "1400/05/10", "1404/06/01")
	f.Residences = []dues.Residence{ // in no order
		{MunicipalityID: abhar, From: day(t, "1402/01/01"), To: day(t, "1403/01/01")},
		{MunicipalityID: zanjan, From: day(t, "1400/05/10"), To: day(t, "1402/01/01")},
		{MunicipalityID: 99, From: day(t, "1403/01/01")},
		{MunicipalityID: 5, From: day(t, "1404/01/02")}, // opened before 99 was closed, after 1404 began
	}
	want := map[calendar.FiscalYear]int{1400: zanjan, 1401: zanjan, 1402: abhar, 1403: 99, 1404: 99}
	for _, d := range assess(t, f) {
		if d.MunicipalityID != want[d.FiscalYear] || d.State != dues.MissingValuation {
			t.Errorf("%d: municipality %d, %s", d.FiscalYear, d.MunicipalityID, d.State)
		}
		wantDay := d.FiscalYear.Start()
		if d.FiscalYear == 1400 {
			wantDay = day(t, "1400/05/10")
		}
		if d.Cites.ResidenceDay != wantDay {
			t.Errorf("%d was decided on %s", d.FiscalYear, d.Cites.ResidenceDay)
		}
	}
	slices.Reverse(f.Residences)
	for _, d := range assess(t, f) {
		if d.MunicipalityID != want[d.FiscalYear] {
			t.Errorf("reversed, %d: municipality %d", d.FiscalYear, d.MunicipalityID)
		}
	}
	f.Residences = append(f.Residences, dues.Residence{MunicipalityID: 6, From: day(t, "1404/01/01")})
	if d := of(t, assess(t, f), 1404); d.MunicipalityID != 6 {
		t.Errorf("the later of two open residences does not hold: %d", d.MunicipalityID)
	}
	f.Residences = append(f.Residences, dues.Residence{MunicipalityID: 7, From: day(t, "1404/01/01")})
	if _, err := dues.Assess(f); fault.Of(err) == nil || fault.Of(err).Code != "residence_conflict" {
		t.Errorf("two cities on one day: %v", err)
	}
	f.Residences = append(f.Residences, dues.Residence{MunicipalityID: 8, From: day(t, "1404/05/01")})
	if _, err := dues.Assess(f); err == nil {
		t.Error("a move after the deciding day hides the conflict")
	}
	f.On = day(t, "1405/01/01")
	f.Residences = f.Residences[:0]
	for _, city := range []int{6, 7, 6} {
		f.Residences = append(f.Residences, dues.Residence{MunicipalityID: city, From: day(t, "1399/01/01")})
	}
	if _, err := dues.Assess(f); err == nil {
		t.Error("the third of three competing residences won")
	}
	f.Residences = append(f.Residences, dues.Residence{MunicipalityID: 8, From: day(t, "1399/01/02")})
	for _, d := range assess(t, f) {
		if d.MunicipalityID != 8 {
			t.Errorf("%d: a later residence does not settle the conflict: %d", d.FiscalYear, d.MunicipalityID)
		}
	}
}

func TestWhatIsMissingIsNeverZero(t *testing.T) {
	t.Parallel()
	full := worth(car(t, 1400, "1395/03/01", "1395/06/01"), 1395, 250_000_000)
	for _, c := range []struct {
		state dues.State
		city  int
		take  func(*dues.Facts)
	}{
		{dues.Assessed, zanjan, func(*dues.Facts) {}},
		{dues.MissingResidence, 0, func(f *dues.Facts) { f.Residences = nil }},
		{dues.MissingResidence, 0, func(f *dues.Facts) { f.Residences[0].From = day(t, "1395/03/02") }},
		{dues.MissingResidence, 0, func(f *dues.Facts) { f.Residences[0].To = day(t, "1395/03/01") }},
		{dues.MissingTariff, zanjan, func(f *dues.Facts) { f.Tariffs = tariffs.Book{} }},
		{dues.MissingTariff, zanjan, func(f *dues.Facts) { f.Vehicle.Class = tariffs.Truck }},
		{dues.MissingTariff, zanjan, func(f *dues.Facts) { f.Vehicle.Class = tariffs.Motorcycle; f.Valuations = nil }},
		{dues.MissingValuation, zanjan, func(f *dues.Facts) { f.Valuations = nil }},
		{dues.MissingValuation, zanjan, func(f *dues.Facts) { f.Valuations = worth(dues.Facts{}, 1396, 1).Valuations }},
	} {
		f := full
		f.Residences = slices.Clone(full.Residences)
		c.take(&f)
		d := of(t, assess(t, f), 1395)
		if d.State != c.state || d.MunicipalityID != c.city || (d.State == dues.Assessed) != (d.Total > 0) {
			t.Errorf("%s: %+v", c.state, d)
		}
		if c.state != dues.Assessed && (d.Balance != 0 || len(d.Lines) != 0 || d.Steps[len(d.Steps)-1].Code != string(c.state)) {
			t.Errorf("%s has an amount: %+v", c.state, d)
		}
	}
}

func TestSettledYears(t *testing.T) {
	t.Parallel()
	f := car(t, 1401, "1401/01/01", "1404/06/01")
	for year := calendar.FiscalYear(1401); year <= 1404; year++ {
		f = worth(f, year, 1_000_000_000)
	}
	until := day(t, "1404/06/02").Time().Add(90 * time.Minute)
	f.Settled = []dues.Settled{
		{MunicipalityID: zanjan, FiscalYear: 1403, State: dues.Claimed, Amount: 1_070_000, Until: until},
		{MunicipalityID: zanjan, FiscalYear: 1401, State: dues.Paid, Amount: 999_000},
		{MunicipalityID: abhar, FiscalYear: 1402, State: dues.Paid, Amount: 5_000}, // another city than the entitled one
		{MunicipalityID: zanjan, FiscalYear: 1405, State: dues.Paid, Amount: 7_000},
	}
	type row struct {
		year       calendar.FiscalYear
		city       int
		state      dues.State
		total, bal money.Rial
	}
	var got []row
	list := assess(t, f)
	for _, d := range list {
		got = append(got, row{d.FiscalYear, d.MunicipalityID, d.State, d.Total, d.Balance})
	}
	want := []row{
		{1401, zanjan, dues.Paid, 999_000, 0},
		{1402, zanjan, dues.Assessed, 1_340_000, 1_340_000},
		{1402, abhar, dues.Paid, 5_000, 0},
		{1403, zanjan, dues.Claimed, 1_070_000, 1_070_000},
		{1404, zanjan, dues.Assessed, 1_000_000, 1_000_000},
		{1405, zanjan, dues.Paid, 7_000, 0},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	claimed := of(t, list, 1403)
	if !claimed.ClaimedUntil.Equal(until) || !strings.Contains(claimed.Steps[0].Text.FA, "۱۴۰۴/۰۶/۰۲ ساعت ۰۱:۳۰") {
		t.Errorf("%+v", claimed)
	}
}

func TestPaymentStandsWhereNoResidenceIsKnown(t *testing.T) {
	t.Parallel()
	f := car(t, 1401, "1401/01/01", "1402/06/01")
	f.Residences = nil
	f.Settled = []dues.Settled{{MunicipalityID: abhar, FiscalYear: 1401, State: dues.Paid, Amount: 5_000}}
	list := assess(t, f)
	if d := of(t, list, 1401); d.State != dues.Paid || d.MunicipalityID != abhar {
		t.Errorf("%+v", d)
	}
	if d := of(t, list, 1402); d.State != dues.MissingResidence {
		t.Errorf("%+v", d)
	}
}

func TestContradictingFactsAreRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*dues.Facts){
		"no day":                    func(f *dues.Facts) { f.On = calendar.Date{} },
		"impossible day":            func(f *dues.Facts) { f.On = calendar.Date{Year: 1404, Month: 12, Day: 30} },
		"no registration":           func(f *dues.Facts) { f.Vehicle.FirstRegistered = calendar.Date{} },
		"gregorian model":           func(f *dues.Facts) { f.Vehicle.ModelYear = 2014 },
		"city 0":                    func(f *dues.Facts) { f.Residences[0].MunicipalityID = 0 },
		"residence without a start": func(f *dues.Facts) { f.Residences[0].From = calendar.Date{} },
		"backward residence":        func(f *dues.Facts) { f.Residences[0].To = f.Residences[0].From },
		"base 0":                    func(f *dues.Facts) { f.Valuations[0].Base = 0 },
		"nameless valuation":        func(f *dues.Facts) { f.Valuations[0].ID = "" },
		"two valuations":            func(f *dues.Facts) { f.Valuations = append(f.Valuations, f.Valuations[0]) },
		"settled as assessed":       func(f *dues.Facts) { f.Settled[0].State = dues.Assessed },
		"settled in city 0":         func(f *dues.Facts) { f.Settled[0].MunicipalityID = 0 },
		"negative payment":          func(f *dues.Facts) { f.Settled[0].Amount = -1 },
		"settled twice":             func(f *dues.Facts) { f.Settled = append(f.Settled, f.Settled[0]) },
	} {
		f := worth(car(t, 1393, "1393/01/01", "1395/01/01"), 1393, 1_000_000)
		f.Settled = []dues.Settled{{MunicipalityID: zanjan, FiscalYear: 1394, State: dues.Paid, Amount: 1}}
		assess(t, f)
		spoil(&f)
		if list, err := dues.Assess(f); err == nil || list != nil {
			t.Errorf("%s passed: %+v", name, list)
		}
	}
	f := worth(car(t, 1385, "1395/01/01", "1500/01/01"), 1395, 9_223_372_036_854_775_807)
	f.Tariffs = altered(t, func(v *tariffs.Version) { v.Rules[0].Rate = money.One })
	if _, err := dues.Assess(f); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("an absurd base: %v", err)
	}
}

func TestCitesAreEnoughToReckonAgain(t *testing.T) {
	t.Parallel()
	f := worth(car(t, 1390, "1392/01/01", "1395/04/20"), 1393, 300_000_001)
	d := of(t, assess(t, f), 1393)
	want := dues.Cites{TariffID: "national/1393/1", ValuationID: "V1393", ResidenceDay: day(t, "1393/01/01"), On: day(t, "1395/04/20")}
	if got := d.Cites; got.Vehicle == nil || *got.Vehicle != f.Vehicle || got.Base != 300_000_001 || got.MunicipalityID != zanjan {
		t.Errorf("%+v", got)
	}
	if got := d.Cites; got.TariffID != want.TariffID || got.ValuationID != want.ValuationID || got.ResidenceDay != want.ResidenceDay || got.On != want.On {
		t.Errorf("%+v", d.Cites)
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back dues.Due
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, d) {
		t.Errorf("%s\n%+v\n%v", text, back, err)
	}
	for _, d := range assess(t, car(t, 1390, "1392/01/01", "1395/04/20")) {
		if _, err := json.Marshal(d); err != nil {
			t.Errorf("%s: %v", d.State, err)
		}
	}
}

// A due is assessed by the version that holds on the day of the assessment, and cites it: the list of cities with the levy holds
// from the day of its decree, for a car of Tehran and of Zanjan alike.
func TestAssessmentFollowsTheVersionOfItsDay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		city    int
		on      string
		version string
		unrated bool
	}{
		{tehran, "1401/05/08", "national/1401/1", false}, {tehran, "1401/05/09", "national/1401/2", true}, {tehran, "1404/01/01", "national/1401/2", true},
		{zanjan, "1401/05/08", "national/1401/1", false}, {zanjan, "1401/05/09", "national/1401/2", false},
	} {
		f := worth(car(t, 1398, "1398/01/01", c.on), 1401, 1_000_000_000)
		f.Residences[0].MunicipalityID = c.city
		d := of(t, assess(t, f), 1401)
		if d.Cites.TariffID != c.version || (len(d.Unrated) > 0) != c.unrated || amount(d, dues.AnnualDuty) != 1_000_000 {
			t.Errorf("%d on %s: %s, %v, %d", c.city, c.on, d.Cites.TariffID, d.Unrated, amount(d, dues.AnnualDuty))
		}
	}
}
