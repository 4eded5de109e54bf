package payments

import (
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// Fee is the part of a payment that is no city's: the fee that its order fixed, paid with the first slice of the order. Nothing gives it back by itself.
type Fee struct {
	IBAN        string
	Amount      money.Rial
	OfficeShare money.Rial // of it, what is the office's; the rest is the platform's
}

// fee is what an order charges and no payment that may have brought money has taken; nil: nothing.
func fee(tx *scope.Tx, order uuid.UUID) (*Fee, error) {
	var found []Fee
	err := tx.DB.Raw(`SELECT a.iban, o.fee_rial AS amount, o.fee_office_rial AS office_share FROM orders o, (SELECT iban FROM fee_accounts ORDER BY number DESC LIMIT 1) a
	  WHERE o.id = ? AND o.fee_class IS NOT NULL AND o.fee_rial > 0
	    AND NOT EXISTS (SELECT 1 FROM payment_fees x JOIN payments p ON p.id = x.payment_id WHERE x.order_id = o.id AND p.state <> 'failed')`, order).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("read fee of an order: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return &found[0], nil
}

func insertFee(tx *scope.Tx, p Payment) error {
	if p.Fee == nil {
		return nil
	}
	err := tx.DB.Exec(`INSERT INTO payment_fees (payment_id, order_id, office_id, iban, amount_rial) VALUES (?, ?, ?, ?, ?)`,
		p.ID, p.OrderID, p.OfficeID, p.Fee.IBAN, p.Fee.Amount).Error
	if err != nil {
		return fmt.Errorf("insert fee: %w", err)
	}
	return nil
}

// postFee enters the fee in the platform's own books: what the provider owes it, against what is the office's and what it has earned.
func postFee(tx *scope.Tx, p Payment) error {
	if p.Fee == nil {
		return nil
	}
	entry := ledger.Entry{MunicipalityID: ledger.Platform, Kind: "fee", SourceKind: "payment", SourceID: p.ID, OfficeID: p.OfficeID,
		Postings: []ledger.Posting{{Account: ledger.Receivable(p.Provider), Amount: p.Fee.Amount}}}
	for _, credit := range []ledger.Posting{{Account: ledger.OfficeFee(p.OfficeID), Amount: -p.Fee.OfficeShare}, {Account: ledger.PlatformFee, Amount: p.Fee.OfficeShare - p.Fee.Amount}} {
		if credit.Amount != 0 {
			entry.Postings = append(entry.Postings, credit)
		}
	}
	return ledger.Post(tx, entry)
}
