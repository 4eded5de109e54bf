// Package pgtest gives each test its own PostgreSQL database: one private server for all test processes of a checkout,
// one migrated template, and a clone of it per test.
package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mofasa/migrations"
	"mofasa/migrations/localpg"
)

const password = "test"

// DB is one test's database.
type DB struct {
	Name     string
	OwnerURL string // for migrations and for breaking things on purpose
	AppURL   string // what the program logs in with
}

// New clones the template for one test and drops the clone when the test passes; a failed test's clone is kept and named.
func New(t testing.TB) *DB {
	t.Helper()
	return clone(t, ensure(t), templateName())
}

// Template is a migrated database with rows, made once per test binary and cloned per test.
type Template struct {
	Seed func(appURL string) error // fills the database with the application's login
	once sync.Once
	name string
	err  error
}

// New clones the seeded template for one test.
func (s *Template) New(t testing.TB) *DB {
	t.Helper()
	server := ensure(t)
	s.once.Do(func() { s.name, s.err = s.make(context.Background(), server, "s_"+randomHex(t)) })
	if s.err != nil {
		t.Fatalf("seed the template: %v", s.err)
	}
	return clone(t, server, s.name)
}

func (s *Template) make(ctx context.Context, server *localpg.Server, name string) (string, error) {
	admin, err := pgx.Connect(ctx, server.AdminURL())
	if err != nil {
		return "", err
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, `CREATE DATABASE `+name+` TEMPLATE `+templateName()+` OWNER `+migrations.OwnerRole); err != nil {
		return "", err
	}
	url, err := migrations.URLFor(server.AdminURL(), migrations.AppRole, password, name)
	if err != nil {
		return "", err
	}
	return name, s.Seed(url)
}

func clone(t testing.TB, server *localpg.Server, template string) *DB {
	t.Helper()
	ctx := t.Context()
	name := "t_" + randomHex(t)
	admin := connect(t, server.AdminURL())
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, `CREATE DATABASE `+name+` TEMPLATE `+template+` OWNER `+migrations.OwnerRole); err != nil {
		t.Fatalf("clone the template: %v", err)
	}
	db := &DB{Name: name, OwnerURL: urlFor(t, server, migrations.OwnerRole, name), AppURL: urlFor(t, server, migrations.AppRole, name)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("database kept: psql %q", db.OwnerURL)
			return
		}
		drop(t, server, name)
	})
	return db
}

// Empty makes a database with the roles but without a schema, to rehearse migrations.
func Empty(t testing.TB) *DB {
	t.Helper()
	server := ensure(t)
	name := "e_" + randomHex(t)
	if err := migrations.Bootstrap(t.Context(), server.AdminURL(), name, password, password); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { drop(t, server, name) })
	return &DB{Name: name, OwnerURL: urlFor(t, server, migrations.OwnerRole, name), AppURL: urlFor(t, server, migrations.AppRole, name)}
}

// Open opens a database/sql pool that closes with the test.
func Open(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

var (
	inUse     *os.File // the shared lock; a file that nobody refers to would be closed, and the server stopped under us
	once      sync.Once
	shared    *localpg.Server
	sharedErr error
)

func ensure(t testing.TB) *localpg.Server {
	t.Helper()
	once.Do(func() { shared, sharedErr = start(context.Background()) })
	if sharedErr != nil {
		t.Fatalf("test database: %v", sharedErr)
	}
	return shared
}

// start attaches this process to the checkout's test server. A shared lock says "in use" until the process ends;
// a watchdog takes it exclusively once nobody holds it, and stops the server.
func start(ctx context.Context) (*localpg.Server, error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	users, err := lock(filepath.Join(dir, "users.lock"), syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}
	inUse = users
	starting, err := lock(filepath.Join(dir, "start.lock"), syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer starting.Close()
	server, err := localpg.Ensure(ctx, localpg.Options{Dir: dir, Throwaway: true, MaxClients: 400})
	if err != nil {
		return nil, err
	}
	if server.Fresh {
		if err := sweep(ctx, server); err != nil {
			return nil, err
		}
	}
	if err := watch(dir, server); err != nil {
		return nil, err
	}
	return server, ensureTemplate(ctx, server)
}

// sweep drops what earlier runs left: seeded templates, and the clones of failed tests. The server was not running, so nobody uses them.
func sweep(ctx context.Context, server *localpg.Server) error {
	admin, err := pgx.Connect(ctx, server.AdminURL())
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	rows, err := admin.Query(ctx, `SELECT datname FROM pg_database WHERE datname ~ '^[ets]_[0-9a-f]+$'`)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := admin.Exec(ctx, `DROP DATABASE `+name); err != nil {
			return err
		}
	}
	return nil
}

func watch(dir string, server *localpg.Server) error {
	marker := filepath.Join(dir, "watch.lock")
	stop := strings.Join(server.StopCommand(), " ")
	// -n: one watchdog is enough. The grace lets the next test binary start before the server is stopped.
	script := fmt.Sprintf("flock -n '%s' sh -c \"sleep 20; flock -x '%s' %s\"", marker, filepath.Join(dir, "users.lock"), stop)
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd.Start()
}

func ensureTemplate(ctx context.Context, server *localpg.Server) error {
	admin, err := pgx.Connect(ctx, server.AdminURL())
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	var ready bool
	if err := admin.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate)`, templateName()).Scan(&ready); err != nil || ready {
		return err
	}
	if _, err := admin.Exec(ctx, `DROP DATABASE IF EXISTS `+templateName()+` WITH (FORCE)`); err != nil {
		return err
	}
	if err := migrations.Bootstrap(ctx, server.AdminURL(), templateName(), password, password); err != nil {
		return err
	}
	url, err := migrations.URLFor(server.AdminURL(), migrations.OwnerRole, password, templateName())
	if err != nil {
		return err
	}
	if _, err := migrations.Apply(ctx, url); err != nil {
		return err
	}
	_, err = admin.Exec(ctx, `ALTER DATABASE `+templateName()+` IS_TEMPLATE true ALLOW_CONNECTIONS false`)
	return err
}

func templateName() string { return "tmpl_" + migrations.Hash() }

// folder is var/test/pg under the checkout: the nearest parent folder that holds go.mod.
func folder() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			dir = filepath.Join(dir, "var", "test", "pg")
			return dir, os.MkdirAll(dir, 0o755)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no go.mod above the working folder")
		}
		dir = parent
	}
}

func lock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		return nil, fmt.Errorf("lock %s: %w", filepath.Base(path), err)
	}
	return f, nil
}

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	return conn
}

func urlFor(t testing.TB, server *localpg.Server, role, database string) string {
	t.Helper()
	url, err := migrations.URLFor(server.AdminURL(), role, password, database)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func drop(t testing.TB, server *localpg.Server, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	admin, err := pgx.Connect(ctx, server.AdminURL())
	if err != nil {
		t.Errorf("connect to drop %s: %v", name, err)
		return
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`); err != nil {
		t.Errorf("drop %s: %v", name, err)
	}
}

func randomHex(t testing.TB) string {
	t.Helper()
	var b [6]byte
	if _, err := rand.Read(b[:]); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b[:])
}
