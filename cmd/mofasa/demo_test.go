package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mofasa/api/apitest"
	"mofasa/billing/valuations"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/identifiers"
)

// TestWalk does the demo's job on the real server, with a showcase vehicle made for it, and then the next.
func TestWalk(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	ctx := s.System()
	d := &demo{runner: s.Program.Runner}
	var values bytes.Buffer
	if err := writeValuations(&values); err != nil {
		t.Fatal(err)
	}
	if _, err := importWhole(ctx, &valuations.Importer{Runner: d.runner}, &values); err != nil {
		t.Fatal(err)
	}
	for _, plate := range []string{"12ب14647", "12ب14647", "12ب14747"} { // another vehicle wears the first; nobody has begun to clear the second after one look
		got, err := d.showcase(ctx)
		if err != nil || got != plate {
			t.Fatalf("showcase %q, want %q: %v", got, plate, err)
		}
		if d.plate != plate {
			d.plate = plate
			continue
		}
		wantWalk(t, s, d)
	}
	var out bytes.Buffer
	again := newTestWalk(t, s, &out, "12ب14647")
	err := again.do(ctx)
	if want := "demo: Inquiry: the vehicle owes nothing; see server.log"; err == nil || err.Error() != want {
		t.Errorf("a cleared vehicle: %v", err)
	}
}

func newTestWalk(t *testing.T, s *apitest.Server, out *bytes.Buffer, plate string) *walk {
	t.Helper()
	return &walk{api: client{base: s.URL}, public: client{base: s.URL}, tell: &teller{out: out}, runner: s.Program.Runner, plate: plate, secret: apitest.Password,
		pdf: filepath.Join(t.TempDir(), "certificate.pdf"), log: "server.log", result: &demoResult{Municipalities: 1, Vehicles: 1, ElapsedMS: 1}}
}

func wantWalk(t *testing.T, s *apitest.Server, d *demo) {
	t.Helper()
	var out bytes.Buffer
	w := newTestWalk(t, s, &out, d.plate)
	if err := w.do(s.System()); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if pdf, err := os.ReadFile(w.pdf); err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Errorf("certificate: %.10q, %v", pdf, err)
	}
	r := w.result
	var billed int64
	for _, b := range r.Order.Bills {
		billed += b.AmountRial
		if b.BillID == "" || b.PaymentID == "" || b.Municipality == "" {
			t.Errorf("bill %+v", b)
		}
	}
	if r.Inquiry.Cities != 3 || r.Inquiry.Dues != 13 || len(r.Order.Bills) != 3 || billed != r.Inquiry.TotalRial || r.Inquiry.MS <= 0 {
		t.Errorf("inquiry %+v, bills of %d rial", r.Inquiry, billed)
	}
	if r.Payment.State != "captured" || r.Payment.Provider != "sep" || r.Payment.Reference == "" || r.Ledger.Entries != 3 || r.Ledger.SumRial != 0 {
		t.Errorf("payment %+v, ledger %+v", r.Payment, r.Ledger)
	}
	if c := r.Certificate; c.Serial == "" || !strings.Contains(c.VerifyURL, "/v/"+c.Serial+"/") || !c.Valid || !c.TamperedRefused {
		t.Errorf("certificate %+v", c)
	}
	for _, said := range []string{"3 cities, 13 dues", "How one due explains itself", "Art. 41", "payment ID", "sum 0", "refused: another amount in the document (signature), a wrong proof (proof)"} {
		if !strings.Contains(out.String(), said) {
			t.Errorf("the demo does not say %q:\n%s", said, out.String())
		}
	}
}

func TestResultKeepsItsShape(t *testing.T) {
	t.Parallel()
	r := demoResult{}
	r.Order.Bills = []resultBill{{}}
	path := filepath.Join(t.TempDir(), "result.json")
	if err := r.save(path); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var flat bytes.Buffer
	if err := json.Compact(&flat, body); err != nil {
		t.Fatal(err)
	}
	want := `{"municipalities":0,"vehicles":0,"inquiry":{"cities":0,"dues":0,"total_rial":0,"ms":0},` +
		`"order":{"bills":[{"municipality":"","bill_id":"","payment_id":"","amount_rial":0}]},"payment":{"state":"","provider":"","reference":""},` +
		`"ledger":{"entries":0,"sum_rial":0},"certificate":{"serial":"","verify_url":"","valid":false,"tampered_refused":false},"elapsed_ms":0}`
	if flat.String() != want {
		t.Errorf("%s\nwant %s", flat.String(), want)
	}
}

func TestShowcaseNumbers(t *testing.T) {
	t.Parallel()
	if plate, vin := showcaseNumber(0); plate != showcasePlate || vin != showcaseVIN {
		t.Errorf("the first is %s, %s", plate, vin)
	}
	seen := map[string]bool{}
	for n := range 60_000 {
		plate, vin := showcaseNumber(n)
		parsed, plateErr := identifiers.ParsePlate(plate)
		_, vinErr := identifiers.ParseVIN(vin)
		if err := errors.Join(plateErr, vinErr); err != nil || parsed.String() != plate || seen[vin] || n < 9*9*9*9*9 && seen[plate] {
			t.Fatalf("number %d: %s, %s: %v", n, plate, vin, err)
		}
		seen[plate], seen[vin] = true, true
	}
}

