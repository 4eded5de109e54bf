package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/billing/valuations"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// importer is one kind of file.
type importer interface {
	Import(ctx context.Context, in csvimport.Input) (csvimport.Report, error)
}

type opener func(ctx context.Context) (*scope.Runner, *sql.DB, func(), error)

// errRefused makes the exit status tell that a file was not imported whole.
var errRefused = errors.New("some rows were refused")

// newImportCommand builds "import municipalities|vehicles|valuations FILE.csv". open gives the database and what closes it; the command's context names the actor.
func newImportCommand(open opener) *cobra.Command { return newImportsCommand(open, personalKeys) }

// newImportsCommand is newImportCommand with the keys under which the owners of a file are sealed.
func newImportsCommand(open opener, keys func() (*privacy.Keyring, error)) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Load municipalities, vehicles or valuations from a CSV file",
		Long: `Load a CSV file (UTF-8, header first) in one transaction. Rows that are wrong are refused and the others imported; a result file names
line, column and code of each refusal. Nothing is imported by a run that is interrupted, and a second run changes nothing.
FILE may be - for standard input.`,
	}
	cmd.PersistentFlags().String("result", "", "where refused rows are named (default: FILE.refused.csv)")
	cmd.AddCommand(
		importCommand(open, "municipalities [FILE.csv]", "Load municipalities; without a file, the built-in list", cobra.MaximumNArgs(1), func(r *scope.Runner) importer {
			return &municipalities.Importer{Runner: r}
		}),
		importCommand(open, "vehicles FILE.csv", "Load vehicles with their plates, residences and owners", cobra.ExactArgs(1), func(r *scope.Runner) importer {
			return &vehicles.Importer{Runner: r, ParseDay: parseDay, Keys: keys}
		}),
		importCommand(open, "valuations FILE.csv", "Load the published base values of vehicle types", cobra.ExactArgs(1), func(r *scope.Runner) importer {
			return &valuations.Importer{Runner: r}
		}))
	return cmd
}

func importCommand(open opener, use, short string, args cobra.PositionalArgs, build func(*scope.Runner) importer) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: args, RunE: func(cmd *cobra.Command, args []string) error {
		source, err := openSource(cmd, args)
		if err != nil {
			return err
		}
		defer source.close()
		runner, _, closeDatabase, err := open(cmd.Context())
		if err != nil {
			return err
		}
		defer closeDatabase()
		return runImport(cmd, build(runner), source)
	}}
}

func runImport(cmd *cobra.Command, im importer, from source) error {
	path, err := cmd.Flags().GetString("result")
	if err != nil {
		return err
	}
	if path == "" {
		path = from.name + ".refused.csv"
	}
	result := &resultFile{path: path}
	defer result.discard()
	show := newProgress(cmd.ErrOrStderr(), from.size, time.Now)
	report, err := im.Import(cmd.Context(), csvimport.Input{File: from, Result: result, Progress: show.update})
	show.end()
	if err != nil {
		return describe(err)
	}
	if err := result.keep(report.Refused > 0); err != nil {
		return fmt.Errorf("the import is done, but its result file is not: %w", err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "read %d · inserted %d · changed %d · unchanged %d · refused %d\n",
		report.Read, report.Inserted, report.Changed, report.Unchanged, report.Refused)
	if report.Refused > 0 {
		return fmt.Errorf("%w: see %s", errRefused, path)
	}
	return nil
}

// source is the file to import; size is -1 where it is not known.
type source struct {
	io.Reader
	name  string // without ".csv"
	size  int64
	close func()
}

// Seek lets a repeated transaction read a file again; a pipe refuses it.
func (s source) Seek(offset int64, whence int) (int64, error) {
	seeker, ok := s.Reader.(io.Seeker)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return seeker.Seek(offset, whence)
}

func openSource(cmd *cobra.Command, args []string) (source, error) {
	switch {
	case len(args) == 0:
		return source{Reader: municipalities.Default(), name: "municipalities", size: -1, close: func() {}}, nil
	case args[0] == "-":
		return source{Reader: cmd.InOrStdin(), name: "stdin", size: -1, close: func() {}}, nil
	}
	file, err := os.Open(args[0])
	if err != nil {
		return source{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return source{}, errors.Join(err, file.Close())
	}
	return source{Reader: file, name: strings.TrimSuffix(args[0], ".csv"), size: info.Size(), close: func() { _ = file.Close() }}, nil // it was only read
}

// resultFile appears under its name only when the import is done: until then it is path.part, and there is none if no row is refused.
type resultFile struct {
	path string
	part *os.File
}

// Write makes the file when there is something to say.
func (r *resultFile) Write(p []byte) (int, error) {
	if r.part == nil {
		part, err := os.OpenFile(r.path+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return 0, err
		}
		r.part = part
	}
	return r.part.Write(p)
}

// keep gives the file its name; the result of an earlier run goes away in any case.
func (r *resultFile) keep(refused bool) error {
	if !refused {
		if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := r.part.Close(); err != nil {
		return err
	}
	return os.Rename(r.part.Name(), r.path)
}

func (r *resultFile) discard() {
	if r.part != nil {
		_ = r.part.Close()           // closed already where it was kept
		_ = os.Remove(r.part.Name()) // renamed already where it was kept
	}
}

// describe tells an operator which columns are wrong.
func describe(err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	lines := []string{sentence("", f.Code, f.Text, nil)}
	for _, field := range f.Fields {
		lines = append(lines, "  "+sentence(field.Name+": ", field.Code, field.Text, nil))
	}
	return errors.New(strings.Join(lines, "\n"))
}

// parseDay reads a Jalali day as a DATE column keeps it.
func parseDay(cell string) (time.Time, error) {
	day, err := calendar.Parse(cell)
	if err != nil {
		return time.Time{}, err
	}
	year, month, date := day.Gregorian()
	return time.Date(year, month, date, 0, 0, 0, 0, time.UTC), nil
}
