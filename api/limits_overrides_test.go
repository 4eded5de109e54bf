package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mofasa/api"
	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/api/ratelimit"
)

// overridePath names an override of an office's.
func overridePath(limit, kind, subject string) string {
	return "/v1/limits/" + limit + "/overrides/" + kind + "/" + subject
}

// policyOf is what the answer's headers say of a limit, such as q=3;w=3600.
func policyOf(a apitest.Answer, name string) string {
	for _, item := range strings.Split(strings.Join(a.Header.Values("RateLimit-Policy"), ", "), ", ") {
		if policy, found := strings.CutPrefix(item, `"`+name+`";`); found {
			return policy
		}
	}
	return ""
}

// eventually waits at most two seconds, and some patience of a busy machine that a busy process cannot owe, until the policy is as wanted.
func eventually(t *testing.T, c *apitest.Client, name, want string) {
	t.Helper()
	began := time.Now()
	for {
		asked := time.Now()
		got := policyOf(c.Do("GET", "/v1/me", nil), name)
		if got == want {
			return
		}
		if asked.Sub(began) > 2*time.Second {
			t.Fatalf("%s is %q two seconds later, want %q", name, got, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestOverridesAreObeyedWithinTwoSeconds has two processes over one database: what is written through one holds in both, for its subject alone, until it is
// removed or ends.
func TestOverridesAreObeyedWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	keys := apitest.NewKeyring(t)
	a := apitest.New(t, apitest.Options{Keys: keys, LimitTable: api.DefaultLimits()})
	b := apitest.New(t, apitest.Options{Keys: keys, DB: a.DB, LimitTable: api.DefaultLimits()})
	office := officeOf(t, a, apitest.Cashier).String()
	operator, cashier, other := a.SignIn(apitest.PlatformOperator), b.SignIn(apitest.Cashier), b.SignIn(apitest.OtherCashier)
	eventually(t, cashier, "read-office", "q=1200;w=60")

	var written gen.LimitOverride
	operator.Must(operator.Do("PUT", overridePath("read-office", "office", office), map[string]any{"requests": 7000, "reason": "a hall of counters"}), 200, &written)
	if written.Requests != 7000 || written.WindowSeconds != 60 || written.Subject != office || written.ValidTo != nil {
		t.Fatalf("%+v", written)
	}
	eventually(t, cashier, "read-office", "q=7000;w=60")
	eventually(t, other, "read-office", "q=1200;w=60")

	// A city's override holds for its offices; an office's own goes before it.
	operator.Must(operator.Do("PUT", overridePath("read-office", "municipality", fmt.Sprint(apitest.Tehran)), map[string]any{"requests": 900, "window_seconds": 30, "reason": "a trial"}), 200, nil)
	eventually(t, other, "read-office", "q=900;w=30")
	eventually(t, cashier, "read-office", "q=7000;w=60")
	var listed gen.LimitList
	operator.Must(operator.Do("GET", "/v1/limits?subject_kind=office&subject="+office, nil), 200, &listed)
	for _, l := range listed.Limits {
		if l.Name != "read-office" {
			continue
		}
		if l.Effective == nil || l.Effective.Requests != 7000 || l.Effective.OverrideId == nil || *l.Effective.OverrideId != written.Id || len(l.Overrides) != 2 || l.Requests != 1200 {
			t.Errorf("%+v", l)
		}
	}

	// One that has not begun, and one that has ended, hold no more than none.
	operator.Must(operator.Do("PUT", overridePath("read-office", "office", office), map[string]any{"requests": 3, "valid_from": time.Now().Add(time.Hour), "reason": "later"}), 200, nil)
	eventually(t, cashier, "read-office", "q=900;w=30")
	operator.Must(operator.Do("PUT", overridePath("read-office", "office", office), map[string]any{"requests": 5000, "valid_to": time.Now().Add(4 * time.Second), "reason": "for a moment"}), 200, nil)
	eventually(t, cashier, "read-office", "q=5000;w=60")
	b.Clock.Advance(time.Minute)
	eventually(t, cashier, "read-office", "q=900;w=30")

	for _, gone := range []string{overridePath("read-office", "office", office), overridePath("read-office", "municipality", fmt.Sprint(apitest.Tehran))} {
		operator.Must(operator.Do("DELETE", gone, nil), 204, nil)
		operator.Refused(operator.Do("DELETE", gone, nil), 404, "limit_override_unknown")
	}
	eventually(t, cashier, "read-office", "q=1200;w=60")
	wantOverrideHistory(t, a)
}

// wantOverrideHistory makes sure that nothing was overwritten, and that all is on record with who did it.
func wantOverrideHistory(t *testing.T, s *apitest.Server) {
	t.Helper()
	var rows, removed, written, audited int
	err := query(t, s, `SELECT count(*), count(removed_by), (SELECT count(*) FROM audit_log WHERE action = 'limit.overridden' AND actor_id IS NOT NULL),
	  (SELECT count(*) FROM audit_log WHERE action = 'limit.override_removed' AND actor_id IS NOT NULL) FROM limit_overrides`, &rows, &removed, &written, &audited)
	if err != nil || rows != 4 || removed != 4 || written != 4 || audited != 2 {
		t.Errorf("%d overrides, %d removed; %d written and %d removed on record: %v", rows, removed, written, audited, err)
	}
}

// TestOverridesOfPeople narrows one person's guard against enumeration; a colleague's stays.
func TestOverridesOfPeople(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: api.DefaultLimits()})
	var cashier string
	if err := query(t, s, `SELECT id FROM people WHERE username = '`+apitest.Cashier+`'`, &cashier); err != nil {
		t.Fatal(err)
	}
	operator := s.SignIn(apitest.PlatformOperator)
	operator.Must(operator.Do("PUT", overridePath("unknown-vehicles", "person", cashier), map[string]any{"requests": 2, "reason": "under suspicion"}), 200, nil)
	watched, colleague := s.SignIn(apitest.Cashier), s.SignIn(apitest.Clerk)
	time.Sleep(time.Second) // the sign-ins may have read the book before
	for i := range 2 {
		watched.Refused(watched.Do("POST", "/v1/inquiries", unknownPlate(i)), 404, "vehicle_unknown")
	}
	refused := watched.Do("POST", "/v1/inquiries", unknownPlate(3))
	watched.Refused(refused, 429, "rate_limited")
	if p := refused.Problem(); p.Limit == nil || *p.Limit != "unknown-vehicles" || p.ViolatedPolicies == nil || len(*p.ViolatedPolicies) != 1 {
		t.Errorf("%s", refused.Body)
	}
	for i := range 4 {
		colleague.Refused(colleague.Do("POST", "/v1/inquiries", unknownPlate(10+i)), 404, "vehicle_unknown")
	}
}

func unknownPlate(i int) map[string]string {
	return map[string]string{"plate": fmt.Sprintf("99ی%03d99", 111+i), "purpose": "settlement"}
}

func TestWrongOverridesAreRefused(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: api.DefaultLimits()})
	office := officeOf(t, s, apitest.Cashier).String()
	operator := s.SignIn(apitest.PlatformOperator)
	body := func(changes ...any) map[string]any {
		b := map[string]any{"requests": 10, "reason": "x"}
		for i := 0; i < len(changes); i += 2 {
			b[changes[i].(string)] = changes[i+1]
		}
		return b
	}
	const nobody = "00000000-0000-4000-8000-000000000000"
	for name, c := range map[string]struct {
		path   string
		body   map[string]any
		status int
		code   string // of the problem, or of its field
	}{
		"no requests":           {overridePath("read-office", "office", office), body("requests", 0), 422, "limit_requests_range"},
		"negative":              {overridePath("read-office", "office", office), body("requests", -1), 422, "limit_requests_range"},
		"too many":              {overridePath("read-office", "office", office), body("requests", 1_000_001), 422, "limit_requests_range"},
		"no window":             {overridePath("read-office", "office", office), body("window_seconds", -60), 422, "limit_window_range"},
		"too long a window":     {overridePath("read-office", "office", office), body("window_seconds", 32*86400), 422, "limit_window_range"},
		"another quota window":  {overridePath("inquiry-office-day", "office", office), body("window_seconds", 3600), 422, "limit_window_range"},
		"no reason":             {overridePath("read-office", "office", office), body("reason", " "), 422, "limit_reason_missing"},
		"ended":                 {overridePath("read-office", "office", office), body("valid_to", time.Now().Add(-time.Hour)), 422, "limit_period_empty"},
		"ends before it begins": {overridePath("read-office", "office", office), body("valid_from", time.Now().Add(2*time.Hour), "valid_to", time.Now().Add(time.Hour)), 422, "limit_period_empty"},
		"unknown limit":         {overridePath("read-offices", "office", office), body(), 404, "limit_unknown"},
		"unknown office":        {overridePath("read-office", "office", nobody), body(), 404, "limit_subject_unknown"},
		"unknown city":          {overridePath("read-office", "municipality", "999"), body(), 404, "limit_subject_unknown"},
		"unknown client":        {overridePath("client", "client", nobody), body(), 404, "limit_subject_unknown"},
		"a code for an office":  {overridePath("read-office", "office", "520"), body(), 404, "limit_subject_unknown"},
		"an id for a city":      {overridePath("read-office", "municipality", office), body(), 404, "limit_subject_unknown"},
		"narrower than counted": {overridePath("inquiry-municipality", "office", office), body(), 422, "limit_subject_unsuited"},
		"of strangers":          {overridePath("check-address", "office", office), body(), 422, "limit_subject_unsuited"},
		"unknown kind":          {overridePath("read-office", "planet", office), body(), 422, "invalid_request"},
	} {
		a := operator.Do("PUT", c.path, c.body)
		if p := a.Problem(); a.Status != c.status || string(p.Code) != c.code {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	operator.Refused(operator.Do("GET", "/v1/limits?subject="+office, nil), 422, "limit_subject_half")
	operator.Refused(operator.Do("GET", "/v1/limits?subject_kind=office&subject="+nobody, nil), 404, "limit_subject_unknown")
	for _, username := range []string{apitest.Cashier, apitest.CityEditor, apitest.NationalApprover} {
		c := s.SignIn(username)
		c.Refused(c.Do("PUT", overridePath("read-office", "office", office), body()), 403, "not_permitted")
	}
	var rows int
	if err := query(t, s, `SELECT count(*) FROM limit_overrides`, &rows); err != nil || rows != 0 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

// TestOverridesNeedNoDatabaseToHold takes the right to read overrides away: those that are known hold on, and requests go on.
func TestOverridesNeedNoDatabaseToHold(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: api.DefaultLimits()})
	operator, cashier := s.SignIn(apitest.PlatformOperator), s.SignIn(apitest.Cashier)
	operator.Must(operator.Do("PUT", overridePath("read-office", "office", officeOf(t, s, apitest.Cashier).String()), map[string]any{"requests": 44, "reason": "x"}), 200, nil)
	eventually(t, cashier, "read-office", "q=44;w=60")
	asOwner(t, s, `REVOKE SELECT ON limit_overrides FROM mofasa_app`)
	s.Clock.Advance(10 * time.Second)
	if got := policyOf(cashier.Do("GET", "/v1/me", nil), "read-office"); got != "q=44;w=60" {
		t.Errorf("%q", got)
	}
	if !strings.Contains(s.Logs.String(), "limit overrides are as last known") {
		t.Error("nothing is logged")
	}
	asOwner(t, s, `GRANT SELECT ON limit_overrides TO mofasa_app`)
}

// TestEveryShippedLimitIsSound holds the table against what the sources take, and against the contract's own words.
func TestEveryShippedLimitIsSound(t *testing.T) {
	t.Parallel()
	rules, classes := api.DefaultLimits().Rules()
	closed, quotas := 0, 0
	for _, r := range rules {
		if err := r.Limit.Validate(); err != nil || r.Limit.Window%time.Second != 0 || len(classes[r.Limit.Name]) == 0 || r.Unknown != (r.Cost == 0) {
			t.Errorf("%+v: %v", r, err)
		}
		if r.Limit.OnFailure == ratelimit.FailClosed {
			closed++
		}
		if r.Limit.Quota {
			quotas++
		}
	}
	if closed == 0 || closed == len(rules) || quotas == 0 {
		t.Errorf("%d limits of %d fail closed, %d are quotas", closed, len(rules), quotas)
	}
	byName := map[string]api.LimitRule{}
	for class, list := range api.DefaultLimits() {
		for _, r := range list {
			if was, known := byName[r.Limit.Name]; known && was != r {
				t.Errorf("%s is another limit in class %s", r.Limit.Name, class)
			}
			byName[r.Limit.Name] = r
		}
	}
}
