package tariffs

import (
	"context"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// highestBase is far above any vehicle and far below what a duty of it could overflow: 10^15 rial.
const highestBase money.Rial = 1_000_000_000_000_000

var errTypeName = fault.Define(fault.Invalid, "valuation_type_name",
	"این کد تیپ در سطر پیشین نام دیگری دارد.", "An earlier row gives this type code another name.")

// ValuationImporter loads the published base values of vehicle types.
type ValuationImporter struct {
	Runner *scope.Runner
}

// Import loads a file with the columns fiscal_year, type_code, type_name_fa, base_rial, in one transaction: the base value of a type for a fiscal year
// (VAT law of 1400, Art. 29), and the type's name. A known value is replaced; none is removed. Errors: csvimport.ErrEmpty, csvimport.ErrHeader.
func (im *ValuationImporter) Import(ctx context.Context, in csvimport.Input) (csvimport.Report, error) {
	return csvimport.Run(ctx, im.Runner, csvimport.Load{
		Name:    "valuations",
		Columns: []string{"fiscal_year", "type_code", "type_name_fa", "base_rial"},
		Table:   "import_valuation_rows",
		Staged:  []string{"line integer", "fiscal_year smallint", "type_code text", "name_fa text", "base_rial bigint"},
		Begin:   func(*scope.Tx) (csvimport.Parse, error) { return parseValuation, nil },
		Merge:   mergeValuations,
		Faults:  []*fault.Error{csvimport.ErrRepeated, errTypeName},
	}, in)
}

var (
	dutyYear  = csvimport.Whole(FirstYear, calendar.LastYear)
	baseValue = csvimport.Whole(1, int64(highestBase))
)

func parseValuation(r *csvimport.Record, values []any) {
	values[1] = csvimport.Cell(r, 0, dutyYear)
	values[2] = csvimport.Cell(r, 1, csvimport.Required)
	values[3] = csvimport.Cell(r, 2, csvimport.Name)
	values[4] = csvimport.Cell(r, 3, baseValue)
}
