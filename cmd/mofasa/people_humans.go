package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

var errNoNationalID = errors.New("national-id-file: the national ID is missing; name a file, give - for standard input (after the password, on a line of its own), or run the command at a keyboard")

// addNationalIDFlag declares where a national ID is; never the ID itself, since flags show in the list of processes.
func addNationalIDFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("national-id-file", "", "file with the person's national ID on its first line; - is standard input; without it, the keyboard is asked")
	return cmd
}

// readNationalID reads a line from the file that --national-id-file names, or asks for it at a keyboard. What it is worth the use case says.
func readNationalID(cmd *cobra.Command) (string, error) {
	path, err := cmd.Flags().GetString("national-id-file")
	if err != nil {
		return "", err
	}
	source := cmd.InOrStdin()
	switch {
	case path == "" && !atKeyboard(source):
		return "", errNoNationalID
	case path == "" || path == "-" && atKeyboard(source):
		fmt.Fprint(cmd.ErrOrStderr(), "national ID: ")
		return nationalIDFrom(source)
	case path == "-":
		return nationalIDFrom(source)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("national-id-file: %w", err)
	}
	defer file.Close()
	return nationalIDFrom(file)
}

// nationalIDFrom reads one line and not a byte more, as a password is read before it.
func nationalIDFrom(source io.Reader) (string, error) {
	line, err := passwordFrom(source)
	if errors.Is(err, errNoPassword) {
		err = errNoNationalID
	}
	return line, err
}

func (s staffing) nationalID() *cobra.Command {
	return addNationalIDFlag(s.keeps("national-id USERNAME", "Put on record which human somebody is; the platform also corrects it", func(ctx context.Context, k keeping) (string, error) {
		id, err := readNationalID(k.in.cmd)
		if err != nil {
			return "", err
		}
		m, err := k.staff.RecordNationalID(ctx, k.at, k.whom.ID, id, k.in.text("reason"))
		return fmt.Sprintf("%s is %s\n", m.Username, m.NationalID), err
	}))
}

// appoint invites a keeper into a home that has none, by two operators of the platform.
func (s staffing) appoint() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "appoint",
		Short: "Invite a keeper into an office or a city that has none, once a second operator agrees",
		Long: `Invite the manager of an office, or the administrator of a city, that has no active one. The invitation is good for 72 hours once a second operator of the
platform has approved it with "mofasa approvals decide"; before, its token is worth nothing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := &reading{cmd: cmd}
			whom := identity.Invited{Username: in.text("username"), NameFA: in.text("name"), Reason: in.text("reason")}
			return in.asPerson(s.open, identity.PeopleManage, func(ctx context.Context, runner *scope.Runner, _ scope.Scope) error {
				return s.appointed(ctx, in, runner, whom)
			})
		},
	}
	for name, usage := range map[string]string{"username": "what they will sign in with", "name": "their name, in Persian", "reason": "why"} {
		cmd.Flags().String(name, "", usage)
		must(cmd, name)
	}
	addWorkplaceFlags(cmd).MarkFlagsOneRequired("office", "municipality")
	return addNationalIDFlag(addPersonFlags(cmd))
}

func (s staffing) appointed(ctx context.Context, in *reading, runner *scope.Runner, whom identity.Invited) error {
	var err error
	if whom.NationalID, err = readNationalID(in.cmd); err != nil {
		return err
	}
	humans, err := s.humans()
	if err != nil {
		return err
	}
	err = runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		whom.Home, err = workplace(tx, in)
		return err
	})
	if err != nil {
		return err
	}
	whom.Role = whom.Home.Kind.Keeper()
	service := identity.NewService(runner, nil, time.Now, s.cost, identity.WithHumans(humans))
	actor, _ := scope.ActorOf(ctx)
	by, err := service.Person(ctx, actor.ID)
	if err != nil {
		return err
	}
	made, err := service.Invite(ctx, by, whom)
	if err != nil {
		return err
	}
	said := fmt.Sprintf("%s invited as %s of %s\ntoken    %s\n", whom.Username, whom.Role, place(in), made.Token)
	if made.Approval != nil {
		said += fmt.Sprintf("waits    mofasa approvals decide %s --verdict approve\n", made.Approval.ID)
	}
	_, err = fmt.Fprint(in.cmd.OutOrStdout(), said)
	return err
}
