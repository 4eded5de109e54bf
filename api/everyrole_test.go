package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/api"
	"mofasa/api/apitest"
	"mofasa/tenants/identity"
	"mofasa/tenants/scope"
)

func TestEveryOperationDeclaresWhoAndHowOften(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		for _, wrong := range undecided(o, staff) {
			t.Error(wrong)
		}
	}
}

// undecided says what an operation leaves open: who may call it, how often, or with which body it is tested.
func undecided(o operation, staff []worker) (wrong []string) {
	open := func(format string, args ...any) {
		wrong = append(wrong, o.OperationID+": "+fmt.Sprintf(format, args...))
	}
	held := func(w worker) bool { return o.permission() != "" && w.permits(o.permission()) }
	if o.permission() != "public" && !slices.ContainsFunc(staff, held) {
		open("x-permission %q is held by no role", o.permission())
	}
	if _, known := api.DefaultLimits()[o.rateLimit()]; !known && o.rateLimit() != "none" {
		open("x-rate-limit %q is no class of limits", o.rateLimit())
	}
	if public := o.Security != nil && len(*o.Security) == 0; public != (o.permission() == "public") {
		open("security and x-permission contradict each other")
	}
	if o.takesJSON() && bodies[o.OperationID] == nil {
		open("no body to test it with")
	}
	if o.permission() != "public" {
		for _, name := range o.pathParameters() {
			if things[name] == nil && homeThings[name] == nil && !published[o.OperationID] {
				open("nothing that %s could name", name)
			}
		}
	}
	return wrong
}

// TestAnUndecidedOperationFails takes each decision away from each operation in turn, and each permission from the table of roles, and expects the walk to name it.
func TestAnUndecidedOperationFails(t *testing.T) {
	t.Parallel()
	for _, o := range operations(t) {
		for name, extensions := range map[string]map[string]any{
			"no permission":         {"x-rate-limit": o.rateLimit()},
			"an unknown permission": {"x-rate-limit": o.rateLimit(), "x-permission": "orders.reed"},
			"no rate limit":         {"x-permission": o.permission()},
			"an unknown limit":      {"x-permission": o.permission(), "x-rate-limit": "often"},
		} {
			fake := *o.Operation
			fake.Extensions = extensions
			if len(undecided(operation{o.method, o.path, &fake}, staff)) == 0 {
				t.Errorf("%s with %s passes", o.OperationID, name)
			}
		}
		if o.permission() == "public" {
			fake := *o.Operation
			fake.Security = nil
			if len(undecided(operation{o.method, o.path, &fake}, staff)) == 0 {
				t.Errorf("%s with a login that nobody needs passes", o.OperationID)
			}
			continue
		}
		if o.permission() == "self" {
			continue
		}
		unable := slices.DeleteFunc(slices.Clone(staff), func(w worker) bool { return w.permits(o.permission()) })
		if len(undecided(o, unable)) == 0 {
			t.Errorf("%s passes although nobody may call it", o.OperationID)
		}
		if len(o.pathParameters()) > 0 && !published[o.OperationID] {
			fake := operation{o.method, strings.NewReplacer("{", "{no_").Replace(o.path), o.Operation}
			if len(undecided(fake, staff)) == 0 {
				t.Errorf("%s passes although nothing is there to call it on", o.OperationID)
			}
		}
	}
}

// TestStaffIsEverybody holds staff against the table of roles: somebody of every role at every home, and a colleague elsewhere where there is an elsewhere.
func TestStaffIsEverybody(t *testing.T) {
	t.Parallel()
	for _, role := range identity.Roles() {
		for _, at := range []identity.HomeKind{identity.AtOffice, identity.AtMunicipality, identity.AtPlatform} {
			n := slices.IndexFunc(staff, func(w worker) bool { return w.role == role && w.at == at })
			switch {
			case role.Fits(at) != (n >= 0):
				t.Errorf("%s at %s: one of staff is number %d", role, at, n)
			case n >= 0 && (staff[n].stranger == "") != (at == identity.AtPlatform):
				t.Errorf("%s at %s: the stranger is %q", role, at, staff[n].stranger)
			}
		}
	}
}

