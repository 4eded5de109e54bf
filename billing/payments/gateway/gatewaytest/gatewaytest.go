// Package gatewaytest is the conformance suite of gateway.Gateway: every adapter passes it against its provider's
// simulator, over the wire. It asserts what callers rely on and nothing of one provider's protocol.
package gatewaytest

import (
	"errors"
	"fmt"
	"net/url"
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
	ClaimLost          Fault = "last step of the claim lost"
	ClaimDropped       Fault = "last step of the claim dropped" // the sale is claimed by half
	ForgedReturn       Fault = "forged return"                  // the payer comes back as if he had paid
	EarlyReturn        Fault = "return before the session"      // paid and back at the merchant before Start has been answered
	LateSuccess        Fault = "late success"                   // the card is charged five minutes after the payer came back without
	BankReverses       Fault = "bank reverses"                  // the bank returns the money at once, by itself
	WrongTerminal      Fault = "wrong terminal"                 // the sale is another terminal's
)

// Bank commands the provider's side. Faults of calls happen once, except the misconfigured ones and the other amount.
type Bank interface {
	Arrange(t testing.TB, fault Fault)                           // for the next session
	Answer(t testing.TB, op gateway.Operation, code string)      // the next session's calls of one kind get this code, and nothing is done
	Decide(t testing.TB, s gateway.Session, pay bool) url.Values // the payer pays or gives up; what the browser brings back
	Advance(t testing.TB, by time.Duration)                      // the provider's clock runs on
	Calls() int                                                  // requests that have reached the provider's API
	Bookings(t testing.TB, s gateway.Session) Booking            // what really became of a sale
}

// Booking is the provider's own ledger of one sale. Claimed: verified, and settled where the provider wants that, too.
type Booking struct {
	Verified, Claimed, Reversed bool
	Splits                      map[string]money.Rial // by IBAN; the terminal's own account may be missing
}

// CodeCase is one documented code and what the adapter must make of it: an outcome that is a state or an error.
type CodeCase struct {
	Op   gateway.Operation
	Code string
	Want gateway.Outcome
}

// Rig is one adapter joined to one provider of its own. The adapter's timeout is short, a few seconds.
type Rig struct {
	Gateway          gateway.Gateway
	Returned         gateway.Returned
	Bank             Bank
	UnknownReference string     // well formed, never issued
	UnknownToken     string     // well formed, never issued
	Codes            []CodeCase // every documented code of every call
	Documented       []gateway.Code
	Accounts         []string         // IBANs that a payment can be split among, at least two
	Impossible       map[Fault]string // what this provider's protocol rules out, and why
}

// windows are the declared ones; the suite holds the provider to them.
func (r Rig) windows() gateway.Windows { return r.Gateway.Limits().Windows }

// Run runs the suite; open gives a fresh rig to each case, because faults and clocks are not shared.
func Run(t *testing.T, open func(t *testing.T) Rig) {
	cases := map[string]func(*testing.T, Rig){
		"describes itself":                        describes,
		"every documented code":                   everyCode,
		"paid, and the return lost":               returnLost,
		"verified in time":                        verifiedInTime,
		"forged returns":                          forgedReturns,
		"accounts get their parts":                splitBooked,
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
		"reversed after the claim":                reversedAfterClaim,
		"reverse lost":                            reverseLost,
		"reverse misconfigured":                   reverseMisconfigured,
		"split in as many rows as allowed":        splitFully,
		"split violations never leave":            splitViolations,
		"empty request, reference and token":      emptyInput,
		"sessions and sales print without tokens": printing,
	}
	for _, each := range faulty() {
		for _, fault := range each.faults {
			cases[string(fault)] = func(t *testing.T, rig Rig) {
				if why := rig.Impossible[fault]; why != "" {
					t.Skip(why)
				}
				each.run(t, rig, fault)
			}
		}
	}
	for name, run := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, open(t))
		})
	}
}

// faults share one case.
type faults struct {
	run    func(*testing.T, Rig, Fault)
	faults []Fault
}

func faulty() []faults {
	return []faults{
		{verifyUncertain, []Fault{VerifyLost, VerifyDropped, VerifySlow, VerifyUnavailable, VerifyGarbage}},
		{claimUncertain, []Fault{ClaimLost, ClaimDropped}},
		{inquireUncertain, []Fault{InquireLost, InquireUnavailable}},
		{startUncertain, []Fault{StartLost, StartUnavailable}},
		{neverOurs, []Fault{ForgedReturn, BankReverses, WrongTerminal}},
		{earlyReturn, []Fault{EarlyReturn}},
		{lateSuccess, []Fault{LateSuccess}},
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

// decide gives the reference that the payer's return names, if it names one.
func decide(t *testing.T, rig Rig, session gateway.Session, pay bool) string {
	t.Helper()
	callback, err := rig.Returned(rig.Bank.Decide(t, session, pay))
	if err != nil || callback.Token != session.Token {
		t.Fatalf("return of another session, or unreadable: %v", err)
	}
	return callback.Reference
}

// paid is a session that was paid.
type paid struct {
	gateway.Session
	gateway.Sale
	reference string
}

// pay gives a paid sale.
func pay(t *testing.T, rig Rig) paid {
	t.Helper()
	session, sale := start(t, rig)
	reference := decide(t, rig, session, true)
	if reference == "" {
		t.Fatal("the bank gave no reference")
	}
	return paid{session, sale, reference}
}

// verify verifies a sale that must verify for the first time.
func verify(t *testing.T, rig Rig, p paid) gateway.Answer {
	t.Helper()
	return ours(t, rig, p, gateway.Verified)
}

// verifyAgain verifies a sale that may have been verified before.
func verifyAgain(t *testing.T, rig Rig, p paid) gateway.Answer {
	t.Helper()
	return ours(t, rig, p, gateway.Verified, gateway.Repeated)
}

func ours(t *testing.T, rig Rig, p paid, states ...gateway.State) gateway.Answer {
	t.Helper()
	answer, err := rig.Gateway.Verify(t.Context(), p.reference, p.Sale)
	wantState(t, "Verify", answer, err, states...)
	if err := answer.Matches(p.reference, rig.Gateway.Terminal(), p.Sale); err != nil {
		t.Fatalf("Verify: %v", err)
	}
	if !rig.Bank.Bookings(t, p.Session).Claimed {
		t.Fatal("called verified, but the bank has not booked the money as ours")
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
