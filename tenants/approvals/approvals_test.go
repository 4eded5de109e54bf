package approvals_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/approvals"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/scope"
)

const day = 24 * time.Hour

// desk is a database with people, and a clock that a test moves.
type desk struct {
	t    *testing.T
	run  *scope.Runner
	now  *atomic.Int64
	home scope.Scope // of the three people
	asks, helps, decides,
	stranger uuid.UUID
	office uuid.UUID
}

func newDesk(t *testing.T) desk {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 6)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	d := desk{t: t, now: &atomic.Int64{}, home: scope.Municipality(122), asks: uuid.New(), helps: uuid.New(), decides: uuid.New(), stranger: uuid.New(), office: uuid.New()}
	d.now.Store(time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC).Unix())
	d.run = scope.NewRunner(db, func() time.Time { return time.Unix(d.now.Load(), 0) }, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	d.exec(scope.Platform(), `INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix)
	  VALUES (122, 'شیراز', 'Shiraz', 'فارس', 'Fars', 'شیراز', 2, 1), (1, 'قم', 'Qom', 'قم', 'Qom', 'قم', 3, 1)`)
	d.exec(scope.Platform(), `INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) VALUES (?, 122, 'دفتر', '72-1', '2026-01-01')`, d.office)
	for id, name := range map[uuid.UUID]string{d.asks: "asks", d.helps: "helps", d.decides: "decides", d.stranger: "stranger"} {
		d.exec(scope.Platform(), `INSERT INTO people (id, municipality_id, username, password_hash, name_fa, role) VALUES (?, ?, ?, 'x', ?, 'treasurer')`,
			id, map[bool]int{true: 1, false: 122}[id == d.stranger], name, "نام "+name)
	}
	d.known()
	return d
}

// known puts on record who everybody is.
func (d desk) known() {
	d.t.Helper()
	if err := d.in(uuid.Nil, scope.Platform(), identitytest.Know); err != nil {
		d.t.Fatal(err)
	}
}

// person is somebody of the office, or with none of the platform.
func (d desk) person(username string, office uuid.UUID) uuid.UUID {
	d.t.Helper()
	id := uuid.New()
	d.exec(scope.Platform(), `INSERT INTO people (id, office_id, username, password_hash, name_fa, role) VALUES (?, ?, ?, 'x', 'x', 'treasurer')`,
		id, uuid.NullUUID{UUID: office, Valid: office != uuid.Nil}, username)
	d.known()
	return id
}

func (d desk) exec(in scope.Scope, query string, args ...any) {
	d.t.Helper()
	if err := d.in(uuid.Nil, in, func(tx *scope.Tx) error { return tx.DB.Exec(query, args...).Error }); err != nil {
		d.t.Fatal(err)
	}
}

func (d desk) as(person uuid.UUID) context.Context {
	if person == uuid.Nil {
		return scope.WithActor(d.t.Context(), scope.Actor{Kind: scope.ActorSystem})
	}
	return scope.WithActor(d.t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: person})
}

func (d desk) in(person uuid.UUID, in scope.Scope, fn func(*scope.Tx) error) error {
	return d.run.InTx(d.as(person), in, fn)
}

func (d desk) request(target string) approvals.Request {
	return approvals.Request{Target: approvals.Target{Kind: approvals.RoleGrant, ID: target}, Summary: fault.Text{FA: "خزانه‌دار شود", EN: "make treasurer"},
		Payload: map[string]string{"role": "treasurer"}, Reason: " new work ", Authors: []uuid.UUID{d.helps}, Life: 30 * day}
}

