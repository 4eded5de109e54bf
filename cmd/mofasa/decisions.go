package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/billing/decisions"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// newDecisionsCommand builds "decisions grant|end|list". A person acts, for the city or the body for which they work.
func newDecisionsCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "decisions",
		Short: "Decide about a vehicle's dues: exempt, relieve, add, hold for review",
		Long: `Decide about a vehicle's dues, end a decision, or list what was decided. The person of --user acts, with the permission of their role and for the city where
they work. Days are Jalali (1404/05/01). A decision holds for assessments from today on, or from a later day; orders that exist keep their amounts.`,
	}
	cmd.AddCommand(grantDecision(open), endDecision(open), listDecisions(open))
	return cmd
}

func grantDecision(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "grant", Short: "Take a decision", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		vehicle, r := in.vehicle(), in.decision()
		return in.decide(open, identity.DecisionsCreate, func(ctx context.Context, s *decisions.Service, at scope.Scope) error {
			d, err := s.Decide(ctx, vehicle(at), r)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "decision %s: %s from %s\n", d.ID, d.State, d.ValidFrom)
			return err
		})
	}
	flags(cmd, "kind!", "charge", "from", "to", "reason-fa!", "reason-en!")
	usages(cmd, map[string]string{"kind": "exempt, discount, waive_penalty, extra, credit or review", "charge": "annual_duty or pollution_levy; without it, every charge",
		"from": "first day of assessment on which it holds; without it, today", "reason-fa": "why, in Persian", "reason-en": "why, in English"})
	cmd.Flags().Int("from-year", 0, "first fiscal year, Jalali")
	cmd.Flags().Int("through-year", 0, "last fiscal year; without it, the first one alone")
	cmd.Flags().Int64("rate-ppm", 0, "rate of a discount or a waiver, in parts per million")
	cmd.Flags().Int64("amount", 0, "amount of each year, in rial, in the place of a rate")
	must(cmd, "from-year")
	return addPersonFlags(ofVehicle(cmd))
}

// decision reads what is decided; the service checks it.
func (in *reading) decision() decisions.Request {
	rate, err := in.cmd.Flags().GetInt64("rate-ppm")
	in.blame("rate_ppm", err)
	amount, err := in.cmd.Flags().GetInt64("amount")
	in.blame("amount", err)
	r := decisions.Request{Kind: dues.DecisionKind(in.text("kind")), Charge: tariffs.Charge(in.text("charge")), FromYear: calendar.FiscalYear(in.number("from-year")),
		ThroughYear: calendar.FiscalYear(in.number("through-year")), Rate: money.PPM(rate), Amount: money.Rial(amount), Reason: in.reasons(), ValidFrom: in.date("from"), ValidTo: in.date("to")}
	if r.ThroughYear == 0 {
		r.ThroughYear = r.FromYear
	}
	return r
}

func endDecision(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "end", Short: "End a decision of one's own city or body", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		id, day, reason := in.id("decision"), in.date("day"), in.reasons()
		return in.decide(open, identity.DecisionsCreate, func(ctx context.Context, s *decisions.Service, at scope.Scope) error {
			d, err := s.End(ctx, at, id, day, reason)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "decision %s ends on %s\n", d.ID, d.ValidTo)
			return err
		})
	}
	flags(cmd, "decision!", "day", "reason-fa!", "reason-en!")
	usages(cmd, map[string]string{"decision": "UUID that grant gave", "day": "first day on which it no longer holds; without it, today", "reason-fa": "why, in Persian", "reason-en": "why, in English"})
	return addPersonFlags(cmd)
}

func listDecisions(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the decisions about a vehicle", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		vehicle, purpose := in.vehicle(), in.text("purpose")
		return in.asPerson(open, identity.DecisionsRead, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			list, err := decisions.NewService(runner).OfVehicle(ctx, vehicle(at), purpose)
			if err != nil {
				return err
			}
			name, err := staffNames(ctx, runner)
			if err != nil {
				return err
			}
			return printDecisions(cmd.OutOrStdout(), list, name)
		})
	}
	cmd.Flags().String("purpose", "operator's inquiry", "why the decisions are read; it goes into the audit record")
	return addPersonFlags(ofVehicle(cmd))
}

