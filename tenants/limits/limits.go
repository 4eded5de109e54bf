// Package limits holds what a rate limit is for one city, office, person or API client, where that differs from what is shipped.
package limits

import (
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
)

// Kind is what an override is for.
type Kind string

// The kinds of subjects, from narrow to wide.
const (
	Person       Kind = "person"
	Client       Kind = "client"
	Office       Kind = "office"
	Municipality Kind = "municipality"
)

// Subject is one of a kind: a UUID, of a municipality its code in Latin digits.
type Subject struct {
	Kind Kind
	ID   string
}

// SubjectCity names a municipality by its code.
func SubjectCity(code int) Subject { return Subject{Municipality, strconv.Itoa(code)} }

// Definition is a limit that is shipped, as far as an override must know it.
type Definition struct {
	Name   string        // as the headers and problems tell it
	Window time.Duration // that refills it, or of a quota the one that it counts
	Quota  bool          // an override keeps the window
	Kinds  []Kind        // for whom it can be overridden: nobody narrower than whom it counts
}

// Override replaces a limit's requests and window for its subject.
type Override struct {
	ID        uuid.UUID
	Limit     string
	Subject   Subject
	Requests  int           // 1 to 1,000,000
	Window    time.Duration // whole seconds, at most 31 days; zero when it is written: the limit's own
	From      time.Time     // zero when it is written: at once
	To        time.Time     // the moment when it ends; zero: never
	Reason    string
	WrittenBy uuid.UUID
	WrittenAt time.Time
}

// Holds tells whether the override counts at a moment.
func (o Override) Holds(at time.Time) bool {
	return !at.Before(o.From) && (o.To.IsZero() || at.Before(o.To))
}

// What an override is refused with.
var (
	ErrUnknownLimit = fault.Define(fault.NotFound, "limit_unknown", "چنین محدودیتی تعریف نشده است.", "There is no such limit.")
	ErrNoOverride   = fault.Define(fault.NotFound, "limit_override_unknown", "برای این محدودیت و این طرف، استثنایی ثبت نشده است.", "No override of this limit stands for this subject.")
	ErrNoSubject    = fault.Define(fault.NotFound, "limit_subject_unknown", "شهرداری، دفتر، شخص یا سامانه‌ای با این شناسه وجود ندارد.", "There is no municipality, office, person or API client of this id.")
	errKind         = fault.Define(fault.Invalid, "limit_subject_unsuited", "این محدودیت برای این نوع طرف استثنا نمی‌پذیرد.", "This limit cannot be overridden for this kind of subject.")
	errRequests     = fault.Define(fault.Invalid, "limit_requests_range", "تعداد مجاز باید از ۱ تا ۱٬۰۰۰٬۰۰۰ باشد.", "The requests must be 1 to 1,000,000.")
	errWindow       = fault.Define(fault.Invalid, "limit_window_range", "بازهٔ محدودیت باید از ۱ ثانیه تا ۳۱ روز باشد و بازهٔ سهمیه تغییر نمی‌کند.", "The window must be 1 second to 31 days, and a quota keeps its own.")
	errPeriod       = fault.Define(fault.Invalid, "limit_period_empty", "پایان استثنا باید پس از آغاز آن و در آینده باشد.", "An override must end after it begins, and in the future.")
	errReason       = fault.Define(fault.Invalid, "limit_reason_missing", "علت استثنا را بنویسید.", "Say why the limit is overridden.")
)

// Bounds of an override, as the table has them too.
const (
	maxRequests = 1_000_000
	maxWindow   = 31 * 24 * time.Hour
)

// complete fills what is left to the limit's own and the present, and names the first thing that is wrong.
func (o Override) complete(d Definition, now time.Time) (Override, error) {
	if o.Window == 0 {
		o.Window = d.Window
	}
	if o.From.IsZero() {
		o.From = now
	}
	switch {
	case !slices.Contains(d.Kinds, o.Subject.Kind):
		return o, errKind.On("subject_kind")
	case o.Requests < 1 || o.Requests > maxRequests:
		return o, errRequests.On("requests")
	case o.Window < time.Second || o.Window > maxWindow || o.Window%time.Second != 0 || d.Quota && o.Window != d.Window:
		return o, errWindow.On("window_seconds")
	case !o.To.IsZero() && (!o.To.After(o.From) || !o.To.After(now)):
		return o, errPeriod.On("valid_to")
	case o.Reason == "":
		return o, errReason.On("reason")
	}
	return o, nil
}

// Book is every override that stands. The zero book has none.
type Book struct{ of map[place]Override }

type place struct {
	limit   string
	subject Subject
}

// NewBook indexes overrides, of which at most one stands for a limit and a subject.
func NewBook(list []Override) Book {
	b := Book{of: make(map[place]Override, len(list))}
	for _, o := range list {
		b.of[place{o.Limit, o.Subject}] = o
	}
	return b
}

// Find is the override of a limit that counts at a moment for the first of the subjects that has one.
func (b Book) Find(limit string, at time.Time, subjects ...Subject) (Override, bool) {
	for _, s := range subjects {
		if o, found := b.of[place{limit, s}]; found && o.Holds(at) {
			return o, true
		}
	}
	return Override{}, false
}
