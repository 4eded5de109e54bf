package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/deposits"
	"mofasa/billing/money"
	"mofasa/tenants/identity"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
)

// newDepositsCommand builds "deposits": the platform's side of what offices pay in advance.
func newDepositsCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "deposits",
		Short: "Watch offices' deposits, credit their transfers and pay their withdrawals",
		Long: `Watch what offices have paid in advance, credit the transfers that they declare once the bank shows them, and pay or refuse what they want back. The person of --user
acts, who must be another human than who declared or asked. Offices are named by the number of their licence.`,
	}
	cmd.AddCommand(listDeposits(open), showDeposit(open), waitingDeposits(open), creditTransfer(open), payWithdrawal(open), refuseDeposit(open))
	return cmd
}

// atDeposits runs a use case of the desk as the person of --user and prints what it says.
func (in *reading) atDeposits(open opener, do func(context.Context, *deposits.Service) (string, error)) error {
	return in.asPerson(open, identity.DepositsSettle, func(ctx context.Context, runner *scope.Runner, _ scope.Scope) error {
		said, err := do(ctx, deposits.NewService(runner))
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(in.cmd.OutOrStdout(), said)
		return err
	})
}

func listDeposits(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "list", Short: "Where the deposits of all offices stand, the low ones first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		return in.atDeposits(open, func(ctx context.Context, s *deposits.Service) (string, error) {
			list, err := s.List(ctx)
			rows := [][]string{{"licence", "available", "held", "warning", "low", "name"}}
			for _, d := range list {
				rows = append(rows, []string{d.Licence, d.Available.English(), d.Held.English(), d.WarnBelow.English(), map[bool]string{true: "low", false: "-"}[d.Low()], d.NameFA})
			}
			return strings.Join(columns(rows), "\n") + "\n", err
		})
	}})
}

func showDeposit(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "statement LICENCE", Short: "What moved the deposit of an office, the newest first", Args: cobra.ExactArgs(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		rows := in.atLeastOne("rows")
		return in.asPerson(open, identity.DepositsSettle, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			office, err := offices.NewService(runner).ByLicence(ctx, at, args[0])
			if err != nil {
				return err
			}
			list, err := deposits.NewService(runner).Statement(ctx, at, office, deposits.Page{Most: rows})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), strings.Join(columns(statementRows(list)), "\n"))
			return err
		})
	}
	cmd.Flags().Int("rows", 100, "how many movements are told")
	return addPersonFlags(cmd)
}

func statementRows(list []deposits.Move) [][]string {
	rows := [][]string{{"number", "at", "kind", "rial", "available", "held", "of", "reference"}}
	for _, m := range list {
		reference := m.Reference
		if reference == "" {
			reference = "-"
		}
		rows = append(rows, []string{fmt.Sprint(m.Number), jalaliTime(m.At), string(m.Kind), signed(m.Amount), m.Available.English(), m.Held.English(),
			m.Source.Kind + " " + m.Source.ID.String(), reference})
	}
	return rows
}

// signed is an amount with its sign.
func signed(amount money.Rial) string {
	if amount > 0 {
		return "+" + amount.English()
	}
	return amount.English()
}

// waiting reads the id of a transfer or a withdrawal, as "deposits waiting" lists it.
func (in *reading) waiting(what, text string) uuid.UUID {
	id, err := uuid.Parse(text)
	if err != nil {
		in.blame(what, fmt.Errorf("%s: not a UUID", what))
	}
	return id
}

func waitingDeposits(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "waiting", Short: "Declared transfers and asked withdrawals that nobody has decided about", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		return in.asPerson(open, identity.DepositsSettle, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			s := deposits.NewService(runner)
			transfers, err := s.Transfers(ctx, at, deposits.Declared)
			if err != nil {
				return err
			}
			withdrawals, err := s.Withdrawals(ctx, at, deposits.Asked)
			if err != nil {
				return err
			}
			rows := [][]string{{"waits", "id", "office", "rial", "bank", "since"}}
			for _, t := range transfers {
				rows = append(rows, []string{"transfer", t.ID.String(), t.OfficeID.String(), t.Amount.English(), t.Reference + " of " + jalali(t.PaidOn).String(), jalaliTime(t.DeclaredAt)})
			}
			for _, w := range withdrawals {
				rows = append(rows, []string{"withdrawal", w.ID.String(), w.OfficeID.String(), w.Amount.English(), w.IBAN, jalaliTime(w.AskedAt)})
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), strings.Join(columns(rows), "\n"))
			return err
		})
	}})
}

func creditTransfer(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "credit TRANSFER", Short: "Add a declared transfer that the bank shows to the office's deposit", Args: cobra.ExactArgs(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		id := in.waiting("transfer", args[0])
		return in.atDeposits(open, func(ctx context.Context, s *deposits.Service) (string, error) {
			t, err := s.Credit(ctx, id)
			return fmt.Sprintf("transfer %s is %s: %s rial\n", id, t.State, t.Amount.English()), err
		})
	}
	return addPersonFlags(cmd)
}

func payWithdrawal(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "pay WITHDRAWAL", Short: "Record the transfer by which a withdrawal was paid", Args: cobra.ExactArgs(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		id, reference := in.waiting("withdrawal", args[0]), in.text("reference")
		return in.atDeposits(open, func(ctx context.Context, s *deposits.Service) (string, error) {
			w, err := s.PayBack(ctx, id, reference)
			return fmt.Sprintf("withdrawal %s is %s: %s rial\n", id, w.State, w.Amount.English()), err
		})
	}
	flags(cmd, "reference!")
	usages(cmd, map[string]string{"reference": "the bank's number of the transfer"})
	return addPersonFlags(cmd)
}

var errNeither = errors.New("the first word is transfer or withdrawal")

func refuseDeposit(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "refuse transfer|withdrawal ID", Short: "Refuse a declared transfer, or a withdrawal, whose money is then free again", Args: cobra.ExactArgs(2)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in, what := &reading{cmd: cmd}, args[0]
		if what != "transfer" && what != "withdrawal" {
			return errNeither
		}
		id, remark := in.waiting(what, args[1]), in.text("remark")
		return in.atDeposits(open, func(ctx context.Context, s *deposits.Service) (string, error) {
			return fmt.Sprintf("%s %s is refused\n", what, id), refuse(ctx, s, what, id, remark)
		})
	}
	flags(cmd, "remark!")
	usages(cmd, map[string]string{"remark": "why; the office reads it"})
	return addPersonFlags(cmd)
}

func refuse(ctx context.Context, s *deposits.Service, what string, id uuid.UUID, remark string) (err error) {
	if what == "transfer" {
		_, err = s.RefuseTransfer(ctx, id, remark)
		return err
	}
	_, err = s.RefuseWithdrawal(ctx, id, remark)
	return err
}
