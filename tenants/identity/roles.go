package identity

import (
	"slices"

	"github.com/google/uuid"
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
	OwnersReveal           Permission = "owners.reveal" // reads an owner's name and ID in clear
	OwnersSearch           Permission = "owners.search" // finds vehicles by their owner's ID
	ExternalPaymentsReport Permission = "external_payments.report"
)

// The permissions of whoever keeps a home in order, at each kind of home.
const (
	PeopleRead      Permission = "people.read"
	PeopleManage    Permission = "people.manage" // changes roles, locks and unlocks; which roles Appoints says
	ApprovalsRead   Permission = "approvals.read"
	ApprovalsDecide Permission = "approvals.decide"
	AuditRead       Permission = "audit.read"
	AuditVehicles   Permission = "audit.vehicles"  // who has looked at a vehicle, in all of the country
	ClientsManage   Permission = "clients.manage"  // the programs that call the API for the home
	LedgerRead      Permission = "ledger.read"     // the trial balance and statements of the own books
	LimitsManage    Permission = "limits.manage"   // what rate limits are for single offices, cities, people and clients
	GatewaysRead    Permission = "gateways.read"   // the registry of online terminals
	GatewaysManage  Permission = "gateways.manage" // asks for terminals to be opened and closed
)

// The permissions around the till: prepaid deposits and shifts.
const (
	DepositsRead   Permission = "deposits.read"   // the office's own
	DepositsManage Permission = "deposits.manage" // tops it up, and asks for money back
	DepositsSettle Permission = "deposits.settle" // the platform's side: finds transfers, pays withdrawals
	ShiftsKeep     Permission = "shifts.keep"     // one's own
	ShiftsManage   Permission = "shifts.manage"   // everybody's of the office
	UsageRead      Permission = "usage.read"      // what each of the office's people has done
)

// The permissions around offices: their list, devices, agreements and fees.
const (
	OfficesRead       Permission = "offices.read"
	OfficesManage     Permission = "offices.manage"
	DevicesManage     Permission = "devices.manage"
	AgreementsRead    Permission = "agreements.read"
	AgreementsPropose Permission = "agreements.propose"
	AgreementsApprove Permission = "agreements.approve" // also refuses; never one's own proposal
	AgreementsAccept  Permission = "agreements.accept"  // for the office
	FeesManage        Permission = "fees.manage"
)

// The permissions around money that goes back to payers.
const (
	RefundsRead      Permission = "refunds.read"
	RefundsCreate    Permission = "refunds.create"  // gives back, and says that it was transferred
	RefundsRequest   Permission = "refunds.request" // asks the cities, for an office's own payments
	ChargebacksWrite Permission = "chargebacks.write"
)

// The permissions around municipalities as tenants: where they stand and how they are configured.
const (
	MunicipalitiesRead   Permission = "municipalities.read"
	MunicipalitiesManage Permission = "municipalities.manage"
)

// The permissions around money that fits nothing, and what banks tell.
const (
	SuspenseRead       Permission = "suspense.read"
	SuspensePropose    Permission = "suspense.propose"     // proposes a remedy; a second person approves it
	BankPaymentsReport Permission = "bank_payments.report" // for a bank's own program
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
	PlatformOperator Role = "platform_operator" // keeps the vehicle registry, and the platform's people

	MunicipalityAdmin Role = "municipality_admin" // keeps the city's people
	PlatformSupport   Role = "platform_support"   // reads, and changes nothing
	Auditor           Role = "auditor"            // of a city, or of the platform
)

// Roles lists every role.
func Roles() []Role {
	return []Role{OfficeManager, OfficeCashier, OfficeClerk, TariffEditor, TariffApprover, CaseOfficer, Treasurer, PlatformOperator,
		MunicipalityAdmin, PlatformSupport, Auditor}
}

