package identifiers_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"":                        "",
		"abc XYZ":                 "abcXYZ",
		"۰۱۲۳۴۵۶۷۸۹":              "0123456789",
		"٠١٢٣٤٥٦٧٨٩":              "0123456789",
		"０１２Ａｂ":                   "012Ab",
		"علي يكى ۀ ة":             "علییکیهه",
		"آأإٱا ؤ ئ":               "ااااا" + "وی",
		"صومعه‌سرا":               "صومعهسرا",
		"صومعه سرا":               "صومعهسرا",
		"هـ":                      "ه",
		"مُحَمَّد":                "محمد",
		"قائم‌شهر":                "قایمشهر",
		"\u202bتهران\u202c\u200f": "تهران",
		"\ufeffﺗﻬﺮان\u00a0":       "تهران",
		"1–2—3−4‑5":               "1-2-3-4-5",
		"a\xffb":                  "a\ufffdb",
	} {
		if got := identifiers.Fold(s); got != want {
			t.Errorf("Fold(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("صومعه‌سرا ۱۲")
	f.Add("각\u1100 \u1161\u11a8")
	f.Add("e\u0301\u0315\xff½ﷺ")
	f.Fuzz(func(t *testing.T, s string) {
		once := identifiers.Fold(s)
		if twice := identifiers.Fold(once); twice != once {
			t.Fatalf("Fold(%q) = %q, again %q", s, once, twice)
		}
		if !utf8.ValidString(once) || strings.ContainsAny(once, " \u200c\u200fـ۰٠يك") {
			t.Fatalf("Fold(%q) = %q", s, once)
		}
	})
}

func TestNumberFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, value, code string
		at                int
	}{
		{"national_id", "", "national_id_length", 0},
		{"national_id", "0067749", "national_id_length", 7},
		{"national_id", "006 774 982 8 1", "national_id_length", 14},
		{"national_id", "00677a9828", "national_id_character", 5},
		{"national_id", "4444444444", "national_id_pattern", -1},
		{"national_id", "0010000000", "national_id_pattern", -1},
		{"national_id", "0067749829", "national_id_checksum", -1},
		{"legal_id", "1010038714", "legal_id_length", 10},
		{"legal_id", "101003871433", "legal_id_length", 11},
		{"legal_id", "۱۰۱۰۰ ۳۸۷ب۴۳", "legal_id_character", 9},
		{"legal_id", "10100000003", "legal_id_pattern", -1},
		{"legal_id", "22222222222", "legal_id_pattern", -1},
		{"legal_id", "10100387144", "legal_id_checksum", -1},
		{"iban", "", "iban_length", 0},
		{"iban", "IR79061000000070079685804", "iban_length", 25},
		{"iban", "IR7906100000007007968580441", "iban_length", 26},
		{"iban", "DE790610000000700796858044", "iban_country", 0},
		{"iban", "I790610000000700796858044", "iban_country", 0},
		{"iban", " I", "iban_country", 1},
		{"iban", "IR79 0610 0000 O007 0079 6858 044", "iban_character", 15},
		{"iban", "IRIR790610000000700796858044", "iban_character", 2},
		{"iban", "IR790610000000700796858045", "iban_checksum", -1},
		{"card", "603799100000000", "card_length", 15},
		{"card", "6037-9910-0000-0004-1", "card_length", 20},
		{"card", "6037-9910-0000-000*", "card_character", 18},
		{"card", "6037991000000005", "card_checksum", -1},
		{"card", " 4444333322221111", "card_issuer", 1},
		{"vin", "", "vin_length", 0},
		{"vin", "NAS411100G120527", "vin_length", 16},
		{"vin", "NAS411100 G120527 78", "vin_length", 19},
		{"vin", "NAS4111O0G1205277", "vin_character", 7},
		{"vin", "nas41110ig1205277", "vin_character", 8},
		{"vin", "NAS411100Q1205277", "vin_character", 9},
		{"vin", "NAS411100G120527ب", "vin_character", 16},
	} {
		t.Run(c.kind+" "+c.value, func(t *testing.T) {
			t.Parallel()
			got, err := parsers[c.kind](c.value)
			wantFault(t, err, c.code, c.at)
			if got != "" {
				t.Fatalf("refused, yet gave %q", got)
			}
		})
	}
}

