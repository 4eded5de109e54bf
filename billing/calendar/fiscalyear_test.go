package calendar_test

import (
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/calendar"
	"mofasa/tenants/fault"
)

func TestFiscalYear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		year       calendar.FiscalYear
		start, end string
	}{{1399, "1399/01/01", "1399/12/30"}, {1403, "1403/01/01", "1403/12/30"}, {1404, "1404/01/01", "1404/12/29"}, {1408, "1408/01/01", "1408/12/30"}} {
		if c.year.Start().String() != c.start || c.year.End().String() != c.end {
			t.Errorf("%d runs from %s to %s", c.year, c.year.Start(), c.year.End())
		}
		if !c.year.Contains(c.year.Start()) || !c.year.Contains(c.year.End()) ||
			c.year.Contains(c.year.Start().AddDays(-1)) || c.year.Contains(c.year.End().AddDays(1)) {
			t.Errorf("%d does not contain exactly its days", c.year)
		}
		if c.year.End().AddDays(1) != (c.year + 1).Start() {
			t.Errorf("after %s comes %s", c.year.End(), c.year.End().AddDays(1))
		}
	}
	if got := calendar.FiscalYear(1404); got.String() != "1404" || got.Persian() != "۱۴۰۴" || got.End().Persian() != "۱۴۰۴/۱۲/۲۹" {
		t.Errorf("%s %s %s", got, got.Persian(), got.End().Persian())
	}
	for year, valid := range map[int]bool{1299: false, 1300: true, 1500: true, 1501: false, 0: false, 2025: false} {
		got, err := calendar.NewFiscalYear(year)
		if valid != (err == nil) || valid && int(got) != year || !valid && fault.Of(err).Code != "calendar_year" {
			t.Errorf("NewFiscalYear(%d) = %d, %v", year, got, err)
		}
	}
}

func TestMonths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to       string
		whole, started int
	}{
		{"1404/01/01", "1403/12/30", 0, 0},
		{"1404/01/01", "1404/01/01", 0, 1},
		{"1404/01/01", "1404/01/31", 0, 1},
		{"1404/01/01", "1404/02/01", 1, 2},
		{"1404/01/01", "1404/12/29", 11, 12},
		{"1404/01/01", "1405/01/01", 12, 13},
		{"1404/01/15", "1404/02/14", 0, 1},
		{"1404/01/15", "1404/02/15", 1, 2},
		{"1404/06/31", "1404/07/29", 0, 1},
		{"1404/06/31", "1404/07/30", 1, 2}, // Mehr has no 31st
		{"1404/06/31", "1404/12/29", 6, 7}, // nor has Esfand
		{"1403/12/30", "1404/12/29", 12, 13},
		{"1387/01/01", "1404/05/10", 17*12 + 4, 17*12 + 5},
	} {
		from, to := parse(t, c.from), parse(t, c.to)
		if whole, started := calendar.MonthsBetween(from, to), calendar.MonthsStarted(from, to); whole != c.whole || started != c.started {
			t.Errorf("%s to %s: %d whole, %d started; want %d, %d", c.from, c.to, whole, started, c.whole, c.started)
		}
	}
}

func TestMonthsNeverShrink(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from, to := anyDate(t, "from"), anyDate(t, "to")
		today, tomorrow := calendar.MonthsBetween(from, to), calendar.MonthsBetween(from, to.AddDays(1))
		if today < 0 || tomorrow < today || tomorrow > today+1 {
			t.Fatalf("%s to %s: %d months, a day later %d", from, to, today, tomorrow)
		}
	})
}
