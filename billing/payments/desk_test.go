package payments_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/approvals"
	"mofasa/tenants/scope"
)

const payerIBAN = "IR062960000000100324200001"

// item is the one open item, or the one with a reason.
func (c *counter) item(reason string) payments.Item {
	c.Helper()
	list, err := c.payments.Desk(c.as(asks), scope.Platform(), payments.DeskQuery{Reason: reason, State: "open"})
	if err != nil || len(list) != 1 {
		c.Fatalf("%d open items of %q, %v", len(list), reason, err)
	}
	return list[0]
}

func (c *counter) tale(item uuid.UUID) payments.Tale {
	c.Helper()
	t, err := c.payments.Item(c.as(asks), scope.Platform(), item)
	if err != nil {
		c.Fatal(err)
	}
	return t
}

// offers are the remedies that the desk suggests.
func (c *counter) offers(item uuid.UUID) string {
	c.Helper()
	var list []string
	for _, s := range c.tale(item).Suggestions {
		list = append(list, string(s.Remedy))
	}
	return strings.Join(list, " ")
}

func (c *counter) approvals() *approvals.Service {
	return approvals.NewService(c.run, map[approvals.Kind]approvals.Execute{approvals.SuspenseRemedy: c.payments.Remedied, approvals.RefundOutcome: c.payments.VerdictApproved})
}

func (c *counter) propose(p payments.Proposal) approvals.Approval {
	c.Helper()
	a, err := c.payments.Propose(c.as(asks), p, "دلیل", key("remedy"))
	if err != nil {
		c.Fatalf("%s: %v", p.Remedy, err)
	}
	return a
}

func (c *counter) approve(a approvals.Approval) {
	c.Helper()
	if _, err := c.approvals().Decide(c.as(decides), scope.Platform(), a.ID, approvals.Approve, ""); err != nil {
		c.Fatal(err)
	}
}

// books is everything that a remedy could change, as one text.
func (c *counter) books() string {
	c.Helper()
	return c.one(`SELECT concat_ws(E'\n', (SELECT string_agg(concat(id, state, version, reason, refunded_rial), ',' ORDER BY id) FROM payments),
	  (SELECT string_agg(id || state, ',' ORDER BY id) FROM bills), (SELECT string_agg(concat(order_id, fiscal_year, municipality_id, state), ',' ORDER BY order_id, municipality_id, fiscal_year) FROM due_claims),
	  (SELECT string_agg(id || state, ',' ORDER BY id) FROM orders), (SELECT count(*) FROM ledger_entries), (SELECT count(*) FROM deposit_moves), (SELECT count(*) FROM receipts),
	  (SELECT count(*) FROM payment_events), (SELECT count(*) FROM suspense_payouts), (SELECT string_agg(id || coalesce(remedy, '-'), ',' ORDER BY id) FROM suspense_items))`)
}

// carriedOut proposes a remedy and lets a second person approve it. The dry run before changes nothing, and says exactly what then happens.
func (c *counter) carriedOut(p payments.Proposal) payments.Effect {
	c.Helper()
	before := c.books()
	dry, err := c.payments.DryRun(c.as(asks), p)
	if err != nil {
		c.Fatalf("%s: %v", p.Remedy, err)
	}
	if c.books() != before {
		c.Fatalf("the dry run of %s changed something", p.Remedy)
	}
	entries, versions, states := c.one(`SELECT count(*) FROM ledger_entries`), c.versions(), c.billStates()
	c.approve(c.propose(p))
	if got := c.happened(p.Item, entries, versions, states, dry); fmt.Sprint(got) != fmt.Sprint(dry) {
		c.Errorf("%s did\n%+v\nwhere the dry run said\n%+v", p.Remedy, got, dry)
	}
	if item := c.tale(p.Item).Item; item.Open() || item.Remedy != p.Remedy || item.ApprovalID == uuid.Nil {
		c.Errorf("the item is %+v", item)
	}
	if c.offers(p.Item) != "" {
		c.Errorf("a closed item offers %s", c.offers(p.Item))
	}
	c.verified()
	return dry
}

func (c *counter) versions() map[uuid.UUID]int {
	return states[int](c, `SELECT id, version AS state FROM payments`)
}

