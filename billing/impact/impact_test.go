package impact_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/impact"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

const tehran, isfahan = 520, 218

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

var law = fault.Text{FA: "مصوبهٔ آزمایشی", EN: "a decree of the test"}

// nextVersion is the nation's next version of a year, with a change.
func nextVersion(t testing.TB, year calendar.FiscalYear, from string, change func(*tariffs.Version)) tariffs.Version {
	t.Helper()
	book := national(t)
	versions := slices.DeleteFunc(book.Versions(), func(v tariffs.Version) bool { return v.FiscalYear != year })
	v := versions[len(versions)-1]
	v.Number, v.From, v.Rules = v.Number+1, day(t, from), slices.Clone(v.Rules)
	v.ID = tariffs.VersionID(v.Authority, v.FiscalYear, v.Number)
	change(&v)
	return v
}

func doubled(v *tariffs.Version) {
	for i := range v.Rules {
		v.Rules[i].Rate *= 2
	}
}

func plan(t testing.TB, today string, threshold money.Rial, drafts ...tariffs.Version) *impact.Plan {
	t.Helper()
	p, err := impact.NewPlan(national(t), drafts, day(t, today), threshold, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// car is a domestic one that has been in Tehran since 1390, worth a milliard rial each year.
func car(t testing.TB) dues.Facts {
	t.Helper()
	f := dues.Facts{Vehicle: dues.Vehicle{Vehicle: tariffs.Vehicle{Class: tariffs.PassengerCar, Usage: tariffs.Private, Fuel: tariffs.Petrol, Origin: tariffs.Domestic},
		TypeCode: "T", ModelYear: 1390, FirstRegistered: day(t, "1390/01/01")}, Residences: []dues.Residence{{MunicipalityID: tehran, From: day(t, "1390/01/01")}}}
	for year := calendar.FiscalYear(1390); year <= 1405; year++ {
		f.Valuations = append(f.Valuations, dues.Valuation{ID: year.String(), FiscalYear: year, Base: 1_000_000_000})
	}
	return f
}

func tally(t testing.TB, p *impact.Plan, fleet ...dues.Facts) impact.Report {
	t.Helper()
	tally := impact.NewTally(p)
	for i := range fleet {
		f := fleet[i]
		if err := tally.Add(uuid.UUID{15: byte(i), 14: byte(i >> 8)}, &f); err != nil {
			t.Fatal(err)
		}
	}
	return tally.Report(nil)
}

func TestTheDayIsTheLaterOfTodayAndTheDrafts(t *testing.T) {
	t.Parallel()
	draft := nextVersion(t, 1404, "1405/02/01", doubled)
	for _, c := range []struct {
		today, on     string
		before, after money.Rial
	}{
		{"1404/12/01", "1405/02/01", 1_020_000, 2_040_000}, // one month late on the day from which the draft holds
		{"1405/03/20", "1405/03/20", 1_040_000, 2_080_000},
	} {
		r := tally(t, plan(t, c.today, 1, draft), car(t))
		if r.On.String() != c.on || r.Total.Before != c.before || r.Total.After != c.after || r.Total.Difference != c.after-c.before || r.VehicleYears != 1 {
			t.Errorf("%s: %+v", c.today, r)
		}
	}
}

func TestOnlyTheYearsOfTheDraftsCount(t *testing.T) {
	t.Parallel()
	r := tally(t, plan(t, "1405/05/01", 1, nextVersion(t, 1396, "1405/01/01", doubled), nextVersion(t, 1404, "1405/01/01", doubled)), car(t))
	if !slices.Equal(r.Years, []calendar.FiscalYear{1396, 1404}) || r.VehicleYears != 2 || len(r.ByYear) != 2 || r.ByYear[0].Year != 1396 || r.ByYear[0].VehicleYears != 1 {
		t.Errorf("%+v", r)
	}
}

func TestARefusedPlan(t *testing.T) {
	t.Parallel()
	good := nextVersion(t, 1404, "1405/02/01", doubled)
	sameDay := good
	sameDay.From = calendar.Date{}
	for code, try := range map[string]func() (*impact.Plan, error){
		"preview_no_drafts": func() (*impact.Plan, error) { return impact.NewPlan(national(t), nil, day(t, "1405/01/01"), 1, 0) },
		"preview_threshold": func() (*impact.Plan, error) {
			return impact.NewPlan(national(t), []tariffs.Version{good}, day(t, "1405/01/01"), 0, 0)
		},
		"tariff_twice": func() (*impact.Plan, error) {
			return impact.NewPlan(national(t), []tariffs.Version{good, good}, day(t, "1405/01/01"), 1, 0)
		},
		"tariff_same_day": func() (*impact.Plan, error) {
			return impact.NewPlan(national(t), []tariffs.Version{sameDay}, day(t, "1405/01/01"), 1, 0)
		},
	} {
		if _, err := try(); fault.Of(err) == nil || fault.Of(err).Code != code {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestWhatContradictsIsCountedAndDoesNotStop(t *testing.T) {
	t.Parallel()
	contradicting, huge := car(t), car(t)
	contradicting.Vehicle.Ended, contradicting.Vehicle.EndReason = day(t, "1380/01/01"), tariffs.Scrapped
	huge.Valuations = []dues.Valuation{{ID: "x", FiscalYear: 1404, Base: 9_000_000_000_000_000_000}}
	steep := nextVersion(t, 1404, "1405/01/02", func(v *tariffs.Version) { v.Rules[0].Rate = money.One })
	r := tally(t, plan(t, "1405/05/01", 1, steep), contradicting, huge, car(t))
	if r.Vehicles != 3 || r.Contradicting != 1 || r.Unreckonable != 1 || r.VehicleYears != 1 || r.Total.After <= r.Total.Before {
		t.Errorf("%+v", r)
	}
}

func TestSumsThatPassEveryNumberAreRefused(t *testing.T) {
	t.Parallel()
	huge := car(t)
	huge.Valuations = []dues.Valuation{{ID: "x", FiscalYear: 1404, Base: 6_000_000_000_000_000_000}}
	all := nextVersion(t, 1404, "1404/06/01", func(v *tariffs.Version) { v.Rules[0].Rate = money.One })
	p := plan(t, "1404/07/01", 1, all)
	one, other := impact.NewTally(p), impact.NewTally(p)
	if err := errors.Join(one.Add(uuid.New(), &huge), other.Add(uuid.New(), &huge)); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"merge": one.Merge(other), "add": other.Add(uuid.New(), &huge)} {
		if f := fault.Of(err); f == nil || f.Code != "preview_overflow" || !errors.Is(err, money.ErrOverflow) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Of more changes than are kept, the largest are; equal ones by vehicle, year and city.
func TestTheLargestChanges(t *testing.T) {
	t.Parallel()
	var fleet []dues.Facts
	for i := range 300 {
		f := car(t)
		f.Valuations = []dues.Valuation{{ID: "x", FiscalYear: 1404, Base: money.Rial(1+i/2) * 1_000_000_000}} // two of each size
		fleet = append(fleet, f)
	}
	r := tally(t, plan(t, "1404/07/01", 140_000_000, nextVersion(t, 1404, "1404/06/01", doubled)), fleet...)
	if len(r.Largest) != impact.LargestKept || r.NewlyAbove != 140 {
		t.Fatalf("%d changes, %d newly above", len(r.Largest), r.NewlyAbove)
	}
	for i, c := range r.Largest {
		vehicle := 298 - i&^1 + i&1
		if want := money.Rial(1+vehicle/2) * 1_000_000; c.VehicleID != (uuid.UUID{15: byte(vehicle), 14: byte(vehicle >> 8)}) || c.After-c.Before != want ||
			c.Class != tariffs.PassengerCar || c.TypeCode != "T" || c.Year != 1404 || c.MunicipalityID != tehran || c.StateAfter != dues.Assessed {
			t.Errorf("change %d is %+v, want vehicle %d", i, c, vehicle)
		}
	}
}

// The same fleet in any order, on any number of goroutines, gives the same report.
func TestAnyOrderGivesTheSameReport(t *testing.T) {
	t.Parallel()
	drafts := []tariffs.Version{
		nextVersion(t, 1402, "1405/02/01", func(v *tariffs.Version) { v.Rules = v.Rules[:1] }), // imported cars: missing
		nextVersion(t, 1404, "1405/02/01", func(v *tariffs.Version) {
			doubled(v)
			v.Exemptions = []tariffs.Exemption{{ID: "e", Charge: tariffs.AnnualDuty, Scope: tariffs.Scope{Classes: []tariffs.Class{tariffs.Bus}}, Legal: law}}
			v.Levies = []tariffs.Levy{{Charge: tariffs.PollutionLevy, Municipalities: []int{tehran}, Legal: law}}
		}),
	}
	p := plan(t, "1405/03/01", 1_500_000, drafts...)
	valued := car(t).Valuations
	rapid.Check(t, func(t *rapid.T) {
		type vehicle struct {
			id uuid.UUID
			f  dues.Facts
		}
		fleet := make([]vehicle, rapid.IntRange(0, 150).Draw(t, "vehicles"))
		for i := range fleet {
			fleet[i] = vehicle{uuid.UUID{0: byte(i)}, anyCar(t, valued)}
		}
		count := func(parts int) impact.Report {
			tallies := make([]*impact.Tally, parts)
			for i := range tallies {
				tallies[i] = impact.NewTally(p)
			}
			for i := range fleet {
				f := fleet[i].f
				if err := tallies[i%parts].Add(fleet[i].id, &f); err != nil {
					t.Fatal(err)
				}
			}
			for _, other := range tallies[1:] {
				if err := tallies[0].Merge(other); err != nil {
					t.Fatal(err)
				}
			}
			return tallies[0].Report(nil)
		}
		want := count(1)
		checkSums(t, want)
		fleet = rapid.Permutation(fleet).Draw(t, "order")
		if got := count(rapid.IntRange(1, 4).Draw(t, "goroutines")); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v\nwant %+v", got, want)
		}
	})
}

func anyCar(t *rapid.T, valued []dues.Valuation) dues.Facts {
	year := rapid.IntRange(1385, 1405).Draw(t, "model")
	registered := calendar.Date{Year: year, Month: rapid.IntRange(1, 12).Draw(t, "month"), Day: 1}
	f := dues.Facts{Vehicle: dues.Vehicle{Vehicle: tariffs.Vehicle{Class: rapid.SampledFrom(tariffs.Classes()).Draw(t, "class"), Usage: tariffs.Private, Fuel: tariffs.Petrol,
		Origin: rapid.SampledFrom(tariffs.Origins()).Draw(t, "origin")}, TypeCode: "T", ModelYear: year, FirstRegistered: registered}}
	if rapid.IntRange(0, 9).Draw(t, "home") > 0 {
		f.Residences = []dues.Residence{{MunicipalityID: rapid.SampledFrom([]int{tehran, isfahan}).Draw(t, "city"), From: registered}}
	}
	if rapid.IntRange(0, 9).Draw(t, "moves") == 0 {
		f.Residences = append(f.Residences, dues.Residence{MunicipalityID: isfahan, From: registered}, dues.Residence{MunicipalityID: tehran, From: registered})
	}
	if rapid.IntRange(0, 9).Draw(t, "listed") > 0 {
		f.Valuations = valued
	}
	if rapid.IntRange(0, 4).Draw(t, "paid") == 0 {
		f.Settled = []dues.Settled{{MunicipalityID: tehran, FiscalYear: 1404, State: dues.Paid}}
	}
	return f
}

// checkSums holds every breakdown against the total.
func checkSums(t *rapid.T, r impact.Report) {
	var byClass, byYear impact.Sums
	for _, c := range r.ByClass {
		byClass = plus(byClass, c.Sums)
	}
	for _, y := range r.ByYear {
		byYear = plus(byYear, y.Sums)
	}
	if byClass != r.Total || byYear != r.Total || r.Total.VehicleYears != r.VehicleYears || int64(len(r.Largest)) != min(impact.LargestKept, r.Total.Changed) {
		t.Fatalf("the parts do not make up the whole: %+v", r)
	}
	var byCity impact.Sums
	for _, m := range r.ByMunicipality {
		byCity = plus(byCity, m.Sums)
	}
	byCity.VehicleYears += r.States.MissingResidence.Before
	if byCity != r.Total || r.States.MissingResidence.Before != r.States.MissingResidence.After {
		t.Fatalf("the cities do not make up the whole: %+v", r)
	}
}

func plus(a, b impact.Sums) impact.Sums {
	return impact.Sums{VehicleYears: a.VehicleYears + b.VehicleYears, Changed: a.Changed + b.Changed, Before: a.Before + b.Before, After: a.After + b.After, Difference: a.Difference + b.Difference}
}
