package payments_test

import (
	"fmt"
	"testing"
	"time"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/pcpos"
	"mofasa/tenants/approvals"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// TestNoRemedyPostsMoreThanTheBankHas: the provider's paper shows a rial less than the bills demand. It pays no bill, and goes back as it is.
func TestNoRemedyPostsMoreThanTheBankHas(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	p := c.start(cashierA, c.order(cashierA, 0).ID, payments.ByGateway)
	c.bank.paid, c.bank.short = true, 1
	if got, err := c.payments.Resolve(c.system(), p.ID); err != nil || got.Reason != "mismatch" {
		t.Fatalf("%+v, %v", got, err)
	}
	item := c.item("mismatch")
	apply := payments.Proposal{Item: item.ID, Remedy: payments.Apply, Evidence: "SEP-1405-9", Amount: p.Amount - 1}
	refusedRemedy(t, c, apply, "remedy_impossible")
	if _, err := c.payments.DryRun(c.as(asks), apply); fault.Of(err).Text == payments.ErrRemedy.Text {
		t.Errorf("nothing says what to do: %v", err)
	}
	apply.Amount = -1
	refusedRemedy(t, c, apply, "remedy_amount")
	did := c.carriedOut(payments.Proposal{Item: item.ID, Remedy: payments.GiveBack, IBAN: payerIBAN, Evidence: "SEP-1405-9", Amount: p.Amount - 1})
	if did.Payout != p.Amount-1 || c.balance(ledger.Receivable("till")) != p.Amount-1 || c.balance(ledger.RefundsPayable) != 1-p.Amount || c.balance(ledger.Suspense) != 0 {
		t.Errorf("%+v", did)
	}
	if got := c.tale(item.ID); got.Item.Amount != p.Amount-1 || len(got.Payouts) != 1 || got.Payouts[0].Amount != p.Amount-1 || len(got.Entries) != 2 {
		t.Errorf("%+v", got)
	}
	c.verified()
}

// TestConfirmedMoneyHasOneAmount: what the provider has confirmed is not more or less because somebody says so.
func TestConfirmedMoneyHasOneAmount(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	p := c.gatewayMoney(c.order(cashierA, 0))
	for _, amount := range []money.Rial{p.Amount - 1, p.Amount + 1} {
		for _, remedy := range []payments.Remedy{payments.Apply, payments.GiveBack} {
			refusedRemedy(t, c, payments.Proposal{Item: c.item("mismatch").ID, Remedy: remedy, IBAN: payerIBAN, Evidence: "E", Amount: amount}, "remedy_impossible")
		}
	}
}

// underWay is an item whose provider is silent about its reversal.
func underWay(t *testing.T) (*counter, payments.Item) {
	t.Helper()
	c := newCounter(t)
	c.gatewayMoney(c.order(cashierA, 0))
	item := c.item("mismatch")
	c.approve(c.propose(payments.Proposal{Item: item.ID, Remedy: payments.Reverse}))
	c.bank.back, c.bank.silent = gateway.Reversed, true
	c.work()
	return c, item
}

// TestASilentReversalIsAskedEverMoreSeldom counts the questions of ten days.
func TestASilentReversalIsAskedEverMoreSeldom(t *testing.T) {
	t.Parallel()
	c, item := underWay(t)
	c.wait(time.Minute)
	c.work()
	if c.bank.reversed != 2 {
		t.Errorf("%d questions in the first minute", c.bank.reversed)
	}
	for range 10 * 24 {
		c.wait(time.Hour)
		c.work()
	}
	if n := c.bank.reversed; n < 12 || n > 40 || c.one(`SELECT count(*) FROM payment_events WHERE said->>'asked' = 'reverse'`) != fmt.Sprint(n) {
		t.Errorf("%d questions in ten days", n)
	}
	if !c.tale(item.ID).Item.Open() {
		t.Error("silence has closed the item")
	}
}

// TestPeopleEndASilentReversal: two people say by the provider's report what it did, and only when it can say no more itself.
func TestPeopleEndASilentReversal(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]bool{"it went back": true, "it did not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, item := underWay(t)
			say := func(evidence string) (approvals.Approval, error) {
				return c.payments.ProposeItemVerdict(c.as(asks), payments.ItemVerdict{Item: item.ID, WentBack: back, Evidence: evidence, Reason: "گزارش", Key: key("verdict")})
			}
			_, err := say("SEP-9")
			refused(t, err, "refund_not_doubtful")
			c.wait(51 * time.Minute)
			c.work()
			_, err = say(" ")
			refused(t, err, "refund_evidence")
			a, err := say("SEP-9")
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.approvals().Decide(c.as(decides), scope.Platform(), a.ID, approvals.Approve, "")
			refused(t, err, "refund_being_asked")
			asked := c.bank.reversed
			c.wait(2 * time.Hour)
			c.work()
			if c.bank.reversed != asked {
				t.Error("it was asked while people say what it did")
			}
			_, err = c.approvals().Decide(c.as(asks), scope.Platform(), a.ID, approvals.Approve, "")
			refused(t, err, "approval_second_person")
			c.approve(a)
			tale := c.tale(item.ID)
			if back && (tale.Item.Open() || tale.Payment.State != payments.Reversed || c.balance(ledger.Receivable("till")) != 0 || c.balance(ledger.Suspense) != 0) {
				t.Errorf("%+v, %+v", tale.Item, tale.Payment)
			}
			if !back && c.offers(item.ID) != "apply apply_to give_back dismiss" {
				t.Errorf("offers %s", c.offers(item.ID))
			}
			if c.one(`SELECT count(*) FROM payment_events WHERE said->>'evidence' = 'SEP-9'`) != "1" {
				t.Error("the evidence is not in the story")
			}
			c.verified()
			_, err = say("SEP-9")
			refused(t, err, map[bool]string{true: "suspense_closed", false: "refund_not_doubtful"}[back])
		})
	}
}

