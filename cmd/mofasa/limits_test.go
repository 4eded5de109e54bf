package main

import (
	"regexp"
	"strings"
	"testing"

	"mofasa/api/apitest"
)

// limits runs "limits" as the platform's operator.
func (c console) limits(args ...string) (string, error) {
	c.t.Helper()
	return c.limitsAs(apitest.PlatformOperator, args...)
}

func (c console) limitsAs(user string, args ...string) (string, error) {
	c.t.Helper()
	return c.execute(newLimitsCommand(c.opener()), apitest.Password, append(args, "--user", user, "--password-file", "-"))
}

func TestLimitsFromTheCommandLine(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	out, err := c.limits("override", "inquiry-office", "--office", "72-0001", "--requests", "600", "--window", "2m", "--reason", "a hall of counters")
	if err != nil || !regexp.MustCompile(`^inquiry-office of office [0-9a-f-]{36}: 600 in 2m0s\n$`).MatchString(out) {
		t.Fatalf("%q, %v", out, err)
	}
	if out, err = c.limits("override", "inquiry-office-day", "--municipality", "520", "--requests", "9000", "--to", "2099-01-01T00:00:00+03:30", "--reason", "year's end"); err != nil {
		t.Fatalf("%q, %v", out, err)
	}
	out, err = c.limits("list", "--person", apitest.Cashier)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`inquiry-office +office +120 in 1m0s +goes on +inquiry +600 in 2m0s\n`,
		`inquiry-office-day +office +5000 a day +goes on +inquiry +9000 a day\n`,
		`registry-person +person +240 in 1m0s +refuses +registry +240 in 1m0s\n`,
		`inquiry-office +office +[0-9a-f-]{36} +600 +2m0s +\S+Z +- +a hall of counters\n`,
		`inquiry-office-day +municipality +520 +9000 +24h0m0s +\S+Z +2098-12-31T20:30:00Z +year's end\n`,
	} {
		if !regexp.MustCompile(line).MatchString(out) {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	if out, err = c.limits("remove", "inquiry-office", "--office", "72-0001"); err != nil || !strings.HasSuffix(out, " is as shipped again\n") {
		t.Errorf("%q, %v", out, err)
	}
	if out, err = c.limits("list"); err != nil || strings.Contains(out, "a hall of counters") || strings.Contains(out, "holds") {
		t.Errorf("%q, %v", out, err)
	}
	why := []string{"--requests", "5", "--reason", "x"}
	for name, r := range map[string]struct {
		args   []string
		prefix string
	}{
		"no subject":    {append([]string{"override", "inquiry-office"}, why...), "at least one of the flags in the group"},
		"two subjects":  {append([]string{"override", "inquiry-office", "--office", "72-0001", "--municipality", "520"}, why...), "if any flags in the group"},
		"no office":     {append([]string{"override", "inquiry-office", "--office", "x"}, why...), "There is no municipality, office, person or API client of this id. (limit_subject_unknown)"},
		"no limit":      {append([]string{"override", "inquiries", "--office", "72-0001"}, why...), "There is no such limit. (limit_unknown)"},
		"no requests":   {[]string{"override", "inquiry-office", "--office", "72-0001", "--requests", "0", "--reason", "x"}, "requests: The requests must be 1 to 1,000,000. (limit_requests_range)"},
		"wrong moment":  {append([]string{"override", "inquiry-office", "--office", "72-0001", "--to", "tomorrow"}, why...), "to: not a moment"},
		"nothing there": {[]string{"remove", "inquiry-office", "--office", "72-0001"}, "No override of this limit stands for this subject. (limit_override_unknown)"},
	} {
		out, err := c.limits(r.args...)
		wantRefusal(t, name, out, err, r.prefix)
	}
	out, err = c.limitsAs(apitest.CityEditor, "list")
	wantRefusal(t, "an editor", out, err, "Your role does not permit this. (not_permitted)")
}

func TestReadings(t *testing.T) {
	t.Parallel()
	if rate, err := benchmarkRate("\"test\",\"rps\",\"avg_latency_ms\"\n\"EVALSHA x 1 k\",\"41666.67\",\"0.4\"\n"); err != nil || rate != 41666.67 {
		t.Errorf("%v, %v", rate, err)
	}
	if _, err := benchmarkRate("\"test\",\"rps\"\n\"x\",\"fast\"\n"); err == nil {
		t.Error("no number passes")
	}
	s, err := readSpent(strings.NewReader("# HELP x\nmofasa_http_request_seconds_sum{operation=\"CreateInquiry\"} 12.5\nmofasa_http_request_seconds_count{operation=\"CreateInquiry\"} 4e+01\n" +
		"mofasa_http_request_seconds_sum{operation=\"SignIn\"} 99\nmofasa_rate_limit_seconds_sum{operation=\"CreateInquiry\"} 0.5\n"))
	if err != nil || s != (spent{inquiries: 40, total: 12.5, limiter: .5}) {
		t.Errorf("%+v, %v", s, err)
	}
}
