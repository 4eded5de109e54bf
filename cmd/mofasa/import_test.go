package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/valuations"
	"mofasa/cmd/internal/app"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

func newTestRunner(t testing.TB) *scope.Runner {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return scope.NewRunner(db, time.Now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
}

func asSystem(ctx context.Context) context.Context {
	return scope.WithActor(ctx, scope.Actor{Kind: scope.ActorSystem})
}

// importing runs "import" with arguments and gives what it prints.
func importing(t *testing.T, run *scope.Runner, args ...string) (out, errOut string, err error) {
	t.Helper()
	cmd := newImportCommand(func(context.Context) (*scope.Runner, *sql.DB, func(), error) { return run, nil, func() {}, nil })
	var stdout, stderr bytes.Buffer
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err = cmd.ExecuteContext(asSystem(t.Context()))
	return stdout.String(), stderr.String(), err
}

func TestImportCommand(t *testing.T) {
	t.Parallel()
	run := newTestRunner(t)
	dir := t.TempDir()
	result := filepath.Join(dir, "result.csv")
	valuations := filepath.Join("testdata", "valuations.csv") // one row of five is wrong

	out, progress, err := importing(t, run, "valuations", valuations, "--result", result)
	if !errors.Is(err, errRefused) || out != "read 5 · inserted 4 · changed 0 · unchanged 0 · refused 1\n" {
		t.Errorf("first run: %q, %v", out, err)
	}
	if progress != "merging: 5 rows, 100% of the file\n" {
		t.Errorf("progress %q", progress)
	}
	want := "line,column,code,detail_fa\n5,base_rial,import_number,در این خانه تنها رقم لاتین می‌آید.\n"
	if got, err := os.ReadFile(result); string(got) != want || err != nil {
		t.Errorf("result %q, %v", got, err)
	}

	mended := filepath.Join(dir, "mended.csv")
	text, err := os.ReadFile(valuations)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mended, bytes.ReplaceAll(text, []byte("303,018,000"), []byte("303018000")), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err = importing(t, run, "valuations", mended, "--result", result)
	if err != nil || out != "read 5 · inserted 1 · changed 0 · unchanged 4 · refused 0\n" {
		t.Errorf("mended: %q, %v", out, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "result*")); len(left) != 0 {
		t.Errorf("the earlier result is still there: %q", left)
	}
}

func TestProgressSpeaksNowAndThen(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	clock := time.Unix(0, 0)
	p := newProgress(&out, 1000, func() time.Time { return clock })
	for i := range int64(12) {
		p.update(csvimport.Progress{Stage: csvimport.Reading, Bytes: 50 * i, Rows: int(i)})
		clock = clock.Add(time.Second)
	}
	p.update(csvimport.Progress{Stage: csvimport.Merging, Bytes: 1000, Rows: 20})
	p.end()
	if got, want := out.String(), "reading: 5 rows, 25% of the file\nreading: 10 rows, 50% of the file\nmerging: 20 rows, 100% of the file\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestImportCommandWithoutFileTakesTheBuiltInList(t *testing.T) {
	t.Parallel()
	run := newTestRunner(t)
	result := filepath.Join(t.TempDir(), "refused.csv")
	out, _, err := importing(t, run, "municipalities", "--result", result)
	if err != nil || !strings.HasPrefix(out, "read 5") || !strings.HasSuffix(out, "changed 0 · unchanged 0 · refused 0\n") {
		t.Errorf("%q, %v", out, err)
	}
}

func TestImportCommandRefusesWholeFiles(t *testing.T) {
	t.Parallel()
	run := newTestRunner(t)
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, want string }{
		"empty":  {"", "The file is empty: it has no header. (import_empty) فایل خالی است و سطر عنوان ندارد."},
		"header": {"fiscal_year,type_code,price,type_code,12ب14547\n", "The header does not have the columns of this kind of file. (import_header) سطر عنوان فایل با ستون‌های این نوع فایل نمی‌خواند.\n  type_name_fa: This column is missing. (import_column_missing) این ستون در فایل نیست.\n  base_rial: This column is missing. (import_column_missing) این ستون در فایل نیست.\n  price: This column is unknown. (import_column_unknown) این ستون شناخته‌شده نیست.\n  type_code: This column occurs more than once. (import_column_repeated) این ستون بیش از یک بار آمده است.\n  #5: This column is unknown. (import_column_unknown) این ستون شناخته‌شده نیست."},
	} {
		path := filepath.Join(dir, name+".csv")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _, err := importing(t, run, "valuations", path)
		if err == nil || err.Error() != c.want || out != "" {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
	if _, _, err := importing(t, run, "valuations", filepath.Join(dir, "none.csv")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*refused*")); len(left) != 0 {
		t.Errorf("result files: %q", left)
	}
}

func TestCancelledImportCommandLeavesNoResult(t *testing.T) {
	t.Parallel()
	run := newTestRunner(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(asSystem(t.Context()))
	cmd := newImportCommand(func(context.Context) (*scope.Runner, *sql.DB, func(), error) {
		cancel()
		return run, nil, func() {}, nil
	})
	cmd.SetArgs([]string{"valuations", filepath.Join("testdata", "valuations.csv"), "--result", filepath.Join(dir, "result.csv")})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	if err := cmd.ExecuteContext(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left %q", left)
	}
}

// TestImportOwnersCommand loads an owner with a mobile number: the program makes a key for it, shows it masked, and writes it nowhere.
func TestImportOwnersCommand(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	path := filepath.Join(t.TempDir(), "owners.csv")
	file := strings.Join(fleetHeader, ",") + ",owner_id,owner_from,owner_to,owner_name,owner_phone\n"
	for _, row := range []string{"NAAM01CA9EH145471", "NAAM01CA9EH145472"} {
		file += row + ",passenger_car,private,petrol,domestic,4,pride-131,1393,1393/03/15,,,,,,," + buyerID + ",1395/01/20,," + buyer + ",+989121234567\n"
	}
	file += "NAAM01CA9EH145473,passenger_car,private,petrol,domestic,4,pride-131,1393,1393/03/15,,,,,,," + buyerID + ",1395/01/20,," + buyer + ",0912\n"
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	load := func() (string, error) {
		return c.execute(newImportsCommand(c.opener(), func() (*privacy.Keyring, error) { return app.LoadKeyring(c.keys) }), "", []string{"vehicles", path})
	}
	for _, want := range []string{"read 3 · inserted 2 · changed 0 · unchanged 0 · refused 1\n", "read 3 · inserted 0 · changed 0 · unchanged 2 · refused 1\n"} {
		if out, err := load(); out != want || !errors.Is(err, errRefused) {
			t.Errorf("%q, %v", out, err)
		}
	}
	refused, err := os.ReadFile(strings.TrimSuffix(path, ".csv") + ".refused.csv")
	if err != nil || !strings.Contains(string(refused), "4,owner_phone,mobile_length,") || strings.Contains(string(refused), buyerID) {
		t.Errorf("%s, %v", refused, err)
	}
	shown := c.do("", "show", "--vin", "NAAM01CA9EH145471")
	wants(t, shown, " 1395/01/20 - person *******948 0912***4567 م*** ر***")
	if n := c.count(`SELECT count(*) FROM vehicle_owners WHERE phone_hash IS NOT NULL`); n != 2 {
		t.Errorf("%d numbers are indexed", n)
	}
}

// TestFleetImportsWhole runs the three imports as the demo does, twice.
func TestFleetImportsWhole(t *testing.T) {
	t.Parallel()
	run := newTestRunner(t)
	const n = 3_000
	var values, vehicleRows bytes.Buffer
	if err := writeValuations(&values); err != nil {
		t.Fatal(err)
	}
	if err := writeFleet(&vehicleRows, n, 7, builtInCodes(t)); err != nil {
		t.Fatal(err)
	}
	for _, again := range []bool{false, true} {
		for _, step := range []struct {
			im   importer
			file []byte
		}{
			{&municipalities.Importer{Runner: run}, nil},
			{&valuations.Importer{Runner: run}, values.Bytes()},
			{&vehicles.Importer{Runner: run, ParseDay: parseDay}, vehicleRows.Bytes()},
		} {
			in := csvimport.Input{File: bytes.NewReader(step.file), Result: os.Stderr}
			if step.file == nil {
				in.File = municipalities.Default()
			}
			report, err := step.im.Import(asSystem(t.Context()), in)
			want := csvimport.Report{Read: report.Read, Inserted: report.Read}
			if again {
				want = csvimport.Report{Read: report.Read, Unchanged: report.Read}
			}
			if err != nil || report != want || report.Read == 0 {
				t.Errorf("%T: %+v, want %+v, %v", step.im, report, want, err)
			}
		}
	}
	err := run.InTx(asSystem(t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		var cities []string
		err := tx.DB.Raw(`SELECT m.name_fa || ' ' || r.valid_from FROM vehicle_plates p JOIN vehicle_residences r ON r.vehicle_id = p.vehicle_id JOIN municipalities m ON m.id = r.residence
		  WHERE p.plate = ? AND p.valid_to IS NULL ORDER BY r.valid_from`, showcasePlate).Scan(&cities).Error
		if want := []string{"تهران 2014-06-05", "اصفهان 2017-09-23", "شیراز 2021-07-01"}; !slices.Equal(cities, want) {
			t.Errorf("the showcase vehicle lived in %q, want %q", cities, want)
		}
		var fleet int
		if err := tx.DB.Raw(`SELECT count(*) FROM vehicles`).Scan(&fleet).Error; err != nil {
			return err
		}
		if fleet != n {
			t.Errorf("%d vehicles, want %d", fleet, n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func builtInCodes(t testing.TB) []int {
	t.Helper()
	rows, err := csv.NewReader(municipalities.Default()).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	codes := make([]int, len(rows)-1)
	for i := range codes {
		codes[i] = i + 1
	}
	return codes
}
