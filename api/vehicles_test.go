package api_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/api"
	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/tenants/scope"
)

// pride is the VIN of apitest.OtherPlate's vehicle, in Tehran since 1395/01/20.
const pride = "NAS411100G1205277"

// buyer is an owner as bodies name one.
var buyer = map[string]string{"kind": "person", "id": "0084575948", "name": "مریم رضایی", "phone": "+98 935 987 6543"}

// register is a server with a registrar at it.
type register struct {
	*apitest.Server
	*apitest.Client
	t *testing.T
}

func newRegister(t *testing.T) register {
	t.Helper()
	s := apitest.New(t, apitest.Options{})
	return register{s, s.SignIn(apitest.PlatformOperator), t}
}

func (r register) lookUp(vin string) gen.VehicleRecord {
	r.t.Helper()
	var record gen.VehicleRecord
	r.Must(r.Do("POST", "/v1/vehicles/lookups", map[string]string{"vin": vin, "purpose": "complaint 17"}), 200, &record)
	return record
}

// on is the address of a use case on a vehicle.
func (r register) on(vin, use string) string {
	r.t.Helper()
	return "/v1/vehicles/" + vehicleOf(r.t, r.Server, vin).String() + "/" + use
}

// record runs a use case of the registry.
func (r register) record(vin, use string, body map[string]any) {
	r.t.Helper()
	r.Must(r.Once("POST", r.on(vin, use), body), 204, nil)
}

// lines writes entries as "from..to value".
func lines(entries []gen.HistoryEntry) []string {
	var out []string
	for _, e := range entries {
		line := e.From + ".."
		if e.To != nil {
			line += *e.To
		}
		switch {
		case e.Plate != nil:
			line += " " + *e.Plate
		case e.Municipality != nil:
			line += " " + e.Municipality.NameEn
		case e.Owner != nil:
			line += fmt.Sprint(" ", e.Owner.Kind, " ", e.Owner.Id, " ", e.Owner.Name)
		}
		out = append(out, line)
	}
	return out
}

func wantLines(t *testing.T, name string, entries []gen.HistoryEntry, want ...string) {
	t.Helper()
	if got := lines(entries); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", name, got, want)
	}
}

func TestLookUpVehicle(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	r.Platform(`UPDATE vehicles SET category = 'ambulance' WHERE vin = ?`, apitest.VIN)
	record := r.lookUp(strings.ToLower(apitest.VIN))
	facts := fmt.Sprint(record.Vin, record.Class, record.Usage, record.Fuel, record.Origin, record.Cylinders, record.TypeCode, record.ModelYear, record.FirstRegistered, *record.Category)
	if want := fmt.Sprint(apitest.VIN, "passenger_car", "private", "petrol", "domestic", 4, "peugeot-405", 1393, "1393/03/10", "ambulance"); facts != want {
		t.Errorf("%s, want %s", facts, want)
	}
	wantLines(t, "plates", record.Plates, "1393/03/10.. "+apitest.Plate)
	wantLines(t, "residences", record.Residences, "1393/03/10..1396/05/01 Tehran", "1396/05/01..1401/02/15 Isfahan", "1401/02/15.. Shiraz")
	if record.Retirement != nil || len(record.Owners)+len(record.Gaps)+len(record.Corrections)+len(record.ExternalPayments)+len(record.Merged) != 0 {
		t.Errorf("%+v", record)
	}
	var byPlate gen.VehicleRecord
	r.Must(r.Do("POST", "/v1/vehicles/lookups", map[string]string{"plate": "۱۲ ب ۱۴۵ ایران ۴۷", "purpose": "complaint 18"}), 200, &byPlate)
	if byPlate.Id != record.Id || r.lookUp(pride).Category != nil {
		t.Errorf("by plate %s, by VIN %s", byPlate.Id, record.Id)
	}
	if n := count(t, r.Server, scope.Platform(), "audit_log", `action = 'vehicle.read' AND purpose IN ('complaint 17', 'complaint 18') AND actor_kind = 'person'`); n != 3 {
		t.Errorf("%d look-ups are on record, want 3", n)
	}
}

