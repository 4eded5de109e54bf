package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/privacy"
	"mofasa/tenants/privacy/privacytest"
	"mofasa/tenants/scope"
)

// with is somebody to enrol in Shiraz under a national ID.
func with(username, nationalID string) identity.NewPerson {
	return identity.NewPerson{Home: atShiraz, Username: username, Password: password, NameFA: "x", Role: identity.Auditor, NationalID: nationalID}
}

// forget makes somebody one of those who were enrolled before it was asked who they are.
func (w town) forget(usernames ...string) {
	w.t.Helper()
	for _, username := range usernames {
		w.exec(`UPDATE people SET human_id = NULL, national_id_masked = NULL WHERE username = ?`, username)
	}
}

func (w town) know(by, whom, nationalID string) error {
	ctx, in := w.as(by)
	_, err := w.staff.RecordNationalID(ctx, in, w.id(whom), nationalID, "seen the card")
	return err
}

// TestOneHumanHasOneUserNameAtAHome enrols and invites a human a second time.
func TestOneHumanHasOneUserNameAtAHome(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	sara := identitytest.NationalID("sara")
	for name, err := range map[string]error{
		"enrolled":           w.tryEnrol(with("sara2", sara)),
		"in Persian digits":  w.tryEnrol(with("sara2", persian(sara))),
		"somebody else's":    w.tryEnrol(with("admin2", sara)),
		"under another ID":   w.tryEnrol(with("sara", identitytest.NationalID("nobody"))),
		"without one":        w.tryEnrol(with("sara2", "")),
		"with a wrong digit": w.tryEnrol(with("sara2", sara[:9]+string('0'+(sara[9]-'0'+1)%10))),
	} {
		want := map[string]string{"enrolled": "person_works_here", "in Persian digits": "person_works_here", "somebody else's": "person_other_human", "under another ID": "person_other_human",
			"without one": "national_id_length", "with a wrong digit": "national_id_checksum"}[name]
		wantCode(t, name, err, want, "national_id")
	}
	_, err := w.invite("admin1", identity.Invited{Home: atShiraz, Username: "sara2", NationalID: sara, Role: identity.Auditor})
	wantCode(t, "invited", err, "person_works_here", "national_id")
	elsewhere := with("sara.in.qom", sara)
	elsewhere.Home = atQom
	if err := w.tryEnrol(elsewhere); err != nil {
		t.Errorf("at another home: %v", err)
	}
	made, err := w.invite("admin1", identity.Invited{Home: atShiraz, Username: "mina", Role: identity.Auditor})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.tryEnrol(with("mina2", identitytest.NationalID("mina"))); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "who came by another way", w.accept(made.Token), "person_works_here", "")
	if err := w.stand("op1", "sara", identity.Locked); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "who is locked", w.tryEnrol(with("sara2", sara)), "person_works_here", "national_id")
	if err := w.stand("op1", "sara", identity.Left); err != nil {
		t.Fatal(err)
	}
	if err := w.tryEnrol(with("sara2", sara)); err != nil {
		t.Errorf("who has left and comes back: %v", err)
	}
	w.forget("auditor")
	if err := w.tryEnrol(with("auditor", identitytest.NationalID("auditor"))); err != nil {
		t.Errorf("who was not known before: %v", err)
	}
}

func persian(digits string) string {
	return strings.Map(func(r rune) rune { return '۰' + r - '0' }, digits)
}

