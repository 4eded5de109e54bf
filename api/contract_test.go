package api_test

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

var readSpec = sync.OnceValues(gen.GetSpec)

func spec(t *testing.T) *openapi3.T {
	t.Helper()
	s, err := readSpec()
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

func (o operation) rateLimit() string {
	class, _ := o.Extensions["x-rate-limit"].(string)
	return class
}

// forms are the parameters that are no UUIDs, with well-formed values that name nothing.
var forms = map[string]string{"serial": "0000-0000-0000-0", "proof": "AAAAAAAAAAAAAAAA", "authority": "national", "fiscal_year": "1499", "municipality_code": "999", "number": "7",
	"text_version": "no-such", "limit": "no-such-limit", "receipt_number": "999999999", "subject_kind": "office", "subject": "00000000-0000-4000-8000-000000000000",
	"from": tomorrow().AddDays(-30).String(), "to": tomorrow().String(), "before": "national/1499/1", "after": "national/1499/2", "from_year": "1404", "account": "revenue:annual_duty"}

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
	{apitest.Clerk, identity.OfficeClerk, identity.AtOffice, apitest.OtherClerk},
	{apitest.Manager, identity.OfficeManager, identity.AtOffice, apitest.OtherManager},
	{apitest.CityEditor, identity.TariffEditor, identity.AtMunicipality, apitest.ForeignEditor},
	{apitest.CityApprover, identity.TariffApprover, identity.AtMunicipality, apitest.ForeignApprover},
	{apitest.CaseOfficer, identity.CaseOfficer, identity.AtMunicipality, apitest.ForeignCaseOfficer},
	{apitest.Treasurer, identity.Treasurer, identity.AtMunicipality, apitest.ForeignTreasurer},
	{apitest.NationalEditor, identity.TariffEditor, identity.AtPlatform, ""},
	{apitest.NationalApprover, identity.TariffApprover, identity.AtPlatform, ""},
	{apitest.PlatformOperator, identity.PlatformOperator, identity.AtPlatform, ""},
	{apitest.NationalOfficer, identity.CaseOfficer, identity.AtPlatform, ""},
	{apitest.CityAdmin, identity.MunicipalityAdmin, identity.AtMunicipality, apitest.ForeignAdmin},
	{apitest.CityAuditor, identity.Auditor, identity.AtMunicipality, apitest.ForeignAuditor},
	{apitest.Support, identity.PlatformSupport, identity.AtPlatform, ""},
	{apitest.Auditor, identity.Auditor, identity.AtPlatform, ""},
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
	"DryRunRemedy":        map[string]any{"remedy": "dismiss"},
	"ProposeRemedy":       map[string]any{"remedy": "dismiss", "reason": "x"},
	"ReportBankPayment":   map[string]any{"bank": "17", "branch": "000001", "channel": "59", "number": "N1", "trace": "000001", "bill_id": "2100012300966", "payment_id": "372050871", "amount_rial": 3_720_000, "paid_on": "1405/08/27"},
	"SignIn":              map[string]string{"username": "nobody", "password": "wrong"},
	"ChangePassword":      map[string]string{"old_password": "wrong", "new_password": "another fine sentence"},
	"SetUpSecondFactor":   map[string]string{"password": "wrong"},
	"ConfirmSecondFactor": map[string]string{"code": "sesame"},
	"RemoveSecondFactor":  map[string]string{"password": "wrong", "code": "sesame"},
	"InvitePerson":        map[string]string{"username": "newcomer", "name_fa": "تازه‌وارد", "national_id": "0084575948", "role": "mayor"},
	"AcceptInvitation":    map[string]string{"token": "none", "password": "another fine sentence"},
	"CreateClient":        map[string]any{"name_fa": "حسابداری", "scopes": []string{"mayor"}, "expires_at": "2027-01-01T00:00:00Z"},
	"RotateClient":        map[string]int{"overlap_hours": 1},

	"CreateInquiry":    map[string]string{"plate": "11ب11111", "purpose": "settlement"},
	"CreateOrder":      map[string]any{"inquiry_id": uuid.NewString(), "dues": []map[string]int{{"municipality_code": 1, "fiscal_year": 1400}}},
	"SearchOrders":     map[string]any{"number": "100001"},
	"CreateRefund":     map[string]any{"expected_available_rial": 1, "reason": "paid by mistake", "bill_id": uuid.NewString()},
	"RequestRefund":    map[string]any{"expected_available_rial": 1, "reason": "paid by mistake", "bill_id": uuid.NewString()},
	"RecordChargeback": map[string]any{"expected_available_rial": 1, "reason": "letter of the bank", "reference": "CB-1"},
	"ReportRefundPaid": map[string]string{"reference": "TR-1"},
	"ReportPayoutPaid": map[string]string{"reference": "TR-2"}, "ProposeItemVerdict": map[string]any{"went_back": true, "evidence": "SEP-1405-9", "reason": "settlement report"}, "ProposeReversalVerdict": map[string]any{"went_back": true, "evidence": "SEP-1405-9", "reason": "settlement report"},
	"CreatePayment":    map[string]string{"method": "gateway"},
	"IssueCertificate": map[string]string{"order_id": uuid.NewString()},
	"CheckCertificate": map[string]string{"serial": "0000-0000-0000-0", "proof": "AAAAAAAAAAAAAAAA"},

	"WhoLookedUpVehicle": map[string]string{"vin": "NAAM01CA0ER999999", "purpose": "complaint 17"},
	"DiscloseOwner":      map[string]string{"purpose": "court order 12"},
	"SearchOwner":        map[string]string{"national_id": "0084575948", "purpose": "heirs"},

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
	"OpenOffice":           map[string]any{"municipality_code": apitest.Shiraz, "name_fa": "دفتر نو", "licence_no": "72-0001", "valid_from": "1404/01/01"},
	"RenewOffice":          map[string]string{"valid_to": "1420/01/01"},
	"SuspendOffice":        map[string]string{"reason": "complaint 12"},
	"ReinstateOffice":      map[string]string{"reason": "settled"},
	"CloseOffice":          map[string]string{"reason": "moved away"},
	"ReclassifyOffice":     map[string]string{"class": "rural", "reason": "letter 3"},
	"SetFee":               map[string]any{"service": "clearance", "office_class": "standard", "valid_from": "1300/01/01", "amount_rial": 1, "reference": "decree 9"},
	"AskFeeAccount":        map[string]string{"iban": "IR040610000009990000000002", "reason": "letter 7"},
	"InviteDevice":         map[string]string{"name": "صندوق ۱", "kind": "till"},
	"RevokeDevice":         map[string]string{"reason": "stolen"},
	"EnrolDevice":          map[string]string{"code": "AAAA-AAAA-AAAA-AAAA", "public_key": "AA", "signature": "AA"},
	"OfferAgreementText":   map[string]string{"version": "walk", "text_fa": "متن"},
	"ProposeAgreement":     map[string]string{"office_licence": "72-0001", "kind": "end", "valid_from": "1300/01/01", "reason": "complaints"},
	"RefuseAgreement":      map[string]string{"remark": "not now"},
	"AcceptAgreement":      map[string]string{"text_version": "walk"},

	"ChangeRole":        map[string]string{"role": "auditor", "reason": "new work"},
	"ChangeStanding":    map[string]string{"standing": "locked", "reason": "a lost token"},
	"RecordNationalID":  map[string]string{"national_id": "0084575948", "reason": "seen the card"},
	"ReportOutcome":     map[string]string{"outcome": "a.b.c"},
	"DecideApproval":    map[string]string{"verdict": "refuse", "remark": "not now"},
	"DecideDues":        map[string]any{"vin": "NAAM01CA0ER999999", "kind": "review", "from_year": 1400, "through_year": 1401, "reason": map[string]string{"fa": "پرونده", "en": "case 9"}},
	"LookUpDecisions":   map[string]string{"vin": "NAAM01CA0ER999999", "purpose": "complaint 17"},
	"OverrideLimit":     map[string]any{"requests": 240, "reason": "the great office at the bazaar"},
	"EndDecision":       map[string]any{"reason": map[string]string{"fa": "پایان", "en": "closed"}},
	"SetDepositWarning": map[string]int64{"below_rial": 0},
	"TopUpDeposit":      map[string]int64{"amount_rial": 0},
	"DeclareTransfer":   map[string]any{"amount_rial": 10_000, "reference": "1", "paid_on": "1404/05/01"},
	"AskWithdrawal":     map[string]any{"amount_rial": 10_000, "iban": "IR860610000009990000009001"},
	"RefuseTransfer":    map[string]string{"remark": "not in the account"},
	"PayWithdrawal":     map[string]string{"reference": "77-118"},
	"RefuseWithdrawal":  map[string]string{"remark": "not the office's account"},
	"OpenShift":         map[string]int64{"opening_float_rial": 0},
	"CloseShift":        map[string]any{"counted": []map[string]any{{"method": "deposit", "amount_rial": 0}}},
	"SetShiftRule":      map[string]bool{"required": false},
	"AskForGateway":     map[string]any{"municipality_code": apitest.Shiraz, "provider": "sep", "terminal": "0", "reason": "the city's own"},
	"AskToCloseGateway": map[string]string{"reason": "the contract is over"},

	"MoveMunicipality":           map[string]string{"stage": "active", "reason": "the council's wish"},
	"DiffMunicipalityPack":       map[string]any{"pack": cityPack},
	"ApplyMunicipalityPack":      map[string]any{"number": 1, "reason": "new account", "pack": cityPack},
	"RollBackMunicipalityConfig": map[string]any{"number": 1, "reason": "wrong account"},
}

