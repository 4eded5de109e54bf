package dues_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
)

// A window takes years away and changes nothing else.
func TestAWindowAnswersTheSameDues(t *testing.T) {
	t.Parallel()
	book := national(t)
	rapid.Check(t, func(t *rapid.T) {
		f := richFacts(t, book)
		all, amounts := mustAssess(t, f), mustAmounts(t, f)
		f.Window = anyWindow(t)
		outside := func(year calendar.FiscalYear) bool {
			return year < f.Window.First || f.Window.Last != 0 && year > f.Window.Last
		}
		all = slices.DeleteFunc(all, func(d dues.Due) bool { return outside(d.FiscalYear) })
		amounts = slices.DeleteFunc(amounts, func(a dues.Amounts) bool { return outside(a.FiscalYear) })
		if got := mustAssess(t, f); !slices.EqualFunc(got, all, func(a, b dues.Due) bool { return reflect.DeepEqual(a, b) }) {
			t.Fatalf("%+v: %+v, want %+v", f.Window, got, all)
		}
		if got := mustAmounts(t, f); !slices.Equal(got, amounts) {
			t.Fatalf("%+v: %+v, want %+v", f.Window, got, amounts)
		}
	})
}

func anyWindow(t *rapid.T) dues.Window {
	w := dues.Window{First: calendar.FiscalYear(rapid.IntRange(1380, 1412).Draw(t, "first")), Last: calendar.FiscalYear(rapid.IntRange(1380, 1412).Draw(t, "last"))}
	if rapid.IntRange(0, 4).Draw(t, "open end") == 0 {
		w.Last = 0
	}
	return w
}

func mustAmounts(t *rapid.T, f dues.Facts) []dues.Amounts {
	list, err := dues.AssessAmounts(&f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAWindowOfOneYear(t *testing.T) {
	t.Parallel()
	f := fleetCar(t)
	f.Window = dues.Window{First: 1396, Last: 1396}
	list, err := dues.AssessAmounts(&f, nil)
	if err != nil || len(list) != 1 || list[0].FiscalYear != 1396 || list[0].Balance == 0 {
		t.Errorf("%+v, %v", list, err)
	}
	f.Window = dues.Window{First: 1400, Last: 1396}
	if list, err := dues.AssessAmounts(&f, nil); err != nil || len(list) != 0 {
		t.Errorf("an empty window: %+v, %v", list, err)
	}
}
