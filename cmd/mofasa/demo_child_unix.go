//go:build unix && !linux

package main

import "syscall"

// childAttributes give a child a process group of its own, so that Ctrl-C reaches the demo alone, which then stops its children in order. A killed
// demo leaves its children behind; the next one then takes other ports.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
