package vehicles

import (
	"context"
	"time"

	"mofasa/tenants/identifiers"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// Days is the calendar that the registry goes by; days are midnight UTC of Gregorian days, as stored.
type Days struct {
	Today      func(now time.Time) time.Time // the Tehran day of an instant
	FiscalYear func(day time.Time) int       // the Jalali year of a day
}

// Registry keeps the histories of vehicles. Every use case but Read acts on the vehicle that the scope names, by id, VIN or plate, and only in the platform's
// scope; each is one transaction with one audit record. Common errors: registry_scope, registered_vehicle_unknown, and of those with a day day_missing, day_future.
type Registry struct {
	runner *scope.Runner
	ring   *privacy.Keyring
	days   Days
	once   *scope.Key // of the use case at hand, or nil
}

// NewRegistry binds the registry to its transactions, the keys under which owners are hashed and sealed, and a calendar.
func NewRegistry(runner *scope.Runner, ring *privacy.Keyring, days Days) *Registry {
	return &Registry{runner: runner, ring: ring, days: days}
}

// Once gives the registry for one use case that happens once per Idempotency-Key: repeated, it answers as the first time and changes nothing. Another request
// under the same key is scope.ErrKeyReused.
func (r *Registry) Once(key scope.Key) *Registry {
	keyed := *r
	keyed.once = &key
	return &keyed
}

// TransferOwnership ends the owner, the plate and the residence on a day and begins the new ones. Errors: owner_required, entry_unchanged (owner, plate),
// day_before_period, period_later, history_gap (gap), plate_taken, municipality_unknown (residence), vehicle_retired.
func (r *Registry) TransferOwnership(ctx context.Context, s scope.Scope, t Transfer) error {
	return r.amend(ctx, s, t.Day, func(d *desk) error {
		if t.Owner == (Owner{}) {
			return errOwnerRequired.On("owner")
		}
		owner, err := r.keep(d.tx, t.Owner)
		if err != nil {
			return err
		}
		if err := d.changeOwner(t.Day, owner); err != nil {
			return err
		}
		if err := d.changePlate(t.Day, t.Plate); err != nil {
			return err
		}
		if err := d.changeResidence(t.Day, t.Residence); err != nil {
			return err
		}
		return d.save("vehicle.transferred", t.Gap, map[string]any{"day": dayText(t.Day), "residence": t.Residence, "plated": t.Plate != identifiers.Plate{}})
	})
}

// MoveResidence ends the residence on a day and begins another. Errors: residence_missing, entry_unchanged, day_before_period, period_later, history_gap,
// municipality_unknown, vehicle_retired.
func (r *Registry) MoveResidence(ctx context.Context, s scope.Scope, m Move) error {
	return r.amend(ctx, s, m.Day, func(d *desk) error {
		if m.Residence == 0 {
			return errResidenceMissing.On("residence")
		}
		if err := d.residences().refuseSame(Period{Residence: m.Residence}); err != nil {
			return err
		}
		if err := d.changeResidence(m.Day, m.Residence); err != nil {
			return err
		}
		return d.save("vehicle.residence_moved", m.Gap, map[string]any{"day": dayText(m.Day), "residence": m.Residence})
	})
}

// ChangePlate ends the plate on a day and begins another: the first one after a transfer without a plate, or one in the place of a lost one. Errors:
// plate_missing, entry_unchanged, day_before_period, period_later, history_gap, plate_taken, vehicle_retired.
func (r *Registry) ChangePlate(ctx context.Context, s scope.Scope, p NewPlate) error {
	return r.amend(ctx, s, p.Day, func(d *desk) error {
		if p.Plate == (identifiers.Plate{}) {
			return errPlateMissing.On("plate")
		}
		if err := d.changePlate(p.Day, p.Plate); err != nil {
			return err
		}
		return d.save("vehicle.plate_changed", p.Gap, map[string]any{"day": dayText(p.Day)})
	})
}

// DeclareGap says that a history is silent from a day on, or for the days before To, and why. Without To it ends the period that runs: a plate is taken off, an
// owner has left the country. Errors: history_unknown, reason_missing, period_order (to), day_before_period, gap_covered, gap_declared, vehicle_retired.
func (r *Registry) DeclareGap(ctx context.Context, s scope.Scope, g Gap) error {
	return r.amend(ctx, s, g.From, func(d *desk) error {
		t, ok := d.lines[g.History]
		switch {
		case !ok:
			return errHistory.On("history")
		case g.Reason == "":
			return errReason.On("reason")
		case !g.To.IsZero() && !g.To.After(g.From):
			return errPeriod.On("to")
		}
		if err := t.declare(g); err != nil {
			return err
		}
		return d.write("vehicle.gap_declared", map[string]any{"history": g.History, "from": dayText(g.From), "to": dayText(g.To)})
	})
}

// Retire takes the vehicle off the register on a day. The plate comes off; residence and owner stay readable as the last ones. Errors: retirement_manner,
// reference_missing, day_before_period, period_later, vehicle_retired.
func (r *Registry) Retire(ctx context.Context, s scope.Scope, out Retirement) error {
	return r.amend(ctx, s, out.Day, func(d *desk) error {
		switch {
		case out.Manner != Scrapped && out.Manner != Exported:
			return errManner.On("manner")
		case out.Reference == "":
			return errReference.On("reference")
		}
		for _, t := range []*timeline{d.residences(), d.owners()} {
			if n := len(t.periods); n > 0 && t.periods[n-1].From.After(out.Day) {
				return errLaterPeriod.On("day").With("history", t.name)
			}
		}
		if err := d.plates().end(out.Day); err != nil {
			return err
		}
		if err := insertRetirement(d.tx, d.vehicle, out); err != nil {
			return err
		}
		return d.write("vehicle.retired", map[string]any{"day": dayText(out.Day), "manner": out.Manner})
	})
}

// amend runs a use case that begins on a day in the life of the vehicle that the scope names.
func (r *Registry) amend(ctx context.Context, s scope.Scope, day time.Time, fn func(*desk) error) error {
	return r.atDesk(ctx, s, func(d *desk) error {
		if d.retired != nil {
			return errRetired.On("vehicle")
		}
		if err := d.checkDay(day, "day"); err != nil {
			return err
		}
		return fn(d)
	})
}

// atDesk locks the vehicle that the scope names and lays its histories on the desk.
func (r *Registry) atDesk(ctx context.Context, s scope.Scope, fn func(*desk) error) error {
	if s.Kind() != scope.KindPlatform {
		return errNotRegistrar
	}
	return r.inTx(ctx, s, func(tx *scope.Tx) error {
		d, err := r.openDesk(tx, tx.VehicleID)
		if err != nil {
			return err
		}
		return fn(d)
	})
}

// inTx is inTxOnce for a use case that answers nothing.
func (r *Registry) inTx(ctx context.Context, s scope.Scope, fn func(*scope.Tx) error) error {
	_, err := inTxOnce(ctx, r, s, func(tx *scope.Tx) (struct{}, error) { return struct{}{}, fn(tx) })
	return err
}

// inTxOnce runs a use case in one transaction, under the Idempotency-Key where there is one.
func inTxOnce[T any](ctx context.Context, r *Registry, s scope.Scope, fn func(*scope.Tx) (T, error)) (T, error) {
	var answer T
	err := r.runner.InTx(ctx, s, func(tx *scope.Tx) (err error) {
		if r.once == nil {
			answer, err = fn(tx)
			return err
		}
		answer, err = scope.Once(tx, *r.once, func() (T, error) { return fn(tx) })
		return err
	})
	return answer, err
}

func dayText(day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return day.Format(time.DateOnly)
}
