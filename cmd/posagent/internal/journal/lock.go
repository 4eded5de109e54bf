package journal

import (
	"fmt"
	"os"
	"path/filepath"
)

// Lock keeps a second agent off a state folder: two would each believe that no sale of theirs is unknown.
type Lock struct{ file *os.File }

// Hold makes dir where it is missing and takes its lock, or fails where another process has it.
func Hold(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("state folder: %w", err)
	}
	file, err := exclusive(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("state folder %s is in use by another agent: %w", dir, err)
	}
	return &Lock{file}, nil
}

// Release lets go.
func (l *Lock) Release() error { return l.file.Close() }
