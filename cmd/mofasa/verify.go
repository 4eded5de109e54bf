package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"mofasa/api"
	"mofasa/billing/bills"
	"mofasa/billing/ledger"
	"mofasa/cmd/internal/app"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
)

// errBroken makes the exit status tell that an invariant does not hold.
var errBroken = errors.New("an invariant is broken")

func newVerifyCommand() *cobra.Command {
	var recompute bool
	var kept, books string
	cmd := &cobra.Command{Use: "verify", Short: "Derive stored facts again and name the first row that breaks one", Args: cobra.NoArgs,
		Long: `Hold the database against what must never be false, and name the first row that breaks a rule: every entry balances; what is captured is what was split,
posted and receipted, once; what is paid was paid by it; every valid certificate stands over paid dues and its signature holds; every sealed audit entry is as it was sealed; every sealed ledger entry of every city and of the
platform is as it was sealed, and roll-ups are the sums of their entries. With --audit-head, the chain of audit entries also continues the head that "mofasa audit seal" once
printed; with --ledger-heads, the chains of the books continue the heads that "mofasa ledger heads" once printed into a file.
With --recompute, derive every amount on every bill again, bit for bit, from the tariff versions, base value, vehicle, residence day and decisions that it cites.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var head audit.Head
			if kept != "" {
				var err error
				if head, err = audit.ParseHead(kept); err != nil {
					return refusal(fault.OnField(err, "audit-head"))
				}
			}
			heads, err := readHeads(books)
			if err != nil {
				return refusal(fault.OnField(err, "ledger-heads"))
			}
			c, err := app.LoadConfig()
			if err != nil {
				return err
			}
			p, err := app.Build(c, os.Stderr, api.LimitTable{})
			if err != nil {
				return err
			}
			defer p.Close()
			return verifyAll(cmd, p.Program, verification{recompute: recompute, head: head, books: heads})
		}}
	cmd.Flags().BoolVar(&recompute, "recompute", false, "derive every bill again, too")
	cmd.Flags().StringVar(&books, "ledger-heads", "", "a file with heads of the books that was kept outside the database, one a line")
	cmd.Flags().StringVar(&kept, "audit-head", "", "a head of the audit chain that was kept outside the database")
	return cmd
}

// verification says what to verify beyond what is always verified.
type verification struct {
	recompute bool
	head      audit.Head    // of the audit chain, kept outside
	books     []ledger.Head // of the books' chains, kept outside
}

func verifyAll(cmd *cobra.Command, p *api.Program, v verification) error {
	chain := func(ctx context.Context) (rule, row string, err error) { return p.Audit.Verify(ctx, v.head) }
	var books ledger.Verification
	chains := func(ctx context.Context) (rule, row string, err error) {
		books, err = p.Ledger.Verify(ctx, v.books)
		return books.Rule, books.Where, err
	}
	for _, part := range []struct {
		name   string
		verify func(context.Context) (rule, row string, err error)
	}{{"money", p.Payments.Verify}, {"certificates", p.Certificates.Verify}, {"audit", chain}, {"ledger", chains}} {
		rule, row, err := part.verify(cmd.Context())
		if err != nil {
			return err
		}
		if rule != "" {
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s: %s\n", part.name, rule, row)
			return errBroken
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s: every rule holds\n", part.name)
	}
	state, err := p.Audit.State(cmd.Context())
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "audit: %d entries are sealed, %d wait; head %s\n", state.Head.Sequence, state.Waiting, state.Head)
	fmt.Fprintf(cmd.OutOrStdout(), "ledger: %d entries in %d chains are as they were sealed\n", books.Entries, books.Chains)
	if !v.recompute {
		return nil
	}
	found, err := p.Bills.VerifyBills(cmd.Context(), func(checked int) { fmt.Fprintf(cmd.ErrOrStderr(), "%d billed dues\n", checked) })
	if err != nil {
		return err
	}
	return tellBills(cmd.OutOrStdout(), found)
}

func tellBills(out io.Writer, found bills.Recomputation) error {
	fmt.Fprintf(out, "bills: %d billed dues derived again, %d cite too little to be derived\n", found.Checked, found.Unciting)
	d := found.Divergent
	if d == nil {
		return nil
	}
	fmt.Fprintf(out, "bills: differs: municipality %d, bill %s, year %d\n  stored   %s\n  derived  %s\n", d.MunicipalityID, d.BillID, d.FiscalYear, d.Stored, d.Derived)
	return errBroken
}