// strictness has everybody call the operation, in both homes of their kind: whoever does not hold its permission at their home is refused for that, and nobody else is.
func strictness(people map[string]*apitest.Client, o operation, permits func(worker, string) bool) (wrong []string) {
	for _, w := range staff {
		for _, username := range []string{w.username, w.stranger} {
			if username == "" {
				continue
			}
			a := people[username].Once(o.method, o.url(), bodies[o.OperationID])
			if refused := a.Status == 403 && a.Problem().Code == "not_permitted"; refused == permits(w, o.permission()) {
				wrong = append(wrong, fmt.Sprintf("%s by %s, who works for %s: %d %s", o.OperationID, username, w.at, a.Status, a.Body))
			}
		}
	}
	return wrong
}

// TestTheWalkNoticesAWrongRole turns one answer of the table of roles round at a time, and expects the walk to name whom it concerns.
func TestTheWalkNoticesAWrongRole(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	people := crew(s)
	tried := 0
	for _, o := range operations(t) {
		if o.method != "GET" || o.permission() == "public" || o.permission() == "self" {
			continue
		}
		tried++
		liar := staff[tried%len(staff)]
		found := strictness(people, o, func(w worker, permission string) bool { return w.permits(permission) != (w == liar) })
		if !slices.ContainsFunc(found, func(line string) bool { return strings.Contains(line, " by "+liar.username+",") }) {
			t.Errorf("%s by %s: the walk saw %v", o.OperationID, liar.username, found)
		}
	}
	if tried < 5 {
		t.Errorf("%d operations tried", tried)
	}
}

// published are the operations on what everybody who may read it at all may read of anybody.
var published = map[string]bool{"GetTariffVersion": true}

// homeThings names, for each parameter that every kind of home has something for, that of the visited office or city, or of the platform.
var homeThings = map[string]func(visit, identity.HomeKind) string{
	"person_id":   func(v visit, at identity.HomeKind) string { return v.spare[at].person.String() },
	"approval_id": func(v visit, at identity.HomeKind) string { return v.spare[at].approval.String() },
}

// spare is somebody of the visited home whom nobody minds to be locked, and a role that waits to be given to them.
type spare struct{ person, approval, session uuid.UUID }

// keepSpares enrols a spare person at the visited office, in the visited city and on the platform.
func keepSpares(t *testing.T, v visit) map[identity.HomeKind]spare {
	t.Helper()
	spares := map[identity.HomeKind]spare{}
	for at, home := range map[identity.HomeKind]struct {
		office, city any
		row          int
	}{identity.AtOffice: {office: v.office}, identity.AtMunicipality: {city: apitest.Shiraz, row: apitest.Shiraz}, identity.AtPlatform: {}} {
		one := spare{person: uuid.New(), approval: uuid.Must(uuid.NewV7()), session: uuid.New()}
		v.Platform(`INSERT INTO people (id, office_id, municipality_id, username, password_hash, name_fa, role) VALUES (?, ?, ?, ?, 'x', 'یدکی', ?)`,
			one.person, home.office, home.city, "spare."+string(at), map[bool]string{true: "office_clerk", false: "tariff_editor"}[at == identity.AtOffice])
		v.Platform(`INSERT INTO approvals (municipality_id, id, office_id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, requested_at, expires_at)
		  VALUES (?, ?, ?, 'role_grant', ?, 'x', 'x', '{}', 'x', 'open', ?, now(), now() + interval '10 years')`, home.row, one.approval, home.office, one.person.String(), one.person)
		v.Platform(`INSERT INTO sessions (id, person_id, selector, token_hash, address, user_agent, created_at, last_used_at, expires_at)
		  VALUES (?, ?, decode(md5(?), 'hex'), sha256('x'), '', '', now(), now(), now() + interval '10 years')`, one.session, one.person, string(at))
		spares[at] = one
	}
	v.Platform(`INSERT INTO approvals (municipality_id, id, kind, target_id, summary_fa, summary_en, payload, reason, state, requested_by, requested_at, expires_at)
	  SELECT municipality_id, gen_random_uuid(), 'tariff_correction', id::text, 'x', 'x', '{}', reason, 'open', listed_by, listed_at, now() + interval '10 years' FROM correction_runs`)
	return spares
}

