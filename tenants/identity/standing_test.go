package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/scope"
)

// person loads somebody as they act.
func (w town) person(username string) identity.Person {
	w.t.Helper()
	ctx, _ := w.as(username)
	p, err := w.Person(ctx, w.id(username))
	if err != nil {
		w.t.Fatalf("%s: %v", username, err)
	}
	return p
}

func (w town) invite(by string, in identity.Invited) (identity.Invitation, error) {
	w.t.Helper()
	ctx, _ := w.as(by)
	if in.NationalID == "" {
		in.NationalID = identitytest.NationalID(in.Username)
	}
	in.NameFA = "نام " + in.Username
	return w.Invite(ctx, w.person(by), in)
}

func (w town) accept(token string) error {
	_, err := w.Accept(w.ctx(), token, "a good long sentence")
	return err
}

// client registers a program and gives what trades its secret for a token, and what loads that token.
func (w town) client(by string) (grant func() error, load func() error) {
	w.t.Helper()
	ctx, _ := w.as(by)
	made, secret, err := w.CreateClient(ctx, w.person(by), identity.NewClient{NameFA: "برنامه", Scopes: []identity.Permission{identity.TariffsRead}, Expires: now.Add(48 * time.Hour)})
	if err != nil {
		w.t.Fatal(err)
	}
	return func() error {
			_, err := w.GrantClient(w.ctx(), made.ID.String(), secret.Secret, "")
			return err
		}, func() error {
			_, err := w.Load(w.ctx(), identity.Claims{ClientID: made.ID, Home: made.Home})
			return err
		}
}

