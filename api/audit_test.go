package api_test

import (
	"encoding/csv"
	"net/url"
	"slices"
	"strings"
	"testing"

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
