package desk_test

import (
	"bytes"
	"testing"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"mofasa/billing/calendar"
	"mofasa/billing/desk"
	"mofasa/billing/money"
)

func opened(t *testing.T, list []desk.Usage) *excelize.File {
	t.Helper()
	var file bytes.Buffer
	if err := desk.WriteSpreadsheet(&file, list); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	return book
}

func day(d int) calendar.Date { return calendar.Date{Year: 1405, Month: 8, Day: d} }

func TestASpreadsheetSumsByDayAndByOperator(t *testing.T) {
	t.Parallel()
	maryam, ali := uuid.New(), uuid.New()
	book := opened(t, []desk.Usage{
		{Day: day(29), PersonID: maryam, PersonName: "مریم", Inquiries: 3, Orders: 2, Receipts: 1, Taken: 9_007_199_254_740, Certificates: 1},
		{Day: day(29), PersonID: ali, PersonName: "علی", Inquiries: 1},
		{Day: day(28), PersonID: maryam, PersonName: "مریم", Inquiries: 4, Orders: 1, Taken: 7},
	})
	for sheet, want := range map[string][][]string{
		desk.SheetDays: {
			{"روز", "کاربر", "استعلام", "سبد", "رسید", "دریافتی (ریال)", "گواهی"},
			{"1405/08/29", "مریم", "3", "2", "1", "9007199254740", "1"},
			{"1405/08/29", "علی", "1", "0", "0", "0", "0"},
			{"1405/08/28", "مریم", "4", "1", "0", "7", "0"},
			{"جمع", "", "8", "3", "1", "9007199254747", "1"},
		},
		desk.SheetPeople: {
			{"کاربر", "استعلام", "سبد", "رسید", "دریافتی (ریال)", "گواهی"},
			{"مریم", "7", "3", "1", "9007199254747", "1"},
			{"علی", "1", "0", "0", "0", "0"},
			{"جمع", "8", "3", "1", "9007199254747", "1"},
		},
	} {
		rows, err := book.GetRows(sheet, excelize.Options{RawCellValue: true})
		if err != nil || len(rows) != len(want) {
			t.Fatalf("%s: %v, %v", sheet, rows, err)
		}
		for i := range want {
			for j := range want[i] {
				if rows[i][j] != want[i][j] {
					t.Errorf("%s, row %d, column %d: %q, want %q", sheet, i+1, j+1, rows[i][j], want[i][j])
				}
			}
		}
		if view, err := book.GetSheetView(sheet, 0); err != nil || view.RightToLeft == nil || !*view.RightToLeft {
			t.Errorf("%s does not read from right to left: %+v, %v", sheet, view, err)
		}
	}
	if kind, err := book.GetCellType(desk.SheetDays, "F2"); err != nil || kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString {
		t.Errorf("rial are text: %v, %v", kind, err)
	}
}

func TestNoNameInASpreadsheetIsAFormula(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`=HYPERLINK("http://x.test","برد")`, "+1+1", "-2+3", "@SUM(A1)", "\t=1", "<f>1+1</f>"} {
		book := opened(t, []desk.Usage{{Day: day(1), PersonID: uuid.New(), PersonName: name, Taken: money.Rial(1)}})
		for sheet, cell := range map[string]string{desk.SheetDays: "B2", desk.SheetPeople: "A2"} {
			formula, err := book.GetCellFormula(sheet, cell)
			if err != nil || formula != "" {
				t.Errorf("%q is the formula %q, %v", name, formula, err)
			}
			kind, err := book.GetCellType(sheet, cell)
			if err != nil || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
				t.Errorf("%q is a cell of kind %v, %v", name, kind, err)
			}
			if text, err := book.GetCellValue(sheet, cell); err != nil || text != name {
				t.Errorf("%q reads %q, %v", name, text, err)
			}
		}
	}
}

func TestASpreadsheetOfNothingHasItsHeadings(t *testing.T) {
	t.Parallel()
	rows, err := opened(t, nil).GetRows(desk.SheetDays)
	if err != nil || len(rows) != 2 || rows[1][2] != "0" {
		t.Errorf("%v, %v", rows, err)
	}
}