// owners are the kinds of homes whose people work with a thing of the visited home; what is not in it belongs to the home of who may call the operation first.
// A session is nobody's but one person's, and an override of a limit is the platform's.
var owners = map[string][]identity.HomeKind{
	"payment_id": {identity.AtOffice, identity.AtMunicipality}, "refund_id": {identity.AtMunicipality}, "item_id": {identity.AtOffice, identity.AtMunicipality},
	"session_id": {}, "limit": {}, "subject_kind": {}, "subject": {},
	"proposal_id": {identity.AtOffice, identity.AtMunicipality}, "text_version": {identity.AtOffice, identity.AtMunicipality}, "municipality_code": {identity.AtMunicipality}, "office_id": {identity.AtOffice},
}

// seenFromElsewhere are the operations that show a thing also to some who do not own it: every city that an office works for reads of the office, and every office that
// works for a city its wordings.
var seenFromElsewhere = map[string]bool{"GetOffice": true, "GetAgreementText": true}

// on is the operation's path with what the visited home of a kind has; ours tells whether people of that kind of home work with it.
func (o operation) on(t *testing.T, v visit, at identity.HomeKind) (path string, ours bool) {
	t.Helper()
	path, ours = o.path, true
	for _, name := range o.pathParameters() {
		of, shared := owners[name]
		if !shared {
			of = []identity.HomeKind{o.holder(t).at}
		}
		value := ""
		if homeThings[name] != nil {
			value = homeThings[name](v, at)
		} else {
			value, ours = things[name](v), ours && slices.Contains(of, at)
		}
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	return path, ours
}

// onThings are the operations on something that somebody owns, those that end it or that the platform alone may call at the end.
func onThings(t *testing.T) []operation {
	t.Helper()
	list := slices.DeleteFunc(operations(t), func(o operation) bool {
		return o.permission() == "public" || o.permission() == "self" || !strings.Contains(o.path, "{") || published[o.OperationID] // what is one's own, no colleague has either
	})
	rank := func(o operation) (n int) {
		if o.method == "DELETE" || strings.HasSuffix(o.path, "/revocation") {
			n++
		}
		if o.holder(t).at == identity.AtPlatform {
			n += 2
		}
		return n
	}
	slices.SortStableFunc(list, func(a, b operation) int { return rank(a) - rank(b) })
	return list
}

// TestForeignTenantsFindNothing calls every operation on something of the visited office or city, in every role of every home. First by those who are to be turned
// away: whoever lacks the permission is refused for that, and to everybody of a foreign office or city it is not there. Then by its own people, who find it.
func TestForeignTenantsFindNothing(t *testing.T) {
	t.Parallel()
	v := visited(t)
	people := crew(v.Server)
	for _, o := range onThings(t) {
		for _, w := range staff {
			path, ours := o.on(t, v, w.at)
			for _, username := range []string{w.stranger, w.username} {
				own := username == w.username && (ours || w.at == identity.AtPlatform)
				if username == "" || w.permits(o.permission()) && (own || seenFromElsewhere[o.OperationID]) {
					continue
				}
				a := people[username].Once(o.method, path, bodies[o.OperationID])
				if w.permits(o.permission()) && a.Status != 404 || !w.permits(o.permission()) && a.Problem().Code != "not_permitted" {
					t.Errorf("%s by %s, to be turned away, answers %d %s", o.OperationID, username, a.Status, a.Body)
				}
			}
		}
	}
	for _, o := range onThings(t) {
		for _, w := range staff {
			path, ours := o.on(t, v, w.at)
			if !w.permits(o.permission()) || !ours && w.at != identity.AtPlatform {
				continue
			}
			a := people[w.username].Once(o.method, path, bodies[o.OperationID])
			switch foreign := !ours && o.holder(t).at != identity.AtPlatform; {
			case ours && a.Status == 404, a.Status >= 500:
				t.Errorf("%s by its own %s answers %d %s", o.OperationID, w.username, a.Status, a.Body)
			case foreign && o.method != "GET" && a.Status < 400: // the platform reads what is everybody's, and changes what is its own
				t.Errorf("%s by %s of the platform answers %d %s", o.OperationID, w.username, a.Status, a.Body)
			}
		}
	}
}

// names are the ids and user names of the visited office or city, which nobody else may be answered. Which office it was, its cities may know.
func (v visit) names(t *testing.T, at identity.HomeKind) []string {
	t.Helper()
	var found []string
	for table, match := range ours(v) {
		mine := strings.HasPrefix(match, "municipality_id")
		if strings.HasPrefix(match, "vehicle_id") || table == "vehicles" || table == "offices" || table == "bill_serials" || mine != (at == identity.AtMunicipality) {
			continue
		}
		found = append(found, v.idsOf(t, table, match)...)
	}
	found = append(found, v.spare[at].person.String(), v.spare[at].approval.String(), "spare."+string(at))
	slices.Sort(found)
	return slices.Compact(found)
}

// idsOf lists the ids of rows that have one.
func (v visit) idsOf(t *testing.T, table, match string) (ids []string) {
	t.Helper()
	err := v.Program.Runner.InTx(v.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT id FROM (SELECT to_jsonb(x)->>'id' AS id FROM ` + table + ` x WHERE ` + match + `) y WHERE length(id) > 8`).Scan(&ids).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// onTheVisit has a body speak of the visited vehicle.
func (v visit) onTheVisit(t *testing.T, body any) any {
	t.Helper()
	if _, file := body.(apitest.CSV); file || body == nil {
		return body
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.NewReplacer("NAAM01CA0ER999999", apitest.VIN, "11ب11111", apitest.Plate).Replace(string(text)))
}

// showsNothingOwn are the lists and looks without ids in their path that show nothing of a home, only what is published or is made by the call, or, as a spreadsheet,
// nothing that can be read without taking it apart.
var showsNothingOwn = map[string]bool{"ListTariffVersions": true, "DiffTariffs": true, "ListMissingValuations": true, "ListSessions": true,
	"ListAgreementTexts": true, "ListFees": true, "ListLimits": true, "ListMunicipalities": true,
	"ListDeposits": true, "ListPayouts": true, "ListTransfers": true, "ListWithdrawals": true, "GetShiftRule": true, "ListGateways": true, "GetTrialBalance": true, "GetUsageSpreadsheet": true}

// TestListsShowNothingForeign calls every operation without an id in its path as everybody of a foreign office or city: no answer names anything of the visited one.
// That it could is shown by the visited home's own people, in whose lists it stands.
func TestListsShowNothingForeign(t *testing.T) {
	t.Parallel()
	v := visited(t)
	people := crew(v.Server)
	secrets := map[identity.HomeKind][]string{}
	for _, at := range []identity.HomeKind{identity.AtOffice, identity.AtMunicipality} {
		if secrets[at] = v.names(t, at); len(secrets[at]) < 6 {
			t.Fatalf("%s has only %v", at, secrets[at])
		}
	}
	every := slices.Concat(slices.Collect(maps.Values(secrets))...)
	for _, o := range operations(t) {
		if o.permission() == "public" || strings.Contains(o.path, "{") {
			continue
		}
		body := v.onTheVisit(t, bodies[o.OperationID])
		shown := false
		for _, w := range staff {
			if w.stranger != "" {
				a := people[w.stranger].Once(o.method, o.url(), body)
				if name := nameIn(a, every); name != "" {
					t.Errorf("%s shows %s the foreign %s", o.OperationID, w.stranger, name)
				}
			}
			if a := people[w.username].Once(o.method, o.url(), body); w.at != identity.AtPlatform && nameIn(a, append(secrets[w.at], v.office.String())) != "" {
				shown = true
			}
		}
		if o.method == "GET" && shown == showsNothingOwn[o.OperationID] {
			t.Errorf("%s shows its own people something of their own: %t", o.OperationID, shown)
		}
	}
}

// nameIn is the first of the names that an answer holds.
func nameIn(a apitest.Answer, names []string) string {
	for _, name := range names {
		if strings.Contains(string(a.Body), name) {
			return name
		}
	}
	return ""
}
