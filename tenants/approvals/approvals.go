// Package approvals is four eyes as one mechanism: one person asks with a reason, another one approves or refuses before it expires.
package approvals

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// Kind says what is asked for. It is snake_case, at most 40 characters.
type Kind string

// The kinds in use.
const (
	TariffPublication Kind = "tariff_publication"
	TariffCorrection  Kind = "tariff_correction"
	RoleGrant         Kind = "role_grant"
	AgreementChange   Kind = "agreement_change"
	SuspenseRemedy    Kind = "suspense_remedy"
	CityAccounts      Kind = "city_accounts"     // other accounts for the money of a city that works
	KeeperInvitation  Kind = "keeper_invitation" // the platform's, into a home that nobody keeps
	FeeAccount        Kind = "fee_account"       // the account that the fees of offices go to
	GatewayChange     Kind = "gateway_change"    // an online terminal opened or closed
	Refund            Kind = "refund"            // money back to a payer, or taken back by the payer's bank
	RefundOutcome     Kind = "refund_outcome"    // whether money went back by a provider that never said
)

// Kinds lists every kind in use.
func Kinds() []Kind {
	return []Kind{TariffPublication, TariffCorrection, RoleGrant, AgreementChange, CityAccounts, KeeperInvitation, FeeAccount, GatewayChange, Refund, RefundOutcome, SuspenseRemedy}
}

// State is where a request stands at a moment.
type State string

// The states. The first is left once and for ever.
const (
	Waiting   State = "open"
	Approved  State = "approved"
	Refused   State = "refused"
	Expired   State = "expired" // nobody decided in time
	Withdrawn State = "withdrawn"
)

// States lists every state.
func States() []State { return []State{Waiting, Approved, Refused, Expired, Withdrawn} }

// Verdict is what a second person says.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Refuse  Verdict = "refuse"
)

// The faults of four eyes.
var (
	// ErrUnknown says that the scope has no such request.
	ErrUnknown = fault.Define(fault.NotFound, "approval_unknown",
		"چنین درخواست تأییدی نزد شما ثبت نشده است.", "No such request for approval is registered with you.")
	// ErrSecondPerson says that whoever decides is whoever asked, or had a hand in it.
	ErrSecondPerson = fault.Define(fault.Forbidden, "approval_second_person",
		"کسی که درخواست را داده یا در تهیهٔ آن دست داشته نمی‌تواند دربارهٔ آن تصمیم بگیرد.", "Whoever made the request, or had a hand in it, cannot decide about it.")
	// ErrSameHuman says that the two user names are of one human.
	ErrSameHuman = fault.Define(fault.Forbidden, "approval_same_human",
		"این دو نام کاربری از آن یک نفر است؛ شخص دیگری باید دربارهٔ درخواست تصمیم بگیرد.", "The two user names are of one human; somebody else must decide about the request.")
	// ErrHumanUnknown says that the national ID of one of the two is not on record; the extension person names them.
	ErrHumanUnknown = fault.Define(fault.Forbidden, "national_id_unknown",
		"کد ملی یکی از دو نفر ثبت نشده است. مدیر محل کار او باید کد ملی‌اش را ثبت کند؛ سپس این کار شدنی است.",
		"The national ID of one of the two people is not on record. Whoever keeps the people where they work records it; then this can be done.")
	// ErrAskedBefore says that the request is older than what is known of its people.
	ErrAskedBefore = fault.Define(fault.Conflict, "approval_asked_before",
		"این درخواست پیش از ثبت کد ملی درخواست‌کننده داده شده است؛ باید پس گرفته و دوباره داده شود.",
		"The request was made before its requester's national ID was on record; it must be given up and made anew.")
	// ErrExpired says that nobody decided in time.
	ErrExpired = fault.Define(fault.Conflict, "approval_expired",
		"مهلت این درخواست گذشته است؛ باید دوباره درخواست شود.", "The request has expired; it must be made anew.")
	// ErrDecided says that somebody decided or withdrew it before.
	ErrDecided = fault.Define(fault.Conflict, "approval_decided",
		"دربارهٔ این درخواست پیش‌تر تصمیم گرفته شده است.", "The request was decided before.")
	// ErrPending says that the same thing is already asked for.
	ErrPending = fault.Define(fault.Conflict, "approval_pending",
		"درخواستی دربارهٔ همین موضوع در انتظار تأیید است.", "A request about the same thing is waiting for approval.")

	errReason = fault.Define(fault.Invalid, "approval_reason",
		"دلیل باید نوشته شود و از ۱۰۰۰ نویسه بیشتر نباشد.", "A reason is needed, of at most 1,000 characters.")
	errElsewhere = fault.Define(fault.Conflict, "approval_elsewhere",
		"این درخواست در جای خودش بررسی و تصویب می‌شود، نه در فهرست تأییدها.", "This request is decided where its subject is, not in the list of approvals.")
)

