package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"time"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/vehicles"
)

// reckonedFleet bounds the fleet that dues.assess holds in memory.
const reckonedFleet = 20_000

// measureAssess reckons a fleet in memory on one core, again and again, and beside it the bare arithmetic of the same dues: a loop that knows nothing of rules,
// cities, days and parts, and comes to the same sum.
func (b *bench) measureAssess(ctx context.Context) (figure, error) {
	codes, err := cityCodes(ctx, b.runner)
	if err != nil {
		return figure{}, err
	}
	fleet, err := fleetFacts(min(b.vehicles, reckonedFleet), codes, calendar.DateOf(time.Now()))
	if err != nil {
		return figure{}, err
	}
	b.say("reckoning the dues of %s in memory", count(len(fleet), "vehicle"))
	sum, rows, err := bareRows(fleet)
	if err != nil {
		return figure{}, err
	}
	half := b.span / 2
	before, bare := spin(half, func() money.Rial { return arithmetic(rows) })
	ours, err := assessFor(ctx, fleet, b.span)
	if err != nil {
		return figure{}, err
	}
	after, _ := spin(half, func() money.Rial { return arithmetic(rows) })
	if bare != sum || ours.sum != sum {
		return figure{}, fmt.Errorf("the sums differ: %d by the package, %d in the first pass, %d by arithmetic", ours.sum, sum, bare)
	}
	allocations := rounded(ours.allocations, 1000)
	b.say("%.3f allocations a vehicle-year", allocations)
	return figure{Name: "dues.assess", Value: ours.rate, Unit: "vehicle-years/s", Allocs: &allocations, Limit: "the same arithmetic in a bare loop",
		LimitValue: float64(len(rows)) * (before + after) / 2}, nil
}

// assessed is what one core did.
type assessed struct {
	rate        float64 // vehicle-years a second
	allocations float64 // a vehicle-year
	sum         money.Rial
}

