package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/calendar"
	"mofasa/billing/corrections"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

const (
	wrongTariff = "national/1403/1"
	rightTariff = "national/1403/2"
	because     = "نرخ سال ۱۴۰۳ اشتباه وارد شده بود"
)

// corrector is a running program with the service under test.
type corrector struct {
	*apitest.Server
	*corrections.Service
	t *testing.T
}

func newCorrector(t *testing.T) corrector {
	t.Helper()
	s := apitest.New(t, apitest.Options{})
	return corrector{Server: s, Service: corrections.NewService(s.Program.Runner, tariffs.NewCatalogue(s.Program.Runner, s.Clock.Now)), t: t}
}

// as is a context in which one of the seeded people acts.
func (c corrector) as(username string) context.Context {
	c.t.Helper()
	var id uuid.UUID
	c.read(func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT id FROM people WHERE username = ?`, username).Row().Scan(&id)
	})
	return scope.WithActor(c.t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: id})
}

func (c corrector) read(fn func(tx *scope.Tx) error) {
	c.t.Helper()
	if err := c.Program.Runner.InTx(c.System(), scope.Platform(), fn); err != nil {
		c.t.Fatal(err)
	}
}

func (c corrector) count(query string, args ...any) (n int) {
	c.t.Helper()
	c.read(func(tx *scope.Tx) error { return tx.DB.Raw(query, args...).Row().Scan(&n) })
	return n
}

// publish puts the next version of the one with the id in force today; without one, the version as it is.
func (c corrector) publish(id string, change func(*tariffs.Version)) {
	c.t.Helper()
	var v tariffs.Version
	c.read(func(tx *scope.Tx) error {
		book, err := tariffs.LoadBook(tx)
		if err != nil {
			return err
		}
		if was, found := book.Version(id); found {
			v = *was
			v.Number++
			v.ID, v.From, v.Rules = tariffs.VersionID(v.Authority, v.FiscalYear, v.Number), calendar.DateOf(tx.Now), slices.Clone(v.Rules)
		}
		change(&v)
		if err := v.Validate(); err != nil {
			return err
		}
		body, err := json.Marshal(v)
		if err != nil {
			return err
		}
		return tx.DB.Exec(`INSERT INTO tariff_versions (id, authority, fiscal_year, number, body, published_at) VALUES (?, ?, ?, ?, ?, ?)`,
			v.ID, v.Authority, int(v.FiscalYear), v.Number, string(body), tx.Now).Error
	})
	c.Clock.Advance(2 * time.Second) // longer than a book is fresh
}

// times multiplies every rate.
func times(numerator, denominator money.PPM) func(*tariffs.Version) {
	return func(v *tariffs.Version) {
		for i := range v.Rules {
			v.Rules[i].Rate = v.Rules[i].Rate * numerator / denominator
		}
	}
}

// settle pays some years of a city, or all that is open, and gives the order.
func (c corrector) settle(plate string, city int, years ...int) gen.Order {
	c.t.Helper()
	cashier := c.SignIn(apitest.Cashier)
	q := cashier.Inquire(plate)
	body := apitest.OrderOf(q)
	if len(years) > 0 {
		body = orderFor(q.Id, city, years...)
	}
	var order gen.Order
	cashier.Must(cashier.Once("POST", "/v1/orders", body), 201, &order)
	for cashier.GetOrder(order.Id).State != gen.OrderStatePaid {
		if p := cashier.Pay(order.Id); p.State != gen.PaymentStateCaptured {
			c.t.Fatalf("payment is %s", p.State)
		}
	}
	return order
}

// due is what an inquiry says of a year.
func (c corrector) due(plate string, city, year int) (d gen.Due) {
	c.t.Helper()
	for _, m := range c.SignIn(apitest.Cashier).Inquire(plate).Municipalities {
		for _, d := range m.Dues {
			if m.Municipality.Code == city && d.FiscalYear == year {
				return d
			}
		}
	}
	c.t.Fatalf("%s owes %d nothing for %d", plate, city, year)
	return d
}

func line(d gen.Due, head string) (amount int64) {
	for _, l := range d.Lines {
		if l.Charge == head {
			amount += l.AmountRial
		}
	}
	return amount
}

func (c corrector) trial(city int) (trial ledger.Trial) {
	c.t.Helper()
	c.read(func(tx *scope.Tx) (err error) {
		_, trial, err = ledger.TrialBalanceAround(tx, city, ledger.Source{})
		return err
	})
	return trial
}

func (c corrector) wantCleared(city int) {
	c.t.Helper()
	trial := c.trial(city)
	if payable, receivable := trial.Of("payable:correction"), trial.Of("receivable:correction"); payable != 0 || receivable != 0 {
		c.t.Errorf("in the books of %d are left payable %d, receivable %d", city, payable, receivable)
	}
}

func (c corrector) wantVerified() {
	c.t.Helper()
	if rule, row, err := c.Program.Payments.Verify(c.System()); rule != "" || err != nil {
		c.t.Errorf("verify: %s: %s, %v", rule, row, err)
	}
	if found, err := c.Program.Bills.VerifyBills(c.System(), nil); err != nil || found.Divergent != nil {
		c.t.Errorf("recompute: %+v, %v", found.Divergent, err)
	}
}

func (c corrector) items(run uuid.UUID) []corrections.Item {
	c.t.Helper()
	items, err := c.Items(c.System(), scope.Platform(), run, corrections.Key{}, 1000)
	if err != nil {
		c.t.Fatal(err)
	}
	return items
}

func wantFault(t *testing.T, err error, code string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}

// TestAWrongTariffIsCorrected goes the whole way: dues paid under a rate twice too high, the right version, the list, the second person, the credit at the
// next counter, and books in which nothing of the correction is left once everything is paid.
func TestAWrongTariffIsCorrected(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	paid, unpaid, waiting := apitest.FleetPlate(0), apitest.FleetPlate(1), apitest.FleetPlate(2)
	bill := c.settle(paid, apitest.Tehran, 1403).Bills[0]
	shiraz := c.settle(apitest.Plate, apitest.Shiraz, 1403).Bills[0]
	c.settle(apitest.OtherPlate, apitest.Tehran, 1402)                                                      // another year
	cashier := c.SignIn(apitest.Cashier)                                                                    //
	held := cashier.Once("POST", "/v1/orders", orderFor(cashier.Inquire(waiting).Id, apitest.Tehran, 1403)) // a bill that nobody pays
	cashier.Must(held, 201, nil)
	before, beforeShiraz := c.due(unpaid, apitest.Tehran, 1403), bill.AmountRial
	c.publish(wrongTariff, times(1, 2))

	// Unpaid dues follow by themselves.
	after := c.due(unpaid, apitest.Tehran, 1403)
	if before.BalanceRial != bill.AmountRial || after.BalanceRial >= before.BalanceRial*6/10 || after.BalanceRial == 0 {
		t.Fatalf("unpaid: %d became %d, paid %d", before.BalanceRial, after.BalanceRial, beforeShiraz)
	}

	run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil {
		t.Fatal(err)
	}
	credit := money.Rial(before.BalanceRial - after.BalanceRial)
	items := c.items(run.ID)
	if run.Bills != 2 || len(items) != 2 || run.Unaffected != 0 || run.Problems != 0 || run.Extra != 0 || run.Credit != credit+items[0].Difference() {
		t.Fatalf("%+v\n%+v", run, items)
	}
	// By municipality: Shiraz before Tehran.
	if items[0].BillID != shiraz.Id || items[1].BillID != bill.Id || items[1].Difference() != credit || items[1].Posted || items[1].Placed != nil ||
		items[1].Paid != money.Rial(bill.AmountRial) || items[1].Right != money.Rial(after.BalanceRial) || !strings.Contains(items[1].Notice.FA, "تهران") {
		t.Fatalf("%+v", items)
	}

	_, err = c.Approve(c.as(apitest.NationalEditor), scope.Platform(), run.ID)
	wantFault(t, err, "correction_same_person")
	_, err = c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID)
	wantFault(t, err, "correction_in_flight")
	c.Clock.Advance(31 * time.Minute)
	books := c.trial(0)
	run, err = c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	r := run.Report
	if !reflect.DeepEqual(r.Before, books) || !reflect.DeepEqual(r.After, c.trial(0)) || r.After.Of("payable:correction") != -run.Credit || r.Before.Of("payable:correction") != 0 ||
		r.After.Of("revenue:annual_duty")-r.Before.Of("revenue:annual_duty") <= 0 || r.PlacedCredit != run.Credit || r.Bills != 2 {
		t.Fatalf("%+v", r)
	}
	stored, err := c.Run(c.System(), scope.Platform(), run.ID)
	if err != nil || !reflect.DeepEqual(stored, run) {
		t.Fatalf("stored %+v, %v\nanswered %+v", stored, err, run)
	}
	c.wantVerified()

	// The oldest open due of the same city bears the credit.
	if d := c.due(paid, apitest.Tehran, 1402); line(d, "credit") != -int64(credit) {
		t.Errorf("credit %d of %d in %+v", line(d, "credit"), credit, d.Lines)
	}
	if item := c.items(run.ID)[1]; !item.Posted || !slices.Equal(item.Placed, []corrections.Placement{{FiscalYear: 1402, Amount: credit}}) ||
		!strings.HasSuffix(item.Notice.FA, fmt.Sprintf("%s ریال از عوارض سال ۱۴۰۲ کم شد.", credit.Persian())) {
		t.Errorf("%+v", item)
	}
	c.settle(paid, 0)
	c.settle(apitest.Plate, 0)
	c.wantCleared(apitest.Tehran)
	c.wantCleared(apitest.Shiraz)
	c.wantVerified()

	_, err = c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID)
	wantFault(t, err, "correction_closed")
	_, err = c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
	wantFault(t, err, "correction_done")
}

// TestTooLittleIsCollectedLater corrects a rate that was too low: with the oldest open due, with the next year's where all is paid, and not at all where the owner
// has left the city.
func TestTooLittleIsCollectedLater(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	someOpen, allPaid := apitest.FleetPlate(0), apitest.FleetPlate(1)
	c.settle(someOpen, apitest.Tehran, 1403)
	c.settle(allPaid, 0)
	c.settle(apitest.Plate, apitest.Isfahan, 1397, 1398, 1399, 1400, 1401)
	c.publish(wrongTariff, times(3, 2))
	c.publish("national/1399/1", times(3, 2))
	list := func(wrong string) corrections.Run {
		t.Helper()
		run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrong, strings.TrimSuffix(wrong, "1")+"2", because)
		if err != nil || run.Credit != 0 || run.Extra == 0 {
			t.Fatalf("%+v, %v", run, err)
		}
		run, err = c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	run := list(wrongTariff)
	items := c.items(run.ID)
	next := calendar.DateOf(c.Clock.Now()).FiscalYear() + 1
	years := map[calendar.FiscalYear]bool{}
	for _, i := range items {
		if len(i.Placed) != 1 || i.Placed[0].Amount != -i.Difference() {
			t.Fatalf("%+v", i)
		}
		years[i.Placed[0].FiscalYear] = true
	}
	if len(items) != 2 || !years[1402] || !years[next] || run.Report.PlacedExtra != run.Extra {
		t.Fatalf("%+v in %v", items, years)
	}
	if d := c.due(someOpen, apitest.Tehran, 1402); line(d, "extra") != int64(-items[0].Difference()) {
		t.Errorf("%+v", d.Lines)
	}
	c.settle(someOpen, 0)
	if left := c.trial(apitest.Tehran).Of("receivable:correction"); left != -items[0].Difference() { // of the one who has paid everything
		t.Errorf("receivable %d", left)
	}

	moved := list("national/1399/1")
	items = c.items(moved.ID)
	if len(items) != 1 || items[0].Placed != nil || moved.Report.PlacedExtra != 0 || !strings.Contains(items[0].Notice.EN, "is not demanded now") ||
		c.trial(apitest.Isfahan).Of("receivable:correction") != moved.Extra {
		t.Errorf("%+v", items)
	}
	c.wantVerified()
}

// TestExactlyTheAffectedAreListed prices a few pages of bills under both versions, and one bill in every state that is not affected.
func TestExactlyTheAffectedAreListed(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	one := c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403).Bills[0]
	const clones = 450
	c.clone(one.Id, clones)
	want := map[uuid.UUID]bool{}
	c.read(func(tx *scope.Tx) error {
		var ids []uuid.UUID
		err := tx.DB.Raw(`SELECT bill_id FROM bill_dues WHERE fiscal_year = 1403`).Scan(&ids).Error
		for _, id := range ids {
			want[id] = true
		}
		return err
	})
	c.settle(apitest.FleetPlate(1), apitest.Tehran, 1402, 1404)
	c.publish(wrongTariff, times(1, 2))
	c.settle(apitest.FleetPlate(2), apitest.Tehran, 1403) // under the right version
	run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil || run.Bills != clones+1 || len(want) != clones+1 {
		t.Fatalf("%+v, %v", run, err)
	}
	var after corrections.Key
	var credit money.Rial
	for {
		items, err := c.Items(c.System(), scope.Platform(), run.ID, after, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range items {
			if !want[i.BillID] || i.FiscalYear != 1403 {
				t.Fatalf("not affected, or twice: %+v", i)
			}
			delete(want, i.BillID)
			after, credit = i.Key, credit+i.Difference()
		}
		if len(items) == 0 {
			break
		}
	}
	if len(want) != 0 || credit != run.Credit {
		t.Errorf("%d bills are missing; credit %d of %d", len(want), credit, run.Credit)
	}
	entries := c.count(`SELECT count(*) FROM ledger_entries`)
	if run, err = c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID); err != nil {
		t.Fatal(err)
	}
	if n := c.count(`SELECT count(*) FROM ledger_entries`); n != entries+clones+1 || run.Report.Credit != run.Credit || c.trial(0).Of("payable:correction") != -run.Credit {
		t.Errorf("%d entries more, %+v", n-entries, run.Report)
	}
}

// clone copies a paid bill with its due for further vehicles, as the database keeps them.
func (c corrector) clone(bill uuid.UUID, n int) {
	c.Platform(`WITH copies AS (SELECT i, gen_random_uuid() AS vehicle, gen_random_uuid() AS bill FROM generate_series(1, ?) i),
	  v AS (INSERT INTO vehicles (id, vin, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered)
	    SELECT c.vehicle, 'NAS0000' || lpad(c.i::text, 10, '0'), v.class, v.usage, v.fuel, v.origin, v.cylinders, v.type_code, v.model_year, v.first_registered
	    FROM copies c, bills b JOIN vehicles v ON v.id = b.vehicle_id WHERE b.id = ? RETURNING id),
	  b AS (INSERT INTO bills (municipality_id, id, office_id, order_id, vehicle_id, bill_id, payment_id, amount_rial, state, issued_at, valid_until, paid_at)
	    SELECT b.municipality_id, c.bill, b.office_id, b.order_id, c.vehicle, 'x' || c.i, b.payment_id, b.amount_rial, b.state, b.issued_at, b.valid_until, b.paid_at
	    FROM copies c, bills b WHERE b.id = ? AND EXISTS (SELECT FROM v) RETURNING id)
	  INSERT INTO bill_dues SELECT d.municipality_id, c.bill, d.fiscal_year, d.office_id, c.vehicle, d.amount_rial, d.lines, d.cites, d.assessed_on
	    FROM copies c, bill_dues d WHERE d.bill_id = ? AND EXISTS (SELECT FROM b)`, n, bill, bill, bill)
}

// TestAFailedApprovalChangesNothing breaks every kind of writing of an approval at its second row.
func TestAFailedApprovalChangesNothing(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	c.settle(apitest.FleetPlate(1), apitest.Tehran, 1403)
	c.publish(wrongTariff, times(1, 2))
	run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil {
		t.Fatal(err)
	}
	owner := pgtest.Open(t, c.DB.OwnerURL)
	execute := func(statement string) {
		t.Helper()
		if _, err := owner.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	execute(`CREATE SEQUENCE breaking; GRANT USAGE ON SEQUENCE breaking TO mofasa_app;
	  CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('breaking') >= TG_ARGV[0]::int THEN RAISE 'broken on purpose'; END IF; RETURN NEW; END $$`)
	state := func() (s string) {
		c.read(func(tx *scope.Tx) error {
			return tx.DB.Raw(`SELECT concat_ws(' ', (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM due_decisions), (SELECT state FROM correction_runs WHERE id = ?),
			  (SELECT count(*) FROM audit_log WHERE action LIKE 'correction.%'))`, run.ID).Row().Scan(&s)
		})
		return s
	}
	before := state()
	for _, step := range []struct {
		table, when string
		row         int
	}{{"ledger_entries", "INSERT", 1}, {"ledger_entries", "INSERT", 2}, {"due_decisions", "INSERT", 1}, {"due_decisions", "INSERT", 2}, {"correction_runs", "UPDATE", 1}, {"audit_log", "INSERT", 1}} {
		execute(fmt.Sprintf(`ALTER SEQUENCE breaking RESTART; CREATE TRIGGER broken BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION break(%d)`, step.when, step.table, step.row))
		if _, err := c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID); err == nil || !strings.Contains(err.Error(), "broken on purpose") {
			t.Errorf("%+v: %v", step, err)
		}
		execute(`DROP TRIGGER broken ON ` + step.table)
		if after := state(); after != before {
			t.Errorf("%+v: %s became %s", step, before, after)
		}
	}
	if _, err := c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID); err != nil {
		t.Fatal(err)
	}
	c.wantVerified()
}

// TestAListIsApprovedOnlyAsItWasListed lets a bill of the wrong version be paid, and another correction be approved, between the list and the second person's word.
func TestAListIsApprovedOnlyAsItWasListed(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	cashier := c.SignIn(apitest.Cashier)
	var late gen.Order
	cashier.Must(cashier.Once("POST", "/v1/orders", orderFor(cashier.Inquire(apitest.FleetPlate(1)).Id, apitest.Tehran, 1403)), 201, &late)
	c.publish(wrongTariff, times(1, 2))
	editor, approver := c.as(apitest.NationalEditor), c.as(apitest.NationalApprover)
	first, err := c.List(editor, scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil || first.Bills != 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	_, err = c.List(editor, scope.Platform(), wrongTariff, rightTariff, because)
	wantFault(t, err, "correction_exists")
	cashier.Pay(late.Id)
	_, err = c.Approve(approver, scope.Platform(), first.ID)
	wantFault(t, err, "correction_outdated")
	if c.count(`SELECT count(*) FROM ledger_entries WHERE kind = 'adjustment'`) != 0 {
		t.Error("something was adjusted all the same")
	}
	if first, err = c.Withdraw(editor, scope.Platform(), first.ID); err != nil || first.State != corrections.Withdrawn {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := c.List(editor, scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil || second.Bills != 2 {
		t.Fatalf("%+v, %v", second, err)
	}

	// A third version competes with the second about the same bills: whoever is approved first wins, and what follows corrects the winner.
	c.Clock.Advance(24 * time.Hour)
	c.publish(rightTariff, times(3, 2))
	other, err := c.List(editor, scope.Platform(), wrongTariff, "national/1403/3", because)
	if err != nil {
		t.Fatal(err)
	}
	if second, err = c.Approve(approver, scope.Platform(), second.ID); err != nil {
		t.Fatal(err)
	}
	_, err = c.Approve(approver, scope.Platform(), other.ID)
	wantFault(t, err, "correction_done")
	third, err := c.List(editor, scope.Platform(), rightTariff, "national/1403/3", because)
	if err != nil || third.Bills != 2 || third.Extra == 0 {
		t.Fatalf("%+v, %v", third, err)
	}
	items, direct := c.items(third.ID), c.items(other.ID)
	for i := range items {
		if items[i].Counted != c.items(second.ID)[i].Right || items[i].Right != direct[i].Right || items[i].Paid != direct[i].Paid {
			t.Errorf("%+v\n%+v", items[i], direct[i])
		}
	}
	if third, err = c.Approve(approver, scope.Platform(), third.ID); err != nil {
		t.Fatal(err)
	}
	c.wantVerified()
	c.settle(apitest.FleetPlate(0), 0)
	c.settle(apitest.FleetPlate(1), 0)
	c.wantCleared(apitest.Tehran)
	c.wantVerified()
}

func TestWhatCannotBePricedBlocksTheApproval(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	c.publish(wrongTariff, func(v *tariffs.Version) {
		for i := range v.Rules {
			v.Rules[i].Classes = []tariffs.Class{tariffs.Truck}
		}
	})
	run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil || run.Problems != 1 || run.Bills != 1 || run.Credit != 0 || run.Extra != 0 {
		t.Fatalf("%+v, %v", run, err)
	}
	if items := c.items(run.ID); len(items) != 1 || items[0].Finding.Problem != "missing_tariff" || !strings.Contains(items[0].Notice.EN, "gives no amount") {
		t.Errorf("%+v", items)
	}
	_, err = c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID)
	wantFault(t, err, "correction_problems")
}

func TestEqualAmountsAreCountedAndNotListed(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	c.publish(wrongTariff, func(v *tariffs.Version) {
		v.Rules = slices.DeleteFunc(v.Rules, func(r tariffs.Rule) bool { return slices.Equal(r.Classes, []tariffs.Class{tariffs.Truck}) })
	})
	run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil || run.Bills != 0 || run.Unaffected != 1 || len(c.items(run.ID)) != 0 {
		t.Fatalf("%+v, %v", run, err)
	}
}

func TestACityCorrectsItsOwnVersionAlone(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	local := tariffs.VersionID(tariffs.MunicipalAuthority(apitest.Shiraz), 1402, 1)
	c.publish("", func(v *tariffs.Version) {
		*v = tariffs.Version{ID: local, Authority: tariffs.MunicipalAuthority(apitest.Shiraz), FiscalYear: 1402, Number: 1, Rules: []tariffs.Rule{{Charge: tariffs.PollutionLevy,
			Scope: tariffs.Scope{Classes: tariffs.Classes(), Origins: tariffs.Origins()}, Rate: 800, Legal: fault.Text{FA: "مصوبهٔ شورای شهر", EN: "resolution of the council"}}}}
	})
	c.settle(apitest.Plate, apitest.Shiraz, 1402)
	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1402)
	c.publish(local, times(1, 2))
	right := tariffs.VersionID(tariffs.MunicipalAuthority(apitest.Shiraz), 1402, 2)
	shiraz, foreign := scope.Municipality(apitest.Shiraz), scope.Municipality(apitest.Foreign)

	_, err := c.List(c.as(apitest.ForeignEditor), foreign, local, right, because)
	wantFault(t, err, "correction_authority")
	_, err = c.List(c.as(apitest.NationalEditor), scope.Platform(), local, right, because)
	wantFault(t, err, "correction_authority")
	_, err = c.List(c.as(apitest.CityEditor), shiraz, "national/1402/1", "national/1402/2", because)
	wantFault(t, err, "correction_authority")
	run, err := c.List(c.as(apitest.CityEditor), shiraz, local, right, because)
	if err != nil || run.Bills != 1 || run.Credit == 0 || run.MunicipalityID != apitest.Shiraz {
		t.Fatalf("%+v, %v", run, err)
	}
	for name, try := range map[string]func() error{
		"read":     func() error { _, err := c.Run(c.as(apitest.ForeignEditor), foreign, run.ID); return err },
		"approve":  func() error { _, err := c.Approve(c.as(apitest.ForeignApprover), foreign, run.ID); return err },
		"withdraw": func() error { _, err := c.Withdraw(c.as(apitest.ForeignEditor), foreign, run.ID); return err },
		"unknown":  func() error { _, err := c.Approve(c.as(apitest.CityApprover), shiraz, uuid.New()); return err },
		"another scope": func() error {
			_, err := c.Run(c.System(), scope.Office(officeOf(t, c.Server, apitest.Cashier)), run.ID)
			return err
		},
	} {
		if err := try(); !errors.Is(err, corrections.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID)
	wantFault(t, err, "correction_authority")
	if run, err = c.Approve(c.as(apitest.CityApprover), shiraz, run.ID); err != nil {
		t.Fatal(err)
	}
	if run.Report.After.Of("revenue:pollution_levy")-run.Report.Before.Of("revenue:pollution_levy") <= 0 || run.Report.After.Of("revenue:annual_duty") != run.Report.Before.Of("revenue:annual_duty") {
		t.Errorf("%+v", run.Report)
	}
	c.settle(apitest.Plate, 0)
	c.wantCleared(apitest.Shiraz)
	c.wantVerified()
}

// TestACityReadsItsItemsOfANationalRun shows each city the letters about its own bills, and nothing else.
func TestACityReadsItsItemsOfANationalRun(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	mine := c.settle(apitest.Plate, apitest.Shiraz, 1403).Bills[0]
	c.publish(wrongTariff, times(1, 2))
	run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID); err != nil {
		t.Fatal(err)
	}
	read := func(s scope.Scope) []corrections.Item {
		items, err := c.Items(c.System(), s, run.ID, corrections.Key{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		return items
	}
	all, own := read(scope.Platform()), read(scope.Municipality(apitest.Shiraz))
	if len(all) != 2 || len(own) != 1 || own[0].BillID != mine.Id || !reflect.DeepEqual(own[0], all[0]) || !own[0].Posted || len(own[0].Placed) == 0 {
		t.Errorf("%+v\n%+v", all, own)
	}
	for _, after := range []corrections.Key{{}, own[0].Key} { // its own last page is empty, somebody else's is unknown
		items, err := c.Items(c.System(), scope.Municipality(apitest.Foreign), run.ID, after, 10)
		if len(items) != 0 || !errors.Is(err, corrections.ErrUnknown) {
			t.Errorf("%+v, %v", items, err)
		}
	}
	if items, err := c.Items(c.System(), scope.Municipality(apitest.Shiraz), run.ID, own[0].Key, 10); len(items) != 0 || err != nil {
		t.Errorf("%+v, %v", items, err)
	}
	// Each city's auditor reads that its books were adjusted; a city without such bills reads nothing.
	for username, want := range map[string]int{apitest.CityAuditor: 1, apitest.ForeignAuditor: 0} {
		var page gen.AuditPage
		auditor := c.SignIn(username)
		auditor.Must(auditor.Do("GET", "/v1/audit?action=correction.adjusted", nil), 200, &page)
		if len(page.Entries) != want || want > 0 && (page.Entries[0].Owner != "platform" || page.Entries[0].TargetId != run.ID.String() || *page.Entries[0].AboutMunicipality != apitest.Shiraz) {
			t.Errorf("%s reads %+v", username, page)
		}
	}
}

func TestAListIsRefused(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	c.publish(wrongTariff, func(v *tariffs.Version) { v.From = v.From.AddDays(1) })
	for code, try := range map[string][3]string{
		"correction_version_unknown": {wrongTariff, "national/1403/9", because},
		"correction_pair":            {rightTariff, wrongTariff, because},
		"correction_not_in_force":    {wrongTariff, rightTariff, because},
		"correction_reason":          {wrongTariff, rightTariff, " "},
	} {
		_, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), try[0], try[1], try[2])
		wantFault(t, err, code)
	}
	_, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, "national/1402/2", because)
	wantFault(t, err, "correction_pair")
	c.Clock.Advance(24 * time.Hour)
	_, err = c.List(c.System(), scope.Platform(), wrongTariff, rightTariff, because)
	wantFault(t, err, "correction_person")
}

// TestVerifyNoticesWrongAdjustments touches the books of a correction in every way that a defect could.
func TestVerifyNoticesWrongAdjustments(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	c.publish(wrongTariff, times(1, 2))
	run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID); err != nil {
		t.Fatal(err)
	}
	c.settle(apitest.FleetPlate(0), 0)
	c.wantVerified()
	owner := pgtest.Open(t, c.DB.OwnerURL)
	for rule, statement := range map[string]string{
		"a capture settles other corrections than its bill cites": `UPDATE ledger_entries SET accounts = array_replace(accounts, 'payable:correction', 'revenue:credit') WHERE kind = 'capture'`,
		"an adjustment is not what an approved correction says":   `UPDATE ledger_entries SET accounts = array_replace(accounts, 'payable:correction', 'revenue:other') WHERE kind = 'adjustment'`,
		"an approved correction is not in the books":              `DELETE FROM ledger_entries WHERE kind = 'adjustment'`,
		"more of a city's corrections is settled than there was": `INSERT INTO ledger_entries SELECT municipality_id, gen_random_uuid(), at, 'other', 'other', gen_random_uuid(), NULL, NULL,
		  '{payable:correction,x}', '{1,-1}' FROM ledger_entries LIMIT 1`,
	} {
		tx, err := owner.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{`CREATE TABLE kept AS SELECT * FROM ledger_entries`, `ALTER TABLE ledger_entries NO FORCE ROW LEVEL SECURITY`, `DROP TABLE kept`,
			`CREATE TABLE kept AS SELECT * FROM ledger_entries`, statement, `ALTER TABLE ledger_entries FORCE ROW LEVEL SECURITY`} {
			if _, err := tx.ExecContext(t.Context(), s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if got, row, err := c.Program.Payments.Verify(c.System()); got != rule || err != nil {
			t.Errorf("%q: found %q in %s, %v", rule, got, row, err)
		}
		if _, err := owner.ExecContext(t.Context(), `ALTER TABLE ledger_entries NO FORCE ROW LEVEL SECURITY; DELETE FROM ledger_entries; INSERT INTO ledger_entries SELECT * FROM kept;
		  DROP TABLE kept; ALTER TABLE ledger_entries FORCE ROW LEVEL SECURITY`); err != nil {
			t.Fatal(err)
		}
	}
	c.wantVerified()
}

// TestAnOrderWaitsForAnApproval makes an order while an approval has read what the vehicle owes and not yet committed the credit: it waits, and finds the amount
// changed, so that nobody pays a due past its credit.
func TestAnOrderWaitsForAnApproval(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	c.publish(wrongTariff, times(1, 2))
	run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil {
		t.Fatal(err)
	}
	owner := pgtest.Open(t, c.DB.OwnerURL)
	gate, err := owner.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(4242); RETURN NEW; END $$`,
		`CREATE TRIGGER gate BEFORE INSERT ON due_decisions FOR EACH ROW EXECUTE FUNCTION wait()`} {
		if _, err := owner.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := gate.ExecContext(t.Context(), `SELECT pg_advisory_xact_lock(4242)`); err != nil {
		t.Fatal(err)
	}
	cashier := c.SignIn(apitest.Cashier)
	asked := cashier.Inquire(apitest.FleetPlate(0))
	approver, approved, ordered := c.as(apitest.NationalApprover), make(chan error, 2), make(chan apitest.Answer, 1)
	go func() { _, err := c.Approve(approver, scope.Platform(), run.ID); approved <- err }()
	waiting := func(n int) {
		t.Helper()
		for range 100 {
			var found int
			if err := owner.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
			  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&found); err != nil {
				t.Fatal(err)
			}
			if found == n {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Fatalf("never do %d wait", n)
	}
	waiting(1)
	go func() { ordered <- cashier.Once("POST", "/v1/orders", orderFor(asked.Id, apitest.Tehran, 1402)) }()
	waiting(2)
	// A second approval waits, too, and comes too late.
	go func() { _, err := c.Approve(approver, scope.Platform(), run.ID); approved <- err }()
	waiting(3)
	if err := gate.Commit(); err != nil {
		t.Fatal(err)
	}
	cashier.Refused(<-ordered, 409, "amounts_changed")
	first, second := <-approved, <-approved
	if first != nil {
		first, second = second, first
	}
	if first != nil {
		t.Error(first)
	}
	wantFault(t, second, "correction_closed")
}

func TestARepeatedRequestIsAnsweredAsTheFirstTime(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	c.publish(wrongTariff, times(1, 2))
	key := scope.Key{Value: "list-it-once", Operation: "listAffectedBills", Hash: []byte("h")}
	approval := scope.Key{Value: "approve-it-once", Operation: "approveTariffCorrection", Hash: []byte("h")}
	var runs [2]corrections.Run
	for i := range runs {
		var err error
		if runs[i], err = c.Once(key).List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(runs[0], runs[1]) || runs[0].Bills != 1 {
		t.Errorf("%+v\n%+v", runs[0], runs[1])
	}
	for i := range runs {
		var err error
		if runs[i], err = c.Once(approval).Approve(c.as(apitest.NationalApprover), scope.Platform(), runs[i].ID); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(runs[0], runs[1]) || runs[0].Report == nil {
		t.Errorf("%+v\n%+v", runs[0], runs[1])
	}
	if all, err := c.Runs(c.System(), scope.Platform()); err != nil || len(all) != 1 || !reflect.DeepEqual(all[0], runs[0]) {
		t.Errorf("%+v, %v", all, err)
	}
	if own, err := c.Runs(c.System(), scope.Municipality(apitest.Tehran)); err != nil || len(own) != 0 {
		t.Errorf("%+v, %v", own, err)
	}
}

// TestMoneyInSuspenseDoesNotHoldUpARun leaves a bill of the wrong version in suspense: the rest is corrected, and the report says what is not.
func TestMoneyInSuspenseDoesNotHoldUpARun(t *testing.T) {
	t.Parallel()
	c := newCorrector(t)
	c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	cashier := c.SignIn(apitest.Cashier)
	var order gen.Order
	cashier.Must(cashier.Once("POST", "/v1/orders", orderFor(cashier.Inquire(apitest.FleetPlate(1)).Id, apitest.Tehran, 1403)), 201, &order)
	c.Bank.Scenario(t, `{"name":"verify_other_amount"}`)
	if p := cashier.Pay(order.Id); p.State != gen.PaymentStateSuspense {
		t.Fatalf("%+v", p)
	}
	c.publish(wrongTariff, times(1, 2))
	run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil || run.Bills != 1 {
		t.Fatalf("%+v, %v", run, err)
	}
	if run, err = c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID); err != nil || run.Report.Suspended != 1 || run.Report.Bills != 1 {
		t.Fatalf("%+v, %v", run.Report, err)
	}
}
