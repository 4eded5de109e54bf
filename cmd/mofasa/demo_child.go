package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// grace is how long a child may take to end when asked; the server lets requests finish.
const grace = 25 * time.Second

// child is one process of the demo, with its log beside it.
type child struct {
	name    string
	log     string // file
	pid     string // file that names the process for the next demo, should this one be killed
	process *os.Process
	done    chan struct{} // closed when it has ended
	ended   error         // how, once it has
}

// startChild runs cmd with its output in folder/name.log.
func startChild(f *folder, name string, cmd *exec.Cmd) (*child, error) {
	c := &child{name: name, log: f.file(name + ".log"), pid: f.file(name + ".pid"), done: make(chan struct{})}
	log, err := os.Create(c.log)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own descriptor
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = childAttributes()
	if err := c.run(cmd); err != nil {
		return nil, err
	}
	c.process = cmd.Process
	return c, os.WriteFile(c.pid, []byte(strconv.Itoa(c.process.Pid)), 0o644)
}

// run starts cmd on a thread that stays with it until it ends: on Linux a child dies with the thread that started it, and Go ends threads as it likes
// unless they are locked.
func (c *child) run(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		defer close(c.done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.ended = cmd.Wait()
		}
	}()
	return <-started
}

// await waits until the child's log says that it listens, and an address of its answers 200. The answer alone might be another process's.
func (c *child) await(ctx context.Context, listening, url string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !c.says(listening) || !answers(ctx, url) {
		select {
		case <-c.done:
			return c.endedEarly()
		case <-ctx.Done():
			return fmt.Errorf("%s does not become ready: %s", c.name, lastLine(c.log))
		case <-ticker.C:
		}
	}
	return nil
}

func (c *child) says(text string) bool {
	log, err := os.ReadFile(c.log)
	return err == nil && strings.Contains(string(log), text)
}

func answers(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// endedEarly says how; why is the last line of the log, unless that only tells of a request.
func (c *child) endedEarly() error {
	if why := lastLine(c.log); why != "" && why[0] != '{' {
		return fmt.Errorf("%s ended by itself (%v): %s", c.name, c.ended, why)
	}
	return fmt.Errorf("%s ended by itself (%v)", c.name, c.ended)
}

// stop asks the child to end, and kills it when it takes too long.
func (c *child) stop() {
	_ = c.process.Signal(syscall.SIGTERM) // it may have ended already
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.done:
	case <-timer.C:
		_ = c.process.Kill()
		<-c.done
	}
	_ = os.Remove(c.pid) // a stale one is found out by what it names
}

// endOrphan kills the process that a pid file names if it is one of ours: a process that runs the same program. A stale file may name anybody.
func endOrphan(pidFile, program string) error {
	body, err := os.ReadFile(pidFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(body)))
	if err != nil || !runs(pid, program) {
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("end process %d of an earlier demo: %w", pid, err)
	}
	for range 100 {
		if !runs(pid, program) {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("process %d of an earlier demo does not end", pid)
}

// runs tells whether a process runs this program, also after it was built anew. Without /proc nobody can tell, and the answer is no.
func runs(pid int, program string) bool {
	exe, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe"))
	return err == nil && strings.TrimSuffix(exe, " (deleted)") == program
}

// lastLine is the last line of a log: where a process ends early, the reason.
func lastLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}
