package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/payments"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

func listPayouts(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "payouts", Short: "What the desk gave back by a transfer of the treasury, the newest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		state, err := oneState(in.text("state"), "waiting", "paid")
		if err != nil {
			return err
		}
		q := payments.PayoutQuery{State: state}
		return in.asPerson(open, identity.SuspenseRead, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			list, err := deskService(cmd, runner).Payouts(ctx, at, q)
			if err == nil {
				tellPayouts(cmd.OutOrStdout(), list)
			}
			return err
		})
	}}
	cmd.Flags().String("state", "waiting", "waiting (to be transferred), paid or all")
	return addPersonFlags(cmd)
}

func payPayout(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "paid PAYOUT", Short: "Say that money of the desk was transferred to its payer", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		id, err := uuid.Parse(args[0])
		if err != nil {
			return refusal(payments.ErrPayoutUnknown)
		}
		return in.asPerson(open, identity.SuspensePropose, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			paid, err := deskService(cmd, runner).PayoutPaid(ctx, at, id, in.text("reference"), scope.Key{Value: uuid.NewString(), Operation: "payout paid", Hash: []byte(args[0])})
			if err == nil {
				tellPayouts(cmd.OutOrStdout(), []payments.Payout{paid})
			}
			return err
		})
	}}
	cmd.Flags().String("reference", "", "the bank's number of the transfer")
	must(cmd, "reference")
	return addPersonFlags(cmd)
}

func tellPayouts(out io.Writer, list []payments.Payout) {
	table := [][]string{{"payout", "item", "rial", "to", "asked", "paid", "reference"}}
	for _, p := range list {
		table = append(table, []string{p.ID.String(), p.ItemID.String(), p.Amount.English(), p.IBAN, jalaliTime(p.AskedAt), jalaliTime(p.PaidAt), p.Reference})
	}
	fmt.Fprintln(out, strings.Join(columns(table), "\n"))
}
