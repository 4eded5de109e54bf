package calendar_test

import (
	"testing"
	"time"

	"mofasa/billing/calendar"
)

// For every day of the range: it holds its first instant, and the nanosecond before is of the day before. Summer time skipped
// midnight in many springs until 1401.
func TestEveryDayBeginsAtTime(t *testing.T) {
	t.Parallel()
	skipped := 0
	for d := firstDay; !d.After(lastDay); d = d.AddDays(1) {
		begin := d.Time()
		if got := calendar.DateOf(begin); got != d {
			t.Fatalf("%s begins at %s, which is of %s", d, begin, got)
		}
		if got, want := calendar.DateOf(begin.Add(-1)), d.AddDays(-1); got != want {
			t.Fatalf("before %s comes %s", d, got)
		}
		if begin.Location() != time.UTC {
			t.Fatalf("%s begins in %s", d, begin.Location())
		}
		if begin.In(calendar.Tehran()).Hour() != 0 {
			skipped++
		}
	}
	if skipped < 25 {
		t.Errorf("only %d skipped midnights: these are not Tehran's zone files", skipped)
	}
}

func TestDaysInTehran(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		instant, day, begin string
	}{
		{"2025-03-20T20:29:59Z", "1403/12/30", "2025-03-19T20:30:00Z"},
		{"2025-03-20T20:30:00Z", "1404/01/01", "2025-03-20T20:30:00Z"},
		{"2020-03-20T20:30:00Z", "1399/01/02", "2020-03-20T20:30:00Z"}, // clocks go from 00:00 to 01:00
		{"2020-06-01T19:29:59Z", "1399/03/12", "2020-05-31T19:30:00Z"}, // summer time, +04:30
		{"2020-06-01T19:30:00Z", "1399/03/13", "2020-06-01T19:30:00Z"},
		{"2020-09-20T19:30:00Z", "1399/06/30", "2020-09-19T19:30:00Z"}, // clocks go from 24:00 to 23:00
		{"2020-09-20T20:30:00Z", "1399/06/31", "2020-09-20T20:30:00Z"},
		{"2023-07-01T20:30:00Z", "1402/04/11", "2023-07-01T20:30:00Z"}, // no summer time any more
	} {
		instant, err := time.Parse(time.RFC3339, c.instant)
		if err != nil {
			t.Fatal(err)
		}
		day := calendar.DateOf(instant)
		if day.String() != c.day || day.Time().Format(time.RFC3339) != c.begin || calendar.FiscalYearOf(instant) != day.FiscalYear() {
			t.Errorf("%s is %s, which begins %s; want %s, %s", c.instant, day, day.Time().Format(time.RFC3339), c.day, c.begin)
		}
	}
}
