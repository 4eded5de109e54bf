package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mofasa/api"
	"mofasa/api/apitest"
	"mofasa/api/gen"
)

// at asks the server from an address of the test's choice.
func at(s *apitest.Server, address, kind, path, body string) (status int, code string) {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.RemoteAddr = address
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	s.Program.Handler.ServeHTTP(w, r)
	var problem struct{ Code string }
	_ = json.Unmarshal(w.Body.Bytes(), &problem) // a session has none
	return w.Code, problem.Code
}

func signInAt(s *apitest.Server, address, username, password string) (status int, code string) {
	return at(s, address, "application/json", "/v1/sessions", fmt.Sprintf(`{"username":%q,"password":%q}`, username, password))
}

func wantSignIn(t *testing.T, s *apitest.Server, address, username string) {
	t.Helper()
	if status, code := signInAt(s, address, username, apitest.Password); status != 201 {
		t.Fatalf("%s at %s: %d %s", username, address, status, code)
	}
}

// lockoutServers counts by the shipped limits in Redis and in the process.
func lockoutServers(t *testing.T, test func(*testing.T, *apitest.Server)) {
	t.Helper()
	_, shared := redisLimits(t)
	for name, o := range map[string]apitest.Options{"in Redis": {Limits: shared}, "in the process": {}} {
		t.Run(name, func(t *testing.T) {
			o.LimitTable = api.DefaultLimits()
			test(t, apitest.New(t, o))
		})
	}
}

const (
	home = "203.0.113.5:4000"   // a network at which the owner has signed in
	next = "203.0.113.250:4000" // another address of it
)

// TestStrangersDoNotLockAnOwnerOut guesses ten thousand times at an account from two hundred networks: nearly all guesses are refused, and the owner is never
// held back at a network from which they have signed in, nor for mistyping there now and then.
func TestStrangersDoNotLockAnOwnerOut(t *testing.T) {
	t.Parallel()
	lockoutServers(t, func(t *testing.T, s *apitest.Server) {
		wantSignIn(t, s, home, apitest.Cashier)
		answers := map[string]int{}
		for i := range 10_000 {
			address := fmt.Sprintf("198.51.%d.%d:999", i%200, i/200%250)
			if i%3 == 0 {
				address = fmt.Sprintf("[2001:db8:%x:%x::%x]:999", i%200, i%777, i)
			}
			_, code := signInAt(s, address, apitest.Cashier, "wrong")
			answers[code]++
			if i%2500 == 500 {
				if status, code := signInAt(s, home, apitest.Cashier, "mistyped"); status != 401 {
					t.Fatalf("after %d guesses the owner who mistypes is told %d %s", i, status, code)
				}
				wantSignIn(t, s, next, apitest.Cashier)
			}
		}
		// A hundred by the bound; as many again where a slow Redis is stood in for by the process for a while.
		if guessed := answers["credentials_invalid"]; guessed < 95 || guessed > 202 || guessed+answers["sign_in_delayed"]+answers["rate_limited"] != 10_000 {
			t.Errorf("answers %v, want about a hundred guesses", answers)
		}
		for _, elsewhere := range []string{"192.0.2.1:1", "[2001:db8:ffff::1]:1"} { // the bound on guesses from many networks holds for all that are not known
			if status, code := signInAt(s, elsewhere, apitest.Cashier, apitest.Password); status != 429 || code != "sign_in_delayed" {
				t.Errorf("at %s, never seen: %d %s", elsewhere, status, code)
			}
		}
		wantSignIn(t, s, "192.0.2.1:1", apitest.OtherCashier)
	})
}

