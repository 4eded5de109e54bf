package desk

import (
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"
)

// Sheets of the file: what each operator did day by day, and in all of the period.
const (
	SheetDays   = "روزانه"
	SheetPeople = "کاربران"
)

const (
	headDay    = "روز"
	headPerson = "کاربر"
	headTotal  = "جمع"
)

// figures heads the columns of what was done, in the order of [Usage.figures].
func figures() []any {
	return []any{"استعلام", "سبد", "رسید", "دریافتی (ریال)", "گواهی"}
}

// figures lists what was done: counts, and the whole rial that were taken.
func (u Usage) figures() []any {
	return []any{u.Inquiries, u.Orders, u.Receipts, int64(u.Taken), u.Certificates}
}

// plus adds what another one has done; day and person stay.
func (u Usage) plus(other Usage) Usage {
	u.Inquiries += other.Inquiries
	u.Orders += other.Orders
	u.Receipts += other.Receipts
	u.Taken += other.Taken
	u.Certificates += other.Certificates
	return u
}

// byPerson sums usage by operator, in the order in which each comes first.
func byPerson(list []Usage) (people []Usage) {
	at := make(map[uuid.UUID]int)
	for _, u := range list {
		i, known := at[u.PersonID]
		if !known {
			i, at[u.PersonID] = len(people), len(people)
			people = append(people, Usage{PersonID: u.PersonID, PersonName: u.PersonName})
		}
		people[i] = people[i].plus(u)
	}
	return people
}

// WriteSpreadsheet writes usage as an Office Open XML workbook (ECMA-376) that reads from right to left: a sheet by day and operator and one by operator, each with
// a last row of sums. Jalali days and names are text, which no program takes for a formula; counts and whole rial are numbers.
func WriteSpreadsheet(w io.Writer, list []Usage) (err error) {
	file := excelize.NewFile()
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	if err := file.SetSheetName(file.GetSheetName(0), SheetDays); err != nil {
		return fmt.Errorf("name the first sheet: %w", err)
	}
	if _, err := file.NewSheet(SheetPeople); err != nil {
		return fmt.Errorf("add a sheet: %w", err)
	}
	days := table{sheet: SheetDays, heads: []any{headDay, headPerson}, rows: list, names: func(u Usage) []any { return []any{u.Day.String(), u.PersonName} }}
	people := table{sheet: SheetPeople, heads: []any{headPerson}, rows: byPerson(list), names: func(u Usage) []any { return []any{u.PersonName} }}
	for _, t := range []table{days, people} {
		if err := t.write(file); err != nil {
			return fmt.Errorf("write sheet %s: %w", t.sheet, err)
		}
	}
	return file.Write(w)
}

// table is one sheet: what names a row, and its figures.
type table struct {
	sheet string
	heads []any
	rows  []Usage
	names func(Usage) []any
}

func (t table) write(file *excelize.File) error {
	rightToLeft := true
	// The writer sends the view with its first row, so it is set before.
	if err := file.SetSheetView(t.sheet, 0, &excelize.ViewOptions{RightToLeft: &rightToLeft}); err != nil {
		return err
	}
	out, err := file.NewStreamWriter(t.sheet)
	if err != nil {
		return err
	}
	look, err := looksOf(file)
	if err != nil {
		return err
	}
	if err := t.shape(out); err != nil {
		return err
	}
	if err := t.fill(out, look); err != nil {
		return err
	}
	return out.Flush()
}

// shape gives columns their width and keeps the headings in sight.
func (t table) shape(out *excelize.StreamWriter) error {
	if err := out.SetColWidth(1, len(t.heads)+len(figures()), 18); err != nil {
		return err
	}
	return out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

func (t table) fill(out *excelize.StreamWriter, look looks) error {
	if err := row(out, 1, look.strong, append(append([]any{}, t.heads...), figures()...)); err != nil {
		return err
	}
	var sum Usage
	for i, u := range t.rows {
		sum = sum.plus(u)
		if err := row(out, i+2, look.plain, append(t.names(u), u.figures()...)); err != nil {
			return err
		}
	}
	foot := make([]any, len(t.heads))
	foot[0] = headTotal
	return row(out, len(t.rows)+2, look.strong, append(foot, sum.figures()...))
}

// looks are styles of a workbook, by their number in it.
type looks struct{ plain, strong int }

// looksOf makes the styles; numbers show in groups of three digits.
func looksOf(file *excelize.File) (look looks, err error) {
	const grouped = 3 // "#,##0" of ECMA-376 §18.8.30
	if look.plain, err = file.NewStyle(&excelize.Style{NumFmt: grouped}); err != nil {
		return look, err
	}
	look.strong, err = file.NewStyle(&excelize.Style{NumFmt: grouped, Font: &excelize.Font{Bold: true}})
	return look, err
}

// row writes a row of text and numbers, counted from 1.
func row(out *excelize.StreamWriter, number, style int, values []any) error {
	cells := make([]any, len(values))
	for i, value := range values {
		cells[i] = excelize.Cell{StyleID: style, Value: value}
	}
	return out.SetRow(fmt.Sprintf("A%d", number), cells)
}
