package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mofasa/billing/calendar"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/vehicles"
)

func fleetRows(t *testing.T, n int, seed uint64) [][]string {
	t.Helper()
	var text bytes.Buffer
	if err := writeFleet(&text, n, seed, []int{3, 5, 8}); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&text).ReadAll()
	if err != nil || !slices.Equal(rows[0], fleetHeader) {
		t.Fatalf("header %q, %v", rows[0], err)
	}
	return rows[1:]
}

func TestFleetIsReproducible(t *testing.T) {
	t.Parallel()
	if !slices.EqualFunc(fleetRows(t, 500, 1), fleetRows(t, 500, 1), slices.Equal) {
		t.Error("one seed gives two fleets")
	}
	if slices.EqualFunc(fleetRows(t, 500, 1), fleetRows(t, 500, 2), slices.Equal) {
		t.Error("two seeds give one fleet")
	}
	if got := len(fleetRows(t, 0, 1)); got != 0 {
		t.Errorf("no vehicles have %d rows", got)
	}
	if err := writeFleet(io.Discard, 1, 1, nil); !errors.Is(err, errNoCities) {
		t.Errorf("without cities: %v", err)
	}
}

func TestFleetIsValid(t *testing.T) {
	t.Parallel()
	const n = 20_000
	wearer := map[string]string{} // plate → VIN
	seen := map[string]int{}      // VIN → rows
	categories, letters, several := map[identifiers.Category]int{}, map[string]bool{}, 0
	for i, row := range fleetRows(t, n, 42) {
		vin, class, usage := row[0], vehicles.Class(row[1]), vehicles.Usage(row[2])
		if got, err := identifiers.ParseVIN(vin); err != nil || got.String() != vin {
			t.Fatalf("row %d: VIN %q: %v", i, vin, err)
		}
		model, _ := strconv.Atoi(row[7])
		if year, known := identifiers.VIN(vin).ModelYearHint(); !known || (year-model-621)%30 != 0 {
			t.Errorf("row %d: VIN %q of model %d", i, vin, model)
		}
		if seen[vin]++; seen[vin] == 2 {
			several++
		}
		if text := row[9]; text != "" {
			plate, err := identifiers.ParsePlate(text)
			if err != nil || plate.String() != text || (plate.Kind == identifiers.Motorcycle) != (class == vehicles.Motorcycle) {
				t.Fatalf("row %d: plate %q of a %s: %v", i, text, class, err)
			}
			if other, taken := wearer[text]; taken && (vin != showcaseVIN || other != vin) {
				t.Fatalf("row %d: plate %q is worn twice", i, text)
			}
			wearer[text] = vin
			if want := identifiers.Category(usage); plate.Category() != want {
				t.Errorf("row %d: plate %q of a %s vehicle", i, text, usage)
			}
			categories[plate.Category()]++
			letters[plate.Letter] = true
		}
		for _, column := range []int{8, 10, 11, 13, 14} {
			if day := row[column]; day != "" {
				if d, err := calendar.Parse(day); err != nil || d.Year > lastFleetYear || d.Year < model {
					t.Errorf("row %d: day %q of model %d: %v", i, day, model, err)
				}
			}
		}
		if city := row[12]; vin != showcaseVIN && city != "" && !slices.Contains([]string{"3", "5", "8"}, city) {
			t.Errorf("row %d: city %q", i, city)
		}
	}
	if len(seen) != n {
		t.Errorf("%d vehicles, want %d", len(seen), n)
	}
	if several < n/5 || several > n/2 {
		t.Errorf("%d vehicles have several rows", several)
	}
	if len(categories) != 5 || len(letters) != 18 { // 13 private, taxi, public, government, agricultural, and none
		t.Errorf("categories %v, letters %v", categories, letters)
	}
}

func TestPlatesRunOut(t *testing.T) {
	t.Parallel()
	p := newPlates(5)
	p.given["ت"] = 81*729*90 - 1
	taxi := &fleetType{class: vehicles.PassengerCar}
	if _, err := p.next(taxi, vehicles.Taxi); err != nil {
		t.Errorf("the last plate: %v", err)
	}
	if _, err := p.next(taxi, vehicles.Taxi); !errors.Is(err, errNoPlates) {
		t.Errorf("one more: %v", err)
	}
}

func TestValuationsCoverEveryTypeAndYear(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	if err := writeValuations(&text); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&text).ReadAll()
	if err != nil || strings.Join(rows[0], ",") != "fiscal_year,type_code,type_name_fa,base_rial" {
		t.Fatalf("%q, %v", rows[0], err)
	}
	base := map[string]int64{}
	for _, row := range rows[1:] {
		rial, err := strconv.ParseInt(row[3], 10, 64)
		if err != nil || rial%priceStep != 0 {
			t.Errorf("%q: %v", row, err)
		}
		base[row[0]+"/"+row[1]] = rial
	}
	for _, vehicle := range fleetRows(t, 2_000, 9) {
		for year := 1387; year <= 1405; year++ {
			if base[strconv.Itoa(year)+"/"+vehicle[6]] <= 0 {
				t.Fatalf("no value of %s in %d", vehicle[6], year)
			}
		}
	}
	if len(base) != 19*len(fleetTypes) || base["1393/"+showcaseType] != 267_070_000 || base["1405/"+showcaseType] <= base["1404/"+showcaseType] {
		t.Errorf("%d values, showcase %d in 1393", len(base), base["1393/"+showcaseType])
	}
}
