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

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
)

func describes(t *testing.T, rig Rig) {
	g := rig.Gateway
	if g.Provider() == "" || g.Provider() != strings.ToLower(g.Provider()) || g.Terminal() == "" || g.MaxSplits() < 1 {
		t.Fatalf("provider %q, terminal %q, splits %d", g.Provider(), g.Terminal(), g.MaxSplits())
	}
}

func paidAndVerified(t *testing.T, rig Rig) {
	session, sale := start(t, rig)
	answer, err := rig.Gateway.Inquire(t.Context(), session.Token)
	wantState(t, "Inquire before payment", answer, err, gateway.Pending)
	reference := rig.Bank.Pay(t, session)
	answer, err = rig.Gateway.Inquire(t.Context(), session.Token)
	wantState(t, "Inquire after payment", answer, err, gateway.Paid)
	if err := answer.Matches(reference, rig.Gateway.Terminal(), sale); err != nil {
		t.Fatalf("Inquire after payment: %v", err)
	}
	if rig.Bank.Bookings(t, reference).Verified {
		t.Fatal("an inquiry claimed the money")
	}
	answer = verify(t, rig, reference, sale)
	if answer.RRN == "" || answer.TraceNo == "" || answer.PaidAt.IsZero() || answer.Code == "" {
		t.Fatalf("verified answer is incomplete: %+v", answer)
	}
	if digits := len(answer.MaskedPAN) - strings.Count(answer.MaskedPAN, "*"); digits != 10 {
		t.Fatalf("masked PAN shows %d characters, want 10", digits)
	}
	if !rig.Bank.Bookings(t, reference).Verified {
		t.Fatal("the bank has not booked the verification")
	}
}

func verifiedTwice(t *testing.T, rig Rig) {
	reference, sale := pay(t, rig)
	first := verify(t, rig, reference, sale)
	second := verify(t, rig, reference, sale)
	if first.RRN != second.RRN || !first.PaidAt.Equal(second.PaidAt) {
		t.Fatalf("two verifications tell two sales: %+v, %+v", first, second)
	}
}

func verifiedRepeatedly(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, VerifyRepeated)
	reference, sale := pay(t, rig)
	verify(t, rig, reference, sale)
	answer, err := rig.Gateway.Verify(t.Context(), reference, sale)
	wantState(t, "second Verify", answer, err, gateway.Repeated)
	if err := answer.Matches(reference, rig.Gateway.Terminal(), sale); err != nil {
		t.Fatal(err)
	}
}

func verifiedByMany(t *testing.T, rig Rig) {
	reference, sale := pay(t, rig)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			answer, err := rig.Gateway.Verify(t.Context(), reference, sale)
			if err != nil || (answer.State != gateway.Verified && answer.State != gateway.Repeated) {
				t.Errorf("Verify: state %q, error %v", answer.State, err)
			}
		})
	}
	all.Wait()
}

func cancelled(t *testing.T, rig Rig) {
	session, _ := start(t, rig)
	rig.Bank.Cancel(t, session)
	answer, err := rig.Gateway.Inquire(t.Context(), session.Token)
	wantState(t, "Inquire", answer, err, gateway.Cancelled)
	if answer.Reference != "" {
		t.Fatal("a cancelled session has a reference")
	}
}

func bankRefuses(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, PaymentFails)
	session, _ := start(t, rig)
	if reference := rig.Bank.Pay(t, session); reference != "" {
		t.Fatal("a failed payment has a reference")
	}
	answer, err := rig.Gateway.Inquire(t.Context(), session.Token)
	wantState(t, "Inquire", answer, err, gateway.Failed)
}

func sessionExpires(t *testing.T, rig Rig) {
	session, _ := start(t, rig)
	rig.Bank.Advance(t, rig.SessionLife+time.Minute)
	answer, err := rig.Gateway.Inquire(t.Context(), session.Token)
	wantState(t, "Inquire", answer, err, gateway.Expired, gateway.Failed, gateway.NotFound)
}

func verifiedTooLate(t *testing.T, rig Rig) {
	reference, sale := pay(t, rig)
	rig.Bank.Advance(t, rig.VerifyWindow+time.Minute)
	answer, err := rig.Gateway.Verify(t.Context(), reference, sale)
	wantState(t, "Verify", answer, err, gateway.Expired, gateway.Reversed)
	answer, err = rig.Gateway.Inquire(t.Context(), sale.Token)
	wantState(t, "Inquire", answer, err, gateway.NotFound, gateway.Reversed, gateway.Failed, gateway.Expired)
}

func unknown(t *testing.T, rig Rig) {
	answer, err := rig.Gateway.Verify(t.Context(), rig.UnknownReference, gateway.Sale{Amount: amount})
	wantState(t, "Verify", answer, err, gateway.NotFound)
	answer, err = rig.Gateway.Reverse(t.Context(), rig.UnknownReference, gateway.Sale{Amount: amount})
	wantState(t, "Reverse", answer, err, gateway.NotFound)
	answer, err = rig.Gateway.Inquire(t.Context(), rig.UnknownReference)
	wantState(t, "Inquire", answer, err, gateway.NotFound)
}

func otherAmount(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, VerifyOtherAmount)
	reference, sale := pay(t, rig)
	answer, err := rig.Gateway.Verify(t.Context(), reference, sale)
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	mismatch := wantError[*gateway.Mismatch](t, "Matches", answer.Matches(reference, rig.Gateway.Terminal(), sale), reference)
	if !slices.Contains(mismatch.Fields, "amount") {
		t.Fatalf("mismatch in %q, want amount among them", mismatch.Fields)
	}
}

