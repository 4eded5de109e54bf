package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"mofasa/billing/bills"
	"mofasa/billing/inquiries"
	"mofasa/billing/tariffs"
	"mofasa/cmd/internal/app"
)

// errBroken makes the exit status tell that an invariant does not hold.
var errBroken = errors.New("an invariant is broken")

func newVerifyCommand() *cobra.Command {
	var recompute bool
	cmd := &cobra.Command{Use: "verify", Short: "Derive stored facts again and name the first that differs", Args: cobra.NoArgs,
		Long: `Derive stored facts again from what they cite, and name the first that differs. --recompute: every amount on every bill, bit for bit, from its tariff
version, base value, vehicle, residence day and decisions.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !recompute {
				return errors.New("say what to verify: --recompute")
			}
			c, err := app.LoadConfig()
			if err != nil {
				return err
			}
			runner, pool, err := app.OpenRunner(c)
			if err != nil {
				return err
			}
			defer pool.Close()
			catalogue := tariffs.NewCatalogue(runner, time.Now)
			return verifyBills(cmd, bills.NewService(runner, catalogue, inquiries.NewService(runner, catalogue)))
		}}
	cmd.Flags().BoolVar(&recompute, "recompute", false, "derive every bill again")
	return cmd
}

func verifyBills(cmd *cobra.Command, service *bills.Service) error {
	found, err := service.VerifyBills(cmd.Context(), func(checked int) { fmt.Fprintf(cmd.ErrOrStderr(), "%d billed dues\n", checked) })
	if err != nil {
		return err
	}
	return tellBills(cmd.OutOrStdout(), found)
}

func tellBills(out io.Writer, found bills.Recomputation) error {
	fmt.Fprintf(out, "%d billed dues derived again, %d cite too little to be derived\n", found.Checked, found.Unciting)
	d := found.Divergent
	if d == nil {
		return nil
	}
	fmt.Fprintf(out, "differs: municipality %d, bill %s, year %d\n  stored   %s\n  derived  %s\n", d.MunicipalityID, d.BillID, d.FiscalYear, d.Stored, d.Derived)
	return errBroken
}
