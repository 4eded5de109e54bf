package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// invite lets somebody choose their own password, which nobody else then knows.
func (s staffing) invite() *cobra.Command {
	var names []string
	for _, role := range identity.Roles() {
		names = append(names, string(role))
	}
	cmd := &cobra.Command{
		Use:   "invite",
		Short: "Make an invitation with which somebody chooses their password",
		Long: `Make an invitation, good once and for 72 hours. Its token is shown this once: hand it to the person by a way that nobody else reads. They take it up with
POST /v1/invitations/acceptance. An earlier invitation of the same user name there is void.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := &reading{cmd: cmd}
			whom := identity.Invited{Username: in.text("username"), NameFA: in.text("name"), Role: identity.Role(in.text("role"))}
			if in.err != nil {
				return refusal(in.err)
			}
			var err error
			if whom.NationalID, err = readNationalID(cmd); err != nil {
				return err
			}
			humans, err := s.humans()
			if err != nil {
				return err
			}
			return s.in(cmd, scope.Platform(), func(tx *scope.Tx) (_ string, err error) {
				if whom.Home, err = workplace(tx, in); err != nil {
					return "", err
				}
				made, err := identity.InviteBySystem(tx, whom, humans)
				return fmt.Sprintf("%s invited as %s of %s\ntoken    %s\nexpires  %s\n", whom.Username, whom.Role, place(in), made.Token, made.Expires.UTC().Format(time.RFC3339)), err
			})
		},
	}
	for name, usage := range map[string]string{"username": "what they will sign in with", "name": "their name, in Persian", "role": strings.Join(names, ", ")} {
		cmd.Flags().String(name, "", usage)
		must(cmd, name)
	}
	return addNationalIDFlag(addWorkplaceFlags(cmd))
}

// addWorkplaceFlags declares where somebody is to work.
func addWorkplaceFlags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("office", "", "licence number of the office for which they work")
	cmd.Flags().Int("municipality", 0, "code of the municipality for which they work; with neither, they work for the platform")
	cmd.MarkFlagsMutuallyExclusive("office", "municipality")
	return cmd
}

func (s staffing) resetFactor() *cobra.Command {
	return &cobra.Command{
		Use:   "reset-second-factor USERNAME",
		Short: "Take a lost second factor away from somebody, and end their sessions",
		Long:  `Take a second factor away from somebody who lost the phone and the recovery codes. See first that they are who they say. Their next session is for setting it up.`,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.in(cmd, scope.Platform(), func(tx *scope.Tx) (string, error) {
				return args[0] + " has no second factor now\n", identity.ResetFactor(tx, args[0])
			})
		},
	}
}
