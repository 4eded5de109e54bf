package municipalities

import (
	"context"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
)

// Importer loads municipalities.
type Importer struct {
	Runner *scope.Runner
}

// Import loads a file with the columns code, name_fa, name_en, province_fa, province_en, county_fa, bill_prefix, iban, in one transaction. A new municipality
// is active, with the steps of its life that lead there, takes its code as the company code of its bills, receives every charge on its IBAN, and numbers its bills from 1; a known one keeps
// its stage and its numbering, and its account unless it is a draft or has none: a row that says another one is refused (municipality_account_two_people). Errors: csvimport.ErrEmpty, csvimport.ErrHeader.
func (im *Importer) Import(ctx context.Context, in csvimport.Input) (csvimport.Report, error) {
	return csvimport.Run(ctx, im.Runner, csvimport.Load{
		Name:    "municipalities",
		Columns: []string{"code", "name_fa", "name_en", "province_fa", "province_en", "county_fa", "bill_prefix", "iban"},
		Table:   "import_municipality_rows",
		Staged: []string{"line integer", "code integer", "name_fa text", "name_en text", "province_fa text", "province_en text", "county_fa text",
			"bill_prefix integer", "iban text"},
		Begin:  func(*scope.Tx) (csvimport.Parse, error) { return parse, nil },
		Merge:  merge,
		Faults: []*fault.Error{csvimport.ErrRepeated, errNameTaken, errPrefixTaken, errAccountTwo},
	}, in)
}

var (
	code   = csvimport.Whole(1, 999)
	prefix = csvimport.Whole(1, 99)
)

func parse(r *csvimport.Record, values []any) {
	values[1] = csvimport.Cell(r, 0, code)
	values[2] = csvimport.Cell(r, 1, csvimport.Name)
	values[3] = csvimport.Cell(r, 2, csvimport.Required)
	values[4] = csvimport.Cell(r, 3, csvimport.Name)
	values[5] = csvimport.Cell(r, 4, csvimport.Required)
	values[6] = csvimport.Cell(r, 5, csvimport.Name)
	values[7] = csvimport.Cell(r, 6, prefix)
	values[8] = csvimport.Cell(r, 7, iban)
}

func iban(cell string) (string, error) {
	number, err := identifiers.ParseIBAN(cell)
	return number.String(), err
}
