package api_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"mofasa/api"
	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/api/ratelimit"
	"mofasa/tenants/identity"
)

// browser is a client that keeps the refresh cookie as a browser does.
type browser struct {
	*apitest.Client
	cookie string
}

// keep takes the cookie of an answer and checks what protects it.
func (b *browser) keep(t *testing.T, a apitest.Answer) {
	t.Helper()
	header := http.Header{"Set-Cookie": a.Header.Values("Set-Cookie")}
	cookies := (&http.Response{Header: header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies in %d %s", len(cookies), a.Status, a.Body)
	}
	c := cookies[0]
	if c.Name != "mofasa_refresh" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/v1/sessions" || c.Secure || c.Domain != "" {
		t.Errorf("the cookie is %+v", c)
	}
	b.cookie = c.Value
}

func signIn(t *testing.T, s *apitest.Server, body map[string]string, headers ...string) (*browser, apitest.Answer) {
	t.Helper()
	b := &browser{Client: s.Anonymous()}
	a := b.Do("POST", "/v1/sessions", body, headers...)
	if a.Status == 201 {
		b.keep(t, a)
		b.take(t, a)
	}
	return b, a
}

func (b *browser) take(t *testing.T, a apitest.Answer) {
	t.Helper()
	var session gen.Session
	b.Must(a, a.Status, &session)
	b.Token = session.AccessToken
}

func (b *browser) refresh(headers ...string) apitest.Answer {
	return b.Do("POST", "/v1/sessions/refresh", nil, append([]string{"Cookie", "mofasa_refresh=" + b.cookie, "X-Mofasa-Refresh", "1"}, headers...)...)
}

func credentials(username string) map[string]string {
	return map[string]string{"username": username, "password": apitest.Password}
}

func TestRefreshByCookie(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	b, _ := signIn(t, s, credentials(apitest.Cashier))
	first := b.cookie
	for range 2 {
		a := b.refresh("Sec-Fetch-Site", "same-origin")
		if a.Status != 200 || a.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		old := b.cookie
		b.keep(t, a)
		b.take(t, a)
		if b.cookie == old {
			t.Error("the cookie was not rotated")
		}
		var me gen.Me
		if b.Must(b.Do("GET", "/v1/me", nil), 200, &me); me.Id != idOfPerson(t, s, apitest.Cashier) {
			t.Errorf("the cashier is told to be %s", me.Id)
		}
	}
	stolen := &browser{Client: s.Anonymous(), cookie: first}
	stolen.Refused(stolen.refresh(), 401, "session_ended")
	b.Refused(b.refresh(), 401, "session_ended")
	b.Refused(b.Do("GET", "/v1/me", nil), 401, "token_invalid")
	b.Refused(b.Do("POST", "/v1/sessions/refresh", nil, "X-Mofasa-Refresh", "1"), 401, "session_ended")
}

// A page of another site cannot have the browser refresh: it can send no header of ours, and the browser says where it comes from.
func TestRefreshFromAnotherSite(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	b, _ := signIn(t, s, credentials(apitest.Cashier))
	b.Refused(b.Do("POST", "/v1/sessions/refresh", nil, "Cookie", "mofasa_refresh="+b.cookie), 403, "cross_site")
	for _, site := range []string{"cross-site", "same-site", "none", "x"} {
		b.Refused(b.refresh("Sec-Fetch-Site", site), 403, "cross_site")
	}
	if a := b.refresh(); a.Status != 200 || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// TestSessionFixation plants cookies before a sign-in: none is adopted, and a planted one beside the own one is not chosen.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	attacker, _ := signIn(t, s, credentials(apitest.Clerk))
	victim, _ := signIn(t, s, credentials(apitest.Cashier), "Cookie", "mofasa_refresh="+attacker.cookie)
	if victim.cookie == attacker.cookie || victim.cookie[:20] == attacker.cookie[:20] {
		t.Fatal("the planted session was adopted")
	}
	var me gen.Session
	attacker.Must(attacker.refresh(), 200, &me)
	if !strings.Contains(me.Me.NameFa, apitest.Clerk) {
		t.Errorf("the planted session is %s's", me.Me.NameFa)
	}
	victim.Refused(victim.refresh("Cookie", "mofasa_refresh="+attacker.cookie+"; mofasa_refresh="+victim.cookie), 401, "session_ended")
	victim.Must(victim.refresh(), 200, nil)
}

