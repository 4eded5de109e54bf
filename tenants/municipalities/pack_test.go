package municipalities_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/tenants/municipalities"
)

func logo(t testing.TB, side int) string {
	t.Helper()
	var body bytes.Buffer
	if err := png.Encode(&body, image.NewGray(image.Rect(0, 0, side, side))); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(body.Bytes())
}

// full is a pack that says everything, in the writing of a person.
func full(t testing.TB) string {
	return `# شیراز
code: 122
names: {fa: شيراز, en: Shiraz}
province: {fa: فارس, en: Fars}
county: شیراز
accounts:
  "*": ir04 0610 0000 0999 0000 0000 01
  pollution_levy: ` + ibanB + `
bill: {company: 122, prefix: 10}
settings:
  rollout:
    districts: [مرودشت, شیراز]
    share_ppm: 250000
agreement_template: |
  بند ۱
    بند ۲ "نقل" # نه یادداشت
service_card: '007'
logo: ` + logo(t, 8) + `
tariff:
  reason: مصوبهٔ ۱۲
  version:
    rules: [{rate_ppm: 500, charge: pollution_levy, x: "007", y: null, z: true}]
    fiscal_year: 1402
`
}

func TestParsePack(t *testing.T) {
	t.Parallel()
	p, err := municipalities.ParsePack([]byte(full(t)), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := municipalities.Pack{Code: 122, Names: municipalities.Names{FA: "شیراز", EN: "Shiraz"}, Province: municipalities.Names{FA: "فارس", EN: "Fars"}, County: "شیراز",
		Accounts: map[string]string{"*": ibanA, "pollution_levy": ibanB}, Bill: municipalities.Bill{Company: 122, Prefix: 10},
		Settings:          municipalities.Settings{Rollout: municipalities.Rollout{Districts: []string{"شیراز", "مرودشت"}, SharePPM: 250000}, OrderValidityMinutes: 30},
		AgreementTemplate: "بند ۱\n  بند ۲ \"نقل\" # نه یادداشت\n", ServiceCard: "007", Logo: logo(t, 8),
		Tariff: &municipalities.TariffPart{Reason: "مصوبهٔ ۱۲", Version: json.RawMessage(`{"fiscal_year":1402,"rules":[{"charge":"pollution_levy","rate_ppm":500,"x":"007","y":null,"z":true}]}`)}}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("%+v\nwant %+v", p, want)
	}
	minimal, err := municipalities.ParsePack([]byte(`{"code": 1, "names": {"fa": "ا", "en": "A"}, "province": {"fa": "پ", "en": "P"}, "county": "ک", "accounts": {"*": "`+ibanA+`"}, "bill": {"company": 0, "prefix": 1}}`), nil)
	if err != nil || !reflect.DeepEqual(minimal.Settings, municipalities.DefaultSettings()) || minimal.Tariff != nil {
		t.Errorf("%+v, %v", minimal, err)
	}
}

