package api

import (
	"context"

	"github.com/google/uuid"

	"mofasa/api/gen"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/tenants/fault"
)

var errBankProgram = fault.Define(fault.Forbidden, "bank_program", "پرداخت در بانک را تنها برنامهٔ خود بانک اعلام می‌کند، نه شخص.", "A bank's own program alone reports what was paid at it, never a person.")

// ReportBankPayment takes a bank's word that a bill was paid at it; a person's word would be money that nobody else has seen.
func (s *server) ReportBankPayment(ctx context.Context, r gen.ReportBankPaymentRequestObject) (gen.ReportBankPaymentResponseObject, error) {
	if personOf(ctx).ClientID == uuid.Nil {
		return nil, errBankProgram
	}
	var in reading
	paid := in.date("paid_on", &r.Body.PaidOn)
	if in.err != nil {
		return nil, in.err
	}
	line, err := s.Payments.ReportBank(ctx, payments.BankLine{Bank: r.Body.Bank, Branch: r.Body.Branch, Channel: r.Body.Channel, Number: r.Body.Number, Trace: r.Body.Trace, Bill: r.Body.BillId,
		Payment: r.Body.PaymentId, Amount: money.Rial(r.Body.AmountRial), Paid: paid}, keyFor(ctx, r.Params.IdempotencyKey))
	if err != nil {
		return nil, err
	}
	return gen.ReportBankPayment200JSONResponse(bankLineView(line)), nil
}

func bankLineView(l payments.BankLine) gen.BankLine {
	v := gen.BankLine{Id: l.ID, File: optional(l.FileName), Bank: l.Bank, Branch: l.Branch, Channel: l.Channel, BillId: l.Bill, PaymentId: l.Payment, Trace: l.Trace,
		Number: optional(l.Number), AmountRial: int64(l.Amount), Outcome: gen.BankOutcome(l.Outcome), Reason: optional(l.Reason), PaymentRecordId: somebody(l.PaymentID), RepeatsId: somebody(l.Repeats), At: l.At}
	if l.Paid.Valid() {
		day := l.Paid.String()
		v.PaidOn = &day
	}
	if l.Line > 0 {
		v.Line = &l.Line
	}
	if l.Problem != "" {
		v.Raw = optional(l.Raw)
	}
	return v
}
