package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"mofasa/billing/payments"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

var errNoStory = errors.New("no payment and no bank line is known by this name")

// newPaymentsCommand builds "payments": the stories of payments, and what banks tell. open is as in newImportCommand.
func newPaymentsCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "payments", Short: "Tell the story of a payment, and read the banks' return files"}
	cmd.AddCommand(storyCommand(open), bankFileCommand(open), bankFilesCommand(open))
	return cmd
}

func storyCommand(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "story ID", Short: "Print all that is known of a payment", Args: cobra.ExactArgs(1),
		Long: `Print all that is known of a payment: every step with what was asked and told, what went back to its payer, the books, its order and bills as they stand, and its item at the suspense desk. ID is the payment's
id, our number of it at the provider, the provider's reference, the switch's number (RRN), the order's id (its last attempt), or a bank line's id or trace.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			in := &reading{cmd: cmd}
			return in.asPerson(open, identity.SuspensePropose, func(ctx context.Context, runner *scope.Runner, _ scope.Scope) error {
				tale, found, err := deskService(cmd, runner).StoryOf(ctx, args[0])
				if err == nil && !found {
					err = errNoStory
				}
				if err == nil {
					tellTale(cmd.OutOrStdout(), tale)
				}
				return err
			})
		}})
}

func bankFileCommand(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "bank-file FILE", Short: "Post a bank's return file of bill payments", Args: cobra.ExactArgs(1),
		Long: `Post a bank's return file of bill payments, in either layout. Its own number and sum of lines are proven first: where they are not what its header says, nothing of it is posted.
Lines that fit no open bill, and lines that cannot be read, wait at the suspense desk with their money. The same file again, under whatever name, changes nothing; an import that
broke off goes on.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			in := &reading{cmd: cmd}
			return in.asPerson(open, identity.SuspensePropose, func(ctx context.Context, runner *scope.Runner, _ scope.Scope) error {
				file, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer file.Close()
				f, err := deskService(cmd, runner).ImportBankFile(ctx, args[0], file)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d lines, %s rial · captured %d, %s rial · suspense %d, %s rial · told before %d\n", f.Name, f.Lines, f.Total.English(),
					f.Captured, f.CapturedRial.English(), f.Suspended+f.Malformed, f.SuspendedRial.English(), f.Repeated)
				return err
			})
		}})
}

func bankFilesCommand(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "bank-files", Short: "List the return files that were read, the newest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		return in.asPerson(open, identity.SuspenseRead, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			if at.Kind() != scope.KindPlatform {
				return identity.ErrNotPermitted
			}
			list, err := deskService(cmd, runner).BankFiles(ctx)
			if err != nil {
				return err
			}
			rows := [][]string{{"name", "bank", "sent", "read", "lines", "rial", "done", "captured", "suspense", "told before"}}
			for _, f := range list {
				rows = append(rows, []string{f.Name, f.Bank, f.Sent.String(), jalaliTime(f.ReceivedAt), fmt.Sprint(f.Lines), f.Total.English(), fmt.Sprint(f.Done), fmt.Sprint(f.Captured),
					fmt.Sprint(f.Suspended + f.Malformed), fmt.Sprint(f.Repeated)})
			}
			for _, line := range columns(rows) {
				fmt.Fprintln(cmd.OutOrStdout(), line)
			}
			return nil
		})
	}})
}

// tellTale prints a story: whose money it is, each step with what we were told, the books, and how things stand.
func tellTale(out io.Writer, t payments.Tale) {
	if p := t.Payment; p != nil {
		fmt.Fprintf(out, "payment %s: %s rial by %s at %s %s, %s%s\n", p.ID, p.Amount.English(), p.Method, p.Provider, p.Terminal, p.State, because(p.Reason))
		fmt.Fprintf(out, "our number %s, reference %s, RRN %s, card %s\n", p.MerchantRef, dash(p.Reference), dash(p.RRN), dash(p.MaskedPAN))
		tellSplit(out, *p)
	}
	if l := t.Line; l != nil {
		fmt.Fprintf(out, "bank line %s: bank %s branch %s channel %s on %s, bill %s payment %s trace %s, %s rial: %s %s\n", l.ID, l.Bank, l.Branch, l.Channel, l.Paid, l.Bill, l.Payment, l.Trace,
			l.Amount.English(), l.Outcome, l.Reason)
		if l.FileName != "" {
			fmt.Fprintf(out, "file %s, line %d\n", l.FileName, l.Line)
		}
		if l.Problem != "" {
			fmt.Fprintf(out, "as it came: %s\n", l.Raw)
		}
	}
	for _, e := range events(t) {
		fmt.Fprintf(out, "%s %s\n", jalaliTime(e.at), e.text)
	}
	tellStanding(out, t)
}

// tellSplit says how a payment was to be split: each part to whose account.
func tellSplit(out io.Writer, p payments.Payment) {
	for _, part := range p.Parts {
		fmt.Fprintf(out, "  of it %s rial of municipality %d to %s\n", part.Amount.English(), part.MunicipalityID, dash(part.IBAN))
	}
	if p.Fee != nil {
		fmt.Fprintf(out, "  of it %s rial, the fee, to %s\n", p.Fee.Amount.English(), dash(p.Fee.IBAN))
	}
}

func tellStanding(out io.Writer, t payments.Tale) {
	if t.OrderState != "" {
		fmt.Fprintf(out, "order %s is %s\n", t.OrderID, t.OrderState)
	}
	for _, b := range t.Bills {
		fmt.Fprintf(out, "bill %s %s of municipality %d: %s rial, %s", b.Pair.Bill, b.Pair.Payment, b.MunicipalityID, b.Amount.English(), b.State)
		for _, c := range b.Claims {
			fmt.Fprintf(out, "; %d %s", c.FiscalYear, c.State)
			if c.OrderID != b.OrderID {
				fmt.Fprintf(out, " by order %s", c.OrderID)
			}
		}
		fmt.Fprintln(out)
	}
	if i := t.Item; i != nil {
		fmt.Fprintf(out, "suspense item %s since %s: %s, %s rial", i.ID, jalaliTime(i.OpenedAt), i.Reason, i.Amount.English())
		if !i.Open() {
			fmt.Fprintf(out, "; ended by %s on %s, approval %s", i.Remedy, jalaliTime(i.ClosedAt), i.ApprovalID)
		}
		fmt.Fprintln(out)
	}
	for _, s := range t.Suggestions {
		fmt.Fprintf(out, "  %s: %s", s.Remedy, s.Text.EN)
		if len(s.Needs) > 0 {
			fmt.Fprintf(out, " (needs %v)", s.Needs)
		}
		fmt.Fprintln(out)
	}
}

func tellEntries(out io.Writer, list []payments.Posted) {
	for _, e := range list {
		fmt.Fprintf(out, "%s %s\n", jalaliTime(e.At), entryText(e))
	}
}

func entryText(e payments.Posted) string {
	whose := "platform"
	if e.MunicipalityID != 0 {
		whose = fmt.Sprintf("municipality %d", e.MunicipalityID)
	}
	text := fmt.Sprintf("entry %s in the books of the %s:", e.Kind, whose)
	for _, p := range e.Postings {
		text += fmt.Sprintf(" %s %s", p.Account, p.Amount.English())
	}
	return text
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

// words are the other side's, in one line; a session's token is never among them.
func words(said map[string]any) string {
	if len(said) == 0 {
		return ""
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(said); err != nil {
		return ""
	}
	return " " + string(bytes.TrimSpace(b.Bytes()))
}
