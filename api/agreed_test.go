package api_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"mofasa/api/apitest"
	"mofasa/api/gen"
)

// shown is what an inquiry says of Shiraz: what may be ordered, why the rest may not, and what the agreement covers.
type shown struct {
	payable  int64
	refused  map[string]int // dues by code
	balances []int64        // of the dues that may be ordered
	city     gen.MunicipalityDues
}

func shiraz(t *testing.T, q gen.Inquiry) shown {
	t.Helper()
	found := shown{refused: map[string]int{}}
	for _, m := range q.Municipalities {
		if m.Municipality.Code != apitest.Shiraz {
			continue
		}
		found.city, found.payable = m, m.PayableRial
		for _, d := range m.Dues {
			if (d.State == gen.DueStateNotAgreed) != (d.Refusal != nil) {
				t.Errorf("%+v", d)
			}
			switch {
			case d.Refusal != nil:
				found.refused[string(d.Refusal.Code)]++
				if !strings.Contains(d.Refusal.Text.Fa, "توافق") || !strings.Contains(d.Refusal.Text.En, "agreement") {
					t.Errorf("%+v", d.Refusal)
				}
			case d.State == gen.DueStateAssessed:
				found.balances = append(found.balances, d.BalanceRial)
			}
		}
	}
	return found
}

// TestAnInquiryShowsNothingThatTheOrderRefuses changes the agreement of Shiraz with the office again and again: what is shown as payable can be ordered, due by due, and
// what is not is refused with the code that was shown.
func TestAnInquiryShowsNothingThatTheOrderRefuses(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	free := shiraz(t, c.Inquire(apitest.Plate))
	years := len(free.balances)
	least, most := free.balances[0], free.balances[0]
	for _, b := range free.balances {
		least, most = min(least, b), max(most, b)
	}
	if years < 3 || least == most || free.city.Agreement == nil || free.city.Agreement.Charges != nil || len(free.refused) != 0 {
		t.Fatalf("%+v", free)
	}
	for i, step := range []struct {
		terms   map[string]any
		refused map[string]int
	}{
		{map[string]any{"charges": []string{"pollution_levy"}, "methods": []string{"terminal"}}, map[string]int{"charge_not_agreed": years}},
		{map[string]any{"order_ceiling_rial": most - 1}, map[string]int{"order_above_ceiling": 1}},
		{map[string]any{"day_ceiling_rial": least - 1}, map[string]int{"day_above_ceiling": years}},
		{map[string]any{"order_ceiling_rial": most, "day_ceiling_rial": 2 * most}, map[string]int{}},
	} {
		agreed(t, s, string(rune('1'+i)), step.terms)
		q := c.Inquire(apitest.Plate)
		got := shiraz(t, q)
		if !maps.Equal(got.refused, step.refused) {
			t.Errorf("%v: refused %v", step.terms, got.refused)
		}
		var open, payable int64
		for _, d := range got.city.Dues {
			answer := c.Once("POST", "/v1/orders", orderFor(q.Id, apitest.Shiraz, d.FiscalYear))
			if d.Refusal != nil {
				c.Refused(answer, 403, string(d.Refusal.Code))
				continue
			}
			var order gen.Order
			c.Must(answer, 201, &order)
			c.Must(c.Once("POST", "/v1/orders/"+order.Id.String()+"/cancellation", nil), 200, nil)
			open, payable = open+1, payable+d.BalanceRial
		}
		if got.payable != payable || int(open) != years-sum(step.refused) || q.PayableRial != payable+elsewhere(q) {
			t.Errorf("%v: %d of %d rial are payable, %d dues", step.terms, payable, got.payable, open)
		}
		if a := got.city.Agreement; (a.Methods != nil) != (step.terms["methods"] != nil) || (a.OrderCeilingRial != nil) != (step.terms["order_ceiling_rial"] != nil) ||
			(a.LeftTodayRial != nil) != (step.terms["day_ceiling_rial"] != nil) {
			t.Errorf("%v is shown as %+v", step.terms, a)
		}
	}
	// What an order holds is no longer left of the day, and is left again once it is given back.
	q := c.Inquire(apitest.Plate)
	left := *shiraz(t, q).city.Agreement.LeftTodayRial
	var held gen.Order
	c.Must(c.Once("POST", "/v1/orders", orderFor(q.Id, apitest.Shiraz, shiraz(t, q).city.Dues[0].FiscalYear)), 201, &held)
	if now := *shiraz(t, c.Inquire(apitest.Plate)).city.Agreement.LeftTodayRial; now != left-held.TotalRial {
		t.Errorf("%d are left of %d after an order of %d", now, left, held.TotalRial)
	}
	c.Must(c.Once("POST", "/v1/orders/"+held.Id.String()+"/cancellation", nil), 200, nil)
	if now := *shiraz(t, c.Inquire(apitest.Plate)).city.Agreement.LeftTodayRial; now != left {
		t.Errorf("%d are left, not %d", now, left)
	}
	endAgreement(s)
	got := shiraz(t, c.Inquire(apitest.Plate))
	if got.city.State != gen.MunicipalityDuesStateNoAgreement || got.payable != 0 || !maps.Equal(got.refused, map[string]int{"no_agreement": years}) || got.city.Agreement != nil {
		t.Errorf("%+v", got)
	}
}

