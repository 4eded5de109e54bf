package payments_test

import (
	"cmp"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mofasa/billing/bills"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/payments/pcpos"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/devices"
	"mofasa/tenants/scope"
)

// odd is a counter with an order of which one bill is left, and another order of the same amounts.
type odd struct {
	*counter
	own, twin bills.Order
	bill      bills.Bill // of own, the one that is left
	same      bills.Bill // of twin: of the same amount
	other     bills.Bill // of twin: of another amount
	restore   func()     // puts right, before money is used for another bill, what was wrong with all of a city's; nil: nothing was
}

func newOdd(t *testing.T) *odd {
	c := newCounter(t)
	d := &odd{counter: c, own: c.order(cashierA, 0), twin: c.order(cashierB, 1)}
	c.read("rest.txt", file(900_000, d.own.Bills[1]))
	d.bill, d.same, d.other = d.own.Bills[0], d.twin.Bills[0], d.twin.Bills[1]
	if d.bill.Amount != d.same.Amount || d.other.Amount == d.bill.Amount {
		t.Fatalf("%+v, %+v", d.own.Bills, d.twin.Bills)
	}
	return d
}

// resolved is the order's payment at the gateway when it was asked about.
func (d *odd) resolved(p payments.Payment) payments.Payment {
	d.Helper()
	p, err := d.payments.Resolve(d.system(), p.ID)
	if err != nil {
		d.Fatal(err)
	}
	return p
}

func (d *odd) begun() payments.Payment {
	d.bank.paid = true
	return d.start(cashierA, d.own.ID, payments.ByGateway)
}

// agentOf is a card terminal's agent of the first counter.
type agentOf struct {
	*odd
	devices *devices.Service
	device  devices.Device
	key     ed25519.PrivateKey
	sale    payments.Payment
}

// sells begins the sale of the order's bill at a terminal.
func (d *odd) sells() *agentOf {
	d.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		d.Fatal(err)
	}
	a := &agentOf{odd: d, devices: devices.NewService(d.run, rand.Reader), key: private}
	invited, err := a.devices.Invite(d.as(cashierA), scope.Office(counterA), "till", devices.TerminalAgent)
	if err != nil {
		d.Fatal(err)
	}
	a.device = invited.Device
	if _, err := a.devices.Enrol(d.system(), devices.Enrolment{Code: invited.Code, PublicKey: public, Signature: ed25519.Sign(private, devices.EnrolmentMessage(invited.Code))}); err != nil {
		d.Fatal(err)
	}
	a.sale, err = d.payments.Start(d.as(cashierA), payments.Request{OfficeID: counterA, OrderID: d.own.ID, Method: payments.ByTerminal, DeviceID: a.device.ID, Key: key("pay")})
	if err != nil {
		d.Fatal(err)
	}
	return a
}

// tells reports an approved sale, changed.
func (a *agentOf) tells(change func(*pcpos.Outcome)) {
	a.Helper()
	o := pcpos.Outcome{PaymentID: a.sale.ID, DeviceID: a.device.ID, OrderID: a.sale.MerchantRef, Amount: a.sale.Amount, State: pcpos.StateApproved, Charged: a.sale.Amount, Terminal: "01234567",
		RRN: "123456789012", TransactionNo: "000123", MaskedPAN: "603799******1234", Code: "00", Evidence: pcpos.ByResponse, At: a.present().Truncate(time.Second)}
	change(&o)
	word, err := pcpos.SignOutcome(o, a.key)
	if err != nil {
		a.Fatal(err)
	}
	if _, err := a.payments.Report(a.as(cashierA), counterA, a.sale.ID, word); err != nil {
		a.Fatal(err)
	}
}

// lines reads a file of these lines, whose total covers them with more.
func (d *odd) lines(total money.Rial, text ...string) {
	d.read("odd.txt", header(total, len(text))+strings.Join(text, "\r\n")+"\r\n")
}

func lineOver(b bills.Bill, trace int) string {
	return fmt.Sprintf("00000159050828%s%s%06d", zeros(string(b.Pair.Bill)), zeros(string(b.Pair.Payment)), trace)
}

