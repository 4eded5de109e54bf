package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"

	"mofasa/billing/calendar"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/vehicles"
)

var fleetHeader = []string{"vin", "class", "usage", "fuel", "origin", "cylinders", "type_code", "model_year", "first_registered",
	"plate", "plate_from", "plate_to", "municipality_code", "residence_from", "residence_to"}

// lastFleetYear bounds every day of the demo fleet: none lies in the future.
const lastFleetYear = 1404

var errNoCities = errors.New("a fleet needs municipalities to live in")

// writeFleet writes a file for "import vehicles": n made-up vehicles that live in the given municipalities, the showcase vehicle first. The same n, seed and
// municipalities give the same bytes. Rows are not held in memory.
func writeFleet(w io.Writer, n int, seed uint64, municipalities []int) error {
	if len(municipalities) == 0 {
		return errNoCities
	}
	out := csv.NewWriter(w)
	if err := out.Write(fleetHeader); err != nil {
		return err
	}
	if n > 0 {
		if err := writeShowcase(out); err != nil {
			return err
		}
	}
	f := &fleet{out: out, random: rand.New(rand.NewPCG(seed, 0)), cities: municipalities, plates: newPlates(seed), weight: weighTypes()}
	for i := 1; i < n; i++ {
		if err := f.vehicle(i); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// The showcase vehicle is the one that the demo walks through.
const (
	showcasePlate = "12ب14547"
	showcaseVIN   = "NAAM01CA9EH145471"
	showcaseType  = "ikco-peugeot-405-glx"
)

// writeShowcase writes a vehicle that has worn one plate in three cities, so that it owes each of them for some years.
func writeShowcase(out *csv.Writer) error {
	cities, err := codesOf("تهران", "اصفهان", "شیراز")
	if err != nil {
		return err
	}
	facts := []string{showcaseVIN, string(vehicles.PassengerCar), string(vehicles.Private), string(vehicles.Petrol), string(vehicles.Domestic), "4", showcaseType, "1393", "1393/03/15"}
	for i, days := range [][2]string{{"1393/03/15", "1396/07/01"}, {"1396/07/01", "1400/04/10"}, {"1400/04/10", ""}} {
		row := slices.Concat(facts, []string{showcasePlate, "1393/03/15", "", cities[i], days[0], days[1]})
		if err := out.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// codesOf looks up cities of the built-in list that are named like their provinces or are the only ones of their name.
func codesOf(names ...string) ([]string, error) {
	rows, err := csv.NewReader(municipalities.Default()).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the built-in municipalities: %w", err)
	}
	code, name := slices.Index(rows[0], "code"), slices.Index(rows[0], "name_fa")
	codes := make([]string, len(names))
	for i, wanted := range names {
		at := slices.IndexFunc(rows, func(row []string) bool { return row[name] == wanted })
		if at < 0 {
			return nil, fmt.Errorf("the built-in municipalities lack %s", wanted)
		}
		codes[i] = rows[at][code]
	}
	return codes, nil
}

// fleet makes one vehicle after the other.
type fleet struct {
	out    *csv.Writer
	random *rand.Rand
	cities []int
	plates *plates
	weight int
}

// period is one stretch of a vehicle's history; until is empty for the last.
type period struct{ value, from, until string }

func (f *fleet) vehicle(i int) error {
	t := f.pickType()
	model := t.first + f.random.IntN(t.last-t.first+1)
	registered := f.dayIn(min(model+f.random.IntN(5)/4, lastFleetYear)) // every fifth in the year after
	usage := f.usage(t)
	facts := []string{vinOf(t, model, i), string(t.class), string(usage), string(t.fuel), string(t.origin), strconv.Itoa(t.cylinders), t.code, strconv.Itoa(model), registered.String()}
	lived := f.history(registered, f.howMany(78, 95))
	worn := f.history(registered, f.howMany(80, 97))
	for j := range lived {
		lived[j].value = f.city(lived[:j])
	}
	for j := range worn {
		plate, err := f.plates.next(t, usage)
		if err != nil {
			return err
		}
		worn[j].value = plate
	}
	for j := range max(len(lived), len(worn)) {
		if err := f.out.Write(slices.Concat(facts, cells(worn, j), cells(lived, j))); err != nil {
			return err
		}
	}
	return nil
}

func cells(periods []period, i int) []string {
	if i >= len(periods) {
		return []string{"", "", ""}
	}
	return []string{periods[i].value, periods[i].from, periods[i].until}
}

func (f *fleet) pickType() *fleetType {
	left := f.random.IntN(f.weight)
	for i := range fleetTypes {
		if left -= fleetTypes[i].weight; left < 0 {
			return &fleetTypes[i]
		}
	}
	panic("fleet: the weights of the types do not add up")
}

// usage is private but for few: some sedans are taxis, most lorries and buses work for hire, some pickups on farms.
func (f *fleet) usage(t *fleetType) vehicles.Usage {
	roll := f.random.IntN(100)
	switch {
	case t.class == vehicles.Motorcycle:
		return vehicles.Private
	case roll == 99:
		return vehicles.Government
	case t.taxi && roll < 8:
		return vehicles.Taxi
	case (t.class == vehicles.Truck || t.class == vehicles.Bus || t.class == vehicles.Minibus) && roll < 75:
		return vehicles.Public
	case t.class == vehicles.SingleCabPickup && roll < 5:
		return vehicles.Agricultural
	}
	return vehicles.Private
}

// howMany is 1, 2 or 3, given in per cent how many vehicles have one and how many at most two.
func (f *fleet) howMany(one, two int) int {
	switch roll := f.random.IntN(100); {
	case roll < one:
		return 1
	case roll < two:
		return 2
	}
	return 3
}

// history cuts the time since a day into at most n periods, each of which begins in a later year than the one before.
func (f *fleet) history(since calendar.Date, n int) []period {
	days := []calendar.Date{since}
	for len(days) < n && days[len(days)-1].Year < lastFleetYear {
		year := days[len(days)-1].Year
		days = append(days, f.dayIn(year+1+f.random.IntN(lastFleetYear-year)))
	}
	periods := make([]period, len(days))
	for i, day := range days {
		periods[i].from = day.String()
		if i > 0 {
			periods[i-1].until = periods[i].from
		}
	}
	return periods
}

// dayIn stays within the 29 days that every month has.
func (f *fleet) dayIn(year int) calendar.Date {
	return calendar.Date{Year: year, Month: 1 + f.random.IntN(12), Day: 1 + f.random.IntN(29)}
}

// city is another one than the last, where there are two.
func (f *fleet) city(before []period) string {
	for {
		code := strconv.Itoa(f.cities[f.random.IntN(len(f.cities))])
		if len(before) == 0 || len(f.cities) == 1 || code != before[len(before)-1].value {
			return code
		}
	}
}

// writeValuations writes a file for "import valuations": a plausible base value of every type of the fleet for every fiscal year from 1387 to 1405.
func writeValuations(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"fiscal_year", "type_code", "type_name_fa", "base_rial"}); err != nil {
		return err
	}
	for i, perMille := range priceLevels {
		for _, t := range fleetTypes {
			if err := out.Write([]string{strconv.Itoa(firstPriceYear + i), t.code, t.nameFA, strconv.FormatInt(t.priceAt(perMille), 10)}); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}