func (d desk) open(target string) approvals.Approval {
	d.t.Helper()
	a, err := d.tryOpen(d.request(target))
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

func (d desk) tryOpen(r approvals.Request) (a approvals.Approval, err error) {
	err = d.in(d.asks, d.home, func(tx *scope.Tx) (err error) {
		a, err = approvals.Open(tx, r)
		return err
	})
	return a, err
}

func (d desk) decide(person uuid.UUID, id uuid.UUID, v approvals.Verdict, remark string) (a approvals.Approval, err error) {
	err = d.in(person, d.home, func(tx *scope.Tx) (err error) {
		a, err = approvals.Decide(tx, id, v, remark)
		return err
	})
	return a, err
}

func (d desk) service() *approvals.Service { return approvals.NewService(d.run, nil) }

func (d desk) states(in scope.Scope, q approvals.Query) string {
	d.t.Helper()
	list, err := d.service().List(d.as(d.asks), in, q)
	if err != nil {
		d.t.Fatal(err)
	}
	var states []string
	for _, a := range list {
		states = append(states, a.Target.ID+" "+string(a.State))
	}
	slices.Sort(states)
	return strings.Join(states, ", ")
}

func (d desk) count(query string, args ...any) (n int) {
	d.t.Helper()
	if err := d.in(uuid.Nil, scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query, args...).Row().Scan(&n) }); err != nil {
		d.t.Fatal(err)
	}
	return n
}

func TestAnotherPersonDecidesOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a, b := d.open("a"), d.open("b")
	for _, person := range []uuid.UUID{d.asks, d.helps} {
		if _, err := d.decide(person, a.ID, approvals.Approve, ""); !errors.Is(err, approvals.ErrSecondPerson) {
			t.Errorf("whoever asked or helped decides: %v", err)
		}
	}
	if _, err := d.decide(d.decides, b.ID, approvals.Refuse, " "); fault.Of(err) == nil || fault.Of(err).Code != "approval_reason" {
		t.Errorf("refused without a word: %v", err)
	}
	if _, err := d.decide(d.decides, b.ID, "maybe", "x"); err == nil {
		t.Error("an unknown verdict passes")
	}
	got, err := d.decide(d.decides, a.ID, approvals.Approve, "")
	if err != nil || got.State != approvals.Approved || got.DecidedBy != d.decides || got.DecidedAt.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := d.decide(d.decides, b.ID, approvals.Refuse, "not needed"); err != nil || got.State != approvals.Refused || got.Remark != "not needed" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, v := range []approvals.Verdict{approvals.Approve, approvals.Refuse} {
		if _, err := d.decide(d.decides, a.ID, v, "again"); !errors.Is(err, approvals.ErrDecided) {
			t.Errorf("decided twice: %v", err)
		}
	}
	read, err := d.service().Get(d.as(d.asks), d.home, a.ID)
	if err != nil || read.RequesterName != "نام asks" || read.DeciderName != "نام decides" || read.Reason != "new work" || !slices.Equal(read.Authors, []uuid.UUID{d.helps}) {
		t.Errorf("%+v, %v", read, err)
	}
	var payload map[string]string
	if err := json.Unmarshal(read.Payload, &payload); err != nil || payload["role"] != "treasurer" {
		t.Errorf("payload %s, %v", read.Payload, err)
	}
	if got := d.states(d.home, approvals.Query{}); got != "a approved, b refused" {
		t.Error(got)
	}
	if n := d.count(`SELECT count(*) FROM audit_log WHERE target_kind = 'approval' AND actor_id IN (?, ?) AND owner = 'municipality:122'`, d.asks, d.decides); n != 4 {
		t.Errorf("%d records, want two requests and two decisions", n)
	}
}

// TestOnlyOneOfTwoDeciders lets two people decide differently at the same moment.
func TestOnlyOneOfTwoDeciders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	third := uuid.New()
	d.exec(scope.Platform(), `INSERT INTO people (id, municipality_id, username, password_hash, name_fa, role) VALUES (?, 122, 'third', 'x', 'x', 'treasurer')`, third)
	d.known()
	for i := range 10 {
		a := d.open("race" + string(rune('a'+i)))
		var all sync.WaitGroup
		errs := make([]error, 2)
		for j, person := range []uuid.UUID{d.decides, third} {
			all.Go(func() {
				_, errs[j] = d.decide(person, a.ID, []approvals.Verdict{approvals.Approve, approvals.Refuse}[j], "raced")
			})
		}
		all.Wait()
		won := slices.Index(errs, nil)
		if won < 0 || !errors.Is(errs[1-won], approvals.ErrDecided) {
			t.Fatalf("%v", errs)
		}
	}
}

