package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
)

func describes(t *testing.T, rig Rig) {
	g := rig.Gateway
	limits, windows := g.Limits(), g.Limits().Windows
	if g.Provider() == "" || g.Provider() != strings.ToLower(g.Provider()) || g.Terminal() == "" || limits.MaxSplits < 1 {
		t.Fatalf("provider %q, terminal %q, limits %+v", g.Provider(), g.Terminal(), limits)
	}
	if windows.Pay <= 0 || windows.Verify <= 0 || windows.Reverse <= 0 || windows.Closed < windows.Pay+windows.Verify {
		t.Fatalf("windows %+v", windows)
	}
}

func paidAndVerified(t *testing.T, rig Rig) {
	session, sale := start(t, rig)
	answer, err := rig.Gateway.Inquire(t.Context(), "", sale)
	wantState(t, "Inquire before payment", answer, err, unknownYet(rig, gateway.Pending)...)
	reference := decide(t, rig, session, true)
	answer, err = rig.Gateway.Inquire(t.Context(), reference, sale)
	wantState(t, "Inquire after payment", answer, err, gateway.Paid)
	if err := answer.Matches(reference, rig.Gateway.Terminal(), sale); err != nil {
		t.Fatalf("Inquire after payment: %v", err)
	}
	if rig.Bank.Bookings(t, session).Verified {
		t.Fatal("an inquiry claimed the money")
	}
	answer = verify(t, rig, paid{session, sale, reference})
	if answer.Code == "" {
		t.Fatalf("verified answer is incomplete: %+v", answer)
	}
	if digits := len(answer.MaskedPAN) - strings.Count(answer.MaskedPAN, "*"); answer.MaskedPAN != "" && digits != 10 {
		t.Fatalf("masked PAN shows %d characters, want 10", digits)
	}
}

// unknownYet are states of a sale that has no reference: at some providers nothing can be asked without one.
func unknownYet(rig Rig, states ...gateway.State) []gateway.State {
	if rig.Gateway.Limits().ReferenceByCallback {
		return append(states, gateway.NotFound)
	}
	return states
}

func verifiedTwice(t *testing.T, rig Rig) {
	p := pay(t, rig)
	first := verify(t, rig, p)
	second := verifyAgain(t, rig, p)
	if first.RRN != second.RRN || first.TraceNo != second.TraceNo || !first.PaidAt.Equal(second.PaidAt) {
		t.Fatalf("two verifications tell two sales: %+v, %+v", first, second)
	}
}

func verifiedRepeatedly(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, VerifyRepeated)
	p := pay(t, rig)
	verify(t, rig, p)
	ours(t, rig, p, gateway.Repeated)
}

func verifiedByMany(t *testing.T, rig Rig) {
	p := pay(t, rig)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			answer, err := rig.Gateway.Verify(t.Context(), p.reference, p.Sale)
			if err != nil || (answer.State != gateway.Verified && answer.State != gateway.Repeated) {
				t.Errorf("Verify: state %q, error %v", answer.State, err)
			}
		})
	}
	all.Wait()
}

func cancelled(t *testing.T, rig Rig) {
	session, sale := start(t, rig)
	if reference := decide(t, rig, session, false); reference != "" {
		t.Fatal("a cancelled session came back with a reference")
	}
	answer, err := rig.Gateway.Inquire(t.Context(), "", sale)
	wantState(t, "Inquire", answer, err, unknownYet(rig, gateway.Cancelled, gateway.Failed)...)
	if answer.Reference != "" {
		t.Fatal("a cancelled session has a reference")
	}
}

func bankRefuses(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, PaymentFails)
	session, sale := start(t, rig)
	if reference := decide(t, rig, session, true); reference != "" {
		t.Fatal("a failed payment has a reference")
	}
	answer, err := rig.Gateway.Inquire(t.Context(), "", sale)
	wantState(t, "Inquire", answer, err, unknownYet(rig, gateway.Failed)...)
}

