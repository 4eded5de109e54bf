package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// tally counts the tests that came to an end, subtests included.
type tally struct{ passed, failed, skipped int }

func (t *tally) add(other tally) {
	t.passed += other.passed
	t.failed += other.failed
	t.skipped += other.skipped
}

// String is the closing line.
func (t tally) String() string {
	line := fmt.Sprintf("%d passed, %d failed", t.passed, t.failed)
	if t.skipped > 0 {
		line += fmt.Sprintf(", %d skipped", t.skipped)
	}
	return line
}

// runner is one test program: how it starts, what reads its standard output, and where its counts come from afterwards.
type runner struct {
	command []string
	prepare func() error // may be nil
	read    func(stdout io.Reader) error
	result  func() (tally, error)
}

var errRanNothing = errors.New("no test ran")

// run counts a runner that broke, or that ran nothing, as one failure, so that the closing line never hides it.
func (r runner) run(ctx context.Context, stdout, stderr io.Writer) tally {
	fmt.Fprintf(stdout, "$ %s\n", strings.Join(r.command, " "))
	exit := r.execute(ctx, stderr)
	counted, err := r.result()
	switch {
	case err != nil:
	case counted.passed+counted.failed == 0:
		err = errRanNothing
	case exit != nil && counted.failed == 0:
		err = errors.New("all tests passed, but the runner did not")
	}
	if err == nil {
		return counted
	}
	if err = errors.Join(err, exit); err != nil {
		fmt.Fprintf(stdout, "FAIL\t%s: %s\n", r.command[0], strings.ReplaceAll(err.Error(), "\n", ": "))
	}
	counted.failed++
	return counted
}

func (r runner) execute(ctx context.Context, stderr io.Writer) error {
	if r.prepare != nil {
		if err := r.prepare(); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, r.command[0], r.command[1:]...)
	cmd.Stderr = stderr
	// An interrupt lets the runner end its own children; a kill would leave them behind.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	readErr := r.read(stdout)
	return errors.Join(readErr, cmd.Wait())
}
