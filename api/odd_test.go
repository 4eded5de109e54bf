package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/api"
	"mofasa/api/apitest"
	"mofasa/api/gen"
)

// oddities are JSON texts that stand in the place of a value of a request.
var oddities = []string{`null`, `true`, `0`, `-1`, `1e3`, `1.5`, `9223372036854775807`, `-9223372036854775808`, `9223372036854775808`, `1e400`, `-1404`, `2147483648`, `""`, `" "`,
	`"\u0000"`, `"a\u0000b"`, "\"\xff\xfe\"", `"\ud800"`, `"۱۴۰۴/۰۵/۰۱"`, `"-1404/01/01"`, `"99999/99/99"`, `"1500/12/30"`, `"1300/01/01"`, `"00000000-0000-0000-0000-000000000000"`, `"national/1404/1"`, `[]`, `{}`, `[null]`, `[[]]`,
	`{"\u0000":1}`, `"` + strings.Repeat("ی", 3000) + `"`, strings.Repeat("[", 2000) + strings.Repeat("]", 2000), strings.Repeat(`{"a":`, 2000) + `1` + strings.Repeat(`}`, 2000)}

// variants are the body with an oddity in the place of each of its values, one at a time, at every depth, and the oddities alone.
func variants(body any) (all []string) {
	all = append(all, oddities...)
	object, _ := body.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(object)) {
		for _, odd := range variants(object[key]) {
			changed := []string{}
			for other, value := range object {
				text, _ := json.Marshal(value)
				if other == key {
					text = []byte(odd)
				}
				changed = append(changed, fmt.Sprintf("%q: %s", other, text))
			}
			all = append(all, "{"+strings.Join(changed, ", ")+"}")
		}
	}
	if list, isList := body.([]any); isList && len(list) > 0 {
		for _, odd := range variants(list[0]) {
			all = append(all, "["+odd+"]")
		}
	}
	return all
}

