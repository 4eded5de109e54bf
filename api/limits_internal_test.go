package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"

	"mofasa/api/ratelimit"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// limited is the middleware around a handler of the test, behind a real HTTP server. The one limit has four units an hour.
type limited struct {
	url     string
	handler func(context.Context) error
	done    chan struct{} // has an item after each request that the middleware is done with
}

func newLimited(t *testing.T) *limited {
	t.Helper()
	l := &limited{done: make(chan struct{}, 100)}
	rule := LimitRule{Limit: ratelimit.Limit{Name: "one", Requests: 4, Window: time.Hour, OnFailure: ratelimit.FailOpen}, Subject: ByAddress, Cost: 1}
	s := &server{Deps: Deps{Limits: unbounded{ratelimit.NewMemory(10, time.Now)}, LimitTable: LimitTable{"class": {rule}}, Clock: time.Now, Log: slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil)),
		Tracer: noop.NewTracerProvider().Tracer("")}}
	m := newMeter(prometheus.NewRegistry())
	e := echo.New()
	e.HTTPErrorHandler = s.writeProblem
	named := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), operationKey{}, &operation{ID: "One", RateLimit: "class"})))
			return next(c)
		}
	}
	done := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			defer func() { l.done <- struct{}{} }()
			return next(c)
		}
	}
	e.Use(s.observe(m), done, named, s.limit(m))
	e.GET("/", func(c echo.Context) error { return l.handler(c.Request().Context()) })
	http := httptest.NewServer(e)
	t.Cleanup(http.Close)
	l.url = http.URL
	return l
}

// unbounded is a source that, like Redis, does nothing for a caller whose context has ended.
type unbounded struct{ ratelimit.Source }

func (u unbounded) Give(ctx context.Context, group string, takes []ratelimit.Take) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return u.Source.Give(ctx, group, takes)
}

// get calls the handler and gives the status, 0 where the caller hung up, and what is left of the limit.
func (l *limited) get(t *testing.T, ctx context.Context) (status int, left string) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	<-l.done
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	return response.StatusCode, response.Header.Get("RateLimit")
}

// Ours to answer for, and theirs.
var errOurs, errTheirs = errTimeout, scope.ErrKeyReused

// TestFailuresOfOursAreGivenBack fails requests by errors and by panics, also for callers who are gone, more often than their limit: they still have all of it.
// What is the caller's own doing stays charged, hanging up included.
func TestFailuresOfOursAreGivenBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler func(context.Context) error
		hangUp  bool
		status  int
		given   bool
	}{
		"unexpected error":           {func(context.Context) error { return errors.New("a defect") }, false, 500, true},
		"unavailable":                {func(context.Context) error { return errOurs }, false, 503, true},
		"panic":                      {func(context.Context) error { panic("a defect") }, false, 500, true},
		"our time is over":           {func(context.Context) error { return context.DeadlineExceeded }, false, 503, true},
		"conflict":                   {func(context.Context) error { return errTheirs }, false, 409, false},
		"success":                    {func(context.Context) error { return nil }, false, 200, false},
		"panic after a hang-up":      {func(ctx context.Context) error { <-ctx.Done(); panic("a defect") }, true, 0, true},
		"error after a hang-up":      {func(ctx context.Context) error { <-ctx.Done(); return errOurs }, true, 0, true},
		"hung up":                    {func(ctx context.Context) error { <-ctx.Done(); return fmt.Errorf("query: %w", ctx.Err()) }, true, 0, false},
		"hung up, done all the same": {func(ctx context.Context) error { <-ctx.Done(); return nil }, true, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLimited(t)
			l.handler = c.handler
			for range 3 {
				ctx, cancel := context.WithCancel(t.Context())
				if c.hangUp {
					time.AfterFunc(20*time.Millisecond, cancel)
				}
				if status, _ := l.get(t, ctx); status != c.status {
					t.Fatalf("status %d", status)
				}
				cancel()
			}
			want := map[bool]string{true: `"one";r=3;`, false: `"one";r=0;`}[c.given]
			l.handler = func(context.Context) error { return nil }
			if status, left := l.get(t, t.Context()); status != 200 || !strings.HasPrefix(left, want) {
				t.Errorf("three requests later %d, %s, want %s", status, left, want)
			}
		})
	}
}

