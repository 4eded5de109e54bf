package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/valuations"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// newValuationsCommand builds "valuations preview|import|analogy|missing".
func newValuationsCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "valuations",
		Short: "Keep the base values of vehicle types",
		Long: `Keep the base values of vehicle types: see what a year's list would change, load it, decide a value by analogy, or tell which are missing. A list is a CSV
file (UTF-8) with the columns fiscal_year, type_code, type_name_fa, base_rial; FILE may be - for standard input.`,
	}
	load := importCommand(open, "import FILE.csv", "Load a list; the same as import valuations", cobra.ExactArgs(1), func(r *scope.Runner) importer { return &valuations.Importer{Runner: r} })
	cmd.AddCommand(withResult(load), previewList(open), decideAnalogy(open), missingValues(open))
	return cmd
}

func withResult(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("result", "", "where refused rows are named (default: FILE.refused.csv)")
	return cmd
}

func previewList(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "preview FILE.csv", Short: "Tell what a list would change, and keep nothing", Args: cobra.ExactArgs(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		o := valuations.Options{Threshold: money.PPM(in.atLeastOne("threshold")) * 10_000, Rows: in.atLeastOne("rows")}
		if in.err != nil {
			return refusal(in.err)
		}
		source, err := openSource(cmd, args)
		if err != nil {
			return err
		}
		defer source.close()
		runner, _, closeDatabase, err := open(cmd.Context())
		if err != nil {
			return err
		}
		defer closeDatabase()
		return runPreview(cmd, valuations.NewService(runner), source, o)
	}
	cmd.Flags().Int("threshold", 50, "per cent by which a type's change since last year may differ from the usual one")
	cmd.Flags().Int("rows", valuations.DefaultRows, "how many of each kind are told, at most 10000")
	return withResult(cmd)
}

// most keeps a percentage from overflowing.
const most = 1_000_000

func (in *reading) atLeastOne(flag string) int {
	n := in.number(flag)
	if n < 1 || n > most {
		in.blame(flag, fmt.Errorf("%s: not between 1 and %d", flag, most))
	}
	return n
}

func runPreview(cmd *cobra.Command, s *valuations.Service, from source, o valuations.Options) error {
	path, err := cmd.Flags().GetString("result")
	if err != nil {
		return err
	}
	if path == "" {
		path = from.name + ".refused.csv"
	}
	result := &resultFile{path: path}
	defer result.discard()
	show := newProgress(cmd.ErrOrStderr(), from.size, time.Now)
	found, err := s.Preview(cmd.Context(), csvimport.Input{File: from, Result: result, Progress: show.update}, o)
	show.end()
	if err != nil {
		return describe(err)
	}
	printPreview(cmd.OutOrStdout(), found)
	if found.Refused == 0 {
		return nil
	}
	return errors.Join(fmt.Errorf("%w: see %s", errRefused, path), result.keep(true))
}

func decideAnalogy(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "analogy", Short: "Give a type that is on no list the listed value of another one", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		a := valuations.Analogy{TypeCode: in.text("type"), FiscalYear: calendar.FiscalYear(in.number("year")), BasisType: in.text("basis-type"),
			BasisYear: calendar.FiscalYear(in.number("basis-year")), Reason: in.text("reason")}
		return in.asPerson(open, identity.ValuationsEdit, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			d, err := valuations.NewService(runner).DecideByAnalogy(ctx, at, a)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of %d: %s rial, by analogy with %s of %d\n", clean(d.TypeCode), d.FiscalYear, d.Base.English(), clean(d.BasisType), d.BasisYear)
			return err
		})
	}
	flags(cmd, "type!", "basis-type!", "reason!")
	usages(cmd, map[string]string{"type": "code of the type that is on no list", "basis-type": "code of the type whose listed value it takes"})
	cmd.Flags().Int("year", 0, "fiscal year, Jalali")
	cmd.Flags().Int("basis-year", 0, "fiscal year of the other type's value; without it, the same year")
	must(cmd, "year")
	return addPersonFlags(cmd)
}

func missingValues(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "missing", Short: "Count vehicles whose type has no base value, by year, city and type", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		from, through, rows := calendar.FiscalYear(in.number("year")), calendar.FiscalYear(in.number("through")), in.atLeastOne("rows")
		if through == 0 {
			through = from
		}
		at := scope.Platform()
		if cmd.Flags().Changed("municipality") {
			at = scope.Municipality(in.number("municipality"))
		}
		if in.err != nil {
			return refusal(in.err)
		}
		runner, _, closeDatabase, err := open(cmd.Context())
		if err != nil {
			return err
		}
		defer closeDatabase()
		found, err := valuations.NewService(runner).Missing(cmd.Context(), at, from, through, rows)
		if err != nil {
			return refusal(err)
		}
		printMissing(cmd.OutOrStdout(), found)
		return nil
	}
	cmd.Flags().Int("year", 0, "fiscal year, Jalali")
	cmd.Flags().Int("through", 0, "last fiscal year; without it, the one of --year alone")
	cmd.Flags().Int("municipality", 0, "code of the municipality; without it, every one")
	cmd.Flags().Int("rows", valuations.DefaultRows, "how many rows are told, at most 10000")
	must(cmd, "year")
	return cmd
}
