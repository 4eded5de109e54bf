// Package offices holds the licensed service offices: their licences, branches and classes, their agreements with municipalities (what an office may collect for
// whom, how, and up to how much), and the fees that they may ask apart from the duty.
package offices

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
)

// Standard is the class of an office that nobody has put into another one.
const Standard = "standard"

// State is where an office stands.
type State string

// The states of an office.
const (
	Active    State = "active"
	Suspended State = "suspended" // nobody of it works until it is reinstated
	Closed    State = "closed"    // for ever
)

// Office is a licensed service office. Days are midnights in UTC, as a DATE column keeps them.
type Office struct {
	ID             uuid.UUID
	MunicipalityID int       // the city in which it stands
	ParentID       uuid.UUID // of a branch; Nil: it is none
	Class          string    // of fees; empty when it is opened: Standard
	NameFA         string
	LicenceNo      string
	ValidFrom      time.Time
	ValidTo        time.Time // first day on which the licence no longer holds; zero: it has no end
	State          State
}

// EventKind is what happened to an office.
type EventKind string

// The kinds of events.
const (
	Opened       EventKind = "opened"
	Renewed      EventKind = "renewed"
	WasSuspended EventKind = "suspended"
	Reinstated   EventKind = "reinstated"
	WasClosed    EventKind = "closed"
	Reclassified EventKind = "reclassified"
)

// Event is a line of an office's history; nothing of it is ever changed.
type Event struct {
	ID      uuid.UUID
	Kind    EventKind
	At      time.Time
	ActorID uuid.UUID // Nil: the system
	Reason  string    // may be empty where the office was opened or its licence renewed
	ValidTo time.Time // of the licence, after the event
	Class   string    // after the event
}

// Record is an office with its branches and its history, oldest first.
type Record struct {
	Office
	Branches []Office
	Events   []Event
}

// What offices refuse with.
var (
	ErrUnknown = fault.Define(fault.NotFound, "office_unknown", "چنین دفتری ثبت نشده است.", "No such office is registered.")

	errTaken       = fault.Define(fault.Conflict, "office_licence_taken", "دفتری با این شمارهٔ پروانه ثبت شده است.", "An office with this licence number is registered.")
	errLicenceNo   = fault.Define(fault.Invalid, "office_licence_no", "شمارهٔ پروانه از حرف، رقم، خط تیره و ممیز است؛ تا ۴۰ نویسه.", "A licence number has letters, digits, hyphens and slashes; at most 40 characters.")
	errLicenceDays = fault.Define(fault.Invalid, "office_licence_days", "پایان پروانه نخستین روزی است که دیگر اعتبار ندارد: پس از روز آغاز و پس از امروز؛ پروانهٔ یک‌روزه فردای آغازش پایان می‌یابد. تمدید باید آن را درازتر کند.",
		"A licence ends on the first day on which it no longer holds, after its first day and after today: one of a single day ends on the next. A renewal makes it longer.")
	errName     = fault.Define(fault.Invalid, "office_name", "نام دفتر را بنویسید؛ تا ۱۰۰ نویسه.", "The office needs a name of at most 100 characters.")
	errClass    = fault.Define(fault.Invalid, "office_class", "رده از حرف کوچک لاتین، رقم و زیرخط است؛ تا ۴۰ نویسه.", "A class has small Latin letters, digits and underscores; at most 40 characters.")
	errReason   = fault.Define(fault.Invalid, "office_reason", "دلیل را بنویسید؛ تا ۵۰۰ نویسه.", "Give the reason in at most 500 characters.")
	errState    = fault.Define(fault.Conflict, "office_state", "دفتر در وضعیتی نیست که این کار شدنی باشد.", "The office is not in a state that allows this.")
	errParent   = fault.Define(fault.Conflict, "office_parent", "دفتر مادر نیست، خود شعبه است، یا پروانهٔ معتبر ندارد.", "The parent office is missing, is a branch itself, or has no valid licence.")
	errBranches = fault.Define(fault.Conflict, "office_branches", "نخست شعبه‌های دفتر را ببندید.", "Close the branches of the office first.")
	errCity     = fault.Define(fault.Invalid, "office_city", "چنین شهرداری‌ای ثبت نشده است.", "No such municipality is registered.")
)

var (
	licences = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}/-]{0,39}$`)
	classes  = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)
)

// check refuses what no office may be.
func (o Office) check(today time.Time) error {
	switch {
	case !said(o.NameFA, 100):
		return errName.On("name_fa")
	case !licences.MatchString(o.LicenceNo):
		return errLicenceNo.On("licence_no")
	case !classes.MatchString(o.Class):
		return errClass.On("class")
	case o.ValidFrom.IsZero():
		return errLicenceDays.On("valid_from")
	case !o.ValidTo.IsZero() && (!o.ValidTo.After(o.ValidFrom) || !o.ValidTo.After(today)):
		return errLicenceDays.On("valid_to")
	}
	return nil
}

// renew makes the licence hold longer; what has no end cannot.
func (o *Office) renew(to, today time.Time) error {
	switch {
	case o.State == Closed:
		return errState.With("state", string(o.State))
	case to.IsZero() || o.ValidTo.IsZero() || !to.After(o.ValidTo) || !to.After(today):
		return errLicenceDays.On("valid_to")
	}
	o.ValidTo = to
	return nil
}

// move takes the office from one of the states to another.
func (o *Office) move(to State, from ...State) error {
	for _, s := range from {
		if o.State == s {
			o.State = to
			return nil
		}
	}
	return errState.With("state", string(o.State))
}

// said tells whether somebody has written something, in at most so many characters and on lines that show.
func said(text string, most int) bool {
	return strings.TrimSpace(text) != "" && utf8.ValidString(text) && utf8.RuneCountInString(text) <= most && !strings.ContainsRune(text, 0)
}
