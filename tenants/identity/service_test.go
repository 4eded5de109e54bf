package identity_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/scope"
)

const password = "correct horse battery"

var cheap = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16}

var enrolment = identity.Enrolment{Cost: cheap, Humans: identitytest.Humans()}

var (
	atOffice   = identity.Home{Kind: identity.AtOffice, OfficeID: officeID}
	atShiraz   = identity.Home{Kind: identity.AtMunicipality, MunicipalityID: 122}
	atPlatform = identity.Home{Kind: identity.AtPlatform}
)

// bureau is a database with an office in Tehran, the city of Shiraz, and one person at each kind of home.
type bureau struct {
	t   *testing.T
	run *scope.Runner
	*identity.Service
	later *scope.Runner // on the same database, a second on
}

func newBureau(t *testing.T) bureau {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	run := scope.NewRunner(db, func() time.Time { return now }, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	b := bureau{t: t, run: run, Service: identity.NewService(run, newKeys(t), func() time.Time { return now }, cheap, identity.WithHumans(identitytest.Humans())),
		later: scope.NewRunner(db, func() time.Time { return now.Add(time.Second) }, uuid.New)}
	b.settle()
	return b
}

// settle makes the places and the people.
func (b bureau) settle() {
	b.t.Helper()
	b.exec(`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix)
	  VALUES (520, 'تهران', 'Tehran', 'تهران', 'Tehran', 'تهران', 1, 1), (122, 'شیراز', 'Shiraz', 'فارس', 'Fars', 'شیراز', 2, 1), (1, 'قم', 'Qom', 'قم', 'Qom', 'قم', 3, 1)`)
	b.exec(`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES (?, 520, 'دفتر', '72-1', '2026-01-01')`, officeID)
	b.enrol(atOffice, "zahra", identity.OfficeCashier)
	b.enrol(atShiraz, "sara", identity.TariffEditor)
	b.enrol(atPlatform, "navid", identity.TariffEditor)
}

func (b bureau) ctx() context.Context {
	return scope.WithActor(b.t.Context(), scope.Actor{Kind: scope.ActorSystem})
}

func (b bureau) in(s scope.Scope, fn func(*scope.Tx) error) error { return b.run.InTx(b.ctx(), s, fn) }

func (b bureau) exec(query string, args ...any) {
	b.t.Helper()
	if err := b.in(scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(query, args...).Error }); err != nil {
		b.t.Fatal(err)
	}
}

func (b bureau) tryEnrol(p identity.NewPerson) error {
	return b.in(scope.Platform(), func(tx *scope.Tx) error {
		_, err := identity.Enrol(tx, p, enrolment)
		return err
	})
}

func (b bureau) enrol(home identity.Home, username string, role identity.Role) {
	b.t.Helper()
	if err := b.tryEnrol(identity.NewPerson{Home: home, Username: username, Password: password, NameFA: "نام " + username, NationalID: identitytest.NationalID(username), Role: role}); err != nil {
		b.t.Fatal(err)
	}
}

// SignIn is the service's, of somebody without a second factor at no place in particular.
func (b bureau) SignIn(ctx context.Context, username, password string) (identity.Session, error) {
	return b.Service.SignIn(ctx, identity.Credentials{Username: username, Password: password})
}

func (b bureau) signIn(username string) identity.Session {
	b.t.Helper()
	session, err := b.SignIn(b.ctx(), username, password)
	if err != nil {
		b.t.Fatalf("%s: %v", username, err)
	}
	return session
}

// reload is what a token that was given before is good for now.
func (b bureau) reload(token string) (identity.Person, error) {
	b.t.Helper()
	claims, err := b.Authenticate(token)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.Load(b.ctx(), claims)
}

func wantCode(t *testing.T, what string, err error, code, field string) {
	t.Helper()
	f := fault.Of(err)
	switch {
	case f == nil || f.Code != code:
		t.Errorf("%s: %v, want %s", what, err, code)
	case field != "" && (len(f.Fields) == 0 || f.Fields[0].Name != field):
		t.Errorf("%s blames %+v, want %s", what, f.Fields, field)
	}
}

