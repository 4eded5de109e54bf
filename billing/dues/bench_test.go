package dues_test

import (
	"testing"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
)

// fleetCar owes nineteen years, of which most bear an age surcharge and a penalty.
func fleetCar(t testing.TB) dues.Facts {
	f := car(t, 1380, "1385/01/01", "1405/08/29")
	for year := calendar.FiscalYear(1387); year <= 1405; year++ {
		f = worth(f, year, 1_573_456_789)
	}
	return f
}

func BenchmarkAssess(b *testing.B) {
	f := fleetCar(b)
	years := len(assess(b, f))
	b.Run("explained", func(b *testing.B) {
		perYear(b, years, func() error {
			_, err := dues.Assess(f)
			return err
		})
	})
	b.Run("amounts", func(b *testing.B) {
		room := make([]dues.Amounts, 0, years)
		perYear(b, years, func() error {
			_, err := dues.AssessAmounts(&f, room)
			return err
		})
	})
}

// perYear reports how many vehicle-years a second one core reckons, and what each allocates.
func perYear(b *testing.B, years int, once func() error) {
	allocations := testing.AllocsPerRun(20, func() {
		if err := once(); err != nil {
			b.Fatal(err)
		}
	})
	b.ReportAllocs()
	for b.Loop() {
		if err := once(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*years)/b.Elapsed().Seconds(), "vehicle-years/s")
	b.ReportMetric(allocations/float64(years), "allocs/vehicle-year")
}

// Not parallel: AllocsPerRun counts what the whole process allocates.
func TestAmountsAreReckonedWithoutAllocating(t *testing.T) {
	f := fleetCar(t)
	f.Settled = []dues.Settled{{MunicipalityID: zanjan, FiscalYear: 1399, State: dues.Paid, Amount: 1}}
	room := make([]dues.Amounts, 0, 19)
	if n := testing.AllocsPerRun(100, func() {
		if list, err := dues.AssessAmounts(&f, room); err != nil || len(list) != 19 {
			t.Fatal(len(list), err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
