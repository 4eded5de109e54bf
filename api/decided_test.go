package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/billing/decisions"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/valuations"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

var boardRuling = fault.Text{FA: "رأی کمیسیون", EN: "ruling of the board"}

func takeDecision(t *testing.T, s *apitest.Server, at scope.Scope, r decisions.Request) decisions.Decision {
	t.Helper()
	r.Reason = boardRuling
	d, err := decisions.NewService(s.Program.Runner).Decide(s.System(), at.NamingVIN(apitest.VIN), r)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// dueIn finds the one due of a city.
func dueIn(t *testing.T, q gen.Inquiry, city, year int) gen.Due {
	t.Helper()
	for _, m := range q.Municipalities {
		for _, d := range m.Dues {
			if m.Municipality.Code == city && d.FiscalYear == year {
				return d
			}
		}
	}
	t.Fatalf("no due of %d for %d", city, year)
	return gen.Due{}
}

func amountOf(d gen.Due, head string) int64 {
	for _, l := range d.Lines {
		if l.Charge == head {
			return l.AmountRial
		}
	}
	return 0
}

// TestDecisionsReachTheCounter takes one of each kind, of cities and of the nation, and looks at the inquiry.
func TestDecisionsReachTheCounter(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	before := c.Inquire(apitest.Plate)
	tehran, isfahan := scope.Municipality(apitest.Tehran), scope.Municipality(apitest.Isfahan)
	takeDecision(t, s, tehran, decisions.Request{Kind: dues.GrantExemption, FromYear: 1393, ThroughYear: 1393})
	takeDecision(t, s, tehran, decisions.Request{Kind: dues.HoldForReview, FromYear: 1394, ThroughYear: 1394})
	takeDecision(t, s, scope.Platform(), decisions.Request{Kind: dues.WaivePenalty, Rate: money.One, FromYear: 1397, ThroughYear: 1397})
	takeDecision(t, s, isfahan, decisions.Request{Kind: dues.GrantDiscount, Rate: 500_000, FromYear: 1398, ThroughYear: 1398})
	takeDecision(t, s, isfahan, decisions.Request{Kind: dues.AddExtra, Amount: 5_000_000, FromYear: 1399, ThroughYear: 1399})
	takeDecision(t, s, isfahan, decisions.Request{Kind: dues.GiveCredit, Amount: 100_000, FromYear: 1400, ThroughYear: 1400})
	takeDecision(t, s, tehran, decisions.Request{Kind: dues.GrantExemption, FromYear: 1402, ThroughYear: 1402})                                                    // another city's year
	takeDecision(t, s, scope.Municipality(apitest.Shiraz), decisions.Request{Kind: dues.GrantExemption, FromYear: 1403, ThroughYear: 1403, ValidFrom: tomorrow()}) // not yet
	after := c.Inquire(apitest.Plate)
	for _, w := range []struct {
		city, year int
		state      gen.DueState
		head       string
		amount     int64
		step       string
	}{
		{apitest.Tehran, 1393, gen.DueStateExempt, "annual_duty", 0, "exempt"},
		{apitest.Tehran, 1394, gen.DueStateUnderReview, "discount", 0, "under_review"},
		{apitest.Isfahan, 1397, gen.DueStateAssessed, "penalty_waiver", -amountOf(dueIn(t, before, apitest.Isfahan, 1397), "penalty"), "penalty_waiver"},
		{apitest.Isfahan, 1399, gen.DueStateAssessed, "extra", 5_000_000, "extra"},
		{apitest.Isfahan, 1400, gen.DueStateAssessed, "credit", -100_000, "credit"},
	} {
		d := dueIn(t, after, w.city, w.year)
		told := false
		for _, step := range d.Explanation {
			told = told || step.Code == w.step && strings.Contains(step.Text.Fa, boardRuling.FA)
		}
		if d.State != w.state || amountOf(d, w.head) != w.amount || !told {
			t.Errorf("%d %d: %s, %s %d, told %t: %+v", w.city, w.year, d.State, w.head, amountOf(d, w.head), told, d.Lines)
		}
	}
	if was, is := dueIn(t, before, apitest.Isfahan, 1398), dueIn(t, after, apitest.Isfahan, 1398); is.TotalRial >= was.TotalRial*6/10 || amountOf(is, "discount") >= 0 {
		t.Errorf("discount: %d, then %d", was.TotalRial, is.TotalRial)
	}
	for _, y := range []int{1402, 1403} {
		if was, is := dueIn(t, before, apitest.Shiraz, y), dueIn(t, after, apitest.Shiraz, y); is.TotalRial != was.TotalRial {
			t.Errorf("%d: %d, then %d", y, was.TotalRial, is.TotalRial)
		}
	}
	c.Refused(c.Once("POST", "/v1/orders", orderFor(after.Id, apitest.Tehran, 1394)), 409, "due_under_review")
	c.Refused(c.Once("POST", "/v1/orders", orderFor(after.Id, apitest.Tehran, 1393)), 422, "due_exempt")
	c.Refused(c.Once("POST", "/v1/orders", orderFor(before.Id, apitest.Isfahan, 1398)), 409, "amounts_changed") // what was shown before the decision holds no more
}

func tomorrow() calendar.Date { return calendar.DateOf(time.Now()).AddDays(1) }

// TestBillsOutliveTheirDecisions orders with a discount, an extra and an analogy, ends or replaces each, and derives the bills again (I7).
func TestBillsOutliveTheirDecisions(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	isfahan := scope.Municipality(apitest.Isfahan)
	discount := takeDecision(t, s, isfahan, decisions.Request{Kind: dues.GrantDiscount, Rate: 250_000, FromYear: 1397, ThroughYear: 1400})
	national := takeDecision(t, s, scope.Platform(), decisions.Request{Kind: dues.AddExtra, Amount: 7_777, FromYear: 1399, ThroughYear: 1399, ValidTo: tomorrow()})
	values := valuations.NewService(s.Program.Runner)
	for y := calendar.FiscalYear(1400); y <= 1405; y++ {
		if _, err := values.DecideByAnalogy(s.System(), scope.Platform(), valuations.Analogy{TypeCode: "rare-import", FiscalYear: y, BasisType: "peugeot-405", BasisYear: y - 1, Reason: "واردات متوقف شده است"}); err != nil {
			t.Fatal(err)
		}
	}
	s.Platform(`UPDATE vehicles SET category = 'ambulance' WHERE vin = ?`, apitest.VIN)
	q := c.Inquire(apitest.Plate)
	discounted := dueIn(t, q, apitest.Isfahan, 1398)
	c.Order(apitest.Plate)
	due := dueIn(t, c.Inquire(apitest.NoValue), apitest.Tehran, 1403)
	if due.State != gen.DueStateAssessed || !strings.Contains(fmt.Sprint(due.Explanation), "به قیاس نوع «پژو ۴۰۵» (سال ۱۴۰۲)") {
		t.Errorf("by analogy: %s %+v", due.State, due.Explanation)
	}
	c.Order(apitest.NoValue)
	if stored := citesOf(t, s, 1398); !strings.Contains(stored, discount.ID) || !strings.Contains(stored, `"category": "ambulance"`) {
		t.Errorf("cites %s", stored)
	}

	if _, err := decisions.NewService(s.Program.Runner).End(s.System(), isfahan, uuid.MustParse(discount.ID), calendar.Date{}, boardRuling); err != nil {
		t.Fatal(err)
	}
	if _, err := decisions.NewService(s.Program.Runner).End(s.System(), scope.Platform(), uuid.MustParse(national.ID), calendar.Date{}, boardRuling); err != nil {
		t.Fatal(err)
	}
	s.Platform(`UPDATE vehicles SET category = NULL`)
	report, err := (&valuations.Importer{Runner: s.Program.Runner}).Import(s.System(), csvimport.Input{File: strings.NewReader("fiscal_year,type_code,type_name_fa,base_rial\n1403,rare-import,کمیاب,5\n")})
	if err != nil || report.Changed != 1 {
		t.Fatal(report, err)
	}
	found, err := s.Program.Bills.VerifyBills(s.System(), nil)
	if err != nil || found.Divergent != nil || found.Unciting != 0 || found.Checked < 15 {
		t.Errorf("%+v %+v %v", found, found.Divergent, err)
	}
	// Who asks anew is told the amount without the decision, once the order lets go of the due.
	s.Platform(`UPDATE due_claims SET state = 'released'`)
	if now := dueIn(t, c.Inquire(apitest.Plate), apitest.Isfahan, 1398); now.State != gen.DueStateAssessed || now.TotalRial <= discounted.TotalRial {
		t.Errorf("after the end: %s %d, before %d", now.State, now.TotalRial, discounted.TotalRial)
	}
}

// TestOrdersAndDecisionsTakeTurns holds an order against a decision that is being made at the same moment: either the order has the old amount and was there
// first, or it is refused.
func TestOrdersAndDecisionsTakeTurns(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	for range 5 {
		asked := c.Inquire(apitest.Plate)
		answered := make(chan apitest.Answer)
		go func() { answered <- c.Once("POST", "/v1/orders", orderFor(asked.Id, apitest.Isfahan, 1399)) }()
		d := takeDecision(t, s, scope.Municipality(apitest.Isfahan), decisions.Request{Kind: dues.HoldForReview, FromYear: 1399, ThroughYear: 1399})
		a := <-answered
		switch {
		case a.Status == 201:
			var order gen.Order
			c.Must(a, 201, &order)
			if order.CreatedAt.After(d.RecordedAt.Add(time.Second)) {
				t.Errorf("ordered at %s what was held at %s", order.CreatedAt, d.RecordedAt)
			}
			s.Platform(`UPDATE due_claims SET state = 'released'`)
		default:
			c.Refused(a, 409, "due_under_review")
		}
		c.Refused(c.Once("POST", "/v1/orders", orderFor(asked.Id, apitest.Isfahan, 1399)), 409, "due_under_review") // whoever comes after the decision finds it
		if _, err := decisions.NewService(s.Program.Runner).End(s.System(), scope.Municipality(apitest.Isfahan), uuid.MustParse(d.ID), calendar.Date{}, boardRuling); err != nil {
			t.Fatal(err)
		}
	}
}

func citesOf(t *testing.T, s *apitest.Server, year int) (cites string) {
	t.Helper()
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT cites::text FROM bill_dues WHERE fiscal_year = ? AND municipality_id = ?`, year, apitest.Isfahan).Row().Scan(&cites)
	})
	if err != nil {
		t.Fatal(err)
	}
	return cites
}
