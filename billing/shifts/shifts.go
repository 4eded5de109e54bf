// Package shifts keeps the till of each cashier: opened with change in it, closed with what was taken by method beside what was counted. What a closed shift had taken
// is fixed, payment by payment; a payment of it that is decided later stands apart.
package shifts

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// What a shift refuses with.
var (
	// ErrNeeded says that the office lets nobody take money without an open shift.
	ErrNeeded = fault.Define(fault.Conflict, "shift_needed", "برای دریافت وجه، نخست شیفت خود را باز کنید.", "Open your shift before you take money.")

	errUnknown = fault.Define(fault.NotFound, "shift_unknown", "چنین شیفتی نزد شما ثبت نشده است.", "No such shift is registered with you.")
	errNone    = fault.Define(fault.NotFound, "shift_not_open", "شیفت بازی ندارید.", "You have no open shift.")
	errOpen    = fault.Define(fault.Conflict, "shift_open", "شیفت شما باز است؛ پیش از باز کردن شیفت تازه آن را ببندید.", "Your shift is open; close it before you open another one.")
	errClosed  = fault.Define(fault.Conflict, "shift_closed", "این شیفت پیش‌تر بسته شده است.", "This shift was closed before.")
	errFloat   = fault.Define(fault.Invalid, "shift_float", "تنخواه آغاز شیفت نمی‌تواند منفی باشد.", "The opening float cannot be negative.")
	errCount   = fault.Define(fault.Invalid, "shift_count", "شمارش هر شیوه را یک بار و بی‌علامت منفی بنویسید.", "Give the count of each method once, and not negative.")
	errMissing = fault.Define(fault.Invalid, "shift_count_missing", "شمارش همهٔ شیوه‌هایی را که در این شیفت پولی با آن‌ها گرفته شده بنویسید.", "Count every method by which this shift has taken money.")
	errNote    = fault.Define(fault.Invalid, "shift_note", "یادداشت تا ۵۰۰ نویسه است.", "A note has at most 500 characters.")
)

// Cash is the method of payment for which the payer's notes lie in the till: against the office's deposit. The opening float lies with them.
const Cash = "deposit"

// methods are those of payments, as their table names them.
var methods = [...]string{"gateway", "terminal", Cash, "bank"}

// Shift is one person's time at the till.
type Shift struct {
	ID       uuid.UUID
	OfficeID uuid.UUID
	Number   int // of the office's shifts
	PersonID uuid.UUID
	Float    money.Rial // cash for change at the beginning
	OpenedAt time.Time
	ClosedAt time.Time // zero: it is open
	ClosedBy uuid.UUID // whose shift it is, or the office's manager
	Note     string
	Totals   []Total // fixed once the shift is closed
	InFlight Sum     // of which nobody knows yet, or knew when the shift was closed
	Later    []Total // what was decided after the closing, by method; never in Totals
}

// Closed tells whether the shift is over.
func (s Shift) Closed() bool { return !s.ClosedAt.IsZero() }

// Sum is a number of payments and what they add up to.
type Sum struct {
	Payments int
	Amount   money.Rial
}

// Total is what a shift took by one method.
type Total struct {
	Method   string
	Taken    Sum
	Expected money.Rial  // what must be there: what was taken and, of cash, the float
	Counted  *money.Rial // what is there; nil: not counted yet, or nothing was expected
}

// Difference is what is there beyond what must be: negative where something is missing. It is nil where nothing was counted.
func (t Total) Difference() *money.Rial {
	if t.Counted == nil {
		return nil
	}
	d := *t.Counted - t.Expected // two amounts that are not negative
	return &d
}

// Count is what a cashier has counted of one method.
type Count struct {
	Method string
	Amount money.Rial
}

// Closing is how a shift is ended.
type Closing struct {
	Counts []Count
	Note   string
}

// check refuses a closing that cannot be held against anything. Errors: shift_count (counted), shift_note (note).
func (c *Closing) check() error {
	if c.Note = strings.TrimSpace(c.Note); len([]rune(c.Note)) > 500 {
		return errNote.On("note")
	}
	seen := map[string]bool{}
	for _, n := range c.Counts {
		if n.Amount < 0 || seen[n.Method] || !slices.Contains(methods[:], n.Method) {
			return errCount.On("counted")
		}
		seen[n.Method] = true
	}
	return nil
}

// expect adds the float to what was taken, and so says what must be there by each method; a method without either is left out.
func expect(taken []Total, float money.Rial) ([]Total, error) {
	list := slices.Clone(taken)
	for i := range list {
		list[i].Expected = list[i].Taken.Amount
	}
	if float == 0 {
		return list, nil
	}
	at := slices.IndexFunc(list, func(t Total) bool { return t.Method == Cash })
	if at < 0 {
		list, at = append(list, Total{Method: Cash}), len(list)
	}
	var err error
	list[at].Expected, err = list[at].Expected.Add(float)
	return list, err
}

// count holds what was counted against what must be there. What was counted of a method that took nothing is a difference, too. Errors: shift_count_missing (counted).
func count(expected []Total, counts []Count) ([]Total, error) {
	list := slices.Clone(expected)
	for _, c := range counts {
		amount := c.Amount
		at := slices.IndexFunc(list, func(t Total) bool { return t.Method == c.Method })
		if at < 0 {
			list, at = append(list, Total{Method: c.Method}), len(list)
		}
		list[at].Counted = &amount
	}
	for _, t := range list {
		if t.Counted == nil && t.Expected > 0 {
			return nil, errMissing.On("counted").With("method", t.Method)
		}
	}
	return list, nil
}