// decide runs a use case once the flags are read without a fault, as the person of --user.
func (in *reading) decide(open opener, permission identity.Permission, fn func(context.Context, *decisions.Service, scope.Scope) error) error {
	return in.asPerson(open, permission, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
		return fn(ctx, decisions.NewService(runner), at)
	})
}

// asPerson opens the database and runs something as the person of --user, who must have the permission.
func (in *reading) asPerson(open opener, permission identity.Permission, fn func(context.Context, *scope.Runner, scope.Scope) error) error {
	if in.err != nil {
		return refusal(in.err)
	}
	runner, _, closeDatabase, err := open(in.cmd.Context())
	if err != nil {
		return err
	}
	defer closeDatabase()
	ctx, at, err := actAs(in.cmd, runner, permission)
	if err != nil {
		return err
	}
	return refusal(fn(ctx, runner, at))
}

func printDecisions(out io.Writer, list []decisions.Decision, name func(id string) string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if title(w, "decisions", len(list), "decision", "by", "kind", "charge", "years", "measure", "from", "to", "state", "person", "reason") {
		for _, d := range list {
			row(w, d.ID, authority(d.MunicipalityID), d.Kind, dash(string(d.Charge)), fmt.Sprintf("%d-%d", d.FromYear, d.ThroughYear), measure(d.Decision), d.ValidFrom, dayOrDash(d.ValidTo),
				d.State, name(d.Actor), clean(d.Reason.FA))
		}
	}
	for _, d := range list {
		if d.End != nil {
			fmt.Fprintf(w, "\n%s ended on %s by %s: %s\n", d.ID, d.End.Day, name(d.End.Actor), clean(d.End.Reason.FA))
		}
	}
	return w.Flush()
}

func authority(municipality int) string {
	if municipality == 0 {
		return tariffs.NationalAuthority
	}
	return tariffs.MunicipalAuthority(municipality)
}

func measure(d dues.Decision) string {
	switch {
	case d.Rate != 0:
		return percent(int64(d.Rate))
	case d.Amount != 0:
		return d.Amount.English() + " rial"
	}
	return "-"
}

// percent writes parts per million with the four decimals that they have at most.
func percent(ppm int64) string {
	sign := ""
	if ppm < 0 {
		sign, ppm = "-", -ppm
	}
	whole, rest := ppm/10_000, strings.TrimRight(fmt.Sprintf("%04d", ppm%10_000), "0")
	if rest != "" {
		rest = "." + rest
	}
	return fmt.Sprintf("%s%d%s%%", sign, whole, rest)
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func dayOrDash(d calendar.Date) string {
	if d.IsZero() {
		return "-"
	}
	return d.String()
}

// vehicle reads --vin or --plate and names the vehicle in a scope.
func (in *reading) vehicle() func(scope.Scope) scope.Scope {
	if in.cmd.Flags().Changed("vin") {
		vin := in.vin("vin")
		return func(s scope.Scope) scope.Scope { return s.NamingVIN(vin) }
	}
	plate := in.plate("plate").String()
	return func(s scope.Scope) scope.Scope { return s.NamingPlate(plate) }
}

// ofVehicle declares the flags of vehicle.
func ofVehicle(cmd *cobra.Command) *cobra.Command {
	flags(cmd, "vin", "plate")
	cmd.Flags().Lookup("plate").Usage = "the vehicle, by the plate that it wears now"
	cmd.MarkFlagsOneRequired("vin", "plate")
	cmd.MarkFlagsMutuallyExclusive("vin", "plate")
	return cmd
}

func (in *reading) reasons() fault.Text {
	return fault.Text{FA: in.text("reason-fa"), EN: in.text("reason-en")}
}

// date is day as the calendar has it.
func (in *reading) date(flag string) calendar.Date {
	day := in.day(flag)
	if day.IsZero() {
		return calendar.Date{}
	}
	return jalali(day)
}

func usages(cmd *cobra.Command, texts map[string]string) {
	for flag, text := range texts {
		cmd.Flags().Lookup(flag).Usage = text
	}
}
