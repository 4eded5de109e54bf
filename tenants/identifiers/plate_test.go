package identifiers_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/tenants/identifiers"
)

func TestPlateWritings(t *testing.T) {
	t.Parallel()
	for canonical, writings := range map[string][]string{
		"12ب14547": {
			"12ب14547", "12 ب 145 - 47", "12ب145-47", "12ب145 ایران 47", "12ب145ایران47", "۱۲ب۱۴۵ایران۴۷", "١٢ ب ١٤٥ ٤٧",
			"１２ب１４５４７", " 12-ب-145-47 ", "12|ب|145|47", "12/ب/145/47", "12ب145،47", "12ـبـ145–47", "12\u200cب\u200c145\u200c47",
			"\u202b۱۲ ب ۱۴۵ – ۴۷\u202c", "12ب145 IRAN 47", "12ب145 ir 47", "12ب145ايران47", "12ﺏ145 47", "1 2 ب 1 4 5 4 7",
			"ایران ۴۷ ۱۲ب۱۴۵", "ایران 47 - 12 ب 145", "ایران4712ب145", // region first
			"ایران ۴۷ – ۱۴۵ ب ۱۲", "145 ب 12 ایران 47", "ایران47145ب12", // right to left
		},
		"12الف14547":     {"12الف14547", "12 الف 145 ایران 47", "12ا14547", "12آ14547", "12 أ 145-47"},
		"12ه14547":       {"12ه14547", "12هـ14547", "12ة14547", "12ہ14547", "12ھ145 47", "12ﻩ14547"},
		"12ی14547":       {"12ي14547", "12ى145-47", "12ی14547"},
		"12ک14547":       {"12ك14547", "12ک145-47"},
		"12ژ14547":       {"12ژ14547", "12 ژ 145 ایران 47"},
		"12D14547":       {"12D14547", "12d145 47", "12 Ｄ 145 ایران 47"},
		"12S14510":       {"12S14510", "12 s 145-10"},
		"12تشریفات14547": {"12تشریفات14547", "12 تشريفات 145 ایران 47"},
		"12145478":       {"12145478", "121-45478", "121 45478", "۱۲۱–۴۵۴۷۸", "121/454 78", "1 2 1 4 5 4 7 8"},
		"12045670":       {"120-45670"},
	} {
		for _, s := range writings {
			p, err := identifiers.ParsePlate(s)
			if err != nil || p.String() != canonical {
				t.Errorf("%q: %q, %v; want %q", s, p, err, canonical)
			}
		}
	}
}

func TestPlateFaults(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]struct {
		code string
		at   int
	}{
		"":                  {"plate_length", 0},
		"  ":                {"plate_length", 2},
		"12ب1454":           {"plate_length", 7},
		"1ب14547":           {"plate_length", 7},
		"12ب145474":         {"plate_length", 8},
		"12 ب 145 - 47 8":   {"plate_length", 14},
		"12ب":               {"plate_length", 3},
		"ب14547":            {"plate_length", 6},
		"12ب145 ایران 4":    {"plate_length", 14},
		"12ب145 ایران 474":  {"plate_length", 15},
		"12ب1456 ایران 47":  {"plate_length", 6},
		"ایران 4":           {"plate_letter", 7},
		"ایران47ب145":       {"plate_length", 11},
		"121454789":         {"plate_length", 8},
		"121-4547":          {"plate_length", 8},
		"1214547":           {"plate_letter", 2},
		"12x14547":          {"plate_letter", 2},
		"12خ14547":          {"plate_letter", 2},
		"  12 بب 145 47":    {"plate_letter", 5},
		"12ب14ب547":         {"plate_letter", 5},
		"12@14547":          {"plate_letter", 2},
		"12ب145ایران":       {"plate_order", 6},
		"12ب14547 ایران":    {"plate_order", 9},
		"47 ایران 12ب145":   {"plate_order", 3},
		"12ب ایران 145 47":  {"plate_order", 4},
		"ایران":             {"plate_letter", 5},
		"ایران 12ب14547":    {"plate_order", 9},
		"47-145ب12":         {"plate_order", 0},
		"47145ب12":          {"plate_order", 0},
		"145ب12 47":         {"plate_order", 0},
		"12ب47-145":         {"plate_order", 0},
		"ایران 124 7 ب 145": {"plate_order", 6},
		"ایران 4 7 ب 12345": {"plate_order", 6},
		"1ب4512 ایران 47":   {"plate_order", 0},
		"45478-121":         {"plate_order", 0},
		"12 14 54 78":       {"plate_order", 0},
		"12ب14507":          {"plate_region", 6},
		"۱۲ب۱۴۵ ایران ۰۱":   {"plate_region", 13},
		"021-45478":         {"plate_region", 0},
		"10ب14547":          {"plate_digit", 1},
		"12ب14047":          {"plate_digit", 5},
		"ایران 47 140 ب 12": {"plate_digit", 11},
		"100-45478":         {"plate_digit", 1},
		"121-45078":         {"plate_digit", 6},
		"12\xffب14547":      {"plate_letter", 2},
	} {
		t.Run(s, func(t *testing.T) {
			t.Parallel()
			p, err := identifiers.ParsePlate(s)
			if err == nil {
				t.Fatalf("accepted as %q", p)
			}
			wantFault(t, err, want.code, want.at)
			if p != (identifiers.Plate{}) {
				t.Fatalf("refused, yet gave %#v", p)
			}
		})
	}
}

