package csvimport_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

var errTaken = fault.Define(fault.Conflict, "test_taken", "تکراری.", "Taken.")

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

// types loads vehicle types; code "stop" is a defect of the parser.
func types() csvimport.Load {
	return csvimport.Load{
		Name: "types", Columns: []string{"code", "name"}, Table: "import_types", Staged: []string{"line integer", "code text", "name text"},
		Begin: func(*scope.Tx) (csvimport.Parse, error) {
			return func(r *csvimport.Record, values []any) {
				if r.Text(0) == "stop" {
					r.Refuse(0, errors.New("defect"))
				}
				values[1], values[2] = csvimport.Cell(r, 0, csvimport.Required), csvimport.Cell(r, 1, csvimport.Required)
			}, nil
		},
		Merge: func(tx *scope.Tx) (csvimport.Merged, error) {
			err := csvimport.RefuseRows(tx, errTaken, `SELECT r.line, 'code' AS field, NULL AS key FROM import_types r WHERE EXISTS (SELECT FROM vehicle_types t WHERE t.code = r.code)`)
			if err != nil {
				return csvimport.Merged{}, err
			}
			result := tx.DB.Exec(`INSERT INTO vehicle_types (code, name_fa) SELECT code, name FROM import_types r WHERE NOT EXISTS (SELECT FROM import_refusals f WHERE f.line = r.line)`)
			return csvimport.Merged{Inserted: int(result.RowsAffected), Details: map[string]any{"note": "n"}}, result.Error
		},
		Faults: []*fault.Error{errTaken},
	}
}

func stored(t *testing.T, run *scope.Runner, query string) []string {
	t.Helper()
	var out []string
	if err := run.InTx(system(t), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query).Scan(&out).Error }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRunReportsByLine(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	first, err := csvimport.Run(system(t), run, types(), csvimport.Input{File: strings.NewReader("code,name\nx,X\n")}) // no result is asked for, and none is needed
	if err != nil || first != (csvimport.Report{Read: 1, Inserted: 1}) {
		t.Fatalf("%+v, %v", first, err)
	}
	var result bytes.Buffer
	report, err := csvimport.Run(system(t), run, types(), csvimport.Input{File: strings.NewReader("name,code\nY,y\nX again,x\n,z\n\nV,v,\nW,w\n"), Result: &result})
	if err != nil || report != (csvimport.Report{Read: 5, Inserted: 2, Refused: 3}) {
		t.Errorf("%+v, %v", report, err)
	}
	want := "line,column,code,detail_fa\n3,code,test_taken,تکراری.\n4,name,import_required,این خانه نباید خالی باشد.\n6,,import_row_length,شمار خانه‌های سطر با سطر عنوان یکی نیست.\n"
	if result.String() != want {
		t.Errorf("result:\n%s\nwant:\n%s", result.String(), want)
	}
	if got := stored(t, run, `SELECT code || '=' || name_fa FROM vehicle_types ORDER BY code`); !slices.Equal(got, []string{"w=W", "x=X", "y=Y"}) {
		t.Errorf("stored %q", got)
	}
	audited := stored(t, run, `SELECT action || ' ' || target_kind || ' ' || (details::text) FROM audit_log ORDER BY at`)
	if len(audited) != 2 || audited[1] != `types.imported import {"note": "n", "read": 5, "changed": 0, "refused": 3, "inserted": 2}` {
		t.Errorf("audited %q", audited)
	}
}

func TestRunStartsNothingForAWrongHeader(t *testing.T) {
	t.Parallel()
	load := types()
	load.Begin = func(*scope.Tx) (csvimport.Parse, error) { t.Error("begun"); return nil, nil }
	for file, want := range map[string]*fault.Error{"": csvimport.ErrEmpty, "code\n": csvimport.ErrHeader} {
		if _, err := csvimport.Run(system(t), nil, load, csvimport.Input{File: strings.NewReader(file)}); !errors.Is(err, want) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestRunOfNoRows(t *testing.T) {
	t.Parallel()
	report, err := csvimport.Run(system(t), newRunner(t), types(), csvimport.Input{File: strings.NewReader("code,name\n")})
	if err != nil || report != (csvimport.Report{}) {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestRunUndoesEverything(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	broken := errors.New("broken")
	failing := types()
	merge := failing.Merge
	failing.Merge = func(tx *scope.Tx) (csvimport.Merged, error) {
		merged, err := merge(tx)
		return merged, errors.Join(err, broken)
	}
	for name, c := range map[string]struct {
		load csvimport.Load
		file string
	}{
		"merge":  {failing, "code,name\nx,X\n"},
		"parser": {types(), "code,name\nx,X\nstop,Y\n"},
	} {
		report, err := csvimport.Run(system(t), run, c.load, csvimport.Input{File: strings.NewReader(c.file)})
		if err == nil || fault.Of(err) != nil || report != (csvimport.Report{}) {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
	if got := stored(t, run, `SELECT code FROM vehicle_types UNION ALL SELECT action FROM audit_log`); len(got) != 0 {
		t.Errorf("stored %q", got)
	}
}

// TestRunRepeats lets PostgreSQL end the first attempt in favour of somebody else.
func TestRunRepeats(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	const file = "code,name\nx,X\nx2,\n"
	for name, input := range map[string]io.Reader{"seeker": strings.NewReader(file), "stream": io.MultiReader(strings.NewReader(strings.ReplaceAll(file, "x", "y")))} {
		attempts := 0
		load := types()
		merge := load.Merge
		load.Merge = func(tx *scope.Tx) (csvimport.Merged, error) {
			merged, err := merge(tx)
			if attempts++; attempts == 1 {
				return merged, &pgconn.PgError{Code: "40P01"}
			}
			return merged, err
		}
		var result bytes.Buffer
		report, err := csvimport.Run(system(t), run, load, csvimport.Input{File: input, Result: &result})
		again := name == "seeker"
		if (err == nil) != again || again && (report != csvimport.Report{Read: 2, Inserted: 1, Refused: 1} || attempts != 2 || strings.Count(result.String(), "\n") != 2) {
			t.Errorf("%s: %+v, %v, %d attempts, result %q", name, report, err, attempts, result.String())
		}
	}
	if got := stored(t, run, `SELECT code FROM vehicle_types`); !slices.Equal(got, []string{"x"}) {
		t.Errorf("stored %q", got)
	}
}

// TestRunTakesMoreRefusalsThanFitOneCopy keeps their order, too.
func TestRunTakesMoreRefusalsThanFitOneCopy(t *testing.T) {
	t.Parallel()
	var result bytes.Buffer
	file := "code,name\n" + strings.Repeat("x,\n", 25_000) + "y,Y\n" + strings.Repeat(",\n", 3) + "z,Z\n"
	report, err := csvimport.Run(system(t), newRunner(t), types(), csvimport.Input{File: strings.NewReader(file), Result: &result})
	if err != nil || report != (csvimport.Report{Read: 25_002, Inserted: 2, Refused: 25_000}) {
		t.Errorf("%+v, %v", report, err)
	}
	lines := strings.Split(result.String(), "\n")
	if len(lines) != 25_002 || !strings.HasPrefix(lines[25_000], "25001,name,import_required,") {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-2])
	}
}
