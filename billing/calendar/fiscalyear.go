package calendar

import (
	"strconv"
	"time"
)

// FiscalYear is a Jalali year as the duty knows it: 1 Farvardin to 29 or 30 Esfand, Tehran time.
type FiscalYear int

// FiscalYearOf is the fiscal year of the Tehran day of an instant.
func FiscalYearOf(t time.Time) FiscalYear { return DateOf(t).FiscalYear() }

// NewFiscalYear checks the range: calendar_year outside 1300–1500.
func NewFiscalYear(year int) (FiscalYear, error) {
	if !FiscalYear(year).Valid() {
		return 0, errYear
	}
	return FiscalYear(year), nil
}

// Valid says whether the year is one of 1300–1500.
func (y FiscalYear) Valid() bool { return y >= FirstYear && y <= LastYear }

// Start is 1 Farvardin.
func (y FiscalYear) Start() Date { return Date{int(y), 1, 1} }

// End is the last day of Esfand: the 29th, or the 30th in a leap year.
func (y FiscalYear) End() Date { return Date{int(y), 12, MonthLength(int(y), 12)} }

// Contains says whether the day lies in the year.
func (y FiscalYear) Contains(d Date) bool { return d.Year == int(y) }

// String is the year in Latin digits.
func (y FiscalYear) String() string { return strconv.Itoa(int(y)) }

// Persian is the year in Persian digits: "۱۴۰۴".
func (y FiscalYear) Persian() string { return string(appendNumber(nil, int(y), 1, '۰')) }

// MonthsBetween counts the whole months elapsed from one day to another, 0 where to is not after from. A month ends on the
// same day of a later month, or on that month's last day where it is shorter.
func MonthsBetween(from, to Date) int {
	if !from.Before(to) {
		return 0
	}
	months := 12*(to.Year-from.Year) + to.Month - from.Month
	if to.Day < min(from.Day, MonthLength(to.Year, to.Month)) {
		months--
	}
	return months
}

// MonthsStarted counts the months begun from one day through another, both included: 1 on the day from itself, 0 before it.
func MonthsStarted(from, to Date) int {
	if to.Before(from) {
		return 0
	}
	return MonthsBetween(from, to) + 1
}
