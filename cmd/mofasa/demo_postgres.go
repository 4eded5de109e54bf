package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mofasa/migrations/localpg"
)

// ensurePostgres starts the private server in dir, or attaches to the one that a killed demo left running. A server that was killed itself may seem to run:
// its process id belongs to another process by now, or to one that nobody has waited for. Then what it left is cleared away.
func ensurePostgres(ctx context.Context, dir string) (*localpg.Server, error) {
	options := localpg.Options{Dir: dir}
	server, err := localpg.Ensure(ctx, options)
	if err != nil || server.Fresh || listens(server.Port) {
		return server, err
	}
	if err := buryPostgres(ctx, server); err != nil {
		return nil, err
	}
	return localpg.Ensure(ctx, options)
}

func listens(port int) bool {
	conn, err := net.DialTimeout("tcp", address(port), time.Second)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// buryPostgres removes the process id file of a dead server, once its last process has let go of the data.
func buryPostgres(ctx context.Context, server *localpg.Server) error {
	stop := server.StopCommand() // names the folder: pg_ctl -D DATA …
	data := stop[slices.Index(stop, "-D")+1]
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for workersIn(data) > 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("a server is in %s but does not answer", data)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return os.Remove(filepath.Join(data, "postmaster.pid"))
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
