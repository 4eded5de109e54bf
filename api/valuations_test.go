package api_test

import (
	"strings"
	"testing"

	"mofasa/api/apitest"
	"mofasa/api/gen"
)

// TestAListOfBaseValues previews a list, imports it, and decides about a type that it lacks.
func TestAListOfBaseValues(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c, cashier := s.SignIn(apitest.NationalEditor), s.SignIn(apitest.Cashier)
	const list apitest.CSV = `fiscal_year,type_code,type_name_fa,base_rial
1405,NEW-1,تیپ تازه,2000000000
1405,NEW-2,تیپ دیگر,0
2026,NEW-3,تیپ سوم,2000000000
`
	var preview gen.ValuationPreview
	c.Must(c.Do("POST", "/v1/valuations/previews", list), 200, &preview)
	if preview.Read != 3 || preview.Refused != 2 || len(preview.Years) != 1 || preview.Years[0].New.Total != 1 || preview.Years[0].New.Rows[0].TypeCode != "NEW-1" ||
		preview.Years[0].Missing.Total == 0 {
		t.Errorf("preview: %+v", preview)
	}
	want := []gen.RefusedRow{{Line: 3, Column: "base_rial", Code: "import_range"}, {Line: 4, Column: "fiscal_year", Code: "import_range"}}
	if len(preview.Refusals) != 2 || preview.Refusals[0] != want[0] || preview.Refusals[1] != want[1] {
		t.Errorf("refusals: %+v", preview.Refusals)
	}
	for _, inserted := range []int{1, 0} {
		var done gen.ValuationImport
		c.Must(c.Do("POST", "/v1/valuations/imports", list), 200, &done)
		if done.Inserted != inserted || done.Unchanged != 1-inserted || done.Refused != 2 || len(done.Refusals) != 2 {
			t.Errorf("import: %+v", done)
		}
	}
	// A row that is no CSV is refused like any other wrong one, and the rest is read.
	c.Must(c.Do("POST", "/v1/valuations/previews", "fiscal_year,type_code,type_name_fa,base_rial\n1405,NEW-4\n1405,\"NEW\"-5,ب,1\n"+list[strings.Index(string(list), "1405"):]), 200, &preview)
	if preview.Read != 5 || preview.Refused != 4 || preview.Refusals[0].Line != 2 || preview.Refusals[0].Code != "import_row_length" || preview.Refusals[1].Code != "import_row_quotes" {
		t.Errorf("odd rows: %+v", preview)
	}
	c.Refused(c.Do("POST", "/v1/valuations/imports", apitest.CSV("")), 422, "import_empty")
	c.Refused(c.Do("POST", "/v1/valuations/imports", apitest.CSV("year,type\n1405,X\n")), 422, "import_header")
	c.Refused(c.Do("POST", "/v1/valuations/imports", apitest.CSV(strings.Repeat("x", 5<<20))), 413, "body_too_large")
	c.Must(c.Do("POST", "/v1/valuations/previews", list+apitest.CSV(strings.Repeat("1405,NEW-1,تیپ تازه,2000000000\n", 50_000))), 200, nil)
	stranger := s.Anonymous()
	stranger.Refused(stranger.Do("POST", "/v1/valuations/imports", list), 401, "token_invalid")
	stranger.Refused(stranger.Do("POST", "/v1/valuations/imports", apitest.CSV(strings.Repeat("x", 5<<20))), 401, "token_invalid") // and is not read to its end

	var missing gen.MissingValuations
	c.Must(c.Do("GET", "/v1/valuations/missing?from_year=1405", nil), 200, &missing)
	if missing.Groups == 0 || missing.Rows[0].Vehicles == 0 {
		t.Fatalf("missing: %+v", missing)
	}
	lacking := missing.Rows[0]
	before := dueIn(t, cashier.Inquire(apitest.NoValue), lacking.MunicipalityCode, 1405)
	var value gen.Valuation
	c.Must(c.Do("POST", "/v1/valuations/analogies", map[string]any{"type_code": lacking.TypeCode, "fiscal_year": 1405, "basis_type": "NEW-1", "reason": "تولید نمی‌شود"}), 201, &value)
	after := dueIn(t, cashier.Inquire(apitest.NoValue), lacking.MunicipalityCode, 1405)
	if before.State != gen.DueStateMissingValuation || after.State != gen.DueStateAssessed || value.BaseRial != 2_000_000_000 || amountOf(after, "annual_duty") == 0 {
		t.Errorf("before %s, then %s with %+v", before.State, after.State, after.Lines)
	}
	if told := after.Explanation; !strings.Contains(toText(told), "NEW-1") {
		t.Errorf("the explanation does not name the basis: %s", toText(told))
	}
	for _, was := range []int64{2_000_000_000, 3_200_123_456} { // deciding again replaces what was decided
		again := map[string]any{"type_code": lacking.TypeCode, "fiscal_year": 1405, "basis_type": "pride-131", "reason": "تولید نمی‌شود"}
		if c.Must(c.Do("POST", "/v1/valuations/analogies", again), 201, &value); value.WasRial == nil || *value.WasRial != was || value.BaseRial != 3_200_123_456 {
			t.Errorf("decided again: %+v", value)
		}
	}
	c.Refused(c.Do("POST", "/v1/valuations/analogies", map[string]any{"type_code": "NEW-1", "fiscal_year": 1405, "basis_type": "NEW-9", "reason": "x"}), 409, "valuation_listed")
	city := s.SignIn(apitest.ForeignEditor)
	city.Must(city.Do("GET", "/v1/valuations/missing?from_year=1400&through_year=1405", nil), 200, &missing)
	if missing.Groups != 0 || missing.Rows == nil {
		t.Errorf("a city without vehicles lacks %+v", missing)
	}
}

