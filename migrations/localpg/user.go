package localpg

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// runner runs PostgreSQL's programs. PostgreSQL refuses to run as root, so root lends it an unprivileged user.
type runner struct {
	credential *syscall.Credential // nil: the present user
	name       string
}

func newRunner(bin string) (runner, error) {
	if os.Geteuid() != 0 {
		return runner{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid) // numeric on every Unix
		gid, _ := strconv.Atoi(u.Gid)
		return runner{credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, name: name}, nil
	}
	return runner{}, fmt.Errorf("PostgreSQL in %s needs an unprivileged user: adduser --system postgres", bin)
}

// prepare makes the data folder usable by the server's user and returns where it is: below dir, or, where that user may not
// enter dir's parents (a checkout in a private home), in the temporary folder under a name derived from dir.
func (r runner) prepare(dir string) (string, error) {
	data, err := filepath.Abs(filepath.Join(dir, "data"))
	if err != nil {
		return "", err
	}
	if err := r.ensureDir(data); err != nil || r.credential == nil {
		return data, err
	}
	probe := exec.Command("/usr/bin/test", "-x", data)
	probe.SysProcAttr = detached(r.credential)
	probe.Dir = "/"
	if probe.Run() == nil {
		return data, nil
	}
	sum := sha256.Sum256([]byte(data))
	elsewhere := filepath.Join(os.TempDir(), "mofasa-pg-"+hex.EncodeToString(sum[:6]))
	return elsewhere, r.ensureDir(elsewhere)
}

// ensureDir makes a folder for the server's user and reports a full disk or a missing permission as it is. What is in it already, initdb made as that user.
func (r runner) ensureDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make %s: %w", filepath.Base(dir), err)
	}
	if r.credential == nil {
		return nil
	}
	return os.Chown(dir, int(r.credential.Uid), int(r.credential.Gid))
}

func (r runner) output(ctx context.Context, dir, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = detached(r.credential)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	// A file, not a pipe: the server inherits the output, and a pipe would keep Run waiting for it.
	log, err := os.CreateTemp("", "mofasa-pg-*.log")
	if err != nil {
		return nil, fmt.Errorf("temporary file: %w", err)
	}
	defer os.Remove(log.Name())
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	runErr := cmd.Run()
	out, err := os.ReadFile(log.Name())
	if err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out), runErr
}

// prefix is how a shell, run as the present user, starts a program as the server's user.
func (r runner) prefix() []string {
	if r.credential == nil {
		return nil
	}
	return []string{"setpriv", "--reuid=" + r.name, "--regid=" + strconv.Itoa(int(r.credential.Gid)), "--clear-groups"}
}
