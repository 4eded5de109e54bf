package api_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/tenants/scope"
)

// TestOwnersAreMaskedUnlessDisclosed writes an owner and reads it masked everywhere but in a disclosure, which is on record with its purpose.
func TestOwnersAreMaskedUnlessDisclosed(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	r.record(pride, "ownership-transfers", map[string]any{"day": "1400/05/01", "owner": buyer, "plate": "۲۱ ج ۳۴۵ ۶۸", "residence": apitest.Isfahan})
	masked := r.Do("POST", "/v1/vehicles/lookups", map[string]string{"vin": pride, "purpose": "complaint 17"})
	for _, secret := range []string{buyer["id"], "مریم", "رضایی", "09359876543"} {
		if strings.Contains(string(masked.Body), secret) {
			t.Errorf("a look-up shows %q: %s", secret, masked.Body)
		}
	}
	if !strings.Contains(string(masked.Body), `"phone":"0935***6543"`) {
		t.Errorf("a look-up shows no masked number: %s", masked.Body)
	}
	for _, username := range []string{apitest.PlatformOperator, apitest.Support} {
		var owner gen.DisclosedOwner
		a := r.SignIn(username).Do("POST", r.on(pride, "owner-disclosures"), map[string]string{"purpose": " court order 12 "})
		r.Must(a, 200, &owner)
		if fmt.Sprint(owner.Kind, owner.Id, owner.Name, *owner.Phone, owner.From, owner.To) != "person0084575948مریم رضایی093598765431400/05/01<nil>" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%+v, %v", owner, a.Header)
		}
	}
	if n := count(t, r.Server, scope.Platform(), "audit_log", `action = 'owner.disclosed' AND purpose = 'court order 12' AND actor_kind = 'person' AND target_id = (SELECT id::text FROM vehicles WHERE vin = '`+pride+`')`); n != 2 {
		t.Errorf("%d disclosures are on record", n)
	}
	r.Refused(r.SignIn(apitest.Auditor).Do("POST", r.on(pride, "owner-disclosures"), map[string]string{"purpose": "x"}), 403, "not_permitted")
	r.Refused(r.Do("POST", r.on(pride, "owner-disclosures"), map[string]string{"purpose": "  "}), 422, "reason_missing")
	r.Refused(r.Do("POST", r.on(pride, "owner-disclosures"), map[string]string{"purpose": "x", "entry": "1399/01/01"}), 404, "entry_unknown")
	r.Refused(r.Do("POST", r.on(pride, "owner-disclosures"), map[string]string{"purpose": "x", "entry": "1399/13/01"}), 422, "calendar_date")
	r.Refused(r.Do("POST", r.on(apitest.VIN, "owner-disclosures"), map[string]string{"purpose": "x"}), 404, "owner_unknown")
	r.Platform(`UPDATE owner_identities SET name_enc = set_byte(name_enc, 20, get_byte(name_enc, 20) # 1)`)
	if a := r.Do("POST", r.on(pride, "owner-disclosures"), map[string]string{"purpose": "x"}); a.Status != http.StatusInternalServerError || strings.Contains(string(a.Body), "مریم") {
		t.Errorf("what was tampered with answers %d %s", a.Status, a.Body)
	}
}

