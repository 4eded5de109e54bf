package api_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/tenants/approvals"
	"mofasa/tenants/scope"
)

// idOfPerson is the id of one of the seeded people.
func idOfPerson(t *testing.T, s *apitest.Server, username string) (id uuid.UUID) {
	t.Helper()
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT id FROM people WHERE username = ?`, username).Row().Scan(&id)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestARoleIsGivenByTwoAndCountsAtOnce follows a grave role through the API, on the token that its holder already has.
func TestARoleIsGivenByTwoAndCountsAtOnce(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	admin, operator, editor := s.SignIn(apitest.CityAdmin), s.SignIn(apitest.PlatformOperator), s.SignIn(apitest.CityEditor)
	path := "/v1/people/" + idOfPerson(t, s, apitest.CityEditor).String()
	var change gen.RoleChange
	admin.Must(admin.Do("POST", path+"/role", map[string]string{"role": "treasurer", "reason": "new work"}), 200, &change)
	if change.Approval == nil || change.Person.Role != "tariff_editor" || change.Approval.Summary.En != "Make city.editor a treasurer" {
		t.Fatalf("%+v", change)
	}
	admin.Refused(admin.Do("POST", path+"/role", map[string]string{"role": "case_officer", "reason": "new work"}), 409, "approval_pending")
	decision := "/v1/approvals/" + change.Approval.Id.String() + "/decision"
	admin.Refused(admin.Do("POST", decision, map[string]string{"verdict": "approve"}), 403, "approval_second_person")
	foreign := s.SignIn(apitest.ForeignAdmin)
	foreign.Refused(foreign.Do("POST", decision, map[string]string{"verdict": "approve"}), 404, "approval_unknown")
	operator.Refused(operator.Do("POST", decision, map[string]string{"verdict": "refuse"}), 422, "approval_reason")
	role := func() string {
		var me gen.Me
		editor.Must(editor.Do("GET", "/v1/me", nil), 200, &me)
		return me.Role
	}
	if role() != "tariff_editor" {
		t.Error("the role counts before the second person has agreed")
	}
	var approval gen.Approval
	operator.Must(operator.Do("POST", decision, map[string]string{"verdict": "approve"}), 200, &approval)
	if role() != "treasurer" || approval.State != "approved" || *approval.DecidedBy != idOfPerson(t, s, apitest.PlatformOperator) {
		t.Errorf("%s, %+v", role(), approval)
	}
	operator.Refused(operator.Do("POST", decision, map[string]string{"verdict": "approve"}), 409, "approval_decided")
	var list gen.ApprovalList
	admin.Must(admin.Do("GET", "/v1/approvals?kind=role_grant&state=approved", nil), 200, &list)
	if len(list.Approvals) != 1 || list.Approvals[0].Id != approval.Id {
		t.Errorf("%+v", list)
	}
	admin.Must(admin.Do("POST", path+"/standing", map[string]string{"standing": "locked", "reason": "a lost phone"}), 200, nil)
	editor.Refused(editor.Do("GET", "/v1/me", nil), 401, "token_invalid")
	admin.Refused(admin.Do("POST", "/v1/people/"+idOfPerson(t, s, apitest.CityAdmin).String()+"/standing", map[string]string{"standing": "locked", "reason": "x"}), 409, "person_last_admin")
}

// TestCorrectionsWaitAmongTheApprovals follows runs of one authority, and reads after each step what the list of approvals says of them.
func TestCorrectionsWaitAmongTheApprovals(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	c.publish(wrongTariff, times(1, 2))
	list := approvals.NewService(c.Program.Runner, nil)
	want := func(states ...approvals.State) {
		t.Helper()
		found, err := list.List(c.as(apitest.NationalApprover), scope.Platform(), approvals.Query{Kind: approvals.TariffCorrection})
		var got []approvals.State
		for _, a := range found {
			got = append(got, a.State)
		}
		if err != nil || !slices.Equal(got, states) {
			t.Errorf("%v, %v, want %v", got, err, states)
		}
	}
	listed := func() uuid.UUID {
		t.Helper()
		run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
		if err != nil {
			t.Fatal(err)
		}
		return run.ID
	}
	withdraw := func(by string, run uuid.UUID) {
		t.Helper()
		if _, err := c.Withdraw(c.as(by), scope.Platform(), run); err != nil {
			t.Fatal(err)
		}
	}
	approve := func(by string, run uuid.UUID) error {
		_, err := c.Approve(c.as(by), scope.Platform(), run)
		return err
	}
	run := listed()
	want(approvals.Waiting)
	wantFault(t, approve(apitest.NationalEditor, run), "correction_same_person")
	withdraw(apitest.NationalEditor, run)
	want(approvals.Withdrawn)
	withdraw(apitest.NationalApprover, listed())
	want(approvals.Refused, approvals.Withdrawn)
	run = listed()
	c.Clock.Advance(30 * 24 * time.Hour)
	wantFault(t, approve(apitest.NationalApprover, run), "approval_expired")
	withdraw(apitest.NationalEditor, run)
	run = listed()
	if err := approve(apitest.NationalApprover, run); err != nil {
		t.Fatal(err)
	}
	want(approvals.Approved, approvals.Expired, approvals.Refused, approvals.Withdrawn)
}
