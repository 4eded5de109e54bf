package vehicles

import (
	"context"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Read gives what the scope may see of the vehicle that it names: the platform all of it; an office all of the one vehicle; a city the vehicles that have lived
// in it, with their plates and its own residences. The purpose goes into the audit record. Errors: reason_missing (purpose), registered_vehicle_unknown.
func (r *Registry) Read(ctx context.Context, s scope.Scope, purpose string) (Record, error) {
	if purpose == "" {
		return Record{}, errReason.On("purpose")
	}
	var record Record
	err := r.runner.InTx(ctx, s, func(tx *scope.Tx) error {
		var err error
		if record, err = loadRecord(tx); err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "vehicle.read", TargetKind: "vehicle", TargetID: record.Vehicle.ID.String(), Purpose: purpose})
	})
	if err != nil {
		return Record{}, err
	}
	return record, nil
}
