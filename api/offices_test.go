package api_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/tenants/devices"
)

// jalaliDay is so many days from the server's today.
func jalaliDay(s *apitest.Server, days int) string {
	return calendar.DateOf(s.Clock.Now()).AddDays(days).String()
}

// TestASuspensionStopsTheNextRequest suspends the office of a cashier who is signed in, and of its branch, and lets both work again.
func TestASuspensionStopsTheNextRequest(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier, operator := s.SignIn(apitest.Cashier), s.SignIn(apitest.PlatformOperator)
	office := officeOf(t, s, apitest.Cashier)
	var branch gen.OfficeSummary
	operator.Must(operator.Once("POST", "/v1/offices", map[string]any{"municipality_code": apitest.Tehran, "parent_id": office, "name_fa": "شعبه", "licence_no": "72-0001/1",
		"valid_from": jalaliDay(s, -1)}), 201, &branch)
	s.Platform(`INSERT INTO people (id, office_id, username, password_hash, name_fa, role) SELECT gen_random_uuid(), ?, 'branch.cashier', password_hash, name_fa, role FROM people WHERE username = ?`,
		branch.Id, apitest.Cashier)
	atBranch := s.SignIn("branch.cashier")
	order := cashier.Order(apitest.OtherPlate)
	works := func(c *apitest.Client) {
		t.Helper()
		c.Must(c.Do("POST", "/v1/inquiries", map[string]string{"plate": apitest.Plate, "purpose": "settlement"}), 201, nil)
	}
	refused := func(c *apitest.Client) {
		t.Helper()
		c.Refused(c.Do("POST", "/v1/inquiries", map[string]string{"plate": apitest.Plate, "purpose": "settlement"}), 403, "office_not_active")
		c.Refused(c.Do("GET", "/v1/me", nil), 403, "office_not_active")
	}
	move := func(id uuid.UUID, verb string) {
		t.Helper()
		operator.Must(operator.Once("POST", "/v1/offices/"+id.String()+"/"+verb, map[string]string{"reason": "complaint 12"}), 200, nil)
	}
	works(cashier)
	works(atBranch)
	move(office, "suspension")
	refused(cashier)
	refused(atBranch)
	cashier.Refused(cashier.Once("POST", "/v1/orders/"+order.Id.String()+"/payments", map[string]string{"method": "gateway"}), 403, "office_not_active")
	again := s.Anonymous()
	again.Refused(again.Do("POST", "/v1/sessions", map[string]string{"username": apitest.Clerk, "password": apitest.Password}), 403, "office_not_active")
	move(office, "reinstatement")
	works(cashier)
	works(atBranch)
	move(branch.Id, "suspension")
	works(cashier)
	refused(atBranch)
	move(branch.Id, "reinstatement")
	s.Platform(`UPDATE offices SET valid_to = scope_today() WHERE id = ?`, office) // the parent's licence has run out
	refused(cashier)
	refused(atBranch)
	operator.Must(operator.Once("POST", "/v1/offices/"+office.String()+"/renewal", map[string]string{"valid_to": jalaliDay(s, 30)}), 200, nil)
	works(atBranch)
	move(branch.Id, "closure")
	refused(atBranch)

	manager := s.SignIn(apitest.Manager)
	var record gen.OfficeRecord
	manager.Must(manager.Do("GET", "/v1/offices/"+office.String(), nil), 200, &record)
	if len(record.Branches) != 1 || len(record.Events) != 4 || record.Events[1].Kind != "suspended" || *record.Events[1].Reason != "complaint 12" {
		t.Errorf("%+v", record)
	}
	manager.Refused(manager.Once("POST", "/v1/offices/"+office.String()+"/suspension", map[string]string{"reason": "x"}), 403, "not_permitted")
	operator.Refused(operator.Once("POST", "/v1/offices/"+branch.Id.String()+"/reinstatement", map[string]string{"reason": "x"}), 409, "office_state")
}

