package main

import "syscall"

// childAttributes give a child a process group of its own, so that Ctrl-C reaches the demo alone, which then stops its children in order; and let the kernel
// kill it when the demo is gone, so that a killed demo leaves none behind.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
