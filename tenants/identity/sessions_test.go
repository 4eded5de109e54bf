package identity_test

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/privacy/privacytest"
	"mofasa/tenants/scope"
)

// wall is a clock that a test sets.
type wall struct {
	mu sync.Mutex
	at time.Time
}

func (w *wall) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *wall) advance(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(by)
}

// door is a bureau whose clock moves and that knows second factors.
type door struct {
	bureau
	*wall
}

func newDoor(t *testing.T, require bool) door {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	w := &wall{at: now}
	run := scope.NewRunner(db, w.Now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	b := bureau{t: t, run: run, Service: identity.NewService(run, newKeys(t), w.Now, cheap, identity.WithSecondFactors(identity.NewFactorSecrets(privacytest.NewKeyring(t), nil), require), identity.WithHumans(identitytest.Humans()))}
	b.settle()
	return door{b, w}
}

func (d door) refresh(token string) (identity.Session, error) {
	return d.Refresh(d.ctx(), token, identity.Origin{Address: "203.0.113.77", UserAgent: "Firefox"})
}

func (d door) mustRefresh(token string) identity.Session {
	d.t.Helper()
	session, err := d.refresh(token)
	if err != nil {
		d.t.Fatal(err)
	}
	return session
}

func (d door) count(query string, args ...any) (n int) {
	d.t.Helper()
	if err := d.in(scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query, args...).Row().Scan(&n) }); err != nil {
		d.t.Fatal(err)
	}
	return n
}

func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	first := d.signIn("zahra")
	tokens := map[string]bool{first.Refresh: true}
	token := first.Refresh
	for range 5 {
		d.advance(time.Hour)
		next := d.mustRefresh(token)
		if tokens[next.Refresh] || next.ID != first.ID || next.Person != first.Person || !next.RefreshExpires.Equal(d.Now().Add(identity.SessionIdle)) {
			t.Fatalf("%+v after %+v", next, first)
		}
		if _, err := d.reload(next.Token); err != nil {
			t.Error(err)
		}
		tokens[next.Refresh], token = true, next.Refresh
	}
	stored := d.count(`SELECT count(*) FROM sessions WHERE position(convert_to(?, 'UTF8') IN token_hash || coalesce(rotated_from, '') || successor) > 0`, token)
	if sessions, err := d.Sessions(d.ctx(), first.Person.ID); err != nil || len(sessions) != 1 || sessions[0].Network != "203.0.113.0/24" || sessions[0].Program != "Firefox" || stored != 0 {
		t.Errorf("%+v, %v", sessions, err)
	}
}

// A copy of an old token, whoever shows it, ends the session for everybody who holds a part of it.
func TestReuseEndsTheFamily(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	first, other := d.signIn("zahra"), d.signIn("zahra")
	d.advance(time.Minute)
	second := d.mustRefresh(first.Refresh)
	d.advance(time.Minute)
	third := d.mustRefresh(second.Refresh)
	if _, err := d.refresh(first.Refresh); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("the stolen token: %v", err)
	}
	if _, err := d.refresh(third.Refresh); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("the last token of a family that ended: %v", err)
	}
	if _, err := d.reload(third.Token); !errors.Is(err, identity.ErrToken) {
		t.Errorf("the access token of a family that ended: %v", err)
	}
	d.mustRefresh(other.Refresh) // another sign-in is another family
	if n := d.count(`SELECT count(*) FROM audit_log WHERE action = 'session.reused' AND target_id = ?`, first.ID.String()); n != 1 {
		t.Errorf("%d reuses on record", n)
	}
	if n := d.count(`SELECT count(*) FROM sessions WHERE ended_by = 'reused'`); n != 1 {
		t.Errorf("%d sessions ended by reuse", n)
	}
}

// Two tabs that refresh at once, or an answer that was lost, get the same next token within the grace, and an alarm after it.
func TestGraceGivesTheSameTokenAgain(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	first := d.signIn("zahra")
	next := d.mustRefresh(first.Refresh)
	d.advance(10 * time.Second)
	if again := d.mustRefresh(first.Refresh); again.Refresh != next.Refresh || again.ID != next.ID {
		t.Error("a repeated refresh gives another token")
	}
	d.advance(time.Second)
	if _, err := d.refresh(first.Refresh); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("after the grace: %v", err)
	}
	if _, err := d.refresh(next.Refresh); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("after the alarm: %v", err)
	}
}

