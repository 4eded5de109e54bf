// Package apitest boots the real server for a test: the assembled program on a clone of a seeded database, behind HTTP, with a simulated bank on the
// other side of the gateway's wire. Every answer that a test's client sees is validated against the contract.
package apitest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"mofasa/api"
	"mofasa/api/ratelimit"
	"mofasa/billing/certificates"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/gateways"
	"mofasa/billing/payments/sep"
	"mofasa/cmd/banksim/sim"
	"mofasa/migrations"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/identity"
	"mofasa/tenants/privacy/privacytest"
	"mofasa/tenants/scope"
)

// Server is one test's running program.
type Server struct {
	URL     string
	Bank    *Bank
	DB      *pgtest.DB
	Program *api.Program
	Logs    *Logs
	Clock   *Clock
	Keys    *identity.Keyring // of access tokens
	Privacy *privacytest.Keys // of personal data
	t       testing.TB
}

// Options change what a test needs otherwise.
type Options struct {
	Limits              ratelimit.Source
	LimitTable          api.LimitTable
	Bank                *Bank             // nil: one of its own
	DB                  *pgtest.DB        // nil: a fresh clone
	Keys                *identity.Keyring // of access tokens; nil: fresh
	Signing             *identity.Keyring // of certificates; nil: fresh
	Clock               *Clock            // nil: one of its own
	RequireSecondFactor bool              // roles that demand a second factor work only with one
	// Wrap puts something between the program and the gateway, to lose answers at a chosen moment.
	Wrap func(gateway.Gateway) gateway.Gateway
}

// New boots a server that ends with the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{t: t, DB: o.DB, Bank: o.Bank, Logs: &Logs{}, Clock: &Clock{}, Keys: o.Keys, Privacy: privacytest.NewKeys()}
	if o.Clock != nil {
		s.Clock = o.Clock
	}
	if s.DB == nil {
		s.DB = seeded.New(t)
	}
	if s.Bank == nil {
		s.Bank = NewBank(t)
	}
	if s.Keys == nil {
		s.Keys = NewKeyring(t)
	}
	if o.Signing == nil {
		o.Signing = NewKeyring(t)
	}
	if o.Limits == nil {
		o.Limits = ratelimit.NewMemory(10_000, s.Clock.Now)
	}
	listener := httptest.NewUnstartedServer(nil)
	s.URL = "http://" + listener.Listener.Addr().String()
	s.assemble(o)
	listener.Config.Handler = s.Program.Handler
	listener.Start()
	t.Cleanup(listener.Close)
	s.followTrail(t)
	return s
}

func (s *Server) assemble(o Options) {
	s.t.Helper()
	db, pool, err := scope.Open(s.DB.AppURL, 10)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = pool.Close() })
	var provider gateway.Gateway
	provider, err = sep.New(sep.Config{BaseURL: s.Bank.URL, TerminalID: Terminal, Timeout: 2 * time.Second})
	if err != nil {
		s.t.Fatal(err)
	}
	if o.Wrap != nil {
		provider = o.Wrap(provider)
	}
	fonts, err := certificates.LoadFonts(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Program, err = api.Assemble(api.Infrastructure{Runner: scope.NewRunner(db, s.Clock.Now, newID), Ready: migrations.Readiness(pool), Clock: s.Clock.Now, Random: rand.Reader, TokenKeys: s.Keys, CertificateKeys: o.Signing, RequestKey: []byte(RequestKey), Privacy: s.Privacy.Ring(s.t),
		PasswordCost: Cheap, RequireSecondFactor: o.RequireSecondFactor, Gateway: provider, Hosts: gateways.Hosts{SEP: s.Bank.URL, Zarinpal: s.Bank.URL, Mellat: s.Bank.URL, Now: s.Clock.Now, Timeout: 2 * time.Second}, Limits: o.Limits, LimitTable: o.LimitTable, Fonts: fonts, PublicURL: s.URL,
		Log: api.NewLogger(s.Logs, slog.LevelDebug), Metrics: prometheus.NewRegistry()})
	if err != nil {
		s.t.Fatal(err)
	}
}

// System is a context in which the program itself acts.
func (s *Server) System() context.Context {
	return scope.WithActor(s.t.Context(), scope.Actor{Kind: scope.ActorSystem})
}

// RequestKey is the secret under which the test's door hashes repeated requests.
const RequestKey = "the key of repeated requests of a test"

// What exists at the simulated bank.
const (
	Terminal     = "13579246"                             // the platform's, at SEP
	CityTerminal = "24681357"                             // another one there
	Merchant     = "1c9a7d3e-0000-4000-8000-5a5a5a5a5a5a" // a secret id for Zarinpal
	Till         = "7654321"                              // a terminal of Mellat
)

// Cheap makes sign-ins quick; the production cost is not what is tested.
var Cheap = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16}

func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// NewKeyring makes a ring with one fresh key.
func NewKeyring(t testing.TB) *identity.Keyring {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	body, err := identity.EncodeKey(key)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := identity.NewKeyring(body)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// Clock is the wall clock plus what a test has advanced it.
type Clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

// Now is the present as the program sees it.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// Advance moves the program's clock forward.
func (c *Clock) Advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += by
}

// Logs collects what the program logs.
type Logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write appends a line.
func (l *Logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String is everything logged so far.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Bank is a simulated bank behind HTTP.
type Bank struct {
	URL string
	Sim *sim.Server
}

// NewBank starts one that ends with the test.
func NewBank(t testing.TB) *Bank {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	bank, err := sim.New(sim.Options{PublicURL: url, Terminals: []string{Terminal, CityTerminal, Merchant, Till}})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = bank.Handler()
	server.Start()
	t.Cleanup(server.Close)
	return &Bank{URL: url, Sim: bank}
}

// NewDB clones the seeded database for a program that runs outside the test's process.
func NewDB(t testing.TB) *pgtest.DB {
	t.Helper()
	return seeded.New(t)
}

// Remote is a server that somebody else runs at url, over the given bank.
func Remote(t testing.TB, url string, bank *Bank) *Server {
	return &Server{URL: url, Bank: bank, Logs: &Logs{}, Clock: &Clock{}, t: t}
}