// TestOneStrangerDelaysNobodyElsewhere guesses from one network, all day: who guesses waits, and the owner signs in from wherever they are for the first time.
func TestOneStrangerDelaysNobodyElsewhere(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: api.DefaultLimits()})
	guessed := 0
	for hour := range 24 {
		for i := range 50 {
			status, code := signInAt(s, fmt.Sprintf("198.51.100.%d:9", i), apitest.Cashier, "wrong")
			switch {
			case status == 401:
				guessed++
			case code != "sign_in_delayed":
				t.Fatalf("%d %s", status, code)
			}
		}
		if status, _ := signInAt(s, "198.51.100.77:9", apitest.Cashier, apitest.Password); status != 429 {
			t.Fatalf("in hour %d the stranger's network is answered %d, right or wrong", hour, status)
		}
		if hour%6 == 0 {
			wantSignIn(t, s, fmt.Sprintf("192.0.%d.1:1", hour), apitest.Cashier)
		}
		s.Clock.Advance(time.Hour)
	}
	if guessed < 20 || guessed > 44 {
		t.Errorf("%d guesses in a day, want about 43", guessed)
	}
}

// TestOneNetworkDoesNotGoThroughAListOfAccounts guesses once at each of many accounts, by one address, by all the addresses of an IPv4 network and by many
// of an IPv6 one. Whom the network knows signs in there all the same.
func TestOneNetworkDoesNotGoThroughAListOfAccounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		address func(i int) string
		most    int
	}{
		"one address":     {func(int) string { return "203.0.113.9:1" }, 30},
		"an IPv6 host":    {func(i int) string { return fmt.Sprintf("[2001:db8:1:2:%x::%x]:1", i, i) }, 30},
		"an IPv4 network": {func(i int) string { return fmt.Sprintf("203.0.113.%d:1", i%249) }, 600},
		"an IPv6 network": {func(i int) string { return fmt.Sprintf("[2001:db8:1:%x::1]:1", i) }, 600},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lockoutServers(t, func(t *testing.T, s *apitest.Server) {
				known := map[bool]string{true: "[2001:db8:1:ffff::1]:1", false: next}[strings.Contains(name, "IPv6")]
				wantSignIn(t, s, known, apitest.Cashier)
				guessed := 0
				for i := range 1500 {
					if status, _ := signInAt(s, c.address(i), fmt.Sprintf("guess%d", i), "wrong"); status == 401 {
						guessed++
					}
				}
				// As many again where a slow Redis is stood in for by the process for a while.
				if guessed < c.most || guessed > 2*c.most+3 {
					t.Errorf("%d guesses, want %d", guessed, c.most)
				}
				wantSignIn(t, s, known, apitest.Cashier)
				wantSignIn(t, s, "192.0.2.1:1", apitest.OtherCashier)
				if c.most == 600 {
					if status, code := signInAt(s, known, apitest.OtherCashier, apitest.Password); code != "sign_in_delayed" {
						t.Errorf("whom the network does not know: %d %s", status, code)
					}
				}
			})
		})
	}
}

// TestStrangersDoNotLockAClientOut guesses at the secret of a program whose id is known.
func TestStrangersDoNotLockAClientOut(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: api.DefaultLimits()})
	manager := s.SignIn(apitest.Manager)
	var made gen.CreatedClient
	manager.Must(manager.Do("POST", "/v1/clients", map[string]any{"name_fa": "حسابداری", "scopes": []string{"orders.read"}, "expires_at": s.Clock.Now().Add(24 * time.Hour)}), 201, &made)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {made.Client.Id.String()}, "client_secret": {made.Secret}}
	wrong := maps.Clone(form)
	wrong.Set("client_secret", "wrong")
	token := func(address string, form url.Values) int {
		status, _ := at(s, address, "application/x-www-form-urlencoded", "/v1/oauth/token", form.Encode())
		return status
	}
	if status := token(home, form); status != 200 {
		t.Fatal(status)
	}
	answers := map[int]int{}
	for i := range 1000 {
		answers[token(fmt.Sprintf("198.51.%d.1:1", i%100), wrong)]++
	}
	if answers[401] < 95 || answers[401] > 101 || answers[401]+answers[429] != 1000 {
		t.Errorf("answers %v", answers)
	}
	if status := token(next, form); status != 200 {
		t.Errorf("the program itself is answered %d", status)
	}
}
