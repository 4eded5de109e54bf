package api_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/corrections"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/tariffs"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// TestAnOfficesRequestWalksToItsEnd: the office asks what it believes, another person of the city approves, the treasurer transfers; nothing happens before, and the certificate
// is superseded in the transaction of the approval.
func TestAnOfficesRequestWalksToItsEnd(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	part := r.part(r.manager, apitest.Shiraz)
	more := map[string]any{"bill_id": part.BillId, "payer_iban": "IR040610000009990000000001"}
	wrong := r.manager.Once("POST", r.path("refund-requests"), refundBody(part.AvailableRial-1, more))
	r.manager.Refused(wrong, 412, "refund_available_changed")
	if !strings.Contains(string(wrong.Body), fmt.Sprintf(`"available_rial":%d`, part.AvailableRial)) {
		t.Errorf("%s", wrong.Body)
	}
	var asked gen.RefundList
	r.manager.Must(r.manager.Once("POST", r.path("refund-requests"), refundBody(part.AvailableRial, more)), 202, &asked)
	made := asked.Refunds[0]
	if len(asked.Refunds) != 1 || made.State != gen.RefundStateWaiting || made.MunicipalityCode != apitest.Shiraz || r.balance(apitest.Shiraz, "refunds_payable") != 0 || !r.check().Valid {
		t.Fatalf("%+v", asked)
	}
	paid := "/v1/refunds/" + made.Id.String() + "/paid"
	r.treasurer.Refused(r.treasurer.Once("POST", paid, map[string]string{"reference": "W-1"}), 409, "refund_state")
	r.treasurer.Refused(r.decide(r.treasurer, *made.ApprovalId, "approve"), 403, "not_permitted")
	r.manager.Refused(r.decide(r.manager, *made.ApprovalId, "approve"), 404, "approval_unknown")
	r.operator.Refused(r.decide(r.operator, *made.ApprovalId, "approve"), 404, "approval_unknown")
	foreign := r.SignIn(apitest.ForeignTreasurer)
	foreign.Refused(foreign.Once("POST", paid, map[string]string{"reference": "W-1"}), 404, "refund_unknown")
	r.admin.Must(r.decide(r.admin, *made.ApprovalId, "approve"), 200, nil)
	if n := rows(t, r.Server, `SELECT count(DISTINCT x) FROM (SELECT f.xmin::text AS x FROM refunds f UNION ALL SELECT b.xmin::text FROM bills b WHERE b.state = 'refunded'
	  UNION ALL SELECT e.xmin::text FROM certificate_events e WHERE e.kind = 'superseded' UNION ALL SELECT e.xmin::text FROM ledger_entries e WHERE e.kind = 'refund') t`)[0]; n != 1 {
		t.Errorf("refund, bill, certificate and books were written in %d transactions", n)
	}
	if check := r.check(); check.Valid || *check.Reason != gen.CertificateCheckReasonSuperseded {
		t.Errorf("%+v", check)
	}
	r.sound()
	var own gen.RefundList
	r.treasurer.Must(r.treasurer.Do("GET", "/v1/refunds?state=granted", nil), 200, &own)
	if len(own.Refunds) != 1 || own.Refunds[0].Id != made.Id || *own.Refunds[0].Channel != gen.RefundChannelPayout || *own.Refunds[0].PayerIban != "IR040610000009990000000001" {
		t.Fatalf("%+v", own)
	}
	var done gen.Refund
	r.treasurer.Must(r.treasurer.Once("POST", paid, map[string]string{"reference": "W-1"}), 200, &done)
	if done.State != gen.RefundStatePaid || r.balance(apitest.Shiraz, "refunds_payable") != 0 || r.balance(apitest.Shiraz, "bank:%") != -part.PaidRial {
		t.Errorf("%+v", done)
	}
	var list gen.PaymentRefunds
	r.manager.Must(r.manager.Do("GET", r.path("refunds"), nil), 200, &list)
	if len(list.Refunds) != 1 || list.Refunds[0].State != gen.RefundStatePaid {
		t.Errorf("%+v", list)
	}
	r.sound()
}

// want holds an order's state and amounts, as its reader sees them.
func (r *refunding) want(state gen.OrderState, paid, refunded int64) {
	r.t.Helper()
	if o := r.cashier.GetOrder(r.order.Id); o.State != state || o.PaidRial != paid || o.RefundedRial != refunded {
		r.t.Errorf("the order is %s, paid %d, given back %d; want %s, %d, %d", o.State, o.PaidRial, o.RefundedRial, state, paid, refunded)
	}
	r.sound()
}

