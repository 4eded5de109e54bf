package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
)

const tick = 20 * time.Millisecond

// change is the data of an event.
type change struct{ State, Version string }

// watchedServer is a server whose orders are watched until the returned function is called, or the test ends.
func watchedServer(t *testing.T) (*apitest.Server, context.CancelFunc) {
	t.Helper()
	s := apitest.New(t, apitest.Options{})
	ctx, stop := context.WithCancel(s.System())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Program.Watch.Run(ctx, tick) }()
	t.Cleanup(func() { stop(); <-ended })
	return s, stop
}

// stream is an open stream of an order.
type stream struct {
	t      *testing.T
	events chan change // closed when the stream ends
	close  func()
}

func openStream(t *testing.T, s *apitest.Server, token string, order uuid.UUID) (stream, int) {
	t.Helper()
	return openStreamAt(t, s.URL, token, order)
}

func openStreamAt(t *testing.T, address, token string, order uuid.UUID) (stream, int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "GET", address+"/v1/orders/"+order.String()+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode == 200 && response.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("the stream is %q", response.Header.Get("Content-Type"))
	}
	o := stream{t: t, events: make(chan change, 64), close: stop}
	go func() {
		defer close(o.events)
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		for lines.Scan() {
			var said change
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(data), &said) == nil {
				o.events <- said
			}
		}
	}()
	t.Cleanup(stop)
	return o, response.StatusCode
}

func (o stream) next() change {
	o.t.Helper()
	select {
	case said, more := <-o.events:
		if !more {
			o.t.Fatal("the stream has ended")
		}
		return said
	case <-time.After(10 * time.Second):
		o.t.Fatal("nothing came")
	}
	return change{}
}

func (o stream) ends() {
	o.t.Helper()
	for deadline := time.After(25 * time.Second); ; {
		select {
		case _, more := <-o.events:
			if !more {
				return
			}
		case <-deadline:
			o.t.Fatal("the stream goes on")
		}
	}
}

// TestAWatchedOrderTellsEveryChange follows an order from its issue to its certificate, with two watchers, one of whom comes late.
func TestAWatchedOrderTellsEveryChange(t *testing.T) {
	t.Parallel()
	s, stop := watchedServer(t)
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	first, _ := openStream(t, s, c.Token, order.Id)
	begun := first.next()
	if begun.State != "open" || begun.Version == "" {
		t.Fatalf("at first it says %+v", begun)
	}
	p := c.Start(order.Id)
	sent := first.next()
	if sent.State != "open" || sent.Version == begun.Version {
		t.Errorf("a payment that is begun tells nothing new: %+v", sent)
	}
	late, _ := openStream(t, s, c.Token, order.Id)
	if got := late.next(); got.State != "open" {
		t.Errorf("whoever comes late hears %+v", got)
	}
	s.Bank.Decide(t, p, "pay")
	c.GetOrder(order.Id) // asks the bank
	for _, o := range []stream{first, late} {
		got := o.next()
		for got.State != "paid" { // steps in between may be seen or not
			got = o.next()
		}
	}
	c.Must(c.Once("POST", "/v1/certificates", gen.CertificateRequest{OrderId: order.Id}), 201, nil)
	if got := first.next(); got.State != "paid" {
		t.Errorf("the certificate tells %+v", got)
	}
	select {
	case got := <-first.events:
		t.Errorf("without a change it tells %+v", got)
	case <-time.After(10 * tick):
	}
	stop() // the server stops
	first.ends()
	late.ends()
	tooLate, _ := openStream(t, s, c.Token, order.Id) // while the last requests drain
	tooLate.ends()
}

// TestAStreamTellsThatTheTimeIsOver lets the time of an order go by; nobody writes anything then, and its readers see it expired.
func TestAStreamTellsThatTheTimeIsOver(t *testing.T) {
	t.Parallel()
	s, _ := watchedServer(t)
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	o, _ := openStream(t, s, c.Token, order.Id)
	begun := o.next()
	s.Clock.Advance(order.ValidUntil.Sub(s.Clock.Now()) + time.Second)
	over := o.next()
	if over.State != "expired" || over.Version == begun.Version {
		t.Errorf("after %+v it tells %+v", begun, over)
	}
	again := s.SignIn(apitest.Cashier) // the token is over, too
	if got := again.GetOrder(order.Id); string(got.State) != over.State {
		t.Errorf("it tells %+v, and its reader sees %s", over, got.State)
	}
}

