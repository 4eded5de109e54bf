package vehicles_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

const header = "vin,class,usage,fuel,origin,cylinders,type_code,model_year,first_registered,plate,plate_from,plate_to,municipality_code,residence_from,residence_to"

const (
	vinA = "NAAM01CA9EH145471"
	vinB = "NAS411100G3456789"
	vinC = "NAPB02XY1LR000001"
	car  = "passenger_car,private,petrol,domestic,4,pride-131,1393,1393/03/15"
)

// fixture is a database with the municipalities 1, 2 and 3.
type fixture struct {
	t     *testing.T
	db    *pgtest.DB
	owner *sql.DB
	run   *scope.Runner
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	db := pgtest.New(t)
	gormDB, pool, err := scope.Open(db.AppURL, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	run := scope.NewRunner(gormDB, time.Now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	f := &fixture{t: t, db: db, owner: pool, run: run}
	f.write(`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix)
	  SELECT i, 'شهر ' || i, 'City', 'استان', 'Province', 'شهرستان', i, 10 FROM generate_series(1, 3) i`)
	return f
}

func (f *fixture) context() context.Context {
	return scope.WithActor(f.t.Context(), scope.Actor{Kind: scope.ActorSystem})
}

func (f *fixture) write(statement string) {
	f.t.Helper()
	err := f.run.InTx(f.context(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(statement).Error })
	if err != nil {
		f.t.Fatal(err)
	}
}

// strings runs a query of one text column.
func (f *fixture) strings(query string) []string {
	f.t.Helper()
	var out []string
	err := f.run.InTx(f.context(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query).Scan(&out).Error })
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

func (f *fixture) vehicles() []string {
	f.t.Helper()
	return f.strings(`SELECT vin || ' ' || class || ' ' || usage || ' ' || fuel || ' ' || origin || ' ' || cylinders || ' ' || type_code || ' ' || model_year || ' ' || first_registered FROM vehicles ORDER BY vin`)
}

func (f *fixture) plates() []string {
	f.t.Helper()
	return f.strings(`SELECT v.vin || ' ' || p.plate || ' ' || p.valid_from || ' ' || coalesce(p.valid_to::text, '-') FROM vehicle_plates p JOIN vehicles v ON v.id = p.vehicle_id ORDER BY 1`)
}

func (f *fixture) residences() []string {
	f.t.Helper()
	return f.strings(`SELECT v.vin || ' ' || p.residence || ' ' || p.valid_from || ' ' || coalesce(p.valid_to::text, '-') FROM vehicle_residences p JOIN vehicles v ON v.id = p.vehicle_id ORDER BY 1`)
}

func (f *fixture) all() []string { return slices.Concat(f.vehicles(), f.plates(), f.residences()) }

// testDay stands in for the calendar, which this package must not know: "1393/03/15" as a day counted in 365-day years.
func testDay(cell string) (time.Time, error) {
	var year, month, day int
	if _, err := fmt.Sscanf(cell, "%4d/%2d/%2d", &year, &month, &day); err != nil {
		return time.Time{}, errDay
	}
	return time.Date(year+621, time.Month(month), day, 0, 0, 0, 0, time.UTC), nil
}

func (f *fixture) importText(text string) (csvimport.Report, [][]string, error) {
	f.t.Helper()
	var result bytes.Buffer
	im := &vehicles.Importer{Runner: f.run, ParseDay: testDay}
	report, err := im.Import(f.context(), csvimport.Input{File: strings.NewReader(text), Result: &result})
	rows, csvErr := csv.NewReader(&result).ReadAll()
	if csvErr != nil {
		f.t.Fatalf("result file: %v", csvErr)
	}
	return report, rows, err
}

// must imports rows of which none may be refused.
func (f *fixture) must(rows ...string) csvimport.Report {
	f.t.Helper()
	report, refused, err := f.importText(lines(rows...))
	if err != nil || report.Refused != 0 || len(refused) != 0 {
		f.t.Fatalf("report %+v, refused %q, error %v", report, refused, err)
	}
	return report
}

func lines(rows ...string) string { return header + "\n" + strings.Join(rows, "\n") + "\n" }

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func TestImportReadsHistory(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	file := []string{
		vinA + "," + car + ",۱۲ ب ۱۴۵ ایران ۴۷,1393/03/15,,1,1393/03/15,1396/07/01",
		vinB + ",motorcycle,taxi,electric,imported,0,unheard-of,1400,1400/01/01,121-45478,1400/01/01,1402/01/01,3,1400/01/01,",
		vinA + "," + car + ",12ب14547,1393/03/15,,2,1396/07/01,", // the same plate period again
		strings.ToLower(vinB) + ",motorcycle,taxi,electric,imported,0,unheard-of,1400,1400/01/01,121-45479,1402/01/01,,,,",
		vinC + "," + car + ",,,,,,",
	}
	if got, want := f.must(file...), (csvimport.Report{Read: 5, Inserted: 5}); got != want {
		t.Errorf("first run: %+v, want %+v", got, want)
	}
	same(t, "vehicles", f.vehicles(), []string{
		vinA + " passenger_car private petrol domestic 4 pride-131 1393 2014-03-15",
		vinC + " passenger_car private petrol domestic 4 pride-131 1393 2014-03-15",
		vinB + " motorcycle taxi electric imported 0 unheard-of 1400 2021-01-01",
	})
	same(t, "plates", f.plates(), []string{vinA + " 12ب14547 2014-03-15 -", vinB + " 12145478 2021-01-01 2023-01-01", vinB + " 12145479 2023-01-01 -"})
	same(t, "residences", f.residences(), []string{vinA + " 1 2014-03-15 2017-07-01", vinA + " 2 2017-07-01 -", vinB + " 3 2021-01-01 -"})

	ids := f.strings(`SELECT id::text FROM vehicles ORDER BY vin`)
	if got, want := f.must(file...), (csvimport.Report{Read: 5, Unchanged: 5}); got != want {
		t.Errorf("second run: %+v, want %+v", got, want)
	}
	same(t, "ids", f.strings(`SELECT id::text FROM vehicles ORDER BY vin`), ids)
	same(t, "audit", f.strings(`SELECT action || ' ' || actor_kind || ' ' || (details->>'read') || ' ' || (details->>'inserted') FROM audit_log ORDER BY at`),
		[]string{"vehicles.imported system 5 5", "vehicles.imported system 5 0"})
}

func TestImportBringsUpToDate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.must(vinA+","+car+",12ب14547,1393/03/15,,1,1393/03/15,", vinB+","+car+",13ب14547,1393/03/15,,1,1393/03/15,")
	ids := f.strings(`SELECT id::text FROM vehicles ORDER BY vin`)
	taxi := strings.Replace(car, "private,petrol", "taxi,cng", 1)
	got := f.must(
		vinA+","+taxi+",12ب14547,1393/03/15,1400/01/01,1,1393/03/15,", // new facts, the plate's end
		vinA+","+taxi+",14ب14547,1400/01/01,,,,",                      // another plate
		vinB+","+car+",13ب14547,1393/03/15,,1,1393/03/15,1395/01/01",  // the residence's end
		vinB+","+car+",13ب14547,1393/03/15,,2,1395/01/01,",            // another residence
		vinB+","+car+",13ب14547,1393/03/15,,,,",                       // nothing new
		vinC+","+car+",12ب14547,1400/01/01,,3,1393/03/15,",            // takes over the plate
	)
	if want := (csvimport.Report{Read: 6, Inserted: 1, Changed: 4, Unchanged: 1}); got != want {
		t.Errorf("report %+v, want %+v", got, want)
	}
	same(t, "plates", f.plates(), []string{vinA + " 12ب14547 2014-03-15 2021-01-01", vinA + " 14ب14547 2021-01-01 -",
		vinC + " 12ب14547 2021-01-01 -", vinB + " 13ب14547 2014-03-15 -"})
	same(t, "residences", f.residences(), []string{vinA + " 1 2014-03-15 -", vinC + " 3 2014-03-15 -", vinB + " 1 2014-03-15 2016-01-01", vinB + " 2 2016-01-01 -"})
	same(t, "facts", f.vehicles()[:1], []string{vinA + " passenger_car taxi cng domestic 4 pride-131 1393 2014-03-15"})
	if kept := f.strings(`SELECT id::text FROM vehicles ORDER BY vin`); !slices.Contains(kept, ids[0]) || !slices.Contains(kept, ids[1]) {
		t.Errorf("ids changed: %q, were %q", kept, ids)
	}
}

// TestImportReopensAndSwaps moves plates in ways that only the right order of writes allows.
func TestImportReopensAndSwaps(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.must(vinA+","+car+",12ب14547,1393/03/15,,,,", vinB+","+car+",13ب14547,1393/03/15,,,,", vinC+","+car+",14ب14547,1393/03/15,1394/01/01,,,")
	f.must(
		vinA+","+car+",12ب14547,1393/03/15,1399/01/01,,,", vinA+","+car+",13ب14547,1399/01/01,,,,",
		vinB+","+car+",13ب14547,1393/03/15,1399/01/01,,,", vinB+","+car+",12ب14547,1399/01/01,,,,",
		vinC+","+car+",14ب14547,1393/03/15,,,,")
	same(t, "plates", f.plates(), []string{vinA + " 12ب14547 2014-03-15 2020-01-01", vinA + " 13ب14547 2020-01-01 -", vinC + " 14ب14547 2014-03-15 -",
		vinB + " 12ب14547 2020-01-01 -", vinB + " 13ب14547 2014-03-15 2020-01-01"})
}

// TestImportRefuses runs its cases on one database: a refused row leaves nothing that the next case could meet.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	shared := newFixture(t)
	const stored = vinA + "," + car + ",12ب14547,1393/03/15,1399/01/01,1,1393/03/15,"
	shared.must(stored)
	good := vinC + "," + car + ",99ق99999,1393/03/15,,3,1393/03/15,"
	for name, c := range map[string]struct {
		rows []string
		want []string // line column code
	}{
		"vin":           {[]string{"NAAM01CA9EH14547O," + car + ",,,,,,"}, []string{"2 vin vin_character"}},
		"short vin":     {[]string{"NAAM01CA9EH14547," + car + ",,,,,,"}, []string{"2 vin vin_length"}},
		"class":         {[]string{vinB + ",tank,private,petrol,domestic,4,x,1393,1393/03/15,,,,,,"}, []string{"2 class vehicle_class"}},
		"usage":         {[]string{vinB + ",truck,,petrol,domestic,4,x,1393,1393/03/15,,,,,,"}, []string{"2 usage vehicle_usage"}},
		"fuel":          {[]string{vinB + ",truck,private,coal,domestic,4,x,1393,1393/03/15,,,,,,"}, []string{"2 fuel vehicle_fuel"}},
		"origin":        {[]string{vinB + ",truck,private,petrol,Mars,4,x,1393,1393/03/15,,,,,,"}, []string{"2 origin vehicle_origin"}},
		"cylinders":     {[]string{vinB + ",truck,private,petrol,domestic,25,x,1393,1393/03/15,,,,,,"}, []string{"2 cylinders import_range"}},
		"no cylinders":  {[]string{vinB + ",truck,private,petrol,domestic,,x,1393,1393/03/15,,,,,,"}, []string{"2 cylinders import_required"}},
		"minus":         {[]string{vinB + ",truck,private,petrol,domestic,-4,x,1393,1393/03/15,,,,,,"}, []string{"2 cylinders import_number"}},
		"no type":       {[]string{vinB + ",truck,private,petrol,domestic,4, ,1393,1393/03/15,,,,,,"}, []string{"2 type_code import_required"}},
		"model year":    {[]string{vinB + ",truck,private,petrol,domestic,4,x,2014,1393/03/15,,,,,,"}, []string{"2 model_year import_range"}},
		"day":           {[]string{vinB + ",truck,private,petrol,domestic,4,x,1393,yesterday,,,,,,"}, []string{"2 first_registered test_day"}},
		"plate":         {[]string{vinB + "," + car + ",12ب1454,1393/03/15,,,,"}, []string{"2 plate plate_length"}},
		"no plate from": {[]string{vinB + "," + car + ",12ب14547,,,,,"}, []string{"2 plate_from test_day"}},
		"plate to":      {[]string{vinB + "," + car + ",12ب14547,1393/03/15,1393/03/15,,,"}, []string{"2 plate_to period_order"}},
		"lone dates":    {[]string{vinB + "," + car + ",,1393/03/15,1393/03/16,,,1395/01/01"}, []string{"2 plate_from period_alone", "2 plate_to period_alone", "2 residence_to period_alone"}},
		"city":          {[]string{vinB + "," + car + ",,,,4,1393/03/15,"}, []string{"2 municipality_code municipality_unknown"}},
		"city text":     {[]string{vinB + "," + car + ",,,,تهران,1393/03/15,"}, []string{"2 municipality_code import_number"}},
		"residence to":  {[]string{vinB + "," + car + ",,,,1,1393/03/15,1392/03/15"}, []string{"2 residence_to period_order"}},
		"many":          {[]string{"x,tank,y,z,w,a,,b,c,d,e,f,g,h,i"}, []string{"2 class vehicle_class", "2 cylinders import_number", "2 first_registered test_day", "2 fuel vehicle_fuel", "2 model_year import_number", "2 municipality_code import_number", "2 origin vehicle_origin", "2 plate plate_length", "2 plate_from test_day", "2 plate_to test_day", "2 residence_from test_day", "2 residence_to test_day", "2 type_code import_required", "2 usage vehicle_usage", "2 vin vin_length"}},
		"cells":         {[]string{vinB + "," + car}, []string{"2  import_row_length"}},
		"quotes":        {[]string{vinB + "," + car + `,"12ب14547,1393/03/15,,,,`}, []string{"2  import_row_quotes"}},
		"encoding":      {[]string{vinB + ",truck,private,petrol,domestic,4,\xc7\xed,1393,1393/03/15,,,,,,", vinB + "," + strings.Replace(car, "pride-131", "nul\x00", 1) + ",,,,,,"}, []string{"2 type_code import_encoding", "3 type_code import_encoding"}},
		"control":       {[]string{vinB + ",truck,private,petrol,domestic,4,a\tb,1393,1393/03/15,,,,,,"}, []string{"2 type_code import_text"}},
		"long":          {[]string{vinB + "," + car + strings.Repeat(" ", 70_000) + ",,,,,,"}, []string{"2  import_row_too_long"}},

		"facts": {[]string{vinB + "," + car + ",,,,,,", "", vinB + "," + strings.Replace(car, "1393,", "1394,", 1) + ",,,,,,"},
			[]string{"2 vin vehicle_incomplete", "4 model_year vehicle_facts_differ"}},
		"half a vehicle": {[]string{vinB + "," + car + ",,,,1,1393/03/15,1394/01/01", vinB + "," + car + ",,,,2,soon,"},
			[]string{"2 vin vehicle_incomplete", "3 residence_from test_day"}},
		"plates overlap": {[]string{vinB + "," + car + ",21ب14547,1393/03/15,1394/01/01,,,", vinB + "," + car + ",22ب14547,1393/12/01,,,,"},
			[]string{"2 plate_from plate_overlap", "3 plate_from plate_overlap"}},
		"two open plates": {[]string{vinB + "," + car + ",21ب14547,1393/03/15,,,,", vinB + "," + car + ",22ب14547,1399/12/01,,,,"},
			[]string{"2 plate_from plate_overlap", "3 plate_from plate_overlap"}},
		"one long plate": {[]string{vinB + "," + car + ",21ب14547,1393/03/15,,,,", vinB + "," + car + ",22ب14547,1395/01/01,1396/01/01,,,", vinB + "," + car + ",23ب14547,1397/01/01,1398/01/01,,,"},
			[]string{"2 plate_from plate_overlap", "3 plate_from plate_overlap", "4 plate_from plate_overlap"}},
		"residences overlap": {[]string{vinB + "," + car + ",,,,1,1393/03/15,1394/01/02", vinB + "," + car + ",,,,2,1394/01/01,"},
			[]string{"2 residence_from residence_overlap", "3 residence_from residence_overlap"}},
		"two first residences": {[]string{vinB + "," + car + ",,,,1,1393/03/15,", vinB + "," + car + ",,,,2,1393/03/15,"},
			[]string{"2 residence_from residence_overlap", "3 residence_from residence_overlap"}},
		"stored residence goes on": {[]string{vinA + "," + car + ",,,,2,1400/01/01,"}, []string{"2 residence_from residence_overlap"}},
		"stored residence differs": {[]string{vinA + "," + car + ",,,,2,1393/03/15,"}, []string{"2 municipality_code residence_differs"}},
		"stored plate differs":     {[]string{vinA + "," + car + ",77ب14547,1393/03/15,,,,"}, []string{"2 plate plate_differs"}},
		"plate on two": {[]string{vinB + "," + car + ",21ب14547,1393/03/15,,,,", "NAS411100G3456780," + car + ",21ب14547,1399/12/01,,,,"},
			[]string{"2 plate plate_taken", "3 plate plate_taken"}},
		"plate on a stored one": {[]string{vinB + "," + car + ",12ب14547,1398/12/01,,,,"}, []string{"2 plate plate_taken"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := *shared
			f.t = t
			before := f.all()
			report, result, err := f.importText(lines(append(c.rows, good)...))
			if err != nil {
				t.Fatal(err)
			}
			refusedLines := map[string]bool{}
			var got []string
			for i, row := range result {
				if i == 0 {
					same(t, "result header", row, []string{"line", "column", "code", "detail_fa"})
					continue
				}
				got = append(got, strings.Join(row[:3], " "))
				refusedLines[row[0]] = true
				if row[3] == "" || strings.Contains(row[3], "14547") {
					t.Errorf("detail %q", row[3])
				}
			}
			same(t, "refused", got, c.want)
			if report.Read != len(refusedLines)+1 || report.Refused != len(refusedLines) || report.Inserted+report.Unchanged != 1 {
				t.Errorf("report %+v", report)
			}
			// The rest of the file is imported; nothing else has changed.
			isGood := func(row string) bool { return strings.HasPrefix(row, vinC) }
			same(t, "stored", slices.DeleteFunc(f.all(), isGood), slices.DeleteFunc(before, isGood))
			if kept := f.plates(); !slices.Contains(kept, vinC+" 99ق99999 2014-03-15 -") {
				t.Errorf("the good row is missing: %q", kept)
			}
		})
	}
}

