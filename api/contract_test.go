package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"mofasa/api"
	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
)

func spec(t *testing.T) *openapi3.T {
	t.Helper()
	s, err := gen.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// operation is one operation of the contract with what a test needs to call it.
type operation struct {
	method, path string
	*openapi3.Operation
}

func operations(t *testing.T) []operation {
	t.Helper()
	var list []operation
	paths := spec(t).Paths.Map()
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for method, o := range paths[path].Operations() {
			list = append(list, operation{method, path, o})
		}
	}
	return list
}

func (o operation) permission() string { p, _ := o.Extensions["x-permission"].(string); return p }

// url fills the path's parameters with well-formed values that name nothing.
func (o operation) url() string {
	return strings.NewReplacer("{order_id}", uuid.NewString(), "{serial}", "0000-0000-0000-0", "{proof}", "AAAAAAAAAAAAAAAA").Replace(o.path)
}

// bodies holds a valid body for each operation that takes one; a new operation must add its own.
var bodies = map[string]any{
	"SignIn":           map[string]string{"username": "nobody", "password": "wrong"},
	"CreateInquiry":    map[string]string{"plate": "11ب11111", "purpose": "settlement"},
	"CreateOrder":      map[string]any{"inquiry_id": uuid.NewString(), "dues": []map[string]int{{"municipality_code": 1, "fiscal_year": 1400}}},
	"CreatePayment":    map[string]string{"method": "gateway"},
	"IssueCertificate": map[string]string{"order_id": uuid.NewString()},
	"CheckCertificate": map[string]string{"serial": "0000-0000-0000-0", "proof": "AAAAAAAAAAAAAAAA"},
}

func (o operation) takesJSON() bool {
	return o.RequestBody != nil && o.RequestBody.Value.Content.Get("application/json") != nil
}

func (o operation) needsKey() bool {
	return slices.ContainsFunc(o.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == "Idempotency-Key" })
}

func TestEveryOperationDeclaresWhoAndHowOften(t *testing.T) {
	t.Parallel()
	permissions := []string{"public", "self"}
	for _, role := range []identity.Role{identity.OfficeManager, identity.OfficeCashier, identity.OfficeClerk} {
		for _, p := range role.Permissions() {
			permissions = append(permissions, string(p))
		}
	}
	classes := append(slices.Collect(maps.Keys(api.DefaultLimits())), "none")
	for _, o := range operations(t) {
		class, _ := o.Extensions["x-rate-limit"].(string)
		if !slices.Contains(permissions, o.permission()) {
			t.Errorf("%s: x-permission %q is held by no role", o.OperationID, o.permission())
		}
		if !slices.Contains(classes, class) {
			t.Errorf("%s: x-rate-limit %q is no class of limits", o.OperationID, class)
		}
		if public := o.Security != nil && len(*o.Security) == 0; public != (o.permission() == "public") {
			t.Errorf("%s: security and x-permission contradict each other", o.OperationID)
		}
		if o.takesJSON() && bodies[o.OperationID] == nil {
			t.Errorf("%s: no body to test it with", o.OperationID)
		}
	}
}

func TestContractListsEveryErrorCode(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, code := range spec(t).Components.Schemas["ProblemCode"].Value.Enum {
		listed = append(listed, code.(string))
	}
	defined := fault.Codes()
	for _, code := range defined {
		if !slices.Contains(listed, code) {
			t.Errorf("openapi.yaml lacks the code %s", code)
		}
	}
	for _, code := range listed {
		if !slices.Contains(defined, code) {
			t.Errorf("openapi.yaml lists %s, which nothing answers", code)
		}
	}
}

// TestDoor holds every operation against the failures that all share: no token, a forged one, a wrong role, an invalid body, an unknown field, an unknown id.
func TestDoor(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier, clerk, anyone := s.SignIn(apitest.Cashier), s.SignIn(apitest.Clerk), s.Anonymous()
	forged := s.Anonymous()
	forged.Token = apitest.Forge(t, cashier.Token)
	for _, o := range operations(t) {
		body := bodies[o.OperationID]
		if o.permission() != "public" {
			anyone.Refused(anyone.Once(o.method, o.url(), body), 401, "token_invalid")
			forged.Refused(forged.Once(o.method, o.url(), body), 401, "token_invalid")
		}
		if p := identity.Permission(o.permission()); identity.OfficeCashier.Permits(p) && !identity.OfficeClerk.Permits(p) {
			clerk.Refused(clerk.Once(o.method, o.url(), body), 403, "not_permitted")
		}
		if o.takesJSON() {
			wantBadBodies(cashier, o)
		}
		if o.needsKey() {
			cashier.Refused(cashier.Do(o.method, o.url(), body), 422, "invalid_request")
		}
		if o.permission() != "public" && strings.Contains(o.path, "{") {
			if a := cashier.Once(o.method, o.url(), body); a.Status != 404 {
				t.Errorf("%s of an unknown id answers %d", o.OperationID, a.Status)
			}
		}
	}
}

func wantBadBodies(c *apitest.Client, o operation) {
	c.Refused(c.Once(o.method, o.url(), []byte(`{"no_such_field":1}`)), 422, "invalid_request")
	c.Refused(c.Once(o.method, o.url(), []byte(`{`)), 400, "malformed")
	c.Refused(c.Do(o.method, o.url(), []byte(`<a/>`), "Content-Type", "application/xml", "Idempotency-Key", uuid.NewString()), 415, "content_type_unsupported")
	c.Refused(c.Once(o.method, o.url(), []byte(`{"x":"`+strings.Repeat("x", 300<<10)+`"}`)), 413, "body_too_large")
}

func TestProblemsSpeakTheCallersLanguage(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.Anonymous()
	body := map[string]string{"username": "nobody", "password": "wrong"}
	for header, want := range map[string]string{"": "نام کاربری", "fa-IR": "نام کاربری", "en-GB,en;q=0.8": "user name", "de": "نام کاربری"} {
		a := c.Do("POST", "/v1/sessions", body, "Accept-Language", header)
		if !strings.Contains(a.Problem().Title, want) || a.Header.Get("Content-Type") != "application/problem+json" || a.Problem().TraceId == "" {
			t.Errorf("%q: %s", header, a.Body)
		}
	}
}

func TestUnknownAddressesAndMethods(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.Anonymous()
	c.Refused(c.Do("GET", "/v1/nothing", nil), 404, "not_found")
	c.Refused(c.Do("DELETE", "/v1/orders", nil), 405, "method_not_allowed")
	c.Must(c.Do("GET", "/healthz", nil), 200, nil)
	c.Must(c.Do("GET", "/readyz", nil), 200, nil)
	c.Must(c.Do("GET", "/.well-known/jwks.json", nil), 200, nil)
	c.Refused(c.Do("GET", "/metrics", nil, "X-Forwarded-For", "203.0.113.7"), 404, "not_found")
	if a := c.Do("GET", "/metrics", nil); a.Status != 200 || !strings.Contains(string(a.Body), `mofasa_http_requests_total{operation="Healthz",status="200"}`) {
		t.Errorf("metrics: %d %s", a.Status, a.Body)
	}
}
