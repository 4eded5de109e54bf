package loopback_test

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/banksim/terminal"
	"mofasa/cmd/posagent/internal/journal"
	"mofasa/cmd/posagent/internal/link"
	"mofasa/cmd/posagent/internal/loopback"
	"mofasa/cmd/posagent/internal/sales"
)

const portal = "https://portal.example.ir"

var device = uuid.MustParse("01936d5e-0000-7000-8000-000000000002")

func keyOf(seed string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(seed, ed25519.SeedSize)))
}

type rig struct {
	t    *testing.T
	pos  *terminal.Terminal
	host string // 127.0.0.1:port
}

// newRig is a whole agent but for its process: door, desk, journal, wire and a simulated terminal.
func newRig(t *testing.T, customer time.Duration) rig {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	device1 := listen(t)
	pos := terminal.New(terminal.Options{Customer: customer})
	served := make(chan error, 1)
	go func() { served <- pos.Serve(ctx, device1) }()
	book, entries, err := journal.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	opened := journal.Entry{Kind: journal.Opened, At: time.Now().Add(-time.Hour)}
	if err := book.Append(opened); err != nil {
		t.Fatal(err)
	}
	entries = append(entries, opened)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	desk, err := sales.New(sales.Options{Journal: book, Terminal: link.Terminal{Address: device1.Addr().String(), Timers: link.Standard()}, Device: device, Key: keyOf("d"),
		ServerKeys: func(kid string) (ed25519.PublicKey, bool) {
			return keyOf("s").Public().(ed25519.PublicKey), kid == "server"
		}, Clock: time.Now, Log: log}, entries)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := loopback.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	door := &loopback.Door{Desk: desk, Identity: loopback.Identity{DeviceID: device, KeyID: "k", Terminal: device1.Addr().String()}, Origins: []string{portal}, Port: listener.Addr().(*net.TCPAddr).Port,
		Life: ctx, Log: log}
	server := &http.Server{Handler: door.Handler()}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { cancel(); _ = server.Close(); desk.Wait(); _ = book.Close(); <-served })
	return rig{t: t, pos: pos, host: listener.Addr().String()}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (r rig) do(method, path, body string, headers ...string) answer {
	r.t.Helper()
	request, err := http.NewRequest(method, "http://"+r.host+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
			continue
		}
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(raw)}
}

func (r rig) order() (pcpos.SaleOrder, string) {
	r.t.Helper()
	o := pcpos.SaleOrder{PaymentID: uuid.New(), DeviceID: device, OrderID: fmt.Sprintf("%d", time.Now().UnixNano()), Amount: 3_720_000, Expires: time.Now().Add(time.Minute)}
	token, err := pcpos.SignSaleOrder(o, "server", keyOf("s"), time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"order": token})
	if err != nil {
		r.t.Fatal(err)
	}
	return o, string(body)
}

func (r rig) refused(what string, a answer, status int, code string) {
	r.t.Helper()
	var problem struct{ Code, Title, TitleFA string }
	if err := json.Unmarshal([]byte(a.body), &problem); err != nil || a.status != status || problem.Code != code || problem.Title == "" || a.header.Get("Content-Type") != "application/problem+json" {
		r.t.Errorf("%s: %d %s %v, want %d %s", what, a.status, a.body, err, status, code)
	}
}

