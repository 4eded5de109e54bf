package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

func (s staffing) role() *cobra.Command {
	cmd := s.keeps("role USERNAME", "Give somebody another role, or ask a second person for it", func(ctx context.Context, k keeping) (string, error) {
		change, err := k.staff.ChangeRole(ctx, k.at, k.whom.ID, identity.Role(k.in.text("role")), k.in.text("reason"))
		if err != nil || change.Approval == nil {
			return fmt.Sprintf("%s is %s now\n", k.whom.Username, change.Member.Role), err
		}
		return fmt.Sprintf("%s waits for a second person: mofasa approvals decide %s --verdict approve\n", change.Approval.Summary.EN, change.Approval.ID), nil
	})
	cmd.Flags().String("role", "", "the role, of the place where they work")
	must(cmd, "role")
	return cmd
}

func (s staffing) dismiss() *cobra.Command {
	return s.keeps("dismiss USERNAME", "Note that somebody has left; it cannot be undone", func(ctx context.Context, k keeping) (string, error) {
		m, err := k.staff.SetStanding(ctx, k.at, k.whom.ID, identity.Left, k.in.text("reason"))
		said := k.whom.Username + " has left\n"
		for _, client := range m.Clients {
			said += fmt.Sprintf("their program %s goes on; end it with: mofasa clients revoke --client %s\n", client, client)
		}
		return said, err
	})
}

// keeping is one use case of whoever keeps people, about one of them.
type keeping struct {
	in    *reading
	staff *identity.Staff
	at    scope.Scope
	whom  identity.Member
}

func (s staffing) keeps(use, short string, fn func(context.Context, keeping) (string, error)) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error { return s.keep(cmd, args[0], fn) }}
	cmd.Flags().String("reason", "", "why")
	must(cmd, "reason")
	return addPersonFlags(cmd)
}

// keep runs a use case about somebody, as the person of --user, and prints what it says.
func (s staffing) keep(cmd *cobra.Command, username string, fn func(context.Context, keeping) (string, error)) error {
	in := &reading{cmd: cmd}
	humans, err := s.humans()
	if err != nil {
		return err
	}
	return in.asPerson(s.open, identity.PeopleManage, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
		k := keeping{in: in, staff: identity.NewStaff(runner, humans), at: at}
		var err error
		if k.whom, err = k.staff.Find(ctx, at, username); err != nil {
			return err
		}
		said, err := fn(ctx, k)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(cmd.OutOrStdout(), said)
		return err
	})
}
