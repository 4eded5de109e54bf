package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// What keeping a home's people refuses with.
var (
	// ErrLastAdmin says that a home would be left without an active keeper.
	ErrLastAdmin = fault.Define(fault.Conflict, "person_last_admin",
		"این شخص تنها مدیر فعال اینجاست؛ نخست کس دیگری را مدیر کنید.", "This person is the last active administrator here; appoint another one first.")
	// ErrAppoint says that somebody gives or confirms what is not theirs to give.
	ErrAppoint = fault.Define(fault.Forbidden, "person_role_not_yours",
		"دادن این نقش، یا تغییر این شخص، در اختیار شما نیست.", "It is not yours to give this role, or to change this person.")
	errNobodyHere = fault.Define(fault.NotFound, "person_not_found",
		"چنین شخصی نزد شما کار نمی‌کند.", "No such person works with you.")
	errMoved = fault.Define(fault.Conflict, "person_changed",
		"نقش یا وضعیت این شخص، یا اختیار درخواست‌کننده، در این میان تغییر کرده است؛ دوباره درخواست دهید.",
		"The person's role or state, or what the requester may do, has changed in the meantime; ask anew.")
	errSameRole = fault.Define(fault.Conflict, "person_has_role",
		"این شخص هم‌اکنون همین نقش یا وضعیت را دارد.", "The person already has this role or state.")
	errPlatformLock = fault.Define(fault.Forbidden, "person_platform_lock",
		"این شخص را راهبر سامانه قفل کرده است و تنها او می‌تواند وضعیت این شخص را تغییر دهد.", "The platform has locked this person, and only the platform changes that.")
	errWhy = fault.Define(fault.Invalid, "person_reason",
		"دلیل باید نوشته شود و از ۱۰۰۰ نویسه بیشتر نباشد.", "A reason is needed, of at most 1,000 characters.")
)

// Standing is what has become of somebody's work.
type Standing string

// The standings. Only the first may sign in; the last is for ever.
const (
	Active Standing = active
	Locked Standing = locked
	Left   Standing = "left"
)

// grantLife is how long the gift of a grave role waits for a second person.
const grantLife = 14 * 24 * time.Hour

// Member is a person as whoever keeps their home sees them.
type Member struct {
	ID               uuid.UUID
	Username, NameFA string
	Role             Role
	Standing         Standing
	Home
	LicenceNo  string      // at an office
	NationalID string      // masked: its last three digits; "": not on record
	Clients    []uuid.UUID // of a change of standing: the API clients that they have created and that go on
	human      uuid.UUID
	lockedBy   string // home or platform
}

// PlatformLocked tells whether the platform keeps the person from signing in; only the platform lifts that.
func (m Member) PlatformLocked() bool { return m.Standing == Locked && m.lockedBy == byPlatform }

// Change is what became of a change of role: done at once, or waiting for a second person.
type Change struct {
	Member   Member
	Approval *approvals.Approval // nil: done
}

// Staff is the use cases of whoever keeps a home's people. Each is one transaction with audit rows, in the scope of the person who acts; the database is asked for
// their role in it. Who may ask at all the caller has checked by permission.
type Staff struct {
	tx     *scope.Runner
	humans *Humans
}

// NewStaff binds the use cases to their transactions, and to who people are.
func NewStaff(tx *scope.Runner, humans *Humans) *Staff { return &Staff{tx: tx, humans: humans} }

// MemberQuery narrows a list of people. Zero fields narrow nothing.
type MemberQuery struct {
	After string // user names after this one
	Limit int    // 1–500; 0: 500
}

// MostMembers bounds a list of people.
const MostMembers = 500

// List reads the people whom a scope may see, by user name: an office its own, a city its own, the platform everybody.
func (s *Staff) List(ctx context.Context, in scope.Scope, q MemberQuery) (list []Member, err error) {
	if q.Limit <= 0 || q.Limit > MostMembers {
		q.Limit = MostMembers
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = listMembers(tx, q)
		return err
	})
	return list, err
}

// Find is the person with a user name, as List shows them. Errors: person_not_found.
func (s *Staff) Find(ctx context.Context, in scope.Scope, username string) (m Member, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		m, err = findNamed(tx, username)
		return err
	})
	return m, err
}

// ChangeRole gives somebody another role, at once or, if the role is grave, once a second person has agreed.
// Errors: person_not_found, person_role (role), person_has_role, person_role_not_yours, person_reason (reason), person_last_admin, approval_pending.
func (s *Staff) ChangeRole(ctx context.Context, in scope.Scope, id uuid.UUID, to Role, reason string) (change Change, err error) {
	reason = strings.TrimSpace(reason)
	if !reasonable(reason) {
		return Change{}, errWhy.On("reason")
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		var acting Person
		if change.Member, acting, err = hold(tx, id); err != nil {
			return err
		}
		m := &change.Member
		switch {
		case !to.Fits(m.Home.Kind):
			return errRole.On("role")
		case !acting.Appoints(to, m.Home):
			return ErrAppoint
		case m.Role == to:
			return errSameRole
		}
		if to.Grave(m.Home.Kind) {
			a, err := approvals.Open(tx, grantOf(m, to, reason))
			change.Approval = &a
			return err
		}
		return setRole(tx, m, to, map[string]any{"was": m.Role, "role": to, "reason": reason})
	})
	return change, err
}

// grant is what is kept of a role that waits for a second person.
type grant struct {
	Person uuid.UUID `json:"person"`
	From   Role      `json:"from"`
	To     Role      `json:"to"`
}

