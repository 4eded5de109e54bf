package main

import "syscall"

// childAttributes give a child a process group of its own, so that Ctrl-C reaches the ground alone, and let the kernel kill it when the ground is gone.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
