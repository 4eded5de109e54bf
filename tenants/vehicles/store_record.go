package vehicles

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

// loadRecord reads what the scope may see of the vehicle that it names.
func loadRecord(tx *scope.Tx) (Record, error) {
	var r Record
	var err error
	if r.Vehicle, err = loadVehicle(tx); err != nil {
		return r, err
	}
	into := map[History]*[]Period{OwnerHistory: &r.Owners, PlateHistory: &r.Plates, ResidenceHistory: &r.Residences}
	for _, of := range relations {
		periods, err := of.load(tx, r.Vehicle.ID)
		if err != nil {
			return r, err
		}
		gaps, err := loadGaps(tx, r.Vehicle.ID, of.name)
		if err != nil {
			return r, err
		}
		*into[of.name], r.Gaps = periods, append(r.Gaps, gaps...)
	}
	for _, load := range []func(*scope.Tx, *Record) error{loadRetirement, loadMerged, loadSuperseded, loadPayments, loadCities} {
		if err := load(tx, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

func loadVehicle(tx *scope.Tx) (Vehicle, error) {
	var v Vehicle
	err := tx.DB.Raw(`SELECT id, vin, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered, coalesce(category, '') AS category
	  FROM vehicles WHERE id = ?`, tx.VehicleID).Take(&v).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return v, ErrVehicleUnknown.On("vehicle")
	}
	if err != nil {
		return v, fmt.Errorf("load vehicle: %w", err)
	}
	return v, nil
}

func loadMerged(tx *scope.Tx, r *Record) error {
	if err := tx.DB.Raw(`SELECT id, vin FROM vehicles WHERE merged_into = ? ORDER BY vin`, r.Vehicle.ID).Scan(&r.Merged).Error; err != nil {
		return fmt.Errorf("load merged vehicles: %w", err)
	}
	return nil
}

func loadPayments(tx *scope.Tx, r *Record) (err error) {
	r.Payments, err = ExternalPayments(tx, r.Vehicle.ID)
	return err
}

// loadCities reads the names of the municipalities that the record mentions, superseded ones too.
func loadCities(tx *scope.Tx, r *Record) (err error) {
	var codes []int
	for _, p := range r.Residences {
		codes = append(codes, p.Residence)
	}
	for _, s := range r.Superseded {
		if s.History == ResidenceHistory {
			codes = append(codes, s.Was.Residence, s.Now.Residence)
		}
	}
	for _, p := range r.Payments {
		codes = append(codes, p.MunicipalityID)
	}
	r.Cities, err = municipalities.Load(tx, codes)
	return err
}

func loadRetirement(tx *scope.Tx, r *Record) error {
	var row struct {
		RetiredOn time.Time
		Manner    Manner
		Reference string
	}
	err := tx.DB.Raw(`SELECT retired_on, manner, reference FROM vehicle_retirements WHERE vehicle_id = ?`, r.Vehicle.ID).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("load retirement: %w", err)
	}
	r.Retired = &Retirement{Day: row.RetiredOn, Manner: row.Manner, Reference: row.Reference}
	return nil
}

// loadSuperseded reads the replaced entries of the vehicle and of the duplicates that it took in, oldest first.
func loadSuperseded(tx *scope.Tx, r *Record) error {
	var rows []struct {
		History                 History
		Cause, Reason           string
		Superseded, Replacement []byte
		RecordedAt              time.Time
		ActorID                 uuid.NullUUID
	}
	err := tx.DB.Raw(`SELECT history, cause, reason, superseded, replacement, recorded_at, actor_id FROM vehicle_corrections
	  WHERE vehicle_id = ? OR vehicle_id IN (SELECT id FROM vehicles WHERE merged_into = ?) ORDER BY recorded_at, id`, r.Vehicle.ID, r.Vehicle.ID).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("load superseded entries: %w", err)
	}
	for _, row := range rows {
		was, wasErr := decodePeriod(row.Superseded)
		now, nowErr := decodePeriod(row.Replacement)
		if err := errors.Join(wasErr, nowErr); err != nil {
			return fmt.Errorf("decode superseded entry: %w", err)
		}
		r.Superseded = append(r.Superseded, Superseded{History: row.History, Cause: row.Cause, Was: was, Now: now, Reason: row.Reason, At: row.RecordedAt, Actor: row.ActorID.UUID})
	}
	return nil
}
