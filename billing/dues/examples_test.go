package dues_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
)

// late is the first day on which so many whole months of penalty are due for the year; with none, the last day of the year.
func late(year calendar.FiscalYear, months int) calendar.Date {
	if months == 0 {
		return year.End()
	}
	return calendar.Date{Year: int(year) + 1 + months/12, Month: 1 + months%12, Day: 1}
}

// example is one worked example: the facts, and the exact and rounded results.
type example struct {
	id                      string
	origin                  tariffs.Origin
	class                   tariffs.Class
	fuel                    tariffs.Fuel
	base                    money.Rial
	model, year, months     int
	duty, penalty, exact    string // exact decimals; duty holds the surcharge
	roundedUp, roundedClose money.Rial
}

func (e example) check(t *testing.T) {
	t.Helper()
	year := calendar.FiscalYear(e.year)
	for _, r := range []struct {
		mode money.Rounding
		want money.Rial
	}{{money.Up, e.roundedUp}, {money.HalfUp, e.roundedClose}} {
		f := worth(car(t, e.model, strconv.Itoa(e.year)+"/01/01", "1405/01/01"), year, e.base)
		f.Vehicle.Origin, f.Vehicle.Class, f.Vehicle.Fuel = e.origin, e.class, e.fuel
		f.On = late(year, e.months)
		f.Tariffs = altered(t, func(v *tariffs.Version) { v.Rounding.Mode = r.mode })
		d := of(t, assess(t, f), year)
		if d.State != dues.Assessed || d.Total != r.want || d.Balance != r.want {
			t.Errorf("%s %s: %s, total %d, balance %d; want %d", e.id, r.mode, d.State, d.Total, d.Balance, r.want)
		}
		if got := input(step(t, d, "total"), "sum"); got != e.exact {
			t.Errorf("%s: exact sum %s, want %s", e.id, got, e.exact)
		}
		e.checkParts(t, d)
	}
}

func (e example) checkParts(t *testing.T, d dues.Due) {
	t.Helper()
	if e.penalty != "0" {
		penalty := step(t, d, "penalty")
		if penalty.Amount != e.penalty || input(penalty, "of") != e.duty || input(penalty, "months") != strconv.Itoa(e.months) {
			t.Errorf("%s: penalty %s of %s, want %s of %s", e.id, penalty.Amount, input(penalty, "of"), e.penalty, e.duty)
		}
	} else if e.duty != e.exact || amount(d, dues.Penalty) != 0 {
		t.Errorf("%s: a penalty of %d", e.id, amount(d, dues.Penalty))
	}
	sum := money.Rial(0)
	for _, line := range d.Lines {
		sum += line.Amount
	}
	if sum != d.Total {
		t.Errorf("%s: lines %v sum to %d, total %d", e.id, d.Lines, sum, d.Total)
	}
}

func TestPublishedExamples(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/duty_examples.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != 13 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, row := range rows[1:] {
		e := example{
			id: row[0], origin: tariffs.Origin(row[2]), class: tariffs.PassengerCar, fuel: tariffs.Petrol,
			base: money.Rial(number(row[5])), model: number(row[6]), year: number(row[7]), months: number(row[12]),
			duty: row[11], penalty: row[13], exact: row[14],
			roundedUp: money.Rial(number(row[15])), roundedClose: money.Rial(number(row[16])),
		}
		if row[8] == "yes" {
			e.fuel = tariffs.CNG
		}
		if strings.Contains(row[1], "truck") {
			e.class, e.fuel = tariffs.Truck, tariffs.Diesel
		}
		e.check(t)
	}
}

// More worked examples by the same formula; R rows stand on published prices of 1392 and 1393.
func TestWorkedExamples(t *testing.T) {
	t.Parallel()
	const sedan, petrol, domestic = tariffs.PassengerCar, tariffs.Petrol, tariffs.Domestic
	for _, e := range []example{
		{"E01", domestic, sedan, petrol, 3_000_000_000, 1402, 1402, 0, "3000000", "0", "3000000", 3_000_000, 3_000_000},
		{"E02", tariffs.Imported, sedan, petrol, 8_000_000_000, 1402, 1402, 0, "12000000", "0", "12000000", 12_000_000, 12_000_000},
		{"E03", domestic, sedan, petrol, 1_573_456_789, 1401, 1403, 0, "1573456.789", "0", "1573456.789", 1_574_000, 1_573_000},
		{"E04", domestic, sedan, petrol, 3_000_000_000, 1402, 1402, 12, "3000000", "720000", "3720000", 3_720_000, 3_720_000},
		{"E05", tariffs.Imported, sedan, petrol, 5_250_000_000, 1400, 1402, 7, "7875000", "1102500", "8977500", 8_978_000, 8_978_000},
		{"E11", domestic, sedan, petrol, 250_000_000, 1385, 1395, 0, "250000", "0", "250000", 250_000, 250_000},
		{"E12", domestic, sedan, petrol, 250_000_000, 1385, 1396, 0, "275000", "0", "275000", 275_000, 275_000},
		{"E14", domestic, sedan, petrol, 250_000_000, 1375, 1395, 0, "500000", "0", "500000", 500_000, 500_000},
		{"E15", domestic, sedan, petrol, 250_000_000, 1370, 1395, 0, "500000", "0", "500000", 500_000, 500_000},
		{"E16", domestic, sedan, tariffs.CNG, 250_000_000, 1380, 1395, 0, "250000", "0", "250000", 250_000, 250_000},
		{"E17", domestic, sedan, petrol, 250_000_000, 1380, 1395, 24, "375000", "180000", "555000", 555_000, 555_000},
		{"R01", domestic, sedan, petrol, 303_018_000, 1393, 1393, 0, "303018", "0", "303018", 304_000, 303_000},
		{"R02", domestic, sedan, petrol, 267_070_000, 1393, 1393, 0, "267070", "0", "267070", 268_000, 267_000},
		{"R05", domestic, sedan, petrol, 252_500_000, 1392, 1392, 0, "252500", "0", "252500", 253_000, 253_000},
		{"R06", domestic, sedan, petrol, 283_000_000, 1392, 1392, 0, "283000", "0", "283000", 283_000, 283_000},
	} {
		e.check(t)
	}
}
