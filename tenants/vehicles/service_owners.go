package vehicles

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// OwnerIdentities is where owners' names and IDs are kept, sealed.
var OwnerIdentities = privacy.Table{Name: "owner_identities", Columns: []string{nameColumn, idColumn}}

const (
	nameColumn = "name_enc"
	idColumn   = "id_enc"
)

// Disclosure is an owner in clear, with the period of ownership.
type Disclosure struct {
	From, To time.Time
	Kind     OwnerKind
	ID, Name string
}

// String keeps the owner out of logs and error texts.
func (Disclosure) String() string { return "[redacted]" }

// Owned is a vehicle that an owner has, or had, in a period.
type Owned struct {
	VehicleID uuid.UUID
	VIN       identifiers.VIN
	Plate     string // that it wears now, or ""
	From, To  time.Time
}

// ErrOneOwnerID says that an owner must be named by exactly one ID.
var ErrOneOwnerID = fault.Define(fault.Invalid, "one_owner_id", "مالک را با یکی از کد ملی یا شناسهٔ ملی نام ببرید.", "Name the owner by exactly one of a national ID and a legal ID.")

var (
	errOwnerUnknown = fault.Define(fault.NotFound, "owner_unknown", "مالکی برای این خودرو ثبت نشده است.", "No owner of this vehicle is on record.")
	errOwnerNotKept = fault.Define(fault.Conflict, "owner_not_kept", "این مالک پیش از نگهداری رمزشدهٔ نام و شناسه ثبت شده است و تنها به‌صورت پوشیده شناخته می‌شود.",
		"This owner was recorded before names and IDs were kept sealed; only the masked form is known.")
)

// ownersAtOnce bounds a page of FindByOwner: each vehicle of it gets an audit record.
const ownersAtOnce = 100

// keep stores an owner's name and ID sealed, and gives the mark of the owner that refers to them.
func (r *Registry) keep(tx *scope.Tx, o Owner) (OwnerMark, error) {
	id, key := tx.NewID(), r.ring.Newest()
	name, err := r.ring.SealWith(key, identityPlace(id, nameColumn), o.name)
	if err != nil {
		return OwnerMark{}, fmt.Errorf("seal owner's name: %w", err)
	}
	number, err := r.ring.SealWith(key, identityPlace(id, idColumn), o.id)
	if err != nil {
		return OwnerMark{}, fmt.Errorf("seal owner's ID: %w", err)
	}
	return o.mark(r.ring, id), insertIdentity(tx, id, name, number)
}

func identityPlace(id uuid.UUID, column string) privacy.Place {
	return privacy.Place{Table: OwnerIdentities.Name, Column: column, Row: id.String()}
}

// DiscloseOwner gives in clear the owner whose period begins on a day, or the last one where the day is absent, of the vehicle that the platform's scope names. The
// purpose goes into the audit record. Errors: registry_scope, reason_missing (purpose), registered_vehicle_unknown, entry_unknown (entry), owner_unknown,
// owner_not_kept. What was changed in storage or put in another's place is never disclosed: privacy.ErrTampered.
func (r *Registry) DiscloseOwner(ctx context.Context, s scope.Scope, entry time.Time, purpose string) (Disclosure, error) {
	if err := platformFor(s, purpose); err != nil {
		return Disclosure{}, err
	}
	var d Disclosure
	err := r.runner.InTx(ctx, s, func(tx *scope.Tx) error {
		vehicle, err := loadVehicle(tx)
		if err != nil {
			return err
		}
		p, err := ownerAt(tx, vehicle.ID, entry)
		if err != nil {
			return err
		}
		if d, err = r.reveal(tx, p); err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "owner.disclosed", TargetKind: "vehicle", TargetID: vehicle.ID.String(), Purpose: purpose,
			Details: map[string]any{"entry": dayText(p.From), "identity": p.Owner.Identity}})
	})
	if err != nil {
		return Disclosure{}, err
	}
	return d, nil
}

// platformFor refuses other scopes, and a reading without a purpose.
func platformFor(s scope.Scope, purpose string) error {
	switch {
	case s.Kind() != scope.KindPlatform:
		return errNotRegistrar
	case purpose == "":
		return errReason.On("purpose")
	}
	return nil
}

func ownerAt(tx *scope.Tx, vehicle uuid.UUID, entry time.Time) (Period, error) {
	periods, err := ownerRelation.load(tx, vehicle)
	switch {
	case err != nil:
		return Period{}, err
	case !entry.IsZero():
		return (&timeline{periods: periods}).entry(entry)
	case len(periods) == 0:
		return Period{}, errOwnerUnknown.On("vehicle")
	}
	return periods[len(periods)-1], nil
}

// reveal opens an owner's identity and holds it against the period's own hash: a reference that was turned to somebody else's identity opens, too, but does not fit.
func (r *Registry) reveal(tx *scope.Tx, p Period) (Disclosure, error) {
	if p.Owner.Identity == uuid.Nil {
		return Disclosure{}, errOwnerNotKept.On("vehicle")
	}
	sealedName, sealedID, err := loadIdentity(tx, p.Owner.Identity)
	if err != nil {
		return Disclosure{}, err
	}
	name, err := r.ring.Open(identityPlace(p.Owner.Identity, nameColumn), sealedName)
	if err != nil {
		return Disclosure{}, fmt.Errorf("open name of identity %s: %w", p.Owner.Identity, err)
	}
	number, err := r.ring.Open(identityPlace(p.Owner.Identity, idColumn), sealedID)
	if err != nil {
		return Disclosure{}, fmt.Errorf("open ID of identity %s: %w", p.Owner.Identity, err)
	}
	hash := hex.EncodeToString(OwnerID{p.Owner.Kind, number}.blind(r.ring))
	if subtle.ConstantTimeCompare([]byte(hash), []byte(p.Owner.Hash)) != 1 {
		return Disclosure{}, fmt.Errorf("identity %s is another owner's: %w", p.Owner.Identity, privacy.ErrTampered)
	}
	return Disclosure{From: p.From, To: p.To, Kind: p.Owner.Kind, ID: number, Name: name}, nil
}

// FindByOwner lists what vehicles somebody has or had, by the blind index of the ID, in the order of vehicles after one. Every vehicle on the page gets an audit
// record with the purpose, and so does the search. more tells whether others follow. Errors: registry_scope, reason_missing (purpose).
func (r *Registry) FindByOwner(ctx context.Context, s scope.Scope, owner OwnerID, after uuid.UUID, purpose string) (page []Owned, more bool, err error) {
	if err := platformFor(s, purpose); err != nil {
		return nil, false, err
	}
	err = r.runner.InTx(ctx, s, func(tx *scope.Tx) error {
		blind := owner.blind(r.ring)
		if page, more, err = ownedBy(tx, blind, after); err != nil {
			return err
		}
		err := audit.Write(tx, audit.Record{Action: "owner.searched", TargetKind: "owner", TargetID: hex.EncodeToString(blind), Purpose: purpose, Details: map[string]any{"found": len(page)}})
		if err != nil {
			return err
		}
		for i, o := range page {
			if i > 0 && page[i-1].VehicleID == o.VehicleID {
				continue
			}
			err := audit.Write(tx, audit.Record{Action: "vehicle.found_by_owner", TargetKind: "vehicle", TargetID: o.VehicleID.String(), Purpose: purpose})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return page, more, err
}
