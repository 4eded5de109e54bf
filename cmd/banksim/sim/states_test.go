package sim_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"mofasa/billing/payments/gateway"
	"mofasa/cmd/banksim/sim"
)

// paid gives a bank with one paid session and its reference.
func paid(t *testing.T, scenario string) (*bank, *gatewayUnderTest) {
	t.Helper()
	frozen := time.Date(2026, 11, 20, 6, 45, 0, 0, time.UTC)
	b := newBank(t, sim.Options{Clock: func() time.Time { return frozen }})
	if scenario != "" {
		b.admin(t, "/_sim/scenario", scenario)
	}
	g := &gatewayUnderTest{Gateway: b.adapter(t, terminal)}
	g.session = b.start(t, g, "https://m.ir/cb")
	g.reference = b.Pay(t, g.session)
	return b, g
}

type gatewayUnderTest struct {
	gateway.Gateway
	session   gateway.Session
	reference string
}

func (g *gatewayUnderTest) ask(t *testing.T, path string, b *bank) string {
	t.Helper()
	_, text := b.post(t, path, fmt.Sprintf(`{"RefNum":"%s","TerminalNumber":%s}`, g.reference, terminal))
	return text
}

const (
	receiptPath = "/verifyTxnRandomSessionkey/api/v2/ipg/payment/receipt"
	verifyPath  = "/verifyTxnRandomSessionkey/ipg/VerifyTransaction"
	reversePath = "/verifyTxnRandomSessionkey/ipg/ReverseTransaction"
)

// Each window to the minute: what is asked, how long after the payment, and the code that comes.
func TestWindows(t *testing.T) {
	t.Parallel()
	type step struct {
		wait time.Duration
		path string
		code string
	}
	ok, late, repeated, absent := `"ResultCode":0`, `"ResultCode":-6`, `"ResultCode":2`, `"ResultCode":-2`
	tests := map[string]struct {
		scenario string
		steps    []step
		state    sim.State
	}{
		"verify at 30 minutes":         {"", []step{{30 * time.Minute, verifyPath, ok}}, sim.StateVerified},
		"verify at 31 minutes":         {"", []step{{31 * time.Minute, verifyPath, late}}, sim.StateAutoReversed},
		"verify again later":           {"", []step{{0, verifyPath, ok}, {40 * time.Minute, verifyPath, ok}}, sim.StateVerified},
		"verify again, switch for 2":   {`{"name":"verify_repeated"}`, []step{{0, verifyPath, ok}, {0, verifyPath, repeated}}, sim.StateVerified},
		"reverse at 50 minutes":        {"", []step{{0, verifyPath, ok}, {50 * time.Minute, reversePath, ok}}, sim.StateReversed},
		"reverse at 51 minutes":        {"", []step{{0, verifyPath, ok}, {51 * time.Minute, reversePath, late}}, sim.StateVerified},
		"reverse before verify":        {"", []step{{0, reversePath, absent}}, sim.StatePaid},
		"reverse twice":                {"", []step{{0, verifyPath, ok}, {0, reversePath, ok}, {0, reversePath, repeated}}, sim.StateReversed},
		"verify after reverse":         {"", []step{{0, verifyPath, ok}, {0, reversePath, ok}, {0, verifyPath, `"ResultCode":5`}}, sim.StateReversed},
		"receipt by RefNum":            {`{"name":"pay"}`, []step{{29 * time.Minute, receiptPath, `"State":"OK"`}}, sim.StatePaid},
		"receipt after verify":         {"", []step{{0, verifyPath, ok}, {0, receiptPath, `"ErrorCode":404`}}, sim.StateVerified},
		"receipt after auto reversal":  {"", []step{{31 * time.Minute, receiptPath, `"ErrorCode":404`}}, sim.StateAutoReversed},
		"reverse after auto reversal":  {"", []step{{31 * time.Minute, reversePath, repeated}}, sim.StateAutoReversed},
		"-6 arranged":                  {`{"name":"verify_too_late"}`, []step{{0, verifyPath, late}}, sim.StatePaid},
		"-104 arranged":                {`{"name":"verify_terminal_off"}`, []step{{0, verifyPath, `"ResultCode":-104`}}, sim.StatePaid},
		"-105 arranged":                {`{"name":"verify_terminal_unknown"}`, []step{{0, verifyPath, `"ResultCode":-105`}}, sim.StatePaid},
		"-106 arranged":                {`{"name":"verify_address"}`, []step{{0, verifyPath, `"ResultCode":-106`}}, sim.StatePaid},
		"-106 twice, then repaired":    {`{"bends":[{"call":"verify","way":"code","code":-106,"times":2}]}`, []step{{0, verifyPath, "-106"}, {0, verifyPath, "-106"}, {0, verifyPath, ok}}, sim.StateVerified},
		"other amount, claimed anyway": {`{"name":"verify_other_amount"}`, []step{{0, verifyPath, `"OrginalAmount":3719999`}}, sim.StateVerified},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, g := paid(t, test.scenario)
			for _, step := range test.steps {
				b.Advance(t, step.wait)
				wantText(t, g.ask(t, step.path, b), step.code)
			}
			want(t, "state", b.state(t), test.state)
		})
	}
}

