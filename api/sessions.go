package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"mofasa/api/gen"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
)

// The refresh token travels in a cookie that scripts cannot read and that goes to the sessions alone.
const (
	refreshCookie = "mofasa_refresh"
	refreshPath   = "/v1/sessions"
	refreshHeader = "X-Mofasa-Refresh" // a page of another origin cannot send it without asking first, and is never allowed to
)

var errForeignPage = fault.Define(fault.Forbidden, "cross_site",
	"این درخواست از صفحهٔ دیگری آمده است.", "This request comes from another site's page.")

type browserKey struct{}

// browser is what a session needs to know of the request that it is opened or refreshed by.
type browser struct {
	origin        identity.Origin
	refresh       string // the cookie's value
	site          string // Sec-Fetch-Site (W3C Fetch Metadata)
	asksToRefresh bool
	authorization string
}

func browserOf(c echo.Context) browser {
	r := c.Request()
	b := browser{origin: identity.Origin{Address: c.RealIP(), UserAgent: r.UserAgent()}, site: r.Header.Get("Sec-Fetch-Site"), asksToRefresh: r.Header.Get(refreshHeader) != "",
		authorization: r.Header.Get("Authorization")}
	if cookies := r.CookiesNamed(refreshCookie); len(cookies) == 1 { // of several, one was planted
		b.refresh = cookies[0].Value
	}
	return b
}

func browserIn(ctx context.Context) browser {
	b, _ := ctx.Value(browserKey{}).(browser)
	return b
}

// SignIn opens a session for somebody who works for an office, a city or the platform. What cookie the browser holds does not matter.
func (s *server) SignIn(ctx context.Context, r gen.SignInRequestObject) (gen.SignInResponseObject, error) {
	session, err := s.Identity.SignIn(ctx, identity.Credentials{Username: r.Body.Username, Password: r.Body.Password, Code: given(r.Body.Code), From: browserIn(ctx).origin})
	if err != nil {
		return nil, err
	}
	noStore, cookie := "no-store", s.cookie(session.Refresh, session.RefreshExpires)
	return gen.SignIn201JSONResponse{Body: sessionView(session), Headers: gen.SignIn201ResponseHeaders{CacheControl: &noStore, SetCookie: &cookie}}, nil
}

// RefreshSession trades the refresh token of the cookie for an access token and the next cookie.
func (s *server) RefreshSession(ctx context.Context, _ gen.RefreshSessionRequestObject) (gen.RefreshSessionResponseObject, error) {
	b := browserIn(ctx)
	if !b.asksToRefresh || b.site != "" && b.site != "same-origin" {
		return nil, errForeignPage
	}
	session, err := s.Identity.Refresh(ctx, b.refresh, b.origin)
	if err != nil {
		return nil, err
	}
	noStore, cookie := "no-store", s.cookie(session.Refresh, session.RefreshExpires)
	return gen.RefreshSession200JSONResponse{Body: sessionView(session), Headers: gen.RefreshSession200ResponseHeaders{CacheControl: &noStore, SetCookie: &cookie}}, nil
}

// ListSessions shows somebody their own open sessions.
func (s *server) ListSessions(ctx context.Context, _ gen.ListSessionsRequestObject) (gen.ListSessionsResponseObject, error) {
	open, err := s.Identity.Sessions(ctx, personOf(ctx).ID)
	if err != nil {
		return nil, err
	}
	answer := gen.ListSessions200JSONResponse{Sessions: []gen.OpenSession{}}
	for _, one := range open {
		answer.Sessions = append(answer.Sessions, gen.OpenSession{Id: one.ID, Current: one.ID == claimsOf(ctx).SessionID, Network: one.Network, Program: one.Program,
			CreatedAt: one.CreatedAt, LastUsedAt: one.LastUsedAt, EndsAt: one.EndsAt})
	}
	return answer, nil
}