// anomalies are all the ways in which money comes to the desk, with the remedies that are possible then. same tells that the money is as much as the bill's.
var anomalies = map[string]struct {
	reason string
	park   func(*odd)
	offers string
	same   bool
}{
	"a gateway's other terminal":   {"mismatch", func(d *odd) { d.bank.terminal = "2"; d.resolved(d.begun()) }, "apply apply_to give_back reverse dismiss", true},
	"a gateway's other amount":     {"mismatch", func(d *odd) { d.bank.wrong = d.other.Amount - d.bill.Amount; d.resolved(d.begun()) }, "apply_to give_back reverse dismiss", false},
	"an inquiry of another amount": {"mismatch", func(d *odd) { d.bank.short = 1; d.resolved(d.begun()) }, "apply give_back dismiss", true},
	"a claim without an answer": {"never_verified", func(d *odd) {
		p := d.begun()
		d.bank.silentAt(1)
		d.resolved(p)
		d.wait(2 * time.Hour)
		d.resolved(p)
	}, "apply give_back dismiss", true},
	"a claim that expired": {"expired_after_claim", func(d *odd) {
		p := d.begun()
		d.bank.silentAt(1)
		d.resolved(p)
		d.bank.silentAt(0)
		d.bank.claim = gateway.Expired
		d.resolved(p)
	}, "apply give_back dismiss", true},
	"a number that counts for another sale": {"duplicate_reference", func(d *odd) {
		d.bank.number = "R-1"
		first := d.start(cashierB, d.twin.ID, payments.ByGateway)
		d.bank.paid = true
		d.resolved(first)
		d.resolved(d.begun())
	}, "dismiss", true},
	"a bill that was settled meanwhile": {"bill_already_settled", func(d *odd) {
		p := d.begun()
		d.read("first.txt", file(1, d.bill))
		d.resolved(p)
	}, "apply_to give_back reverse dismiss", true},
	"a card's other amount": {"mismatch", func(d *odd) {
		d.sells().tells(func(o *pcpos.Outcome) { o.Charged = d.other.Amount; o.State = pcpos.StateMismatch })
	}, "apply_to give_back top_up dismiss", false},
	"a revoked device": {"device_revoked", func(d *odd) {
		a := d.sells()
		if _, err := a.devices.Revoke(d.as(cashierA), scope.Office(counterA), a.device.ID, "lost"); err != nil {
			d.Fatal(err)
		}
		a.tells(func(*pcpos.Outcome) {})
	}, "apply apply_to give_back top_up dismiss", true},
	"a device's guess": {"terminal_guess", func(d *odd) { d.sells().tells(func(o *pcpos.Outcome) { o.Evidence = pcpos.ByAmount }) }, "apply apply_to give_back top_up dismiss", true},
	"a card that was declined and then charged": {"late_success", func(d *odd) {
		a := d.sells()
		a.tells(func(o *pcpos.Outcome) { o.State, o.Charged, o.RRN, o.Code = pcpos.StateDeclined, 0, "", "51" })
		a.tells(func(*pcpos.Outcome) {})
	}, "apply apply_to give_back top_up dismiss", true},
	"a silent device": {"terminal_silent", func(d *odd) {
		a := d.sells()
		d.wait(25 * time.Hour)
		d.resolved(a.sale)
		d.resolved(a.sale)
	}, "apply give_back top_up dismiss", true},
	"a top-up's other terminal": {"mismatch", func(d *odd) {
		p, err := d.payments.StartTopUp(d.as(cashierA), payments.TopUp{OfficeID: counterA, Amount: 4_000_000, Key: key("top up")})
		if err != nil {
			d.Fatal(err)
		}
		d.bank.paid, d.bank.terminal = true, "2"
		d.resolved(p)
	}, "give_back reverse top_up dismiss", false},
	"a top-up's other amount": {"mismatch", func(d *odd) {
		p, err := d.payments.StartTopUp(d.as(cashierA), payments.TopUp{OfficeID: counterA, Amount: 4_000_000, Key: key("top up")})
		if err != nil {
			d.Fatal(err)
		}
		d.bank.paid, d.bank.wrong = true, -1_000_000
		d.resolved(p)
	}, "give_back reverse top_up dismiss", false},
	"numbers that are wrong": {"bad_numbers", func(d *odd) {
		broken := []byte(lineOver(d.bill, 1))
		at := len(broken) - 7 // the last digit of the payment ID
		broken[at] = '0' + (broken[at]-'0'+1)%10
		d.lines(d.bill.Amount, string(broken))
	}, "apply_to give_back dismiss", true},
	"a bill that nobody issued": {"unknown_bill", func(d *odd) {
		d.lines(d.bill.Amount, lineOver(asking(d.T, 99_999_999, 218, d.bill.Amount), 1))
	}, "apply_to give_back dismiss", true},
	"another amount than the bill's": {"wrong_amount", func(d *odd) {
		d.lines(d.other.Amount, lineOver(numbered(d.T, d.bill.Pair.Bill, d.other.Amount), 1))
	}, "apply_to give_back dismiss", false},
	"a bill that was paid at a bank": {"paid_twice", func(d *odd) { d.read("once.txt", file(1, d.bill)); d.lines(d.bill.Amount, lineOver(d.bill, 2)) }, "apply_to give_back dismiss", true},
	"a bill that was paid at the counter": {"paid_elsewhere", func(d *odd) {
		d.start(cashierA, d.own.ID, payments.ByDeposit)
		d.lines(d.bill.Amount, lineOver(d.bill, 1))
	}, "apply_to give_back dismiss", true},
	"a due that somebody else holds": {"due_held", func(d *odd) {
		d.wait(48 * time.Hour)
		d.order(cashierB, 0)
		d.twin = d.order(cashierB, 2)
		d.same, d.other = d.twin.Bills[0], d.twin.Bills[1]
		d.lines(d.bill.Amount, lineOver(d.bill, 1))
	}, "apply_to give_back dismiss", true},
	"a line that was cut":        {"line_length", func(d *odd) { d.lines(d.bill.Amount, lineOver(d.bill, 1)[:23]) }, "apply_to give_back dismiss", true},
	"a line with letters":        {"line_digits", func(d *odd) { d.lines(d.bill.Amount, "x"+lineOver(d.bill, 1)[1:]) }, "apply_to give_back dismiss", true},
	"a line of no day":           {"line_date", func(d *odd) { d.lines(d.bill.Amount, strings.Replace(lineOver(d.bill, 1), "050828", "051328", 1)) }, "apply apply_to give_back dismiss", true},
	"a cut line without a rial":  {"line_length", func(d *odd) { d.lines(0, "12345") }, "dismiss", true},
	"a line of a city's account": {"no_account", withoutAccount, "apply_to give_back dismiss", true},
}

