package gatewaytest

import (
	"testing"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
)

func splitAttempt(rig Rig, rows int) gateway.StartRequest {
	request := attempt()
	request.Amount = money.Rial(rows) * 1_000_000
	for i := range rows {
		request.Splits = append(request.Splits, gateway.Split{IBAN: rig.Accounts[i%len(rig.Accounts)], Amount: 1_000_000})
	}
	return request
}

func splitFully(t *testing.T, rig Rig) {
	claimSplit(t, rig, splitAttempt(rig, rig.Gateway.Limits().MaxSplits))
}

// splitBooked: the bank's books give each account its part, to the rial.
func splitBooked(t *testing.T, rig Rig) {
	request := attempt()
	request.Splits = []gateway.Split{{IBAN: rig.Accounts[0], Amount: amount - 220_001}, {IBAN: rig.Accounts[1], Amount: 220_001}}
	session := claimSplit(t, rig, request)
	booked := rig.Bank.Bookings(t, session).Splits
	own := rig.Gateway.Limits().OwnAccount
	for _, split := range request.Splits {
		if split.IBAN != own && booked[split.IBAN] != split.Amount || len(booked) == 0 {
			t.Fatalf("the bank has booked %v for %+v", booked, request.Splits)
		}
	}
}

func claimSplit(t *testing.T, rig Rig, request gateway.StartRequest) gateway.Session {
	t.Helper()
	session, err := rig.Gateway.Start(t.Context(), request)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	sale := gateway.Sale{Token: session.Token, MerchantReference: request.MerchantReference, Amount: request.Amount}
	verify(t, rig, paid{session, sale, decide(t, rig, session, true)})
	return session
}

func splitViolations(t *testing.T, rig Rig) {
	violations := map[string]func(*gateway.StartRequest){
		"too many rows":  func(r *gateway.StartRequest) { *r = splitAttempt(rig, rig.Gateway.Limits().MaxSplits+1) },
		"one rial short": func(r *gateway.StartRequest) { r.Splits[0].Amount-- },
		"one rial over":  func(r *gateway.StartRequest) { r.Splits[0].Amount++ },
		"empty row":      func(r *gateway.StartRequest) { r.Splits[0].Amount, r.Splits[1].Amount = 0, r.Amount },
		"negative row":   func(r *gateway.StartRequest) { r.Splits[0].Amount, r.Splits[1].Amount = -1, r.Amount+1 },
		"overflow":       func(r *gateway.StartRequest) { r.Splits[0].Amount, r.Splits[1].Amount = 1<<62, 1<<62 },
		"short IBAN":     func(r *gateway.StartRequest) { r.Splits[0].IBAN = r.Splits[0].IBAN[:25] },
		"wrong digit":    func(r *gateway.StartRequest) { r.Splits[0].IBAN = r.Splits[0].IBAN[:25] + "1" },
		"other country":  func(r *gateway.StartRequest) { r.Splits[0].IBAN = "TR" + r.Splits[0].IBAN[2:] },
		"Persian digits": func(r *gateway.StartRequest) { r.Splits[0].IBAN = "IR۴۳۰۶۱۰۰۰۰۰۰۰۷" },
		"short deposit":  func(r *gateway.StartRequest) { r.Splits[0].DepositID = "12345" },
		"no amount":      func(r *gateway.StartRequest) { r.Amount, r.Splits = 0, nil },
		"no callback":    func(r *gateway.StartRequest) { r.CallbackURL = "/relative" },
	}
	for name, violate := range violations {
		request := splitAttempt(rig, 2)
		violate(&request)
		before := rig.Bank.Calls()
		_, err := rig.Gateway.Start(t.Context(), request)
		wantError[*gateway.Invalid](t, name, err)
		if rig.Bank.Calls() != before {
			t.Fatalf("%s: an invalid request left the process", name)
		}
	}
}