// EndSession signs out, or ends another one of somebody's own sessions.
func (s *server) EndSession(ctx context.Context, r gen.EndSessionRequestObject) (gen.EndSessionResponseObject, error) {
	session := claimsOf(ctx).SessionID
	if r.SessionId != "current" {
		session = uuid.MustParse(r.SessionId) // the contract lets nothing else through
	}
	if personOf(ctx).MustSetUp && session != claimsOf(ctx).SessionID {
		return nil, identity.ErrFactorSetup
	}
	if err := s.Identity.EndSession(ctx, personOf(ctx).ID, session); err != nil {
		return nil, err
	}
	answer := gen.EndSession204Response{}
	if session == claimsOf(ctx).SessionID {
		gone := s.cookie("", time.Unix(0, 0))
		answer.Headers.SetCookie = &gone
	}
	return answer, nil
}

// cookie writes the refresh cookie. It goes over TLS alone, but where the server is at http://localhost for trying things out.
func (s *server) cookie(value string, expires time.Time) string {
	c := http.Cookie{Name: refreshCookie, Value: value, Path: refreshPath, Expires: expires.UTC(), MaxAge: int(expires.Sub(s.Clock()).Seconds()), HttpOnly: true,
		Secure: !isLocal(s.PublicURL), SameSite: http.SameSiteStrictMode}
	if value == "" {
		c.MaxAge = -1
	}
	return c.String()
}

func isLocal(publicURL string) bool {
	u, err := url.Parse(publicURL)
	return err == nil && u.Scheme == "http" && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
}

func sessionView(session identity.Session) gen.Session {
	return gen.Session{AccessToken: session.Token, TokenType: gen.SessionTokenTypeBearer, ExpiresAt: session.Expires, Me: meView(session.Person)}
}

// WhoAmI describes the signed-in person.
func (s *server) WhoAmI(ctx context.Context, _ gen.WhoAmIRequestObject) (gen.WhoAmIResponseObject, error) {
	return gen.WhoAmI200JSONResponse(meView(personOf(ctx))), nil
}

func meView(p identity.Person) gen.Me {
	me := gen.Me{Id: p.ID, NameFa: p.NameFA, Role: string(p.Role), Home: gen.MeHome(p.Home.Kind), Permissions: []string{}, SecondFactor: gen.MeSecondFactorNone}
	switch {
	case p.SecondFactor:
		me.SecondFactor = gen.MeSecondFactorSet
	case p.MustSetUp:
		me.SecondFactor = gen.MeSecondFactorDemanded
	}
	city := gen.Municipality{Code: p.City.ID, NameFa: p.City.NameFA, NameEn: p.City.NameEN, ProvinceFa: p.City.ProvinceFA}
	switch p.Home.Kind {
	case identity.AtOffice:
		me.Office = &gen.Office{Id: p.OfficeID, NameFa: p.OfficeNameFA, LicenceNo: p.LicenceNo, Municipality: city}
	case identity.AtMunicipality:
		me.Municipality = &city
	}
	for _, permission := range p.Permissions() {
		me.Permissions = append(me.Permissions, string(permission))
	}
	return me
}

// GetKeys publishes the verification keys of access tokens and certificates.
func (s *server) GetKeys(context.Context, gen.GetKeysRequestObject) (gen.GetKeysResponseObject, error) {
	cache := "public, max-age=300"
	answer := gen.GetKeys200JSONResponse{Headers: gen.GetKeys200ResponseHeaders{CacheControl: &cache}}
	for _, key := range slices.Concat(s.Identity.Keys(), s.SigningKeys.Publics()) {
		answer.Body.Keys = append(answer.Body.Keys, gen.Key{Alg: gen.KeyAlgEdDSA, Crv: gen.KeyCrvEd25519, Kid: key.ID, Kty: gen.KeyKtyOKP, Use: gen.KeyUseSig,
			X: base64.RawURLEncoding.EncodeToString(key.Key)})
	}
	return answer, nil
}