func TestManyRefreshesAtOnceAgree(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	first := d.signIn("zahra")
	var all sync.WaitGroup
	got := make([]string, 8)
	for i := range got {
		all.Go(func() {
			session, err := d.refresh(first.Refresh)
			got[i] = session.Refresh
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if slices.Sort(got); len(slices.Compact(got)) != 1 {
		t.Errorf("%d different tokens", len(slices.Compact(got)))
	}
	d.mustRefresh(got[0])
}

func TestSessionsEndByThemselves(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	idle := d.signIn("zahra")
	d.advance(identity.SessionIdle)
	if _, err := d.refresh(idle.Refresh); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("idle: %v", err)
	}
	token := d.signIn("zahra").Refresh
	begun := d.Now()
	for d.Now().Before(begun.Add(identity.SessionLife - 11*time.Hour)) {
		d.advance(11 * time.Hour)
		session, err := d.refresh(token)
		if err != nil {
			t.Fatal(err)
		}
		if session.RefreshExpires.After(begun.Add(identity.SessionLife)) {
			t.Fatalf("lasts until %s", session.RefreshExpires)
		}
		token = session.Refresh
	}
	d.advance(11 * time.Hour)
	if _, err := d.refresh(token); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("after a week: %v", err)
	}
}

func TestForeignRefreshTokens(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	a, b := d.signIn("zahra"), d.signIn("sara")
	raw, other := decode(t, a.Refresh), decode(t, b.Refresh)
	for name, token := range map[string]string{
		"empty": "", "an access token": a.Token, "padded": a.Refresh + "==", "short": a.Refresh[:63], "long": a.Refresh + "A",
		"unknown selector": base64.RawURLEncoding.EncodeToString(slices.Concat(make([]byte, 16), raw[16:])),
		"not base64":       strings.Repeat("!", 64),
	} {
		if _, err := d.refresh(token); !errors.Is(err, identity.ErrSessionEnded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.advance(time.Minute)
	a = d.mustRefresh(a.Refresh)
	b = d.mustRefresh(b.Refresh)
	// One session's selector with another's verifier is no token of either, and ends the one that it names.
	if _, err := d.refresh(base64.RawURLEncoding.EncodeToString(slices.Concat(raw[:16], other[16:]))); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("mixed: %v", err)
	}
	if _, err := d.refresh(a.Refresh); !errors.Is(err, identity.ErrSessionEnded) {
		t.Error("the named session goes on")
	}
	d.mustRefresh(b.Refresh)
}

func decode(t *testing.T, token string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestEndingSessions(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	one, two, sara := d.signIn("zahra"), d.signIn("zahra"), d.signIn("sara")
	wantCode(t, "a stranger's", d.EndSession(d.ctx(), sara.Person.ID, one.ID), "session_unknown", "")
	wantCode(t, "nobody's", d.EndSession(d.ctx(), one.Person.ID, uuid.New()), "session_unknown", "")
	if err := d.EndSession(d.ctx(), one.Person.ID, one.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "twice", d.EndSession(d.ctx(), one.Person.ID, one.ID), "session_unknown", "")
	if _, err := d.reload(one.Token); !errors.Is(err, identity.ErrToken) {
		t.Errorf("an ended session's access token: %v", err)
	}
	if _, err := d.refresh(one.Refresh); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("an ended session's refresh token: %v", err)
	}
	two = d.mustRefresh(two.Refresh)
	if err := d.in(scope.Platform(), func(tx *scope.Tx) error { return identity.Lock(tx, "zahra") }); err != nil {
		t.Fatal(err)
	}
	if err := d.in(scope.Platform(), func(tx *scope.Tx) error { return identity.Unlock(tx, "zahra") }); err != nil {
		t.Fatal(err)
	}
	if _, err := d.refresh(two.Refresh); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("after a lock: %v", err)
	}
	d.enrol(atShiraz, "sara", identity.TariffEditor)
	if _, err := d.refresh(sara.Refresh); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("after a new password: %v", err)
	}
}

