package identity

import "slices"

// Keeper is the role that keeps a home's people, of whom the last active one stays; "" where there is no such home.
func (k HomeKind) Keeper() Role {
	switch k {
	case AtOffice:
		return OfficeManager
	case AtMunicipality:
		return MunicipalityAdmin
	case AtPlatform:
		return PlatformOperator
	default:
		return ""
	}
}

// Appoints tells whether the person may give somebody of a home a role there, or ask for it: whoever keeps a home any role of it, and whoever keeps the platform
// also the keeper of another home, so that none is without one. Nobody else gives anything, whatever they hold.
func (p Person) Appoints(role Role, at Home) bool {
	if !p.Permits(PeopleManage) || !role.Fits(at.Kind) {
		return false
	}
	return p.Home.same(at) || p.Home.Kind == AtPlatform && role == at.Kind.Keeper()
}

// Confirms tells whether the person may agree to somebody else's giving a role at a home: whoever may give it, and whoever keeps the platform, since a home with a
// single keeper has nobody else.
func (p Person) Confirms(role Role, at Home) bool {
	return p.Appoints(role, at) || p.Permits(PeopleManage) && p.Home.Kind == AtPlatform && role.Fits(at.Kind)
}

// Keeps tells whether the person may lock, unlock and dismiss the people of a home.
func (p Person) Keeps(at Home) bool {
	return p.Permits(PeopleManage) && (p.Home.same(at) || p.Home.Kind == AtPlatform)
}

// same tells whether two homes are one.
func (h Home) same(as Home) bool {
	return h.Kind == as.Kind && h.OfficeID == as.OfficeID && (h.Kind == AtOffice || h.MunicipalityID == as.MunicipalityID)
}

// city is the city whose own people work there, for its auditor; 0 for an office and the platform.
func (h Home) city() int {
	if h.Kind == AtMunicipality {
		return h.MunicipalityID
	}
	return 0
}

// Grave tells whether a role is given by two people at a kind of home: it moves money or says that money moved, changes what is owed, publishes a tariff, or
// gives roles.
func (r Role) Grave(at HomeKind) bool {
	return slices.ContainsFunc(r.Permissions(at), func(p Permission) bool {
		switch p {
		case PaymentsCreate, ExternalPaymentsReport, DecisionsCreate, ValuationsEdit, TariffsApprove, PeopleManage, ApprovalsDecide:
			return true
		}
		return false
	})
}
