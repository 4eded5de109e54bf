package dues_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

// anyBook draws from the national tariffs with every lever moved: rounding, months, cap.
func anyBook(t *rapid.T, national tariffs.Book) tariffs.Book {
	versions := national.Versions()
	mode := rapid.SampledFrom([]money.Rounding{money.Up, money.Down, money.HalfUp, money.HalfEven}).Draw(t, "mode")
	unit := rapid.SampledFrom([]money.Rial{1, 10, 1000}).Draw(t, "unit")
	months := rapid.SampledFrom([]tariffs.Months{tariffs.WholeMonths, tariffs.StartedMonths}).Draw(t, "months")
	limit := rapid.SampledFrom([]money.PPM{0, 0, 300_000}).Draw(t, "cap")
	kept := versions[:0]
	for _, v := range versions {
		v.Rounding.Mode, v.Rounding.Unit, v.Penalty.Months, v.Penalty.Max = mode, unit, months, limit
		follows := v.Number == 1 || len(kept) > 0 && kept[len(kept)-1].FiscalYear == v.FiscalYear
		if follows && rapid.IntRange(0, 9).Draw(t, "published") > 0 {
			kept = append(kept, v)
		}
	}
	book, err := tariffs.NewBook(kept...)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func anyDay(t *rapid.T, label string, from, through int) calendar.Date {
	first := calendar.FiscalYear(from).Start()
	return first.AddDays(rapid.IntRange(0, calendar.DaysBetween(first, calendar.FiscalYear(through).End())).Draw(t, label))
}

// anyBasis is the zero Basis most of the time.
func anyBasis(t *rapid.T, year calendar.FiscalYear) dues.Basis {
	if rapid.IntRange(0, 4).Draw(t, "by analogy") > 0 {
		return dues.Basis{}
	}
	return dues.Basis{TypeCode: "U", NameFA: "تیپ دیگر", FiscalYear: year - calendar.FiscalYear(rapid.IntRange(0, 2).Draw(t, "years ago"))}
}

func anyFacts(t *rapid.T, national tariffs.Book) dues.Facts {
	registered := anyDay(t, "registered", 1380, 1406)
	f := dues.Facts{
		Vehicle: dues.Vehicle{
			Vehicle: tariffs.Vehicle{
				Class: rapid.SampledFrom(tariffs.Classes()).Draw(t, "class"), Usage: rapid.SampledFrom(tariffs.Usages()).Draw(t, "usage"),
				Fuel: rapid.SampledFrom(tariffs.Fuels()).Draw(t, "fuel"), Origin: rapid.SampledFrom(tariffs.Origins()).Draw(t, "origin"),
			},
			TypeCode: "T", ModelYear: registered.Year - rapid.IntRange(-1, 30).Draw(t, "older"), FirstRegistered: registered,
		},
		Tariffs: anyBook(t, national),
		On:      anyDay(t, "on", 1385, 1410),
	}
	// Each residence begins on its own day; some are closed, some overlap.
	from := anyDay(t, "home", 1375, 1390)
	for range rapid.IntRange(0, 4).Draw(t, "homes") {
		home := dues.Residence{MunicipalityID: rapid.IntRange(1, 3).Draw(t, "city"), From: from}
		if rapid.Bool().Draw(t, "closed") {
			home.To = from.AddDays(rapid.IntRange(1, 3000).Draw(t, "stay"))
		}
		f.Residences = append(f.Residences, home)
		from = from.AddDays(rapid.IntRange(1, 2000).Draw(t, "next"))
	}
	for year := calendar.FiscalYear(1387); year <= 1410; year++ {
		if rapid.IntRange(0, 9).Draw(t, "listed") > 0 {
			base := rapid.OneOf(rapid.Int64Range(1, 100_000_000_000), rapid.Int64Range(1, 1_000_000_000_000_000)).Draw(t, "base")
			f.Valuations = append(f.Valuations, dues.Valuation{ID: year.String(), FiscalYear: year, Base: money.Rial(base), Basis: anyBasis(t, year)})
		}
		if rapid.IntRange(0, 5).Draw(t, "settled") == 0 {
			f.Settled = append(f.Settled, dues.Settled{
				MunicipalityID: rapid.IntRange(1, 3).Draw(t, "paid city"), FiscalYear: year,
				State:  rapid.SampledFrom([]dues.State{dues.Paid, dues.Claimed}).Draw(t, "state"),
				Amount: money.Rial(rapid.Int64Range(0, 1_000_000_000).Draw(t, "amount")), Until: time.Unix(1_700_000_000, 0),
			})
		}
	}
	return f
}

func mustAssess(t *rapid.T, f dues.Facts) []dues.Due {
	list, err := dues.Assess(f)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDuesAddUpAndExplainThemselves(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t, book)
		list := mustAssess(t, f)
		for i, d := range list {
			if i > 0 && (d.FiscalYear < list[i-1].FiscalYear ||
				d.FiscalYear == list[i-1].FiscalYear && d.MunicipalityID <= list[i-1].MunicipalityID) {
				t.Fatalf("out of order at %d: %+v", i, list)
			}
			checkDue(t, f, d)
		}
	})
}