// A receipt is told for 60 minutes from the token, however late the payer paid.
func TestReceiptWindowCountsFromTheToken(t *testing.T) {
	t.Parallel()
	frozen := time.Date(2026, 11, 20, 6, 45, 0, 0, time.UTC)
	b := newBank(t, sim.Options{Clock: func() time.Time { return frozen }})
	g := b.adapter(t, terminal)
	session, err := g.Start(t.Context(), gateway.StartRequest{
		MerchantReference: "7", Amount: 10, CallbackURL: "https://m.ir/cb", Lifetime: 90 * time.Minute,
	})
	want(t, "error", err, nil)
	b.Advance(t, 55*time.Minute)
	b.Pay(t, session)
	answer, err := g.Inquire(t.Context(), "", gateway.Sale{Token: session.Token})
	want(t, "error", err, nil)
	want(t, "state at 55 minutes", answer.State, gateway.Paid)
	b.Advance(t, 5*time.Minute)
	answer, err = g.Inquire(t.Context(), "", gateway.Sale{Token: session.Token})
	want(t, "error", err, nil)
	want(t, "state at 60 minutes", answer.State, gateway.Paid)
	b.Advance(t, time.Minute)
	answer, err = g.Inquire(t.Context(), "", gateway.Sale{Token: session.Token})
	want(t, "error", err, nil)
	want(t, "state at 61 minutes", answer.State, gateway.NotFound)
}

func TestOtherTerminalsSeeNothing(t *testing.T) {
	t.Parallel()
	b, g := paid(t, "")
	other := b.adapter(t, "99")
	for call, ask := range map[string]func() (gateway.Answer, error){
		"verify":  func() (gateway.Answer, error) { return other.Verify(t.Context(), g.reference, gateway.Sale{}) },
		"reverse": func() (gateway.Answer, error) { return other.Reverse(t.Context(), g.reference, gateway.Sale{}) },
		"inquire": func() (gateway.Answer, error) {
			return other.Inquire(t.Context(), "", gateway.Sale{Token: g.session.Token})
		},
	} {
		answer, err := ask()
		want(t, call+" error", err, nil)
		want(t, call+" state", answer.State, gateway.NotFound)
	}
	want(t, "state", b.state(t), sim.StatePaid)
}

// A double click, or pay and cancel at once, decides a session exactly once; all get the same way back.
func TestOneDecision(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	session := b.start(t, b.adapter(t, terminal), "https://m.ir/cb")
	locations := make(chan string, 8)
	var all sync.WaitGroup
	for i := range cap(locations) {
		decision := []string{"pay", "cancel"}[i%2]
		all.Go(func() { locations <- b.decide(t, session.Token, decision).Header.Get("Location") })
	}
	all.Wait()
	first := <-locations
	for range cap(locations) - 1 {
		want(t, "way back", <-locations, first)
	}
	if state := b.state(t); state != sim.StatePaid && state != sim.StateCanceled {
		t.Fatalf("state %s", state)
	}
}

func TestWageIsChargedOnTop(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	_, text := b.post(t, "/onlinepg/onlinepg", `{"action":"token","TerminalId":13579246,"Amount":100,"Wage":7,"ResNum":"7","RedirectUrl":"https://m.ir"}`)
	wantText(t, text, `"status":1`)
	token := b.transactions(t)[0].Token
	want(t, "HTTP status", b.decide(t, token, "pay").StatusCode, http.StatusFound)
	g := &gatewayUnderTest{reference: b.transactions(t)[0].RefNum}
	wantText(t, g.ask(t, verifyPath, b), `"OrginalAmount":100,"AffectiveAmount":107`)
}
