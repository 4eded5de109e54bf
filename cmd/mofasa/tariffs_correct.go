package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/corrections"
	"mofasa/billing/tariffs"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// corrector builds the commands of the correction of a wrong published version.
type corrector struct {
	open opener
}

// newTariffCorrectionCommand builds "correct", with one command for each use case of corrections.Service. open is as in newImportCommand.
func newTariffCorrectionCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "correct",
		Short: "Adjust what was paid under a wrong published version",
		Long: `Adjust what was paid under a published version that was wrong, once a later version of the same authority and year is in force. One person lists the affected
bills, a second one approves the list as it is; the books of every city are then adjusted, and open dues bear credits and extras. Unpaid dues need nothing.`,
	}
	c := corrector{open: open}
	cmd.AddCommand(c.list(), c.runs(), c.show(), c.decide("approve", "Adjust the books of every listed bill, as a second person", identity.TariffsApprove, (*corrections.Service).Approve),
		c.decide("withdraw", "Give a listed run up, so that the pair can be listed anew", identity.TariffsEdit, (*corrections.Service).Withdraw))
	return cmd
}

// correcting is the service as one person uses it.
type correcting struct {
	*corrections.Service
	own  scope.Scope
	name func(id string) string // of people
}

// act runs a use case as the person of --user.
func (c corrector) act(cmd *cobra.Command, permission identity.Permission, fn func(context.Context, correcting) error) error {
	runner, _, closeDatabase, err := c.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeDatabase()
	ctx, own, err := actAs(cmd, runner, permission)
	if err != nil {
		return err
	}
	name, err := staffNames(ctx, runner)
	if err != nil {
		return err
	}
	return refusal(fn(ctx, correcting{Service: corrections.NewService(runner, tariffs.NewCatalogue(runner, time.Now)), own: own, name: name}))
}

func (c corrector) list() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list-affected",
		Short: "List every paid bill that the right version prices otherwise",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := &reading{cmd: cmd}
			wrong, right, reason := in.text("wrong"), in.text("right"), in.text("reason")
			if in.err != nil {
				return refusal(in.err)
			}
			return c.act(cmd, identity.TariffsEdit, func(ctx context.Context, s correcting) error {
				run, err := s.List(ctx, s.own, wrong, right, reason)
				if err != nil {
					return err
				}
				return s.tell(ctx, cmd, run)
			})
		},
	}
	cmd.Flags().String("wrong", "", "id of the wrong version, such as national/1403/1")
	cmd.Flags().String("right", "", "id of the version that corrects it, such as national/1403/2")
	cmd.Flags().String("reason", "", "why; it stands in every payer's letter")
	must(cmd, "wrong", "right", "reason")
	return withDetails(cmd)
}

func (c corrector) runs() *cobra.Command {
	return addPersonFlags(&cobra.Command{
		Use:   "runs",
		Short: "List the corrections of one's authority, newest first; on the platform, all",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.act(cmd, identity.TariffsRead, func(ctx context.Context, s correcting) error {
				runs, err := s.Runs(ctx, s.own)
				if err != nil {
					return err
				}
				return printRuns(cmd.OutOrStdout(), runs)
			})
		},
	})
}

func (c corrector) show() *cobra.Command {
	return withDetails(&cobra.Command{
		Use:   "show RUN",
		Short: "Show a run, and once it is approved the trial balances before and after it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := runID(args[0])
			if err != nil {
				return err
			}
			return c.act(cmd, identity.TariffsRead, func(ctx context.Context, s correcting) error {
				run, err := s.Run(ctx, s.own, id)
				if err != nil {
					return err
				}
				return s.tell(ctx, cmd, run)
			})
		},
	})
}

// decide builds a command that ends a listed run.
func (c corrector) decide(verb, short string, permission identity.Permission, fn func(*corrections.Service, context.Context, scope.Scope, uuid.UUID) (corrections.Run, error)) *cobra.Command {
	return withDetails(&cobra.Command{
		Use:   verb + " RUN",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := runID(args[0])
			if err != nil {
				return err
			}
			return c.act(cmd, permission, func(ctx context.Context, s correcting) error {
				run, err := fn(s.Service, ctx, s.own, id)
				if err != nil {
					return err
				}
				return s.tell(ctx, cmd, run)
			})
		},
	})
}

func runID(text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.Nil, fmt.Errorf("run: %q is not a UUID", text)
	}
	return id, nil
}

func withDetails(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().Bool("items", false, "also every affected bill")
	cmd.Flags().Bool("notices", false, "also every payer's letter, in Persian and English")
	return addPersonFlags(cmd)
}
