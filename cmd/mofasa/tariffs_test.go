package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/tenants/scope"
)

// levyText is what Shiraz may say about 1402: the rate of the pollution levy, which the decree lists without one.
const levyText = `{
  "fiscal_year": 1402,
  "rules": [
    {
      "charge": "pollution_levy",
      "classes": ["passenger_car", "double_cab_pickup", "single_cab_pickup", "truck", "bus", "minibus", "motorcycle"],
      "origins": ["domestic", "imported"],
      "rate_ppm": 500,
      "legal": {"fa": "مصوبهٔ شورای شهر شیراز", "en": "decision of the council of Shiraz"}
    }
  ]
}
`

// tariffs runs "tariffs" with something on standard input.
func (c console) tariffs(stdin string, args ...string) (string, error) {
	c.t.Helper()
	open := func(context.Context) (*scope.Runner, *sql.DB, func(), error) { return c.run, nil, func() {}, nil }
	return c.execute(newTariffsCommand(open), stdin, args)
}

// as runs it as somebody whose password comes first on standard input.
func (c console) as(user, stdin string, args ...string) (string, error) {
	c.t.Helper()
	return c.tariffs(apitest.Password+"\n"+stdin, append(args, "--user", user, "--password-file", "-")...)
}

func (c console) must(out string, err error) string {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

var draftID = regexp.MustCompile(`^[0-9a-f-]{36}`)

func tariffFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tariff.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTariffLifeAtTheConsole(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	path := tariffFile(t, levyText)
	if out := c.must(c.tariffs("", "validate", path, "--authority", "122")); out != "122/1402/1 could be published today\n" {
		t.Error(out)
	}
	out := c.must(c.as(apitest.CityEditor, "", "draft", path, "--reason", "مصوبهٔ شمارهٔ ۱۲"))
	id := draftID.FindString(out)
	if out != id+" 122/1402/1 draft, revision 1\n" {
		t.Fatal(out)
	}
	dearer := strings.Replace(levyText, "500", "750", 1)
	if out := c.must(c.as(apitest.CityEditor, dearer, "revise", id, "-", "--revision", "1")); out != id+" 122/1402/1 draft, revision 2\n" {
		t.Error(out)
	}
	wants(t, c.must(c.tariffs("", "drafts", "--state", "draft", "--authority", "122", "--year", "1402")),
		"draft version state revision holds from drafted reason", id+" 122/1402/1 draft 2 1402/01/01 "+day(t)+" مصوبهٔ شمارهٔ ۱۲")
	for _, refused := range []struct {
		user, want string
		args       []string
	}{
		{apitest.CityEditor, "revision: Somebody has revised the draft in the meantime; read it again first. (tariff_draft_revision, revision 2)", []string{"revise", id, path, "--revision", "1"}},
		{apitest.CityEditor, "revision: Somebody has revised", []string{"submit", id, "--revision", "1"}},
		{apitest.CityApprover, "The draft is not in a state that allows this. (tariff_draft_state, state draft) پیش‌نویس", []string{"approve", id, "--revision", "2"}},
		{apitest.CityEditor, "draft: \"x\" is not a UUID", []string{"submit", "x"}},
		{apitest.CityEditor, "Your role does not permit this. (not_permitted)", []string{"approve", id, "--revision", "2"}},
		{apitest.ForeignEditor, "draft: This authority has no such draft. (tariff_draft_unknown)", []string{"submit", id}}, // another city's
		{apitest.NationalEditor, "draft: This authority has no such draft. (tariff_draft_unknown)", []string{"submit", id}},
		{apitest.NationalEditor, "rules[0].rate_ppm: A rate must be above zero and at most 100 %. (tariff_rate, line 8, column 19) نرخ", []string{"draft", tariffFile(t, strings.Replace(levyText, `"rate_ppm": 500,`, `"rate_ppm": 500, "fixed": {"amount": 1, "per": "vehicle"},`, 1)), "--reason", "r"}},
	} {
		out, err := c.as(refused.user, "", refused.args...)
		wantRefusal(t, strings.Join(refused.args, " "), out, err, refused.want)
	}
	c.must(c.as(apitest.CityEditor, "", "submit", id, "--revision", "2"))
	if out := c.must(c.as(apitest.CityApprover, "", "give-back", id, "--remark", "نرخ را بازبینی کنید")); out != id+" 122/1402/1 draft, revision 2\n" {
		t.Error(out)
	}
	wants(t, c.must(c.tariffs("", "show", id, "--text")), "draft "+id+", draft, revision 2: مصوبهٔ شمارهٔ ۱۲", "remark: نرخ را بازبینی کنید",
		"written by "+apitest.CityEditor, "submitted by "+apitest.CityEditor, "decided by "+apitest.CityApprover)
	c.must(c.as(apitest.CityEditor, "", "submit", id))
	if _, err := c.as(apitest.CityApprover, "", "approve", id); err == nil || !strings.Contains(err.Error(), "revision") {
		t.Errorf("approved unread: %v", err)
	}
	c.must(c.as(apitest.CityApprover, "", "approve", id, "--revision", "2"))
	if out := c.must(c.as(apitest.CityApprover, "", "publish", id)); out != id+" 122/1402/1 published, revision 2\n" {
		t.Error(out)
	}
	wants(t, c.must(c.tariffs("", "list", "--authority", "122")), "version standing holds from until rules published", "122/1402/1 in_force 1402/01/01 - 1 "+day(t))
	if c.count(`SELECT count(*) FROM audit_log WHERE owner = 'municipality:122' AND action LIKE 'tariff.%' AND actor_kind = 'person'`) != 7 {
		t.Error("audit rows are missing")
	}
}

func day(t *testing.T) string {
	t.Helper()
	return jalali(today(time.Now())).String()
}

func TestTariffsAreShownAndCompared(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	wants(t, c.must(c.tariffs("", "list", "--year", "1401", "--on", "۱۴۰۱/۰۵/۰۸")), "national/1401/1 in_force 1401/01/01 1401/05/09 2 "+day(t), "national/1401/2 scheduled 1401/05/09 - 2 "+day(t))
	wants(t, c.must(c.tariffs("", "list", "--year", "1401", "--on", "1401/05/09")), "national/1401/1 superseded 1401/01/01 1401/05/09 2 "+day(t), "national/1401/2 in_force 1401/05/09 - 2 "+day(t))
	var shown struct{ ID, From string }
	if err := json.Unmarshal([]byte(c.must(c.tariffs("", "show", "national/1401/2"))), &shown); err != nil || shown.ID != "national/1401/2" || shown.From != "1401/05/09" {
		t.Errorf("%+v %v", shown, err)
	}
	words := c.must(c.tariffs("", "show", "national/1403/1", "--text"))
	wants(t, words, "national/1403/1, from 1403/01/01", "rounding: up to 1,000 rial (bill ID and payment ID standard: a bill is a multiple of 1,000 rial)")
	if !strings.Contains(words, "جریمهٔ تأخیر: ") {
		t.Error(words)
	}
	difference := c.must(c.tariffs("", "diff", "national/1401/1", "national/1401/2"))
	wants(t, difference, "changed from", "added levies/pollution_levy")
	if !strings.Contains(difference, "روز آغاز اجرا تغییر می‌کند") {
		t.Error(difference)
	}
	if out := c.must(c.tariffs("", "diff", "national/1403/1", "national/1404/1")); out != "no difference\n" {
		t.Error(out)
	}
	for _, refused := range []struct {
		want string
		args []string
	}{
		{"version: No such version of the tariff is published. (tariff_version_unknown) چنین", []string{"show", "national/1403/2"}},
		{"draft: This authority has no such draft. (tariff_draft_unknown) چنین", []string{"diff", "national/1403/1", "0198f3a2-7b1c-7def-8123-456789abcdef"}},
		{"The year must be a Jalali year", []string{"list", "--year", "2024"}},
		{"Write the date as 1404/01/31", []string{"list", "--on", "yesterday"}},
		{"state: The draft is not in a state", []string{"drafts", "--state", "lost"}},
		{"authority: \"x\" is neither national nor a municipality's code", []string{"validate", "-", "--authority", "x"}},
	} {
		out, err := c.tariffs("", refused.args...)
		wantRefusal(t, strings.Join(refused.args, " "), out, err, refused.want)
	}
}

// TestValidateTellsEverything reads a text from standard input that is wrong in several ways, and stores nothing.
func TestValidateTellsEverything(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	for _, tc := range []struct {
		old, new string
		lines    []string
	}{
		{`"rate_ppm": 500,`, `"rate_ppm": 2000000,`, []string{"rules[0].rate_ppm: A rate must be above zero and at most 100 %. (tariff_rate, line 8, column 19) نرخ"}},
		{`"fiscal_year": 1402`, `"fiscal_year": 2023`, []string{"fiscal_year: The tariff's fiscal year must be between 1387 and 1500. (tariff_year, line 2, column 18) سال"}},
		{`"rate_ppm": 500,`, `"rate_pmm": 500,`, []string{"The tariff is not readable or has an unknown field. (tariff_syntax, line 8, column 7) متن"}},
		{`"rate_ppm": 500,`, `"rate_ppm": 500, "rate_ppm": 600,`, []string{"The tariff names a key twice. (tariff_key_twice, line 8, column 24) یک"}},
		{`"fiscal_year": 1402,`, `"fiscal_year": 1404, "from": "1404/02/01", "minimum": {"amount": 0, "legal": {"fa": "م", "en": "d"}},`, []string{
			"minimum: The minimum of a due is not well formed. (tariff_minimum, line 2, column 57) کمینه",
			"from: The first version must hold from the first day of the fiscal year; otherwise some days have no tariff. (tariff_gap, line 2, column 32) نسخهٔ نخست",
			"rules[0]: The national law decides this; a municipality cannot change it. (tariff_locked, line 4, column 5, contradicts national/1404/1 levies) این بند",
		}},
	} {
		bad := strings.Replace(levyText, tc.old, tc.new, 1)
		out, err := c.tariffs(bad, "validate", "-", "--authority", "122")
		if err == nil || err.Error() != "the text cannot be published" || strings.Count(out, "\n") != len(tc.lines) {
			t.Errorf("%s: %v\n%s", tc.new, err, out)
		}
		for i, line := range strings.SplitAfter(out, "\n") {
			if i < len(tc.lines) && !strings.HasPrefix(line, tc.lines[i]) {
				t.Errorf("%s:\n got %swant %s", tc.new, line, tc.lines[i])
			}
		}
	}
	if c.count(`SELECT count(*) FROM tariff_drafts`) != 0 {
		t.Error("a draft is stored")
	}
}

// TestANationalPublicationTellsTheConsole publishes a national version that takes from Shiraz what its own version stands on.
func TestANationalPublicationTellsTheConsole(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	life := func(editor, approver, path string) string {
		id := draftID.FindString(c.must(c.as(editor, "", "draft", path, "--reason", "r")))
		c.must(c.as(editor, "", "submit", id))
		c.must(c.as(approver, "", "approve", id, "--revision", "1"))
		return c.must(c.as(approver, "", "publish", id))
	}
	life(apitest.CityEditor, apitest.CityApprover, tariffFile(t, levyText))
	var nation map[string]any
	if err := json.Unmarshal([]byte(c.must(c.tariffs("", "show", "national/1402/2"))), &nation); err != nil {
		t.Fatal(err)
	}
	nation["from"] = "1450/01/01"
	delete(nation, "levies")
	text, err := json.Marshal(nation)
	if err != nil {
		t.Fatal(err)
	}
	out := life(apitest.NationalEditor, apitest.NationalApprover, tariffFile(t, string(text)))
	if !strings.Contains(out, "\n122/1402/1 contradicts national/1402/3: rules[0]: The national law decides this") {
		t.Error(out)
	}
}