func TestADeviceEnrolsThroughTheAPI(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	manager, other, anyone := s.SignIn(apitest.Manager), s.SignIn(apitest.OtherManager), s.Anonymous()
	var invited gen.DeviceInvitation
	manager.Must(manager.Do("POST", "/v1/devices", map[string]string{"name": "کارت‌خوان باجهٔ ۲", "kind": "terminal_agent"}), 201, &invited)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	body := map[string]string{"code": invited.Code, "public_key": encode(public), "signature": encode(ed25519.Sign(private, devices.EnrolmentMessage(invited.Code)))}
	var enrolled gen.Device
	anyone.Must(anyone.Do("POST", "/v1/public/device-enrolments", body), 201, &enrolled)
	if enrolled.State != "enrolled" || *enrolled.PublicKey != encode(public) || enrolled.Id != invited.Device.Id {
		t.Errorf("%+v", enrolled)
	}
	anyone.Refused(anyone.Do("POST", "/v1/public/device-enrolments", body), 422, "device_code")
	body["public_key"] = "!!"
	anyone.Refused(anyone.Do("POST", "/v1/public/device-enrolments", body), 422, "device_key")
	other.Refused(other.Do("POST", "/v1/devices/"+enrolled.Id.String()+"/revocation", map[string]string{"reason": "x"}), 404, "device_unknown")
	manager.Must(manager.Do("POST", "/v1/devices/"+enrolled.Id.String()+"/revocation", map[string]string{"reason": "stolen"}), 200, nil)
	var list gen.DeviceList
	manager.Must(manager.Do("GET", "/v1/devices", nil), 200, &list)
	if len(list.Devices) != 1 || list.Devices[0].State != "revoked" {
		t.Errorf("%+v", list)
	}
	if strings.Contains(s.Logs.String(), invited.Code) {
		t.Error("the code is in the log")
	}
}

// agreed brings terms of Shiraz with the first office into force.
func agreed(t *testing.T, s *apitest.Server, version string, terms map[string]any) {
	t.Helper()
	admin, second, manager := s.SignIn(apitest.CityAdmin), s.SignIn(secondAdmin(t, s)), s.SignIn(apitest.Manager)
	admin.Must(admin.Once("POST", "/v1/agreements/texts", map[string]string{"version": version, "text_fa": "دفتر می‌پذیرد …"}), 201, nil)
	var p gen.AgreementProposal
	admin.Must(admin.Once("POST", "/v1/agreements/proposals", map[string]any{"office_licence": "72-0001", "kind": "terms", "valid_from": jalaliDay(s, 0), "text_version": version,
		"reason": "meeting 4", "terms": terms}), 201, &p)
	path := "/v1/agreements/proposals/" + p.Id.String()
	admin.Refused(admin.Once("POST", path+"/approval", nil), 403, "agreement_second_person")
	second.Must(second.Once("POST", path+"/approval", nil), 200, nil)
	var offered gen.AgreementProposal
	manager.Must(manager.Do("GET", path, nil), 200, &offered)
	if offered.TextFa == nil || *offered.TextFa != "دفتر می‌پذیرد …" || offered.State != "approved" {
		t.Errorf("%+v", offered)
	}
	manager.Must(manager.Once("POST", path+"/acceptance", map[string]string{"text_version": version}), 200, &offered)
	if offered.State != "accepted" || offered.AcceptedBy == nil {
		t.Errorf("%+v", offered)
	}
}

// secondAdmin makes the tariff approver of Shiraz its second administrator.
func secondAdmin(t *testing.T, s *apitest.Server) string {
	t.Helper()
	s.Platform(`UPDATE people SET role = 'municipality_admin' WHERE username = ?`, apitest.CityApprover)
	return apitest.CityApprover
}

