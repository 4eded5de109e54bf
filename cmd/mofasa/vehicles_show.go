package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

func (r registrar) show() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print what the register says of a vehicle",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := &reading{cmd: cmd}
			if in.scope = scope.Platform().NamingPlate(in.plate("plate").String()); cmd.Flags().Changed("vin") {
				in.scope = scope.Platform().NamingVIN(in.vin("vin"))
			}
			purpose := in.text("purpose")
			return r.at(cmd, in, func(ctx context.Context, d desk) error {
				record, err := d.Read(ctx, in.scope, purpose)
				if err != nil {
					return err
				}
				return file{record}.print(cmd.OutOrStdout())
			})
		},
	}
	flags(cmd, "vin", "plate")
	cmd.Flags().Lookup("plate").Usage = "the vehicle, by the plate that it wears now"
	cmd.Flags().String("purpose", "operator's inquiry", "why the record is read; it goes into the audit record")
	cmd.MarkFlagsOneRequired("vin", "plate")
	cmd.MarkFlagsMutuallyExclusive("vin", "plate")
	return cmd
}

// file is all that is known of one vehicle, to be printed.
type file struct{ vehicles.Record }

// print writes aligned columns; what may be Persian stands at the end of a line, so that a terminal without right-to-left text keeps its columns.
func (f file) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	f.facts(w)
	for _, d := range f.Merged {
		fmt.Fprintf(w, "took in\t%s, %s\n", d.ID, d.VIN)
	}
	if f.Retired != nil {
		fmt.Fprintf(w, "retired\t%s %s, %s\n", jalali(f.Retired.Day), f.Retired.Manner, clean(f.Retired.Reference))
	}
	f.histories(w)
	f.remarks(w)
	return w.Flush()
}

func (f file) facts(w io.Writer) {
	v := f.Vehicle
	for _, fact := range [][2]any{{"vehicle", v.ID}, {"VIN", v.VIN}, {"class", v.Class}, {"usage", v.Usage}, {"fuel", v.Fuel}, {"origin", v.Origin}, {"cylinders", v.Cylinders},
		{"type", clean(v.TypeCode)}, {"model year", v.ModelYear}, {"first registered", jalali(v.FirstRegistered)}, {"category", orDash(v.Category)}} {
		fmt.Fprintf(w, "%v\t%v\n", fact[0], fact[1])
	}
}

func (f file) histories(w io.Writer) {
	if title(w, "plates", len(f.Plates), "from", "to", "plate") {
		for _, p := range f.Plates {
			row(w, jalali(p.From), end(p.To), p.Plate)
		}
	}
	if title(w, "residences", len(f.Residences), "from", "to", "code", "city") {
		for _, p := range f.Residences {
			row(w, jalali(p.From), end(p.To), p.Residence, f.Cities[p.Residence].NameFA)
		}
	}
	if title(w, "owners", len(f.Owners), "from", "to", "kind", "ID", "phone", "name") {
		for _, p := range f.Owners {
			row(w, jalali(p.From), end(p.To), p.Owner.Kind, p.Owner.ID, orDash(p.Owner.Phone), clean(p.Owner.Name))
		}
	}
}

func (f file) remarks(w io.Writer) {
	if title(w, "gaps", len(f.Gaps), "from", "to", "history", "reason") {
		for _, g := range f.Gaps {
			row(w, jalali(g.From), end(g.To), g.History, clean(g.Reason))
		}
	}
	if title(w, "superseded", len(f.Superseded), "on", "history", "cause", "by", "was", "now", "reason") {
		for _, s := range f.Superseded {
			row(w, calendar.DateOf(s.At), s.History, s.Cause, actor(s.Actor), entryLine(s.Was), entryLine(s.Now), clean(s.Reason))
		}
	}
	if title(w, "paid outside", len(f.Payments), "year", "rial", "paid on", "code", "report", "reference", "city") {
		for _, p := range f.Payments {
			row(w, p.FiscalYear, p.AmountRial, jalali(p.PaidOn), p.MunicipalityID, p.ID, clean(p.Reference), f.Cities[p.MunicipalityID].NameFA)
		}
	}
}

// title heads a table, or says that there is nothing in it.
func title(w io.Writer, name string, rows int, columns ...any) bool {
	if rows == 0 {
		fmt.Fprintf(w, "\n%s: none\n", name)
		return false
	}
	fmt.Fprintf(w, "\n%s\n", name)
	row(w, columns...)
	return true
}

func row(w io.Writer, cells ...any) {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		texts[i] = fmt.Sprint(cell)
	}
	fmt.Fprintln(w, "  "+strings.Join(texts, "\t"))
}

func end(day time.Time) string {
	if day.IsZero() {
		return "-"
	}
	return jalali(day).String()
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func actor(id uuid.UUID) string {
	if id == uuid.Nil {
		return "system"
	}
	return id.String()
}

// entryLine is a superseded period on one line: its days and its value.
func entryLine(p vehicles.Period) string {
	value := p.Plate
	switch {
	case p.Residence != 0:
		value = fmt.Sprint(p.Residence)
	case p.Owner.ID != "":
		value = p.Owner.ID
	}
	return fmt.Sprintf("%s..%s %s", jalali(p.From), end(p.To), value)
}

// clean keeps line ends and terminal codes in a stored text from reaching the terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