// TestOddBodiesAreNeverOurFault puts odd values into the bodies of operations.
func TestOddBodiesAreNeverOurFault(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: api.LimitTable{}})
	var text map[string]any
	if err := json.Unmarshal([]byte(motorcycles), &text); err != nil {
		t.Fatal(err)
	}
	delete(text, "authority")
	text["exemptions"] = []any{map[string]any{"id": "a", "charge": "annual_duty", "categories": []any{"ambulance"}, "cylinders": map[string]any{"from": 1}, "legal": map[string]any{"fa": "x", "en": "x"}}}
	text["from"] = "1405/01/01"
	editor := s.SignIn(apitest.NationalEditor)
	var draft gen.TariffDraft
	editor.Must(editor.Do("POST", "/v1/tariffs/drafts", map[string]any{"reason": "x", "version": doubled(t, editor, "1405")}), 201, &draft)
	d := "/v1/tariffs/drafts/" + draft.Id.String()
	var proposal map[string]any
	if err := json.Unmarshal(doubled(t, editor, "1405"), &proposal); err != nil {
		t.Fatal(err)
	}
	vehicle := "/v1/vehicles/" + vehicleOf(t, s, pride).String()
	owner := map[string]any{"kind": "person", "id": "0084575948", "name": "مریم رضایی"}
	reason := map[string]any{"fa": "x", "en": "x"}
	clients := map[string]*apitest.Client{"": s.Anonymous()}
	for _, o := range []struct {
		who, method, path string
		body              any
	}{
		{"", "POST", "/v1/sessions", map[string]any{"username": apitest.Cashier, "password": "x"}},
		{"", "POST", "/v1/public/certificate-checks", map[string]any{"serial": "0000-0000-0000-0", "proof": "AAAAAAAAAAAAAAAA"}},
		{apitest.Cashier, "POST", "/v1/inquiries", map[string]any{"plate": apitest.OtherPlate, "purpose": "settlement"}},
		{apitest.Cashier, "POST", "/v1/orders", map[string]any{"inquiry_id": uuid.NewString(), "dues": []any{map[string]any{"municipality_code": 1, "fiscal_year": 1404}}}},
		{apitest.NationalEditor, "POST", "/v1/tariffs/validations", text},
		{apitest.NationalEditor, "POST", "/v1/tariffs/drafts", map[string]any{"reason": "x", "version": proposal}},
		{apitest.NationalEditor, "PUT", d, map[string]any{"revision": 1, "version": proposal}},
		{apitest.NationalEditor, "POST", d + "/submission", map[string]any{"revision": 1}},
		{apitest.NationalApprover, "POST", d + "/approval", map[string]any{"revision": 1}},
		{apitest.NationalApprover, "POST", d + "/return", map[string]any{"remark": "x"}},
		{apitest.NationalApprover, "POST", d + "/publication", map[string]any{"revision": 1}},
		{apitest.NationalEditor, "POST", "/v1/tariffs/previews", map[string]any{"drafts": []any{draft.Id.String()}, "threshold_rial": 1}},
		{apitest.NationalEditor, "POST", "/v1/tariffs/corrections", map[string]any{"wrong": "national/1401/1", "right": "national/1401/2", "reason": "x"}},
		{apitest.NationalEditor, "POST", "/v1/valuations/analogies", map[string]any{"type_code": "rare-import", "fiscal_year": 1404, "basis_type": "pride-131", "basis_year": 1404, "reason": "x"}},
		{apitest.NationalOfficer, "POST", "/v1/decisions", map[string]any{"vin": pride, "kind": "discount", "charge": "annual_duty", "from_year": 1400, "through_year": 1401, "rate_ppm": 1000, "reason": reason,
			"valid_from": "1450/01/01", "valid_to": "1450/02/01"}},
		{apitest.NationalOfficer, "POST", "/v1/decisions", map[string]any{"plate": apitest.OtherPlate, "kind": "extra", "from_year": 1400, "through_year": 1401, "amount_rial": 1000, "reason": reason}},
		{apitest.NationalOfficer, "POST", "/v1/decisions/lookups", map[string]any{"vin": pride, "purpose": "x"}},
		{apitest.NationalOfficer, "POST", "/v1/decisions/" + uuid.NewString() + "/end", map[string]any{"day": "1450/01/01", "reason": reason}},
		{apitest.CityEditor, "POST", "/v1/tariffs/drafts", map[string]any{"reason": "x", "version": text}},
		{apitest.CityEditor, "POST", "/v1/tariffs/previews", map[string]any{"drafts": []any{draft.Id.String()}, "threshold_rial": 1}},
		{apitest.CaseOfficer, "POST", "/v1/decisions", map[string]any{"vin": apitest.VIN, "kind": "waive_penalty", "from_year": 1400, "through_year": 1401, "amount_rial": 1000, "reason": reason}},
		{apitest.CaseOfficer, "POST", "/v1/decisions/lookups", map[string]any{"plate": apitest.Plate, "purpose": "x"}},
		{apitest.PlatformOperator, "POST", "/v1/vehicles/lookups", map[string]any{"vin": pride, "purpose": "x"}},
		{apitest.PlatformOperator, "POST", vehicle + "/ownership-transfers", map[string]any{"day": "1404/01/01", "owner": owner, "plate": "12ب14599", "residence": 1, "gap": "x"}},
		{apitest.PlatformOperator, "POST", vehicle + "/residence-moves", map[string]any{"day": "1404/01/01", "residence": 1, "gap": "x"}},
		{apitest.PlatformOperator, "POST", vehicle + "/plate-changes", map[string]any{"day": "1404/01/01", "plate": "12ب14599", "gap": "x"}},
		{apitest.PlatformOperator, "POST", vehicle + "/gaps", map[string]any{"history": "owner", "from": "1390/01/01", "to": "1391/01/01", "reason": "x"}},
		{apitest.PlatformOperator, "POST", vehicle + "/corrections", map[string]any{"history": "owner", "entry": "1395/01/20", "from": "1395/01/21", "to": "1396/01/01", "owner": owner, "reason": "x", "gap": "x"}},
		{apitest.PlatformOperator, "POST", vehicle + "/merges", map[string]any{"duplicate_id": uuid.NewString(), "reason": "x", "gap": "x"}},
		{apitest.Treasurer, "POST", "/v1/external-payments", map[string]any{"vin": apitest.VIN, "fiscal_year": 1404, "amount_rial": 1000, "paid_on": "1404/01/01", "reference": "x"}},
		{apitest.Treasurer, "POST", "/v1/external-payments/" + uuid.NewString() + "/withdrawal", map[string]any{"reason": "x"}},
		{apitest.NationalEditor, "POST", d + "/withdrawal", map[string]any{"remark": "x"}},
		{apitest.PlatformOperator, "POST", vehicle + "/retirement", map[string]any{"day": "1405/01/01", "manner": "scrapped", "reference": "x"}},
	} {
		if clients[o.who] == nil {
			clients[o.who] = s.SignIn(o.who)
		}
		c := clients[o.who]
		for _, body := range variants(o.body) {
			if a := c.Once(o.method, o.path, []byte(body)); a.Status >= 500 || a.Status == 401 && o.who != "" {
				t.Errorf("%s %s %.300s: %d\n%s", o.method, o.path, body, a.Status, lastError(s))
			}
		}
	}
	for _, personal := range []string{pride, apitest.VIN, apitest.OtherPlate, apitest.Plate, owner["id"].(string), "رضایی"} {
		if strings.Contains(s.Logs.String(), personal) {
			t.Errorf("the log holds %s", personal)
		}
	}
}

