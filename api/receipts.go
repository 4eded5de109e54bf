package api

import (
	"context"

	"mofasa/api/gen"
	"mofasa/billing/payments"
)

// PrintReceipt counts a print of a receipt and gives what goes on the paper.
func (s *server) PrintReceipt(ctx context.Context, r gen.PrintReceiptRequestObject) (gen.PrintReceiptResponseObject, error) {
	p, err := s.Payments.PrintReceipt(ctx, officeOf(ctx), r.ReceiptNumber, keyFor(ctx, r.Params.IdempotencyKey))
	if err != nil {
		return nil, err
	}
	answer := gen.PrintReceipt201JSONResponse{Kind: gen.ReceiptPrintKindOriginal, Copy: p.Copy, At: p.At, OfficeNameFa: p.NameFA, OfficeLicenceNo: p.Licence, Payment: paymentView(p.Payment),
		OrderId: somebody(p.Payment.OrderID), Bills: make([]gen.PrintedBill, 0, len(p.Bills))}
	if p.Copy > 0 {
		answer.Kind = gen.ReceiptPrintKindCopy
	}
	for _, b := range p.Bills {
		answer.Bills = append(answer.Bills, gen.PrintedBill{MunicipalityFa: b.MunicipalityFA, BillId: b.BillID, PaymentId: b.PaymentID, AmountRial: int64(b.Amount)})
	}
	return answer, nil
}

// GetPayment shows one of the office's payments as it stands, whatever it pays.
func (s *server) GetPayment(ctx context.Context, r gen.GetPaymentRequestObject) (gen.GetPaymentResponseObject, error) {
	p, err := s.Payments.Find(ctx, officeOf(ctx), r.PaymentId)
	if err != nil {
		return nil, err
	}
	view, err := s.paymentView(ctx, s.Payments.Look(ctx, p))
	return gen.GetPayment200JSONResponse(view), err
}

// depositLow tells that a payment from the deposit left less than the office wants to be warned of; absent where it did not, or the payment is of another kind.
func depositLow(p payments.Payment) *bool {
	if !p.DepositLow {
		return nil
	}
	return &p.DepositLow
}
