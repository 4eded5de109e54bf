package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"github.com/alexedwards/argon2id"
	"io"
	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/packs"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

func cityPath(code int, rest string) string {
	return fmt.Sprintf("/v1/municipalities/%d%s", code, rest)
}

func moveCity(c *apitest.Client, code int, to string) gen.TenantLife {
	var life gen.TenantLife
	c.Must(c.Do("POST", cityPath(code, "/stage"), map[string]string{"stage": to, "reason": "the council's wish"}), 200, &life)
	return life
}

func stateOf(q gen.Inquiry, code int) gen.MunicipalityDuesState {
	for _, m := range q.Municipalities {
		if m.Municipality.Code == code {
			return m.State
		}
	}
	return ""
}

type sink struct{ files map[string]*bytes.Buffer }

type open struct{ io.Writer }

func (open) Close() error { return nil }

func (s sink) Create(name string) (io.WriteCloser, error) {
	s.files[name] = &bytes.Buffer{}
	return open{s.files[name]}, nil
}

// TestAPauseHoldsForTheNextRequest pauses Tehran between every step of a visit: what is new is refused, what is in flight is captured whole, what was held is
// given back, and the city is closed only once nothing of it is left.
func TestAPauseHoldsForTheNextRequest(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier, operator := s.SignIn(apitest.Cashier), s.SignIn(apitest.PlatformOperator)
	flying, waiting := cashier.Order(apitest.Plate), cashier.Order(apitest.OtherPlate)
	inFlight, shown := cashier.Start(flying.Id), cashier.Inquire(apitest.FleetPlate(0))

	began := time.Now()
	if life := moveCity(operator, apitest.Tehran, "paused"); life.Municipality.Stage != "paused" || len(life.Moves) != 3 || life.Moves[2].ActorId == nil {
		t.Errorf("%+v", life)
	}
	now := cashier.Inquire(apitest.FleetPlate(0))
	if took := time.Since(began); stateOf(now, apitest.Tehran) != "paused" || now.PayableRial != 0 || took > 2*time.Second {
		t.Errorf("%s, payable %d after %s", stateOf(now, apitest.Tehran), now.PayableRial, took)
	}
	cashier.Refused(cashier.Once("POST", "/v1/orders", apitest.OrderOf(shown)), 422, "municipality_paused")
	cashier.Refused(cashier.Once("POST", "/v1/orders/"+waiting.Id.String()+"/payments", map[string]string{"method": "gateway"}), 422, "municipality_paused")
	if o := cashier.GetOrder(waiting.Id); o.State != "open" || len(o.Payments) != 0 {
		t.Errorf("%s with %d payments", o.State, len(o.Payments))
	}

	tenants := packs.NewService(s.Program.Runner)
	archive := sink{map[string]*bytes.Buffer{}}
	if _, err := tenants.Close(s.System(), scope.Platform(), apitest.Tehran, "r", archive); err == nil || !strings.Contains(err.Error(), "municipality_in_flight") || len(archive.files) != 0 {
		t.Errorf("closed over a payment in flight: %v", err)
	}
	cashier.Must(cashier.Return(s.Bank.Decide(t, inFlight, "pay")), 200, nil)
	paid := cashier.GetOrder(flying.Id)
	if paid.State != "paid" || slices.ContainsFunc(paid.Bills, func(b gen.Bill) bool { return b.State != "paid" }) {
		t.Errorf("the visit is paid in part: %s %+v", paid.State, paid.Bills)
	}
	if _, err := tenants.Close(s.System(), scope.Platform(), apitest.Tehran, "r", archive); err == nil || !strings.Contains(err.Error(), "municipality_in_flight") {
		t.Errorf("closed over a claim: %v", err)
	}
	cashier.Must(cashier.Once("POST", "/v1/orders/"+waiting.Id.String()+"/cancellation", nil), 200, nil)

	moveCity(operator, apitest.Tehran, "active")
	again := cashier.Order(apitest.OtherPlate)
	if p := cashier.Pay(again.Id); p.State != "captured" {
		t.Errorf("after the pause: %s", p.State)
	}
	moveCity(operator, apitest.Tehran, "paused")
	manifest, err := tenants.Close(s.System(), scope.Platform(), apitest.Tehran, "the contract has ended", archive)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int64{}
	for _, f := range manifest.Files {
		rows[f.Name] = f.Rows
	}
	if rows["bills.jsonl"] != 3 || rows["payment_bills.jsonl"] != 2 || rows["ledger_entries.jsonl"] != 2 || rows["municipality_stages.jsonl"] != 6 {
		t.Errorf("%v", rows)
	}
	if bytes.Contains(archive.files["due_claims.jsonl"].Bytes(), []byte(`"municipality_id": 218`)) {
		t.Error("another city's claims are among them")
	}
	q := cashier.Inquire(apitest.FleetPlate(0))
	if stateOf(q, apitest.Tehran) != "closed" {
		t.Errorf("%s", stateOf(q, apitest.Tehran))
	}
	cashier.Refused(cashier.Once("POST", "/v1/orders", orderFor(q.Id, apitest.Tehran, 1403)), 422, "municipality_closed")
	operator.Refused(operator.Do("POST", cityPath(apitest.Tehran, "/stage"), map[string]string{"stage": "active", "reason": "r"}), 409, "municipality_stage")
}