func TestPlateFormat(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"12ب14547":   "۱۲ ب ۱۴۵ ایران ۴۷",
		"12الف14510": "۱۲ الف ۱۴۵ ایران ۱۰",
		"12D14547":   "۱۲ D\u200f ۱۴۵ ایران ۴۷",
		"12145478":   "۱۲۱-۴۵۴۷۸",
	} {
		p, err := identifiers.ParsePlate(s)
		if err != nil {
			t.Fatal(err)
		}
		if p.Format() != want {
			t.Errorf("%s: %q, want %q", s, p.Format(), want)
		}
	}
	var none identifiers.Plate
	if none.String() != "" || none.Format() != "" || none.Category() != "" {
		t.Errorf("no plate is written %q, %q, %q", none.String(), none.Format(), none.Category())
	}
}

func TestUnknownRegionIsAccepted(t *testing.T) {
	t.Parallel()
	p, err := identifiers.ParsePlate("999-45478")
	if err != nil {
		t.Fatal(err)
	}
	if fa, known := p.Province(); known || fa != "" {
		t.Errorf("province %q, %v", fa, known)
	}
}

func TestEveryLetterHasItsCategory(t *testing.T) {
	t.Parallel()
	for category, letters := range map[identifiers.Category]string{
		identifiers.Private:      "ب ج د س ص ط ق ل م ن و ه ی",
		identifiers.Government:   "الف",
		identifiers.Taxi:         "ت",
		identifiers.Public:       "ع",
		identifiers.Agricultural: "ک",
		identifiers.Temporary:    "گ",
		identifiers.Disabled:     "ژ",
		identifiers.Police:       "پ",
		identifiers.IRGC:         "ث",
		identifiers.Army:         "ش",
		identifiers.Defence:      "ز",
		identifiers.GeneralStaff: "ف",
		identifiers.Diplomat:     "D",
		identifiers.Service:      "S",
		identifiers.Protocol:     "تشریفات",
	} {
		if category.Fa() == "" {
			t.Errorf("%s has no Persian name", category)
		}
		for _, letter := range strings.Fields(letters) {
			p, err := identifiers.ParsePlate("12" + letter + "14547")
			if err != nil || p.Letter != letter || p.Category() != category {
				t.Errorf("%s: %q, %v; want %s", letter, p.Category(), err, category)
			}
		}
	}
}

func TestMotorcycleRegions(t *testing.T) {
	t.Parallel()
	known := 0
	for n := 111; n <= 999; n++ {
		p, err := identifiers.ParsePlate(fmt.Sprintf("%d45478", n))
		if (err == nil) != (n/10%10 != 0) {
			t.Fatalf("region %d: %v", n, err)
		}
		if _, ok := p.Province(); ok {
			known++
		}
	}
	if known != 159 {
		t.Errorf("%d known motorcycle regions, want 159", known)
	}
}

var letters = []string{"ب", "ج", "د", "س", "ص", "ط", "ق", "ل", "م", "ن", "و", "ه", "ی", "الف", "ت", "ع", "ک", "گ", "ژ", "پ", "ث", "ش", "ز", "ف", "D", "S", "تشریفات"}

func drawPlate(t *rapid.T) identifiers.Plate {
	if rapid.Bool().Draw(t, "motorcycle") {
		return identifiers.Plate{
			Kind:   identifiers.Motorcycle,
			Region: rapid.StringMatching(`[1-9]{2}[0-9]`).Draw(t, "region"),
			Serial: rapid.StringMatching(`[1-9]{4}[0-9]`).Draw(t, "serial"),
		}
	}
	return identifiers.Plate{
		Kind:        identifiers.Car,
		TwoDigits:   rapid.StringMatching(`[1-9]{2}`).Draw(t, "two"),
		Letter:      rapid.SampledFrom(letters).Draw(t, "letter"),
		ThreeDigits: rapid.StringMatching(`[1-9]{3}`).Draw(t, "three"),
		Region:      rapid.StringMatching(`[1-9][0-9]`).Draw(t, "region"),
	}
}

// Whatever stands between the parts, and whichever digits are used, the same plate is read.
func TestPlateIsReadBackFromAnyWriting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawPlate(t)
		gap := func() string {
			return rapid.SampledFrom([]string{"", " ", "-", " – ", "‌", "/", " | "}).Draw(t, "gap")
		}
		writings := []string{want.String(), want.Format()}
		if want.Kind == identifiers.Motorcycle {
			writings = append(writings, want.Region+gap()+want.Serial)
		} else {
			two, letter, three, region := want.TwoDigits, want.Letter, want.ThreeDigits, want.Region
			writings = append(writings,
				two+gap()+letter+gap()+three+gap()+region,
				two+gap()+letter+gap()+three+gap()+"ایران"+gap()+region,
				"ایران"+gap()+region+" "+two+gap()+letter+gap()+three,
				"ایران"+gap()+region+" "+three+gap()+letter+gap()+two)
		}
		for _, s := range writings {
			if got, err := identifiers.ParsePlate(s); err != nil || got != want {
				t.Fatalf("%q: %q, %v; want %q", s, got, err, want)
			}
		}
	})
}

func FuzzParsePlate(f *testing.F) {
	for _, s := range []string{"", "12ب14547", "ایران ۴۷ – ۱۴۵ ب ۱۲", "121-45478", "12 D 145 IRAN 10", "ایران", "12الف", "0", "\xff", "12ﻼ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := identifiers.ParsePlate(s)
		checkParse(t, s, p.String(), err)
		if err != nil {
			return
		}
		for _, again := range []string{p.String(), p.Format()} {
			if q, err := identifiers.ParsePlate(again); err != nil || q != p {
				t.Fatalf("%q became %q, then %q, %v", s, again, q, err)
			}
		}
	})
}
