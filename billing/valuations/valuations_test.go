package valuations_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/valuations"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

const header = "fiscal_year,type_code,type_name_fa,base_rial\n"

type fixture struct {
	t   *testing.T
	run *scope.Runner
	svc *valuations.Service
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	run := scope.NewRunner(db, time.Now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	return &fixture{t: t, run: run, svc: valuations.NewService(run)}
}

func (f *fixture) ctx() context.Context {
	return scope.WithActor(f.t.Context(), scope.Actor{Kind: scope.ActorSystem})
}

func (f *fixture) sql(statement string, args ...any) {
	f.t.Helper()
	if err := f.run.InTx(f.ctx(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(statement, args...).Error }); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) strings(query string) (list []string) {
	f.t.Helper()
	if err := f.run.InTx(f.ctx(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query).Scan(&list).Error }); err != nil {
		f.t.Fatal(err)
	}
	return list
}

// everything is all that a use case of this package may write.
func (f *fixture) everything() (all []string) {
	f.t.Helper()
	for _, table := range []string{"vehicle_types", "valuations", "valuation_changes", "audit_log"} {
		all = append(all, f.strings(`SELECT '`+table+` ' || row_to_json(x)::text FROM `+table+` x ORDER BY 1`)...)
	}
	return all
}

func refusals(result string) (refused []string) {
	for i, line := range strings.Split(strings.TrimSpace(result), "\n") {
		if cells := strings.Split(line, ","); i > 0 {
			refused = append(refused, strings.Join(cells[:3], " "))
		}
	}
	return refused
}

func (f *fixture) load(rows ...string) (csvimport.Report, []string) {
	f.t.Helper()
	var result bytes.Buffer
	report, err := (&valuations.Importer{Runner: f.run}).Import(f.ctx(), csvimport.Input{File: strings.NewReader(header + strings.Join(rows, "\n")), Result: &result})
	if err != nil {
		f.t.Fatal(err)
	}
	return report, refusals(result.String())
}

