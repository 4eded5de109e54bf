package calendar

import (
	"fmt"
	"time"
	_ "time/tzdata" // a bare machine has no zone files
)

// tehran has Asia/Tehran with its historic offsets: summer time in many years until 1401, none since.
var tehran = mustTehran()

// mustTehran refuses to run on zone files older than the abolition of summer time (1401): with them a payment near
// midnight would fall on another day, and sometimes in another fiscal year.
func mustTehran() *time.Location {
	zone, err := time.LoadLocation("Asia/Tehran")
	if err != nil {
		panic(fmt.Errorf("calendar: %w", err))
	}
	if _, offset := time.Date(2023, time.July, 1, 0, 0, 0, 0, time.UTC).In(zone).Zone(); offset != 3*3600+1800 {
		panic("calendar: the zone files of this machine are older than 2022b; update tzdata or set ZONEINFO")
	}
	return zone
}

// Tehran is the zone of fiscal days.
func Tehran() *time.Location { return tehran }

// DateOf is the day that the instant falls on in Tehran; it is not Valid outside 1300–1500.
func DateOf(t time.Time) Date { return FromGregorian(t.In(tehran).Date()) }

// Time is the UTC instant at which the day begins in Tehran. Where summer time skips midnight, that is 01:00 local time.
func (d Date) Time() time.Time {
	midnight := d.utc()
	first, second := midnight.Add(-offsetAt(midnight.Add(-day))), midnight.Add(-offsetAt(midnight.Add(day)))
	if second.Before(first) {
		first, second = second, first
	}
	if DateOf(first) == d {
		return first
	}
	return second
}

const day = 24 * time.Hour

func offsetAt(t time.Time) time.Duration {
	_, seconds := t.In(tehran).Zone()
	return time.Duration(seconds) * time.Second
}
