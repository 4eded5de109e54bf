package main

import (
	"fmt"
	"strings"

	"mofasa/api/gen"
)

// describeDues is a line for each city.
func (w *walk) describeDues() []string {
	var rows [][]string
	for _, city := range w.inquiry.Municipalities {
		years := make([]int, len(city.Dues))
		for i, d := range city.Dues {
			years[i] = d.FiscalYear
		}
		rows = append(rows, []string{city.Municipality.NameEn, span(years), count(len(city.Dues), "due"), thousands(city.PayableRial), "rial", city.Municipality.NameFa})
	}
	return columns(rows)
}

// explain tells how one due came about, the one with the most steps.
func (w *walk) explain() []string {
	var city gen.MunicipalityDues
	var due gen.Due
	for _, c := range w.inquiry.Municipalities {
		for _, d := range c.Dues {
			if len(d.Explanation) > len(due.Explanation) {
				city, due = c, d
			}
		}
	}
	lines := []string{fmt.Sprintf("How one due explains itself, %s %d, %s rial:", city.Municipality.NameEn, due.FiscalYear, thousands(due.TotalRial))}
	for _, s := range due.Explanation {
		lines = append(lines, "- "+s.Text.En)
		if s.LegalReference != nil {
			lines = append(lines, "  ("+s.LegalReference.En+")")
		}
	}
	return lines
}

// span writes ascending years: "1393-1396, 1398".
func span(years []int) string {
	var runs []string
	for i := 0; i < len(years); {
		j := i
		for j+1 < len(years) && years[j+1] == years[j]+1 {
			j++
		}
		run := fmt.Sprint(years[i])
		if j > i {
			run += fmt.Sprintf("-%d", years[j])
		}
		runs = append(runs, run)
		i = j + 1
	}
	return strings.Join(runs, ", ")
}

func cities(n int) string {
	if n == 1 {
		return "1 city"
	}
	return fmt.Sprintf("%d cities", n)
}
