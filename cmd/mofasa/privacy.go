package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mofasa/billing/payments/gateways"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/identity"
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
	cmd := &cobra.Command{Use: "privacy", Short: "Keep the keys under which personal data is sealed and found",
		Long: `Keep the keys under which personal data is sealed (privacy-NNNN.key) and found by a hash (owner-NNNN.key). To change one: "new-key" or "new-index-key", then
"rotate", while everything goes on running; when "status" says that no row needs the old file, it may go, once no backup needs it any more. Processes on other
machines need the new file before they meet it.`}
	cmd.AddCommand(p.status(), p.newKey("new-key", privacy.Seals, "Make the next key that seals; every process here seals under it from now on"),
		p.newKey("new-index-key", privacy.Indexes, "Make the next key of the blind index; every process here stores under it from now on, and searches under both"), p.rotate())
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
	dir, err := p.dir()
	if err != nil {
		return err
	}
	former, err := app.LoadFormerFactorKey(dir)
	if err != nil {
		return err
	}
	return fn(cmd.Context(), privacy.NewService(runner, ring, vehicles.OwnerIdentities, gateways.Sealed, vehicles.OwnerIndex, identity.SealedHumans{}, identity.NewFactorSecrets(ring, former)))
}

func (p privates) status() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "Count rows by key, and say which files no row needs", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return p.at(cmd, func(ctx context.Context, s *privacy.Service) error {
			counts, err := s.Status(ctx)
			if err != nil {
				return err
			}
			rows := [][]string{{"table", "key", "rows", ""}}
			for _, c := range counts {
				rows = append(rows, []string{orDash(c.Table), c.Family.File(c.Key), fmt.Sprint(c.Rows), remark(c)})
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), strings.Join(columns(rows), "\n"))
			return err
		})
	}}
}

// remark says what an operator should know of the rows under a key.
func remark(c privacy.Count) string {
	switch {
	case c.Newest:
		return ""
	case c.Rows == 0:
		return "no row needs it"
	case !c.Held:
		return "the key is missing here"
	case c.Stuck:
		return "kept for good: what these rows were made of is not known"
	default:
		return "rotate"
	}
}

func (p privates) newKey(use string, family privacy.Family, short string) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		dir, err := p.dir()
		if err != nil {
			return err
		}
		return p.at(cmd, func(ctx context.Context, s *privacy.Service) error {
			counts, err := s.Status(ctx)
			if err != nil {
				return err
			}
			var used privacy.KeyID
			for _, c := range counts {
				if c.Family == family {
					used = max(used, c.Key)
				}
			}
			id, err := app.AddPrivacyKey(dir, family, used)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s made; now run \"mofasa privacy rotate\"\n", family.File(id))
			return err
		})
	}}
}

func (p privates) rotate() *cobra.Command {
	return &cobra.Command{Use: "rotate", Short: "Seal and hash everything under the newest keys, beside all other work", Args: cobra.NoArgs,
		Long: `Seal every row of an older key under the newest one, and hash anew what is found by a hash under an older key, in small transactions while everything goes on
running. It can be stopped and begun again at any time. A row that does not open is named and left as it is.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.at(cmd, func(ctx context.Context, s *privacy.Service) error {
				left, err := toRotate(ctx, s)
				if err != nil {
					return err
				}
				done, err := s.Rotate(ctx, func(done int) { fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d rows\n", done, max(left, int64(done))) })
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%d rows made anew\n", done.Done)
				if len(done.Broken) > 0 {
					fmt.Fprintln(cmd.OutOrStdout(), strings.Join(done.Broken, "\n"))
					return errUnopened
				}
				return nil
			})
		}}
}

// toRotate counts the rows that a rotation has to do with.
func toRotate(ctx context.Context, s *privacy.Service) (rows int64, err error) {
	counts, err := s.Status(ctx)
	for _, c := range counts {
		if c.Old() && !c.Stuck {
			rows += c.Rows
		}
	}
	return rows, err
}
