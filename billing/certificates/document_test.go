package certificates

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// golden compares with a file in testdata. A document that was signed once must verify for ever, so a difference here
// means that every certificate in circulation breaks.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if !bytes.Equal(must(t, want, err), got) {
		t.Errorf("%s has changed:\n%s\nwant\n%s", name, got, want)
	}
}

func TestCanonicalIsStable(t *testing.T) {
	t.Parallel()
	raw, err := specimen(2).Canonical()
	golden(t, "document.json", must(t, raw, err))
}

func TestCanonicalRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := documents(t)
		raw, err := d.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseDocument(raw)
		if err != nil || !reflect.DeepEqual(again, d) {
			t.Fatalf("%+v came back as %+v: %v", d, again, err)
		}
	})
}

func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*Document){
		"no serial":                func(d *Document) { d.Serial = "" },
		"serial not canonical":     func(d *Document) { d.Serial = Serial(strings.ToLower(string(d.Serial))) },
		"local time":               func(d *Document) { d.IssuedAt = d.IssuedAt.In(time.FixedZone("IRST", 12600)) },
		"fraction of a second":     func(d *Document) { d.IssuedAt = d.IssuedAt.Add(1) },
		"no time":                  func(d *Document) { d.IssuedAt = time.Time{} },
		"Gregorian year":           func(d *Document) { d.ThroughFiscalYear = 2026 },
		"no plate":                 func(d *Document) { d.Vehicle.Plate = "" },
		"no identity":              func(d *Document) { d.Vehicle.VIN = "" },
		"engine without chassis":   func(d *Document) { d.Vehicle.VIN, d.Vehicle.EngineNo = "", "M13" },
		"no dues":                  func(d *Document) { d.Dues, d.TotalRial = nil, 0 },
		"too many dues":            func(d *Document) { *d = specimen(maxRows + 1) },
		"wrong total":              func(d *Document) { d.TotalRial++ },
		"negative amount":          func(d *Document) { d.TotalRial -= d.Dues[0].AmountRial + 1; d.Dues[0].AmountRial = -1 },
		"overflow":                 func(d *Document) { d.Dues[0].AmountRial, d.Dues[1].AmountRial = math.MaxInt64, math.MaxInt64 },
		"nameless municipality":    func(d *Document) { d.Dues[1].MunicipalityNameFA = "" },
		"no years":                 func(d *Document) { d.Dues[1].FiscalYears = nil },
		"years descending":         func(d *Document) { d.Dues[1].FiscalYears = []int{1403, 1402} },
		"year twice":               func(d *Document) { d.Dues[1].FiscalYears = []int{1402, 1402} },
		"year before the calendar": func(d *Document) { d.Dues[1].FiscalYears = []int{1299, 1402} },
		"year not cleared":         func(d *Document) { d.Dues[1].FiscalYears = []int{1405} },
	}
	for name, spoil := range tests {
		d := specimen(2)
		d.Dues[0].FiscalYears = []int{1401}
		spoil(&d)
		if d.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
		if raw, err := d.Canonical(); err == nil {
			t.Errorf("%s: encoded as %s", name, raw)
		}
	}
}

func TestValidateAccepts(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*Document){
		"as it is":           func(*Document) {},
		"full page":          func(d *Document) { *d = specimen(maxRows) },
		"exempt, no money":   func(d *Document) { d.Dues, d.TotalRial = d.Dues[:1], 0; d.Dues[0].AmountRial = 0 },
		"engine and chassis": func(d *Document) { d.Vehicle = Vehicle{EngineNo: "M13", ChassisNo: "S14", Plate: "12ب14547"} },
		"largest total": func(d *Document) {
			d.Dues, d.TotalRial = d.Dues[:1], math.MaxInt64
			d.Dues[0].AmountRial = math.MaxInt64
		},
	}
	for name, change := range tests {
		d := specimen(2)
		change(&d)
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each of these says the same to a lenient reader; a strict one must refuse it, or one signature would have many texts.
func TestParseDocumentIsStrict(t *testing.T) {
	t.Parallel()
	encoded, err := specimen(2).Canonical()
	raw := string(must(t, encoded, err))
	replace := func(old, fresh string) string {
		if !strings.Contains(raw, old) {
			t.Fatalf("the specimen has no %s", old)
		}
		return strings.Replace(raw, old, fresh, 1)
	}
	tests := map[string]string{
		"empty":           "",
		"null":            "null",
		"array":           "[" + raw + "]",
		"trailing space":  raw + " ",
		"second document": raw + raw,
		"white space":     replace(`,"vehicle"`, `, "vehicle"`),
		"unknown field":   replace(`{"serial"`, `{"national_id":"0012345679","serial"`),
		"repeated field":  replace(`"total_rial":`, `"total_rial":1,"total_rial":`),
		"field case":      replace(`"total_rial"`, `"Total_rial"`),
		"float":           replace(`"amount_rial":4719000`, `"amount_rial":4719000.0`),
		"exponent":        replace(`"amount_rial":4719000`, `"amount_rial":4719e3`),
		"string amount":   replace(`"amount_rial":4719000`, `"amount_rial":"4719000"`),
		"escape":          replace(`"NAS4`, `"\u004eAS4`),
		"offset":          replace(`09:30:00Z`, `09:30:00+00:00`),
		"moved field":     replace(`"bill_id":"9401204567610","payment_id":"157400000"`, `"payment_id":"157400000","bill_id":"9401204567610"`),
		"empty owner":     replace(`,"office_name"`, `,"owner_masked":"","office_name"`),
		"missing field":   replace(`,"payment_reference":"731205881234"`, ``),
		"other total":     replace(`"total_rial":11011000`, `"total_rial":11011001`),
	}
	for name, text := range tests {
		if d, err := parseDocument([]byte(text)); err == nil {
			t.Errorf("%s: accepted as %+v", name, d)
		}
	}
	if _, err := parseDocument([]byte(raw)); err != nil {
		t.Errorf("the canonical form itself: %v", err)
	}
}
