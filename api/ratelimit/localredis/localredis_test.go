package localredis

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func started(t *testing.T, dir string, settings ...string) *Server {
	t.Helper()
	s, err := Start(context.Background(), dir, settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func answers(s *Server, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return s.answers(ctx)
}

func TestStartStop(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "redis")
	s := started(t, dir)
	if !answers(s, time.Second) || s.URL() != "unix://"+s.Addr() || filepath.Dir(s.Addr()) != dir {
		t.Fatalf("%s does not answer", s.URL())
	}
	s.Stop()
	s.Stop()
	s.Kill()
	if _, err := net.Dial("unix", s.Addr()); err == nil {
		t.Fatal("it still answers")
	}
}

func TestKillAndStartAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := started(t, dir)
	first.Kill()
	first.Kill()
	if answers(first, time.Second) {
		t.Fatal("it still answers")
	}
	second := started(t, dir)
	if second.Addr() != first.Addr() || !answers(second, time.Second) {
		t.Fatalf("%s, then %s", first.Addr(), second.Addr())
	}
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	s := started(t, t.TempDir())
	s.Pause()
	if answers(s, 100*time.Millisecond) {
		t.Fatal("a paused server answers")
	}
	s.Resume()
	if !answers(s, 5*time.Second) {
		t.Fatal("a resumed server does not answer")
	}
	s.Pause()
	s.Stop() // a paused server stops too
}

func TestNothingPersists(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := started(t, dir)
	conn, err := net.Dial("unix", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("SET k v\r\n")); err != nil {
		t.Fatal(err)
	}
	reply := make([]byte, 5)
	if n, _ := conn.Read(reply); string(reply[:n]) != "+OK\r\n" {
		t.Fatalf("%q", reply[:n])
	}
	s.Stop()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "redis.log" {
		t.Fatalf("%v %v", entries, err)
	}
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	inUse := t.TempDir()
	started(t, inUse)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	cases := []struct {
		name, want string
		run        func() (*Server, error)
	}{
		{"missing", "redis-server is not installed: apt-get install redis-server",
			func() (*Server, error) { return start(ctx, "no-such-redis-server", t.TempDir(), nil) }},
		{"in use", "redis-server runs already: redis-cli -s ", func() (*Server, error) { return Start(ctx, inUse) }},
		{"not a folder", "not a directory", func() (*Server, error) { return Start(ctx, filepath.Join(file, "x")) }},
		{"path too long", "is too long for a Unix socket",
			func() (*Server, error) { return Start(ctx, filepath.Join(t.TempDir(), strings.Repeat("d", 100))) }},
		{"wrong setting", "redis-server ended at once: ", func() (*Server, error) { return Start(ctx, t.TempDir(), "--no-such-setting", "1") }},
		{"no time", "does not answer: context canceled", func() (*Server, error) { return Start(over, t.TempDir()) }},
	}
	for _, c := range cases {
		s, err := c.run()
		if err == nil {
			s.Stop()
			t.Errorf("%s: no error", c.name)
		} else if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q", c.name, err)
		}
	}
}

// On Linux a caller that crashes leaves no server behind. The caller here is this test binary, run once more.
func TestServerDiesWithItsCaller(t *testing.T) {
	t.Parallel()
	const folder = "LOCALREDIS_CRASH_IN"
	if dir := os.Getenv(folder); dir != "" {
		if _, err := Start(context.Background(), dir); err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux kills a child with its parent")
	}
	dir := t.TempDir()
	crash := exec.Command(os.Args[0], "-test.run=^TestServerDiesWithItsCaller$")
	crash.Env = append(os.Environ(), folder+"="+dir)
	if err := crash.Run(); err == nil {
		t.Fatal("the caller did not crash")
	}
	log, err := os.ReadFile(filepath.Join(dir, "redis.log"))
	if err != nil || !strings.Contains(string(log), "ready to accept connections") {
		t.Fatalf("no server was started: %s %v", log, err)
	}
	gone := &Server{socket: filepath.Join(dir, "redis.sock")}
	for deadline := time.Now().Add(5 * time.Second); answers(gone, time.Second); {
		if time.Now().After(deadline) {
			t.Fatal("the server outlives its caller")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
