package payments

import (
	"context"
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
)

var began = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

func attempt() Payment {
	return Payment{State: Sent, Terminal: "1", MerchantRef: "m", Amount: 5000, Token: "t", Reference: "r", CreatedAt: began}
}

func answer(state gateway.State, change func(*gateway.Answer)) gateway.Answer {
	a := gateway.Answer{State: state, Reference: "r", MerchantReference: "m", Terminal: "1", Amount: 5000, Affective: 5000}
	if change != nil {
		change(&a)
	}
	return a
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	unanswered := &gateway.Uncertain{Op: gateway.OpVerify, Err: context.DeadlineExceeded}
	early, late := false, true // whether every window is closed
	inquiry := func(a gateway.Answer, err error, closed bool) verdict { return judgeInquiry(attempt(), a, err, closed) }
	verify := func(a gateway.Answer, err error, c claim) verdict { return judgeVerify(attempt(), a, err, c) }
	for name, is := range map[string]struct {
		got    verdict
		state  State
		reason string
	}{
		"inquiry paid":             {inquiry(answer(gateway.Paid, nil), nil, early), Confirmed, ""},
		"inquiry other amount":     {inquiry(answer(gateway.Paid, func(a *gateway.Answer) { a.Amount = 4999 }), nil, early), Suspense, "mismatch"},
		"inquiry discounted":       {inquiry(answer(gateway.Paid, func(a *gateway.Answer) { a.Affective = 4999 }), nil, early), Suspense, "mismatch"},
		"inquiry other terminal":   {inquiry(answer(gateway.Paid, func(a *gateway.Answer) { a.Terminal = "2" }), nil, early), Suspense, "mismatch"},
		"inquiry other order":      {inquiry(answer(gateway.Paid, func(a *gateway.Answer) { a.MerchantReference = "n" }), nil, early), Suspense, "mismatch"},
		"inquiry no reference":     {inquiry(answer(gateway.Paid, func(a *gateway.Answer) { a.Reference = "" }), nil, early), Suspense, "mismatch"},
		"inquiry cancelled":        {inquiry(answer(gateway.Cancelled, nil), nil, early), Failed, "cancelled"},
		"inquiry pending":          {inquiry(answer(gateway.Pending, nil), nil, early), Sent, ""},
		"inquiry not found early":  {inquiry(answer(gateway.NotFound, nil), nil, early), Sent, ""},
		"inquiry not found late":   {inquiry(answer(gateway.NotFound, nil), nil, late), Failed, "expired"},
		"inquiry no answer":        {inquiry(gateway.Answer{}, unanswered, early), Unknown, "no_answer"},
		"inquiry misconfigured":    {inquiry(gateway.Answer{}, &gateway.Misconfigured{}, early), Unknown, "terminal_refused"},
		"inquiry never answered":   {inquiry(gateway.Answer{}, unanswered, late), Failed, "never_claimed"},
		"verified":                 {verify(answer(gateway.Verified, nil), nil, claim{false, early}), Captured, ""},
		"verified, other amount":   {verify(answer(gateway.Verified, func(a *gateway.Answer) { a.Amount = 1 }), nil, claim{false, early}), Suspense, "mismatch"},
		"verified, other money":    {verify(answer(gateway.Verified, func(a *gateway.Answer) { a.Reference = "s" }), nil, claim{false, early}), Suspense, "mismatch"},
		"repeated with details":    {verify(answer(gateway.Repeated, nil), nil, claim{true, early}), Captured, ""},
		"repeated without details": {verify(gateway.Answer{State: gateway.Repeated}, nil, claim{true, early}), Captured, ""},
		"repeated, other amount":   {verify(answer(gateway.Repeated, func(a *gateway.Answer) { a.Amount = 1 }), nil, claim{true, early}), Suspense, "mismatch"},
		"too late at first":        {verify(answer(gateway.Expired, nil), nil, claim{false, early}), Failed, "expired"},
		"too late after a claim":   {verify(answer(gateway.Expired, nil), nil, claim{true, early}), Suspense, "expired_after_claim"},
		"reversed":                 {verify(answer(gateway.Reversed, nil), nil, claim{true, early}), Failed, "reversed"},
		"not found":                {verify(answer(gateway.NotFound, nil), nil, claim{true, early}), Unknown, "not_found"},
		"never found":              {verify(answer(gateway.NotFound, nil), nil, claim{true, late}), Suspense, "never_verified"},
		"no answer":                {verify(gateway.Answer{}, unanswered, claim{true, early}), Unknown, "no_answer"},
		"no answer, ever":          {verify(gateway.Answer{}, unanswered, claim{true, late}), Suspense, "never_verified"},
		"start answered":           {judgeStart(nil), Sent, ""},
		"start unanswered":         {judgeStart(&gateway.Uncertain{}), Unknown, "no_answer"},
		"start refused":            {judgeStart(&gateway.Refused{}), Failed, "provider_refused"},
		"start never sent":         {judgeStart(&gateway.Invalid{}), Failed, "provider_refused"},
	} {
		if is.got.state != is.state || is.got.reason != is.reason {
			t.Errorf("%s: %s %q, want %s %q", name, is.got.state, is.got.reason, is.state, is.reason)
		}
	}
}

// TestNoErrorFailsAPayment: whatever goes wrong while a window of the provider may be open, only its own word may fail a payment (I3).
func TestNoErrorFailsAPayment(t *testing.T) {
	t.Parallel()
	for _, err := range []error{&gateway.Uncertain{}, &gateway.Misconfigured{}, &gateway.Refused{}, &gateway.Invalid{}, context.Canceled} {
		for _, v := range []verdict{judgeInquiry(attempt(), gateway.Answer{}, err, false), judgeVerify(attempt(), gateway.Answer{}, err, claim{true, false})} {
			if v.state != Unknown {
				t.Errorf("%T makes it %s", err, v.state)
			}
		}
	}
}
