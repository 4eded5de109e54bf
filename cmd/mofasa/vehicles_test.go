package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/billing/calendar"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

const (
	buyerID  = "0084575948"
	buyer    = "مریم رضایی"
	aPride   = "NAS411100G1205277" // apitest.OtherPlate's vehicle, in Tehran since 1395/01/20
	newPlate = "21ج34568"
)

// console runs "vehicles" on a seeded database.
type console struct {
	t    *testing.T
	run  *scope.Runner
	keys string
}

func newConsole(t *testing.T) console {
	t.Helper()
	db, pool, err := scope.Open(apitest.NewDB(t).AppURL, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return console{t: t, run: scope.NewRunner(db, time.Now, app.NewID), keys: filepath.Join(t.TempDir(), "keys")}
}

// try runs a command line with something on standard input.
func (c console) try(stdin string, args ...string) (out, errOut string, err error) {
	c.t.Helper()
	cmd := newVehiclesCommand(func(context.Context) (*scope.Runner, *sql.DB, func(), error) { return c.run, nil, func() {}, nil },
		func() (*privacy.Keyring, error) { return app.LoadKeyring(c.keys) })
	var stdout, stderr bytes.Buffer
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err = cmd.ExecuteContext(asSystem(c.t.Context()))
	return stdout.String(), stderr.String(), err
}

func (c console) do(stdin string, args ...string) string {
	c.t.Helper()
	out, _, err := c.try(stdin, args...)
	if err != nil {
		c.t.Fatalf("%q: %v", args, err)
	}
	return out
}

// refused runs a command line that must be refused in one line that begins and ends so.
func (c console) refused(prefix, suffix, stdin string, args ...string) {
	c.t.Helper()
	out, _, err := c.try(stdin, args...)
	switch {
	case err == nil:
		c.t.Errorf("%q: accepted, %q", args, out)
	case !strings.HasPrefix(err.Error(), prefix), !strings.HasSuffix(err.Error(), suffix), strings.Contains(err.Error(), "\n"), out != "":
		c.t.Errorf("%q: %q, %v, want %q … %q", args, out, err, prefix, suffix)
	}
}

func (c console) count(query string, args ...any) int {
	c.t.Helper()
	var n int
	err := c.run.InTx(asSystem(c.t.Context()), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query, args...).Row().Scan(&n) })
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// wants checks that lines stand in the text, with any run of blanks between cells.
func wants(t *testing.T, text string, lines ...string) {
	t.Helper()
	folded := regexp.MustCompile(` {2,}`).ReplaceAllString(text, " ")
	for _, line := range lines {
		if !strings.Contains("\n"+folded, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

func TestVehiclesShow(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	byVIN := c.do("", "show", "--vin", strings.ToLower(apitest.VIN), "--purpose", "complaint 17")
	wants(t, byVIN, " 1393/03/10 - "+apitest.Plate, " 1393/03/10 1396/05/01 520 تهران", " 1396/05/01 1401/02/15 218 اصفهان", " 1401/02/15 - 122 شیراز",
		"owners: none", "gaps: none", "superseded: none", "paid outside: none",
		"VIN "+apitest.VIN, "class passenger_car", "usage private", "fuel petrol", "origin domestic", "cylinders 4", "type peugeot-405", "model year 1393",
		"first registered 1393/03/10", "category -")
	if byPlate := c.do("", "show", "--plate", "ایران ۴۷ - ۱۲ ب ۱۴۵"); byPlate != byVIN {
		t.Errorf("by plate:\n%s\nby VIN:\n%s", byPlate, byVIN)
	}
	if n := c.count(`SELECT count(*) FROM audit_log WHERE action = 'vehicle.read' AND purpose IN ('complaint 17', 'operator''s inquiry')`); n != 2 {
		t.Errorf("%d readings on record, want 2", n)
	}
	_, cities, _ := strings.Cut(byVIN, "\nresidences\n")
	at := strings.Index(cities, "code")
	for line := range strings.Lines(cities[strings.Index(cities, "\n")+1 : strings.Index(cities, "\n\n")]) {
		if at < 0 || strings.IndexAny(line[at:], "125") != 0 || line[at-1] != ' ' {
			t.Errorf("the codes are not in a column: %q in\n%s", line, byVIN)
		}
	}

	c.refused("vehicle: No such vehicle is registered. (registered_vehicle_unknown)", "چنین خودرویی ثبت نشده است.", "", "show", "--vin", "NAAM01CA0ER999999")
	c.refused("purpose: The reason is missing. (reason_missing)", "دلیل نوشته نشده است.", "", "show", "--vin", apitest.VIN, "--purpose", " ")
	c.refused("vin: ", "", "", "show", "--vin", "NAAM01CA0ER12345O")
	c.refused("plate: ", "", "", "show", "--plate", "12")
	c.refused("at least one of the flags in the group [vin plate]", "", "", "show")
	c.refused("if any flags in the group [vin plate] are set none of the others can be", "", "", "show", "--vin", apitest.VIN, "--plate", apitest.Plate)
}

func TestVehiclesTransfer(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	out, asked, err := c.try("\ufeff"+buyerID+"\r\n"+buyer+"\r\n", "transfer", "--vin", aPride, "--day", "۱۴۰۴/۰۵/۰۱", "--plate", newPlate, "--residence", "218")
	if err != nil || out != "ownership transferred\n" || asked != "" {
		t.Fatalf("%q, %q, %v", out, asked, err)
	}
	shown := c.do("", "show", "--vin", aPride)
	wants(t, shown, " 1395/01/20 1404/05/01 "+apitest.OtherPlate, " 1404/05/01 - "+newPlate, " 1395/01/20 1404/05/01 520 تهران", " 1404/05/01 - 218 اصفهان",
		" 1404/05/01 - person *******948 - م*** ر***")
	if strings.Contains(shown, buyerID) || strings.Contains(shown, "مریم") {
		t.Errorf("the owner stands in clear:\n%s", shown)
	}

	// A company buys; the plate that nobody wears any more stays off, and the reason is declared.
	owner := filepath.Join(t.TempDir(), "owner")
	if err := os.WriteFile(owner, []byte("10380284790\nشرکت نمونه\n+98 912 123 4567\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sale := []string{"transfer", "--vin", aPride, "--day", "1404/06/01", "--residence", "520", "--owner-file", owner}
	c.refused("gap: The history would say nothing about some days", "دلیل آن را بنویسید تا اعلام شود.", "", sale...)
	c.do("", append(sale, "--gap", "plate\nto\x1b[2Jcome")...)
	wants(t, c.do("", "show", "--vin", aPride), " 1404/05/01 1404/06/01 person *******948 - م*** ر***", " 1404/06/01 - legal ********790 0912***4567 ش*** ن***",
		" 1404/06/01 - plate plate to [2Jcome")
}

func TestVehiclesTransferRefused(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	both := buyerID + "\n" + buyer + "\n"
	before := c.do("", "show", "--vin", aPride)
	sale := func(more ...string) []string {
		return append([]string{"transfer", "--vin", aPride, "--residence", "218", "--day"}, more...)
	}
	c.refused("plate: Another vehicle wears this plate at the same time. (plate_taken)", "این پلاک در همین زمان روی خودروی دیگری است.", both, sale("1404/05/01", "--plate", apitest.Plate)...)
	c.refused("residence: No municipality with this code", "", both, "transfer", "--vin", aPride, "--day", "1404/05/01", "--plate", newPlate, "--residence", "999")
	c.refused("day: The day is not after the first day of the running period. (day_before_period, history plate)", "", both, sale("1395/01/20", "--plate", newPlate)...)
	c.refused("day: The day lies in the future. (day_future)", "این روز هنوز نیامده است.", both, sale("1499/01/01", "--plate", newPlate)...)
	c.refused("day: ", "", both, sale("1404/13/01", "--plate", newPlate)...)
	c.refused("owner_id: ", "", "0084575949\n"+buyer+"\n", sale("1404/05/01", "--plate", newPlate)...)
	c.refused("owner_id: ", "", "10380284791\n"+buyer+"\n", sale("1404/05/01", "--plate", newPlate)...)
	c.refused("owner_name: ", "نام مالک باید دست‌کم یک حرف داشته باشد.", buyerID+"\n--\n", sale("1404/05/01", "--plate", newPlate)...)
	c.refused("owner_phone: ", "شمارهٔ همراه ۱۱ رقم دارد، مانند ۰۹۱۲۱۲۳۴۵۶۷", buyerID+"\n"+buyer+"\n0912123456\n", sale("1404/05/01", "--plate", newPlate)...)
	c.refused("owner-file: two lines are needed", "", buyerID+"\n", sale("1404/05/01", "--plate", newPlate)...)
	c.refused("owner: The new owner is missing. (owner_required)", "", both, sale("1404/05/01", "--plate", newPlate, "--owner-file", "")...)
	c.refused(`required flag(s) "day" not set`, "", both, "transfer", "--vin", aPride)
	if after := c.do("", "show", "--vin", aPride); after != before {
		t.Errorf("a refused transfer left\n%s", after)
	}
}

func TestVehiclesReportPayment(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	report := []string{"report-payment", "--municipality", "218", "--vin", apitest.VIN, "--year", "1399", "--amount", "12500000", "--paid-on", "1399/12/20", "--reference", "ص-77"}
	id, found := strings.CutPrefix(strings.TrimSpace(c.do("", report...)), "payment reported: ")
	if !found {
		t.Fatalf("answer %q", id)
	}
	wants(t, c.do("", "show", "--vin", apitest.VIN), " 1399 12500000 1399/12/20 218 "+id+" ص-77 اصفهان")
	c.refused("fiscal_year: The payment of this year is reported already. (external_payment_reported)", "پرداخت این سال پیش‌تر گزارش شده است.", "", report...)
	with := func(flag, value string) []string {
		other := append([]string{}, report...)
		for i, arg := range other {
			if arg == flag {
				other[i+1] = value
			}
		}
		return other
	}
	c.refused("fiscal_year: The owner did not live in this municipality in that year. (external_payment_elsewhere)", "", "", with("--year", "1394")...)
	c.refused("fiscal_year: The fiscal year must be", "", "", with("--year", "1499")...)
	c.refused("amount: ", "مبلغ باید بیش از صفر ریال باشد.", "", with("--amount", "0")...)
	c.refused("paid_on: ", "این روز هنوز نیامده است.", "", with("--paid-on", "1499/01/01")...)

	c.refused("", "چنین گزارشی ثبت نشده است.", "", "withdraw-payment", "--municipality", "520", "--report", id, "--reason", "not ours")
	c.refused("report: not a UUID", "", "", "withdraw-payment", "--municipality", "218", "--report", "77", "--reason", "typo")
	c.refused("reason: ", "دلیل نوشته نشده است.", "", "withdraw-payment", "--municipality", "218", "--report", id)
	c.do("", "withdraw-payment", "--municipality", "218", "--report", id, "--reason", "typo")
	wants(t, c.do("", "show", "--vin", apitest.VIN), "paid outside: none")
	c.do("", report...)
}

// TestVehiclesLife takes one vehicle through the other use cases.
func TestVehiclesLife(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	c.do("", "move", "--vin", aPride, "--day", "1402/02/02", "--residence", "122")
	c.do("", "correct", "--vin", aPride, "--history", "residence", "--entry", "1402/02/02", "--from", "1402/02/05", "--residence", "218", "--reason", "misread")
	c.do("", "change-plate", "--vin", aPride, "--day", "1402/03/01", "--plate", newPlate)
	c.do("", "declare-gap", "--vin", aPride, "--history", "plate", "--from", "1402/04/01", "--reason", "impounded")
	c.refused("--plate does not belong to the history residence", "", "", "correct", "--vin", aPride, "--history", "residence", "--entry", "1402/02/05", "--plate", newPlate, "--reason", "x")
	c.refused("history: The history must be", "", "", "declare-gap", "--vin", aPride, "--history", "colour", "--from", "1402/04/01", "--reason", "x")
	c.refused("entry: No period on record begins on this day. (entry_unknown)", "", "", "correct", "--vin", aPride, "--history", "owner", "--entry", "1402/02/05", "--reason", "x")
	c.refused("manner: A vehicle is retired as scrapped or exported.", "", "", "retire", "--vin", aPride, "--day", "1403/01/01", "--manner", "lost", "--reference", "9")
	c.do("", "retire", "--vin", aPride, "--day", "1403/01/01", "--manner", "scrapped", "--reference", "SC-9")
	today := calendar.DateOf(time.Now()).String()
	wants(t, c.do("", "show", "--vin", aPride), "retired 1403/01/01 scrapped, SC-9", " 1395/01/20 1402/03/01 "+apitest.OtherPlate, " 1402/03/01 1402/04/01 "+newPlate,
		" 1395/01/20 1402/02/05 520 تهران", " 1402/02/05 - 218 اصفهان", " 1402/04/01 - plate impounded",
		" "+today+" residence corrected system 1402/02/02..- 122 1402/02/05..- 218 misread")
	c.refused("vehicle: The vehicle is scrapped or exported. (vehicle_retired)", "", "", "move", "--vin", aPride, "--day", "1403/02/02", "--residence", "122")
}

func TestVehiclesMerge(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	const twin = "NAS411100G1205278"
	row := "vin,class,usage,fuel,origin,cylinders,type_code,model_year,first_registered,plate,plate_from,plate_to,municipality_code,residence_from,residence_to\n" +
		twin + ",passenger_car,private,petrol,domestic,4,pride-131,1395,1395/01/20,,,,520,1395/01/20,\n"
	path := filepath.Join(t.TempDir(), "twin.csv")
	if err := os.WriteFile(path, []byte(row), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := importing(t, c.run, "vehicles", path); err != nil {
		t.Fatal(err)
	}
	c.refused("duplicate: No such vehicle is registered.", "", "", "merge", "--keep", aPride, "--duplicate", "NAS411100G1205279", "--reason", "typo")
	c.refused("keep: No such vehicle is registered.", "", "", "merge", "--keep", "NAS411100G1205279", "--duplicate", twin, "--reason", "typo")
	c.refused("duplicate: ", "خودرو در خودش ادغام نمی‌شود.", "", "merge", "--keep", aPride, "--duplicate", aPride, "--reason", "typo")
	c.refused("duplicate: ", "", "", "merge", "--keep", aPride, "--duplicate", apitest.VIN, "--reason", "typo")
	c.refused("reason: it must not be empty", "", "", "merge", "--keep", aPride, "--duplicate", twin, "--reason", "")
	c.do("", "merge", "--keep", aPride, "--duplicate", twin, "--reason", "typo in the VIN")
	kept := c.do("", "show", "--vin", aPride)
	if byTwin := c.do("", "show", "--vin", twin); byTwin != kept || !strings.Contains(kept, "took in") {
		t.Errorf("by the twin's VIN:\n%s\nby the kept one:\n%s", byTwin, kept)
	}
}

func TestRequestKey(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	keys := make(chan []byte, 8)
	for range cap(keys) {
		go func() {
			key, err := app.LoadRequestKey(dir)
			if err != nil {
				t.Error(err)
			}
			keys <- key
		}()
	}
	first := <-keys
	for range cap(keys) - 1 {
		if key := <-keys; len(key) != 32 || !bytes.Equal(key, first) {
			t.Errorf("%d bytes, or another key", len(key))
		}
	}
	path := filepath.Join(dir, "request-0001.key")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left %v", left)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.LoadRequestKey(dir); err == nil {
		t.Error("a short key is taken")
	}
	if text, _ := os.ReadFile(path); string(text) != "short" {
		t.Error("a key was written over")
	}
	// Where owners' first key did this before, a repeated request finds its answer under a copy of it.
	old := bytes.Repeat([]byte("o"), 32)
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "owner-0001.key"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := app.LoadRequestKey(elsewhere); err != nil || !bytes.Equal(key, old) {
		t.Errorf("%x, %v", key, err)
	}
	if err := os.WriteFile(filepath.Join(elsewhere, "owner-0001.key"), bytes.Repeat([]byte("p"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := app.LoadRequestKey(elsewhere); err != nil || !bytes.Equal(key, old) {
		t.Errorf("it changes with the key that it was copied from: %x, %v", key, err)
	}
}