func (f *fixture) refused(code, field string, err error) {
	f.t.Helper()
	fa := fault.Of(err)
	if fa == nil || fa.Code != code || field != "" && (len(fa.Fields) != 1 || fa.Fields[0].Name != field) {
		f.t.Errorf("got %v, want %s on %q", err, code, field)
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, c := range []struct {
		rows    []string
		report  csvimport.Report
		refused []string
	}{
		{[]string{"1393,p,پژو,100", "1394,p,پژو,120", "1393,q,كوييك,1000000000000000"}, csvimport.Report{Inserted: 3}, nil},
		{[]string{"1393,q,کوییک,1000000000000000", "1394,p,پژو,120"}, csvimport.Report{Unchanged: 2}, nil},
		{[]string{"1393,p,پژو ۴۰۵,100", "1394,p,پژو ۴۰۵,121", "1395,p,پژو ۴۰۵,130"}, csvimport.Report{Changed: 2, Inserted: 1}, nil},
		{[]string{"1386,r,x,1", "1501,r,x,1", "۱۳۹۳,r,x,1", "1393,,x,1", "1393,r,,1", "1393,r,x,0", "1393,r,x,-1", "1393,r,x,1000000000000001", "1393,r,x,1.5"},
			csvimport.Report{Refused: 9}, []string{"2 fiscal_year import_range", "3 fiscal_year import_range", "4 fiscal_year import_number", "5 type_code import_required",
				"6 type_name_fa import_required", "7 base_rial import_range", "8 base_rial import_number", "9 base_rial import_range", "10 base_rial import_number"}},
		{[]string{"1393,s,S,1", "1394,s,S,1", "1393,s,S,1", "1395,s,T,1", "1396,s,S,1"}, csvimport.Report{Inserted: 2, Refused: 3},
			[]string{"2 type_code import_key_repeated", "4 type_code import_key_repeated", "5 type_name_fa valuation_type_name"}},
	} {
		c.report.Read = len(c.rows)
		report, refused := f.load(c.rows...)
		if report != c.report || !slices.Equal(refused, c.refused) {
			t.Errorf("%q:\n got %+v %q\nwant %+v %q", c.rows, report, refused, c.report, c.refused)
		}
	}
	got := f.strings(`SELECT concat_ws(' ', v.type_code, t.name_fa, v.fiscal_year, v.base_rial) FROM valuations v JOIN vehicle_types t ON t.code = v.type_code ORDER BY v.type_code, v.fiscal_year`)
	if want := []string{"p پژو ۴۰۵ 1393 100", "p پژو ۴۰۵ 1394 121", "p پژو ۴۰۵ 1395 130", "q کوییک 1393 1000000000000000", "s S 1394 1", "s S 1396 1"}; !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
	got = f.strings(`SELECT concat_ws(' ', fiscal_year, type_code, cause, was_rial, base_rial, actor_kind) FROM valuation_changes ORDER BY recorded_at, type_code, fiscal_year`)
	if want := []string{"1393 p list 100 system", "1394 p list 120 system", "1393 q list 1000000000000000 system", "1394 p list 120 121 system", "1395 p list 130 system",
		"1394 s list 1 system", "1396 s list 1 system"}; !slices.Equal(got, want) {
		t.Errorf("changes %q, want %q", got, want)
	}
}

func TestWholeFilesAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, text := range []string{"", "fiscal_year,type_code,base_rial\n1404,p,5\n", "year,type_code,type_name_fa,base_rial\n"} {
		for name, try := range map[string]func(csvimport.Input) error{
			"import": func(in csvimport.Input) error {
				_, err := (&valuations.Importer{Runner: f.run}).Import(f.ctx(), in)
				return err
			},
			"preview": func(in csvimport.Input) error { _, err := f.svc.Preview(f.ctx(), in, valuations.Options{}); return err },
		} {
			if err := try(csvimport.Input{File: strings.NewReader(text)}); !errors.Is(err, csvimport.ErrEmpty) && !errors.Is(err, csvimport.ErrHeader) {
				t.Errorf("%s of %.40q: %v", name, text, err)
			}
		}
	}
	if left := f.everything(); len(left) != 0 {
		t.Errorf("left %q", left)
	}
}

// TestBadRowsAreNamed gives both an import and a preview what clerks send: Gregorian years, dots in numbers, a row twice.
func TestBadRowsAreNamed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	rows := []string{"1404,a,A,100", "2025,b,B,100", "1404,c,C,-1", "1404,d,D,1000000000000001", "1404,e,E,1,000", "1404,g,G,5", "1404,g,G,6"}
	want := []string{"3 fiscal_year import_range", "4 base_rial import_number", "5 base_rial import_range", "6  import_row_length", "7 type_code import_key_repeated", "8 type_code import_key_repeated"}
	var result bytes.Buffer
	p, err := f.svc.Preview(f.ctx(), csvimport.Input{File: strings.NewReader(header + strings.Join(rows, "\n")), Result: &result}, valuations.Options{})
	if err != nil || p.Read != 7 || p.Refused != 6 || len(p.Years) != 1 || p.Years[0].Listed != 1 || !slices.Equal(refusals(result.String()), want) {
		t.Errorf("%+v %v %q", p, err, result.String())
	}
	if left := f.everything(); len(left) != 0 {
		t.Errorf("a preview left %q", left)
	}
	if report, refused := f.load(rows...); report != (csvimport.Report{Read: 7, Inserted: 1, Refused: 6}) || !slices.Equal(refused, want) {
		t.Errorf("%+v %q", report, refused)
	}
	if got := f.strings(`SELECT type_code FROM valuations UNION ALL SELECT code FROM vehicle_types`); !slices.Equal(got, []string{"a", "a"}) {
		t.Errorf("half stored: %q", got)
	}
}

