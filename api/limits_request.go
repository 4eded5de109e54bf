package api

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"mofasa/api/ratelimit"
	"mofasa/billing/inquiries"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/identity"
	"mofasa/tenants/limits"
	"mofasa/tenants/vehicles"
)

// counted is what a request was held against.
type counted struct {
	group  string
	takes  []ratelimit.Take
	guards []ratelimit.Take // of takes: what an unknown vehicle is charged to
	failed []failureTake    // of takes: what a wrong secret is charged to
}

// limit counts the request against every limit of its class, all or nothing, and says so in the headers. What we answer with a 5xx is given back, also when a
// handler panics.
func (s *server) limit(m meter) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx := c.Request().Context()
			op := operationOf(ctx)
			if op == nil || len(s.LimitTable[op.RateLimit]) == 0 {
				return next(c)
			}
			began := s.Clock()
			counted := s.count(c, s.LimitTable[op.RateLimit])
			decision, err := s.Limits.Take(ctx, counted.group, counted.takes)
			m.limiter.WithLabelValues(op.ID).Observe(s.Clock().Sub(began).Seconds())
			if err != nil {
				return err
			}
			ratelimit.WriteHeaders(c.Response().Header(), decision)
			if err := delayed(decision, counted); err != nil {
				return err
			}
			returned := false
			defer func() {
				if !returned {
					s.giveBack(ctx, counted) // the panic goes on to observe
				}
			}()
			err = next(c)
			returned = true
			s.afterwards(c, counted, err)
			return err
		}
	}
}

// afterwards corrects what was counted, now that the answer is known.
func (s *server) afterwards(c echo.Context, counted counted, err error) {
	f := fault.Of(err)
	failed := c.Response().Status >= http.StatusInternalServerError || err != nil && statuses[faultOf(err).Kind] >= http.StatusInternalServerError
	switch {
	case failed && !hungUp(c.Request().Context(), err):
		s.giveBack(c.Request().Context(), counted)
	case f != nil && (f.Code == inquiries.ErrVehicleUnknown.Code || f.Code == vehicles.ErrVehicleUnknown.Code):
		s.chargeUnknown(c, counted)
	}
	if !failed {
		s.settleFailures(c.Request().Context(), counted, err)
	}
}

// hungUp holds where the caller's own hanging up ended the work. It stays charged, or whoever hangs up early would work us for nothing.
func hungUp(ctx context.Context, err error) bool {
	return errors.Is(ctx.Err(), context.Canceled) && errors.Is(err, context.Canceled)
}

// giveBack outlives a caller who is gone: the failure was ours all the same.
func (s *server) giveBack(ctx context.Context, counted counted) {
	if err := s.Limits.Give(context.WithoutCancel(ctx), counted.group, counted.takes); err != nil {
		s.Log.WarnContext(ctx, "rate limit not given back", "error", err)
	}
}

// chargeUnknown charges the guards against enumeration for a vehicle that does not exist; asking for the same one again costs nothing.
func (s *server) chargeUnknown(c echo.Context, counted counted) {
	if len(counted.guards) == 0 {
		return
	}
	ctx := context.WithoutCancel(c.Request().Context())
	item := s.soughtBy(c)
	for i := range counted.guards {
		counted.guards[i].Cost, counted.guards[i].Item = 1, item
	}
	if _, err := s.Limits.Take(ctx, counted.group, counted.guards); err != nil {
		s.Log.WarnContext(ctx, "unknown vehicle not counted", "error", err)
	}
}