func TestNumberWritings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, value, want string }{
		{"national_id", "۰۰۶۷۷۴۹۸۲۸", "0067749828"},
		{"national_id", "006-774982-8", "0067749828"},
		{"national_id", "67749828", "0067749828"},
		{"legal_id", "١٠١٠٠ ٣٨٧ ١٤٣", "10100387143"},
		{"iban", "ir79 0610 0000 0070 0796 8580 44", "IR790610000000700796858044"},
		{"iban", "۷۹۰۶۱۰۰۰۰۰۰۰۷۰۰۷۹۶۸۵۸۰۴۴", "IR790610000000700796858044"},
		{"iban", "ＩＲ79-0610-0000-0070-0796-8580-44", "IR790610000000700796858044"},
		{"card", "۶۰۳۷-۹۹۱۰-۰۰۰۰-۰۰۰۴", "6037991000000004"},
		{"vin", "nas411100g1205277", "NAS411100G1205277"},
		{"vin", "\u200eNAS-411100-G1205277", "NAS411100G1205277"},
		{"vin", "ＮＡＳ411100G۱۲۰۵۲۷۷", "NAS411100G1205277"},
	} {
		if got, err := parsers[c.kind](c.value); err != nil || got != c.want {
			t.Errorf("%s %q: %q, %v; want %q", c.kind, c.value, got, err, c.want)
		}
	}
}

func TestModelYearHint(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int{"Y": 2000, "1": 2001, "9": 2009, "A": 2010, "D": 2013, "G": 2016, "K": 2019, "X": 2029, "0": 0, "U": 0, "Z": 0} {
		v, err := identifiers.ParseVIN("NAS411100" + code + "1205277")
		if err != nil {
			t.Fatal(err)
		}
		year, known := v.ModelYearHint()
		if known != (want != 0) || known && year != want {
			t.Errorf("%s: %d, %v; want %d", code, year, known, want)
		}
	}
	if _, known := identifiers.VIN("").ModelYearHint(); known {
		t.Error("an empty VIN has a model year")
	}
}

func TestIBANBank(t *testing.T) {
	t.Parallel()
	n, err := identifiers.ParseIBAN("IR790610000000700796858044")
	if err != nil {
		t.Fatal(err)
	}
	if fa, known := n.Bank(); n.BankCode() != "061" || fa != "بانک شهر" || !known {
		t.Errorf("bank %s %q %v", n.BankCode(), fa, known)
	}
	if n.Format() != "IR79 0610 0000 0070 0796 8580 44" {
		t.Errorf("format %q", n.Format())
	}
	var none identifiers.IBAN
	if fa, known := none.Bank(); none.BankCode() != "" || fa != "" || known {
		t.Errorf("no account is at %s %q", none.BankCode(), fa)
	}
}

func TestCardMask(t *testing.T) {
	t.Parallel()
	n, err := identifiers.ParseCardNumber("6037991000000004")
	if err != nil {
		t.Fatal(err)
	}
	if n.Masked() != "603799******0004" {
		t.Errorf("masked %q", n.Masked())
	}
	if fa, known := n.Bank(); fa != "بانک ملی ایران" || !known {
		t.Errorf("bank %q %v", fa, known)
	}
	if got := identifiers.CardNumber("60379910").Masked(); got != "********" {
		t.Errorf("a broken number is masked as %q", got)
	}
}

// Nothing of an identifier reaches a log line, whichever handler writes it.
func TestIdentifiersNeverReachLogs(t *testing.T) {
	t.Parallel()
	plate, err := identifiers.ParsePlate("12ب14547")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []slog.LogValuer{
		plate, identifiers.VIN("NAS411100G1205277"), identifiers.NationalID("0067749828"),
		identifiers.LegalID("10100387143"), identifiers.IBAN("IR790610000000700796858044"), identifiers.CardNumber("6037991000000004"), identifiers.Mobile("09121234567"),
	} {
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "id", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", slog.Group("g", "id", v))
		if strings.Count(out.String(), "[redacted]") != 2 || strings.Contains(out.String(), fmt.Sprint(v)) {
			t.Errorf("%T is logged as %s", v, out.String())
		}
	}
}