// Whoever may not work for now keeps the session for later.
func TestRefreshOfASuspendedOffice(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	session := d.signIn("zahra")
	d.exec(`UPDATE offices SET state = 'suspended'`)
	for range 3 {
		d.advance(time.Minute)
		if _, err := d.refresh(session.Refresh); !errors.Is(err, identity.ErrOfficeSuspended) {
			t.Fatal(err)
		}
	}
	d.exec(`UPDATE offices SET state = 'active'`)
	d.mustRefresh(session.Refresh)
}

// What a browser held before the sign-in is worth nothing after it.
func TestSignInAdoptsNoSession(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	planted := d.signIn("sara")
	own := d.signIn("zahra")
	if own.ID == planted.ID || own.Refresh == planted.Refresh || decodeSelector(t, own.Refresh) == decodeSelector(t, planted.Refresh) {
		t.Error("a session was adopted")
	}
	if again := d.mustRefresh(planted.Refresh); again.Person.NameFA != "نام sara" {
		t.Errorf("the planted session became %s's", again.Person.NameFA)
	}
}

func decodeSelector(t *testing.T, token string) string { return string(decode(t, token)[:16]) }

func TestChangePassword(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	here, there := d.signIn("zahra"), d.signIn("zahra")
	id := here.Person.ID
	change := func(old, password string) error { return d.ChangePassword(d.ctx(), id, here.ID, old, password) }
	wantCode(t, "wrong", change("wrong password", "another fine sentence"), "credentials_invalid", "password")
	for password, code := range map[string]string{"eleven sign": "person_password", strings.Repeat("x", 201): "person_password", "Password 12345": "password_common",
		"QWERTYUIOP123": "password_common", "۱۲۳۴۵۶۷۸۹۰۱۲": "password_common", "aaaabbbbccccdddd": "password_common", "ضصثقفغعهخحجچ": "password_common", "رمز عبور من ۱۲۳": "password_common",
		"abcdefghijklmnop": "password_common", "صصصصصصصصصصصص": "password_common", "my name is Zahra!": "password_has_username", "vlc uf,v lk 123": "password_common"} {
		wantCode(t, password, change(password1(), password), code, "password")
	}
	if err := change(password1(), "another fine sentence"); err != nil {
		t.Fatal(err)
	}
	d.mustRefresh(here.Refresh)
	if _, err := d.refresh(there.Refresh); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("another session: %v", err)
	}
	if _, err := d.SignIn(d.ctx(), "zahra", password); !errors.Is(err, identity.ErrCredentials) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := d.SignIn(d.ctx(), "zahra", "another fine sentence"); err != nil {
		t.Error(err)
	}
}

func password1() string { return password }

// factor sets a second factor up and gives the secret and the recovery codes.
func (d door) factor(session identity.Session) (secret string, recovery []string) {
	d.t.Helper()
	setup, err := d.SetUpFactor(d.ctx(), session.Person.ID, password)
	if err != nil {
		d.t.Fatal(err)
	}
	recovery, err = d.ConfirmFactor(d.ctx(), session.Person.ID, session.ID, d.code(setup.Secret))
	if err != nil {
		d.t.Fatal(err)
	}
	return setup.Secret, recovery
}

func (d door) code(secret string) string {
	d.t.Helper()
	code, err := totp.GenerateCode(secret, d.Now())
	if err != nil {
		d.t.Fatal(err)
	}
	return code
}

