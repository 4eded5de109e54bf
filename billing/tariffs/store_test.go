package tariffs_test

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/tariffs"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/scope"
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

func system(t *testing.T) context.Context {
	return scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})
}

func inScope(t *testing.T, run *scope.Runner, s scope.Scope, fn func(tx *scope.Tx) error) {
	t.Helper()
	if err := run.InTx(system(t), s, fn); err != nil {
		t.Fatal(err)
	}
}

func TestNationalIsSavedOnceAndLoadsEqual(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	want := national(t)
	for _, published := range []int{len(want.Versions()), 0} {
		inScope(t, run, scope.Platform(), func(tx *scope.Tx) error {
			got, err := tariffs.SaveNational(tx)
			if got != published {
				t.Errorf("published %d, want %d", got, published)
			}
			return err
		})
	}
	inScope(t, run, scope.Public(""), func(tx *scope.Tx) error {
		book, err := tariffs.LoadBook(tx)
		if !reflect.DeepEqual(book, want) {
			t.Errorf("loaded %+v", book.Versions())
		}
		return err
	})
}

func TestNationalIsNotSavedOverAnother(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	inScope(t, run, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO tariff_versions (id, authority, fiscal_year, number, body, published_at) VALUES ('national/1403/1', 'national', 1403, 1, '{}', now())`).Error
	})
	err := run.InTx(system(t), scope.Platform(), func(tx *scope.Tx) error {
		_, err := tariffs.SaveNational(tx)
		return err
	})
	if !errors.Is(err, tariffs.ErrPublished) || !strings.Contains(err.Error(), "national/1403/1") {
		t.Errorf("error %v", err)
	}
	inScope(t, run, scope.Platform(), func(tx *scope.Tx) error {
		var kept int
		if err := tx.DB.Raw(`SELECT count(*) FROM tariff_versions`).Scan(&kept).Error; err != nil || kept != 1 {
			t.Errorf("%d versions, %v", kept, err)
		}
		if _, err := tariffs.LoadBook(tx); err == nil {
			t.Error("a broken version is loaded")
		}
		return nil
	})
}

func importValuations(t *testing.T, run *scope.Runner, rows ...string) (csvimport.Report, []string) {
	t.Helper()
	var result bytes.Buffer
	im := &tariffs.ValuationImporter{Runner: run}
	text := "fiscal_year,type_code,type_name_fa,base_rial\n" + strings.Join(rows, "\n")
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

func TestValuationImport(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
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
		report, refused := importValuations(t, run, c.rows...)
		if report != c.report || !slices.Equal(refused, c.refused) {
			t.Errorf("%q:\n got %+v %q\nwant %+v %q", c.rows, report, refused, c.report, c.refused)
		}
	}
	inScope(t, run, scope.Public(""), func(tx *scope.Tx) error {
		var got []string
		err := tx.DB.Raw(`SELECT concat_ws(' ', v.type_code, t.name_fa, v.fiscal_year, v.base_rial) FROM valuations v JOIN vehicle_types t ON t.code = v.type_code ORDER BY v.type_code, v.fiscal_year`).Scan(&got).Error
		if want := []string{"p پژو ۴۰۵ 1393 100", "p پژو ۴۰۵ 1394 121", "p پژو ۴۰۵ 1395 130", "q کوییک 1393 1000000000000000", "s S 1394 1", "s S 1396 1"}; !slices.Equal(got, want) {
			t.Errorf("stored %q, want %q", got, want)
		}
		return err
	})
}
