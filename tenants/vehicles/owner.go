package vehicles

import (
	"strings"
	"unicode"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/privacy"
)

// OwnerKind tells a natural from a legal person; a stable code for storage and API.
type OwnerKind string

// The kinds of owners.
const (
	Person      OwnerKind = "person" // شخص حقیقی, named by a national ID (کد ملی)
	LegalPerson OwnerKind = "legal"  // شخص حقوقی, named by a legal ID (شناسهٔ ملی)
)

// Owner is who owns a vehicle, in clear, on the way in only. Only NewPerson and NewLegalPerson make one; the zero Owner is nobody.
type Owner struct {
	kind     OwnerKind
	id, name string
	phone    identifiers.Mobile // or ""
}

// OwnerMark is what everybody who may see an owner sees: enough to recognise, too little to know. ID is its last three digits after stars ("*******123"), Name the
// first letter of each of its words ("ع*** م***"), Phone the number without its middle ("0912***4567") or "". Identity is the row that holds them sealed, or Nil for
// an owner from before they were kept. The hash of the ID is nobody's to see.
type OwnerMark struct {
	Kind            OwnerKind
	ID, Name, Phone string
	Identity        uuid.UUID
	index           index
}

// index is what an owner is found and recognised by, under one key.
type index struct {
	id, phone privacy.Mark
	former    []privacy.Mark // of the ID, under other keys, as far as they were worked out
}

// Same tells whether two marks are one owner's. Marks under different keys are held against each other by what was worked out under the other's.
func (m OwnerMark) Same(o OwnerMark) bool {
	if m.Kind != o.Kind {
		return false
	}
	for _, mine := range append([]privacy.Mark{m.index.id}, m.index.former...) {
		for _, theirs := range append([]privacy.Mark{o.index.id}, o.index.former...) {
			if mine.Key == theirs.Key {
				return mine.Is(theirs)
			}
		}
	}
	return false
}

// OwnerKey names an owner to look for, in clear: by an ID or by a mobile number. Only PersonID, LegalPersonID and Phone make one.
type OwnerKey struct {
	kind  OwnerKind // of an ID
	value string
}

// PersonID names a natural owner.
func PersonID(id identifiers.NationalID) OwnerKey { return OwnerKey{Person, id.String()} }

// LegalPersonID names a company or an institution.
func LegalPersonID(id identifiers.LegalID) OwnerKey { return OwnerKey{LegalPerson, id.String()} }

// Phone names whoever gave this number.
func Phone(number identifiers.Mobile) OwnerKey { return OwnerKey{"", number.String()} }

// String keeps the ID out of logs and error texts.
func (OwnerKey) String() string { return "[redacted]" }

// word is the kind under which the value is hashed, since ten digits can be tried one by one; it keeps a person's hash apart from a company's and from a number's.
func (o OwnerKey) word() string {
	if o.kind == "" {
		return "owner phone"
	}
	return "owner " + string(o.kind)
}

var (
	errOwnerName     = fault.Define(fault.Invalid, "owner_name", "نام مالک باید دست‌کم یک حرف داشته باشد.", "The owner's name must have at least one letter.")
	errOwnerRequired = fault.Define(fault.Invalid, "owner_required", "مالک تازه نوشته نشده است.", "The new owner is missing.")
)

// NewPerson is a natural owner. Error: owner_name.
func NewPerson(id identifiers.NationalID, name string) (Owner, error) {
	return newOwner(Person, id.String(), name)
}

// NewLegalPerson is a company or an institution. Error: owner_name.
func NewLegalPerson(id identifiers.LegalID, name string) (Owner, error) {
	return newOwner(LegalPerson, id.String(), name)
}

func newOwner(kind OwnerKind, id, name string) (Owner, error) {
	if !strings.ContainsFunc(name, unicode.IsLetter) {
		return Owner{}, errOwnerName
	}
	return Owner{kind: kind, id: id, name: name}, nil
}

// WithPhone adds the owner's mobile number; "" adds none.
func (o Owner) WithPhone(number identifiers.Mobile) Owner { o.phone = number; return o }

// String keeps the owner out of logs and error texts.
func (Owner) String() string { return "[redacted]" }

func (o Owner) key() OwnerKey { return OwnerKey{o.kind, o.id} }

// mark is the owner as a period keeps them. ID and number are hashed under one key.
func (o Owner) mark(ring *privacy.Keyring, identity uuid.UUID) (OwnerMark, error) {
	ids := ring.Marks(o.key().word(), o.id)
	m := OwnerMark{Kind: o.kind, ID: maskID(o.id), Name: maskName(o.name), Identity: identity, index: index{id: ids[0], former: ids[1:]}}
	if o.phone == "" {
		return m, nil
	}
	var err error
	m.Phone = o.phone.Masked()
	m.index.phone, err = ring.MarkWith(ids[0].Key, Phone(o.phone).word(), o.phone.String())
	return m, err
}

func maskID(id string) string { return strings.Repeat("*", len(id)-3) + id[len(id)-3:] }

// maskName never tells how long a word is.
func maskName(name string) string {
	words := strings.Fields(name)
	for i, word := range words {
		words[i] = string([]rune(word)[:1]) + "***"
	}
	return strings.Join(words, " ")
}
