package api_test

import (
	"strings"
	"testing"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/scope"
)

// enrol adds somebody to the platform who may sign in.
func enrolOperator(t *testing.T, s *apitest.Server, username, nationalID string) *apitest.Client {
	t.Helper()
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		_, err := identity.Enrol(tx, identity.NewPerson{Home: identity.Home{Kind: identity.AtPlatform}, Username: username, Password: apitest.Password, NameFA: "راهبر", NationalID: nationalID,
			Role: identity.PlatformOperator}, identity.Enrolment{Cost: apitest.Cheap, Humans: identitytest.Humans()})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.SignIn(username)
}

// TestAHomeWithoutAKeeperGetsOneFromThePlatform follows a city whose only administrator is a rogue through the API.
func TestAHomeWithoutAKeeperGetsOneFromThePlatform(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	first, second := s.SignIn(apitest.PlatformOperator), enrolOperator(t, s, "second.operator", identitytest.NationalID("second.operator"))
	rogue := s.SignIn(apitest.CityAdmin)
	var created gen.CreatedClient
	rogue.Must(rogue.Do("POST", "/v1/clients", map[string]any{"name_fa": "برنامه", "scopes": []string{"tariffs.read"}, "expires_at": s.Clock.Now().AddDate(0, 1, 0)}), 201, &created)
	token := func() apitest.Answer {
		return s.Anonymous().Do("POST", "/v1/oauth/token", []byte("grant_type=client_credentials&client_id="+created.Client.Id.String()+"&client_secret="+created.Secret),
			"Content-Type", "application/x-www-form-urlencoded")
	}
	var granted gen.ClientToken
	first.Must(token(), 200, &granted)
	program := s.Anonymous()
	program.Token = granted.AccessToken
	program.Must(program.Do("GET", "/v1/tariffs/drafts", nil), 200, nil)

	standing := "/v1/people/" + idOfPerson(t, s, apitest.CityAdmin).String() + "/standing"
	first.Refused(first.Do("POST", standing, map[string]string{"standing": "left", "reason": "a rogue"}), 409, "person_last_admin")
	var locked gen.StaffMember
	first.Must(first.Do("POST", standing, map[string]string{"standing": "locked", "reason": "a rogue"}), 200, &locked)
	if !locked.PlatformLocked || locked.ApiClients == nil || len(*locked.ApiClients) != 1 || (*locked.ApiClients)[0] != created.Client.Id {
		t.Errorf("%+v", locked)
	}
	rogue.Refused(rogue.Do("GET", "/v1/me", nil), 401, "token_invalid")
	program.Refused(program.Do("GET", "/v1/tariffs/drafts", nil), 403, "client_home_unkept")
	refused := token()
	first.Refused(refused, 403, "client_home_unkept")
	if !strings.Contains(string(refused.Body), `"error":"unauthorized_client"`) {
		t.Errorf("%s", refused.Body)
	}

	body := map[string]any{"username": "new.admin", "name_fa": "مدیر نو", "national_id": identitytest.NationalID("new.admin"), "role": "municipality_admin", "municipality_code": apitest.Shiraz}
	first.Refused(first.Do("POST", "/v1/invitations", body), 422, "person_reason")
	body["reason"] = "the old one is locked"
	var made gen.Invitation
	first.Must(first.Do("POST", "/v1/invitations", body), 201, &made)
	if made.Approval == nil || made.Approval.Kind != gen.ApprovalKindKeeperInvitation {
		t.Fatalf("%+v", made)
	}
	accept := func() apitest.Answer {
		return s.Anonymous().Do("POST", "/v1/invitations/acceptance", map[string]string{"token": made.Token, "password": apitest.Password})
	}
	first.Refused(accept(), 404, "invitation_unknown")
	decision := "/v1/approvals/" + made.Approval.Id.String() + "/decision"
	first.Refused(first.Do("POST", decision, map[string]string{"verdict": "approve"}), 403, "approval_second_person")
	second.Must(second.Do("POST", decision, map[string]string{"verdict": "approve"}), 200, nil)
	first.Must(accept(), 201, nil)
	keeper := s.SignIn("new.admin")
	keeper.Refused(keeper.Do("POST", standing, map[string]string{"standing": "active", "reason": "a friend"}), 403, "person_platform_lock")
	program.Must(program.Do("GET", "/v1/tariffs/drafts", nil), 200, nil)
	var list gen.Clients
	keeper.Must(keeper.Do("GET", "/v1/clients", nil), 200, &list)
	if len(list.Clients) != 1 || *list.Clients[0].CreatorStanding != gen.PersonStandingLocked || *list.Clients[0].CreatedBy != idOfPerson(t, s, apitest.CityAdmin) {
		t.Errorf("%+v", list)
	}
	both := map[string]any{"username": "x", "name_fa": "x", "national_id": identitytest.NationalID("x"), "role": "municipality_admin", "municipality_code": apitest.Shiraz,
		"office_id": officeOf(t, s, apitest.Cashier), "reason": "x"}
	first.Refused(first.Do("POST", "/v1/invitations", both), 422, "invalid_request")
	delete(both, "municipality_code")
	first.Refused(first.Do("POST", "/v1/invitations", both), 422, "person_role")
	both["role"] = "office_manager"
	first.Refused(first.Do("POST", "/v1/invitations", both), 409, "home_has_keeper")
}