// back gives one bill of a payment back, by whoever must.
func (r *refunding) back(p gen.Payment, bill gen.Bill, more map[string]any) {
	r.t.Helper()
	body := map[string]any{"bill_id": bill.Id}
	for name, value := range more {
		body[name] = value
	}
	r.payment = p
	made := r.refund(r.operator, bill.AmountRial, body)
	if made[0].State == gen.RefundStateWaiting {
		r.second.Must(r.decide(r.second, *made[0].ApprovalId, "approve"), 200, nil)
	}
}

// sliced is a refunding over a provider that divides a payment between two accounts alone, with a fee of 120,000 rial or none, and an order that nobody has paid yet.
func sliced(t *testing.T, fee bool, splits int) *refunding {
	t.Helper()
	r := &refunding{t: t, Server: apitest.New(t, apitest.Options{Wrap: func(g gateway.Gateway) gateway.Gateway { return narrow{g, splits} }})}
	r.Platform(`UPDATE people SET role = 'platform_operator' WHERE username = ?`, apitest.Support)
	r.sign()
	if fee {
		setFee(t, r.Server, "clearance", "standard", 0, 120_000)
		setFeeAccount(t, r.Server, feeIBAN)
	}
	r.order = r.cashier.Order(apitest.Plate)
	if len(r.order.Bills) != 3 || (r.order.Fee != nil) != fee {
		t.Fatalf("%+v", r.order)
	}
	return r
}

// TestStatesOfAnOrderBesideARefund pays an order of three bills one by one, gives some back before and after the others are paid, and tells its reader where it stands.
func TestStatesOfAnOrderBesideARefund(t *testing.T) {
	t.Parallel()
	r := sliced(t, false, 1)
	a, b, c := r.order.Bills[0], r.order.Bills[1], r.order.Bills[2]
	first := r.cashier.Pay(r.order.Id)
	r.want(gen.OrderStatePartPaid, a.AmountRial, 0)
	r.back(first, a, nil)
	r.want(gen.OrderStateOpen, 0, a.AmountRial)
	second := r.cashier.Pay(r.order.Id)
	r.want(gen.OrderStatePartPaid, b.AmountRial, a.AmountRial)
	third := r.cashier.Pay(r.order.Id) // nothing is left to pay: what went back is another order's
	r.want(gen.OrderStatePaid, b.AmountRial+c.AmountRial, a.AmountRial)
	r.cashier.Refused(r.cashier.Once("POST", "/v1/orders/"+r.order.Id.String()+"/payments", map[string]string{"method": "gateway"}), 409, "nothing_to_pay")
	var cleared gen.Certificate // only of the years before what is owed again
	r.cashier.Must(r.cashier.Once("POST", "/v1/certificates", map[string]any{"order_id": r.order.Id}), 201, &cleared)
	if cleared.ThroughFiscalYear >= a.Dues[0].FiscalYear {
		t.Errorf("cleared through %d, though %d is owed again", cleared.ThroughFiscalYear, a.Dues[0].FiscalYear)
	}
	r.back(second, b, map[string]any{"amount_rial": 1000})
	r.want(gen.OrderStatePaid, b.AmountRial+c.AmountRial, a.AmountRial+1000)
	b.AmountRial -= 1000
	r.back(second, b, nil)
	b.AmountRial += 1000
	r.want(gen.OrderStatePaid, c.AmountRial, a.AmountRial+b.AmountRial)
	r.back(third, c, nil)
	r.want(gen.OrderStateRefunded, 0, r.order.TotalRial)
	again := r.cashier.Order(apitest.Plate)
	for r.cashier.GetOrder(again.Id).State != gen.OrderStatePaid {
		r.cashier.Pay(again.Id)
	}
	r.want(gen.OrderStateRefunded, 0, r.order.TotalRial)
}

// TestCancelledBesideARefund: what was paid went back, and the rest is given up.
func TestCancelledBesideARefund(t *testing.T) {
	t.Parallel()
	r := sliced(t, false, 1)
	r.back(r.cashier.Pay(r.order.Id), r.order.Bills[0], nil)
	r.cashier.Must(r.cashier.Once("POST", "/v1/orders/"+r.order.Id.String()+"/cancellation", nil), 200, nil)
	r.want(gen.OrderStateCancelled, 0, r.order.Bills[0].AmountRial)
}