func (c *counter) billStates() map[uuid.UUID]string {
	return states[string](c, `SELECT id, state FROM bills`)
}

func states[T any](c *counter, query string) map[uuid.UUID]T {
	var rows []struct {
		ID    uuid.UUID
		State T
	}
	c.platform(func(tx *scope.Tx) error { return tx.DB.Raw(query).Scan(&rows).Error })
	found := map[uuid.UUID]T{}
	for _, r := range rows {
		found[r.ID] = r.State
	}
	return found
}

// happened reads out of the rows what an approval has done since a moment, by a way of its own.
func (c *counter) happened(item uuid.UUID, entries string, versions map[uuid.UUID]int, bills map[uuid.UUID]string, like payments.Effect) payments.Effect {
	c.Helper()
	got := payments.Effect{Asks: like.Asks}
	var rows []struct {
		MunicipalityID           int
		Kind, SourceKind         string
		SourceID, BillID, Office uuid.UUID
		Account                  string
		Amount                   int64
		ID                       uuid.UUID
	}
	c.platform(func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT e.municipality_id, e.id, e.kind, e.source_kind, e.source_id, coalesce(e.bill_id, CAST(? AS uuid)) AS bill_id, coalesce(e.office_id, CAST(? AS uuid)) AS office, p.account, p.amount_rial AS amount
		  FROM (SELECT * FROM ledger_entries ORDER BY txid, id OFFSET CAST(? AS bigint)) e JOIN ledger_postings p ON p.municipality_id = e.municipality_id AND p.entry_id = e.id
		  ORDER BY e.municipality_id, e.id, p.line`, uuid.Nil, uuid.Nil, entries).Scan(&rows).Error
	})
	last := uuid.Nil
	for _, r := range rows {
		if r.ID != last {
			e := ledger.Entry{MunicipalityID: r.MunicipalityID, Kind: r.Kind, SourceKind: r.SourceKind, BillID: r.BillID, OfficeID: r.Office}
			if _, old := versions[r.SourceID]; old || r.SourceID == item {
				e.SourceID = r.SourceID
			}
			got.Entries, last = append(got.Entries, payments.Posted{Entry: e}), r.ID
		}
		e := &got.Entries[len(got.Entries)-1]
		e.Postings = append(e.Postings, ledger.Posting{Account: ledger.Account(r.Account), Amount: money.Rial(r.Amount)})
	}
	c.readSteps(versions, &got)
	for id, was := range bills {
		if now := c.billStates()[id]; now != was {
			got.Bills = append(got.Bills, payments.Change{ID: id, From: was, To: now})
		}
	}
	c.platform(func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT coalesce(sum(amount_rial), 0)::bigint, coalesce(max(iban), '') FROM suspense_payouts WHERE item_id = ?`, item).Row().Scan(&got.Payout, &got.IBAN)
	})
	c.platform(func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT coalesce(sum(amount_rial), 0)::bigint FROM deposit_moves WHERE kind = 'topup' AND (source_kind = 'suspense' AND source_id = ? OR source_kind = 'payment'
		  AND source_id = (SELECT source_id FROM suspense_items WHERE id = ?))`, item, item).Row().Scan(&got.Deposit)
	})
	return payments.Sorted(got)
}

func (c *counter) readSteps(versions map[uuid.UUID]int, got *payments.Effect) {
	for id := range c.versions() {
		version, old := versions[id]
		if !old {
			version = -1
		}
		c.platform(func(tx *scope.Tx) error {
			story, err := payments.Story(tx, id)
			for _, step := range story {
				if step.Number <= version {
					continue
				}
				change := payments.Change{ID: id, From: string(step.From), To: string(step.To)}
				if !old {
					change.ID = uuid.Nil
				}
				got.Payments, got.Receipt = append(got.Payments, change), got.Receipt || step.To == payments.Captured
			}
			return err
		})
	}
}

// gatewayMoney is a payment of an order whose claim was answered wrongly: it is in suspense with all its money.
func (c *counter) gatewayMoney(o bills.Order) payments.Payment {
	c.Helper()
	p := c.start(cashierA, o.ID, payments.ByGateway)
	c.bank.paid, c.bank.terminal = true, "2"
	p, err := c.payments.Resolve(c.system(), p.ID)
	if err != nil || p.State != payments.Suspense || p.Reason != "mismatch" {
		c.Fatalf("%+v, %v", p, err)
	}
	c.verified()
	return p
}

func (c *counter) claims(o bills.Order) string {
	return c.one(`SELECT string_agg(DISTINCT state, ' ') FROM due_claims WHERE order_id = ?`, o.ID)
}

func (c *counter) balance(account ledger.Account) money.Rial {
	var sum money.Rial
	c.platform(func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT coalesce(sum(amount_rial), 0)::bigint FROM ledger_postings WHERE municipality_id = 0 AND account = ?`, string(account)).Row().Scan(&sum)
	})
	return sum
}