func (d door) signInWith(username, code string) (identity.Session, error) {
	return d.Service.SignIn(d.ctx(), identity.Credentials{Username: username, Password: password, Code: code})
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	here, there := d.signIn("zahra"), d.signIn("zahra")
	id := here.Person.ID
	_, err := d.ConfirmFactor(d.ctx(), id, here.ID, "123456")
	wantCode(t, "nothing to confirm", err, "second_factor_missing", "")
	first, err := d.SetUpFactor(d.ctx(), id, password)
	if err != nil || !strings.HasPrefix(first.URI, "otpauth://totp/Mofasa:zahra?") || !strings.Contains(first.URI, "secret="+first.Secret) {
		t.Fatalf("%+v, %v", first, err)
	}
	d.signIn("zahra") // it is not in force before a code was shown
	secret, recovery := d.factor(here)
	_, err = d.ConfirmFactor(d.ctx(), id, here.ID, d.code(secret))
	wantCode(t, "twice", err, "second_factor_set", "")
	_, err = d.SetUpFactor(d.ctx(), id, password)
	wantCode(t, "a second one", err, "second_factor_set", "")
	if _, err := d.refresh(there.Refresh); !errors.Is(err, identity.ErrSessionEnded) {
		t.Errorf("a session that was opened without it: %v", err)
	}
	d.mustRefresh(here.Refresh)
	if n := d.count(`SELECT count(*) FROM second_factors WHERE position(convert_to(?, 'UTF8') IN secret) > 0`, secret); n != 0 {
		t.Error("the secret is stored in clear")
	}

	for name, c := range map[string]struct{ code, want string }{
		"none": {"", "second_factor_required"}, "wrong": {"000000", "second_factor_invalid"}, "the code that confirmed": {d.code(secret), "second_factor_invalid"},
		"the first secret's": {d.code(first.Secret), "second_factor_invalid"}, "no code at all": {"sesame", "second_factor_invalid"},
	} {
		_, err := d.signInWith("zahra", c.code)
		wantCode(t, name, err, c.want, "")
	}
	if _, err := d.Service.SignIn(d.ctx(), identity.Credentials{Username: "zahra", Password: "wrong", Code: d.code(secret)}); !errors.Is(err, identity.ErrCredentials) {
		t.Errorf("a wrong password with a code: %v", err)
	}
	d.advance(30 * time.Second)
	code := d.code(secret)
	if _, err := d.signInWith("zahra", code); err != nil {
		t.Fatal(err)
	}
	_, err = d.signInWith("zahra", code)
	wantCode(t, "a used code", err, "second_factor_invalid", "code")
	d.advance(60 * time.Second)
	late := d.code(secret)
	d.advance(30 * time.Second)
	if _, err := d.signInWith("zahra", late[:3]+" "+late[3:]); err != nil {
		t.Errorf("the last code, half a minute late: %v", err)
	}
	d.advance(time.Minute)
	stale := d.code(secret)
	d.advance(time.Minute)
	_, err = d.signInWith("zahra", stale)
	wantCode(t, "a stale code", err, "second_factor_invalid", "")

	d.recover(recovery)
	if err := d.RemoveFactor(d.ctx(), id, here.ID, "wrong", d.code(secret)); !errors.Is(err, identity.ErrCredentials) {
		t.Errorf("removed without the password: %v", err)
	}
	wantCode(t, "removed without a code", d.RemoveFactor(d.ctx(), id, here.ID, password, ""), "second_factor_required", "")
	if err := d.RemoveFactor(d.ctx(), id, here.ID, password, d.code(secret)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "removed twice", d.RemoveFactor(d.ctx(), id, here.ID, password, d.code(secret)), "second_factor_missing", "")
	d.signIn("zahra")
}

// recover uses each recovery code once.
func (d door) recover(codes []string) {
	d.t.Helper()
	if len(codes) != 10 || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != 10 {
		d.t.Fatalf("recovery codes %q", codes)
	}
	for i, code := range codes {
		if i%2 == 1 {
			code = strings.ToUpper(strings.ReplaceAll(code, "-", " "))
		}
		if _, err := d.signInWith("zahra", code); err != nil {
			d.t.Errorf("recovery code %d: %v", i, err)
		}
		_, err := d.signInWith("zahra", code)
		wantCode(d.t, "a used recovery code", err, "second_factor_invalid", "code")
	}
}

