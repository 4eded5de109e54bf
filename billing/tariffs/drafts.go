package tariffs

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// The faults of the life of a version.
var (
	// ErrDraftUnknown says that the caller's authority has no such draft.
	ErrDraftUnknown = fault.Define(fault.NotFound, "tariff_draft_unknown",
		"چنین پیش‌نویسی برای این مرجع ثبت نشده است.", "This authority has no such draft.")
	// ErrVersionUnknown says that no version with the id is published.
	ErrVersionUnknown = fault.Define(fault.NotFound, "tariff_version_unknown",
		"چنین نسخه‌ای از تعرفه منتشر نشده است.", "No such version of the tariff is published.")

	errAuthority = fault.Define(fault.Forbidden, "tariff_authority",
		"تعرفهٔ این مرجع در اختیار شما نیست.", "The tariff of this authority is not yours to change.")
	errDraftState = fault.Define(fault.Conflict, "tariff_draft_state",
		"پیش‌نویس در وضعیتی نیست که این کار شدنی باشد.", "The draft is not in a state that allows this.")
	errDraftRevision = fault.Define(fault.Conflict, "tariff_draft_revision",
		"کس دیگری در این میان پیش‌نویس را تغییر داده است؛ نخست نسخهٔ تازه را بخوانید.",
		"Somebody has revised the draft in the meantime; read it again first.")
	errDraftYear = fault.Define(fault.Conflict, "tariff_draft_year",
		"سال مالی پیش‌نویس عوض نمی‌شود؛ برای سال دیگر پیش‌نویس تازه بسازید.", "A draft keeps its fiscal year; draft another one for another year.")
	errReason = fault.Define(fault.Invalid, "tariff_reason",
		"دلیل باید نوشته شود.", "A reason is needed.")
	errSecondPerson = fault.Define(fault.Forbidden, "tariff_second_person",
		"کسی که متن را نوشته یا برای تصویب فرستاده نمی‌تواند آن را تصویب کند.", "Whoever wrote or submitted the text cannot approve it.")
	errTaken = fault.Define(fault.Conflict, "tariff_number_taken",
		"در این میان نسخهٔ دیگری با همین شماره منتشر شده است؛ پیش‌نویس را برگردانید و دوباره بنویسید تا شمارهٔ بعدی را بگیرد.",
		"Another version with this number was published in the meantime; give the draft back and revise it, so that it takes the next number.")
	errPast = fault.Define(fault.Conflict, "tariff_past",
		"روز آغاز اجرا گذشته است و استعلام‌های از آن روز به بعد با نسخهٔ پیشین پاسخ داده شده‌اند.",
		"The day from which it holds is past, and quotes since then were made under the version before it.")
	errNoNational = fault.Define(fault.Conflict, "tariff_no_national",
		"تعرفهٔ ملی این سال هنوز منتشر نشده است و تعرفهٔ شهر را نمی‌توان با آن سنجید.",
		"The national tariff of the year is not published yet, so the city's cannot be checked against it.")
)

// DraftState is where a draft stands in its life.
type DraftState string

// The states of a draft.
const (
	Drafted   DraftState = "draft"     // being written
	Submitted DraftState = "submitted" // waits for a second person
	Approved  DraftState = "approved"  // may be published
	Published DraftState = "published" // is a version now
	Withdrawn DraftState = "withdrawn"
)

// DraftStates lists every state in the order of a draft's life.
func DraftStates() []DraftState {
	return []DraftState{Drafted, Submitted, Approved, Published, Withdrawn}
}

// Valid says whether s is a known state.
func (s DraftState) Valid() bool { return slices.Contains(DraftStates(), s) }