// cityPack is a pack of the visited city.
var cityPack = map[string]any{"code": apitest.Shiraz, "names": map[string]string{"fa": "شیراز", "en": "Shiraz"}, "province": map[string]string{"fa": "فارس", "en": "Fars"}, "county": "شیراز",
	"accounts": map[string]string{"*": "IR040610000009990000000001"}, "bill": map[string]int{"company": apitest.Shiraz, "prefix": 10}}

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
			for _, wrong := range strictness(people, o, worker.permits) {
				t.Error(wrong)
			}
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

// things names, for each parameter of a path that needs a login, something of the visited office or city; a new parameter must add its own.
var things = map[string]func(visit) string{
	"order_id":            func(v visit) string { return v.order.String() },
	"inquiry_id":          func(v visit) string { return v.one(`SELECT inquiry_id FROM orders WHERE id = ?`, v.order) },
	"serial":              func(v visit) string { return v.serial },
	"vehicle_id":          func(v visit) string { return v.vehicle.String() },
	"external_payment_id": func(v visit) string { return v.anyID("external_payments") },
	"session_id":          func(v visit) string { return v.spare[identity.AtOffice].session.String() },
	"client_id":           func(v visit) string { return v.anyID("api_clients") },
	"draft_id":            func(v visit) string { return v.anyID("tariff_drafts") },
	"preview_id":          func(v visit) string { return v.anyID("tariff_previews") },
	"correction_id":       func(v visit) string { return v.anyID("correction_runs") },
	"limit":               func(visit) string { return "inquiry-office" },
	"subject_kind":        func(visit) string { return "office" },
	"subject":             func(v visit) string { return v.office.String() },
	"municipality_code":   func(visit) string { return strconv.Itoa(apitest.Shiraz) },
	"decision_id":         func(v visit) string { return v.anyID("due_decisions") },
	"office_id":           func(v visit) string { return v.office.String() },
	"device_id":           func(v visit) string { return v.anyID("devices") },
	"text_version":        func(visit) string { return "walk" },
	"item_id":             func(v visit) string { return v.anyID("suspense_items") },
	"payment_id":          func(v visit) string { return v.payment.String() },
	"refund_id":           func(v visit) string { return v.anyID("refunds") },
	"payout_id":           func(v visit) string { return v.anyID("suspense_payouts") },
	"gateway_id":          func(v visit) string { return v.anyID("gateways") },
	"receipt_number": func(v visit) string {
		return v.one(`SELECT number::text FROM receipts WHERE payment_id = ?`, v.payment)
	},
	"transfer_id":   func(v visit) string { return v.anyID("deposit_transfers") },
	"withdrawal_id": func(v visit) string { return v.anyID("deposit_withdrawals") },
	"shift_id":      func(v visit) string { return v.anyID("shifts") },
	"proposal_id":   func(v visit) string { return v.anyID("agreement_proposals") },
}

// anyID is the id of a row that the visit has left in a table.
func (v visit) anyID(table string) string { return v.one(`SELECT id FROM ` + table + ` LIMIT 1`) }

// one is the one text that a query answers.
func (v visit) one(query string, args ...any) (text string) {
	err := v.Program.Runner.InTx(v.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(query, args...).Row().Scan(&text)
	})
	if err != nil {
		panic(err) // keepRecords leaves one
	}
	return text
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
