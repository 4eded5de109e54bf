package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// tools are PostgreSQL's and Redis's own clients, against which ours is held.
type tools struct{ psql, pgbench, redisBenchmark string }

func findTools() (t tools, err error) {
	if t.psql, err = findTool("psql"); err != nil {
		return t, err
	}
	if t.pgbench, err = findTool("pgbench"); err != nil {
		return t, err
	}
	if t.redisBenchmark, err = exec.LookPath("redis-benchmark"); err != nil {
		return t, errors.New("redis-benchmark is not installed: apt-get install redis-tools")
	}
	return t, nil
}

// findTool looks in Debian's folders, newest version first, and then on PATH, where Debian has wrappers that look for a cluster.
func findTool(name string) (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // a constant pattern cannot be malformed
	if len(found) > 0 {
		return slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }), nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is not installed: apt-get install postgresql", name)
	}
	return path, nil
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // not a number comes last
	return n
}

// psqlFile runs a script in one transaction as the login of url. A failing statement ends it.
func (b *bench) psqlFile(ctx context.Context, url, script string) error {
	file := filepath.Join(b.folder, "script.sql")
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, b.tools.psql, "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", os.DevNull, "-f", file, url).CombinedOutput()
	if err != nil {
		return fmt.Errorf("psql: %w: %.300s", err, out)
	}
	return nil
}

var tps = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)

// pgbenchRun gives the transactions a second of scripts, one of which a client picks at random each time. pgbench knows whole seconds only.
func (b *bench) pgbenchRun(ctx context.Context, scripts []string, secondsLong int) (float64, error) {
	args := []string{"-n", "-M", "prepared", "-c", strconv.Itoa(b.clients), "-j", "2", "-T", strconv.Itoa(secondsLong)}
	for i, script := range scripts {
		file := filepath.Join(b.folder, fmt.Sprintf("inquiry-%d.pgbench", i))
		if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
			return 0, err
		}
		args = append(args, "-f", file)
	}
	out, err := exec.CommandContext(ctx, b.tools.pgbench, append(args, b.config.DatabaseURL)...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w: %.300s", err, out)
	}
	found := tps.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("pgbench: no rate in %.300q", out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