func sessionExpires(t *testing.T, rig Rig) {
	session, sale := start(t, rig)
	rig.Bank.Advance(t, max(rig.windows().Pay, session.ExpiresIn)+time.Minute)
	if reference := decide(t, rig, session, true); reference != "" {
		t.Fatal("an expired session took money")
	}
	answer, err := rig.Gateway.Inquire(t.Context(), "", sale)
	wantState(t, "Inquire", answer, err, gateway.Expired, gateway.Failed, gateway.NotFound)
}

func verifiedInTime(t *testing.T, rig Rig) {
	p := pay(t, rig)
	rig.Bank.Advance(t, rig.windows().Verify-time.Minute)
	verify(t, rig, p)
}

func verifiedTooLate(t *testing.T, rig Rig) {
	p := pay(t, rig)
	rig.Bank.Advance(t, rig.windows().Verify+time.Minute)
	answer, err := rig.Gateway.Verify(t.Context(), p.reference, p.Sale)
	wantState(t, "Verify", answer, err, gateway.Expired, gateway.Reversed, gateway.Failed)
	answer, err = rig.Gateway.Inquire(t.Context(), p.reference, p.Sale)
	wantState(t, "Inquire", answer, err, gateway.NotFound, gateway.Reversed, gateway.Failed, gateway.Expired)
	if rig.Bank.Bookings(t, p.Session).Verified {
		t.Fatal("the bank booked a verification that came too late")
	}
}

func unknown(t *testing.T, rig Rig) {
	sale := gateway.Sale{Token: rig.UnknownToken, Amount: amount}
	for name, call := range map[string]func(context.Context, string, gateway.Sale) (gateway.Answer, error){
		"Verify": rig.Gateway.Verify, "Reverse": rig.Gateway.Reverse, "Inquire": rig.Gateway.Inquire,
	} {
		answer, err := call(t.Context(), rig.UnknownReference, sale)
		wantState(t, name, answer, err, gateway.NotFound)
	}
}

// otherAmount: a provider that tells the amount is caught by comparison, one that compares by itself declines.
func otherAmount(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, VerifyOtherAmount)
	p := pay(t, rig)
	answer, err := rig.Gateway.Verify(t.Context(), p.reference, p.Sale)
	if err != nil {
		wantError[*gateway.Refused](t, "Verify", err, p.reference, p.Sale.Token)
		if rig.Bank.Bookings(t, p.Session).Verified {
			t.Fatal("the bank booked what it declined")
		}
		return
	}
	mismatch := wantError[*gateway.Mismatch](t, "Matches", answer.Matches(p.reference, rig.Gateway.Terminal(), p.Sale), p.reference)
	if !slices.Contains(mismatch.Fields, "amount") {
		t.Fatalf("mismatch in %q, want amount among them", mismatch.Fields)
	}
}

func verifyMisconfigured(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, VerifyMisconfig)
	p := pay(t, rig)
	_, err := rig.Gateway.Verify(t.Context(), p.reference, p.Sale)
	wantError[*gateway.Misconfigured](t, "Verify", err, p.reference, p.Sale.Token)
	if rig.Bank.Bookings(t, p.Session).Verified {
		t.Fatal("the bank booked a verification that it declined")
	}
}

// verifyUncertain: whatever happened on the way, the first answer is uncertain and a repetition settles it.
func verifyUncertain(t *testing.T, rig Rig, fault Fault) {
	rig.Bank.Arrange(t, fault)
	p := pay(t, rig)
	before := rig.Bank.Calls()
	_, err := rig.Gateway.Verify(t.Context(), p.reference, p.Sale)
	uncertain := wantError[*gateway.Uncertain](t, "Verify", err, p.reference, p.Sale.Token)
	if uncertain.Op != gateway.OpVerify {
		t.Fatalf("operation %q, want verify", uncertain.Op)
	}
	if fault == VerifySlow && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error %v, want a deadline", err)
	}
	if calls := rig.Bank.Calls() - before; calls != 1 {
		t.Fatalf("one Verify made %d calls, want 1: the caller decides about repetitions", calls)
	}
	effect := fault == VerifyLost || fault == VerifySlow || fault == VerifyGarbage
	if booked := rig.Bank.Bookings(t, p.Session).Verified; booked != effect {
		t.Fatalf("the bank has booked the verification: %v, want %v", booked, effect)
	}
	verifyAgain(t, rig, p)
}