func checkDue(t *rapid.T, f dues.Facts, d dues.Due) {
	var lines money.Rial
	for _, line := range d.Lines {
		lines += line.Amount
		if line.Amount < 0 && line.Head != dues.Rounding || line.Amount == 0 {
			t.Fatalf("line %+v", line)
		}
	}
	if d.Total < 0 || d.Balance < 0 || d.Balance > d.Total || len(d.Steps) == 0 || d.Cites.On != f.On {
		t.Fatalf("%+v", d)
	}
	switch d.State {
	case dues.Assessed:
		version, found := f.Tariffs.Find(d.FiscalYear, f.On)
		if !found || d.Total%version.Rounding.Unit != 0 || lines != d.Total || d.Balance != d.Total || d.MunicipalityID == 0 ||
			d.Cites.TariffID != version.ID || d.Cites.ValuationID == "" || !d.Cites.ResidenceDay.Valid() {
			t.Fatalf("%+v", d)
		}
	case dues.Paid, dues.Claimed:
		if len(d.Lines) != 0 || (d.State == dues.Paid) != (d.Balance == 0) && d.Total != 0 {
			t.Fatalf("%+v", d)
		}
	default:
		if len(d.Lines) != 0 || d.Total != 0 || (d.MunicipalityID == 0) != (d.State == dues.MissingResidence) {
			t.Fatalf("%+v", d)
		}
	}
}

func TestAMissingValuationIsNeverAssessed(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t, book)
		for _, d := range mustAssess(t, f) {
			listed := slices.ContainsFunc(f.Valuations, func(v dues.Valuation) bool { return v.FiscalYear == d.FiscalYear })
			_, published := f.Tariffs.Find(d.FiscalYear, f.On)
			if d.State == dues.Assessed && !(listed && published) || d.State == dues.MissingValuation && listed {
				t.Fatalf("listed %v, published %v: %+v", listed, published, d)
			}
		}
	})
}

func TestAssessingTwiceIsEqualAndChangesNothing(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t, book)
		shuffled := f
		shuffled.Residences, shuffled.Valuations, shuffled.Settled = slices.Clone(f.Residences), slices.Clone(f.Valuations), slices.Clone(f.Settled)
		slices.Reverse(shuffled.Residences)
		slices.Reverse(shuffled.Valuations)
		slices.Reverse(shuffled.Settled)
		first, second, third := mustAssess(t, f), mustAssess(t, f), mustAssess(t, shuffled)
		if !reflect.DeepEqual(first, second) || !reflect.DeepEqual(first, third) {
			t.Fatalf("%+v\n%+v\n%+v", first, second, third)
		}
	})
}

func TestPayingEverythingLeavesNothing(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t, book)
		f.Settled = nil
		owed := mustAssess(t, f)
		for _, d := range owed {
			if d.State == dues.Assessed {
				f.Settled = append(f.Settled, dues.Settled{
					MunicipalityID: d.MunicipalityID, FiscalYear: d.FiscalYear, State: dues.Paid, Amount: d.Balance,
				})
			}
		}
		f.On = f.On.AddDays(rapid.IntRange(0, calendar.DaysBetween(f.On, f.On.FiscalYear().End())).Draw(t, "later in the year"))
		if len(owed) == 0 {
			return // a vehicle that is registered later may owe by then
		}
		after := mustAssess(t, f)
		if len(after) != len(owed) {
			t.Fatalf("%d dues became %d", len(owed), len(after))
		}
		for i, d := range after {
			if d.FiscalYear != owed[i].FiscalYear || d.MunicipalityID != owed[i].MunicipalityID || d.Balance != 0 ||
				owed[i].State == dues.Assessed && (d.State != dues.Paid || d.Total != owed[i].Total) ||
				owed[i].State != dues.Assessed && d.State != owed[i].State {
				t.Fatalf("%+v\nbecame\n%+v", owed[i], d)
			}
		}
	})
}

// A day later a due never costs less, and whatever changes is its penalty.
func TestDelayNeverLowersADue(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t, book)
		today := mustAssess(t, f)
		f.On = f.On.AddDays(rapid.IntRange(1, 800).Draw(t, "delay"))
		later := mustAssess(t, f)
		for _, d := range today {
			i := slices.IndexFunc(later, func(l dues.Due) bool {
				return l.FiscalYear == d.FiscalYear && l.MunicipalityID == d.MunicipalityID
			})
			if i < 0 || later[i].State != d.State || later[i].Total < d.Total ||
				amount(later[i], dues.Penalty) < amount(d, dues.Penalty) ||
				amount(later[i], dues.AnnualDuty) != amount(d, dues.AnnualDuty) ||
				amount(later[i], dues.AgeSurcharge) != amount(d, dues.AgeSurcharge) {
				t.Fatalf("%+v\nbecame\n%+v", d, later)
			}
		}
	})
}
