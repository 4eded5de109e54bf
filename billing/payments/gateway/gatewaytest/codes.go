package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"mofasa/billing/payments/gateway"
)

// everyCode: each documented code of each call, and that the table names them all in both languages.
func everyCode(t *testing.T, rig Rig) {
	cases := map[gateway.Operation]map[string]gateway.Outcome{}
	for _, c := range rig.Codes {
		if cases[c.Op] == nil {
			cases[c.Op] = map[string]gateway.Outcome{}
		}
		cases[c.Op][c.Code] = c.Want
		rig.Bank.Answer(t, c.Op, c.Code)
		if got := ask(t, rig, c.Op); got != c.Want {
			t.Errorf("%s answered by %s: %s, want %s", c.Op, c.Code, got, c.Want)
		}
	}
	for _, code := range rig.Documented {
		if code.Persian == "" || code.English == "" || len(code.Means) == 0 {
			t.Errorf("code %s lacks words or meanings", code.Value)
		}
		for op := range code.Means {
			if cases[op][code.Value] == "" && !success(op, code) {
				t.Errorf("code %s of %s is documented and not tried", code.Value, op)
			}
		}
	}
}

// success: the other cases of the suite try these, not by an arranged code.
func success(op gateway.Operation, code gateway.Code) bool {
	switch code.Means[op] {
	case gateway.Started, "told", gateway.Outcome(gateway.Verified), gateway.Outcome(gateway.Repeated), gateway.Outcome(gateway.Pending), gateway.Outcome(gateway.Paid),
		gateway.Outcome(gateway.Cancelled), gateway.Outcome(gateway.Failed), gateway.Outcome(gateway.Expired):
		return true
	}
	return code.Value == "0" || code.Value == "100"
}

// ask makes one call of a session that the bank was told to answer with a code, and names what came.
func ask(t *testing.T, rig Rig, op gateway.Operation) gateway.Outcome {
	t.Helper()
	request := attempt()
	request.MerchantReference = fmt.Sprintf("7%09d", rig.Bank.Calls())
	session, err := rig.Gateway.Start(t.Context(), request)
	if op == gateway.OpStart {
		return outcome(gateway.Answer{}, err)
	}
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	sale := gateway.Sale{Token: session.Token, MerchantReference: request.MerchantReference, Amount: amount}
	reference := decide(t, rig, session, true)
	call := map[gateway.Operation]func(context.Context, string, gateway.Sale) (gateway.Answer, error){
		gateway.OpInquire: rig.Gateway.Inquire, gateway.OpVerify: rig.Gateway.Verify, gateway.OpReverse: rig.Gateway.Reverse,
	}[op]
	answer, err := call(t.Context(), reference, sale)
	if rig.Bank.Bookings(t, session).Reversed {
		t.Errorf("%s: the bank did what it declined", op)
	}
	return outcome(answer, err)
}

func outcome(answer gateway.Answer, err error) gateway.Outcome {
	var refused *gateway.Refused
	var wrong *gateway.Misconfigured
	var unsure *gateway.Uncertain
	switch {
	case err == nil:
		return gateway.Outcome(answer.State)
	case errors.As(err, &refused):
		return gateway.IsRefused
	case errors.As(err, &wrong):
		return gateway.Misconfigures
	case errors.As(err, &unsure):
		return gateway.IsUncertain
	}
	return gateway.Outcome(err.Error())
}
