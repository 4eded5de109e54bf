package bills

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

type billedRow struct {
	MunicipalityID int
	BillID         uuid.UUID
	FiscalYear     int
	AmountRial     int64
	Lines          []byte
	Cites          []byte
}

func (r billedRow) due() (BilledDue, error) {
	d := BilledDue{FiscalYear: calendar.FiscalYear(r.FiscalYear), Amount: money.Rial(r.AmountRial)}
	if err := errors.Join(json.Unmarshal(r.Lines, &d.Lines), json.Unmarshal(r.Cites, &d.Cites)); err != nil {
		return BilledDue{}, fmt.Errorf("decode billed due of bill %s: %w", r.BillID, err)
	}
	return d, nil
}

// billedAfter reads the next billed dues in the order of their key.
func billedAfter(tx *scope.Tx, after billedRow, most int) ([]billedRow, error) {
	var rows []billedRow
	err := tx.DB.Raw(`SELECT municipality_id, bill_id, fiscal_year, amount_rial, lines, cites FROM bill_dues
	  WHERE (municipality_id, bill_id, fiscal_year) > (?, ?, ?) ORDER BY municipality_id, bill_id, fiscal_year LIMIT ?`,
		after.MunicipalityID, after.BillID, after.FiscalYear, most).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read billed dues: %w", err)
	}
	return rows, nil
}
