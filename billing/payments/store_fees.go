package payments

import (
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// Fee is the part of a payment that is no city's: the fee that its order fixed, paid with the first slice of the order. Nothing gives it back by itself; once it has gone back, the order's next payment takes it
// again.
type Fee struct {
	IBAN        string
	Amount      money.Rial
	OfficeShare money.Rial // of it, what is the office's; the rest is the platform's
}

// feeGone tells of a payment p with a fee x whether the fee has gone back: with all of the money, before it ever was captured, or by refunds of the fee.
const feeGone = `(p.captured_at IS NULL AND p.state IN ('failed','reversed','refunded')
  OR x.amount_rial <= (SELECT coalesce(sum(r.amount_rial), 0) FROM refunds r WHERE r.payment_id = p.id AND r.municipality_id = 0 AND r.state IN ('granted','paid')))`

// charging reads into fee what an order charges and no payment that may have brought money has taken and kept, for Send; an amount of 0: nothing.
func charging(order uuid.UUID, fee *Fee) scope.Statement {
	return scope.Statement{SQL: `SELECT coalesce(max(a.iban), ''), coalesce(max(o.fee_rial), 0), coalesce(max(o.fee_office_rial), 0)
	  FROM orders o, (SELECT iban FROM fee_accounts ORDER BY number DESC LIMIT 1) a WHERE o.id = ? AND o.fee_class IS NOT NULL AND o.fee_rial > 0
	    AND NOT EXISTS (SELECT 1 FROM payment_fees x JOIN payments p ON p.id = x.payment_id WHERE x.order_id = o.id AND NOT ` + feeGone + `)`,
		Args: []any{order}, Into: []any{&fee.IBAN, &fee.Amount, &fee.OfficeShare}}
}

// feeElsewhere tells whether another payment of an order has, or may have, the fee that a payment is to take.
func feeElsewhere(tx *scope.Tx, p *Payment) (elsewhere bool, err error) {
	if p == nil || p.Fee == nil {
		return false, nil
	}
	err = tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM payment_fees x JOIN payments p ON p.id = x.payment_id WHERE x.order_id = ? AND p.id <> ? AND NOT `+feeGone+`)`, p.OrderID, p.ID).Row().Scan(&elsewhere)
	if err != nil {
		return false, fmt.Errorf("read fee of order: %w", err)
	}
	return elsewhere, nil
}

// taken is the fee that a payment takes; nil: none.
func (f Fee) taken() *Fee {
	if f.Amount == 0 {
		return nil
	}
	return &f
}

// feeEntry is the fee in the platform's own books: what the provider owes it, against what is the office's and what it has earned. False where the payment has none.
func feeEntry(p Payment) (ledger.Entry, bool) {
	if p.Fee == nil {
		return ledger.Entry{}, false
	}
	entry := ledger.Entry{MunicipalityID: ledger.Platform, Kind: "fee", SourceKind: "payment", SourceID: p.ID, OfficeID: p.OfficeID,
		Postings: []ledger.Posting{{Account: ledger.Receivable(p.Provider), Amount: p.Fee.Amount}}}
	for _, credit := range []ledger.Posting{{Account: ledger.OfficeFee(p.OfficeID), Amount: -p.Fee.OfficeShare}, {Account: ledger.PlatformFee, Amount: p.Fee.OfficeShare - p.Fee.Amount}} {
		if credit.Amount != 0 {
			entry.Postings = append(entry.Postings, credit)
		}
	}
	return entry, true
}