// MOD 97-10 and Luhn promise that no single wrong digit passes; MOD 97-10 also that no two neighbours are swapped.
func TestOneWrongDigitNeverPasses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"iban", "card"}).Draw(t, "kind")
		good := map[string]string{"iban": "820540102680020817909002", "card": "6219861034529007"}[kind]
		if _, err := parsers[kind](good); err != nil {
			t.Fatal(err)
		}
		i := rapid.IntRange(0, len(good)-1).Draw(t, "place")
		wrong := []byte(good)
		wrong[i] = '0' + (wrong[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "shift")))%10
		if got, err := parsers[kind](string(wrong)); err == nil {
			t.Fatalf("%s passed as %s", wrong, got)
		}
		if kind == "iban" && i > 0 && good[i] != good[i-1] {
			swapped := []byte(good)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			if got, err := parsers[kind](string(swapped)); err == nil {
				t.Fatalf("%s passed as %s", swapped, got)
			}
		}
	})
}

// For each body exactly one check digit passes, and every other one is refused for its checksum.
func TestOneCheckDigitPerBody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"national_id", "legal_id", "card"}).Draw(t, "kind")
		body := rapid.StringMatching(map[string]string{
			"national_id": `[0-9]{3}[1-9][0-9]{5}`, "legal_id": `[0-9]{3}[1-9][0-9]{6}`, "card": `603799[0-9]{9}`,
		}[kind]).Draw(t, "body")
		if strings.Count(body, body[:1]) == len(body) {
			t.Skip("one digit repeated")
		}
		passed := 0
		for d := range 10 {
			_, err := parsers[kind](fmt.Sprintf("%s%d", body, d))
			if err == nil {
				passed++
			} else if code := fault.Of(err).Code; code != kind+"_checksum" {
				t.Fatalf("%s%d: %s", body, d, code)
			}
		}
		if passed != 1 {
			t.Fatalf("%d check digits pass for %s", passed, body)
		}
	})
}

// The degenerate check digits leave the remainder one, too, yet no bank computes them.
func TestDegenerateIBANChecks(t *testing.T) {
	t.Parallel()
	refused := 0
	for account := range 100 {
		var good []string
		for check := range 100 {
			s := fmt.Sprintf("IR%02d0610000000000000000%03d", check, account)
			if _, err := identifiers.ParseIBAN(s); err == nil {
				good = append(good, s)
			}
		}
		if len(good) != 1 {
			t.Fatalf("account %d has the IBANs %v", account, good)
		}
		switch good[0][2:4] {
		case "02", "97", "98": // each has a twin 97 higher or lower
			refused++
		}
	}
	if refused == 0 {
		t.Fatal("no account with a degenerate twin was tried")
	}
}

// checkParse is what holds for every parser and every input.
func checkParse(t *testing.T, s, canonical string, err error) {
	t.Helper()
	if err == nil {
		if canonical == "" {
			t.Fatalf("%q was accepted as nothing", s)
		}
		return
	}
	f := fault.Of(err)
	if f == nil || canonical != "" {
		t.Fatalf("%q gave %q, %v", s, canonical, err)
	}
	if f.Position() < -1 || f.Position() > utf8.RuneCountInString(s) {
		t.Fatalf("%q: %s at %d", s, f.Code, f.Position())
	}
}

// fuzzNumber fuzzes one parser: it never panics, and what it accepts it reads again as the same.
func fuzzNumber(f *testing.F, kind string, seeds ...string) {
	f.Helper()
	for _, s := range append(seeds, "", "0", "\xff", "۱-۲") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		canonical, err := parsers[kind](s)
		checkParse(t, s, canonical, err)
		if err != nil {
			return
		}
		if again, err := parsers[kind](canonical); err != nil || again != canonical {
			t.Fatalf("%q became %q, then %q, %v", s, canonical, again, err)
		}
	})
}

func FuzzParseNationalID(f *testing.F) { fuzzNumber(f, "national_id", "0067749828", "68415941") }
func FuzzParseLegalID(f *testing.F)    { fuzzNumber(f, "legal_id", "10100387143") }
func FuzzParseIBAN(f *testing.F)       { fuzzNumber(f, "iban", "IR79 0610 0000 0070 0796 8580 44", "ir") }
func FuzzParseCardNumber(f *testing.F) { fuzzNumber(f, "card", "6037991000000004", "4444333322221111") }
func FuzzParseVIN(f *testing.F)        { fuzzNumber(f, "vin", "nas411100g1205277", "1M8GDM9AXKP042788") }
