package decisions

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// Record stores a decision as it is in another use case's transaction, which holds the vehicle's money, checks the day and writes its own audit record. Its actor
// is the transaction's. Any error is private: the decision contradicts itself, or the scope may not take it.
func Record(tx *scope.Tx, vehicle uuid.UUID, d dues.Decision) error {
	if err := d.Check(); err != nil {
		return fmt.Errorf("record decision: %w", err)
	}
	err := tx.DB.Exec(`INSERT INTO due_decisions (municipality_id, id, vehicle_id, kind, charge, from_year, through_year, rate_ppm, amount_rial, reason_fa, reason_en,
	    valid_from, valid_to, correction_id, recorded_at, actor_kind, actor_id)
	  VALUES (?, ?, ?, ?, nullif(?, ''), ?, ?, nullif(?::integer, 0), nullif(?::bigint, 0), ?, ?, ?, ?, nullif(?, '')::uuid, ?, ?, ?)`,
		d.MunicipalityID, d.ID, vehicle, string(d.Kind), string(d.Charge), int(d.FromYear), int(d.ThroughYear), int64(d.Rate), int64(d.Amount), d.Reason.FA, d.Reason.EN,
		stored(d.ValidFrom), stored(d.ValidTo), d.Correction, tx.Now, string(tx.Actor.Kind), actorID(tx)).Error
	if err != nil {
		return fmt.Errorf("record decision: %w", err)
	}
	return nil
}

// insertEnd loses against whoever ended the decision first.
func insertEnd(tx *scope.Tx, d Decision) error {
	err := tx.DB.Exec(`INSERT INTO due_decisions (municipality_id, id, vehicle_id, reason_fa, reason_en, valid_from, ends, recorded_at, actor_kind, actor_id)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, d.MunicipalityID, d.End.ID, d.VehicleID, d.End.Reason.FA, d.End.Reason.EN, stored(d.End.Day), d.ID, tx.Now,
		string(tx.Actor.Kind), actorID(tx)).Error
	if scope.Constraint(err) == "due_decisions_ends" {
		return ErrEnded.On("decision")
	}
	if err != nil {
		return fmt.Errorf("end decision: %w", err)
	}
	return nil
}

// known refuses a vehicle that the scope does not see: a city sees those that live or have lived in it.
func known(tx *scope.Tx) error {
	var seen bool
	if err := tx.DB.Raw(`SELECT EXISTS (SELECT FROM vehicles WHERE id = ?)`, tx.VehicleID).Row().Scan(&seen); err != nil {
		return fmt.Errorf("look for vehicle: %w", err)
	}
	if !seen {
		return vehicles.ErrVehicleUnknown.On("vehicle")
	}
	return nil
}

func vehicleOf(tx *scope.Tx, id uuid.UUID) (vehicle uuid.UUID, err error) {
	err = tx.DB.Raw(`SELECT vehicle_id FROM due_decisions WHERE municipality_id = ? AND id = ? AND ends IS NULL`, tx.Scope.MunicipalityID(), id).Row().Scan(&vehicle)
	if errors.Is(err, sql.ErrNoRows) {
		return vehicle, ErrUnknown.On("decision")
	}
	if err != nil {
		return vehicle, fmt.Errorf("find decision: %w", err)
	}
	return vehicle, nil
}

const selectSQL = `SELECT d.id, d.municipality_id, d.vehicle_id, d.kind, coalesce(d.charge, '') AS charge, d.from_year, d.through_year, coalesce(d.rate_ppm, 0) AS rate_ppm,
    coalesce(d.amount_rial, 0) AS amount_rial, d.reason_fa, d.reason_en, coalesce(d.actor_id::text, d.actor_kind) AS actor, d.valid_from, least(d.valid_to, e.valid_from) AS valid_to,
    coalesce(d.correction_id::text, '') AS correction, d.recorded_at, e.id AS end_id, e.valid_from AS end_day, coalesce(e.reason_fa, '') AS end_reason_fa,
    coalesce(e.reason_en, '') AS end_reason_en, coalesce(e.actor_id::text, e.actor_kind, '') AS end_actor, e.recorded_at AS end_recorded_at
  FROM due_decisions d LEFT JOIN due_decisions e ON e.municipality_id = d.municipality_id AND e.ends = d.id WHERE d.ends IS NULL`

func find(tx *scope.Tx, id uuid.UUID) (Decision, error) {
	var r row
	err := tx.DB.Raw(selectSQL+` AND d.municipality_id = ? AND d.id = ?`, tx.Scope.MunicipalityID(), id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Decision{}, ErrUnknown.On("decision")
	}
	if err != nil {
		return Decision{}, fmt.Errorf("find decision: %w", err)
	}
	return r.decision(calendar.DateOf(tx.Now)), nil
}

func ofVehicle(tx *scope.Tx) ([]Decision, error) {
	var rows []row
	if err := tx.DB.Raw(selectSQL+` AND d.vehicle_id = ? ORDER BY d.recorded_at, d.id`, tx.VehicleID).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	list := make([]Decision, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.decision(calendar.DateOf(tx.Now)))
	}
	return list, nil
}

type row struct {
	ID                    string
	MunicipalityID        int
	VehicleID             uuid.UUID
	Kind                  dues.DecisionKind
	Charge                tariffs.Charge
	FromYear, ThroughYear calendar.FiscalYear
	RatePPM               money.PPM `gorm:"column:rate_ppm"`
	AmountRial            money.Rial
	ReasonFA              string `gorm:"column:reason_fa"`
	ReasonEN              string `gorm:"column:reason_en"`
	Actor                 string
	ValidFrom             time.Time
	ValidTo               sql.NullTime
	Correction            string
	RecordedAt            time.Time
	EndID                 uuid.NullUUID
	EndDay                sql.NullTime
	EndReasonFA           string `gorm:"column:end_reason_fa"`
	EndReasonEN           string `gorm:"column:end_reason_en"`
	EndActor              string
	EndRecordedAt         sql.NullTime
}

func (r row) decision(today calendar.Date) Decision {
	d := Decision{VehicleID: r.VehicleID, RecordedAt: r.RecordedAt.UTC(), Decision: dues.Decision{ID: r.ID, Kind: r.Kind, MunicipalityID: r.MunicipalityID, Charge: r.Charge,
		FromYear: r.FromYear, ThroughYear: r.ThroughYear, Rate: r.RatePPM, Amount: r.AmountRial, Reason: fault.Text{FA: r.ReasonFA, EN: r.ReasonEN}, Actor: r.Actor,
		ValidFrom: calendar.FromGregorian(r.ValidFrom.Date()), Correction: r.Correction}}
	if r.ValidTo.Valid {
		d.ValidTo = calendar.FromGregorian(r.ValidTo.Time.Date())
	}
	if r.EndID.Valid {
		d.End = &End{ID: r.EndID.UUID, Day: calendar.FromGregorian(r.EndDay.Time.Date()), Reason: fault.Text{FA: r.EndReasonFA, EN: r.EndReasonEN}, Actor: r.EndActor,
			RecordedAt: r.EndRecordedAt.Time.UTC()}
	}
	d.State = d.StateOn(today)
	return d
}

// stored is a day as a DATE column keeps it; null for the absent one.
func stored(d calendar.Date) any {
	if d.IsZero() {
		return nil
	}
	year, month, day := d.Gregorian()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func actorID(tx *scope.Tx) uuid.NullUUID {
	return uuid.NullUUID{UUID: tx.Actor.ID, Valid: tx.Actor.ID != uuid.Nil}
}
