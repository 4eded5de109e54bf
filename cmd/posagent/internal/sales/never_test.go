package sales_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/pcpos"
	"mofasa/cmd/banksim/terminal"
	"mofasa/cmd/posagent/internal/sales"
	"mofasa/tenants/fault"
)

// old is an order that the server signed a while ago, and its signed form.
func (r *rig) old(expired time.Duration) (pcpos.SaleOrder, string) {
	r.t.Helper()
	o := r.order(3_720_000)
	o.Expires = time.Now().Add(-expired).UTC().Truncate(time.Second)
	token, err := pcpos.SignSaleOrder(o, "server", keyOf("s"), o.Expires.Add(-10*time.Minute))
	if err != nil {
		r.t.Fatal(err)
	}
	return o, token
}

// never fails the test unless a refusal carries the signed word that the order was not begun.
func (r *rig) never(what string, err error, code string, o pcpos.SaleOrder) {
	r.t.Helper()
	wantCode(r.t, what, err, code)
	signed, _ := fault.Of(err).Extra["outcome"].(string)
	said, err := pcpos.VerifyOutcome(signed, publicOf("d"))
	if err != nil || said.Matches(o) != nil || said.State != pcpos.StateDeclined || said.Code != "never_begun" || said.Evidence != pcpos.NotSent {
		r.t.Errorf("%s: %+v %v", what, said, err)
	}
}

// An order that is refused because of another sale never begins: its refusal is signed, and stands when the other sale is settled and the agent has started anew.
func TestARefusedOrderNeverBegins(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{Customer: 100 * time.Millisecond})
	first, second, third := r.order(3_720_000), r.order(5_000), r.order(7_000)
	if _, err := r.Start(r.ctx, r.signed(first)); err != nil {
		t.Fatal(err)
	}
	_, err := r.Start(r.ctx, r.signed(second))
	r.never("while another is under way", err, "pos_in_progress", second)
	r.rest(first.PaymentID)
	_, err = r.Start(r.ctx, r.signed(second))
	r.never("afterwards", err, "pos_order_refused", second)
	taken := third
	taken.OrderID = first.OrderID
	_, err = r.Start(r.ctx, r.signed(taken))
	r.never("another's number", err, "pos_order_changed", taken)

	r.pos.Arrange("", terminal.Named()["wrong_order"], 0)
	unknown, fourth := r.order(9_000), r.order(11_000)
	want(t, "unknown", r.sell(unknown).State, pcpos.StateUnknown)
	_, err = r.Start(r.ctx, r.signed(fourth))
	r.never("while one is unknown", err, "pos_unknown_stands", fourth)
	want(t, "the latest", r.Status().Latest.PaymentID, unknown.PaymentID)
	r.close()
	r.open()
	r.pos.Arrange(unknown.OrderID, terminal.Scenario{}, 0)
	want(t, "known at last", r.recoverNow(unknown.PaymentID).State, pcpos.StateApproved)
	for _, o := range []pcpos.SaleOrder{second, taken, fourth} {
		_, err = r.Start(r.ctx, r.signed(o))
		r.never("after a restart", err, "pos_order_refused", o)
	}
	want(t, "sold", len(r.pos.Transactions()), 2)
	want(t, "a new order", r.sell(r.order(13_000)).State, pcpos.StateApproved)
}

// Of an order that never came the agent says so once nobody can bring it any more, and remembers what it said.
func TestAnOrderNeverBrought(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	o, token := r.old(pcpos.Leeway + 2*time.Second)
	soon, early := r.old(pcpos.Leeway - 10*time.Second)
	other, _ := r.old(time.Hour)
	forged, err := pcpos.SignSaleOrder(o, "server", keyOf("x"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := o
	elsewhere.DeviceID = uuid.New()
	foreign, err := pcpos.SignSaleOrder(elsewhere, "server", keyOf("s"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, is := range map[string]struct {
		payment     uuid.UUID
		token, code string
	}{
		"no order": {o.PaymentID, "", "pos_payment_unknown"}, "a forged one": {o.PaymentID, forged, "pos_order"}, "another device's": {o.PaymentID, foreign, "pos_order"},
		"another payment's": {other.PaymentID, token, "pos_order"}, "one that may begin by a slow clock": {soon.PaymentID, early, "pos_order_open"},
	} {
		_, err := r.Recover(r.ctx, is.payment, is.token)
		wantCode(t, name, err, is.code)
		_, err = r.Get(is.payment)
		wantCode(t, name+" leaves nothing", err, "pos_payment_unknown")
	}
	v, err := r.Recover(r.ctx, o.PaymentID, token)
	if err != nil || v.Phase != sales.Done || v.Message.EN == "" || r.outcome(v, o).Evidence != pcpos.NeverBegun {
		t.Errorf("%+v %v", v, err)
	}
	r.close()
	r.open()
	again, err := r.Recover(r.ctx, o.PaymentID, token)
	if err != nil || again.Outcome != v.Outcome {
		t.Errorf("%+v %v", again, err)
	}
	renewed := o
	renewed.Expires = time.Now().Add(time.Minute)
	_, err = r.Start(r.ctx, r.signed(renewed))
	wantCode(t, "a clock that went back", err, "pos_order_refused")
	want(t, "sold", len(r.pos.Transactions()), 0)
	want(t, "status", r.Status().State, "ready")
}

// A sale that began under a journal that is gone is not called never begun.
func TestAYoungJournalSaysNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	o, token := r.old(2 * time.Minute)
	r.close()
	if err := os.Remove(filepath.Join(r.dir, "journal.jsonl")); err != nil {
		t.Fatal(err)
	}
	r.young = true
	r.open()
	for range 2 { // nor after the next start
		_, err := r.Recover(r.ctx, o.PaymentID, token)
		wantCode(t, "an order from before", err, "pos_order_forgotten")
		r.close()
		r.open()
	}
	r.pos.Arrange("", terminal.Named()["wrong_order"], 0)
	r.sell(r.order(5_000))
	_, err := r.Start(r.ctx, r.signed(r.order(6_000)))
	wantCode(t, "refused for this once", err, "pos_unknown_stands")
	if fault.Of(err).Extra["outcome"] != nil {
		t.Errorf("%+v", fault.Of(err).Extra)
	}
}

// What the disk does not keep is not signed.
func TestARefusalThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t, terminal.Options{})
	o, token := r.old(2 * time.Minute)
	_ = r.book.Close()
	_, err := r.Recover(r.ctx, o.PaymentID, token)
	wantCode(t, "no disk", err, "pos_journal")
	_, err = r.Get(o.PaymentID)
	wantCode(t, "nothing is said", err, "pos_payment_unknown")
}
