package identity_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/scope"
)

// town is a bureau with people who keep people: two administrators of Shiraz, one of Qom, two managers of the office, two operators of the platform.
type town struct {
	bureau
	staff     *identity.Staff
	approvals *approvals.Service
}

var atQom = identity.Home{Kind: identity.AtMunicipality, MunicipalityID: 1}

func newTown(t *testing.T) town {
	t.Helper()
	b := newBureau(t)
	for name, p := range map[string]struct {
		at   identity.Home
		role identity.Role
	}{
		"admin1": {atShiraz, identity.MunicipalityAdmin}, "admin2": {atShiraz, identity.MunicipalityAdmin}, "auditor": {atShiraz, identity.Auditor},
		"qom": {atQom, identity.MunicipalityAdmin}, "manager1": {atOffice, identity.OfficeManager}, "manager2": {atOffice, identity.OfficeManager},
		"clerk": {atOffice, identity.OfficeClerk}, "op1": {atPlatform, identity.PlatformOperator}, "op2": {atPlatform, identity.PlatformOperator},
	} {
		b.enrol(p.at, name, p.role)
	}
	return town{bureau: b, staff: identity.NewStaff(b.run, identitytest.Humans()),
		approvals: approvals.NewService(b.run, map[approvals.Kind]approvals.Execute{approvals.RoleGrant: identity.GrantRole, approvals.KeeperInvitation: identity.AppointKeeper})}
}

func (w town) id(username string) (id uuid.UUID) {
	w.t.Helper()
	w.read(`SELECT id FROM people WHERE username = ?`, username, &id)
	return id
}

func (w town) state(username string) (state string) {
	w.t.Helper()
	w.read(`SELECT role || ' ' || state FROM people WHERE username = ?`, username, &state)
	return state
}

func (w town) read(query, username string, into any) {
	w.t.Helper()
	if err := w.in(scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query, username).Row().Scan(into) }); err != nil {
		w.t.Fatalf("%s: %v", username, err)
	}
}

// as is somebody at work: their context and the scope of their home.
func (w town) as(username string) (context.Context, scope.Scope) {
	in := map[string]scope.Scope{"manager1": scope.Office(officeID), "manager2": scope.Office(officeID), "clerk": scope.Office(officeID), "zahra": scope.Office(officeID),
		"op1": scope.Platform(), "op2": scope.Platform(), "navid": scope.Platform(), "qom": scope.Municipality(1), "new.keeper": scope.Municipality(1)}
	home, known := in[username]
	if !known {
		home = scope.Municipality(122)
	}
	return scope.WithActor(w.t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: w.id(username)}), home
}

func (w town) change(by, whom string, to identity.Role) (identity.Change, error) {
	ctx, in := w.as(by)
	return w.staff.ChangeRole(ctx, in, w.id(whom), to, "needed")
}

func (w town) stand(by, whom string, to identity.Standing) error {
	ctx, in := w.as(by)
	_, err := w.staff.SetStanding(ctx, in, w.id(whom), to, "needed")
	return err
}

func (w town) decide(by string, id uuid.UUID, v approvals.Verdict) error {
	ctx, in := w.as(by)
	_, err := w.approvals.Decide(ctx, in, id, v, "looked at it")
	return err
}

func code(err error) string {
	if f := fault.Of(err); f != nil {
		return f.Code
	}
	return fmt.Sprint(err)
}

// TestWhoAppointsWhom asks for every role at every home, of everybody.
func TestWhoAppointsWhom(t *testing.T) {
	t.Parallel()
	homes := map[string]identity.Home{"platform": atPlatform, "shiraz": atShiraz, "qom": atQom, "office": atOffice,
		"other office": {Kind: identity.AtOffice, OfficeID: uuid.New(), MunicipalityID: 520}, "nowhere": {}}
	keepers := map[identity.HomeKind]identity.Role{identity.AtPlatform: "platform_operator", identity.AtMunicipality: "municipality_admin", identity.AtOffice: "office_manager"}
	for ownName, own := range homes {
		for _, role := range identity.Roles() {
			p := identity.Person{Role: role, Home: own}
			keeps := own.Kind != "" && role == keepers[own.Kind]
			for atName, at := range homes {
				for _, given := range identity.Roles() {
					fits := given.Fits(at.Kind)
					platform := keeps && ownName == "platform" && at.Kind != ""
					appoints := fits && (keeps && ownName == atName || platform && given == keepers[at.Kind])
					if got := p.Appoints(given, at); got != appoints {
						t.Errorf("%s of %s appoints %s of %s: %t", role, ownName, given, atName, got)
					}
					if got := p.Confirms(given, at); got != (appoints || platform && fits) {
						t.Errorf("%s of %s confirms %s of %s: %t", role, ownName, given, atName, got)
					}
				}
				if got, want := p.Keeps(at), keeps && (ownName == atName || ownName == "platform"); got != want {
					t.Errorf("%s of %s keeps %s: %t", role, ownName, atName, got)
				}
			}
		}
	}
}

