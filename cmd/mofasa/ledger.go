package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/billing/ledger"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
)

// newLedgerCommand builds "ledger": reading the books of a city or of the platform. open is as in newImportCommand.
func newLedgerCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "ledger", Short: "Read the books of a city or of the platform",
		Long: `Read the books: debits are positive, credits negative, in rial. Without --municipality they are the platform's own.`}
	cmd.AddCommand(balanceCommand(open), statementCommand(open), headsCommand(open))
	return cmd
}

func booksService(runner *scope.Runner, cmd *cobra.Command) *ledger.Service {
	return ledger.NewService(runner, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn})))
}

func balanceCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "balance", Short: "Print the trial balance, now or at the end of a day", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := &reading{cmd: cmd}
			before := in.morningAfter("on")
			return withBooks(cmd, open, in, func(books *ledger.Service, whose scope.Scope) error {
				trial, _, err := books.TrialBalance(cmd.Context(), whose, before)
				if err != nil {
					return err
				}
				return tellTrial(cmd.OutOrStdout(), trial)
			})
		}}
	cmd.Flags().String("on", "", "with all of this day (1404/08/29); without it, the present")
	return addBooksFlag(cmd)
}

func statementCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "statement", Short: "Print what moved on one account, the oldest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in := &reading{cmd: cmd}
			q := ledger.Query{Account: ledger.Account(in.text("account")), From: in.morning("from"), To: in.morning("to"), Limit: 1000}
			return withBooks(cmd, open, in, func(books *ledger.Service, whose scope.Scope) error {
				return tellStatement(cmd, books, whose, q)
			})
		}}
	cmd.Flags().String("account", "", "as in the trial balance, such as revenue:annual_duty")
	must(cmd, "account")
	cmd.Flags().String("from", "", "the first day (1404/05/01)")
	cmd.Flags().String("to", "", "the first day that is left out")
	return addBooksFlag(cmd)
}

func headsCommand(open opener) *cobra.Command {
	return &cobra.Command{Use: "heads", Short: "Print the head of the hash chain of each books", Args: cobra.NoArgs,
		Long: `Print the newest link of each chain, a line each: municipality (0 is the platform), number and hash. Keep the lines outside the database: "mofasa verify --ledger-heads"
then proves that nothing up to them was rewritten. The worker seals entries within seconds; how many wait goes to the standard error.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			runner, _, closeDatabase, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer closeDatabase()
			states, err := booksService(runner, cmd).Heads(cmd.Context())
			if err != nil {
				return err
			}
			var waiting int64
			for _, s := range states {
				waiting += s.Waiting
				if s.Sequence > 0 {
					fmt.Fprintln(cmd.OutOrStdout(), s.Head)
				}
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d entries wait for the sealer\n", waiting)
			return nil
		}}
}

func addBooksFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().Int("municipality", 0, "code of the city whose books to read; without it, the platform's")
	return cmd
}

// withBooks opens the books that the flags name.
func withBooks(cmd *cobra.Command, open opener, in *reading, read func(*ledger.Service, scope.Scope) error) error {
	whose := scope.Platform()
	if code := in.number("municipality"); code != 0 {
		whose = scope.Municipality(code)
	}
	if in.err != nil {
		return refusal(in.err)
	}
	runner, _, closeDatabase, err := open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeDatabase()
	return refusal(read(booksService(runner, cmd), whose))
}

// morningAfter is the instant at which a Jalali day ends in Tehran; an empty flag is the absent instant.
func (in *reading) morningAfter(flag string) time.Time {
	text := in.text(flag)
	if text == "" {
		return time.Time{}
	}
	day, err := calendar.Parse(identifiers.Fold(text))
	in.blame(flag, err)
	if err != nil {
		return time.Time{}
	}
	return day.AddDays(1).Time()
}

func tellTrial(out io.Writer, trial ledger.Trial) error {
	debit, credit, err := trial.Sum()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "account\tdebit\tcredit\tbalance\t")
	for _, t := range trial.Accounts {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t\n", t.Account, t.Debit, t.Credit, t.Balance)
	}
	fmt.Fprintf(table, "all\t%d\t%d\t%d\t\n", debit, credit, debit-credit)
	return table.Flush()
}

// tellStatement prints page after page, so that a long statement needs little memory.
func tellStatement(cmd *cobra.Command, books *ledger.Service, whose scope.Scope, q ledger.Query) error {
	out := cmd.OutOrStdout()
	for opening := true; ; opening = false {
		page, err := books.Statement(cmd.Context(), whose, q)
		if err != nil {
			return err
		}
		if opening {
			fmt.Fprintf(out, "opening %d\n", page.Opening)
		}
		for _, l := range page.Lines {
			fmt.Fprintf(out, "%s  %s %s %s  %+d  %d\n", l.At.UTC().Format(time.RFC3339), l.Kind, l.SourceKind, l.SourceID, l.Amount, l.Balance)
		}
		if !page.More {
			_, err := fmt.Fprintf(out, "closing %d\n", page.Closing)
			return err
		}
		q.After = &page.Lines[len(page.Lines)-1].Key
	}
}

// readHeads reads a file of heads, one a line; no file is no heads.
func readHeads(path string) (heads []ledger.Head, err error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		if lines.Text() == "" {
			continue
		}
		head, err := ledger.ParseHead(lines.Text())
		if f := fault.Of(err); f != nil {
			return nil, f.With("line", number)
		}
		heads = append(heads, head)
	}
	return heads, lines.Err()
}