func TestApplyPaysItsOwnBills(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	p := c.gatewayMoney(o)
	item := c.item("mismatch")
	if got := c.offers(item.ID); got != "apply apply_to give_back reverse dismiss" {
		t.Errorf("offers %s", got)
	}
	did := c.carriedOut(payments.Proposal{Item: item.ID, Remedy: payments.Apply})
	if !did.Receipt || len(did.Entries) != 3 || len(did.Bills) != 2 || !slices.Contains(did.Payments, payments.Change{ID: p.ID, From: "suspense", To: "captured"}) {
		t.Errorf("%+v", did)
	}
	if c.orderState(o) != "paid" || c.claims(o) != "paid" || c.balance(ledger.Suspense) != 0 || c.balance(ledger.Receivable("till")) != 0 {
		t.Errorf("order %s, claims %s", c.orderState(o), c.claims(o))
	}
	refusedRemedy(t, c, payments.Proposal{Item: item.ID, Remedy: payments.Apply}, "suspense_closed")
}

func refusedRemedy(t *testing.T, c *counter, p payments.Proposal, code string) {
	t.Helper()
	_, err := c.payments.DryRun(c.as(asks), p)
	refused(t, err, code)
	_, err = c.payments.Propose(c.as(asks), p, "دلیل", key("remedy"))
	refused(t, err, code)
}

// TestApplyOfWhatWasNeverConfirmed needs the provider's paper, since nothing stands in suspense for it.
func TestApplyOfWhatWasNeverConfirmed(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	p := c.start(cashierA, o.ID, payments.ByGateway)
	c.bank.paid = true
	c.bank.silentAt(1)
	if got, err := c.payments.Resolve(c.system(), p.ID); err != nil || got.State != payments.Unknown {
		t.Fatalf("%+v, %v", got, err)
	}
	c.wait(2 * time.Hour)
	if got, err := c.payments.Resolve(c.system(), p.ID); err != nil || got.State != payments.Suspense || got.Reason != "never_verified" {
		t.Fatalf("%+v, %v", got, err)
	}
	item := c.item("never_verified")
	if got := c.offers(item.ID); item.Amount != 0 || got != "apply give_back dismiss" {
		t.Errorf("%d rial, offers %s", item.Amount, got)
	}
	refusedRemedy(t, c, payments.Proposal{Item: item.ID, Remedy: payments.Apply}, "remedy_evidence")
	shown := payments.Proposal{Item: item.ID, Remedy: payments.Apply, Evidence: "SEP-1405-77"}
	refusedRemedy(t, c, shown, "remedy_amount")
	shown.Amount = p.Amount
	did := c.carriedOut(shown)
	if len(did.Entries) != 4 || c.balance(ledger.Suspense) != 0 || c.balance(ledger.Receivable("till")) != 0 || c.orderState(o) != "paid" {
		t.Errorf("%+v", did)
	}
	if c.one(`SELECT said->>'evidence' FROM payment_events WHERE payment_id = ? ORDER BY number DESC LIMIT 1`, p.ID) != "SEP-1405-77" {
		t.Error("the evidence is not in the story")
	}
}

