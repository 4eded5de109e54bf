package main

import (
	"cmp"
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
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
)

func newDuesCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "dues", Short: "Say what a vehicle owes, and why"}
	explain := &cobra.Command{Use: "explain", Short: "Every city, every year, every number of it, in words", Args: cobra.NoArgs}
	explain.Long = `Tell, in words that can be read to the owner, what a vehicle owes each city for each year today: every number with the rule, the tariff and the article
that it comes from. Nothing is claimed or changed; the look-up leaves an audit record.`
	vin := explain.Flags().String("vin", "", "the vehicle, by VIN")
	language := explain.Flags().String("lang", "fa", "fa or en")
	must(explain, "vin")
	explain.RunE = func(cmd *cobra.Command, _ []string) error {
		parsed, err := identifiers.ParseVIN(*vin)
		if err != nil {
			return refusal(fault.OnField(err, "vin"))
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
		return refusal(runner.InTx(cmd.Context(), scope.Platform().NamingVIN(parsed.String()), func(tx *scope.Tx) error {
			owed, err := inquiries.Assess(tx, book)
			if err != nil {
				return err
			}
			explainDues(cmd.OutOrStdout(), owed, *language)
			return audit.Write(tx, audit.Record{Action: "dues.explained", TargetKind: "vehicle", TargetID: tx.VehicleID.String(), Purpose: "explanation by an operator"})
		}))
	}
	cmd.AddCommand(explain)
	return cmd
}

func explainDues(out io.Writer, owed inquiries.Assessment, language string) {
	cities := map[int]inquiries.Municipality{}
	for _, m := range owed.Municipalities {
		cities[m.ID] = m
	}
	var sum money.Rial
	for _, d := range owed.Dues {
		city := cities[d.MunicipalityID]
		sum += d.Balance
		if language == dues.Persian {
			fmt.Fprintf(out, "شهرداری %s · قابل پرداخت: %s ریال\n%s\n", cmp.Or(city.NameFA, "نامعلوم"), d.Balance.Persian(), dues.Render(d, language))
			continue
		}
		fmt.Fprintf(out, "%s · to be paid: %s rial\n%s\n", cmp.Or(city.NameEN, "city unknown"), d.Balance.English(), dues.Render(d, language))
	}
	if language == dues.Persian {
		fmt.Fprintf(out, "جمع قابل پرداخت: %s ریال\n", sum.Persian())
		return
	}
	fmt.Fprintf(out, "to be paid in all: %s rial\n", sum.English())
}