// Draft is what somebody proposes as an authority's next version. Version is what will be published, to the byte.
type Draft struct {
	ID          uuid.UUID
	Version     Version
	Reason      string // why the version is wanted
	State       DraftState
	Revision    int         // counts the writings of the version, from 1
	EditedBy    []uuid.UUID // everybody who wrote it
	DraftedAt   time.Time
	SubmittedBy uuid.UUID // last; Nil: nobody
	SubmittedAt time.Time
	DecidedBy   uuid.UUID // who approved it or last gave it back; Nil: nobody
	DecidedAt   time.Time
	Remark      string    // why it was given back or withdrawn
	PublishedBy uuid.UUID // Nil: nobody
	PublishedAt time.Time
}

// Target names a draft as the caller has read it. Revision 0 stands for whichever it is now; Revise and Approve do not take it.
type Target struct {
	ID       uuid.UUID
	Revision int
}

// expect refuses a draft that is not as the caller has read it, or in none of the states.
func (d *Draft) expect(at Target, states ...DraftState) error {
	if at.Revision != 0 && at.Revision != d.Revision {
		return errDraftRevision.On("revision").With("revision", d.Revision)
	}
	if !slices.Contains(states, d.State) {
		return errDraftState.With("state", string(d.State))
	}
	return nil
}

// expectRead is expect for what nobody may do unread.
func (d *Draft) expectRead(at Target, states ...DraftState) error {
	if at.Revision == 0 {
		return errDraftRevision.On("revision").With("revision", d.Revision)
	}
	return d.expect(at, states...)
}

// rewrite takes the text of an editor.
func (d *Draft) rewrite(v Version, editor uuid.UUID) error {
	if v.FiscalYear != d.Version.FiscalYear {
		return errDraftYear.On("fiscal_year")
	}
	d.Version, d.Revision = v, d.Revision+1
	if !slices.Contains(d.EditedBy, editor) {
		d.EditedBy = append(d.EditedBy, editor)
	}
	return nil
}

// wroteOrSubmitted says whether the person may not approve the draft.
func (d *Draft) wroteOrSubmitted(person uuid.UUID) bool {
	return d.SubmittedBy == person || slices.Contains(d.EditedBy, person)
}

// Standing says what a published version is on a day.
type Standing string

// The standings.
const (
	Scheduled  Standing = "scheduled"  // its first day is to come
	InForce    Standing = "in_force"   // an assessment on the day follows it
	Superseded Standing = "superseded" // a later number holds
)

// PublishedVersion is a version with its standing on the day that was asked for.
type PublishedVersion struct {
	Version
	Standing    Standing
	Until       calendar.Date // first day of the next number; zero: there is none
	PublishedAt time.Time
}

// stand fills in the standing on the day of versions that follow each other by authority, fiscal year and number.
func stand(versions []PublishedVersion, on calendar.Date) {
	for i := range versions {
		v := &versions[i]
		if next := i + 1; next < len(versions) && versions[next].Authority == v.Authority && versions[next].FiscalYear == v.FiscalYear {
			v.Until = versions[next].HoldsFrom()
		}
		switch {
		case on.Before(v.HoldsFrom()):
			v.Standing = Scheduled
		case !v.Until.IsZero() && !on.Before(v.Until):
			v.Standing = Superseded
		default:
			v.Standing = InForce
		}
	}
}

// Publication is what became of an approved draft.
type Publication struct {
	Draft       Draft
	Contradicts []Contradiction // what nobody should be surprised by; it hinders nothing, since the national rules hold
}

// Contradiction is a city's version that says more than a national one leaves to it, while both hold.
type Contradiction struct {
	City     string // id of the city's version
	National string // id of the national one
	Fault    *fault.Error
}

// AuthorityOf is the authority that somebody in the scope writes for: the nation on the platform, a city in its own scope.
// Errors: tariff_authority in any other scope.
func AuthorityOf(s scope.Scope) (string, error) {
	switch s.Kind() {
	case scope.KindPlatform:
		return NationalAuthority, nil
	case scope.KindMunicipality:
		return MunicipalAuthority(s.MunicipalityID()), nil
	}
	return "", errAuthority
}
