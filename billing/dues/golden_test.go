package dues_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"testing"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

var update = flag.Bool("update", false, "write the golden tables anew")

const (
	goldenFile  = "testdata/golden_1387_1405.csv"
	goldenBase  = 1_573_456_789
	goldenModel = 1380
)

// edges are the days on which a year's due could change its penalty: the last of Esfand, Nowruz, and the ends of months.
func edges(year calendar.FiscalYear) []calendar.Date {
	next := year + 1
	return []calendar.Date{
		year.End(), next.Start(), {Year: int(next), Month: 1, Day: 31}, {Year: int(next), Month: 2, Day: 1},
		{Year: int(next), Month: 12, Day: 29}, next.End(), (next + 1).Start(),
	}
}

// TestGoldenTables holds every class and origin, every year of the two laws and every edge against the recorded table, and
// the table against the law's formula.
func TestGoldenTables(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"class", "origin", "fiscal_year", "on", "state", "annual_duty", "age_surcharge", "penalty", "rounding", "total"}}
	for _, class := range tariffs.Classes() {
		for _, origin := range tariffs.Origins() {
			for year := calendar.FiscalYear(1387); year <= 1405; year++ {
				for _, on := range edges(year) {
					rows = append(rows, goldenRow(t, class, origin, year, on))
				}
			}
		}
	}
	var got bytes.Buffer
	if err := csv.NewWriter(&got).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(goldenFile, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if was := bytes.Split(want, []byte("\n")); !bytes.Equal(got.Bytes(), want) {
		for i, line := range bytes.Split(got.Bytes(), []byte("\n")) {
			if i >= len(was) || !bytes.Equal(line, was[i]) {
				t.Fatalf("line %d is now %s", i+1, line)
			}
		}
		t.Fatal("lines are lost")
	}
}

func goldenRow(t *testing.T, class tariffs.Class, origin tariffs.Origin, year calendar.FiscalYear, on calendar.Date) []string {
	t.Helper()
	f := worth(car(t, goldenModel, "1386/06/15", on.String()), year, goldenBase)
	f.Vehicle.Class, f.Vehicle.Origin = class, origin
	d := of(t, assess(t, f), year)
	row := []string{string(class), string(origin), year.String(), on.String(), string(d.State)}
	for _, amount := range []money.Rial{amount(d, dues.AnnualDuty), amount(d, dues.AgeSurcharge), amount(d, dues.Penalty), amount(d, dues.Rounding), d.Total} {
		row = append(row, strconv.FormatInt(int64(amount), 10))
	}
	state, total := byFormula(class, origin, int(year), on)
	if string(d.State) != state || d.Total != money.Rial(total) {
		t.Errorf("%s %s %d on %s: %s %d, by the formula %s %d", class, origin, year, on, d.State, d.Total, state, total)
	}
	return row
}

// byFormula is the law in fractions, on its own: base × rate × (1 + surcharge) × (1 + 2 % × months), up to 1,000 rial.
func byFormula(class tariffs.Class, origin tariffs.Origin, year int, on calendar.Date) (state string, total int64) {
	perThousand, surcharge := big.NewRat(1, 1), int64(0)
	switch {
	case year >= 1401 && origin == tariffs.Imported:
		perThousand = big.NewRat(3, 2)
	case year <= 1400 && class != tariffs.PassengerCar && class != tariffs.DoubleCabPickup:
		return "missing_tariff", 0
	case year <= 1400:
		surcharge = min(100, 10*max(0, int64(year-goldenModel-10)))
	}
	months := int64(0)
	if on.Year > year { // every edge but the last of Esfand lies later
		months = int64(12*(on.Year-year-1) + on.Month - 1)
	}
	exact := new(big.Rat).Mul(big.NewRat(goldenBase, 1000), perThousand)
	exact.Mul(exact, big.NewRat(100+surcharge, 100))
	exact.Mul(exact, big.NewRat(100+2*months, 100))
	thousands := new(big.Rat).Quo(exact, big.NewRat(1000, 1))
	up := new(big.Int).Div(new(big.Int).Add(thousands.Num(), new(big.Int).Sub(thousands.Denom(), big.NewInt(1))), thousands.Denom())
	return "assessed", up.Int64() * 1000
}

// The last day of Esfand is the last without a penalty, in leap years the 30th.
func TestEsfandAndNowruz(t *testing.T) {
	t.Parallel()
	for year := calendar.FiscalYear(1387); year <= 1405; year++ {
		last := 29
		if year == 1387 || year == 1391 || year == 1395 || year == 1399 || year == 1403 {
			last = 30
		}
		if year.End() != (calendar.Date{Year: int(year), Month: 12, Day: last}) {
			t.Errorf("%d ends on %s", year, year.End())
		}
		for on, months := range map[calendar.Date]int{year.End(): 0, (year + 1).Start(): 0, {Year: int(year) + 1, Month: 2, Day: 1}: 1, (year + 1).End(): 11, (year + 2).Start(): 12} {
			d := of(t, assess(t, worth(car(t, int(year), fmt.Sprintf("%d/01/01", year), on.String()), year, 1_000_000_000)), year)
			if want := money.Rial(months) * 20_000; amount(d, dues.Penalty) != want {
				t.Errorf("%d on %s: penalty %d, want %d", year, on, amount(d, dues.Penalty), want)
			}
		}
	}
}
