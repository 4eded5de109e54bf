package vehicles

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// desk is one locked vehicle with its histories, for the length of a use case: rules change the timelines, then save or write stores what they changed.
type desk struct {
	tx      *scope.Tx
	vehicle uuid.UUID
	today   time.Time
	retired *time.Time
	lines   map[History]*timeline
}

// openDesk locks before it reads, so that of two use cases on one vehicle the second sees what the first did.
func (r *Registry) openDesk(tx *scope.Tx, vehicle uuid.UUID) (*desk, error) {
	row, err := lockVehicle(tx, vehicle)
	if err != nil {
		return nil, err
	}
	if row.MergedInto != nil {
		return nil, errMerged.On("vehicle")
	}
	d := &desk{tx: tx, vehicle: vehicle, today: r.days.Today(tx.Now), retired: row.RetiredOn, lines: map[History]*timeline{}}
	for _, of := range relations {
		t, err := d.lay(of)
		if err != nil {
			return nil, err
		}
		d.lines[of.name] = t
	}
	return d, r.compare(tx, d.owners())
}

// compare works out, while there are several keys of the blind index, the hashes of all owners under each, so that one owner is not taken for two while a change of
// keys goes on. What cannot be worked out stays as it is: an identity that does not open is a matter for who discloses it, not for who writes the next period.
func (r *Registry) compare(tx *scope.Tx, owners *timeline) error {
	for i := range owners.periods {
		m := &owners.periods[i].Owner
		if m.Identity == uuid.Nil || m.index.id.Key == r.ring.NewestIndex() && !r.ring.Changing() {
			continue
		}
		o, err := r.ownerOf(tx, *m)
		switch {
		case errors.Is(err, privacy.ErrTampered), errors.Is(err, privacy.ErrKeyMissing):
			continue
		case err != nil:
			return err
		}
		m.index.former = r.ring.Marks(o.key().word(), o.id)
	}
	return nil
}

func (d *desk) lay(of relation) (*timeline, error) {
	periods, err := of.load(d.tx, d.vehicle)
	if err != nil {
		return nil, err
	}
	gaps, err := loadGaps(d.tx, d.vehicle, of.name)
	if err != nil {
		return nil, err
	}
	t := &timeline{name: of.name, periods: periods, gaps: gaps}
	if d.retired != nil {
		t.until = *d.retired
	}
	t.before = t.holes()
	return t, nil
}

func (d *desk) owners() *timeline     { return d.lines[OwnerHistory] }
func (d *desk) plates() *timeline     { return d.lines[PlateHistory] }
func (d *desk) residences() *timeline { return d.lines[ResidenceHistory] }

func (d *desk) checkDay(day time.Time, field string) error {
	switch {
	case day.IsZero():
		return errDayMissing.On(field)
	case day.After(d.today):
		return errDayFuture.On(field)
	}
	return nil
}

func (d *desk) changeOwner(day time.Time, owner OwnerMark) error {
	p := Period{From: day, Owner: owner}
	if err := d.owners().refuseSame(p); err != nil {
		return err
	}
	return d.owners().begin(p)
}

// changePlate takes the plate off; the zero Plate puts none on.
func (d *desk) changePlate(day time.Time, plate identifiers.Plate) error {
	if plate == (identifiers.Plate{}) {
		return d.plates().end(day)
	}
	p := Period{From: day, Plate: plate.String()}
	if err := d.plates().refuseSame(p); err != nil {
		return err
	}
	if err := checkPlateFree(d.tx, d.vehicle, p); err != nil {
		return err
	}
	return d.plates().begin(p)
}

// changeResidence ends the residence; 0 begins none.
func (d *desk) changeResidence(day time.Time, municipality int) error {
	if municipality == 0 {
		return d.residences().end(day)
	}
	return d.residences().begin(Period{From: day, Residence: municipality})
}

// save refuses or declares new gaps and writes.
func (d *desk) save(action, gap string, details map[string]any) error {
	for _, of := range relations {
		if err := d.lines[of.name].settle(gap); err != nil {
			return err
		}
	}
	return d.write(action, details)
}

// write stores what the timelines have changed, and the audit record.
func (d *desk) write(action string, details map[string]any) error {
	for _, of := range relations {
		t := d.lines[of.name]
		for _, c := range t.changes {
			if err := of.write(d.tx, d.vehicle, c); err != nil {
				return err
			}
		}
		if err := writeGaps(d.tx, d.vehicle, t); err != nil {
			return err
		}
	}
	return audit.Write(d.tx, audit.Record{Action: action, TargetKind: "vehicle", TargetID: d.vehicle.String(), Details: details})
}
