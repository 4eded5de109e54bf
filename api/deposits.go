package api

import (
	"context"
	"errors"

	"mofasa/api/gen"
	"mofasa/billing/deposits"
	"mofasa/billing/money"
	"mofasa/billing/payments"
)

// GetDeposit shows where the deposit of the caller's office stands.
func (s *server) GetDeposit(ctx context.Context, _ gen.GetDepositRequestObject) (gen.GetDepositResponseObject, error) {
	found, err := s.Deposits.Standing(ctx, officeOf(ctx))
	return gen.GetDeposit200JSONResponse(depositView(found)), err
}

// SetDepositWarning sets below which amount the office is warned.
func (s *server) SetDepositWarning(ctx context.Context, r gen.SetDepositWarningRequestObject) (gen.SetDepositWarningResponseObject, error) {
	found, err := s.Deposits.Warn(ctx, officeOf(ctx), money.Rial(r.Body.BelowRial))
	return gen.SetDepositWarning200JSONResponse(depositView(found)), err
}

// GetDepositStatement lists what moved the office's deposit, the newest first.
func (s *server) GetDepositStatement(ctx context.Context, r gen.GetDepositStatementRequestObject) (gen.GetDepositStatementResponseObject, error) {
	page := deposits.Page{Below: given(r.Params.Before), Most: statementPage}
	if r.Params.Limit != nil {
		page.Most = *r.Params.Limit
	}
	found, err := s.Deposits.Statement(ctx, scopeOf(ctx), officeOf(ctx), page)
	answer := gen.GetDepositStatement200JSONResponse{Moves: make([]gen.DepositMove, 0, len(found))}
	for _, m := range found {
		answer.Moves = append(answer.Moves, moveView(m))
	}
	if n := len(found); n == page.Most && found[n-1].Number > 1 {
		answer.Next = &found[n-1].Number
	}
	return answer, err
}

// ListTopUps lists what the office has begun to add to its deposit, the newest first.
func (s *server) ListTopUps(ctx context.Context, r gen.ListTopUpsRequestObject) (gen.ListTopUpsResponseObject, error) {
	found, err := s.Payments.TopUps(ctx, officeOf(ctx), payments.TopUpQuery{Undecided: given(r.Params.Undecided), Before: idOr(r.Params.BeforePayment), Limit: given(r.Params.Limit)})
	answer := gen.ListTopUps200JSONResponse{Payments: make([]gen.Payment, 0, len(found))}
	for _, p := range found {
		view, broken := s.paymentView(ctx, p)
		answer.Payments, err = append(answer.Payments, view), errors.Join(err, broken)
	}
	return answer, err
}

// TopUpDeposit starts one attempt to add to the office's deposit by card.
func (s *server) TopUpDeposit(ctx context.Context, r gen.TopUpDepositRequestObject) (gen.TopUpDepositResponseObject, error) {
	p, err := s.Payments.StartTopUp(ctx, payments.TopUp{OfficeID: officeOf(ctx), Amount: money.Rial(r.Body.AmountRial), Key: keyFor(ctx, r.Params.IdempotencyKey)})
	if err != nil {
		return nil, err
	}
	if p.State == payments.Unknown || p.State == payments.Created {
		return gen.TopUpDeposit202JSONResponse(paymentView(p)), nil
	}
	return gen.TopUpDeposit201JSONResponse(paymentView(p)), nil
}

// ListOwnTransfers shows what the office has declared.
func (s *server) ListOwnTransfers(ctx context.Context, _ gen.ListOwnTransfersRequestObject) (gen.ListOwnTransfersResponseObject, error) {
	found, err := s.Deposits.Transfers(ctx, scopeOf(ctx), "")
	return gen.ListOwnTransfers200JSONResponse{Transfers: transfersView(found)}, err
}

// DeclareTransfer tells the platform of a transfer to its account.
func (s *server) DeclareTransfer(ctx context.Context, r gen.DeclareTransferRequestObject) (gen.DeclareTransferResponseObject, error) {
	var in reading
	t := deposits.Transfer{OfficeID: officeOf(ctx), Amount: money.Rial(r.Body.AmountRial), Reference: r.Body.Reference, PaidOn: in.day("paid_on", &r.Body.PaidOn)}
	if in.err != nil {
		return nil, in.err
	}
	declared, err := s.Deposits.Once(keyFor(ctx, r.Params.IdempotencyKey)).Declare(ctx, t)
	return gen.DeclareTransfer201JSONResponse(transferView(declared)), err
}

// ListOwnWithdrawals shows what the office has asked back.
func (s *server) ListOwnWithdrawals(ctx context.Context, _ gen.ListOwnWithdrawalsRequestObject) (gen.ListOwnWithdrawalsResponseObject, error) {
	found, err := s.Deposits.Withdrawals(ctx, scopeOf(ctx), "")
	return gen.ListOwnWithdrawals200JSONResponse{Withdrawals: withdrawalsView(found)}, err
}

// AskWithdrawal holds unused money that the office wants back.
func (s *server) AskWithdrawal(ctx context.Context, r gen.AskWithdrawalRequestObject) (gen.AskWithdrawalResponseObject, error) {
	asked, err := s.Deposits.Once(keyFor(ctx, r.Params.IdempotencyKey)).AskBack(ctx, deposits.Withdrawal{OfficeID: officeOf(ctx), Amount: money.Rial(r.Body.AmountRial), IBAN: r.Body.Iban})
	return gen.AskWithdrawal201JSONResponse(withdrawalView(asked)), err
}