// recordOf is the details of the last record of an action upon somebody.
func (w town) recordOf(action, username string) (details string) {
	w.t.Helper()
	err := w.in(scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT details FROM audit_log WHERE action = ? AND target_id = ? ORDER BY id DESC LIMIT 1`, action, w.id(username).String()).Row().Scan(&details)
	})
	if err != nil {
		w.t.Fatalf("%s %s: %v", action, username, err)
	}
	return details
}

// TestThePlatformLocksTheLastKeeper follows a home through it: nobody there is out of reach, nothing of the home works on, and two operators appoint a keeper.
func TestThePlatformLocksTheLastKeeper(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	grant, load := w.client("qom")
	if grant() != nil || load() != nil {
		t.Fatal("a client of a home with a keeper is refused")
	}
	waiting, err := w.invite("qom", identity.Invited{Home: atQom, Username: "friend", Role: identity.TariffEditor})
	if err != nil {
		t.Fatal(err)
	}
	keeper := identity.Invited{Home: atQom, Username: "new.keeper", Role: identity.MunicipalityAdmin, Reason: "the old one is locked"}
	if _, err := w.invite("op1", keeper); code(err) != "home_has_keeper" {
		t.Errorf("into a home with a keeper: %v", err)
	}
	if err := w.stand("op1", "qom", identity.Locked); err != nil {
		t.Fatal(err)
	}
	if got := w.recordOf("person.locked", "qom"); !strings.Contains(got, `"keeperless": true`) || !strings.Contains(got, `"by": "platform"`) || !strings.Contains(got, `"reason": "needed"`) ||
		!strings.Contains(got, `"invitations": 1`) || !strings.Contains(got, `"clients"`) {
		t.Errorf("on record: %s", got)
	}
	if code(grant()) != "client_home_unkept" || code(load()) != "client_home_unkept" {
		t.Errorf("the home's client: %v, %v", grant(), load())
	}
	if err := w.accept(waiting.Token); code(err) != "invitation_unknown" {
		t.Errorf("an invitation of the locked keeper: %v", err)
	}
	_, other := w.client("admin1")
	if err := other(); err != nil {
		t.Errorf("another home's client: %v", err)
	}
	wantAppointed(t, w, keeper)
	if grant() != nil || load() != nil {
		t.Errorf("with a keeper: %v, %v", grant(), load())
	}
	for _, to := range []identity.Standing{identity.Active, identity.Left} { // the new one cannot give the old one back
		if err := w.stand("new.keeper", "qom", to); code(err) != "person_platform_lock" {
			t.Errorf("%s by the home: %v", to, err)
		}
	}
	if err := w.stand("op2", "qom", identity.Active); err != nil || w.state("qom") != "municipality_admin active" {
		t.Errorf("the platform lifts its lock: %v, %s", err, w.state("qom"))
	}
	if err := w.stand("op1", "op2", identity.Locked); err != nil {
		t.Fatal(err)
	}
	if err := w.stand("op1", "op1", identity.Locked); code(err) != "person_last_admin" {
		t.Errorf("the platform's last operator: %v", err)
	}
}

// wantAppointed has the platform invite a keeper, by two operators.
func wantAppointed(t *testing.T, w town, keeper identity.Invited) {
	t.Helper()
	for name, c := range map[string]struct {
		by     string
		change func(*identity.Invited)
		want   string
	}{
		"another role":         {"op1", func(i *identity.Invited) { i.Role = identity.Treasurer }, "person_role_not_yours"},
		"no reason":            {"op1", func(i *identity.Invited) { i.Reason = " " }, "person_reason"},
		"another city's":       {"admin1", func(*identity.Invited) {}, "person_role_not_yours"},
		"a home that is kept":  {"op1", func(i *identity.Invited) { i.Home = atShiraz }, "home_has_keeper"},
		"themselves":           {"op1", func(i *identity.Invited) { i.NationalID = identitytest.NationalID("op1") }, "person_role_not_yours"},
		"no ID":                {"op1", func(i *identity.Invited) { i.NationalID = "123" }, "national_id_length"},
		"whoever works there":  {"op1", func(i *identity.Invited) { i.NationalID = identitytest.NationalID("qom") }, "person_works_here"},
		"a home that is not":   {"op1", func(i *identity.Invited) { i.Home = identity.Home{Kind: identity.AtMunicipality, MunicipalityID: 9} }, "home_unknown"},
		"an operator, by name": {"op1", func(i *identity.Invited) { i.Username = "op2" }, "username_taken"},
	} {
		in := keeper
		c.change(&in)
		if _, err := w.invite(c.by, in); code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	made, err := w.invite("op1", keeper)
	if err != nil || made.Approval == nil {
		t.Fatalf("%+v, %v", made, err)
	}
	if err := w.accept(made.Token); code(err) != "invitation_unknown" {
		t.Errorf("before a second person has agreed: %v", err)
	}
	if err := w.decide("op1", made.Approval.ID, approvals.Approve); code(err) != "approval_second_person" {
		t.Errorf("by whoever asked: %v", err)
	}
	if err := w.decide("admin1", made.Approval.ID, approvals.Approve); code(err) != "approval_unknown" {
		t.Errorf("by a city: %v", err)
	}
	if err := w.decide("op2", made.Approval.ID, approvals.Approve); err != nil {
		t.Fatal(err)
	}
	if err := w.accept(made.Token); err != nil || w.state("new.keeper") != "municipality_admin active" {
		t.Fatalf("%v, %s", err, w.state("new.keeper"))
	}
}

// TestAnAppointmentIsRefusedWhenItNoLongerFits changes something between the request and the decision.
func TestAnAppointmentIsRefusedWhenItNoLongerFits(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.enrol(atPlatform, "op3", identity.PlatformOperator)
	ask := func(by string) uuid.UUID {
		t.Helper()
		made, err := w.invite(by, identity.Invited{Home: atQom, Username: "new.keeper", Role: identity.MunicipalityAdmin, Reason: "needed"})
		if err != nil {
			t.Fatal(err)
		}
		return made.Approval.ID
	}
	if err := w.stand("op1", "qom", identity.Locked); err != nil {
		t.Fatal(err)
	}
	first := ask("op1")
	if err := w.stand("op2", "qom", identity.Active); err != nil {
		t.Fatal(err)
	}
	if err := w.decide("op2", first, approvals.Approve); code(err) != "home_has_keeper" {
		t.Errorf("the keeper is back: %v", err)
	}
	if err := w.stand("op2", "qom", identity.Locked); err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE people SET role = 'platform_support' WHERE username = 'op1'`)
	if err := w.decide("op2", first, approvals.Approve); code(err) != "person_changed" {
		t.Errorf("whoever asked has another role: %v", err)
	}
	w.exec(`UPDATE people SET role = 'platform_operator' WHERE username = 'op1'`)
	if err := w.stand("op2", "op1", identity.Locked); err != nil {
		t.Fatal(err)
	}
	ctx, in := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: w.id("op3")}), scope.Platform()
	if _, err := w.approvals.Decide(ctx, in, first, approvals.Approve, ""); code(err) != "person_changed" {
		t.Errorf("whoever asked is locked: %v", err)
	}
	if err := w.stand("op2", "op1", identity.Active); err != nil {
		t.Fatal(err)
	}
	if _, err := w.approvals.Decide(ctx, in, first, approvals.Approve, ""); code(err) != "person_changed" {
		t.Errorf("the invitation is void: %v", err)
	}
}

