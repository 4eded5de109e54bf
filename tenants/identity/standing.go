package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Whose a lock is.
const (
	byHome     = "home"
	byPlatform = "platform"
)

// overrules tells whether the person may take a home its last keeper: the platform's operator locks whoever keeps a city or an office, so that nobody there is out of
// reach. The home is without an active keeper until the platform has appointed one.
func (p Person) overrules(m *Member, to Standing) bool {
	return p.Home.Kind == AtPlatform && m.Home.Kind != AtPlatform && to == Locked
}

// keeps tells whether the role of a member keeps the people of their home.
func (m *Member) keeps() bool {
	return slices.Contains(m.Role.Permissions(m.Home.Kind), PeopleManage)
}

// stand makes a held person's standing another one, and ends what must not outlive it: sessions, and invitations by which they would let others in. API clients are
// the home's own and go on; the record names those of whoever has gone.
func stand(tx *scope.Tx, m *Member, to Standing, details map[string]any) error {
	m.Standing, m.lockedBy = to, ""
	if to == Locked {
		m.lockedBy = byHome
		if tx.Scope.Kind() == scope.KindPlatform {
			m.lockedBy = byPlatform
		}
		details["by"] = m.lockedBy
	}
	if err := saveMember(tx, m); err != nil {
		return err
	}
	if to != Active {
		if err := endWorkOf(tx, m, details); err != nil {
			return err
		}
	}
	action := map[Standing]string{Active: "person.unlocked", Locked: "person.locked", Left: "person.left"}[to]
	return audit.Write(tx, audit.Record{Action: action, TargetKind: "person", TargetID: m.ID.String(), Municipality: m.Home.city(), Details: details})
}

func endWorkOf(tx *scope.Tx, m *Member, details map[string]any) error {
	if err := endSessionsOf(tx, m.ID); err != nil {
		return err
	}
	void, err := voidInvitationsBy(tx, m.ID)
	if err != nil {
		return err
	}
	if void > 0 {
		details["invitations"] = void
	}
	if m.Clients, err = clientsBy(tx, m.ID); err != nil {
		return err
	}
	if len(m.Clients) > 0 {
		details["clients"] = m.Clients
	}
	left, err := keepers(tx, m.Home)
	if err == nil && left == 0 {
		details["keeperless"] = true
	}
	return err
}

// RecordNationalID puts on record which human a person is: once by whoever keeps their home, and corrected by the platform alone; never by themselves, under whichever
// user name, and so never corrected by somebody who is not on record. Without it they are nobody's second person. Errors: person_not_found, person_role_not_yours,
// person_own_national_id, person_reason (reason), national_id_unknown; those of identifiers.ParseNationalID, person_works_here and person_other_human (national_id).
func (s *Staff) RecordNationalID(ctx context.Context, in scope.Scope, id uuid.UUID, nationalID, reason string) (m Member, err error) {
	reason = strings.TrimSpace(reason)
	if !reasonable(reason) {
		return Member{}, errWhy.On("reason")
	}
	if s.humans == nil {
		return Member{}, errNoHumans
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		var acting Person
		if m, acting, err = hold(tx, id); err != nil {
			return err
		}
		switch {
		case !acting.Keeps(m.Home):
			return ErrAppoint
		case acting.ID == id || m.human != uuid.Nil && m.human == acting.human: // under whichever user name
			return errOwnHuman
		}
		who, err := s.humans.know(tx, nationalID)
		if err != nil {
			return err
		}
		action := "person.national_id_recorded"
		if m.human != uuid.Nil && m.human != who.ID {
			if acting.Home.Kind != AtPlatform {
				return errHumanOther.On("national_id")
			}
			if err := approvals.Known(tx); err != nil { // or they might be whom they correct
				return err
			}
			action = "person.national_id_corrected"
		}
		if err := saveHuman(tx, id, who); err != nil {
			return err
		}
		m.human, m.NationalID = who.ID, who.Masked
		return audit.Write(tx, audit.Record{Action: action, TargetKind: "person", TargetID: id.String(), Municipality: m.Home.city(), Details: map[string]any{"reason": reason}})
	})
	return m, err
}