// TestAFeeGivenBackIsOwedAgain with the next payment of its order: after a refund that names it, and after the desk gave back money that never was captured. One that
// nobody gave back is not.
func TestAFeeGivenBackIsOwedAgain(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]bool{"with the fee": true, "without it": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sliced(t, true, 2)
			r.payment = r.cashier.Pay(r.order.Id)
			if *r.payment.FeeRial != 120_000 || len(r.payment.Bills) != 1 {
				t.Fatalf("%+v", r.payment)
			}
			amount := r.payment.AmountRial
			if !with {
				amount -= 120_000
			}
			made := r.refund(r.operator, amount, map[string]any{"with_fee": with})
			if made[0].State == gen.RefundStateWaiting {
				r.second.Must(r.decide(r.second, *made[0].ApprovalId, "approve"), 200, nil)
			}
			r.sound()
			next := r.cashier.Pay(r.order.Id)
			if next.State != gen.PaymentStateCaptured || (next.FeeRial != nil) != with {
				t.Errorf("%+v", next)
			}
			for r.cashier.GetOrder(r.order.Id).State != gen.OrderStatePaid {
				if p := r.cashier.Pay(r.order.Id); p.FeeRial != nil {
					t.Errorf("the fee was taken once more: %+v", p)
				}
			}
			if fee := r.balance(0, "%\\_fee%"); fee != -120_000 {
				t.Errorf("%d are earned", -fee)
			}
			r.sound()
		})
	}
	t.Run("from suspense", func(t *testing.T) {
		t.Parallel()
		r := sliced(t, true, 2)
		r.Bank.Scenario(t, `{"name":"verify_other_amount"}`)
		started := r.cashier.Start(r.order.Id)
		if location := r.Bank.Decide(t, started, "pay"); location != "" {
			r.cashier.Must(r.cashier.Return(location), 200, nil)
		}
		r.Bank.Scenario(t, `{"name":"pay"}`)
		if p := r.cashier.Pay(r.order.Id); p.State != gen.PaymentStateCaptured || p.FeeRial != nil { // it may be there already
			t.Fatalf("%+v", p)
		}
		item := r.one(`SELECT id::text FROM suspense_items`)
		r.remedy(item, map[string]any{"remedy": "give_back", "iban": "IR062960000000100324200001"})
		for r.cashier.GetOrder(r.order.Id).State != gen.OrderStatePaid {
			r.cashier.Pay(r.order.Id)
		}
		if fee := r.balance(0, "%\\_fee%"); fee != -120_000 {
			t.Errorf("%d are earned", -fee)
		}
		r.sound()
	})
}

// one is the one text that a query answers.
func (r *refunding) one(query string, args ...any) (text string) {
	r.t.Helper()
	err := r.Program.Runner.InTx(r.System(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query, args...).Row().Scan(&text) })
	if err != nil {
		r.t.Fatal(err)
	}
	return text
}

// remedy has two people carry a remedy out.
func (r *refunding) remedy(item string, body map[string]any) {
	r.t.Helper()
	body["reason"] = "دلیل"
	var asked gen.Approval
	r.operator.Must(r.operator.Once("POST", "/v1/suspense/"+item+"/remedies", body), 202, &asked)
	r.second.Must(r.decide(r.second, asked.Id, "approve"), 200, nil)
}

