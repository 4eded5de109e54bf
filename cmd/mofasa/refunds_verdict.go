package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/payments"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

func refundVerdict(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "verdict REFUND", Short: "Say what became of a reversal that the provider never answered; another operator approves it", Args: cobra.ExactArgs(1),
		Long: `Say, by the provider's settlement report, whether the money of a refund went back to the card, where the provider's windows are over and nobody can tell by asking
("list --doubtful"). Another operator of the platform approves it ("mofasa approvals decide"). Money that did not go back is then to be transferred.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			in := &reading{cmd: cmd}
			v := payments.ReversalVerdict{Evidence: in.text("evidence"), Reason: in.text("reason"), Key: scope.Key{Value: uuid.NewString(), Operation: "refund verdict", Hash: []byte(args[0])}}
			var err error
			if v.Refund, err = uuid.Parse(args[0]); err != nil {
				return refusal(payments.ErrRefundUnknown)
			}
			if v.WentBack, err = cmd.Flags().GetBool("went-back"); err != nil {
				return err
			}
			return in.asPerson(open, identity.ChargebacksWrite, func(ctx context.Context, runner *scope.Runner, _ scope.Scope) error {
				asked, err := deskService(cmd, runner).ProposeVerdict(ctx, v)
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "approval %s waits for a second person: %s\n", asked.ID, asked.Summary.EN)
				}
				return err
			})
		}}
	addVerdictFlags(cmd)
	return addPersonFlags(cmd)
}