// TestTheDatabaseKeepsAPauseByItself plants a bill and a split in an office's scope, as a defect of ours would.
func TestTheDatabaseKeepsAPauseByItself(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier := s.SignIn(apitest.Cashier)
	order := cashier.Order(apitest.OtherPlate)
	cashier.Start(order.Id)
	office := officeOf(t, s, apitest.Cashier)
	try := func(statement string) error {
		return s.Program.Runner.InTx(s.System(), scope.Office(office).NamingPlate(apitest.OtherPlate), func(tx *scope.Tx) error {
			if err := tx.DB.Exec(statement, order.Id).Error; err != nil {
				return err
			}
			return errRollback
		})
	}
	const bill = `INSERT INTO bills (municipality_id, id, office_id, order_id, vehicle_id, bill_id, payment_id, amount_rial, state, issued_at, valid_until)
	  SELECT municipality_id, gen_random_uuid(), office_id, order_id, vehicle_id, bill_id || '9', payment_id, amount_rial, 'open', issued_at, valid_until FROM bills WHERE order_id = ?`
	if err := try(bill); err != errRollback {
		t.Fatal(err)
	}
	for _, stage := range []string{"paused", "draft", "closed", "pilot"} {
		s.Platform(`UPDATE municipalities SET stage = ? WHERE id = ?`, stage, apitest.Tehran)
		if err := try(bill); err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("%s: %v", stage, err)
		}
	}
	// A session's temporary tables come before the schema's, but not in a policy.
	err := s.Program.Runner.InTx(s.System(), scope.Office(office).NamingPlate(apitest.OtherPlate), func(tx *scope.Tx) error {
		if err := tx.DB.Exec(`CREATE TEMP TABLE municipalities ON COMMIT DROP AS SELECT id, 'active' AS stage, settings FROM municipalities`).Error; err != nil {
			t.Fatal(err)
		}
		return tx.DB.Exec(bill, order.Id).Error
	})
	if err == nil || !strings.Contains(err.Error(), "row-level security") {
		t.Errorf("with a temporary table of cities: %v", err)
	}
}

