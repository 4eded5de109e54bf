// Package calendar speaks Jalali (Solar Hijri) days and fiscal years in Tehran. Conversion is exact for the years
// 1300–1500; inside it an instant is UTC and a day is the Tehran day.
package calendar

import (
	"cmp"
	"time"
)

// The years for which the arithmetic rule equals the official calendar.
const (
	FirstYear = 1300
	LastYear  = 1500
)

// Date is a Jalali day. The zero Date means "no date" (open end, unknown); every other value that NewDate and Parse did
// not make must be checked with Valid before use.
type Date struct{ Year, Month, Day int }

// NewDate checks that the day exists: calendar_range outside 1300–1500, calendar_date for a day that the year does not have.
func NewDate(year, month, day int) (Date, error) {
	d := Date{year, month, day}
	if year < FirstYear || year > LastYear {
		return Date{}, errRange.At(0)
	}
	if month < 1 || month > 12 {
		return Date{}, errDate.At(monthAt)
	}
	if day < 1 || day > MonthLength(year, month) {
		return Date{}, errDate.At(dayAt)
	}
	return d, nil
}

// Valid says whether d is a day of the years 1300–1500.
func (d Date) Valid() bool {
	_, err := NewDate(d.Year, d.Month, d.Day)
	return err == nil
}

// IsZero says whether d is the absent date; encoding/json's omitzero uses it.
func (d Date) IsZero() bool { return d == Date{} }

// Compare is -1, 0 or 1 as d is before, on or after other.
func (d Date) Compare(other Date) int {
	return cmp.Or(cmp.Compare(d.Year, other.Year), cmp.Compare(d.Month, other.Month), cmp.Compare(d.Day, other.Day))
}

// Before says whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After says whether d is a later day than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// AddDays is the day n days later, or earlier for a negative n; it is not Valid where it leaves 1300–1500.
func (d Date) AddDays(n int) Date { return fromDays(d.days() + n) }

// DaysBetween counts the days from one date to another; it is negative where to is before from.
func DaysBetween(from, to Date) int { return to.days() - from.days() }

// FiscalYear is the fiscal year that d falls in.
func (d Date) FiscalYear() FiscalYear { return FiscalYear(d.Year) }

// Leap says whether Esfand of the Jalali year has 30 days. The rule is the 33-year cycle, which gives the official years
// from 1206 to 1501.
func Leap(year int) bool { return floorMod(25*year+11, 33) < 8 }

// MonthLength is the number of days of a month (1–12) of a Jalali year.
func MonthLength(year, month int) int {
	switch {
	case month <= 6:
		return 31
	case month <= 11 || Leap(year):
		return 30
	}
	return 29
}

// Gregorian gives the same day in the Gregorian calendar, as stored in a DATE column.
func (d Date) Gregorian() (year int, month time.Month, day int) { return d.utc().Date() }

// FromGregorian gives the Jalali day of a Gregorian one; it is not Valid outside 1300–1500.
func FromGregorian(year int, month time.Month, day int) Date {
	return fromDays(floorDiv(int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()), secondsPerDay))
}

const secondsPerDay = 86400

// unixEpoch is how many days 1 January 1970 lies after the day before 1 Farvardin 1, which the rule below counts from 1.
const unixEpoch = 492269

// days counts from 1 January 1970.
func (d Date) days() int {
	inYear := (d.Month-1)*31 + d.Day
	if d.Month > 7 {
		inYear = 186 + (d.Month-7)*30 + d.Day
	}
	return daysBefore(d.Year) + inYear - unixEpoch
}

// daysBefore counts the days from 1 Farvardin 1 to the day before 1 Farvardin of the year: 8 leap days in 33 years.
func daysBefore(year int) int { return 365*(year-1) + floorDiv(8*year+21, 33) }

func fromDays(days int) Date {
	days += unixEpoch
	year := floorDiv(33*days, 33*365+8) // the right year or the one before
	if daysBefore(year+1) < days {
		year++
	}
	rest := days - daysBefore(year) - 1
	if rest < 186 {
		return Date{year, rest/31 + 1, rest%31 + 1}
	}
	rest -= 186
	return Date{year, rest/30 + 7, rest%30 + 1}
}

func (d Date) utc() time.Time { return time.Unix(int64(d.days())*secondsPerDay, 0).UTC() }

func floorMod(a, b int) int { return a - b*floorDiv(a, b) }

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