func (f *fixture) city(id int) {
	f.t.Helper()
	f.sql(fmt.Sprintf(`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix) VALUES (%[1]d, 'ش%[1]d', 'C', 'ا', 'P', 'ش', 100, %[1]d)`, id))
}

// vehicle registers one with its residences, each "from city" or "from to city", days Jalali.
func (f *fixture) vehicle(typeCode, registered string, residences ...string) uuid.UUID {
	f.t.Helper()
	id := uuid.New()
	f.sql(`INSERT INTO vehicles (id, vin, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered)
	  VALUES (?, ?, 'passenger_car', 'private', 'petrol', 'domestic', 4, ?, 1393, ?)`, id, id.String()[:17], typeCode, day(registered))
	for _, r := range residences {
		parts := strings.Fields(r)
		var to any
		if len(parts) == 3 {
			to = day(parts[1])
		}
		f.sql(`INSERT INTO vehicle_residences (vehicle_id, valid_from, valid_to, residence) VALUES (?, ?, ?, ?)`, id, day(parts[0]), to, parts[len(parts)-1])
	}
	return id
}

func day(text string) time.Time {
	d, err := calendar.Parse(text)
	if err != nil {
		panic(err)
	}
	year, month, date := d.Gregorian()
	return time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
}

func (f *fixture) preview(o valuations.Options, rows ...string) valuations.Preview {
	f.t.Helper()
	before := f.everything()
	p, err := f.svc.Preview(f.ctx(), csvimport.Input{File: strings.NewReader(header + strings.Join(rows, "\n"))}, o)
	if err != nil {
		f.t.Fatal(err)
	}
	if after := f.everything(); !slices.Equal(before, after) {
		f.t.Errorf("the preview has changed something")
	}
	return p
}

func TestPreview(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.city(1)
	f.load("1403,a,A,100", "1403,b,B,200", "1403,c,C,300", "1403,d,D,400", "1403,e,E,500", "1403,gone,رفته,600", "1404,a,A,150", "1404,b,B,300")
	f.vehicle("rare", "1400/01/01", "1400/01/01 1")
	f.vehicle("rare", "1404/12/29", "1404/12/29 1")
	f.vehicle("later", "1405/01/01", "1405/01/01 1") // owes nothing of 1404
	scrapped := f.vehicle("old", "1390/01/01", "1390/01/01 1")
	f.sql(`INSERT INTO vehicle_retirements VALUES (?, ?, 'scrapped', 'x', now(), NULL)`, scrapped, day("1403/12/30"))
	p := f.preview(valuations.Options{}, "1404,a,A,150", "1404,b,B,310", "1404,c,C,450", "1404,d,D,600", "1404,e,E,50", "1404,new,نو,900")
	y := p.Years[0]
	if len(p.Years) != 1 || p.Read != 6 || y.FiscalYear != 1404 || y.Listed != 6 || y.Unchanged != 1 || y.Compared != 5 || y.Usual != 1_500_000 {
		t.Errorf("%+v", p)
	}
	same(t, "new", y.New, 1, valuations.NewType{TypeCode: "new", NameFA: "نو", Base: 900})
	same(t, "changed", y.Changed, 1, valuations.ChangedValue{TypeCode: "b", NameFA: "B", Was: 300, Base: 310})
	same(t, "missing", y.Missing, 2, valuations.MissingType{TypeCode: "rare", NameFA: "rare", Vehicles: 2}, valuations.MissingType{TypeCode: "gone", NameFA: "رفته", LastYear: 600})
	same(t, "outliers", y.Outliers, 1, valuations.Outlier{TypeCode: "e", NameFA: "E", LastYear: 500, Base: 50, Change: -900_000, Off: -933_334})

	// Bounds: the largest first, the total still told. A threshold just below takes the next one in.
	p = f.preview(valuations.Options{Rows: 1, Threshold: 33_332}, "1404,a,A,150", "1404,b,B,310", "1404,c,C,450", "1404,d,D,600", "1404,e,E,50")
	same(t, "bounded", p.Years[0].Outliers, 2, valuations.Outlier{TypeCode: "e", NameFA: "E", LastYear: 500, Base: 50, Change: -900_000, Off: -933_334})
	same(t, "missing", p.Years[0].Missing, 2, valuations.MissingType{TypeCode: "rare", NameFA: "rare", Vehicles: 2})
	p = f.preview(valuations.Options{Threshold: 33_333}, "1404,a,A,150", "1404,b,B,310", "1404,c,C,450", "1404,d,D,600", "1404,e,E,500")
	same(t, "at the threshold", p.Years[0].Outliers, 1, valuations.Outlier{TypeCode: "e", NameFA: "E", LastYear: 500, Base: 500, Change: 0, Off: -333_334})
	for _, o := range []valuations.Options{{Threshold: -1}, {Rows: -1}, {Rows: 10_001}} {
		_, err := f.svc.Preview(f.ctx(), csvimport.Input{File: strings.NewReader(header)}, o)
		f.refused("valuation_preview_bounds", "", err)
	}
}

