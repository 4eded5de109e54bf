package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/billing/corrections"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
)

// itemsAtOnce bounds how many items are in memory.
const itemsAtOnce = 200

// tell prints a run, and with --items and --notices what it is about, page by page.
func (s correcting) tell(ctx context.Context, cmd *cobra.Command, run corrections.Run) error {
	out := cmd.OutOrStdout()
	if err := printRun(out, run, s.name); err != nil {
		return err
	}
	items, err := cmd.Flags().GetBool("items")
	if err != nil {
		return err
	}
	notices, err := cmd.Flags().GetBool("notices")
	if err != nil || !items && !notices {
		return err
	}
	var after corrections.Key
	for {
		page, err := s.Items(ctx, s.own, run.ID, after, itemsAtOnce)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, item := range page {
			if err := printItem(out, item, notices); err != nil {
				return err
			}
			after = item.Key
		}
	}
}

func printRuns(out io.Writer, runs []corrections.Run) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "run\tstate\twrong\tright\tlisted\tbills\tcredit\textra\treason")
	for _, r := range runs {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", r.ID, r.State, r.Wrong, r.Right, calendar.DateOf(r.ListedAt), r.Bills, r.Credit.English(), r.Extra.English(), clean(r.Reason))
	}
	return w.Flush()
}

func printRun(out io.Writer, run corrections.Run, name func(id string) string) error {
	fmt.Fprintf(out, "correction %s: %s\n", run.ID, run.State)
	fmt.Fprintf(out, "%s is corrected by %s: %s\n", run.Wrong, run.Right, clean(run.Reason))
	fmt.Fprintf(out, "listed by %s on %s: %s, %d unaffected\n", name(run.ListedBy.String()), calendar.DateOf(run.ListedAt), count(run.Bills, "bill"), run.Unaffected)
	if run.Problems > 0 {
		fmt.Fprintf(out, "for %d of them the right version gives no amount; see --items\n", run.Problems)
	}
	fmt.Fprintf(out, "credit %s rial, extra %s rial\n", run.Credit.English(), run.Extra.English())
	if run.State != corrections.Listed {
		fmt.Fprintf(out, "%s by %s on %s\n", run.State, name(run.DecidedBy.String()), calendar.DateOf(run.DecidedAt))
	}
	if run.Report == nil {
		return nil
	}
	return printReport(out, *run.Report)
}

func printReport(out io.Writer, r corrections.Report) error {
	fmt.Fprintf(out, "open dues bear credit %s rial and extra %s rial; the rest waits in the books\n", r.PlacedCredit.English(), r.PlacedExtra.English())
	if r.Returned > 0 {
		fmt.Fprintf(out, "not corrected: %d bills of which money went back\n", r.Returned)
	}
	if r.Suspended > 0 {
		fmt.Fprintf(out, "not corrected: %d bills whose money stands in suspense\n", r.Suspended)
	}
	rows := [][]string{{"account", "debit before", "credit before", "balance before", "debit after", "credit after", "balance after"}}
	for _, after := range r.After.Accounts {
		row := append([]string{string(after.Account)}, sides(totalOf(r.Before, after.Account))...)
		rows = append(rows, append(row, sides(after)...))
	}
	before, err := grandTotal(r.Before)
	if err != nil {
		return err
	}
	after, err := grandTotal(r.After)
	if err != nil {
		return err
	}
	rows = append(rows, append(append([]string{"total"}, sides(before)...), sides(after)...))
	return printAligned(out, rows)
}

// totalOf is an account of a trial balance, all zero where nothing was posted on it.
func totalOf(trial ledger.Trial, account ledger.Account) ledger.Total {
	for _, t := range trial.Accounts {
		if t.Account == account {
			return t
		}
	}
	return ledger.Total{Account: account}
}

func grandTotal(trial ledger.Trial) (ledger.Total, error) {
	debit, credit, err := trial.Sum()
	return ledger.Total{Debit: debit, Credit: credit, Balance: debit - credit}, err
}

func sides(t ledger.Total) []string {
	return []string{t.Debit.English(), t.Credit.English(), t.Balance.English()}
}

// printAligned prints a table whose first column stands left and whose numbers stand right. Cells are ASCII.
func printAligned(out io.Writer, rows [][]string) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i == 0 {
				fmt.Fprintf(&line, "%-*s", widths[i], cell)
				continue
			}
			fmt.Fprintf(&line, "  %*s", widths[i], cell)
		}
		if _, err := fmt.Fprintln(out, line.String()); err != nil {
			return err
		}
	}
	return nil
}

func printItem(out io.Writer, i corrections.Item, notice bool) error {
	fmt.Fprintf(out, "\nmunicipality %d, bill %s, year %d: %s\n", i.MunicipalityID, i.BillID, i.FiscalYear, difference(i))
	for _, p := range i.Placed {
		fmt.Fprintf(out, "  %s rial with the due of %d\n", p.Amount.English(), p.FiscalYear)
	}
	if !notice {
		return nil
	}
	_, err := fmt.Fprintf(out, "%s\n\n%s\n", i.Notice.FA, i.Notice.EN)
	return err
}

func difference(i corrections.Item) string {
	if i.Finding.Problem != "" {
		return "paid " + i.Paid.English() + ", the right version gives no amount: " + i.Finding.Problem
	}
	kind, amount := "credit", i.Difference()
	if amount < 0 {
		kind, amount = "extra", -amount
	}
	counted := ""
	if i.Counted != i.Paid {
		counted = fmt.Sprintf(", counted %s", i.Counted.English())
	}
	return fmt.Sprintf("paid %s%s, right %s, %s %s rial", i.Paid.English(), counted, i.Right.English(), kind, money.Rial(amount).English())
}