// claimUncertain: a claim that broke off between its steps is uncertain, and a repetition finishes it.
func claimUncertain(t *testing.T, rig Rig, fault Fault) {
	rig.Bank.Arrange(t, fault)
	p := pay(t, rig)
	_, err := rig.Gateway.Verify(t.Context(), p.reference, p.Sale)
	wantError[*gateway.Uncertain](t, "Verify", err, p.reference, p.Sale.Token)
	if booked := rig.Bank.Bookings(t, p.Session); !booked.Verified || booked.Claimed != (fault == ClaimLost) {
		t.Fatalf("the bank has booked %+v", booked)
	}
	answer, err := rig.Gateway.Inquire(t.Context(), p.reference, p.Sale)
	wantState(t, "Inquire", answer, err, map[bool]gateway.State{true: gateway.Verified, false: gateway.Paid}[fault == ClaimLost])
	verifyAgain(t, rig, p)
}

func callerGivesUp(t *testing.T, rig Rig) {
	p := pay(t, rig)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := rig.Gateway.Verify(gone, p.reference, p.Sale)
	wantError[*gateway.Uncertain](t, "Verify", err, p.reference, p.Sale.Token)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want the caller's cancellation inside", err)
	}
}

func inquireUncertain(t *testing.T, rig Rig, fault Fault) {
	rig.Bank.Arrange(t, fault)
	p := pay(t, rig)
	_, err := rig.Gateway.Inquire(t.Context(), p.reference, p.Sale)
	wantError[*gateway.Uncertain](t, "Inquire", err, p.reference, p.Sale.Token)
	answer, err := rig.Gateway.Inquire(t.Context(), p.reference, p.Sale)
	wantState(t, "Inquire again", answer, err, gateway.Paid)
}

func startRefused(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, StartRefused)
	_, err := rig.Gateway.Start(t.Context(), attempt())
	if refused := wantError[*gateway.Refused](t, "Start", err); refused.Code == "" {
		t.Fatal("refused without a code")
	}
}

func startUncertain(t *testing.T, rig Rig, fault Fault) {
	rig.Bank.Arrange(t, fault)
	session, err := rig.Gateway.Start(t.Context(), attempt())
	wantError[*gateway.Uncertain](t, "Start", err)
	if session != (gateway.Session{}) {
		t.Fatal("an uncertain start gave a session")
	}
}

func emptyInput(t *testing.T, rig Rig) {
	_, err := rig.Gateway.Start(t.Context(), gateway.StartRequest{})
	wantError[*gateway.Invalid](t, "Start", err)
	_, err = rig.Gateway.Inquire(t.Context(), "", gateway.Sale{})
	wantError[*gateway.Invalid](t, "Inquire", err)
	_, err = rig.Gateway.Verify(t.Context(), "", gateway.Sale{})
	wantError[*gateway.Invalid](t, "Verify", err)
	_, err = rig.Gateway.Reverse(t.Context(), "", gateway.Sale{})
	wantError[*gateway.Invalid](t, "Reverse", err)
	if rig.Bank.Calls() != 0 {
		t.Fatal("an empty request left the process")
	}
}

func printing(t *testing.T, rig Rig) {
	session, sale := start(t, rig)
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "session", session, "sale", sale)
	printed := fmt.Sprintf("%v %+v %s %v %+v %s", session, session, session, sale, sale, logged.String())
	if strings.Contains(printed, session.Token) {
		t.Fatal("a printed session or sale tells the token")
	}
}