// TestAPilotReachesOfficesStepByStep widens a pilot without a restart: by county, then by share; and goes back to the byte.
func TestAPilotReachesOfficesStepByStep(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier, operator := s.SignIn(apitest.Cashier), s.SignIn(apitest.PlatformOperator)
	moveCity(operator, apitest.Shiraz, "paused")
	moveCity(operator, apitest.Shiraz, "pilot")
	held := cashier.Inquire(apitest.Plate)
	if stateOf(held, apitest.Shiraz) != "not_yet" || stateOf(held, apitest.Isfahan) != "answered" {
		t.Errorf("%s", stateOf(held, apitest.Shiraz))
	}
	cashier.Refused(cashier.Once("POST", "/v1/orders", orderFor(held.Id, apitest.Shiraz, 1403)), 422, "municipality_not_yet")

	configure := func(number int, rollout map[string]any, minutes int) (gen.MunicipalityPlan, []byte) {
		t.Helper()
		var got gen.MunicipalityConfig
		operator.Must(operator.Do("GET", cityPath(apitest.Shiraz, "/config"), nil), 200, &got)
		var pack map[string]any
		if err := json.Unmarshal(got.Pack, &pack); err != nil {
			t.Fatal(err)
		}
		pack["settings"] = map[string]any{"rollout": rollout, "order_validity_minutes": minutes}
		var dry, plan gen.MunicipalityPlan
		operator.Must(operator.Do("POST", cityPath(apitest.Shiraz, "/config/diff"), map[string]any{"pack": pack}), 200, &dry)
		operator.Must(operator.Do("PUT", cityPath(apitest.Shiraz, "/config"), map[string]any{"number": number, "reason": "widen", "pack": pack}), 200, &plan)
		if len(dry.Changes) != len(plan.Changes) || plan.Number != number+1 {
			t.Errorf("planned %+v, done %+v", dry, plan)
		}
		return plan, got.Pack
	}
	configure(0, map[string]any{"districts": []string{"کرج"}}, 30)
	if state := stateOf(cashier.Inquire(apitest.Plate), apitest.Shiraz); state != "not_yet" {
		t.Errorf("another county's pilot: %s", state)
	}
	configure(1, map[string]any{"districts": []string{"تهران", "کرج"}}, 45)
	in := cashier.Inquire(apitest.Plate)
	if state := stateOf(in, apitest.Shiraz); state != "answered" {
		t.Errorf("the county of the office: %s", state)
	}
	var order gen.Order
	cashier.Must(cashier.Once("POST", "/v1/orders", orderFor(in.Id, apitest.Shiraz, 1403)), 201, &order)
	if held := time.Until(order.ValidUntil); held < 44*time.Minute || held > 45*time.Minute {
		t.Errorf("the order holds for %s", held)
	}
	_, narrow := configure(2, map[string]any{"share_ppm": 1_000_000}, 30)
	if state := stateOf(cashier.Inquire(apitest.Plate), apitest.Shiraz); state != "answered" {
		t.Errorf("every office: %s", state)
	}
	configure(3, map[string]any{}, 30)
	cashier.Refused(cashier.Once("POST", "/v1/orders/"+order.Id.String()+"/payments", map[string]string{"method": "gateway"}), 422, "municipality_not_yet")

	var plan gen.MunicipalityPlan
	operator.Must(operator.Do("POST", cityPath(apitest.Shiraz, "/config/rollback"), map[string]any{"number": 2, "reason": "back"}), 200, &plan)
	var back gen.MunicipalityConfig
	operator.Must(operator.Do("GET", cityPath(apitest.Shiraz, "/config"), nil), 200, &back)
	if !bytes.Equal(back.Pack, narrow) || back.Number != 5 || len(back.Versions) != 5 || back.Versions[0].Restores == nil || *back.Versions[0].Restores != 2 {
		t.Errorf("%s\n%s\n%+v", back.Pack, narrow, back.Versions)
	}
	if p := cashier.Start(order.Id); p.State != "sent" {
		t.Errorf("after going back: %s", p.State)
	}
}

