package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// InvitationLife is how long an invitation waits to be taken up.
const InvitationLife = 72 * time.Hour

// What inviting refuses with.
var (
	errTaken = fault.Define(fault.Conflict, "username_taken",
		"این نام کاربری از آن کس دیگری است.", "This user name is somebody else's.")
	errGraveRole = fault.Define(fault.Forbidden, "invitation_grave_role",
		"این نقش را دو نفر می‌دهند: شخص را با نقش دیگری دعوت کنید و سپس این نقش را برایش درخواست دهید.",
		"This role is given by two people: invite the person with another one, then ask for this one.")
	errKept = fault.Define(fault.Conflict, "home_has_keeper",
		"اینجا مدیر فعال دارد و او افراد خود را دعوت می‌کند.", "This home has an active keeper, who invites its people.")
	errInvitation = fault.Define(fault.NotFound, "invitation_unknown",
		"این دعوت‌نامه معتبر نیست، به کار رفته یا مهلتش گذشته است.", "This invitation is not valid, has been used or has expired.")
)

// Invited is somebody to invite to a home.
type Invited struct {
	Home             Home
	Username, NameFA string
	NationalID       string // in any writing
	Role             Role
	Reason           string // why the platform invites a home's keeper; else ""
}

// Invitation is what the invited person needs, shown this once.
type Invitation struct {
	ID      uuid.UUID
	Token   string // 32 random bytes in URL-safe base64; only its digest is stored
	Expires time.Time

	Approval *approvals.Approval // what it waits for; nil: nothing
}

// Invite invites somebody to the home of the acting person. An earlier invitation of the same user name there is void. Roles that two people give (Role.Grave) are
// not given by an invitation, but that of keeper: the platform invites one into a home that nobody keeps, and a second operator agrees before it can be taken up.
// Errors: person_role (role), person_username, person_name (name), person_role_not_yours, invitation_grave_role, username_taken (username),
// home_unknown (municipality, office), those of identifiers.ParseNationalID, person_works_here (national_id); of a keeper also home_has_keeper, person_reason
// (reason), approval_pending, national_id_unknown.
func (s *Service) Invite(ctx context.Context, by Person, in Invited) (Invitation, error) {
	if err := (NewPerson{Home: in.Home, Username: in.Username, NameFA: in.NameFA, Role: in.Role}).checkPost(); err != nil {
		return Invitation{}, err
	}
	appointed := by.Home.Kind == AtPlatform && !by.Home.same(in.Home)
	switch {
	case !by.Appoints(in.Role, in.Home):
		return Invitation{}, ErrAppoint
	case in.Role.Grave(in.Home.Kind) && !appointed:
		return Invitation{}, errGraveRole
	case s.humans == nil:
		return Invitation{}, errNoHumans
	}
	taken, err := s.account(ctx, func(tx *scope.Tx) (*account, error) { return findAccount(tx, in.Username) })
	if err != nil {
		return Invitation{}, err
	}
	if taken != nil {
		return Invitation{}, errTaken.On("username")
	}
	var made Invitation
	err = s.tx.InTx(ctx, by.Scope(), func(tx *scope.Tx) (err error) {
		if appointed {
			made, err = inviteKeeper(tx, in, s.humans)
			return err
		}
		made, _, err = invite(tx, in, s.humans, false)
		return err
	})
	return made, err
}

// InviteBySystem invites somebody to any home with any role that fits there, as the platform's console does. Errors: those of Invite but for the acting person's.
func InviteBySystem(tx *scope.Tx, in Invited, humans *Humans) (Invitation, error) {
	if err := (NewPerson{Home: in.Home, Username: in.Username, NameFA: in.NameFA, Role: in.Role}).checkPost(); err != nil {
		return Invitation{}, err
	}
	taken, err := findAccount(tx, in.Username)
	if err != nil {
		return Invitation{}, err
	}
	if taken != nil {
		return Invitation{}, errTaken.On("username")
	}
	made, _, err := invite(tx, in, humans, false)
	return made, err
}

// invite makes an invitation that waits for a second person, or waits for nobody.
func invite(tx *scope.Tx, in Invited, humans *Humans, waits bool) (Invitation, human, error) {
	who, err := humans.know(tx, in.NationalID)
	if err != nil {
		return Invitation{}, who, err
	}
	works, err := worksAt(tx, in.Home, who)
	if err == nil && works {
		err = errHumanHere.On("national_id")
	}
	if err != nil {
		return Invitation{}, who, err
	}
	if err := voidInvitations(tx, in); err != nil {
		return Invitation{}, who, err
	}
	secret := newSecret(secretSize)
	made := Invitation{ID: tx.NewID(), Token: written(secret), Expires: tx.Now.Add(InvitationLife)}
	if waits {
		made.Expires = tx.Now.Add(grantLife)
	}
	if err := insertInvitation(tx, in, newInvitation{made, who, digest(secret), waits}); err != nil {
		return Invitation{}, who, err
	}
	return made, who, audit.Write(tx, audit.Record{Action: "person.invited", TargetKind: "invitation", TargetID: made.ID.String(), Municipality: in.Home.city(), Details: map[string]any{"role": in.Role, "home": in.Home.Kind}})
}

// Accepted is what somebody who took an invitation up has become.
type Accepted struct {
	Username           string
	DemandSecondFactor bool // their first session is for setting it up
}

// Accept takes an invitation up, once: the person chooses their password and may sign in. Errors: invitation_unknown for every token that is none now, person_password,
// password_common and password_has_username (password), username_taken, person_works_here.
func (s *Service) Accept(ctx context.Context, token, password string) (Accepted, error) {
	secret := unwritten(token, secretSize)
	if secret == nil {
		return Accepted{}, errInvitation
	}
	var row *invitationRow
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		row, err = lockInvitation(tx, digest(secret))
		return err
	})
	if err != nil {
		return Accepted{}, err
	}
	if err := checkPassword(row.Username, password); err != nil {
		return Accepted{}, err
	}
	hash, err := argon2id.CreateHash(password, s.params)
	if err != nil {
		return Accepted{}, fmt.Errorf("hash password: %w", err)
	}
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		if row, err = lockInvitation(tx, digest(secret)); err != nil {
			return err
		}
		id, err := insertPerson(tx, row.person(), row.who(), hash)
		if err != nil {
			return err
		}
		if err := takeInvitation(tx, row.ID, id); err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "person.accepted", TargetKind: "person", TargetID: id.String(), Municipality: row.person().Home.city(), Details: map[string]any{"invitation": row.ID, "role": row.Role}})
	})
	if err != nil {
		return Accepted{}, err
	}
	return Accepted{Username: row.Username, DemandSecondFactor: s.require && Role(row.Role).DemandsSecondFactor(row.person().Home.Kind)}, nil
}

func (r *invitationRow) person() NewPerson {
	home := Home{Kind: AtPlatform}
	switch {
	case r.OfficeID.Valid:
		home = Home{Kind: AtOffice, OfficeID: r.OfficeID.UUID}
	case r.City.Valid:
		home = Home{Kind: AtMunicipality, MunicipalityID: int(r.City.Int64)}
	}
	return NewPerson{Home: home, Username: r.Username, NameFA: strings.TrimSpace(r.NameFA), Role: Role(r.Role)}
}
