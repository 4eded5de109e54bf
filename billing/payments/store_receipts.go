package payments

import (
	"fmt"
	"strconv"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// paymentOfReceipt finds what a receipt of the scope is about. Errors: receipt_unknown.
func paymentOfReceipt(tx *scope.Tx, number int64) (uuid.UUID, error) {
	var ids []uuid.UUID
	if err := tx.DB.Raw(`SELECT payment_id FROM receipts WHERE number = ?`, number).Scan(&ids).Error; err != nil {
		return uuid.Nil, fmt.Errorf("find receipt: %w", err)
	}
	if len(ids) == 0 {
		return uuid.Nil, errReceipt
	}
	return ids[0], nil
}

// isKnown tells whether the scope sees a payment.
func isKnown(tx *scope.Tx, id uuid.UUID) (known bool, err error) {
	if err := tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM payments WHERE id = ?)`, id).Row().Scan(&known); err != nil {
		return false, fmt.Errorf("find payment: %w", err)
	}
	return known, nil
}

func printedBills(tx *scope.Tx, payment uuid.UUID) ([]PrintedBill, error) {
	var rows []struct {
		NameFA, BillID, PaymentID string
		AmountRial                int64
	}
	err := tx.DB.Raw(`SELECT m.name_fa, b.bill_id, b.payment_id, b.amount_rial FROM bills b JOIN municipalities m ON m.id = b.municipality_id
	  WHERE EXISTS (SELECT 1 FROM payment_bills x WHERE x.payment_id = ? AND x.municipality_id = b.municipality_id AND x.bill_id = b.id) ORDER BY b.municipality_id`, payment).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read bills of receipt: %w", err)
	}
	list := make([]PrintedBill, len(rows))
	for i, r := range rows {
		list[i] = PrintedBill{MunicipalityFA: r.NameFA, BillID: r.BillID, PaymentID: r.PaymentID, Amount: money.Rial(r.AmountRial)}
	}
	return list, nil
}

func officeOnPaper(tx *scope.Tx, office uuid.UUID) (name, licence string, err error) {
	if err := tx.DB.Raw(`SELECT name_fa, licence_no FROM offices WHERE id = ?`, office).Row().Scan(&name, &licence); err != nil {
		return "", "", fmt.Errorf("read office of receipt: %w", err)
	}
	return name, licence, nil
}

// countPrint writes down the next print of a receipt; of several at once each gets a number of its own. The lock is a statement of its own, so that the counting sees what
// its holder before committed.
func countPrint(tx *scope.Tx, office uuid.UUID, receipt int64) (number int, err error) {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('receipt ' || ?::text, 0))`, strconv.FormatInt(receipt, 10)).Error; err != nil {
		return 0, fmt.Errorf("lock receipt: %w", err)
	}
	actor := map[bool]string{true: "person_id", false: "client_id"}[tx.Actor.Kind == scope.ActorPerson]
	err = tx.DB.Raw(`INSERT INTO receipt_prints (receipt_number, number, kind, office_id, at, `+actor+`)
	  SELECT ?, count(*) + 1, CASE count(*) WHEN 0 THEN 'original' ELSE 'copy' END, ?, ?, ? FROM receipt_prints WHERE receipt_number = ? RETURNING number`, receipt, office, tx.Now, tx.Actor.ID, receipt).Row().Scan(&number)
	if err != nil {
		return 0, fmt.Errorf("count print: %w", err)
	}
	return number, nil
}