// TestImportRefusesWhoWaitsForAPlate hands a plate along a chain whose first link breaks.
func TestImportRefusesWhoWaitsForAPlate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.must(vinA+","+car+",12ب14547,1393/03/15,,,,", vinB+","+car+",13ب14547,1393/03/15,,,,")
	before := f.plates()
	report, result, err := f.importText(lines(
		vinC+","+car+",13ب14547,1399/01/01,,,,",
		vinB+","+car+",13ب14547,1393/03/15,1399/01/01,,,",
		vinB+","+car+",12ب14547,1399/01/01,,,,",
		vinA+","+car+",12ب14547,1393/03/15,1399/01/01,,,",
		vinA+",tank,private,petrol,domestic,4,pride-131,1393,1393/03/15,,,,,,"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range result[1:] {
		got = append(got, strings.Join(row[:3], " "))
	}
	same(t, "refused", got, []string{"2 plate plate_taken", "3 vin vehicle_incomplete", "4 plate plate_taken", "5 vin vehicle_incomplete", "6 class vehicle_class"})
	if want := (csvimport.Report{Read: 5, Refused: 5}); report != want {
		t.Errorf("report %+v, want %+v", report, want)
	}
	same(t, "plates", f.plates(), before)
}

// stopping cancels an import after some of the file.
type stopping struct {
	io.Reader
	after int
	stop  func()
}

func (s *stopping) Read(p []byte) (int, error) {
	if s.after -= len(p); s.after < 0 {
		s.stop()
	}
	return s.Reader.Read(p)
}

func TestCancelledImportLeavesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	text := lines(fleet(5_000)...)
	for name, start := range map[string]func(context.Context, func()) csvimport.Input{
		"while reading": func(_ context.Context, stop func()) csvimport.Input {
			return csvimport.Input{File: &stopping{strings.NewReader(text), 300_000, stop}}
		},
		"before merging": func(_ context.Context, stop func()) csvimport.Input {
			return csvimport.Input{File: strings.NewReader(text), Progress: func(p csvimport.Progress) {
				if p.Stage == csvimport.Merging {
					stop()
				}
			}}
		},
		"while writing the result": func(_ context.Context, stop func()) csvimport.Input {
			return csvimport.Input{File: strings.NewReader(text + "x\n"), Result: writerFunc(func(p []byte) (int, error) { stop(); return len(p), nil })}
		},
		"when the disk is full": func(context.Context, func()) csvimport.Input {
			return csvimport.Input{File: strings.NewReader(text + "x\n"), Result: writerFunc(func([]byte) (int, error) { return 0, errors.New("no space") })}
		},
		"when the file breaks": func(context.Context, func()) csvimport.Input {
			return csvimport.Input{File: io.MultiReader(strings.NewReader(text), brokenReader{})}
		},
	} {
		ctx, stop := context.WithCancel(f.context())
		im := &vehicles.Importer{Runner: f.run, ParseDay: testDay}
		if report, err := im.Import(ctx, start(ctx, stop)); err == nil || report != (csvimport.Report{}) {
			t.Errorf("%s: report %+v, error %v", name, report, err)
		}
		stop()
		for _, table := range []string{"vehicles", "vehicle_plates", "vehicle_residences", "audit_log"} {
			if n := f.strings(`SELECT count(*)::text FROM ` + table); n[0] != "0" {
				t.Errorf("%s: %s rows in %s", name, n[0], table)
			}
		}
	}
	if got, want := f.must(fleet(5_000)...), (csvimport.Report{Read: 5_000, Inserted: 5_000}); got != want {
		t.Errorf("afterwards: %+v, want %+v", got, want)
	}
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("disk error") }

