// Package valuations keeps the base values of vehicle types: the published list of each fiscal year, and what was decided by analogy for types that are on no
// list any more. It computes no due; package dues takes the values as they stand.
package valuations

import (
	"context"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// highestBase is far above any vehicle and far below what a duty of it could overflow: 10^15 rial.
const highestBase money.Rial = 1_000_000_000_000_000

var errTypeName = fault.Define(fault.Invalid, "valuation_type_name",
	"این کد تیپ در سطر پیشین نام دیگری دارد.", "An earlier row gives this type code another name.")

// Importer loads the published base values of vehicle types.
type Importer struct {
	Runner *scope.Runner
}

// Import loads a file with the columns fiscal_year, type_code, type_name_fa, base_rial, in one transaction: the base value of a type for a fiscal year
// (VAT law of 1400, Art. 29), and the type's name. A known value is replaced, also one that was decided by analogy; none is removed. What is new or
// changed goes into valuation_changes. Errors: csvimport.ErrEmpty, csvimport.ErrHeader.
func (im *Importer) Import(ctx context.Context, in csvimport.Input) (csvimport.Report, error) {
	return csvimport.Run(ctx, im.Runner, list(merge), in)
}

// list is how a year's list is read and staged, whatever is then done with it.
func list(merge func(*scope.Tx) (csvimport.Merged, error)) csvimport.Load {
	return csvimport.Load{
		Name:    "valuations",
		Columns: []string{"fiscal_year", "type_code", "type_name_fa", "base_rial"},
		Table:   "import_valuation_rows",
		Staged:  []string{"line integer", "fiscal_year smallint", "type_code text", "name_fa text", "base_rial bigint", "id uuid"},
		Begin:   begin,
		Merge:   merge,
		Faults:  []*fault.Error{csvimport.ErrRepeated, errTypeName},
	}
}

var (
	dutyYear  = csvimport.Whole(tariffs.FirstYear, calendar.LastYear)
	baseValue = csvimport.Whole(1, int64(highestBase))
)

// begin parses rows; id is that of the change that a row may turn out to be.
func begin(tx *scope.Tx) (csvimport.Parse, error) {
	return func(r *csvimport.Record, values []any) {
		values[1] = csvimport.Cell(r, 0, dutyYear)
		values[2] = csvimport.Cell(r, 1, csvimport.Required)
		values[3] = csvimport.Cell(r, 2, csvimport.Name)
		values[4] = csvimport.Cell(r, 3, baseValue)
		values[5] = [16]byte(tx.NewID())
	}, nil
}