func TestSignInAtEveryHome(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	for username, want := range map[string]struct {
		home  identity.Home
		scope scope.Scope
		city  string
	}{
		"zahra": {identity.Home{Kind: identity.AtOffice, OfficeID: officeID, MunicipalityID: 520}, scope.Office(officeID), "Tehran"},
		"sara":  {atShiraz, scope.Municipality(122), "Shiraz"},
		"navid": {atPlatform, scope.Platform(), ""},
	} {
		session := b.signIn(username)
		p := session.Person
		if p.Home != want.home || p.Scope() != want.scope || p.City.NameEN != want.city || p.NameFA != "نام "+username || (p.LicenceNo == "72-1") != (username == "zahra") {
			t.Errorf("%s: %+v in %s", username, p, p.Scope())
		}
		if again, err := b.reload(session.Token); err != nil || again != p {
			t.Errorf("%s is loaded as %+v, %v, was %+v", username, again, err, p)
		}
		for _, wrong := range []string{"", "Correct horse battery", password + " "} {
			if _, err := b.SignIn(b.ctx(), username, wrong); !errors.Is(err, identity.ErrCredentials) {
				t.Errorf("%s with %q: %v", username, wrong, err)
			}
		}
	}
	if _, err := b.Check(b.ctx(), identity.Credentials{Username: "nobody", Password: password}); !errors.Is(err, identity.ErrCredentials) {
		t.Errorf("an unknown name: %v", err)
	}
	attempts := map[string]int{}
	err := b.in(scope.Platform(), func(tx *scope.Tx) error {
		var found []string
		err := tx.DB.Raw(`SELECT l.action || ' ' || p.username FROM audit_log l JOIN people p ON p.id::text = l.target_id WHERE l.action LIKE 'sign_in%'`).Scan(&found).Error
		for _, attempt := range found {
			attempts[attempt]++
		}
		return err
	})
	if err != nil || len(attempts) != 6 || attempts["sign_in.granted sara"] != 1 || attempts["sign_in.refused navid"] != 3 {
		t.Errorf("on record: %v, %v", attempts, err)
	}
}

// TestTokensFollowThePerson changes people under their tokens.
func TestTokensFollowThePerson(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change string
		want   map[string]error
	}{
		"locked":           {`UPDATE people SET state = 'locked'`, map[string]error{"zahra": identity.ErrToken, "sara": identity.ErrToken, "navid": identity.ErrToken}},
		"left":             {`UPDATE people SET state = 'left'`, map[string]error{"zahra": identity.ErrToken, "sara": identity.ErrToken, "navid": identity.ErrToken}},
		"office suspended": {`UPDATE offices SET state = 'suspended'`, map[string]error{"zahra": identity.ErrOfficeSuspended}},
		"licence ended":    {`UPDATE offices SET valid_to = '2026-11-20'`, map[string]error{"zahra": identity.ErrOfficeSuspended}},
		"licence goes on":  {`UPDATE offices SET valid_to = '2026-11-21'`, nil},
		"another city":     {`UPDATE people SET municipality_id = 1 WHERE office_id IS NULL`, map[string]error{"sara": identity.ErrToken, "navid": identity.ErrToken}},
		"no home":          {`UPDATE people SET municipality_id = NULL`, map[string]error{"sara": identity.ErrToken}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBureau(t)
			tokens := map[string]string{}
			for _, username := range []string{"zahra", "sara", "navid"} {
				tokens[username] = b.signIn(username).Token
			}
			b.exec(c.change)
			for username, token := range tokens {
				if _, err := b.reload(token); !errors.Is(err, c.want[username]) || (err == nil) != (c.want[username] == nil) {
					t.Errorf("%s: %v, want %v", username, err, c.want[username])
				}
			}
		})
	}
}

// A token names a home; of somebody who works elsewhere it shows nothing, even where the scope would.
func TestLoadLooksOnlyInTheHome(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	homes := map[string]identity.Home{"zahra": {Kind: identity.AtOffice, OfficeID: officeID, MunicipalityID: 520}, "sara": atShiraz, "navid": atPlatform}
	for username := range homes {
		id := b.signIn(username).Person.ID
		for owner, home := range homes {
			_, err := b.Load(b.ctx(), identity.Claims{PersonID: id, Home: home})
			if (owner == username) != (err == nil) || err != nil && !errors.Is(err, identity.ErrToken) {
				t.Errorf("%s at the home of %s: %v", username, owner, err)
			}
		}
		if _, err := b.Load(b.ctx(), identity.Claims{PersonID: id}); !errors.Is(err, identity.ErrToken) {
			t.Errorf("%s without a home: %v", username, err)
		}
	}
}

func TestARoleThatDoesNotFitPermitsNothing(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.exec(`UPDATE people SET role = CASE WHEN office_id IS NULL THEN 'office_manager' ELSE 'platform_operator' END`)
	for _, username := range []string{"zahra", "sara", "navid"} {
		if p := b.signIn(username).Person; len(p.Permissions()) != 0 {
			t.Errorf("%s as %s permits %v", username, p.Role, p.Permissions())
		}
	}
}

