package audit

import (
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"mofasa/tenants/fault"
)

// Hash is a SHA-256 (FIPS 180-4).
type Hash [sha256.Size]byte

// String is the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Head is the newest link of the chain. Whoever keeps it outside the database can tell later that nothing up to it was rewritten. The zero Head is an empty
// chain's.
type Head struct {
	Sequence int64 // counts the sealed rows
	Chain    Hash
}

// String writes a head as "12:9f86…", to be kept outside.
func (h Head) String() string { return strconv.FormatInt(h.Sequence, 10) + ":" + h.Chain.String() }

var errHead = fault.Define(fault.Invalid, "audit_head_format", "سر زنجیره باید «شماره:چکیده» باشد، همان‌گونه که چاپ شده است.", "A head is written \"number:hash\", as it was printed.")

// ParseHead reads what Head.String wrote. Error: audit_head_format.
func ParseHead(text string) (Head, error) {
	number, digits, ok := strings.Cut(text, ":")
	sequence, err := strconv.ParseInt(number, 10, 64)
	chain, wrong := hex.DecodeString(digits)
	if err := errors.Join(err, wrong); !ok || err != nil || sequence < 0 || len(chain) != sha256.Size {
		return Head{}, errHead
	}
	return Head{Sequence: sequence, Chain: Hash(chain)}, nil
}

// sealedColumns are all columns of audit_log, in the order in which they are hashed, with how each becomes a text that no setting of the server changes.
// A new column comes at the end, with a new version of the encoding.
var sealedColumns = [...]struct{ name, text string }{
	{"id", "a.id::text"}, {"at", "(extract(epoch FROM a.at) * 1000000)::bigint::text"}, {"owner", "a.owner"}, {"actor_kind", "a.actor_kind"},
	{"actor_id", "a.actor_id::text"}, {"action", "a.action"}, {"target_kind", "a.target_kind"}, {"target_id", "a.target_id"}, {"purpose", "a.purpose"},
	{"details", "a.details::text"}, {"request_id", "a.request_id"}, {"txid", "a.txid::text"}, {"about_municipality", "a.about_municipality::text"},
}

// encodingName stands before every row, so that its hash can stand for nothing else.
const encodingName = "mofasa audit row 1\n"

// row is a row of the log, column by column as sealedColumns has them.
type row [len(sealedColumns)]sql.NullString

func (r row) id() string   { return r[0].String }
func (r row) txid() string { return r[11].String }

// hash covers every column: a byte for absent or present, then the length in four bytes and the text. No two rows share an encoding.
func (r row) hash() Hash {
	h := sha256.New()
	h.Write([]byte(encodingName))
	for _, column := range r {
		if !column.Valid {
			h.Write([]byte{0})
			continue
		}
		var length [5]byte
		length[0] = 1
		binary.BigEndian.PutUint32(length[1:], uint32(len(column.String)))
		h.Write(length[:])
		h.Write([]byte(column.String))
	}
	return Hash(h.Sum(nil))
}

// next is the link that follows: SHA-256 of the chain so far, the number and the row's hash.
func (h Head) next(row Hash) Head {
	sum := sha256.New()
	sum.Write(h.Chain[:])
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(h.Sequence+1))
	sum.Write(number[:])
	sum.Write(row[:])
	return Head{Sequence: h.Sequence + 1, Chain: Hash(sum.Sum(nil))}
}

// link is a stored seal with the row that it is about; gone where there is no such row.
type link struct {
	sequence  int64
	id        string
	txid      string
	rowHash   []byte
	chainHash []byte
	gone      bool
	row       row
}

// The rules that Verify names.
const (
	ruleMissing  = "a seal is missing"
	ruleSeal     = "a seal was changed"
	ruleRemoved  = "a sealed row was removed"
	ruleChanged  = "a sealed row was changed"
	ruleInserted = "a row was inserted after its place had been sealed"
	ruleFuture   = "a row claims a transaction that has not begun"
	ruleHead     = "the chain is not the one of the head that was kept"
	ruleCut      = "sealed rows were cut off at the end"
)

// judge holds a link against the chain before it, and names what is wrong with it, or nothing.
func (h Head) judge(l link) (rule, where string, next Head) {
	if l.sequence != h.Sequence+1 {
		return ruleMissing, fmt.Sprintf("seal %d", h.Sequence+1), h
	}
	where = fmt.Sprintf("row %s, sealed as %d", l.id, l.sequence)
	if len(l.rowHash) != sha256.Size {
		return ruleSeal, where, h
	}
	next = h.next(Hash(l.rowHash))
	switch {
	case hex.EncodeToString(l.chainHash) != next.Chain.String():
		return ruleSeal, where, h
	case l.gone:
		return ruleRemoved, where, h
	case l.row.hash() != Hash(l.rowHash):
		return ruleChanged, where, h
	case l.txid != l.row.txid():
		return ruleSeal, where, h
	}
	return "", "", next
}

// SealedColumns names the columns of audit_log that a row's hash covers.
func SealedColumns() []string {
	names := make([]string, len(sealedColumns))
	for i, c := range sealedColumns {
		names[i] = c.name
	}
	return names
}