// TestAPayoutOfTheDeskIsTransferred and reported by the bank's number, once; a number stands for one transfer of the platform.
func TestAPayoutOfTheDeskIsTransferred(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	r.Bank.Scenario(t, `{"name":"verify_other_amount"}`)
	order := r.cashier.Order(apitest.OtherPlate)
	if location := r.Bank.Decide(t, r.cashier.Start(order.Id), "pay"); location != "" {
		r.cashier.Must(r.cashier.Return(location), 200, nil)
	}
	item := r.one(`SELECT id::text FROM suspense_items`)
	r.remedy(item, map[string]any{"remedy": "give_back", "iban": "IR062960000000100324200001"})
	var list gen.PayoutList
	r.operator.Must(r.operator.Do("GET", "/v1/suspense-payouts?state=waiting&limit=10", nil), 200, &list)
	if len(list.Payouts) != 1 || list.Payouts[0].ItemId.String() != item || list.Payouts[0].Iban != "IR062960000000100324200001" || list.Payouts[0].PaidAt != nil || list.Payouts[0].AmountRial <= 0 {
		t.Fatalf("%+v", list)
	}
	p := list.Payouts[0]
	if owed := r.balance(0, "refunds_payable"); owed != -p.AmountRial {
		t.Errorf("%d are to be given back", -owed)
	}
	path := "/v1/suspense-payouts/" + p.Id.String() + "/paid"
	for user, c := range map[string]*apitest.Client{"treasurer of a city": r.treasurer, "office": r.manager} {
		var none gen.PayoutList
		c.Must(c.Do("GET", "/v1/suspense-payouts", nil), 200, &none)
		if len(none.Payouts) != 0 {
			t.Errorf("%s: %+v", user, none)
		}
	}
	r.treasurer.Refused(r.treasurer.Once("POST", path, map[string]string{"reference": "TR-1"}), 403, "not_permitted")
	r.manager.Refused(r.manager.Once("POST", path, map[string]string{"reference": "TR-1"}), 403, "not_permitted")
	r.operator.Refused(r.operator.Once("POST", path, map[string]string{"reference": "  "}), 422, "refund_reference")
	key := uuid.NewString()
	var done, again gen.Payout
	r.operator.Must(r.operator.Do("POST", path, map[string]string{"reference": "TR-1"}, "Idempotency-Key", key), 200, &done)
	r.operator.Must(r.operator.Do("POST", path, map[string]string{"reference": "TR-1"}, "Idempotency-Key", key), 200, &again)
	if done.PaidAt == nil || *done.Reference != "TR-1" || done.PaidBy == nil || *again.PaidAt != *done.PaidAt {
		t.Errorf("%+v", done)
	}
	r.operator.Refused(r.operator.Once("POST", path, map[string]string{"reference": "TR-2"}), 409, "payout_paid")
	if owed, bank := r.balance(0, "refunds_payable"), r.balance(0, "bank:treasury"); owed != 0 || bank != -p.AmountRial {
		t.Errorf("to be given back %d, bank %d", owed, bank)
	}
	r.operator.Must(r.operator.Do("GET", "/v1/suspense-payouts?state=waiting", nil), 200, &list)
	if len(list.Payouts) != 0 {
		t.Errorf("%+v", list)
	}
	var story gen.SuspenseStory
	r.operator.Must(r.operator.Do("GET", "/v1/suspense/"+item, nil), 200, &story)
	if last := story.Entries[len(story.Entries)-1]; last.Kind != "payout" {
		t.Errorf("the story ends with %+v", last)
	}
	if n := r.one(`SELECT count(*)::text FROM audit_log WHERE action = 'suspense.paid_out'`); n != "1" {
		t.Errorf("%s records", n)
	}
	r.sound()

	// The same number cannot stand for the fee of a payment, which the platform gives back from the same account.
	r.Bank.Scenario(t, `{"name":"pay"}`)
	setFee(t, r.Server, "clearance", "standard", 0, 120_000)
	setFeeAccount(t, r.Server, feeIBAN)
	r.order = r.cashier.Order(apitest.FleetPlate(4))
	r.payment = r.cashier.Pay(r.order.Id)
	r.Clock.Advance(51 * time.Minute)
	r.operator, r.second = r.SignIn(apitest.PlatformOperator), r.SignIn(apitest.Support)
	made := r.refund(r.operator, r.payment.AmountRial, map[string]any{"with_fee": true})
	if made[0].State == gen.RefundStateWaiting {
		r.second.Must(r.decide(r.second, *made[0].ApprovalId, "approve"), 200, nil)
	}
	for _, m := range made {
		if m.MunicipalityCode == 0 {
			r.operator.Refused(r.operator.Once("POST", "/v1/refunds/"+m.Id.String()+"/paid", map[string]string{"reference": "TR-1"}), 409, "refund_reference_taken")
			r.operator.Must(r.operator.Once("POST", "/v1/refunds/"+m.Id.String()+"/paid", map[string]string{"reference": "TR-3"}), 200, nil)
		}
	}
	r.sound()
	r.broken("a payout of the suspense desk is paid and not in the books, or in the books and not paid", `DELETE FROM ledger_entries WHERE kind = 'payout'`)
}

// broken breaks a row as only the owner of the tables can, and expects verify to name the rule.
func (r *refunding) broken(rule, sabotage string) {
	r.t.Helper()
	script := sabotage + ";"
	for _, table := range []string{"payments", "ledger_entries", "refunds", "bills", "orders", "suspense_payouts", "payment_fees"} {
		script = "ALTER TABLE " + table + " NO FORCE ROW LEVEL SECURITY; " + script + " ALTER TABLE " + table + " FORCE ROW LEVEL SECURITY;"
	}
	if _, err := pgtest.Open(r.t, r.DB.OwnerURL).ExecContext(r.t.Context(), script); err != nil {
		r.t.Fatal(err)
	}
	if found, row, err := r.Program.Payments.Verify(r.System()); found != rule || err != nil {
		r.t.Errorf("%q: %s, %v", found, row, err)
	}
}

// mute is a provider that hears everything and, while it is mute, answers nothing; deaf, it does not even do it.
type mute struct {
	gateway.Gateway
	on, deaf *atomic.Bool
	asked    *atomic.Int32
}

func (m mute) lost(op gateway.Operation, does func() (gateway.Answer, error)) (gateway.Answer, error) {
	if !m.on.Load() {
		return does()
	}
	if m.asked.Add(1); !m.deaf.Load() {
		_, _ = does()
	}
	return gateway.Answer{}, &gateway.Uncertain{Op: op}
}

