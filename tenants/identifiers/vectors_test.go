package identifiers_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
)

// rows reads a vector file as maps by column name.
func rows(t *testing.T, file string) []map[string]string {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = line[i]
		}
		out = append(out, row)
	}
	return out
}

// wantFault fails unless err is the fault of that code at that rune offset.
func wantFault(t *testing.T, err error, code string, at int) {
	t.Helper()
	f := fault.Of(err)
	switch {
	case f == nil:
		t.Fatalf("error %v, want fault %s", err, code)
	case f.Code != code || f.Position() != at:
		t.Fatalf("fault %s at %d, want %s at %d", f.Code, f.Position(), code, at)
	case f.Kind != fault.Invalid || f.Text.FA == "" || f.Text.EN == "":
		t.Fatalf("fault %s has kind %v and texts %+v", code, f.Kind, f.Text)
	}
}

// parsers give the canonical form by the kind that the vectors name.
var parsers = map[string]func(string) (string, error){
	"national_id": func(s string) (string, error) { v, err := identifiers.ParseNationalID(s); return v.String(), err },
	"legal_id":    func(s string) (string, error) { v, err := identifiers.ParseLegalID(s); return v.String(), err },
	"iban":        func(s string) (string, error) { v, err := identifiers.ParseIBAN(s); return v.String(), err },
	"card":        func(s string) (string, error) { v, err := identifiers.ParseCardNumber(s); return v.String(), err },
	"vin":         func(s string) (string, error) { v, err := identifiers.ParseVIN(s); return v.String(), err },
	"plate":       func(s string) (string, error) { v, err := identifiers.ParsePlate(s); return v.String(), err },
}

func TestPublishedNumbers(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, row := range rows(t, "ids.csv") {
		kind, value := row["kind"], row["value"]
		seen[kind]++
		t.Run(kind+" "+value, func(t *testing.T) {
			t.Parallel()
			got, err := parsers[kind](value)
			// "unclear" numbers carry birth places that nobody knows; their checksums fail as well.
			if want := row["expected_valid"] == "true"; want != (err == nil) {
				t.Fatalf("%q, %v; want valid = %v", got, err, want)
			}
			if err == nil && got != strings.Repeat("0", len(got)-len(value))+value {
				t.Fatalf("canonical form %q", got)
			}
			if err != nil && (fault.Of(err) == nil || got != "") {
				t.Fatalf("refused with %q and %v", got, err)
			}
		})
	}
	for kind := range parsers {
		if kind != "plate" && seen[kind] == 0 {
			t.Errorf("no vector for %s", kind)
		}
	}
}

// acceptedAgainstVector are plates that a published library calls invalid only because it does not know their region;
// a region is a hint, so an unknown one is no error.
var acceptedAgainstVector = map[string]string{
	"12الف45150": "region 50 is missing in that library; others know it as Tehran",
}

// provinceOf are the vector's names of regions that are shared or only part of a province.
var provinceOf = map[string]string{
	"مرکز تهران":                "تهران",
	"البرز و شهرستان های تهران": identifiers.TehranOrAlborz,
}

func TestPublishedPlates(t *testing.T) {
	t.Parallel()
	for _, row := range rows(t, "plates.csv") {
		t.Run(row["plate"], func(t *testing.T) {
			t.Parallel()
			p, err := identifiers.ParsePlate(row["plate"])
			_, excepted := acceptedAgainstVector[row["plate"]]
			if want := row["valid"] == "true" || excepted; want != (err == nil) {
				t.Fatalf("%q, %v; want valid = %v", p, err, want)
			}
			if err == nil {
				checkPlateRow(t, p, row)
			}
		})
	}
}

func checkPlateRow(t *testing.T, p identifiers.Plate, row map[string]string) {
	t.Helper()
	want := identifiers.Plate{Kind: identifiers.Car, TwoDigits: row["two_digits"], Letter: row["letter"], ThreeDigits: row["three_digits"], Region: row["region"]}
	category := strings.ReplaceAll(row["category_fa"], "‌", " ")
	if row["kind"] == "motorcycle" {
		want = identifiers.Plate{Kind: identifiers.Motorcycle, Region: row["region"], Serial: row["two_digits"]}
		category = "شخصی"
	}
	if p != want || p.String() != row["plate"] {
		t.Fatalf("%#v, want %#v", p, want)
	}
	if p.Category().Fa() != category {
		t.Errorf("category %q, want %q", p.Category().Fa(), category)
	}
	province := row["province_fa"]
	if name, ok := provinceOf[province]; ok {
		province = name
	}
	if got, known := p.Province(); got != province || !known {
		t.Errorf("province %q, %v; want %q", got, known, province)
	}
}

func TestEveryRegionOfTheCountyListHasItsProvince(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range rows(t, "plate_region_letter_county.csv") {
		seen[row["region"]] = true
		p, err := identifiers.ParsePlate("12ب145" + row["region"])
		if err != nil {
			t.Fatal(err)
		}
		if got, known := p.Province(); got != row["province_fa"] || !known {
			t.Errorf("region %s: %q, %v; want %q", row["region"], got, known, row["province_fa"])
		}
	}
	if len(seen) != 90 {
		t.Errorf("%d regions, want 10 to 99", len(seen))
	}
}
