package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/banksim/terminal"
	"mofasa/cmd/posagent/internal/pairing"
	"mofasa/cmd/posagent/internal/sales"
)

const asProgram = "POSAGENT_TEST_AS_PROGRAM"

// TestMain lets the test binary be the agent itself: a test starts it again as a process of its own, and kills it.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

const (
	portal     = "https://portal.example.ir"
	firstIBAN  = "IR080170000000100200300400"
	secondIBAN = "IR430610000000700800900100"
)

var deviceID = uuid.MustParse("01936d5e-0000-7000-8000-000000000002")

func serverKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat("s", ed25519.SeedSize)))
}

// office is a paired PC, a simulated terminal, and a wire between them that can be cut after any frame.
type office struct {
	t     *testing.T
	pos   *terminal.Terminal
	wire  *wire
	state string
	key   ed25519.PrivateKey

	agent *exec.Cmd
	url   string
	log   *bytes.Buffer
	next  int
}

func newOffice(t *testing.T, customer time.Duration) *office {
	t.Helper()
	o := &office{t: t, pos: terminal.New(terminal.Options{Customer: customer}), state: t.TempDir()}
	listener := listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- o.pos.Serve(ctx, listener) }()
	o.wire = newWire(t, listener.Addr().String())
	t.Cleanup(func() { cancel(); <-served })
	if _, err := runCommand(t, "pair", "--state", o.state, "--device", deviceID.String(), "--server-key", base64.RawURLEncoding.EncodeToString(serverKey().Public().(ed25519.PublicKey))); err != nil {
		t.Fatal(err)
	}
	var err error
	if _, o.key, err = pairing.Load(o.state); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.kill)
	return o
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// start runs "posagent serve" in a process of its own and waits until it listens.
func (o *office) start() {
	o.t.Helper()
	o.agent = exec.Command(os.Args[0], "serve", "--listen", "127.0.0.1:0", "--origin", portal, "--terminal", o.wire.address, "--state", o.state)
	o.agent.Env = append(os.Environ(), asProgram+"=1")
	output, err := o.agent.StdoutPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	o.agent.Stderr = os.Stderr
	if err := o.agent.Start(); err != nil {
		o.t.Fatal(err)
	}
	lines := bufio.NewReader(output)
	for o.url = ""; o.url == ""; {
		line, err := lines.ReadString('\n')
		if err != nil {
			o.t.Fatalf("the agent does not start: %q %v", line, err)
		}
		if strings.HasPrefix(line, "posagent:") {
			o.url = address.FindString(line)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
}

// kill is SIGKILL: nothing of the process runs afterwards.
func (o *office) kill() {
	if o.agent != nil && o.agent.ProcessState == nil {
		_ = o.agent.Process.Kill()
		_ = o.agent.Wait()
	}
}

func (o *office) call(method, path string, body, into any) int {
	o.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	request, err := http.NewRequest(method, o.url+path, bytes.NewReader(raw))
	if err != nil {
		o.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Origin", portal)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return 0 // it is dead
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return 0
	}
	return response.StatusCode
}

func (o *office) order(amount money.Rial) pcpos.SaleOrder {
	o.next++
	return pcpos.SaleOrder{PaymentID: uuid.New(), DeviceID: deviceID, OrderID: fmt.Sprintf("140508290%05d", o.next), Amount: amount, Expires: time.Now().Add(time.Minute).UTC().Truncate(time.Second),
		Accounts: []pcpos.Account{{Type: pcpos.IBANRow, IBAN: firstIBAN, Amount: amount - 1_000}, {Type: pcpos.IBANRow, IBAN: secondIBAN, Amount: 1_000}}}
}

func kid() string { return pcpos.KeyID(serverKey().Public().(ed25519.PublicKey)) }

func (o *office) begin(order pcpos.SaleOrder) (status int, code string) {
	o.t.Helper()
	token, err := pcpos.SignSaleOrder(order, kid(), serverKey(), time.Now())
	if err != nil {
		o.t.Fatal(err)
	}
	var answer struct{ Code string }
	status = o.call("POST", "/v1/sales", map[string]string{"order": token}, &answer)
	return status, answer.Code
}

// conclude recovers a sale until it is certain, or until three searches have ended without a find.
func (o *office) conclude(order pcpos.SaleOrder) (sales.View, bool) {
	o.t.Helper()
	path := "/v1/sales/" + order.PaymentID.String()
	var v sales.View
	waitFor(o.t, "the terminal is free", func() bool { return !o.pos.Busy() })
	for range 3 {
		if status := o.call("POST", path+"/recover", struct{}{}, &v); status == http.StatusNotFound {
			return v, false
		}
		waitFor(o.t, "the search ends", func() bool {
			o.call("GET", path, nil, &v)
			return v.Phase == sales.Done || v.Phase == sales.Unknown && v.NextTry != nil && v.NextTry.After(time.Now())
		})
		if v.State != pcpos.StateUnknown {
			break
		}
	}
	return v, true
}

// agree verifies the signature and holds the books of the terminal against it.
func (o *office) agree(order pcpos.SaleOrder, v sales.View) pcpos.Outcome {
	o.t.Helper()
	outcome, err := pcpos.VerifyOutcome(v.Outcome, pairing.Public(o.key))
	if err != nil || outcome.Matches(order) != nil {
		o.t.Fatalf("%+v: %v", v, err)
	}
	charged, requests, rrn := o.books(order)
	switch {
	case requests > 1:
		o.t.Errorf("asked for %d times", requests)
	case outcome.State == pcpos.StateApproved && (charged != int64(order.Amount) || rrn != outcome.RRN),
		outcome.State == pcpos.StateDeclined && charged != 0,
		outcome.State == pcpos.StateUnknown && charged != 0, // the terminal is well by now: what it charged is found
		outcome.State == pcpos.StateMismatch:
		o.t.Errorf("%+v, but the books say %d rial under %q", outcome, charged, rrn)
	}
	return outcome
}

func (o *office) books(order pcpos.SaleOrder) (charged int64, requests int, rrn string) {
	for _, done := range o.pos.Transactions() {
		if done.OrderID == order.OrderID {
			charged, requests, rrn = charged+done.Charged, requests+done.Requests, done.RRN
		}
	}
	return charged, requests, rrn
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(15 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s: not in time", what)
		}
	}
}

// wire forwards frames between the agent and the terminal, and can swallow one and all after it on its way: whoever sent it stands where a crash at that moment would leave them.
type wire struct {
	address  string
	terminal string

	mu      sync.Mutex
	swallow string // "agent 2": the second frame of the agent; "": none
	reached chan struct{}
}

func newWire(t *testing.T, terminal string) *wire {
	t.Helper()
	listener := listen(t)
	w := &wire{address: listener.Addr().String(), terminal: terminal}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			agent, err := listener.Accept()
			if err != nil {
				return
			}
			go w.join(agent)
		}
	}()
	return w
}

// cutAt swallows a frame and what follows it on that connection, once, and tells when it has.
func (w *wire) cutAt(frame string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.swallow, w.reached = frame, make(chan struct{})
	return w.reached
}

func (w *wire) join(agent net.Conn) {
	defer agent.Close()
	device, err := net.Dial("tcp", w.terminal)
	if err != nil {
		return
	}
	defer device.Close()
	var both sync.WaitGroup
	both.Go(func() { w.forward("agent", agent, device) })
	both.Go(func() { w.forward("terminal", device, agent) })
	both.Wait()
}

func (w *wire) forward(who string, from, to net.Conn) {
	defer to.Close()
	reader := bufio.NewReader(from)
	cut := false
	for n := 1; ; n++ {
		frame, err := pcpos.ReadFrame(reader)
		if err != nil {
			return
		}
		w.mu.Lock()
		if w.swallow == fmt.Sprintf("%s %d", who, n) {
			w.swallow, cut = "", true
			close(w.reached)
		}
		w.mu.Unlock()
		if cut {
			continue
		}
		raw, err := frame.Encode()
		if err != nil {
			return
		}
		if _, err := to.Write(raw); err != nil {
			return
		}
	}
}
