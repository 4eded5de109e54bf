package main

import (
	"fmt"
	"io"
	"strconv"

	"mofasa/billing/valuations"
)

// printPreview writes the preview of a list, fiscal year by fiscal year.
func printPreview(out io.Writer, found valuations.Preview) {
	fmt.Fprintf(out, "read %d · refused %d\n", found.Read, found.Refused)
	for _, y := range found.Years {
		fmt.Fprintf(out, "\nfiscal year %d: listed %d · without a value until now %d · changed %d · unchanged %d · compared with last year %d, usually by %s\n",
			y.FiscalYear, y.Listed, y.Listed-y.Changed.Total-y.Unchanged, y.Changed.Total, y.Unchanged, y.Compared, percent(int64(y.Usual)-1_000_000))
		printYear(out, y)
	}
}

func printYear(out io.Writer, y valuations.YearPreview) {
	table(out, "new types", y.New, []string{"rial", "type", "name"}, func(t valuations.NewType) []string {
		return []string{t.Base.English(), clean(t.TypeCode), clean(t.NameFA)}
	})
	table(out, "changed values", y.Changed, []string{"was", "rial", "by analogy with", "type", "name"}, func(c valuations.ChangedValue) []string {
		return []string{c.Was.English(), c.Base.English(), dash(clean(c.Basis)), clean(c.TypeCode), clean(c.NameFA)}
	})
	table(out, "missing types", y.Missing, []string{"vehicles", "last year", "type", "name"}, func(m valuations.MissingType) []string {
		return []string{thousands(int64(m.Vehicles)), m.LastYear.English(), clean(m.TypeCode), clean(m.NameFA)}
	})
	table(out, "outliers", y.Outliers, []string{"last year", "rial", "change", "off the usual", "type", "name"}, func(o valuations.Outlier) []string {
		return []string{o.LastYear.English(), o.Base.English(), percent(o.Change), percent(o.Off), clean(o.TypeCode), clean(o.NameFA)}
	})
}

func table[T any](out io.Writer, name string, s valuations.Section[T], columns []string, cells func(T) []string) {
	if s.Total == 0 {
		fmt.Fprintf(out, "\n%s: none\n", name)
		return
	}
	fmt.Fprintf(out, "\n%s (%d)\n", name, s.Total)
	rows := [][]string{columns}
	for _, r := range s.Rows {
		rows = append(rows, cells(r))
	}
	aligned(out, rows)
	more(out, s.Total, len(s.Rows))
}

// more says that a table goes on.
func more(w io.Writer, total, told int) {
	if total > told {
		fmt.Fprintf(w, "… and %d more\n", total-told)
	}
}

func printMissing(out io.Writer, found valuations.MissingReport) {
	if found.Groups == 0 {
		fmt.Fprintln(out, "missing base values: none")
		return
	}
	rows := [][]string{{"year", "vehicles", "type", "code", "city"}}
	for _, m := range found.Rows {
		rows = append(rows, []string{m.FiscalYear.String(), thousands(int64(m.Vehicles)), clean(m.TypeCode), strconv.Itoa(m.MunicipalityID), clean(m.City)})
	}
	aligned(out, rows)
	more(out, found.Groups, len(found.Rows))
	fmt.Fprintf(out, "\n%s vehicle-years\n", thousands(int64(found.Vehicles)))
}
