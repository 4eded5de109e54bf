// Package localredis runs a private redis-server for tests and the demo: on a Unix socket in a folder of its own, without
// persistence, reachable by this user alone.
package localredis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	startTimeout = 10 * time.Second
	stopTimeout  = 5 * time.Second
	pollEvery    = 5 * time.Millisecond
	maxSocket    = 103 // bytes of a Unix socket's path that every system takes (sockaddr_un)
)

// Server is a running redis-server. It lives until Stop or Kill, and on Linux no longer than this process.
type Server struct {
	socket  string
	process *os.Process
	done    chan struct{} // closed when the process has ended
}

// Start runs the redis-server of PATH in dir, which is made if need be, and returns when it answers; ctx bounds only this wait.
// Further settings are redis-server's own arguments ("--port", "6390"). After Kill, Start with the same dir gives the same Addr.
// Errors are one line each: not installed, another server in dir, or the reason that redis-server gave in dir/redis.log.
func Start(ctx context.Context, dir string, settings ...string) (*Server, error) {
	return start(ctx, "redis-server", dir, settings)
}

func start(ctx context.Context, program, dir string, settings []string) (*Server, error) {
	binary, err := exec.LookPath(program)
	if err != nil {
		return nil, errors.New("redis-server is not installed: apt-get install redis-server")
	}
	socket, err := prepare(dir)
	if err != nil {
		return nil, err
	}
	s, err := launch(binary, socket, settings)
	if err != nil {
		return nil, err
	}
	if err := s.await(ctx); err != nil {
		s.Kill()
		return nil, err
	}
	return s, nil
}

// prepare makes dir and returns the socket's path in it.
func prepare(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("redis-server: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("redis-server: %w", err)
	}
	socket := filepath.Join(dir, "redis.sock")
	if len(socket) > maxSocket {
		return "", fmt.Errorf("redis-server: %s is too long for a Unix socket (%d bytes at most)", socket, maxSocket)
	}
	// A second server would take the path of the socket away from the first.
	if conn, err := net.Dial("unix", socket); err == nil {
		_ = conn.Close()
		return "", fmt.Errorf("redis-server runs already: redis-cli -s %s shutdown", socket)
	}
	return socket, nil
}

func launch(binary, socket string, settings []string) (*Server, error) {
	dir := filepath.Dir(socket)
	log, err := os.Create(filepath.Join(dir, "redis.log"))
	if err != nil {
		return nil, fmt.Errorf("redis-server: %w", err)
	}
	defer func() { _ = log.Close() }() // the child has its own descriptor
	args := []string{"--port", "0", "--unixsocket", socket, "--unixsocketperm", "700",
		"--dir", dir, "--save", "", "--appendonly", "no", "--daemonize", "no"}
	cmd := exec.Command(binary, append(args, settings...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attributes()
	done, err := run(cmd)
	if err != nil {
		return nil, fmt.Errorf("redis-server: %w", err)
	}
	return &Server{socket: socket, process: cmd.Process, done: done}, nil
}

// run starts cmd on a thread that stays with it until it ends: on Linux the process dies with the thread that started it,
// and Go ends threads as it likes unless they are locked.
func run(cmd *exec.Cmd) (done chan struct{}, err error) {
	done = make(chan struct{})
	started := make(chan error)
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	return done, <-started
}

// await polls until the server answers a PING.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for !s.answers(ctx) {
		select {
		case <-s.done:
			return fmt.Errorf("redis-server ended at once: %s", s.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("redis-server does not answer: %w", ctx.Err())
		case <-ticker.C:
		}
	}
	return nil
}

func (s *Server) answers(ctx context.Context) bool {
	conn, err := net.Dial("unix", s.socket)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	reply := make([]byte, 5)
	n, err := conn.Read(reply)
	return err == nil && string(reply[:n]) == "+PONG"
}

// lastWords is the last line that the server logged.
func (s *Server) lastWords() string {
	text, err := os.ReadFile(filepath.Join(filepath.Dir(s.socket), "redis.log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// Addr is the absolute path of the server's socket, as go-redis takes it for Options.Addr.
func (s *Server) Addr() string { return s.socket }

// URL is the same address as unix:///path.
func (s *Server) URL() string { return "unix://" + s.socket }

// Stop asks the server to end, waits for it, and kills it when it does not within 5 seconds. It may be called again.
func (s *Server) Stop() {
	s.signal(syscall.SIGTERM)
	s.Resume()
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-s.done:
	case <-timer.C:
		s.Kill()
	}
}

// Kill ends the server as a crash would, and waits until it is gone. It may be called again.
func (s *Server) Kill() {
	s.signal(syscall.SIGKILL)
	<-s.done
}

// Pause freezes the server: connections stay open and nothing answers, until Resume.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume ends a Pause; what was sent meanwhile is then carried out.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

// signal to an ended process does nothing: os.Process knows that it is gone, so no other process is hit.
func (s *Server) signal(sig syscall.Signal) { _ = s.process.Signal(sig) }
