package vehicles

import (
	"bytes"
	"context"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
)

// CorrectEntry replaces a wrong period. What was written stays readable as superseded, with the reason and the actor; a neighbour that touched the wrong
// period is moved along, and is superseded too. Errors: history_unknown, history_value, reason_missing, entry_unknown (entry), entry_unchanged, period_order (to),
// period_overlap, history_gap (gap), plate_taken, municipality_unknown (residence), vehicle_retired (to).
func (r *Registry) CorrectEntry(ctx context.Context, s scope.Scope, c Correction) error {
	return r.atDesk(ctx, s, func(d *desk) error {
		t, ok := d.lines[c.History]
		if !ok {
			return errHistory.On("history")
		}
		if err := c.onlyItsValue(); err != nil {
			return err
		}
		right, err := r.right(d, t, c)
		if err != nil {
			return err
		}
		if err := t.correct(c.Entry, right); err != nil {
			return err
		}
		for _, change := range t.changes {
			if err := insertCorrection(d.tx, correction{vehicle: d.vehicle, history: c.History, cause: "corrected", change: change, reason: c.Reason}); err != nil {
				return err
			}
		}
		return d.save("vehicle.entry_corrected", c.Gap, map[string]any{"history": c.History, "entry": dayText(c.Entry), "from": dayText(right.From), "to": dayText(right.To)})
	})
}

// onlyItsValue refuses a value that the history does not have, which would be left out in silence.
func (c Correction) onlyItsValue() error {
	switch {
	case c.Plate != (identifiers.Plate{}) && c.History != PlateHistory:
		return errOtherHistory.On("plate")
	case c.Residence != 0 && c.History != ResidenceHistory:
		return errOtherHistory.On("residence")
	case c.Owner != (Owner{}) && c.History != OwnerHistory:
		return errOtherHistory.On("owner")
	}
	return nil
}

// right is the period that should have been written.
func (r *Registry) right(d *desk, t *timeline, c Correction) (Period, error) {
	wrong, err := t.entry(c.Entry)
	if err != nil {
		return Period{}, err
	}
	right := wrong
	right.To = c.To
	if !c.From.IsZero() {
		right.From = c.From
	}
	switch c.History {
	case PlateHistory:
		if c.Plate != (identifiers.Plate{}) {
			right.Plate = c.Plate.String()
		}
	case ResidenceHistory:
		if c.Residence != 0 {
			right.Residence = c.Residence
		}
	case OwnerHistory:
		if c.Owner != (Owner{}) {
			if right.Owner, err = r.better(d.tx, wrong.Owner, c.Owner); err != nil {
				return Period{}, err
			}
		}
	}
	return right, d.checkRight(right, c)
}

// better keeps the right owner. Where it is the same one and no number is given, the number on record stays.
func (r *Registry) better(tx *scope.Tx, wrong OwnerMark, right Owner) (OwnerMark, error) {
	mark, err := right.mark(r.ring, uuid.Nil)
	if err != nil {
		return OwnerMark{}, err
	}
	if right.phone == "" && wrong.Phone != "" && mark.Same(wrong) {
		known, err := r.ownerOf(tx, wrong)
		if err != nil {
			return OwnerMark{}, err
		}
		right.phone = known.phone
	}
	return r.keep(tx, right)
}

func (d *desk) checkRight(right Period, c Correction) error {
	if c.Reason == "" {
		return errReason.On("reason")
	}
	if err := d.checkDay(right.From, "from"); err != nil {
		return err
	}
	if !right.To.IsZero() {
		if !right.To.After(right.From) {
			return errPeriod.On("to")
		}
		if err := d.checkDay(right.To, "to"); err != nil {
			return err
		}
	}
	if c.History != PlateHistory {
		return nil
	}
	if d.retired != nil && orNever(right.To).After(*d.retired) {
		return errRetired.On("to")
	}
	return checkPlateFree(d.tx, d.vehicle, right)
}

// MergeVehicles makes the duplicate a second name of the vehicle to keep: its periods go to the kept one, unless that says the same of the same days already,
// and whoever looks the duplicate up reaches the kept one. Errors: reason_missing, merge_same_vehicle, vehicle_merged, vehicle_retired, merge_has_money,
// merge_overlap, history_gap (gap), and registered_vehicle_unknown, each on keep or duplicate.
func (r *Registry) MergeVehicles(ctx context.Context, s scope.Scope, m Merge) error {
	switch {
	case s.Kind() != scope.KindPlatform:
		return errNotRegistrar
	case m.Keep == m.Duplicate:
		return errMergeSelf.On("duplicate")
	case m.Reason == "":
		return errReason.On("reason")
	}
	return r.inTx(ctx, s, func(tx *scope.Tx) error {
		keep, duplicate, err := r.openBoth(tx, m)
		if err != nil {
			return err
		}
		if err := checkNoMoney(tx, m.Duplicate); err != nil {
			return err
		}
		if err := keep.absorb(duplicate, m.Reason); err != nil {
			return err
		}
		if err := moveDecisions(tx, m.Duplicate, m.Keep); err != nil {
			return err
		}
		if err := keepCategory(tx, m.Duplicate, m.Keep); err != nil {
			return err
		}
		if err := markMerged(tx, m.Duplicate, m.Keep); err != nil {
			return err
		}
		err = audit.Write(tx, audit.Record{Action: "vehicle.merged_away", TargetKind: "vehicle", TargetID: m.Duplicate.String(), Details: map[string]any{"into": m.Keep}})
		if err != nil {
			return err
		}
		return keep.save("vehicle.merged", m.Gap, map[string]any{"duplicate": m.Duplicate})
	})
}

// openBoth locks in the order of ids, so that two merges of one pair cannot wait for each other.
func (r *Registry) openBoth(tx *scope.Tx, m Merge) (keep, duplicate *desk, err error) {
	open := func(id uuid.UUID, field string) (*desk, error) {
		if err := lockMoney(tx, id); err != nil {
			return nil, err
		}
		d, err := r.openDesk(tx, id)
		if err != nil {
			return nil, blame(err, field)
		}
		if d.retired != nil {
			return nil, errRetired.On(field)
		}
		return d, nil
	}
	if bytes.Compare(m.Keep[:], m.Duplicate[:]) < 0 {
		if keep, err = open(m.Keep, "keep"); err == nil {
			duplicate, err = open(m.Duplicate, "duplicate")
		}
		return keep, duplicate, err
	}
	if duplicate, err = open(m.Duplicate, "duplicate"); err == nil {
		keep, err = open(m.Keep, "keep")
	}
	return keep, duplicate, err
}

// absorb moves the other's periods and declarations here, in storage and on the desk.
func (d *desk) absorb(other *desk, reason string) error {
	for _, of := range relations {
		moved, err := d.lines[of.name].absorb(other.lines[of.name])
		if err != nil {
			return err
		}
		for i := range moved {
			if err := of.move(d.tx, other.vehicle, d.vehicle, moved[i]); err != nil {
				return err
			}
			err := insertCorrection(d.tx, correction{vehicle: other.vehicle, history: of.name, cause: "merged", change: change{was: &moved[i], now: moved[i]}, reason: reason})
			if err != nil {
				return err
			}
		}
	}
	return moveGaps(d.tx, other.vehicle, d.vehicle)
}