// TestPackTellsEverything changes the text in one place each and expects path, line and code.
func TestPackTellsEverything(t *testing.T) {
	t.Parallel()
	text := full(t)
	big := strings.Repeat("A", 90_000)
	for _, c := range []struct{ old, new, want string }{
		{"county: شیراز", "conty: شیراز", "2 county pack_field_missing, 5 conty pack_field_unknown"},
		{"code: 122", "code: \"122\"", "2 code pack_type"},
		{"code: 122", "code: 0x10", "2 code pack_type"},
		{"code: 122", "code: 1000", "2 code pack_range"},
		{"code: 122", "code: 122\ncode: 122", "3 code pack_repeated"},
		{"names: {fa: شيراز, en: Shiraz}", "names: {fa: شيراز}", "3 names.en pack_field_missing"},
		{"names: {fa: شيراز, en: Shiraz}", "names: Shiraz", "3 names pack_type"},
		{"en: Shiraz", "en: ' Shiraz'", "3 names.en pack_text"},
		{"en: Shiraz", "en: ''", "3 names.en pack_text"},
		{"0000 01\n", "0000 02\n", "7 accounts.* iban_checksum"},
		{`  "*": ir04 0610 0000 0999 0000 0000 01` + "\n", "", "7 accounts.* pack_field_missing"},
		{"pollution_levy: IR", "Pollution: IR", "8 accounts.Pollution pack_charge"},
		{"prefix: 10", "prefix: 0", "9 bill.prefix pack_range"},
		{"prefix: 10", "prefix: 1.5", "9 bill.prefix pack_type"},
		{"[مرودشت, شیراز]", "[شیراز, شیراز]", "12 settings.rollout.districts[1] pack_repeated"},
		{"[مرودشت, شیراز]", "شیراز", "12 settings.rollout.districts pack_type"},
		{"share_ppm: 250000", "share_ppm: 1000001", "13 settings.rollout.share_ppm pack_range"},
		{"settings:", "settings:\n  order_validity_minutes: 61", "11 settings.order_validity_minutes pack_range"},
		{"service_card: '007'", "service_card: 007", "17 service_card pack_type"},
		{"service_card: '007'", `service_card: "a\0b"`, "17 service_card pack_text"},
		{"logo: " + logo(t, 8), "logo: " + big, "18 logo pack_logo"},
		{"logo: " + logo(t, 8), "logo: " + logo(t, 8)[:60], "18 logo pack_logo"},
		{"logo: " + logo(t, 8), "logo: " + logo(t, 1025), "18 logo pack_logo"},
		{"logo: " + logo(t, 8), "logo: R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "18 logo pack_logo"},
		{"reason: مصوبهٔ ۱۲", "reason: ' '", "20 tariff.reason pack_text"},
		{"rate_ppm: 500", "rate_ppm: 500.5", "22 tariff.version.rules[0].rate_ppm pack_type"},
		{"rate_ppm: 500", "rate_ppm: 500, rate_ppm: 500", "22 tariff.version.rules[0].rate_ppm pack_repeated"},
		{"fiscal_year: 1402", "fiscal_year: 2024-01-01", "23 tariff.version.fiscal_year pack_type"},
		{"county: شیراز", "county: &c شیراز", "6 county pack_syntax"},
		{"county: شیراز", "county: *c", "6  pack_syntax"},
		{"county: شیراز", "\tcounty: شیراز", "6  pack_syntax"},
		{"# شیراز", "---\na: 1\n---", "0  pack_syntax"},
		{text, "", "0  pack_syntax"},
		{text, "[]", "1  pack_type"},
		{text, strings.Repeat("#", 1<<20+1), "0  pack_text"},
	} {
		if got := problems(strings.Replace(text, c.old, c.new, 1)); got != c.want && !(strings.HasSuffix(c.want, "pack_syntax") && strings.HasSuffix(got, " pack_syntax")) {
			t.Errorf("%.60q: %s, want %s", c.new, got, c.want)
		}
	}
}

// problems lists "line path code".
func problems(text string) string {
	_, err := municipalities.ParsePack([]byte(text), nil)
	wrong, ok := errors.AsType[*municipalities.PackError](err)
	if !ok {
		return fmt.Sprint(err)
	}
	var list []string
	for _, p := range wrong.Problems {
		list = append(list, fmt.Sprintf("%d %s %s", p.Line, p.Path, p.Fault.Code))
	}
	if code(err) == "municipality_pack" {
		return "no fields"
	}
	return strings.Join(list, ", ")
}

func words(alphabet string) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom([]rune(alphabet)), 1, 12, -1).Filter(func(s string) bool { return s == strings.TrimSpace(s) })
}

