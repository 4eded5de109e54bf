// Package migrations holds the schema: forward-only SQL, the two database roles, and the row-level security policies.
//
// mofasa_owner owns every object and runs migrations; mofasa_app is what serve and worker log in as. It owns nothing,
// cannot bypass row-level security, and may change only the columns granted to it.
package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver behind database/sql
	"github.com/pressly/goose/v3"
)

//go:embed sql/*.sql
var files embed.FS

// The two roles; their passwords are set by Bootstrap.
const (
	OwnerRole = "mofasa_owner"
	AppRole   = "mofasa_app"
)

// Apply brings the database at ownerURL to the newest schema and returns how many migrations ran.
func Apply(ctx context.Context, ownerURL string) (int, error) {
	db, err := sql.Open("pgx", ownerURL)
	if err != nil {
		return 0, fmt.Errorf("open database: %w", err)
	}
	defer db.Close()
	provider, err := newProvider(db)
	if err != nil {
		return 0, err
	}
	done, err := provider.Up(ctx)
	if err != nil {
		return len(done), fmt.Errorf("apply migrations: %w", err)
	}
	return len(done), nil
}

// Pending tells whether the database at appURL lacks a migration that this binary holds.
func Pending(ctx context.Context, db *sql.DB) (bool, error) {
	var newest int64
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&newest); err != nil {
		return true, fmt.Errorf("read schema version: %w", err)
	}
	provider, err := newProvider(db)
	if err != nil {
		return true, err
	}
	sources := provider.ListSources()
	return sources[len(sources)-1].Version > newest, nil
}

// Readiness is the readiness check "database": it answers, and its schema is the one that this binary knows.
func Readiness(db *sql.DB) func(context.Context) map[string]error {
	return func(ctx context.Context) map[string]error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		pending, err := Pending(ctx, db)
		if err == nil && pending {
			err = errors.New("migrations are pending")
		}
		return map[string]error{"database": err}
	}
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(files, "sql")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, dir)
}

// Hash names the schema that this binary holds; equal hashes mean equal migrations.
func Hash() string {
	sum := sha256.New()
	entries, _ := files.ReadDir("sql") // an embedded folder cannot fail to list
	for _, e := range entries {
		body, _ := files.ReadFile("sql/" + e.Name())
		fmt.Fprintf(sum, "%s %d\n", e.Name(), len(body))
		sum.Write(body)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// Bootstrap makes the two roles and an empty database owned by mofasa_owner, given an administrator's URL; what exists is left as it is,
// but the passwords are set anew.
func Bootstrap(ctx context.Context, adminURL, database, ownerPassword, appPassword string) error {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return fmt.Errorf("connect as administrator: %w", err)
	}
	defer closeSoon(ctx, conn)
	// Roles are the whole server's: PostgreSQL refuses two who alter one at once. The lock ends with the connection.
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended('bootstrap mofasa', 0))`); err != nil {
		return fmt.Errorf("wait for other bootstraps: %w", err)
	}
	for role, password := range map[string]string{OwnerRole: ownerPassword, AppRole: appPassword} {
		if err := ensureRole(ctx, conn, role, password); err != nil {
			return err
		}
	}
	var exists bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)`, database).Scan(&exists); err != nil {
		return fmt.Errorf("look for database: %w", err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{database}.Sanitize()+` OWNER `+OwnerRole); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

// ensureRole lets PostgreSQL quote the password itself: role statements take no parameters.
func ensureRole(ctx context.Context, conn *pgx.Conn, role, password string) error {
	var statement string
	err := conn.QueryRow(ctx, `SELECT format('%s ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD %L',
	  CASE WHEN EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1) THEN 'ALTER' ELSE 'CREATE' END, $1::text, $2::text)`, role, password).Scan(&statement)
	if err != nil {
		return fmt.Errorf("prepare role %s: %w", role, err)
	}
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("make role %s: %w", role, err)
	}
	return nil
}

// closeSoon closes a connection even when its context is already cancelled.
func closeSoon(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing is lost: every statement was answered
}

// URLFor rewrites a PostgreSQL URL for another login and database of the same server.
func URLFor(base, user, password, database string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme == "" {
		return "", errors.New("database URL must look like postgres://user@host:port/name")
	}
	u.User = url.UserPassword(user, password)
	u.Path = "/" + database
	return u.String(), nil
}