func TestGraveRoles(t *testing.T) {
	t.Parallel()
	const light = "office_clerk@office tariff_editor@municipality platform_support@platform auditor@municipality auditor@platform"
	for _, role := range identity.Roles() {
		for _, at := range []identity.HomeKind{identity.AtOffice, identity.AtMunicipality, identity.AtPlatform} {
			want := role.Fits(at) && !strings.Contains(" "+light+" ", " "+string(role)+"@"+string(at)+" ")
			if role.Grave(at) != want {
				t.Errorf("%s at %s: grave is %t", role, at, !want)
			}
		}
		if role.NameFA() == "" {
			t.Errorf("%s has no name", role)
		}
	}
}

func TestALightRoleIsGivenAtOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for _, c := range []struct {
		by, whom string
		to       identity.Role
		want     string
	}{
		{"admin1", "sara", "auditor", ""}, {"admin1", "sara", "auditor", "person_has_role"}, {"manager1", "zahra", "office_clerk", ""}, {"op1", "navid", "platform_support", ""},
		{"admin1", "sara", "office_clerk", "person_role"}, {"admin1", "sara", "mayor", "person_role"}, {"admin1", "qom", "auditor", "person_not_found"},
		{"admin1", "clerk", "office_clerk", "person_not_found"}, {"manager1", "sara", "auditor", "person_not_found"}, {"admin1", "op1", "auditor", "person_not_found"},
		{"op1", "sara", "tariff_editor", "person_role_not_yours"}, {"auditor", "sara", "tariff_editor", "person_role_not_yours"}, {"clerk", "zahra", "office_clerk", "person_role_not_yours"},
		{"auditor", "auditor", "municipality_admin", "person_role_not_yours"}, {"zahra", "zahra", "office_manager", "person_role_not_yours"},
		{"admin1", "admin2", "auditor", ""}, {"admin1", "admin1", "auditor", "person_last_admin"}, {"admin2", "admin1", "auditor", "person_role_not_yours"},
	} {
		change, err := w.change(c.by, c.whom, c.to)
		if c.want == "" && (err != nil || change.Approval != nil || change.Member.Role != c.to) || c.want != "" && code(err) != c.want {
			t.Errorf("%s makes %s %s: %+v, %v, want %q", c.by, c.whom, c.to, change, err, c.want)
		}
	}
	if got := w.state("sara") + ", " + w.state("zahra") + ", " + w.state("admin1"); got != "auditor active, office_clerk active, municipality_admin active" {
		t.Error(got)
	}
	ctx, in := w.as("admin1")
	for _, reason := range []string{"", "  ", strings.Repeat("x", 1001)} {
		if _, err := w.staff.ChangeRole(ctx, in, w.id("sara"), "tariff_editor", reason); code(err) != "person_reason" {
			t.Errorf("reason of %d characters: %v", len(reason), err)
		}
	}
}