func (m mute) Reverse(ctx context.Context, reference string, sale gateway.Sale) (gateway.Answer, error) {
	return m.lost(gateway.OpReverse, func() (gateway.Answer, error) { return m.Gateway.Reverse(ctx, reference, sale) })
}

func (m mute) Inquire(ctx context.Context, reference string, sale gateway.Sale) (gateway.Answer, error) {
	return m.lost(gateway.OpInquire, func() (gateway.Answer, error) { return m.Gateway.Inquire(ctx, reference, sale) })
}

func (m mute) Verify(ctx context.Context, reference string, sale gateway.Sale) (gateway.Answer, error) {
	return m.lost(gateway.OpVerify, func() (gateway.Answer, error) { return m.Gateway.Verify(ctx, reference, sale) })
}

// TestAReversalThatNobodyAnswers: when the provider's windows are over, two people say by its settlement report what it did; meanwhile it is not asked, and its own late word
// comes before theirs.
func TestAReversalThatNobodyAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wentBack bool
		state    gen.PaymentState
	}{"it went back": {true, gen.PaymentStateReversed}, "it did not": {false, gen.PaymentStateCaptured}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := mute{on: &atomic.Bool{}, deaf: &atomic.Bool{}, asked: &atomic.Int32{}}
			r := newRefundingOver(t, "", apitest.Options{Wrap: func(g gateway.Gateway) gateway.Gateway { m.Gateway = g; return m }})
			m.on.Store(true)
			m.deaf.Store(!c.wentBack)
			made := r.refund(r.operator, r.payment.AmountRial, nil)
			r.second.Must(r.decide(r.second, *made[0].ApprovalId, "approve"), 200, nil)
			path := "/v1/refunds/" + made[1].Id.String() + "/reversal-verdict"
			says := map[string]any{"went_back": c.wentBack, "evidence": "SEP-1405-09", "reason": "settlement report of the day"}
			r.operator.Refused(r.operator.Once("POST", path, says), 409, "refund_not_doubtful")
			r.work()
			r.operator.Refused(r.operator.Once("POST", path, says), 409, "refund_not_doubtful")
			r.Clock.Advance(51 * time.Minute)
			r.operator, r.second, r.cashier, r.treasurer = r.SignIn(apitest.PlatformOperator), r.SignIn(apitest.Support), r.SignIn(apitest.Cashier), r.SignIn(apitest.Treasurer)
			r.work()
			var list gen.RefundList
			r.operator.Must(r.operator.Do("GET", "/v1/refunds?doubtful=true", nil), 200, &list)
			if len(list.Refunds) != 3 || list.Refunds[0].DoubtedAt == nil {
				t.Fatalf("%+v", list)
			}
			r.treasurer.Refused(r.treasurer.Once("POST", path, says), 403, "not_permitted")
			r.operator.Refused(r.operator.Once("POST", path, map[string]any{"went_back": true, "evidence": " ", "reason": "x"}), 422, "refund_evidence")
			var asked gen.Approval
			r.operator.Must(r.operator.Once("POST", path, says), 202, &asked)
			if !strings.Contains(asked.Summary.Fa, "SEP-1405-09") {
				t.Errorf("%+v", asked.Summary)
			}
			r.operator.Refused(r.operator.Once("POST", path, says), 409, "approval_pending")
			r.operator.Refused(r.decide(r.operator, asked.Id, "approve"), 403, "approval_second_person")
			r.second.Refused(r.decide(r.second, asked.Id, "approve"), 409, "refund_being_asked")
			r.Clock.Advance(11 * time.Minute)
			calls := m.asked.Load()
			if r.work(); m.asked.Load() != calls {
				t.Error("the provider is asked while people decide")
			}
			r.sound()
			r.second.Must(r.decide(r.second, asked.Id, "approve"), 200, nil)
			r.Clock.Advance(11 * time.Minute)
			r.operator, r.cashier, r.treasurer = r.SignIn(apitest.PlatformOperator), r.SignIn(apitest.Cashier), r.SignIn(apitest.Treasurer)
			if r.work(); m.asked.Load() != calls {
				t.Error("the provider is asked after people have decided")
			}
			if p := r.now(); p.State != c.state {
				t.Errorf("the payment is %s", p.State)
			}
			r.operator.Must(r.operator.Do("GET", "/v1/refunds", nil), 200, &list)
			for _, f := range list.Refunds {
				if (f.State == gen.RefundStatePaid) != c.wentBack || (*f.Channel == gen.RefundChannelReverse) != c.wentBack || f.VerdictId == nil || *f.VerdictId != asked.Id {
					t.Errorf("%+v", f)
				}
			}
			if receivable, owed := r.balance(apitest.Shiraz, "receivable:sep"), r.balance(apitest.Shiraz, "refunds_payable"); (receivable == 0) != c.wentBack || (owed == 0) != c.wentBack {
				t.Errorf("receivable %d, to be given back %d", receivable, owed)
			}
			if n := r.one(`SELECT count(*)::text FROM audit_log WHERE action = 'refund.outcome' AND details->>'evidence' = 'SEP-1405-09'`); n != "1" {
				t.Errorf("%s records", n)
			}
			r.operator.Refused(r.operator.Once("POST", path, says), 409, "refund_state")
			r.sound()
			if !c.wentBack {
				var own gen.RefundList
				r.treasurer.Must(r.treasurer.Do("GET", "/v1/refunds?state=granted", nil), 200, &own)
				r.treasurer.Must(r.treasurer.Once("POST", "/v1/refunds/"+own.Refunds[0].Id.String()+"/paid", map[string]string{"reference": "R-1"}), 200, nil)
				r.sound()
			}
			r.broken("a reversal that the provider never answered was decided by nobody", `UPDATE refunds SET verdict_id = approval_id`)
		})
	}
	t.Run("it answers first", func(t *testing.T) {
		t.Parallel()
		m := mute{on: &atomic.Bool{}, deaf: &atomic.Bool{}, asked: &atomic.Int32{}}
		r := newRefundingOver(t, "", apitest.Options{Wrap: func(g gateway.Gateway) gateway.Gateway { m.Gateway = g; return m }})
		m.on.Store(true)
		made := r.refund(r.operator, r.payment.AmountRial, nil)
		r.second.Must(r.decide(r.second, *made[0].ApprovalId, "approve"), 200, nil)
		r.work()
		r.Clock.Advance(51 * time.Minute)
		r.work()
		m.on.Store(false)
		r.Clock.Advance(11 * time.Minute)
		r.work()
		r.operator, r.cashier = r.SignIn(apitest.PlatformOperator), r.SignIn(apitest.Cashier)
		if p := r.now(); p.State != gen.PaymentStateReversed {
			t.Errorf("the payment is %s", p.State)
		}
		r.operator.Refused(r.operator.Once("POST", "/v1/refunds/"+made[0].Id.String()+"/reversal-verdict", map[string]any{"went_back": false, "evidence": "x", "reason": "x"}), 409, "refund_state")
		r.sound()
	})
}

