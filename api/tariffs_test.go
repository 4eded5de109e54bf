package api_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/calendar"
)

// doubled is the published version 1 of a national year as a proposal from today on with twice the rate.
func doubled(t *testing.T, c *apitest.Client, year string) json.RawMessage {
	t.Helper()
	var found gen.TariffVersionDetail
	c.Must(c.Do("GET", "/v1/tariffs/versions/national/"+year+"/1", nil), 200, &found)
	var v map[string]any
	if err := json.Unmarshal(found.Version, &v); err != nil {
		t.Fatal(err)
	}
	for _, rule := range v["rules"].([]any) {
		rule := rule.(map[string]any)
		rule["rate_ppm"] = rule["rate_ppm"].(float64) * 2
	}
	delete(v, "id")
	delete(v, "number")
	v["from"] = calendar.DateOf(time.Now()).String()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// publish takes a proposal through its life by two people and gives the draft and the version.
func publish(t *testing.T, s *apitest.Server, text json.RawMessage) (gen.TariffDraft, gen.TariffPublication) {
	t.Helper()
	editor, approver := s.SignIn(apitest.NationalEditor), s.SignIn(apitest.NationalApprover)
	var d gen.TariffDraft
	editor.Must(editor.Do("POST", "/v1/tariffs/drafts", map[string]any{"reason": "a new law", "version": text}), 201, &d)
	read := map[string]int{"revision": d.Revision}
	path := "/v1/tariffs/drafts/" + d.Id.String()
	editor.Must(editor.Do("POST", path+"/submission", read), 200, &d)
	approver.Must(approver.Do("POST", path+"/approval", read), 200, &d)
	var done gen.TariffPublication
	approver.Must(approver.Do("POST", path+"/publication", read), 201, &done)
	approver.Refused(approver.Do("POST", path+"/publication", read), 409, "tariff_draft_state")
	return d, done
}

// TestATariffThroughItsLife publishes a version over HTTP: every new look-up follows it within two seconds, and an order that was placed before keeps what it cites.
func TestATariffThroughItsLife(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier, editor := s.SignIn(apitest.Cashier), s.SignIn(apitest.NationalEditor)
	order := cashier.Order(apitest.Plate)
	other := cashier.Inquire(apitest.OtherPlate)

	text := doubled(t, editor, "1405")
	d, done := publish(t, s, text)
	if done.VersionId != "national/1405/2" || len(done.Contradicting) != 0 || d.State != gen.TariffDraftStateApproved {
		t.Fatalf("published %+v of %+v", done, d)
	}
	s.Clock.Advance(2 * time.Second)
	before, after := dueIn(t, other, apitest.Tehran, 1405), dueIn(t, cashier.Inquire(apitest.OtherPlate), apitest.Tehran, 1405)
	if amountOf(after, "annual_duty") != 2*amountOf(before, "annual_duty") || amountOf(before, "annual_duty") == 0 {
		t.Errorf("the duty was %d and is %d", amountOf(before, "annual_duty"), amountOf(after, "annual_duty"))
	}
	kept := cashier.GetOrder(order.Id)
	if kept.TotalRial != order.TotalRial || !slices.ContainsFunc(kept.Bills[0].Dues, func(b gen.BilledDue) bool {
		return strings.HasPrefix(b.Cites.Tariff, "national/") && !strings.HasSuffix(b.Cites.Tariff, "/1405/2")
	}) {
		t.Errorf("the order placed before is now %+v", kept)
	}
	if paid := cashier.Pay(order.Id); paid.State != gen.PaymentStateCaptured {
		t.Errorf("paying it: %+v", paid)
	}
	if _, err := s.Program.Bills.VerifyBills(s.System(), nil); err != nil {
		t.Error(err)
	}

	var versions gen.TariffVersions
	cityEditor := s.SignIn(apitest.CityEditor)
	cityEditor.Must(cityEditor.Do("GET", "/v1/tariffs/versions?authority=national&fiscal_year=1405", nil), 200, &versions)
	if len(versions.Versions) != 2 || versions.Versions[0].Standing != gen.TariffVersionSummaryStandingSuperseded || versions.Versions[1].Standing != gen.TariffVersionSummaryStandingInForce {
		t.Errorf("versions: %+v", versions.Versions)
	}
	var diff gen.TariffDiff
	cityEditor.Must(cityEditor.Do("GET", "/v1/tariffs/diff?before=national/1405/1&after=national/1405/2", nil), 200, &diff)
	if len(diff.Changes) != 3 || !strings.Contains(diff.Changes[0].Text.Fa, "از") { // from, and two rates
		t.Errorf("diff: %+v", diff.Changes)
	}
}

// TestAStaleQuoteIsTold orders what was shown under a version that is superseded meanwhile: the operator gets the new amounts instead.
func TestAStaleQuoteIsTold(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier := s.SignIn(apitest.Cashier)
	asked := cashier.Inquire(apitest.OtherPlate)
	publish(t, s, doubled(t, s.SignIn(apitest.NationalEditor), "1405"))
	s.Clock.Advance(2 * time.Second)
	a := cashier.Once("POST", "/v1/orders", map[string]any{"inquiry_id": asked.Id, "dues": []map[string]int{{"municipality_code": apitest.Tehran, "fiscal_year": 1405}}})
	cashier.Refused(a, 409, "amounts_changed")
}

// TestTextsOfTariffsAreHeldAgainstTheLaw sends what must not be published.
func TestTextsOfTariffsAreHeldAgainstTheLaw(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	city := s.SignIn(apitest.CityEditor)
	const legal = `"legal": {"fa": "x", "en": "x"}`
	rule := func(class, amount string) string {
		return `{"fiscal_year": 1399,
 "rules": [{"charge": "annual_duty", "classes": ["` + class + `"], "origins": ["domestic", "imported"],
   ` + amount + `, ` + legal + `}]}`
	}
	for name, c := range map[string]struct {
		text, code string
		line       int
	}{
		"a class that the nation taxes": {rule("passenger_car", `"rate_ppm": 1000`), "tariff_locked", 2},
		"a rate over 100 %":             {rule("truck", `"rate_ppm": 1000001`), "tariff_rate", 3},
		"a Gregorian year":              {strings.Replace(rule("truck", `"rate_ppm": 1000`), "1399", "2020", 1), "tariff_year", 1},
		"a key twice":                   {strings.Replace(rule("truck", `"rate_ppm": 1000`), `"fiscal_year": 1399`, `"fiscal_year": 1399, "fiscal_year": 1398`, 1), "tariff_key_twice", 1},
		"a key that is unknown":         {strings.Replace(rule("truck", `"rate_ppm": 1000`), `"rules"`, `"rulez"`, 1), "tariff_syntax", 2},
		"another authority":             {strings.Replace(rule("truck", `"rate_ppm": 1000`), `{"fiscal`, `{"authority": "1", "fiscal`, 1), "tariff_authority", 1},
	} {
		var found gen.TariffValidation
		city.Must(city.Do("POST", "/v1/tariffs/validations", []byte(c.text)), 200, &found)
		if found.Valid || len(found.Problems) == 0 || string(found.Problems[0].Code) != c.code || found.Problems[0].Line == nil || *found.Problems[0].Line != c.line {
			t.Errorf("%s: %+v", name, found.Problems)
		}
	}
	var found gen.TariffValidation
	city.Must(city.Do("POST", "/v1/tariffs/validations", []byte(rule("truck", `"rate_ppm": 1000`))), 200, &found)
	if !found.Valid || found.Problems == nil {
		t.Errorf("a lawful text: %+v", found)
	}
	locked := city.Do("POST", "/v1/tariffs/drafts", []byte(`{"reason": "x", "version": `+rule("passenger_car", `"rate_ppm": 1000`)+`}`))
	var d gen.TariffDraft
	city.Must(locked, 201, &d) // well formed: whoever submits it learns more
	city.Refused(city.Do("POST", "/v1/tariffs/drafts/"+d.Id.String()+"/submission", map[string]int{"revision": 1}), 422, "tariff_locked")
	city.Refused(city.Do("POST", "/v1/tariffs/drafts", []byte(`{"reason": "x", "version": `+rule("truck", `"rate_ppm": 2000000`)+`}`)), 422, "tariff_rate")
	city.Refused(city.Do("PUT", "/v1/tariffs/drafts/"+d.Id.String(), []byte(`{"revision": 7, "version": `+rule("truck", `"rate_ppm": 1000`)+`}`)), 409, "tariff_draft_revision")
	var list gen.TariffDrafts
	city.Must(city.Do("GET", "/v1/tariffs/drafts?state=draft", nil), 200, &list)
	if len(list.Drafts) != 1 {
		t.Errorf("%d drafts", len(list.Drafts))
	}
	for _, why := range []string{"older", "newer"} {
		city.Must(city.Do("POST", "/v1/tariffs/drafts", map[string]any{"reason": why, "version": json.RawMessage(rule("truck", `"rate_ppm": 1000`))}), 201, nil)
	}
	if city.Must(city.Do("GET", "/v1/tariffs/drafts", nil), 200, &list); len(list.Drafts) != 3 || list.Drafts[0].Reason != "newer" {
		t.Errorf("not the newest first: %+v", list.Drafts)
	}
	city.Refused(city.Do("POST", "/v1/tariffs/drafts", map[string]any{"reason": " ", "version": json.RawMessage(rule("truck", `"rate_ppm": 1000`))}), 422, "tariff_reason")
	foreign := s.SignIn(apitest.ForeignEditor)
	foreign.Must(foreign.Do("GET", "/v1/tariffs/drafts", nil), 200, &list)
	if len(list.Drafts) != 0 {
		t.Errorf("a foreign city sees %d drafts", len(list.Drafts))
	}
}

// TestAPreviewIsStoredWithItsDraft asks for a preview, lets a worker run it, and reads it as the approver does.
func TestAPreviewIsStoredWithItsDraft(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	editor, approver := s.SignIn(apitest.NationalEditor), s.SignIn(apitest.NationalApprover)
	var d gen.TariffDraft
	editor.Must(editor.Do("POST", "/v1/tariffs/drafts", map[string]any{"reason": "a new law", "version": doubled(t, editor, "1405")}), 201, &d)
	var p gen.TariffPreview
	editor.Must(editor.Do("POST", "/v1/tariffs/previews", map[string]any{"drafts": []string{d.Id.String()}, "threshold_rial": 1_000_000}), 202, &p)
	if p.State != gen.TariffPreviewStateQueued || p.ThresholdRial != 1_000_000 {
		t.Fatalf("asked for: %+v", p)
	}
	if ran, err := s.Program.Previews.RunNext(s.System()); err != nil || !ran {
		t.Fatalf("run: %t %v", ran, err)
	}
	var list gen.TariffPreviews
	approver.Must(approver.Do("GET", "/v1/tariffs/drafts/"+d.Id.String()+"/previews", nil), 200, &list)
	if len(list.Previews) != 1 || list.Previews[0].State != gen.TariffPreviewStateDone || list.Previews[0].Report == nil || list.Previews[0].Stale {
		t.Fatalf("previews: %+v", list.Previews)
	}
	r := list.Previews[0].Report
	if r.Total.BeforeRial == 0 || r.Total.AfterRial <= r.Total.BeforeRial || r.Total.DifferenceRial != r.Total.AfterRial-r.Total.BeforeRial ||
		len(r.Largest) == 0 || r.Largest[0].AfterRial <= r.Largest[0].BeforeRial || r.ThresholdRial != 1_000_000 || len(r.ByMunicipality) == 0 || r.ByMunicipality[0].Code == 0 || r.ByMunicipality[0].NameFa == "" {
		t.Errorf("report: %+v", r)
	}
	var change int64
	for _, m := range r.ByMunicipality {
		change += m.DifferenceRial
	}
	if change != r.Total.DifferenceRial {
		t.Errorf("cities differ by %d, all by %d", change, r.Total.DifferenceRial)
	}
	editor.Must(editor.Do("PUT", "/v1/tariffs/drafts/"+d.Id.String(), map[string]any{"revision": 1, "version": doubled(t, editor, "1405")}), 200, &d)
	approver.Must(approver.Do("GET", "/v1/tariffs/previews/"+p.Id.String(), nil), 200, &p)
	if !p.Stale || d.Revision != 2 {
		t.Errorf("after a revision: stale %t, revision %d", p.Stale, d.Revision)
	}
	editor.Refused(editor.Do("POST", "/v1/tariffs/previews/"+p.Id.String()+"/cancellation", nil), 409, "preview_finished")
}
