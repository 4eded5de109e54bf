package payments

import (
	"context"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

var errReceipt = fault.Define(fault.NotFound, "receipt_unknown", "چنین رسیدی نزد شما ثبت نشده است.", "No such receipt is registered with you.")

// Print is a receipt as it goes on paper.
type Print struct {
	Copy    int // 0: the original; otherwise the paper says «المثنی» and this number
	At      time.Time
	NameFA  string // of the office
	Licence string
	Payment Payment
	Bills   []PrintedBill
}

// PrintedBill is a bill that the payment paid, with the numbers by which its city knows it.
type PrintedBill struct {
	MunicipalityFA string
	BillID         string
	PaymentID      string
	Amount         money.Rial
}

// PrintReceipt counts a print of one of the office's receipts and gives what goes on it: the first print is the original, every other one a numbered copy, whoever prints
// and however many at once. Errors: receipt_unknown.
func (s *Service) PrintReceipt(ctx context.Context, office uuid.UUID, number int64, key scope.Key) (printed Print, err error) {
	err = s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		printed, err = scope.Once(tx, key, func() (Print, error) { return printReceipt(tx, number) })
		return err
	})
	return printed, err
}

func printReceipt(tx *scope.Tx, number int64) (Print, error) {
	p := Print{At: tx.Now}
	payment, err := paymentOfReceipt(tx, number)
	if err != nil {
		return p, err
	}
	if p.Payment, err = load(tx, payment, false); err != nil {
		return p, err
	}
	if p.Bills, err = printedBills(tx, payment); err != nil {
		return p, err
	}
	if p.NameFA, p.Licence, err = officeOnPaper(tx, p.Payment.OfficeID); err != nil {
		return p, err
	}
	n, err := countPrint(tx, p.Payment.OfficeID, number)
	if err != nil {
		return p, err
	}
	p.Copy = n - 1
	return p, audit.Write(tx, audit.Record{Action: "receipt.printed", TargetKind: "payment", TargetID: payment.String(), Details: map[string]any{"receipt": number, "copy": p.Copy}})
}

// Find reads one of the office's payments; the provider is asked about an unfinished one, as Look does. Errors: ErrPaymentUnknown.
func (s *Service) Find(ctx context.Context, office, id uuid.UUID) (p Payment, err error) {
	err = s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) error {
		known, err := isKnown(tx, id)
		if err != nil {
			return err
		}
		if !known {
			return ErrPaymentUnknown
		}
		p, err = load(tx, id, false)
		return err
	})
	if err != nil {
		return p, err
	}
	return s.Look(ctx, p), nil
}
