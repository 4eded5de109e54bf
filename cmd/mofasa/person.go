package main

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

var errNoUser = errors.New("user: who acts is missing")

// addPersonFlags declares who acts and what they show for it.
func addPersonFlags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("user", "", "user name of the person who acts")
	must(cmd, "user")
	return addCodeFlag(addPasswordFlag(cmd))
}

// actAs checks the password, the second factor of whoever has one, and the permission of the person of --user, and gives the context in which they act and the
// scope of their work. Errors: credentials_invalid, second_factor_invalid, office_not_active, not_permitted.
func actAs(cmd *cobra.Command, runner *scope.Runner, permission identity.Permission) (context.Context, scope.Scope, error) {
	fail := func(err error) (context.Context, scope.Scope, error) { return nil, scope.Public(""), refusal(err) }
	username, err := cmd.Flags().GetString("user")
	if err != nil {
		return fail(err)
	}
	if username == "" {
		return fail(errNoUser)
	}
	entrance := &entrance{cmd: cmd, runner: runner, shown: identity.Credentials{Username: username}, password: passwordLine, code: codeLine}
	person, err := entrance.enter(cmd.Context())
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