// Permissions is the whole table of who may do what: it lists what a role permits at a kind of home. What stands here for no home permits nothing there,
// so that a city's treasurer does not become the nation's by a wrong row.
func (r Role) Permissions(at HomeKind) []Permission {
	type post struct {
		role Role
		at   HomeKind
	}
	switch (post{r, at}) {
	case post{OfficeManager, AtOffice}:
		return []Permission{SuspenseRead, InquiriesCreate, OrdersCreate, OrdersRead, PaymentsCreate, CertificatesIssue, CertificatesRead,
			PeopleRead, PeopleManage, ApprovalsRead, ApprovalsDecide, AuditRead, ClientsManage,
			OfficesRead, DevicesManage, AgreementsRead, AgreementsAccept, DepositsRead, DepositsManage, ShiftsKeep, ShiftsManage, UsageRead, RefundsRead, RefundsRequest}
	case post{OfficeCashier, AtOffice}:
		return []Permission{InquiriesCreate, OrdersCreate, OrdersRead, PaymentsCreate, CertificatesIssue, CertificatesRead, DepositsRead, ShiftsKeep, RefundsRead}
	case post{OfficeClerk, AtOffice}:
		return []Permission{InquiriesCreate, OrdersRead, CertificatesRead}

	case post{TariffEditor, AtMunicipality}:
		return []Permission{TariffsRead, TariffsEdit, ValuationsRead, ApprovalsRead}
	case post{TariffEditor, AtPlatform}:
		return []Permission{TariffsRead, TariffsEdit, ValuationsRead, ValuationsEdit, ApprovalsRead}
	case post{TariffApprover, AtMunicipality}, post{TariffApprover, AtPlatform}:
		return []Permission{TariffsRead, TariffsApprove, ValuationsRead, ApprovalsRead}

	case post{CaseOfficer, AtMunicipality}, post{CaseOfficer, AtPlatform}: // there for national bodies
		return []Permission{TariffsRead, ValuationsRead, DecisionsRead, DecisionsCreate}
	case post{Treasurer, AtMunicipality}:
		return []Permission{SuspenseRead, TariffsRead, ExternalPaymentsReport, ApprovalsRead, LedgerRead, RefundsRead, RefundsCreate}
	case post{MunicipalityAdmin, AtMunicipality}:
		return []Permission{TariffsRead, ValuationsRead, PeopleRead, PeopleManage, ApprovalsRead, ApprovalsDecide, ClientsManage,
			OfficesRead, AgreementsRead, AgreementsPropose, AgreementsApprove, MunicipalitiesRead, RefundsRead}

	case post{PlatformOperator, AtPlatform}:
		return []Permission{SuspenseRead, SuspensePropose, BankPaymentsReport, VehiclesRead, VehiclesEdit, OwnersReveal, OwnersSearch, PeopleRead, PeopleManage, ApprovalsRead, ApprovalsDecide, ClientsManage, OfficesRead, OfficesManage, FeesManage, MunicipalitiesRead, MunicipalitiesManage, LimitsManage, GatewaysRead, GatewaysManage, LedgerRead, DepositsSettle, RefundsRead, RefundsCreate, ChargebacksWrite}
	case post{PlatformSupport, AtPlatform}:
		return []Permission{TariffsRead, ValuationsRead, VehiclesRead, OwnersReveal, OwnersSearch, PeopleRead, ApprovalsRead}

	case post{Auditor, AtMunicipality}:
		return []Permission{SuspenseRead, TariffsRead, ValuationsRead, DecisionsRead, PeopleRead, ApprovalsRead, AuditRead, LedgerRead, RefundsRead}
	case post{Auditor, AtPlatform}:
		return []Permission{SuspenseRead, TariffsRead, ValuationsRead, DecisionsRead, PeopleRead, ApprovalsRead, AuditRead, AuditVehicles, LedgerRead, GatewaysRead, RefundsRead}
	default:
		return nil
	}
}

// Fits tells whether there is such a role at a kind of home.
func (r Role) Fits(at HomeKind) bool { return len(r.Permissions(at)) > 0 }

// DemandsSecondFactor tells whether a role moves money, changes what is owed, publishes tariffs or base values, reads owners in clear, or lets others in, so that a
// password alone is not enough for it.
func (r Role) DemandsSecondFactor(at HomeKind) bool {
	delicate := []Permission{PaymentsCreate, RefundsCreate, RefundsRequest, ChargebacksWrite, ExternalPaymentsReport, DecisionsCreate, OwnersReveal, OwnersSearch, TariffsApprove, ValuationsEdit, PeopleManage, ClientsManage, DepositsManage, DepositsSettle}
	return slices.ContainsFunc(r.Permissions(at), func(p Permission) bool { return slices.Contains(delicate, p) })
}

// ClientScopes lists what an API client may be given: what the API lets a program read, and the work of an office's counter, from the inquiry to the certificate; a bank's
// word that a bill was paid at it. What
// is grave or answers for others stays with people: approvals, roles, tariffs, decisions, agreements, owners in clear.
func ClientScopes() []Permission {
	return []Permission{InquiriesCreate, OrdersCreate, OrdersRead, PaymentsCreate, CertificatesIssue, CertificatesRead, TariffsRead, ValuationsRead, DecisionsRead, VehiclesRead, AuditRead, LedgerRead, BankPaymentsReport}
}

// Permissions lists what the person's role permits where they work, and of an API client its scopes; nothing, until a second factor that the role demands is set up.
func (p Person) Permissions() []Permission {
	switch {
	case p.MustSetUp:
		return nil
	case p.ClientID != uuid.Nil:
		return p.scopes()
	default:
		return p.Role.Permissions(p.Home.Kind)
	}
}

// Permits tells whether the person's role permits a thing where they work.
func (p Person) Permits(what Permission) bool { return slices.Contains(p.Permissions(), what) }
