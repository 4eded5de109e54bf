package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"mofasa/api/ratelimit"
	"mofasa/billing/inquiries"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
	"mofasa/tenants/vehicles"
)

// Subject says whose bucket a limit counts.
type Subject int

// The subjects.
const (
	ByAddress Subject = iota
	ByAccount         // the user name of a sign-in, wherever it comes from
	ByPerson
	ByOffice       // whoever works for no office is counted by themselves
	ByMunicipality // the city in which the office stands; its own people do not use the offices' budget up
)

// LimitRule is one limit of a class with whose bucket it counts and what a request costs; cost 0 only looks.
type LimitRule struct {
	Limit   ratelimit.Limit
	Subject Subject
	Cost    int
}

// LimitTable lists the limits of each class of x-rate-limit. A class that is not in it has no limit.
type LimitTable map[string][]LimitRule

const unknownVehicles = "unknown-vehicles"

// DefaultLimits are the limits as shipped. All of them go on inside the process, bounded, while Redis is down: a counter with a queue must not
// stand still for it.
func DefaultLimits() LimitTable {
	limit := func(name string, n int, window time.Duration, by Subject) LimitRule {
		return LimitRule{Limit: ratelimit.Limit{Name: name, Requests: n, Window: window, OnFailure: ratelimit.FailOpen}, Subject: by, Cost: 1}
	}
	unknown := limit(unknownVehicles, 30, time.Hour, ByPerson)
	unknown.Cost = 0 // charged only when a look-up finds nothing: the guard against enumeration
	return LimitTable{
		"sign-in":      {limit("sign-in-account", 10, 10*time.Minute, ByAccount), limit("sign-in-address", 60, 10*time.Minute, ByAddress)},
		"inquiry":      {limit("inquiry-office", 120, time.Minute, ByOffice), limit("inquiry-municipality", 1200, time.Minute, ByMunicipality), unknown},
		"registry":     {limit("registry-person", 240, time.Minute, ByPerson), unknown},
		"write":        {limit("write-office", 240, time.Minute, ByOffice)},
		"read":         {limit("read-office", 1200, time.Minute, ByOffice)},
		"public-check": {limit("check-address", 60, time.Minute, ByAddress)},
		"public":       {limit("public-address", 120, time.Minute, ByAddress)},
		"callback":     {limit("callback-address", 120, time.Minute, ByAddress)},
	}
}

// limit counts the request against every limit of its class, all or nothing, and says so in the headers. What we answer with a 5xx is given back.
func (s *server) limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		op := operationOf(ctx)
		if op == nil || len(s.LimitTable[op.RateLimit]) == 0 {
			return next(c)
		}
		group, takes := s.takes(c, s.LimitTable[op.RateLimit])
		decision, err := s.Limits.Take(ctx, group, takes)
		if err != nil {
			return err
		}
		ratelimit.WriteHeaders(c.Response().Header(), decision)
		if err := decision.Err(); err != nil {
			return err
		}
		err = next(c)
		s.afterwards(c, group, takes, err)
		return err
	}
}

func (s *server) afterwards(c echo.Context, group string, takes []ratelimit.Take, err error) {
	ctx := c.Request().Context()
	f := fault.Of(err)
	failed := c.Response().Status >= http.StatusInternalServerError || err != nil && statuses[faultOf(err).Kind] >= http.StatusInternalServerError
	var correction error
	switch {
	case failed:
		correction = s.Limits.Give(ctx, group, takes)
	case f != nil && (f.Code == inquiries.ErrVehicleUnknown.Code || f.Code == vehicles.ErrVehicleUnknown.Code):
		for _, t := range takes {
			if t.Limit.Name == unknownVehicles {
				t.Cost = 1
				_, correction = s.Limits.Take(ctx, group, []ratelimit.Take{t})
			}
		}
	}
	if correction != nil {
		s.Log.WarnContext(ctx, "rate limit not corrected", "error", correction)
	}
}

// takes turns the rules of a class into buckets. The group keeps the buckets of one call on one Redis Cluster slot: an office's are all grouped by
// its city, so that a city-wide limit is one bucket.
func (s *server) takes(c echo.Context, rules []LimitRule) (group string, takes []ratelimit.Take) {
	claims := claimsOf(c.Request().Context())
	group = groupOf(c, claims.Home)
	for _, r := range rules {
		if r.Subject == ByAccount {
			group = "accounts"
		}
		takes = append(takes, ratelimit.Take{Limit: r.Limit, Key: key(c, claims, r.Subject), Cost: r.Cost})
	}
	return group, takes
}

func groupOf(c echo.Context, home identity.Home) string {
	switch home.Kind {
	case identity.AtOffice, identity.AtMunicipality:
		return "municipality:" + strconv.Itoa(home.MunicipalityID)
	case identity.AtPlatform:
		return "platform"
	default:
		return "address:" + c.RealIP()
	}
}

// key names the bucket of a subject. What a caller has none of falls to the person, and never to a bucket that strangers share.
func key(c echo.Context, claims identity.Claims, subject Subject) string {
	atOffice := claims.Home.Kind == identity.AtOffice
	switch {
	case subject == ByAccount:
		return account(c)
	case subject == ByOffice && atOffice:
		return claims.OfficeID.String()
	case subject == ByMunicipality && atOffice:
		return groupOf(c, claims.Home)
	case subject != ByAddress && claims.PersonID != uuid.Nil:
		return claims.PersonID.String()
	default:
		return c.RealIP()
	}
}

// account reads the user name of a sign-in, folded so that its spelling opens no second bucket.
func account(c echo.Context) string {
	var body struct {
		Username string `json:"username"`
	}
	raw, _ := c.Request().Context().Value(bodyKey{}).([]byte)
	_ = json.Unmarshal(raw, &body) // validated against the contract before
	return "account:" + strings.ToLower(strings.TrimSpace(body.Username))
}