// TestAStreamIsNoTimeToAnswer reads of which requests the time is measured.
func TestAStreamIsNoTimeToAnswer(t *testing.T) {
	t.Parallel()
	s, stop := watchedServer(t)
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	o, _ := openStream(t, s, c.Token, order.Id)
	o.next()
	c.Refused(c.Do("GET", "/v1/orders/"+uuid.NewString()+"/events", nil), 404, "order_unknown")
	stop()
	o.ends()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(tick) {
		said := string(s.Anonymous().Do("GET", "/metrics", nil).Body)
		if strings.Contains(said, `mofasa_http_requests_total{operation="WatchOrder",status="200"} 1`) {
			if !strings.Contains(said, `mofasa_http_request_seconds_count{operation="WatchOrder"} 1`) { // the refusal alone
				t.Errorf("the stream is measured:\n%s", said)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the stream is not counted")
		}
	}
}

// TestOnlyTheOwnOfficeWatches holds the door of the stream.
func TestOnlyTheOwnOfficeWatches(t *testing.T) {
	t.Parallel()
	s, _ := watchedServer(t)
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	path := "/v1/orders/" + order.Id.String() + "/events"
	stranger := s.SignIn(apitest.OtherCashier)
	stranger.Refused(stranger.Do("GET", path, nil), 404, "order_unknown")
	s.Anonymous().Refused(s.Anonymous().Do("GET", path, nil), 401, "token_invalid")
}

// TestStreamsOfOnePersonAreBounded opens too many, and finds room again when one closes.
func TestStreamsOfOnePersonAreBounded(t *testing.T) {
	t.Parallel()
	s, _ := watchedServer(t)
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	path := "/v1/orders/" + order.Id.String() + "/events"
	var all []stream
	for range 12 {
		o, status := openStream(t, s, c.Token, order.Id)
		if status != 200 {
			t.Fatalf("stream %d: %d", len(all)+1, status)
		}
		all = append(all, o)
	}
	refused := c.Do("GET", path, nil)
	c.Refused(refused, 429, "too_many_streams")
	if refused.Header.Get("Retry-After") == "" {
		t.Error("nobody says when to come back")
	}
	all[0].close()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(tick) {
		if _, status := openStream(t, s, c.Token, order.Id); status == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a closed stream leaves no room")
		}
	}
}

// TestAStreamOutlivesTheServersTimeouts gives a request less time than the stream lasts, and stops the server under it.
func TestAStreamOutlivesTheServersTimeouts(t *testing.T) {
	t.Parallel()
	const each = 300 * time.Millisecond
	s, stop := watchedServer(t)
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	front := httptest.NewUnstartedServer(s.Program.Handler)
	front.Config.ReadTimeout, front.Config.WriteTimeout = each, each
	front.Start()
	defer front.Close()
	o, _ := openStreamAt(t, front.URL, c.Token, order.Id)
	o.next()
	time.Sleep(3 * each)
	c.Must(c.Once("POST", "/v1/orders/"+order.Id.String()+"/cancellation", nil), 200, nil)
	if got := o.next(); got.State != "cancelled" {
		t.Errorf("after the timeouts it tells %+v", got)
	}
	stop()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if err := front.Config.Shutdown(ctx); err != nil {
		t.Errorf("the server waits for a stream: %v", err)
	}
}

// TestAStreamEndsWithItsToken lets the token of a stream run out, the session of another one end, and the reader of a third be locked.
func TestAStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	s, _ := watchedServer(t)
	c, gone := s.SignIn(apitest.Cashier), s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	clerk := s.SignIn(apitest.Clerk)
	shut, status := openStream(t, s, clerk.Token, order.Id)
	if status != 200 {
		t.Fatalf("the clerk gets %d", status)
	}
	shut.next()
	s.Platform(`UPDATE people SET state = 'locked' WHERE username = ?`, apitest.Clerk)
	ended, _ := openStream(t, s, gone.Token, order.Id)
	lasting, _ := openStream(t, s, c.Token, order.Id)
	ended.next()
	lasting.next()
	gone.Must(gone.Do("DELETE", "/v1/sessions/current", nil), 204, nil)
	ended.ends()
	shut.ends()
	select {
	case got, more := <-lasting.events:
		t.Errorf("the other one hears %+v, %v", got, more)
	default:
	}
	s.Clock.Advance(time.Hour)
	lasting.ends()
}

// TestAWatchSurvivesItsWatchers looks when nobody waits, and gives a slow watcher the latest alone.
func TestAWatchSurvivesItsWatchers(t *testing.T) {
	t.Parallel()
	s, _ := watchedServer(t)
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	news, leave := s.Program.Watch.Join(order.Id)
	time.Sleep(5 * tick)
	s.Platform(`UPDATE payments SET version = version + 1`) // of nobody: nothing changes
	c.Must(c.Once("POST", "/v1/orders/"+order.Id.String()+"/cancellation", nil), 200, nil)
	time.Sleep(20 * tick)
	if got := <-news; got.State != "cancelled" {
		t.Errorf("a slow watcher hears %+v", got)
	}
	leave()
	if _, found := s.Program.Watch.Join(uuid.New()); found == nil {
		t.Error("nobody can wait any more")
	}
}