// ListDeposits shows the platform where the deposits of all offices stand.
func (s *server) ListDeposits(ctx context.Context, _ gen.ListDepositsRequestObject) (gen.ListDepositsResponseObject, error) {
	found, err := s.Deposits.List(ctx)
	answer := gen.ListDeposits200JSONResponse{Deposits: make([]gen.Deposit, 0, len(found))}
	for _, d := range found {
		answer.Deposits = append(answer.Deposits, depositView(d))
	}
	return answer, err
}

// ListTransfers shows the platform what offices have declared.
func (s *server) ListTransfers(ctx context.Context, r gen.ListTransfersRequestObject) (gen.ListTransfersResponseObject, error) {
	found, err := s.Deposits.Transfers(ctx, scopeOf(ctx), deposits.TransferState(given(r.Params.State)))
	return gen.ListTransfers200JSONResponse{Transfers: transfersView(found)}, err
}

// CreditTransfer adds a transfer that has arrived to the office's deposit.
func (s *server) CreditTransfer(ctx context.Context, r gen.CreditTransferRequestObject) (gen.CreditTransferResponseObject, error) {
	t, err := s.Deposits.Once(keyFor(ctx, r.Params.IdempotencyKey)).Credit(ctx, r.TransferId)
	return gen.CreditTransfer200JSONResponse(transferView(t)), err
}

// RefuseTransfer ends a transfer that has not arrived.
func (s *server) RefuseTransfer(ctx context.Context, r gen.RefuseTransferRequestObject) (gen.RefuseTransferResponseObject, error) {
	t, err := s.Deposits.Once(keyFor(ctx, r.Params.IdempotencyKey)).RefuseTransfer(ctx, r.TransferId, r.Body.Remark)
	return gen.RefuseTransfer200JSONResponse(transferView(t)), err
}

// ListWithdrawals shows the platform what offices want back.
func (s *server) ListWithdrawals(ctx context.Context, r gen.ListWithdrawalsRequestObject) (gen.ListWithdrawalsResponseObject, error) {
	found, err := s.Deposits.Withdrawals(ctx, scopeOf(ctx), deposits.WithdrawalState(given(r.Params.State)))
	return gen.ListWithdrawals200JSONResponse{Withdrawals: withdrawalsView(found)}, err
}

// PayWithdrawal records the transfer by which the platform gave money back.
func (s *server) PayWithdrawal(ctx context.Context, r gen.PayWithdrawalRequestObject) (gen.PayWithdrawalResponseObject, error) {
	w, err := s.Deposits.Once(keyFor(ctx, r.Params.IdempotencyKey)).PayBack(ctx, r.WithdrawalId, r.Body.Reference)
	return gen.PayWithdrawal200JSONResponse(withdrawalView(w)), err
}

// RefuseWithdrawal releases what was held for a withdrawal.
func (s *server) RefuseWithdrawal(ctx context.Context, r gen.RefuseWithdrawalRequestObject) (gen.RefuseWithdrawalResponseObject, error) {
	w, err := s.Deposits.Once(keyFor(ctx, r.Params.IdempotencyKey)).RefuseWithdrawal(ctx, r.WithdrawalId, r.Body.Remark)
	return gen.RefuseWithdrawal200JSONResponse(withdrawalView(w)), err
}

func depositView(d deposits.Standing) gen.Deposit {
	return gen.Deposit{OfficeId: d.OfficeID, LicenceNo: d.Licence, NameFa: d.NameFA, AvailableRial: int64(d.Available), HeldRial: int64(d.Held), WarnBelowRial: int64(d.WarnBelow), Low: d.Low(),
		LowSince: moment(d.LowSince)}
}

func moveView(m deposits.Move) gen.DepositMove {
	v := gen.DepositMove{Number: m.Number, Kind: gen.DepositMoveKind(m.Kind), AmountRial: int64(m.Amount), AvailableRial: int64(m.Available), HeldRial: int64(m.Held), SourceKind: m.Source.Kind,
		SourceId: m.Source.ID, OrderId: somebody(m.OrderID), Reference: optional(m.Reference), At: m.At, ActorId: somebody(m.ActorID)}
	if m.Receipt != 0 {
		v.ReceiptNumber = &m.Receipt
	}
	return v
}

func transfersView(list []deposits.Transfer) []gen.DepositTransfer {
	views := make([]gen.DepositTransfer, 0, len(list))
	for _, t := range list {
		views = append(views, transferView(t))
	}
	return views
}

func transferView(t deposits.Transfer) gen.DepositTransfer {
	return gen.DepositTransfer{Id: t.ID, OfficeId: t.OfficeID, AmountRial: int64(t.Amount), Reference: t.Reference, PaidOn: dayView(t.PaidOn), State: gen.DepositTransferState(t.State),
		DeclaredAt: t.DeclaredAt, DeclaredBy: t.DeclaredBy, DecidedAt: moment(t.Decision.At), DecidedBy: somebody(t.Decision.By), Remark: optional(t.Decision.Remark)}
}

func withdrawalsView(list []deposits.Withdrawal) []gen.DepositWithdrawal {
	views := make([]gen.DepositWithdrawal, 0, len(list))
	for _, w := range list {
		views = append(views, withdrawalView(w))
	}
	return views
}

func withdrawalView(w deposits.Withdrawal) gen.DepositWithdrawal {
	return gen.DepositWithdrawal{Id: w.ID, OfficeId: w.OfficeID, AmountRial: int64(w.Amount), Iban: w.IBAN, State: gen.DepositWithdrawalState(w.State), AskedAt: w.AskedAt, AskedBy: w.AskedBy,
		Reference: optional(w.Reference), DecidedAt: moment(w.Decision.At), DecidedBy: somebody(w.Decision.By), Remark: optional(w.Decision.Remark)}
}