// TestSubjectsAndTheirBuckets says whose bucket each kind of caller uses, and whose overrides hold for them.
func TestSubjectsAndTheirBuckets(t *testing.T) {
	t.Parallel()
	person, client, office := uuid.New(), uuid.New(), uuid.New()
	atOffice := identity.Home{Kind: identity.AtOffice, OfficeID: office, MunicipalityID: 520}
	e := echo.New()
	c := e.NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder())
	address := c.RealIP()
	for name, x := range map[string]struct {
		claims   identity.Claims
		keys     map[Subject]string
		subjects string
	}{
		"a stranger": {identity.Claims{}, map[Subject]string{ByAddress: address, ByPerson: address, ByOffice: address, ByMunicipality: address}, "[]"},
		"a cashier": {identity.Claims{PersonID: person, Home: atOffice}, map[Subject]string{ByAddress: address, ByPerson: person.String(), ByOffice: office.String(), ByMunicipality: "municipality:520"},
			fmt.Sprintf("[{person %s} {office %s} {municipality 520}]", person, office)},
		"an office's client": {identity.Claims{ClientID: client, Home: atOffice}, map[Subject]string{ByPerson: client.String(), ByClient: client.String(), ByOffice: office.String(), ByMunicipality: "municipality:520"},
			fmt.Sprintf("[{client %s} {office %s} {municipality 520}]", client, office)},
		"a city's client": {identity.Claims{ClientID: client, Home: identity.Home{Kind: identity.AtMunicipality, MunicipalityID: 122}}, map[Subject]string{ByClient: client.String(), ByOffice: client.String(), ByMunicipality: client.String()},
			fmt.Sprintf("[{client %s} {municipality 122}]", client)},
		"the platform's operator": {identity.Claims{PersonID: person, Home: identity.Home{Kind: identity.AtPlatform}}, map[Subject]string{ByPerson: person.String(), ByOffice: person.String()}, fmt.Sprintf("[{person %s}]", person)},
	} {
		for subject, want := range x.keys {
			if got := key(c, x.claims, subject); got != want {
				t.Errorf("%s by %s: %s, want %s", name, subject, got, want)
			}
		}
		if got := fmt.Sprint(subjectsOf(x.claims)); got != x.subjects {
			t.Errorf("%s: %s, want %s", name, got, x.subjects)
		}
	}
}

// purse is a source that writes down what is given back.
type purse struct {
	ratelimit.Source
	takes []ratelimit.Take
}

func (p *purse) Give(_ context.Context, _ string, takes []ratelimit.Take) error {
	p.takes = append(p.takes, takes...)
	return nil
}

// TestWhatASignInGivesBack says for each outcome what an account, its network and its address get back, and that success alone makes an account known.
func TestWhatASignInGivesBack(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		err  error
		want string
	}{
		"success":            {nil, "account_at_network 5 0s, account 1 2160h0m0s, address 1 0s, network 1 2160h0m0s"},
		"wrong password":     {identity.ErrCredentials, ""},
		"wrong code":         {identity.ErrFactorInvalid.On("code"), ""},
		"wrong secret":       {identity.ErrClient, ""},
		"a code is missing":  {identity.ErrFactorRequired, "account_at_network 1 0s, account 1 0s, address 1 0s, network 1 0s"},
		"a suspended office": {identity.ErrOfficeSuspended, "account_at_network 1 0s, account 1 0s, address 1 0s, network 1 0s"},
	} {
		source := &purse{}
		s := &server{Deps: Deps{Limits: source, LimitTable: LimitTable{"sign-in": onlyFirst(DefaultLimits()["sign-in"])}, Clock: time.Now}}
		c := echo.New().NewContext(httptest.NewRequest(http.MethodPost, "/", nil), httptest.NewRecorder())
		counted := s.count(c, s.LimitTable["sign-in"])
		s.settleFailures(t.Context(), counted, x.err)
		var got []string
		for i, take := range source.takes {
			got = append(got, fmt.Sprint(counted.failed[i].by, " ", take.Cost, " ", take.Pass.For))
		}
		if text := strings.Join(got, ", "); text != x.want || counted.group != "accounts" {
			t.Errorf("%s: %s, want %s", name, text, x.want)
		}
	}
}

// onlyFirst keeps of each subject's failures the first rule.
func onlyFirst(rules []LimitRule) (kept []LimitRule) {
	seen := map[Subject]bool{}
	for _, r := range rules {
		if r.Failure && !seen[r.Subject] {
			seen[r.Subject], kept = true, append(kept, r)
		}
	}
	return kept
}

// TestClientsHaveALimitOfTheirOwn counts a program beside whom it works for, and people not at all.
func TestClientsHaveALimitOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := &server{Deps: Deps{LimitTable: DefaultLimits(), Clock: time.Now}}
	e := echo.New()
	for _, x := range []struct {
		claims identity.Claims
		want   string
	}{
		{identity.Claims{PersonID: uuid.New(), Home: identity.Home{Kind: identity.AtMunicipality, MunicipalityID: 1}}, "read-office"},
		{identity.Claims{ClientID: uuid.New(), Home: identity.Home{Kind: identity.AtMunicipality, MunicipalityID: 1}}, "read-office client"},
	} {
		c := e.NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder())
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), claimsKey{}, x.claims)))
		var names []string
		for _, take := range s.count(c, s.LimitTable["read"]).takes {
			names = append(names, take.Limit.Name)
		}
		if got := strings.Join(names, " "); got != x.want {
			t.Errorf("%s, want %s", got, x.want)
		}
	}
}