// withoutAccount lets a bank's money come for a city that has no account any more.
func withoutAccount(d *odd) {
	d.Helper()
	city := d.bill.Municipality.ID
	owner := pgtest.Open(d.T, d.owner)
	change := func(charge string) {
		d.Helper()
		if _, err := owner.ExecContext(d.Context(), `ALTER TABLE municipality_accounts NO FORCE ROW LEVEL SECURITY; UPDATE municipality_accounts SET charge = '`+charge+
			`' WHERE municipality_id = `+fmt.Sprint(city)+`; ALTER TABLE municipality_accounts FORCE ROW LEVEL SECURITY`); err != nil {
			d.Fatal(err)
		}
	}
	change("annual_duty")
	d.lines(d.bill.Amount, lineOver(d.bill, 1))
	d.restore = func() {
		change("*")
		if got := d.offers(d.item("").ID); got != "apply apply_to give_back dismiss" {
			d.Errorf("with an account it offers %s", got)
		}
	}
}

// TestEveryRemedyOfEveryAnomaly carries each remedy out where it is offered, by a dry run and two people, and has it refused where it is not.
func TestEveryRemedyOfEveryAnomaly(t *testing.T) {
	t.Parallel()
	for name, anomaly := range anomalies {
		offered := strings.Fields(anomaly.offers)
		for _, remedy := range offered {
			t.Run(strings.ReplaceAll(name, " ", "_")+"/"+remedy, func(t *testing.T) {
				t.Parallel()
				d := newOdd(t)
				anomaly.park(d)
				d.verified()
				item := d.item("")
				if item.Reason != anomaly.reason || d.offers(item.ID) != anomaly.offers {
					t.Fatalf("%s offers %q, want %s with %q", item.Reason, d.offers(item.ID), anomaly.reason, anomaly.offers)
				}
				if remedy == offered[0] {
					d.refuses(item, offered)
				}
				d.remedied(item, d.proposal(item, payments.Remedy(remedy), anomaly.same))
			})
		}
	}
}