// only keeps the dues of an inquiry in one city.
func only(q gen.Inquiry, city int) map[string]any {
	dues := []map[string]int{}
	for _, m := range q.Municipalities {
		for _, d := range m.Dues {
			if d.State == gen.DueStateAssessed && m.Municipality.Code == city {
				dues = append(dues, map[string]int{"municipality_code": city, "fiscal_year": d.FiscalYear})
			}
		}
	}
	return map[string]any{"inquiry_id": q.Id, "dues": dues}
}

// payable is what a city gets by an inquiry, and how much of it is under a charge in one due or another.
func payable(q gen.Inquiry, city int) (rial int64, charges map[string]bool) {
	charges = map[string]bool{}
	for _, m := range q.Municipalities {
		if m.Municipality.Code == city {
			rial = m.PayableRial
			for _, d := range m.Dues {
				for _, l := range d.Lines {
					charges[l.Charge] = true
				}
			}
		}
	}
	return rial, charges
}

func TestAnAgreementBoundsOrdersAndPayments(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	q := c.Inquire(apitest.Plate)
	due, charges := payable(q, apitest.Shiraz)
	if due <= 0 || !charges["annual_duty"] {
		t.Fatalf("Shiraz: %d %v", due, charges)
	}
	place := func() apitest.Answer { return c.Once("POST", "/v1/orders", only(q, apitest.Shiraz)) }
	refused := func(code string) {
		t.Helper()
		a := place()
		c.Refused(a, 403, code)
		if p := a.Problem(); p.MunicipalityCode == nil || *p.MunicipalityCode != apitest.Shiraz {
			t.Errorf("%s names %v", code, p.MunicipalityCode)
		}
	}
	agreed(t, s, "1", map[string]any{"charges": []string{"pollution_levy"}})
	refused("charge_not_agreed")
	c.Must(c.Once("POST", "/v1/orders", only(q, apitest.Tehran)), 201, nil) // no business of another city
	agreed(t, s, "2", map[string]any{"order_ceiling_rial": due - 1})
	refused("order_above_ceiling")
	agreed(t, s, "3", map[string]any{"order_ceiling_rial": due, "day_ceiling_rial": due + 1000, "methods": []string{"terminal"}})
	var order gen.Order
	c.Must(place(), 201, &order)
	pay := func() apitest.Answer {
		return c.Once("POST", "/v1/orders/"+order.Id.String()+"/payments", map[string]string{"method": "gateway"})
	}
	c.Refused(pay(), 403, "method_not_agreed")
	agreed(t, s, "4", map[string]any{"order_ceiling_rial": due, "day_ceiling_rial": due + 1000, "methods": []string{"gateway"}})
	c.Must(c.Once("POST", "/v1/orders/"+order.Id.String()+"/cancellation", nil), 200, nil)
	c.Must(place(), 201, &order) // what was given back does not count for the day
	agreed(t, s, "5", map[string]any{"day_ceiling_rial": due})
	if got := c.Pay(order.Id); got.State != gen.PaymentStateCaptured {
		t.Errorf("payment: %+v", got)
	}
}