// TestOddAddressesAreNeverOurFault puts odd values into paths and queries.
func TestOddAddressesAreNeverOurFault(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: api.LimitTable{}})
	editor := s.SignIn(apitest.NationalEditor)
	for _, odd := range []string{"", "\x00", "a\x00b", "\xff", "-1", "99999999999999999999", "1.5", "national", "national/1404/1", "۱۴۰۴", strings.Repeat("9", 50), uuid.Nil.String(), "1.00000000-0000-0000-0000-000000000000"} {
		q := url.QueryEscape(odd)
		for _, path := range []string{"/v1/tariffs/versions?authority=" + q, "/v1/tariffs/versions?fiscal_year=" + q, "/v1/tariffs/diff?before=" + q + "&after=national/1404/1", "/v1/tariffs/diff?before=national/1404/1&after=" + q,
			"/v1/tariffs/drafts?state=" + q, "/v1/tariffs/drafts/" + url.PathEscape(odd), "/v1/tariffs/drafts/" + url.PathEscape(odd) + "/previews", "/v1/tariffs/previews/" + url.PathEscape(odd),
			"/v1/tariffs/corrections/" + url.PathEscape(odd) + "/items", "/v1/tariffs/corrections/" + uuid.Nil.String() + "/items?after=" + q, "/v1/tariffs/corrections/" + uuid.Nil.String() + "/items?limit=" + q,
			"/v1/valuations/missing?from_year=" + q, "/v1/valuations/missing?from_year=1400&through_year=" + q, "/v1/tariffs/versions/" + url.PathEscape(odd) + "/1404/1", "/v1/tariffs/versions/national/" + url.PathEscape(odd) + "/1"} {
			if a := editor.Do("GET", path, nil); a.Status >= 500 {
				t.Errorf("GET %s: %d\n%s", path, a.Status, lastError(s))
			}
		}
	}
}

// TestOddFilesAreNeverOurFault sends files that are no lists of base values.
func TestOddFilesAreNeverOurFault(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: api.LimitTable{}})
	editor := s.SignIn(apitest.NationalEditor)
	const header = "fiscal_year,type_code,type_name_fa,base_rial\n"
	for _, file := range []string{"", "\n", "\x00", "\xff\xfe", header, "\xef\xbb\xbf" + header, header + "1404,a", header + "1404,a\x00,b,1\n", header + "1404,\xff,b,1\n", header + "1404,a,\xff\xfe,1\n", header + "\"1404,a,b,1\n", header + "1404,\"a\"b,c,1\n",
		header + "99999999999999999999,a,b,1\n", header + "1404,a,b,99999999999999999999\n", header + "-1404,a,b,-1\n", header + "1404," + strings.Repeat("x", 100_000) + ",b,1\n", header + "1404,a," + strings.Repeat("x", 100_000) + ",1\n",
		header + "1404,a,b,1,2,3\n", header + strings.Repeat(",", 100_000), header + strings.Repeat("\n", 1000), strings.Repeat("a,", 1000), header + "1404,a,b,1000000000000000\r1404,c,d,1", header + "1404,\"a\nb\",\"c\r\nd\",1\n"} {
		for _, path := range []string{"/v1/valuations/previews", "/v1/valuations/imports"} {
			if a := editor.Do("POST", path, apitest.CSV(file)); a.Status >= 500 {
				t.Errorf("POST %s %.80q: %d\n%s", path, file, a.Status, lastError(s))
			}
		}
	}
}

// lastError is the server's last log line with an error.
func lastError(s *apitest.Server) string {
	lines := strings.Split(s.Logs.String(), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.Contains(lines[i], `"error"`) {
			return lines[i]
		}
	}
	return ""
}
