package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"mofasa/billing/impact"
)

// tellPreview prints a preview, and its report where it is done, for a terminal or as JSON.
func tellPreview(out io.Writer, p impact.Preview, asJSON bool) error {
	if asJSON {
		text := json.NewEncoder(out)
		text.SetIndent("", "  ")
		return text.Encode(map[string]any{"id": p.ID, "municipality_id": p.MunicipalityID, "drafts": p.Drafts, "state": p.State, "failure": p.Failure, "stale": p.Stale,
			"requested_at": p.RequestedAt, "vehicles_done": p.VehiclesDone, "vehicles_total": p.VehiclesTotal, "report": p.Report})
	}
	fmt.Fprintf(out, "preview %s · %s\n", p.ID, p.State)
	for _, d := range p.Drafts {
		fmt.Fprintf(out, "draft %s, revision %d\n", d.ID, d.Revision)
	}
	if p.Stale {
		fmt.Fprintln(out, "stale: a draft was revised since")
	}
	if p.Report != nil {
		tellReport(out, p.Report)
	}
	return nil
}

func tellReport(out io.Writer, r *impact.Report) {
	fmt.Fprintf(out, "dues of %s, on %s\n\n", joined(r.Years), r.On)
	head := []string{"vehicle-years", "changed", "before", "after", "difference"}
	rows := [][]string{append([]string{"rial"}, head...), sumRow(r.Total, "all")}
	for _, y := range r.ByYear {
		rows = append(rows, sumRow(y.Sums, y.Year.String()))
	}
	for _, c := range r.ByClass {
		rows = append(rows, sumRow(c.Sums, string(c.Class)))
	}
	grid(out, rows)
	rows = [][]string{append([]string{"municipality", "province"}, head...)}
	for _, m := range r.ByMunicipality {
		rows = append(rows, sumRow(m.Sums, fmt.Sprintf("%d %s", m.ID, m.NameEN), m.ProvinceEN))
	}
	grid(out, rows)
	tellCounts(out, r)
	tellLargest(out, r.Largest)
}

func sumRow(s impact.Sums, names ...string) []string {
	return append(names, thousands(s.VehicleYears), thousands(s.Changed), s.Before.English(), s.After.English(), s.Difference.English())
}

func tellCounts(out io.Writer, r *impact.Report) {
	rows := [][]string{{"vehicles read", thousands(r.Vehicles)}, {"vehicle-years settled before, and left alone", thousands(r.Settled)},
		{"vehicles that owe nothing any more", thousands(r.NewlyZero)}, {"vehicle-years newly above " + r.Threshold.English(), thousands(r.NewlyAbove)},
		{"vehicles whose facts contradict themselves", thousands(r.Contradicting)}, {"vehicles whose dues pass every number", thousands(r.Unreckonable)}}
	grid(out, rows)
	rows = [][]string{{"vehicle-years", "before", "after"}}
	for _, c := range []struct {
		name string
		impact.Sides
	}{{"exempt", r.States.Exempt}, {"under review", r.States.UnderReview}, {"missing tariff", r.States.MissingTariff}, {"missing valuation", r.States.MissingValuation},
		{"missing residence", r.States.MissingResidence}, {"levy without a rate", r.States.Unrated}} {
		rows = append(rows, []string{c.name, thousands(c.Before), thousands(c.After)})
	}
	grid(out, rows)
}

func tellLargest(out io.Writer, list []impact.Change) {
	if len(list) == 0 {
		return
	}
	rows := [][]string{{"vehicle", "class", "type", "year", "city", "before", "after", "difference", "state before", "state after"}}
	for _, c := range list {
		rows = append(rows, []string{c.VehicleID.String(), string(c.Class), c.TypeCode, c.Year.String(), fmt.Sprint(c.MunicipalityID), c.Before.English(), c.After.English(),
			(c.After - c.Before).English(), string(c.StateBefore), string(c.StateAfter)})
	}
	grid(out, rows)
}

func joined[T fmt.Stringer](list []T) string {
	words := make([]string, len(list))
	for i, x := range list {
		words[i] = x.String()
	}
	return strings.Join(words, ", ")
}

// grid prints rows and an empty line.
func grid(out io.Writer, rows [][]string) {
	aligned(out, rows)
	fmt.Fprintln(out)
}

// aligned prints rows below each other, numbers to the right. What may be Persian stands at the end of a line, so that a terminal without
// right-to-left text keeps its columns.
func aligned(out io.Writer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			width := -widths[i]
			if numeric(rows[len(rows)-1][i]) {
				width = widths[i]
			}
			fmt.Fprintf(&line, "%*s  ", width, cell)
		}
		fmt.Fprintln(out, strings.TrimRight(line.String(), " "))
	}
}

func numeric(cell string) bool {
	return strings.Trim(cell, "-0123456789,.%") == "" && cell != ""
}