func TestExpiryNeedsNoJob(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.open("a")
	if _, err := d.tryOpen(d.request("a")); !errors.Is(err, approvals.ErrPending) {
		t.Errorf("asked twice: %v", err)
	}
	d.now.Add(int64((30*day - time.Second) / time.Second))
	if got := d.states(d.home, approvals.Query{State: approvals.Waiting}); got != "a open" {
		t.Error(got)
	}
	d.now.Add(1)
	if got := d.states(d.home, approvals.Query{State: approvals.Expired}) + d.states(d.home, approvals.Query{State: approvals.Waiting}); got != "a expired" {
		t.Error(got)
	}
	if _, err := d.decide(d.decides, a.ID, approvals.Approve, ""); !errors.Is(err, approvals.ErrExpired) {
		t.Errorf("decided too late: %v", err)
	}
	b := d.open("a") // takes the place of the one that expired
	if got := d.states(d.home, approvals.Query{}); got != "a expired, a open" {
		t.Error(got)
	}
	if _, err := d.decide(d.decides, b.ID, approvals.Approve, ""); err != nil {
		t.Error(err)
	}
	if n := d.count(`SELECT count(*) FROM audit_log WHERE action = 'approval.expired' AND target_id = ?`, a.ID.String()); n != 1 {
		t.Errorf("%d records of the expiry", n)
	}
}

func TestByTarget(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	target := approvals.Target{Kind: approvals.RoleGrant, ID: "a"}
	decideOn := func(person uuid.UUID) error {
		return d.in(person, d.home, func(tx *scope.Tx) error {
			_, err := approvals.DecideOn(tx, target, approvals.Approve, "")
			return err
		})
	}
	shut := func(person uuid.UUID) {
		if err := d.in(person, d.home, func(tx *scope.Tx) error { return approvals.Close(tx, target, "over") }); err != nil {
			t.Error(err)
		}
	}
	if err := decideOn(d.decides); !errors.Is(err, approvals.ErrUnknown) {
		t.Errorf("nothing waits: %v", err)
	}
	shut(d.asks) // nothing to close
	for _, c := range []struct {
		by   uuid.UUID
		want approvals.State
	}{{d.asks, approvals.Withdrawn}, {d.helps, approvals.Withdrawn}, {d.decides, approvals.Refused}} {
		a := d.open("a")
		shut(c.by)
		shut(c.by)
		if got, err := d.service().Get(d.as(d.asks), d.home, a.ID); err != nil || got.State != c.want || got.Remark != "over" {
			t.Errorf("%+v, %v, want %s", got, err, c.want)
		}
		if err := decideOn(d.decides); !errors.Is(err, approvals.ErrDecided) {
			t.Errorf("decided after %s: %v", c.want, err)
		}
	}
	d.open("a")
	d.now.Add(int64(30 * day / time.Second))
	if err := decideOn(d.decides); !errors.Is(err, approvals.ErrExpired) {
		t.Errorf("decided too late: %v", err)
	}
	shut(d.decides)
	if got := d.states(d.home, approvals.Query{State: approvals.Expired}); got != "a expired" {
		t.Error(got)
	}
	d.open("a")
	if err := decideOn(d.asks); !errors.Is(err, approvals.ErrSecondPerson) {
		t.Errorf("by whoever asked: %v", err)
	}
	if err := decideOn(d.decides); err != nil {
		t.Error(err)
	}
}