// One code opens one session, however many ask at once.
func TestACodeIsSpentOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	secret, recovery := d.factor(d.signIn("zahra"))
	d.advance(time.Minute)
	for _, code := range []string{d.code(secret), recovery[0]} {
		var all sync.WaitGroup
		opened := make(chan bool, 8)
		for range cap(opened) {
			all.Go(func() {
				_, err := d.signInWith("zahra", code)
				opened <- err == nil
			})
		}
		all.Wait()
		close(opened)
		n := 0
		for ok := range opened {
			if ok {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d sessions by one code", n)
		}
	}
}

func TestRolesThatDemandASecondFactor(t *testing.T) {
	t.Parallel()
	d := newDoor(t, true)
	d.enrol(atShiraz, "approver", identity.TariffApprover)
	for username, demanded := range map[string]bool{"zahra": true, "approver": true, "sara": false} {
		session := d.signIn(username)
		p := session.Person
		if p.MustSetUp != demanded || (len(p.Permissions()) == 0) != demanded || p.Permits(identity.InquiriesCreate) != (!demanded && p.Role == identity.OfficeCashier) {
			t.Errorf("%s before: %+v", username, p)
		}
		d.factor(session)
		p, err := d.reload(session.Token)
		if err != nil || p.MustSetUp || len(p.Permissions()) == 0 {
			t.Errorf("%s after: %+v, %v", username, p, err)
		}
	}
	if err := d.in(scope.Platform(), func(tx *scope.Tx) error { return identity.ResetFactor(tx, "zahra") }); err != nil {
		t.Fatal(err)
	}
	if p := d.signIn("zahra").Person; !p.MustSetUp {
		t.Errorf("after a reset: %+v", p)
	}
	for _, username := range []string{"zahra", "nobody"} {
		if err := d.in(scope.Platform(), func(tx *scope.Tx) error { return identity.ResetFactor(tx, username) }); fault.Of(err) == nil {
			t.Errorf("reset of %s: %v", username, err)
		}
	}
}

func TestNobodyMissesTheDemand(t *testing.T) {
	t.Parallel()
	for _, role := range identity.Roles() {
		for _, at := range []identity.HomeKind{identity.AtOffice, identity.AtMunicipality, identity.AtPlatform} {
			moves := slices.ContainsFunc(role.Permissions(at), func(p identity.Permission) bool {
				return slices.Contains([]identity.Permission{"payments.create", "external_payments.report", "decisions.create", "owners.reveal", "owners.search", "tariffs.approve", "valuations.edit", "people.manage", "clients.manage"}, p)
			})
			if role.DemandsSecondFactor(at) != moves {
				t.Errorf("%s at %s: %t", role, at, !moves)
			}
		}
	}
	if !identity.OfficeCashier.DemandsSecondFactor(identity.AtOffice) || !identity.TariffApprover.DemandsSecondFactor(identity.AtPlatform) || identity.OfficeClerk.DemandsSecondFactor(identity.AtOffice) {
		t.Error("who moves money or publishes tariffs is not asked")
	}
}