// TestTheRegistryOverTheAPI runs each use case once and reads what it wrote.
func TestTheRegistryOverTheAPI(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	r.record(pride, "ownership-transfers", map[string]any{"day": "1400/05/01", "owner": buyer, "plate": "۲۱ ج ۳۴۵ ۶۸", "residence": apitest.Isfahan})
	r.record(pride, "residence-moves", map[string]any{"day": "1401/05/01", "residence": apitest.Shiraz})
	r.record(pride, "plate-changes", map[string]any{"day": "1401/06/01", "plate": "22ج34568"})
	r.record(pride, "gaps", map[string]any{"history": "plate", "from": "1402/01/01", "reason": " taken off "})
	r.record(pride, "corrections", map[string]any{"history": "residence", "entry": "1401/05/01", "from": "1401/04/01", "residence": apitest.Tehran, "reason": "misread deed"})
	company := map[string]string{"kind": "legal", "id": "10380284790", "name": "شرکت نمونه"}
	r.record(pride, "corrections", map[string]any{"history": "owner", "entry": "1400/05/01", "owner": company, "reason": "a company bought it"})
	r.record(pride, "retirement", map[string]any{"day": "1403/01/01", "manner": "scrapped", "reference": "SC-9"})

	record := r.lookUp(pride)
	wantLines(t, "plates", record.Plates, "1395/01/20..1400/05/01 "+apitest.OtherPlate, "1400/05/01..1401/06/01 21ج34568", "1401/06/01..1402/01/01 22ج34568")
	wantLines(t, "residences", record.Residences, "1395/01/20..1400/05/01 Tehran", "1400/05/01..1401/04/01 Isfahan", "1401/04/01.. Tehran")
	wantLines(t, "owners", record.Owners, "1400/05/01.. legal ********790 ش*** ن***")
	if len(record.Gaps) != 1 || record.Gaps[0].History != gen.HistoryNamePlate || record.Gaps[0].From != "1402/01/01" || record.Gaps[0].To != nil || record.Gaps[0].Reason != "taken off" {
		t.Errorf("gaps %+v", record.Gaps)
	}
	if got := record.Retirement; got == nil || got.Day != "1403/01/01" || got.Manner != "scrapped" || got.Reference != "SC-9" {
		t.Errorf("retirement %+v", got)
	}
	wantCorrections(t, record.Corrections)
	if body, err := json.Marshal(record); err != nil || strings.Contains(string(body), buyer["id"]) || strings.Contains(string(body), "hash") {
		t.Errorf("the answer tells too much: %s %v", body, err)
	}
}

