package identity

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// What keeping the list of people refuses with.
var (
	errRole = fault.Define(fault.Invalid, "person_role",
		"چنین نقشی در این محل کار نیست.", "There is no such role where the person works.")
	errUsername = fault.Define(fault.Invalid, "person_username",
		"نام کاربری باید با حرف کوچک لاتین یا رقم آغاز شود و جز این‌ها تنها نقطه، خط تیره و زیرخط داشته باشد؛ تا ۱۰۰ نویسه.",
		"A user name begins with a small Latin letter or a digit and has only these, dots, hyphens and underscores; at most 100 characters.")
	errName = fault.Define(fault.Invalid, "person_name",
		"نام شخص نوشته نشده است.", "The person's name is missing.")
	errElsewhere = fault.Define(fault.Conflict, "person_elsewhere",
		"این نام کاربری از آن کسی است که جای دیگری کار می‌کند.", "This user name is of somebody who works elsewhere.")
	errUnknown = fault.Define(fault.NotFound, "person_unknown",
		"کسی با این نام کاربری کار نمی‌کند.", "Nobody with this user name works here.")
	errNoHome = fault.Define(fault.Invalid, "home_unknown",
		"دفتر یا شهرداری‌ای با این شناسه ثبت نشده است.", "No such office or municipality is registered.")
)

// The states of a person.
const (
	active = "active"
	locked = "locked"
)

// NewPerson is somebody to enrol.
type NewPerson struct {
	Home               Home
	Username, Password string
	NameFA             string
	NationalID         string // in any writing
	Role               Role
}

var usernames = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)

func (p NewPerson) check() error {
	if err := p.checkPost(); err != nil {
		return err
	}
	return checkPassword(p.Username, p.Password)
}

// checkPost holds everything but the password against the rules.
func (p NewPerson) checkPost() error {
	switch {
	case !p.Home.whole() && p.Home.Kind == AtMunicipality:
		return errNoHome.On("municipality")
	case !p.Home.whole():
		return errNoHome.On("home")
	case !p.Role.Fits(p.Home.Kind):
		return errRole.On("role")
	case !usernames.MatchString(p.Username):
		return errUsername.On("username")
	case strings.TrimSpace(p.NameFA) == "":
		return errName.On("name")
	}
	return nil
}

// Enrol adds a person to a home; an existing user name of the same home keeps its row and gets the new password, name and role, and its sessions end. Errors: home_unknown (municipality),
// person_role (role), person_username, person_name (name), person_password, password_common and password_has_username (password), person_elsewhere (username);
// those of identifiers.ParseNationalID, person_works_here and person_other_human (national_id).
func Enrol(tx *scope.Tx, p NewPerson, with Enrolment) (uuid.UUID, error) {
	if err := p.check(); err != nil {
		return uuid.Nil, err
	}
	who, err := with.Humans.know(tx, p.NationalID)
	if err != nil {
		return uuid.Nil, err
	}
	hash, err := argon2id.CreateHash(p.Password, with.Cost)
	if err != nil {
		return uuid.Nil, fmt.Errorf("hash password: %w", err)
	}
	id, err := savePerson(tx, p, who, hash)
	if err != nil {
		return uuid.Nil, err
	}
	if err := endSessions(tx, id, uuid.Nil, endedByPassword); err != nil {
		return uuid.Nil, err
	}
	return id, audit.Write(tx, audit.Record{Action: "person.enrolled", TargetKind: "person", TargetID: id.String(), Municipality: p.Home.city(), Details: map[string]any{"role": p.Role, "home": p.Home.Kind}})
}

// OfficeByLicence is the home of an office's people, by the office's licence number. Errors: home_unknown (office).
func OfficeByLicence(tx *scope.Tx, licence string) (Home, error) { return findOffice(tx, licence) }

// Listed is a person as the list of people shows them.
type Listed struct {
	ID               uuid.UUID
	Username, NameFA string
	Role             Role
	State            string // active, locked or left
	LicenceNo        string // at an office
	MunicipalityID   int    // of a city's own people
}

// List names everybody whom the transaction's scope may see, by home and user name: in a city's scope its own people.
func List(tx *scope.Tx) ([]Listed, error) { return listPeople(tx) }

// Lock keeps somebody from signing in, in the platform's name, ends their sessions and the invitations that they have made. Errors: person_unknown (username), also
// for somebody who has left; person_last_admin.
func Lock(tx *scope.Tx, username string) error { return setState(tx, username, Locked) }

// Unlock lets somebody sign in again. Errors: person_unknown (username), also for somebody who has left.
func Unlock(tx *scope.Tx, username string) error { return setState(tx, username, Active) }

func setState(tx *scope.Tx, username string, to Standing) error {
	m, err := lockNamed(tx, username)
	if errors.Is(err, errNobodyHere) || err == nil && m.Standing == Left {
		return errUnknown.On("username")
	}
	if err != nil {
		return err
	}
	if err := keepOne(tx, &m, m.Role, to); err != nil {
		return err
	}
	return stand(tx, &m, to, map[string]any{})
}