// correcting is a refunding whose paid bill of Tehran, 1403, is to be corrected.
type correcting struct {
	*refunding
	corrector
	bill gen.Bill
}

func newCorrecting(t *testing.T) correcting {
	t.Helper()
	c := newCorrector(t)
	r := &refunding{t: t, Server: c.Server}
	r.Platform(`UPDATE people SET role = 'platform_operator' WHERE username = ?`, apitest.Support)
	r.sign()
	r.order = c.settle(apitest.FleetPlate(0), apitest.Tehran, 1403)
	r.order = r.cashier.GetOrder(r.order.Id)
	r.payment = r.order.Payments[0]
	return correcting{r, c, r.order.Bills[0]}
}

func (r *refunding) sign() {
	r.cashier, r.operator, r.second, r.manager = r.SignIn(apitest.Cashier), r.SignIn(apitest.PlatformOperator), r.SignIn(apitest.Support), r.SignIn(apitest.Manager)
}

// correct multiplies the year's rates and has two people approve what follows, after the run was listed and something has happened.
func (c correcting) correct(rate func(*tariffs.Version), meanwhile func()) (corrections.Run, error) {
	c.corrector.t.Helper()
	c.publish(wrongTariff, rate)
	run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
	if err != nil {
		c.corrector.t.Fatal(err)
	}
	if meanwhile != nil {
		meanwhile()
	}
	c.sign()
	return c.Approve(c.as(apitest.NationalApprover), scope.Platform(), run.ID)
}

// give asks the platform's people for money back, and has it approved.
func (c correcting) give(expected int64, more map[string]any, what string) []gen.Refund {
	c.corrector.t.Helper()
	var made gen.RefundList
	a := c.operator.Once("POST", c.path(what), refundBody(expected, more))
	if a.Status >= 300 {
		c.corrector.t.Fatalf("%d %s", a.Status, a.Body)
	}
	c.operator.Must(a, a.Status, &made)
	if made.Refunds[0].State == gen.RefundStateWaiting {
		c.second.Must(c.decide(c.second, *made.Refunds[0].ApprovalId, "approve"), 200, nil)
	}
	return made.Refunds
}