// TestPacksOverTheAPI: what is wrong is named in the body, an outdated number is refused, and a city sees itself alone.
func TestPacksOverTheAPI(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	operator, admin := s.SignIn(apitest.PlatformOperator), s.SignIn(apitest.CityAdmin)
	bad := map[string]any{}
	for key, value := range cityPack {
		bad[key] = value
	}
	bad["accounts"] = map[string]string{"*": "IR040610000009990000000002", "bread": "IR040610000009990000000001"}
	a := operator.Do("PUT", cityPath(apitest.Shiraz, "/config"), map[string]any{"number": 0, "reason": "r", "pack": bad})
	operator.Refused(a, 422, "municipality_pack")
	if fields := a.Problem().Errors; fields == nil || len(*fields) != 1 || (*fields)[0].Field != "pack.accounts.*" || (*fields)[0].Code != "iban_checksum" {
		t.Errorf("%s", a.Body)
	}
	bad["accounts"] = map[string]string{"*": "IR040610000009990000000001", "bread": "IR040610000009990000000001"}
	if a := operator.Do("POST", cityPath(apitest.Shiraz, "/config/diff"), map[string]any{"pack": bad}); !strings.Contains(string(a.Body), "pack.accounts.bread") {
		t.Errorf("%s", a.Body)
	}
	operator.Refused(operator.Do("PUT", cityPath(apitest.Shiraz, "/config"), map[string]any{"number": 4, "reason": "r", "pack": cityPack}), 409, "municipality_config_moved")
	operator.Refused(operator.Do("PUT", cityPath(apitest.Tehran, "/config"), map[string]any{"number": 0, "reason": "r", "pack": cityPack}), 422, "municipality_code")
	operator.Refused(operator.Do("POST", cityPath(apitest.Shiraz, "/stage"), map[string]string{"stage": "closed", "reason": "r"}), 409, "municipality_close_exports")

	var all, own gen.Tenants
	operator.Must(operator.Do("GET", "/v1/municipalities?stage=active", nil), 200, &all)
	admin.Must(admin.Do("GET", "/v1/municipalities", nil), 200, &own)
	if len(all.Municipalities) != 565 || len(own.Municipalities) != 1 || own.Municipalities[0].Code != apitest.Shiraz {
		t.Errorf("%d, %+v", len(all.Municipalities), own)
	}
	admin.Must(admin.Do("GET", cityPath(apitest.Shiraz, "/config"), nil), 200, nil)
	admin.Refused(admin.Do("GET", cityPath(apitest.Tehran, "/config"), nil), 404, "tenant_unknown")
	admin.Refused(admin.Do("PUT", cityPath(apitest.Shiraz, "/config"), map[string]any{"number": 0, "reason": "r", "pack": cityPack}), 403, "not_permitted")
}

// TestTheTariffPartBecomesADraft: a pack proposes, a new pack rewrites what nobody has submitted, an unchanged part leaves the city's draft alone, and going
// back to a pack without one withdraws it.
func TestTheTariffPartBecomesADraft(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	editor := s.SignIn(apitest.CityEditor)
	operator := personOf(t, s, apitest.PlatformOperator)
	ctx := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: operator})
	tenants := packs.NewService(s.Program.Runner)
	base, err := json.Marshal(cityPack)
	if err != nil {
		t.Fatal(err)
	}
	apply := func(tariff string) municipalities.Plan {
		t.Helper()
		p, err := tenants.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		if tariff != "" {
			with := strings.Replace(string(base), "{", `{"tariff": {"reason": "council", "version": `+tariff+`}, `, 1)
			if p, err = tenants.Parse([]byte(with)); err != nil {
				t.Fatal(err)
			}
		}
		now, err := tenants.Config(ctx, scope.Platform(), p.Code, 0)
		if err != nil {
			t.Fatal(err)
		}
		p.Accounts = now.Pack.Accounts // others would wait for a second person
		plan, err := tenants.Apply(ctx, scope.Platform(), municipalities.Application{Pack: p, Reason: "r"})
		if err != nil {
			t.Fatal(err)
		}
		return plan
	}
	const levy = `{"fiscal_year": 1402, "rules": [{"charge": "pollution_levy", "classes": ["passenger_car"], "origins": ["domestic", "imported"], "rate_ppm": 500, "legal": {"fa": "م", "en": "d"}}]}`
	apply("")
	first := apply(levy)
	draft := readDraft(editor, first.TariffDraft)
	if draft.State != "draft" || draft.Authority != "122" || draft.Reason != "council" || !strings.Contains(string(draft.Version), `"rate_ppm":500`) || !slices.Equal(draft.EditedBy, []uuid.UUID{operator}) {
		t.Errorf("%+v %s", draft, draft.Version)
	}
	if second := apply(strings.Replace(levy, "500", "750", 1)); second.TariffDraft != first.TariffDraft {
		t.Errorf("another draft %s", second.TariffDraft)
	}
	if draft = readDraft(editor, first.TariffDraft); draft.Revision != 2 || !strings.Contains(string(draft.Version), `"rate_ppm":750`) {
		t.Errorf("%d %s", draft.Revision, draft.Version)
	}
	editor.Must(editor.Do("POST", "/v1/tariffs/drafts/"+first.TariffDraft.String()+"/submission", map[string]int{"revision": 2}), 200, nil)
	third := apply(strings.Replace(levy, "500", "800", 1))
	if third.TariffDraft == first.TariffDraft || third.TariffDraft == uuid.Nil || readDraft(editor, first.TariffDraft).State != "submitted" {
		t.Errorf("%+v", third)
	}
	if _, err := tenants.Rollback(ctx, scope.Platform(), apitest.Shiraz, 1, "back"); err != nil {
		t.Fatal(err)
	}
	if draft = readDraft(editor, third.TariffDraft); draft.State != "withdrawn" {
		t.Errorf("%s", draft.State)
	}
	_, err = tenants.Parse([]byte(strings.Replace(string(base), "{", `{"tariff": {"reason": "r", "version": {"fiscal_year": 1402, "rules": [{"charge": "bread"}]}}, `, 1)))
	if err == nil || !strings.Contains(err.Error(), "tariff.version") {
		t.Errorf("%v", err)
	}
}

