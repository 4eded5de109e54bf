package vehicles

import (
	"context"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// RecordExternalPayment stores a report of the scope's municipality about the vehicle that the scope names, and gives its id. One report per year stands at a
// time. Errors: external_payment_scope, external_payment_year (fiscal_year), external_payment_amount (amount), reference_missing, day_missing and day_future
// (paid_on), registered_vehicle_unknown, external_payment_elsewhere, external_payment_claimed, external_payment_reported.
func (r *Registry) RecordExternalPayment(ctx context.Context, s scope.Scope, report ExternalReport) (uuid.UUID, error) {
	var id uuid.UUID
	err := r.inCity(ctx, s, func(tx *scope.Tx) error {
		if err := r.checkReport(report, r.days.Today(tx.Now)); err != nil {
			return err
		}
		if err := holdVehicle(tx); err != nil {
			return err
		}
		if err := r.checkResident(tx, report.FiscalYear); err != nil {
			return err
		}
		if err := checkUnclaimed(tx, report.FiscalYear); err != nil {
			return err
		}
		id = tx.NewID()
		if err := insertReport(tx, id, report); err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "external_payment.reported", TargetKind: "vehicle", TargetID: tx.VehicleID.String(),
			Details: map[string]any{"report": id, "fiscal_year": report.FiscalYear, "amount_rial": report.AmountRial}})
	})
	return id, err
}

// WithdrawExternalPayment takes a report of the scope's municipality back by a new row, so that the year counts as unpaid again. Errors: external_payment_scope,
// reason_missing, external_payment_unknown, external_payment_withdrawn.
func (r *Registry) WithdrawExternalPayment(ctx context.Context, s scope.Scope, report uuid.UUID, reason string) error {
	return r.inCity(ctx, s, func(tx *scope.Tx) error {
		if reason == "" {
			return errReason.On("reason")
		}
		vehicle, err := insertWithdrawal(tx, report, reason)
		if err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "external_payment.withdrawn", TargetKind: "vehicle", TargetID: vehicle.String(),
			Details: map[string]any{"report": report}})
	})
}

func (r *Registry) inCity(ctx context.Context, s scope.Scope, fn func(*scope.Tx) error) error {
	if s.Kind() != scope.KindMunicipality {
		return errNotCity
	}
	return r.runner.InTx(ctx, s, fn)
}

func (r *Registry) checkReport(report ExternalReport, today time.Time) error {
	switch {
	case report.FiscalYear < 1300 || report.FiscalYear > r.days.FiscalYear(today):
		return errFiscalYear.On("fiscal_year")
	case report.AmountRial <= 0:
		return errAmount.On("amount")
	case report.Reference == "":
		return errReference.On("reference")
	case report.PaidOn.IsZero():
		return errDayMissing.On("paid_on")
	case report.PaidOn.After(today):
		return errDayFuture.On("paid_on")
	}
	return nil
}

// holdVehicle waits for a merge of the vehicle, and then names the vehicle again, which leads to the one that was kept.
func holdVehicle(tx *scope.Tx) error {
	if err := lockMoney(tx, tx.VehicleID); err != nil {
		return err
	}
	return tx.NameVehicle(tx.VehicleID)
}

// checkResident sees the city's own residences alone, so a vehicle that never lived there is as unknown to it as one that does not exist.
func (r *Registry) checkResident(tx *scope.Tx, year int) error {
	periods, err := residenceRelation.load(tx, tx.VehicleID)
	if err != nil {
		return err
	}
	if len(periods) == 0 {
		return errVehicleUnknown.On("vehicle")
	}
	if !residedIn(periods, year, r.days.FiscalYear) {
		return errElsewhere.On("fiscal_year")
	}
	return nil
}
