package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/billing/calendar"
	"mofasa/tenants/scope"
)

// offices runs "offices" as somebody.
func (c console) offices(user string, args ...string) (string, error) {
	c.t.Helper()
	return c.execute(newOfficesCommand(c.opener()), apitest.Password, append(args, "--user", user, "--password-file", "-"))
}

func (c console) mustOffices(user string, args ...string) string {
	c.t.Helper()
	out, err := c.offices(user, args...)
	if err != nil {
		c.t.Fatalf("%v: %v", args, err)
	}
	return out
}

func TestOfficesFromTheCommandLine(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	today := calendar.DateOf(time.Now())
	op := apitest.PlatformOperator
	if out := c.mustOffices(op, "open", "--municipality", "122", "--name", "دفتر ارم", "--licence", "71-9", "--from", today.String(), "--to", today.AddDays(100).Persian()); !strings.HasPrefix(out, "office 71-9 opened (") {
		t.Errorf("%q", out)
	}
	c.mustOffices(op, "open", "--municipality", "122", "--name", "شعبه", "--licence", "71-9/1", "--from", today.String(), "--parent", "71-9", "--class", "rural")
	for _, step := range []struct{ args, want string }{
		{"suspend 71-9 --reason complaint", "office 71-9 is suspended\n"},
		{"reinstate 71-9 --reason settled", "office 71-9 is active\n"},
		{"renew 71-9 --to " + today.AddDays(200).String(), "office 71-9 is licensed to " + today.AddDays(200).String() + "\n"},
		{"classify 71-9 --class rural --reason letter", "office 71-9 is of class rural\n"},
		{"close 71-9/1 --reason moved", "office 71-9/1 is closed\n"},
	} {
		if out := c.mustOffices(op, strings.Fields(step.args)...); out != step.want {
			t.Errorf("%q, want %q", out, step.want)
		}
	}
	wants(t, c.mustOffices(op, "list"), " 71-9 122 rural "+today.String()+" "+today.AddDays(200).String()+" active - دفتر ارم", " 71-9/1 122 rural "+today.String()+" - closed yes شعبه")
	shown := c.mustOffices(op, "show", "71-9")
	for _, event := range []string{"opened", "suspended", "reinstated", "renewed", "reclassified"} {
		if !strings.Contains(shown, event) {
			t.Errorf("no %s in\n%s", event, shown)
		}
	}
	if out := c.mustOffices(op, "fees", "set", "--service", "clearance", "--class", "rural", "--from", today.String(), "--amount", "80000", "--reference", "decree 9"); out != "clearance at rural offices: 80000 rial from "+today.String()+"\n" {
		t.Errorf("%q", out)
	}
	wants(t, c.mustOffices(op, "fees", "list"), "clearance rural "+today.String()+" 80000 holds decree 9", "no account: no fee is charged")
	if out := c.mustOffices(op, "fees", "account", "--iban", "IR860610000009990000009001", "--reason", "letter 7"); !strings.HasSuffix(out, " waits for a second person\n") {
		t.Error(out)
	}
	if out := c.mustOffices(apitest.Manager, "list"); strings.Contains(out, "71-9") || !strings.Contains(out, "72-0001") {
		t.Errorf("a manager sees\n%s", out)
	}
	for name, r := range map[string]struct{ user, args, prefix string }{
		"unknown":       {op, "suspend 99 --reason x", "office: No such office is registered. (office_unknown)"},
		"taken":         {op, "open --municipality 122 --name x --licence 71-9 --from " + today.String(), "licence_no: An office with this licence number is registered. (office_licence_taken)"},
		"wrong day":     {op, "renew 71-9 --to 1404/13/01", "to: "},
		"not permitted": {apitest.Manager, "suspend 72-0001 --reason x", "Your role does not permit this. (not_permitted)"},
		"no reason":     {op, "suspend 71-9", `required flag(s) "reason" not set`},
	} {
		out, err := c.offices(r.user, strings.Fields(r.args)...)
		wantRefusal(t, name, out, err, r.prefix)
	}
}