func (d door) accept(token, password string) (identity.Accepted, error) {
	return d.Accept(d.ctx(), token, password)
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	d := newDoor(t, true)
	d.enrol(atOffice, "manager", identity.OfficeManager)
	d.enrol(atShiraz, "admin", identity.MunicipalityAdmin)
	manager, admin := d.keeper("manager"), d.keeper("admin")
	as := func(p identity.Person) context.Context {
		return scope.WithActor(d.t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: p.ID})
	}
	invite := func(by identity.Person, in identity.Invited) (identity.Invitation, error) {
		return d.Invite(as(by), by, in)
	}
	good := identity.Invited{Home: manager.Home, Username: "mina", NameFA: " مینا ", NationalID: identitytest.NationalID("mina"), Role: identity.OfficeClerk}
	for name, c := range map[string]struct {
		by   identity.Person
		in   identity.Invited
		code string
	}{
		"a clerk invites":      {d.signIn("sara").Person, identity.Invited{Home: atShiraz, Username: "x", NameFA: "x", Role: identity.TariffEditor}, "person_role_not_yours"},
		"another home":         {manager, identity.Invited{Home: atShiraz, Username: "x", NameFA: "x", Role: identity.TariffEditor}, "person_role_not_yours"},
		"another office":       {manager, identity.Invited{Home: identity.Home{Kind: identity.AtOffice, OfficeID: personID}, Username: "x", NameFA: "x", Role: identity.OfficeClerk}, "person_role_not_yours"},
		"the platform":         {admin, identity.Invited{Home: atPlatform, Username: "x", NameFA: "x", Role: identity.PlatformSupport}, "person_role_not_yours"},
		"a grave role":         {manager, identity.Invited{Home: manager.Home, Username: "x", NameFA: "x", Role: identity.OfficeCashier}, "invitation_grave_role"},
		"a role of elsewhere":  {manager, identity.Invited{Home: manager.Home, Username: "x", NameFA: "x", Role: identity.Treasurer}, "person_role"},
		"a name that is taken": {manager, identity.Invited{Home: manager.Home, Username: "navid", NameFA: "x", Role: identity.OfficeClerk}, "username_taken"},
		"a wrong name":         {manager, identity.Invited{Home: manager.Home, Username: "Mina", NameFA: "x", Role: identity.OfficeClerk}, "person_username"},
		"nobody":               {manager, identity.Invited{Home: manager.Home, Username: "mina", NameFA: " ", Role: identity.OfficeClerk}, "person_name"},
	} {
		_, err := invite(c.by, c.in)
		wantCode(t, name, err, c.code, "")
	}
	void, err := invite(manager, good)
	if err != nil {
		t.Fatal(err)
	}
	made, err := invite(manager, good)
	if err != nil || !made.Expires.Equal(d.Now().Add(72*time.Hour)) {
		t.Fatalf("%+v, %v", made, err)
	}
	for name, token := range map[string]string{"void": void.Token, "empty": "", "altered": "A" + made.Token[1:] + "A", "an id": made.ID.String()} {
		_, err := d.accept(token, "a good long sentence")
		wantCode(t, name, err, "invitation_unknown", "")
	}
	_, err = d.accept(made.Token, "short")
	wantCode(t, "short", err, "person_password", "password")
	_, err = d.accept(made.Token, "mina and her cat")
	wantCode(t, "with the name", err, "password_has_username", "password")
	if got, err := d.accept(made.Token, "a good long sentence"); err != nil || got.Username != "mina" || got.DemandSecondFactor {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err = d.accept(made.Token, "a good long sentence")
	wantCode(t, "twice", err, "invitation_unknown", "")
	session, err := d.SignIn(d.ctx(), "mina", "a good long sentence")
	if p := session.Person; err != nil || p.Home != manager.Home || p.Role != identity.OfficeClerk || p.NameFA != "مینا" {
		t.Errorf("%+v, %v", p, err)
	}
	if n := d.count(`SELECT count(*) FROM audit_log WHERE action = 'person.invited' AND owner = ?`, "office:"+officeID.String()); n != 2 {
		t.Errorf("%d invitations on the office's record", n)
	}
	d.wantLateAndRacing(admin, invite)
}

func (d door) wantLateAndRacing(admin identity.Person, invite func(identity.Person, identity.Invited) (identity.Invitation, error)) {
	d.t.Helper()
	late, err := invite(admin, identity.Invited{Home: atShiraz, Username: "late", NameFA: "x", NationalID: identitytest.NationalID("late"), Role: identity.TariffEditor})
	if err != nil {
		d.t.Fatal(err)
	}
	d.advance(72 * time.Hour)
	_, err = d.accept(late.Token, "a good long sentence")
	wantCode(d.t, "late", err, "invitation_unknown", "")
	var system identity.Invitation
	if err := d.in(scope.Platform(), func(tx *scope.Tx) (err error) {
		system, err = identity.InviteBySystem(tx, identity.Invited{Home: atShiraz, Username: "late", NameFA: "x", NationalID: identitytest.NationalID("late"), Role: identity.Treasurer}, identitytest.Humans())
		return err
	}); err != nil {
		d.t.Fatal(err)
	}
	var all sync.WaitGroup
	taken := make(chan bool, 6)
	for range cap(taken) {
		all.Go(func() {
			got, err := d.accept(system.Token, "a good long sentence")
			taken <- err == nil && got.DemandSecondFactor
		})
	}
	all.Wait()
	close(taken)
	n := 0
	for ok := range taken {
		if ok {
			n++
		}
	}
	if n != 1 {
		d.t.Errorf("%d people by one invitation", n)
	}
}

