package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mofasa/api"
	"mofasa/api/apitest"
	"mofasa/api/ratelimit"
	"mofasa/api/ratelimit/localredis"
)

// tight is the shipped table with small numbers.
func tight() api.LimitTable {
	table := api.DefaultLimits()
	for class, rules := range table {
		for i := range rules {
			rules[i].Limit.Requests, rules[i].Limit.Window = 3, time.Hour
		}
		table[class] = rules
	}
	return table
}

func redisLimits(t *testing.T) (*localredis.Server, ratelimit.Source) {
	t.Helper()
	return redisLimitsIn(t, t.TempDir())
}

// redisLimitsIn starts Redis in a folder, where it has the same address each time.
func redisLimitsIn(t *testing.T, dir string) (*localredis.Server, ratelimit.Source) {
	t.Helper()
	server, err := localredis.Start(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	shared, err := ratelimit.OpenRedis(server.URL(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = shared.Close() })
	return server, ratelimit.NewFallback(shared, ratelimit.NewMemory(1000, time.Now), 1, nil)
}

func TestLimitsHoldInRedisAndWithoutIt(t *testing.T) {
	t.Parallel()
	redis, limits := redisLimits(t)
	s := apitest.New(t, apitest.Options{Limits: limits, LimitTable: tight()})
	c := s.SignIn(apitest.Cashier)
	var last apitest.Answer
	for range 3 {
		last = c.Do("POST", "/v1/inquiries", map[string]string{"plate": apitest.Plate, "purpose": "settlement"})
		c.Must(last, 201, nil)
	}
	for header, part := range map[string]string{"RateLimit-Policy": `"inquiry-office";q=3;w=3600`, "RateLimit": `"inquiry-office";r=0`} {
		if !strings.Contains(last.Header.Get(header), part) {
			t.Errorf("%s: %q lacks %q", header, last.Header.Get(header), part)
		}
	}
	refused := c.Do("POST", "/v1/inquiries", map[string]string{"plate": apitest.Plate, "purpose": "settlement"})
	c.Refused(refused, 429, "rate_limited")
	if p := refused.Problem(); p.Limit == nil || p.ViolatedPolicies == nil || !slices.Contains(*p.ViolatedPolicies, *p.Limit) {
		t.Errorf("the limit is not named: %s", refused.Body)
	}
	if refused.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	// Another office in the same city shares only the city's budget, which is used up as well.
	other := s.SignIn(apitest.OtherCashier)
	other.Refused(other.Do("POST", "/v1/inquiries", map[string]string{"plate": apitest.Plate, "purpose": "settlement"}), 429, "rate_limited")

	redis.Kill()
	admitted := 0
	for range 12 {
		if a := c.Do("GET", "/v1/me", nil); a.Status == 200 {
			admitted++
		} else {
			c.Refused(a, 429, "rate_limited")
		}
	}
	if admitted == 0 || admitted > 3 {
		t.Errorf("without Redis %d of 12 were admitted, the limit is 3", admitted)
	}
}

func TestSignInIsLimitedByAccount(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: tight()})
	c := s.Anonymous()
	for _, spelling := range []string{"cashier", "Cashier", " CASHIER "} {
		c.Refused(c.Do("POST", "/v1/sessions", map[string]string{"username": spelling, "password": "wrong"}), 401, "credentials_invalid")
	}
	c.Refused(c.Do("POST", "/v1/sessions", map[string]string{"username": apitest.Cashier, "password": apitest.Password}), 429, "rate_limited")
}

// TestTwoPeopleBehindOneAddressHaveTheirOwnBuckets uses up one person's guard against enumeration; a colleague of another office at the same address goes on.
func TestTwoPeopleBehindOneAddressHaveTheirOwnBuckets(t *testing.T) {
	t.Parallel()
	table := api.DefaultLimits()
	for i := range table["inquiry"] {
		if table["inquiry"][i].Cost == 0 {
			table["inquiry"][i].Limit.Requests = 3
		}
	}
	s := apitest.New(t, apitest.Options{LimitTable: table})
	curious, honest := s.SignIn(apitest.Cashier), s.SignIn(apitest.OtherCashier)
	unknown := map[string]string{"plate": "99ی99999", "purpose": "settlement"}
	for i := range 3 {
		curious.Refused(curious.Do("POST", "/v1/inquiries", unknownPlate(i)), 404, "vehicle_unknown")
	}
	curious.Refused(curious.Do("POST", "/v1/inquiries", unknown), 429, "rate_limited")
	honest.Inquire(apitest.Plate)
	honest.Refused(honest.Do("POST", "/v1/inquiries", unknown), 404, "vehicle_unknown")
}

// TestPeopleWithoutAnOfficeHaveTheirOwnBuckets uses up the budget of one person of a city; colleagues, other cities, the platform and the offices go on.
func TestPeopleWithoutAnOfficeHaveTheirOwnBuckets(t *testing.T) {
	t.Parallel()
	table := api.DefaultLimits()
	for _, class := range []string{"read", "inquiry"} {
		for i := range table[class] {
			table[class][i].Limit.Requests, table[class][i].Limit.Window = 3, time.Hour
		}
	}
	s := apitest.New(t, apitest.Options{LimitTable: table})
	s.Platform(`UPDATE people SET municipality_id = ? WHERE username = ?`, apitest.Tehran, apitest.CaseOfficer) // where the offices stand
	for _, username := range []string{apitest.CityEditor, apitest.CityApprover, apitest.ForeignEditor, apitest.NationalEditor, apitest.NationalApprover, apitest.CaseOfficer} {
		c := s.SignIn(username)
		for range 3 {
			c.Must(c.Do("GET", "/v1/me", nil), 200, nil)
			c.Refused(c.Do("POST", "/v1/inquiries", map[string]string{"plate": apitest.Plate, "purpose": "settlement"}), 403, "not_permitted")
		}
		c.Refused(c.Do("GET", "/v1/me", nil), 429, "rate_limited")
		c.Refused(c.Do("POST", "/v1/inquiries", map[string]string{"plate": apitest.Plate, "purpose": "settlement"}), 429, "rate_limited")
	}
	cashier := s.SignIn(apitest.Cashier)
	cashier.Inquire(apitest.Plate)
	cashier.Must(cashier.Do("GET", "/v1/me", nil), 200, nil)
}

func TestPublicChecksAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: tight()})
	c := s.Anonymous()
	for range 3 {
		c.Must(c.Do("GET", "/v/0000-0000-0000-0/AAAAAAAAAAAAAAAA", nil), 200, nil)
	}
	c.Refused(c.Do("GET", "/v/0000-0000-0000-0/AAAAAAAAAAAAAAAA", nil), 429, "rate_limited")
	page := c.Do("GET", "/v/0000-0000-0000-0/AAAAAAAAAAAAAAAA", nil, "Accept", "text/html,application/xhtml+xml")
	if page.Status != 429 || page.Header.Get("Retry-After") == "" || !strings.Contains(string(page.Body), "<html") {
		t.Errorf("a browser is told %d %s", page.Status, page.Body)
	}
}