func TestAgreementsFromTheCommandLine(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	err := c.run.InTx(asSystem(t.Context()), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE people SET role = 'municipality_admin' WHERE username = ?`, apitest.CityApprover).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	today := calendar.DateOf(time.Now()).String()
	wording := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(wording, []byte("دفتر می‌پذیرد …"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := c.mustOffices(apitest.CityAdmin, "agreements", "text", "--version", "1405-1", "--file", wording); out != "text 1405-1 stored\n" {
		t.Errorf("%q", out)
	}
	propose := func(args ...string) string {
		t.Helper()
		out := c.mustOffices(apitest.CityAdmin, append([]string{"agreements"}, args...)...)
		id := regexp.MustCompile(`^proposal ([0-9a-f-]{36}) waits for a second person\n$`).FindStringSubmatch(out)
		if id == nil {
			t.Fatalf("%q", out)
		}
		return id[1]
	}
	id := propose("propose", "--office", "72-0001", "--from", today, "--text", "1405-1", "--reason", "meeting 4", "--charge", "annual_duty", "--method", "gateway", "--method", "terminal",
		"--day-ceiling", "900000000", "--order-ceiling", "50000000")
	for _, step := range []struct {
		user, want string
		args       []string
	}{
		{apitest.CityApprover, "proposal " + id + " is approved\n", []string{"approve", "--proposal", id}},
		{apitest.Manager, "proposal " + id + " is accepted\n", []string{"accept", "--proposal", id, "--text", "1405-1"}},
	} {
		if out := c.mustOffices(step.user, append([]string{"agreements"}, step.args...)...); out != step.want {
			t.Errorf("%q, want %q", out, step.want)
		}
	}
	line := " 122 72-0001 2 " + today + " - holds 1405-1 annual_duty, gateway+terminal, 50000000 rial an order, 900000000 rial a day"
	wants(t, c.mustOffices(apitest.CityAdmin, "agreements", "list"), line)
	wants(t, c.mustOffices(apitest.Manager, "agreements", "list"), line)
	end := propose("end", "--office", "72-0001", "--from", today, "--reason", "complaints")
	if out := c.mustOffices(apitest.CityApprover, "agreements", "refuse", "--proposal", end, "--remark", "unfounded"); out != "proposal "+end+" is refused\n" {
		t.Errorf("%q", out)
	}
	wants(t, c.mustOffices(apitest.CityAdmin, "agreements", "proposals"), end+" 122 72-0001 end refused "+today+" - - every charge, every method complaints")
	for name, r := range map[string]struct{ user, args, prefix string }{
		"one person":  {apitest.CityAdmin, "approve --proposal " + propose("end", "--office", "72-0001", "--from", today, "--reason", "again"), "Whoever made the proposal cannot approve it. (agreement_second_person)"},
		"no wording":  {apitest.CityAdmin, "propose --office 72-0001 --from " + today + " --text 9 --reason x", "text_version: No text of this version has been offered. (agreement_text_unknown)"},
		"a clerk":     {apitest.CityEditor, "list", "Your role does not permit this. (not_permitted)"},
		"not an id":   {apitest.Manager, "accept --proposal x --text 1", "proposal: not a UUID"},
		"wrong place": {apitest.Manager, "text --version 2 --file " + wording, "Your role does not permit this. (not_permitted)"},
	} {
		out, err := c.offices(r.user, append([]string{"agreements"}, strings.Fields(r.args)...)...)
		wantRefusal(t, name, out, err, r.prefix)
	}
}

func TestDevicesFromTheCommandLine(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	out := c.mustOffices(apitest.Manager, "devices", "invite", "--name", "صندوق ۱", "--kind", "till")
	id := regexp.MustCompile(`^device ([0-9a-f-]{36}): ([A-Z2-7]{4}-){3}[A-Z2-7]{4}, for 15 minutes\n$`).FindStringSubmatch(out)
	if id == nil {
		t.Fatalf("%q", out)
	}
	wants(t, c.mustOffices(apitest.Manager, "devices", "list"), id[1]+" till invited صندوق ۱ -")
	if out := c.mustOffices(apitest.Manager, "devices", "revoke", "--device", id[1], "--reason", "stolen"); out != "device "+id[1]+" revoked\n" {
		t.Errorf("%q", out)
	}
	out, err := c.offices(apitest.OtherManager, "devices", "revoke", "--device", id[1], "--reason", "x")
	wantRefusal(t, "another office's", out, err, "No such device is registered at your office. (device_unknown)")
	out, err = c.offices(apitest.Cashier, "devices", "list")
	wantRefusal(t, "a cashier", out, err, "Your role does not permit this. (not_permitted)")
}
