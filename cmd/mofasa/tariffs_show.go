package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
)

func (l lawmaker) list() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the published versions and what they are on a day",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := &reading{cmd: cmd}
			q := tariffs.VersionQuery{Authority: in.text("authority")}
			year, err := chosenYear(cmd)
			if err != nil {
				return refusal(err)
			}
			q.FiscalYear = year
			if cmd.Flags().Changed("on") {
				if q.On, err = calendar.Parse(identifiers.Fold(in.text("on"))); err != nil {
					return refusal(err)
				}
			}
			return l.reads(cmd, func(ctx context.Context, law *tariffs.Legislation) error {
				versions, err := law.Versions(ctx, scope.Platform(), q)
				if err != nil {
					return err
				}
				return printVersions(cmd.OutOrStdout(), versions)
			})
		},
	}
	cmd.Flags().String("on", "", "the day of assessment, Jalali; without it, today")
	return withAuthorityAndYear(cmd)
}

func printVersions(out io.Writer, versions []tariffs.PublishedVersion) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "version\tstanding\tholds from\tuntil\trules\tpublished")
	for _, v := range versions {
		until := "-"
		if !v.Until.IsZero() {
			until = v.Until.String()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", v.ID, v.Standing, v.HoldsFrom(), until, len(v.Rules), calendar.DateOf(v.PublishedAt))
	}
	return w.Flush()
}

func (l lawmaker) drafts() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "drafts",
		Short: "List drafts, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := &reading{cmd: cmd}
			year, err := chosenYear(cmd)
			if err != nil {
				return refusal(err)
			}
			q := tariffs.DraftQuery{Authority: in.text("authority"), FiscalYear: year, State: tariffs.DraftState(in.text("state"))}
			return l.reads(cmd, func(ctx context.Context, law *tariffs.Legislation) error {
				drafts, err := law.Drafts(ctx, scope.Platform(), q)
				if err != nil {
					return err
				}
				return printDrafts(cmd.OutOrStdout(), drafts)
			})
		},
	}
	cmd.Flags().String("state", "", "draft, submitted, approved, published or withdrawn; without it, all")
	return withAuthorityAndYear(cmd)
}

func printDrafts(out io.Writer, drafts []tariffs.Draft) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "draft\tversion\tstate\trevision\tholds from\tdrafted\treason")
	for _, d := range drafts {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", d.ID, d.Version.ID, d.State, d.Revision, d.Version.HoldsFrom(), calendar.DateOf(d.DraftedAt), clean(d.Reason))
	}
	return w.Flush()
}

func (l lawmaker) show() *cobra.Command {
	var inWords bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Print a published version (national/1403/1) or a draft as JSON",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return l.opens(cmd, func(ctx context.Context, runner *scope.Runner) error {
				doc, err := tariffs.NewLegislation(runner).Read(ctx, scope.Platform(), args[0])
				if err != nil {
					return err
				}
				if inWords {
					name, err := staffNames(ctx, runner)
					if err != nil {
						return err
					}
					return printWords(cmd.OutOrStdout(), doc, name)
				}
				text := json.NewEncoder(cmd.OutOrStdout())
				text.SetIndent("", "  ")
				text.SetEscapeHTML(false)
				return text.Encode(doc.Version)
			})
		},
	}
	cmd.Flags().BoolVar(&inWords, "text", false, "in English and Persian sentences")
	return cmd
}

func printWords(out io.Writer, doc tariffs.Document, name func(id string) string) error {
	fmt.Fprintf(out, "%s, from %s\n", doc.Version.ID, doc.Version.HoldsFrom())
	if d := doc.Draft; d != nil {
		fmt.Fprintf(out, "draft %s, %s, revision %d: %s\n", d.ID, d.State, d.Revision, clean(d.Reason))
		if d.Remark != "" {
			fmt.Fprintf(out, "remark: %s\n", clean(d.Remark))
		}
		fmt.Fprintf(out, "written by %s\n", editors(d, name))
		for _, step := range []struct {
			verb string
			by   uuid.UUID
		}{{"submitted", d.SubmittedBy}, {"decided", d.DecidedBy}, {"published", d.PublishedBy}} {
			if step.by != uuid.Nil {
				fmt.Fprintf(out, "%s by %s\n", step.verb, name(step.by.String()))
			}
		}
	}
	for _, part := range doc.Version.Words() {
		if _, err := fmt.Fprintf(out, "\n%s: %s\n%s: %s\n", clean(part.Name.EN), clean(part.Text.EN), clean(part.Name.FA), clean(part.Text.FA)); err != nil {
			return err
		}
	}
	return nil
}

// editors names everybody who had a hand in the draft, so that a second person can be found.
func editors(d *tariffs.Draft, name func(id string) string) string {
	names := make([]string, len(d.EditedBy))
	for i, id := range d.EditedBy {
		names[i] = name(id.String())
	}
	return strings.Join(names, ", ")
}

func (l lawmaker) diff() *cobra.Command {
	return &cobra.Command{
		Use:   "diff A B",
		Short: "Say what B changes against A; each is a version's id or a draft's",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return l.reads(cmd, func(ctx context.Context, law *tariffs.Legislation) error {
				changes, err := law.Diff(ctx, scope.Platform(), args[0], args[1])
				if err != nil {
					return err
				}
				for _, c := range changes {
					fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n  %s\n  %s\n", c.Kind, c.Path, clean(c.Text.EN), clean(c.Text.FA))
				}
				if len(changes) == 0 {
					fmt.Fprintln(cmd.OutOrStdout(), "no difference")
				}
				return nil
			})
		},
	}
}

// errUnfit makes the exit status tell that a text cannot be published.
var errUnfit = errors.New("the text cannot be published")

func (l lawmaker) validate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "validate FILE",
		Short: "Say all that hinders the publication of a text today, and store nothing; - reads standard input",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := &reading{cmd: cmd}
			s, err := authorityScope(in.text("authority"))
			if err != nil {
				return err
			}
			text, err := tariffText(cmd, args[0])
			if err != nil {
				return err
			}
			return l.reads(cmd, func(ctx context.Context, law *tariffs.Legislation) error {
				version, problems, err := law.Problems(ctx, s, text)
				if err != nil {
					return err
				}
				for _, p := range problems {
					fmt.Fprintln(cmd.OutOrStdout(), refusal(p))
				}
				if len(problems) > 0 {
					return errUnfit
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s could be published today\n", version.ID)
				return err
			})
		},
	}
	cmd.Flags().String("authority", tariffs.NationalAuthority, "national, or a municipality's code")
	return cmd
}
