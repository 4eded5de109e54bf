package apitest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/tenants/scope"
)

// Client talks to the server as one person, and holds every answer against the contract.
type Client struct {
	Token  string
	server *Server
	t      testing.TB
}

// Anonymous is a client without a login.
func (s *Server) Anonymous() *Client { return &Client{server: s, t: s.t} }

// SignIn is a client signed in as one of the seeded people.
func (s *Server) SignIn(username string) *Client {
	s.t.Helper()
	c := s.Anonymous()
	var session gen.Session
	c.Must(c.Do("POST", "/v1/sessions", map[string]string{"username": username, "password": Password}), 201, &session)
	c.Token = session.AccessToken
	return c
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Problem reads the answer's problem document.
func (a Answer) Problem() (p gen.Problem) {
	_ = json.Unmarshal(a.Body, &p) // an empty code fails the caller's comparison
	return p
}

// CSV is a file for a body.
type CSV string

// Do sends a request with a JSON body (or raw bytes) and headers given as name, value pairs.
func (c *Client) Do(method, path string, body any, headers ...string) Answer {
	c.t.Helper()
	raw, isRaw := body.([]byte)
	kind := "application/json"
	if file, isFile := body.(CSV); isFile {
		raw, isRaw, kind = []byte(file), true, "text/csv"
	}
	if !isRaw && body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			c.t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.server.URL+path, bytes.NewReader(raw))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", kind)
	}
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	answer := Answer{Status: response.StatusCode, Header: response.Header}
	content := io.Reader(response.Body)
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		content = io.LimitReader(content, 1) // a stream has no end; that it begins is an answer
	}
	if answer.Body, err = io.ReadAll(content); err != nil {
		c.t.Fatal(err)
	}
	c.validate(request, answer)
	return answer
}

// Once is Do with a fresh Idempotency-Key.
func (c *Client) Once(method, path string, body any) Answer {
	c.t.Helper()
	return c.Do(method, path, body, "Idempotency-Key", uuid.NewString())
}

// Must fails the test unless the status is as wanted, and decodes the body into out, if one is given.
func (c *Client) Must(a Answer, status int, out any) {
	c.t.Helper()
	if a.Status != status {
		c.t.Fatalf("status %d, want %d: %s%s", a.Status, status, a.Body, c.why(a))
	}
	if out != nil {
		if err := json.Unmarshal(a.Body, out); err != nil {
			c.t.Fatalf("decode %s: %v", a.Body, err)
		}
	}
}

// Refused fails the test unless the answer is a problem with this status and code.
func (c *Client) Refused(a Answer, status int, code string) {
	c.t.Helper()
	if got := a.Problem(); a.Status != status || string(got.Code) != code {
		c.t.Fatalf("answer %d %s, want %d %s: %s%s", a.Status, got.Code, status, code, a.Body, c.why(a))
	}
}

// why is the server's last log line with an error, for an answer that a test did not expect.
func (c *Client) why(a Answer) string {
	if a.Status < http.StatusInternalServerError {
		return ""
	}
	lines := strings.Split(c.server.Logs.String(), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.Contains(lines[i], `"error"`) {
			return "\n" + lines[i]
		}
	}
	return ""
}

var contract = func() routers.Router {
	spec, err := gen.GetSpec()
	if err != nil {
		panic(err)
	}
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		panic(err)
	}
	openapi3filter.RegisterBodyDecoder("application/pdf", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.FileBodyDecoder)
	return router
}()

// validate holds an answer against the contract; what is outside the contract passes.
func (c *Client) validate(request *http.Request, a Answer) {
	c.t.Helper()
	route, params, err := contract.FindRoute(request)
	if err != nil {
		return
	}
	c.server.follow(route.Operation.OperationID, request, a)
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route},
		Status:                 a.Status, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.Body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateResponse(c.t.Context(), input); err != nil {
		c.t.Errorf("%s %s answered %d outside the contract: %v\n%s", request.Method, route.Path, a.Status, err, a.Body)
	}
}

