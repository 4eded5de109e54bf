package api_test

import (
	"encoding/csv"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api"
	"mofasa/api/apitest"
	"mofasa/api/gen"
)

// TestAuditorsReadTheirOwnLog reads the logs of two cities, an office and the platform after each has done something.
func TestAuditorsReadTheirOwnLog(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	treasurer, cashier := s.SignIn(apitest.Treasurer), s.SignIn(apitest.Cashier)
	treasurer.Must(treasurer.Once("POST", "/v1/external-payments", payment(apitest.VIN, 1403)), 201, nil)
	cashier.Inquire(apitest.Plate)
	read := func(username, query string) gen.AuditPage {
		t.Helper()
		var page gen.AuditPage
		c := s.SignIn(username)
		c.Must(c.Do("GET", "/v1/audit"+query, nil), 200, &page)
		return page
	}
	actions := func(p gen.AuditPage) (list []string) {
		for _, e := range p.Entries {
			list = append(list, e.Action)
		}
		return list
	}
	city := read(apitest.CityAuditor, "?action=external_payment.reported")
	if len(city.Entries) != 1 || city.Entries[0].Owner != "municipality:122" || city.Entries[0].PersonName == nil || *city.Entries[0].PersonName != "کارمند "+apitest.Treasurer {
		t.Errorf("%+v", city)
	}
	for _, e := range read(apitest.CityAuditor, "").Entries {
		if e.Owner != "municipality:122" && (e.AboutMunicipality == nil || *e.AboutMunicipality != 122) {
			t.Errorf("the city's auditor reads %+v", e)
		}
	}
	if page := read(apitest.ForeignAuditor, "?action=external_payment.reported"); len(page.Entries) != 0 {
		t.Errorf("a foreign auditor reads %+v", page)
	}
	if got := actions(read(apitest.Manager, "")); !slices.Contains(got, "inquiry.made") {
		t.Errorf("the office's manager reads %v", got)
	}
	if got := actions(read(apitest.Auditor, "?owner=municipality:122")); !slices.Contains(got, "external_payment.reported") {
		t.Errorf("the platform's auditor reads of the city %v", got)
	}
	if got := actions(read(apitest.Auditor, "?from=1300/01/01&to=1300/02/01")); len(got) != 0 {
		t.Errorf("in another century: %v", got)
	}
	c := s.SignIn(apitest.CityAuditor)
	for query, code := range map[string]string{"owner=municipality:1": "audit_owner", "from=1405/13/01": "calendar_date", "after=x": "invalid_request", "limit=0": "invalid_request", "owner=x": "invalid_request"} {
		status := map[string]int{"audit_owner": 403}[code]
		if status == 0 {
			status = 422
		}
		c.Refused(c.Do("GET", "/v1/audit?"+query, nil), status, code)
	}
}

// TestTheLogIsExportedWhole pages through the platform's log as a list and as files, and gets the same entries.
func TestTheLogIsExportedWhole(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Auditor)
	s.Platform(`INSERT INTO audit_log (id, at, owner, actor_kind, action, target_kind, target_id, purpose) SELECT gen_random_uuid(), now() - i / 3 * interval '1 second', 'platform', 'system', 'test.row', 'test', i::text, '=1+1' FROM generate_series(1, 25) i`)
	var listed, filed []string
	for after := ""; ; {
		var page gen.AuditPage
		c.Must(c.Do("GET", "/v1/audit?limit=10&action=test.row"+after, nil), 200, &page)
		for _, e := range page.Entries {
			listed = append(listed, e.TargetId)
		}
		if page.Next == nil {
			break
		}
		after = "&after=" + url.QueryEscape(*page.Next)
	}
	for after := ""; ; {
		a := c.Do("GET", "/v1/audit/export?limit=10&action=test.row"+after, nil)
		c.Must(a, 200, nil)
		table, err := csv.NewReader(strings.NewReader(string(a.Body))).ReadAll()
		if err != nil || a.Header.Get("Content-Type") != "text/csv" || table[0][8] != "target_id" {
			t.Fatalf("%v, %v: %s", err, a.Header, a.Body)
		}
		for _, row := range table[1:] {
			filed = append(filed, row[8])
			if row[9] != "'=1+1" {
				t.Errorf("a spreadsheet computes %q", row[9])
			}
		}
		next := a.Header.Get("Next-Cursor")
		if next == "" {
			break
		}
		after = "&after=" + url.QueryEscape(next)
	}
	if len(listed) != 25 || !slices.Equal(listed, filed) {
		t.Errorf("listed %v, in files %v", listed, filed)
	}
}