// Target is what a request is about. At most one request about a target waits at a time.
type Target struct {
	Kind Kind
	ID   string      // of what is to change, 1–100 characters
	In   scope.Scope // whose it is: an office's, a city's or the platform's; zero: that of the transaction. Only the platform's transaction may name another.
}

// of is the target with its scope filled in.
func (t Target) of(tx *scope.Tx) Target {
	if t.In == (scope.Scope{}) {
		t.In = tx.Scope
	}
	return t
}

// city is the municipality whose request it is or, of the platform's own, that it is about; 0 where there is none.
func (t Target) city() int {
	code, named := strings.CutPrefix(t.ID, "municipality:")
	if named || t.Kind == CityAccounts {
		n, _ := strconv.Atoi(code) // what is no code is no city
		return n
	}
	return t.In.MunicipalityID()
}

// Request is what somebody asks for.
type Request struct {
	Target
	Summary fault.Text  // one sentence that says what happens on approval; names no plate, VIN, national ID or phone
	Payload any         // what is needed to do it, as JSON
	Reason  string      // 1–1000 characters
	Authors []uuid.UUID // who else had a hand in it, and so cannot decide
	About   uuid.UUID   // the human whom it favours, where they are nobody's user name yet; they cannot decide either. Nil: nobody
	Life    time.Duration
}

// Approval is a request and what became of it.
type Approval struct {
	ID uuid.UUID
	Target
	Summary       fault.Text
	Payload       json.RawMessage
	Reason        string
	State         State // at the time of the transaction that read it
	RequestedBy   uuid.UUID
	RequesterName string // "" where the scope does not know them
	Authors       []uuid.UUID
	RequestedAt   time.Time
	ExpiresAt     time.Time // from then on nobody can decide
	DecidedBy     uuid.UUID // who approved, refused or withdrew it; Nil: nobody
	DeciderName   string
	DecidedAt     time.Time // zero: nobody has
	Remark        string    // of the decision

	requester, decider uuid.UUID   // the humans; Nil: not known
	involved           []uuid.UUID // the humans of the authors, and whom it favours
}

// stateAt is the state at a moment: expiry needs no job.
func (a *Approval) stateAt(now time.Time) State {
	if a.State == Waiting && !now.Before(a.ExpiresAt) {
		return Expired
	}
	return a.State
}

// Involves tells whether the person asked or had a hand in it, and so may not decide.
func (a *Approval) Involves(person uuid.UUID) bool {
	return person == a.RequestedBy || slices.Contains(a.Authors, person)
}

// decide takes a verdict.
func (a *Approval) decide(v Verdict, remark string, by uuid.UUID, now time.Time) error {
	to := map[Verdict]State{Approve: Approved, Refuse: Refused}[v]
	switch state := a.stateAt(now); {
	case state == Expired:
		return ErrExpired
	case state != Waiting:
		return ErrDecided.With("state", string(state))
	case a.Involves(by):
		return ErrSecondPerson
	case !said(remark, v == Refuse) || to == "":
		return errReason.On("remark")
	}
	a.State, a.DecidedBy, a.DecidedAt, a.Remark = to, by, now, strings.TrimSpace(remark)
	return nil
}

// longest bounds a reason and a remark, in characters.
const longest = 1000

// Shorten is what of a text fits into a request: at most 1,000 characters.
func Shorten(text string) string {
	text = strings.TrimSpace(text)
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return text
}

// said tells whether a text is short enough, and there where it must be.
func said(text string, must bool) bool {
	text = strings.TrimSpace(text)
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= longest && (text != "" || !must)
}