// TestTheCeilingOfADayCountsEveryOrder lets two orders of different vehicles race for what is left of a day.
func TestTheCeilingOfADayCountsEveryOrder(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	first, second := c.Inquire(apitest.FleetPlate(0)), c.Inquire(apitest.FleetPlate(1))
	rial, _ := payable(first, apitest.Tehran)
	// The walk's proposals are Shiraz's; here the platform writes Tehran's terms as they would stand after the city and the office have agreed.
	s.Platform(`INSERT INTO agreement_texts (municipality_id, version, number, hash, body_fa, offered_by, offered_at) SELECT 520, '1', 1, sha256('x'), 'x', id, now() FROM people WHERE username = 'manager'`)
	s.Platform(`INSERT INTO agreement_proposals (municipality_id, id, office_id, kind, valid_from, fee_share_ppm, day_ceiling_rial, text_version, reason, proposed_by, proposed_at, expires_at, state,
	    decided_by, decided_at, accepted_by, accepted_at)
	  SELECT 520, gen_random_uuid(), m.office_id, 'terms', scope_today(), 0, ?, '1', 'x', a.id, now(), now(), 'accepted', b.id, now(), m.id, now() FROM people m, people a, people b
	  WHERE m.username = 'manager' AND a.username = 'city.admin' AND b.username = 'city.approver'`, rial+rial/2)
	s.Platform(`INSERT INTO agreements (municipality_id, office_id, number, valid_from, proposal_id) SELECT municipality_id, office_id, 2, valid_from, id FROM agreement_proposals`)
	answers := make(chan apitest.Answer, 2)
	for _, q := range []gen.Inquiry{first, second} {
		go func() { answers <- c.Once("POST", "/v1/orders", apitest.OrderOf(q)) }()
	}
	codes := map[int]int{}
	for range 2 {
		a := <-answers
		codes[a.Status]++
		if a.Status != 201 && string(a.Problem().Code) != "day_above_ceiling" {
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
	if codes[201] != 1 || codes[403] != 1 {
		t.Errorf("answers: %v", codes)
	}
	s.Clock.Advance(25 * time.Hour) // unpaid orders have lapsed, and the day is another
	c = s.SignIn(apitest.Cashier)
	c.Order(apitest.FleetPlate(2))
}

func TestAnEndedAgreementStopsOrdersAndPayments(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c, admin, second := s.SignIn(apitest.Cashier), s.SignIn(apitest.CityAdmin), s.SignIn(secondAdmin(t, s))
	q := c.Inquire(apitest.Plate)
	var order gen.Order
	c.Must(c.Once("POST", "/v1/orders", only(q, apitest.Shiraz)), 201, &order)
	var p gen.AgreementProposal
	admin.Must(admin.Once("POST", "/v1/agreements/proposals", map[string]any{"office_licence": "72-0001", "kind": "end", "valid_from": jalaliDay(s, 0), "reason": "complaints"}), 201, &p)
	second.Must(second.Once("POST", "/v1/agreements/proposals/"+p.Id.String()+"/approval", nil), 200, nil)
	c.Refused(c.Once("POST", "/v1/orders/"+order.Id.String()+"/payments", map[string]string{"method": "gateway"}), 403, "no_agreement")
	for _, m := range c.Inquire(apitest.Plate).Municipalities {
		if want := m.Municipality.Code != apitest.Shiraz; (m.State == gen.MunicipalityDuesStateAnswered) != want {
			t.Errorf("%d is %s", m.Municipality.Code, m.State)
		}
	}
	var taken gen.AgreementProposal
	admin.Must(admin.Once("POST", "/v1/agreements/texts", map[string]string{"version": "1", "text_fa": "متن"}), 201, nil)
	admin.Must(admin.Once("POST", "/v1/agreements/proposals", map[string]any{"office_licence": "72-0001", "kind": "terms", "valid_from": jalaliDay(s, 1), "text_version": "1", "reason": "again"}), 201, &taken)
	admin.Must(admin.Once("POST", "/v1/agreements/proposals/"+taken.Id.String()+"/refusal", map[string]string{"remark": "a mistake"}), 200, nil)
	var texts gen.AgreementTexts
	admin.Must(admin.Do("GET", "/v1/agreements/texts", nil), 200, &texts)
	var proposals gen.AgreementProposals
	admin.Must(admin.Do("GET", "/v1/agreements/proposals", nil), 200, &proposals)
	if len(texts.Texts) != 1 || len(proposals.Proposals) != 2 || proposals.Proposals[0].State != "refused" {
		t.Errorf("%+v %+v", texts, proposals)
	}
	var list gen.AgreementList
	admin.Must(admin.Do("GET", "/v1/agreements", nil), 200, &list)
	ended := false
	for _, a := range list.Agreements {
		ended = ended || a.Ends && a.OfficeLicence == "72-0001" && !a.Holds && a.Number == 2
	}
	if !ended {
		t.Errorf("%+v", list)
	}
}
