package dues_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"mofasa/billing/dues"
	"mofasa/billing/tariffs"
)

func TestBaseValueByAnalogy(t *testing.T) {
	t.Parallel()
	f := car(t, 1400, "1400/01/01", "1401/06/01")
	f = worth(worth(f, 1400, 1_000_000_000), 1401, 2_000_000_000)
	plain := assess(t, f)
	f.Valuations[0].Basis = dues.Basis{TypeCode: "pars", NameFA: "پژو پارس", FiscalYear: 1400}
	f.Valuations[1].Basis = dues.Basis{TypeCode: "pars", NameFA: "پژو پارس", FiscalYear: 1400}
	list := assess(t, f)
	for i, d := range list {
		s := step(t, d, "valuation")
		if input(s, "basis_type") != "pars" || input(s, "basis_year") != "1400" || d.Cites.Basis != f.Valuations[i].Basis || d.Total != plain[i].Total {
			t.Errorf("%d: %+v, cites %+v, total %d", d.FiscalYear, s, d.Cites.Basis, d.Total)
		}
		if old := d.FiscalYear == 1400; (s.Legal.FA != "") != old { // no article of the law of 1400 is known to speak of it
			t.Errorf("%d cites %q", d.FiscalYear, s.Legal.EN)
		}
	}
	s := step(t, list[1], "valuation")
	if want := "ارزش مبنای این نوع خودرو برای سال ۱۴۰۱ در فهرست نیامده و به قیاس نوع «پژو پارس» (سال ۱۴۰۰) برابر ۲٬۰۰۰٬۰۰۰٬۰۰۰ ریال تعیین شده است."; s.Text.FA != want {
		t.Errorf("got %s\nwant %s", s.Text.FA, want)
	}
	if want := "No list gives the base value of this vehicle type for 1401; by analogy with the type pars (of 1400) it is 2,000,000,000 rial."; s.Text.EN != want {
		t.Errorf("got %s\nwant %s", s.Text.EN, want)
	}
}

func TestHalfAnAnalogyIsRefused(t *testing.T) {
	t.Parallel()
	for name, basis := range map[string]dues.Basis{
		"without a type": {NameFA: "پارس", FiscalYear: 1402}, "without a name": {TypeCode: "pars", FiscalYear: 1402},
		"without a year": {TypeCode: "pars", NameFA: "پارس"}, "with itself": {TypeCode: "405-GLX", NameFA: "پژو ۴۰۵", FiscalYear: 1402},
	} {
		f := plain(t)
		f.Valuations[0].Basis = basis
		if _, err := dues.Assess(f); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestCitesFromBeforeStayAsTheyAre derives a due from cites that were written before they could name a basis or a correction.
func TestCitesFromBeforeStayAsTheyAre(t *testing.T) {
	t.Parallel()
	stored := `{"tariff_id":"national/1402/2","valuation_id":"1402/405-GLX","base_rial":3000000000,"municipality_id":17,"residence_day":"1402/01/01",` +
		`"vehicle":{"class":"passenger_car","usage":"private","fuel":"petrol","origin":"domestic","type_code":"405-GLX","model_year":1402,"first_registered":"1402/01/01"},` +
		`"decisions":[{"id":"d1","kind":"discount","from_year":1402,"through_year":1402,"rate_ppm":100000,"reason":{"fa":"رأی","en":"ruling"},"actor":"u-7","valid_from":"1402/01/01"}],"on":"1404/01/10"}`
	var cites dues.Cites
	if err := json.Unmarshal([]byte(stored), &cites); err != nil {
		t.Fatal(err)
	}
	d, err := dues.Recompute(cites, 1402, national(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(d.Cites)
	if err != nil || string(got) != stored {
		t.Errorf("%v\n got %s\nwant %s", err, got, stored)
	}
	if d.Total != 3_348_000 {
		t.Errorf("total %d", d.Total)
	}
	cites.Basis = dues.Basis{TypeCode: "pars", NameFA: "پارس", FiscalYear: 1402}
	cites.Decisions[0].Correction = "c-1"
	again, err := dues.Recompute(cites, 1402, national(t))
	if err != nil || !reflect.DeepEqual(again.Cites, cites) || again.Total != d.Total || reflect.DeepEqual(again.Steps, d.Steps) {
		t.Errorf("%v %+v", err, again.Cites)
	}
	if body, _ := json.Marshal(again.Cites); !strings.Contains(string(body), `"basis":{"type_code":"pars"`) || !strings.Contains(string(body), `"correction":"c-1"`) {
		t.Errorf("%s", body)
	}
}

func TestFlawsNameTheirField(t *testing.T) {
	t.Parallel()
	for field, spoil := range map[string]func(*dues.Decision){
		"id": func(d *dues.Decision) { d.ID = "" }, "actor": func(d *dues.Decision) { d.Actor = "" }, "reason": func(d *dues.Decision) { d.Reason.EN = "" },
		"municipality_id": func(d *dues.Decision) { d.MunicipalityID = -1 }, "kind": func(d *dues.Decision) { d.Kind = "gift" },
		"charge": func(d *dues.Decision) { d.Charge = "toll" }, "years": func(d *dues.Decision) { d.ThroughYear = 1401 },
		"valid_from": func(d *dues.Decision) { d.ValidFrom.Day = 32 }, "valid_to": func(d *dues.Decision) { d.ValidTo = d.ValidFrom }, "measure": func(d *dues.Decision) { d.Amount = 5 },
	} {
		d := decision(t, dues.GrantExemption)
		d.Charge = tariffs.AnnualDuty
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		spoil(&d)
		var flaw *dues.FlawError
		if err := d.Check(); !errors.As(err, &flaw) || flaw.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