// TestWhatACorrectionCreditedDoesNotGoBackTwice: of a bill that was corrected downwards the payer gets back what they have not been credited, and then owes the due again.
func TestWhatACorrectionCreditedDoesNotGoBackTwice(t *testing.T) {
	t.Parallel()
	c := newCorrecting(t)
	run, err := c.correct(times(1, 2), nil)
	if err != nil || run.Credit == 0 {
		t.Fatalf("%+v, %v", run, err)
	}
	credit := int64(run.Credit)
	for _, who := range []*apitest.Client{c.operator, c.manager} {
		if part := c.part(who, apitest.Tehran); part.CorrectedRial != credit || part.AvailableRial != c.bill.AmountRial-credit {
			t.Fatalf("%+v, the credit is %d", part, credit)
		}
	}
	c.operator.Refused(c.operator.Once("POST", c.path("refunds"), refundBody(c.bill.AmountRial, nil)), 412, "refund_available_changed")
	c.give(c.bill.AmountRial-credit, map[string]any{"amount_rial": 1001}, "refunds")
	c.sound()
	made := c.give(c.bill.AmountRial-credit-1001, nil, "refunds")
	if !made[0].Whole {
		t.Errorf("%+v", made)
	}
	if got := c.balance(apitest.Tehran, "revenue:%"); got != 0 {
		t.Errorf("%d are still earned", -got)
	}
	if got := c.balance(apitest.Tehran, "payable:correction"); got != -credit {
		t.Errorf("the payer's credit is %d of %d", -got, credit)
	}
	c.want(gen.OrderStateRefunded, 0, c.bill.AmountRial-credit)
	if d := c.due(apitest.FleetPlate(0), apitest.Tehran, 1403); d.BalanceRial == 0 || d.BalanceRial > c.bill.AmountRial-credit {
		t.Errorf("owed again: %+v", d)
	}
	c.settle(apitest.FleetPlate(0), 0)
	c.wantCleared(apitest.Tehran)
	c.sound()
}

