package approvals_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/scope"
)

// oneHuman makes two user names one human's: of both the first's.
func (d desk) oneHuman(first, second uuid.UUID) {
	d.t.Helper()
	d.exec(scope.Platform(), `UPDATE people SET human_id = (SELECT human_id FROM people WHERE id = ?) WHERE id = ?`, first, second)
}

func (d desk) forget(person uuid.UUID) {
	d.t.Helper()
	d.exec(scope.Platform(), `UPDATE people SET human_id = NULL, national_id_masked = NULL WHERE id = ?`, person)
}

// byPlatform has somebody of the platform decide.
func (d desk) byPlatform(person, id uuid.UUID, v approvals.Verdict) error {
	return d.in(person, scope.Platform(), func(tx *scope.Tx) error {
		_, err := approvals.Decide(tx, id, v, "looked at it")
		return err
	})
}

// TestOneHumanIsNoSecondPerson gives whoever decides the human of whoever asked, of an author, and of whom it favours.
func TestOneHumanIsNoSecondPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	operator := d.person("operator", uuid.Nil)
	about := d.request("about")
	if err := d.in(uuid.Nil, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT human_id FROM people WHERE id = ?`, operator).Row().Scan(&about.About)
	}); err != nil {
		t.Fatal(err)
	}
	favours, err := d.tryOpen(about)
	if err != nil {
		t.Fatal(err)
	}
	before, later := d.open("asked before"), d.open("corrected later")
	for _, v := range []approvals.Verdict{approvals.Approve, approvals.Refuse} {
		if err := d.byPlatform(operator, favours.ID, v); !errors.Is(err, approvals.ErrSameHuman) {
			t.Errorf("whom it favours says %s: %v", v, err)
		}
	}
	for _, v := range []approvals.Verdict{approvals.Approve, approvals.Refuse} {
		for name, other := range map[string]uuid.UUID{"who asked": d.asks, "an author": d.helps} {
			d.oneHuman(other, operator)
			if err := d.byPlatform(operator, before.ID, v); !errors.Is(err, approvals.ErrSameHuman) {
				t.Errorf("%s says %s: %v", name, v, err)
			}
		}
	}
	d.forget(operator)
	d.known()
	d.oneHuman(operator, d.helps) // found out after it was asked
	if err := d.byPlatform(operator, later.ID, approvals.Approve); !errors.Is(err, approvals.ErrSameHuman) {
		t.Errorf("an author who was corrected: %v", err)
	}
	d.forget(d.helps)
	d.known()
	if err := d.byPlatform(operator, later.ID, approvals.Approve); err != nil {
		t.Errorf("two humans: %v", err)
	}
}

// TestWhoIsNotKnownIsNoneOfTwo forgets one of the people at a time.
func TestWhoIsNotKnownIsNoneOfTwo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.open("a")
	d.forget(d.decides)
	if _, err := d.decide(d.decides, a.ID, approvals.Approve, ""); !errors.Is(err, approvals.ErrHumanUnknown) {
		t.Errorf("who decides: %v", err)
	}
	if err := d.in(d.decides, d.home, approvals.Known); !errors.Is(err, approvals.ErrHumanUnknown) {
		t.Errorf("the actor: %v", err)
	}
	d.known()
	if err := d.in(d.decides, d.home, approvals.Known); err != nil {
		t.Errorf("the actor: %v", err)
	}
	for name, person := range map[string]uuid.UUID{"who asks": d.asks, "an author": d.helps} {
		d.forget(person)
		if _, err := d.tryOpen(d.request(name)); !errors.Is(err, approvals.ErrHumanUnknown) {
			t.Errorf("%s: %v", name, err)
		}
		d.known()
	}
	old := uuid.New()
	d.exec(d.home, `INSERT INTO approvals (municipality_id, id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, requested_at, expires_at)
	  VALUES (122, ?, 'x', 'old', 'x', 'x', '{}', 'x', 'open', ?, now(), '2100-01-01')`, old, d.asks)
	if _, err := d.decide(d.decides, old, approvals.Approve, ""); !errors.Is(err, approvals.ErrAskedBefore) {
		t.Errorf("asked before anybody was known: %v", err)
	}
	if _, err := d.decide(d.decides, a.ID, approvals.Approve, ""); err != nil {
		t.Errorf("all are known: %v", err)
	}
}

// TestGivingBackByTheSameHumanIsWithdrawing has another user name of who asked end what waits.
func TestGivingBackByTheSameHumanIsWithdrawing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, c := range []struct {
		name string
		want approvals.State
	}{{"another human", approvals.Refused}, {"the same human", approvals.Withdrawn}} {
		a := d.open(c.name)
		if c.want == approvals.Withdrawn {
			d.exec(scope.Platform(), `UPDATE people SET state = 'left' WHERE id = ?`, d.asks) // so that the home has room for the other user name
			d.oneHuman(d.asks, d.decides)
		}
		if err := d.in(d.decides, d.home, func(tx *scope.Tx) error { return approvals.Close(tx, a.Target, "over") }); err != nil {
			t.Fatal(err)
		}
		got, err := d.service().Get(d.as(d.asks), d.home, a.ID)
		if err != nil || got.State != c.want {
			t.Errorf("%s: %s, %v", c.name, got.State, err)
		}
	}
}

// TestNobodyIsAnotherHumanThanTheirRowSays has SQL in each scope name another human for who asks and who decides.
func TestNobodyIsAnotherHumanThanTheirRowSays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	manager, operator := d.person("manager", d.office), d.person("operator", uuid.Nil)
	for in, person := range map[scope.Scope]uuid.UUID{d.home: d.asks, scope.Office(d.office): manager, scope.Platform(): operator} {
		ask := func(human any, decides bool) error {
			return d.in(person, in, func(tx *scope.Tx) error {
				err := tx.DB.Exec(`INSERT INTO approvals (municipality_id, id, office_id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, requested_at, expires_at, requester_human)
				  VALUES (?, gen_random_uuid(), ?, 'x', ?, 'x', 'x', '{}', 'x', 'open', ?, now(), now() + interval '1 day', ?)`,
					in.MunicipalityID(), uuid.NullUUID{UUID: in.OfficeID(), Valid: in.OfficeID() != uuid.Nil}, in.String(), person, human).Error
				if err != nil || !decides {
					return err
				}
				return tx.DB.Exec(`UPDATE approvals SET state = 'refused', decided_by = ?, decided_at = requested_at, decider_human = ? WHERE target_id = ?`,
					d.decides, human, in.String()).Error
			})
		}
		if err := ask(uuid.New(), false); err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s asks as somebody else: %v", in, err)
		}
		if err := ask(d.human(person), true); err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s decides as somebody else: %v", in, err)
		}
	}
}

func (d desk) human(person uuid.UUID) (id uuid.UUID) {
	d.t.Helper()
	if err := d.in(uuid.Nil, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT human_id FROM people WHERE id = ?`, person).Row().Scan(&id)
	}); err != nil {
		d.t.Fatal(err)
	}
	return id
}
