package valuations

import (
	"context"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// The bounds of a preview.
const (
	DefaultThreshold money.PPM = 500_000 // 50 %
	DefaultRows                = 100
	mostRows                   = 10_000
)

// fewest is how many types must have had a value last year before their median says anything.
const fewest = 5

// Options of a preview; the zero Options are the defaults.
type Options struct {
	Threshold money.PPM // a type is an outlier where its change differs from the usual one by more than this; 0: DefaultThreshold
	Rows      int       // of each kind and year that are told, at most 10,000; 0: DefaultRows
}

// Preview is what an import of the file would do, by fiscal year.
type Preview struct {
	Read    int // rows of the file
	Refused int // those that an import would refuse; the result file names them
	Years   []YearPreview
}

// YearPreview compares the accepted rows of one fiscal year with what is stored.
type YearPreview struct {
	FiscalYear calendar.FiscalYear
	Listed     int // accepted rows; those that are neither Changed nor Unchanged have no value yet
	Unchanged  int
	Compared   int       // types that had a value last year
	Usual      money.PPM // the median of base by last year's value; 1,000,000 where fewer than five types can be compared
	New        Section[NewType]
	Changed    Section[ChangedValue]
	Missing    Section[MissingType]
	Outliers   Section[Outlier]
}

// Section is how many there are of a kind, and the first of them.
type Section[T any] struct {
	Total int
	Rows  []T
}

// NewType is a type that no year has a value of.
type NewType struct {
	TypeCode, NameFA string
	Base             money.Rial
}

// ChangedValue is a value that the list replaces; the largest changes first.
type ChangedValue struct {
	TypeCode, NameFA string
	Was, Base        money.Rial
	Basis            string // the type by analogy with which it stands now, if any
}

// MissingType had a value last year or belongs to vehicles of the register, and would have none for the year; the most vehicles first.
type MissingType struct {
	TypeCode, NameFA string
	Vehicles         int        // of the register, on it in that year
	LastYear         money.Rial // 0: none
}

// Outlier is a value whose change since last year differs from the usual change by more than the threshold; the largest first.
type Outlier struct {
	TypeCode, NameFA string
	LastYear, Base   money.Rial
	Change           int64 // ppm of last year's value
	Off              int64 // ppm by which it differs from the usual change
}

var errPreview = fault.Define(fault.Invalid, "valuation_preview_bounds", "آستانه یا شمار سطرهای پیش‌نمایش پذیرفته نیست.",
	"The threshold of a preview must be positive, and its rows at most 10,000 of each kind.")

// Preview stages a list as an import would and compares it with what is stored, keeping nothing. It waits for imports and makes them wait. Errors:
// valuation_preview_bounds (threshold, rows), csvimport.ErrEmpty, csvimport.ErrHeader.
func (s *Service) Preview(ctx context.Context, in csvimport.Input, o Options) (Preview, error) {
	if o.Threshold == 0 {
		o.Threshold = DefaultThreshold
	}
	if o.Rows == 0 {
		o.Rows = DefaultRows
	}
	switch {
	case o.Threshold < 0:
		return Preview{}, errPreview.On("threshold")
	case o.Rows < 0 || o.Rows > mostRows:
		return Preview{}, errPreview.On("rows")
	}
	var found Preview
	report, err := csvimport.Rehearse(ctx, s.tx, list(func(tx *scope.Tx) (merged csvimport.Merged, err error) {
		if err := refuse(tx); err != nil {
			return merged, err
		}
		found.Years, err = compare(tx, o)
		return merged, err
	}), in)
	if err != nil {
		return Preview{}, err
	}
	found.Read, found.Refused = report.Read, report.Refused
	return found, nil
}

// compare previews one year after the other, each against the year before it, which the file may hold as well.
func compare(tx *scope.Tx, o Options) ([]YearPreview, error) {
	years, err := stagedYears(tx)
	if err != nil || len(years) == 0 {
		return nil, err
	}
	if err := stageFleet(tx); err != nil {
		return nil, err
	}
	list := make([]YearPreview, 0, len(years))
	for _, year := range years {
		p := YearPreview{FiscalYear: year}
		for _, step := range []func(*scope.Tx, Options) error{p.count, p.newTypes, p.changed, p.missing, p.measure, p.outliers} {
			if err := step(tx, o); err != nil {
				return nil, err
			}
		}
		list = append(list, p)
	}
	return list, nil
}
