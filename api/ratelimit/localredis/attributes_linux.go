package localredis

import "syscall"

// attributes gives the server a process group of its own, so that Ctrl-C reaches the caller alone, which then stops its server
// last; and lets the kernel kill it when the thread that started it is gone, so that a crashed caller leaves none behind.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
