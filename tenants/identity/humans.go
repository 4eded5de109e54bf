package identity

import (
	"fmt"
	"strings"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// What knowing people by their national IDs refuses with.
var (
	errHumanHere = fault.Define(fault.Conflict, "person_works_here",
		"این شخص هم‌اکنون با نام کاربری دیگری اینجا کار می‌کند.", "This human works here already, under another user name.")
	errHumanOther = fault.Define(fault.Conflict, "person_other_human",
		"برای این نام کاربری کد ملی دیگری ثبت شده است؛ تنها راهبر سامانه آن را اصلاح می‌کند.", "Another national ID is on record for this user name; only the platform's operator corrects it.")
	errOwnHuman = fault.Define(fault.Forbidden, "person_own_national_id",
		"کد ملی شما را کس دیگری باید ثبت کند.", "Your own national ID is recorded by somebody else.")
)

// humanKind keeps the index of those who sign in apart from that of vehicles' owners: who owns which vehicle does not follow from it.
const humanKind = "person national-id"

// Humans knows people by their national IDs: two user names of one ID are one human. An ID is stored sealed, and found by a keyed hash.
type Humans struct{ ring *privacy.Keyring }

// NewHumans binds it to the keys of personal data.
func NewHumans(ring *privacy.Keyring) *Humans { return &Humans{ring} }

// Enrolment is what enrolling needs: what a sign-in costs, and who people are.
type Enrolment struct {
	Cost   *argon2id.Params
	Humans *Humans
}

// human is a human as rows refer to them.
type human struct {
	ID     uuid.UUID
	Masked string // of the national ID, its last three digits
}

// columns are a human's two columns in other tables.
func (h human) columns() (id uuid.NullUUID, masked *string) {
	if h.ID == uuid.Nil {
		return uuid.NullUUID{}, nil
	}
	return uuid.NullUUID{UUID: h.ID, Valid: true}, &h.Masked
}

func placeOf(row uuid.UUID) privacy.Place {
	return privacy.Place{Table: "humans", Column: "id_enc", Row: row.String()}
}

// know is the human of a national ID, in any writing, recorded where they are new. Errors: those of identifiers.ParseNationalID (national_id).
func (k *Humans) know(tx *scope.Tx, text string) (human, error) {
	id, err := identifiers.ParseNationalID(text)
	if err != nil {
		if f := fault.Of(err); f != nil {
			return human{}, f.On("national_id")
		}
		return human{}, err
	}
	if err := meetIndex(tx, k.ring); err != nil {
		return human{}, err
	}
	fresh := tx.NewID()
	sealed, err := k.ring.Seal(placeOf(fresh), id.String())
	if err != nil {
		return human{}, fmt.Errorf("seal national ID: %w", err)
	}
	found, err := knowHuman(tx, fresh, k.ring.Marks(humanKind, id.String()), sealed)
	digits := id.String()
	return human{ID: found, Masked: strings.Repeat("*", len(digits)-3) + digits[len(digits)-3:]}, err
}