// TestWhoLookedUpVehicle asks after an office and the register have looked.
func TestWhoLookedUpVehicle(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	cashier := r.SignIn(apitest.Cashier)
	cashier.Inquire(apitest.Plate)
	cashier.Inquire(apitest.OtherPlate)
	r.lookUp(apitest.VIN)
	auditor := r.SignIn(apitest.Auditor)
	var found gen.VehicleLooks
	auditor.Must(auditor.Do("POST", "/v1/audit/vehicle-lookups", map[string]string{"plate": apitest.Plate, "purpose": "complaint of the owner"}), 200, &found)
	if len(found.Looks) != 2 || found.VehicleId != vehicleOf(t, r.Server, apitest.VIN) || found.Next != nil {
		t.Fatalf("%+v", found)
	}
	if l := found.Looks[0]; l.Action != "vehicle.read" || l.By != gen.VehicleLookByPlatform || l.Purpose != "complaint 17" || *l.PersonName != "کارمند "+apitest.PlatformOperator {
		t.Errorf("%+v", l)
	}
	l := found.Looks[1]
	if l.Action != "inquiry.made" || l.By != gen.VehicleLookByOffice || l.Purpose != "settlement" || *l.OfficeId != officeOf(t, r.Server, apitest.Cashier) || *l.MunicipalityCode != apitest.Tehran {
		t.Errorf("%+v", l)
	}
	auditor.Refused(auditor.Do("POST", "/v1/audit/vehicle-lookups", map[string]string{"plate": apitest.Plate, "purpose": " "}), 422, "reason_missing")
	auditor.Refused(auditor.Do("POST", "/v1/audit/vehicle-lookups", map[string]string{"vin": "NAAM01CA0ER999999", "purpose": "x"}), 404, "registered_vehicle_unknown")
	auditor.Refused(auditor.Do("POST", "/v1/audit/vehicle-lookups", map[string]string{"vin": apitest.VIN, "purpose": "x", "after": "y"}), 422, "audit_cursor")
	for _, other := range []string{apitest.CityAuditor, apitest.PlatformOperator, apitest.Manager} {
		c := r.SignIn(other)
		c.Refused(c.Do("POST", "/v1/audit/vehicle-lookups", map[string]string{"vin": apitest.VIN, "purpose": "x"}), 403, "not_permitted")
	}
}

// program makes an API client of the caller's home and signs it in.
func program(t *testing.T, s *apitest.Server, by *apitest.Client, name string, scopes ...string) *apitest.Client {
	t.Helper()
	var made gen.CreatedClient
	by.Must(by.Do("POST", "/v1/clients", map[string]any{"name_fa": name, "scopes": scopes, "expires_at": s.Clock.Now().Add(24 * time.Hour)}), 201, &made)
	client := s.Anonymous()
	var token gen.ClientToken
	client.Must(grant(client, url.Values{"grant_type": {"client_credentials"}, "client_id": {made.Client.Id.String()}, "client_secret": {made.Secret}}), 200, &token)
	client.Token = token.AccessToken
	return client
}

// TestLooksAreDisclosedWithoutNames has an office, a person and a program of the platform look at a vehicle. The auditor reads who; what is printed for the owner
// names nobody.
func TestLooksAreDisclosedWithoutNames(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	r.SignIn(apitest.Cashier).Inquire(apitest.Plate)
	r.lookUp(apitest.VIN)
	archive := program(t, r.Server, r.Client, "بایگانی مرکزی", "vehicles.read")
	archive.Must(archive.Do("POST", "/v1/vehicles/lookups", map[string]string{"vin": apitest.VIN, "purpose": "yearly archive"}), 200, nil)
	auditor := r.SignIn(apitest.Auditor)

	answer := auditor.Do("GET", r.on(apitest.VIN, "lookups"), nil)
	var told gen.NamelessLooks
	auditor.Must(answer, 200, &told)
	var lines []string
	for _, l := range told.Looks {
		line := l.Action + ", " + l.Purpose + ", " + string(l.By)
		if l.MunicipalityCode != nil {
			line += ", " + l.MunicipalityName.En
		}
		lines = append(lines, line)
	}
	if want := []string{"vehicle.read, yearly archive, platform", "vehicle.read, complaint 17, platform", "inquiry.made, settlement, office, Tehran"}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
	for _, name := range []string{"کارمند", "دفتر", "بایگانی", officeOf(t, r.Server, apitest.Cashier).String(), idOfPerson(t, r.Server, apitest.PlatformOperator).String(), "person", "client"} {
		if strings.Contains(string(answer.Body), name) {
			t.Errorf("the owner is told %q: %s", name, answer.Body)
		}
	}

	var known gen.VehicleLooks
	auditor.Must(auditor.Do("POST", "/v1/audit/vehicle-lookups", map[string]string{"vin": apitest.VIN, "purpose": "complaint of the owner"}), 200, &known)
	if l := known.Looks[0]; l.Action != "vehicle.looks_disclosed" || l.Purpose != "disclosure to the owner" || l.PersonName == nil {
		t.Errorf("the disclosure is not on record: %+v", l)
	}
	if l := known.Looks[1]; l.ClientName == nil || *l.ClientName != "بایگانی مرکزی" || l.ClientId == nil || l.PersonId != nil || l.PersonName != nil {
		t.Errorf("the program is shown as %+v", l)
	}
	var page gen.AuditPage
	auditor.Must(auditor.Do("GET", "/v1/audit?action=vehicle.read", nil), 200, &page)
	if e := page.Entries[0]; e.ActorKind != gen.AuditEntryActorKindClient || e.PersonName == nil || *e.PersonName != "بایگانی مرکزی" {
		t.Errorf("the log shows the program as %+v", e)
	}

	auditor.Refused(auditor.Do("GET", "/v1/vehicles/"+uuid.NewString()+"/lookups", nil), 404, "registered_vehicle_unknown")
	auditor.Refused(auditor.Do("GET", r.on(apitest.VIN, "lookups?after=1.x"), nil), 422, "invalid_request")
	for _, other := range []string{apitest.CityAuditor, apitest.PlatformOperator, apitest.Support, apitest.Manager} {
		c := r.SignIn(other)
		c.Refused(c.Do("GET", r.on(apitest.VIN, "lookups"), nil), 403, "not_permitted")
	}
}