func TestASaleThroughTheDoor(t *testing.T) {
	t.Parallel()
	r := newRig(t, 100*time.Millisecond)
	o, body := r.order()
	begun := r.do("POST", "/v1/sales", body, "Origin", portal)
	if begun.status != 202 || begun.header.Get("Access-Control-Allow-Origin") != portal || begun.header.Get("Vary") != "Origin" || begun.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%+v", begun)
	}
	turned, second := r.order()
	refusal := r.do("POST", "/v1/sales", second, "Origin", portal)
	r.refused("a second sale", refusal, 409, "pos_in_progress")
	if !strings.Contains(refusal.body, o.PaymentID.String()) {
		t.Errorf("%s does not name the sale", refusal.body)
	}
	r.neverBegun(refusal, turned, pcpos.NotSent)
	r.neverBegun(r.do("POST", "/v1/sales", second, "Origin", portal), turned, pcpos.NotSent)

	var phases []string
	var last sales.View
	stream := r.do("GET", "/v1/sales/"+o.PaymentID.String()+"/events", "", "Origin", portal) // ends by itself
	for lines := bufio.NewScanner(strings.NewReader(stream.body)); lines.Scan(); {
		if phase, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			phases = append(phases, phase)
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			last = sales.View{}
			if err := json.Unmarshal([]byte(data), &last); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := strings.Join(phases, " "); stream.header.Get("Content-Type") != "text/event-stream" || got != "connecting connected waiting_for_card done" {
		t.Errorf("%s: %s", stream.header.Get("Content-Type"), got)
	}
	outcome, err := pcpos.VerifyOutcome(last.Outcome, keyOf("d").Public().(ed25519.PublicKey))
	if err != nil || outcome.State != pcpos.StateApproved || outcome.Matches(o) != nil {
		t.Errorf("%+v %v", outcome, err)
	}
	again := r.do("GET", "/v1/sales/"+o.PaymentID.String()+"/events", "", "Origin", portal, "Last-Event-ID", "3")
	if strings.Count(again.body, "event: ") != 1 || !strings.Contains(again.body, "id: 4\nevent: done") {
		t.Errorf("after the third event: %s", again.body)
	}
	var view sales.View
	got := r.do("GET", "/v1/sales/"+o.PaymentID.String(), "", "Origin", portal)
	if err := json.Unmarshal([]byte(got.body), &view); err != nil || view.Outcome != last.Outcome {
		t.Errorf("%+v %v", got, err)
	}
	status := r.do("GET", "/v1/status", "")
	if status.status != 200 || !strings.Contains(status.body, `"state":"ready"`) || !strings.Contains(status.body, device.String()) {
		t.Errorf("%+v", status)
	}
}

// neverBegun fails the test unless an answer carries the signed word that the order was never begun.
func (r rig) neverBegun(a answer, o pcpos.SaleOrder, evidence pcpos.Evidence) {
	r.t.Helper()
	var body struct{ Outcome string }
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		r.t.Fatalf("%+v %v", a, err)
	}
	said, err := pcpos.VerifyOutcome(body.Outcome, keyOf("d").Public().(ed25519.PublicKey))
	if err != nil || said.Matches(o) != nil || said.State != pcpos.StateDeclined || said.Code != "never_begun" || said.Evidence != evidence {
		r.t.Errorf("%+v: %+v %v", a, said, err)
	}
}

// An expired order that nobody brought here is asked about by recovery, and its signed end comes back.
func TestAnOrderThatNeverCame(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	o := pcpos.SaleOrder{PaymentID: uuid.New(), DeviceID: device, OrderID: "17", Amount: 3_720_000, Expires: time.Now().Add(-2 * time.Minute)}
	token, err := pcpos.SignSaleOrder(o, "server", keyOf("s"), time.Now().Add(-12*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	path, body := "/v1/sales/"+o.PaymentID.String(), `{"order":"`+token+`"}`
	r.refused("it may not begin", r.do("POST", "/v1/sales", body, "Origin", portal), 422, "pos_order")
	r.refused("nothing is known", r.do("GET", path, "", "Origin", portal), 404, "pos_payment_unknown")
	r.refused("nor by its id alone", r.do("POST", path+"/recover", "", "Origin", portal), 404, "pos_payment_unknown")
	r.refused("a form", r.do("POST", path+"/recover", body, "Origin", portal, "Content-Type", "text/plain"), 415, "pos_content_type")
	fresh, open := r.order()
	r.refused("one that may begin", r.do("POST", "/v1/sales/"+fresh.PaymentID.String()+"/recover", open, "Origin", portal), 409, "pos_order_open")
	asked := r.do("POST", path+"/recover", body, "Origin", portal)
	if asked.status != 202 {
		t.Fatalf("%+v", asked)
	}
	r.neverBegun(asked, o, pcpos.NeverBegun)
	r.neverBegun(r.do("GET", path, "", "Origin", portal), o, pcpos.NeverBegun)
	if n := len(r.pos.Transactions()); n != 0 {
		t.Errorf("%d sales", n)
	}
}

// Whoever is not the portal on this machine gets nothing: no page of another origin, no name that was made to point here, no sandboxed frame.
func TestOnlyThePortalMayAsk(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	o, body := r.order()
	_, port, _ := net.SplitHostPort(r.host)
	for _, path := range []string{"/v1/status", "/v1/sales/" + o.PaymentID.String(), "/v1/sales/" + o.PaymentID.String() + "/events", "/"} {
		for _, origin := range []string{"https://evil.example", "https://portal.example.ir.evil.example", "http://portal.example.ir", "https://portal.example.ir:444", "null", ""} {
			a := r.do("GET", path, "", "Origin", origin)
			r.refused(path+" from "+origin, a, 403, "pos_origin")
			if a.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s is let in to %s", origin, path)
			}
		}
		for _, host := range []string{"evil.example", "evil.example:" + port, "127.0.0.1", "127.0.0.1:1", "10.0.0.1:" + port, "localhost.evil.example:" + port} {
			r.refused(path+" at "+host, r.do("GET", path, "", "Host", host), 403, "pos_host")
		}
	}
	r.refused("a sale from another page", r.do("POST", "/v1/sales", body, "Origin", "https://evil.example"), 403, "pos_origin")
	r.refused("a sale by another name", r.do("POST", "/v1/sales", body, "Origin", portal, "Host", "rebound.example:"+port), 403, "pos_host")
	if n := len(r.pos.Transactions()); n != 0 {
		t.Errorf("%d sales", n)
	}
	for _, host := range []string{"localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port} {
		if a := r.do("GET", "/v1/status", "", "Host", host, "Origin", portal); a.status != 200 {
			t.Errorf("%s: %+v", host, a)
		}
	}
}

func TestPreflights(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	ask := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type", "Access-Control-Request-Private-Network", "true"}
	a := r.do("OPTIONS", "/v1/sales", "", append(ask, "Origin", portal)...)
	for name, value := range map[string]string{"Access-Control-Allow-Origin": portal, "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "Content-Type, Last-Event-ID",
		"Access-Control-Allow-Private-Network": "true"} {
		if a.header.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, a.header.Get(name), value)
		}
	}
	if a.status != 204 || a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%+v", a)
	}
	r.refused("another page", r.do("OPTIONS", "/v1/sales", "", append(ask, "Origin", "https://evil.example")...), 403, "pos_origin")
	if a := r.do("OPTIONS", "/v1/sales", "", "Origin", portal, "Access-Control-Request-Method", "POST"); a.header.Get("Access-Control-Allow-Private-Network") != "" {
		t.Error("private network is allowed though nobody asked")
	}
}