func endAgreement(s *apitest.Server) {
	s.Platform(`INSERT INTO agreement_proposals (municipality_id, id, office_id, kind, valid_from, reason, proposed_by, proposed_at, expires_at, state, decided_by, decided_at)
	  SELECT municipality_id, gen_random_uuid(), office_id, 'end', scope_today(), 'x', proposed_by, now(), now(), 'approved', decided_by, now() FROM agreement_proposals LIMIT 1`)
	s.Platform(`INSERT INTO agreements (municipality_id, office_id, number, valid_from, ends, proposal_id) SELECT municipality_id, office_id, 99, valid_from, true, id
	  FROM agreement_proposals WHERE kind = 'end'`)
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// elsewhere is what an inquiry offers outside Shiraz.
func elsewhere(q gen.Inquiry) (rial int64) {
	for _, m := range q.Municipalities {
		if m.Municipality.Code != apitest.Shiraz {
			rial += m.PayableRial
		}
	}
	return rial
}

// TestAPacksTemplateBecomesTheText through the API: an operator applies a pack, its template is the city's text to the byte, a running agreement shows that it was made over an
// older one, and goes on.
func TestAPacksTemplateBecomesTheText(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	agreed(t, s, "1405-1", map[string]any{})
	operator, admin, manager := s.SignIn(apitest.PlatformOperator), s.SignIn(apitest.CityAdmin), s.SignIn(apitest.Manager)
	var config gen.MunicipalityConfig
	operator.Must(operator.Do("GET", cityPath(apitest.Shiraz, "/config"), nil), 200, &config)
	const template = "متن توافق‌نامه\n  ماده ۱: \tدفتر می‌پذیرد «…»\n"
	var pack map[string]any
	if err := json.Unmarshal(config.Pack, &pack); err != nil {
		t.Fatal(err)
	}
	pack["agreement_template"] = template
	operator.Must(operator.Do("PUT", cityPath(apitest.Shiraz, "/config"), map[string]any{"number": config.Number, "reason": "council", "pack": pack}), 200, nil)

	var texts gen.AgreementTexts
	admin.Must(admin.Do("GET", "/v1/agreements/texts", nil), 200, &texts)
	if len(texts.Texts) != 2 || texts.Texts[0].Version != "pack-1" || texts.Texts[0].Number != 2 || texts.Texts[0].TextFa != nil || *texts.Texts[0].Config != 1 || texts.Texts[1].Config != nil {
		t.Errorf("%+v", texts.Texts)
	}
	hash := sha256.Sum256([]byte(template))
	for name, c := range map[string]*apitest.Client{"city": admin, "office": manager, "another office with an agreement": s.SignIn(apitest.OtherManager)} {
		var text gen.AgreementText
		c.Must(c.Do("GET", "/v1/agreements/texts/122/pack-1", nil), 200, &text)
		if *text.TextFa != template || text.Sha256 != hex.EncodeToString(hash[:]) || text.MunicipalityCode != apitest.Shiraz || *text.OfferedBy != personOf(t, s, apitest.PlatformOperator) {
			t.Errorf("%s: %+v", name, text)
		}
	}
	stranger := s.SignIn(apitest.ForeignAdmin)
	stranger.Refused(stranger.Do("GET", "/v1/agreements/texts/122/pack-1", nil), 404, "agreement_text_not_found")
	var list gen.AgreementList
	manager.Must(manager.Do("GET", "/v1/agreements", nil), 200, &list)
	found := false
	for _, a := range list.Agreements {
		if a.TextVersion != nil {
			found = true
			if *a.TextVersion != "1405-1" || a.NewerText == nil || *a.NewerText != "pack-1" || !a.Holds || a.AcceptedBy == nil || a.AcceptedAt == nil {
				t.Errorf("%+v", a)
			}
		} else if a.NewerText != nil {
			t.Errorf("%+v", a)
		}
	}
	if !found {
		t.Error("the agreement is gone")
	}
}