func TestApplyOfABanksMoney(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	c.wait(48 * time.Hour)
	other := c.order(cashierB, 0)
	c.read("late.txt", file(1, o.Bills[0]))
	item := c.item(payments.DueHeld)
	if got := c.offers(item.ID); got != "apply_to give_back dismiss" {
		t.Errorf("while somebody holds the due: %s", got)
	}
	refusedRemedy(t, c, payments.Proposal{Item: item.ID, Remedy: payments.Apply}, "remedy_impossible")
	if _, err := c.bills.CancelOrder(c.as(cashierB), counterB, other.ID, key("cancel")); err != nil {
		t.Fatal(err)
	}
	if got := c.offers(item.ID); got != "apply apply_to give_back dismiss" {
		t.Errorf("when it is free: %s", got)
	}
	did := c.carriedOut(payments.Proposal{Item: item.ID, Remedy: payments.Apply})
	if len(did.Entries) != 2 || !slices.Equal(did.Payments, []payments.Change{{From: "", To: "created"}, {From: "created", To: "captured"}}) || c.orderState(o) != "part_paid" {
		t.Errorf("%+v, order %s", did, c.orderState(o))
	}
	if f := c.read("again.txt", file(1, o.Bills...)); f.Repeated != 1 || f.Captured != 1 { // the line that was applied is not taken for another payment
		t.Errorf("%+v", f)
	}
	c.verified()
}

// TestApplyToAnotherBill: a gateway's money and a bank's, both for the same amount elsewhere.
func TestApplyToAnotherBill(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o, twin := c.order(cashierA, 0), c.order(cashierB, 1)
	at := slices.IndexFunc(twin.Bills, func(b bills.Bill) bool { return b.Municipality.ID == o.Bills[0].Municipality.ID })
	c.read("one.txt", file(1, o.Bills[0]))
	c.read("two.txt", file(2, o.Bills[0]))
	item, to := c.item(payments.PaidTwice), twin.Bills[at].Pair
	wrong := payments.Proposal{Item: item.ID, Remedy: payments.ApplyTo, Bill: string(o.Bills[0].Pair.Bill), Payment: string(o.Bills[0].Pair.Payment)}
	refusedRemedy(t, c, wrong, "remedy_bill") // paid already
	wrong.Bill, wrong.Payment = string(twin.Bills[1-at].Pair.Bill), string(twin.Bills[1-at].Pair.Payment)
	if twin.Bills[1-at].Amount != item.Amount {
		refusedRemedy(t, c, wrong, "remedy_bill") // another amount
	}
	c.carriedOut(payments.Proposal{Item: item.ID, Remedy: payments.ApplyTo, Bill: string(to.Bill), Payment: string(to.Payment)})
	if state := c.one(`SELECT state FROM bills WHERE bill_id = ?`, string(to.Bill)); state != "paid" {
		t.Errorf("the other bill is %s", state)
	}
	if c.balance(ledger.Suspense) != 0 {
		t.Error("something stays in suspense")
	}
}

func TestApplyToMovesAGatewaysMoney(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o, twin := c.order(cashierA, 0), c.order(cashierB, 1)
	c.read("one.txt", file(1, o.Bills[1]))
	p := c.gatewayMoney(o)
	item, to := c.item("mismatch"), twin.Bills[slices.IndexFunc(twin.Bills, func(b bills.Bill) bool { return b.Municipality.ID == o.Bills[0].Municipality.ID })].Pair
	did := c.carriedOut(payments.Proposal{Item: item.ID, Remedy: payments.ApplyTo, Bill: string(to.Bill), Payment: string(to.Payment)})
	if !slices.Contains(did.Payments, payments.Change{ID: p.ID, From: "suspense", To: "failed"}) || !slices.Contains(did.Payments, payments.Change{From: "created", To: "captured"}) {
		t.Errorf("%+v", did.Payments)
	}
	if again := c.start(cashierA, o.ID, payments.ByDeposit); again.State != payments.Captured { // its own bill can be paid once more
		t.Errorf("%+v", again)
	}
	c.verified()
}

func TestGiveBackAsksForAPayout(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	p := c.gatewayMoney(o)
	item := c.item("mismatch")
	for _, iban := range []string{"", "IR00", "IR062960000000100324200002"} {
		refusedRemedy(t, c, payments.Proposal{Item: item.ID, Remedy: payments.GiveBack, IBAN: iban}, "remedy_iban")
	}
	did := c.carriedOut(payments.Proposal{Item: item.ID, Remedy: payments.GiveBack, IBAN: payerIBAN})
	if did.Payout != p.Amount || did.IBAN != payerIBAN || c.balance(ledger.RefundsPayable) != -p.Amount || c.balance(ledger.Suspense) != 0 {
		t.Errorf("%+v", did)
	}
	if got := c.claims(o); got != "claimed" {
		t.Errorf("claims %s", got)
	}
	if got := c.tale(item.ID).Payment; got.State != payments.Refunded {
		t.Errorf("%+v", got)
	}
	if again := c.start(cashierA, o.ID, payments.ByDeposit); again.State != payments.Captured {
		t.Errorf("the order cannot be paid: %+v", again)
	}
	c.verified()
}