func TestListAndEndOwnSessions(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	here, _ := signIn(t, s, credentials(apitest.Cashier), "User-Agent", "Firefox on the counter")
	there, _ := signIn(t, s, credentials(apitest.Cashier))
	other, _ := signIn(t, s, credentials(apitest.OtherCashier))
	var list struct{ Sessions []gen.OpenSession }
	here.Must(here.Do("GET", "/v1/sessions", nil), 200, &list)
	if len(list.Sessions) != 2 {
		t.Fatalf("%+v", list)
	}
	mine := slices.IndexFunc(list.Sessions, func(o gen.OpenSession) bool { return o.Current })
	if mine < 0 || list.Sessions[mine].Program != "Firefox on the counter" || list.Sessions[mine].Network != "127.0.0.0/24" {
		t.Errorf("%+v", list)
	}
	id := list.Sessions[1-mine].Id.String()
	other.Refused(other.Do("DELETE", "/v1/sessions/"+id, nil), 404, "session_unknown")
	here.Must(here.Do("DELETE", "/v1/sessions/"+id, nil), 204, nil)
	there.Refused(there.Do("GET", "/v1/me", nil), 401, "token_invalid")
	there.Refused(there.refresh(), 401, "session_ended")
	gone := here.Do("DELETE", "/v1/sessions/current", nil)
	if gone.Status != 204 || !strings.Contains(gone.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("%d %v", gone.Status, gone.Header)
	}
	here.Refused(here.Do("GET", "/v1/me", nil), 401, "token_invalid")
	here.Refused(here.refresh(), 401, "session_ended")
	here.Refused(here.Do("DELETE", "/v1/sessions/Current", nil), 422, "invalid_request")
	other.Must(other.Do("GET", "/v1/me", nil), 200, nil)
}

// TestSecondFactorThroughTheAPI goes the way of somebody whose role demands a second factor: sign in, be let nowhere, set it up, sign in with it.
func TestSecondFactorThroughTheAPI(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{RequireSecondFactor: true})
	b, a := signIn(t, s, credentials(apitest.Cashier))
	var session gen.Session
	b.Must(a, 201, &session)
	if session.Me.SecondFactor != gen.MeSecondFactorDemanded || len(session.Me.Permissions) != 0 {
		t.Errorf("%+v", session.Me)
	}
	wantOnlySetUp(t, s, b)
	var setup gen.SecondFactorSetup
	b.Refused(b.Do("POST", "/v1/me/second-factor", map[string]string{"password": "wrong"}), 401, "credentials_invalid")
	b.Must(b.Do("POST", "/v1/me/second-factor", map[string]string{"password": apitest.Password}), 201, &setup)
	if !strings.HasPrefix(setup.Qr, "data:image/png;base64,") {
		t.Errorf("qr %.40s", setup.Qr)
	}
	b.Refused(b.Do("POST", "/v1/me/second-factor/confirmation", map[string]string{"code": "sesame"}), 401, "second_factor_invalid")
	var recovery gen.RecoveryCodes
	b.Must(b.Do("POST", "/v1/me/second-factor/confirmation", map[string]string{"code": code(t, s, setup.Secret)}), 200, &recovery)
	b.Inquire(apitest.Plate)

	_, a = signIn(t, s, credentials(apitest.Cashier))
	b.Refused(a, 401, "second_factor_required")
	with := func(code string) (*browser, apitest.Answer) {
		body := maps.Clone(credentials(apitest.Cashier))
		body["code"] = code
		return signIn(t, s, body)
	}
	_, a = with(code(t, s, setup.Secret)) // it has confirmed already
	b.Refused(a, 401, "second_factor_invalid")
	s.Clock.Advance(time.Minute)
	good, a := with(code(t, s, setup.Secret))
	good.Must(a, 201, nil)
	_, a = with(recovery.Codes[3])
	good.Must(a, 201, nil)
	_, a = with(recovery.Codes[3])
	b.Refused(a, 401, "second_factor_invalid")
	good.Inquire(apitest.Plate)
	clerk, _ := signIn(t, s, credentials(apitest.Clerk)) // takes no money
	clerk.Inquire(apitest.Plate)
}

