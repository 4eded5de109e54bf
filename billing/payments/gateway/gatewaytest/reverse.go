package gatewaytest

import (
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
)

// claimed gives a sale that can be reversed: a verified one or, where that is too late, one whose last step was dropped.
func claimed(t *testing.T, rig Rig, p paid) {
	t.Helper()
	if !rig.Gateway.Limits().ReverseBeforeClaim {
		verify(t, rig, p)
		return
	}
	_, err := rig.Gateway.Verify(t.Context(), p.reference, p.Sale)
	wantError[*gateway.Uncertain](t, "Verify", err)
}

// reversible arranges the faults of a sale that is to be reversed.
func reversible(t *testing.T, rig Rig) {
	t.Helper()
	if rig.Gateway.Limits().ReverseBeforeClaim {
		rig.Bank.Arrange(t, ClaimDropped)
	}
}

func reversed(t *testing.T, rig Rig) {
	reversible(t, rig)
	p := pay(t, rig)
	claimed(t, rig, p)
	for range 2 {
		answer, err := rig.Gateway.Reverse(t.Context(), p.reference, p.Sale)
		wantState(t, "Reverse", answer, err, gateway.Reversed)
	}
	if !rig.Bank.Bookings(t, p.Session).Reversed {
		t.Fatal("the bank has not booked the reversal")
	}
	answer, err := rig.Gateway.Verify(t.Context(), p.reference, p.Sale)
	wantState(t, "Verify after Reverse", answer, err, gateway.Reversed)
}

func reversedTooLate(t *testing.T, rig Rig) {
	reversible(t, rig)
	p := pay(t, rig)
	claimed(t, rig, p)
	rig.Bank.Advance(t, rig.windows().Reverse+time.Minute)
	notReversed(t, rig, p)
}

// reversedAfterClaim: where only half-claimed money can be reversed, a finished claim stands.
func reversedAfterClaim(t *testing.T, rig Rig) {
	if !rig.Gateway.Limits().ReverseBeforeClaim {
		t.Skip("the provider reverses verified sales")
	}
	p := pay(t, rig)
	verify(t, rig, p)
	notReversed(t, rig, p)
}

func notReversed(t *testing.T, rig Rig, p paid) {
	t.Helper()
	_, err := rig.Gateway.Reverse(t.Context(), p.reference, p.Sale)
	wantError[*gateway.Refused](t, "Reverse", err, p.reference, p.Sale.Token)
	if rig.Bank.Bookings(t, p.Session).Reversed {
		t.Fatal("the bank booked a reversal that it declined")
	}
}

func reverseLost(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, ReverseLost)
	p := pay(t, rig)
	claimed(t, rig, p)
	_, err := rig.Gateway.Reverse(t.Context(), p.reference, p.Sale)
	wantError[*gateway.Uncertain](t, "Reverse", err, p.reference, p.Sale.Token)
	answer, err := rig.Gateway.Reverse(t.Context(), p.reference, p.Sale)
	wantState(t, "Reverse again", answer, err, gateway.Reversed)
}

func reverseMisconfigured(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, ReverseMisconfig)
	p := pay(t, rig)
	claimed(t, rig, p)
	_, err := rig.Gateway.Reverse(t.Context(), p.reference, p.Sale)
	wantError[*gateway.Misconfigured](t, "Reverse", err, p.reference, p.Sale.Token)
}
