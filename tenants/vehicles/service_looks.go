package vehicles

import (
	"context"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Question asks who has looked at a vehicle. Names say who; without them only when, why and from what kind of organisation, which is what the owner may be told.
type Question struct {
	Purpose string
	Names   bool
	After   *audit.Key // the end of the page before
	Limit   int        // at least 1
}

// WhoLooked lists the inquiries about, and the readings of, the vehicle that the platform's scope names, under its own registration and those that were merged into
// it, the newest first. That it was asked goes into the audit log, too. more tells whether older ones follow. Errors: registry_scope, reason_missing (purpose),
// registered_vehicle_unknown.
func (r *Registry) WhoLooked(ctx context.Context, s scope.Scope, q Question) (vehicle uuid.UUID, page []audit.Look, more bool, err error) {
	if err := platformFor(s, q.Purpose); err != nil {
		return uuid.Nil, nil, false, err
	}
	return r.looks(ctx, s, q, "vehicle.looks_read")
}

// ownersRight is why an owner is told who has looked: the purpose of that reading itself.
const ownersRight = "disclosure to the owner"

// LooksForOwner is what the owner of a vehicle may be told: when, why and from what kind of organisation in which city somebody has looked at it, by nobody's name.
// The reading is on record as a disclosure. after is the end of the page before, or nil. Errors: registry_scope, registered_vehicle_unknown.
func (r *Registry) LooksForOwner(ctx context.Context, s scope.Scope, after *audit.Key, limit int) (vehicle uuid.UUID, page []audit.Look, more bool, err error) {
	if err := platformFor(s, ownersRight); err != nil {
		return uuid.Nil, nil, false, err
	}
	return r.looks(ctx, s, Question{Purpose: ownersRight, After: after, Limit: limit}, "vehicle.looks_disclosed")
}

func (r *Registry) looks(ctx context.Context, s scope.Scope, q Question, action string) (vehicle uuid.UUID, page []audit.Look, more bool, err error) {
	err = r.runner.InTx(ctx, s, func(tx *scope.Tx) error {
		known, err := loadVehicle(tx)
		if err != nil {
			return err
		}
		merged := Record{Vehicle: known}
		if err := loadMerged(tx, &merged); err != nil {
			return err
		}
		vehicle = known.ID
		targets := []string{vehicle.String()}
		for _, d := range merged.Merged {
			targets = append(targets, d.ID.String())
		}
		page, more, err = audit.Looks(tx, audit.LookQuery{TargetKind: "vehicle", TargetIDs: targets, After: q.After, Limit: q.Limit, Names: q.Names})
		if err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: action, TargetKind: "vehicle", TargetID: vehicle.String(), Purpose: q.Purpose})
	})
	return vehicle, page, more, err
}