// TestAChargebackTakesTheCreditToo: the payer's bank asks nobody. What it took beyond what was the payer's is owed by them, in the books.
func TestAChargebackTakesTheCreditToo(t *testing.T) {
	t.Parallel()
	c := newCorrecting(t)
	run, err := c.correct(times(1, 2), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.give(c.bill.AmountRial, map[string]any{"reference": "CB-1"}, "chargebacks")
	if c.balance(apitest.Tehran, "payable:correction") != -int64(run.Credit) || c.balance(apitest.Tehran, "receivable:correction") != int64(run.Credit) || c.balance(apitest.Tehran, "revenue:%") != 0 {
		t.Error("the books do not hold the credit beside what was taken")
	}
	c.want(gen.OrderStateRefunded, 0, c.bill.AmountRial)
}

// TestABillThatLackedSomethingGoesBackInPartAlone: the rest of it is demanded with another due, which would be demanded twice.
func TestABillThatLackedSomethingGoesBackInPartAlone(t *testing.T) {
	t.Parallel()
	c := newCorrecting(t)
	run, err := c.correct(times(3, 2), nil)
	if err != nil || run.Extra == 0 {
		t.Fatalf("%+v, %v", run, err)
	}
	if part := c.part(c.operator, apitest.Tehran); part.CorrectedRial != -int64(run.Extra) || part.AvailableRial != c.bill.AmountRial {
		t.Errorf("%+v", part)
	}
	refused := c.operator.Once("POST", c.path("refunds"), refundBody(c.bill.AmountRial, nil))
	c.operator.Refused(refused, 409, "refund_corrected")
	c.give(c.bill.AmountRial, map[string]any{"amount_rial": 5000}, "refunds")
	c.want(gen.OrderStatePaid, c.bill.AmountRial, 5000)
	c.operator.Refused(c.operator.Once("POST", c.path("refunds"), refundBody(c.bill.AmountRial-5000, map[string]any{"amount_rial": c.bill.AmountRial - 5000})), 409, "refund_corrected")
}

// TestABillOfWhichAPartWentBackIsNotCorrected: before the list it is not in it, after the list the list is outdated; a request that waited meanwhile is refused as it is.
func TestABillOfWhichAPartWentBackIsNotCorrected(t *testing.T) {
	t.Parallel()
	c := newCorrecting(t)
	_, err := c.correct(times(1, 2), func() {
		c.sign()
		c.give(c.bill.AmountRial, map[string]any{"amount_rial": 5000}, "refunds")
	})
	wantFault(t, err, "correction_outdated")
	c.sound()

	before := newCorrecting(t)
	before.give(before.bill.AmountRial, map[string]any{"amount_rial": 5000}, "refunds")
	other := before.settle(apitest.FleetPlate(1), apitest.Tehran, 1403).Bills[0]
	run, err := before.correct(times(1, 2), nil)
	if err != nil || run.Bills != 1 || run.Report.Returned != 1 || before.items(run.ID)[0].BillID != other.Id {
		t.Fatalf("%+v, %v", run, err)
	}
	if part := before.part(before.operator, apitest.Tehran); part.CorrectedRial != 0 || part.AvailableRial != before.bill.AmountRial-5000 {
		t.Errorf("%+v", part)
	}
	before.sound()

	waits := newCorrecting(t)
	var asked gen.RefundList
	waits.operator.Must(waits.operator.Once("POST", waits.path("chargebacks"), refundBody(waits.bill.AmountRial, map[string]any{"reference": "CB-7"})), 202, &asked)
	waits.second.Must(waits.decide(waits.second, *asked.Refunds[0].ApprovalId, "refuse"), 200, nil)
	waits.manager.Must(waits.manager.Once("POST", waits.path("refund-requests"), refundBody(waits.bill.AmountRial, map[string]any{"bill_id": waits.bill.Id})), 202, &asked)
	if _, err := waits.correct(times(1, 2), nil); err != nil {
		t.Fatal(err)
	}
	waits.refunding.Platform(`UPDATE people SET municipality_id = ? WHERE username = ?`, apitest.Tehran, apitest.CityAdmin)
	admin := waits.refunding.SignIn(apitest.CityAdmin)
	admin.Refused(waits.decide(admin, *asked.Refunds[0].ApprovalId, "approve"), 412, "refund_available_changed")
	waits.sound()
}

// TestARefundBesideACorrection races the two: the payer gets the credit or the money, never both.
func TestARefundBesideACorrection(t *testing.T) {
	t.Parallel()
	for range 4 {
		c := newCorrecting(t)
		c.refunding.Platform(`UPDATE people SET role = 'platform_operator' WHERE username = ?`, apitest.Support)
		c.publish(wrongTariff, times(1, 2))
		run, err := c.List(c.as(apitest.NationalEditor), scope.Platform(), wrongTariff, rightTariff, because)
		if err != nil {
			t.Fatal(err)
		}
		approver := c.as(apitest.NationalApprover)
		var both sync.WaitGroup
		both.Go(func() {
			a := c.operator.Once("POST", c.path("refunds"), refundBody(c.bill.AmountRial, nil))
			if a.Status != 201 && a.Status != 412 {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
		both.Go(func() { _, _ = c.Approve(approver, scope.Platform(), run.ID) })
		both.Wait()
		back, credit := c.balance(apitest.Tehran, "refunds_payable")+c.balance(apitest.Tehran, "bank:%"), c.balance(apitest.Tehran, "payable:correction")
		if -back-credit > c.bill.AmountRial {
			t.Errorf("given back %d and credited %d of %d", -back, -credit, c.bill.AmountRial)
		}
		c.sound()
	}
}

// TestAnItemsReversalThatNobodyAnswers is the same at the desk for what does not fit: two people say that the money went back, and the item is closed.
func TestAnItemsReversalThatNobodyAnswers(t *testing.T) {
	t.Parallel()
	m := mute{on: &atomic.Bool{}, deaf: &atomic.Bool{}, asked: &atomic.Int32{}}
	r := newPaidOver(t, `{"name":"verify_other_amount"}`, apitest.Options{Wrap: func(g gateway.Gateway) gateway.Gateway { m.Gateway = g; return m }})
	var list gen.SuspenseList
	r.operator.Must(r.operator.Do("GET", "/v1/suspense?state=open", nil), 200, &list)
	path := "/v1/suspense/" + list.Items[0].Id.String()
	m.on.Store(true)
	var asked gen.Approval
	r.operator.Must(r.operator.Once("POST", path+"/remedies", map[string]any{"remedy": "reverse", "reason": "another amount was paid"}), 202, &asked)
	r.second.Must(r.decide(r.second, asked.Id, "approve"), 200, nil)
	says := map[string]any{"went_back": true, "evidence": "SEP-1405-10", "reason": "settlement report of the day"}
	r.operator.Refused(r.operator.Once("POST", path+"/reversal-verdict", says), 409, "refund_not_doubtful")
	r.work()
	r.Clock.Advance(51 * time.Minute)
	r.operator, r.second = r.SignIn(apitest.PlatformOperator), r.SignIn(apitest.Support)
	r.operator.Must(r.operator.Once("POST", path+"/reversal-verdict", says), 202, &asked)
	r.Clock.Advance(11 * time.Minute)
	r.second.Must(r.decide(r.second, asked.Id, "approve"), 200, nil)
	var story gen.SuspenseStory
	r.operator.Must(r.operator.Do("GET", path, nil), 200, &story)
	if story.Item.ClosedAt == nil || *story.Item.Remedy != gen.RemedyReverse {
		t.Errorf("%+v", story.Item)
	}
	r.sound()
}