func verifyMisconfigured(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, VerifyMisconfig)
	reference, sale := pay(t, rig)
	_, err := rig.Gateway.Verify(t.Context(), reference, sale)
	wantError[*gateway.Misconfigured](t, "Verify", err, reference, sale.Token)
	if rig.Bank.Bookings(t, reference).Verified {
		t.Fatal("the bank booked a verification that it declined")
	}
}

// verifyUncertain: whatever happened on the way, the first answer is uncertain and a repetition settles it.
func verifyUncertain(t *testing.T, rig Rig, fault Fault) {
	rig.Bank.Arrange(t, fault)
	reference, sale := pay(t, rig)
	before := rig.Bank.Calls()
	_, err := rig.Gateway.Verify(t.Context(), reference, sale)
	uncertain := wantError[*gateway.Uncertain](t, "Verify", err, reference, sale.Token)
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
	if booked := rig.Bank.Bookings(t, reference).Verified; booked != effect {
		t.Fatalf("the bank has booked the verification: %v, want %v", booked, effect)
	}
	verify(t, rig, reference, sale)
}

func callerGivesUp(t *testing.T, rig Rig) {
	reference, sale := pay(t, rig)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := rig.Gateway.Verify(gone, reference, sale)
	wantError[*gateway.Uncertain](t, "Verify", err, reference, sale.Token)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want the caller's cancellation inside", err)
	}
}

func inquireUncertain(t *testing.T, rig Rig, fault Fault) {
	rig.Bank.Arrange(t, fault)
	session, _ := start(t, rig)
	rig.Bank.Pay(t, session)
	_, err := rig.Gateway.Inquire(t.Context(), session.Token)
	wantError[*gateway.Uncertain](t, "Inquire", err, session.Token)
	answer, err := rig.Gateway.Inquire(t.Context(), session.Token)
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

func reversed(t *testing.T, rig Rig) {
	reference, sale := pay(t, rig)
	verify(t, rig, reference, sale)
	for range 2 {
		answer, err := rig.Gateway.Reverse(t.Context(), reference, sale)
		wantState(t, "Reverse", answer, err, gateway.Reversed)
	}
	if !rig.Bank.Bookings(t, reference).Reversed {
		t.Fatal("the bank has not booked the reversal")
	}
	answer, err := rig.Gateway.Verify(t.Context(), reference, sale)
	wantState(t, "Verify after Reverse", answer, err, gateway.Reversed)
}

func reversedTooLate(t *testing.T, rig Rig) {
	reference, sale := pay(t, rig)
	verify(t, rig, reference, sale)
	rig.Bank.Advance(t, rig.ReverseWindow+time.Minute)
	_, err := rig.Gateway.Reverse(t.Context(), reference, sale)
	wantError[*gateway.Refused](t, "Reverse", err, reference, sale.Token)
	if rig.Bank.Bookings(t, reference).Reversed {
		t.Fatal("the bank booked a reversal that it declined")
	}
}

func reverseLost(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, ReverseLost)
	reference, sale := pay(t, rig)
	verify(t, rig, reference, sale)
	_, err := rig.Gateway.Reverse(t.Context(), reference, sale)
	wantError[*gateway.Uncertain](t, "Reverse", err, reference, sale.Token)
	answer, err := rig.Gateway.Reverse(t.Context(), reference, sale)
	wantState(t, "Reverse again", answer, err, gateway.Reversed)
}

func reverseMisconfigured(t *testing.T, rig Rig) {
	rig.Bank.Arrange(t, ReverseMisconfig)
	reference, sale := pay(t, rig)
	verify(t, rig, reference, sale)
	_, err := rig.Gateway.Reverse(t.Context(), reference, sale)
	wantError[*gateway.Misconfigured](t, "Reverse", err, reference, sale.Token)
}

// ibans are sound numbers of made-up accounts.
func ibans() []string {
	return []string{"IR430610000000700800900100", "IR080170000000100200300400"}
}

func splitAttempt(rows int) gateway.StartRequest {
	request := attempt()
	request.Amount = money.Rial(rows) * 1_000_000
	for i := range rows {
		request.Splits = append(request.Splits, gateway.Split{IBAN: ibans()[i%2], Amount: 1_000_000})
	}
	return request
}

func splitFully(t *testing.T, rig Rig) {
	request := splitAttempt(rig.Gateway.MaxSplits())
	session, err := rig.Gateway.Start(t.Context(), request)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	reference := rig.Bank.Pay(t, session)
	verify(t, rig, reference, gateway.Sale{
		Token: session.Token, MerchantReference: request.MerchantReference, Amount: request.Amount,
	})
}

func splitViolations(t *testing.T, rig Rig) {
	violations := map[string]func(*gateway.StartRequest){
		"too many rows":  func(r *gateway.StartRequest) { *r = splitAttempt(rig.Gateway.MaxSplits() + 1) },
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
		request := splitAttempt(2)
		violate(&request)
		before := rig.Bank.Calls()
		_, err := rig.Gateway.Start(t.Context(), request)
		wantError[*gateway.Invalid](t, name, err)
		if rig.Bank.Calls() != before {
			t.Fatalf("%s: an invalid request left the process", name)
		}
	}
}

func emptyInput(t *testing.T, rig Rig) {
	_, err := rig.Gateway.Start(t.Context(), gateway.StartRequest{})
	wantError[*gateway.Invalid](t, "Start", err)
	_, err = rig.Gateway.Inquire(t.Context(), "")
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
