package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"mofasa/billing/valuations"
)

// printPreview writes aligned columns; what may be Persian stands at the end of a line.
func printPreview(out io.Writer, found valuations.Preview) error {
	fmt.Fprintf(out, "read %d · refused %d\n", found.Read, found.Refused)
	for _, y := range found.Years {
		fmt.Fprintf(out, "\nfiscal year %d: listed %d · without a value until now %d · changed %d · unchanged %d · compared with last year %d, usually by %s\n",
			y.FiscalYear, y.Listed, y.Listed-y.Changed.Total-y.Unchanged, y.Changed.Total, y.Unchanged, y.Compared, percent(int64(y.Usual)-1_000_000))
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		printYear(w, y)
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func printYear(w io.Writer, y valuations.YearPreview) {
	table(w, "new types", y.New, []any{"rial", "type", "name"}, func(t valuations.NewType) []any {
		return []any{t.Base, clean(t.TypeCode), clean(t.NameFA)}
	})
	table(w, "changed values", y.Changed, []any{"was", "rial", "by analogy with", "type", "name"}, func(c valuations.ChangedValue) []any {
		return []any{c.Was, c.Base, dash(clean(c.Basis)), clean(c.TypeCode), clean(c.NameFA)}
	})
	table(w, "missing types", y.Missing, []any{"vehicles", "last year", "type", "name"}, func(m valuations.MissingType) []any {
		return []any{m.Vehicles, m.LastYear, clean(m.TypeCode), clean(m.NameFA)}
	})
	table(w, "outliers", y.Outliers, []any{"last year", "rial", "change", "off the usual", "type", "name"}, func(o valuations.Outlier) []any {
		return []any{o.LastYear, o.Base, percent(o.Change), percent(o.Off), clean(o.TypeCode), clean(o.NameFA)}
	})
}

func table[T any](w io.Writer, name string, s valuations.Section[T], columns []any, cells func(T) []any) {
	if !title(w, fmt.Sprintf("%s (%d)", name, s.Total), s.Total, columns...) {
		return
	}
	for _, r := range s.Rows {
		row(w, cells(r)...)
	}
	more(w, s.Total, len(s.Rows))
}

// more says that a table goes on.
func more(w io.Writer, total, told int) {
	if total > told {
		fmt.Fprintf(w, "  … and %d more\n", total-told)
	}
}
