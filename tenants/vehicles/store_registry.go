package vehicles

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// relation is a history as it is stored: a row per period, keyed by vehicle and first day.
type relation struct {
	name    History
	table   string
	columns string // of the value
	holders string // of the value's arguments
	value   func(Period) []any
}

var (
	plateRelation = relation{name: PlateHistory, table: "vehicle_plates", columns: "plate", holders: "?",
		value: func(p Period) []any { return []any{p.Plate} }}
	residenceRelation = relation{name: ResidenceHistory, table: "vehicle_residences", columns: "residence", holders: "?",
		value: func(p Period) []any { return []any{p.Residence} }}
	ownerRelation = relation{name: OwnerHistory, table: "vehicle_owners", columns: "kind, index_key, id_hash, id_masked, name_masked, phone_hash, phone_masked, identity_id",
		holders: "?, ?, ?, ?, ?, ?, nullif(?, ''), ?::uuid",
		value: func(p Period) []any {
			o := p.Owner
			return []any{string(o.Kind), o.index.id.Key, o.index.id.Sum, o.ID, o.Name, o.index.phone.Sum, o.Phone, uuid.NullUUID{UUID: o.Identity, Valid: o.Identity != uuid.Nil}}
		}}
	relations = [...]relation{ownerRelation, plateRelation, residenceRelation}
)

type periodRow struct {
	ValidFrom time.Time
	ValidTo   sql.NullTime
	Plate     string
	Residence int
	Owner     ownerColumns `gorm:"embedded"`
}

// ownerColumns are those of a period of ownership.
type ownerColumns struct {
	Kind        OwnerKind
	IndexKey    privacy.KeyID
	IDHash      []byte `gorm:"column:id_hash"`
	IDMasked    string `gorm:"column:id_masked"`
	NameMasked  string
	PhoneHash   []byte
	PhoneMasked string
	IdentityID  uuid.NullUUID
}

func (c ownerColumns) mark() OwnerMark {
	if c.Kind == "" {
		return OwnerMark{}
	}
	m := OwnerMark{Kind: c.Kind, ID: c.IDMasked, Name: c.NameMasked, Phone: c.PhoneMasked, Identity: c.IdentityID.UUID, index: index{id: privacy.Mark{Key: c.IndexKey, Sum: c.IDHash}}}
	if c.PhoneHash != nil {
		m.index.phone = privacy.Mark{Key: c.IndexKey, Sum: c.PhoneHash}
	}
	return m
}

func (r periodRow) period() Period {
	return Period{From: r.ValidFrom, To: r.ValidTo.Time, Plate: r.Plate, Residence: r.Residence, Owner: r.Owner.mark()}
}

func (of relation) load(tx *scope.Tx, vehicle uuid.UUID) ([]Period, error) {
	var rows []periodRow
	err := tx.DB.Raw(`SELECT valid_from, valid_to, `+of.columns+` FROM `+of.table+` WHERE vehicle_id = ? ORDER BY valid_from`, vehicle).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("load %s history: %w", of.name, err)
	}
	var periods []Period
	for _, row := range rows {
		periods = append(periods, row.period())
	}
	return periods, nil
}

func (of relation) write(tx *scope.Tx, vehicle uuid.UUID, c change) error {
	args := append([]any{c.now.From, orNull(c.now.To)}, of.value(c.now)...)
	statement := `INSERT INTO ` + of.table + ` (valid_from, valid_to, ` + of.columns + `, vehicle_id) VALUES (?, ?, ` + of.holders + `, ?)`
	args = append(args, vehicle)
	if c.was != nil {
		statement = `UPDATE ` + of.table + ` SET (valid_from, valid_to, ` + of.columns + `) = ROW(?, ?, ` + of.holders + `) WHERE vehicle_id = ? AND valid_from = ?`
		args = append(args, c.was.From)
	}
	done := tx.DB.Exec(statement, args...)
	switch scope.Constraint(done.Error) {
	case "vehicle_plates_current":
		return errPlateTaken.On("plate")
	case "vehicle_residences_residence_fkey":
		return errNoCity.On("residence")
	}
	if done.Error != nil {
		return fmt.Errorf("write %s history: %w", of.name, done.Error)
	}
	if done.RowsAffected != 1 {
		return fmt.Errorf("write %s history: %d rows", of.name, done.RowsAffected)
	}
	return nil
}

type vehicleRow struct {
	MergedInto *uuid.UUID
	RetiredOn  *time.Time
}

