package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mofasa/cmd/internal/app"
	"mofasa/tenants/privacy"
	"mofasa/tenants/vehicles"
)

// errUnopened makes the exit status tell that rows were left under an old key.
var errUnopened = errors.New("some rows could not be opened and were left as they are")

// privates builds the commands that keep the keys of personal data. dir gives the folder of the keys.
type privates struct {
	open opener
	keys func() (*privacy.Keyring, error)
	dir  func() (string, error)
}

func newPrivacyCommand(open opener) *cobra.Command {
	return newSealsCommand(privates{open: open, keys: personalKeys, dir: func() (string, error) {
		c, err := app.LoadConfig()
		return c.KeysDir, err
	}})
}

func newSealsCommand(p privates) *cobra.Command {
	cmd := &cobra.Command{Use: "privacy", Short: "Keep the keys under which personal data is sealed",
		Long: `Keep the keys under which owners' names and IDs are sealed. To change the key: "new-key", then "rotate", while everything goes on running; when
"status" counts no row under an old key, its file may go, once no backup needs it any more. Processes on other machines need the new file before they
meet it.`}
	cmd.AddCommand(p.status(), p.newKey(), p.rotate())
	return cmd
}

// at gives a command the service over all tables that hold envelopes.
func (p privates) at(cmd *cobra.Command, fn func(context.Context, *privacy.Service) error) error {
	runner, _, closeDatabase, err := p.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeDatabase()
	ring, err := p.keys()
	if err != nil {
		return err
	}
	return fn(cmd.Context(), privacy.NewService(runner, ring, vehicles.OwnerIdentities))
}

func (p privates) status() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "Count rows by key", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return p.at(cmd, func(ctx context.Context, s *privacy.Service) error {
			counts, newest, err := s.Status(ctx)
			if err != nil {
				return err
			}
			rows := [][]string{{"table", "key", "rows", ""}}
			for _, c := range counts {
				remark := ""
				switch {
				case !c.Held:
					remark = "the key is missing here"
				case c.Key < newest:
					remark = "rotate"
				}
				rows = append(rows, []string{c.Table, fmt.Sprint(c.Key), fmt.Sprint(c.Rows), remark})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "sealing under key %d\n%s\n", newest, strings.Join(columns(rows), "\n"))
			return err
		})
	}}
}

func (p privates) newKey() *cobra.Command {
	return &cobra.Command{Use: "new-key", Short: "Make the next key; every process here seals under it from now on", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		dir, err := p.dir()
		if err != nil {
			return err
		}
		return p.at(cmd, func(ctx context.Context, s *privacy.Service) error {
			counts, used, err := s.Status(ctx)
			if err != nil {
				return err
			}
			for _, c := range counts {
				used = max(used, c.Key)
			}
			id, err := app.AddPrivacyKey(dir, used)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "key %d made; now run \"mofasa privacy rotate\"\n", id)
			return err
		})
	}}
}

func (p privates) rotate() *cobra.Command {
	return &cobra.Command{Use: "rotate", Short: "Seal everything under the newest key, beside all other work", Args: cobra.NoArgs,
		Long: `Seal every row of an older key under the newest one, in small transactions while everything goes on running. It can be stopped and begun again at any time.
A row that does not open is named and left as it is.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.at(cmd, func(ctx context.Context, s *privacy.Service) error {
				done, err := s.Rotate(ctx, func(sealed int) { fmt.Fprintf(cmd.ErrOrStderr(), "%d rows\n", sealed) })
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%d rows sealed anew\n", done.Sealed)
				if len(done.Broken) > 0 {
					fmt.Fprintln(cmd.OutOrStdout(), strings.Join(done.Broken, "\n"))
					return errUnopened
				}
				return nil
			})
		}}
}
