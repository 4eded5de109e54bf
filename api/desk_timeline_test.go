package api_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
)

// TestATimelineIsOfOneVisitAlone tells three visits of one office whole, each with every step once and with whoever took it: a person's, whose money goes back in part, a
// program's, and one that was cancelled.
func TestATimelineIsOfOneVisitAlone(t *testing.T) {
	t.Parallel()
	r := newRefunding(t, "")
	program, _ := integrator(t, r.Server, r.manager, "برنامهٔ همکار", "inquiries.create", "orders.create", "orders.read", "payments.create", "certificates.issue")
	second, third := program.Order(apitest.FleetPlate(1)), r.manager.Order(apitest.FleetPlate(2))
	prints := func(c *apitest.Client, receipt int64, times int) {
		for range times {
			c.Must(c.Once("POST", "/v1/receipts/"+strconv.FormatInt(receipt, 10)+"/prints", nil), 201, nil)
		}
	}
	var certificate gen.Certificate
	paid := program.Pay(second.Id)
	program.Must(program.Once("POST", "/v1/certificates", map[string]any{"order_id": second.Id}), 201, &certificate)
	prints(program, paid.Receipt.Number, 1)
	prints(r.manager, r.payment.Receipt.Number, 2)
	r.cashier.Must(r.cashier.Once("POST", "/v1/orders/"+third.Id.String()+"/cancellation", nil), 200, nil)
	part := r.part(r.manager, apitest.Shiraz)
	var asked gen.RefundList
	r.manager.Must(r.manager.Once("POST", r.path("refund-requests"), refundBody(part.PaidRial, map[string]any{"bill_id": part.BillId})), 202, &asked)
	r.admin.Must(r.decide(r.admin, *asked.Refunds[0].ApprovalId, "approve"), 200, nil)
	r.treasurer.Must(r.treasurer.Once("POST", "/v1/refunds/"+asked.Refunds[0].Id.String()+"/paid", map[string]string{"reference": "88-1"}), 200, nil)

	const cashier, manager, client = "کارمند " + apitest.Cashier, "کارمند " + apitest.Manager, "برنامهٔ همکار"
	all, serial, number := r.order.TotalRial, r.certificate.Serial, r.payment.Receipt.Number
	wantTold(t, r.cashier, r.order.Id,
		step("inquiry", "", cashier, 0, ""), step("order", "", cashier, all, ""), step("payment", "created", cashier, all, ""), step("payment", "sent", cashier, all, ""),
		step("payment", "confirmed", "", all, ""), step("payment", "captured", "", all, ""), step("receipt", "", "", all, number), step("certificate", "issued", cashier, 0, serial),
		step("print", "original", manager, 0, 1), step("print", "copy", manager, 0, 2), step("refund", "waiting", manager, part.PaidRial, ""),
		step("certificate", "superseded", "", 0, serial), step("refund", "granted", "", part.PaidRial, ""), step("refund", "paid", "", part.PaidRial, ""))
	all, number = second.TotalRial, paid.Receipt.Number
	wantTold(t, r.cashier, second.Id,
		step("inquiry", "", client, 0, ""), step("order", "", client, all, ""), step("payment", "created", client, all, ""), step("payment", "sent", client, all, ""),
		step("payment", "confirmed", "", all, ""), step("payment", "captured", "", all, ""), step("receipt", "", "", all, number),
		step("certificate", "issued", client, 0, certificate.Serial), step("print", "original", client, 0, 1))
	wantTold(t, r.cashier, third.Id, step("inquiry", "", manager, 0, ""), step("order", "", manager, third.TotalRial, ""), step("cancellation", "", cashier, 0, ""))
}

// step is an event as wantTold compares it.
func step(kind, state, name string, amount int64, number any) string {
	return fmt.Sprintf("%s %s by %s of %d, %v", kind, state, name, amount, number)
}

// wantTold holds a visit's whole story against the steps.
func wantTold(t *testing.T, c *apitest.Client, order uuid.UUID, want ...string) {
	t.Helper()
	var story gen.OrderTimeline
	c.Must(c.Do("GET", "/v1/orders/"+order.String()+"/timeline", nil), 200, &story)
	var told []string
	for _, e := range story.Events {
		told = append(told, step(e.Kind, given(e.State), given(e.PersonName), given(e.AmountRial), given(e.Number)))
	}
	if !slices.Equal(told, want) {
		t.Errorf("told is\n%q\nwant\n%q", told, want)
	}
}
