package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

var (
	errNoPassword = errors.New("password-file: the password is missing; name a file, give - for standard input, or run the command at a keyboard")
	errNoCode     = errors.New("code-file: the code of the second factor is missing; name a file, give - for standard input (after the password, on a line of its own), or run the command at a keyboard")
)

// secret is a line that somebody shows: never a flag itself, since flags show in the list of processes.
type secret struct {
	flag    string // names the file
	prompt  string
	missing error
}

var (
	passwordLine = secret{"password-file", "password: ", errNoPassword}
	codeLine     = secret{"code-file", "code of the second factor: ", errNoCode}
)

// addPasswordFlag declares where a password is.
func addPasswordFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String(passwordLine.flag, "", "file with the password on its first line; - is standard input; without it, the keyboard is asked")
	return cmd
}

// addCodeFlag declares where the code of a second factor is.
func addCodeFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String(codeLine.flag, "", "file with a code of the second factor, or a recovery code, on its first line; - is standard input, after the password; without it, the keyboard is asked")
	return cmd
}

func readPassword(cmd *cobra.Command) (string, error) { return passwordLine.read(cmd) }

// isAsked holds where the keyboard is asked, and not a file or a pipe.
func (s secret) isAsked(cmd *cobra.Command) bool {
	path, err := cmd.Flags().GetString(s.flag)
	return err == nil && (path == "" || path == "-") && atKeyboard(cmd.InOrStdin())
}

// isGiven holds where the flag names a file or a pipe.
func (s secret) isGiven(cmd *cobra.Command) bool {
	path, err := cmd.Flags().GetString(s.flag)
	return err == nil && path != "" && !s.isAsked(cmd)
}

// read reads a line from the file that the flag names, or asks for it at a keyboard.
func (s secret) read(cmd *cobra.Command) (string, error) {
	path, err := cmd.Flags().GetString(s.flag)
	if err != nil {
		return "", err
	}
	source := cmd.InOrStdin()
	switch {
	case s.isAsked(cmd):
		return s.ask(cmd, source.(*os.File))
	case path == "":
		return "", s.missing
	case path == "-":
		return s.from(source)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.flag, err)
	}
	defer file.Close()
	return s.from(file)
}

// ask echoes nothing on a terminal.
func (s secret) ask(cmd *cobra.Command, keyboard *os.File) (string, error) {
	if !term.IsTerminal(int(keyboard.Fd())) {
		return s.from(keyboard)
	}
	fmt.Fprint(cmd.ErrOrStderr(), s.prompt)
	line, err := term.ReadPassword(int(keyboard.Fd()))
	fmt.Fprintln(cmd.ErrOrStderr())
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.flag, err)
	}
	return s.chosen(string(line))
}

func passwordFrom(source io.Reader) (string, error) { return passwordLine.from(source) }

// from reads one line and not a byte more: what follows on standard input belongs to the command.
func (s secret) from(source io.Reader) (string, error) {
	var line strings.Builder
	for one := make([]byte, 1); line.Len() <= 1000; line.Write(one) {
		_, err := io.ReadFull(source, one)
		if errors.Is(err, io.EOF) || err == nil && one[0] == '\n' {
			break
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", s.flag, err)
		}
	}
	return s.chosen(line.String())
}

func (s secret) chosen(line string) (string, error) {
	text := strings.TrimSuffix(strings.TrimPrefix(line, "\ufeff"), "\r")
	if text == "" {
		return "", s.missing
	}
	return text, nil
}
