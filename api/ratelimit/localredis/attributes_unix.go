//go:build unix && !linux

package localredis

import "syscall"

// attributes gives the server a process group of its own, so that Ctrl-C reaches the caller alone, which then stops its server
// last. A caller that crashes leaves its server behind; the next Start in the same folder says how to end it.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