// english is the role with its article.
func (r Role) english() string {
	article := "a "
	if strings.ContainsAny(string(r[:1]), "aeiou") {
		article = "an "
	}
	return article + strings.ReplaceAll(string(r), "_", " ")
}

// grantOf asks for a role in the name of the home of whoever acts. Whoever would get it does not decide.
func grantOf(m *Member, to Role, reason string) approvals.Request {
	return approvals.Request{
		Target:  approvals.Target{Kind: approvals.RoleGrant, ID: m.ID.String()},
		Summary: fault.Text{FA: fmt.Sprintf("نقش %s برای %s", to.NameFA(), m.NameFA), EN: fmt.Sprintf("Make %s %s", m.Username, to.english())},
		Payload: grant{Person: m.ID, From: m.Role, To: to}, Reason: reason, Authors: []uuid.UUID{m.ID}, Life: grantLife,
	}
}

// GrantRole carries out an approved gift of a role, in the transaction of the decision (approvals.Execute). Errors: person_role_not_yours where the actor may not
// confirm it, person_changed where the person or the requester is not what they were, person_last_admin.
func GrantRole(tx *scope.Tx, a approvals.Approval) error {
	var g grant
	if err := json.Unmarshal(a.Payload, &g); err != nil {
		return fmt.Errorf("decode grant of role: %w", err)
	}
	m, acting, err := hold(tx, g.Person)
	if err != nil {
		return err
	}
	if !acting.Confirms(g.To, m.Home) {
		return ErrAppoint
	}
	requester, err := personNow(tx, a.RequestedBy)
	if err != nil {
		return err
	}
	if m.Role != g.From || m.Standing == Left || !requester.Appoints(g.To, m.Home) {
		return errMoved
	}
	return setRole(tx, &m, g.To, map[string]any{"was": g.From, "role": g.To, "approval": a.ID})
}

// SetStanding locks, unlocks or dismisses somebody, at once: their next request finds no session, and the invitations that they have made are void. Who has left
// does not come back. The platform locks also the last keeper of a city or an office, and lifts its own locks alone.
// Errors: person_not_found, person_has_role, person_role_not_yours, person_platform_lock, person_reason (reason), person_last_admin.
func (s *Staff) SetStanding(ctx context.Context, in scope.Scope, id uuid.UUID, to Standing, reason string) (m Member, err error) {
	reason = strings.TrimSpace(reason)
	if !reasonable(reason) {
		return Member{}, errWhy.On("reason")
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		var acting Person
		if m, acting, err = hold(tx, id); err != nil {
			return err
		}
		switch {
		case !acting.Keeps(m.Home):
			return ErrAppoint
		case m.Standing == to:
			return errSameRole
		case m.PlatformLocked() && acting.Home.Kind != AtPlatform:
			return errPlatformLock
		}
		if !acting.overrules(&m, to) {
			if err := keepOne(tx, &m, m.Role, to); err != nil {
				return err
			}
		}
		return stand(tx, &m, to, map[string]any{"reason": reason})
	})
	return m, err
}

// hold locks a person who has not left, together with those who keep their home, and reads who acts. Errors: person_not_found.
func hold(tx *scope.Tx, id uuid.UUID) (m Member, acting Person, err error) {
	if m, err = lockMember(tx, id); err != nil {
		return m, acting, err
	}
	if m.Standing == Left {
		return m, acting, errNobodyHere
	}
	acting, err = personNow(tx, tx.Actor.ID)
	return m, acting, err
}

// setRole gives a held person a role and ends what they were to get otherwise.
func setRole(tx *scope.Tx, m *Member, to Role, details map[string]any) error {
	if err := keepOne(tx, m, to, m.Standing); err != nil {
		return err
	}
	m.Role = to
	if err := saveMember(tx, m); err != nil {
		return err
	}
	if !m.keeps() {
		if _, err := voidInvitationsBy(tx, m.ID); err != nil {
			return err
		}
	}
	return audit.Write(tx, audit.Record{Action: "person.role_changed", TargetKind: "person", TargetID: m.ID.String(), Municipality: m.Home.city(), Details: details})
}

// keepOne refuses to leave a home without an active keeper. The keepers are locked by hold, so of two changes at once the second one sees the first.
func keepOne(tx *scope.Tx, m *Member, to Role, standing Standing) error {
	keeper := m.Home.Kind.Keeper()
	if m.Role != keeper || m.Standing != Active || to == keeper && standing == Active {
		return nil
	}
	others, err := otherKeepers(tx, m)
	if err == nil && others == 0 {
		err = ErrLastAdmin
	}
	return err
}

func reasonable(reason string) bool {
	return reason != "" && utf8.ValidString(reason) && utf8.RuneCountInString(reason) <= 1000
}

// NameFA is the role as people call it.
func (r Role) NameFA() string {
	names := map[Role]string{OfficeManager: "مدیر دفتر", OfficeCashier: "صندوق‌دار دفتر", OfficeClerk: "کارمند دفتر", TariffEditor: "تدوین‌گر تعرفه",
		TariffApprover: "تصویب‌کنندهٔ تعرفه", CaseOfficer: "کارشناس پرونده", Treasurer: "خزانه‌دار", PlatformOperator: "راهبر سامانه",
		MunicipalityAdmin: "مدیر سامانه در شهرداری", PlatformSupport: "پشتیبان سامانه", Auditor: "حسابرس"}
	return names[r]
}
