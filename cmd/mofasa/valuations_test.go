package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mofasa/api/apitest"
)

func (c console) valuations(stdin string, args ...string) (string, error) {
	c.t.Helper()
	return c.execute(newValuationsCommand(c.opener()), stdin, args)
}

func TestValuationsFromTheCommandLine(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	dir := t.TempDir()
	list, result := filepath.Join(dir, "1405.csv"), filepath.Join(dir, "result.csv")
	text := "fiscal_year,type_code,type_name_fa,base_rial\n1405,peugeot-405,پژو ۴۰۵,5103018000\n1405,saina,ساینا,2000000000\n1405,pride-131,پراید ۱۳۱,30000000000\n2026,x,x,1\n"
	if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	values := func() int { return c.count(`SELECT count(*) FROM valuations`) }
	before := values()
	out, err := c.valuations("", "preview", list, "--result", result, "--rows", "1")
	if !errors.Is(err, errRefused) || values() != before {
		t.Errorf("%v, %d values, %d before", err, values(), before)
	}
	wants(t, out, "read 4 · refused 1", "fiscal year 1405: listed 3 · without a value until now 1 · changed 1 · unchanged 1 · compared with last year 2, usually by 0%",
		"new types (1)", "2,000,000,000 saina ساینا", "changed values (1)", "3,200,123,456 30,000,000,000 - pride-131 پراید ۱۳۱",
		"missing types (1)", " 1 0 rare-import rare-import", "outliers (1)", "2,950,123,456 30,000,000,000 916.9065% 916.9065% pride-131 پراید ۱۳۱")
	if refused, err := os.ReadFile(result); err != nil || !strings.Contains(string(refused), "5,fiscal_year,import_range,") {
		t.Errorf("%q, %v", refused, err)
	}

	if out, err = c.valuations("", "import", list, "--result", result); !errors.Is(err, errRefused) || out != "read 4 · inserted 1 · changed 1 · unchanged 1 · refused 1\n" {
		t.Errorf("%q, %v", out, err)
	}
	analogy := []string{"analogy", "--type", "rare-import", "--year", "1405", "--basis-type", "saina", "--reason", "واردات ندارد", "--user", apitest.NationalEditor, "--password-file", "-"}
	if out, err = c.valuations(apitest.Password, analogy...); err != nil || out != "rare-import of 1405: 2,000,000,000 rial, by analogy with saina of 1405\n" {
		t.Errorf("%q, %v", out, err)
	}
	analogy[6] = "rare-import"
	analogy[2] = "x"
	out, err = c.valuations(apitest.Password, analogy...)
	wantRefusal(t, "a chain", out, err, "basis_type: The basis' value came about by analogy itself; choose a type that a list gives. (valuation_basis_analogy)")
	analogy[len(analogy)-3] = apitest.CityEditor
	out, err = c.valuations(apitest.Password, analogy...)
	wantRefusal(t, "a city's editor", out, err, "Your role does not permit this. (not_permitted)")

	out, err = c.valuations("", "missing", "--year", "1403", "--through", "1405")
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "year vehicles type code city", "1403 1 rare-import 520 تهران", "1404 1 rare-import 520 تهران", "2 vehicle-years")
	if out, err = c.valuations("", "missing", "--year", "1403", "--through", "1405", "--rows", "1"); err != nil || !strings.Contains(out, "… and 1 more\n") {
		t.Errorf("%q, %v", out, err)
	}
	if out, err = c.valuations("", "missing", "--year", "1403", "--municipality", "122"); err != nil || strings.TrimSpace(out) != "missing base values: none" {
		t.Errorf("%q, %v", out, err)
	}
	for name, args := range map[string][]string{
		"from: The year must be":             {"missing", "--year", "1386"},
		"through: The year must be":          {"missing", "--year", "1405", "--through", "1404"},
		"rows: not between 1":                {"missing", "--year", "1405", "--rows", "0"},
		"threshold: not between 1":           {"preview", list, "--threshold", "0"},
		"The threshold of a preview must be": {"preview", list, "--rows", "10001"},
		"open ":                              {"preview", list + "x"},
		"The header does not have":           {"preview", "-"},
	} {
		out, err := c.valuations("a,b\n", args...)
		wantRefusal(t, name, out, err, name)
	}
}
