package sales_test

import (
	"testing"
	"time"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/banksim/terminal"
	"mofasa/cmd/posagent/internal/sales"
)

// Every fault of the simulator, over real TCP: what the agent signs, and on what evidence. Nothing that charged is ever declined, nothing is asked for twice, and only what
// the terminal itself denies is declined.
func TestEveryFault(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		code     string // of the scenario
		state    pcpos.State
		evidence pcpos.Evidence
		wantCode string
	}{
		"approve":  {"", pcpos.StateApproved, pcpos.ByResponse, "00"},
		"together": {"", pcpos.StateApproved, pcpos.ByResponse, "00"},
		"twice":    {"", pcpos.StateApproved, pcpos.ByResponse, "00"},
		"pieces":   {"", pcpos.StateApproved, pcpos.ByResponse, "00"},
		"spoilt":   {"", pcpos.StateApproved, pcpos.ByResponse, "00"},
		"slow":     {"", pcpos.StateApproved, pcpos.ByResponse, "00"},

		"cancelled_paid": {"", pcpos.StateApproved, pcpos.ByResponse, "00"},

		"decline": {"51", pcpos.StateDeclined, pcpos.ByResponse, "51"},

		"other_amount": {"", pcpos.StateMismatch, pcpos.ByResponse, "00"},
		"wrong_echo":   {"", pcpos.StateMismatch, pcpos.ByResponse, "00"},

		"busy":      {"", pcpos.StateDeclined, pcpos.NotSent, "busy"},
		"refused":   {"", pcpos.StateDeclined, pcpos.ByRefusal, "refused"},
		"cancelled": {"", pcpos.StateDeclined, pcpos.ByRefusal, "cancelled"},

		"silent":      {"", pcpos.StateUnknown, pcpos.NoEvidence, ""},
		"cut_before":  {"", pcpos.StateUnknown, pcpos.NoEvidence, ""},
		"ack_silence": {"", pcpos.StateUnknown, pcpos.NoEvidence, ""},
		"wrong_order": {"", pcpos.StateUnknown, pcpos.NoEvidence, ""},

		"cut_after":     {"", pcpos.StateApproved, pcpos.BySearch, "00"},
		"unheard":       {"", pcpos.StateApproved, pcpos.BySearch, "00"},
		"garbage":       {"", pcpos.StateApproved, pcpos.BySearch, "00"},
		"half":          {"", pcpos.StateApproved, pcpos.BySearch, "00"},
		"spoilt_always": {"", pcpos.StateApproved, pcpos.BySearch, "00"},
		"search_first":  {"", pcpos.StateApproved, pcpos.BySearch, "00"},
		"search_empty":  {"", pcpos.StateApproved, pcpos.ByList, "00"},
		"search_list":   {"", pcpos.StateApproved, pcpos.ByList, "00"},
		"search_silent": {"", pcpos.StateApproved, pcpos.ByList, "00"},
		"search_last":   {"", pcpos.StateApproved, pcpos.ByAmount, "00"},
	}
	for _, name := range terminal.Names() {
		tt, known := tests[name]
		if !known {
			t.Errorf("the scenario %s is not tried", name)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, terminal.Options{})
			s := terminal.Named()[name]
			if s.DelayMS > 0 {
				s.DelayMS = 300
			}
			r.pos.Arrange("", s, 3)
			o := r.order(3_720_000)
			v := r.sell(o)
			outcome := r.outcome(v, o)
			want(t, "state", outcome.State, tt.state)
			want(t, "evidence", outcome.Evidence, tt.evidence)
			want(t, "code", outcome.Code, tt.wantCode)
			r.agree(o, outcome)
			if v.Message.FA == "" || v.Message.EN == "" {
				t.Errorf("no message: %+v", v)
			}
			if outcome.State == pcpos.StateApproved && outcome.Terminal != "C0000301" {
				t.Errorf("terminal %q", outcome.Terminal)
			}
			again := r.order(5_000)
			_, err := r.Start(r.ctx, r.signed(again))
			if outcome.State == pcpos.StateUnknown {
				wantCode(t, "another sale while one is unknown", err, "pos_unknown_stands")
				want(t, "sales of the terminal", len(r.pos.Transactions()), map[bool]int{true: 1}[name == "wrong_order"])
			} else if err != nil {
				t.Errorf("another sale afterwards: %v", err)
			} else {
				want(t, "another sale", r.rest(again.PaymentID).State, pcpos.StateApproved)
			}
		})
	}
}

// Every code that the issuer gives ends as its table says: declined where it is a refusal, and where it is not by what the terminal remembers.
func TestEveryCode(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	for _, c := range pcpos.Codes() {
		if len(c.Code) != 2 || c.Code == pcpos.Paid {
			continue // a record has room for two digits
		}
		o := r.order(2_000)
		r.pos.Arrange(o.OrderID, terminal.Scenario{Code: c.Code}, 0)
		outcome := r.outcome(r.sell(o), o)
		evidence := pcpos.BySearch
		if c.Verdict == pcpos.Declined {
			evidence = pcpos.ByResponse
		}
		want(t, c.Code+" state", outcome.State, pcpos.StateDeclined)
		want(t, c.Code+" evidence", outcome.Evidence, evidence)
		want(t, c.Code, outcome.Code, c.Code)
		r.agree(o, outcome)
	}
}

// An unsure code whose search has no answer stays unknown, and shows the code.
func TestAnUnsureCodeAloneDeclinesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	o := r.order(2_000)
	r.pos.Arrange(o.OrderID, terminal.Scenario{Code: "91", Search: terminal.SearchOtherOrder}, 0)
	outcome := r.outcome(r.sell(o), o)
	want(t, "state", outcome.State, pcpos.StateUnknown)
	want(t, "code", outcome.Code, "91")
}

