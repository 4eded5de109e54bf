package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDemoOutlivesItsDeath runs the real demo, kills it while everything stands, and runs it again on what is left.
func TestDemoOutlivesItsDeath(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two programs and starts a database")
	}
	t.Parallel()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", dir+"/bin/", "mofasa/cmd/mofasa", "mofasa/cmd/banksim").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	first := demoCommand(t, dir)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	before := awaitResult(t, dir)
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait() // killed, as it says

	second := demoCommand(t, dir, "--once")
	if err := second.Run(); err != nil {
		t.Fatalf("the second demo: %v\n%s", err, second.Stderr)
	}
	after := awaitResult(t, dir)
	if after.Certificate.Serial == before.Certificate.Serial || after.Vehicles != before.Vehicles+1 {
		t.Errorf("the second demo cleared no vehicle of its own: %+v after %+v", after, before)
	}
	for _, r := range []demoResult{before, after} {
		if r.Municipalities < 330 || r.Inquiry.Cities != 3 || r.Payment.State != "captured" || r.Ledger.Entries != 4 || r.Ledger.SumRial != 0 || // three cities and the fee
			!r.Certificate.Valid || !r.Certificate.TamperedRefused || r.ElapsedMS <= 0 {
			t.Errorf("result %+v", r)
		}
	}
	if left := workersIn(filepath.Join(dir, "demo", "pg", "data")); left != 0 {
		t.Errorf("%d processes of PostgreSQL are left", left)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "demo", "*.pid")); len(left) != 0 {
		t.Errorf("left %q", left)
	}
}

func demoCommand(t *testing.T, dir string, more ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "bin", "mofasa"), append([]string{"demo", "--dir", dir}, more...)...)
	cmd.Stdout, cmd.Stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return cmd
}

// awaitResult waits until a demo has done its job.
func awaitResult(t *testing.T, dir string) (r demoResult) {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		body, err := os.ReadFile(filepath.Join(dir, "demo", "result.json"))
		if err == nil {
			if err := json.Unmarshal(body, &r); err != nil {
				t.Fatal(err)
			}
			return r
		}
		if time.Now().After(deadline) {
			logs, _ := filepath.Glob(filepath.Join(dir, "demo", "*.log"))
			t.Fatalf("the demo does not finish; its logs: %s", strings.Join(logs, ", "))
		}
	}
}