// TestHomes has every home see and decide its own requests alone; the platform oversees those about roles.
func TestHomes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	homes := []scope.Scope{d.home, scope.Municipality(1), scope.Office(d.office), scope.Office(uuid.New()), scope.Platform()}
	manager, operator := d.person("manager", d.office), d.person("operator", uuid.Nil)
	askers := map[scope.Scope]uuid.UUID{d.home: d.asks, scope.Office(d.office): manager, scope.Platform(): operator}
	ids := map[scope.Scope]uuid.UUID{}
	for _, home := range []scope.Scope{d.home, scope.Office(d.office), scope.Platform()} {
		for _, kind := range []approvals.Kind{approvals.TariffPublication, approvals.RoleGrant} {
			r := d.request("same")
			r.Kind, r.Authors = kind, nil
			if err := d.in(askers[home], home, func(tx *scope.Tx) error {
				a, err := approvals.Open(tx, r)
				ids[home] = a.ID // of the role, at the end
				return err
			}); err != nil {
				t.Fatalf("%s: %v", home, err)
			}
		}
	}
	for _, in := range homes {
		want := map[scope.Scope]int{d.home: 2, scope.Office(d.office): 2, scope.Platform(): 4}[in]
		if list, err := d.service().Pending(d.as(d.asks), in); err != nil || len(list) != want {
			t.Errorf("%s sees %d, want %d, %v", in, len(list), want, err)
		}
		for home, id := range ids {
			_, err := d.service().Get(d.as(d.asks), in, id)
			if found := err == nil; found != (home == in || in == scope.Platform()) {
				t.Errorf("%s finds that of %s: %v", in, home, err)
			}
			if home != in && in != scope.Platform() {
				err := d.in(d.stranger, in, func(tx *scope.Tx) error {
					_, err := approvals.Decide(tx, id, approvals.Approve, "")
					return err
				})
				if !errors.Is(err, approvals.ErrUnknown) {
					t.Errorf("%s decides for %s: %v", in, home, err)
				}
			}
		}
	}
	if err := d.in(d.stranger, scope.Platform(), func(tx *scope.Tx) error {
		_, err := approvals.Decide(tx, ids[scope.Office(d.office)], approvals.Approve, "")
		return err
	}); err != nil {
		t.Errorf("the platform decides about an office's role: %v", err)
	}
	foreign := d.request("x")
	foreign.In = scope.Municipality(1)
	if _, err := d.tryOpen(foreign); err == nil {
		t.Error("a city asks in the name of another one")
	}
}

func TestTheServiceCarriesOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	done := 0
	fails := errors.New("no")
	service := approvals.NewService(d.run, map[approvals.Kind]approvals.Execute{approvals.RoleGrant: func(tx *scope.Tx, a approvals.Approval) error {
		done++
		if a.Target.ID == "fails" {
			return fails
		}
		return nil
	}})
	good, bad, refused := d.open("good"), d.open("fails"), d.open("refused")
	other := d.request("other")
	other.Kind = approvals.TariffPublication
	elsewhere, err := d.tryOpen(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Decide(d.as(d.decides), d.home, elsewhere.ID, approvals.Approve, ""); fault.Of(err) == nil || fault.Of(err).Code != "approval_elsewhere" {
		t.Errorf("decided in the list: %v", err)
	}
	if a, err := service.Decide(d.as(d.decides), d.home, good.ID, approvals.Approve, ""); err != nil || a.State != approvals.Approved {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := service.Decide(d.as(d.decides), d.home, bad.ID, approvals.Approve, ""); !errors.Is(err, fails) {
		t.Error(err)
	}
	if _, err := service.Decide(d.as(d.decides), d.home, refused.ID, approvals.Refuse, "no"); err != nil {
		t.Error(err)
	}
	if got := d.states(d.home, approvals.Query{}); got != "fails open, good approved, other open, refused refused" || done != 2 {
		t.Errorf("%s, carried out %d times", got, done)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, change := range map[string]func(*approvals.Request){
		"no reason":   func(r *approvals.Request) { r.Reason = " " },
		"long reason": func(r *approvals.Request) { r.Reason = strings.Repeat("م", 1001) },
		"no life":     func(r *approvals.Request) { r.Life = 0 },
		"no target":   func(r *approvals.Request) { r.Target.ID = "" },
		"no kind":     func(r *approvals.Request) { r.Kind = "" },
		"no summary":  func(r *approvals.Request) { r.Summary.FA = "" },
		"no JSON":     func(r *approvals.Request) { r.Payload = make(chan int) },
		"the public":  func(r *approvals.Request) { r.In = scope.Public("") },
	} {
		r := d.request("x")
		change(&r)
		if _, err := d.tryOpen(r); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	if err := d.in(uuid.Nil, d.home, func(tx *scope.Tx) error {
		_, err := approvals.Open(tx, d.request("x"))
		return err
	}); err == nil {
		t.Error("the system asks")
	}
	if n := d.count(`SELECT count(*) FROM approvals`); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// TestTheTableHoldsItsOwn says in SQL what the package never would.
func TestTheTableHoldsItsOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.open("a")
	for name, c := range map[string]struct{ set, constraint string }{
		"by whoever asked":   {`state = 'approved', decided_by = requested_by, decided_at = requested_at`, "approvals_two_people"},
		"by whoever helped":  {`state = 'refused', decided_by = authors[1], decided_at = requested_at`, "approvals_two_people"},
		"by nobody":          {`state = 'approved', decided_at = requested_at`, "approvals_two_people"},
		"too late":           {`state = 'approved', decided_by = (SELECT id FROM people WHERE username = 'decides'), decided_at = expires_at`, "approvals_in_time"},
		"by nobody known":    {`state = 'approved', decided_by = (SELECT id FROM people WHERE username = 'decides'), decided_at = requested_at`, "approvals_two_people_humans"},
		"by another human":   {`state = 'approved', decided_by = (SELECT id FROM people WHERE username = 'decides'), decided_at = requested_at, decider_human = requester_human`, ""},
		"at no time":         {`state = 'withdrawn'`, "approvals_closed"},
		"another one's name": {`requested_by = (SELECT id FROM people WHERE username = 'decides')`, ""},
		"a longer life":      {`expires_at = expires_at + interval '1 year'`, ""},
	} {
		err := d.in(d.asks, d.home, func(tx *scope.Tx) error {
			return tx.DB.Exec(`UPDATE approvals SET `+c.set+` WHERE id = ?`, a.ID).Error
		})
		if err == nil || scope.Constraint(err) != c.constraint {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, in := range []scope.Scope{d.home, scope.Office(d.office), scope.Platform()} {
		err := d.in(d.asks, in, func(tx *scope.Tx) error {
			return tx.DB.Exec(`INSERT INTO approvals (municipality_id, id, office_id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, requested_at, expires_at, decided_by, decided_at)
			  VALUES (?, gen_random_uuid(), ?, 'x', 'x', 'x', 'x', '{}', 'x', 'approved', ?, now(), now() + interval '1 day', ?, now())`,
				in.MunicipalityID(), uuid.NullUUID{UUID: in.OfficeID(), Valid: in.OfficeID() != uuid.Nil}, d.asks, d.decides).Error
		})
		if err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s plants a decision: %v", in, err)
		}
	}
	if _, err := d.decide(d.decides, a.ID, approvals.Refuse, "no"); err != nil {
		t.Fatal(err)
	}
	for _, in := range []scope.Scope{d.home, scope.Platform()} {
		err := d.in(d.asks, in, func(tx *scope.Tx) error {
			done := tx.DB.Exec(`UPDATE approvals SET state = 'open', decided_by = NULL, decided_at = NULL WHERE id = ?`, a.ID)
			if done.RowsAffected != 0 {
				t.Errorf("%s opens again what was decided", in)
			}
			return done.Error
		})
		if err != nil {
			t.Error(err)
		}
	}
}
