package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/tariffs"
	"mofasa/tenants/identity"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
)

func newAgreementsCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "agreements", Short: "What offices may collect for a city",
		Long: `Agreements of a city with offices. One person of the city proposes terms, or an end; another one approves; the office's manager accepts the wording. From its first day
an agreement prevails over all before it.`}
	cmd.AddCommand(listAgreements(open), listProposals(open), offerText(open), proposeAgreement(open), proposeEnd(open))
	for _, d := range []decision{
		{"approve", "Approve another person's proposal", "", identity.AgreementsApprove, func(ctx context.Context, a *offices.Agreements, at scope.Scope, p named) (offices.Proposal, error) {
			return a.Approve(ctx, at, p.id)
		}},
		{"refuse", "Refuse a proposal, or take back what the office has not accepted", "remark", identity.AgreementsApprove, func(ctx context.Context, a *offices.Agreements, at scope.Scope, p named) (offices.Proposal, error) {
			return a.Refuse(ctx, at, p.id, p.text)
		}},
		{"accept", "Accept approved terms and their wording for the office", "text", identity.AgreementsAccept, func(ctx context.Context, a *offices.Agreements, at scope.Scope, p named) (offices.Proposal, error) {
			return a.Accept(ctx, at, p.id, p.text)
		}},
	} {
		cmd.AddCommand(d.command(open))
	}
	return cmd
}

// named is a proposal and what somebody says of it.
type named struct {
	id   uuid.UUID
	text string
}

// decision is a command that moves a proposal on.
type decision struct {
	verb, short, flag string
	permission        identity.Permission
	do                func(context.Context, *offices.Agreements, scope.Scope, named) (offices.Proposal, error)
}

func (d decision) command(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: d.verb, Short: d.short, Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		p := named{id: in.id("proposal")}
		if d.flag != "" {
			p.text = in.text(d.flag)
		}
		return in.atAgreements(open, d.permission, func(ctx context.Context, runner *scope.Runner, at scope.Scope) (string, error) {
			moved, err := d.do(ctx, agreements(runner), at, p)
			return fmt.Sprintf("proposal %s is %s\n", moved.ID, moved.State), err
		})
	}
	flags(cmd, "proposal!")
	usages(cmd, map[string]string{"proposal": "UUID that propose gave"})
	if d.flag != "" {
		flags(cmd, d.flag+"!")
		usages(cmd, map[string]string{d.flag: map[string]string{"remark": "why", "text": "version of the wording that was read"}[d.flag]})
	}
	return addPersonFlags(cmd)
}

func agreements(runner *scope.Runner) *offices.Agreements {
	return offices.NewAgreements(runner, tariffs.ChargeNames())
}

// atAgreements runs a use case as the person of --user and prints what it says.
func (in *reading) atAgreements(open opener, permission identity.Permission, do func(context.Context, *scope.Runner, scope.Scope) (string, error)) error {
	return in.asPerson(open, permission, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
		said, err := do(ctx, runner, at)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(in.cmd.OutOrStdout(), said)
		return err
	})
}

func listAgreements(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "list", Short: "Agreements of the city or the office, past and to come", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		return in.atAgreements(open, identity.AgreementsRead, func(ctx context.Context, runner *scope.Runner, at scope.Scope) (string, error) {
			list, err := agreements(runner).List(ctx, at)
			rows := [][]string{{"city", "office", "no.", "from", "to", "today", "text", "terms"}}
			for _, a := range list {
				terms := termsLine(a.Terms)
				if a.Ends {
					terms = "ended"
				}
				rows = append(rows, []string{fmt.Sprint(a.MunicipalityID), a.LicenceNo, fmt.Sprint(a.Number), end(a.ValidFrom), end(a.ValidTo), map[bool]string{true: "holds", false: "-"}[a.Holds],
					dash(a.TextVersion), terms})
			}
			return strings.Join(columns(rows), "\n") + "\n", err
		})
	}})
}

func listProposals(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "proposals", Short: "Proposals of the city, or what was approved for the office; newest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		return in.atAgreements(open, identity.AgreementsRead, func(ctx context.Context, runner *scope.Runner, at scope.Scope) (string, error) {
			list, err := agreements(runner).Proposals(ctx, at)
			rows := [][]string{{"proposal", "city", "office", "kind", "state", "from", "to", "text", "terms", "reason"}}
			for _, p := range list {
				rows = append(rows, []string{p.ID.String(), fmt.Sprint(p.MunicipalityID), p.LicenceNo, string(p.Kind), string(p.State), end(p.ValidFrom), end(p.ValidTo), dash(p.TextVersion),
					termsLine(p.Terms), p.Reason})
			}
			return strings.Join(columns(rows), "\n") + "\n", err
		})
	}})
}

