package identity

import "slices"

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

// The permissions of a city's staff and of the platform's.
const (
	TariffsRead            Permission = "tariffs.read"
	TariffsEdit            Permission = "tariffs.edit"
	TariffsApprove         Permission = "tariffs.approve" // also gives back, publishes, and approves a correction
	ValuationsRead         Permission = "valuations.read"
	ValuationsEdit         Permission = "valuations.edit"
	DecisionsRead          Permission = "decisions.read"
	DecisionsCreate        Permission = "decisions.create"
	VehiclesRead           Permission = "vehicles.read"
	VehiclesEdit           Permission = "vehicles.edit"
	ExternalPaymentsReport Permission = "external_payments.report"
)

// Role is what a person does. It stands for a fixed set of permissions at each kind of home.
type Role string

// The roles of an office.
const (
	OfficeManager Role = "office_manager"
	OfficeCashier Role = "office_cashier"
	OfficeClerk   Role = "office_clerk" // looks up and prints, takes no money
)

// The roles of a city, of the platform, or of both.
const (
	TariffEditor     Role = "tariff_editor"
	TariffApprover   Role = "tariff_approver"
	CaseOfficer      Role = "case_officer"
	Treasurer        Role = "treasurer"
	PlatformOperator Role = "platform_operator" // keeps the vehicle registry
)

// Roles lists every role.
func Roles() []Role {
	return []Role{OfficeManager, OfficeCashier, OfficeClerk, TariffEditor, TariffApprover, CaseOfficer, Treasurer, PlatformOperator}
}

// Permissions is the whole table of who may do what: it lists what a role permits at a kind of home. What stands here for no home permits nothing there,
// so that a city's treasurer does not become the nation's by a wrong row.
func (r Role) Permissions(at HomeKind) []Permission {
	type post struct {
		role Role
		at   HomeKind
	}
	switch (post{r, at}) {
	case post{OfficeManager, AtOffice}, post{OfficeCashier, AtOffice}:
		return []Permission{InquiriesCreate, OrdersCreate, OrdersRead, PaymentsCreate, CertificatesIssue, CertificatesRead}
	case post{OfficeClerk, AtOffice}:
		return []Permission{InquiriesCreate, OrdersRead, CertificatesRead}

	case post{TariffEditor, AtMunicipality}:
		return []Permission{TariffsRead, TariffsEdit, ValuationsRead}
	case post{TariffEditor, AtPlatform}:
		return []Permission{TariffsRead, TariffsEdit, ValuationsRead, ValuationsEdit}
	case post{TariffApprover, AtMunicipality}, post{TariffApprover, AtPlatform}:
		return []Permission{TariffsRead, TariffsApprove, ValuationsRead}

	case post{CaseOfficer, AtMunicipality}, post{CaseOfficer, AtPlatform}: // there for national bodies
		return []Permission{TariffsRead, ValuationsRead, DecisionsRead, DecisionsCreate}
	case post{Treasurer, AtMunicipality}:
		return []Permission{TariffsRead, ExternalPaymentsReport}

	case post{PlatformOperator, AtPlatform}:
		return []Permission{VehiclesRead, VehiclesEdit}
	default:
		return nil
	}
}

// Fits tells whether there is such a role at a kind of home.
func (r Role) Fits(at HomeKind) bool { return len(r.Permissions(at)) > 0 }

// Permissions lists what the person's role permits where they work.
func (p Person) Permissions() []Permission { return p.Role.Permissions(p.Home.Kind) }

// Permits tells whether the person's role permits a thing where they work.
func (p Person) Permits(what Permission) bool { return slices.Contains(p.Permissions(), what) }