func TestSearchOwner(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	company := map[string]string{"kind": "legal", "id": "10380284790", "name": "شرکت نمونه"}
	r.record(pride, "ownership-transfers", map[string]any{"day": "1400/05/01", "owner": buyer, "gap": "x"})
	r.record(apitest.VIN, "ownership-transfers", map[string]any{"day": "1402/05/01", "owner": company, "gap": "x"})
	search := func(body map[string]any) gen.OwnedVehicles {
		t.Helper()
		var found gen.OwnedVehicles
		r.Must(r.Do("POST", "/v1/vehicles/owner-searches", body), 200, &found)
		return found
	}
	person := search(map[string]any{"national_id": "۰۰۸۴۵۷۵۹۴۸", "purpose": "heirs"})
	if len(person.Vehicles) != 1 || person.Vehicles[0].Vin != pride || person.Vehicles[0].From != "1400/05/01" || person.Vehicles[0].To != nil || person.Next != nil {
		t.Errorf("person: %+v", person)
	}
	legal := search(map[string]any{"legal_id": "10380284790", "purpose": "bankruptcy 3"})
	if len(legal.Vehicles) != 1 || legal.Vehicles[0].Vin != apitest.VIN {
		t.Errorf("company: %+v", legal)
	}
	if none := search(map[string]any{"national_id": "0499370899", "purpose": "heirs"}); len(none.Vehicles) != 0 {
		t.Errorf("nobody: %+v", none)
	}
	if past := search(map[string]any{"national_id": buyer["id"], "purpose": "heirs", "after": person.Vehicles[0].VehicleId}); len(past.Vehicles) != 0 {
		t.Errorf("after the last: %+v", past)
	}
	for _, phone := range []string{"09359876543", "+98 935 987 6543", "۰۰۹۸۹۳۵۹۸۷۶۵۴۳"} {
		byPhone := search(map[string]any{"phone": phone, "purpose": "a wallet was found"})
		if len(byPhone.Vehicles) != 1 || byPhone.Vehicles[0].Vin != pride {
			t.Errorf("phone %s: %+v", phone, byPhone)
		}
	}
	if none := search(map[string]any{"phone": "09359876544", "purpose": "a wallet was found"}); len(none.Vehicles) != 0 {
		t.Errorf("nobody's number: %+v", none)
	}
	r.Refused(r.Do("POST", "/v1/vehicles/owner-searches", map[string]any{"phone": "0935987654", "purpose": "x"}), 422, "mobile_length")
	r.Refused(r.Do("POST", "/v1/vehicles/owner-searches", map[string]any{"phone": "09359876543", "national_id": buyer["id"], "purpose": "x"}), 422, "one_owner_id")
	r.Refused(r.SignIn(apitest.Auditor).Do("POST", "/v1/vehicles/owner-searches", map[string]any{"phone": "09359876543", "purpose": "x"}), 403, "not_permitted")
	if n := count(t, r.Server, scope.Platform(), "audit_log", `action = 'owner.searched' AND purpose = 'a wallet was found' AND actor_kind = 'person' AND details->>'by' = 'phone'`); n != 4 {
		t.Errorf("%d searches by number are on record", n)
	}
	both := map[string]any{"national_id": buyer["id"], "legal_id": company["id"], "purpose": "x"}
	r.Refused(r.Do("POST", "/v1/vehicles/owner-searches", both), 422, "one_owner_id")
	r.Refused(r.Do("POST", "/v1/vehicles/owner-searches", map[string]any{"purpose": "x"}), 422, "one_owner_id")
	r.Refused(r.Do("POST", "/v1/vehicles/owner-searches", map[string]any{"national_id": "0084575949", "purpose": "x"}), 422, "national_id_checksum")
	for _, table := range everyTable(t, r.Server) {
		for _, secret := range []string{buyer["id"], buyer["name"], "رضایی", company["id"], company["name"], "9359876543", hex.EncodeToString([]byte("09359876543")), hex.EncodeToString([]byte(buyer["id"])), hex.EncodeToString([]byte("رضایی"))} {
			if n := count(t, r.Server, scope.Platform(), table+" x", `strpos(x::text, '`+secret+`') > 0`); n != 0 {
				t.Errorf("%d rows of %s hold %q", n, table, secret)
			}
		}
	}
	if n := count(t, r.Server, scope.Platform(), "audit_log", `action IN ('owner.searched', 'vehicle.found_by_owner') AND purpose IN ('heirs', 'bankruptcy 3') AND actor_kind = 'person'`); n != 6 {
		t.Errorf("%d rows are on record, want 4 searches and 2 finds", n)
	}
}
