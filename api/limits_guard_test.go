package api_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mofasa/api"
	"mofasa/api/apitest"
	"mofasa/api/ratelimit/localredis"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

func query(t *testing.T, s *apitest.Server, statement string, into ...any) error {
	t.Helper()
	return s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(statement).Row().Scan(into...) })
}

func asOwner(t *testing.T, s *apitest.Server, statement string) {
	t.Helper()
	if _, err := pgtest.Open(t, s.DB.OwnerURL).ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// TestEnumerationCountsDistinctVehicles repeats one unknown plate in many spellings, which costs one unit, and then asks for others, in Redis and in the process;
// then a colleague of the same office uses the office's up.
func TestEnumerationCountsDistinctVehicles(t *testing.T) {
	t.Parallel()
	redis, shared := redisLimits(t)
	for name, o := range map[string]apitest.Options{"redis": {Limits: shared}, "memory": {}} {
		t.Run(name, func(t *testing.T) {
			o.LimitTable = api.DefaultLimits()
			for _, rules := range o.LimitTable {
				for i := range rules {
					switch rules[i].Limit.Name {
					case "unknown-vehicles":
						rules[i].Limit.Requests = 3
					case "unknown-vehicles-office":
						rules[i].Limit.Requests = 5
					}
				}
			}
			s := apitest.New(t, o)
			enumerate(t, s.SignIn(apitest.Cashier), s.SignIn(apitest.Clerk), s.SignIn(apitest.OtherCashier))
		})
	}
	wantNoPlates(t, redis)
}

func enumerate(t *testing.T, curious, colleague, stranger *apitest.Client) {
	t.Helper()
	ask := func(c *apitest.Client, body any) string {
		a := c.Do("POST", "/v1/inquiries", body)
		if p := a.Problem(); a.Status == 429 && p.Limit != nil {
			return *p.Limit
		}
		return string(a.Problem().Code)
	}
	for _, spelling := range []string{"99ی11199", "۹۹ی۱۱۱۹۹", "99 ي 111 ایران 99", "۹۹ ی ۱۱۱ - ۹۹", "99ی11199", "99ی11199"} {
		if got := ask(curious, map[string]string{"plate": spelling, "purpose": "settlement"}); got != "vehicle_unknown" {
			t.Fatalf("%s: %s", spelling, got)
		}
	}
	if got := ask(curious, map[string]string{"vin": "NAAM01CA0ER999999", "purpose": "settlement"}); got != "vehicle_unknown" {
		t.Fatal(got)
	}
	if got := ask(curious, unknownPlate(1)); got != "vehicle_unknown" {
		t.Fatal(got)
	}
	if got := ask(curious, unknownPlate(2)); got != "unknown-vehicles" {
		t.Fatalf("a fourth vehicle: %s", got)
	}
	// The colleague sees one that the office has asked for already: it costs them, not the office.
	for i, want := range []string{"vehicle_unknown", "vehicle_unknown", "vehicle_unknown", "unknown-vehicles"} {
		if got := ask(colleague, unknownPlate(1+10*i)); got != want {
			t.Fatalf("%d: %s, want %s", i, got, want)
		}
	}
	stranger.Inquire(apitest.Plate)
	if got := ask(stranger, unknownPlate(1)); got != "vehicle_unknown" {
		t.Fatal(got)
	}
}

// wantNoPlates dumps all keys and values of Redis and looks for what was asked.
func wantNoPlates(t *testing.T, redis *localredis.Server) {
	t.Helper()
	dump, err := exec.Command("redis-cli", "-s", redis.Addr(), "--no-raw", "EVAL",
		`local all = {} for _, k in ipairs(redis.call('KEYS', '*')) do table.insert(all, k) table.insert(all, redis.call('GET', k)) end return all`, "0").CombinedOutput()
	if err != nil || bytes.Count(dump, []byte(":unknown-vehicles:")) < 6 {
		t.Fatalf("%v %s", err, dump)
	}
	for _, secret := range []string{"11199", "99ی", "999999", "NAAM"} {
		if strings.Contains(string(dump), secret) {
			t.Errorf("Redis knows %q:\n%s", secret, dump)
		}
	}
}

// TestOfficesGuardHoldsAcrossPeople uses the office's guard up by several people, none of whom reaches their own.
func TestOfficesGuardHoldsAcrossPeople(t *testing.T) {
	t.Parallel()
	table := api.DefaultLimits()
	for i, r := range table["inquiry"] {
		if r.Limit.Name == "unknown-vehicles-office" {
			table["inquiry"][i].Limit.Requests = 3
		}
	}
	s := apitest.New(t, apitest.Options{LimitTable: table})
	first, second := s.SignIn(apitest.Cashier), s.SignIn(apitest.Clerk)
	for i := range 2 {
		first.Refused(first.Do("POST", "/v1/inquiries", unknownPlate(i)), 404, "vehicle_unknown")
	}
	second.Refused(second.Do("POST", "/v1/inquiries", unknownPlate(7)), 404, "vehicle_unknown")
	for _, c := range []*apitest.Client{first, second} {
		a := c.Do("POST", "/v1/inquiries", unknownPlate(8))
		if p := a.Problem(); a.Status != 429 || p.Limit == nil || *p.Limit != "unknown-vehicles-office" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
}

// TestFailureModes kills Redis: what fails open is counted in the process, what fails closed is refused until Redis is back.
func TestFailureModes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	redis, limits := redisLimitsIn(t, dir)
	s := apitest.New(t, apitest.Options{Limits: limits, LimitTable: api.DefaultLimits()})
	operator, cashier := s.SignIn(apitest.PlatformOperator), s.SignIn(apitest.Cashier)
	lookUp := func() apitest.Answer {
		return operator.Do("POST", "/v1/vehicles/lookups", map[string]string{"vin": apitest.VIN, "purpose": "complaint 17"})
	}
	operator.Must(lookUp(), 200, nil)
	redis.Kill()
	for range 3 {
		refused := lookUp()
		operator.Refused(refused, 503, "rate_limiter_unavailable")
		if p := refused.Problem(); p.Limit == nil || *p.Limit != "registry-person" || refused.Header.Get("Retry-After") == "" {
			t.Errorf("%s", refused.Body)
		}
		cashier.Inquire(apitest.Plate)
		operator.Must(operator.Do("GET", "/v1/me", nil), 200, nil)
	}
	redisLimitsIn(t, dir)
	for deadline := time.Now().Add(10 * time.Second); lookUp().Status != 200; {
		if time.Now().After(deadline) {
			t.Fatal("Redis is back, and the registry is not")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestDailyQuota uses an office's day up; it lasts until Tehran's midnight, which brings the next, all of it at once.
func TestDailyQuota(t *testing.T) {
	t.Parallel()
	table := api.DefaultLimits()
	for i, r := range table["inquiry"] {
		if r.Limit.Name == "inquiry-office-day" {
			table["inquiry"][i].Limit.Requests = 3
		}
	}
	s := apitest.New(t, apitest.Options{LimitTable: table})
	sinceMidnight := (time.Duration(s.Clock.Now().UnixNano()) + 3*time.Hour + 30*time.Minute) % (24 * time.Hour)
	s.Clock.Advance(33*time.Hour - sinceMidnight) // nine in the morning
	usedUp := func() {
		t.Helper()
		c := s.SignIn(apitest.Cashier)
		refused := c.Do("POST", "/v1/inquiries", map[string]string{"plate": apitest.Plate, "purpose": "settlement"})
		c.Refused(refused, 429, "rate_limited")
		if p := refused.Problem(); p.Limit == nil || *p.Limit != "inquiry-office-day" || policyOf(refused, "inquiry-office-day") != "q=3;w=86400" {
			t.Errorf("%s %v", refused.Body, refused.Header)
		}
	}
	for range 2 {
		c := s.SignIn(apitest.Cashier)
		for range 3 {
			c.Inquire(apitest.Plate)
		}
		usedUp()
		s.Clock.Advance(14*time.Hour + 55*time.Minute)
		usedUp() // five minutes to midnight
		s.Clock.Advance(9*time.Hour + 5*time.Minute)
	}
}