func wantCorrections(t *testing.T, corrections []gen.SupersededEntry) {
	t.Helper()
	var got []string
	for _, c := range corrections {
		got = append(got, fmt.Sprintf("%s %s %q %s", c.History, c.Cause, lines([]gen.HistoryEntry{c.Was, c.Now}), c.Reason))
		if c.PersonId == nil || c.At.IsZero() {
			t.Errorf("nobody has made %+v", c)
		}
	}
	want := []string{
		`residence corrected ["1400/05/01..1401/05/01 Isfahan" "1400/05/01..1401/04/01 Isfahan"] misread deed`,
		`residence corrected ["1401/05/01.. Shiraz" "1401/04/01.. Tehran"] misread deed`,
		`owner corrected ["1400/05/01.. person *******948 م*** ر***" "1400/05/01.. legal ********790 ش*** ن***"] a company bought it`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("corrections\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestMergedVehiclesAreOne(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	const twin = "NAS411100G1205278"
	r.Platform(`INSERT INTO vehicles (id, vin, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered)
	  SELECT gen_random_uuid(), ?, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered FROM vehicles WHERE vin = ?`, twin, pride)
	duplicate := vehicleOf(t, r.Server, twin)
	body := map[string]any{"duplicate_id": duplicate, "reason": "same chassis"}
	r.record(pride, "merges", body)
	kept := r.lookUp(twin)
	if kept.Vin != pride || len(kept.Merged) != 1 || kept.Merged[0].Vin != twin || kept.Merged[0].Id != duplicate {
		t.Errorf("the duplicate leads to %+v", kept)
	}
	wantField(t, r.Once("POST", r.on(pride, "merges"), body), 409, "vehicle_merged", "duplicate_id")
	wantField(t, r.Once("POST", r.on(pride, "merges"), map[string]any{"duplicate_id": kept.Id, "reason": "x"}), 422, "merge_same_vehicle", "duplicate_id")
	wantField(t, r.Once("POST", r.on(pride, "merges"), map[string]any{"duplicate_id": uuid.New(), "reason": "x"}), 404, "registered_vehicle_unknown", "duplicate_id")
	wantField(t, r.Once("POST", "/v1/vehicles/"+uuid.NewString()+"/merges", map[string]any{"duplicate_id": kept.Id, "reason": "x"}), 404, "registered_vehicle_unknown", "vehicle_id")

	// Whoever still holds the duplicate's id writes to the vehicle that was kept.
	r.record(twin, "residence-moves", map[string]any{"day": "1404/01/01", "residence": apitest.Shiraz})
	wantLines(t, "residences", r.lookUp(pride).Residences, "1395/01/20..1404/01/01 Tehran", "1404/01/01.. Shiraz")
}

// wantField expects a problem that blames one field, by the contract's name.
func wantField(t *testing.T, a apitest.Answer, status int, code, field string) {
	t.Helper()
	p := a.Problem()
	if a.Status != status || string(p.Code) != code || p.Errors == nil || len(*p.Errors) != 1 || (*p.Errors)[0].Field != field || (*p.Errors)[0].Code != code {
		t.Errorf("answer %d, want %d %s on %s: %s", a.Status, status, code, field, a.Body)
	}
}

func TestTheRegistryNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	owner := func(kind, id, name string) map[string]string {
		return map[string]string{"kind": kind, "id": id, "name": name}
	}
	for _, bad := range []struct {
		use         string
		body        map[string]any
		status      int
		code, field string
	}{
		{"ownership-transfers", map[string]any{"day": "1404/5/1", "owner": buyer}, 422, "calendar_format", "day"},
		{"ownership-transfers", map[string]any{"day": "۱۴۰۴/۰۵/۰۱", "owner": buyer}, 422, "calendar_format", "day"},
		{"ownership-transfers", map[string]any{"day": "1404/12/30", "owner": buyer}, 422, "calendar_date", "day"},
		{"ownership-transfers", map[string]any{"day": "1499/01/01", "owner": buyer}, 422, "day_future", "day"},
		{"ownership-transfers", map[string]any{"day": "1404/05/01", "owner": owner("person", "0084575949", "x")}, 422, "national_id_checksum", "owner.id"},
		{"ownership-transfers", map[string]any{"day": "1404/05/01", "owner": owner("legal", "0084575948", "x")}, 422, "legal_id_length", "owner.id"},
		{"ownership-transfers", map[string]any{"day": "1404/05/01", "owner": owner("person", "0084575948", "۱۲")}, 422, "owner_name", "owner.name"},
		{"ownership-transfers", map[string]any{"day": "1404/05/01", "owner": map[string]string{"kind": "person", "id": "0084575948", "name": "x", "phone": "02188776655"}}, 422, "mobile_prefix", "owner.phone"},
		{"ownership-transfers", map[string]any{"day": "1404/05/01", "owner": buyer, "plate": "12ب10547"}, 422, "plate_digit", "plate"},
		{"ownership-transfers", map[string]any{"day": "1404/05/01", "owner": buyer, "plate": apitest.Plate, "residence": 218}, 409, "plate_taken", "plate"},
		{"ownership-transfers", map[string]any{"day": "1404/05/01", "owner": buyer, "plate": "21ج34568", "residence": 999}, 422, "municipality_unknown", "residence"},
		{"residence-moves", map[string]any{"day": "1395/01/20", "residence": 218}, 409, "day_before_period", "day"},
		{"residence-moves", map[string]any{"day": "1404/01/01", "residence": apitest.Tehran}, 409, "entry_unchanged", "residence"},
		{"plate-changes", map[string]any{"day": "1404/01/01", "plate": "12"}, 422, "plate_length", "plate"},
		{"gaps", map[string]any{"history": "plate", "from": "1499/01/01", "reason": "x"}, 422, "day_future", "from"},
		{"gaps", map[string]any{"history": "plate", "from": "1404/01/01", "to": "1403/01/01", "reason": "x"}, 422, "period_order", "to"},
		{"gaps", map[string]any{"history": "plate", "from": "1404/01/01", "reason": " "}, 422, "reason_missing", "reason"},
		{"gaps", map[string]any{"history": "plate", "from": "1404/01/01", "reason": "a\x00b"}, 422, "invalid_request", ""},
		{"gaps", map[string]any{"history": "colour", "from": "1404/01/01", "reason": "x"}, 422, "invalid_request", ""},
		{"corrections", map[string]any{"history": "plate", "entry": "1395/01/21", "plate": "21ج34568", "reason": "x"}, 404, "entry_unknown", "entry"},
		{"corrections", map[string]any{"history": "plate", "entry": "1395/01/20", "residence": 218, "reason": "x"}, 422, "history_value", "residence"},
		{"corrections", map[string]any{"history": "residence", "entry": "1395/01/20", "owner": buyer, "reason": "x"}, 422, "history_value", "owner"},
		{"retirement", map[string]any{"day": "1404/01/01", "manner": "scrapped", "reference": " "}, 422, "reference_missing", "reference"},
	} {
		a := r.Once("POST", r.on(pride, bad.use), bad.body)
		if bad.field == "" {
			r.Refused(a, bad.status, bad.code)
			continue
		}
		wantField(t, a, bad.status, bad.code, bad.field)
	}

	silent := r.Once("POST", r.on(pride, "ownership-transfers"), map[string]any{"day": "1404/05/01", "owner": buyer, "residence": 218})
	wantField(t, silent, 409, "history_gap", "gap")
	if p := silent.Problem(); p.History == nil || *p.History != "plate" || p.From == nil || *p.From != "1404/05/01" {
		t.Errorf("the gap is not placed: %s", silent.Body)
	}
	wantField(t, r.Do("POST", "/v1/vehicles/lookups", map[string]string{"vin": "NAS411100G1299999", "purpose": "x"}), 404, "registered_vehicle_unknown", "vin")
	wantField(t, r.Do("POST", "/v1/vehicles/lookups", map[string]string{"plate": "99ی99999", "purpose": "x"}), 404, "registered_vehicle_unknown", "plate")
	wantField(t, r.Do("POST", "/v1/vehicles/lookups", map[string]string{"vin": "NAS41", "purpose": "x"}), 422, "vin_length", "vin")
	wantField(t, r.Do("POST", "/v1/vehicles/lookups", map[string]string{"vin": pride, "purpose": " "}), 422, "reason_missing", "purpose")
	r.Refused(r.Do("POST", "/v1/vehicles/lookups", map[string]string{"purpose": "x"}), 422, "plate_or_vin")
	wantLines(t, "plates after all that", r.lookUp(pride).Plates, "1395/01/20.. "+apitest.OtherPlate)
}

// TestARepeatedChangeHappensOnce repeats a write under its key (I10).
func TestARepeatedChangeHappensOnce(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	key := uuid.NewString()
	move := func(day string) apitest.Answer {
		return r.Do("POST", r.on(pride, "residence-moves"), map[string]any{"day": day, "residence": apitest.Shiraz}, "Idempotency-Key", key)
	}
	r.Must(move("1404/05/01"), 204, nil)
	r.Must(move("1404/05/01"), 204, nil)
	r.Refused(move("1404/05/02"), 409, "idempotency_key_reused")
	wantLines(t, "residences", r.lookUp(pride).Residences, "1395/01/20..1404/05/01 Tehran", "1404/05/01.. Shiraz")

	merge := map[string]any{"duplicate_id": vehicleOf(t, r.Server, "NAS422100H0000000"), "reason": "x"}
	refused := r.Do("POST", r.on(pride, "merges"), merge, "Idempotency-Key", key+"-2")
	r.Refused(refused, 409, "merge_overlap")
	if p := refused.Problem(); p.History == nil || p.From == nil || !strings.HasPrefix(*p.From, "1402/02/01") {
		t.Errorf("the overlap is not placed: %s", refused.Body)
	}
	// What was refused has had no effect, and its key is free.
	r.Must(r.Do("POST", r.on(pride, "plate-changes"), map[string]any{"day": "1404/05/01", "plate": "21ج34568"}, "Idempotency-Key", key+"-2"), 204, nil)

	treasurer := r.SignIn(apitest.Treasurer)
	var first, second gen.ExternalPaymentReport
	report := func(out *gen.ExternalPaymentReport) {
		treasurer.Must(treasurer.Do("POST", "/v1/external-payments", payment(apitest.VIN, 1403), "Idempotency-Key", key), 201, out)
	}
	report(&first)
	report(&second)
	if first != second || count(t, r.Server, scope.Platform(), "external_payments", "true") != 1 {
		t.Errorf("%v and %v", first, second)
	}
	for range 2 {
		treasurer.Must(treasurer.Do("POST", "/v1/external-payments/"+first.Id.String()+"/withdrawal", map[string]string{"reason": "x"}, "Idempotency-Key", key+"-3"), 204, nil)
	}
}

func payment(vin string, year int) map[string]any {
	return map[string]any{"vin": vin, "fiscal_year": year, "amount_rial": 12_500_000, "paid_on": "1404/01/20", "reference": "ص-77"}
}

func TestACityReportsForItselfAlone(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	ours, theirs := r.SignIn(apitest.Treasurer), r.SignIn(apitest.ForeignTreasurer)
	var report gen.ExternalPaymentReport
	ours.Must(ours.Once("POST", "/v1/external-payments", payment(apitest.VIN, 1403)), 201, &report)
	withdrawal := "/v1/external-payments/" + report.Id.String() + "/withdrawal"
	why := map[string]string{"reason": "چک برگشت خورد"}
	wantField(t, theirs.Once("POST", withdrawal, why), 404, "external_payment_unknown", "external_payment_id")
	wantField(t, theirs.Once("POST", "/v1/external-payments", payment(apitest.VIN, 1403)), 404, "registered_vehicle_unknown", "vin")
	wantField(t, ours.Once("POST", "/v1/external-payments", payment(pride, 1403)), 404, "registered_vehicle_unknown", "vin")
	wantField(t, ours.Once("POST", "/v1/external-payments", payment(apitest.VIN, 1399)), 409, "external_payment_elsewhere", "fiscal_year")
	wantField(t, ours.Once("POST", "/v1/external-payments", payment(apitest.VIN, 1403)), 409, "external_payment_reported", "fiscal_year")
	for field, bad := range map[string]struct {
		value any
		code  string
	}{"amount_rial": {0, "external_payment_amount"}, "paid_on": {"1499/01/01", "day_future"}, "reference": {" ", "reference_missing"}, "fiscal_year": {1499, "external_payment_year"},
		"vin": {"NAAM01CA0EO123456", "vin_character"}} {
		body := payment(apitest.VIN, 1402)
		body[field] = bad.value
		wantField(t, ours.Once("POST", "/v1/external-payments", body), 422, bad.code, field)
	}
	shown := r.lookUp(apitest.VIN).ExternalPayments
	if len(shown) != 1 || shown[0].Id != report.Id || shown[0].Municipality.NameEn != "Shiraz" || shown[0].FiscalYear != 1403 || shown[0].AmountRial != 12_500_000 ||
		shown[0].PaidOn != "1404/01/20" || shown[0].Reference != "ص-77" {
		t.Errorf("%+v", shown)
	}
	ours.Must(ours.Once("POST", withdrawal, why), 204, nil)
	wantField(t, ours.Once("POST", withdrawal, why), 409, "external_payment_withdrawn", "external_payment_id")
	if shown := r.lookUp(apitest.VIN).ExternalPayments; len(shown) != 0 {
		t.Errorf("withdrawn, and still shown: %+v", shown)
	}
}

// TestOfficesSeeWhatTheRegistryKeeps reads, at a counter, the effect of what a city and the platform have written.
func TestOfficesSeeWhatTheRegistryKeeps(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	office, treasurer := r.SignIn(apitest.Cashier), r.SignIn(apitest.Treasurer)
	before := dueOf(t, office.Inquire(apitest.Plate), apitest.Shiraz, 1403)
	var report gen.ExternalPaymentReport
	body := payment(apitest.VIN, 1403)
	delete(body, "vin")
	body["plate"] = apitest.Plate
	treasurer.Must(treasurer.Once("POST", "/v1/external-payments", body), 201, &report)
	paid := dueOf(t, office.Inquire(apitest.Plate), apitest.Shiraz, 1403)
	if before.State != gen.DueStateAssessed || paid.State != gen.DueStatePaid || paid.BalanceRial != 0 || !strings.Contains(fmt.Sprint(paid.Explanation), "ص-77") {
		t.Errorf("before %s, after %+v", before.State, paid)
	}
	claimed := payment(apitest.VIN, 1402)
	order := office.Order(apitest.Plate)
	wantField(t, treasurer.Once("POST", "/v1/external-payments", claimed), 409, "external_payment_claimed", "fiscal_year")
	office.Must(office.Once("POST", "/v1/orders/"+order.Id.String()+"/cancellation", nil), 200, nil)
	treasurer.Must(treasurer.Once("POST", "/v1/external-payments/"+report.Id.String()+"/withdrawal", map[string]string{"reason": "x"}), 204, nil)
	if again := dueOf(t, office.Inquire(apitest.Plate), apitest.Shiraz, 1403); again.State != gen.DueStateAssessed || again.BalanceRial != before.BalanceRial {
		t.Errorf("after the withdrawal: %+v", again)
	}

	r.record(apitest.VIN, "residence-moves", map[string]any{"day": "1404/01/01", "residence": apitest.Isfahan})
	moved := office.Inquire(apitest.Plate)
	dueOf(t, moved, apitest.Isfahan, 1404)
	dueOf(t, moved, apitest.Shiraz, 1403)
	for _, m := range moved.Municipalities {
		for _, d := range m.Dues {
			if m.Municipality.Code == apitest.Shiraz && d.FiscalYear >= 1404 {
				t.Errorf("Shiraz still asks for %d", d.FiscalYear)
			}
		}
	}
}

func dueOf(t *testing.T, q gen.Inquiry, city, year int) gen.Due {
	t.Helper()
	for _, m := range q.Municipalities {
		for _, d := range m.Dues {
			if m.Municipality.Code == city && d.FiscalYear == year {
				return d
			}
		}
	}
	t.Fatalf("no due of %d in the city %d", year, city)
	return gen.Due{}
}

// TestOwnersAreKeptFromLogsAndKeys writes an owner in every place that takes one, with and without a fault, and searches the logs and what is stored of requests.
func TestOwnersAreKeptFromLogsAndKeys(t *testing.T) {
	t.Parallel()
	r := newRegister(t)
	const wrongID = "0084575949"
	wrong := map[string]string{"kind": "person", "id": wrongID, "name": buyer["name"]}
	transfer := map[string]any{"day": "1404/05/01", "owner": buyer, "plate": "21ج34568", "residence": apitest.Isfahan}
	r.record(pride, "ownership-transfers", transfer)
	r.record(pride, "corrections", map[string]any{"history": "owner", "entry": "1404/05/01", "owner": map[string]string{"kind": "person", "id": "0790419904", "name": buyer["name"]}, "reason": "x"})
	r.Refused(r.Once("POST", r.on(pride, "ownership-transfers"), transfer), 409, "day_before_period")
	r.Refused(r.Once("POST", r.on(pride, "ownership-transfers"), map[string]any{"day": "1404/05/02", "owner": wrong}), 422, "national_id_checksum")
	r.Refused(r.Once("POST", r.on(pride, "corrections"), map[string]any{"history": "plate", "entry": "1404/05/01", "owner": buyer, "reason": "x"}), 422, "history_value")

	logs := r.Logs.String()
	if strings.Count(logs, `"operation":"TransferOwnership"`) != 3 {
		t.Fatalf("the log is not what is searched: %.500s", logs)
	}
	for _, secret := range []string{buyer["id"], wrongID, "0790419904", buyer["name"], "مریم", "رضایی"} {
		if strings.Contains(logs, secret) {
			t.Errorf("the log holds %q", secret)
		}
		for _, table := range []string{"audit_log", "idempotency_keys", "vehicle_owners", "vehicle_corrections"} {
			if count(t, r.Server, scope.Platform(), table, `row_to_json(`+table+`)::text LIKE '%`+secret+`%'`) != 0 {
				t.Errorf("%s holds %q", table, secret)
			}
		}
	}
	// A plain hash of the request would give the ID away to whoever tries all of them.
	body, err := json.Marshal(transfer)
	if err != nil {
		t.Fatal(err)
	}
	plain := sha256.Sum256(append([]byte("POST "+r.on(pride, "ownership-transfers")+"\n"), body...))
	if n := count(t, r.Server, scope.Platform(), "idempotency_keys", fmt.Sprintf(`request_hash = '\x%x'`, plain)); n != 0 {
		t.Error("the request is stored under a hash without a key")
	}
}

// TestRegistryLimitsGuessing counts look-ups that find nothing against the limit of guesses.
func TestRegistryLimitsGuessing(t *testing.T) {
	t.Parallel()
	table := api.DefaultLimits()
	for i := range table["registry"] {
		if rule := &table["registry"][i]; rule.Limit.Name == "unknown-vehicles" {
			rule.Limit.Requests = 3
		}
	}
	s := apitest.New(t, apitest.Options{LimitTable: table})
	c := s.SignIn(apitest.Treasurer)
	c.Must(c.Once("POST", "/v1/external-payments", payment(apitest.VIN, 1402)), 201, nil)
	for _, last := range "00112" { // the same again tells nothing new
		c.Refused(c.Once("POST", "/v1/external-payments", payment("NAAM01CA0ER99999"+string(last), 1403)), 404, "registered_vehicle_unknown")
	}
	c.Refused(c.Once("POST", "/v1/external-payments", payment("NAAM01CA0ER999999", 1403)), 429, "rate_limited")

	// A vehicle that has never lived in the city is a guess as well.
	officer := s.SignIn(apitest.CaseOfficer)
	lookUp := map[string]string{"plate": apitest.OtherPlate, "purpose": "case 9"}
	for range 2 {
		officer.Refused(officer.Do("POST", "/v1/decisions/lookups", lookUp), 404, "registered_vehicle_unknown")
	}
	for _, vin := range []string{pride, "NAAM01CA0ER999999"} {
		officer.Refused(officer.Once("POST", "/v1/decisions", map[string]any{"vin": vin, "kind": "exempt", "from_year": 1404, "through_year": 1404, "reason": boardRuling}), 404, "registered_vehicle_unknown")
	}
	officer.Refused(officer.Do("POST", "/v1/decisions/lookups", lookUp), 429, "rate_limited")
}
