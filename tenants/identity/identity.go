// Package identity knows who may sign in, for whom they work, what their role permits there, and how a signed access token names them.
package identity

import (
	"github.com/google/uuid"

	"mofasa/tenants/fault"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

// HomeKind says what somebody works for. The zero kind is no home, where nothing is permitted.
type HomeKind string

// The kinds of homes.
const (
	AtOffice       HomeKind = "office"
	AtMunicipality HomeKind = "municipality"
	AtPlatform     HomeKind = "platform"
)

// Home is the office, the city or the platform for which somebody works.
type Home struct {
	Kind           HomeKind
	OfficeID       uuid.UUID // Nil but at an office
	MunicipalityID int       // the city for which they work, or in which their office stands; 0 at the platform
}

// Scope is the scope of everything that somebody of this home does. Without a home it is that of somebody without a login.
func (h Home) Scope() scope.Scope {
	switch h.Kind {
	case AtOffice:
		return scope.Office(h.OfficeID)
	case AtMunicipality:
		return scope.Municipality(h.MunicipalityID)
	case AtPlatform:
		return scope.Platform()
	default:
		return scope.Public("")
	}
}

// whole tells whether the home names what its kind needs and nothing else.
func (h Home) whole() bool {
	switch h.Kind {
	case AtOffice:
		return h.OfficeID != uuid.Nil
	case AtMunicipality:
		return h.OfficeID == uuid.Nil && h.MunicipalityID > 0
	case AtPlatform:
		return h.OfficeID == uuid.Nil && h.MunicipalityID == 0
	default:
		return false
	}
}

// Claims is what an access token says: who, in which session, and for whom they work. Permissions are never in it, so that revoking works at once.
type Claims struct {
	PersonID  uuid.UUID // Nil of an API client
	SessionID uuid.UUID // Nil of an API client
	ClientID  uuid.UUID // Nil of a person
	Home
}

// Person is somebody who may sign in, or an API client, as the database knows them now.
type Person struct {
	ID     uuid.UUID // Nil of an API client
	NameFA string
	Role   Role
	Home
	OfficeNameFA string                      // at an office
	LicenceNo    string                      // at an office
	City         municipalities.Municipality // for which they work, or in which their office stands; zero at the platform
	SecondFactor bool                        // they sign in with one
	MustSetUp    bool                        // their role demands a second factor, and until they have one they may do nothing else
	ClientID     uuid.UUID                   // Nil of a person
	granted      string                      // an API client's scopes, with blanks between them
	human        uuid.UUID                   // of whoever acts in a change of people; Nil: not known, or not asked
}

// What sign-in and authorization refuse with.
var (
	ErrCredentials = fault.Define(fault.Unauthenticated, "credentials_invalid",
		"نام کاربری یا گذرواژه درست نیست.", "The user name or the password is wrong.")
	ErrToken = fault.Define(fault.Unauthenticated, "token_invalid",
		"نشست شما معتبر نیست یا پایان یافته است. دوباره وارد شوید.", "Your session is invalid or has ended. Sign in again.")
	ErrNotPermitted = fault.Define(fault.Forbidden, "not_permitted",
		"نقش شما اجازهٔ این کار را ندارد.", "Your role does not permit this.")
	ErrOfficeSuspended = fault.Define(fault.Forbidden, "office_not_active",
		"پروانهٔ دفتر شما معتبر یا فعال نیست.", "Your office's licence is not valid or not active.")
)
