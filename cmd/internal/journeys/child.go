package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// child is one process of the ground, with its log in the ground's folder.
type child struct {
	name, log string
	process   *exec.Cmd
	done      chan struct{}
}

// launch runs a program and waits until its log says where it listens; the answer is what the pattern's group matched. A child that ends later, unasked, fails the ground.
func (g *ground) launch(ctx context.Context, name string, cmd *exec.Cmd, listening *regexp.Regexp) (string, error) {
	c := &child{name: name, log: filepath.Join(g.dir, name+".log"), process: cmd, done: make(chan struct{})}
	log, err := os.Create(c.log)
	if err != nil {
		return "", err
	}
	defer log.Close() // the child has its own descriptor
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = log, log, childAttributes()
	if err := cmd.Start(); err != nil {
		return "", err
	}
	g.children = append(g.children, c)
	go func() {
		ended := cmd.Wait()
		close(c.done)
		g.failed <- fmt.Errorf("%s ended by itself (%v); see %s", name, ended, c.log) // read by nobody once the ground is stopped
	}()
	return c.await(ctx, listening)
}

func (c *child) await(ctx context.Context, listening *regexp.Regexp) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		said, err := os.ReadFile(c.log)
		if err != nil {
			return "", err
		}
		if found := listening.FindSubmatch(said); found != nil {
			return string(found[1]), nil
		}
		select {
		case <-c.done:
			return "", fmt.Errorf("%s ended: %s", c.name, bytes.TrimSpace(said))
		case <-ctx.Done():
			return "", fmt.Errorf("%s does not listen; see %s", c.name, c.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop asks the child to end, and kills it when it takes too long.
func (c *child) stop() {
	const grace = 10 * time.Second
	_ = c.process.Process.Signal(syscall.SIGTERM) // it may have ended already
	select {
	case <-c.done:
	case <-time.After(grace):
		_ = c.process.Process.Kill()
		<-c.done
	}
}