// wantOnlySetUp calls every operation that needs a login in a session that is for setting a demanded second factor up: it reads the own account, sets up, confirms and
// signs out, and does nothing else.
func wantOnlySetUp(t *testing.T, s *apitest.Server, b *browser) {
	t.Helper()
	for _, o := range operations(t) {
		if o.permission() == "public" {
			continue
		}
		needed := slices.Contains([]string{"WhoAmI", "SetUpSecondFactor", "ConfirmSecondFactor"}, o.OperationID) // EndSession here is of another session
		a := b.Once(o.method, o.url(), bodies[o.OperationID])
		if refused := a.Status == 403 && a.Problem().Code == "second_factor_setup"; refused == needed {
			t.Errorf("%s before the second factor is set up answers %d %s", o.OperationID, a.Status, a.Problem().Code)
		}
	}
	other, a := signIn(t, s, credentials(apitest.Cashier))
	other.Must(a, 201, nil)
	other.Must(other.Do("DELETE", "/v1/sessions/current", nil), 204, nil)
}

func code(t *testing.T, s *apitest.Server, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, s.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestInviteThroughTheAPI(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	manager := s.SignIn(apitest.Manager)
	var made gen.Invitation
	manager.Must(manager.Do("POST", "/v1/invitations", map[string]string{"username": "newcomer", "name_fa": "تازه‌وارد", "national_id": "0084575948", "role": "office_clerk"}), 201, &made)
	manager.Refused(manager.Do("POST", "/v1/invitations", map[string]string{"username": "rich", "name_fa": "x", "national_id": "0084575948", "role": "office_cashier"}), 403, "invitation_grave_role")
	anyone := s.Anonymous()
	anyone.Refused(anyone.Do("POST", "/v1/invitations/acceptance", map[string]string{"token": made.Token, "password": "123456789012"}), 422, "password_common")
	anyone.Must(anyone.Do("POST", "/v1/invitations/acceptance", map[string]string{"token": made.Token, "password": apitest.Password}), 201, nil)
	anyone.Refused(anyone.Do("POST", "/v1/invitations/acceptance", map[string]string{"token": made.Token, "password": apitest.Password}), 404, "invitation_unknown")
	newcomer := s.SignIn("newcomer")
	newcomer.Inquire(apitest.Plate)
	newcomer.Refused(newcomer.Do("POST", "/v1/me/password", map[string]string{"old_password": "wrong", "new_password": "another fine sentence"}), 401, "credentials_invalid")
	newcomer.Refused(newcomer.Do("POST", "/v1/me/password", map[string]string{"old_password": apitest.Password, "new_password": "newcomer's sentence"}), 422, "password_has_username")
	newcomer.Must(newcomer.Do("POST", "/v1/me/password", map[string]string{"old_password": apitest.Password, "new_password": "another fine sentence"}), 204, nil)
	newcomer.Must(newcomer.Do("GET", "/v1/me", nil), 200, nil)
}

func grant(c *apitest.Client, form url.Values, headers ...string) apitest.Answer {
	return c.Do("POST", "/v1/oauth/token", []byte(form.Encode()), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	order := s.SignIn(apitest.Cashier).Order(apitest.Plate)
	manager := s.SignIn(apitest.Manager)
	var made gen.CreatedClient
	body := map[string]any{"name_fa": "حسابداری", "scopes": []string{"orders.read"}, "expires_at": s.Clock.Now().Add(24 * time.Hour)}
	manager.Must(manager.Do("POST", "/v1/clients", body), 201, &made)
	id := made.Client.Id.String()
	anyone := s.Anonymous()
	form := func(secret string) url.Values {
		return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	}
	basic := func(secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	bare := url.Values{"grant_type": {"client_credentials"}, "scope": {"orders.read"}}
	var token gen.ClientToken
	anyone.Must(grant(anyone, bare, "Authorization", basic(made.Secret)), 200, nil)
	anyone.Must(grant(anyone, form(made.Secret)), 200, &token)
	if token.Scope != "orders.read" || token.ExpiresIn <= 0 || token.ExpiresIn > 900 {
		t.Errorf("%+v", token)
	}
	for name, a := range map[string]apitest.Answer{
		"wrong secret": grant(anyone, form("x")), "wrong by Basic": grant(anyone, bare, "Authorization", basic("x")), "both ways": grant(anyone, form(made.Secret), "Authorization", basic(made.Secret)),
		"neither": grant(anyone, bare), "not Basic": grant(anyone, bare, "Authorization", "Basic %%%"), "a bearer": grant(anyone, bare, "Authorization", "Bearer "+token.AccessToken),
	} {
		if a.Status != 401 || a.Problem().Code != "client_invalid" || !strings.Contains(string(a.Body), `"error":"invalid_client"`) {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	anyone.Refused(grant(anyone, url.Values{"grant_type": {"password"}, "client_id": {id}, "client_secret": {made.Secret}}), 400, "grant_type_unsupported")
	more := form(made.Secret)
	more.Set("scope", "payments.create")
	anyone.Refused(grant(anyone, more), 400, "scope_invalid")

	client := s.Anonymous()
	client.Token = token.AccessToken
	client.GetOrder(order.Id)
	for _, o := range operations(t) {
		if o.permission() == "public" || o.permission() == "orders.read" {
			continue
		}
		client.Refused(client.Once(o.method, o.url(), bodies[o.OperationID]), 403, "not_permitted")
	}
	other := s.SignIn(apitest.OtherManager)
	other.Refused(other.Do("POST", "/v1/clients/"+id+"/revocation", nil), 404, "client_unknown")
	manager.Must(manager.Do("POST", "/v1/clients/"+id+"/revocation", nil), 204, nil)
	client.Refused(client.Do("GET", "/v1/orders/"+order.Id.String(), nil), 401, "token_invalid")
}

// TestFailuresDelaySignIn counts failures alone, and lets the wait grow.
func TestFailuresDelaySignIn(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]func(*testing.T, *apitest.Clock) ratelimit.Source{
		"in the process": func(_ *testing.T, clock *apitest.Clock) ratelimit.Source { return ratelimit.NewMemory(1000, clock.Now) },
		"without Redis": func(t *testing.T, clock *apitest.Clock) ratelimit.Source {
			t.Helper()
			gone, err := ratelimit.OpenRedis("redis://127.0.0.1:1/0", time.Now)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = gone.Close() })
			return ratelimit.NewFallback(gone, ratelimit.NewMemory(1000, clock.Now), 1, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &apitest.Clock{}
			s := apitest.New(t, apitest.Options{Clock: clock, Limits: limits(t, clock), LimitTable: onlyFailures()})
			c := s.Anonymous()
			try := func(username, password string) apitest.Answer {
				return c.Do("POST", "/v1/sessions", map[string]string{"username": username, "password": password})
			}
			for range 12 { // success is no failure
				c.Must(try(apitest.Cashier, apitest.Password), 201, nil)
			}
			for range 4 {
				c.Refused(try(apitest.Cashier, "wrong"), 401, "credentials_invalid")
			}
			c.Must(try(apitest.Cashier, apitest.Password), 201, nil) // which forgives the four
			for range 5 {
				c.Refused(try(" Cashier", "wrong"), 401, "credentials_invalid")
			}
			wait := delay(t, try(apitest.Cashier, apitest.Password))
			if wait < 50*time.Second || wait > time.Minute {
				t.Errorf("after five failures: %s", wait)
			}
			c.Must(try(apitest.OtherCashier, apitest.Password), 201, nil) // another account goes on
			failed, waits := 5, []time.Duration{wait}
			for failed < 32 {
				clock.Advance(wait + time.Second)
				a := try(apitest.Cashier, "wrong")
				c.Refused(a, 401, "credentials_invalid")
				failed++
				if a := try(apitest.Cashier, "wrong"); a.Status == 429 {
					wait = delay(t, a)
					waits = append(waits, wait)
				} else {
					c.Refused(a, 401, "credentials_invalid")
					failed++
					wait = 0
				}
			}
			if longest := slices.Max(waits); longest < 50*time.Minute || longest > time.Hour || !slices.ContainsFunc(waits, func(w time.Duration) bool { return w > 4*time.Minute && w < 9*time.Minute }) {
				t.Errorf("the waits were %s", waits)
			}
			clock.Advance(wait + time.Second)
			c.Must(try(apitest.Cashier, apitest.Password), 201, nil)
			c.Refused(try(apitest.Cashier, "wrong"), 401, "credentials_invalid")
		})
	}
}

// onlyFailures is the shipped table without what counts every sign-in.
func onlyFailures() api.LimitTable {
	table := api.DefaultLimits()
	for class, rules := range table {
		table[class] = slices.DeleteFunc(rules, func(r api.LimitRule) bool { return !r.Failure })
	}
	return table
}

func delay(t *testing.T, a apitest.Answer) time.Duration {
	t.Helper()
	if a.Status != 429 || a.Problem().Code != "sign_in_delayed" {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	wait, err := time.ParseDuration(a.Header.Get("Retry-After") + "s")
	if err != nil {
		t.Fatal(err)
	}
	return wait
}

// One good account at an address does not buy guesses at all others.
func TestSuccessForgivesNoAddress(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: onlyFailures()})
	c := s.Anonymous()
	for i := range 30 {
		c.Refused(c.Do("POST", "/v1/sessions", map[string]string{"username": fmt.Sprintf("guess%d", i), "password": "wrong"}), 401, "credentials_invalid")
		if i%10 == 0 {
			c.Must(c.Do("POST", "/v1/sessions", credentials(apitest.Cashier)), 201, nil)
		}
	}
	delay(t, c.Do("POST", "/v1/sessions", credentials(apitest.Cashier)))
}

// TestForgedTokens makes every token that a forger could think of out of what is public, and shows each at the door.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	claims := jwt.MapClaims{}
	if err := json.Unmarshal(apitest.TokenPayload(t, c.Token), &claims); err != nil {
		t.Fatal(err)
	}
	kid, key := s.Keys.Signer()
	public := key.Public().(ed25519.PublicKey)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	_, strange, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(method jwt.SigningMethod, with any, change map[string]any, header map[string]any) string {
		altered := maps.Clone(claims)
		for name, value := range change {
			if altered[name] = value; value == nil {
				delete(altered, name)
			}
		}
		token := jwt.NewWithClaims(method, altered)
		token.Header["kid"] = kid
		maps.Copy(token.Header, header)
		signed, err := token.SignedString(with)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	past := s.Clock.Now().Add(-time.Hour).Unix()
	parts := strings.Split(c.Token, ".")
	altered := func(change map[string]any) string { // the middle of another token, the signature of a good one
		return parts[0] + "." + strings.Split(sign(jwt.SigningMethodEdDSA, key, change, nil), ".")[1] + "." + parts[2]
	}
	raw := func(header string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + parts[1] + "."
	}
	c.Token = sign(jwt.SigningMethodEdDSA, key, nil, nil)
	c.Must(c.Do("GET", "/v1/me", nil), 200, nil) // so that the others fail for what is wrong with them
	for name, token := range map[string]string{
		"alg none":                     sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, nil),
		"alg None":                     raw(`{"alg":"None","kid":"` + kid + `"}`),
		"alg NONE with the signature":  raw(`{"alg":"NONE","kid":"`+kid+`"}`) + parts[2],
		"no alg":                       raw(`{"kid":"`+kid+`"}`) + parts[2],
		"HS256 with the public key":    sign(jwt.SigningMethodHS256, []byte(public), nil, nil),
		"HS256 with its DER":           sign(jwt.SigningMethodHS256, der, nil, nil),
		"HS256 with its JWK":           sign(jwt.SigningMethodHS256, []byte(base64.RawURLEncoding.EncodeToString(public)), nil, nil),
		"HS512 with the public key":    sign(jwt.SigningMethodHS512, []byte(public), nil, nil),
		"expired":                      sign(jwt.SigningMethodEdDSA, key, map[string]any{"exp": past}, nil),
		"without expiry":               sign(jwt.SigningMethodEdDSA, key, map[string]any{"exp": nil}, nil),
		"other audience":               sign(jwt.SigningMethodEdDSA, key, map[string]any{"aud": "another-api"}, nil),
		"no audience":                  sign(jwt.SigningMethodEdDSA, key, map[string]any{"aud": nil}, nil),
		"other issuer":                 sign(jwt.SigningMethodEdDSA, key, map[string]any{"iss": "somebody"}, nil),
		"no issuer":                    sign(jwt.SigningMethodEdDSA, key, map[string]any{"iss": nil}, nil),
		"not yet valid":                sign(jwt.SigningMethodEdDSA, key, map[string]any{"nbf": s.Clock.Now().Add(time.Hour).Unix()}, nil),
		"another's key under our id":   sign(jwt.SigningMethodEdDSA, strange, nil, nil),
		"another's key by its own id":  sign(jwt.SigningMethodEdDSA, strange, nil, map[string]any{"kid": "strange"}),
		"a key that the token brings":  sign(jwt.SigningMethodEdDSA, strange, nil, map[string]any{"jwk": map[string]string{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(strange.Public().(ed25519.PublicKey))}}),
		"no key id":                    sign(jwt.SigningMethodEdDSA, key, nil, map[string]any{"kid": ""}),
		"a key id that is a path":      sign(jwt.SigningMethodEdDSA, strange, nil, map[string]any{"kid": "../../dev/null"}),
		"another person, altered":      altered(map[string]any{"sub": uuid.NewString()}),
		"another home, altered":        altered(map[string]any{"home": "platform", "office": nil, "municipality": nil}),
		"a longer life, altered":       altered(map[string]any{"exp": s.Clock.Now().Add(24 * time.Hour).Unix()}),
		"a client, altered":            altered(map[string]any{"client": true, "sid": nil}),
		"a person as a client":         sign(jwt.SigningMethodEdDSA, key, map[string]any{"client": true, "sid": nil}, nil),
		"a client in a session":        sign(jwt.SigningMethodEdDSA, key, map[string]any{"client": true}, nil),
		"somebody else in the session": sign(jwt.SigningMethodEdDSA, key, map[string]any{"sub": uuid.NewString()}, nil),
		"another session":              sign(jwt.SigningMethodEdDSA, key, map[string]any{"sid": uuid.NewString()}, nil),
		"no signature":                 parts[0] + "." + parts[1] + ".",
		"two parts":                    parts[0] + "." + parts[1],
		"four parts":                   c.Token + ".x",
		"nothing":                      "",
		"a forged signature":           apitest.Forge(t, c.Token),
	} {
		forger := s.Anonymous()
		if a := forger.Do("GET", "/v1/me", nil, "Authorization", "Bearer "+token); a.Status != 401 || a.Problem().Code != "token_invalid" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	wantRotatedOut(t, s, c)
}

// wantRotatedOut takes the key away that signed a good token.
func wantRotatedOut(t *testing.T, s *apitest.Server, c *apitest.Client) {
	t.Helper()
	c.Must(c.Do("GET", "/v1/me", nil), 200, nil)
	s.Keys.Replace(apitest.NewKeyring(t))
	c.Refused(c.Do("GET", "/v1/me", nil), 401, "token_invalid")
	fresh := s.SignIn(apitest.Cashier)
	fresh.Must(fresh.Do("GET", "/v1/me", nil), 200, nil)
	var set gen.KeySet
	fresh.Must(fresh.Do("GET", "/.well-known/jwks.json", nil), 200, &set)
	kid, _ := s.Keys.Signer()
	if !slices.ContainsFunc(set.Keys, func(k gen.Key) bool { return k.Kid == kid }) {
		t.Errorf("the key set lacks the signing key: %+v", set)
	}
}

func TestAuthorizationHeaders(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	token := s.SignIn(apitest.Cashier).Token
	c := s.Anonymous()
	for _, header := range []string{"", "Bearer", "Bearer ", "bearer " + token, "Bearer  " + token, "Bearer " + token + " ", "Basic " + token, token, "Bearer " + token + "," + token,
		"Bearer " + strings.Repeat("x", 3000), "Bearer \u200f" + token} {
		if a := c.Do("GET", "/v1/me", nil, "Authorization", header); a.Status != 401 && header != "Bearer "+token+" " { // net/http trims the last
			t.Errorf("%q: %d", header, a.Status)
		}
	}
	c.Must(c.Do("GET", "/v1/me", nil, "Authorization", "Bearer "+token), 200, nil)
}

// FuzzToken feeds tokens and keeps the door shut: whatever parses was signed by us.
func FuzzToken(f *testing.F) {
	keys := apitest.NewKeyring(f)
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	claims := identity.Claims{PersonID: uuid.New(), SessionID: uuid.New(), Home: identity.Home{Kind: identity.AtPlatform}}
	good, _, err := identity.SignToken(keys, claims, now)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{good, "", ".", "..", good + ".", good[:len(good)-1], strings.ToUpper(good), "eyJhbGciOiJub25lIn0.e30.", apitest.Forge(f, good)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		got, err := identity.ParseToken(keys, token, now)
		if err == nil && (got != claims || token != good) {
			t.Errorf("%q is %+v", token, got)
		}
	})
}