func same[T comparable](t *testing.T, what string, s valuations.Section[T], total int, want ...T) {
	t.Helper()
	if s.Total != total || !slices.Equal(s.Rows, want) {
		t.Errorf("%s:\n got %d %+v\nwant %d %+v", what, s.Total, s.Rows, total, want)
	}
}

// TestPreviewOfManyYears compares each year of a file with the one before it in the same file.
func TestPreviewOfManyYears(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.load("1402,a,A,1000", "1403,a,A,9")
	p := f.preview(valuations.Options{}, "1404,a,A,4000", "1403,a,A,1400", "1404,b,B,1000000000000000", "1403,b,B,1", "1405,a,A,4100")
	if len(p.Years) != 3 || p.Years[0].FiscalYear != 1403 || p.Years[1].FiscalYear != 1404 || p.Years[2].FiscalYear != 1405 {
		t.Fatalf("%+v", p)
	}
	same(t, "1403", p.Years[0].Outliers, 0)
	same(t, "1403 new", p.Years[0].New, 1, valuations.NewType{TypeCode: "b", NameFA: "B", Base: 1})
	same(t, "1404 new", p.Years[1].New, 0)
	if y := p.Years[1]; y.Usual != money.One || y.Compared != 2 { // two types have no median to speak of
		t.Errorf("%+v", y)
	}
	same(t, "1404", p.Years[1].Outliers, 2, // a ratio beyond a bigint is told as the largest one
		valuations.Outlier{TypeCode: "b", NameFA: "B", LastYear: 1, Base: 1_000_000_000_000_000, Change: 9_000_000_000_000_000_000, Off: 9_000_000_000_000_000_000},
		valuations.Outlier{TypeCode: "a", NameFA: "A", LastYear: 1400, Base: 4000, Change: 1_857_142, Off: 1_857_142})
	same(t, "1405", p.Years[2].Missing, 1, valuations.MissingType{TypeCode: "b", NameFA: "B", LastYear: 1_000_000_000_000_000})
}

func analogy() valuations.Analogy {
	return valuations.Analogy{TypeCode: "old", FiscalYear: 1404, BasisType: "kin", Reason: "تولید متوقف شده است"}
}