// TestPackIsItsFile writes packs as files and reads them again: the same pack, and the same file.
func TestPackIsItsFile(t *testing.T) {
	t.Parallel()
	drawing := logo(t, 8)
	rapid.Check(t, func(rt *rapid.T) {
		odd := words("اب \"'#:{}[],&*!|>%@`-?~01.e\n\tنnullytrues")
		line := words("اب \"'#:{}[],&*!|>%@`-?~01.nulltrues")
		p := municipalities.Pack{Code: rapid.IntRange(1, 999).Draw(rt, "code"), Names: municipalities.Names{FA: line.Draw(rt, "fa"), EN: line.Draw(rt, "en")},
			Province: municipalities.Names{FA: line.Draw(rt, "pfa"), EN: line.Draw(rt, "pen")}, County: line.Draw(rt, "county"),
			Accounts: map[string]string{"*": ibanA}, Bill: municipalities.Bill{Company: rapid.IntRange(0, 999).Draw(rt, "company"), Prefix: rapid.IntRange(1, 99).Draw(rt, "prefix")},
			Settings:          municipalities.DefaultSettings(),
			AgreementTemplate: rapid.OneOf(rapid.Just(""), odd).Draw(rt, "template"), ServiceCard: rapid.OneOf(rapid.Just(""), odd).Draw(rt, "card")}
		districts := rapid.SliceOfNDistinct(line, 0, 3, rapid.ID[string]).Draw(rt, "districts")
		slices.Sort(districts)
		p.Settings.Rollout.Districts = append([]string{}, districts...)
		if rapid.Bool().Draw(rt, "logo") {
			p.Logo = drawing
		}
		if rapid.Bool().Draw(rt, "tariff") {
			body, err := json.Marshal(map[string]any{odd.Draw(rt, "key"): []any{odd.Draw(rt, "value"), nil, true, rapid.Int32().Draw(rt, "n"), map[string]any{"a": "1", "b": []any{}}}})
			if err != nil {
				rt.Fatal(err)
			}
			p.Tariff = &municipalities.TariffPart{Reason: line.Draw(rt, "reason"), Version: body}
		}
		file, err := p.YAML()
		if err != nil {
			rt.Fatal(err)
		}
		again, err := municipalities.ParsePack(file, nil)
		if err != nil {
			rt.Fatalf("%v\n%s", err, file)
		}
		if !again.Tariff.Same(p.Tariff) {
			rt.Fatalf("%s\n%s", again.Tariff.Version, p.Tariff.Version)
		}
		if twice, err := again.YAML(); err != nil || !bytes.Equal(twice, file) || again.AgreementTemplate != p.AgreementTemplate || again.ServiceCard != p.ServiceCard || again.County != p.County {
			rt.Fatalf("%v\n%s\n%s", err, file, twice)
		}
	})
}

func TestCollisions(t *testing.T) {
	t.Parallel()
	pack := func(code int, name string, company int) municipalities.Pack {
		return municipalities.Pack{Code: code, Names: municipalities.Names{FA: name}, Bill: municipalities.Bill{Company: company, Prefix: 10}}
	}
	found := municipalities.Collisions([]municipalities.PackFile{{Name: "a", Pack: pack(1, "الف", 1)}, {Name: "b", Pack: pack(2, "ب", 1)}, {Name: "c", Pack: pack(2, "پ", 3)}, {Name: "d", Pack: pack(4, "الف", 4)}, {Name: "e", Pack: pack(5, "ت", 5)}})
	got := map[string]string{}
	for name, list := range found {
		for _, p := range list {
			got[name] += " " + p.Path + " " + p.Fault.Code
		}
	}
	want := map[string]string{"a": " names.fa municipality_name_taken bill.prefix municipality_bill_taken", "b": " code pack_code_twice bill.prefix municipality_bill_taken", "c": " code pack_code_twice", "d": " names.fa municipality_name_taken"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

// FuzzParsePack: whatever is read is written and read again as the same; nothing panics.
func FuzzParsePack(f *testing.F) {
	f.Add([]byte(full(f)))
	f.Add([]byte("a: &a [*a, *a]"))
	f.Add([]byte("{\"code\": 1, \"code\": 2}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := municipalities.ParsePack(text, nil)
		if err != nil {
			return
		}
		file, err := p.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := municipalities.ParsePack(file, nil); err != nil || !reflect.DeepEqual(p, again) {
			t.Fatalf("%+v\n%+v\n%v", p, again, err)
		}
	})
}
