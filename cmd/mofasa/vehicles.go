package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/fault"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// registrar builds the commands that work on the vehicle registry.
type registrar struct {
	open opener
	keys func() (*privacy.Keyring, error)
}

// newVehiclesCommand builds "vehicles", with one command for each use case of the registry. open is as in newImportCommand; keys gives those of personal data.
func newVehiclesCommand(open opener, keys func() (*privacy.Keyring, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vehicles",
		Short: "Read and keep the histories of vehicles",
		Long: `Read and keep the histories of vehicles: plates, owners, residences, and what cities took outside. Days are Jalali (1404/05/01); the end of a period is
the first day on which it no longer holds. The system itself acts; every command leaves an audit record.
An owner's ID and name are read from a file or from standard input, never from a flag, since flags show in the list of processes. VINs and plates are
flags and do show there.`,
	}
	r := registrar{open: open, keys: keys}
	cmd.AddCommand(r.show(), r.transfer(), r.move(), r.changePlate(), r.declareGap(), r.correct(), r.retire(), r.merge(), r.categorize(), r.reportPayment(), r.withdrawPayment())
	return cmd
}

// personalKeys reads the keys of personal data from the configured folder, or makes them there.
func personalKeys() (*privacy.Keyring, error) {
	c, err := app.LoadConfig()
	if err != nil {
		return nil, err
	}
	return app.LoadKeyring(c.KeysDir)
}

// desk is what a command works with.
type desk struct{ *vehicles.Registry }

// at runs a use case once the flags are read without a fault.
func (r registrar) at(cmd *cobra.Command, in *reading, fn func(context.Context, desk) error) error {
	if in.err != nil {
		return refusal(in.err)
	}
	runner, _, closeDatabase, err := r.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeDatabase()
	ring, err := r.keys()
	if err != nil {
		return err
	}
	registry := vehicles.NewRegistry(runner, ring, vehicles.Days{Today: today, FiscalYear: fiscalYear})
	return refusal(fn(cmd.Context(), desk{registry}))
}

// act runs a use case in the scope that the flags name and says what was done.
func (r registrar) act(cmd *cobra.Command, in *reading, done string, fn func(context.Context, desk, scope.Scope) error) error {
	return r.at(cmd, in, func(ctx context.Context, d desk) error {
		if err := fn(ctx, d, in.scope); err != nil {
			return err
		}
		_, err := fmt.Fprintln(cmd.OutOrStdout(), done)
		return err
	})
}

func today(now time.Time) time.Time { return storedDay(calendar.DateOf(now)) }

func fiscalYear(day time.Time) int { return int(jalali(day).FiscalYear()) }

// storedDay is a day as a DATE column keeps it.
func storedDay(d calendar.Date) time.Time {
	year, month, day := d.Gregorian()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func jalali(day time.Time) calendar.Date { return calendar.FromGregorian(day.Date()) }

// refusal tells an operator which input is wrong and why, in English and then in Persian.
func refusal(err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	name, code, text := "", f.Code, f.Text
	if n := len(f.Fields); n > 0 {
		field := f.Fields[n-1] // the last one to be blamed is the nearest to the flags
		name, code, text = field.Name+": ", field.Code, field.Text
	}
	return errors.New(sentence(name, code, text, f.Extra))
}

// sentence is "plate: Another vehicle … (plate_taken) …", with the place in the histories or in a text, and what else the fault knows.
func sentence(name, code string, text fault.Text, extra map[string]any) string {
	facts := []string{code}
	for _, key := range []string{"history", "from", "line", "column", "contradicts", "state", "revision", "next"} {
		if value, ok := extra[key]; ok {
			facts = append(facts, key+" "+shown(value))
		}
	}
	return fmt.Sprintf("%s%s (%s) %s", name, text.EN, strings.Join(facts, ", "), text.FA)
}

// shown writes a Gregorian day as a Jalali one, and anything else as it is.
func shown(value any) string {
	text := fmt.Sprint(value)
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return jalali(day).String()
	}
	return text
}
