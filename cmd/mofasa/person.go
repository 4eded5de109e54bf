package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"mofasa/cmd/internal/app"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

var (
	errNoPassword = errors.New("password-file: the password is missing; name a file, give - for standard input, or run the command at a keyboard")
	errNoUser     = errors.New("user: who acts is missing")
)

// addPersonFlags declares who acts and where their password is.
func addPersonFlags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("user", "", "user name of the person who acts")
	must(cmd, "user")
	return addPasswordFlag(cmd)
}

// addPasswordFlag declares where a password is; never the password itself, since flags show in the list of processes.
func addPasswordFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("password-file", "", "file with the password on its first line; - is standard input; without it, the keyboard is asked")
	return cmd
}

// actAs checks the password and the permission of the person of --user, and gives the context in which they act and the scope of their work.
// Errors: credentials_invalid, office_not_active, not_permitted.
func actAs(cmd *cobra.Command, runner *scope.Runner, permission identity.Permission) (context.Context, scope.Scope, error) {
	fail := func(err error) (context.Context, scope.Scope, error) { return nil, scope.Public(""), refusal(err) }
	username, err := cmd.Flags().GetString("user")
	if err != nil {
		return fail(err)
	}
	if username == "" {
		return fail(errNoUser)
	}
	password, err := readPassword(cmd)
	if err != nil {
		return fail(err)
	}
	person, err := identity.NewService(runner, nil, time.Now, app.PasswordCost).CheckPassword(cmd.Context(), username, password)
	if err != nil {
		return fail(err)
	}
	if !person.Permits(permission) {
		return fail(identity.ErrNotPermitted)
	}
	return scope.WithActor(cmd.Context(), scope.Actor{Kind: scope.ActorPerson, ID: person.ID}), person.Scope(), nil
}

// staffNames tells people by what they sign in with; whom no list holds stays an id.
func staffNames(ctx context.Context, runner *scope.Runner) (func(id string) string, error) {
	names := map[string]string{}
	err := runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		people, err := identity.List(tx)
		for _, p := range people {
			names[p.ID.String()] = p.Username
		}
		return err
	})
	return func(id string) string { return cmp.Or(names[id], id) }, err
}

// readPassword reads a line from the file that --password-file names, or asks for it at a keyboard.
func readPassword(cmd *cobra.Command) (string, error) {
	path, err := cmd.Flags().GetString("password-file")
	if err != nil {
		return "", err
	}
	source := cmd.InOrStdin()
	switch {
	case path == "" && !atKeyboard(source):
		return "", errNoPassword
	case path == "" || path == "-" && atKeyboard(source):
		return askPassword(cmd, source.(*os.File))
	case path == "-":
		return passwordFrom(source)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("password-file: %w", err)
	}
	defer file.Close()
	return passwordFrom(file)
}

// askPassword echoes nothing on a terminal.
func askPassword(cmd *cobra.Command, keyboard *os.File) (string, error) {
	if !term.IsTerminal(int(keyboard.Fd())) {
		return passwordFrom(keyboard)
	}
	fmt.Fprint(cmd.ErrOrStderr(), "password: ")
	line, err := term.ReadPassword(int(keyboard.Fd()))
	fmt.Fprintln(cmd.ErrOrStderr())
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	return chosen(string(line))
}

// passwordFrom reads one line and not a byte more: what follows on standard input belongs to the command.
func passwordFrom(source io.Reader) (string, error) {
	var line strings.Builder
	for one := make([]byte, 1); line.Len() <= 1000; line.Write(one) {
		_, err := io.ReadFull(source, one)
		if errors.Is(err, io.EOF) || err == nil && one[0] == '\n' {
			break
		}
		if err != nil {
			return "", fmt.Errorf("password-file: %w", err)
		}
	}
	return chosen(line.String())
}

func chosen(line string) (string, error) {
	password := strings.TrimSuffix(strings.TrimPrefix(line, "\ufeff"), "\r")
	if password == "" {
		return "", errNoPassword
	}
	return password, nil
}