// fleet is n valid rows of n vehicles.
func fleet(n int) []string {
	rows := make([]string, n)
	for i := range rows {
		a, b := i/729, i%729
		rows[i] = fmt.Sprintf("NAS%014d,%s,%d%dب%d%d%d%d,1393/03/15,,%d,1393/03/15,", i, car, 1+a/9%9, 1+a%9, 1+b/81, 1+b/9%9, 1+b%9, 10+a/81, 1+i%3)
	}
	return rows
}

func TestTwoImportsAtOnceAgree(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	text := lines(fleet(2_000)...)
	reports := make(chan csvimport.Report, 4)
	for range cap(reports) {
		go func() {
			im := &vehicles.Importer{Runner: f.run, ParseDay: testDay}
			report, err := im.Import(f.context(), csvimport.Input{File: strings.NewReader(text)})
			if err != nil {
				t.Error(err)
			}
			reports <- report
		}()
	}
	var sum csvimport.Report
	for range cap(reports) {
		r := <-reports
		sum.Inserted += r.Inserted
		sum.Unchanged += r.Unchanged
	}
	if sum.Inserted != 2_000 || sum.Unchanged != 6_000 {
		t.Errorf("together: %+v", sum)
	}
}

func TestImportStreams(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const n = 20_000
	in, out := io.Pipe() // cannot be read twice, and holds nothing
	go func() {
		fmt.Fprint(out, "\ufeff"+strings.ReplaceAll(header, ",", " , ")+"\r\n")
		for i, row := range fleet(n) {
			if i%10 == 0 {
				row = strings.Replace(row, "NAS", "NAO", 1)
			}
			fmt.Fprint(out, row+"\r\n")
		}
		_ = out.Close()
	}()
	var result bytes.Buffer
	var seen []csvimport.Progress
	im := &vehicles.Importer{Runner: f.run, ParseDay: testDay}
	report, err := im.Import(f.context(), csvimport.Input{File: in, Result: &result, Progress: func(p csvimport.Progress) { seen = append(seen, p) }})
	if err != nil {
		t.Fatal(err)
	}
	if want := (csvimport.Report{Read: n, Inserted: n - n/10, Refused: n / 10}); report != want {
		t.Errorf("report %+v, want %+v", report, want)
	}
	if got := bytes.Count(result.Bytes(), []byte("\n")); got != 1+n/10 {
		t.Errorf("%d result lines", got)
	}
	if len(seen) != n/1000+1 || seen[0].Rows != 1000 || seen[len(seen)-1].Stage != csvimport.Merging {
		t.Errorf("progress %+v", seen)
	}
	if again := f.must(fleet(n)...); again.Unchanged != n-n/10 || again.Inserted != n/10 {
		t.Errorf("second run %+v", again)
	}
}