// keeper signs somebody in whose role demands a second factor, and sets it up.
func (d door) keeper(username string) identity.Person {
	d.t.Helper()
	session := d.signIn(username)
	d.factor(session)
	person, err := d.reload(session.Token)
	if err != nil {
		d.t.Fatal(err)
	}
	return person
}

func TestClients(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	d.enrol(atOffice, "manager", identity.OfficeManager)
	manager := d.signIn("manager").Person
	as := scope.WithActor(d.t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: manager.ID})
	good := identity.NewClient{NameFA: "حسابداری", Scopes: []identity.Permission{identity.OrdersRead, identity.CertificatesRead, identity.OrdersRead}, Expires: d.Now().Add(48 * time.Hour)}
	for name, c := range map[string]struct {
		change func(*identity.NewClient)
		code   string
	}{
		"no name":        {func(n *identity.NewClient) { n.NameFA = " " }, "person_name"},
		"no scope":       {func(n *identity.NewClient) { n.Scopes = nil }, "client_scopes"},
		"not held":       {func(n *identity.NewClient) { n.Scopes = []identity.Permission{identity.TariffsRead} }, "client_scopes"},
		"a grave deed":   {func(n *identity.NewClient) { n.Scopes = []identity.Permission{identity.PeopleManage} }, "client_scopes"},
		"yesterday":      {func(n *identity.NewClient) { n.Expires = d.Now() }, "client_expiry"},
		"almost forever": {func(n *identity.NewClient) { n.Expires = d.Now().Add(identity.ClientLife + time.Hour) }, "client_expiry"},
	} {
		n := good
		c.change(&n)
		_, _, err := d.CreateClient(as, manager, n)
		wantCode(t, name, err, c.code, "")
	}
	client, secret, err := d.CreateClient(as, manager, good)
	if err != nil {
		t.Fatal(err)
	}
	grant := func(secret string) (identity.ClientToken, error) {
		return d.GrantClient(d.ctx(), client.ID.String(), secret, "")
	}
	token, err := grant(secret.Secret)
	if err != nil || len(token.Scopes) != 2 {
		t.Fatalf("%+v, %v", token, err)
	}
	p, err := d.reload(token.Token)
	if err != nil || p.ClientID != client.ID || p.ID != uuid.Nil || p.Home != manager.Home || !p.Permits(identity.OrdersRead) || p.Permits(identity.InquiriesCreate) || p.Permits(identity.PeopleManage) {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = d.GrantClient(d.ctx(), client.ID.String(), secret.Secret, "orders.read payments.create")
	wantCode(t, "more than it has", err, "scope_invalid", "")
	for name, wrong := range map[string]string{"empty": "", "a letter off": "A" + secret.Secret[1:], "its id": client.ID.String(), "an access token": token.Token} {
		if _, err := grant(wrong); wrong != secret.Secret && !errors.Is(err, identity.ErrClient) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range []string{"", "x", uuid.NewString()} {
		if _, err := d.GrantClient(d.ctx(), id, secret.Secret, ""); !errors.Is(err, identity.ErrClient) {
			t.Errorf("client %q: %v", id, err)
		}
	}
	d.wantRotation(as, client.ID, secret.Secret, grant)
}

func (d door) wantRotation(as context.Context, id uuid.UUID, old string, grant func(string) (identity.ClientToken, error)) {
	d.t.Helper()
	t, own := d.t, scope.Office(officeID)
	_, err := d.RotateClient(as, own, id, identity.ClientOverlap+1)
	wantCode(t, "too long together", err, "client_overlap", "overlap_hours")
	_, err = d.RotateClient(as, scope.Municipality(122), id, 0)
	wantCode(t, "of another home", err, "client_unknown", "")
	next, err := d.RotateClient(as, own, id, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{old, next.Secret} {
		if _, err := grant(secret); err != nil {
			t.Errorf("in the overlap: %v", err)
		}
	}
	d.advance(time.Hour)
	if _, err := grant(old); !errors.Is(err, identity.ErrClient) {
		t.Errorf("after the overlap: %v", err)
	}
	token, err := grant(next.Secret)
	if err != nil {
		t.Fatal(err)
	}
	d.exec(`UPDATE offices SET state = 'suspended'`)
	if _, err := d.reload(token.Token); !errors.Is(err, identity.ErrOfficeSuspended) {
		t.Errorf("of a suspended office: %v", err)
	}
	d.exec(`UPDATE offices SET state = 'active'`)
	wantCode(t, "revoked elsewhere", d.RevokeClient(as, scope.Municipality(122), id), "client_unknown", "")
	if err := d.RevokeClient(as, own, id); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "revoked twice", d.RevokeClient(as, own, id), "client_unknown", "")
	if _, err := grant(next.Secret); !errors.Is(err, identity.ErrClient) {
		t.Errorf("revoked: %v", err)
	}
	if _, err := d.reload(token.Token); !errors.Is(err, identity.ErrToken) {
		t.Errorf("a revoked client's token: %v", err)
	}
	if list, err := d.Clients(as, own); err != nil || len(list) != 1 || list[0].RevokedAt == nil {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := d.Clients(as, scope.Municipality(122)); err != nil || len(list) != 0 {
		t.Errorf("a stranger sees %+v, %v", list, err)
	}
}

// TestAClientOfABranchStopsWithItsParent suspends the parent of an office whose own licence is good.
func TestAClientOfABranchStopsWithItsParent(t *testing.T) {
	t.Parallel()
	d := newDoor(t, false)
	parent, branch := uuid.New(), uuid.New()
	d.exec(`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES (?, 520, 'دفتر', '72-2', '2026-01-01')`, parent)
	d.exec(`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from, parent_id) VALUES (?, 520, 'شعبه', '72-2/1', '2026-01-01', ?)`, branch, parent)
	d.enrol(identity.Home{Kind: identity.AtOffice, OfficeID: branch, MunicipalityID: 520}, "reza", identity.OfficeManager)
	signed := d.signIn("reza")
	as := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: signed.Person.ID})
	client, secret, err := d.CreateClient(as, signed.Person, identity.NewClient{NameFA: "x", Scopes: []identity.Permission{identity.OrdersRead}, Expires: d.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	d.exec(`UPDATE offices SET state = 'suspended' WHERE id = ?`, parent)
	if _, err := d.GrantClient(d.ctx(), client.ID.String(), secret.Secret, ""); !errors.Is(err, identity.ErrOfficeSuspended) {
		t.Errorf("%v", err)
	}
	d.exec(`UPDATE offices SET state = 'active' WHERE id = ?`, parent)
	if _, err := d.GrantClient(d.ctx(), client.ID.String(), secret.Secret, ""); err != nil {
		t.Error(err)
	}
}

// TestNoSessionOpensBesideAChange lets a sign-in with the old password, the old factor or before a lock meet the change that has not been committed yet.
func TestNoSessionOpensBesideAChange(t *testing.T) {
	t.Parallel()
	for _, set := range []string{`password_hash = 'another'`, `second_factor = true`, `state = 'locked'`} {
		d := newDoor(t, false)
		signed := make(chan error, 1)
		err := d.in(scope.Platform(), func(tx *scope.Tx) error {
			if err := tx.DB.Exec(`UPDATE people SET ` + set + ` WHERE username = 'zahra'`).Error; err != nil {
				return err
			}
			go func() {
				_, err := d.Service.SignIn(d.ctx(), identity.Credentials{Username: "zahra", Password: password})
				signed <- err
			}()
			time.Sleep(time.Second) // it waits for this transaction; where it does not, it has opened a session by now
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-signed; !errors.Is(err, identity.ErrCredentials) {
			t.Errorf("%s: %v", set, err)
		}
	}
}
