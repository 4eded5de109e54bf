package identity_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

// allowed is who may do what, written out: role, home and every permission. What is not in it is permitted to nobody.
const allowed = `
office_manager     office        suspense.read inquiries.create orders.create orders.read payments.create certificates.issue certificates.read people.read people.manage approvals.read approvals.decide audit.read offices.read devices.manage agreements.read agreements.accept clients.manage deposits.read deposits.manage shifts.keep shifts.manage usage.read refunds.read refunds.request
office_cashier     office        inquiries.create orders.create orders.read payments.create certificates.issue certificates.read deposits.read shifts.keep refunds.read
office_clerk       office        inquiries.create orders.read certificates.read
tariff_editor      municipality  tariffs.read tariffs.edit valuations.read approvals.read
tariff_editor      platform      tariffs.read tariffs.edit valuations.read valuations.edit approvals.read
tariff_approver    municipality  tariffs.read tariffs.approve valuations.read approvals.read
tariff_approver    platform      tariffs.read tariffs.approve valuations.read approvals.read
case_officer       municipality  tariffs.read valuations.read decisions.read decisions.create
case_officer       platform      tariffs.read valuations.read decisions.read decisions.create
treasurer          municipality  suspense.read tariffs.read external_payments.report approvals.read ledger.read refunds.read refunds.create
platform_operator  platform      suspense.read suspense.propose bank_payments.report vehicles.read vehicles.edit people.read people.manage approvals.read approvals.decide offices.read offices.manage fees.manage owners.reveal owners.search clients.manage municipalities.read municipalities.manage limits.manage ledger.read gateways.read gateways.manage deposits.settle refunds.read refunds.create chargebacks.write
municipality_admin municipality  tariffs.read valuations.read people.read people.manage approvals.read approvals.decide offices.read agreements.read agreements.propose agreements.approve clients.manage municipalities.read refunds.read
platform_support   platform      tariffs.read valuations.read vehicles.read people.read approvals.read owners.reveal owners.search
auditor            municipality  suspense.read tariffs.read valuations.read decisions.read people.read approvals.read audit.read ledger.read refunds.read
auditor            platform      suspense.read tariffs.read valuations.read decisions.read people.read approvals.read audit.read audit.vehicles ledger.read gateways.read refunds.read
`

const everyPermission = `usage.read deposits.read deposits.manage deposits.settle shifts.keep shifts.manage inquiries.create orders.create orders.read payments.create certificates.issue certificates.read tariffs.read tariffs.edit tariffs.approve
valuations.read valuations.edit decisions.read decisions.create vehicles.read vehicles.edit external_payments.report
people.read people.manage approvals.read approvals.decide audit.read
offices.read offices.manage devices.manage agreements.read agreements.propose agreements.approve agreements.accept fees.manage municipalities.read municipalities.manage limits.manage gateways.read gateways.manage
owners.reveal owners.search audit.vehicles ledger.read
suspense.read suspense.propose bank_payments.report refunds.read refunds.request refunds.create chargebacks.write`

// TestEveryRoleAtEveryHome asks for each permission of each role at each kind of home.
func TestEveryRoleAtEveryHome(t *testing.T) {
	t.Parallel()
	table := map[[2]string][]string{}
	roles := map[string]bool{"": true, "mayor": true}
	for line := range strings.Lines(strings.TrimSpace(allowed)) {
		words := strings.Fields(line)
		table[[2]string{words[0], words[1]}], roles[words[0]] = words[2:], true
	}
	for _, role := range identity.Roles() {
		if !roles[string(role)] {
			t.Errorf("the role %s is not in the table", role)
		}
	}
	if len(identity.Roles()) != len(roles)-2 {
		t.Errorf("%d roles, the table has %d", len(identity.Roles()), len(roles)-2)
	}
	for role := range maps.Keys(roles) {
		for _, at := range []string{"", "city", "office", "municipality", "platform"} {
			want := table[[2]string{role, at}]
			p := identity.Person{Role: identity.Role(role), Home: identity.Home{Kind: identity.HomeKind(at)}}
			if got := len(p.Permissions()); got != len(want) || p.Role.Fits(p.Home.Kind) != (got > 0) {
				t.Errorf("%q at %q: %v, want %v", role, at, p.Permissions(), want)
			}
			for _, permission := range append(strings.Fields(everyPermission), "", "tariffs", "self", "public") {
				if got := p.Permits(identity.Permission(permission)); got != slices.Contains(want, permission) {
					t.Errorf("%q at %q: %q is %t", role, at, permission, got)
				}
			}
		}
	}
}

func TestScopeFollowsTheHome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		home identity.Home
		want scope.Scope
	}{
		{identity.Home{Kind: identity.AtOffice, OfficeID: officeID, MunicipalityID: 520}, scope.Office(officeID)},
		{identity.Home{Kind: identity.AtMunicipality, MunicipalityID: 122}, scope.Municipality(122)},
		{identity.Home{Kind: identity.AtPlatform}, scope.Platform()},
		{identity.Home{}, scope.Public("")},
		{identity.Home{Kind: "nation"}, scope.Public("")},
	} {
		if got := (identity.Person{Home: c.home}).Scope(); got != c.want {
			t.Errorf("%+v works in %s", c.home, got)
		}
	}
}
