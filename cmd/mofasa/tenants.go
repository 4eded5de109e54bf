package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/billing/packs"
	"mofasa/tenants/identity"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

// landlord builds the commands that keep municipalities as tenants.
type landlord struct {
	open opener
}

// newTenantsCommand builds "tenants", with one command for each use case of municipalities.Service. open is as in newImportCommand.
func newTenantsCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tenants",
		Short: "Keep municipalities as tenants: their stage, and their configuration as one file each",
		Long: `Keep municipalities as tenants. A city goes from draft to pilot, active, paused and closed. All that it is configured with stands in one YAML file,
its pack: names, accounts, bill numbers, settings and rollout, agreement template, service card, logo, and a proposal for its tariff, which becomes a draft.
Every applied pack is kept; going back to an older one is a new configuration with the same bytes. Reading needs nobody in particular; whatever writes
needs --user and leaves an audit record.`,
	}
	l := landlord{open: open}
	cmd.AddCommand(l.list(), l.stage(), l.validate(), l.diff(), l.apply(), l.rollback(), l.export(), l.close())
	return cmd
}

// reads runs a use case that changes nothing, as the system.
func (l landlord) reads(cmd *cobra.Command, fn func(context.Context, *municipalities.Service) error) error {
	runner, _, closeDatabase, err := l.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeDatabase()
	return refusal(fn(cmd.Context(), packs.NewService(runner)))
}

// writes runs a use case as the person of --user.
func (l landlord) writes(cmd *cobra.Command, fn func(context.Context, *municipalities.Service, scope.Scope) error) error {
	runner, _, closeDatabase, err := l.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeDatabase()
	ctx, s, err := actAs(cmd, runner, identity.MunicipalitiesManage)
	if err != nil {
		return err
	}
	return refusal(fn(ctx, packs.NewService(runner), s))
}

func cityCode(text string) (int, error) {
	code, err := strconv.Atoi(text)
	if err != nil || code < 1 || code > 999 {
		return 0, fmt.Errorf("code: %q is no municipality's code", text)
	}
	return code, nil
}

// withReason declares why something is done and who does it.
func withReason(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("reason", "", "why")
	must(cmd, "reason")
	return addPersonFlags(cmd)
}

func (l landlord) list() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [CODE]",
		Short: "List the cities with their stages, or the history of one",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			stage, err := cmd.Flags().GetString("stage")
			if err != nil {
				return err
			}
			if stage != "" && !municipalities.Stage(stage).Valid() {
				return fmt.Errorf("stage: %q is none of %v", stage, municipalities.Stages())
			}
			return l.reads(cmd, func(ctx context.Context, s *municipalities.Service) error {
				if len(args) == 1 {
					return tellHistory(ctx, cmd.OutOrStdout(), s, args[0])
				}
				found, err := s.List(ctx, scope.Platform())
				if err != nil {
					return err
				}
				return printTenants(cmd.OutOrStdout(), found, municipalities.Stage(stage))
			})
		},
	}
	cmd.Flags().String("stage", "", "only cities in this stage")
	return cmd
}

func printTenants(out io.Writer, found []municipalities.Tenant, stage municipalities.Stage) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "code\tstage\tconfiguration\tname\tprovince")
	for _, t := range found {
		if stage == "" || t.Stage == stage {
			fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\n", t.ID, t.Stage, t.Config, t.NameEN, t.ProvinceEN)
		}
	}
	return w.Flush()
}

func tellHistory(ctx context.Context, out io.Writer, s *municipalities.Service, text string) error {
	code, err := cityCode(text)
	if err != nil {
		return err
	}
	life, err := s.Read(ctx, scope.Platform(), code)
	if err != nil {
		return err
	}
	configs, err := s.Configs(ctx, scope.Platform(), code)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d %s, %s, may go to %v\n", life.ID, life.NameEN, life.Stage, life.Stage.Next())
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, m := range life.Moves {
		fmt.Fprintf(w, "stage %d\t%s\t%s to %s\t%s\n", m.Number, calendar.DateOf(m.At), m.Was, m.Stage, m.Reason)
	}
	for _, c := range configs {
		back := ""
		if c.Restores > 0 {
			back = fmt.Sprintf("as %d", c.Restores)
		}
		fmt.Fprintf(w, "configuration %d\t%s\t%s\t%s\n", c.Number, calendar.DateOf(c.At), back, c.Reason)
	}
	return w.Flush()
}

func (l landlord) stage() *cobra.Command {
	return withReason(&cobra.Command{
		Use:   "stage CODE STAGE",
		Short: "Take a city to another stage; a pause holds for the next request",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := cityCode(args[0])
			if err != nil {
				return err
			}
			reason, err := cmd.Flags().GetString("reason")
			if err != nil {
				return err
			}
			return l.writes(cmd, func(ctx context.Context, s *municipalities.Service, in scope.Scope) error {
				life, err := s.MoveTo(ctx, in, code, municipalities.Stage(args[1]), reason)
				if err != nil {
					return err
				}
				last := life.Moves[len(life.Moves)-1]
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d %s: %s to %s\n", code, life.NameEN, last.Was, last.Stage)
				return err
			})
		},
	})
}
