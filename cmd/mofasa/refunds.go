package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// newRefundsCommand builds "refunds": money that goes back to payers. open is as in newImportCommand.
func newRefundsCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "refunds", Short: "Give money back to payers",
		Long: `Give money of a payment back, as --user: a city what its own bill got, the platform any bill or the whole payment, and an office asks the cities. Above the threshold of the
city, or of the platform, another person approves it ("mofasa approvals decide"). With a whole bill its dues are owed again and the certificates over them are superseded. The money
goes back by the provider, while it reverses the payment; to the deposit that it came from; or by a transfer, which "paid" reports.`}
	cmd.AddCommand(listRefunds(open), showRefunds(open), giveRefund(open, giving), giveRefund(open, asking), giveRefund(open, charging), payRefund(open), refundVerdict(open))
	return cmd
}

func listRefunds(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "The refunds of the own home, the newest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		state, err := oneState(in.text("state"), string(payments.RefundWaiting), string(payments.RefundGranted), string(payments.RefundPaid), string(payments.RefundRefused))
		if err != nil {
			return err
		}
		doubt, err := cmd.Flags().GetBool("doubtful")
		if err != nil {
			return err
		}
		q := payments.RefundQuery{State: payments.RefundState(state), Doubt: doubt}
		return in.asPerson(open, identity.RefundsRead, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			list, err := deskService(cmd, runner).Refunds(ctx, at, q)
			if err == nil {
				tellRefunds(cmd.OutOrStdout(), list)
			}
			return err
		})
	}}
	cmd.Flags().String("state", string(payments.RefundGranted), "waiting, granted (to be paid), paid, refused or all")
	cmd.Flags().Bool("doubtful", false, "those alone of which nobody can tell by asking whether the provider has reversed them")
	return addPersonFlags(cmd)
}

func showRefunds(open opener) *cobra.Command {
	return addPersonFlags(&cobra.Command{Use: "show PAYMENT", Short: "What of a payment went back, and what is left", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		id, err := uuid.Parse(args[0])
		if err != nil {
			return refusal(payments.ErrPaymentUnknown)
		}
		return in.asPerson(open, identity.RefundsRead, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			list, parts, err := deskService(cmd, runner).RefundsOf(ctx, at, id)
			if err != nil {
				return err
			}
			table := [][]string{{"municipality", "bill", "paid", "gone back", "corrected", "left"}}
			for _, p := range parts {
				table = append(table, []string{strconv.Itoa(p.MunicipalityID), billName(p.BillID), p.Amount.English(), p.Refunded.English(), p.Corrected.English(), p.Left().English()})
			}
			fmt.Fprintln(cmd.OutOrStdout(), strings.Join(columns(table), "\n"))
			tellRefunds(cmd.OutOrStdout(), list)
			return nil
		})
	}})
}

func billName(bill uuid.UUID) string {
	if bill == uuid.Nil {
		return "fee"
	}
	return bill.String()
}

func tellRefunds(out io.Writer, list []payments.Refund) {
	table := [][]string{{"refund", "municipality", "bill", "rial", "state", "way", "asked", "approval", "reference", "reason"}}
	for _, r := range list {
		approval := ""
		if r.ApprovalID != uuid.Nil {
			approval = r.ApprovalID.String()
		}
		table = append(table, []string{r.ID.String(), strconv.Itoa(r.MunicipalityID), billName(r.BillID), r.Amount.English(), string(r.State), string(r.Channel), jalaliTime(r.RequestedAt), approval,
			r.Reference, r.Reason})
	}
	fmt.Fprintln(out, strings.Join(columns(table), "\n"))
}

// refunding is one way to ask for money to go back.
type refunding struct {
	use, short string
	permission identity.Permission
	ask        func(*payments.Service, context.Context, scope.Scope, payments.RefundRequest) ([]payments.Refund, error)
}

// The ways.
var (
	giving   = refunding{"give PAYMENT", "Give money back", identity.RefundsCreate, (*payments.Service).Refund}
	asking   = refunding{"ask PAYMENT", "Ask the cities to give money of the own office's payment back", identity.RefundsRequest, (*payments.Service).Refund}
	charging = refunding{"chargeback PAYMENT", "Record that the payer's bank has taken money back; another operator approves it", identity.ChargebacksWrite, (*payments.Service).Chargeback}
)

func giveRefund(open opener, by refunding) *cobra.Command {
	cmd := &cobra.Command{Use: by.use, Short: by.short, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		r, err := readRefund(in, args[0])
		if err != nil {
			return err
		}
		return in.asPerson(open, by.permission, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			made, err := by.ask(deskService(cmd, runner), ctx, at, r)
			if err == nil {
				tellRefunds(cmd.OutOrStdout(), made)
			}
			return err
		})
	}}
	cmd.Flags().Int("expected", 0, "rial that can still be given back, as you believe; where it is another amount nothing happens")
	must(cmd, "expected")
	cmd.Flags().Int("amount", 0, "rial, of one bill; all that is left without it")
	cmd.Flags().String("bill", "", "of this bill alone, by its id")
	cmd.Flags().Bool("with-fee", false, "the order's fee, too")
	cmd.Flags().String("iban", "", "the payer's, for a transfer")
	cmd.Flags().String("reason", "", "why")
	must(cmd, "reason")
	if by.permission == identity.ChargebacksWrite {
		cmd.Flags().String("reference", "", "the bank's number")
		must(cmd, "reference")
	}
	return addPersonFlags(cmd)
}

func readRefund(in *reading, payment string) (payments.RefundRequest, error) {
	fee, err := in.cmd.Flags().GetBool("with-fee")
	if err != nil {
		return payments.RefundRequest{}, err
	}
	r := payments.RefundRequest{Amount: money.Rial(in.number("amount")), Expected: money.Rial(in.number("expected")), WithFee: fee, Reason: in.text("reason"), IBAN: in.text("iban"),
		Key: scope.Key{Value: uuid.NewString(), Operation: "refund", Hash: []byte(payment)}}
	if in.cmd.Flags().Lookup("reference") != nil {
		r.Reference = in.text("reference")
	}
	if r.PaymentID, err = uuid.Parse(payment); err != nil {
		return r, refusal(payments.ErrPaymentUnknown)
	}
	if bill := in.text("bill"); bill != "" {
		if r.BillID, err = uuid.Parse(bill); err != nil {
			return r, refusal(payments.ErrRefundUnknown.On("bill"))
		}
	}
	return r, nil
}

func payRefund(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "paid REFUND", Short: "Say that a granted refund was transferred to its payer", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		id, err := uuid.Parse(args[0])
		if err != nil {
			return refusal(payments.ErrRefundUnknown)
		}
		return in.asPerson(open, identity.RefundsCreate, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			paid, err := deskService(cmd, runner).RefundPaid(ctx, at, id, in.text("reference"), scope.Key{Value: uuid.NewString(), Operation: "refund paid", Hash: []byte(args[0])})
			if err == nil {
				tellRefunds(cmd.OutOrStdout(), []payments.Refund{paid})
			}
			return err
		})
	}}
	cmd.Flags().String("reference", "", "the bank's number of the transfer")
	must(cmd, "reference")
	return addPersonFlags(cmd)
}
