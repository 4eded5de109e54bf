package vehicles

import (
	"encoding/hex"
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
}

// OwnerMark is what everybody who may see an owner sees: enough to recognise, too little to know. Hash is the hexadecimal HMAC-SHA-256 of the ID,
// ID its last three digits after stars ("*******123"), Name the first letter of each of its words ("ع*** م***"). Identity is the row that holds both sealed, or
// Nil for an owner from before they were kept.
type OwnerMark struct {
	Kind           OwnerKind
	Hash, ID, Name string
	Identity       uuid.UUID
}

// OwnerID names an owner to look for, in clear. Only PersonID and LegalPersonID make one.
type OwnerID struct {
	kind OwnerKind
	id   string
}

// PersonID names a natural owner.
func PersonID(id identifiers.NationalID) OwnerID { return OwnerID{Person, id.String()} }

// LegalPersonID names a company or an institution.
func LegalPersonID(id identifiers.LegalID) OwnerID { return OwnerID{LegalPerson, id.String()} }

// String keeps the ID out of logs and error texts.
func (OwnerID) String() string { return "[redacted]" }

// blind hashes under a key, since ten digits can be tried one by one; the kind keeps a person's hash apart from a company's.
func (o OwnerID) blind(ring *privacy.Keyring) []byte {
	return ring.Blind("owner "+string(o.kind), o.id)
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

// String keeps the owner out of logs and error texts.
func (Owner) String() string { return "[redacted]" }

func (o Owner) mark(ring *privacy.Keyring, identity uuid.UUID) OwnerMark {
	return OwnerMark{Kind: o.kind, Hash: hex.EncodeToString(OwnerID{o.kind, o.id}.blind(ring)), ID: maskID(o.id), Name: maskName(o.name), Identity: identity}
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