func TestAGraveRoleTakesTwo(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	ask := func(by, whom string, to identity.Role) uuid.UUID {
		t.Helper()
		was := w.state(whom)
		change, err := w.change(by, whom, to)
		if err != nil || change.Approval == nil || w.state(whom) != was {
			t.Fatalf("%s asks for %s: %+v, %v", by, to, change, err)
		}
		return change.Approval.ID
	}
	id := ask("admin1", "sara", "treasurer")
	if _, err := w.change("admin2", "sara", "tariff_approver"); code(err) != "approval_pending" {
		t.Errorf("asked twice: %v", err)
	}
	for by, want := range map[string]string{"admin1": "approval_second_person", "sara": "approval_second_person", "auditor": "person_role_not_yours",
		"qom": "approval_unknown", "manager1": "approval_unknown", "navid": "person_role_not_yours"} {
		if err := w.decide(by, id, approvals.Approve); code(err) != want {
			t.Errorf("%s: %v, want %s", by, err, want)
		}
	}
	if got := w.state("sara"); got != "tariff_editor active" {
		t.Errorf("before the decision: %s", got)
	}
	if err := w.decide("admin2", id, approvals.Approve); err != nil || w.state("sara") != "treasurer active" {
		t.Errorf("%v, %s", err, w.state("sara"))
	}
	if id := ask("manager1", "clerk", "office_cashier"); w.decide("manager2", id, approvals.Refuse) != nil || w.state("clerk") != "office_clerk active" {
		t.Errorf("refused: %s", w.state("clerk"))
	}
	if id := ask("manager1", "clerk", "office_cashier"); w.decide("op1", id, approvals.Approve) != nil || w.state("clerk") != "office_cashier active" {
		t.Errorf("by the platform: %s", w.state("clerk"))
	}
	if id := ask("op1", "zahra", "office_manager"); w.decide("op2", id, approvals.Approve) != nil || w.state("zahra") != "office_manager active" {
		t.Errorf("a keeper by the platform: %s", w.state("zahra"))
	}
	// What has changed in the meantime.
	id = ask("admin1", "sara", "tariff_approver")
	if _, err := w.change("admin2", "sara", "auditor"); err != nil {
		t.Fatal(err)
	}
	if err := w.decide("admin2", id, approvals.Approve); code(err) != "person_changed" || w.state("sara") != "auditor active" {
		t.Errorf("of somebody with another role: %v, %s", err, w.state("sara"))
	}
	id = ask("admin1", "auditor", "treasurer")
	if err := w.stand("admin2", "admin1", identity.Locked); err != nil {
		t.Fatal(err)
	}
	if err := w.decide("admin2", id, approvals.Approve); code(err) != "person_changed" || w.state("auditor") != "auditor active" {
		t.Errorf("asked for by somebody who is locked now: %v, %s", err, w.state("auditor"))
	}
}

// TestTheLastAdminStays lets two keepers of every kind of home demote or lock each other at the same moment: one of them stays.
func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for _, home := range []struct {
		a, b   string
		lesser identity.Role
		keeper string
	}{{"admin1", "admin2", "auditor", "municipality_admin"}, {"manager1", "manager2", "office_clerk", "office_manager"}, {"op1", "op2", "platform_support", "platform_operator"}} {
		for round := range 6 {
			var all sync.WaitGroup
			errs := make([]error, 2)
			for i, whom := range []string{home.a, home.b} {
				by := []string{home.b, home.a}[i]
				all.Go(func() {
					if (round+i)%2 == 0 {
						_, errs[i] = w.change(by, whom, home.lesser)
						return
					}
					errs[i] = w.stand(by, whom, []identity.Standing{identity.Locked, identity.Left}[round/5])
				})
			}
			all.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("%s, round %d: %v", home.keeper, round, errs)
			}
			if lost := errors.Join(errs...); code(lost) != "person_last_admin" && code(lost) != "person_role_not_yours" {
				t.Errorf("%s, round %d: %v", home.keeper, round, lost)
			}
			w.exec(`UPDATE people SET role = ?, state = 'active' WHERE username IN (?, ?)`, home.keeper, home.a, home.b)
		}
	}
	for round := range 8 { // by two people who stay what they are
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			all.Go(func() { errs[i] = w.stand([]string{"op1", "op2"}[i], []string{"admin1", "admin2"}[i], identity.Left) })
		}
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || code(errors.Join(errs...)) != "person_last_admin" {
			t.Fatalf("round %d: %v", round, errs)
		}
		w.exec(`UPDATE people SET state = 'active' WHERE username IN ('admin1', 'admin2')`)
	}
	if err := w.stand("op1", "qom", identity.Left); code(err) != "person_last_admin" {
		t.Errorf("dismissed by the platform: %v", err)
	}
	if err := w.in(scope.Platform(), func(tx *scope.Tx) error { return identity.Lock(tx, "qom") }); code(err) != "person_last_admin" {
		t.Errorf("locked at the console: %v", err)
	}
	if err := w.tryEnrol(identity.NewPerson{Home: atQom, Username: "qom", Password: password, NameFA: "x", NationalID: identitytest.NationalID("qom"), Role: identity.Auditor}); code(err) != "person_last_admin" {
		t.Errorf("enrolled in another role: %v", err)
	}
	if got := w.state("qom"); got != "municipality_admin active" {
		t.Error(got)
	}
}