// TestTheStoryTellsWhatWentBack: questions, a refund with its entries, and a chargeback of the rest.
func TestTheStoryTellsWhatWentBack(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	p := c.start(cashierA, c.order(cashierA, 0).ID, payments.ByGateway)
	c.bank.paid = true
	if got, err := c.payments.Resolve(c.system(), p.ID); err != nil || got.State != payments.Captured {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := c.payments.Refund(c.as(asks), scope.Platform(), payments.RefundRequest{PaymentID: p.ID, BillID: p.Parts[0].BillID, Amount: 1000, Expected: p.Parts[0].Amount, Reason: "اضافه", Key: key("refund")}); err != nil {
		t.Fatal(err)
	}
	tale, found, err := c.payments.StoryOf(c.as(asks), p.ID.String())
	if err != nil || !found || len(tale.Refunds) != 1 || tale.Refunds[0].Amount != 1000 {
		t.Fatalf("%+v, %v", tale.Refunds, err)
	}
	kinds, asked := map[string]int{}, map[any]int{}
	for _, e := range tale.Entries {
		kinds[e.SourceKind]++
	}
	for _, s := range tale.Steps {
		asked[s.Said["asked"]]++
	}
	if kinds["payment"] != 2 || kinds["refund"] != 1 || asked["inquiry"] != 1 || asked["verify"] != 1 {
		t.Errorf("entries %v, questions %v", kinds, asked)
	}
}

// TestALateSuccessTakesNoFeeTwice: while another attempt of the order has, or may have, the fee, money with a fee pays nothing; when that one has failed, it does.
func TestALateSuccessTakesNoFeeTwice(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.platform(func(tx *scope.Tx) error {
		if err := tx.DB.Exec(`INSERT INTO fee_accounts (number, iban, reason, at) VALUES (1, ?, 'decree 9', ?)`, payerIBAN, tx.Now).Error; err != nil {
			return err
		}
		return tx.DB.Exec(`INSERT INTO fee_schedule (service, office_class, valid_from, revision, amount_rial, reference, set_at) VALUES ('clearance', 'standard', '2026-01-01', 1, 120000, 'decree 9', ?)`, tx.Now).Error
	})
	d := &odd{counter: c, own: c.order(cashierA, 0)}
	a := d.sells()
	a.tells(func(o *pcpos.Outcome) { o.State, o.Charged, o.RRN, o.Code = pcpos.StateDeclined, 0, "", "51" })
	second := c.start(cashierA, d.own.ID, payments.ByGateway)
	a.tells(func(*pcpos.Outcome) {})
	if a.sale.Fee == nil || second.Fee == nil {
		t.Fatalf("%+v, %+v", a.sale.Fee, second.Fee)
	}
	item := c.item("late_success")
	apply := payments.Proposal{Item: item.ID, Remedy: payments.Apply}
	if got := c.offers(item.ID); got != "apply_to give_back top_up dismiss" {
		t.Errorf("while another payment has the fee it offers %s", got)
	}
	refusedRemedy(t, c, apply, "remedy_impossible")
	if _, err := c.payments.DryRun(c.as(asks), apply); fault.Of(err).Text == payments.ErrRemedy.Text {
		t.Errorf("nothing says why: %v", err)
	}
	c.wait(61 * time.Minute)
	if got, err := c.payments.Resolve(c.system(), second.ID); err != nil || got.State != payments.Failed {
		t.Fatalf("%+v, %v", got, err)
	}
	if got := c.offers(item.ID); got != "apply apply_to give_back top_up dismiss" {
		t.Errorf("when that has failed it offers %s", got)
	}
	c.carriedOut(apply)
	if n := c.one(`SELECT count(*) FROM ledger_entries WHERE kind = 'fee'`); n != "1" {
		t.Errorf("the fee was taken %s times", n)
	}
}