func TestChoosePort(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	taken := busy.Addr().(*net.TCPAddr).Port
	if got, err := choosePort(taken, false); err != nil || got == taken {
		t.Errorf("beside a taken port: %d, %v", got, err)
	}
	want := "port " + strconv.Itoa(taken) + " is in use: choose another with --port, or leave the flag out to take a free one"
	if _, err := choosePort(taken, true); err == nil || err.Error() != want {
		t.Errorf("a taken port: %v", err)
	}
	for _, wrong := range []int{0, -1, 65536} {
		if _, err := choosePort(wrong, false); err == nil {
			t.Errorf("port %d passes", wrong)
		}
	}
	free, err := choosePort(taken, false)
	if got, insisted := choosePort(free, true); err != nil || insisted != nil || got != free {
		t.Errorf("a free port: %d, %v", got, insisted)
	}
}

func TestFolderHasOneHolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "demo")
	first, err := openFolder(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := path + " is in use by process " + strconv.Itoa(os.Getpid()) + ": end it first"
	if _, err := openFolder(path, 0); err == nil || err.Error() != want {
		t.Errorf("a second holder: %v", err)
	}
	first.close()
	second, err := openFolder(path, 0)
	if err != nil {
		t.Fatalf("after the first: %v", err)
	}
	second.close()
	if _, err := openFolder(path, 1<<60); err == nil || !strings.Contains(err.Error(), "MB are needed") {
		t.Errorf("a full disk: %v", err)
	}
}

func TestOnlyOurOrphansAreEnded(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if !runs(os.Getpid(), self) || runs(os.Getpid(), "/bin/sh") {
		t.Fatal("this process is not recognised by its program")
	}
	file := filepath.Join(t.TempDir(), "server.pid")
	for _, body := range []string{strconv.Itoa(os.Getpid()), "no number", ""} {
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := endOrphan(file, "/bin/sh"); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
	if err := endOrphan(file+".none", self); err != nil {
		t.Errorf("without a file: %v", err)
	}
}

func TestTamper(t *testing.T) {
	t.Parallel()
	document := "head." + base64.RawURLEncoding.EncodeToString([]byte(`{"total_rial":120}`)) + ".sign"
	got, err := tamper(document, 120)
	if want := "head." + base64.RawURLEncoding.EncodeToString([]byte(`{"total_rial":240}`)) + ".sign"; got != want || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	for _, wrong := range []string{"head.sign", "a.!.b", document} {
		if _, err := tamper(wrong, 7); err == nil {
			t.Errorf("%s: no error", wrong)
		}
	}
	if otherEnd("xyA") != "xyB" || otherEnd("xyZ") != "xyA" {
		t.Error("the last letter stays")
	}
}

func TestBankForm(t *testing.T) {
	t.Parallel()
	action, fields, err := readForm(`<form method="post" action="http://b/Decision?a=1&amp;b=2"><input type="hidden" name="Token" value="x&#43;y"><button name="decision" value="pay">`)
	if err != nil || action != "http://b/Decision?a=1&b=2" || fields.Encode() != "Token=x%2By" {
		t.Errorf("%s %s %v", action, fields.Encode(), err)
	}
	if _, _, err := readForm("<p>expired</p>"); err == nil {
		t.Error("a page without a form passes")
	}
}

func TestTelling(t *testing.T) {
	t.Parallel()
	rows := columns([][]string{{"Shiraz", "5 dues", "22,069,000", "شیراز"}, {"Qom", "12 dues", "1", "قم"}})
	if want := []string{"Shiraz   5 dues  22,069,000  شیراز", "Qom     12 dues           1  قم"}; !slices.Equal(rows, want) {
		t.Errorf("%q, want %q", rows, want)
	}
	for _, c := range [][2]string{
		{count(1, "due"), "1 due"}, {count(5_000, "vehicle"), "5,000 vehicles"}, {thousands(-1_234_567), "-1,234,567"}, {thousands(999), "999"},
		{span([]int{1393, 1394, 1396}), "1393-1394, 1396"}, {steady("12ب14547"), "12ب\u200e14547"}, {steady("12345678"), "12345678"}, {steady("11الف55277"), "11الف\u200e55277"},
		{cities(1), "1 city"}, {cities(3), "3 cities"},
	} {
		if c[0] != c[1] {
			t.Errorf("%q, want %q", c[0], c[1])
		}
	}
	err := stuck(step{name: "Bank", look: "bank.log"}, errors.New("first\n  second"))
	if err.Error() != "demo: Bank: first second; see bank.log" {
		t.Error(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tell := &teller{out: &bytes.Buffer{}}
	if err := tell.step(cancelled, step{do: func(context.Context) (string, error) { return "", errors.New("x") }}); !errors.Is(err, context.Canceled) {
		t.Errorf("after Ctrl-C: %v", err)
	}
}

func TestEnvironmentHasNoForeignSettings(t *testing.T) {
	t.Setenv("MOFASA_TRUST_PROXY", "true")
	variables := environment((&demo{}).config)
	if slices.ContainsFunc(variables, func(v string) bool { return strings.HasPrefix(v, "MOFASA_TRUST_PROXY") }) || !slices.Contains(variables, "MOFASA_LISTEN=") {
		t.Errorf("%q", variables)
	}
}

// TestTheDemoCallsNoRealBank holds that each provider's host which the program has a default for is told to the demo's server.
func TestTheDemoCallsNoRealBank(t *testing.T) {
	t.Parallel()
	var c app.Config
	atBank(&c, "http://127.0.0.1:9")
	variables := environment(c)
	hosts := 0
	for _, field := range reflect.VisibleFields(reflect.TypeFor[app.Config]()) {
		if !strings.HasPrefix(field.Tag.Get("envDefault"), "https://") {
			continue
		}
		hosts++
		if name := field.Tag.Get("env"); !slices.Contains(variables, name+"=http://127.0.0.1:9") {
			t.Errorf("%s keeps its default", name)
		}
	}
	if hosts < 3 {
		t.Errorf("only %d hosts", hosts)
	}
}