// Inquire asks about a plate.
func (c *Client) Inquire(plate string) gen.Inquiry {
	c.t.Helper()
	var inquiry gen.Inquiry
	c.Must(c.Do("POST", "/v1/inquiries", map[string]string{"plate": plate, "purpose": "settlement"}), 201, &inquiry)
	return inquiry
}

// OrderOf is the body of an order for every due of an inquiry that can be paid.
func OrderOf(q gen.Inquiry) map[string]any {
	dues := []map[string]int{}
	for _, m := range q.Municipalities {
		for _, d := range m.Dues {
			if d.State == gen.DueStateAssessed && m.State == gen.MunicipalityDuesStateAnswered {
				dues = append(dues, map[string]int{"municipality_code": m.Municipality.Code, "fiscal_year": d.FiscalYear})
			}
		}
	}
	return map[string]any{"inquiry_id": q.Id, "dues": dues}
}

// Order claims everything that the vehicle owes.
func (c *Client) Order(plate string) gen.Order {
	c.t.Helper()
	var order gen.Order
	c.Must(c.Once("POST", "/v1/orders", OrderOf(c.Inquire(plate))), 201, &order)
	return order
}

// Start opens a payment of an order.
func (c *Client) Start(order uuid.UUID) gen.Payment {
	c.t.Helper()
	var payment gen.Payment
	c.Must(c.Once("POST", "/v1/orders/"+order.String()+"/payments", map[string]string{"method": "gateway"}), 201, &payment)
	return payment
}

// GetOrder reads an order.
func (c *Client) GetOrder(order uuid.UUID) gen.Order {
	c.t.Helper()
	var got gen.Order
	c.Must(c.Do("GET", "/v1/orders/"+order.String(), nil), 200, &got)
	return got
}

// Decide presses a button on the bank's page, "pay" or "cancel", and gives the address that the payer's browser is sent back to; it does not go there.
func (b *Bank) Decide(t testing.TB, payment gen.Payment, decision string) string {
	t.Helper()
	if payment.RedirectUrl == nil {
		t.Fatalf("payment in state %s has no page", payment.State)
	}
	page, err := url.Parse(*payment.RedirectUrl)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"Token": {page.Query().Get("token")}, "decision": {decision}}
	request, err := http.NewRequestWithContext(t.Context(), "POST", b.URL+"/OnlinePG/Decision", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.Header.Get("Location")
}

// Return follows the payer's browser back to us.
func (c *Client) Return(location string) Answer {
	c.t.Helper()
	return c.Do("GET", strings.TrimPrefix(location, c.server.URL), nil)
}

// Pay pays an order's next slice to the end.
func (c *Client) Pay(order uuid.UUID) gen.Payment {
	c.t.Helper()
	payment := c.Start(order)
	c.Must(c.Return(c.server.Bank.Decide(c.t, payment, "pay")), 200, nil)
	for _, p := range c.GetOrder(order).Payments {
		if p.Id == payment.Id {
			return p
		}
	}
	c.t.Fatal("the payment is not on its order")
	return gen.Payment{}
}

// Scenario arranges the next session at the bank.
func (b *Bank) Scenario(t testing.TB, scenario string) {
	t.Helper()
	response, err := http.Post(b.URL+"/_sim/scenario", "application/json", strings.NewReader(scenario))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		t.Fatalf("scenario %s: %d", scenario, response.StatusCode)
	}
}

// Forge changes one character in the signature of a token.
func Forge(t testing.TB, token string) string {
	t.Helper()
	at := strings.LastIndexByte(token, '.') + 5
	swapped := byte('A')
	if token[at] == 'A' {
		swapped = 'B'
	}
	return token[:at] + string(swapped) + token[at+1:]
}

// TokenPayload is the readable middle of a token.
func TokenPayload(t testing.TB, token string) []byte {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// Platform runs a statement as the platform's own work.
func (s *Server) Platform(statement string, args ...any) {
	s.t.Helper()
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(statement, args...).Error })
	if err != nil {
		s.t.Fatal(err)
	}
}
