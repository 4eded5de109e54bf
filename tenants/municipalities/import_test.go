package municipalities_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

const (
	ibanA = "IR040610000009990000000001"
	ibanB = "IR740610000009990000000002"
	ibanC = "IR470610000009990000000003"
)

func newRunner(t *testing.T) *scope.Runner {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return scope.NewRunner(db, time.Now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
}

func inPlatform(t *testing.T, run *scope.Runner, fn func(tx *scope.Tx) error) {
	t.Helper()
	if err := run.InTx(system(t), scope.Platform(), fn); err != nil {
		t.Fatal(err)
	}
}

func system(t *testing.T) context.Context {
	return scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})
}

func list(t *testing.T, run *scope.Runner, query string) (out []string) {
	t.Helper()
	inPlatform(t, run, func(tx *scope.Tx) error { return tx.DB.Raw(query).Scan(&out).Error })
	return out
}

const everything = `SELECT concat_ws(' ', m.id, m.name_fa, m.name_en, m.province_fa, m.province_en, m.county_fa, m.stage, m.bill_company, m.bill_prefix, a.charge, a.iban, s.next)
  FROM municipalities m LEFT JOIN municipality_accounts a ON a.municipality_id = m.id LEFT JOIN bill_serials s ON s.municipality_id = m.id ORDER BY m.id`

// importing gives the report and "line column code" of each refusal.
func importing(t *testing.T, run *scope.Runner, rows ...string) (csvimport.Report, []string) {
	t.Helper()
	var result bytes.Buffer
	im := &municipalities.Importer{Runner: run}
	text := "code,name_fa,name_en,province_fa,province_en,county_fa,bill_prefix,iban\n" + strings.Join(rows, "\n")
	report, err := im.Import(system(t), csvimport.Input{File: strings.NewReader(text), Result: &result})
	if err != nil {
		t.Fatal(err)
	}
	var refused []string
	for i, line := range strings.Split(strings.TrimSpace(result.String()), "\n") {
		if cells := strings.Split(line, ","); i > 0 {
			refused = append(refused, strings.Join(cells[:3], " "))
		}
	}
	return report, refused
}

