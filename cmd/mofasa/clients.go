package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mofasa/cmd/internal/app"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

func newClientsCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "clients",
		Short: "Keep the programs that call the API",
		Long: `Keep the programs that call the API for the home of the person who acts: an office, a city or the platform. A program shows its id and its secret at
POST /v1/oauth/token, and may then do what its scopes say; they are permissions that read, and that the person holds.`,
	}
	cmd.AddCommand(newClientCreateCommand(open), newClientListCommand(open), newClientRotateCommand(open), newClientRevokeCommand(open))
	return cmd
}

// clientCase is one use case of whoever keeps a home's programs; it gives what is to be printed.
type clientCase func(ctx context.Context, s *identity.Service, at scope.Scope) (string, error)

// keepClients runs one use case in the name of the person of --user.
func (in *reading) keepClients(open opener, do clientCase) error {
	return in.asPerson(open, identity.ClientsManage, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
		said, err := do(ctx, identity.NewService(runner, nil, time.Now, app.PasswordCost), at)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(in.cmd.OutOrStdout(), said)
		return err
	})
}

func newClientCreateCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "create", Short: "Register a program; its secret is shown this once", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		n := identity.NewClient{NameFA: in.text("name"), Expires: time.Now().AddDate(0, 0, in.number("days"))}
		for _, one := range strings.Fields(strings.ReplaceAll(in.text("scopes"), ",", " ")) {
			n.Scopes = append(n.Scopes, identity.Permission(one))
		}
		return in.keepClients(open, func(ctx context.Context, s *identity.Service, _ scope.Scope) (string, error) {
			actor, _ := scope.ActorOf(ctx)
			by, err := s.Person(ctx, actor.ID)
			if err != nil {
				return "", err
			}
			client, secret, err := s.CreateClient(ctx, by, n)
			return fmt.Sprintf("client   %s\nsecret   %s\nexpires  %s\n", client.ID, secret.Secret, client.Expires.UTC().Format(time.RFC3339)), err
		})
	}
	var scopes []string
	for _, one := range identity.ClientScopes() {
		scopes = append(scopes, string(one))
	}
	cmd.Flags().String("name", "", "what the program is called, in Persian")
	cmd.Flags().String("scopes", "", "what it may do, with commas between: "+strings.Join(scopes, ", "))
	cmd.Flags().Int("days", 365, "for how many days it is good, at most two years")
	must(cmd, "name")
	must(cmd, "scopes")
	return addPersonFlags(cmd)
}

func newClientListCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "The programs of the home, the newest first", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return (&reading{cmd: cmd}).keepClients(open, func(ctx context.Context, s *identity.Service, at scope.Scope) (string, error) {
			list, err := s.Clients(ctx, at)
			return clientTable(list), err
		})
	}
	return addPersonFlags(cmd)
}

func clientTable(list []identity.Client) string {
	rows := [][]string{{"client", "state", "expires", "scopes", "name", "created by"}}
	for _, c := range list {
		state := "good"
		switch {
		case c.RevokedAt != nil:
			state = "revoked"
		case c.PreviousUntil != nil && c.PreviousUntil.After(time.Now()):
			state = "two secrets"
		}
		var scopes []string
		for _, one := range c.Scopes {
			scopes = append(scopes, string(one))
		}
		rows = append(rows, []string{c.ID.String(), state, c.Expires.UTC().Format(time.DateOnly), strings.Join(scopes, ","), c.NameFA, creator(c)})
	}
	return strings.Join(columns(rows), "\n") + "\n"
}

// creator names who has created a program, and says when they are not at work any more.
func creator(c identity.Client) string {
	if c.Creator == "" || c.Creator == identity.Active {
		return orDash(c.CreatorFA)
	}
	return c.CreatorFA + " (" + string(c.Creator) + ")"
}

func newClientRotateCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "rotate", Short: "Give a program another secret; the one before stays good for a while", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		id, overlap := in.id("client"), time.Duration(in.number("overlap-hours"))*time.Hour
		return in.keepClients(open, func(ctx context.Context, s *identity.Service, at scope.Scope) (string, error) {
			secret, err := s.RotateClient(ctx, at, id, overlap)
			return fmt.Sprintf("client   %s\nsecret   %s\n", secret.ClientID, secret.Secret), err
		})
	}
	cmd.Flags().String("client", "", "id of the program")
	cmd.Flags().Int("overlap-hours", 24, "for how long the secret before is good, too; at most thirty days")
	must(cmd, "client")
	return addPersonFlags(cmd)
}

func newClientRevokeCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "revoke", Short: "End a program for ever, at once", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		id := in.id("client")
		return in.keepClients(open, func(ctx context.Context, s *identity.Service, at scope.Scope) (string, error) {
			return id.String() + " revoked\n", s.RevokeClient(ctx, at, id)
		})
	}
	cmd.Flags().String("client", "", "id of the program")
	must(cmd, "client")
	return addPersonFlags(cmd)
}
