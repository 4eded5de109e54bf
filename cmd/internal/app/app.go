package app

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"mofasa/api"
	"mofasa/api/ratelimit"
	"mofasa/billing/certificates"
	"mofasa/billing/payments/gateways"
	"mofasa/billing/payments/sep"
	"mofasa/migrations"
	"mofasa/tenants/identity"
	"mofasa/tenants/jobs"
	"mofasa/tenants/scope"
)

// PasswordCost is what a sign-in costs: argon2id with 64 MiB (RFC 9106 §4, second recommendation).
var PasswordCost = &argon2id.Params{Memory: 64 << 10, Iterations: 3, Parallelism: 2, SaltLength: 16, KeyLength: 32}

// localBuckets bounds the memory of the in-process limiter.
const localBuckets = 100_000

// Program is a wired program with what has to be closed after it.
type Program struct {
	*api.Program
	Log       *slog.Logger
	TokenKeys *identity.Keyring // of access tokens
	close     []func() error

	databaseURL string
}

// Close ends the connections.
func (p *Program) Close() {
	for _, c := range p.close {
		if err := c(); err != nil {
			p.Log.Warn("close", "error", err)
		}
	}
}

// Build wires the program. It connects to nothing but what it must.
func Build(c Config, logTo io.Writer, table api.LimitTable) (*Program, error) {
	if err := Require(map[string]string{"MOFASA_DATABASE_URL": c.DatabaseURL, "MOFASA_SEP_TERMINAL": c.SEPTerminal}); err != nil {
		return nil, err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("configuration: MOFASA_LOG_LEVEL: %w", err)
	}
	p := &Program{Log: api.NewLogger(logTo, level), databaseURL: c.DatabaseURL}
	in, err := p.infrastructure(c)
	if err != nil {
		return nil, err
	}
	in.LimitTable = table
	p.Program, err = api.Assemble(in)
	return p, err
}

func (p *Program) infrastructure(c Config) (api.Infrastructure, error) {
	none := api.Infrastructure{}
	db, pool, err := scope.Open(c.DatabaseURL, c.DatabasePool)
	if err != nil {
		return none, err
	}
	p.close = append(p.close, pool.Close)
	tokens, signing, err := LoadKeys(c.KeysDir)
	if err != nil {
		return none, err
	}
	requests, err := LoadRequestKey(c.KeysDir)
	if err != nil {
		return none, err
	}
	personal, err := LoadKeyring(c.KeysDir)
	if err != nil {
		return none, err
	}
	factors, err := LoadFormerFactorKey(c.KeysDir)
	if err != nil {
		return none, err
	}
	p.TokenKeys = tokens
	gateway, err := sep.New(sep.Config{BaseURL: c.SEPURL, PageURL: c.SEPPageURL, TerminalID: c.SEPTerminal})
	if err != nil {
		return none, err
	}
	limits, err := p.limiter(c)
	if err != nil {
		return none, err
	}
	faces, err := certificates.LoadFonts(fonts())
	if err != nil {
		return none, err
	}
	return api.Infrastructure{Runner: scope.NewRunner(db, time.Now, NewID), Ready: migrations.Readiness(pool), Clock: time.Now, Random: rand.Reader, TokenKeys: tokens, CertificateKeys: signing, RequestKey: requests, Privacy: personal,
		PasswordCost: PasswordCost, FormerFactorKey: factors, RequireSecondFactor: c.RequireSecondFactor, Gateway: gateway, Hosts: Hosts(c), Limits: limits, Fonts: faces, Portal: portal(), PublicURL: c.PublicURL, TrustProxy: c.TrustProxy,
		Log: p.Log, Metrics: metrics(pool)}, nil
}

// Hosts are where the providers of registered terminals are.
func Hosts(c Config) gateways.Hosts {
	return gateways.Hosts{SEP: c.SEPURL, SEPPage: c.SEPPageURL, Zarinpal: c.ZarinpalURL, ZarinpalPage: c.ZarinpalPageURL, Mellat: c.MellatURL, MellatPage: c.MellatPageURL, Now: time.Now}
}

// workerPool is how many connections the worker's queue keeps for itself, beside those that its jobs work on.
const workerPool = 4

// Work does jobs until ctx ends.
func (p *Program) Work(ctx context.Context) error {
	pool, err := scope.OpenPlatform(p.databaseURL, workerPool)
	if err != nil {
		return err
	}
	defer pool.Close()
	return jobs.Crew{Pool: pool, Log: p.Log}.Run(ctx, p.Payments.Jobs()...)
}

// limiter counts in Redis, and in the process while Redis is away or not configured.
func (p *Program) limiter(c Config) (ratelimit.Source, error) {
	local := ratelimit.NewMemory(localBuckets, time.Now)
	if c.RedisURL == "" {
		return local, nil
	}
	shared, err := ratelimit.OpenRedis(c.RedisURL, time.Now)
	if err != nil {
		return nil, err
	}
	p.close = append(p.close, shared.Close)
	return ratelimit.NewFallback(shared, local, c.Processes, func(err error) {
		if err != nil {
			p.Log.Warn("rate limits are counted in this process", "error", err)
			return
		}
		p.Log.Info("rate limits are counted in Redis again")
	}), nil
}

func metrics(pool *sql.DB) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewDBStatsCollector(pool, "mofasa"))
	return r
}

// NewID makes a UUIDv7: it sorts by time, so new rows land at the end of an index.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// System is a context in which the program itself acts.
func System(ctx context.Context) context.Context {
	return scope.WithActor(ctx, scope.Actor{Kind: scope.ActorSystem})
}

// OpenRunner opens the database alone, for commands that need no server.
func OpenRunner(c Config) (*scope.Runner, *sql.DB, error) {
	if err := Require(map[string]string{"MOFASA_DATABASE_URL": c.DatabaseURL}); err != nil {
		return nil, nil, err
	}
	db, pool, err := scope.Open(c.DatabaseURL, c.DatabasePool)
	if err != nil {
		return nil, nil, err
	}
	return scope.NewRunner(db, time.Now, NewID), pool, nil
}

var _ certificates.Keys = (*identity.Keyring)(nil)
