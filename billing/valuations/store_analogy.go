package valuations

import (
	"database/sql"
	"errors"
	"fmt"

	"mofasa/billing/calendar"
	"mofasa/tenants/scope"
)

func find(tx *scope.Tx, typeCode string, year calendar.FiscalYear) (v value, err error) {
	err = tx.DB.Raw(`SELECT base_rial, coalesce(basis_type, '') FROM valuations WHERE type_code = ? AND fiscal_year = ?`, typeCode, int(year)).Row().Scan(&v.Base, &v.Basis)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return v, fmt.Errorf("find valuation: %w", err)
	}
	return v, nil
}

// nameType makes a type of which only vehicles are known; its code stands for the name until a list gives one.
func nameType(tx *scope.Tx, code string) error {
	made := tx.DB.Exec(`INSERT INTO vehicle_types (code, name_fa) SELECT @code, @code WHERE EXISTS (SELECT FROM vehicles WHERE type_code = @code AND merged_into IS NULL)
	  ON CONFLICT (code) DO NOTHING`, sql.Named("code", code))
	if made.Error != nil {
		return fmt.Errorf("name type: %w", made.Error)
	}
	var known bool
	if err := tx.DB.Raw(`SELECT EXISTS (SELECT FROM vehicle_types WHERE code = ?)`, code).Row().Scan(&known); err != nil {
		return fmt.Errorf("look for type: %w", err)
	}
	if !known {
		return errType.On("type_code")
	}
	return nil
}

func insertAnalogy(tx *scope.Tx, a Analogous) error {
	err := tx.DB.Exec(`INSERT INTO valuations (fiscal_year, type_code, base_rial, basis_type) VALUES (?, ?, ?, ?)
	  ON CONFLICT (fiscal_year, type_code) DO UPDATE SET base_rial = excluded.base_rial, basis_type = excluded.basis_type`, int(a.FiscalYear), a.TypeCode, int64(a.Base), a.BasisType).Error
	if err != nil {
		return fmt.Errorf("store analogy: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO valuation_changes (id, fiscal_year, type_code, cause, was_rial, base_rial, basis_type, basis_year, reason, recorded_at, actor_kind, actor_id)
	  VALUES (?, ?, ?, 'analogy', nullif(?::bigint, 0), ?, ?, ?, ?, ?, ?, ?)`, tx.NewID(), int(a.FiscalYear), a.TypeCode, int64(a.Was), int64(a.Base), a.BasisType, int(a.BasisYear), a.Reason,
		tx.Now, string(tx.Actor.Kind), actorID(tx)).Error
	if err != nil {
		return fmt.Errorf("record analogy: %w", err)
	}
	return nil
}
