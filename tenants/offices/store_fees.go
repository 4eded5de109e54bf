package offices

import (
	"fmt"
	"time"

	"mofasa/tenants/approvals"
	"mofasa/tenants/scope"
)

// insertFee gives the amount the next revision of its day. Of two at once the second is fee_meanwhile.
func insertFee(tx *scope.Tx, f Fee) (revision int, err error) {
	err = tx.DB.Raw(`INSERT INTO fee_schedule (service, office_class, valid_from, revision, amount_rial, reference, set_by, set_at)
	  SELECT ?, ?, CAST(? AS date), 1 + coalesce(max(revision), 0), ?, ?, ?, ? FROM fee_schedule WHERE service = ? AND office_class = ? AND valid_from = ? RETURNING revision`,
		f.Service, f.OfficeClass, f.ValidFrom, f.AmountRial, f.Reference, nullID(tx.Actor.ID), tx.Now, f.Service, f.OfficeClass, f.ValidFrom).Row().Scan(&revision)
	if scope.Constraint(err) == "fee_schedule_pkey" {
		return 0, errFeeTwice
	}
	if err != nil {
		return 0, fmt.Errorf("set fee: %w", err)
	}
	return revision, nil
}

// insertFeeAccount gives the account the next number. Of two at once the second is fee_meanwhile.
func insertFeeAccount(tx *scope.Tx, iban string, why approvals.Approval) (number int, err error) {
	err = tx.DB.Raw(`INSERT INTO fee_accounts (number, iban, reason, asked_by, approved_by, at) SELECT 1 + coalesce(max(number), 0), ?, ?, ?, ?, ? FROM fee_accounts RETURNING number`,
		iban, why.Reason, nullID(why.RequestedBy), nullID(why.DecidedBy), tx.Now).Row().Scan(&number)
	if scope.Constraint(err) == "fee_accounts_pkey" {
		return 0, errFeeTwice
	}
	if err != nil {
		return 0, fmt.Errorf("set account of fees: %w", err)
	}
	return number, nil
}

func feeAccount(tx *scope.Tx) (*FeeAccount, error) {
	var rows []FeeAccount
	if err := tx.DB.Raw(`SELECT number, iban, at FROM fee_accounts ORDER BY number DESC LIMIT 1`).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read account of fees: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	rows[0].At = rows[0].At.UTC()
	return &rows[0], nil
}

func listFees(tx *scope.Tx) ([]Fee, error) {
	var rows []Fee
	err := tx.DB.Raw(`SELECT service, office_class, valid_from, revision, amount_rial, reference, set_at, valid_from <= scope_today()
	    AND row_number() OVER (PARTITION BY service, office_class, valid_from <= scope_today() ORDER BY valid_from DESC, revision DESC) = 1 AS holds
	  FROM fee_schedule ORDER BY service, office_class, valid_from, revision`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list fees: %w", err)
	}
	for i := range rows {
		rows[i].ValidFrom, rows[i].SetAt = rows[i].ValidFrom.UTC(), rows[i].SetAt.In(time.UTC)
	}
	return rows, nil
}
