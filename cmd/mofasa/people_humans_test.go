package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/tenants/approvals"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/scope"
)

var appointmentLines = regexp.MustCompile(`^new\.manager invited as office_manager of office 72-0002\ntoken    (\S+)\nwaits    mofasa approvals decide (\S+) --verdict approve\n$`)

// TestThePlatformLocksAndAppoints locks the only manager of an office, and appoints another one by two operators.
func TestThePlatformLocksAndAppoints(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	id := identitytest.NationalID
	if out, err := c.people(apitest.Password+"\n"+id("second.operator"), "enrol", "--username", "second.operator", "--name", "راهبر", "--role", "platform_operator", "--password-file", "-", "--national-id-file", "-"); err != nil {
		t.Fatalf("%q, %v", out, err)
	}
	as := func(username string) []string { return []string{"--user", username, "--password-file", "-"} }
	operator := as(apitest.PlatformOperator)
	out, err := c.people("", "lock", apitest.OtherManager)
	wantRefusal(t, "by the system", out, err, "This person is the last active administrator here; appoint another one first. (person_last_admin)")
	out, err = c.people(apitest.Password, append([]string{"lock", apitest.OtherManager}, operator...)...)
	wantRefusal(t, "without a reason", out, err, "if any flags in the group [user reason] are set they must all be set")
	appoint := append([]string{"appoint", "--username", "new.manager", "--name", "مدیر", "--office", "72-0002", "--reason", "the old one is locked", "--national-id-file", "-"}, operator...)
	out, err = c.people(apitest.Password+"\n"+id("new.manager"), appoint...)
	wantRefusal(t, "a home with a keeper", out, err, "This home has an active keeper, who invites its people. (home_has_keeper)")
	if out, err := c.people(apitest.Password, append([]string{"lock", apitest.OtherManager, "--reason", "a rogue"}, operator...)...); out != apitest.OtherManager+" locked\n" || err != nil {
		t.Fatalf("%q, %v", out, err)
	}
	out, err = c.people(apitest.Password+"\n"+id("new.manager"), appoint...)
	made := appointmentLines.FindStringSubmatch(out)
	if err != nil || made == nil {
		t.Fatalf("%q, %v", out, err)
	}
	decide := append([]string{"decide", made[2], "--verdict", "approve"}, as("second.operator")...)
	if out, err := c.execute(newApprovalsCommand(c.opener()), apitest.Password, decide); err != nil || !strings.HasSuffix(out, string(approvals.Approved)+"\n") {
		t.Fatalf("%q, %v", out, err)
	}
	if _, err := identity.NewService(c.run, nil, time.Now, cheapPassword).Accept(asSystem(t.Context()), made[1], "a good long sentence"); err != nil {
		t.Fatal(err)
	}
	out, err = c.people("a good long sentence", "unlock", apitest.OtherManager, "--reason", "a friend", "--user", "new.manager", "--password-file", "-")
	wantRefusal(t, "by the home", out, err, "The platform has locked this person, and only the platform changes that. (person_platform_lock)")
	if out, err := c.people(apitest.Password, append([]string{"unlock", apitest.OtherManager, "--reason", "cleared"}, operator...)...); out != apitest.OtherManager+" unlocked\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

// TestPeopleNationalID records and corrects who somebody is.
func TestPeopleNationalID(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	if err := c.run.InTx(asSystem(t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE people SET human_id = NULL, national_id_masked = NULL WHERE username = ?`, apitest.CityEditor).Error
	}); err != nil {
		t.Fatal(err)
	}
	record := func(by, nationalID string) (string, error) {
		return c.people(apitest.Password+"\n"+nationalID+"\n", "national-id", apitest.CityEditor, "--reason", "seen the card", "--user", by, "--password-file", "-", "--national-id-file", "-")
	}
	out, err := record(apitest.CityAdmin, "0084575947")
	wantRefusal(t, "a wrong digit", out, err, "national_id: The national ID's check digit does not match (national_id_checksum)")
	out, err = record(apitest.CityEditor, "0084575948")
	wantRefusal(t, "no keeper", out, err, "Your role does not permit this. (not_permitted)")
	if out, err := record(apitest.CityAdmin, "۰۰۸۴۵۷۵۹۴۸"); out != "city.editor is *******948\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	out, err = record(apitest.CityAdmin, identitytest.NationalID("x"))
	wantRefusal(t, "another one", out, err, "national_id: Another national ID is on record for this user name; only the platform's operator corrects it. (person_other_human)")
	if out, err := record(apitest.PlatformOperator, identitytest.NationalID("x")); !strings.HasPrefix(out, "city.editor is *******") || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	out, err = c.people(apitest.Password, "national-id", apitest.CityEditor, "--reason", "x", "--user", apitest.CityAdmin, "--password-file", "-")
	wantRefusal(t, "no ID", out, err, "national-id-file: the national ID is missing")
}
