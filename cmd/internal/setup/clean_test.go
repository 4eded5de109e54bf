package setup_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestCleanStopsWhatIsOursAndNothingElse(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	run(t, "mkdir", "-p", filepath.Join(dir, "cmd/internal/setup"), filepath.Join(dir, "var/bin"), filepath.Join(dir, "var/demo/pg/data"), filepath.Join(dir, "var/test/pg/data"))
	run(t, "cp", "clean.sh", filepath.Join(dir, "cmd/internal/setup"))
	run(t, "cp", "/bin/sleep", filepath.Join(dir, "var/bin/mofasa"))

	binary := start(t, dir, filepath.Join(dir, "var/bin/mofasa"))
	server := start(t, filepath.Join(dir, "var/demo/pg/data"), "/bin/sleep")
	stranger := start(t, dir, "/bin/sleep")
	put(t, filepath.Join(dir, "var/demo/pg/data/postmaster.pid"), strconv.Itoa(server.pid)+"\n")
	put(t, filepath.Join(dir, "var/test/pg/data/postmaster.pid"), strconv.Itoa(stranger.pid)+"\n") // stale: the number was given away

	run(t, "sh", filepath.Join(dir, "cmd/internal/setup/clean.sh"))

	if !binary.ended(time.Second) {
		t.Error("a binary of var/bin still runs")
	}
	if !server.ended(time.Second) {
		t.Error("the private server still runs")
	}
	if stranger.ended(100 * time.Millisecond) {
		t.Error("a process of somebody else was stopped")
	}
	if _, err := os.Stat(filepath.Join(dir, "var")); !os.IsNotExist(err) {
		t.Errorf("var is still there: %v", err)
	}
	run(t, "sh", filepath.Join(dir, "cmd/internal/setup/clean.sh")) // nothing to clean is no error
}

// process is a sleeper that the test reaps, so that it is gone once it was stopped.
type process struct {
	pid  int
	done chan struct{}
}

func start(t *testing.T, dir, program string) process {
	t.Helper()
	cmd := exec.Command(program, "60")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := process{pid: cmd.Process.Pid, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // how a sleeper ends does not matter
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-p.done
	})
	return p
}

func (p process) ended(within time.Duration) bool {
	select {
	case <-p.done:
		return true
	case <-time.After(within):
		return false
	}
}

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", program, err, out)
	}
}