// TestLockingCountsAtOnce reads the person as every request does.
func TestLockingCountsAtOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	load := func() error {
		_, err := w.Load(w.ctx(), identity.Claims{PersonID: w.id("sara"), Home: atShiraz})
		return err
	}
	if err := load(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		to   identity.Standing
		want string
		open bool
	}{{identity.Active, "person_has_role", true}, {identity.Locked, "<nil>", false}, {identity.Locked, "person_has_role", false}, {identity.Active, "<nil>", true},
		{identity.Left, "<nil>", false}, {identity.Active, "person_not_found", false}} {
		if err := w.stand("admin1", "sara", c.to); code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.to, err, c.want)
		}
		if err := load(); (err == nil) != c.open || err != nil && !errors.Is(err, identity.ErrToken) {
			t.Errorf("%s: loaded with %v", c.to, err)
		}
	}
	for by, want := range map[string]string{"qom": "person_not_found", "manager1": "person_not_found", "auditor": "person_role_not_yours", "navid": "person_role_not_yours"} {
		if err := w.stand(by, "admin1", identity.Locked); code(err) != want {
			t.Errorf("%s locks: %v, want %s", by, err, want)
		}
	}
	if err := w.stand("op1", "admin1", identity.Locked); err != nil {
		t.Errorf("the platform locks: %v", err)
	}
}

// TestKeepersListTheirOwn has everybody read the list of people.
func TestKeepersListTheirOwn(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for by, want := range map[string]string{"admin1": "admin1 admin2 auditor sara", "qom": "qom", "manager1": "clerk manager1 manager2 zahra"} {
		ctx, in := w.as(by)
		list, err := w.staff.List(ctx, in, identity.MemberQuery{})
		var names []string
		for _, m := range list {
			names = append(names, m.Username)
		}
		if got := strings.Join(names, " "); got != want || err != nil {
			t.Errorf("%s sees %s, %v", by, got, err)
		}
	}
	ctx, in := w.as("op1")
	if list, err := w.staff.List(ctx, in, identity.MemberQuery{After: "admin1", Limit: 2}); err != nil || len(list) != 2 || list[0].Username != "admin2" || list[1].Username != "auditor" {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestTheDatabaseGivesNoGraveRole has SQL in a city's and an office's scope give every role: what one person may give passes, and a grave one only in the
// transaction in which a second person agrees to it.
func TestTheDatabaseGivesNoGraveRole(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	promote := func(username string, in scope.Scope, role identity.Role) error {
		return w.in(in, func(tx *scope.Tx) error {
			done := tx.DB.Exec(`UPDATE people SET role = ? WHERE username = ?`, string(role), username)
			if done.Error == nil && done.RowsAffected != 1 {
				t.Errorf("%s in %s: %d rows", username, in, done.RowsAffected)
			}
			return done.Error
		})
	}
	for username, at := range map[string]identity.Home{"sara": atShiraz, "clerk": atOffice} {
		was := w.state(username)
		for _, role := range identity.Roles() {
			err := promote(username, at.Scope(), role)
			if refused := err != nil && strings.Contains(err.Error(), "row-level security"); role.Fits(at.Kind) && refused != role.Grave(at.Kind) {
				t.Errorf("%s becomes %s: %v", username, role, err)
			}
			w.exec(`UPDATE people SET role = ? WHERE username = ?`, strings.Fields(was)[0], username)
		}
	}
	change, err := w.change("admin1", "sara", "treasurer")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.decide("admin2", change.Approval.ID, approvals.Approve); err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE people SET role = 'tariff_editor' WHERE username = 'sara'`)
	err = w.later.InTx(w.ctx(), atShiraz.Scope(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE people SET role = 'treasurer' WHERE username = 'sara'`).Error
	})
	if err == nil {
		t.Error("an approval is used twice")
	}
}