// lockVehicle holds the vehicle for the transaction. FOR UPDATE, since a merge must not run while a claim or a bill that refers to the vehicle is being made.
func lockVehicle(tx *scope.Tx, vehicle uuid.UUID) (vehicleRow, error) {
	var row vehicleRow
	locked := tx.DB.Exec(`SELECT FROM vehicles WHERE id = ? FOR UPDATE`, vehicle)
	if locked.Error != nil {
		return row, fmt.Errorf("lock vehicle: %w", locked.Error)
	}
	if locked.RowsAffected == 0 {
		return row, ErrVehicleUnknown.On("vehicle")
	}
	// A second statement: the first may have waited, and its snapshot is older than what it waited for.
	err := tx.DB.Raw(`SELECT v.merged_into, r.retired_on FROM vehicles v LEFT JOIN vehicle_retirements r ON r.vehicle_id = v.id WHERE v.id = ?`, vehicle).Take(&row).Error
	if err != nil {
		return row, fmt.Errorf("load vehicle: %w", err)
	}
	return row, nil
}

// checkPlateFree refuses a plate that another vehicle wears on some day of the period. The lock makes two vehicles that want one plate take turns.
func checkPlateFree(tx *scope.Tx, vehicle uuid.UUID, p Period) error {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('plate ' || ?::text, 0))`, p.Plate).Error; err != nil {
		return fmt.Errorf("lock plate: %w", err)
	}
	var taken bool
	err := tx.DB.Raw(`SELECT EXISTS (SELECT FROM vehicle_plates WHERE plate = ? AND vehicle_id <> ? AND coalesce(valid_to, 'infinity') > ?
	  AND valid_from < coalesce(?::date, 'infinity'))`, p.Plate, vehicle, p.From, orNull(p.To)).Row().Scan(&taken)
	if err != nil {
		return fmt.Errorf("look for plate: %w", err)
	}
	if taken {
		return errPlateTaken.On("plate")
	}
	return nil
}

func loadGaps(tx *scope.Tx, vehicle uuid.UUID, history History) ([]Gap, error) {
	var rows []struct {
		History   History
		ValidFrom time.Time
		ValidTo   sql.NullTime
		Reason    string
	}
	err := tx.DB.Raw(`SELECT history, valid_from, valid_to, reason FROM vehicle_gaps WHERE vehicle_id = ? AND history = ? AND (valid_to IS NULL OR valid_to > valid_from)
	  ORDER BY valid_from`, vehicle, history).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("load gaps: %w", err)
	}
	var gaps []Gap
	for _, row := range rows {
		gaps = append(gaps, Gap{History: row.History, From: row.ValidFrom, To: row.ValidTo.Time, Reason: row.Reason})
	}
	return gaps, nil
}

func writeGaps(tx *scope.Tx, vehicle uuid.UUID, t *timeline) error {
	if !t.closeOn.IsZero() {
		err := tx.DB.Exec(`UPDATE vehicle_gaps SET valid_to = greatest(valid_from, ?::date) WHERE vehicle_id = ? AND history = ? AND valid_to IS NULL`,
			t.closeOn, vehicle, t.name).Error
		if err != nil {
			return fmt.Errorf("close gaps: %w", err)
		}
	}
	for _, g := range t.newGaps {
		err := tx.DB.Exec(`INSERT INTO vehicle_gaps (id, vehicle_id, history, valid_from, valid_to, reason, recorded_at, actor_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			tx.NewID(), vehicle, t.name, g.From, orNull(g.To), g.Reason, tx.Now, actorID(tx)).Error
		if err != nil {
			return fmt.Errorf("declare gap: %w", err)
		}
	}
	return nil
}

func insertRetirement(tx *scope.Tx, vehicle uuid.UUID, out Retirement) error {
	err := tx.DB.Exec(`INSERT INTO vehicle_retirements (vehicle_id, retired_on, manner, reference, recorded_at, actor_id) VALUES (?, ?, ?, ?, ?, ?)`,
		vehicle, out.Day, out.Manner, out.Reference, tx.Now, actorID(tx)).Error
	if err != nil {
		return fmt.Errorf("retire vehicle: %w", err)
	}
	return nil
}

// setCategory answers what the category was before.
func setCategory(tx *scope.Tx, vehicle uuid.UUID, category string) (was string, err error) {
	if err := tx.DB.Raw(`SELECT coalesce(category, '') FROM vehicles WHERE id = ?`, vehicle).Row().Scan(&was); err != nil {
		return "", fmt.Errorf("read category: %w", err)
	}
	if err := tx.DB.Exec(`UPDATE vehicles SET category = nullif(?, '') WHERE id = ?`, category, vehicle).Error; err != nil {
		return "", fmt.Errorf("set category: %w", err)
	}
	return was, nil
}

func orNull(day time.Time) any {
	if day.IsZero() {
		return nil
	}
	return day
}

func actorID(tx *scope.Tx) uuid.NullUUID {
	return uuid.NullUUID{UUID: tx.Actor.ID, Valid: tx.Actor.ID != uuid.Nil}
}
