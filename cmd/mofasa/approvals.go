package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"mofasa/api"
	"mofasa/billing/calendar"
	"mofasa/billing/packs"
	"mofasa/tenants/approvals"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

func newApprovalsCommand(open opener) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "approvals",
		Short: "List what waits for a second person, and decide about it",
		Long: `List what waits for a second person at the office, in the city or on the platform where --user works, and decide about it. Whoever asked, or had a hand in it,
cannot decide; nobody can once it has expired. Tariffs and their corrections are decided by "mofasa tariffs".`,
	}
	cmd.AddCommand(listApprovals(open), decideApproval(open))
	return cmd
}

func listApprovals(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "What waits for a decision, newest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		in := &reading{cmd: cmd}
		q := approvals.Query{State: approvals.State(in.text("state"))}
		if q.State == "all" {
			q.State = ""
		}
		return in.asPerson(open, identity.ApprovalsRead, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			list, err := approvals.NewService(runner, nil).List(ctx, at, q)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), approvalTable(list))
			return err
		})
	}}
	cmd.Flags().String("state", string(approvals.Waiting), "open, approved, refused, expired, withdrawn, or all")
	return addPersonFlags(cmd)
}

func approvalTable(list []approvals.Approval) string {
	rows := [][]string{{"approval", "kind", "state", "until", "what", "why"}}
	for _, a := range list {
		rows = append(rows, []string{a.ID.String(), string(a.Kind), string(a.State), calendar.DateOf(a.ExpiresAt).String(), a.Summary.EN, a.Reason})
	}
	return strings.Join(columns(rows), "\n") + "\n"
}

func decideApproval(open opener) *cobra.Command {
	cmd := &cobra.Command{Use: "decide APPROVAL", Short: "Approve or refuse what another person has asked for", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		in := &reading{cmd: cmd}
		id, err := uuid.Parse(args[0])
		if err != nil {
			return refusal(approvals.ErrUnknown)
		}
		return in.asPerson(open, identity.ApprovalsDecide, func(ctx context.Context, runner *scope.Runner, at scope.Scope) error {
			paid := deskService(cmd, runner)
			a, err := approvals.NewService(runner, api.Executes(packs.NewService(runner), paid)).OnRefusal(approvals.Refund, paid.RefundRefused).Decide(ctx, at, id, approvals.Verdict(in.text("verdict")), in.text("remark"))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", a.Summary.EN, a.State)
			return err
		})
	}}
	cmd.Flags().String("verdict", "", "approve or refuse")
	must(cmd, "verdict")
	cmd.Flags().String("remark", "", "why; needed to refuse")
	return addPersonFlags(cmd)
}
