// Package identity knows who may sign in, what their role permits, and how a signed access token names them.
package identity

import (
	"slices"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
	"mofasa/tenants/municipalities"
)

// Permission is one thing that an operation may demand; openapi.yaml names it in x-permission.
type Permission string

// The permissions of an office's counter.
const (
	InquiriesCreate   Permission = "inquiries.create"
	OrdersCreate      Permission = "orders.create"
	OrdersRead        Permission = "orders.read"
	PaymentsCreate    Permission = "payments.create"
	CertificatesIssue Permission = "certificates.issue"
	CertificatesRead  Permission = "certificates.read"
)

// Role is what a person does; it stands for a fixed set of permissions.
type Role string

// The roles of an office.
const (
	OfficeManager Role = "office_manager"
	OfficeCashier Role = "office_cashier"
	OfficeClerk   Role = "office_clerk" // looks up and prints, takes no money
)

// Permissions lists what a role permits; an unknown role permits nothing.
func (r Role) Permissions() []Permission {
	switch r {
	case OfficeManager, OfficeCashier:
		return []Permission{InquiriesCreate, OrdersCreate, OrdersRead, PaymentsCreate, CertificatesIssue, CertificatesRead}
	case OfficeClerk:
		return []Permission{InquiriesCreate, OrdersRead, CertificatesRead}
	default:
		return nil
	}
}

// Permits tells whether the role holds p.
func (r Role) Permits(p Permission) bool { return slices.Contains(r.Permissions(), p) }

// Claims is what an access token says: who, at which counter. Permissions are never in it, so that revoking works at once.
type Claims struct {
	PersonID       uuid.UUID
	OfficeID       uuid.UUID
	MunicipalityID int // the city in which the office stands
}

// Person is a signed-in operator as the database knows them now.
type Person struct {
	ID           uuid.UUID
	NameFA       string
	Role         Role
	OfficeID     uuid.UUID
	OfficeNameFA string
	LicenceNo    string
	City         municipalities.Municipality // where the office stands
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
