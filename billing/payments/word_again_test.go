package payments_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/calendar"
	"mofasa/billing/ledger"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/pcpos"
	"mofasa/tenants/approvals"
	"mofasa/tenants/devices"
	"mofasa/tenants/scope"
)

// tillAgent is the enrolled agent of a card terminal at counter A.
type tillAgent struct {
	*counter
	id  uuid.UUID
	key ed25519.PrivateKey
}

func (c *counter) tillAgent() tillAgent {
	c.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		c.Fatal(err)
	}
	s := devices.NewService(c.run, rand.Reader)
	in, err := s.Invite(c.as(cashierA), scope.Office(counterA), "till", devices.TerminalAgent)
	if err != nil {
		c.Fatal(err)
	}
	if _, err := s.Enrol(c.system(), devices.Enrolment{Code: in.Code, PublicKey: public, Signature: ed25519.Sign(private, devices.EnrolmentMessage(in.Code))}); err != nil {
		c.Fatal(err)
	}
	return tillAgent{c, in.Device.ID, private}
}

func (d tillAgent) sale(o uuid.UUID) payments.Payment {
	d.Helper()
	p, err := d.payments.Start(d.as(cashierA), payments.Request{OfficeID: counterA, OrderID: o, Method: payments.ByTerminal, DeviceID: d.id, Key: key("pay")})
	if err != nil {
		d.Fatal(err)
	}
	return p
}

func (d tillAgent) approved(p payments.Payment, rrn string) pcpos.Outcome {
	return pcpos.Outcome{PaymentID: p.ID, DeviceID: d.id, OrderID: p.MerchantRef, Amount: p.Amount, State: pcpos.StateApproved, Charged: p.Amount, Terminal: "01234567",
		RRN: rrn, TransactionNo: "000123", MaskedPAN: "603799******1234", Code: "00", Evidence: pcpos.ByResponse, At: d.present().Truncate(time.Second)}
}

func (d tillAgent) report(o pcpos.Outcome) payments.Payment {
	d.Helper()
	word, err := pcpos.SignOutcome(o, d.key)
	if err != nil {
		d.Fatal(err)
	}
	p, err := d.payments.Report(d.as(cashierA), counterA, o.PaymentID, word)
	if err != nil {
		d.Fatal(err)
	}
	return p
}

// TestMoneyThatPaysAnotherBillIsNotCountedTwice: the agent's word of it may be brought again at any time.
func TestMoneyThatPaysAnotherBillIsNotCountedTwice(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	d := c.tillAgent()
	o, twin := c.order(cashierA, 0), c.order(cashierB, 1)
	c.read("one.txt", file(1, o.Bills[1]))
	guess := d.approved(d.sale(o.ID), "123456789012")
	guess.Evidence = pcpos.ByAmount
	if p := d.report(guess); p.State != payments.Suspense {
		t.Fatalf("%+v", p)
	}
	to := twin.Bills[slices.IndexFunc(twin.Bills, func(b bills.Bill) bool { return b.Municipality.ID == o.Bills[0].Municipality.ID })].Pair
	c.carriedOut(payments.Proposal{Item: c.item("terminal_guess").ID, Remedy: payments.ApplyTo, Bill: string(to.Bill), Payment: string(to.Payment)})
	before := c.books()
	if p := d.report(guess); p.State != payments.Failed || p.Reason != "applied_elsewhere" || c.books() != before {
		t.Errorf("the same word again: %s, %s", p.State, p.Reason)
	}
	c.verified()
}

// TestMoneyConfirmedWhilePeopleDecide stands in suspense from then on, once, so that it can be given back.
func TestMoneyConfirmedWhilePeopleDecide(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	d := c.tillAgent()
	p := d.sale(c.order(cashierA, 0).ID)
	c.wait(25 * time.Hour)
	if got, err := c.payments.Resolve(c.system(), p.ID); err != nil || got.State != payments.Suspense {
		t.Fatalf("%+v, %v", got, err)
	}
	item := c.item("terminal_silent")
	if got := c.offers(item.ID); item.Amount != 0 || got != "apply give_back top_up dismiss" {
		t.Fatalf("%d rial, offers %s", item.Amount, got)
	}
	dismissal := c.propose(payments.Proposal{Item: item.ID, Remedy: payments.Dismiss})
	for range 2 {
		if got := d.report(d.approved(p, "123456789012")); got.State != payments.Suspense || got.RRN != "123456789012" {
			t.Errorf("%+v", got)
		}
		if got := c.item("terminal_silent"); got.ID != item.ID || got.Amount != p.Amount || c.balance(ledger.Suspense) != -p.Amount {
			t.Errorf("%+v, %d in the books", got, c.balance(ledger.Suspense))
		}
		c.verified()
	}
	_, err := c.approvals().Decide(c.as(decides), scope.Platform(), dismissal.ID, approvals.Approve, "")
	refused(t, err, "remedy_evidence") // what was proposed when nothing was known
	if _, err := c.approvals().Decide(c.as(decides), scope.Platform(), dismissal.ID, approvals.Refuse, "پول رسیده است"); err != nil {
		t.Fatal(err)
	}
	if did := c.carriedOut(payments.Proposal{Item: item.ID, Remedy: payments.GiveBack, IBAN: payerIBAN}); did.Payout != p.Amount {
		t.Errorf("%+v", did)
	}
	for range 2 {
		if got := d.report(d.approved(p, "123456789012")); got.State != payments.Refunded || c.balance(ledger.Suspense) != 0 {
			t.Errorf("after that: %+v", got)
		}
	}
	c.verified()
}

