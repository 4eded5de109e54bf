package api_test

import (
	"testing"

	"mofasa/api/apitest"
	"mofasa/api/gen"
)

// refundsOf is what somebody reads of a payment's refunds, and of all of their home.
func (r *refunding) refundsOf(c *apitest.Client) (ofPayment, ofHome []gen.Refund) {
	r.t.Helper()
	var one gen.PaymentRefunds
	var all gen.RefundList
	c.Must(c.Do("GET", r.path("refunds"), nil), 200, &one)
	c.Must(c.Do("GET", "/v1/refunds", nil), 200, &all)
	return one.Refunds, all.Refunds
}

// TestACashierReadsWhatBecameOfARefund: of the own office's payments, from the request to its end, with what the city said, and asks for none; another office reads nothing of it.
func TestACashierReadsWhatBecameOfARefund(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	stranger := r.SignIn(apitest.OtherCashier)
	wantBoth := func(state gen.RefundState, n int, remark string) {
		t.Helper()
		ofPayment, ofHome := r.refundsOf(r.cashier)
		for _, list := range [][]gen.Refund{ofPayment, ofHome} {
			if len(list) != n || list[0].State != state || given(list[0].Remark) != remark {
				t.Errorf("%+v, want %d, the newest %s with %q", list, n, state, remark)
			}
		}
		stranger.Refused(stranger.Do("GET", r.path("refunds"), nil), 404, "payment_unknown")
		var foreign gen.RefundList
		if stranger.Must(stranger.Do("GET", "/v1/refunds", nil), 200, &foreign); len(foreign.Refunds) != 0 {
			t.Errorf("another office reads %+v", foreign)
		}
	}
	part := r.part(r.cashier, apitest.Shiraz)
	body := refundBody(part.AvailableRial, map[string]any{"bill_id": part.BillId})
	r.cashier.Refused(r.cashier.Once("POST", r.path("refund-requests"), body), 403, "not_permitted")
	var asked gen.RefundList
	r.manager.Must(r.manager.Once("POST", r.path("refund-requests"), body), 202, &asked)
	wantBoth(gen.RefundStateWaiting, 1, "")
	r.admin.Must(r.decide(r.admin, *asked.Refunds[0].ApprovalId, "refuse"), 200, nil)
	wantBoth(gen.RefundStateRefused, 1, "looked at")
	r.manager.Must(r.manager.Once("POST", r.path("refund-requests"), body), 202, &asked)
	wantBoth(gen.RefundStateWaiting, 2, "")
	r.admin.Must(r.decide(r.admin, *asked.Refunds[0].ApprovalId, "approve"), 200, nil)
	wantBoth(gen.RefundStateGranted, 2, "")
}

// TestWordsAboutARefundStayWithWhomTheyWereSaidTo: what a city says to its own treasurer an office does not read, and what the platform says to its own people no city.
func TestWordsAboutARefundStayWithWhomTheyWereSaidTo(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	r.Platform(`UPDATE municipalities SET settings = settings || '{"refund_threshold_rial": 0}' WHERE id IN (?, 0)`, apitest.Shiraz)
	words := func(c *apitest.Client) (remark string) {
		t.Helper()
		ofPayment, ofHome := r.refundsOf(c)
		if len(ofPayment) == 0 || len(ofHome) == 0 || ofPayment[0].State != gen.RefundStateRefused || given(ofPayment[0].Remark) != given(ofHome[0].Remark) {
			t.Fatalf("%+v, %+v", ofPayment, ofHome)
		}
		return given(ofPayment[0].Remark)
	}
	part := r.part(r.treasurer, apitest.Shiraz)
	made := r.refund(r.treasurer, part.AvailableRial, nil)
	r.admin.Must(r.decide(r.admin, *made[0].ApprovalId, "refuse"), 200, nil)
	if city, platform, office := words(r.treasurer), words(r.operator), words(r.manager); city != "looked at" || platform != "looked at" || office != "" {
		t.Errorf("of its own refund the city reads %q, the platform %q, the office %q", city, platform, office)
	}
	whole := r.refund(r.operator, r.payment.AmountRial-fee(r.payment), nil)
	r.second.Must(r.decide(r.second, *whole[0].ApprovalId, "refuse"), 200, nil)
	if city, platform, office := words(r.treasurer), words(r.operator), words(r.manager); city != "" || platform != "looked at" || office != "" {
		t.Errorf("of the platform's the city reads %q, the platform %q, the office %q", city, platform, office)
	}
}

func fee(p gen.Payment) int64 { return given(p.FeeRial) }

// given is what is there, or nothing.
func given[T any](v *T) (value T) {
	if v != nil {
		value = *v
	}
	return value
}
