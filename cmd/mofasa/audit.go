package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/tenants/audit"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// newAuditCommand builds "audit": sealing and exporting the audit log. open is as in newImportCommand.
func newAuditCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Seal the audit log, and export it for an auditor",
		Long: `Seal and export the log of what happened. The system itself acts; an export goes into the log of the organisation whose entries it is.`}
	cmd.AddCommand(sealCommand(open), exportCommand(open))
	return cmd
}

func auditService(runner *scope.Runner, cmd *cobra.Command) *audit.Service {
	return audit.NewService(runner, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn})))
}

func sealCommand(open opener) *cobra.Command {
	return &cobra.Command{Use: "seal", Short: "Chain every entry that is final, and print the head of the chain", Args: cobra.NoArgs,
		Long: `Chain every entry that is final now, as the worker does all the time, and print the head of the chain. Keep the head outside the database:
"mofasa verify --audit-head" then proves that nothing up to it was rewritten.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			runner, _, closeDatabase, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer closeDatabase()
			service := auditService(runner, cmd)
			sealed, err := service.Seal(cmd.Context())
			if err != nil {
				return err
			}
			state, err := service.State(cmd.Context())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d sealed, %d wait for transactions that still run\nhead %s\n", sealed, state.Waiting, state.Head)
			return err
		}}
}

// exportPage is how many entries an export reads at a time.
const exportPage = 2000

var errFormat = errors.New("format: csv or jsonl")

func exportCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "export", Short: "Print the entries of a city, an office or the platform, the newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := &reading{cmd: cmd}
			q := audit.Query{Action: in.text("action"), TargetKind: in.text("target-kind"), TargetID: in.text("target"), From: in.morning("from"), To: in.morning("to"),
				Limit: exportPage, Export: true}
			write, finish, err := exporter(cmd.OutOrStdout(), in.text("format"))
			if err := errors.Join(in.err, err); err != nil {
				return refusal(err)
			}
			runner, _, closeDatabase, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer closeDatabase()
			where, err := organisation(cmd, runner, in)
			if err != nil {
				return refusal(err)
			}
			return refusal(errors.Join(auditService(runner, cmd).Each(cmd.Context(), where, q, write), finish()))
		}}
	cmd.Flags().Int("municipality", 0, "code of the city whose entries to print")
	cmd.Flags().String("office", "", "licence number of the office whose entries to print; with neither, the platform's")
	cmd.MarkFlagsMutuallyExclusive("municipality", "office")
	for name, usage := range map[string]string{"from": "the first day (1404/05/01)", "to": "the first day that is left out", "action": "only this action, such as inquiry.made",
		"target-kind": "only about targets of this kind, such as vehicle", "target": "only about the target with this id"} {
		cmd.Flags().String(name, "", usage)
	}
	cmd.Flags().String("format", "csv", "csv, or jsonl: a JSON object a line")
	return cmd
}

// morning is the instant at which a Jalali day begins in Tehran; an empty flag is the absent instant.
func (in *reading) morning(flag string) time.Time {
	text := in.text(flag)
	if text == "" {
		return time.Time{}
	}
	day, err := calendar.Parse(identifiers.Fold(text))
	in.blame(flag, err)
	return day.Time()
}

// organisation is the scope of those whose entries the flags ask for.
func organisation(cmd *cobra.Command, runner *scope.Runner, in *reading) (scope.Scope, error) {
	switch {
	case cmd.Flags().Changed("municipality"):
		return scope.Municipality(in.number("municipality")), in.err
	case !cmd.Flags().Changed("office"):
		return scope.Platform(), nil
	}
	var home identity.Home
	err := runner.InTx(cmd.Context(), scope.Platform(), func(tx *scope.Tx) (err error) {
		home, err = identity.OfficeByLicence(tx, in.text("office"))
		return err
	})
	return scope.Office(home.OfficeID), err
}

// exporter writes entries in a format; finish ends the file.
func exporter(out io.Writer, format string) (write func(audit.Entry) error, finish func() error, err error) {
	switch format {
	case "csv":
		w, err := audit.NewCSV(out)
		return w.Write, w.Flush, err
	case "jsonl":
		lines := json.NewEncoder(out)
		return func(e audit.Entry) error { return lines.Encode(e) }, func() error { return nil }, nil
	}
	return nil, nil, errFormat
}
