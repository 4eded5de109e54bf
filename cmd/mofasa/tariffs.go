package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// lawmaker builds the commands of the life of a tariff version.
type lawmaker struct {
	open opener
}

// newTariffsCommand builds "tariffs", with one command for each use case of tariffs.Legislation. open is as in newImportCommand.
func newTariffsCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tariffs",
		Short: "Read tariffs, and draft, approve and publish the next version of one",
		Long: `Read tariffs, and draft, approve and publish the next version of one. A version is JSON, as "show" prints it; its authority, number and id are derived.
One person drafts and submits, a second one approves. Days are Jalali (1404/05/01). Reading needs nobody in particular; whatever writes needs --user,
whose city (or, on the platform, the nation) is the authority, and leaves an audit record.`,
	}
	l := lawmaker{open: open}
	cmd.AddCommand(l.list(), l.show(), l.diff(), l.validate(), l.drafts(),
		l.draft(), l.revise(), l.submit(), l.approve(), l.giveBack(), l.withdraw(), l.publish(), newTariffPreviewCommand(open), newTariffCorrectionCommand(open))
	return cmd
}

// reads runs a use case that changes nothing, as the system.
func (l lawmaker) reads(cmd *cobra.Command, fn func(ctx context.Context, law *tariffs.Legislation) error) error {
	return l.opens(cmd, func(ctx context.Context, runner *scope.Runner) error { return fn(ctx, tariffs.NewLegislation(runner)) })
}

func (l lawmaker) opens(cmd *cobra.Command, fn func(ctx context.Context, runner *scope.Runner) error) error {
	runner, _, closeDatabase, err := l.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeDatabase()
	return refusal(fn(cmd.Context(), runner))
}

// act is what a person does for their authority.
type act func(ctx context.Context, law *tariffs.Legislation, s scope.Scope) error

// writes runs a use case as the person of --user.
func (l lawmaker) writes(cmd *cobra.Command, permission identity.Permission, fn act) error {
	runner, _, closeDatabase, err := l.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeDatabase()
	ctx, s, err := actAs(cmd, runner, permission)
	if err != nil {
		return err
	}
	return refusal(fn(ctx, tariffs.NewLegislation(runner), s))
}

// authorityScope is the scope of --authority: the nation on the platform, or a city.
func authorityScope(authority string) (scope.Scope, error) {
	if authority == tariffs.NationalAuthority {
		return scope.Platform(), nil
	}
	code, err := strconv.Atoi(authority)
	if err != nil || code < 1 || code > 999 {
		return scope.Scope{}, fmt.Errorf("authority: %q is neither national nor a municipality's code", authority)
	}
	return scope.Municipality(code), nil
}

// target reads the draft of the first argument and --revision.
func target(cmd *cobra.Command, id string) (tariffs.Target, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return tariffs.Target{}, fmt.Errorf("draft: %q is not a UUID", id)
	}
	revision, err := cmd.Flags().GetInt("revision")
	return tariffs.Target{ID: parsed, Revision: revision}, err
}

// longestTariff is far above any tariff that somebody would write.
const longestTariff = 4 << 20

// tariffText reads a file, or standard input behind the password where the path is -.
func tariffText(cmd *cobra.Command, path string) ([]byte, error) {
	source := cmd.InOrStdin()
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		source = file
	}
	text, err := io.ReadAll(io.LimitReader(source, longestTariff+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(text) > longestTariff {
		return nil, fmt.Errorf("%s: longer than %d bytes", path, longestTariff)
	}
	return text, nil
}

// chosenYear reads --year; 0 stands for every year.
func chosenYear(cmd *cobra.Command) (calendar.FiscalYear, error) {
	year, err := cmd.Flags().GetInt("year")
	if err != nil || year == 0 {
		return 0, err
	}
	return calendar.NewFiscalYear(year)
}

func withAuthorityAndYear(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String("authority", "", "national, or a municipality's code; without it, all")
	cmd.Flags().Int("year", 0, "fiscal year; without it, all")
	return cmd
}
