// Package gatewaytest is the conformance suite of gateway.Gateway: every adapter passes it against its provider's
// simulator, over the wire. It asserts what callers rely on and nothing of one provider's protocol.
package gatewaytest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
)

// Fault is what the provider does to the next session. Lost: done, but the answer is lost. Dropped: nothing is done and
// nothing is answered.
type Fault string

// The faults that a Bank arranges.
const (
	StartRefused       Fault = "start refused"
	StartLost          Fault = "start lost"
	StartUnavailable   Fault = "start unavailable" // HTTP 5xx
	PaymentFails       Fault = "payment fails"
	InquireLost        Fault = "inquire lost"
	InquireUnavailable Fault = "inquire unavailable" // HTTP 5xx
	VerifyLost         Fault = "verify lost"
	VerifyDropped      Fault = "verify dropped"
	VerifySlow         Fault = "verify slow"        // done, answered after the adapter's timeout
	VerifyUnavailable  Fault = "verify unavailable" // HTTP 5xx, nothing done
	VerifyGarbage      Fault = "verify garbage"     // done, answered by a page of HTML
	VerifyOtherAmount  Fault = "verify other amount"
	VerifyRepeated     Fault = "verify repeated"      // a repetition is answered by the provider's code for it
	VerifyMisconfig    Fault = "verify misconfigured" // terminal or address not accepted
	ReverseLost        Fault = "reverse lost"
	ReverseMisconfig   Fault = "reverse misconfigured"
)

// Bank commands the provider's side. Faults of calls happen once, except the misconfigured ones and the other amount.
type Bank interface {
	Arrange(t testing.TB, fault Fault)               // for the next session
	Pay(t testing.TB, s gateway.Session) string      // the payer pays; the reference that came back, or ""
	Cancel(t testing.TB, s gateway.Session)          // the payer gives up
	Advance(t testing.TB, by time.Duration)          // the provider's clock runs on
	Calls() int                                      // requests that have reached the provider's API
	Bookings(t testing.TB, reference string) Booking // what really became of a sale
}

// Booking is the provider's own ledger of one sale.
type Booking struct{ Verified, Reversed bool }

// Rig is one adapter joined to one provider of its own. The adapter's timeout is short, a few seconds.
type Rig struct {
	Gateway          gateway.Gateway
	Bank             Bank
	UnknownReference string        // well formed, never issued
	SessionLife      time.Duration // longest life of a session with a zero Lifetime
	VerifyWindow     time.Duration // from payment; later the money returns by itself
	ReverseWindow    time.Duration // from payment
}

// Run runs the suite; open gives a fresh rig to each case, because faults and clocks are not shared.
func Run(t *testing.T, open func(t *testing.T) Rig) {
	cases := map[string]func(*testing.T, Rig){
		"describes itself":                        describes,
		"paid, verified":                          paidAndVerified,
		"verified twice":                          verifiedTwice,
		"verified twice, provider says repeated":  verifiedRepeatedly,
		"verified by many at once":                verifiedByMany,
		"cancelled":                               cancelled,
		"bank refuses the card":                   bankRefuses,
		"session not used in time":                sessionExpires,
		"verified too late":                       verifiedTooLate,
		"unknown reference and token":             unknown,
		"verify tells another amount":             otherAmount,
		"verify misconfigured":                    verifyMisconfigured,
		"caller gives up":                         callerGivesUp,
		"start refused":                           startRefused,
		"reversed":                                reversed,
		"reversed too late":                       reversedTooLate,
		"reverse lost":                            reverseLost,
		"reverse misconfigured":                   reverseMisconfigured,
		"split in as many rows as allowed":        splitFully,
		"split violations never leave":            splitViolations,
		"empty request, reference and token":      emptyInput,
		"sessions and sales print without tokens": printing,
	}
	for _, fault := range []Fault{VerifyLost, VerifyDropped, VerifySlow, VerifyUnavailable, VerifyGarbage} {
		cases[string(fault)] = func(t *testing.T, rig Rig) { verifyUncertain(t, rig, fault) }
	}
	for _, fault := range []Fault{InquireLost, InquireUnavailable} {
		cases[string(fault)] = func(t *testing.T, rig Rig) { inquireUncertain(t, rig, fault) }
	}
	for _, fault := range []Fault{StartLost, StartUnavailable} {
		cases[string(fault)] = func(t *testing.T, rig Rig) { startUncertain(t, rig, fault) }
	}
	for name, run := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, open(t))
		})
	}
}

const amount money.Rial = 3_720_000

// attempt is an ordinary request; its reference is unique because each case uses one in a rig of its own.
func attempt() gateway.StartRequest {
	return gateway.StartRequest{
		MerchantReference: "14050829-000123",
		Amount:            amount,
		CallbackURL:       "https://pay.example.ir/cb?order=7",
	}
}

// start opens a session and gives the row that a caller would have stored.
func start(t *testing.T, rig Rig) (gateway.Session, gateway.Sale) {
	t.Helper()
	session, err := rig.Gateway.Start(t.Context(), attempt())
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	if session.Token == "" || !strings.HasPrefix(session.RedirectURL, "http") || session.ExpiresIn <= 0 {
		t.Fatalf("session is incomplete: %#v", session)
	}
	return session, gateway.Sale{Token: session.Token, MerchantReference: attempt().MerchantReference, Amount: amount}
}

// pay gives a paid sale and its reference.
func pay(t *testing.T, rig Rig) (string, gateway.Sale) {
	t.Helper()
	session, sale := start(t, rig)
	reference := rig.Bank.Pay(t, session)
	if reference == "" {
		t.Fatal("the bank gave no reference")
	}
	return reference, sale
}

// verify verifies a sale that must verify.
func verify(t *testing.T, rig Rig, reference string, sale gateway.Sale) gateway.Answer {
	t.Helper()
	answer, err := rig.Gateway.Verify(t.Context(), reference, sale)
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	if answer.State != gateway.Verified {
		t.Fatalf("Verify: state %q, want verified", answer.State)
	}
	if err := answer.Matches(reference, rig.Gateway.Terminal(), sale); err != nil {
		t.Fatalf("Verify: %v", err)
	}
	return answer
}

// wantState fails unless the call succeeded with one of the states.
func wantState(t *testing.T, call string, answer gateway.Answer, err error, states ...gateway.State) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", call, err)
	}
	for _, state := range states {
		if answer.State == state {
			return
		}
	}
	t.Fatalf("%s: state %q, want one of %q", call, answer.State, states)
}

// wantError fails unless err is a T that keeps the secrets; it gives that T.
func wantError[T error](t *testing.T, call string, err error, secrets ...string) T {
	t.Helper()
	var typed T
	if !errors.As(err, &typed) {
		t.Fatalf("%s: error %T (%v), want %T", call, err, err, typed)
	}
	for _, secret := range secrets {
		if secret != "" && strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
			t.Fatalf("%s: the error tells a token or reference", call)
		}
	}
	return typed
}