func TestEnrolRefuses(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	good := identity.NewPerson{Home: atShiraz, Username: "mina", Password: password, NameFA: "مینا", NationalID: identitytest.NationalID("mina"), Role: identity.Treasurer}
	for name, c := range map[string]struct {
		change      func(*identity.NewPerson)
		code, field string
	}{
		"no home":            {func(p *identity.NewPerson) { p.Home = identity.Home{} }, "home_unknown", "home"},
		"city zero":          {func(p *identity.NewPerson) { p.Home.MunicipalityID = 0 }, "home_unknown", "municipality"},
		"unknown city":       {func(p *identity.NewPerson) { p.Home.MunicipalityID = 999 }, "home_unknown", "municipality"},
		"role of an office":  {func(p *identity.NewPerson) { p.Role = identity.OfficeManager }, "person_role", "role"},
		"role of none":       {func(p *identity.NewPerson) { p.Role = "mayor" }, "person_role", "role"},
		"national treasurer": {func(p *identity.NewPerson) { p.Home = atPlatform }, "person_role", "role"},
		"eleven":             {func(p *identity.NewPerson) { p.Password = "صصصصصصصصصصص" }, "person_password", "password"},
		"too long":           {func(p *identity.NewPerson) { p.Password = strings.Repeat("x", 201) }, "person_password", "password"},
		"no name":            {func(p *identity.NewPerson) { p.NameFA = " " }, "person_name", "name"},
		"capital":            {func(p *identity.NewPerson) { p.Username = "Mina" }, "person_username", "username"},
		"blank":              {func(p *identity.NewPerson) { p.Username = "mi na" }, "person_username", "username"},
		"empty":              {func(p *identity.NewPerson) { p.Username = "" }, "person_username", "username"},
		"an office's name":   {func(p *identity.NewPerson) { p.Username = "zahra" }, "person_elsewhere", "username"},
		"the platform's":     {func(p *identity.NewPerson) { p.Username = "navid" }, "person_elsewhere", "username"},
		"another city's":     {func(p *identity.NewPerson) { p.Username, p.Home.MunicipalityID = "sara", 1 }, "person_elsewhere", "username"},
	} {
		p := good
		c.change(&p)
		wantCode(t, name, b.tryEnrol(p), c.code, c.field)
	}
	good.Password = "بیدمجنون‌کنار" // thirteen with the joiner
	if err := b.tryEnrol(good); err != nil {
		t.Errorf("twelve characters: %v", err)
	}
	if err := b.in(atShiraz.Scope(), func(tx *scope.Tx) error { _, err := identity.Enrol(tx, good, enrolment); return err }); err == nil {
		t.Error("a city enrols by itself")
	}
	for _, username := range []string{"zahra", "navid", "sara"} {
		b.signIn(username) // their passwords are as they were
	}
}

func TestEnrolAgainChangesPasswordAndRole(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	before := b.signIn("sara").Person
	if err := b.tryEnrol(identity.NewPerson{Home: atShiraz, Username: "sara", Password: "another password", NameFA: "سارا", NationalID: identitytest.NationalID("sara"), Role: identity.Treasurer}); err != nil {
		t.Fatal(err)
	}
	session, err := b.SignIn(b.ctx(), "sara", "another password")
	if p := session.Person; err != nil || p.ID != before.ID || p.Role != identity.Treasurer || p.NameFA != "سارا" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := b.SignIn(b.ctx(), "sara", password); !errors.Is(err, identity.ErrCredentials) {
		t.Errorf("the old password: %v", err)
	}
}

func TestListLockAndUnlock(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.enrol(identity.Home{Kind: identity.AtMunicipality, MunicipalityID: 1}, "foreign", identity.Treasurer)
	list := func(s scope.Scope) (names []string) {
		err := b.in(s, func(tx *scope.Tx) error {
			names = nil
			people, err := identity.List(tx)
			for _, p := range people {
				names = append(names, fmt.Sprintf("%s %s %s %d%s", p.Username, p.Role, p.State, p.MunicipalityID, p.LicenceNo))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		return names
	}
	all := []string{"navid tariff_editor active 0", "foreign treasurer active 1", "sara tariff_editor active 122", "zahra office_cashier active 072-1"}
	if got := list(scope.Platform()); !slices.Equal(got, all) {
		t.Errorf("everybody: %q", got)
	}
	if got := list(atShiraz.Scope()); !slices.Equal(got, all[2:3]) {
		t.Errorf("of Shiraz: %q", got)
	}
	do := func(fn func(*scope.Tx, string) error, username string) error {
		return b.in(scope.Platform(), func(tx *scope.Tx) error { return fn(tx, username) })
	}
	if err := do(identity.Lock, "sara"); err != nil {
		t.Error(err)
	}
	if _, err := b.SignIn(b.ctx(), "sara", password); !errors.Is(err, identity.ErrCredentials) {
		t.Errorf("locked: %v", err)
	}
	if err := do(identity.Unlock, "sara"); err != nil {
		t.Error(err)
	}
	b.signIn("sara")
	wantCode(t, "unknown", do(identity.Lock, "nobody"), "person_unknown", "username")
	b.exec(`UPDATE people SET state = 'left' WHERE username = 'sara'`)
	wantCode(t, "left", do(identity.Unlock, "sara"), "person_unknown", "username")
	for _, fn := range []func(*scope.Tx, string) error{identity.Lock, identity.Unlock} {
		if err := b.in(scope.Municipality(122), func(tx *scope.Tx) error { return fn(tx, "foreign") }); err == nil {
			t.Error("a city locks somebody of another one")
		}
	}
	if home, err := officeBy(b, "72-1"); err != nil || home.OfficeID != officeID || home.MunicipalityID != 520 {
		t.Errorf("%+v, %v", home, err)
	}
	_, err := officeBy(b, "72-2")
	wantCode(t, "licence", err, "home_unknown", "office")
}

func officeBy(b bureau, licence string) (home identity.Home, err error) {
	err = b.in(scope.Platform(), func(tx *scope.Tx) (err error) {
		home, err = identity.OfficeByLicence(tx, licence)
		return err
	})
	return home, err
}
