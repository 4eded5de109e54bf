package municipalities_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mofasa/tenants/identifiers"
)

// listed is one line of data/municipalities.csv by column name.
type listed map[string]string

var columns = []string{"code", "name_fa", "name_en", "province_fa", "province_en", "county_fa", "bill_prefix", "iban"}

func readList(t *testing.T) []listed {
	t.Helper()
	f, err := os.Open("data/municipalities.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll() // refuses lines of another length
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(lines[0], columns) {
		t.Fatalf("columns %v", lines[0])
	}
	var out []listed
	for _, line := range lines[1:] {
		row := listed{}
		for i, name := range columns {
			row[name] = line[i]
		}
		out = append(out, row)
	}
	return out
}

func TestListCoversTheCountry(t *testing.T) {
	t.Parallel()
	rows := readList(t)
	if len(rows) < 350 {
		t.Errorf("%d municipalities, want at least 350", len(rows))
	}
	perProvince := map[string]int{}
	for _, row := range rows {
		perProvince[row["province_fa"]+"/"+row["province_en"]]++
	}
	if len(perProvince) != 31 {
		t.Errorf("%d provinces, want 31: %v", len(perProvince), perProvince)
	}
	for province, n := range perProvince {
		if n < 5 {
			t.Errorf("%s has %d municipalities only", province, n)
		}
	}
}

func TestListIsKeyed(t *testing.T) {
	t.Parallel()
	rows := readList(t)
	seen := map[string]string{}
	for i, row := range rows {
		for _, key := range []string{
			"code " + row["code"], "iban " + row["iban"],
			"fa " + row["province_fa"] + " " + identifiers.Fold(row["name_fa"]), "en " + row["province_en"] + " " + row["name_en"],
		} {
			if other, taken := seen[key]; taken {
				t.Errorf("%s belongs to %s and to %s", key, other, row["name_en"])
			}
			seen[key] = row["name_en"]
		}
		if code, err := strconv.Atoi(row["code"]); err != nil || code < 1 || code > 999 || strconv.Itoa(code) != row["code"] {
			t.Errorf("%s: code %q", row["name_en"], row["code"])
		}
		if i > 0 && slices.Compare([]string{rows[i-1]["province_en"], rows[i-1]["name_en"]}, []string{row["province_en"], row["name_en"]}) >= 0 {
			t.Errorf("%s is not after %s", row["name_en"], rows[i-1]["name_en"])
		}
	}
}

func TestListIsWellWritten(t *testing.T) {
	t.Parallel()
	const persian = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیئء"
	for _, row := range readList(t) {
		for column, value := range row {
			problem := ""
			switch {
			case value == "" || value != strings.TrimSpace(value) || strings.Contains(value, "  "):
				problem = "empty or badly spaced"
			case strings.HasSuffix(column, "_fa") && !onlyOf(value, persian, " \u200c"):
				problem = "not written in Persian letters"
			case strings.HasSuffix(column, "_en") && !onlyOf(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", " -"):
				problem = "not written in Latin letters"
			case column == "bill_prefix" && value != "10":
				problem = "not the prefix of municipal bills"
			}
			if problem != "" {
				t.Errorf("code %s, %s %q: %s", row["code"], column, value, problem)
			}
		}
	}
}

// onlyOf reports whether s is made of the letters, with joiners only between two of them.
func onlyOf(s, letters, joiners string) bool {
	joined := true
	for _, r := range s {
		switch {
		case strings.ContainsRune(letters, r):
			joined = false
		case strings.ContainsRune(joiners, r) && !joined:
			joined = true
		default:
			return false
		}
	}
	return !joined
}

func TestListHasValidAccounts(t *testing.T) {
	t.Parallel()
	for _, row := range readList(t) {
		n, err := identifiers.ParseIBAN(row["iban"])
		if err != nil || n.String() != row["iban"] {
			t.Errorf("%s: IBAN %s: %v", row["name_en"], row["iban"], err)
			continue
		}
		if _, known := n.Bank(); !known {
			t.Errorf("%s: unknown bank %s", row["name_en"], n.BankCode())
		}
	}
}

// The plates' regions and the list name the same 31 provinces.
func TestListNamesTheProvincesOfPlates(t *testing.T) {
	t.Parallel()
	listedProvinces := map[string]bool{}
	for _, row := range readList(t) {
		listedProvinces[row["province_fa"]] = true
	}
	onPlates := map[string]bool{}
	for region := 10; region <= 99; region++ {
		p, err := identifiers.ParsePlate(fmt.Sprintf("12ب145%d", region))
		if err != nil {
			t.Fatal(err)
		}
		province, known := p.Province()
		if !known || !listedProvinces[province] {
			t.Errorf("region %d is in %q, which the list does not know", region, province)
		}
		onPlates[province] = true
	}
	if len(onPlates) != len(listedProvinces) {
		t.Errorf("plates name %d provinces, the list %d", len(onPlates), len(listedProvinces))
	}
}
