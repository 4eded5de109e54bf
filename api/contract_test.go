package api_test

import (
	"maps"
	"net/url"
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
	"mofasa/tenants/scope"
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

// forms are the parameters that are no UUIDs, with well-formed values that name nothing.
var forms = map[string]string{"serial": "0000-0000-0000-0", "proof": "AAAAAAAAAAAAAAAA", "authority": "national", "fiscal_year": "1499", "number": "7",
	"before": "national/1499/1", "after": "national/1499/2", "from_year": "1404"}

// url fills the path's parameters, and those of the query that must be there, with values that name nothing.
func (o operation) url() string {
	path := o.path
	for _, name := range o.pathParameters() {
		value := forms[name]
		if value == "" {
			value = uuid.NewString()
		}
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	query := url.Values{}
	for _, p := range o.Parameters {
		if p.Value.In == "query" && p.Value.Required {
			query.Set(p.Value.Name, forms[p.Value.Name])
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func (o operation) pathParameters() (names []string) {
	for _, part := range strings.Split(o.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// worker is one of the seeded people, with a colleague in the same role at another office or city, where there is one.
type worker struct {
	username string
	role     identity.Role
	at       identity.HomeKind
	stranger string
}

// staff has somebody of every role at every kind of home. The first who holds a permission is its holder.
var staff = []worker{
	{apitest.Cashier, identity.OfficeCashier, identity.AtOffice, apitest.OtherCashier},
	{apitest.Clerk, identity.OfficeClerk, identity.AtOffice, ""},
	{apitest.CityEditor, identity.TariffEditor, identity.AtMunicipality, apitest.ForeignEditor},
	{apitest.CityApprover, identity.TariffApprover, identity.AtMunicipality, apitest.ForeignApprover},
	{apitest.CaseOfficer, identity.CaseOfficer, identity.AtMunicipality, apitest.ForeignCaseOfficer},
	{apitest.Treasurer, identity.Treasurer, identity.AtMunicipality, apitest.ForeignTreasurer},
	{apitest.NationalEditor, identity.TariffEditor, identity.AtPlatform, ""},
	{apitest.NationalApprover, identity.TariffApprover, identity.AtPlatform, ""},
	{apitest.PlatformOperator, identity.PlatformOperator, identity.AtPlatform, ""},
	{apitest.NationalOfficer, identity.CaseOfficer, identity.AtPlatform, ""},
}

func (w worker) permits(permission string) bool {
	return permission == "self" || slices.Contains(w.role.Permissions(w.at), identity.Permission(permission))
}

// holder is somebody who may call the operation; the cashier, where nobody must hold anything.
func (o operation) holder(t *testing.T) worker {
	t.Helper()
	at := slices.IndexFunc(staff, func(w worker) bool { return o.permission() == "public" || w.permits(o.permission()) })
	if at < 0 {
		t.Fatalf("%s: x-permission %q is held by nobody", o.OperationID, o.permission())
	}
	return staff[at]
}

// crew signs everybody of staff in.
func crew(s *apitest.Server) map[string]*apitest.Client {
	clients := map[string]*apitest.Client{}
	for _, w := range staff {
		clients[w.username] = s.SignIn(w.username)
		if w.stranger != "" {
			clients[w.stranger] = s.SignIn(w.stranger)
		}
	}
	return clients
}

// bodies holds a valid body for each operation that takes one; a new operation must add its own.
var bodies = map[string]any{
	"SignIn":           map[string]string{"username": "nobody", "password": "wrong"},
	"CreateInquiry":    map[string]string{"plate": "11ب11111", "purpose": "settlement"},
	"CreateOrder":      map[string]any{"inquiry_id": uuid.NewString(), "dues": []map[string]int{{"municipality_code": 1, "fiscal_year": 1400}}},
	"CreatePayment":    map[string]string{"method": "gateway"},
	"IssueCertificate": map[string]string{"order_id": uuid.NewString()},
	"CheckCertificate": map[string]string{"serial": "0000-0000-0000-0", "proof": "AAAAAAAAAAAAAAAA"},

	"LookUpVehicle":           map[string]string{"vin": "NAAM01CA0ER999999", "purpose": "complaint 17"},
	"TransferOwnership":       map[string]any{"day": "1404/05/01", "owner": buyer, "plate": "21ج34568", "residence": 218},
	"MoveResidence":           map[string]any{"day": "1404/05/01", "residence": 218},
	"ChangePlate":             map[string]string{"day": "1404/05/01", "plate": "21ج34568"},
	"DeclareGap":              map[string]string{"history": "plate", "from": "1404/05/01", "reason": "taken off"},
	"CorrectEntry":            map[string]any{"history": "owner", "entry": "1393/03/10", "owner": buyer, "reason": "misread deed"},
	"RetireVehicle":           map[string]string{"day": "1404/05/01", "manner": "scrapped", "reference": "SC-9"},
	"MergeVehicles":           map[string]string{"duplicate_id": uuid.NewString(), "reason": "same chassis"},
	"ReportExternalPayment":   map[string]any{"vin": "NAAM01CA0ER999999", "fiscal_year": 1403, "amount_rial": 12_500_000, "paid_on": "1404/01/20", "reference": "77-118"},
	"WithdrawExternalPayment": map[string]string{"reason": "the cheque bounced"},

	"ValidateTariff":       map[string]any{"fiscal_year": 1405, "rules": []any{}},
	"CreateTariffDraft":    map[string]any{"reason": "the council's decision 17", "version": map[string]any{"fiscal_year": 1405, "rules": []any{}}},
	"ReviseTariffDraft":    map[string]any{"revision": 1, "version": map[string]any{"fiscal_year": 1405, "rules": []any{}}},
	"SubmitTariffDraft":    map[string]int{"revision": 1},
	"ApproveTariffDraft":   map[string]int{"revision": 1},
	"PublishTariffDraft":   map[string]int{"revision": 1},
	"GiveBackTariffDraft":  map[string]string{"remark": "the rate is last year's"},
	"WithdrawTariffDraft":  map[string]string{"remark": "not needed"},
	"RequestTariffPreview": map[string]any{"drafts": []string{uuid.NewString()}},
	"ListAffectedBills":    map[string]string{"wrong": "national/1404/8", "right": "national/1404/9", "reason": "the rate was last year's"},
	"PreviewValuations":    valuationList,
	"ImportValuations":     valuationList,
	"DecideByAnalogy":      map[string]any{"type_code": "X-1", "fiscal_year": 1404, "basis_type": "X-2", "reason": "discontinued"},
	"DecideDues":           map[string]any{"vin": "NAAM01CA0ER999999", "kind": "review", "from_year": 1400, "through_year": 1401, "reason": map[string]string{"fa": "پرونده", "en": "case 9"}},
	"LookUpDecisions":      map[string]string{"vin": "NAAM01CA0ER999999", "purpose": "complaint 17"},
	"EndDecision":          map[string]any{"reason": map[string]string{"fa": "پایان", "en": "closed"}},
}

// valuationList is a file that changes nothing.
const valuationList apitest.CSV = "fiscal_year,type_code,type_name_fa,base_rial\n"

// readsAnyText holds for the operation that says what is wrong with a text instead of refusing it.
func (o operation) readsAnyText() bool { return o.OperationID == "ValidateTariff" }

func (o operation) takesJSON() bool {
	return o.RequestBody != nil && o.RequestBody.Value.Content.Get("application/json") != nil
}

func (o operation) needsKey() bool {
	return slices.ContainsFunc(o.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == "Idempotency-Key" })
}

func TestEveryOperationDeclaresWhoAndHowOften(t *testing.T) {
	t.Parallel()
	permissions := []string{"public", "self"}
	for _, w := range staff {
		for _, p := range w.role.Permissions(w.at) {
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
	people, anyone := crew(s), s.Anonymous()
	forged := s.Anonymous()
	forged.Token = apitest.Forge(t, people[apitest.Cashier].Token)
	for _, o := range operations(t) {
		body, holder := bodies[o.OperationID], people[o.holder(t).username]
		if o.permission() != "public" {
			anyone.Refused(anyone.Once(o.method, o.url(), body), 401, "token_invalid")
			forged.Refused(forged.Once(o.method, o.url(), body), 401, "token_invalid")
			wantStrictness(t, people, o)
		}
		if o.takesJSON() {
			wantBadBodies(holder, o)
		}
		if o.needsKey() {
			holder.Refused(holder.Do(o.method, o.url(), body), 422, "invalid_request")
		}
		if o.permission() != "public" && strings.Contains(o.path, "{") {
			if a := holder.Once(o.method, o.url(), body); a.Status != 404 {
				t.Errorf("%s of an unknown id answers %d", o.OperationID, a.Status)
			}
		}
	}
}

// wantStrictness has everybody call the operation: whoever does not hold its permission at their home is refused for that, and nobody else is.
func wantStrictness(t *testing.T, people map[string]*apitest.Client, o operation) {
	t.Helper()
	for _, w := range staff {
		a := people[w.username].Once(o.method, o.url(), bodies[o.OperationID])
		if refused := a.Status == 403 && a.Problem().Code == "not_permitted"; refused == w.permits(o.permission()) {
			t.Errorf("%s by %s, who works for %s: %d %s", o.OperationID, w.username, w.at, a.Status, a.Body)
		}
	}
}

// things names, for each parameter of a path that needs a login, something of the visited office or city; a new parameter must add its own.
var things = map[string]func(visit) string{
	"order_id":            func(v visit) string { return v.order.String() },
	"serial":              func(v visit) string { return v.serial },
	"vehicle_id":          func(v visit) string { return v.vehicle.String() },
	"external_payment_id": func(v visit) string { return v.anyID("external_payments") },
	"draft_id":            func(v visit) string { return v.anyID("tariff_drafts") },
	"preview_id":          func(v visit) string { return v.anyID("tariff_previews") },
	"correction_id":       func(v visit) string { return v.anyID("correction_runs") },
	"decision_id":         func(v visit) string { return v.anyID("due_decisions") },
}

// anyID is the id of a row that the visit has left in a table.
func (v visit) anyID(table string) (id string) {
	err := v.Program.Runner.InTx(v.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT id FROM ` + table + ` LIMIT 1`).Row().Scan(&id)
	})
	if err != nil {
		panic(err) // keepRecords leaves one
	}
	return id
}

// TestForeignTenantsFindNothing calls every operation on something of another office or city, in the same role: it is not there. Its own people find it.
func TestForeignTenantsFindNothing(t *testing.T) {
	t.Parallel()
	v := visited(t)
	people := crew(v.Server)
	for _, o := range operations(t) {
		if o.permission() == "public" || !strings.Contains(o.path, "{") || o.OperationID == "GetTariffVersion" { // what is published, everybody may read
			continue
		}
		path, holder := o.path, o.holder(t)
		for _, name := range o.pathParameters() {
			if things[name] == nil {
				t.Errorf("%s: nothing that %s could name", o.OperationID, name)
				continue
			}
			path = strings.ReplaceAll(path, "{"+name+"}", things[name](v))
		}
		if stranger := people[holder.stranger]; stranger != nil {
			if a := stranger.Once(o.method, path, bodies[o.OperationID]); a.Status != 404 {
				t.Errorf("%s by %s answers %d %s", o.OperationID, holder.stranger, a.Status, a.Body)
			}
		}
		if a := people[holder.username].Once(o.method, path, bodies[o.OperationID]); a.Status == 404 || a.Status >= 500 {
			t.Errorf("%s by %s answers %d %s", o.OperationID, holder.username, a.Status, a.Body)
		}
	}
}

func wantBadBodies(c *apitest.Client, o operation) {
	if !o.readsAnyText() {
		c.Refused(c.Once(o.method, o.url(), []byte(`{"no_such_field":1}`)), 422, "invalid_request")
	}
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