// refuses tries every remedy that is not offered.
func (d *odd) refuses(item payments.Item, offered []string) {
	d.Helper()
	before := d.books()
	for _, remedy := range payments.Remedies() {
		if !slices.Contains(offered, string(remedy)) {
			refusedRemedy(d.T, d.counter, d.proposal(item, remedy, true), "remedy_impossible")
		}
	}
	if d.books() != before {
		d.Error("a remedy that was refused has done something")
	}
}

// proposal has all that any remedy needs.
func (d *odd) proposal(item payments.Item, remedy payments.Remedy, same bool) payments.Proposal {
	to := d.other
	if same {
		to = d.same
	}
	p := payments.Proposal{Item: item.ID, Remedy: remedy, IBAN: payerIBAN, Evidence: "R-1405-9", Bill: string(to.Pair.Bill), Payment: string(to.Pair.Payment)}
	if known := d.tale(item.ID).Payment; item.Amount == 0 && known != nil && remedy != payments.Dismiss {
		if p.Amount = known.Amount; remedy != payments.Apply {
			p.Amount-- // less than was asked for: what the paper shows is what moves
		}
	}
	return p
}

// remedied carries a remedy out, and holds what it has done against what it is for.
func (d *odd) remedied(item payments.Item, p payments.Proposal) {
	d.Helper()
	if p.Remedy == payments.ApplyTo && d.restore != nil {
		d.restore()
	}
	suspended := d.balance(ledger.Suspense)
	var did payments.Effect
	if p.Remedy == payments.Reverse {
		did = d.reversedBy(p)
	} else {
		did = d.carriedOut(p)
	}
	if moved := d.balance(ledger.Suspense) - suspended; moved != item.Amount {
		d.Errorf("%d rial left suspense, of %d", moved, item.Amount)
	}
	deposit, payout, amount := money.Rial(0), money.Rial(0), cmp.Or(item.Amount, p.Amount)
	switch p.Remedy {
	case payments.ToDeposit:
		deposit = amount
	case payments.GiveBack:
		payout = amount
	}
	if did.Deposit != deposit || did.Payout != payout {
		d.Errorf("to the deposit %d, to the payer %d", did.Deposit, did.Payout)
	}
	if pays := p.Remedy == payments.Apply || p.Remedy == payments.ApplyTo; pays != slices.ContainsFunc(did.Bills, func(b payments.Change) bool { return b.To == "paid" }) || pays && !did.Receipt {
		d.Errorf("%+v", did)
	}
	if p.Remedy == payments.ApplyTo {
		if state := d.one(`SELECT state FROM bills WHERE bill_id = ? AND payment_id = ?`, p.Bill, p.Payment); state != "paid" {
			d.Errorf("the other bill is %s", state)
		}
	}
	d.verified()
}

// reversedBy proposes a reversal, lets it be approved, and the provider do it. The dry run has said what then happens.
func (d *odd) reversedBy(p payments.Proposal) payments.Effect {
	d.Helper()
	dry, err := d.payments.DryRun(d.as(asks), p)
	if err != nil || !dry.Asks {
		d.Fatalf("%+v, %v", dry, err)
	}
	entries, versions, states := d.one(`SELECT count(*) FROM ledger_entries`), d.versions(), d.billStates()
	d.approve(d.propose(p))
	d.bank.back = gateway.Reversed
	d.work()
	got := d.happened(p.Item, entries, versions, states, dry)
	got.Payments = slices.DeleteFunc(got.Payments, func(step payments.Change) bool { return step.From == step.To }) // that it was asked
	if fmt.Sprint(got) != fmt.Sprint(dry) || d.bank.reversed != 1 {
		d.Errorf("it did\n%+v\nwhere the dry run said\n%+v", got, dry)
	}
	if d.tale(p.Item).Item.Open() {
		d.Error("the item is open")
	}
	return dry
}