// TestOneHumanIsOneOfTwo gives a grave role by two user names of one human, by somebody who is not known, and to the human who decides.
func TestOneHumanIsOneOfTwo(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	human := identitytest.NationalID("admin1")
	w.forget("op1", "op2")
	if err := w.know("op2", "op1", human); err != nil {
		t.Fatal(err)
	}
	change, err := w.change("admin1", "sara", "treasurer")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.decide("op1", change.Approval.ID, approvals.Approve); code(err) != "approval_same_human" {
		t.Errorf("one human asks and decides: %v", err)
	}
	if err := w.decide("op2", change.Approval.ID, approvals.Approve); code(err) != "national_id_unknown" {
		t.Errorf("nobody knows who decides: %v", err)
	}
	if err := w.know("op1", "op2", identitytest.NationalID("sara")); err != nil {
		t.Fatal(err)
	}
	if err := w.decide("op2", change.Approval.ID, approvals.Approve); code(err) != "approval_same_human" {
		t.Errorf("whoever gets the role decides: %v", err)
	}
	if err := w.know("op1", "op2", identitytest.NationalID("op2")); err != nil {
		t.Fatal(err)
	}
	if err := w.decide("op2", change.Approval.ID, approvals.Approve); err != nil || w.state("sara") != "treasurer active" {
		t.Errorf("two humans: %v", err)
	}
	w.forget("auditor", "admin2")
	if _, err := w.change("admin1", "auditor", "treasurer"); code(err) != "national_id_unknown" {
		t.Errorf("a grave role for somebody who is not known: %v", err)
	}
	if _, err := w.change("admin2", "sara", "tariff_approver"); code(err) != "national_id_unknown" {
		t.Errorf("asked for by somebody who is not known: %v", err)
	}
	if _, err := w.change("admin2", "sara", "auditor"); err != nil {
		t.Errorf("what one person does, somebody who is not known does as well: %v", err)
	}
}

// TestWhoRecordsANationalID goes through everybody who might.
func TestWhoRecordsANationalID(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	id := identitytest.NationalID
	w.forget("sara", "admin1", "zahra")
	for _, c := range []struct{ by, whom, nationalID, want string }{
		{"auditor", "sara", id("sara"), "person_role_not_yours"}, {"qom", "sara", id("sara"), "person_not_found"}, {"admin1", "zahra", id("zahra"), "person_not_found"},
		{"admin1", "admin1", id("admin1"), "person_own_national_id"}, {"admin1", "sara", "1234567890", "national_id_checksum"}, {"admin1", "sara", id("admin2"), "person_works_here"},
		{"admin1", "sara", id("sara"), "<nil>"}, {"admin1", "sara", id("sara"), "<nil>"}, {"admin1", "sara", id("other"), "person_other_human"},
		{"op1", "sara", id("other"), "<nil>"}, {"admin2", "admin1", id("admin1"), "<nil>"}, {"op1", "op1", id("other"), "person_own_national_id"}, {"manager1", "zahra", id("zahra"), "<nil>"},
	} {
		if err := w.know(c.by, c.whom, c.nationalID); code(err) != c.want {
			t.Errorf("%s records %s: %v, want %s", c.by, c.whom, err, c.want)
		}
	}
	ctx, in := w.as("admin1")
	if _, err := w.staff.RecordNationalID(ctx, in, w.id("sara"), id("sara"), " "); code(err) != "person_reason" {
		t.Errorf("without a reason: %v", err)
	}
	list, err := w.staff.List(ctx, in, identity.MemberQuery{})
	for _, m := range list {
		if want := "*******" + id(map[bool]string{true: "other", false: m.Username}[m.Username == "sara"])[7:]; m.NationalID != want {
			t.Errorf("%s is %s, want %s, %v", m.Username, m.NationalID, want, err)
		}
	}
	if w.recordOf("person.national_id_recorded", "sara") == "" || w.recordOf("person.national_id_corrected", "sara") == "" {
		t.Error("nothing is on record")
	}
	for _, set := range []string{`human_id = (SELECT human_id FROM people WHERE username = 'admin2')`, `national_id_masked = '*******111'`, `human_id = NULL, national_id_masked = NULL`} {
		err := w.in(atShiraz.Scope(), func(tx *scope.Tx) error {
			return tx.DB.Exec(`UPDATE people SET ` + set + ` WHERE username = 'sara'`).Error
		})
		if err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("SQL in the home's scope: %s: %v", set, err)
		}
	}
}

