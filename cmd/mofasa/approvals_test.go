package main

import (
	"regexp"
	"strings"
	"testing"

	"mofasa/api/apitest"
)

// approvals runs "approvals" as somebody.
func (c console) approvals(user string, args ...string) (string, error) {
	c.t.Helper()
	return c.execute(newApprovalsCommand(c.opener()), apitest.Password, append(args, "--user", user, "--password-file", "-"))
}

func (c console) keepsPeople(user string, args ...string) (string, error) {
	c.t.Helper()
	return c.people(apitest.Password, append(args, "--reason", "new work", "--user", user, "--password-file", "-")...)
}

func TestRolesAndApprovalsFromTheCommandLine(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	if out, err := c.keepsPeople(apitest.Manager, "role", apitest.Cashier, "--role", "office_clerk"); out != "cashier is office_clerk now\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	out, err := c.keepsPeople(apitest.CityAdmin, "role", apitest.CityEditor, "--role", "treasurer")
	id := regexp.MustCompile(`^Make city.editor a treasurer waits for a second person: mofasa approvals decide ([0-9a-f-]{36}) --verdict approve\n$`).FindStringSubmatch(out)
	if err != nil || id == nil {
		t.Fatalf("%q, %v", out, err)
	}
	listed, err := c.approvals(apitest.CityAuditor, "list")
	if err != nil || !strings.Contains(listed, id[1]+"  role_grant  open") || !strings.Contains(listed, "new work") {
		t.Errorf("%v\n%s", err, listed)
	}
	for user, prefix := range map[string]string{apitest.CityAdmin: "Whoever made the request", apitest.CityAuditor: "Your role does not permit this.", apitest.ForeignAdmin: "No such request for approval"} {
		out, err := c.approvals(user, "decide", id[1], "--verdict", "approve")
		wantRefusal(t, user, out, err, prefix)
	}
	out, err = c.approvals(apitest.PlatformOperator, "decide", id[1], "--verdict", "maybe")
	wantRefusal(t, "an unknown verdict", out, err, "remark: ")
	if out, err := c.approvals(apitest.PlatformOperator, "decide", id[1], "--verdict", "approve"); out != "Make city.editor a treasurer: approved\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	for state, want := range map[string]int{"open": 1, "all": 2, "approved": 2, "refused": 1} {
		if out, err := c.approvals(apitest.CityAdmin, "list", "--state", state); err != nil || strings.Count(out, "\n") != want {
			t.Errorf("%s: %v\n%s", state, err, out)
		}
	}
	if out, err := c.keepsPeople(apitest.CityAdmin, "dismiss", apitest.CityEditor); out != "city.editor has left\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	out, err = c.keepsPeople(apitest.CityAdmin, "dismiss", apitest.CityAdmin)
	wantRefusal(t, "the last one", out, err, "This person is the last active administrator here")
	out, err = c.keepsPeople(apitest.CityAdmin, "role", apitest.ForeignEditor, "--role", "auditor")
	wantRefusal(t, "somebody else's", out, err, "No such person works with you.")
	out, err = c.approvals(apitest.CityAdmin, "decide", "7", "--verdict", "approve")
	wantRefusal(t, "no id", out, err, "No such request for approval")
}
