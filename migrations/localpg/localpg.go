// Package localpg runs a private PostgreSQL server from the binaries installed on the machine, for the demo and the tests.
// It never touches a system cluster: data, port and socket are its own.
package localpg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// ErrMissing says that no PostgreSQL binaries were found.
var ErrMissing = errors.New("PostgreSQL is not installed: apt-get install postgresql")

// Options say where and how the server runs.
type Options struct {
	Dir        string // data, log and port file live below it
	Throwaway  bool   // no fsync: for tests, where a crash loses nothing of worth
	MaxClients int    // connections; 0 means 100
}

// Server is a running private server.
type Server struct {
	Port  int
	Fresh bool   // this process started it
	dir   string // the data folder
	bin   string
	run   runner
}

// AdminURL logs in as the superuser of the private server.
func (s *Server) AdminURL() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", s.Port)
}

// Ensure starts the server in o.Dir, or attaches to the one that already runs there.
func Ensure(ctx context.Context, o Options) (*Server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	run, err := newRunner(bin)
	if err != nil {
		return nil, err
	}
	dir, err := run.prepare(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin, run: run}
	if s.running(ctx) {
		s.Port, err = s.readPort()
		return s, err
	}
	if err := s.initialise(ctx); err != nil {
		return nil, err
	}
	return s, s.start(ctx, o)
}

// Stop ends the server; fast drops clients, and the data is kept.
func (s *Server) Stop(ctx context.Context) error {
	_, err := s.run.output(ctx, s.dir, filepath.Join(s.bin, "pg_ctl"), "-D", s.dir, "-m", "fast", "-w", "stop")
	return err
}

// StopCommand is the shell words that stop the server, for a watchdog that outlives this process.
func (s *Server) StopCommand() []string {
	return append(s.run.prefix(), filepath.Join(s.bin, "pg_ctl"), "-D", s.dir, "-m", "immediate", "stop")
}

func (s *Server) running(ctx context.Context) bool {
	_, err := s.run.output(ctx, s.dir, filepath.Join(s.bin, "pg_ctl"), "-D", s.dir, "status")
	return err == nil
}

// initialise makes the cluster under another name first, so that an interrupted initdb is never taken for a cluster.
func (s *Server) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(s.dir, "PG_VERSION")); err == nil {
		return nil
	}
	half := s.dir + ".half"
	if err := os.RemoveAll(half); err != nil {
		return fmt.Errorf("clear a half-made cluster: %w", err)
	}
	if err := s.run.ensureDir(half); err != nil {
		return err
	}
	out, err := s.run.output(ctx, half, filepath.Join(s.bin, "initdb"), "-D", half, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "--no-instructions")
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, lastLine(out))
	}
	// The data folder is there and empty, or holds what an interrupted run left.
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("clear the data folder: %w", err)
	}
	return os.Rename(half, s.dir)
}

func (s *Server) start(ctx context.Context, o Options) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	clients := max(o.MaxClients, 100)
	settings := []string{"-p", strconv.Itoa(port), "-c listen_addresses=127.0.0.1", "-c unix_socket_directories=''", "-c max_connections=" + strconv.Itoa(clients),
		"-c shared_buffers=256MB", "-c timezone=UTC", "-c log_min_messages=warning"}
	if o.Throwaway {
		settings = append(settings, "-c fsync=off", "-c synchronous_commit=off", "-c full_page_writes=off", "-c max_wal_size=4GB")
	}
	out, err := s.run.output(ctx, s.dir, filepath.Join(s.bin, "pg_ctl"), "-D", s.dir, "-l", filepath.Join(s.dir, "server.log"), "-w", "-t", "60", "-o", strings.Join(settings, " "), "start")
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(s.dir, "server.log")) // its last line is the reason, where there is one
		return fmt.Errorf("start PostgreSQL: %w: %s %s", err, lastLine(out), lastLine(log))
	}
	s.Port, s.Fresh = port, true
	return nil
}

// readPort reads line 4 of postmaster.pid, which holds the port of the running server.
func (s *Server) readPort() (int, error) {
	body, err := os.ReadFile(filepath.Join(s.dir, "postmaster.pid"))
	if err != nil {
		return 0, fmt.Errorf("read postmaster.pid: %w", err)
	}
	lines := strings.Split(string(body), "\n")
	if len(lines) < 4 {
		return 0, errors.New("postmaster.pid is incomplete")
	}
	return strconv.Atoi(strings.TrimSpace(lines[3]))
}

// findBinaries looks on PATH and in Debian's folders, newest version first.
func findBinaries() (string, error) {
	if path, err := exec.LookPath("pg_ctl"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl") // a constant pattern cannot be malformed
	slices.SortFunc(found, func(a, b string) int { return versionOf(b) - versionOf(a) })
	if len(found) == 0 {
		return "", ErrMissing
	}
	return filepath.Dir(found[0]), nil
}

func versionOf(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // not a number sorts last
	return n
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// detached puts a child in its own session, so that a Ctrl-C in the terminal reaches us and not the database.
func detached(credential *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: credential, Setsid: true}
}