// TestNobodyBecomesSomebodyElse has a human of two user names correct the other one's national ID, in order to be two: what they ask for there they then would decide
// themselves.
func TestNobodyBecomesSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	id := identitytest.NationalID
	w.forget("op1")
	if err := w.know("op2", "op1", id("admin1")); err != nil {
		t.Fatal(err)
	}
	if err := w.know("op1", "admin1", id("nobody")); code(err) != "person_own_national_id" {
		t.Errorf("by the operator who is the same human: %v", err)
	}
	change, err := w.change("admin1", "sara", "treasurer")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.decide("op1", change.Approval.ID, approvals.Approve); code(err) != "approval_same_human" {
		t.Errorf("one human asks and decides: %v", err)
	}
	w.forget("op1")
	if err := w.know("op1", "admin1", id("nobody")); code(err) != "national_id_unknown" {
		t.Errorf("by an operator who may be the same human: %v", err)
	}
	if err := w.know("op2", "admin1", id("nobody")); err != nil {
		t.Errorf("by another human: %v", err)
	}
}

// TestNoNationalIDIsStoredInClear looks for one in everything that is stored, opens it again, and brings all of them to other keys.
func TestNoNationalIDIsStoredInClear(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	if _, err := w.invite("admin1", identity.Invited{Home: atShiraz, Username: "mina", Role: identity.Auditor}); err != nil {
		t.Fatal(err)
	}
	keys := privacytest.NewKeys()
	ring := keys.Ring(t)
	people := []string{"zahra", "sara", "navid", "mina", "admin1", "admin2", "auditor", "qom", "manager1", "manager2", "clerk", "op1", "op2"}
	wantSealed(t, w, ring, people)
	service := privacy.NewService(w.run, ring, identity.SealedHumans{})
	for _, change := range []func(privacy.KeyID){keys.Add, keys.AddIndex} {
		change(2)
		done, err := service.Rotate(w.ctx(), func(int) {})
		if err != nil || done.Done != len(people) || len(done.Broken) > 0 {
			t.Fatalf("%+v, %v", done, err)
		}
	}
	counts, err := service.Status(w.ctx())
	for _, c := range counts {
		if c.Old() || c.Rows != 0 && c.Rows != int64(len(people)) || c.Table != "humans" && c.Rows > 0 {
			t.Errorf("%+v, %v", c, err)
		}
	}
	if len(counts) != 4 { // both families, each with the key that is not needed any more
		t.Errorf("%+v", counts)
	}
	wantSealed(t, w, ring, people)
	again := with("sara2", identitytest.NationalID("sara"))
	err = w.in(scope.Platform(), func(tx *scope.Tx) error {
		_, err := identity.Enrol(tx, again, identity.Enrolment{Cost: cheap, Humans: identity.NewHumans(ring)})
		return err
	})
	wantCode(t, "known under the new key", err, "person_works_here", "national_id")
	if err := w.tryEnrol(again); !errors.Is(err, privacy.ErrKeyMissing) {
		t.Errorf("a process without the new key: %v", err)
	}
}

// wantSealed opens everybody's national ID, and finds none of them anywhere else.
func wantSealed(t *testing.T, w town, ring *privacy.Keyring, people []string) {
	t.Helper()
	var opened, all []string
	err := w.in(scope.Platform(), func(tx *scope.Tx) error {
		opened, all = nil, nil
		rows, err := tx.DB.Raw(`SELECT id, id_enc FROM humans`).Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id uuid.UUID
			var sealed []byte
			if err := rows.Scan(&id, &sealed); err != nil {
				return err
			}
			text, err := ring.Open(privacy.Place{Table: "humans", Column: "id_enc", Row: id.String()}, sealed)
			if err != nil {
				return err
			}
			opened = append(opened, text)
		}
		return tx.DB.Raw(`SELECT encode(id_enc, 'escape') || encode(id_index, 'escape') FROM humans UNION ALL SELECT p::text FROM people p UNION ALL SELECT i::text FROM invitations i
		  UNION ALL SELECT a::text FROM audit_log a UNION ALL SELECT a::text FROM approvals a`).Scan(&all).Error
	})
	if err != nil || len(opened) != len(people) {
		t.Fatalf("%d opened, %v", len(opened), err)
	}
	text := strings.Join(all, "\n")
	for _, username := range people {
		id := identitytest.NationalID(username)
		if _, err := identifiers.ParseNationalID(id); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if !strings.Contains(fmt.Sprint(opened), id) || strings.Contains(text, id) {
			t.Errorf("%s: opened %t, in clear %t", username, strings.Contains(fmt.Sprint(opened), id), strings.Contains(text, id))
		}
	}
}
