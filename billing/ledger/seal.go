package ledger

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
)

// Head is the newest link of one chain. Whoever keeps it outside the database can tell later that nothing up to it was rewritten.
type Head struct {
	MunicipalityID int
	audit.Head
}

// String writes a head as "122:12:9f86…": municipality, number and hash.
func (h Head) String() string { return strconv.Itoa(h.MunicipalityID) + ":" + h.Head.String() }

var errHead = fault.Define(fault.Invalid, "ledger_head_format", "سر زنجیرهٔ دفتر باید «شهرداری:شماره:چکیده» باشد، همان‌گونه که چاپ شده است.",
	"A head of the books is written \"municipality:number:hash\", as it was printed.")

// ParseHead reads what Head.String wrote. Error: ledger_head_format.
func ParseHead(text string) (Head, error) {
	code, rest, _ := strings.Cut(text, ":")
	municipality, wrong := strconv.Atoi(code)
	head, err := audit.ParseHead(rest)
	if err != nil || wrong != nil || municipality < 0 {
		return Head{}, errHead
	}
	return Head{MunicipalityID: municipality, Head: head}, nil
}

// sealedColumns are all columns of ledger_entries, in the order in which they are hashed, with how each becomes a text that no setting of the server changes.
// A new column comes at the end, with a new version of the encoding.
var sealedColumns = [...]struct{ name, text string }{
	{"id", "e.id::text"}, {"txid", "e.txid::text"}, {"municipality_id", "e.municipality_id::text"}, {"at", "(extract(epoch FROM e.at) * 1000000)::bigint::text"},
	{"kind", "e.kind"}, {"source_kind", "e.source_kind"}, {"source_id", "e.source_id::text"}, {"bill_id", "e.bill_id::text"}, {"office_id", "e.office_id::text"},
	{"accounts", "e.accounts::text"}, {"amounts", "e.amounts::text"},
}

// encodingName stands before every entry, so that its hash can stand for nothing else.
const encodingName = "mofasa ledger entry 1\n"

// sealable is an entry, column by column as sealedColumns has them.
type sealable [len(sealedColumns)]sql.NullString

func (e sealable) place() place { return place{id: e[0].String, txid: e[1].String} }

// hash covers every column: a byte for absent or present, then the length in four bytes and the text. No two entries share an encoding.
func (e sealable) hash() audit.Hash {
	var space [512]byte
	text := append(space[:0], encodingName...)
	for _, column := range e {
		if !column.Valid {
			text = append(text, 0)
			continue
		}
		text = binary.BigEndian.AppendUint32(append(text, 1), uint32(len(column.String)))
		text = append(text, column.String...)
	}
	return sha256.Sum256(text)
}

// next is the link that follows: SHA-256 of the chain so far, the number and the entry's hash.
func (h Head) next(entry audit.Hash) Head {
	var text [2*sha256.Size + 8]byte
	copy(text[:], h.Chain[:])
	binary.BigEndian.PutUint64(text[sha256.Size:], uint64(h.Sequence+1))
	copy(text[sha256.Size+8:], entry[:])
	h.Sequence, h.Chain = h.Sequence+1, sha256.Sum256(text[:])
	return h
}

// before tells whether p stands before q: by the number of the transaction, then by id.
func (p place) before(q place) bool {
	switch {
	case len(p.txid) != len(q.txid):
		return len(p.txid) < len(q.txid)
	case p.txid != q.txid:
		return p.txid < q.txid
	}
	return p.id < q.id
}

// seal is a stored link.
type seal struct {
	sequence int64
	place
	rowHash   []byte
	chainHash []byte
}

// The rules that Verify names.
const (
	ruleMissing  = "a seal is missing"
	ruleSeal     = "a seal was changed"
	ruleRemoved  = "a sealed entry was removed"
	ruleChanged  = "a sealed entry was changed"
	ruleInserted = "an entry was inserted after its place had been sealed"
	ruleFuture   = "an entry claims a transaction that has not begun"
	ruleHead     = "the chain is not the one of a head that was kept"
	ruleBalance  = "the books do not sum to zero"
	ruleRollup   = "a roll-up is not the sum of its entries"
	ruleAccount  = "an account is not in the chart"
	ruleBooks    = "there is no such municipality"
)

// breach is a rule that does not hold, and where; the zero breach is none.
type breach struct{ rule, where string }

// link holds a stored seal against the chain before it, and gives the next head.
func (h Head) link(s seal) (Head, breach) {
	if s.sequence != h.Sequence+1 {
		return h, breach{ruleMissing, fmt.Sprintf("seal %d", h.Sequence+1)}
	}
	if len(s.rowHash) != sha256.Size {
		return h, breach{ruleSeal, s.String()}
	}
	next := h.next(audit.Hash(s.rowHash))
	if !bytes.Equal(s.chainHash, next.Chain[:]) {
		return h, breach{ruleSeal, s.String()}
	}
	return next, breach{}
}

// continues holds the head against those that were kept, and leaves the ones that are yet to come.
func (h Head) continues(kept []Head) ([]Head, breach) {
	for len(kept) > 0 && kept[0].Sequence == h.Sequence {
		if kept[0] != h {
			return kept, breach{ruleHead, kept[0].Head.String()}
		}
		kept = kept[1:]
	}
	return kept, breach{}
}

// judge holds the entry that stands next in the books, or none, against the next seal.
func (s seal) judge(next *sealable) breach {
	if next == nil {
		return breach{ruleRemoved, s.String()}
	}
	hash := next.hash()
	same := bytes.Equal(hash[:], s.rowHash)
	switch stands := next.place(); {
	case stands == s.place && !same:
		return breach{ruleChanged, s.String()}
	case stands != s.place && same:
		return breach{ruleSeal, s.String()}
	case stands.before(s.place):
		return breach{ruleInserted, fmt.Sprintf("entry %s, after the one sealed as %d", stands.id, s.sequence-1)}
	case stands != s.place:
		return breach{ruleRemoved, s.String()}
	}
	return breach{}
}

func (s seal) String() string { return fmt.Sprintf("entry %s, sealed as %d", s.id, s.sequence) }

// SealedColumns names the columns of ledger_entries that an entry's hash covers.
func SealedColumns() []string {
	names := make([]string, len(sealedColumns))
	for i, c := range sealedColumns {
		names[i] = c.name
	}
	return names
}

// keptOf lists the heads of one chain that were kept, the shortest first.
func keptOf(kept []Head, municipality int) (list []Head) {
	for _, h := range kept {
		if h.MunicipalityID == municipality && h.Sequence > 0 {
			list = append(list, h)
		}
	}
	slices.SortFunc(list, func(a, b Head) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return list
}

// withKept adds the chains of kept heads, so that books which vanished altogether are missed.
func withKept(codes []int, kept []Head) []int {
	for _, h := range kept {
		codes = append(codes, h.MunicipalityID)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
