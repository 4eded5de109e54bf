package vehicles

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/privacy"
)

var errOwnerAlone = fault.Define(fault.Invalid, "owner_alone", "نام یا شمارهٔ همراه مالک آمده است، ولی شناسهٔ او خالی است.",
	"There is a name or a mobile number of an owner but no ID that it belongs to.")

var errNoKeys = errors.New("vehicles: the file names owners and there are no keys to seal them")

// ownerParser seals the owners of a file as they are read: nothing of them reaches the database in clear, not even its temporary tables.
type ownerParser struct {
	keys  func() (*privacy.Keyring, error)
	ring  *privacy.Keyring // once a row has named an owner
	newID func() uuid.UUID
}

// stagedOwner is one owner in the staging table. Same tells whether two rows state the owner alike, to the letter; the marks, under every key, whether a stored
// period is this owner's.
type stagedOwner struct {
	Kind        OwnerKind     `json:"kind"`
	Identity    uuid.UUID     `json:"identity"`
	Same        string        `json:"same"`
	Marks       string        `json:"marks"`
	PhoneMarks  string        `json:"phone_marks"`
	IndexKey    privacy.KeyID `json:"index_key"`
	IDHash      string        `json:"id_hash"`
	IDMasked    string        `json:"id_masked"`
	NameMasked  string        `json:"name_masked"`
	PhoneHash   *string       `json:"phone_hash"`
	PhoneMasked *string       `json:"phone_masked"`
	NameEnc     string        `json:"name_enc"`
	PhoneEnc    *string       `json:"phone_enc"`
	IDEnc       string        `json:"id_enc"`
}

// cell is the row's owner as it is staged, or nil.
func (p *ownerParser) cell(r *csvimport.Record) any {
	if r.Text(colOwner) == "" {
		for _, column := range []int{colOwnerName, colOwnerPhone} {
			if r.Text(column) != "" {
				r.Refuse(column, errOwnerAlone)
			}
		}
		return nil
	}
	owner, ok := p.owner(r)
	if !ok {
		return nil
	}
	body, err := p.stage(owner)
	if err != nil {
		r.Refuse(colOwner, err)
	}
	return body
}

// owner reads an ID, a legal one where it has eleven digits, with the name and the number beside it.
func (p *ownerParser) owner(r *csvimport.Record) (owner Owner, ok bool) {
	name, wrongName := csvimport.Name(r.Text(colOwnerName))
	var wrongID error
	if text := r.Text(colOwner); len(strings.ReplaceAll(identifiers.Fold(text), "-", "")) == 11 {
		var id identifiers.LegalID
		id, wrongID = identifiers.ParseLegalID(text)
		owner = Owner{kind: LegalPerson, id: id.String(), name: name}
	} else {
		var id identifiers.NationalID
		id, wrongID = identifiers.ParseNationalID(text)
		owner = Owner{kind: Person, id: id.String(), name: name}
	}
	if wrongName == nil {
		owner, wrongName = newOwner(owner.kind, owner.id, owner.name)
	}
	var wrongPhone error
	if text := r.Text(colOwnerPhone); text != "" {
		owner.phone, wrongPhone = identifiers.ParseMobile(text)
	}
	for column, wrong := range map[int]error{colOwner: wrongID, colOwnerName: wrongName, colOwnerPhone: wrongPhone} {
		if wrong != nil {
			r.Refuse(column, wrong)
		}
	}
	return owner, wrongID == nil && wrongName == nil && wrongPhone == nil
}

// stage seals and hashes an owner for an identity of their own.
func (p *ownerParser) stage(o Owner) (string, error) {
	if err := p.load(); err != nil {
		return "", err
	}
	row := p.newID()
	sealed, err := o.seal(p.ring, row)
	if err != nil {
		return "", err
	}
	mark, err := o.mark(p.ring, row)
	if err != nil {
		return "", fmt.Errorf("hash owner: %w", err)
	}
	staged := stagedOwner{Kind: o.kind, Identity: row, Same: hex.EncodeToString(p.ring.Blind("owner row", o.id+"|"+o.phone.String()+"|"+o.name)),
		Marks: marksText(p.ring.Marks(o.key().word(), o.id)), IndexKey: mark.index.id.Key, IDHash: byteaText(mark.index.id.Sum), IDMasked: mark.ID, NameMasked: mark.Name,
		NameEnc: byteaText(sealed.name), IDEnc: byteaText(sealed.id)}
	if o.phone != "" {
		hash, enc := byteaText(mark.index.phone.Sum), byteaText(sealed.phone)
		staged.PhoneHash, staged.PhoneMasked, staged.PhoneEnc = &hash, &mark.Phone, &enc
		staged.PhoneMarks = marksText(p.ring.Marks(Phone(o.phone).word(), o.phone.String()))
	}
	body, err := json.Marshal(staged)
	return string(body), err
}

func (p *ownerParser) load() (err error) {
	switch {
	case p.ring != nil:
		return nil
	case p.keys == nil:
		return errNoKeys
	}
	p.ring, err = p.keys()
	return err
}

// byteaText is the input of PostgreSQL's bytea in hexadecimal.
func byteaText(b []byte) string { return `\x` + hex.EncodeToString(b) }

// marksText lists marks so that SQL finds one of them: "|2:0a…|1:ff…|".
func marksText(marks []privacy.Mark) string {
	text := "|"
	for _, m := range marks {
		text += fmt.Sprintf("%d:%x|", m.Key, m.Sum)
	}
	return text
}