func readDraft(c *apitest.Client, id uuid.UUID) gen.TariffDraft {
	var draft gen.TariffDraft
	c.Must(c.Do("GET", "/v1/tariffs/drafts/"+id.String(), nil), 200, &draft)
	return draft
}

func personOf(t *testing.T, s *apitest.Server, username string) (id uuid.UUID) {
	t.Helper()
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT id FROM people WHERE username = ?`, username).Row().Scan(&id)
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestOtherAccountsNeedASecondPerson sends a city's money elsewhere: nothing holds until another operator has approved it, and then exactly what was asked for.
func TestOtherAccountsNeedASecondPerson(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		_, err := identity.Enrol(tx, identity.NewPerson{Home: identity.Home{Kind: identity.AtPlatform}, Username: "second.operator", Password: apitest.Password,
			NameFA: "نفر دوم", NationalID: identitytest.NationalID("second.operator"), Role: identity.PlatformOperator},
			identity.Enrolment{Cost: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16}, Humans: identitytest.Humans()})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	first, second := s.SignIn(apitest.PlatformOperator), s.SignIn("second.operator")
	account := func() (iban string) {
		err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
			return tx.DB.Raw(`SELECT iban FROM municipality_accounts WHERE municipality_id = ? AND charge = '*'`, apitest.Shiraz).Row().Scan(&iban)
		})
		if err != nil {
			t.Fatal(err)
		}
		return iban
	}
	const path, other = "/v1/municipalities/122/config", "IR040610000009990000000001"
	was := account()
	var plan gen.MunicipalityPlan
	body := map[string]any{"pack": cityPack, "reason": "another bank", "number": 0}
	first.Must(first.Do("PUT", path, body), 200, &plan)
	if plan.ApprovalId == nil || plan.Number != 0 || account() != was || was == other {
		t.Fatalf("asked: %+v, the money goes to %s", plan, account())
	}
	first.Refused(first.Do("PUT", path, body), 409, "approval_pending")
	decision := "/v1/approvals/" + plan.ApprovalId.String() + "/decision"
	first.Refused(first.Do("POST", decision, map[string]string{"verdict": "approve"}), 403, "approval_second_person")
	second.Must(second.Do("POST", decision, map[string]string{"verdict": "approve"}), 200, nil)
	if account() != other {
		t.Errorf("after the approval the money goes to %s", account())
	}
	second.Refused(second.Do("POST", decision, map[string]string{"verdict": "approve"}), 409, "approval_decided")
}
