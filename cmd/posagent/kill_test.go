package main

import (
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/posagent/internal/sales"
)

// TestKilledBetweenEachTwoSteps kills the agent's process with SIGKILL where each frame has been sent and not arrived, starts it again, and lets it recover: what it signs and
// what the terminal's books say agree, and nothing is asked for twice.
func TestKilledBetweenEachTwoSteps(t *testing.T) {
	t.Parallel()
	for _, step := range []struct {
		name, frame string
		state       pcpos.State
		evidence    pcpos.Evidence
		charged     bool
	}{
		{"before the terminal hears anything", "agent 1", pcpos.StateDeclined, pcpos.NotSent, false},
		{"before the terminal's hello arrives", "terminal 1", pcpos.StateDeclined, pcpos.NotSent, false},
		{"after recording, before the request arrives", "agent 2", pcpos.StateUnknown, pcpos.NoEvidence, false},
		{"before the acknowledgement arrives", "terminal 2", pcpos.StateApproved, pcpos.BySearch, true},
		{"before the answer arrives", "terminal 3", pcpos.StateApproved, pcpos.BySearch, true},
		{"after recording the answer, before the terminal knows", "agent 3", pcpos.StateApproved, pcpos.ByResponse, true},
	} {
		t.Run(step.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, 0)
			o.start()
			order := o.order(3_720_000)
			reached := o.wire.cutAt(step.frame)
			if status, code := o.begin(order); status != http.StatusAccepted {
				t.Fatalf("%d %s", status, code)
			}
			select {
			case <-reached:
			case <-time.After(10 * time.Second):
				t.Fatal("the step is not reached")
			}
			o.kill()
			waitFor(t, "the terminal has finished", func() bool { charged, _, _ := o.books(order); return (charged > 0) == step.charged && !o.pos.Busy() })
			o.start()
			v, known := o.conclude(order)
			if !known {
				t.Fatal("the attempt is forgotten")
			}
			outcome := o.agree(order, v)
			if outcome.State != step.state || outcome.Evidence != step.evidence {
				t.Errorf("%s by %s, want %s by %s", outcome.State, outcome.Evidence, step.state, step.evidence)
			}
			next := o.order(5_000)
			status, code := o.begin(next)
			if step.state == pcpos.StateUnknown {
				if status != http.StatusConflict || code != "pos_unknown_stands" {
					t.Errorf("a second sale while one is unknown: %d %s", status, code)
				}
				o.release(order)
				status, code = o.begin(next)
			}
			if status != http.StatusAccepted {
				t.Fatalf("the next sale: %d %s", status, code)
			}
			v = o.wait(next)
			if outcome := o.agree(next, v); outcome.State != pcpos.StateApproved {
				t.Errorf("the next sale: %+v", outcome)
			}
		})
	}
}

// TestKilledWhileTheCustomerPays: the customer goes on at the card, and the payment is found.
func TestKilledWhileTheCustomerPays(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3*time.Second)
	o.start()
	order := o.order(3_720_000)
	o.begin(order)
	var v sales.View
	waitFor(t, "the customer is at the card", func() bool {
		o.call("GET", "/v1/sales/"+order.PaymentID.String(), nil, &v)
		return v.Phase == sales.Waiting
	})
	o.kill()
	o.start() // the terminal is busy: its refusal to talk proves nothing
	o.call("GET", "/v1/sales/"+order.PaymentID.String(), nil, &v)
	if v.State != pcpos.StateUnknown {
		t.Errorf("while the customer pays: %+v", v)
	}
	v, _ = o.conclude(order)
	if outcome := o.agree(order, v); outcome.State != pcpos.StateApproved {
		t.Errorf("%+v", outcome)
	}
}

// TestKilledAtAnyMoment kills the agent at random moments of one sale after another, all in one folder.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	const rounds = 12
	o := newOffice(t, 15*time.Millisecond)
	o.start()
	states := map[pcpos.State]int{}
	for range rounds {
		order := o.order(3_720_000)
		begun := make(chan struct{})
		go func() { o.begin(order); close(begun) }()
		time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
		o.kill()
		<-begun
		o.start()
		v, known := o.conclude(order)
		if !known {
			if charged, _, _ := o.books(order); charged != 0 {
				t.Fatalf("%s is forgotten, and charged %d", order.OrderID, charged)
			}
			states["never begun"]++
			continue
		}
		outcome := o.agree(order, v)
		states[outcome.State]++
		if outcome.State == pcpos.StateUnknown {
			o.release(order)
		}
	}
	t.Logf("%v", states)
}

// wait follows a sale to its end.
func (o *office) wait(order pcpos.SaleOrder) sales.View {
	o.t.Helper()
	var v sales.View
	waitFor(o.t, "the end of the sale", func() bool {
		o.call("GET", "/v1/sales/"+order.PaymentID.String(), nil, &v)
		return v.Phase == sales.Done
	})
	return v
}

// release is the server's word that an unknown sale is settled.
func (o *office) release(order pcpos.SaleOrder) {
	o.t.Helper()
	token, err := pcpos.SignRelease(pcpos.Release{PaymentID: order.PaymentID, DeviceID: deviceID, Expires: time.Now().Add(time.Minute)}, kid(), serverKey(), time.Now())
	if err != nil {
		o.t.Fatal(err)
	}
	var v sales.View
	if status := o.call("POST", "/v1/sales/"+order.PaymentID.String()+"/release", map[string]string{"release": token}, &v); status != http.StatusOK || v.Phase != sales.Released {
		o.t.Fatalf("release: %d %+v", status, v)
	}
}

// TestTheProcess: one agent per folder, a status that a person can read, and an orderly end.
func TestTheProcess(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 0)
	o.start()
	if out, err := runCommand(t, "serve", "--state", o.state, "--terminal", o.wire.address, "--origin", portal, "--listen", "127.0.0.1:0"); err == nil {
		t.Errorf("a second agent: %s", out)
	}
	order := o.order(3_720_000)
	o.begin(order)
	o.wait(order)
	host := o.url[len("http://"):]
	out, err := runCommand(t, "status", "--listen", host)
	if err != nil || !contains(out, deviceID.String(), "ready") {
		t.Errorf("%q %v", out, err)
	}
	o.wire.cutAt("agent 2")
	lost := o.order(5_000)
	o.begin(lost)
	waitFor(t, "the sale has been sent", func() bool {
		out, err = runCommand(t, "status", "--listen", host)
		return err == nil && contains(out, lost.PaymentID.String(), "5000 rial")
	})
	if err := o.agent.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := o.agent.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	if _, err := runCommand(t, "status", "--listen", host); err == nil {
		t.Error("somebody still answers")
	}
	o.start()
	v, known := o.conclude(lost)
	if outcome := o.agree(lost, v); !known || outcome.State == pcpos.StateApproved {
		t.Errorf("%+v", outcome)
	}
}

func contains(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
