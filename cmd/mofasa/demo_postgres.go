package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mofasa/migrations/localpg"
)

// patience is how long to wait for what a killed run left at work.
const patience = 30 * time.Second

// ensurePostgres starts the private server in dir, or attaches to the one that a killed run left. It is not interrupted: half a database folder is worth less
// than the second that a whole one takes.
func ensurePostgres(ctx context.Context, dir string) (*localpg.Server, error) {
	if err := settle(ctx, filepath.Join(dir, "data")); err != nil {
		return nil, err
	}
	server, err := localpg.Ensure(context.WithoutCancel(ctx), localpg.Options{Dir: dir})
	if err == nil {
		err = awaitSQL(ctx, server.AdminURL())
	}
	return server, err
}

// settle waits until nobody works in the data folder but a server that answers, and clears away the process id file of one that was killed, whose number may
// be another process's by now.
func settle(ctx context.Context, data string) error {
	for deadline := time.Now().Add(patience); workersIn(data) > 0; time.Sleep(50 * time.Millisecond) {
		if serves(data) || ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("a process works in %s and does not end", data)
		}
	}
	if _, err := os.Stat("/proc/self/cwd"); err != nil {
		return nil // without /proc nobody can tell who works there
	}
	if err := os.Remove(filepath.Join(data, "postmaster.pid")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// workersIn counts the processes that work in a folder, as all of a PostgreSQL server's do.
func workersIn(folder string) (n int) {
	places, _ := filepath.Glob("/proc/[0-9]*/cwd") // a constant pattern cannot be malformed
	for _, place := range places {
		if at, err := os.Readlink(place); err == nil && at == folder {
			n++
		}
	}
	return n
}

// serves tells whether the server of a data folder listens; line 4 of postmaster.pid is its port.
func serves(data string) bool {
	body, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	lines := strings.Split(string(body), "\n")
	if err != nil || len(lines) < 4 {
		return false
	}
	port, err := strconv.Atoi(strings.TrimSpace(lines[3]))
	if err != nil {
		return false
	}
	conn, err := net.DialTimeout("tcp", address(port), time.Second)
	return err == nil && conn.Close() == nil
}

// awaitSQL waits for a server that still starts up.
func awaitSQL(ctx context.Context, url string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		err := run(ctx, url, `SELECT 1`)
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
	}
}
