package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/audit"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
)

func newDuesCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "dues", Short: "Say what a vehicle owes, and why"}
	explain := &cobra.Command{Use: "explain", Short: "Every city, every year, every number of it, in words", Args: cobra.NoArgs}
	vin := explain.Flags().String("vin", "", "the vehicle")
	language := explain.Flags().String("lang", "fa", "fa or en")
	explain.RunE = func(cmd *cobra.Command, _ []string) error {
		parsed, err := identifiers.ParseVIN(*vin)
		if err != nil {
			return err
		}
		if *language != "fa" && *language != "en" {
			return errors.New("--lang is fa or en")
		}
		runner, _, closeDatabase, err := open(cmd.Context())
		if err != nil {
			return err
		}
		defer closeDatabase()
		book, err := tariffs.NewCatalogue(runner, time.Now).Book(cmd.Context())
		if err != nil {
			return err
		}
		return runner.InTx(cmd.Context(), scope.Platform().NamingVIN(parsed.String()), func(tx *scope.Tx) error {
			owed, err := inquiries.Assess(tx, book)
			if err != nil {
				return err
			}
			explainDues(cmd.OutOrStdout(), owed, *language)
			return audit.Write(tx, audit.Record{Action: "dues.explained", TargetKind: "vehicle", TargetID: tx.VehicleID.String(), Purpose: "explanation by an operator"})
		})
	}
	cmd.AddCommand(explain)
	return cmd
}

func explainDues(out io.Writer, owed inquiries.Assessment, language string) {
	cities := map[int]inquiries.Municipality{}
	for _, m := range owed.Municipalities {
		cities[m.ID] = m
	}
	for _, d := range owed.Dues {
		city, amount := cities[d.MunicipalityID].NameEN, d.Balance.English()
		if language == "fa" {
			city, amount = cities[d.MunicipalityID].NameFA, d.Balance.Persian()
		}
		fmt.Fprintf(out, "%s %s · %s · %s\n%s\n\n", city, yearIn(d, language), d.State, amount, dues.Render(d, language))
	}
}

func yearIn(d dues.Due, language string) string {
	if language == "fa" {
		return money.PersianDigits(d.FiscalYear.String())
	}
	return d.FiscalYear.String()
}
