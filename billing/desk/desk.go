// Package desk finds the visits of an office again: today's, one by its plate or by a number on its papers, the story of one, and how much each operator has done.
// It reads what other packages have written and writes nothing.
package desk

import (
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
)

var (
	errNumber  = fault.Define(fault.Invalid, "visit_number", "شماره را همان‌طور که روی برگه است بنویسید؛ ۳ تا ۶۰ رقم، حرف یا نشانهٔ لاتین.", "Write the number as it stands on the paper: 3 to 60 digits, Latin letters or signs.")
	errPeriod  = fault.Define(fault.Invalid, "usage_period", "روز پایان نمی‌تواند پیش از روز آغاز باشد.", "The last day cannot lie before the first.")
	errTooLong = fault.Define(fault.Invalid, "usage_period_long", "گزارش حداکثر ۳۷۰ روز را در بر می‌گیرد.", "A report covers at most 370 days.")
	errVisit   = fault.Define(fault.NotFound, "visit_unknown", "این دفتر چنین سبدی ندارد.", "The office has no such order.")
)

// longest is how many days a report of usage covers.
const longest = 370

// Query chooses visits of an office, the newest first. A plate or a number is looked for in all time; of neither, the visits of Day.
type Query struct {
	Plate  identifiers.Plate
	Number string
	Day    calendar.Date
	After  *audit.Key // the end of the page before
	Limit  int        // at least 1
	paper  paper      // Number, read
}

// named tells whether one visit is looked for rather than a day's.
func (q Query) named() bool { return q.Number != "" || q.Plate != (identifiers.Plate{}) }

// paper is a number in the forms in which it may be stored.
type paper struct {
	exact  string // as it was typed: a bank's reference may hold signs, and its small letters are others than its capitals
	upper  string // in capitals, as serials are
	digits string // without dashes and leading zeros, as bill IDs and payment IDs are
	bill   string // of a slip's barcode, its two IDs; empty: it is none
	pay    string
}

// barcode is how many digits a slip's barcode has: its bill ID and its payment ID, each padded with zeros to half of them.
const barcode = 26

// number reads a number as it is typed or scanned from a paper: with Persian digits, spaces or dashes.
// Errors: visit_number (number).
func number(text string) (paper, error) {
	exact := identifiers.Fold(text)
	if len(exact) < 3 || len(exact) > 60 || strings.ContainsFunc(exact, strange) {
		return paper{}, errNumber.On("number")
	}
	p := paper{exact: exact, upper: strings.ToUpper(exact), digits: bare(exact)}
	if len(exact) == barcode && strings.Trim(exact, "0123456789") == "" {
		p.bill, p.pay = bare(exact[:barcode/2]), bare(exact[barcode/2:])
	}
	return p, nil
}

// strange tells what is no printable ASCII.
func strange(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII }

func bare(number string) string { return strings.TrimLeft(strings.ReplaceAll(number, "-", ""), "0") }

// receipt is the number as one of a receipt; nil: it is none.
func (p paper) receipt() any {
	if p.digits == "" || len(p.digits) > 18 || strings.Trim(p.digits, "0123456789") != "" {
		return nil
	}
	return p.digits
}

// Visit is one order of the office as a list shows it.
type Visit struct {
	OrderID     uuid.UUID
	State       string // of the order, expired where its time is over
	Plate       string
	Cities      int
	Total, Paid money.Rial
	PersonName  string // of the person or program that took it
	PayState    string // of its last payment; empty: none was begun
	PayMethod   string
	Certificate string // its serial; empty: none
	CreatedAt   time.Time
}

// Key is where a page that ends with the visit ends.
func (v Visit) Key() audit.Key { return audit.Key{At: v.CreatedAt, ID: v.OrderID} }

// Event is one thing that happened to a visit.
type Event struct {
	At         time.Time
	Kind       string // inquiry, order, cancellation, payment, receipt, print, certificate, refund
	Actor      string // person, client, system or bank; empty: not told
	PersonName string // where the office may see it
	PaymentID  uuid.UUID
	Method     string
	State      string // into which it led: of a payment, a certificate or a refund
	Reason     string // a code, or of a refund what its asker wrote
	Amount     money.Rial
	Number     string // of a receipt or a certificate; of a print how many there are by then
}

// Usage is what one operator has done on one day of Tehran.
type Usage struct {
	Day          calendar.Date
	PersonID     uuid.UUID
	PersonName   string
	Inquiries    int
	Orders       int
	Receipts     int
	Taken        money.Rial // as the receipts say
	Certificates int
}

// Period is a run of days, the first and the last included.
type Period struct{ From, To calendar.Date }

// check refuses a period that ends before it begins or is longer than a report covers. Errors: usage_period, usage_period_long (to).
func (p Period) check() error {
	switch {
	case p.To.Before(p.From):
		return errPeriod.On("to")
	case !p.To.Before(p.From.AddDays(longest)):
		return errTooLong.On("to")
	default:
		return nil
	}
}
