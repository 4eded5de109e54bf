package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mofasa/tenants/devices"
	"mofasa/tenants/identity"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
)

func newFeesCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "fees", Short: "What offices may ask for their service, apart from the duty"}
	cmd.AddCommand(listFees(open), setFee(open), askFeeAccount(open))
	return cmd
}

func listFees(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "list", Short: "The schedule, by service, class and day", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		return in.atOffices(open, identity.OfficesRead, func(ctx context.Context, s *offices.Service, at scope.Scope) (string, error) {
			list, err := s.Fees(ctx, at)
			rows := [][]string{{"service", "class", "from", "rial", "today", "reference"}}
			for _, f := range list {
				rows = append(rows, []string{f.Service, f.OfficeClass, jalali(f.ValidFrom).String(), fmt.Sprint(f.AmountRial), map[bool]string{true: "holds", false: "-"}[f.Holds], f.Reference})
			}
			if err != nil {
				return "", err
			}
			account, err := s.FeeAccount(ctx, at)
			goes := "no account: no fee is charged"
			if account != nil {
				goes = "fees go to " + account.IBAN
			}
			return strings.Join(columns(rows), "\n") + "\n" + goes + "\n", err
		})
	}})
}

func setFee(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "set", Short: "Set a fee from a day on", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		amount, err := cmd.Flags().GetInt64("amount")
		in.blame("amount", err)
		f := offices.Fee{Service: in.text("service"), OfficeClass: in.text("class"), ValidFrom: in.day("from"), AmountRial: amount, Reference: in.text("reference")}
		return in.atOffices(open, identity.FeesManage, func(ctx context.Context, s *offices.Service, at scope.Scope) (string, error) {
			set, err := s.SetFee(ctx, at, f)
			return fmt.Sprintf("%s at %s offices: %d rial from %s\n", set.Service, set.OfficeClass, set.AmountRial, end(set.ValidFrom)), err
		})
	}
	flags(cmd, "service!", "class!", "from!", "reference!")
	usages(cmd, map[string]string{"service": strings.Join(offices.Services(), " or "), "class": "class of offices, such as standard", "from": "first day, today or later", "reference": "the decree"})
	cmd.Flags().Int64("amount", 0, "in rial")
	must(cmd, "amount")
	return addPersonFlags(cmd)
}

func askFeeAccount(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "account", Short: "Ask a second person to let fees go to an account; without one no fee is charged", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		iban, reason := in.text("iban"), in.text("reason")
		return in.atOffices(open, identity.FeesManage, func(ctx context.Context, s *offices.Service, at scope.Scope) (string, error) {
			asked, err := s.AskFeeAccount(ctx, at, iban, reason)
			return fmt.Sprintf("approval %s waits for a second person\n", asked), err
		})
	}
	flags(cmd, "iban!", "reason!")
	usages(cmd, map[string]string{"iban": "of the account", "reason": "why"})
	return addPersonFlags(cmd)
}

func newDevicesCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "devices", Short: "The tills and terminal agents of an office"}
	cmd.AddCommand(listDevices(open), inviteDevice(open), revokeDevice(open))
	return cmd
}

// atDevices runs a use case as the manager of --user and prints what it says.
func (in *reading) atDevices(open opener, do func(context.Context, *devices.Service, scope.Scope) (string, error)) error {
	return in.asPerson(open, identity.DevicesManage, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
		said, err := do(ctx, devices.NewService(runner, rand.Reader), at)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(in.cmd.OutOrStdout(), said)
		return err
	})
}

func listDevices(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "list", Short: "The devices of the office, newest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		return in.atDevices(open, func(ctx context.Context, s *devices.Service, at scope.Scope) (string, error) {
			list, err := s.List(ctx, at)
			rows := [][]string{{"device", "kind", "state", "name", "reason"}}
			for _, d := range list {
				rows = append(rows, []string{d.ID.String(), string(d.Kind), string(d.State), d.Name, dash(d.Reason)})
			}
			return strings.Join(columns(rows), "\n") + "\n", err
		})
	}})
}

func inviteDevice(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "invite", Short: "Ask for the code that enrols a new device", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		name, kind := in.text("name"), devices.Kind(in.text("kind"))
		return in.atDevices(open, func(ctx context.Context, s *devices.Service, at scope.Scope) (string, error) {
			i, err := s.Invite(ctx, at, name, kind)
			return fmt.Sprintf("device %s: %s, for %d minutes\n", i.ID, i.Code, int(devices.CodeLifetime.Minutes())), err
		})
	}
	flags(cmd, "name!", "kind!")
	usages(cmd, map[string]string{"name": "what the office calls it", "kind": "till or terminal_agent"})
	return addPersonFlags(cmd)
}

func revokeDevice(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "revoke", Short: "Take a device's key away at once and for ever", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		id, reason := in.id("device"), in.text("reason")
		return in.atDevices(open, func(ctx context.Context, s *devices.Service, at scope.Scope) (string, error) {
			d, err := s.Revoke(ctx, at, id, reason)
			return fmt.Sprintf("device %s revoked\n", d.ID), err
		})
	}
	flags(cmd, "device!", "reason!")
	usages(cmd, map[string]string{"device": "UUID that list gives"})
	return addPersonFlags(cmd)
}
