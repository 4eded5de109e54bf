package decisions

import (
	"context"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// Service takes and ends decisions. The authority is the scope's: a municipality decides about its own dues, the platform, for a national body, about
// those of every city. Every use case is one transaction with one audit record; in any other scope it is decision_scope.
type Service struct {
	tx   *scope.Runner
	once *scope.Key
}

// NewService binds the service to its transactions.
func NewService(tx *scope.Runner) *Service { return &Service{tx: tx} }

// Once gives the service for one use case that happens once per Idempotency-Key: repeated, it answers as the first time and changes nothing.
func (s *Service) Once(key scope.Key) *Service { return &Service{tx: s.tx, once: &key} }

// Decide stores a decision about the vehicle that the scope names by id, VIN or plate. A vehicle that never lived in the deciding city is as unknown to it as
// one that does not exist. An order that is being made at this moment is made before or after, whole. Errors: registered_vehicle_unknown (vehicle), and
// decision_kind, decision_charge, decision_years, decision_measure, decision_reason, decision_valid_from, decision_valid_to on their fields.
func (s *Service) Decide(ctx context.Context, in scope.Scope, r Request) (Decision, error) {
	return run(ctx, s, in, func(tx *scope.Tx) (Decision, error) {
		today := calendar.DateOf(tx.Now)
		decided, err := r.decision(tx, today)
		if err != nil {
			return Decision{}, err
		}
		if err := hold(tx); err != nil {
			return Decision{}, err
		}
		d := Decision{Decision: decided, VehicleID: tx.VehicleID, RecordedAt: tx.Now}
		d.State = d.StateOn(today)
		if err := Record(tx, d.VehicleID, d.Decision); err != nil {
			return Decision{}, err
		}
		return d, audit.Write(tx, audit.Record{Action: "decision.granted", TargetKind: "vehicle", TargetID: d.VehicleID.String(), Details: map[string]any{
			"decision": d.ID, "kind": d.Kind, "from_year": d.FromYear, "through_year": d.ThroughYear, "rate_ppm": d.Rate, "amount_rial": d.Amount, "valid_from": d.ValidFrom}})
	})
}

// End ends a decision of the scope's own authority: on the day, today where it is zero, it holds no more. One that has not begun then never holds. Assessments
// of earlier days keep it. Errors: decision_reason (reason), decision_end_day (day), decision_unknown (decision), decision_of_correction, and decision_ended
// where it has ended, or somebody has set its end.
func (s *Service) End(ctx context.Context, in scope.Scope, id uuid.UUID, day calendar.Date, reason fault.Text) (Decision, error) {
	reason = trimmed(reason)
	return run(ctx, s, in, func(tx *scope.Tx) (Decision, error) {
		today := calendar.DateOf(tx.Now)
		if day.IsZero() {
			day = today
		}
		switch {
		case !readable(reason):
			return Decision{}, errReason.On("reason")
		case !day.Valid() || day.Before(today):
			return Decision{}, errEndDay.On("day")
		}
		d, err := openToEnd(tx, id)
		if err != nil {
			return Decision{}, err
		}
		switch {
		case d.Correction != "":
			return Decision{}, errCorrection.On("decision")
		case d.End != nil || !d.ValidTo.IsZero() && !day.Before(d.ValidTo):
			return Decision{}, ErrEnded.On("decision")
		}
		d.End = &End{ID: tx.NewID(), Day: day, Reason: reason, Actor: actor(tx), RecordedAt: tx.Now}
		if err := insertEnd(tx, d); err != nil {
			return Decision{}, err
		}
		d.ValidTo = day
		d.State = d.StateOn(today)
		return d, audit.Write(tx, audit.Record{Action: "decision.ended", TargetKind: "vehicle", TargetID: d.VehicleID.String(),
			Details: map[string]any{"decision": d.ID, "end": d.End.ID, "day": day}})
	})
}

// openToEnd waits for whoever reckons with the vehicle's money, and reads the decision.
func openToEnd(tx *scope.Tx, id uuid.UUID) (Decision, error) {
	vehicle, err := vehicleOf(tx, id)
	if err != nil {
		return Decision{}, err
	}
	if err := tx.NameVehicle(vehicle); err != nil {
		return Decision{}, err
	}
	if err := vehicles.HoldVehicle(tx); err != nil {
		return Decision{}, err
	}
	return find(tx, id)
}

// OfVehicle lists the decisions about the vehicle that the scope names, oldest first: every one to the platform, its own and the national ones to a city.
// The purpose goes into the audit record. Errors: decision_purpose (purpose), registered_vehicle_unknown (vehicle).
func (s *Service) OfVehicle(ctx context.Context, in scope.Scope, purpose string) ([]Decision, error) {
	return run(ctx, s, in, func(tx *scope.Tx) ([]Decision, error) {
		if purpose == "" {
			return nil, errPurpose.On("purpose")
		}
		if err := known(tx); err != nil {
			return nil, err
		}
		list, err := ofVehicle(tx)
		if err != nil {
			return nil, err
		}
		return list, audit.Write(tx, audit.Record{Action: "decision.listed", TargetKind: "vehicle", TargetID: tx.VehicleID.String(), Purpose: purpose})
	})
}

// hold makes orders, merges and reports about the vehicle wait; what it waits for may have merged the vehicle, so it is looked up afterwards.
func hold(tx *scope.Tx) error {
	if tx.VehicleID == uuid.Nil {
		return vehicles.ErrVehicleUnknown.On("vehicle")
	}
	if err := vehicles.HoldVehicle(tx); err != nil {
		return err
	}
	return known(tx)
}

func run[T any](ctx context.Context, s *Service, in scope.Scope, fn func(*scope.Tx) (T, error)) (answer T, err error) {
	if in.Kind() != scope.KindMunicipality && in.Kind() != scope.KindPlatform {
		return answer, errScope
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		if s.once == nil {
			answer, err = fn(tx)
			return err
		}
		answer, err = scope.Once(tx, *s.once, func() (T, error) { return fn(tx) })
		return err
	})
	return answer, err
}
