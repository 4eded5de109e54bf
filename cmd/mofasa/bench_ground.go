package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"mofasa/api/ratelimit/localredis"
	"mofasa/cmd/internal/app"
	"mofasa/migrations"
	"mofasa/migrations/localpg"
)

// benchDatabase is made anew by every run.
const benchDatabase = "mofasa_bench"

// benchGround is what a benchmark stands on; it ends with it.
type benchGround struct {
	postgres *localpg.Server
	redis    *localredis.Server
}

// standBench starts a private PostgreSQL with its default durability and a private Redis, and migrates an empty database. What has been started is given
// also with an error.
func standBench(ctx context.Context, f *folder, c *app.Config) (benchGround, error) {
	var g benchGround
	var err error
	if g.postgres, err = ensurePostgres(ctx, f.file("pg")); err != nil {
		return g, err
	}
	endRedis(f.file("redis/redis.sock"))
	if g.redis, err = localredis.Start(ctx, f.file("redis")); err != nil {
		return g, err
	}
	*c = app.Config{DatabaseAdminURL: g.postgres.AdminURL(), DatabasePool: 20, RedisURL: g.redis.URL(), KeysDir: f.file("keys"), Processes: 1, LogLevel: "info",
		SEPURL: "http://127.0.0.1", SEPTerminal: bankTerminal}
	for url, role := range map[*string]string{&c.DatabaseOwnerURL: migrations.OwnerRole, &c.DatabaseURL: migrations.AppRole} {
		if *url, err = migrations.URLFor(g.postgres.AdminURL(), role, "bench", benchDatabase); err != nil {
			return g, err
		}
	}
	if err := run(ctx, g.postgres.AdminURL(), `DROP DATABASE IF EXISTS `+benchDatabase+` WITH (FORCE)`); err != nil {
		return g, err
	}
	_, err = migrate(ctx, *c)
	return g, err
}

func (g benchGround) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if g.redis != nil {
		g.redis.Stop()
	}
	if g.postgres != nil {
		_ = g.postgres.Stop(ctx) // the next run attaches to it
	}
}

// run executes statements as the login of a URL, each in a transaction of its own.
func run(ctx context.Context, url string, statements ...string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%.60s: %w", statement, err)
		}
	}
	return nil
}
