package vehicles

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// ExternalPayments lists the reports that stand about a vehicle, as far as the scope sees them: all of them the platform and an office that names the vehicle,
// its own a municipality; by municipality and fiscal year.
func ExternalPayments(tx *scope.Tx, vehicle uuid.UUID) ([]ExternalPayment, error) {
	var rows []struct {
		MunicipalityID int
		ID             uuid.UUID
		FiscalYear     int
		AmountRial     int64
		PaidOn         time.Time
		Reference      string
		ReportedAt     time.Time
	}
	err := tx.DB.Raw(`SELECT e.municipality_id, e.id, e.fiscal_year, e.amount_rial, e.paid_on, e.reference, e.reported_at FROM external_payments e
	  WHERE e.vehicle_id = ? AND e.withdraws IS NULL
	  AND NOT EXISTS (SELECT FROM external_payments w WHERE w.municipality_id = e.municipality_id AND w.withdraws = e.id)
	  ORDER BY e.municipality_id, e.fiscal_year`, vehicle).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("load external payments: %w", err)
	}
	var payments []ExternalPayment
	for _, row := range rows {
		payments = append(payments, ExternalPayment{ID: row.ID, MunicipalityID: row.MunicipalityID, VehicleID: vehicle, ReportedAt: row.ReportedAt,
			ExternalReport: ExternalReport{FiscalYear: row.FiscalYear, AmountRial: row.AmountRial, PaidOn: row.PaidOn, Reference: row.Reference}})
	}
	return payments, nil
}

// checkUnclaimed refuses a year that is being paid or paid here. Whoever claims it at this moment holds the vehicle shared, so one of the two comes second.
func checkUnclaimed(tx *scope.Tx, year int) error {
	held := tx.DB.Exec(`SELECT FROM due_claims WHERE municipality_id = scope_municipality() AND vehicle_id = ? AND fiscal_year = ?
	  AND (state IN ('paid', 'paying') OR state = 'claimed' AND claimed_until >= scope_now())`, tx.VehicleID, year)
	if held.Error != nil {
		return fmt.Errorf("look for claim: %w", held.Error)
	}
	if held.RowsAffected > 0 {
		return errClaimed.On("fiscal_year")
	}
	return nil
}

// insertReport numbers the report after those that were withdrawn; a report that stands, or one that is being made, has the number already.
func insertReport(tx *scope.Tx, id uuid.UUID, r ExternalReport) error {
	err := tx.DB.Exec(`INSERT INTO external_payments (municipality_id, id, vehicle_id, fiscal_year, number, amount_rial, paid_on, reference, reported_at, actor_id)
	  SELECT scope_municipality(), ?, ?, ?, 1 + count(*), ?, ?, ?, ?, ? FROM external_payments
	  WHERE municipality_id = scope_municipality() AND vehicle_id = ? AND fiscal_year = ? AND withdraws IS NOT NULL`,
		id, tx.VehicleID, r.FiscalYear, r.AmountRial, r.PaidOn, r.Reference, tx.Now, actorID(tx), tx.VehicleID, r.FiscalYear).Error
	if scope.Constraint(err) == "external_payments_number" {
		return errReported.On("fiscal_year")
	}
	if err != nil {
		return fmt.Errorf("report external payment: %w", err)
	}
	return nil
}

func insertWithdrawal(tx *scope.Tx, report uuid.UUID, reason string) (vehicle uuid.UUID, err error) {
	err = tx.DB.Raw(`INSERT INTO external_payments (municipality_id, id, vehicle_id, fiscal_year, withdraws, reason, reported_at, actor_id)
	  SELECT municipality_id, ?, vehicle_id, fiscal_year, id, ?, ?, ? FROM external_payments WHERE municipality_id = scope_municipality() AND id = ? AND withdraws IS NULL
	  RETURNING vehicle_id`, tx.NewID(), reason, tx.Now, actorID(tx), report).Row().Scan(&vehicle)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return uuid.Nil, errPaymentUnknown.On("report")
	case scope.Constraint(err) == "external_payments_withdraws":
		return uuid.Nil, errWithdrawn.On("report")
	case err != nil:
		return uuid.Nil, fmt.Errorf("withdraw external payment: %w", err)
	}
	return vehicle, nil
}