// TestTheDisclosureHasPages reads more looks than a page holds, each once.
func TestTheDisclosureHasPages(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	vehicle := vehicleOf(t, s, apitest.VIN)
	s.Platform(`INSERT INTO audit_log (id, at, owner, actor_kind, action, target_kind, target_id, purpose)
	  SELECT gen_random_uuid(), now() - interval '1 day' - i / 3 * interval '1 second', 'platform', 'system', 'old.look', 'vehicle', ?, i::text FROM generate_series(1, 230) i`, vehicle.String())
	auditor := s.SignIn(apitest.Auditor)
	seen, pages := map[string]bool{}, 0
	for after := ""; ; pages++ {
		var told gen.NamelessLooks
		auditor.Must(auditor.Do("GET", "/v1/vehicles/"+vehicle.String()+"/lookups"+after, nil), 200, &told)
		for _, l := range told.Looks {
			if l.Action == "old.look" && seen[l.Purpose] {
				t.Errorf("%s comes twice", l.Purpose)
			}
			seen[l.Purpose] = seen[l.Purpose] || l.Action == "old.look"
		}
		if told.Next == nil {
			break
		}
		after = "?after=" + url.QueryEscape(*told.Next)
	}
	if len(seen) != 230 || pages != 2 {
		t.Errorf("%d looks on %d pages", len(seen), pages+1)
	}
}

// TestACitysAuditorReadsWhatThePlatformDoesAboutIt does of the platform what concerns Shiraz, its people, its offices and its limits.
func TestACitysAuditorReadsWhatThePlatformDoesAboutIt(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{LimitTable: api.DefaultLimits()})
	operator, admin := s.SignIn(apitest.PlatformOperator), s.SignIn(apitest.CityAdmin)
	var change gen.RoleChange
	admin.Must(admin.Do("POST", "/v1/people/"+idOfPerson(t, s, apitest.CityEditor).String()+"/role", map[string]string{"role": "treasurer", "reason": "new work"}), 200, &change)
	operator.Must(operator.Do("POST", "/v1/approvals/"+change.Approval.Id.String()+"/decision", map[string]string{"verdict": "approve"}), 200, nil)
	operator.Must(operator.Do("POST", "/v1/people/"+idOfPerson(t, s, apitest.CaseOfficer).String()+"/standing", map[string]string{"standing": "locked", "reason": "x"}), 200, nil)
	var office gen.Office
	operator.Must(operator.Once("POST", "/v1/offices", map[string]any{"municipality_code": apitest.Shiraz, "name_fa": "دفتر", "licence_no": "41-0001", "valid_from": jalaliDay(s, 0)}), 201, &office)
	operator.Must(operator.Once("POST", "/v1/offices/"+office.Id.String()+"/suspension", map[string]string{"reason": "complaint 12"}), 200, nil)
	for _, path := range []string{overridePath("read-office", "municipality", "122"), overridePath("read-office", "office", office.Id.String())} {
		operator.Must(operator.Do("PUT", path, map[string]any{"requests": 7, "window_seconds": 60, "reason": "fair share"}), 200, nil)
		operator.Must(operator.Do("DELETE", path, nil), 204, nil)
	}
	byPlatform := func(username string) (actions []string) {
		t.Helper()
		c := s.SignIn(username)
		var page gen.AuditPage
		c.Must(c.Do("GET", "/v1/audit", nil), 200, &page)
		for _, e := range page.Entries {
			if e.Owner == "platform" && e.PersonId != nil && *e.PersonId == idOfPerson(t, s, apitest.PlatformOperator) {
				actions = append(actions, e.Action)
			}
		}
		slices.Sort(actions)
		return slices.Compact(actions)
	}
	got := byPlatform(apitest.CityAuditor)
	for _, want := range []string{"approval.approved", "person.role_changed", "person.locked", "office.opened", "office.suspended", "limit.overridden", "limit.override_removed"} {
		if !slices.Contains(got, want) {
			t.Errorf("Shiraz does not read that the platform did %s: %v", want, got)
		}
	}
	if got := byPlatform(apitest.ForeignAuditor); len(got) != 0 {
		t.Errorf("a foreign city reads %v", got)
	}
}
