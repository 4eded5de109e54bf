package vehicles

import (
	"context"
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

// OwnerIdentities is where owners' names, numbers and IDs are kept, sealed.
var OwnerIdentities = privacy.Table{Name: "owner_identities", Columns: []string{nameColumn, phoneColumn, idColumn}}

const (
	nameColumn  = "name_enc"
	phoneColumn = "phone_enc" // null of whoever gave no number
	idColumn    = "id_enc"
)

// Disclosure is an owner in clear, with the period of ownership.
type Disclosure struct {
	From, To time.Time
	Kind     OwnerKind
	ID, Name string
	Phone    string // or ""
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

// ErrOneOwnerID says that an owner must be named in exactly one way.
var ErrOneOwnerID = fault.Define(fault.Invalid, "one_owner_id", "مالک را با یکی از کد ملی، شناسهٔ ملی یا شمارهٔ همراه نام ببرید.",
	"Name the owner by exactly one of a national ID, a legal ID and a mobile number.")

var (
	errOwnerUnknown = fault.Define(fault.NotFound, "owner_unknown", "مالکی برای این خودرو ثبت نشده است.", "No owner of this vehicle is on record.")
	errOwnerNotKept = fault.Define(fault.Conflict, "owner_not_kept", "این مالک پیش از نگهداری رمزشدهٔ نام و شناسه ثبت شده است و تنها به‌صورت پوشیده شناخته می‌شود.",
		"This owner was recorded before names and IDs were kept sealed; only the masked form is known.")
)

// ownersAtOnce bounds a page of FindByOwner: each vehicle of it gets an audit record.
const ownersAtOnce = 100

// keep stores an owner's name, number and ID sealed, and gives the mark of the owner that refers to them.
func (r *Registry) keep(tx *scope.Tx, o Owner) (OwnerMark, error) {
	id := tx.NewID()
	sealed, err := o.seal(r.ring, id)
	if err != nil {
		return OwnerMark{}, err
	}
	mark, err := o.mark(r.ring, id)
	if err != nil {
		return OwnerMark{}, fmt.Errorf("hash owner: %w", err)
	}
	return mark, insertIdentity(tx, id, sealed)
}

// identity is an owner sealed; phone is nil where there is no number.
type identity struct{ name, phone, id []byte }

// seal seals what is known of an owner for the row of an identity, under one key.
func (o Owner) seal(ring *privacy.Keyring, row uuid.UUID) (sealed identity, err error) {
	key := ring.Newest()
	for column, into := range map[string]*[]byte{nameColumn: &sealed.name, phoneColumn: &sealed.phone, idColumn: &sealed.id} {
		text := map[string]string{nameColumn: o.name, phoneColumn: o.phone.String(), idColumn: o.id}[column]
		if text == "" {
			continue
		}
		if *into, err = ring.SealWith(key, identityPlace(row, column), text); err != nil {
			return identity{}, fmt.Errorf("seal %s of an owner: %w", column, err)
		}
	}
	return sealed, nil
}

// unseal opens an identity, as an owner of the kind that the period states.
func (s identity) unseal(ring *privacy.Keyring, row uuid.UUID, kind OwnerKind) (Owner, error) {
	o := Owner{kind: kind}
	var phone string
	for column, from := range map[string]struct {
		sealed []byte
		into   *string
	}{nameColumn: {s.name, &o.name}, phoneColumn: {s.phone, &phone}, idColumn: {s.id, &o.id}} {
		if from.sealed == nil {
			continue
		}
		text, err := ring.Open(identityPlace(row, column), from.sealed)
		if err != nil {
			return Owner{}, fmt.Errorf("open %s of identity %s: %w", column, row, err)
		}
		*from.into = text
	}
	return o.WithPhone(identifiers.Mobile(phone)), nil
}

// fits holds an opened identity against the hashes of the period that refers to it: a reference that was turned to somebody else's identity opens, too, but does not
// fit.
func (o Owner) fits(ring *privacy.Keyring, m OwnerMark) error {
	id, err := ring.MarkWith(m.index.id.Key, o.key().word(), o.id)
	if err != nil {
		return fmt.Errorf("hash ID of identity %s: %w", m.Identity, err)
	}
	phone := m.index.phone
	if o.phone != "" {
		if phone, err = ring.MarkWith(m.index.id.Key, Phone(o.phone).word(), o.phone.String()); err != nil {
			return fmt.Errorf("hash number of identity %s: %w", m.Identity, err)
		}
	}
	if !id.Is(m.index.id) || !phone.Is(m.index.phone) || (o.phone == "") != (m.Phone == "") {
		return fmt.Errorf("identity %s is another owner's: %w", m.Identity, privacy.ErrTampered)
	}
	return nil
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

// reveal opens the identity that a period refers to.
func (r *Registry) reveal(tx *scope.Tx, p Period) (Disclosure, error) {
	if p.Owner.Identity == uuid.Nil {
		return Disclosure{}, errOwnerNotKept.On("vehicle")
	}
	o, err := r.ownerOf(tx, p.Owner)
	if err != nil {
		return Disclosure{}, err
	}
	return Disclosure{From: p.From, To: p.To, Kind: o.kind, ID: o.id, Name: o.name, Phone: o.phone.String()}, nil
}

// ownerOf is the owner whose identity a mark names, in clear. Whatever does not fit is privacy.ErrTampered.
func (r *Registry) ownerOf(tx *scope.Tx, m OwnerMark) (Owner, error) {
	sealed, err := loadIdentity(tx, m.Identity)
	if err != nil {
		return Owner{}, err
	}
	o, err := sealed.unseal(r.ring, m.Identity, m.Kind)
	if err != nil {
		return Owner{}, err
	}
	return o, o.fits(r.ring, m)
}

// FindByOwner lists what vehicles somebody has or had, by the blind index of the ID or the mobile number, in the order of vehicles after one. Every vehicle on the
// page gets an audit record with the purpose, and so does the search. more tells whether others follow. Errors: registry_scope, reason_missing (purpose);
// privacy.ErrKeyMissing where somebody stores under a key that this process lacks.
func (r *Registry) FindByOwner(ctx context.Context, s scope.Scope, owner OwnerKey, after uuid.UUID, purpose string) (page []Owned, more bool, err error) {
	if err := platformFor(s, purpose); err != nil {
		return nil, false, err
	}
	err = r.runner.InTx(ctx, s, func(tx *scope.Tx) error {
		if err := meetIndex(tx, r.ring); err != nil {
			return err
		}
		marks := r.ring.Marks(owner.word(), owner.value)
		if page, more, err = ownedBy(tx, owner, marks, after); err != nil {
			return err
		}
		if err := writeSearch(tx, owner, marks[0], purpose, len(page)); err != nil {
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

// writeSearch puts a search on record. Whom it was for says the hash, under the key that is named.
func writeSearch(tx *scope.Tx, owner OwnerKey, mark privacy.Mark, purpose string, found int) error {
	by := map[bool]string{true: "phone", false: "id"}[owner.kind == ""]
	return audit.Write(tx, audit.Record{Action: "owner.searched", TargetKind: "owner", TargetID: hex.EncodeToString(mark.Sum), Purpose: purpose,
		Details: map[string]any{"found": found, "by": by, "index_key": mark.Key}})
}
