package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"mofasa/api"
	"mofasa/api/ratelimit"
	"mofasa/tenants/identity"
	"mofasa/tenants/limits"
	"mofasa/tenants/scope"
)

// newLimitsCommand builds "limits list|override|remove". A person of the platform acts.
func newLimitsCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "limits",
		Short: "Show rate limits, and override them for single cities, offices, people and API clients",
		Long: `Show the rate limits and quotas as shipped and as overridden, override one for a city, an office, a person or an API client, or remove what stands.
Every process obeys within two seconds. The person of --user acts, with the permission of their role.`,
	}
	cmd.AddCommand(listLimits(open), overrideLimit(open), removeLimit(open))
	return cmd
}

// subjectFlags are the kinds of subjects with what names one.
var subjectFlags = map[limits.Kind]string{limits.Municipality: "code of the municipality", limits.Office: "licence number of the office", limits.Person: "user name of the person",
	limits.Client: "UUID of the API client"}

// ofSubject declares whom a limit is for.
func ofSubject(cmd *cobra.Command, needed bool) *cobra.Command {
	var names []string
	for kind, text := range subjectFlags {
		cmd.Flags().String(string(kind), "", text)
		names = append(names, string(kind))
	}
	cmd.MarkFlagsMutuallyExclusive(names...)
	if needed {
		cmd.MarkFlagsOneRequired(names...)
	}
	return addPersonFlags(cmd)
}

// limiting runs a use case as the person of --user, with the subject of the flags; the zero subject where none is named.
func (in *reading) limiting(open opener, fn func(context.Context, *limits.Service, scope.Scope, limits.Subject) error) error {
	return in.asPerson(open, identity.LimitsManage, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
		service := limits.NewService(runner, api.DefaultLimits().Definitions())
		var subject limits.Subject
		for kind := range subjectFlags {
			if !in.cmd.Flags().Changed(string(kind)) {
				continue
			}
			var err error
			if subject, err = service.Named(ctx, at, kind, in.text(string(kind))); err != nil {
				return err
			}
		}
		return fn(ctx, service, at, subject)
	})
}

func listLimits(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "Every limit with its overrides; for one subject, what holds for it now", Args: cobra.NoArgs}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		return in.limiting(open, func(ctx context.Context, s *limits.Service, at scope.Scope, subject limits.Subject) error {
			var chain []limits.Subject
			if subject.Kind != "" {
				var err error
				if chain, err = s.Chain(ctx, at, subject); err != nil {
					return err
				}
			}
			list, err := s.List(ctx, at)
			if err != nil {
				return err
			}
			return printLimits(cmd.OutOrStdout(), list, chain)
		})
	}
	return ofSubject(cmd, false)
}

func overrideLimit(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "override LIMIT", Short: "Write what a limit is for one subject, in the place of what stands", Args: cobra.ExactArgs(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		window, err := cmd.Flags().GetDuration("window")
		in.blame("window", err)
		o := limits.Override{Limit: args[0], Requests: in.number("requests"), Window: window, From: in.moment("from"), To: in.moment("to"), Reason: in.text("reason")}
		return in.limiting(open, func(ctx context.Context, s *limits.Service, at scope.Scope, subject limits.Subject) error {
			o.Subject = subject
			written, err := s.Override(ctx, at, o)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of %s %s: %d in %s\n", written.Limit, subject.Kind, subject.ID, written.Requests, written.Window)
			return err
		})
	}
	cmd.Flags().Int("requests", 0, "units in a window, 1 to 1,000,000")
	cmd.Flags().Duration("window", 0, "such as 1m or 24h; without it, the limit's own")
	cmd.Flags().String("from", "", "RFC 3339 moment at which it begins; without it, now")
	cmd.Flags().String("to", "", "RFC 3339 moment at which it ends; without it, when it is removed")
	cmd.Flags().String("reason", "", "why")
	must(cmd, "requests", "reason")
	return ofSubject(cmd, true)
}

func removeLimit(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "remove LIMIT", Short: "Let what is shipped hold again for one subject", Args: cobra.ExactArgs(1)}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		return in.limiting(open, func(ctx context.Context, s *limits.Service, at scope.Scope, subject limits.Subject) error {
			if err := s.Remove(ctx, at, args[0], subject); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s of %s %s is as shipped again\n", args[0], subject.Kind, subject.ID)
			return err
		})
	}
	return ofSubject(cmd, true)
}

// moment reads a point in time; an absent one is the zero time.
func (in *reading) moment(flag string) time.Time {
	text := in.text(flag)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		in.blame(flag, fmt.Errorf("%s: not a moment such as 2026-11-20T08:00:00+03:30", flag))
	}
	return at
}

func printLimits(out io.Writer, list []limits.Override, chain []limits.Subject) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	rules, classes := api.DefaultLimits().Rules()
	book, now := limits.NewBook(list), time.Now()
	columns := []any{"limit", "counted by", "shipped", "without Redis", "classes"}
	if chain != nil {
		columns = append(columns, "holds")
	}
	title(w, "limits", len(rules), columns...)
	for _, r := range rules {
		mode := "goes on"
		if r.Limit.OnFailure == ratelimit.FailClosed {
			mode = "refuses"
		}
		cells := []any{r.Limit.Name, r.Subject, rate(r.Limit), mode, strings.Join(classes[r.Limit.Name], ",")}
		if chain != nil {
			l, _ := r.Overridden(book, now, chain)
			cells = append(cells, rate(l))
		}
		row(w, cells...)
	}
	if title(w, "overrides", len(list), "limit", "for", "subject", "requests", "window", "from", "to", "reason") {
		for _, o := range list {
			to := "-"
			if !o.To.IsZero() {
				to = o.To.UTC().Format(time.RFC3339)
			}
			row(w, o.Limit, o.Subject.Kind, o.Subject.ID, o.Requests, o.Window, o.From.UTC().Format(time.RFC3339), to, clean(o.Reason))
		}
	}
	return w.Flush()
}

// rate is a limit in words.
func rate(l ratelimit.Limit) string {
	if l.Quota && l.Window == 24*time.Hour {
		return strconv.Itoa(l.Requests) + " a day"
	}
	return strconv.Itoa(l.Requests) + " in " + l.Window.String()
}