// A sale that the terminal still knows under another number is found once the terminal answers rightly; until then it stays unknown, over a restart too.
func TestUnknownIsFoundLater(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	r.pos.Arrange("", terminal.Named()["wrong_order"], 0)
	o := r.order(3_720_000)
	want(t, "at first", r.sell(o).State, pcpos.StateUnknown)
	want(t, "asked again", r.recoverNow(o.PaymentID).State, pcpos.StateUnknown)
	r.close()
	r.open()
	_, err := r.Start(r.ctx, r.signed(r.order(5_000)))
	wantCode(t, "another sale after a restart", err, "pos_unknown_stands")
	want(t, "status", r.Status().State, "unknown")
	r.pos.Arrange(o.OrderID, terminal.Scenario{}, 0)
	v := r.recoverNow(o.PaymentID)
	outcome := r.outcome(v, o)
	want(t, "at last", outcome.State, pcpos.StateApproved)
	r.agree(o, outcome)
	want(t, "status", r.Status().State, "ready")
	r.close()
	r.open()
	again, err := r.Get(o.PaymentID)
	if err != nil || again.Outcome != v.Outcome {
		t.Errorf("after a restart %+v, %v", again, err)
	}
}

// Searches come by themselves, in the background.
func TestUnknownIsSearchedForByItself(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	r.close()
	r.retries = []time.Duration{100 * time.Millisecond}
	r.open()
	go r.Run(r.ctx)
	r.pos.Arrange("", terminal.Named()["wrong_order"], 0)
	o := r.order(3_720_000)
	r.sell(o)
	r.pos.Arrange(o.OrderID, terminal.Scenario{}, 0)
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if v, _ := r.Get(o.PaymentID); v.State == pcpos.StateApproved {
			return
		}
	}
	t.Error("nobody searches")
}

// A line cut while the customer is at the card leaves the sale unknown and the terminal busy; the search afterwards finds the payment.
func TestTheLineIsCutWhileTheCustomerPays(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{Customer: 400 * time.Millisecond})
	o := r.order(3_720_000)
	if _, err := r.Start(r.ctx, r.signed(o)); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the customer is at the card", func() bool { v, _ := r.Get(o.PaymentID); return v.Phase == sales.Waiting })
	r.close() // the agent ends, and with it the line
	r.open()
	v, err := r.Get(o.PaymentID)
	if err != nil || v.State != pcpos.StateUnknown {
		t.Fatalf("%+v %v", v, err)
	}
	waitFor(t, "the customer has paid", func() bool { return len(r.pos.Transactions()) == 1 && !r.pos.Busy() })
	outcome := r.outcome(r.recoverNow(o.PaymentID), o)
	want(t, "state", outcome.State, pcpos.StateApproved)
	r.agree(o, outcome)
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s: not in time", what)
		}
	}
}

// Without order numbers only one sale of the amount at the time counts: two that could be it leave the payment unknown.
func TestAGuessNeedsOneCandidate(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	o := r.order(3_720_000)
	r.pos.Arrange(o.OrderID, terminal.Named()["search_last"], 0)
	r.pos.Enter(3_720_000) // somebody types the same amount at the device
	outcome := r.outcome(r.sell(o), o)
	want(t, "two candidates", outcome.State, pcpos.StateUnknown)

	r = newRig(t, terminal.Options{})
	first, second := r.order(3_720_000), r.order(3_720_000)
	want(t, "an earlier sale of ours", r.sell(first).State, pcpos.StateApproved)
	r.pos.Arrange(second.OrderID, terminal.Named()["search_last"], 0)
	outcome = r.outcome(r.sell(second), second)
	want(t, "the other candidate is known", outcome.State, pcpos.StateApproved)
	r.agree(second, outcome)

	early := newRig(t, terminal.Options{Clock: func() time.Time { return time.Now().Add(-time.Hour) }})
	o = early.order(3_720_000)
	early.pos.Arrange(o.OrderID, terminal.Named()["search_last"], 0)
	want(t, "another hour", early.outcome(early.sell(o), o).State, pcpos.StateUnknown)
}

// A cancel at the terminal declines only once a search has found nothing: until then its answer may have crossed it. That it was cancelled is remembered over a restart.
func TestACancelIsNotBelievedAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	o := r.order(3_720_000)
	r.pos.Arrange(o.OrderID, terminal.Scenario{Link: terminal.LinkCancelled, Search: terminal.SearchSilent}, 0)
	want(t, "while searches are not answered", r.outcome(r.sell(o), o).State, pcpos.StateUnknown)
	r.close()
	r.open()
	r.pos.Arrange(o.OrderID, terminal.Scenario{}, 0)
	outcome := r.outcome(r.recoverNow(o.PaymentID), o)
	want(t, "once one is", outcome.State, pcpos.StateDeclined)
	want(t, "evidence", outcome.Evidence, pcpos.ByRefusal)
	want(t, "code", outcome.Code, "cancelled")
}

// An order that names its terminal is approved by no other.
func TestTheOrderNamesItsTerminal(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{TerminalID: "C0000302"})
	o := r.order(3_720_000)
	o.Terminal = "C0000301"
	v := r.sell(o)
	want(t, "another terminal", v.State, pcpos.StateMismatch)
	o = r.order(3_720_000)
	o.Terminal = "C0000301"
	r.pos.Arrange(o.OrderID, terminal.Named()["cut_after"], 0)
	want(t, "another terminal, found", r.sell(o).State, pcpos.StateMismatch)
	o = r.order(3_720_000)
	o.Terminal = "C0000302"
	want(t, "the terminal of the order", r.sell(o).State, pcpos.StateApproved)
}