// TestAHomeLiftsItsOwnLocksAlone locks somebody in either name, and has both lift it, also by SQL.
func TestAHomeLiftsItsOwnLocksAlone(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for _, c := range []struct{ locks, lifts, want string }{
		{"admin1", "admin2", "<nil>"}, {"admin1", "op1", "<nil>"}, {"op1", "admin1", "person_platform_lock"}, {"op1", "op2", "<nil>"},
	} {
		if err := w.stand(c.locks, "sara", identity.Locked); err != nil {
			t.Fatalf("%s locks: %v", c.locks, err)
		}
		if c.want != "<nil>" {
			wantLocked(t, w, "sara")
		}
		if err := w.stand(c.lifts, "sara", identity.Active); code(err) != c.want {
			t.Errorf("%s locks, %s lifts: %v", c.locks, c.lifts, err)
		}
		if c.want != "<nil>" {
			if err := w.stand("op2", "sara", identity.Active); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, set := range []string{`state = 'locked', locked_by = 'platform'`, `locked_by = 'platform'`} {
		if err := w.in(atShiraz.Scope(), func(tx *scope.Tx) error {
			return tx.DB.Exec(`UPDATE people SET ` + set + ` WHERE username = 'sara'`).Error
		}); err == nil {
			t.Errorf("a home says that the platform has locked: %s", set)
		}
	}
	if err := w.in(scope.Platform(), func(tx *scope.Tx) error { return identity.Lock(tx, "sara") }); err != nil {
		t.Fatal(err)
	}
	if err := w.stand("admin1", "sara", identity.Active); code(err) != "person_platform_lock" {
		t.Errorf("a lock of the console: %v", err)
	}
}

// wantLocked has SQL in the home's scope lift a lock of the platform, or make it the home's.
func wantLocked(t *testing.T, w town, username string) {
	t.Helper()
	for _, set := range []string{`state = 'active'`, `state = 'active', locked_by = NULL`, `locked_by = 'home'`, `locked_by = NULL`, `state = 'left'`, `state = 'left', locked_by = NULL`} {
		err := w.in(atShiraz.Scope(), func(tx *scope.Tx) error {
			return tx.DB.Exec(`UPDATE people SET `+set+` WHERE username = ?`, username).Error
		})
		if err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s: %v", set, err)
		}
	}
}

// TestWhoGoesLeavesNothingOpen locks, dismisses and demotes keepers who have invited somebody and registered a program.
func TestWhoGoesLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	invite := func(by, whom string) string {
		t.Helper()
		made, err := w.invite(by, identity.Invited{Home: atShiraz, Username: whom, Role: identity.Auditor})
		if err != nil {
			t.Fatal(err)
		}
		return made.Token
	}
	grant, _ := w.client("admin2")
	stays := invite("admin1", "stays")
	w.enrol(atShiraz, "admin3", identity.MunicipalityAdmin)
	dismissed, locked, demoted := invite("admin2", "a"), invite("admin3", "b"), ""
	ctx, in := w.as("admin1")
	m, err := w.staff.SetStanding(ctx, in, w.id("admin2"), identity.Left, "moved")
	if err != nil || len(m.Clients) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	if got := w.recordOf("person.left", "admin2"); !strings.Contains(got, m.Clients[0].String()) || !strings.Contains(got, `"invitations": 1`) {
		t.Errorf("on record: %s", got)
	}
	if err := w.stand("admin1", "admin3", identity.Locked); err != nil {
		t.Fatal(err)
	}
	if err := w.stand("admin1", "admin3", identity.Active); err != nil {
		t.Fatal(err)
	}
	demoted = invite("admin3", "c")
	if _, err := w.change("admin1", "admin3", identity.Auditor); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"dismissed": dismissed, "locked": locked, "demoted": demoted} {
		if err := w.accept(token); code(err) != "invitation_unknown" {
			t.Errorf("of whoever was %s: %v", name, err)
		}
	}
	if err := w.accept(stays); err != nil {
		t.Errorf("of whoever stays: %v", err)
	}
	if err := grant(); err != nil {
		t.Errorf("a program is the home's, not the person's: %v", err)
	}
	list, err := w.Clients(ctx, in)
	if err != nil || len(list) != 1 || list[0].CreatedBy != w.id("admin2") || list[0].Creator != identity.Left || list[0].CreatorFA != "نام admin2" {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestACityReadsWhoSignsInForIt has people of a city, of another one and of the platform come to the door.
func TestACityReadsWhoSignsInForIt(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	d.enrol(atQom, "qom", identity.MunicipalityAdmin)
	session := d.signIn("sara")
	d.signIn("navid")
	if _, err := d.SignIn(d.ctx(), "sara", "wrong"); err == nil {
		t.Error("a wrong password")
	}
	d.factor(session)
	if err := d.EndSession(d.ctx(), session.Person.ID, session.ID); err != nil {
		t.Fatal(err)
	}
	read := func(in scope.Scope) (actions []string) {
		err := d.in(in, func(tx *scope.Tx) error {
			return tx.DB.Raw(`SELECT DISTINCT action FROM audit_log WHERE action NOT LIKE 'person.%' ORDER BY 1`).Scan(&actions).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		return actions
	}
	if got, want := read(atShiraz.Scope()), []string{"second_factor.confirmed", "second_factor.started", "session.ended", "sign_in.granted", "sign_in.refused"}; !slices.Equal(got, want) {
		t.Errorf("Shiraz reads %q, want %q", got, want)
	}
	if got := read(atQom.Scope()); len(got) != 0 {
		t.Errorf("Qom reads %q", got)
	}
}

// TestAHomeEndsItsOwnPeoplesSessionsAlone has SQL in a city's scope end somebody's sessions.
func TestAHomeEndsItsOwnPeoplesSessionsAlone(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	id := d.signIn("sara").Person.ID
	for _, in := range []scope.Scope{atQom.Scope(), atOffice.Scope(), atShiraz.Scope()} {
		if err := d.in(in, func(tx *scope.Tx) error { return tx.DB.Exec(`SELECT end_sessions(?, 'locked')`, id).Error }); err != nil {
			t.Fatal(err)
		}
		if open := d.count(`SELECT count(*) FROM sessions WHERE person_id = ? AND ended_at IS NULL`, id); (open == 0) != (in == atShiraz.Scope()) {
			t.Errorf("%s leaves %d open", in, open)
		}
	}
}

// A stolen access token sets no second factor up.
func TestSettingUpASecondFactorNeedsThePassword(t *testing.T) {
	t.Parallel()
	d := newDoor(t, true)
	id := d.signIn("zahra").Person.ID
	for _, wrong := range []string{"", "wrong"} {
		_, err := d.SetUpFactor(d.ctx(), id, wrong)
		wantCode(t, "password "+wrong, err, "credentials_invalid", "password")
	}
	if n := d.count(`SELECT count(*) FROM second_factors`); n != 0 {
		t.Errorf("%d factors begun", n)
	}
	if _, err := d.SetUpFactor(d.ctx(), id, password); err != nil {
		t.Error(err)
	}
}
