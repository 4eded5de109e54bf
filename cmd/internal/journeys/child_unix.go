//go:build unix && !linux

package main

import "syscall"

// childAttributes give a child a process group of its own, so that Ctrl-C reaches the ground alone.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