// No body but a signed order begins anything, and what is in it beside the order is refused rather than ignored.
func TestBodies(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	_, good := r.order()
	for name, tt := range map[string]struct {
		body   string
		media  string
		status int
		code   string
	}{
		"a form":                 {good, "application/x-www-form-urlencoded", 415, "pos_content_type"},
		"plain text":             {good, "text/plain", 415, "pos_content_type"},
		"no JSON":                {"{", "application/json", 400, "pos_body"},
		"two objects":            {good + good, "application/json", 400, "pos_body"},
		"an amount of the page":  {strings.Replace(good, "{", `{"amount_rial":1000,`, 1), "application/json", 400, "pos_body"},
		"33 KiB":                 {`{"order":"` + strings.Repeat("x", 33<<10) + `"}`, "application/json", 413, "pos_body_too_large"},
		"no order":               {`{}`, "application/json", 422, "pos_order"},
		"an order nobody signed": {`{"order":"a.b.c"}`, "application/json", 422, "pos_order"},
	} {
		r.refused(name, r.do("POST", "/v1/sales", tt.body, "Content-Type", tt.media, "Origin", portal), tt.status, tt.code)
	}
	stranger := "/v1/sales/" + uuid.NewString()
	for method, path := range map[string]string{"GET": stranger, "POST": stranger + "/recover"} {
		r.refused(path, r.do(method, path, "", "Origin", portal), 404, "pos_payment_unknown")
	}
	r.refused("no id", r.do("GET", "/v1/sales/x/events", ""), 404, "pos_payment_unknown")
	r.refused("no path", r.do("GET", "/v2", ""), 404, "pos_not_found")
	r.refused("a deletion", r.do("DELETE", "/v1/sales", ""), 404, "pos_not_found")
	r.refused("no release", r.do("POST", stranger+"/release", `{"release":"x"}`), 422, "pos_release")
	if n := len(r.pos.Transactions()); n != 0 {
		t.Errorf("%d sales", n)
	}
}

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "10.0.0.1:0", "example.ir:0", "localhost:0", "127.0.0.1"} {
		if l, err := loopback.Listen(address); err == nil {
			t.Errorf("%s is listened on", address)
			_ = l.Close()
		}
	}
	l, err := loopback.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}
