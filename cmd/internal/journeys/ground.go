package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"mofasa/api/ratelimit/localredis"
	"mofasa/cmd/internal/app"
	"mofasa/migrations"
	"mofasa/migrations/localpg"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// place is what a journey must know: addresses, and who can sign in.
type place struct {
	URL      string            `json:"url"`      // of the server, and so of the portal
	Bank     string            `json:"bank"`     // of the simulated bank and its faults
	Agent    string            `json:"agent"`    // of the card terminal's agent
	Device   string            `json:"device"`   // the agent, as the office knows it
	Requests string            `json:"requests"` // of what requests.go makes
	Password string            `json:"password"` // everybody's
	People   map[string]string `json:"people"`   // user names by what they are for; a journey asks for one of its own where others must not meet it
	Cities   map[string]int    `json:"cities"`   // codes by name
	Paused   int               `json:"paused"`   // a city that answers nobody for the time being
}

// ground is everything that runs.
type ground struct {
	place
	programs string
	dir      string
	config   app.Config
	failed   chan error // a part that ended by itself

	postgres *localpg.Server
	redis    *localredis.Server
	children []*child
	requests *http.Server
	runner   *scope.Runner
	pool     *sql.DB
	with     identity.Enrolment
	offices  []uuid.UUID
	vehicles atomic.Int64
	humans   atomic.Int64
	hires    atomic.Int64

	files    sync.Mutex // of the bank
	read     int        // files so far
	terminal sync.Mutex // whose turn it is
}

// database holds everything of a run.
const database = "journeys"

// startTimeout bounds the wait for each part.
const startTimeout = 30 * time.Second

func (g *ground) stand(ctx context.Context, dir string) (err error) {
	if g.programs, err = filepath.Abs(g.programs); err != nil {
		return err
	}
	if g.dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(g.dir, "pg"), 0o755); err != nil { // PostgreSQL's user must be able to pass
		return err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"PostgreSQL", g.startPostgres}, {"Redis", g.startRedis}, {"schema", g.migrate}, {"data", g.seed}, {"bank", g.startBank}, {"server", g.startServer},
		{"agent", g.startAgent}, {"requests", g.startRequests},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

func (g *ground) startPostgres(ctx context.Context) (err error) {
	g.postgres, err = localpg.Ensure(context.WithoutCancel(ctx), localpg.Options{Dir: filepath.Join(g.dir, "pg"), Throwaway: true})
	return err
}

func (g *ground) startRedis(ctx context.Context) (err error) {
	g.redis, err = localredis.Start(ctx, filepath.Join(g.dir, "redis"))
	return err
}

// migrate makes the database anew, so that every run finds the same.
func (g *ground) migrate(ctx context.Context) error {
	const secret = "journeys" // local logins are trusted: the password guards nothing
	admin := g.postgres.AdminURL()
	if err := drop(ctx, admin); err != nil {
		return err
	}
	g.config = app.Config{DatabasePool: 20}
	for url, role := range map[*string]string{&g.config.DatabaseOwnerURL: migrations.OwnerRole, &g.config.DatabaseURL: migrations.AppRole} {
		var err error
		if *url, err = migrations.URLFor(admin, role, secret, database); err != nil {
			return err
		}
	}
	if err := migrations.Bootstrap(ctx, admin, database, secret, secret); err != nil {
		return err
	}
	if _, err := migrations.Apply(ctx, g.config.DatabaseOwnerURL); err != nil {
		return err
	}
	var err error
	g.runner, g.pool, err = app.OpenRunner(g.config)
	return err
}

func drop(ctx context.Context, admin string) error {
	db, err := sql.Open("pgx", admin)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `DROP DATABASE IF EXISTS `+database+` WITH (FORCE)`)
	return err
}

// freePort is one that nobody listens on now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// stop ends what was started, last first.
func (g *ground) stop(ctx context.Context) error {
	if g.requests != nil {
		_ = g.requests.Close() // whoever asked is gone
	}
	for i := len(g.children) - 1; i >= 0; i-- {
		g.children[i].stop()
	}
	if g.pool != nil {
		_ = g.pool.Close() // PostgreSQL ends these connections in any case
	}
	if g.redis != nil {
		g.redis.Stop()
	}
	if g.postgres == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := g.postgres.Stop(ctx); err != nil {
		return errors.Join(errors.New("PostgreSQL did not stop"), err)
	}
	return nil
}