// TestDismiss: nothing stayed. Money that is in the books leaves them only with the provider's paper.
func TestDismiss(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	p := c.gatewayMoney(c.order(cashierA, 0))
	item := c.item("mismatch")
	refusedRemedy(t, c, payments.Proposal{Item: item.ID, Remedy: payments.Dismiss}, "remedy_evidence")
	did := c.carriedOut(payments.Proposal{Item: item.ID, Remedy: payments.Dismiss, Evidence: "R-9"})
	if !slices.Contains(did.Payments, payments.Change{ID: p.ID, From: "suspense", To: "reversed"}) || c.balance(ledger.Receivable("till")) != 0 {
		t.Errorf("%+v", did)
	}
	f := c.read("cut.txt", header(0, 1)+"12345\n")
	if f.Malformed != 1 {
		t.Fatalf("%+v", f)
	}
	did = c.carriedOut(payments.Proposal{Item: c.item("line_length").ID, Remedy: payments.Dismiss})
	if len(did.Entries)+len(did.Payments) != 0 {
		t.Errorf("%+v", did)
	}
}

func TestTopUpMoneyGoesToTheDeposit(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	p, err := c.payments.StartTopUp(c.as(cashierA), payments.TopUp{OfficeID: counterA, Amount: 4_000_000, Key: key("top up")})
	if err != nil {
		t.Fatal(err)
	}
	c.bank.paid, c.bank.terminal = true, "2"
	if p, err = c.payments.Resolve(c.system(), p.ID); err != nil || p.State != payments.Suspense {
		t.Fatalf("%+v, %v", p, err)
	}
	c.verified()
	item := c.item("mismatch")
	if got := c.offers(item.ID); got != "give_back reverse top_up dismiss" {
		t.Errorf("offers %s", got)
	}
	did := c.carriedOut(payments.Proposal{Item: item.ID, Remedy: payments.ToDeposit})
	if did.Deposit != 4_000_000 || !did.Receipt || c.one(`SELECT available_rial FROM deposit_moves WHERE office_id = ? ORDER BY number DESC LIMIT 1`, counterA) != "54000000" {
		t.Errorf("%+v", did)
	}
}

// TestReverseAsksTheProviderFirst: the item stays open until the provider has said yes, and is free for another remedy when it says no.
func TestReverseAsksTheProviderFirst(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	p := c.gatewayMoney(o)
	item := c.item("mismatch")
	back := payments.Proposal{Item: item.ID, Remedy: payments.Reverse}
	dry, err := c.payments.DryRun(c.as(asks), back)
	if err != nil || !dry.Asks || len(dry.Entries) != 1 || !slices.Contains(dry.Payments, payments.Change{ID: p.ID, From: "suspense", To: "reversed"}) {
		t.Fatalf("%+v, %v", dry, err)
	}
	c.approve(c.propose(back))
	refusedRemedy(t, c, payments.Proposal{Item: item.ID, Remedy: payments.Apply}, "suspense_under_way")
	if c.offers(item.ID) != "" {
		t.Errorf("offers %s", c.offers(item.ID))
	}
	c.bank.back = gateway.Failed
	c.work()
	if got := c.offers(item.ID); c.bank.reversed != 1 || got != "apply apply_to give_back reverse dismiss" {
		t.Errorf("after a no, %d questions: %s", c.bank.reversed, got)
	}
	c.verified()
	c.approve(c.propose(back))
	c.bank.back, c.bank.silent = gateway.Reversed, true
	c.work()
	if c.tale(item.ID).Item.ApprovalID == uuid.Nil {
		t.Error("no answer is taken for a no")
	}
	c.bank.silent = false
	c.wait(2 * time.Minute)
	c.work()
	tale := c.tale(item.ID)
	if tale.Item.Remedy != payments.Reverse || tale.Payment.State != payments.Reversed || c.balance(ledger.Suspense) != 0 || c.balance(ledger.Receivable("till")) != 0 || c.claims(o) != "claimed" {
		t.Errorf("%+v", tale.Item)
	}
	c.verified()
	c.gatewayMoney(o)
	c.wait(51 * time.Minute)
	refusedRemedy(t, c, payments.Proposal{Item: c.item("mismatch").ID, Remedy: payments.Reverse}, "remedy_impossible")
}

