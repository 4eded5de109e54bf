package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/alexedwards/argon2id"
	"github.com/spf13/cobra"

	"mofasa/cmd/internal/app"
	"mofasa/tenants/identity"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// staffing builds the commands that keep the list of people. cost is of their sign-ins; keys gives those of personal data.
type staffing struct {
	open opener
	cost *argon2id.Params
	keys func() (*privacy.Keyring, error)
}

func newPeopleCommand(open opener) *cobra.Command {
	return newStaffCommand(staffing{open: open, cost: app.PasswordCost, keys: personalKeys})
}

func (s staffing) humans() (*identity.Humans, error) {
	ring, err := s.keys()
	if err != nil {
		return nil, err
	}
	return identity.NewHumans(ring), nil
}

func newStaffCommand(s staffing) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "people",
		Short: "Enrol, invite, list, lock and unlock the people who sign in",
		Long: `Keep the list of people who sign in: at an office, for a city, or for the platform. Of role, dismiss, national-id and appoint the person of --user acts, of lock
and unlock where one is named, of the rest the system itself; every change leaves an audit record.
Their role decides what they may do, and only roles of their place of work can be given. A national ID is read from a file or from standard input, never from a
flag, since flags show in the list of processes.`,
	}
	cmd.AddCommand(s.enrol(), s.invite(), s.resetFactor(), s.list(), s.change("lock", "Keep somebody from signing in, and end their sessions", identity.Locked),
		s.change("unlock", "Let somebody sign in again", identity.Active), s.role(), s.dismiss(), s.nationalID(), s.appoint())
	return cmd
}

func (s staffing) enrol() *cobra.Command {
	var names []string
	for _, role := range identity.Roles() {
		names = append(names, string(role))
	}
	cmd := &cobra.Command{
		Use:   "enrol",
		Short: "Let somebody sign in, or give them a new password and role",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := &reading{cmd: cmd}
			p := identity.NewPerson{Username: in.text("username"), NameFA: in.text("name"), Role: identity.Role(in.text("role"))}
			if in.err != nil {
				return refusal(in.err)
			}
			password, err := readPassword(cmd)
			if err != nil {
				return err
			}
			p.Password = password
			if p.NationalID, err = readNationalID(cmd); err != nil {
				return err
			}
			humans, err := s.humans()
			if err != nil {
				return err
			}
			return s.in(cmd, scope.Platform(), func(tx *scope.Tx) (string, error) {
				if p.Home, err = workplace(tx, in); err != nil {
					return "", err
				}
				_, err := identity.Enrol(tx, p, identity.Enrolment{Cost: s.cost, Humans: humans})
				return fmt.Sprintf("%s enrolled as %s of %s\n", p.Username, p.Role, place(in)), err
			})
		},
	}
	for name, usage := range map[string]string{"username": "what they sign in with", "name": "their name, in Persian", "role": strings.Join(names, ", ")} {
		cmd.Flags().String(name, "", usage)
		must(cmd, name)
	}
	return addNationalIDFlag(addPasswordFlag(addWorkplaceFlags(cmd)))
}

// workplace reads where somebody is to work.
func workplace(tx *scope.Tx, in *reading) (identity.Home, error) {
	switch {
	case in.cmd.Flags().Changed("office"):
		return identity.OfficeByLicence(tx, in.text("office"))
	case in.cmd.Flags().Changed("municipality"):
		return identity.Home{Kind: identity.AtMunicipality, MunicipalityID: in.number("municipality")}, nil
	default:
		return identity.Home{Kind: identity.AtPlatform}, nil
	}
}

// place names where somebody is to work, as the flags do.
func place(in *reading) string {
	switch {
	case in.cmd.Flags().Changed("office"):
		return "office " + in.text("office")
	case in.cmd.Flags().Changed("municipality"):
		return "municipality " + strconv.Itoa(in.number("municipality"))
	default:
		return "the platform"
	}
}

func (s staffing) list() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Everybody, or the people of a city",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			where := scope.Platform()
			if cmd.Flags().Changed("municipality") {
				where = inCity(cmd).scope
			}
			return s.in(cmd, where, func(tx *scope.Tx) (string, error) {
				people, err := identity.List(tx)
				return peopleTable(people), err
			})
		},
	}
	cmd.Flags().Int("municipality", 0, "code of the municipality")
	return cmd
}

func peopleTable(people []identity.Listed) string {
	rows := [][]string{{"user", "role", "works for", "state", "name"}}
	for _, p := range people {
		home := "platform"
		switch {
		case p.LicenceNo != "":
			home = "office " + p.LicenceNo
		case p.MunicipalityID != 0:
			home = "municipality " + strconv.Itoa(p.MunicipalityID)
		}
		rows = append(rows, []string{p.Username, string(p.Role), home, p.State, p.NameFA})
	}
	return strings.Join(columns(rows), "\n") + "\n"
}

// change locks or unlocks somebody, as the system or as the person of --user.
func (s staffing) change(verb, short string, to identity.Standing) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " USERNAME", Short: short, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		done := args[0] + " " + verb + "ed\n"
		if cmd.Flags().Changed("user") {
			return s.keep(cmd, args[0], func(ctx context.Context, k keeping) (string, error) {
				_, err := k.staff.SetStanding(ctx, k.at, k.whom.ID, to, k.in.text("reason"))
				return done, err
			})
		}
		return s.in(cmd, scope.Platform(), func(tx *scope.Tx) (string, error) {
			if to == identity.Locked {
				return done, identity.Lock(tx, args[0])
			}
			return done, identity.Unlock(tx, args[0])
		})
	}}
	cmd.Flags().String("user", "", "user name of the person who acts; without it, the system does")
	cmd.Flags().String("reason", "", "why")
	cmd.MarkFlagsRequiredTogether("user", "reason")
	return addPasswordFlag(cmd)
}

// in runs one use case in one transaction and prints what it says once that is committed.
func (s staffing) in(cmd *cobra.Command, where scope.Scope, fn func(*scope.Tx) (string, error)) error {
	runner, _, closeDatabase, err := s.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeDatabase()
	var said string
	err = runner.InTx(cmd.Context(), where, func(tx *scope.Tx) (err error) {
		said, err = fn(tx)
		return err
	})
	if err != nil {
		return refusal(err)
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), said)
	return err
}