func toText(steps []gen.Step) string {
	var all strings.Builder
	for _, s := range steps {
		all.WriteString(s.Text.En + "\n")
	}
	return all.String()
}

// TestDecisionsOverHTTP takes a decision, repeats the request, sees it at the counter and ends it.
func TestDecisionsOverHTTP(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	officer, cashier, foreign := s.SignIn(apitest.CaseOfficer), s.SignIn(apitest.Cashier), s.SignIn(apitest.ForeignCaseOfficer)
	reason := map[string]string{"fa": "رأی کمیسیون", "en": "ruling of the board"}
	asked := cashier.Inquire(apitest.Plate)
	year := 0
	for _, m := range asked.Municipalities {
		if m.Municipality.Code == apitest.Shiraz {
			year = m.Dues[0].FiscalYear
		}
	}
	body := map[string]any{"plate": apitest.Plate, "kind": "exempt", "from_year": year, "through_year": year, "reason": reason}
	var d, again gen.Decision
	key := []string{"Idempotency-Key", "decision-0001"}
	officer.Must(officer.Do("POST", "/v1/decisions", body, key...), 201, &d)
	officer.Must(officer.Do("POST", "/v1/decisions", body, key...), 201, &again)
	if d.Id != again.Id || d.State != gen.DecisionStateHolding || d.Authority != "122" || d.ValidFrom == "" {
		t.Errorf("%+v, again %+v", d, again)
	}
	if due := dueIn(t, cashier.Inquire(apitest.Plate), apitest.Shiraz, year); due.State != gen.DueStateExempt || due.BalanceRial != 0 {
		t.Errorf("at the counter: %+v", due)
	}
	foreign.Refused(foreign.Once("POST", "/v1/decisions", body), 404, "registered_vehicle_unknown")
	var list gen.Decisions
	officer.Must(officer.Do("POST", "/v1/decisions/lookups", map[string]string{"plate": apitest.Plate, "purpose": "case 9"}), 200, &list)
	if len(list.Decisions) != 1 {
		t.Errorf("%d decisions", len(list.Decisions))
	}
	officer.Must(officer.Once("POST", "/v1/decisions/"+d.Id.String()+"/end", map[string]any{"reason": reason}), 200, &d)
	if due := dueIn(t, cashier.Inquire(apitest.Plate), apitest.Shiraz, year); due.State != gen.DueStateAssessed || d.State != gen.DecisionStateEnded || d.End == nil {
		t.Errorf("after the end: %+v, %+v", due, d)
	}
	officer.Refused(officer.Do("POST", "/v1/decisions", map[string]any{"plate": apitest.Plate, "kind": "review", "from_year": year, "through_year": year, "reason": reason}, key...), 409, "idempotency_key_reused")
	// Nobody else has this key: it is another one in another scope.
	foreign.Refused(foreign.Do("POST", "/v1/decisions", body, key...), 404, "registered_vehicle_unknown")
	officer.Must(officer.Once("POST", "/v1/decisions", map[string]any{"plate": apitest.Plate, "kind": "extra", "amount_rial": 5_000_000_000, "from_year": year, "through_year": year, "reason": reason}), 201, &d)
	if due := dueIn(t, cashier.Inquire(apitest.Plate), apitest.Shiraz, year); d.AmountRial == nil || *d.AmountRial != 5_000_000_000 || amountOf(due, "extra") != 5_000_000_000 {
		t.Errorf("a large extra: %+v, %+v", d, due)
	}
	officer.Refused(officer.Once("POST", "/v1/decisions", map[string]any{"plate": apitest.Plate, "kind": "discount", "from_year": year, "through_year": year, "reason": reason}), 422, "decision_measure")
	officer.Refused(officer.Once("POST", "/v1/decisions", map[string]any{"plate": apitest.Plate, "kind": "exempt", "from_year": year, "through_year": year, "reason": reason, "valid_from": "1405/13/01"}), 422, "calendar_date")
}

// TestADecisionOutlivesAWrongResidence ends a decision about a vehicle that, as the register says by now, has never lived in the city that decided.
func TestADecisionOutlivesAWrongResidence(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	officer := r.SignIn(apitest.CaseOfficer)
	var d gen.Decision
	officer.Must(officer.Once("POST", "/v1/decisions", map[string]any{"vin": apitest.VIN, "kind": "exempt", "from_year": 1404, "through_year": 1404, "reason": boardRuling}), 201, &d)
	r.record(apitest.VIN, "corrections", map[string]any{"history": "residence", "entry": "1401/02/15", "residence": apitest.Isfahan, "reason": "wrong city"})
	officer.Refused(officer.Do("POST", "/v1/decisions/lookups", map[string]string{"vin": apitest.VIN, "purpose": "case 9"}), 404, "registered_vehicle_unknown")
	officer.Must(officer.Once("POST", "/v1/decisions/"+d.Id.String()+"/end", map[string]any{"reason": boardRuling}), 200, &d)
	if d.State != gen.DecisionStateEnded {
		t.Errorf("ended: %+v", d)
	}
}
