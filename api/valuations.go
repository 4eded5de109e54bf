package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"strconv"

	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/billing/valuations"
	"mofasa/tenants/csvimport"
)

// PreviewValuations compares a list with what is stored, and keeps nothing.
func (s *server) PreviewValuations(ctx context.Context, r gen.PreviewValuationsRequestObject) (gen.PreviewValuationsResponseObject, error) {
	var refused bytes.Buffer
	file, err := wholeFile(r.Body)
	if err != nil {
		return nil, err
	}
	found, err := s.Valuations.Preview(ctx, csvimport.Input{File: file, Result: &refused}, valuations.Options{})
	if err != nil {
		return nil, err
	}
	answer := gen.PreviewValuations200JSONResponse{Read: found.Read, Refused: found.Refused, Years: []gen.ValuationYearPreview{}}
	if answer.Refusals, err = refusalsView(&refused); err != nil {
		return nil, err
	}
	for _, y := range found.Years {
		answer.Years = append(answer.Years, yearPreviewView(y))
	}
	return answer, nil
}

// ImportValuations imports the rows of a list that are right, and names the others.
func (s *server) ImportValuations(ctx context.Context, r gen.ImportValuationsRequestObject) (gen.ImportValuationsResponseObject, error) {
	var refused bytes.Buffer
	file, err := wholeFile(r.Body)
	if err != nil {
		return nil, err
	}
	done, err := s.ValuationLists.Import(ctx, csvimport.Input{File: file, Result: &refused})
	if err != nil {
		return nil, err
	}
	answer := gen.ImportValuations200JSONResponse{Read: done.Read, Inserted: done.Inserted, Changed: done.Changed, Unchanged: done.Unchanged, Refused: done.Refused}
	answer.Refusals, err = refusalsView(&refused)
	return answer, err
}

// DecideByAnalogy gives a discontinued type the base value of another.
func (s *server) DecideByAnalogy(ctx context.Context, r gen.DecideByAnalogyRequestObject) (gen.DecideByAnalogyResponseObject, error) {
	done, err := s.Valuations.DecideByAnalogy(ctx, scopeOf(ctx), valuations.Analogy{TypeCode: r.Body.TypeCode, FiscalYear: calendar.FiscalYear(r.Body.FiscalYear),
		BasisType: r.Body.BasisType, BasisYear: calendar.FiscalYear(given(r.Body.BasisYear)), Reason: r.Body.Reason})
	if err != nil {
		return nil, err
	}
	return gen.DecideByAnalogy201JSONResponse{TypeCode: done.TypeCode, FiscalYear: int(done.FiscalYear), BaseRial: int64(done.Base), WasRial: amountView(int64(done.Was)),
		BasisType: done.BasisType, BasisYear: int(done.BasisYear)}, nil
}

// ListMissingValuations counts the vehicles that no list gives a base value.
func (s *server) ListMissingValuations(ctx context.Context, r gen.ListMissingValuationsRequestObject) (gen.ListMissingValuationsResponseObject, error) {
	from, through := r.Params.FromYear, r.Params.FromYear
	if r.Params.ThroughYear != nil {
		through = *r.Params.ThroughYear
	}
	found, err := s.Valuations.Missing(ctx, scopeOf(ctx), calendar.FiscalYear(from), calendar.FiscalYear(through), 0)
	if err != nil {
		return nil, inContract(err, "from", "from_year", "through", "through_year")
	}
	answer := gen.ListMissingValuations200JSONResponse{Groups: found.Groups, Vehicles: found.Vehicles, Rows: []gen.MissingValuation{}}
	for _, m := range found.Rows {
		answer.Rows = append(answer.Rows, gen.MissingValuation{MunicipalityCode: m.MunicipalityID, FiscalYear: int(m.FiscalYear), TypeCode: m.TypeCode, Vehicles: m.Vehicles})
	}
	return answer, nil
}

// wholeFile lets a repeated transaction read the list again. The body limit has bounded it.
func wholeFile(body io.Reader) (io.ReadSeeker, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, errMalformed.Because(err)
	}
	return bytes.NewReader(text), nil
}

// mostRefusals is how many refused rows an answer names.
const mostRefusals = 100

// refusalsView reads the result file of an import: line, column and code first.
func refusalsView(file io.Reader) ([]gen.RefusedRow, error) {
	rows := csv.NewReader(file)
	list := []gen.RefusedRow{}
	for header := true; len(list) < mostRefusals; header = false {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if header {
			continue
		}
		line, err := strconv.Atoi(row[0])
		if err != nil {
			return nil, err
		}
		list = append(list, gen.RefusedRow{Line: line, Column: row[1], Code: gen.ProblemCode(row[2])})
	}
	return list, nil
}

func yearPreviewView(y valuations.YearPreview) gen.ValuationYearPreview {
	return gen.ValuationYearPreview{FiscalYear: int(y.FiscalYear), Listed: y.Listed, Unchanged: y.Unchanged, Compared: y.Compared, UsualPpm: int64(y.Usual),
		New: sectionView(y.New, func(t valuations.NewType) gen.ValuationRow {
			return gen.ValuationRow{TypeCode: t.TypeCode, TypeNameFa: t.NameFA, BaseRial: amountView(int64(t.Base))}
		}),
		Changed: sectionView(y.Changed, func(t valuations.ChangedValue) gen.ValuationRow {
			return gen.ValuationRow{TypeCode: t.TypeCode, TypeNameFa: t.NameFA, BaseRial: amountView(int64(t.Base)), WasRial: amountView(int64(t.Was)), BasisType: optional(t.Basis)}
		}),
		Missing: sectionView(y.Missing, func(t valuations.MissingType) gen.ValuationRow {
			return gen.ValuationRow{TypeCode: t.TypeCode, TypeNameFa: t.NameFA, Vehicles: &t.Vehicles, LastYearRial: amountView(int64(t.LastYear))}
		}),
		Outliers: sectionView(y.Outliers, func(t valuations.Outlier) gen.ValuationRow {
			return gen.ValuationRow{TypeCode: t.TypeCode, TypeNameFa: t.NameFA, BaseRial: amountView(int64(t.Base)), LastYearRial: amountView(int64(t.LastYear)), ChangePpm: &t.Change}
		})}
}

func sectionView[T any](s valuations.Section[T], row func(T) gen.ValuationRow) gen.ValuationSection {
	view := gen.ValuationSection{Total: s.Total, Rows: []gen.ValuationRow{}}
	for _, r := range s.Rows {
		view.Rows = append(view.Rows, row(r))
	}
	return view
}

// amountView leaves out an amount that is not there.
func amountView(rial int64) *int64 {
	if rial == 0 {
		return nil
	}
	return &rial
}
