package ledger

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// Key is a place in the time of a set of books: the posting that stands there, and everything before it. Postings are ordered by the time of their entry, its id and
// their line in it (from 1).
type Key struct {
	At      time.Time
	EntryID uuid.UUID
	Line    int
}

// String writes a key as microseconds, entry and line, "1763596800000000.0198….2".
func (k Key) String() string {
	return strconv.FormatInt(k.At.UnixMicro(), 10) + "." + k.EntryID.String() + "." + strconv.Itoa(k.Line)
}

var errCursor = fault.Define(fault.Invalid, "ledger_cursor", "نشانگر صفحهٔ گردش حساب درست نیست.", "The cursor of the statement is wrong.")

// ParseKey reads what Key.String wrote. Error: ledger_cursor.
func ParseKey(text string) (Key, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return Key{}, errCursor
	}
	micros, wrong := strconv.ParseInt(parts[0], 10, 64)
	id, err := uuid.Parse(parts[1])
	line, odd := strconv.Atoi(parts[2])
	if wrong != nil || err != nil || odd != nil || line < 0 || micros < earliest.UnixMicro() || micros > latest.UnixMicro() {
		return Key{}, errCursor
	}
	return Key{At: time.UnixMicro(micros).UTC(), EntryID: id, Line: line}, nil
}

// earliest and latest bound the times that may be asked for; PostgreSQL keeps all of them.
var (
	earliest = time.Time{}
	latest   = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
)

// until is the key behind everything before an instant; an absent instant is the present, with all that is posted.
func until(at time.Time) *Key {
	if at.IsZero() {
		return nil
	}
	return &Key{At: at}
}

// dayOffset shifts UTC so that a day of the roll-ups begins at midnight in Tehran (+03:30), in seconds.
const dayOffset = 12600

// dayOf is the day of the roll-ups in which an instant lies, and when that day begins.
func dayOf(at time.Time) (day int64, begins time.Time) {
	seconds := at.Unix() + dayOffset
	day = seconds / 86400
	if seconds%86400 < 0 {
		day--
	}
	return day, time.Unix(day*86400-dayOffset, 0).UTC()
}

// Query chooses lines of the statement of one account.
type Query struct {
	Account  Account
	From, To time.Time // from From and before To; absent: without end
	After    *Key      // the end of the page before
	Limit    int       // at least 1
}

// Line is one posting with the account's balance after it.
type Line struct {
	Key
	Kind       string     `json:"kind"`
	SourceKind string     `json:"source_kind"`
	SourceID   uuid.UUID  `json:"source_id"`
	BillID     uuid.UUID  `json:"bill_id"`   // Nil: none
	OfficeID   uuid.UUID  `json:"office_id"` // Nil: none
	Amount     money.Rial `json:"amount"`    // debit positive, credit negative
	Balance    money.Rial `json:"balance"`   // debit less credit
}

// Page is a part of a statement: the balance before its first line, the lines, and the balance after the last.
type Page struct {
	Opening money.Rial `json:"opening"`
	Lines   []Line     `json:"lines"`
	Closing money.Rial `json:"closing"`
	More    bool       `json:"more"` // other lines follow
}

// run gives each line its balance.
func (p *Page) run() (err error) {
	p.Closing = p.Opening
	for i := range p.Lines {
		if p.Closing, err = p.Closing.Add(p.Lines[i].Amount); err != nil {
			return err
		}
		p.Lines[i].Balance = p.Closing
	}
	return nil
}