// work does the reversals that are due.
func (c *counter) work() {
	c.Helper()
	if err := c.payments.WorkReversals(c.system()); err != nil {
		c.Fatal(err)
	}
}

// TestNobodyDecidesAlone: whoever proposes a remedy cannot approve it, and one that is no longer possible when it is approved does nothing.
func TestNobodyDecidesAlone(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	c.gatewayMoney(o)
	item := c.item("mismatch")
	apply := payments.Proposal{Item: item.ID, Remedy: payments.Apply}
	a := c.propose(apply)
	if _, err := c.approvals().Decide(c.as(asks), scope.Platform(), a.ID, approvals.Approve, ""); err == nil {
		t.Fatal("whoever asked has decided")
	} else {
		refused(t, err, "approval_second_person")
	}
	if _, err := c.payments.Propose(c.as(decides), payments.Proposal{Item: item.ID, Remedy: payments.GiveBack, IBAN: payerIBAN}, "دلیل", key("remedy")); err == nil {
		t.Error("two remedies wait at once")
	}
	c.read("one.txt", file(1, o.Bills...))
	before := c.books()
	_, err := c.approvals().Decide(c.as(decides), scope.Platform(), a.ID, approvals.Approve, "")
	refused(t, err, "remedy_impossible")
	if c.books() != before {
		t.Error("a remedy that is impossible has done something")
	}
	c.verified()
	if _, err := c.approvals().Decide(c.as(decides), scope.Platform(), a.ID, approvals.Refuse, "پرداخت شده است"); err != nil {
		t.Fatal(err)
	}
	c.carriedOut(payments.Proposal{Item: item.ID, Remedy: payments.GiveBack, IBAN: payerIBAN})
}

// TestTheDeskTellsTheWholeStory: what we sent, what came, the books and how things stand; an office sees its own, and no other's.
func TestTheDeskTellsTheWholeStory(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	p := c.gatewayMoney(o)
	item := c.item("mismatch")
	own, err := c.payments.Item(c.as(cashierA), scope.Office(counterA), item.ID)
	if err != nil || own.Payment.ID != p.ID || len(own.Steps) < 4 || len(own.Bills) != 2 || own.OrderState != "open" {
		t.Errorf("%+v, %v", own, err)
	}
	_, err = c.payments.Item(c.as(cashierB), scope.Office(counterB), item.ID)
	refused(t, err, "suspense_unknown")
	if list, err := c.payments.Desk(c.as(cashierB), scope.Office(counterB), payments.DeskQuery{}); err != nil || len(list) != 0 {
		t.Errorf("a stranger sees %d items, %v", len(list), err)
	}
	for _, name := range []string{p.ID.String(), p.MerchantRef, o.ID.String(), "R" + p.MerchantRef, "123456789012"} {
		tale, found, err := c.payments.StoryOf(c.as(asks), name)
		if err != nil || !found || tale.Payment.ID != p.ID || len(tale.Entries) != 1 || tale.Item == nil {
			t.Errorf("%s: %+v, %v, %v", name, tale, found, err)
		}
	}
	if _, found, err := c.payments.StoryOf(c.as(asks), "nothing"); found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
	for _, q := range []payments.DeskQuery{{Reason: "other"}, {State: "closed"}, {Older: time.Hour}, {Before: item.ID}} {
		if list, err := c.payments.Desk(c.as(asks), scope.Platform(), q); err != nil || len(list) != 0 {
			t.Errorf("%+v lists %d, %v", q, len(list), err)
		}
	}
	c.read("bank.txt", file(424242, asking(t, 99_999_999, 218, 7_000)))
	if tale, found, err := c.payments.StoryOf(c.as(asks), "424242"); err != nil || !found || tale.Line == nil || tale.Item == nil || tale.Line.FileName != "bank.txt" {
		t.Errorf("%+v, %v, %v", tale, found, err)
	}
}
