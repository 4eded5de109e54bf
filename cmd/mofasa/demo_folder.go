package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// folder is a command's own, held by one process at a time.
type folder struct {
	path string // absolute
	lock *os.File
}

// openFolder makes the folder, if the disk has room, and takes its lock, which ends with the process, however it ends.
func openFolder(path string, room int64) (*folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// PostgreSQL's user must be able to pass.
	if err := os.MkdirAll(filepath.Join(path, "pg"), 0o755); err != nil {
		return nil, err
	}
	if err := roomIn(path, room); err != nil {
		return nil, err
	}
	f := &folder{path: path}
	if err := f.hold(); err != nil {
		return nil, err
	}
	return f, nil
}

// forget removes the results of an earlier run, so that what is there afterwards is this run's.
func (f *folder) forget(names ...string) error {
	for _, name := range names {
		if err := os.RemoveAll(f.file(name)); err != nil {
			return err
		}
	}
	return nil
}

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// hold locks the folder and leaves our process id in it for the next one who asks.
func (f *folder) hold() error {
	lock, err := os.OpenFile(f.file("lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder, _ := os.ReadFile(lock.Name()) // who it is matters less than that there is one
		_ = lock.Close()
		return fmt.Errorf("%s is in use by process %s: end it first", f.path, strings.TrimSpace(string(holder)))
	}
	f.lock = lock
	err = lock.Truncate(0)
	if err == nil {
		_, err = lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		f.close()
	}
	return err
}

func (f *folder) close() { _ = f.lock.Close() } // which gives the lock back

func roomIn(path string, room int64) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(path, &fs); err != nil {
		return fmt.Errorf("look for room in %s: %w", path, err)
	}
	if free := int64(fs.Bavail) * int64(fs.Bsize); free < room {
		return fmt.Errorf("only %d MB are free in %s, %d MB are needed", free>>20, path, room>>20)
	}
	return nil
}

// choosePort gives the wanted port of this machine or, unless the user insists on it, the next free one.
func choosePort(wanted int, insist bool) (int, error) {
	if wanted < 1 || wanted > 65535 {
		return 0, fmt.Errorf("--port %d is not within 1 to 65535", wanted)
	}
	err := tryPort(wanted)
	if err == nil {
		return wanted, nil
	}
	if insist {
		if errors.Is(err, syscall.EADDRINUSE) {
			return 0, fmt.Errorf("port %d is in use: choose another with --port, or leave the flag out to take a free one", wanted)
		}
		return 0, fmt.Errorf("port %d: %w", wanted, err)
	}
	for port := wanted + 1; port < min(wanted+100, 65536); port++ {
		if tryPort(port) == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no port from %d on is free: %w", wanted, err)
}

func tryPort(port int) error {
	l, err := net.Listen("tcp", address(port))
	if err != nil {
		return err
	}
	return l.Close()
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