func assessFor(ctx context.Context, fleet []dues.Facts, span time.Duration) (a assessed, err error) {
	room := make([]dues.Amounts, 0, 64)
	years := 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	for time.Since(began) < span {
		if err := ctx.Err(); err != nil {
			return a, err
		}
		a.sum = 0
		for i := range fleet {
			if room, err = dues.AssessAmounts(&fleet[i], room[:0]); err != nil {
				return a, err
			}
			years += len(room)
			for j := range room {
				a.sum += room[j].Balance
			}
		}
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	a.rate, a.allocations = float64(years)/took.Seconds(), float64(after.Mallocs-before.Mallocs)/float64(years)
	return a, nil
}

// spin repeats something for a while and gives how often a second it was done, and its last result.
func spin(span time.Duration, once func() money.Rial) (perSecond float64, last money.Rial) {
	n, began := 0, time.Now()
	for time.Since(began) < span {
		last = once()
		n++
	}
	return float64(n) / time.Since(began).Seconds(), last
}

// bareRow is one due with everything already chosen: what is left is arithmetic.
type bareRow struct {
	base     int64 // rial
	rate     int64 // parts per million
	overAge  int64 // years of surcharge, of 10 % each
	months   int64 // of delay, of 2 % each
	assessed bool
}

// arithmetic sums what the rows come to, each rounded up to 1,000 rial; 10^-8 rial are its unit.
func arithmetic(rows []bareRow) (sum money.Rial) {
	for i := range rows {
		r := &rows[i]
		if !r.assessed {
			continue
		}
		duty := r.base * r.rate / 10 // base values are whole tens of thousands: nothing is lost
		owed := duty + duty/10*r.overAge
		total := owed + owed/100*2*r.months
		const thousand = 100_000 * 1000
		sum += money.Rial((total + thousand - 1) / thousand * 1000)
	}
	return sum
}

// bareRows chooses by the package itself what each due takes, and sums what it gives.
func bareRows(fleet []dues.Facts) (sum money.Rial, rows []bareRow, err error) {
	var list []dues.Amounts
	for i := range fleet {
		f := &fleet[i]
		if list, err = dues.AssessAmounts(f, list[:0]); err != nil {
			return 0, nil, err
		}
		for j := range list {
			row, err := bareOf(f, &list[j])
			if err != nil {
				return 0, nil, err
			}
			rows = append(rows, row)
			sum += list[j].Balance
		}
	}
	return sum, rows, nil
}

func bareOf(f *dues.Facts, a *dues.Amounts) (bareRow, error) {
	if a.State != dues.Assessed {
		return bareRow{}, nil
	}
	version, found := f.Tariffs.Find(a.FiscalYear, f.On)
	if !found {
		return bareRow{}, fmt.Errorf("no tariff of %d", a.FiscalYear)
	}
	subject := f.Vehicle.Vehicle
	subject.ModelYear = f.Vehicle.ModelYear
	rule, found := version.Rule(tariffs.AnnualDuty, subject)
	if !found {
		return bareRow{}, fmt.Errorf("no rule of %d", a.FiscalYear)
	}
	row := bareRow{rate: int64(rule.Rate), months: int64(version.Penalty.MonthsLate(a.FiscalYear, f.On)), assessed: true}
	if rule.Age != nil {
		row.overAge = int64(rule.Age.Surcharge(int(a.FiscalYear)-f.Vehicle.ModelYear, f.Vehicle.Fuel)) / 100_000
	}
	for i := range f.Valuations {
		if f.Valuations[i].FiscalYear == a.FiscalYear {
			row.base = int64(f.Valuations[i].Base)
		}
	}
	return row, nil
}

// fleetFacts are the facts of the fleet that fleetFile writes, under the national tariffs.
func fleetFacts(n int, cities []int, on calendar.Date) ([]dues.Facts, error) {
	var file bytes.Buffer
	if err := writeFleet(&file, n, benchFleetSeed, cities); err != nil {
		return nil, err
	}
	book, err := tariffs.National()
	if err != nil {
		return nil, err
	}
	values := map[string][]dues.Valuation{}
	for i := range fleetTypes {
		t := &fleetTypes[i]
		for j, level := range priceLevels {
			year := calendar.FiscalYear(firstPriceYear + j)
			values[t.code] = append(values[t.code], dues.Valuation{ID: year.String(), FiscalYear: year, Base: money.Rial(t.priceAt(level))})
		}
	}
	in := csv.NewReader(&file)
	if _, err := in.Read(); err != nil {
		return nil, err
	}
	var fleet []dues.Facts
	vin := ""
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return fleet, nil
		}
		if err != nil {
			return nil, err
		}
		if row[0] != vin {
			vin = row[0]
			fleet = append(fleet, dues.Facts{Tariffs: book, On: on, Valuations: values[row[6]]})
		}
		if err := addRow(&fleet[len(fleet)-1], row); err != nil {
			return nil, err
		}
	}
}

// addRow reads a row of the fleet's file: facts of the vehicle, and one of its residences.
func addRow(f *dues.Facts, row []string) error {
	cylinders, err := strconv.Atoi(row[5])
	model, err2 := strconv.Atoi(row[7])
	registered, err3 := calendar.Parse(row[8])
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	f.Vehicle = dues.Vehicle{Vehicle: tariffs.Vehicle{Class: vehicles.Class(row[1]), Usage: vehicles.Usage(row[2]), Fuel: vehicles.Fuel(row[3]), Origin: vehicles.Origin(row[4]),
		Cylinders: cylinders}, TypeCode: row[6], ModelYear: model, FirstRegistered: registered}
	if row[12] == "" {
		return nil
	}
	city, err := strconv.Atoi(row[12])
	from, err2 := calendar.Parse(row[13])
	home := dues.Residence{MunicipalityID: city, From: from}
	if row[14] != "" {
		home.To, err3 = calendar.Parse(row[14])
	}
	f.Residences = append(f.Residences, home)
	return errors.Join(err, err2, err3)
}