// TestTwoKeepersOfTheHomeGiveAGraveRole has SQL in an office's scope plant a decision of two people who do not keep that office.
func TestTwoKeepersOfTheHomeGiveAGraveRole(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	plant := func(requester, decider string, home uuid.NullUUID) error {
		ids := []any{w.id(requester), w.id(decider), w.id("clerk")}
		return w.in(scope.Office(officeID), func(tx *scope.Tx) error {
			err := tx.DB.Exec(`INSERT INTO approvals (municipality_id, id, office_id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, requested_at, expires_at, requester_human)
			  VALUES (0, gen_random_uuid(), ?, 'role_grant', ?, 'x', 'x', '{"from": "office_clerk", "to": "office_manager"}', 'x', 'open', ?, scope_now(), scope_now() + interval '1 day',
			    (SELECT human_id FROM people WHERE id = ?))`,
				home, ids[2].(uuid.UUID).String(), ids[0], ids[0]).Error
			if err != nil {
				t.Fatal(err)
			}
			if err := tx.DB.Exec(`UPDATE approvals SET state = 'approved', decided_by = ?, decided_at = scope_now(), decider_human = (SELECT human_id FROM people WHERE id = ?)
			  WHERE state = 'open'`, ids[1], ids[1]).Error; err != nil {
				return err
			}
			return tx.DB.Exec(`UPDATE people SET role = 'office_manager' WHERE id = ?`, ids[2]).Error
		})
	}
	own := uuid.NullUUID{UUID: officeID, Valid: true}
	for _, pair := range [][2]string{{"clerk", "zahra"}, {"manager1", "zahra"}, {"manager1", "admin1"}, {"manager1", "op1"}, {"admin1", "admin2"}} {
		if err := plant(pair[0], pair[1], own); err == nil || !strings.Contains(err.Error(), "row-level security") && scope.Constraint(err) != "approvals_two_people_humans" {
			t.Errorf("%s and %s make a manager: %v", pair[0], pair[1], err)
		}
	}
	w.exec(`UPDATE people SET state = 'locked' WHERE username = 'manager2'`)
	if err := plant("manager1", "manager2", own); err == nil {
		t.Error("a manager who is locked decides")
	}
	w.exec(`UPDATE people SET state = 'active' WHERE username = 'manager2'`)
	if err := plant("manager1", "manager2", own); err != nil {
		t.Errorf("two managers: %v", err)
	}
}

// TestTheDatabaseInvitesToNoGraveRole has SQL in a home's scope invite to every role, and revive and take up what waits.
func TestTheDatabaseInvitesToNoGraveRole(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for in, at := range map[scope.Scope]identity.Home{scope.Office(officeID): atOffice, scope.Municipality(122): atShiraz} {
		office := uuid.NullUUID{UUID: at.OfficeID, Valid: at.Kind == identity.AtOffice}
		for _, role := range identity.Roles() {
			if !role.Fits(at.Kind) {
				continue
			}
			err := w.in(in, func(tx *scope.Tx) error {
				return tx.DB.Exec(`INSERT INTO invitations (id, office_id, city, username, name_fa, role, token_hash, invited_at, expires_at)
				  VALUES (gen_random_uuid(), ?, nullif(?, 0), 'new', 'x', ?, sha256(convert_to(?, 'UTF8')), scope_now(), scope_now() + interval '1 day')`,
					office, in.MunicipalityID(), string(role), in.String()+string(role)).Error
			})
			if (err != nil) != role.Grave(at.Kind) {
				t.Errorf("%s invites a %s: %v", in, role, err)
			}
		}
		for _, set := range []string{`expires_at = scope_now() + interval '9 days'`, `accepted_at = scope_now(), person_id = (SELECT id FROM people LIMIT 1)`} {
			err := w.in(in, func(tx *scope.Tx) error { return tx.DB.Exec(`UPDATE invitations SET ` + set).Error })
			if err == nil || !strings.Contains(err.Error(), "row-level security") {
				t.Errorf("%s: %s: %v", in, set, err)
			}
		}
	}
}
