package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// newSuspenseCommand builds "suspense": the desk of money that fits nothing. open is as in newImportCommand.
func newSuspenseCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "suspense", Short: "See to money that fits nothing",
		Long: `See to money that fits nothing, item by item: what was sent, what came, how things stand and what can be done. A remedy is proposed by --user and carried out when
another person approves it ("mofasa approvals decide"); "dry-run" says before exactly what would happen. An office's people read the items of their office, a city's what came for its own bills.`}
	cmd.AddCommand(listSuspense(open), showSuspense(open), dryRunSuspense(open), proposeSuspense(open), suspenseVerdict(open), listPayouts(open), payPayout(open))
	return cmd
}

func listSuspense(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "What waits or was closed, the newest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		var err error
		q := payments.DeskQuery{Reason: in.text("reason"), State: in.text("state"), Older: time.Duration(in.number("older-hours")) * time.Hour}
		if q.State, err = oneState(q.State, "open", "closed"); err != nil {
			return err
		}
		return in.asPerson(open, identity.SuspenseRead, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			list, err := deskService(cmd, runner).Desk(ctx, at, q)
			if err != nil {
				return err
			}
			rows := [][]string{{"item", "since", "from", "provider", "reason", "rial", "ended by"}}
			for _, i := range list {
				rows = append(rows, []string{i.ID.String(), jalaliTime(i.OpenedAt), string(i.Source), i.Provider, i.Reason, i.Amount.English(), string(i.Remedy)})
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), strings.Join(columns(rows), "\n"))
			return err
		})
	}}
	cmd.Flags().String("state", "open", "open, closed or all")
	cmd.Flags().String("reason", "", "of this reason alone, such as paid_twice")
	cmd.Flags().Int("older-hours", 0, "opened so many hours ago, at least")
	return addPersonFlags(cmd)
}

// oneState reads a flag that names one of some states, or "all" of them, which is "".
func oneState(text string, states ...string) (string, error) {
	switch {
	case text == "all":
		return "", nil
	case slices.Contains(states, text):
		return text, nil
	}
	return "", fmt.Errorf("state: %q is none of %s and all", text, strings.Join(states, ", "))
}

func showSuspense(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "show ITEM", Short: "An item's story, and what can be done", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		id, err := itemID(args[0])
		if err != nil {
			return err
		}
		return in.asPerson(open, identity.SuspenseRead, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			tale, err := deskService(cmd, runner).Item(ctx, at, id)
			if err == nil {
				tellTale(cmd.OutOrStdout(), tale)
			}
			return err
		})
	}})
}

func dryRunSuspense(open opener) *cobra.Command {
	return addRemedyFlags(&cobra.Command{Use: "dry-run ITEM", Short: "Exactly what a remedy would do, without doing it", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return withRemedy(cmd, open, args[0], func(ctx context.Context, desk *payments.Service, p payments.Proposal) error {
			effect, err := desk.DryRun(ctx, p)
			if err == nil {
				tellEffect(cmd.OutOrStdout(), effect)
			}
			return err
		})
	}})
}

func proposeSuspense(open opener) *cobra.Command {
	cmd := addRemedyFlags(&cobra.Command{Use: "propose ITEM", Short: "Leave a remedy to a second person", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		reason := (&reading{cmd: cmd}).text("reason")
		return withRemedy(cmd, open, args[0], func(ctx context.Context, desk *payments.Service, p payments.Proposal) error {
			asked, err := desk.Propose(ctx, p, reason, scope.Key{Value: uuid.NewString(), Operation: "suspense propose", Hash: []byte(args[0])})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "approval %s waits for a second person: %s\n", asked.ID, asked.Summary.EN)
			return err
		})
	}})
	cmd.Flags().String("reason", "", "why")
	must(cmd, "reason")
	return cmd
}

func addRemedyFlags(cmd *cobra.Command) *cobra.Command {
	var names []string
	for _, r := range payments.Remedies() {
		names = append(names, string(r)+" ("+r.Names().EN+")")
	}
	cmd.Flags().String("remedy", "", strings.Join(names, ", "))
	must(cmd, "remedy")
	cmd.Flags().String("iban", "", "the payer's, to give back")
	cmd.Flags().String("evidence", "", "reference of the provider's or bank's paper")
	cmd.Flags().Int("amount", 0, "rial that the paper shows, of money that was never confirmed")
	cmd.Flags().String("bill", "", "bill ID of the other bill")
	cmd.Flags().String("payment", "", "payment ID of the other bill")
	return addPersonFlags(cmd)
}

// withRemedy reads a proposal and runs with the desk, as a person who may propose.
func withRemedy(cmd *cobra.Command, open opener, item string, do func(context.Context, *payments.Service, payments.Proposal) error) error {
	in := &reading{cmd: cmd}
	p := payments.Proposal{Remedy: payments.Remedy(in.text("remedy")), IBAN: in.text("iban"), Evidence: in.text("evidence"), Bill: in.text("bill"), Payment: in.text("payment"),
		Amount: money.Rial(in.number("amount"))}
	var err error
	if p.Item, err = itemID(item); err != nil {
		return err
	}
	return in.asPerson(open, identity.SuspensePropose, func(ctx context.Context, runner *scope.Runner, _ scope.Scope) error {
		return do(ctx, deskService(cmd, runner), p)
	})
}

func itemID(text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.Nil, refusal(payments.ErrItemUnknown)
	}
	return id, nil
}

// tellEffect says what a remedy does, a line each.
func tellEffect(out io.Writer, e payments.Effect) {
	if e.Asks {
		fmt.Fprintln(out, "the provider is asked first; when it says yes:")
	}
	for _, c := range e.Payments {
		fmt.Fprintf(out, "payment %s: %s\n", made(c.ID), change(c))
	}
	for _, c := range e.Bills {
		fmt.Fprintf(out, "bill %s: %s\n", c.ID, change(c))
	}
	tellEntries(out, e.Entries)
	if e.Deposit != 0 {
		fmt.Fprintf(out, "the office's deposit: +%s rial\n", e.Deposit.English())
	}
	if e.Payout != 0 {
		fmt.Fprintf(out, "to be paid out: %s rial to %s\n", e.Payout.English(), e.IBAN)
	}
	if e.Receipt {
		fmt.Fprintln(out, "a receipt is given")
	}
	if len(e.Payments)+len(e.Entries) == 0 {
		fmt.Fprintln(out, "the item is closed, and nothing is posted")
	}
}

func made(id uuid.UUID) string {
	if id == uuid.Nil {
		return "(new)"
	}
	return id.String()
}

func change(c payments.Change) string {
	if c.From == "" {
		return c.To
	}
	return c.From + " → " + c.To
}

// jalaliTime is a moment as people in Iran write it.
func jalaliTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return calendar.DateOf(at).String() + " " + at.In(calendar.Tehran()).Format("15:04:05")
}