// termsLine says terms in one cell.
func termsLine(t offices.Terms) string {
	said := []string{"every charge", "every method"}
	if t.Charges != nil {
		said[0] = strings.Join(t.Charges, "+")
	}
	if t.Methods != nil {
		said[1] = strings.Join(t.Methods, "+")
	}
	for name, rial := range map[string]int64{"an order": t.OrderCeilingRial, "a day": t.DayCeilingRial} {
		if rial > 0 {
			said = append(said, fmt.Sprintf("%d rial %s", rial, name))
		}
	}
	return strings.Join(append(said[:2], sortedTexts(said[2:])...), ", ")
}

func sortedTexts(texts []string) []string {
	slices.Sort(texts)
	return texts
}

func offerText(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "text", Short: "Store a wording that offices may be asked to accept; it never changes", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		version, path := in.text("version"), in.text("file")
		return in.atAgreements(open, identity.AgreementsPropose, func(ctx context.Context, runner *scope.Runner, at scope.Scope) (string, error) {
			body, err := os.ReadFile(path)
			if err != nil {
				return "", fmt.Errorf("file: %w", err)
			}
			w, err := agreements(runner).OfferText(ctx, at, version, string(body))
			return fmt.Sprintf("text %s stored\n", w.Version), err
		})
	}
	flags(cmd, "version!", "file!")
	usages(cmd, map[string]string{"version": "such as 1405-1", "file": "file with the Persian text"})
	return addPersonFlags(cmd)
}

func proposeAgreement(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "propose", Short: "Propose terms for an office", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		c := offices.Change{Kind: offices.NewTerms, ValidFrom: in.day("from"), ValidTo: in.day("to"), TextVersion: in.text("text"), Reason: in.text("reason"), Terms: in.terms()}
		return in.propose(open, c)
	}
	flags(cmd, "office!", "from!", "to", "text!", "reason!")
	usages(cmd, map[string]string{"office": "licence number", "from": "first day, not in the past", "text": "version of the wording that the office is to accept"})
	cmd.Flags().StringSlice("charge", nil, "what may be collected, several times; without it, every charge")
	cmd.Flags().StringSlice("method", nil, "how it may be paid, several times: "+strings.Join(offices.Methods(), ", ")+"; without it, by every method")
	cmd.Flags().Int64("fee-share-ppm", 0, "of the fee that is the office's, in parts per million")
	cmd.Flags().Int64("order-ceiling", 0, "of the city's bill in one order, in rial; without it, none")
	cmd.Flags().Int64("day-ceiling", 0, "of the city's bills in a day, in rial; without it, none")
	return addPersonFlags(cmd)
}

// terms reads what may be collected, how, and up to how much.
func (in *reading) terms() offices.Terms {
	texts := func(flag string) []string {
		value, err := in.cmd.Flags().GetStringSlice(flag)
		in.blame(flag, err)
		if !in.cmd.Flags().Changed(flag) {
			return nil
		}
		return value
	}
	amount := func(flag string) int64 {
		value, err := in.cmd.Flags().GetInt64(flag)
		in.blame(flag, err)
		return value
	}
	return offices.Terms{Charges: texts("charge"), Methods: texts("method"), FeeSharePPM: amount("fee-share-ppm"), OrderCeilingRial: amount("order-ceiling"), DayCeilingRial: amount("day-ceiling")}
}

func proposeEnd(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "end", Short: "Propose the end of the agreement with an office", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		return in.propose(open, offices.Change{Kind: offices.End, ValidFrom: in.day("from"), Reason: in.text("reason")})
	}
	flags(cmd, "office!", "from!", "reason!")
	usages(cmd, map[string]string{"office": "licence number", "from": "first day on which nothing holds any more"})
	return addPersonFlags(cmd)
}

// propose stores a change for the office of --office.
func (in *reading) propose(open opener, c offices.Change) error {
	licence := in.text("office")
	return in.atAgreements(open, identity.AgreementsPropose, func(ctx context.Context, runner *scope.Runner, at scope.Scope) (said string, err error) {
		if c.OfficeID, err = offices.NewService(runner).ByLicence(ctx, at, licence); err != nil {
			return "", err
		}
		p, err := agreements(runner).Propose(ctx, at, c)
		return fmt.Sprintf("proposal %s waits for a second person\n", p.ID), err
	})
}