func TestImport(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	a, b := "1,ساوجبلاغ,Savojbolagh,البرز,Alborz,ساوجبلاغ,10,"+ibanA, "2,كرج,Karaj,البرز,Alborz,کرج,7,"+strings.ToLower(ibanB)
	report, refused := importing(t, run, a, b)
	if want := (csvimport.Report{Read: 2, Inserted: 2}); report != want || refused != nil {
		t.Errorf("%+v, %q", report, refused)
	}
	want := []string{"1 ساوجبلاغ Savojbolagh البرز Alborz ساوجبلاغ active 1 10 * " + ibanA + " 1", "2 کرج Karaj البرز Alborz کرج active 2 7 * " + ibanB + " 1"}
	if got := list(t, run, everything); !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
	lives := list(t, run, `SELECT concat_ws(' ', municipality_id, number, was, stage, actor_kind) FROM municipality_stages ORDER BY 1`)
	if want := []string{"1 1 draft pilot system", "1 2 pilot active system", "2 1 draft pilot system", "2 2 pilot active system"}; !slices.Equal(lives, want) {
		t.Errorf("lives %q, want %q", lives, want)
	}
	if report, refused = importing(t, run, b, a); report != (csvimport.Report{Read: 2, Unchanged: 2}) || refused != nil {
		t.Errorf("again: %+v, %q", report, refused)
	}
	inPlatform(t, run, func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE municipalities SET stage = 'paused' WHERE id = 1`).Error
	})
	inPlatform(t, run, func(tx *scope.Tx) error {
		return tx.DB.Exec(`SELECT draw_bill_serial(1)`).Error
	})
	moved := strings.Replace(a, ibanA, ibanC, 1)
	report, refused = importing(t, run, moved, strings.Replace(b, "Karaj", "Karadj", 1))
	if report != (csvimport.Report{Read: 2, Changed: 1, Refused: 1}) || !slices.Equal(refused, []string{"2 iban municipality_account_two_people"}) {
		t.Errorf("changes: %+v, %q", report, refused)
	}
	want = []string{"1 ساوجبلاغ Savojbolagh البرز Alborz ساوجبلاغ paused 1 10 * " + ibanA + " 2", "2 کرج Karadj البرز Alborz کرج active 2 7 * " + ibanB + " 1"}
	if got := list(t, run, everything); !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
	// Nobody's money goes to the account of a draft yet.
	inPlatform(t, run, func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE municipalities SET stage = 'draft' WHERE id = 1`).Error
	})
	if report, refused = importing(t, run, moved); report != (csvimport.Report{Read: 1, Changed: 1}) || refused != nil {
		t.Errorf("a draft: %+v, %q", report, refused)
	}
	want = []string{"1 ساوجبلاغ Savojbolagh البرز Alborz ساوجبلاغ draft 1 10 * " + ibanC + " 2", "2 کرج Karadj البرز Alborz کرج active 2 7 * " + ibanB + " 1"}
	if got := list(t, run, everything); !slices.Equal(got, want) {
		t.Errorf("stored %q, want %q", got, want)
	}
	audited := list(t, run, `SELECT action || ' ' || coalesce(details->>'accounts_changed', '-') FROM audit_log ORDER BY at`)
	if want := []string{"municipalities.imported -", "municipalities.imported -", "municipalities.imported -", "municipalities.imported [1]"}; !slices.Equal(audited, want) {
		t.Errorf("audited %q, want %q", audited, want)
	}
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	importing(t, run, "1,الف,A,استان,P,الف,10,"+ibanA, "2,ب,B,استان,P,ب,10,"+ibanB)
	inPlatform(t, run, func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE municipalities SET bill_company = 900 WHERE id = 2`).Error
	})
	before := list(t, run, everything)
	for name, c := range map[string]struct{ rows, want []string }{
		"code":            {[]string{"0,ج,C,استان,P,ج,10," + ibanC}, []string{"2 code import_range"}},
		"no name":         {[]string{"3,,C,استان,P,ج,10," + ibanC}, []string{"2 name_fa import_required"}},
		"prefix":          {[]string{"3,ج,C,استان,P,ج,100," + ibanC}, []string{"2 bill_prefix import_range"}},
		"iban":            {[]string{"3,ج,C,استان,P,ج,10,IR470610000009990000000004"}, []string{"2 iban iban_checksum"}},
		"many":            {[]string{"x,,,,,,x,x"}, []string{"2 bill_prefix import_number", "2 code import_number", "2 county_fa import_required", "2 iban iban_country", "2 name_en import_required", "2 name_fa import_required", "2 province_en import_required", "2 province_fa import_required"}},
		"code twice":      {[]string{"3,ج,C,استان,P,ج,10," + ibanC, "3,ج,C,استان,P,ج,10," + ibanC}, []string{"2 code import_key_repeated", "3 code import_key_repeated"}},
		"name twice":      {[]string{"3,ج,C,استان,P,ج,10," + ibanC, "4,ج,C,استان,P,ج,10," + ibanC}, []string{"2 name_fa municipality_name_taken", "3 name_fa municipality_name_taken"}},
		"stored name":     {[]string{"3,الف,C,استان,P,ج,10," + ibanC}, []string{"2 name_fa municipality_name_taken"}},
		"names exchanged": {[]string{"1,ب,A,استان,P,الف,10," + ibanA, "2,الف,B,استان,P,ب,10," + ibanB}, []string{"2 name_fa municipality_name_taken", "3 name_fa municipality_name_taken"}},
		"bill numbers":    {[]string{"900,ج,C,استان,P,ج,10," + ibanC}, []string{"2 bill_prefix municipality_bill_taken"}},
	} {
		report, refused := importing(t, run, c.rows...)
		if !slices.Equal(refused, c.want) || report != (csvimport.Report{Read: len(c.rows), Refused: len(c.rows)}) {
			t.Errorf("%s: %+v, refused %q, want %q", name, report, refused, c.want)
		}
		if got := list(t, run, everything); !slices.Equal(got, before) {
			t.Errorf("%s changed %q", name, got)
		}
	}
	// One name may stand in two provinces, and a wrong row keeps no other out.
	report, refused := importing(t, run, "x,ج,C,استان,P,ج,10,"+ibanC, "3,الف,C,استان دیگر,P,ج,10,"+ibanC)
	if report != (csvimport.Report{Read: 2, Inserted: 1, Refused: 1}) || len(refused) != 1 {
		t.Errorf("half a file: %+v, %q", report, refused)
	}
}

func TestDefaultListIsImportedWhole(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	im := &municipalities.Importer{Runner: run}
	for _, want := range []csvimport.Report{{Inserted: 565}, {Unchanged: 565}} {
		want.Read = 565
		if report, err := im.Import(system(t), csvimport.Input{File: municipalities.Default()}); err != nil || report != want {
			t.Errorf("%+v, %v, want %+v", report, err, want)
		}
	}
	inPlatform(t, run, func(tx *scope.Tx) error {
		all, err := municipalities.All(tx)
		if err != nil || len(all) != 565 || all[0].ID != 1 || all[0].Stage != municipalities.Active || all[0].NameFA == "" || all[0].NameEN == "" || all[0].ProvinceFA == "" {
			t.Errorf("%d municipalities, %+v, %v", len(all), all[0], err)
		}
		found, err := municipalities.Load(tx, []int{3, 564, 999})
		if err != nil || len(found) != 2 || found[3] != all[2] || found[564] != all[563] {
			t.Errorf("found %+v, %v", found, err)
		}
		if none, err := municipalities.Load(tx, nil); len(none) != 0 || err != nil {
			t.Errorf("no ids find %+v, %v", none, err)
		}
		return nil
	})
}