// TestTwoUserNamesOfOneHumanAreNotTwoPeople takes a step of every kind that takes two: a role, a tariff and other accounts, by one human under two names.
func TestTwoUserNamesOfOneHumanAreNotTwoPeople(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	operator := s.SignIn(apitest.PlatformOperator)
	correct := func(username, as string) {
		t.Helper()
		var m gen.StaffMember
		path := "/v1/people/" + idOfPerson(t, s, username).String() + "/national-id"
		operator.Must(operator.Do("POST", path, map[string]string{"national_id": identitytest.NationalID(as), "reason": "seen the card"}), 200, &m)
		if m.NationalId == nil || *m.NationalId != "*******"+identitytest.NationalID(as)[7:] {
			t.Errorf("%+v", m)
		}
	}
	second := enrolOperator(t, s, "second.operator", identitytest.NationalID(apitest.CityAdmin))
	admin := s.SignIn(apitest.CityAdmin)
	var change gen.RoleChange
	admin.Must(admin.Do("POST", "/v1/people/"+idOfPerson(t, s, apitest.CityEditor).String()+"/role", map[string]string{"role": "treasurer", "reason": "new work"}), 200, &change)
	decision := "/v1/approvals/" + change.Approval.Id.String() + "/decision"
	second.Refused(second.Do("POST", decision, map[string]string{"verdict": "approve"}), 403, "approval_same_human")
	correct("second.operator", "second.operator")
	second.Must(second.Do("POST", decision, map[string]string{"verdict": "approve"}), 200, nil)

	editor, approver := s.SignIn(apitest.NationalEditor), s.SignIn(apitest.NationalApprover)
	s.Platform(`UPDATE people SET human_id = NULL, national_id_masked = NULL WHERE username = ?`, apitest.NationalApprover)
	path := submitted(t, editor)
	a := approver.Do("POST", path+"/approval", map[string]int{"revision": 1})
	approver.Refused(a, 403, "national_id_unknown")
	if !strings.Contains(string(a.Body), idOfPerson(t, s, apitest.NationalApprover).String()) {
		t.Errorf("who is not on record: %s", a.Body)
	}
	correct(apitest.NationalApprover, apitest.NationalApprover)
	approver.Must(approver.Do("POST", path+"/approval", map[string]int{"revision": 1}), 200, nil)
	s.Platform(`UPDATE people SET human_id = NULL, national_id_masked = NULL WHERE username = ?`, apitest.NationalApprover)
	approver.Refused(approver.Do("POST", path+"/publication", map[string]int{"revision": 1}), 403, "national_id_unknown")
	correct(apitest.NationalApprover, apitest.NationalApprover)
	approver.Must(approver.Do("POST", path+"/publication", map[string]int{"revision": 1}), 201, nil)

	own := "/v1/people/" + idOfPerson(t, s, apitest.PlatformOperator).String() + "/national-id"
	operator.Refused(operator.Do("POST", own, map[string]string{"national_id": identitytest.NationalID("x"), "reason": "mine"}), 403, "person_own_national_id")
	if logs := s.Logs.String(); strings.Contains(logs, identitytest.NationalID(apitest.NationalApprover)) || strings.Contains(logs, identitytest.NationalID("second.operator")) {
		t.Error("a national ID is in the logs")
	}
}

// submitted is the address of a national draft that waits for its second person.
func submitted(t *testing.T, editor *apitest.Client) string {
	t.Helper()
	var draft gen.TariffDraft
	editor.Must(editor.Do("POST", "/v1/tariffs/drafts", map[string]any{"reason": "x", "version": doubled(t, editor, "1405")}), 201, &draft)
	path := "/v1/tariffs/drafts/" + draft.Id.String()
	editor.Must(editor.Do("POST", path+"/submission", map[string]int{"revision": 1}), 200, nil)
	return path
}

// TestWrongPasswordsAtSetUpAreFailures counts guesses at a password, by whoever holds a stolen token, as those at the door are counted.
func TestWrongPasswordsAtSetUpAreFailures(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: onlyFailures()})
	c := s.SignIn(apitest.Cashier)
	for range 5 {
		c.Refused(c.Do("POST", "/v1/me/second-factor", map[string]string{"password": "wrong"}), 401, "credentials_invalid")
	}
	delay(t, c.Do("POST", "/v1/me/second-factor", map[string]string{"password": apitest.Password}))
}
