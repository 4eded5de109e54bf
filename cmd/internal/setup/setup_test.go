package setup_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// needs are the ordinary programs that the script calls.
var needs = []string{"sh", "sed", "sort", "head", "tail", "dirname", "grep", "mkdir", "ls"}

// complete is a machine that lacks nothing, as root: what each program does when it is called.
var complete = map[string]string{
	"go": "echo go version go1.26.8 linux/amd64", "node": "echo v20.19.0", "npm": "", "id": "echo 0",
	"pg_ctl": "", "initdb": "", "postgres": "echo 'postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)'", "redis-server": "",
	"chromium": "", "pdftotext": "", "pdftoppm": "", "gcc": "",
	"apt-get": `echo apt-get "$@" >>calls`,
}

func TestSetup(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		change   map[string]string // "-" takes the program away
		purposes string
		says     string // the whole output; empty means success in silence
		installs string
		fails    bool
	}{
		{name: "nothing is missing", purposes: "run test"},
		{name: "the portal alone needs no server", change: map[string]string{"pg_ctl": "-", "chromium": "-"}},
		{name: "the demo needs no browser and no compiler", change: map[string]string{"chromium": "-", "gcc": "-"}, purposes: "run"},
		{name: "installs what is missing", change: map[string]string{"redis-server": "-", "chromium": "-", "pdftoppm": "-", "gcc": "-"}, purposes: "run test",
			says:     "setup: installing redis-server chromium poppler-utils gcc libc6-dev",
			installs: "apt-get update\napt-get install -y --no-install-recommends redis-server chromium poppler-utils gcc libc6-dev"},
		{name: "a client alone is no server", change: map[string]string{"initdb": "-"}, purposes: "run", says: "setup: installing postgresql",
			installs: "apt-get update\napt-get install -y --no-install-recommends postgresql"},
		{name: "nobody but root installs", change: map[string]string{"redis-server": "-", "id": "echo 1000"}, purposes: "run", says: "setup: install first, then repeat: redis-server", fails: true},
		{name: "no apt-get", change: map[string]string{"redis-server": "-", "apt-get": "-"}, purposes: "run", says: "setup: install first, then repeat: redis-server", fails: true},
		{name: "apt-get fails", change: map[string]string{"redis-server": "-", "apt-get": "echo 'E: no network' && exit 100"}, purposes: "run",
			says: "setup: installing redis-server\nsetup: apt-get could not install redis-server: E: no network (var/setup.log)", fails: true},
		{name: "no Go", change: map[string]string{"go": "-"}, says: "setup: Go 1.26.0 or newer is needed: https://go.dev/dl", fails: true},
		{name: "Go that cannot fetch its toolchain", change: map[string]string{"go": "exit 1"}, says: "setup: Go 1.26.0 or newer is needed: https://go.dev/dl", fails: true},
		{name: "old Go", change: map[string]string{"go": "echo go version go1.9.7 linux/amd64"}, says: "setup: Go 1.26.0 or newer is needed: https://go.dev/dl (this is 1.9.7)", fails: true},
		{name: "no Node", change: map[string]string{"node": "-"}, says: "setup: Node 20.19 or newer with npm is needed: https://nodejs.org", fails: true},
		{name: "old Node", change: map[string]string{"node": "echo v20.9.1"}, says: "setup: Node 20.19 or newer with npm is needed: https://nodejs.org (this is 20.9.1)", fails: true},
		{name: "no npm", change: map[string]string{"npm": "-"}, says: "setup: Node 20.19 or newer with npm is needed: https://nodejs.org (npm is missing)", fails: true},
		{name: "old PostgreSQL", change: map[string]string{"postgres": "echo 'postgres (PostgreSQL) 13.16 (Debian)'"}, purposes: "run",
			says: "setup: PostgreSQL 15 or newer is needed (this is 13.16): https://www.postgresql.org/download", fails: true},
		{name: "a typing error", purposes: "tets", says: "setup: unknown purpose tets: run, test", fails: true},
	}
	for _, tt := range tests {
		// Written before any subtest starts a program: a file that another fork still holds open cannot be run.
		dir := machine(t, tt.change)
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(filepath.Join(dir, "bin", "sh"), append([]string{filepath.Join(dir, "cmd", "internal", "setup", "setup.sh")}, strings.Fields(tt.purposes)...)...)
			cmd.Env = []string{"PATH=" + filepath.Join(dir, "bin")}
			out, err := cmd.CombinedOutput()
			if got := strings.TrimSpace(string(out)); got != tt.says {
				t.Errorf("says %q, want %q", got, tt.says)
			}
			if (err != nil) != tt.fails {
				t.Errorf("ends with %v, want failure: %t", err, tt.fails)
			}
			calls, _ := os.ReadFile(filepath.Join(dir, "calls")) // absent where apt-get was not called
			if got := strings.TrimSpace(string(calls)); got != tt.installs {
				t.Errorf("installs %q, want %q", got, tt.installs)
			}
		})
	}
}

// machine makes a checkout with the script in it, and bin, the only folder on PATH.
func machine(t *testing.T, change map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	script, err := os.ReadFile("setup.sh")
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "cmd", "internal", "setup", "setup.sh"), string(script))
	put(t, filepath.Join(dir, "go.mod"), "module mofasa\n\ngo 1.26.0\n")
	put(t, filepath.Join(dir, "web", "package.json"), "{\n  \"engines\": {\n    \"node\": \">=20.19\"\n  }\n}\n")
	programs := maps.Clone(complete)
	maps.Copy(programs, change)
	for name, does := range programs {
		if does != "-" {
			put(t, filepath.Join(dir, "bin", name), "#!/bin/sh\n"+does+"\n")
		}
	}
	for _, name := range needs {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func put(t *testing.T, path, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o755); err != nil {
		t.Fatal(err)
	}
}
