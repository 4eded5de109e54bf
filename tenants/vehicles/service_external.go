package vehicles

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// RecordExternalPayment stores a report of the scope's municipality about the vehicle that the scope names, and gives its id. One report per year stands at a
// time. Errors: external_payment_scope, external_payment_year (fiscal_year), external_payment_amount (amount), reference_missing, day_missing and day_future
// (paid_on), registered_vehicle_unknown, external_payment_elsewhere, external_payment_claimed, external_payment_reported.
func (r *Registry) RecordExternalPayment(ctx context.Context, s scope.Scope, report ExternalReport) (uuid.UUID, error) {
	return inCity(ctx, r, s, func(tx *scope.Tx) (uuid.UUID, error) {
		if err := r.checkReport(report, r.days.Today(tx.Now)); err != nil {
			return uuid.Nil, err
		}
		if err := HoldVehicle(tx); err != nil {
			return uuid.Nil, err
		}
		if err := r.checkResident(tx, report.FiscalYear); err != nil {
			return uuid.Nil, err
		}
		if err := checkUnclaimed(tx, report.FiscalYear); err != nil {
			return uuid.Nil, err
		}
		id := tx.NewID()
		if err := insertReport(tx, id, report); err != nil {
			return uuid.Nil, err
		}
		return id, audit.Write(tx, audit.Record{Action: "external_payment.reported", TargetKind: "vehicle", TargetID: tx.VehicleID.String(),
			Details: map[string]any{"report": id, "fiscal_year": report.FiscalYear, "amount_rial": report.AmountRial}})
	})
}

// WithdrawExternalPayment takes a report of the scope's municipality back by a new row, so that the year counts as unpaid again. Errors: external_payment_scope,
// reason_missing, external_payment_unknown, external_payment_withdrawn.
func (r *Registry) WithdrawExternalPayment(ctx context.Context, s scope.Scope, report uuid.UUID, reason string) error {
	_, err := inCity(ctx, r, s, func(tx *scope.Tx) (none struct{}, err error) {
		if reason == "" {
			return none, errReason.On("reason")
		}
		vehicle, err := insertWithdrawal(tx, report, reason)
		if err != nil {
			return none, err
		}
		return none, audit.Write(tx, audit.Record{Action: "external_payment.withdrawn", TargetKind: "vehicle", TargetID: vehicle.String(),
			Details: map[string]any{"report": report}})
	})
	return err
}

func inCity[T any](ctx context.Context, r *Registry, s scope.Scope, fn func(*scope.Tx) (T, error)) (answer T, err error) {
	if s.Kind() != scope.KindMunicipality {
		return answer, errNotCity
	}
	return inTxOnce(ctx, r, s, fn)
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

// HoldVehicle waits for orders, reports, decisions and a merge of the vehicle that the scope names and makes those that come after wait for this
// transaction. A merge that it waited for leads to the vehicle that was kept, which it then holds and names as well.
func HoldVehicle(tx *scope.Tx) error { return hold(tx, tx.VehicleID, lockMoney) }

// HoldMoney makes merges, reports and decisions about a vehicle wait until the transaction that claims its dues has ended; claims do not wait for each other here.
// It names the vehicle, or the one that was kept, which it then holds as well: a claim may start from an inquiry that is older than a merge.
func HoldMoney(tx *scope.Tx, vehicle uuid.UUID) error { return hold(tx, vehicle, shareMoney) }

// hold locks and names the vehicle, and again the one to which a merge leads.
func hold(tx *scope.Tx, vehicle uuid.UUID, lock func(*scope.Tx, uuid.UUID) error) error {
	for held := uuid.Nil; held != vehicle; vehicle = tx.VehicleID {
		held = vehicle
		if err := lock(tx, held); err != nil {
			return err
		}
		if err := tx.NameVehicle(held); err != nil {
			return fmt.Errorf("name vehicle: %w", err)
		}
	}
	return nil
}

// checkResident sees the city's own residences alone, so a vehicle that never lived there is as unknown to it as one that does not exist.
func (r *Registry) checkResident(tx *scope.Tx, year int) error {
	periods, err := residenceRelation.load(tx, tx.VehicleID)
	if err != nil {
		return err
	}
	if len(periods) == 0 {
		return ErrVehicleUnknown.On("vehicle")
	}
	if !residedIn(periods, year, r.days.FiscalYear) {
		return errElsewhere.On("fiscal_year")
	}
	return nil
}
