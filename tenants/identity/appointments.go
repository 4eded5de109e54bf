package identity

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// appointment is what an approval of a home's keeper holds.
type appointment struct {
	Invitation   uuid.UUID  `json:"invitation"`
	Office       *uuid.UUID `json:"office,omitempty"`
	Municipality int        `json:"municipality,omitempty"`
	Username     string     `json:"username"`
	Role         Role       `json:"role"`
}

func (a appointment) home() Home {
	if a.Office != nil {
		return Home{Kind: AtOffice, OfficeID: *a.Office}
	}
	return Home{Kind: AtMunicipality, MunicipalityID: a.Municipality}
}

// inviteKeeper asks a second operator of the platform for a keeper of a home that has none: the invitation is made, and worth nothing before.
func inviteKeeper(tx *scope.Tx, in Invited, humans *Humans) (Invitation, error) {
	if in.Reason = strings.TrimSpace(in.Reason); !reasonable(in.Reason) {
		return Invitation{}, errWhy.On("reason")
	}
	if err := unkept(tx, in.Home); err != nil {
		return Invitation{}, err
	}
	acting, err := personNow(tx, tx.Actor.ID)
	if err != nil {
		return Invitation{}, err
	}
	made, who, err := invite(tx, in, humans, true)
	if err != nil {
		return Invitation{}, err
	}
	if acting.human == who.ID {
		return Invitation{}, ErrAppoint
	}
	asked, err := approvals.Open(tx, appoint(in, made.ID, who))
	made.Approval = &asked
	return made, err
}

func appoint(in Invited, invitation uuid.UUID, who human) approvals.Request {
	a := appointment{Invitation: invitation, Username: in.Username, Role: in.Role}
	at := "municipality:" + strconv.Itoa(in.Home.MunicipalityID)
	if a.Municipality = in.Home.city(); in.Home.Kind == AtOffice {
		a.Office, at = &in.Home.OfficeID, "office:"+in.Home.OfficeID.String()
	}
	return approvals.Request{
		Target: approvals.Target{Kind: approvals.KeeperInvitation, ID: at},
		Summary: fault.Text{FA: fmt.Sprintf("دعوت %s به‌عنوان %s در جایی که مدیر فعال ندارد", in.NameFA, in.Role.NameFA()),
			EN: fmt.Sprintf("Invite %s as %s of a home without an active keeper", in.Username, in.Role.english())},
		Payload: a, Reason: in.Reason, About: who.ID, Life: grantLife,
	}
}

// AppointKeeper lets an invitation of a home's keeper be taken up, for 72 hours from now, in the transaction of the decision (approvals.Execute). Errors:
// person_role_not_yours where the actor may not confirm it, home_has_keeper, person_changed where the requester is not what they were or the invitation is void.
func AppointKeeper(tx *scope.Tx, a approvals.Approval) error {
	var asked appointment
	if err := json.Unmarshal(a.Payload, &asked); err != nil {
		return fmt.Errorf("decode appointment: %w", err)
	}
	home := asked.home()
	acting, err := personNow(tx, tx.Actor.ID)
	if err != nil {
		return err
	}
	if !acting.Confirms(asked.Role, home) {
		return ErrAppoint
	}
	requester, err := personNow(tx, a.RequestedBy)
	if err != nil {
		return err
	}
	if !requester.Appoints(asked.Role, home) {
		return errMoved
	}
	if err := unkept(tx, home); err != nil {
		return err
	}
	return confirmInvitation(tx, asked.Invitation)
}

// unkept refuses a home that has an active keeper.
func unkept(tx *scope.Tx, home Home) error {
	n, err := keepers(tx, home)
	if err == nil && n > 0 {
		err = errKept
	}
	return err
}
