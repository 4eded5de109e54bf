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

func suspenseVerdict(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "verdict ITEM", Short: "Say what became of a reversal that the provider never answered; another operator approves it", Args: cobra.ExactArgs(1),
		Long: `Say, by the provider's settlement report, whether the money of an item went back to the card, where its reversal is under way and the provider's window is over. Another operator
of the platform approves it ("mofasa approvals decide"). Money that did not go back is then free for another remedy.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			in := &reading{cmd: cmd}
			v := payments.ItemVerdict{Evidence: in.text("evidence"), Reason: in.text("reason"), Key: scope.Key{Value: uuid.NewString(), Operation: "suspense verdict", Hash: []byte(args[0])}}
			var err error
			if v.Item, err = itemID(args[0]); err != nil {
				return err
			}
			if v.WentBack, err = cmd.Flags().GetBool("went-back"); err != nil {
				return err
			}
			return in.asPerson(open, identity.SuspensePropose, func(ctx context.Context, runner *scope.Runner, _ scope.Scope) error {
				asked, err := deskService(cmd, runner).ProposeItemVerdict(ctx, v)
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "approval %s waits for a second person: %s\n", asked.ID, asked.Summary.EN)
				}
				return err
			})
		}}
	addVerdictFlags(cmd)
	return addPersonFlags(cmd)
}

// addVerdictFlags are those of a word about a reversal.
func addVerdictFlags(cmd *cobra.Command) {
	cmd.Flags().Bool("went-back", false, "true: it went back to the card; false: it did not")
	must(cmd, "went-back")
	cmd.Flags().String("evidence", "", "reference of the provider's settlement report")
	must(cmd, "evidence")
	cmd.Flags().String("reason", "", "why")
	must(cmd, "reason")
}
