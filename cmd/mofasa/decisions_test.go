package main

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/billing/calendar"
	"mofasa/tenants/scope"
)

func (c console) opener() opener {
	return func(context.Context) (*scope.Runner, *sql.DB, func(), error) { return c.run, nil, func() {}, nil }
}

// decisions runs "decisions" as the case officer of Shiraz.
func (c console) decisions(args ...string) (string, error) {
	c.t.Helper()
	return c.decisionsAs(apitest.CaseOfficer, args...)
}

func (c console) decisionsAs(user string, args ...string) (string, error) {
	c.t.Helper()
	return c.execute(newDecisionsCommand(c.opener()), apitest.Password, append(args, "--user", user, "--password-file", "-"))
}

func TestDecisionsFromTheCommandLine(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	why := []string{"--reason-fa", "رأی کمیسیون", "--reason-en", "ruling"}
	grant := func(args ...string) (string, error) {
		return c.decisions(append(append([]string{"grant"}, args...), why...)...)
	}
	today := calendar.DateOf(time.Now())
	out, err := grant("--vin", apitest.VIN, "--kind", "discount", "--charge", "annual_duty", "--from-year", "1402", "--through-year", "1403", "--rate-ppm", "125000")
	id := regexp.MustCompile(`^decision ([0-9a-f-]{36}): holding from ` + today.String() + "\n$").FindStringSubmatch(out)
	if err != nil || id == nil {
		t.Fatalf("%q, %v", out, err)
	}
	if out, err = grant("--plate", "ایران ۴۷ - ۱۲ ب ۱۴۵", "--kind", "credit", "--from-year", "1404", "--amount", "5000", "--from", today.AddDays(2).Persian(), "--to", today.AddDays(9).String()); err != nil || !strings.Contains(out, ": scheduled from "+today.AddDays(2).String()) {
		t.Fatalf("%q, %v", out, err)
	}
	if out, err = c.decisions("end", "--decision", id[1], "--day", today.AddDays(1).String(), "--reason-fa", "اشتباه\nبود", "--reason-en", "mistake"); err == nil {
		t.Errorf("a reason of two lines: %q", out)
	}
	if out, err = c.decisions("end", "--decision", id[1], "--day", today.AddDays(1).String(), "--reason-fa", "اشتباه بود", "--reason-en", "mistake"); err != nil || out != fmt.Sprintf("decision %s ends on %s\n", id[1], today.AddDays(1)) {
		t.Errorf("%q, %v", out, err)
	}
	out, err = c.decisions("list", "--vin", apitest.VIN)
	if err != nil {
		t.Fatal(err)
	}
	person := regexp.QuoteMeta(apitest.CaseOfficer)
	for _, line := range []string{
		id[1] + ` +122 +discount +annual_duty +1402-1403 +12.5% +` + today.String() + ` +` + today.AddDays(1).String() + ` +holding +` + person + ` +رأی کمیسیون`,
		`[0-9a-f-]{36} +122 +credit +- +1404-1404 +5,000 rial +` + today.AddDays(2).String() + ` +` + today.AddDays(9).String() + ` +scheduled +` + person,
		id[1] + ` ended on ` + today.AddDays(1).String() + ` by ` + person + `: اشتباه بود`,
	} {
		if !regexp.MustCompile(line).MatchString(out) {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	for name, r := range map[string]struct {
		prefix string
		run    func() (string, error)
	}{
		"no vehicle": {"at least one of the flags in the group [vin plate]", func() (string, error) { return grant("--kind", "exempt", "--from-year", "1402") }},
		"wrong VIN":  {"vin: ", func() (string, error) { return grant("--vin", "x", "--kind", "exempt", "--from-year", "1402") }},
		"wrong kind": {"kind: Unknown kind of decision. (decision_kind)", func() (string, error) { return grant("--vin", apitest.VIN, "--kind", "gift", "--from-year", "1402") }},
		"yesterday": {"valid_from: ", func() (string, error) {
			return grant("--vin", apitest.VIN, "--kind", "exempt", "--from-year", "1402", "--from", today.AddDays(-1).String())
		}},
		"another city": {"vehicle: No such vehicle is registered. (registered_vehicle_unknown)", func() (string, error) {
			return grant("--plate", apitest.OtherPlate, "--kind", "exempt", "--from-year", "1402")
		}},
		"ended already": {"decision: The decision has ended", func() (string, error) { return c.decisions(append([]string{"end", "--decision", id[1]}, why...)...) }},
		"not an id":     {"decision: not a UUID", func() (string, error) { return c.decisions(append([]string{"end", "--decision", "x"}, why...)...) }},
		"an editor":     {"Your role does not permit this. (not_permitted)", func() (string, error) { return c.decisionsAs(apitest.CityEditor, "list", "--vin", apitest.VIN) }},
	} {
		out, err := r.run()
		wantRefusal(t, name, out, err, r.prefix)
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for ppm, want := range map[int64]string{0: "0%", 1: "0.0001%", 125_000: "12.5%", -933_334: "-93.3334%", 1_000_000: "100%", -5: "-0.0005%"} {
		if got := percent(ppm); got != want {
			t.Errorf("%d: %s, want %s", ppm, got, want)
		}
	}
}

func TestVehiclesCategorize(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	if out := c.do("", "categorize", "--vin", apitest.VIN, "--category", "ambulance", "--reason", "letter 12"); out != "category set\n" {
		t.Errorf("%q", out)
	}
	wants(t, c.do("", "show", "--vin", apitest.VIN), "category ambulance")
	c.refused("category: A category holds", "", "", "categorize", "--vin", apitest.VIN, "--category", "آمبولانس", "--reason", "x")
	c.refused(`required flag(s) "category", "reason" not set`, "", "", "categorize", "--vin", apitest.VIN)
	c.do("", "categorize", "--vin", apitest.VIN, "--category", "", "--reason", "sold")
	wants(t, c.do("", "show", "--vin", apitest.VIN), "category -")
}