// soughtBy tells apart what requests looked for, whatever the spelling, under a key: a plate can be guessed, and no counter may know it.
func (s *server) soughtBy(c echo.Context) string {
	raw, _ := c.Request().Context().Value(bodyKey{}).([]byte)
	var body struct{ Plate, VIN string }
	_ = json.Unmarshal(raw, &body) // validated against the contract before
	sought := c.Request().URL.Path + "\n" + string(raw)
	if plate, err := identifiers.ParsePlate(body.Plate); body.Plate != "" && err == nil {
		sought = "plate " + plate.String()
	} else if vin, err := identifiers.ParseVIN(body.VIN); body.VIN != "" && err == nil {
		sought = "vin " + vin.String()
	}
	sum := hmac.New(sha256.New, s.DigestKey)
	sum.Write([]byte("unknown vehicle\n" + sought))
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

// count turns the rules of a class into buckets, as they are overridden for the caller now. The group keeps the buckets of one call on one Redis Cluster slot:
// an office's are all grouped by its city, so that a city-wide limit is one bucket.
func (s *server) count(c echo.Context, rules []LimitRule) counted {
	claims := claimsOf(c.Request().Context())
	n := counted{group: groupOf(c, claims.Home)}
	book, subjects := s.overrides(c.Request().Context(), claims), subjectsOf(claims)
	for _, r := range rules {
		if r.Subject == ByAccount || r.Subject == ByAccountAtNetwork {
			n.group = "accounts"
		}
		if r.Subject == ByClient && claims.ClientID == uuid.Nil {
			continue
		}
		l, _ := r.Overridden(book, s.Clock(), subjects)
		take := ratelimit.Take{Limit: l, Key: key(c, claims, r.Subject), Cost: r.Cost}
		if r.Known {
			take.Pass.Name = passOf(c, r.Subject)
		}
		n.takes = append(n.takes, take)
		if r.Unknown {
			n.guards = append(n.guards, take)
		}
		if r.Failure {
			n.failed = append(n.failed, failureTake{take, r.Subject})
		}
	}
	return n
}

// overrides is the book of the moment. Strangers have no overrides, and cost no look at it.
func (s *server) overrides(ctx context.Context, claims identity.Claims) limits.Book {
	if s.LimitBook == nil || claims.Kind == "" {
		return limits.Book{}
	}
	book, err := s.LimitBook.Book(ctx)
	if err != nil {
		s.Log.WarnContext(ctx, "limit overrides are as last known", "error", err)
	}
	return book
}

// subjectsOf lists what a caller is to an override, from narrow to wide.
func subjectsOf(claims identity.Claims) (list []limits.Subject) {
	if claims.PersonID != uuid.Nil {
		list = append(list, limits.Subject{Kind: limits.Person, ID: claims.PersonID.String()})
	}
	if claims.ClientID != uuid.Nil {
		list = append(list, limits.Subject{Kind: limits.Client, ID: claims.ClientID.String()})
	}
	if claims.OfficeID != uuid.Nil {
		list = append(list, limits.Subject{Kind: limits.Office, ID: claims.OfficeID.String()})
	}
	if claims.MunicipalityID != 0 {
		list = append(list, limits.SubjectCity(claims.MunicipalityID))
	}
	return list
}

func groupOf(c echo.Context, home identity.Home) string {
	switch home.Kind {
	case identity.AtOffice, identity.AtMunicipality:
		return "municipality:" + strconv.Itoa(home.MunicipalityID)
	case identity.AtPlatform:
		return "platform"
	default:
		return "address:" + addressOf(c)
	}
}

// key names the bucket of a subject. What a caller has none of falls to the person or the client, and never to a bucket that strangers share.
func key(c echo.Context, claims identity.Claims, subject Subject) string {
	atOffice := claims.Home.Kind == identity.AtOffice
	switch {
	case subject == ByAccount:
		return account(c)
	case subject == ByAccountAtNetwork:
		return account(c) + " at " + networkOf(c)
	case subject == ByNetwork:
		return networkOf(c)
	case subject == ByOffice && atOffice:
		return claims.OfficeID.String()
	case subject == ByMunicipality && atOffice:
		return groupOf(c, claims.Home)
	case subject != ByAddress && claims.PersonID != uuid.Nil:
		return claims.PersonID.String()
	case subject != ByAddress && claims.ClientID != uuid.Nil:
		return claims.ClientID.String()
	default:
		return addressOf(c)
	}
}

// passOf is by what a subject knows whom it lets through: an account its networks, a network its accounts.
func passOf(c echo.Context, subject Subject) string {
	if subject == ByNetwork {
		return account(c)
	}
	return networkOf(c)
}

// addressOf is the caller's IPv4 address, or of IPv6 the first 64 bits, which one subscriber has whole (RFC 6177).
func addressOf(c echo.Context) string {
	address, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		return c.RealIP()
	}
	if address = address.Unmap(); address.Is4() {
		return address.String()
	}
	return netip.PrefixFrom(address.WithZone(""), 64).Masked().String()
}

func networkOf(c echo.Context) string {
	return cmp.Or(identity.Origin{Address: c.RealIP()}.Network(), c.RealIP())
}

// account reads the user name of a sign-in, or the id of an API client, folded so that its spelling opens no second bucket.
func account(c echo.Context) string {
	raw, _ := c.Request().Context().Value(bodyKey{}).([]byte)
	if id, isForm := clientAccount(c.Request(), raw); isForm {
		return "client:" + strings.ToLower(strings.TrimSpace(id))
	}
	var body struct {
		Username string `json:"username"`
	}
	_ = json.Unmarshal(raw, &body) // validated against the contract before
	return "account:" + strings.ToLower(strings.TrimSpace(body.Username))
}

// clientAccount is the id that a client asks for a token by.
func clientAccount(r *http.Request, raw []byte) (id string, isForm bool) {
	if contentType(r) != "application/x-www-form-urlencoded" {
		return "", false
	}
	if id, _, ok := basicCredentials(r.Header.Get("Authorization")); ok {
		return id, true
	}
	form, _ := url.ParseQuery(string(raw)) // what does not parse has no id
	return form.Get("client_id"), true
}