// TestAReferenceOfAnotherPaymentConfirmsNothing, however often it is told.
func TestAReferenceOfAnotherPaymentConfirmsNothing(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	d := c.tillAgent()
	if p := d.report(d.approved(d.sale(c.order(cashierA, 0).ID), "123456789012")); p.State != payments.Captured {
		t.Fatalf("%+v", p)
	}
	second := d.approved(d.sale(c.order(cashierA, 1).ID), "123456789012")
	for range 2 {
		if p := d.report(second); p.State != payments.Suspense || p.Reason != "duplicate_reference" || c.item("duplicate_reference").Amount != 0 {
			t.Errorf("%+v", p)
		}
	}
	silent := d.sale(c.order(cashierA, 2).ID)
	c.wait(25 * time.Hour)
	if got, err := c.payments.Resolve(c.system(), silent.ID); err != nil || got.State != payments.Suspense {
		t.Fatalf("%+v, %v", got, err)
	}
	for range 2 {
		if p := d.report(d.approved(silent, "123456789012")); p.State != payments.Suspense || c.item("terminal_silent").Amount != 0 || c.balance(ledger.Suspense) != 0 {
			t.Errorf("%+v", p)
		}
	}
	c.verified()
}

// TestALostReversalIsNotARefusal: the provider has given the money back, nobody heard it, and its window is over when it is asked again.
func TestALostReversalIsNotARefusal(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.gatewayMoney(c.order(cashierA, 0))
	item := c.item("mismatch")
	c.approve(c.propose(payments.Proposal{Item: item.ID, Remedy: payments.Reverse}))
	c.bank.back, c.bank.silent = gateway.Reversed, true
	c.work()
	c.bank.back, c.bank.silent = gateway.NotFound, false
	c.wait(55 * time.Minute)
	c.work()
	if tale := c.tale(item.ID); tale.Item.Remedy != payments.Reverse || tale.Payment.State != payments.Reversed || c.balance(ledger.Suspense) != 0 {
		t.Errorf("%+v, payment %s, offers %s", tale.Item, tale.Payment.State, c.offers(item.ID))
	}
	c.verified()
}

// TestAMessageOfAnotherAmountHidesNoMoney: a bank's wrong message does not stand for the line of its file.
func TestAMessageOfAnotherAmountHidesNoMoney(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	b := c.order(cashierA, 0).Bills[0]
	wrong := payments.BankLine{Bank: "17", Branch: "000001", Channel: "59", Number: "N1", Trace: "000001", Bill: string(b.Pair.Bill), Payment: string(b.Pair.Payment), Amount: 1000,
		Paid: calendar.Date{Year: 1405, Month: 8, Day: 28}}
	if l, err := c.payments.ReportBank(c.as(asks), wrong, key("notice")); err != nil || l.Reason != payments.WrongAmount {
		t.Fatalf("%+v, %v", l, err)
	}
	if f := c.read("f.txt", file(1, b)); f.Captured != 1 || f.CapturedRial != b.Amount {
		t.Errorf("%+v", f)
	}
	c.verified()
}

// TestAClaimWithoutAnAnswerIsAskedAboutWhilePeopleDecide: a process may have died with the answer, and then the money is at the provider and in no book.
func TestAClaimWithoutAnAnswerIsAskedAboutWhilePeopleDecide(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	p := c.start(cashierA, c.order(cashierA, 0).ID, payments.ByGateway)
	c.bank.paid = true
	c.bank.silentAt(1)
	c.asked() // the claim has its effect, and nobody hears of it
	c.wait(2 * time.Hour)
	c.asked()
	item := c.item("never_verified")
	c.wait(time.Hour)
	if c.asked(); item.Amount != 0 || c.balance(ledger.Suspense) != 0 {
		t.Fatalf("%d rial", item.Amount)
	}
	c.bank.silentAt(0)
	c.wait(time.Hour)
	c.asked()
	if got := c.item("never_verified"); got.ID != item.ID || got.Amount != p.Amount || c.balance(ledger.Suspense) != -p.Amount {
		t.Errorf("%+v, %d in suspense", got, c.balance(ledger.Suspense))
	}
	c.wait(time.Hour)
	if done := c.asked(); done != 0 {
		t.Errorf("what has been heard is asked about %d times more", done)
	}
	c.verified()
}

// TestAClaimThatIsNeverAnsweredIsAskedAboutForADay, and no longer.
func TestAClaimThatIsNeverAnsweredIsAskedAboutForADay(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.start(cashierA, c.order(cashierA, 0).ID, payments.ByGateway)
	c.bank.paid = true
	c.bank.silentAt(1)
	asked := 0
	for range 36 {
		c.wait(time.Hour)
		asked += c.asked()
	}
	if rest := c.one(`SELECT count(*) FROM river_job WHERE finalized_at IS NULL`); rest != "0" || asked < 10 || asked > 40 {
		t.Errorf("asked %d times, %s checks are planned", asked, rest)
	}
}

// asked does the checks that are due, and tells how many there were.
func (c *counter) asked() (done int) {
	c.Helper()
	for {
		found, err := c.payments.ResolveNext(c.system())
		if err != nil {
			c.Fatal(err)
		}
		if !found {
			return done
		}
		done++
	}
}
