package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mofasa/billing/tariffs"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

func (l lawmaker) draft() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "draft FILE",
		Short: "Propose a text as the authority's next version; - reads standard input",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			reason, err := cmd.Flags().GetString("reason")
			if err != nil {
				return err
			}
			return l.writes(cmd, identity.TariffsEdit, func(ctx context.Context, law *tariffs.Legislation, s scope.Scope) error {
				text, err := tariffText(cmd, args[0])
				if err != nil {
					return err
				}
				d, err := law.Draft(ctx, s, tariffs.Proposal{Text: text, Reason: reason})
				return say(cmd, d, err)
			})
		},
	}
	cmd.Flags().String("reason", "", "why the version is wanted")
	must(cmd, "reason")
	return addPersonFlags(cmd)
}

func (l lawmaker) revise() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revise DRAFT FILE",
		Short: "Put another text in the place of a draft's; - reads standard input",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := target(cmd, args[0])
			if err != nil {
				return err
			}
			return l.writes(cmd, identity.TariffsEdit, func(ctx context.Context, law *tariffs.Legislation, s scope.Scope) error {
				text, err := tariffText(cmd, args[1])
				if err != nil {
					return err
				}
				d, err := law.Revise(ctx, s, at, text)
				return say(cmd, d, err)
			})
		},
	}
	cmd.Flags().Int("revision", 0, "the revision that the text was written from")
	must(cmd, "revision")
	return addPersonFlags(cmd)
}

func (l lawmaker) submit() *cobra.Command {
	return l.moves("submit DRAFT", "Ask for the approval of a draft", identity.TariffsEdit, false, func(ctx context.Context, law *tariffs.Legislation, s scope.Scope, m draftMove) (tariffs.Draft, error) {
		return law.Submit(ctx, s, m.at)
	})
}

func (l lawmaker) approve() *cobra.Command {
	cmd := l.moves("approve DRAFT", "Approve a submitted draft that somebody else wrote", identity.TariffsApprove, false, func(ctx context.Context, law *tariffs.Legislation, s scope.Scope, m draftMove) (tariffs.Draft, error) {
		return law.Approve(ctx, s, m.at)
	})
	cmd.Flags().Lookup("revision").Usage = "the revision that was read"
	must(cmd, "revision")
	return cmd
}

func (l lawmaker) giveBack() *cobra.Command {
	return l.moves("give-back DRAFT", "Return a submitted or approved draft to its editors", identity.TariffsApprove, true, func(ctx context.Context, law *tariffs.Legislation, s scope.Scope, m draftMove) (tariffs.Draft, error) {
		return law.GiveBack(ctx, s, m.at, m.remark)
	})
}

func (l lawmaker) withdraw() *cobra.Command {
	return l.moves("withdraw DRAFT", "End a draft that is not published", identity.TariffsEdit, true, func(ctx context.Context, law *tariffs.Legislation, s scope.Scope, m draftMove) (tariffs.Draft, error) {
		return law.Withdraw(ctx, s, m.at, m.remark)
	})
}

func (l lawmaker) publish() *cobra.Command {
	var told []tariffs.Contradiction
	cmd := l.moves("publish DRAFT", "Make an approved draft the next version", identity.TariffsApprove, false, func(ctx context.Context, law *tariffs.Legislation, s scope.Scope, m draftMove) (tariffs.Draft, error) {
		p, err := law.Publish(ctx, s, m.at)
		told = p.Contradicts
		return p.Draft, err
	})
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := run(cmd, args); err != nil {
			return err
		}
		return contradictions(cmd.OutOrStdout(), told)
	}
	return cmd
}

// draftMove is what a command that moves a draft was told.
type draftMove struct {
	at     tariffs.Target
	remark string
}

// moves builds a command that moves a draft to another state.
func (l lawmaker) moves(use, short string, permission identity.Permission, remarked bool, move func(context.Context, *tariffs.Legislation, scope.Scope, draftMove) (tariffs.Draft, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			var m draftMove
			if m.at, err = target(cmd, args[0]); err != nil {
				return err
			}
			if remarked {
				if m.remark, err = cmd.Flags().GetString("remark"); err != nil {
					return err
				}
			}
			return l.writes(cmd, permission, func(ctx context.Context, law *tariffs.Legislation, s scope.Scope) error {
				d, err := move(ctx, law, s, m)
				return say(cmd, d, err)
			})
		},
	}
	cmd.Flags().Int("revision", 0, "refuse another revision than this one; without it, whichever it is")
	if remarked {
		cmd.Flags().String("remark", "", "why")
		must(cmd, "remark")
	}
	return addPersonFlags(cmd)
}

// say prints where the draft stands now: "<id> 17/1404/2 submitted, revision 3".
func say(cmd *cobra.Command, d tariffs.Draft, err error) error {
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s, revision %d\n", d.ID, d.Version.ID, d.State, d.Revision)
	return err
}

// contradictions names the cities' versions that say more than the nation leaves to them; the national rules hold.
func contradictions(out io.Writer, all []tariffs.Contradiction) error {
	for _, c := range all {
		if _, err := fmt.Fprintf(out, "%s contradicts %s: %s\n", c.City, c.National, refusal(c.Fault)); err != nil {
			return err
		}
	}
	return nil
}
