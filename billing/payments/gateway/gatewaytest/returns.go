package gatewaytest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
)

// returnLost: where an inquiry finds the reference the sale can be claimed; where only the return names it the money goes back by itself.
func returnLost(t *testing.T, rig Rig) {
	p := pay(t, rig)
	answer, err := rig.Gateway.Inquire(t.Context(), "", p.Sale)
	if rig.Gateway.Limits().ReferenceByCallback {
		wantState(t, "Inquire", answer, err, gateway.NotFound)
		return
	}
	wantState(t, "Inquire", answer, err, gateway.Paid)
	p.reference = answer.Reference
	verify(t, rig, p)
}

// neverOurs: the payer comes back as if all were well, but no call may say that this money is ours.
func neverOurs(t *testing.T, rig Rig, fault Fault) {
	rig.Bank.Arrange(t, fault)
	p := pay(t, rig)
	answer, err := rig.Gateway.Inquire(t.Context(), p.reference, p.Sale)
	if fault == ForgedReturn {
		refuseMoney(t, rig, p, answer, err)
	}
	answer, err = rig.Gateway.Verify(t.Context(), p.reference, p.Sale)
	refuseMoney(t, rig, p, answer, err)
	if fault != WrongTerminal && rig.Bank.Bookings(t, p.Session).Claimed {
		t.Fatal("the bank has booked the money as ours")
	}
}

func refuseMoney(t *testing.T, rig Rig, p paid, answer gateway.Answer, err error) {
	t.Helper()
	claimed := answer.State == gateway.Paid || answer.State == gateway.Verified || answer.State == gateway.Repeated
	if err == nil && claimed && answer.Matches(p.reference, rig.Gateway.Terminal(), p.Sale) == nil {
		t.Fatalf("believed: %+v", answer)
	}
}

// earlyReturn: the payer's return reaches the merchant before Start has been answered; the sale is claimed all the same.
func earlyReturn(t *testing.T, rig Rig, fault Fault) {
	rig.Bank.Arrange(t, fault)
	returns := make(chan url.Values, 1)
	merchant := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ParseForm() == nil {
			r.Form.Del("order")
			returns <- r.Form
		}
	}))
	t.Cleanup(merchant.Close)
	request := attempt()
	request.CallbackURL = merchant.URL + "/cb?order=7"
	session, err := rig.Gateway.Start(t.Context(), request)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	select {
	case values := <-returns:
		callback, err := rig.Returned(values)
		if err != nil || callback.Token != session.Token {
			t.Fatalf("early return: %+v, %v", callback, err)
		}
		verify(t, rig, paid{session, gateway.Sale{Token: session.Token, MerchantReference: request.MerchantReference, Amount: amount}, callback.Reference})
	default:
		t.Fatal("no return came before the session")
	}
}

// lateSuccess: nothing was paid when the payer came back; minutes later it is.
func lateSuccess(t *testing.T, rig Rig, fault Fault) {
	rig.Bank.Arrange(t, fault)
	session, sale := start(t, rig)
	if reference := decide(t, rig, session, true); reference != "" {
		t.Fatal("the return already names a sale")
	}
	answer, err := rig.Gateway.Inquire(t.Context(), "", sale)
	wantState(t, "Inquire", answer, err, unknownYet(rig, gateway.Pending)...)
	rig.Bank.Advance(t, 6*time.Minute)
	reference := decide(t, rig, session, true) // the browser comes back once more
	answer, err = rig.Gateway.Inquire(t.Context(), reference, sale)
	wantState(t, "Inquire later", answer, err, gateway.Paid)
	verify(t, rig, paid{session, sale, reference})
}

// forgedReturns: whatever a browser brings is read or refused, and leads to no session but the named one.
func forgedReturns(t *testing.T, rig Rig) {
	session, _ := start(t, rig)
	sound := rig.Bank.Decide(t, session, true)
	for name := range sound {
		twice := url.Values{}
		for key, values := range sound {
			twice[key] = append([]string(nil), values...)
		}
		twice.Add(name, "another")
		if callback, err := rig.Returned(twice); err == nil && callback.Token != session.Token {
			t.Errorf("two values of %s lead to another session", name)
		}
		without := url.Values{}
		for key, values := range sound {
			if key != name {
				without[key] = values
			}
		}
		if callback, err := rig.Returned(without); err == nil && callback.Token != "" && callback.Token != session.Token {
			t.Errorf("without %s it leads to another session", name)
		}
	}
	if _, err := rig.Returned(url.Values{}); !errors.Is(err, gateway.ErrCallback) {
		t.Errorf("an empty return: %v", err)
	}
}
