package vehicles

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// correction is one row of vehicle_corrections before it is written.
type correction struct {
	vehicle uuid.UUID
	history History
	cause   string
	change  change
	reason  string
}

// storedPeriod is a period inside jsonb, with the names of the columns. It keeps no hash of an owner: what stays for ever would outlive the hash's key.
type storedPeriod struct {
	From       string    `json:"valid_from"`
	To         string    `json:"valid_to,omitempty"`
	Plate      string    `json:"plate,omitempty"`
	Residence  int       `json:"residence,omitempty"`
	Kind       string    `json:"kind,omitempty"`
	IDMasked   string    `json:"id_masked,omitempty"`
	NameMasked string    `json:"name_masked,omitempty"`
	Phone      string    `json:"phone_masked,omitempty"`
	IdentityID uuid.UUID `json:"identity_id,omitzero"`
}

func encodePeriod(p Period) (string, error) {
	body, err := json.Marshal(storedPeriod{From: dayText(p.From), To: dayText(p.To), Plate: p.Plate, Residence: p.Residence,
		Kind: string(p.Owner.Kind), IDMasked: p.Owner.ID, NameMasked: p.Owner.Name, Phone: p.Owner.Phone, IdentityID: p.Owner.Identity})
	return string(body), err
}

func decodePeriod(body []byte) (Period, error) {
	var s storedPeriod
	if err := json.Unmarshal(body, &s); err != nil {
		return Period{}, err
	}
	p := Period{Plate: s.Plate, Residence: s.Residence, Owner: OwnerMark{Kind: OwnerKind(s.Kind), ID: s.IDMasked, Name: s.NameMasked, Phone: s.Phone, Identity: s.IdentityID}}
	var err error
	if p.From, err = time.Parse(time.DateOnly, s.From); err == nil && s.To != "" {
		p.To, err = time.Parse(time.DateOnly, s.To)
	}
	return p, err
}

func insertCorrection(tx *scope.Tx, c correction) error {
	was, wasErr := encodePeriod(*c.change.was)
	now, nowErr := encodePeriod(c.change.now)
	if err := errors.Join(wasErr, nowErr); err != nil {
		return fmt.Errorf("encode correction: %w", err)
	}
	err := tx.DB.Exec(`INSERT INTO vehicle_corrections (id, vehicle_id, history, cause, superseded, replacement, reason, recorded_at, actor_kind, actor_id)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, tx.NewID(), c.vehicle, c.history, c.cause, was, now, c.reason, tx.Now, string(tx.Actor.Kind), actorID(tx)).Error
	if err != nil {
		return fmt.Errorf("record correction: %w", err)
	}
	return nil
}

func (of relation) move(tx *scope.Tx, from, to uuid.UUID, p Period) error {
	if err := tx.DB.Exec(`UPDATE `+of.table+` SET vehicle_id = ? WHERE vehicle_id = ? AND valid_from = ?`, to, from, p.From).Error; err != nil {
		return fmt.Errorf("move %s history: %w", of.name, err)
	}
	return nil
}

func moveGaps(tx *scope.Tx, from, to uuid.UUID) error {
	if err := tx.DB.Exec(`UPDATE vehicle_gaps SET vehicle_id = ? WHERE vehicle_id = ?`, to, from).Error; err != nil {
		return fmt.Errorf("move gaps: %w", err)
	}
	return nil
}

// moveDecisions gives the kept vehicle what was decided about the dues of the duplicate, with the rows that end a decision.
func moveDecisions(tx *scope.Tx, from, to uuid.UUID) error {
	if err := tx.DB.Exec(`UPDATE due_decisions SET vehicle_id = ? WHERE vehicle_id = ?`, to, from).Error; err != nil {
		return fmt.Errorf("move decisions: %w", err)
	}
	return nil
}

// lockMoney makes a merge and a city's report about the vehicle take turns. A city cannot lock the vehicle itself, which it may not change. Vehicles share 1024
// locks, so that a transaction about any number of vehicles does not fill the server's table of locks.
func lockMoney(tx *scope.Tx, vehicle uuid.UUID) error {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('vehicle ' || ?::text, 0) & 1023)`, vehicle).Error; err != nil {
		return fmt.Errorf("lock money of vehicle: %w", err)
	}
	return nil
}

// shareMoney is the lock of those who do not wait for each other.
func shareMoney(tx *scope.Tx, vehicle uuid.UUID) error {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock_shared(hashtextextended('vehicle ' || ?::text, 0) & 1023)`, vehicle).Error; err != nil {
		return fmt.Errorf("hold money of vehicle: %w", err)
	}
	return nil
}

// checkNoMoney keeps every amount under the vehicle for which it was reckoned.
func checkNoMoney(tx *scope.Tx, vehicle uuid.UUID) error {
	var found bool
	err := tx.DB.Raw(`SELECT EXISTS (SELECT FROM due_claims WHERE vehicle_id = @v) OR EXISTS (SELECT FROM orders WHERE vehicle_id = @v)
	  OR EXISTS (SELECT FROM bills WHERE vehicle_id = @v) OR EXISTS (SELECT FROM external_payments WHERE vehicle_id = @v)
	  OR EXISTS (SELECT FROM certificates WHERE vehicle_id = @v)`, sql.Named("v", vehicle)).Row().Scan(&found)
	if err != nil {
		return fmt.Errorf("look for money: %w", err)
	}
	if found {
		return errMergeMoney.On("duplicate")
	}
	return nil
}

// keepCategory gives the kept vehicle the duplicate's category where it has none, so that no exemption is lost.
func keepCategory(tx *scope.Tx, duplicate, keep uuid.UUID) error {
	err := tx.DB.Exec(`UPDATE vehicles k SET category = d.category FROM vehicles d WHERE k.id = ? AND d.id = ? AND k.category IS NULL AND d.category IS NOT NULL`, keep, duplicate).Error
	if err != nil {
		return fmt.Errorf("keep category: %w", err)
	}
	return nil
}

// markMerged also leads what was merged into the duplicate before to the kept one, so that no look-up follows more than one step.
func markMerged(tx *scope.Tx, duplicate, keep uuid.UUID) error {
	if err := tx.DB.Exec(`UPDATE vehicles SET merged_into = ? WHERE id = ? OR merged_into = ?`, keep, duplicate, duplicate).Error; err != nil {
		return fmt.Errorf("mark merged vehicle: %w", err)
	}
	return nil
}

// blame puts a fault of the register on the field that named the vehicle.
func blame(err error, field string) error {
	switch {
	case errors.Is(err, ErrVehicleUnknown):
		return ErrVehicleUnknown.On(field)
	case errors.Is(err, errMerged):
		return errMerged.On(field)
	}
	return err
}
