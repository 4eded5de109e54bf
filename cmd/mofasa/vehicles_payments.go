package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

func (r registrar) reportPayment() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report-payment",
		Short: "Report, for a municipality, what it took outside",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := inCity(cmd)
			in.scope = in.scope.NamingVIN(in.vin("vin"))
			amount, err := cmd.Flags().GetInt64("amount")
			in.blame("amount", err)
			report := vehicles.ExternalReport{FiscalYear: in.number("year"), AmountRial: amount, PaidOn: in.day("paid-on"), Reference: in.text("reference")}
			return r.at(cmd, in, func(ctx context.Context, d desk) error {
				id, err := d.RecordExternalPayment(ctx, in.scope, report)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "payment reported: %s\n", id)
				return err
			})
		},
	}
	flags(cmd, "vin!", "paid-on!", "reference")
	cmd.Flags().Lookup("paid-on").Usage = "the day on which the city took it"
	cmd.Flags().Lookup("reference").Usage = "the city's own number of the payment"
	cmd.Flags().Int("year", 0, "fiscal year, Jalali")
	cmd.Flags().Int64("amount", 0, "what was taken, in rial")
	must(cmd, "year", "amount")
	return ofCity(cmd)
}

func (r registrar) withdrawPayment() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "withdraw-payment",
		Short: "Take a municipality's report back",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := inCity(cmd)
			report, reason := in.id("report"), in.text("reason")
			return r.act(cmd, in, "report withdrawn", func(ctx context.Context, d desk, s scope.Scope) error {
				return d.WithdrawExternalPayment(ctx, s, report, reason)
			})
		},
	}
	flags(cmd, "report!", "reason")
	cmd.Flags().Lookup("report").Usage = "UUID that report-payment gave"
	return ofCity(cmd)
}

// ofCity declares which municipality the system acts for.
func ofCity(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().Int("municipality", 0, "code of the municipality")
	must(cmd, "municipality")
	return cmd
}

func inCity(cmd *cobra.Command) *reading {
	in := &reading{cmd: cmd}
	in.scope = scope.Municipality(in.number("municipality"))
	return in
}