func TestDecideByAnalogy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.city(1)
	f.load("1403,kin,هم‌خانواده,700", "1404,kin,هم‌خانواده,1000", "1403,listed,در فهرست,5")
	f.vehicle("old", "1390/01/01", "1390/01/01 1")
	d, err := f.svc.DecideByAnalogy(f.ctx(), scope.Platform(), analogy())
	if err != nil || d.Base != 1000 || d.Was != 0 || d.BasisYear != 1404 {
		t.Fatalf("%+v %v", d, err)
	}
	again := analogy()
	again.BasisYear = 1403
	if d, err = f.svc.DecideByAnalogy(f.ctx(), scope.Platform(), again); err != nil || d.Base != 700 || d.Was != 1000 {
		t.Fatalf("%+v %v", d, err)
	}
	for name, c := range map[string]struct {
		in          scope.Scope
		change      func(*valuations.Analogy)
		code, field string
	}{
		"a city":          {in: scope.Municipality(1), code: "valuation_scope"},
		"an office":       {in: scope.Office(uuid.New()), code: "valuation_scope"},
		"listed":          {change: func(a *valuations.Analogy) { a.TypeCode, a.FiscalYear = "listed", 1403 }, code: "valuation_listed", field: "type_code"},
		"unknown type":    {change: func(a *valuations.Analogy) { a.TypeCode = "none" }, code: "valuation_type_unknown", field: "type_code"},
		"no type":         {change: func(a *valuations.Analogy) { a.TypeCode = "" }, code: "valuation_type_unknown", field: "type_code"},
		"no basis":        {change: func(a *valuations.Analogy) { a.BasisType = "listed" }, code: "valuation_basis_missing", field: "basis_type"},
		"no basis then":   {change: func(a *valuations.Analogy) { a.BasisYear = 1402 }, code: "valuation_basis_missing", field: "basis_type"},
		"a chain":         {change: func(a *valuations.Analogy) { a.TypeCode, a.BasisType = "listed", "old" }, code: "valuation_basis_analogy", field: "basis_type"},
		"itself":          {change: func(a *valuations.Analogy) { a.BasisType = "old" }, code: "valuation_basis_itself", field: "basis_type"},
		"Gregorian":       {change: func(a *valuations.Analogy) { a.FiscalYear = 2025 }, code: "valuation_year", field: "fiscal_year"},
		"before the duty": {change: func(a *valuations.Analogy) { a.FiscalYear = 1386 }, code: "valuation_year", field: "fiscal_year"},
		"a later basis":   {change: func(a *valuations.Analogy) { a.BasisYear = 1405 }, code: "valuation_year", field: "basis_year"},
		"no reason":       {change: func(a *valuations.Analogy) { a.Reason = " " }, code: "valuation_reason", field: "reason"},
		"a long reason":   {change: func(a *valuations.Analogy) { a.Reason = strings.Repeat("ر", 501) }, code: "valuation_reason", field: "reason"},
	} {
		before := f.everything()
		a, in := analogy(), c.in
		if c.change != nil {
			c.change(&a)
		}
		if in == (scope.Scope{}) {
			in = scope.Platform()
		}
		_, err := f.svc.DecideByAnalogy(f.ctx(), in, a)
		if f.refused(c.code, c.field, err); !slices.Equal(before, f.everything()) {
			t.Errorf("%s: left something", name)
		}
	}

	// A list replaces the analogy, even with the same value, and is told before.
	p := f.preview(valuations.Options{}, "1404,old,قدیمی,700")
	same(t, "changed", p.Years[0].Changed, 1, valuations.ChangedValue{TypeCode: "old", NameFA: "قدیمی", Was: 700, Base: 700, Basis: "kin"})
	if report, _ := f.load("1404,old,قدیمی,700"); report.Changed != 1 {
		t.Errorf("%+v", report)
	}
	_, err = f.svc.DecideByAnalogy(f.ctx(), scope.Platform(), analogy())
	f.refused("valuation_listed", "type_code", err)
	got := f.strings(`SELECT concat_ws(' ', cause, coalesce(was_rial, 0), base_rial, basis_type, basis_year) FROM valuation_changes WHERE type_code = 'old' ORDER BY recorded_at`)
	if want := []string{"analogy 0 1000 kin 1404", "analogy 1000 700 kin 1403", "list 700 700"}; !slices.Equal(got, want) {
		t.Errorf("changes %q", got)
	}
	if got := f.strings(`SELECT concat_ws(' ', v.base_rial, coalesce(basis_type, '-'), t.name_fa) FROM valuations v JOIN vehicle_types t ON t.code = v.type_code WHERE t.code = 'old'`); !slices.Equal(got, []string{"700 - قدیمی"}) {
		t.Errorf("stored %q", got)
	}
	if got := f.strings(`SELECT target_id || ' ' || (details->>'base_rial') FROM audit_log WHERE action = 'valuation.by_analogy' ORDER BY at`); !slices.Equal(got, []string{"1404/old 1000", "1404/old 700"}) {
		t.Errorf("audited %q", got)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for id := range 3 {
		f.city(id + 1)
	}
	f.load("1402,a,A,1", "1403,a,A,1", "1402,b,B,1")
	f.vehicle("a", "1390/01/01", "1390/01/01 1")
	f.vehicle("b", "1400/05/01", "1400/05/01 1403/01/01 1", "1403/01/01 2")                                                                               // on the first day of 1403 in city 2
	f.vehicle("b", "1403/05/01", "1403/05/01 1")                                                                                                          // in its first year on that day
	f.vehicle("b", "1403/12/30", "1403/12/30 1")                                                                                                          // a leap year's last day
	f.vehicle("b", "1404/01/01", "1404/01/01 1")                                                                                                          // not there in 1403
	f.vehicle("b", "1390/01/01", "1390/01/01 1", "1395/01/01 2")                                                                                          // of overlapping residences the later one
	f.vehicle("c", "1402/02/01", "1402/03/01 3")                                                                                                          // in 1402 nobody knows where
	f.vehicle("c", "1390/01/01")                                                                                                                          // nowhere
	f.sql(`INSERT INTO vehicle_retirements VALUES (?, ?, 'scrapped', 'x', now(), NULL)`, f.vehicle("c", "1390/01/01", "1390/01/01 1"), day("1402/06/01")) // owes that year, and 1403 no more
	f.sql(`UPDATE vehicles SET merged_into = ? WHERE id = ?`, f.vehicle("a", "1390/01/01"), f.vehicle("c", "1390/01/01", "1390/01/01 1"))
	all := []valuations.MissingValue{{1, "ش1", 1402, "c", 1}, {1, "ش1", 1403, "b", 2}, {2, "ش2", 1403, "b", 2}, {3, "ش3", 1403, "c", 1}}
	for name, c := range map[string]struct {
		in            scope.Scope
		from, through calendar.FiscalYear
		want          []valuations.MissingValue
		most, groups  int
		vehicles      int
	}{
		"the platform":    {scope.Platform(), 1402, 1403, all, 10, 4, 6},
		"bounded":         {scope.Platform(), 1402, 1403, all[:1], 1, 4, 6},
		"unbounded":       {scope.Platform(), 1402, 1403, all, 0, 4, 6},
		"a city":          {scope.Municipality(2), 1402, 1403, all[2:3], 10, 1, 2},
		"another":         {scope.Municipality(1), 1403, 1403, []valuations.MissingValue{{1, "ش1", 1403, "b", 3}}, 10, 1, 3}, // it does not see that city 2 overlaps
		"nothing missing": {scope.Municipality(2), 1402, 1402, nil, 10, 0, 0},
	} {
		got, err := f.svc.Missing(f.ctx(), c.in, c.from, c.through, c.most)
		if err != nil || !slices.Equal(got.Rows, c.want) || got.Groups != c.groups || got.Vehicles != c.vehicles {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for field, years := range map[string][2]calendar.FiscalYear{"from": {1386, 1400}, "through": {1403, 1402}} {
		_, err := f.svc.Missing(f.ctx(), scope.Platform(), years[0], years[1], 1)
		f.refused("valuation_year", field, err)
	}
	_, err := f.svc.Missing(f.ctx(), scope.Office(uuid.New()), 1402, 1403, 1)
	f.refused("valuation_scope", "", err)
}
